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

#[test]
fn with_oauth_alone_the_claim_is_kept_and_not_written() {
    let mut oidc = Oidc::applied(CLAIM);
    oidc.use_oauth_alone();
    let plan = oidc.story.plan();
    assert!(plan.is_empty(), "{}", plan.text);
    assert!(plan.diagnostics[0].text().contains("The groups claim cannot be read"));

    oidc.configure(&CLAIM.replace("access-", "vpn-"));
    let error = oidc.story.plan_fails().error();
    assert!(error.points_at("groups_claim"), "{error}");
    assert!(error.text().contains("custom authorization server"), "{error}");

    oidc.configure("");
    let error = oidc.story.apply_fails().error();
    assert!(error.text().contains("needs an API token"), "clearing is a write too: {error}");
}

#[test]
fn without_a_claim_oauth_alone_is_enough_and_quiet() {
    let mut oidc = Oidc::new();
    oidc.use_oauth_alone();
    oidc.configure("");
    assert!(oidc.story.apply().warnings.is_empty());
    assert!(oidc.story.plan().diagnostics.is_empty());
    oidc.story.destroy();
}
