//! One value wrong at a time: the login, or the push, fails as the real services fail.

use serde_json::json;
use zt::mock::Options;

use super::{ADA, complete, edit_app, id, refused_at_once};
use crate::harness::browser::Browser;
use crate::harness::story::Story;

const APP: &str = "okta_oidc_app.access";
const IDP: &str = "zt_okta_idp.okta";

fn said(page: &Browser) -> (String, String) {
    (page.field("error"), page.field("error_description"))
}

fn told(error: &str, description: &str) -> (String, String) {
    (error.to_owned(), description.to_owned())
}

fn in_dashboard(story: &Story, member: &str, value: serde_json::Value) {
    let (id, now) = (id(story, IDP), story.mock().world().clock.now());
    let edited = story.mock().cloudflare().in_dashboard(&id, now, |idp| idp.set_config(member, value));
    assert!(edited.is_some());
}

#[test]
fn a_wrong_client_secret() {
    let story = complete(Options::default());
    in_dashboard(&story, "client_secret", json!("not-the-secret-that-okta-has-00000000"));
    let expected = told("invalid_client", "The client secret supplied for a confidential client is invalid.");
    assert_eq!(said(&story.log_in(ADA)), expected);
}

#[test]
fn a_wrong_client_id() {
    let story = complete(Options::default());
    in_dashboard(&story, "client_id", json!("0oanobody00000000000"));
    let page = refused_at_once(&story);
    assert_eq!(page.status(), 400);
    assert!(page.text().contains("Invalid value for 'client_id' parameter."), "{}", page.text());
}

#[test]
fn a_redirect_uri_that_was_removed() {
    let story = complete(Options::default());
    edit_app(&story, APP, "/settings/oauthClient/redirect_uris", json!(["https://elsewhere.example/callback"]));
    let page = refused_at_once(&story);
    assert_eq!(page.status(), 400);
    let says = "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.";
    assert!(page.text().contains(says), "{}", page.text());
    assert!(page.hops().iter().all(|hop| !hop.url.path().ends_with("/callback")), "Okta must not send people there");
}

#[test]
fn a_missing_groups_claim() {
    let story = complete(Options::default());
    let path = format!("/api/v1/internal/apps/{}/settings/oauth/idToken", id(&story, APP));
    story.in_okta("POST", &path, Some(&json!({"issuerMode": "ORG_URL"})));
    let page = story.log_in(ADA);
    assert_eq!(page.field("summary"), "Failed to fetch user/group information from the identity provider");
}

#[test]
fn pkce_required_by_okta_and_not_used_by_cloudflare() {
    let story = complete(Options::default());
    in_dashboard(&story, "pkce_enabled", json!(false));
    let page = refused_at_once(&story);
    assert_eq!(said(&page), told("invalid_request", "PKCE code challenge is required by the application."));
}

#[test]
fn pkce_used_by_cloudflare_and_not_required_by_okta_works() {
    let story = complete(Options::default());
    edit_app(&story, APP, "/credentials/oauthClient/pkce_required", json!(false));
    assert_eq!(story.log_in(ADA).field("email"), ADA);
}

#[test]
fn a_person_who_is_not_assigned() {
    let story = complete(Options::default());
    let admin = story.mock().okta().admin_login().to_owned();
    let password = story.mock().okta().admin_password().to_owned();
    let mut page = Browser::new(story.mock());
    page.open(&format!("{}/cdn-cgi/access/login", story.mock().auth_url())).log_in(&admin, &password);
    assert_eq!(said(&page), told("access_denied", "User is not assigned to the client application."));
}

#[test]
fn a_scim_secret_that_was_regenerated() {
    let story = complete(Options::default());
    let (idp, now) = (id(&story, IDP), story.mock().world().clock.now());
    let minted = story.mock().cloudflare().in_dashboard(&idp, now, |idp| idp.regenerate_scim_secret());
    assert!(minted.flatten().is_some());
    let app = id(&story, "okta_scim_app.access");
    super::hire(&story, "Dana", &["Zero Trust Users", "Engineering"]);
    let left = story.mock().drain_provisioning();
    assert!(left.failing > 0 && left.refused > 0, "{left:?}");

    let dana = story.mock().okta().user_id("dana@acme.example").unwrap();
    let states = story.mock().okta().app_users(&app);
    assert!(states.iter().any(|(user, _, state)| *user == dana && *state == "ERROR"), "{states:?}");
    let filter = format!("target.id eq \"{app}\" and outcome.result eq \"FAILURE\"");
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("filter", &filter).finish();
    let events = story.in_okta("GET", &format!("/api/v1/logs?{query}"), None);
    let reason = events[0]["outcome"]["reason"].as_str().unwrap();
    assert!(reason.contains("Automatic provisioning of user") && reason.contains("Unauthorized"), "{reason}");
}
