//! What cannot be read is skipped, a service that does not answer is a warning, and neither is an error.

use zt::mock::Fault;

use super::{complete, failed, seen, status};
use crate::harness::story::Story;
use crate::okta_calls::{asked, forbidden, refusal, short};

/// Only the look and its assertion, with the provider block that the test needs.
fn alone(provider: &str) -> Story {
    let story = complete();
    for file in ["main.tf", "outputs.tf", "providers.tf", "variables.tf"] {
        story.remove(file);
    }
    story.write("terraform.tf", crate::harness::story::REQUIRED_PROVIDERS);
    story.write("providers.tf", &format!("provider \"zt\" {{\n{provider}}}\n"));
    story
}

/// Plans without a look at what the state has beside.
fn look(story: &Story) -> crate::harness::plan::Plan {
    std::fs::remove_file(story.workspace().config().join("terraform.tfstate")).unwrap();
    story.plan()
}

#[test]
fn what_may_not_be_read_is_skipped_with_the_reason() {
    let story = alone("");
    story.mock().fail(Fault::on("GET", "/api/v1/logs").answering(403, forbidden()).times(9));
    let plan = look(&story);
    assert_eq!((plan.exit_code, failed(&plan)), (0, Vec::new()));
    let found = &seen(&plan)["checks"]["provisioning_log"];
    assert_eq!((&found["status"], &found["remedy"]), (&"skipped".into(), &serde_json::Value::Null));
    assert!(found["message"].as_str().unwrap().contains("E0000006"), "{found}");
    assert_eq!(seen(&plan)["status"], "pass");
}

#[test]
fn without_okta_credentials_the_checks_of_that_side_are_skipped() {
    let mut story = alone("");
    for name in ["OKTA_ORG_URL", "OKTA_API_TOKEN", "OKTA_ORG_NAME", "OKTA_BASE_URL"] {
        story.workspace_mut().remove_env(name);
    }
    let plan = look(&story);
    assert_eq!((plan.exit_code, failed(&plan)), (0, Vec::new()));
    assert_eq!(status(&plan, "login_method"), "pass");
    for check in ["discovery", "redirect_uri", "groups_claim", "scim_app", "push_groups"] {
        assert_eq!(status(&plan, check), "skipped", "{check}");
    }
}

#[test]
fn without_cloudflare_credentials_the_okta_side_is_still_looked_at() {
    let mut story = alone("");
    story.workspace_mut().remove_env("CLOUDFLARE_API_TOKEN");
    let plan = look(&story);
    assert_eq!((plan.exit_code, failed(&plan)), (0, Vec::new()));
    assert_eq!(status(&plan, "redirect_uri"), "skipped");
    for check in ["scim_app", "scim_user_name", "push_groups", "provisioning_log"] {
        assert_eq!(status(&plan, check), "pass", "{check}");
    }
}

#[test]
fn a_service_that_does_not_answer_is_a_warning() {
    let story = alone("  max_retries = 0\n");
    let down = || Fault::on("GET", "/api/v1/apps/*").answering(503, "down").times(99);
    story.mock().fail(down());
    let plan = look(&story);
    assert_eq!((plan.exit_code, failed(&plan)), (0, Vec::new()));
    assert_eq!(seen(&plan)["status"], "warn");
    for check in ["oidc_app", "scim_app"] {
        assert_eq!(status(&plan, check), "warn", "{check}");
    }
    assert!(seen(&plan)["summary"].as_str().unwrap().contains("503"), "{}", seen(&plan)["summary"]);
}

#[test]
fn credentials_that_okta_no_longer_accepts_are_a_warning() {
    let story = alone("");
    let revoked = refusal("E0000011", "Invalid token provided", &[]);
    story.mock().fail(Fault::on("GET", "/api/v1/**").answering(401, revoked).times(99));
    let plan = look(&story);
    assert_eq!((plan.exit_code, failed(&plan)), (0, Vec::new()));
    assert_eq!(status(&plan, "scim_app"), "warn");
    assert_eq!(status(&plan, "discovery"), "pass", "it needs no credentials");
    let remedy = seen(&plan)["checks"]["scim_app"]["remedy"].as_str().unwrap();
    assert!(remedy.contains("OKTA_API_TOKEN"), "{remedy}");
}

#[test]
fn credentials_that_cloudflare_no_longer_accepts_are_a_warning() {
    let mut story = alone("");
    story.workspace_mut().set_env("CLOUDFLARE_API_TOKEN", "expired");
    let plan = look(&story);
    assert_eq!((plan.exit_code, failed(&plan)), (0, Vec::new()));
    assert_eq!(seen(&plan)["status"], "warn");
    let found = &seen(&plan)["checks"]["login_method"];
    assert_eq!(found["status"], "warn", "{found}");
    assert!(found["message"].as_str().unwrap().contains("9109"), "{found}");
    assert!(found["remedy"].as_str().unwrap().contains("CLOUDFLARE_API_TOKEN"), "{found}");
}

#[test]
fn secret_checks_never_lists_no_secret() {
    let story = alone("  secret_checks = \"never\"\n");
    let calls = asked(&story, |story| {
        let plan = look(story);
        assert_eq!(status(&plan, "credentials"), "skipped");
        assert_eq!(failed(&plan), Vec::<&str>::new());
    });
    assert!(calls.iter().all(|call| !call.path.contains("/credentials/secrets")));
}

#[test]
fn few_requests_are_enough() {
    let story = alone("");
    let calls = asked(&story, |story| drop(look(story)));
    let mut paths: Vec<String> = calls.iter().map(short).collect();
    paths.sort();
    let expected = [
        "GET /.well-known/okta-organization",
        "GET /.well-known/openid-configuration",
        "GET apps/*",
        "GET apps/*",
        "GET apps/*/connections/default",
        "GET apps/*/credentials/secrets",
        "GET apps/*/group-push/mappings",
        "GET apps/*/users",
        "GET apps/*/users",
        "GET groups",
        "GET internal/apps/*/settings/oauth/idToken",
        "GET logs",
    ];
    assert_eq!(paths, expected);
}
