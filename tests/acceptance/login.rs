//! What it is all for: after an apply people log in, and after a drift and another apply they do so again.

use std::path::Path;

use crate::harness::browser::Browser;
use crate::harness::story::Story;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/complete");
const ADA: &str = "ada@acme.example";

/// Ada at a browser of her own, once she has entered her password; what the team domain shows her.
fn log_in(story: &Story) -> Browser {
    let password = story.mock().okta().password(ADA).unwrap().to_owned();
    let mut browser = Browser::new(story.mock());
    browser.open(&format!("{}/cdn-cgi/access/login", story.mock().auth_url())).log_in(ADA, &password);
    browser
}

fn complete() -> Story {
    let story = Story::new();
    story.copy(Path::new(EXAMPLE));
    story.apply();
    story
}

#[test]
fn after_an_apply_people_log_in_with_the_groups_that_the_claim_lets_through() {
    let story = complete();
    let page = log_in(&story);
    assert_eq!((page.status(), page.field("email").as_str()), (200, ADA), "{}", page.text());
    assert_eq!(page.fields("group"), ["Engineering"]);
    assert!(page.hop("/authorize").parameter("code_challenge").is_some(), "the example asks for PKCE");
}

#[test]
fn a_secret_rotated_in_the_console_stops_logins_until_the_next_apply() {
    let story = complete();
    let app = story.resource("okta_oidc_app.access")["id"].as_str().unwrap().to_owned();
    story.in_okta("POST", &format!("/_mock/okta/apps/{app}/rotate-secret"), None);
    let page = log_in(&story);
    assert_eq!(page.field("error_description"), "The client secret supplied for a confidential client is invalid.");
    story.apply();
    assert_eq!(log_in(&story).field("email"), ADA);
}

#[test]
fn pkce_switched_off_in_cloudflare_stops_logins_until_the_next_apply() {
    let story = complete();
    let idp = story.resource("zt_okta_idp.okta")["id"].as_str().unwrap().to_owned();
    story.mock().cloudflare().identity_provider_mut(&idp).unwrap().set_config("pkce_enabled", false.into());
    let mut browser = Browser::new(story.mock());
    browser.open(&format!("{}/cdn-cgi/access/test-idp/{idp}", story.mock().auth_url()));
    assert_eq!(browser.field("error_description"), "PKCE code challenge is required by the application.");
    assert_eq!(story.plan().changed_attributes("zt_okta_idp.okta"), ["pkce_enabled"]);
    story.apply();
    assert_eq!(log_in(&story).field("email"), ADA);
}
