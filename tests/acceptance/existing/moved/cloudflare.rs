//! From `cloudflare_access_identity_provider` and `cloudflare_zero_trust_access_identity_provider`.

use serde_json::{Value, json};

use super::{Moved, official::CLOUDFLARE};
use crate::harness::story::Story;
use crate::needs;

const ACCESS: &str = "cloudflare_access_identity_provider";
const ZERO_TRUST: &str = "cloudflare_zero_trust_access_identity_provider";
const IDP: &str = "zt_okta_idp.new";
const SCIM: &str = "zt_scim_config.new";
const SECRET: &str = "a-client-secret-of-this-test-0123456789";

/// A login method that another provider made, with SCIM on; `okta_account` is spelt as it was given then.
struct Made {
    id: String,
    account: String,
    org: String,
    client_id: String,
    scim_secret: String,
    base_url: String,
}

fn made(story: &Story, spell: impl Fn(&str) -> String) -> Made {
    let app = json!({"name": "oidc_client", "label": "Access", "signOnMode": "OPENID_CONNECT",
        "credentials": {"oauthClient": {"client_secret": SECRET, "token_endpoint_auth_method": "client_secret_basic"}},
        "settings": {"oauthClient": {"application_type": "web", "grant_types": ["authorization_code"],
            "redirect_uris": ["https://acme.example/cb"], "response_types": ["code"]}}});
    let client_id = story.in_okta("POST", "/api/v1/apps", Some(&app))["id"].as_str().unwrap().to_owned();
    let (account, org) = (story.mock().account_id().to_owned(), story.mock().org_url().to_owned());
    let body = json!({"name": "Okta", "type": "okta",
        "config": {"client_id": client_id, "client_secret": SECRET, "okta_account": spell(&org), "pkce_enabled": true,
            "claims": ["groups"]},
        "scim_config": {"enabled": true, "user_deprovision": true, "identity_update_behavior": "automatic"}});
    let made = story.in_cloudflare("POST", &format!("/accounts/{account}/access/identity_providers"), Some(&body));
    let text = |pointer: &str| made.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    let (id, scim_secret) = (text("/id"), text("/scim_config/secret"));
    Made { id, account, org, client_id, scim_secret, base_url: text("/scim_config/scim_base_url") }
}

/// What version 4 of the provider writes.
fn version_4(made: &Made) -> Value {
    json!({
        "account_id": made.account, "id": made.id, "name": "Okta", "type": "okta", "zone_id": null,
        "config": [{"api_token": "", "apps_domain": "", "attributes": [], "auth_url": "", "authorization_server_id": "",
            "centrify_account": "", "centrify_app_id": "", "certs_url": "", "claims": ["groups"],
            "client_id": made.client_id, "client_secret": "**********************************",
            "conditional_access_enabled": false, "directory_id": "", "email_attribute_name": "", "email_claim_name": "",
            "idp_public_cert": "", "issuer_url": "", "okta_account": made.org, "onelogin_account": "", "ping_env_id": "",
            "pkce_enabled": true, "redirect_url": "https://acme.cloudflareaccess.com/cdn-cgi/access/callback",
            "scopes": [], "sign_request": false, "sso_target_url": "", "support_groups": false, "token_url": ""}],
        "scim_config": [{"enabled": true, "group_member_deprovision": false, "identity_update_behavior": "automatic",
            "seat_deprovision": false, "secret": made.scim_secret, "user_deprovision": true}],
    })
}

/// What version 5 writes; `later` is what 5.20 has added.
fn version_5(made: &Made, later: bool) -> Value {
    let mut state = json!({
        "account_id": made.account, "id": made.id, "name": "Okta", "type": "okta", "zone_id": null,
        "config": {"apps_domain": null, "attributes": null, "auth_url": null, "authorization_server_id": null,
            "centrify_account": null, "centrify_app_id": null, "certs_url": null, "claims": ["groups"],
            "client_id": made.client_id, "client_secret": SECRET, "conditional_access_enabled": null,
            "directory_id": null, "email_attribute_name": null, "email_claim_name": null, "header_attributes": null,
            "idp_public_certs": null, "issuer_url": null, "okta_account": made.org, "onelogin_account": null,
            "ping_env_id": null, "pkce_enabled": true, "prompt": null,
            "redirect_url": "https://acme.cloudflareaccess.com/cdn-cgi/access/callback", "scopes": null,
            "sign_request": null, "sso_target_url": null, "support_groups": null, "token_url": null},
        "scim_config": {"enabled": true, "identity_update_behavior": "automatic", "scim_base_url": made.base_url,
            "seat_deprovision": false, "secret": made.scim_secret, "user_deprovision": true},
    });
    if later {
        for name in ["read_only", "saml_certificate_set", "saml_certificate_set_id"] {
            state[name] = Value::Null;
        }
        for name in ["enable_encryption", "restrict_to_account_members"] {
            state["config"][name] = Value::Null;
        }
    }
    state
}

fn login_method(made: &Made, secret: &str) -> String {
    format!(
        "  name         = \"Okta\"\n  okta_account = {:?}\n  client_id    = {:?}\n  pkce_enabled = true\n  \
         claims       = [\"groups\"]\n{secret}",
        made.org, made.client_id
    )
}

/// Every version of the state that the real client secret is in.
fn states_of_version_5(made: &Made) -> [(u64, Value); 4] {
    [
        (0, version_5(made, false)),
        (1, version_5(made, false)),
        (500, version_5(made, false)),
        (500, version_5(made, true)),
    ]
}

#[test]
fn a_state_of_version_5_moves_with_its_secret_and_changes_nothing() {
    needs!(MOVE);
    for version in 0..4 {
        let story = Story::new();
        let made = made(&story, str::to_owned);
        let (schema_version, state) = states_of_version_5(&made)[version].clone();
        let moved = Moved::new(story, CLOUDFLARE, ZERO_TRUST, schema_version, &state);
        moved.configure(ZERO_TRUST, "zt_okta_idp", &login_method(&made, &format!("  client_secret = {SECRET:?}")));
        let plan = moved.story.plan();
        assert_eq!(plan.changed(), [""; 0], "schema version {schema_version}: {}", plan.text());
        let mark = moved.story.mock().journal().len();
        moved.story.apply();
        assert_eq!(moved.story.mock().journal().writes_since(mark), [""; 0]);
        let state = moved.story.resource(IDP);
        assert_eq!((&state["id"], &state["client_secret_status"]), (&json!(made.id), &json!("in_sync")));
        assert_eq!(moved.story.addresses(), [IDP]);
    }
}

#[test]
fn a_state_of_version_4_moves_without_its_asterisks_and_the_first_secret_is_one_push() {
    needs!(MOVE);
    for old in [ACCESS, ZERO_TRUST] {
        let story = Story::new();
        let made = made(&story, str::to_owned);
        let moved = Moved::new(story, CLOUDFLARE, old, 0, &version_4(&made));
        moved.configure(old, "zt_okta_idp", &login_method(&made, ""));
        assert_eq!(moved.story.plan().changed(), [""; 0], "a secret that is not configured stays");
        moved.configure(old, "zt_okta_idp", &login_method(&made, &format!("  client_secret = {SECRET:?}")));
        let pushes = ["client_secret", "client_secret_fingerprint", "client_secret_status"];
        assert_eq!(moved.story.plan().changed_attributes(IDP), pushes);
        let mark = moved.story.mock().journal().len();
        moved.story.apply();
        assert_eq!(moved.story.mock().journal().writes_since(mark).len(), 1);
        assert!(!moved.story.state_file().contains("***"));
    }
}

#[test]
fn the_secret_can_become_a_managed_one_with_the_move() {
    needs!(MOVE);
    let story = Story::new();
    let made = made(&story, str::to_owned);
    let path = format!("/api/v1/apps/{}/credentials/secrets", made.client_id);
    let secret_id = story.in_okta("GET", &path, None)[0]["id"].as_str().unwrap().to_owned();
    let moved = Moved::new(story, CLOUDFLARE, ZERO_TRUST, 500, &version_5(&made, true));
    let managed = format!("  managed_client_secret = {{ app_id = {:?}, secret_id = {secret_id:?} }}", made.client_id);
    moved.configure(ZERO_TRUST, "zt_okta_idp", &login_method(&made, &managed));
    assert_eq!(moved.story.plan().action(IDP), ["update"]);
    moved.story.apply();
    assert!(!moved.story.state_file().contains(SECRET));
}

#[test]
fn an_org_without_a_scheme_is_the_same_org() {
    needs!(MOVE);
    let story = Story::new();
    let made = Made { org: "https://acme.okta.com".into(), ..made(&story, |_| "acme.okta.com".into()) };
    let mut state = version_4(&made);
    state["config"][0]["okta_account"] = json!("acme.okta.com");
    let moved = Moved::new(story, CLOUDFLARE, ACCESS, 0, &state);
    moved.configure(ACCESS, "zt_okta_idp", &login_method(&made, ""));
    assert_eq!(moved.story.plan().changed(), [""; 0]);
}

#[test]
fn the_other_half_can_be_what_moves_and_keeps_the_scim_secret() {
    needs!(MOVE);
    for later in [false, true] {
        let story = Story::new();
        let made = made(&story, str::to_owned);
        let (old, state) = if later { (ZERO_TRUST, version_5(&made, true)) } else { (ACCESS, version_4(&made)) };
        let moved = Moved::new(story, CLOUDFLARE, old, if later { 500 } else { 0 }, &state);
        let body = format!(
            "  identity_provider_id     = {:?}\n  user_deprovision         = true\n  identity_update_behavior = \"automatic\"",
            made.id
        );
        moved.configure(old, "zt_scim_config", &body);
        let mark = moved.story.mock().journal().len();
        assert_eq!(moved.story.plan().changed(), [""; 0]);
        moved.story.apply();
        assert_eq!(moved.story.mock().journal().writes_since(mark), [""; 0]);
        let state = moved.story.resource(SCIM);
        assert_eq!((&state["secret"], &state["secret_status"]), (&json!(made.scim_secret), &json!("in_sync")));
    }
}

#[test]
fn identity_providers_of_other_kinds_and_other_types_stay_where_they_are() {
    needs!(MOVE);
    let story = Story::new();
    let made = made(&story, str::to_owned);
    let mut state = version_5(&made, true);
    state["type"] = json!("saml");
    let moved = Moved::new(story, CLOUDFLARE, ZERO_TRUST, 500, &state);
    moved.configure(ZERO_TRUST, "zt_okta_idp", &login_method(&made, ""));
    let said = moved.story.plan_fails();
    assert!(said.error().text().contains("\"saml\""), "{}", said.output);
    moved.configure(ZERO_TRUST, "okta_oidc_app", "  label = \"a\"\n  redirect_uris = [\"https://a.example/cb\"]");
    let said = moved.story.plan_fails();
    assert!(said.error().text().contains("`removed` block"), "{}", said.output);
}
