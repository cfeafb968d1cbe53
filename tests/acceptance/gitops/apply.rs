//! What is merged: planned anew, held against the policy, applied; and nobody has seen a secret afterwards.

use super::repository::{Repository, Role};

const ADA: &str = "ada@acme.example";

#[test]
fn an_apply_makes_logins_work_and_leaves_no_secret_behind() {
    let repository = Repository::applied();
    let story = repository.story();
    assert_eq!(story.log_in(ADA).field("email"), ADA);
    assert_eq!(story.mock().drain_provisioning().pending, 0);

    let app = repository.resource("module.access.okta_oidc_app.access")["id"].as_str().unwrap().to_owned();
    let secrets = story.in_okta("GET", &format!("/api/v1/apps/{app}/credentials/secrets"), None);
    let idp = repository.resource("module.access.zt_okta_idp.okta")["id"].as_str().unwrap().to_owned();
    let scim_secret = story.mock().cloudflare().identity_provider(&idp).unwrap().scim_secret().unwrap().to_owned();
    let mut secrets: Vec<String> =
        secrets.as_array().unwrap().iter().map(|secret| secret["client_secret"].as_str().unwrap().to_owned()).collect();
    assert_eq!(secrets.len(), 2, "the app's first and that of okta_client_secret");
    secrets.push(scim_secret);
    let (state, comment) = (repository.state(), repository.out("comment.md"));
    for secret in &secrets {
        assert!(!state.contains(secret) && !comment.contains(secret));
    }
    for gone in ["plan.json", "plan.tfplan"] {
        assert!(!repository.path(&format!("out/staging/{gone}")).exists(), "{gone} is left");
    }
}

#[test]
fn a_rotation_is_merged_and_logins_go_on() {
    let repository = Repository::applied();
    let secret = |repository: &Repository| repository.resource("module.access.okta_client_secret.access")["id"].clone();
    let before = secret(&repository);
    for rotation in ["2", "3"] {
        std::fs::write(
            repository.path("environments/staging/rotation.auto.tfvars"),
            format!("client_secret_rotation = {rotation:?}\nscim_token_rotation = {rotation:?}\n"),
        )
        .unwrap();
        repository.run("apply.sh", Role::Full).expect_success();
        assert_eq!(repository.story().log_in(ADA).field("email"), ADA);
    }
    assert_ne!(secret(&repository), before);
    repository.run("drift.sh", Role::Auditor).expect_success();
}

#[test]
fn what_the_policy_denies_is_not_applied() {
    let repository = Repository::new();
    repository.edit("modules/access/main.tf", "pkce_required = true", "pkce_required = false");
    let output = repository.run("apply.sh", Role::Full);
    assert_eq!(output.code, Some(1), "{output}");
    assert!(output.stdout.contains("- module.access.okta_oidc_app.access: PKCE is off in Okta."), "{output}");
    assert_eq!(repository.story().mock().okta().counts()["apps"], 0);
}

#[test]
fn read_only_credentials_apply_nothing() {
    let repository = Repository::new();
    let output = repository.run("apply.sh", Role::ReadOnly);
    assert!(!output.success() && output.text().contains("E0000006"), "{output}");
    assert_eq!(repository.story().mock().okta().counts()["apps"], 0);
}
