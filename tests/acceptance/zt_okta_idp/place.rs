//! Account or zone: where a login method is, and what decides that.

use serde_json::{Value, json};

use super::{IDP, SECRET, UNREADABLE, configure, created, id, stored};
use crate::harness::story::Story;

#[test]
fn another_account_or_zone_is_another_object() {
    let (story, _) = created("");
    let zone = story.mock().cloudflare().zone_id().to_owned();
    configure(&story, "Okta", &format!("{SECRET}\n  zone_id = {zone:?}"));
    let plan = story.plan();
    assert!(plan.replaces(IDP));
    assert!(plan.replace_paths(IDP).contains(&"zone_id".to_owned()), "{:?}", plan.replace_paths(IDP));
    story.apply();
    assert_eq!(story.resource(IDP)["account_id"], Value::Null);
    story.import_verify(IDP, &format!("zones/{zone}/{}", id(&story)), UNREADABLE);
    configure(&story, "Okta", SECRET);
    assert!(story.plan().replaces(IDP));
    story.apply();
    assert_eq!(story.resource(IDP)["account_id"], json!(story.mock().account_id()));
    story.destroy();
}

#[test]
fn the_account_of_the_provider_counts_on_create_only() {
    let (mut story, id) = created("");
    let account = story.mock().account_id();
    story.workspace_mut().set_env("CLOUDFLARE_ACCOUNT_ID", "00000000000000000000000000000000");
    let error = story.plan_fails().error();
    assert!(error.text().contains(&account), "{error}");
    configure(&story, "Okta", &format!("{SECRET}\n  account_id = {account:?}"));
    story.expect_empty_plan();
    assert_eq!(self::id(&story), id);
    story.destroy();
}

#[test]
fn without_any_account_the_error_says_where_to_name_one() {
    let mut story = Story::new();
    story.workspace_mut().remove_env("CLOUDFLARE_ACCOUNT_ID");
    configure(&story, "Okta", SECRET);
    let error = story.plan_fails().error();
    assert!(error.text().contains("CLOUDFLARE_ACCOUNT_ID"), "{error}");
}

#[test]
fn one_in_a_zone_is_updated_in_place() {
    let story = Story::new();
    let zone = story.mock().cloudflare().zone_id().to_owned();
    let configured = |name: &str, secret: &str| {
        configure(&story, name, &format!("  client_secret = {secret:?}\n  zone_id = {zone:?}"));
    };
    configured("Okta", "a-client-secret-of-this-test-0123456789");
    story.apply();
    let id = id(&story);
    configured("Renamed", "another-client-secret-0123456789-abcdef");
    let plan = story.plan();
    assert_eq!(plan.action(IDP), ["update"]);
    assert_eq!(
        plan.changed_attributes(IDP),
        ["client_secret", "client_secret_fingerprint", "client_secret_status", "name"]
    );
    let mark = story.mock().journal().len();
    story.apply();
    let path = format!("/client/v4/zones/{zone}/access/identity_providers/{id}");
    assert_eq!(story.mock().journal().writes_since(mark), [format!("PUT {path}")]);
    assert_eq!(story.mock().cloudflare().identity_provider(&id).unwrap().name(), "Renamed");
    assert_eq!(stored(&story, &id, "client_secret"), "another-client-secret-0123456789-abcdef");

    // Drift and disappearance are noticed there as well.
    story.mock().cloudflare().identity_provider_mut(&id).unwrap().rename("Somebody's");
    assert_eq!(story.plan().changed_attributes(IDP), ["name"]);
    story.mock().cloudflare().remove_identity_provider(&id);
    assert_eq!(story.plan().action(IDP), ["create"]);
    story.apply();
    story.destroy();
    let in_account =
        story.mock().journal().all().iter().filter(|exchange| exchange.path.contains("/accounts/")).count();
    assert_eq!(in_account, 0, "nothing goes to the account");
}

#[test]
fn a_provider_setting_that_is_not_known_yet_is_an_error_only_where_it_is_needed() {
    let story = Story::new();
    let (account, token) = (story.mock().account_id(), story.mock().cloudflare_token());
    story.write(
        "provider.tf",
        &format!(
            "resource \"terraform_data\" \"settings\" {{\n  input = {{ token = {token:?}, account = {account:?} }}\n}}\n\
             provider \"zt\" {{\n  cloudflare = {{\n    api_token = terraform_data.settings.output.token\n    \
             account_id = terraform_data.settings.output.account\n  }}\n}}\n"
        ),
    );
    configure(&story, "Okta", SECRET);
    assert_eq!(story.plan().action(IDP), ["create"]);
    story.apply();
    assert_eq!(story.resource(IDP)["account_id"], account);

    // Now there is something to read.
    story.workspace().terraform(&["state", "rm", "terraform_data.settings"]).expect_success();
    let error = story.plan_fails().error();
    assert!(error.text().contains("cloudflare") && error.text().contains("not known"), "{error}");
}
