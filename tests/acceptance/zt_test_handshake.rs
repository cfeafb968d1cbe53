//! The action `zt_test_handshake`.

use std::path::Path;

use serde_json::json;
use zt::mock::{Fault, Options};

use crate::harness::diagnostic::Diagnostic;
use crate::harness::process::Output;
use crate::harness::story::Story;
use crate::needs;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/complete");
const ACTION: &str = "action \"zt_test_handshake\" \"okta\" {\n  config {\n    \
    identity_provider_id = zt_okta_idp.okta.id\n    scim_app_id = okta_scim_app.access.id\n    \
    client_secret_fingerprint = zt_okta_idp.okta.client_secret_fingerprint\n  }\n}\n";

fn complete() -> Story {
    let story = Story::with(Options::default());
    story.copy(Path::new(EXAMPLE));
    story.write("action.tf", ACTION);
    story.apply();
    story.mock().drain_provisioning();
    story
}

fn invoke(story: &Story) -> Output {
    let arguments = ["apply", "-invoke=action.zt_test_handshake.okta", "-auto-approve", "-json"];
    story.workspace().terraform(&arguments)
}

/// What the action told on its way, in its order.
fn told(output: &Output) -> Vec<String> {
    let events = output.stdout.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let messages = events.filter(|event| event["type"] == "action_progress");
    messages.map(|event| event["hook"]["message"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn it_tells_every_check_and_succeeds_where_all_is_well() {
    needs!(ACTIONS);
    let story = complete();
    let mark = story.mock().journal().len();
    let output = invoke(&story);
    assert!(output.success(), "{output}");
    let told = told(&output);
    assert_eq!(told.len(), 16, "one line before, and one per check: {told:?}");
    assert!(told[1].starts_with("login_method: pass: "), "{told:?}");
    assert!(told[15].starts_with("provisioning_log: pass: "), "{told:?}");
    assert_eq!(story.mock().journal().writes_since(mark), Vec::<String>::new());
}

#[test]
fn it_fails_with_the_check_and_the_remedy() {
    needs!(ACTIONS);
    let story = complete();
    let id = |address: &str| story.resource(address)["id"].as_str().unwrap().to_owned();
    let (idp, app) = (id("zt_okta_idp.okta"), id("okta_oidc_app.access"));
    story.mock().cloudflare().identity_provider_mut(&idp).unwrap().set_config("pkce_enabled", json!(false));
    let elsewhere = json!(["https://elsewhere.example/callback"]);
    assert!(story.mock().okta().edit_app(&app, "/settings/oauthClient/redirect_uris", elsewhere));
    let output = invoke(&story);
    assert!(!output.success(), "{output}");
    // Terraform makes one of all errors.
    let errors: Vec<Diagnostic> = Diagnostic::lines(&output.stdout).into_iter().filter(Diagnostic::is_error).collect();
    let [error] = &errors[..] else { panic!("{output}") };
    for part in
        ["The handshake fails: redirect_uri", "The handshake fails: pkce", "Set pkce_enabled = true in zt_okta_idp"]
    {
        assert!(error.text().contains(part), "{error}");
    }
    assert_eq!(error.text().matches("The handshake fails").count(), 2, "{error}");
    assert_eq!(told(&output).len(), 16, "the other checks are told all the same");
}

#[test]
fn it_tells_what_it_waits_for() {
    needs!(ACTIONS);
    let story = complete();
    let limited = Fault::on("GET", "**/openid-configuration").answering(429, "").with_header("retry-after", "6");
    story.mock().fail(limited.times(1));
    let output = invoke(&story);
    assert!(output.success(), "{output}");
    let told = told(&output);
    let is_it = |line: &String| line.starts_with("Waiting ") && line.contains(" s for the rate limit of 127.0.0.1");
    assert!(told.iter().any(is_it), "{told:?}");
}

#[test]
fn it_ends_an_apply_that_triggers_it() {
    needs!(ACTIONS);
    let story = Story::new();
    story.copy(Path::new(EXAMPLE));
    let trigger = "resource \"terraform_data\" \"tested\" {\n  input = okta_scim_app.access.id\n  lifecycle {\n    \
                   action_trigger {\n      events  = [after_create]\n      \
                   actions = [action.zt_test_handshake.okta]\n    }\n  }\n}\n";
    story.write("action.tf", &format!("{ACTION}{trigger}"));
    story.apply();
    assert!(story.addresses().contains(&"terraform_data.tested".to_owned()));
}

#[test]
fn bad_values() {
    needs!(ACTIONS);
    let story = Story::new();
    for (arguments, attribute) in [
        ("identity_provider_id = \"\"", "identity_provider_id"),
        ("identity_provider_id = \"a\"\n    scim_app_id = \"SCIM\"", "scim_app_id"),
        ("identity_provider_id = \"a\"\n    account_id = \"b\"\n    zone_id = \"c\"", "zone_id"),
    ] {
        story.write(
            "main.tf",
            &format!("action \"zt_test_handshake\" \"a\" {{\n  config {{\n    {arguments}\n  }}\n}}\n"),
        );
        let error = story.validate_fails();
        assert!(error.points_at(attribute), "{arguments}: {error}");
    }
}
