//! What a refresh makes of what happened in the console.

use super::*;

#[test]
fn a_secret_that_is_gone_is_made_again() {
    let secrets = Secrets::applied("");
    let id = secrets.text("id");
    secrets.remove(&id);
    assert_eq!(secrets.story.plan().action(SECRET), ["create"]);
    secrets.story.apply();
    assert_ne!(secrets.text("id"), id);
}

#[test]
fn with_the_app_its_secret_is_gone() {
    let secrets = Secrets::applied("");
    let app = format!("/api/v1/apps/{}", secrets.app_id());
    secrets.story.in_okta("POST", &format!("{app}/lifecycle/deactivate"), Some(&json!({})));
    secrets.story.in_okta("DELETE", &app, None);
    assert_eq!(secrets.story.plan().action(SECRET), ["create"]);
    secrets.story.apply();
}

/// Somebody in the console.
fn deactivate(secrets: &Secrets) {
    secrets.okta("POST", &format!("/{}/lifecycle/deactivate", secrets.text("id")), Some(&json!({})));
}

#[test]
fn a_deactivation_is_drift_of_a_configured_status() {
    let secrets = Secrets::applied("  status = \"ACTIVE\"\n");
    deactivate(&secrets);
    let plan = secrets.story.plan();
    assert_eq!(plan.changed_attributes(SECRET), ["last_updated", "status"]);
    assert!(plan.diagnostics.is_empty(), "{:?}", plan.diagnostics);
    secrets.story.apply();
    assert!(secrets.accepts(&secrets.text("client_secret")));
}

#[test]
fn a_deactivation_is_told_where_no_status_is_configured() {
    let secrets = Secrets::applied("");
    deactivate(&secrets);
    let plan = secrets.story.plan();
    assert!(plan.is_empty(), "{}", plan.text());
    let told = plan.diagnostics;
    assert!(told.iter().any(|told| told.text().contains("was deactivated outside of Terraform")), "{told:?}");
    secrets.configure("  status = \"ACTIVE\"\n");
    secrets.story.apply();
    assert!(secrets.accepts(&secrets.text("client_secret")));
}

#[test]
fn a_secret_that_may_not_be_read_stays_as_known() {
    let secrets = Secrets::applied("");
    let before = secrets.secret();
    secrets.story.mock().fail(Fault::on("GET", ONE).answering(403, forbidden()));
    let plan = secrets.story.plan();
    assert!(plan.is_empty() && plan.diagnostics[0].text().contains("cannot be read"), "{}", plan.text());
    secrets.refresh();
    assert_eq!(secrets.secret(), before);
}

#[test]
fn with_secret_checks_never_nothing_is_read_from_the_first_apply_to_the_last() {
    let secrets = Secrets::new();
    secrets.never_check_secrets();
    secrets.configure("  keepers = { rotation = \"1\" }\n");
    secrets.story.apply();
    let before = secrets.secret();
    assert!(secrets.accepts(&secrets.text("client_secret")));
    assert!(before["client_secret_hash"].is_string());

    secrets.configure("  keepers = { rotation = \"1\" }\n  omit_secret = true\n");
    secrets.story.apply();
    secrets.configure("  keepers = { rotation = \"1\" }\n");
    let applied = secrets.story.apply();
    assert!(applied.warning().text().contains("secret_checks"), "{:?}", applied.warnings);
    assert_eq!(secrets.secret()["client_secret"], Value::Null, "nowhere to have it from");

    // In place of another it is made and deleted without a look.
    secrets.configure("  keepers = { rotation = \"2\" }\n");
    secrets.story.apply();
    assert!(secrets.accepts(&secrets.text("client_secret")));
    let import = secrets.import_id();
    secrets.story.workspace().terraform(&["state", "rm", SECRET]).expect_success();
    let said = secrets.story.import(SECRET, &import).text();
    assert!(said.contains("secret_checks"), "{said}");
    secrets.story.apply();
    secrets.story.destroy();
    assert_eq!(secrets.reads_since(0), 0);
}

#[test]
fn a_secret_that_okta_hides_stays_as_it_is_known() {
    let secrets = Secrets::applied("");
    let before = secrets.secret();
    let mut shown = secrets.okta("GET", &format!("/{}", secrets.text("id")), None);
    shown["client_secret"] = json!("********");
    secrets.story.mock().fail(Fault::on("GET", ONE).answering(200, shown));
    secrets.story.expect_empty_plan();
    secrets.refresh();
    assert_eq!(secrets.secret(), before);
}
