//! All is well; and what a pipeline sees when it is not.

use serde_json::{Value, json};

use super::{CHECKS, SCIM_APP, complete, failed, id, seen, status};
use crate::harness::story::Story;

#[test]
fn all_checks_pass_on_the_complete_example_and_nothing_is_written() {
    let story = complete();
    let mark = story.mock().journal().len();
    let plan = story.plan();
    assert_eq!((plan.exit_code, failed(&plan)), (0, Vec::new()), "{}", seen(&plan)["summary"]);
    assert_eq!(seen(&plan)["status"], "pass");
    let mut names: Vec<&str> = seen(&plan)["checks"].as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = CHECKS.to_vec();
    names.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected);
    for check in CHECKS {
        assert_eq!(status(&plan, check), "pass", "{check}: {}", seen(&plan)["checks"][check]["message"]);
    }
    assert_eq!(seen(&plan)["summary"], "15 of 15 checks passed, none failed.");
    assert_eq!(story.mock().journal().writes_since(mark), Vec::<String>::new());
    assert_eq!(plan.json["checks"][0]["status"], "pass");
}

#[test]
fn it_is_there_after_the_apply_that_makes_everything() {
    let story = Story::new();
    story.copy(std::path::Path::new(super::EXAMPLE));
    let look = "data \"zt_handshake\" \"okta\" {\n  identity_provider_id = zt_okta_idp.okta.id\n  \
                scim_app_id = okta_scim_app.access.id\n  \
                client_secret_fingerprint = zt_okta_idp.okta.client_secret_fingerprint\n}\n";
    story.write("handshake.tf", &format!("{look}{}", super::ASSERTION));
    story.apply();
    let found = story.resource("data.zt_handshake.okta");
    assert_eq!((&found["failed"], &found["status"]), (&json!([]), &json!("pass")), "{}", found["summary"]);
}

/// The check block among those of a plan or state.
fn block(checks: &Value) -> &Value {
    let all = checks.as_array().unwrap();
    all.iter().find(|check| check["address"]["to_display"] == "check.handshake").unwrap()
}

#[test]
fn a_failed_check_is_a_warning_in_an_empty_plan_and_is_told_in_its_json() {
    let story = complete();
    let app = id(&story, SCIM_APP);
    let mappings = story.in_okta("GET", &format!("/api/v1/apps/{app}/group-push/mappings"), None);
    let mapping = mappings[0]["id"].as_str().unwrap();
    assert!(story.mock().okta().fail_push_mapping(&app, mapping, "The remote server said no."));

    let plan = story.plan();
    assert_eq!(plan.exit_code, 0, "findings change no exit code");
    assert_eq!(failed(&plan), ["push_groups"]);
    let warned = plan.diagnostics.iter().any(|warning| {
        warning.summary == "Check block assertion failed" && warning.text().contains("The remote server said no.")
    });
    assert!(warned, "{:?}", plan.diagnostics);
    let told = block(&plan.json["checks"]);
    assert_eq!(told["status"], "fail");
    let problem = told["instances"][0]["problems"][0]["message"].as_str().unwrap();
    assert!(problem.starts_with("push_groups: fail: ") && problem.contains("The remote server said no."), "{problem}");

    // A postcondition does stop.
    let look = "  lifecycle {\n    postcondition {\n      condition = length(self.failed) == 0\n      \
                error_message = self.summary\n    }\n  }\n";
    super::look_at(&story, look);
    let error = story.plan_fails().error();
    assert!(error.text().contains("push_groups"), "{error}");
}

#[test]
fn bad_values() {
    let story = Story::new();
    for (arguments, attribute) in [
        ("identity_provider_id = \"\"", "identity_provider_id"),
        ("identity_provider_id = \"a\"\n  scim_app_id = \"SCIM\"", "scim_app_id"),
        ("identity_provider_id = \"a\"\n  oidc_app_id = \"Access\"", "oidc_app_id"),
        ("identity_provider_id = \"a\"\n  account_id = \"b\"\n  zone_id = \"c\"", "zone_id"),
    ] {
        story.write("handshake.tf", &format!("data \"zt_handshake\" \"okta\" {{\n  {arguments}\n}}\n"));
        let error = story.validate_fails();
        assert!(error.points_at(attribute), "{arguments}: {error}");
    }
}
