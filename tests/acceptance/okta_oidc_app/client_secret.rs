//! The client secret: minted, rotated, left out of the state, and out of reach.

use super::*;

#[test]
fn the_secret_shows_up_in_the_state_only() {
    let oidc = Oidc::applied("");
    let secret = oidc.text("client_secret");
    oidc.configure("  label = \"Other\"\n");
    let plan = oidc.story.plan();
    assert!(!plan.text.contains(&secret), "{}", plan.text);
    assert!(!serde_json::to_string(&oidc.story.mock().journal().all()).unwrap().contains(&secret));
}

#[test]
fn another_authentication_method_mints_a_secret() {
    let oidc = Oidc::applied("");
    let before = oidc.app();
    oidc.configure("  token_endpoint_auth_method = \"client_secret_post\"\n");
    let changed = oidc.story.plan().changed_attributes(APP);
    for attribute in ["client_secret", "client_secret_hash", "client_secret_id"] {
        assert!(changed.contains(&attribute.to_owned()), "{changed:?}");
    }
    oidc.story.apply();
    let after = oidc.app();
    for attribute in ["client_secret", "client_secret_hash", "client_secret_id"] {
        assert_ne!(after[attribute], before[attribute]);
    }
    assert!(oidc.accepts(after["client_secret"].as_str().unwrap()));
    assert_eq!(after["client_id"], before["client_id"]);
}

#[test]
fn a_rotation_in_the_console_is_followed_and_told() {
    let oidc = Oidc::applied("");
    let before = oidc.app();
    let rotated = oidc.rotate();
    let plan = oidc.story.plan();
    assert!(
        plan.diagnostics.iter().any(|told| told.text().contains("was changed outside of Terraform")),
        "{}",
        plan.text
    );
    assert_eq!(plan.drifted(), [APP]);
    oidc.story.workspace().terraform(&["apply", "-refresh-only", "-auto-approve"]).expect_success();
    let after = oidc.app();
    assert_eq!(after["client_secret"], json!(rotated));
    assert_ne!(after["client_secret_id"], before["client_secret_id"]);
    assert_ne!(after["client_secret_hash"], before["client_secret_hash"]);
    oidc.story.expect_empty_plan();
}

#[test]
fn a_second_secret_changes_nothing_until_the_first_is_deactivated() {
    let oidc = Oidc::applied("");
    let first = oidc.text("client_secret_id");
    let second = oidc.okta("POST", "/credentials/secrets", Some(&json!({})));
    oidc.story.workspace().terraform(&["apply", "-refresh-only", "-auto-approve"]).expect_success();
    assert_eq!(oidc.text("client_secret_id"), first);
    oidc.okta("POST", &format!("/credentials/secrets/{first}/lifecycle/deactivate"), Some(&json!({})));
    oidc.story.workspace().terraform(&["apply", "-refresh-only", "-auto-approve"]).expect_success();
    assert_eq!(oidc.app()["client_secret_id"], second["id"]);
    assert_eq!(oidc.app()["client_secret"], second["client_secret"]);
}

#[test]
fn omit_secret_keeps_the_app() {
    let oidc = Oidc::applied("");
    let before = oidc.app();
    let secret = oidc.text("client_secret");
    oidc.configure("  omit_secret = true\n");
    let writes = oidc.writes(|story| drop(story.apply()));
    assert_eq!(writes, Vec::<String>::new());
    let omitted = oidc.app();
    assert_eq!(omitted["client_secret"], Value::Null);
    for attribute in ["id", "client_id", "client_secret_id", "client_secret_hash"] {
        assert_eq!(omitted[attribute], before[attribute]);
    }
    assert!(!oidc.story.state_file().contains(&secret));
    oidc.configure("");
    oidc.story.apply();
    assert_eq!(oidc.text("client_secret"), secret);
    assert_eq!(oidc.app()["id"], before["id"]);
}

#[test]
fn an_app_made_without_its_secret_never_has_it_in_the_state() {
    let oidc = Oidc::applied("  omit_secret = true\n");
    let secrets = oidc.okta("GET", "/credentials/secrets", None);
    assert!(!oidc.story.state_file().contains(secrets[0]["client_secret"].as_str().unwrap()));
    assert_eq!(oidc.app()["client_secret_id"], secrets[0]["id"]);
}

#[test]
fn secrets_that_may_not_be_read_stay_as_known() {
    let oidc = Oidc::applied("");
    let before = oidc.app();
    oidc.rotate();
    oidc.story.mock().fail(Fault::on("GET", "/api/v1/apps/*/credentials/secrets").answering(403, forbidden()));
    let plan = oidc.story.plan();
    assert!(plan.is_empty(), "{}", plan.text);
    assert_eq!(plan.diagnostics.len(), 1);
    assert!(plan.diagnostics[0].text().contains("cannot be read"));
    assert_eq!(oidc.app(), before);
}
