//! Whose SCIM endpoint may get the token.

use super::*;

#[test]
fn an_endpoint_outside_of_the_team_is_refused_before_anybody_is_asked() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure_bare("  scim_base_url = \"https://elsewhere.example/scim/v2\"\n  scim_token = \"t\"\n");
    let refused = scim.story.plan_fails();
    let error = refused.error();
    assert!(error.points_at("scim_base_url"), "{error}");
    let team = scim.story.mock().auth_url().trim_start_matches("http://").to_owned();
    assert!(error.text().contains(&team), "{error}");
}
