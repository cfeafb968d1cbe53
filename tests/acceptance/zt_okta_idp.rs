//! `zt_okta_idp`: Okta as a login method of Cloudflare Access.

mod adoption;
mod faults;
mod place;
mod secrets;
mod shared_object;
mod uses;

use serde_json::{Value, json};
use zt::mock::{Fault, Options};

use crate::harness::story::Story;

const IDP: &str = "zt_okta_idp.okta";
/// What an import cannot know: Cloudflare never shows them.
const UNREADABLE: &[&str] = &["client_secret", "api_token", "client_secret_fingerprint", "client_secret_status"];
const ALL: &str = "/client/v4/accounts/*/access/identity_providers";
const ONE: &str = "/client/v4/accounts/*/access/identity_providers/*";
const SECRET: &str = "  client_secret = \"a-client-secret-of-this-test-0123456789\"";

/// The app in Okta, made by hand: its id, which is the client id as well. It has the secret that [`SECRET`] configures.
fn app(story: &Story) -> String {
    if let Some(id) = story.mock().okta().app_id("Access") {
        return id;
    }
    let body = json!({"name": "oidc_client", "label": "Access", "signOnMode": "OPENID_CONNECT",
        "credentials": {"oauthClient": {"client_secret": "a-client-secret-of-this-test-0123456789",
            "token_endpoint_auth_method": "client_secret_basic"}},
        "settings": {"oauthClient": {"application_type": "web", "grant_types": ["authorization_code"],
            "redirect_uris": [format!("{}/cdn-cgi/access/callback", story.mock().auth_url())],
            "response_types": ["code"]}}});
    story.in_okta("POST", "/api/v1/apps", Some(&body))["id"].as_str().unwrap().to_owned()
}

fn configure(story: &Story, name: &str, more: &str) {
    let (org, client_id) = (story.mock().org_url(), app(story));
    story.write(
        "main.tf",
        &format!(
            "resource \"zt_okta_idp\" \"okta\" {{\n  name = {name:?}\n  okta_account = {org:?}\n  client_id = {client_id:?}\n{more}\n}}\n"
        ),
    );
}

fn created(more: &str) -> (Story, String) {
    created_with(Options::default(), more)
}

fn created_with(options: Options, more: &str) -> (Story, String) {
    let story = Story::with(options);
    configure(&story, "Okta", &format!("{SECRET}\n{more}"));
    story.apply();
    let id = id(&story);
    (story, id)
}

fn id(story: &Story) -> String {
    story.resource(IDP)["id"].as_str().unwrap().to_owned()
}

/// A member of `config` as the mock stores it, secrets included.
fn stored(story: &Story, id: &str, member: &str) -> Value {
    let account = story.mock().cloudflare();
    account.identity_provider(id).and_then(|found| found.config(member).cloned()).unwrap_or_default()
}

fn by_hand(story: &Story, id: &str, member: &str, value: Value) {
    story.mock().cloudflare().identity_provider_mut(id).unwrap().set_config(member, value);
}

fn count(story: &Story) -> usize {
    story.mock().cloudflare().identity_providers().len()
}

fn refusal(message: &str) -> Value {
    json!({"success": false, "errors": [{"code": 12130, "message": format!("access.api.error.invalid_request: {message}")}],
        "messages": [], "result": null})
}

#[test]
fn create_sends_what_is_configured_and_destroy_deletes_it() {
    let (story, id) = created(
        "  api_token = \"an-okta-token\"\n  pkce_enabled = true\n  claims = [\"groups\", \"dept\"]\n  \
         authorization_server_id = \"default\"\n  email_claim_name = \"mail\"",
    );
    let state = story.resource(IDP);
    assert_eq!(state["account_id"], json!(story.mock().account_id()));
    let redirect = state["redirect_url"].as_str().unwrap();
    assert_eq!(redirect, format!("{}/cdn-cgi/access/callback", story.mock().auth_url()));
    for (member, value) in [
        ("client_id", json!(app(&story))),
        ("client_secret", json!("a-client-secret-of-this-test-0123456789")),
        ("api_token", json!("an-okta-token")),
        ("okta_account", json!(story.mock().org_url())),
        ("pkce_enabled", json!(true)),
        ("authorization_server_id", json!("default")),
        ("email_claim_name", json!("mail")),
    ] {
        assert_eq!(stored(&story, &id, member), value, "{member}");
    }
    story.import_verify(IDP, &format!("{}/{id}", story.mock().account_id()), UNREADABLE);
    story.destroy();
    assert_eq!(count(&story), 0);
}

#[test]
fn every_form_of_import_id_is_understood() {
    let (story, id) = created("  pkce_enabled = true");
    let account = story.mock().account_id();
    for import in [format!("{account}/{id}"), format!("accounts/{account}/{id}"), id.clone()] {
        story.import_verify(IDP, &import, UNREADABLE);
    }
    let mut story = Story::new();
    configure(&story, "Okta", "");
    assert!(story.import_fails(IDP, "a/b/c/d").contains("ACCOUNT_ID/IDENTITY_PROVIDER_ID"));
    story.workspace_mut().remove_env("CLOUDFLARE_ACCOUNT_ID");
    assert!(story.import_fails(IDP, &id).contains("CLOUDFLARE_ACCOUNT_ID"));
}

#[test]
fn a_login_method_of_another_type_is_not_imported() {
    let story = Story::new();
    let path = format!("/accounts/{}/access/identity_providers", story.mock().account_id());
    let body = json!({"name": "PIN", "type": "onetimepin", "config": {}});
    let id = story.in_cloudflare("POST", &path, Some(&body))["id"].as_str().unwrap().to_owned();
    configure(&story, "PIN", "");
    assert!(story.import_fails(IDP, &id).contains("is not Okta"));
    assert_eq!(story.addresses(), [""; 0]);
}

#[test]
fn an_imported_login_method_plans_empty_and_keeps_its_secret() {
    let story = Story::new();
    let path = format!("/accounts/{}/access/identity_providers", story.mock().account_id());
    let body = json!({"name": "By hand", "type": "okta", "config": {"client_id": app(&story), "client_secret": "kept",
        "okta_account": story.mock().org_url(), "pkce_enabled": true, "claims": ["groups"]}});
    let id = story.in_cloudflare("POST", &path, Some(&body))["id"].as_str().unwrap().to_owned();
    configure(&story, "By hand", "");
    story.import(IDP, &id);
    story.expect_empty_plan();

    configure(&story, "Renamed", "");
    assert_eq!(story.plan().changed_attributes(IDP), ["name"]);
    story.apply();
    assert_eq!(stored(&story, &id, "client_secret"), "kept");
    assert_eq!(stored(&story, &id, "claims"), json!(["groups"]));
}

#[test]
fn update_in_place_writes_once_and_only_what_differs() {
    let (story, id) = created("  pkce_enabled = true\n  claims = [\"a\", \"b\"]\n  email_claim_name = \"mail\"");
    configure(&story, "Okta", &format!("{SECRET}\n  pkce_enabled = true\n  claims = [\"b\", \"c\"]"));
    let plan = story.plan();
    assert_eq!(plan.action(IDP), ["update"]);
    assert_eq!(plan.changed_attributes(IDP), ["claims", "email_claim_name"]);
    let mark = story.mock().journal().len();
    story.apply();
    assert_eq!(story.mock().journal().writes_since(mark).len(), 1);
    assert_eq!(self::id(&story), id);
    assert_eq!(stored(&story, &id, "email_claim_name"), Value::Null, "an attribute that is removed is cleared");
    assert_eq!(stored(&story, &id, "pkce_enabled"), json!(true));
}

#[test]
fn settings_that_are_removed_are_cleared() {
    let (story, id) = created(
        "  pkce_enabled = true\n  api_token = \"an-okta-token\"\n  claims = [\"groups\"]\n  \
         authorization_server_id = \"default\"\n  email_claim_name = \"mail\"",
    );
    configure(&story, "Okta", SECRET);
    let cleared = ["api_token", "authorization_server_id", "claims", "email_claim_name", "pkce_enabled"];
    assert_eq!(story.plan().changed_attributes(IDP), cleared);
    story.apply();
    assert_ne!(stored(&story, &id, "pkce_enabled"), json!(true));
    for member in ["api_token", "authorization_server_id", "claims", "email_claim_name"] {
        assert_eq!(stored(&story, &id, member), Value::Null, "{member}");
    }
    assert_eq!(stored(&story, &id, "client_secret"), "a-client-secret-of-this-test-0123456789");
}

#[test]
fn a_switch_that_nobody_set_may_be_absent_or_false() {
    let (story, id) = created("");
    for value in [Value::Null, json!(false)] {
        by_hand(&story, &id, "pkce_enabled", value);
        story.expect_empty_plan();
    }
}

#[test]
fn a_switch_of_terraforms_own_writes_nothing() {
    let (story, _) = created("");
    configure(&story, "Okta", &format!("{SECRET}\n  adopt_existing = true"));
    let mark = story.mock().journal().len();
    story.apply();
    assert_eq!(story.mock().journal().writes_since(mark), [""; 0]);
}

#[test]
fn a_new_secret_is_pushed() {
    let (story, id) = created("");
    configure(&story, "Okta", "  client_secret = \"another-client-secret-0123456789-abcdef\"");
    let pushes = ["client_secret", "client_secret_fingerprint", "client_secret_status"];
    assert_eq!(story.plan().changed_attributes(IDP), pushes);
    story.apply();
    assert_eq!(stored(&story, &id, "client_secret"), "another-client-secret-0123456789-abcdef");

    // Leaving it out afterwards keeps it.
    configure(&story, "Okta", "");
    let mark = story.mock().journal().len();
    story.apply();
    assert!(story.mock().journal().writes_since(mark).is_empty());
    assert_eq!(stored(&story, &id, "client_secret"), "another-client-secret-0123456789-abcdef");
}

#[test]
fn drift_of_what_is_configured_is_repaired() {
    let (story, id) = created("  pkce_enabled = true\n  claims = [\"groups\"]");
    by_hand(&story, &id, "pkce_enabled", json!(false));
    by_hand(&story, &id, "claims", json!(["other"]));
    story.mock().cloudflare().identity_provider_mut(&id).unwrap().rename("Somebody's");
    let plan = story.plan();
    assert_eq!(plan.drifted(), [IDP]);
    assert_eq!(plan.changed_attributes(IDP), ["claims", "name", "pkce_enabled"]);
    story.apply();
    assert_eq!(stored(&story, &id, "pkce_enabled"), json!(true));
}

#[test]
fn what_nobody_configured_stays_as_somebody_set_it() {
    let (story, id) = created("");
    by_hand(&story, &id, "claims", json!(["theirs"]));
    by_hand(&story, &id, "pkce_enabled", json!(true));
    story.expect_empty_plan();
    configure(&story, "Renamed", SECRET);
    story.apply();
    assert_eq!(stored(&story, &id, "claims"), json!(["theirs"]));
    assert_eq!(stored(&story, &id, "pkce_enabled"), json!(true));
}

#[test]
fn other_spellings_of_the_org_are_the_same_org() {
    let (story, id) = created("");
    by_hand(&story, &id, "okta_account", json!(format!("{}/", story.mock().org_url())));
    story.expect_empty_plan();
}

#[test]
fn an_order_of_claims_is_no_change() {
    let (story, id) = created("  claims = [\"a\", \"b\"]");
    by_hand(&story, &id, "claims", json!(["b", "a"]));
    story.expect_empty_plan();
}

#[test]
fn gone_is_planned_for_creation_and_deleting_what_is_gone_succeeds() {
    let (story, id) = created("");
    story.mock().cloudflare().remove_identity_provider(&id);
    assert_eq!(story.plan().action(IDP), ["create"]);
    story.apply();
    assert_ne!(self::id(&story), id);
    let id = self::id(&story);
    // The answer to the deletion is lost, and the repetition finds nothing.
    story.mock().fail(Fault::on("DELETE", ONE).carried_out().answering(503, refusal("try again")).times(1));
    story.destroy();
    assert!(story.mock().cloudflare().identity_provider(&id).is_none());

    story.apply();
    story.mock().cloudflare().remove_identity_provider(&self::id(&story));
    story.workspace().terraform(&["destroy", "-auto-approve", "-refresh=false", "-no-color"]).expect_success();
    assert_eq!(story.addresses(), [""; 0]);
}

#[test]
fn bad_values_point_at_their_attribute() {
    let story = Story::new();
    let with = |org: &str, more: &str| {
        story.write(
            "main.tf",
            &format!(
                "resource \"zt_okta_idp\" \"okta\" {{\n  name = \"Okta\"\n  okta_account = {org:?}\n  client_id = \"0oa1\"\n{more}\n}}\n"
            ),
        );
    };
    for (org, hint) in [
        ("acme.okta.com", "https://acme.okta.com"),
        ("http://acme.okta.com", "https://acme.okta.com"),
        ("https://acme-admin.okta.com", "https://acme.okta.com"),
        ("https://acme.okta.com/oauth2/default", "https://acme.okta.com"),
    ] {
        with(org, SECRET);
        let error = story.validate_fails();
        assert!(error.points_at("okta_account"), "{error}");
        assert!(error.text().contains(hint), "{error}");
    }
    with("https://acme.okta.com", "  account_id = \"a\"\n  zone_id = \"b\"");
    assert!(story.validate_fails().points_at("zone_id"));
    with("https://acme.okta.com", "  claims = [\"\"]");
    assert!(story.validate_fails().points_at("claims"));
    assert!(story.mock().journal().is_empty());
}

#[test]
fn a_create_without_a_secret_is_refused_while_planning() {
    let story = Story::new();
    configure(&story, "Okta", "");
    let error = story.plan_fails().error();
    assert!(error.text().contains("client_secret"), "{error}");
}

#[test]
fn secrets_are_in_no_plan_text_and_no_log() {
    let mut story = Story::new();
    story.workspace_mut().set_env("TF_LOG", "TRACE");
    configure(&story, "Okta", &format!("{SECRET}\n  api_token = \"an-okta-token-to-look-for\""));
    let said = story.workspace().terraform(&["apply", "-auto-approve", "-no-color"]).expect_success().text();
    let provider: Vec<&str> = said.lines().filter(|line| line.contains("provider.terraform-provider-zt")).collect();
    assert!(!provider.is_empty());
    for line in provider {
        assert!(!line.contains("a-client-secret-of-this-test"), "{line}");
        assert!(!line.contains("an-okta-token-to-look-for"), "{line}");
    }
}

#[test]
fn it_works_through_the_real_installation() {
    let story = Story::through_a_mirror();
    story.init();
    configure(&story, "Okta", SECRET);
    story.apply();
    story.destroy();
}
