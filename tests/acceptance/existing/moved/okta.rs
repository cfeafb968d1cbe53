//! From `okta_app_oauth` and `okta_app_saml`.

use serde_json::{Value, json};

use super::{
    Moved,
    official::{OKTA, OKTA_ONCE},
};
use crate::harness::story::Story;
use crate::needs;

const CALLBACK: &str = "https://acme.cloudflareaccess.com/cdn-cgi/access/callback";
const APP: &str = "okta_oidc_app.new";
const SCIM_APP: &str = "okta_scim_app.new";

/// What both types write of any app.
fn base(app: &Value) -> Value {
    let policy =
        app.pointer("/_links/accessPolicy/href").and_then(Value::as_str).and_then(|url| url.rsplit('/').next());
    json!({
        "accessibility_error_redirect_url": "", "accessibility_login_redirect_url": "", "accessibility_self_service": false,
        "admin_note": "", "app_links_json": "{}", "app_settings_json": "{}", "authentication_policy": policy,
        "auto_submit_toolbar": false, "enduser_note": "", "hide_ios": true, "hide_web": true, "id": app["id"],
        "implicit_assignment": false, "label": app["label"], "logo": null, "logo_url": "https://acme.example/logo.png",
        "name": app["name"], "preconfigured_app": null, "sign_on_mode": app["signOnMode"],
        "skip_authentication_policy": false, "skip_groups": null, "skip_users": null, "status": "ACTIVE", "timeouts": null,
        "user_name_template": "${source.login}", "user_name_template_push_status": "", "user_name_template_suffix": "",
        "user_name_template_type": "BUILT_IN",
    })
}

fn with(mut base: Value, more: Value) -> Value {
    base.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    base
}

/// An OIDC app that another provider made, with its groups claim and somebody assigned, and the state of it.
fn oauth(story: &Story) -> Value {
    let body = json!({"name": "oidc_client", "label": "Access", "signOnMode": "OPENID_CONNECT",
        "visibility": {"hide": {"web": true, "iOS": true}},
        "credentials": {"oauthClient": {"token_endpoint_auth_method": "client_secret_basic", "pkce_required": true}},
        "settings": {"oauthClient": {"application_type": "web", "grant_types": ["authorization_code"],
            "redirect_uris": [CALLBACK], "response_types": ["code"]}}});
    let app = story.in_okta("POST", "/api/v1/apps", Some(&body));
    let id = app["id"].as_str().unwrap();
    let group = story.mock().okta().group_id("Zero Trust Users").unwrap();
    story.in_okta("PUT", &format!("/api/v1/apps/{id}/groups/{group}"), Some(&json!({})));
    let secret = app.pointer("/credentials/oauthClient/client_secret").unwrap();
    with(
        base(&app),
        json!({
            "auto_key_rotation": true, "backchannel_custom_authenticator_id": "", "client_basic_secret": null,
            "client_basic_secret_wo": null, "client_basic_secret_wo_version": null, "client_id": id,
            "client_secret": secret, "client_uri": "", "consent_method": "TRUSTED",
            "frontchannel_logout_session_required": null, "frontchannel_logout_uri": null,
            "grant_types": ["authorization_code"], "groups_claim": [], "issuer_mode": "ORG_URL", "jwks": [], "jwks_uri": "",
            "login_mode": "DISABLED", "login_scopes": [], "login_uri": "", "logo_uri": "", "network": [],
            "omit_secret": false, "participate_slo": null, "pkce_required": true, "policy_uri": "",
            "post_logout_redirect_uris": [], "profile": null, "redirect_uris": [CALLBACK], "refresh_token_leeway": 0,
            "refresh_token_rotation": "STATIC", "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_basic", "tos_uri": "", "type": "web",
            "wildcard_redirect": "DISABLED",
        }),
    )
}

fn oidc_app(more: &str) -> String {
    format!(
        "  label = \"Access\"\n  redirect_uris = [{CALLBACK:?}]\n  pkce_required = true\n  hide_web = true\n  hide_ios = true\n{more}"
    )
}

#[test]
fn an_oauth_app_moves_with_its_secret_and_changes_nothing() {
    needs!(MOVE);
    let story = Story::new();
    let state = oauth(&story);
    let moved = Moved::new(story, OKTA, "okta_app_oauth", 0, &state);
    moved.configure("okta_app_oauth", "okta_oidc_app", &oidc_app(""));
    let plan = moved.story.plan();
    assert_eq!(plan.changed(), [""; 0], "{}", plan.text());
    let mark = moved.story.mock().journal().len();
    moved.story.apply();
    assert_eq!(moved.story.mock().journal().writes_since(mark), [""; 0]);
    let now = moved.story.resource(APP);
    assert_eq!((&now["id"], &now["client_secret"]), (&state["id"], &state["client_secret"]));
    assert_eq!(now["assigned_group_ids"].as_array().unwrap().len(), 1);
}

#[test]
fn an_oauth_app_without_its_secret_moves_without_it() {
    needs!(MOVE);
    let story = Story::new();
    let state = with(oauth(&story), json!({"omit_secret": true, "client_secret": ""}));
    let moved = Moved::new(story, OKTA_ONCE, "okta_app_oauth", 0, &state);
    moved.configure("okta_app_oauth", "okta_oidc_app", &oidc_app("  omit_secret = true"));
    assert_eq!(moved.story.plan().changed(), [""; 0]);
    moved.story.apply();
    assert_eq!(moved.story.resource(APP)["client_secret"], Value::Null);
}

#[test]
fn apps_that_are_no_web_apps_are_refused() {
    needs!(MOVE);
    let story = Story::new();
    let state = with(oauth(&story), json!({"type": "service"}));
    let moved = Moved::new(story, OKTA, "okta_app_oauth", 0, &state);
    moved.configure("okta_app_oauth", "okta_oidc_app", &oidc_app(""));
    assert!(moved.story.plan_fails().error().text().contains("\"service\""));
}

/// A SCIM app that another provider made and a person connected, and the state of it.
fn saml(story: &Story) -> Value {
    let body = json!({"name": "scim2headerauth", "label": "SCIM", "signOnMode": "SAML_2_0",
        "visibility": {"hide": {"web": true, "iOS": true}}});
    let app = story.in_okta("POST", "/api/v1/apps", Some(&body));
    with(
        base(&app),
        json!({
            "preconfigured_app": "scim2headerauth", "acs_endpoints": null, "acs_endpoints_indices": null,
            "assertion_signed": false, "attribute_statements": [], "audience": "", "authn_context_class_ref": "",
            "certificate": "MIID", "default_relay_state": "", "destination": "", "digest_algorithm": "",
            "embed_url": "https://acme.okta.com/home/x", "entity_key": "exk1", "entity_url": "http://www.okta.com/exk1",
            "features": [], "honor_force_authn": false, "http_post_binding": "https://acme.okta.com/sso/saml",
            "http_redirect_binding": "https://acme.okta.com/sso/saml", "idp_issuer": "", "inline_hook_id": "",
            "key_id": "mZ0WA75J", "key_name": null, "key_years_valid": null, "keys": [], "metadata": "<?xml?>",
            "metadata_url": "https://acme.okta.com/metadata", "recipient": "", "request_compressed": null,
            "response_signed": false, "saml_signed_request_enabled": false, "saml_version": "2.0",
            "signature_algorithm": "", "single_logout_certificate": null, "single_logout_issuer": null,
            "single_logout_url": null, "sp_issuer": null, "sso_url": "", "subject_name_id_format": "",
            "subject_name_id_template": "",
        }),
    )
}

#[test]
fn a_saml_app_of_the_catalogues_scim_app_moves_and_gains_what_the_old_type_could_not_hold() {
    needs!(MOVE);
    let story = Story::new();
    let state = saml(&story);
    let path = format!("/accounts/{}/access/identity_providers", story.mock().account_id());
    let body = json!({"name": "Okta", "type": "okta", "scim_config": {"enabled": true},
        "config": {"client_id": "0oa0", "client_secret": "not-used-here", "okta_account": story.mock().org_url()}});
    let made = story.in_cloudflare("POST", &path, Some(&body));
    let scim = |name: &str| made["scim_config"][name].as_str().unwrap().to_owned();
    let moved = Moved::new(story, OKTA, "okta_app_saml", 0, &state);

    moved.configure("okta_app_saml", "okta_scim_app", "  label = \"SCIM\"\n  provisioning_mode = \"console\"");
    let plan = moved.story.plan();
    assert_eq!(plan.changed(), [""; 0], "{}", plan.text());

    let connected = format!(
        "  label = \"SCIM\"\n  scim_base_url = {:?}\n  scim_token = {:?}",
        scim("scim_base_url"),
        scim("secret")
    );
    moved.configure("okta_app_saml", "okta_scim_app", &connected);
    let plan = moved.story.plan();
    assert_eq!(plan.action(SCIM_APP), ["update"]);
    let allowed = [
        "connection_status",
        "provisioning_mode",
        "scim_base_url",
        "scim_token",
        "setup_instructions",
        "setup_pending",
    ];
    let changed = plan.changed_attributes(SCIM_APP);
    assert!(changed.iter().all(|name| allowed.contains(&name.as_str())), "{changed:?}");
    moved.story.apply();
    assert_eq!(moved.story.resource(SCIM_APP)["id"], state["id"]);
}

#[test]
fn other_saml_apps_are_refused() {
    needs!(MOVE);
    let story = Story::new();
    let state = with(saml(&story), json!({"name": "acme_saml_1", "preconfigured_app": null}));
    let moved = Moved::new(story, OKTA, "okta_app_saml", 0, &state);
    moved.configure("okta_app_saml", "okta_scim_app", "  label = \"SCIM\"\n  provisioning_mode = \"console\"");
    assert!(moved.story.plan_fails().error().text().contains("acme_saml_1"));
}
