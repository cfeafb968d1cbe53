//! Nights: exit code and report of `drift.sh`.

use serde_json::json;

use super::repository::{ENVIRONMENT, Repository, Role, finish};

/// Runs it, and expects this exit code and the same in the file for the step after it.
#[track_caller]
fn drift(repository: &Repository, role: Role, code: i32) -> String {
    let output = repository.run("drift.sh", role);
    assert_eq!(output.code, Some(code), "{output}");
    assert_eq!(repository.out("exit_code"), format!("{code}\n"));
    assert!(!repository.path("out/staging/plan.json").exists());
    output.text()
}

fn id(repository: &Repository, address: &str) -> String {
    repository.resource(address)["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_quiet_night_is_0_with_either_kind_of_credentials() {
    let repository = Repository::applied();
    for role in [Role::Auditor, Role::ReadOnly] {
        drift(&repository, role, 0);
        assert!(repository.out("report.md").contains("## `staging`: no changes\n"));
    }
}

#[test]
fn something_changed_by_hand_is_2_and_named() {
    let repository = Repository::applied();
    let app = id(&repository, "module.access.okta_oidc_app.access");
    assert!(repository.story().mock().okta().edit_app(&app, "/label", json!("Somebody's")));
    drift(&repository, Role::ReadOnly, 2);
    let report = repository.out("report.md");
    let row = "| update | `module.access.okta_oidc_app.access` | `label` | changed outside of Terraform |";
    assert!(report.contains(row), "{report}");
}

#[test]
fn a_client_secret_rotated_by_hand_is_noticed_by_credentials_that_may_list_secrets() {
    let repository = Repository::applied();
    let app = id(&repository, "module.access.okta_oidc_app.access");
    repository.story().in_okta("POST", &format!("/_mock/okta/apps/{app}/rotate-secret"), None);
    drift(&repository, Role::ReadOnly, 0);
    drift(&repository, Role::Auditor, 2);
    let report = repository.out("report.md");
    assert!(report.contains("`module.access.okta_client_secret.access`"), "{report}");
}

#[test]
fn a_check_that_fails_is_2_although_the_plan_is_empty() {
    let repository = Repository::applied();
    // Okta gives a pushed group up. Terraform manages that it is pushed, and it is.
    let story = repository.story();
    let app = id(&repository, "module.access.okta_scim_app.access");
    let mapping = story.in_okta("GET", &format!("/api/v1/apps/{app}/group-push/mappings"), None)[0]["id"].clone();
    let fail = format!("/_mock/okta/apps/{app}/push-mappings/{}/fail", mapping.as_str().unwrap());
    story.in_okta("POST", &fail, Some(&json!({"summary": "Cloudflare refused the group"})));
    let said = drift(&repository, Role::ReadOnly, 2);
    assert!(said.contains("No changes."), "{said}");
    let report = repository.out("report.md");
    assert!(report.contains("## `staging`: no changes, 1 failed checks\n"), "{report}");
    assert!(report.contains("- `module.access.check.handshake`: ") && report.contains("push_groups"), "{report}");
}

#[test]
fn what_cannot_be_found_out_is_1_and_has_no_report() {
    let repository = Repository::applied();
    drift(&repository, Role::ReadOnly, 0);
    let mut night = repository.script("drift.sh", Role::ReadOnly);
    repository.story().mock().okta().revoke_read_only_api_token();
    night.arg(ENVIRONMENT);
    let output = finish(night);
    assert!(output.code == Some(1) && output.text().contains("E0000011"), "{output}");
    assert_eq!(repository.out("exit_code"), "1\n");
    assert!(!repository.path("out/staging/report.md").exists(), "yesterday's report is no report");
}
