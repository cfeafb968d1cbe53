//! One thing wrong with the login at a time.

use serde_json::json;

use super::{APP, IDP, complete, failed, id, in_dashboard, look_at, only, status};

#[test]
fn a_login_method_that_is_gone() {
    let story = complete();
    let idp = id(&story, IDP);
    assert!(story.mock().cloudflare().remove_identity_provider(&idp));
    let (plan, _) = only(&story, "login_method");
    for check in ["discovery", "oidc_app", "redirect_uri", "pkce", "scim_enabled"] {
        assert_eq!(status(&plan, check), "skipped", "{check}");
    }
}

#[test]
fn an_authorization_server_that_does_not_exist() {
    let story = complete();
    in_dashboard(&story, "authorization_server_id", json!("ausnobody00000000000"));
    let (_, text) = only(&story, "discovery");
    assert!(text.contains("ausnobody00000000000"), "{text}");
}

#[test]
fn an_okta_account_that_is_another_org() {
    let story = complete();
    in_dashboard(&story, "okta_account", json!("https://other.okta.com"));
    let (plan, text) = only(&story, "discovery");
    assert!(text.contains("https://other.okta.com") && text.contains(story.mock().org_url()), "{text}");
    assert_eq!(status(&plan, "credentials"), "skipped", "the provider's org is not the one that people go to");
}

#[test]
fn an_app_that_nobody_is_assigned_to() {
    let story = complete();
    let group = story.mock().okta().group_id("Zero Trust Users").unwrap();
    let now = story.mock().world().clock.now();
    let app = id(&story, APP);
    assert!(story.mock().okta().remove_group_assignment(&app, &group, now));
    let (_, text) = only(&story, "oidc_app");
    assert!(text.contains("Nobody is assigned") && text.contains("assigned_group_ids"), "{text}");
}

#[test]
fn an_app_that_is_not_active() {
    let story = complete();
    story.in_okta("POST", &format!("/api/v1/apps/{}/lifecycle/deactivate", id(&story, APP)), None);
    let (_, text) = only(&story, "oidc_app");
    assert!(text.contains("not active"), "{text}");
}

#[test]
fn a_client_id_of_another_app() {
    let story = complete();
    in_dashboard(&story, "client_id", json!("0oanobody00000000000"));
    let plan = story.plan();
    assert!(failed(&plan).contains(&"oidc_app"), "{:?}", failed(&plan));
    look_at(&story, &format!("  oidc_app_id = {:?}\n", id(&story, APP)));
    let (_, text) = only(&story, "oidc_app");
    assert!(text.contains("0oanobody00000000000") && text.contains(&id(&story, APP)), "{text}");
}

#[test]
fn a_client_secret_that_was_rotated_in_okta() {
    let story = complete();
    story.in_okta("POST", &format!("/_mock/okta/apps/{}/rotate-secret", id(&story, APP)), None);
    let (_, text) = only(&story, "credentials");
    assert!(text.contains("(active"), "what the app has instead: {text}");
}

#[test]
fn a_redirect_uri_that_was_removed() {
    let story = complete();
    let elsewhere = json!(["https://elsewhere.example/callback"]);
    let app = id(&story, APP);
    assert!(story.mock().okta().edit_app(&app, "/settings/oauthClient/redirect_uris", elsewhere));
    let (_, text) = only(&story, "redirect_uri");
    let wanted = story.resource(IDP)["redirect_url"].as_str().unwrap().to_owned();
    assert!(text.contains(&wanted) && text.contains("https://elsewhere.example/callback"), "{text}");
}

#[test]
fn pkce_on_one_side_only() {
    let story = complete();
    in_dashboard(&story, "pkce_enabled", json!(false));
    let (_, text) = only(&story, "pkce");
    assert!(text.contains("pkce_enabled = true"), "{text}");
}
