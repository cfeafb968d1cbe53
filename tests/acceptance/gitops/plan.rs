//! Pull requests: `test.sh` without credentials, `plan.sh` with read-only ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::repository::{ENVIRONMENT, Repository, Role, finish};
use super::service::Service;
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
    assert!(
        comment.starts_with("<!-- terraform: staging -->\n## `staging`: 5 to add, 0 to change, 0 to destroy\n"),
        "{comment}"
    );
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
fn the_scopes_that_read_are_enough_for_a_plan() {
    const SCOPES: [&str; 5] =
        ["okta.apps.read", "okta.groups.read", "okta.users.read", "okta.policies.read", "okta.logs.read"];
    let repository = Repository::applied();
    let mock = repository.story().mock();
    let token = mock.okta().mint_access_token(&SCOPES, mock.world().clock.now());
    let mut plan = repository.script("plan.sh", Role::ReadOnly);
    plan.arg(ENVIRONMENT).env_remove("OKTA_API_TOKEN").env("OKTA_ACCESS_TOKEN", token);
    let output = finish(plan).expect_success();
    assert!(output.stdout.contains("No changes."), "{output}");
    let (all, claim) =
        (output.stdout.matches("Warning: "), output.stdout.matches("Warning: The groups claim cannot be read"));
    assert_eq!((all.count(), claim.count()), (1, 1), "{output}");
}

#[test]
fn the_scopes_that_manage_are_enough_for_an_apply_beside_a_token_for_the_groups_claim() {
    const SCOPES: [&str; 4] = ["okta.apps.manage", "okta.groups.manage", "okta.users.read", "okta.policies.read"];
    let repository = Repository::new();
    let mock = repository.story().mock();
    let token = mock.okta().mint_access_token(&SCOPES, mock.world().clock.now());
    let mut apply = repository.script("apply.sh", Role::Full);
    apply.arg(ENVIRONMENT).env("OKTA_ACCESS_TOKEN", token);
    finish(apply).expect_success();
    repository.run("drift.sh", Role::Auditor).expect_success();
}

#[test]
fn a_pull_request_that_names_another_org_sends_it_nothing() {
    let repository = Repository::applied();
    let asked = Arc::new(AtomicBool::new(false));
    let seen = asked.clone();
    let elsewhere = Service::start(move |_| {
        seen.store(true, Ordering::Relaxed);
        None
    });
    repository.edit(
        &format!("environments/{ENVIRONMENT}/providers.tf"),
        "org_url = var.okta_org_url",
        &format!("org_url = {:?}", elsewhere.url),
    );
    let mock = repository.story().mock();
    let hosts = [mock.org_url(), mock.api_url(), mock.auth_url()].map(|url| url.split('/').nth(2).unwrap());
    let mut plan = repository.script("plan.sh", Role::ReadOnly);
    // Its workflow's environment says so; a pull request does not change that.
    plan.arg(ENVIRONMENT).env("ZT_ALLOWED_HOSTS", hosts.join(",")).env_remove("OKTA_HTTP_PROXY");
    let output = finish(plan);
    assert!(!output.success() && output.text().contains("ZT_ALLOWED_HOSTS"), "{output}");
    assert!(!asked.load(Ordering::Relaxed), "a request went to the host that the pull request names");
}

#[test]
fn a_comment_names_what_changes() {
    let repository = Repository::applied();
    repository.edit(MODULE, "user_deprovision         = true", "user_deprovision         = false");
    repository.edit(MODULE, "seat_deprovision         = true", "seat_deprovision         = false");
    repository.edit(MODULE, "Cloudflare Access SCIM", "Zero Trust <SCIM>");
    repository.run("plan.sh", Role::ReadOnly).expect_success();
    let comment = repository.out("comment.md");
    assert!(comment.contains("## `staging`: 0 to add, 2 to change, 0 to destroy"), "{comment}");
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
