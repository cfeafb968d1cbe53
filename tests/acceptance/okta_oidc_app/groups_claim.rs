//! The groups claim, which lives behind a route that takes API tokens only.

use super::*;

#[test]
fn a_claim_that_is_not_there_at_once_is_waited_for() {
    let oidc = Oidc::new();
    oidc.story.mock().okta().set_quirks(Quirks { token_setting_late_by: 2, ..Quirks::default() });
    oidc.configure(CLAIM);
    oidc.story.apply();
    assert!(oidc.story.mock().okta().groups_claim(&oidc.id()).is_some());
}
