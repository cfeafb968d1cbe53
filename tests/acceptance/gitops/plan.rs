//! Pull requests: `test.sh` without credentials, `plan.sh` with read-only ones.

use super::repository::{ENVIRONMENT, Repository, Role, finish};
use zt::mock::Side;
use zt::mock::journal::Exchange;

const MODULE: &str = "modules/access/main.tf";

/// What the services were asked since `mark`.
fn asked(repository: &Repository, mark: usize) -> Vec<Exchange> {
    repository.story().mock().journal().since(mark)
}

#[test]
fn the_module_is_tested_without_a_tenant() {
    let repository = Repository::new();
    let mark = repository.story().mock().journal().len();
    let output = finish(repository.script("test.sh", Role::ReadOnly)).expect_success();
    assert!(output.stdout.contains("Success! 3 passed, 0 failed."), "{output}");
    assert!(asked(&repository, mark).is_empty(), "zt-mock is another mock than the tenant of the tests");
}

#[test]
fn what_would_not_work_fails_its_test() {
    let repository = Repository::new();
    repository.edit(MODULE, "pkce_enabled = true", "pkce_enabled = false");
    let output = finish(repository.script("test.sh", Role::ReadOnly));
    assert!(!output.success() && output.text().contains("PKCE has to be on at both ends."), "{output}");
    // Format and validity come first.
    repository.edit(MODULE, "pkce_enabled = false", "pkce_enabled =   false");
    let output = finish(repository.script("test.sh", Role::ReadOnly));
    assert!(!output.success() && !output.text().contains("PKCE has to be"), "{output}");
}

#[test]
fn the_first_plan_needs_credentials_that_read_and_no_more() {
    let repository = Repository::new();
    let output = repository.run("plan.sh", Role::ReadOnly).expect_success();
    let warnings = output.text().matches("Warning: ").count();
    assert_eq!(warnings, output.text().matches("Warning: Check block assertion known after apply").count(), "{output}");
    let comment = repository.out("comment.md");
    assert!(comment.starts_with("<!-- terraform: staging -->\n## `staging`: 5 to change\n"), "{comment}");
    assert!(comment.contains("| create | `module.access.zt_okta_idp.okta` |"), "{comment}");
    assert!(comment.contains("Known after the apply: `module.access.check.handshake`"), "{comment}");
    repository.run("policy.sh", Role::ReadOnly).expect_success();
    assert_eq!(repository.out("comment.md"), comment, "nothing is denied");
}

#[test]
fn a_plan_with_read_only_credentials_is_calm_and_sees_no_secret() {
    let repository = Repository::applied();
    let mark = repository.story().mock().journal().len();
    let output = repository.run("plan.sh", Role::ReadOnly).expect_success();
    assert!(output.stdout.contains("No changes."), "{output}");
    assert!(!output.text().contains("Warning"), "{output}");
    assert!(repository.out("comment.md").contains("`staging`: no changes"));

    let asked = asked(&repository, mark);
    assert!(asked.iter().any(|exchange| exchange.side == Side::Okta));
    assert!(asked.iter().any(|exchange| exchange.side == Side::Cloudflare));
    for exchange in &asked {
        let what = format!("{} {} {}", exchange.method, exchange.path, exchange.status.unwrap_or_default());
        assert_eq!(exchange.method, "GET", "{what}");
        assert!(!exchange.path.contains("/secrets"), "{what}");
        assert!(exchange.status.is_some_and(|status| status < 400), "{what}");
    }
}

#[test]
fn a_comment_names_what_changes() {
    let repository = Repository::applied();
    repository.edit(MODULE, "user_deprovision         = true", "user_deprovision         = false");
    repository.edit(MODULE, "seat_deprovision         = true", "seat_deprovision         = false");
    repository.edit(MODULE, "Cloudflare Access SCIM", "Zero Trust <SCIM>");
    repository.run("plan.sh", Role::ReadOnly).expect_success();
    let comment = repository.out("comment.md");
    assert!(comment.contains("## `staging`: 2 to change"), "{comment}");
    assert!(comment.contains("| update | `module.access.okta_scim_app.access` | `label` |"), "{comment}");
    let row = "| update | `module.access.zt_scim_config.okta` | `seat_deprovision`, `user_deprovision` |";
    assert!(comment.contains(row), "{comment}");
    assert!(comment.contains("Zero Trust &lt;SCIM&gt;"), "{comment}");
    // A value is shown in the text of the plan alone.
    assert!(!comment.split("<details>").next().unwrap().contains("Zero Trust"), "{comment}");

    let output = repository.run("policy.sh", Role::ReadOnly);
    assert_eq!(output.code, Some(1), "{output}");
    let denied = "- module.access.zt_scim_config.okta: user_deprovision is off";
    assert!(output.stdout.contains(denied) && repository.out("comment.md").contains(denied), "{output}");
}

#[test]
fn a_rotation_in_a_pull_request_shows_no_secret() {
    let repository = Repository::applied();
    let variables = format!("environments/{ENVIRONMENT}/main.tf");
    repository.edit(&variables, "var.client_secret_rotation", "\"2026-04\"");
    repository.run("plan.sh", Role::ReadOnly).expect_success();
    repository.run("policy.sh", Role::ReadOnly).expect_success();
    let comment = repository.out("comment.md");
    assert!(comment.contains("| create, then delete | `module.access.okta_client_secret.access` |"), "{comment}");
    let changes = repository.plan_json();
    let changes = changes["resource_changes"].as_array().unwrap();
    assert!(changes.iter().all(|change| change["change"]["after"]["client_secret"].is_null()));
}

#[test]
fn an_environment_that_does_not_exist_is_named() {
    let repository = Repository::new();
    let mut plan = repository.script("plan.sh", Role::ReadOnly);
    plan.arg("nowhere");
    let output = finish(plan);
    assert!(!output.success() && output.stderr.contains("there is no environments/nowhere"), "{output}");
}

#[test]
fn an_answer_of_opa_that_says_nothing_is_no_consent() {
    let repository = Repository::new();
    repository.run("plan.sh", Role::ReadOnly).expect_success();
    std::fs::write(repository.story().workspace().beside("bin/opa"), "#!/bin/sh\necho '{}'\n").unwrap();
    let output = repository.run("policy.sh", Role::ReadOnly);
    assert!(!output.success() && output.stderr.contains("opa gave no answer"), "{output}");
}
