//! What somebody changed by hand stops logins; the next apply makes them work again.

use zt::mock::Options;

use super::{ADA, complete, id, refused_at_once};

#[test]
fn a_secret_rotated_in_the_console_stops_logins_until_the_next_apply() {
    let story = complete(Options::default());
    let app = id(&story, "okta_oidc_app.access");
    story.in_okta("POST", &format!("/_mock/okta/apps/{app}/rotate-secret"), None);
    let page = story.log_in(ADA);
    assert_eq!(page.field("error_description"), "The client secret supplied for a confidential client is invalid.");
    story.apply();
    assert_eq!(story.log_in(ADA).field("email"), ADA);
}

#[test]
fn pkce_switched_off_in_cloudflare_stops_logins_until_the_next_apply() {
    let story = complete(Options::default());
    let idp = id(&story, "zt_okta_idp.okta");
    story.mock().cloudflare().identity_provider_mut(&idp).unwrap().set_config("pkce_enabled", false.into());
    let page = refused_at_once(&story);
    assert_eq!(page.field("error_description"), "PKCE code challenge is required by the application.");
    assert_eq!(story.plan().changed_attributes("zt_okta_idp.okta"), ["pkce_enabled"]);
    story.apply();
    assert_eq!(story.log_in(ADA).field("email"), ADA);
}
