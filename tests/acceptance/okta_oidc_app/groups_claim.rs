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
fn another_claim_than_the_configured_one_is_shown_and_put_back() {
    let oidc = Oidc::applied(CLAIM);
    let route = format!("/api/v1/internal/apps/{}/settings/oauth/idToken", oidc.id());
    let other = json!({"valueType": "GROUPS", "groupFilterType": "REGEX", "issuerMode": "ORG_URL", "name": "groups", "value": ".*"});
    oidc.story.in_okta("POST", &route, Some(&other));
    let plan = oidc.story.plan();
    assert_eq!(plan.changed_attributes(APP), ["groups_claim"]);
    assert!(plan.text().contains("REGEX") && plan.text().contains("STARTS_WITH"), "{}", plan.text());
    let writes = oidc.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["POST internal/apps/*/settings/oauth/idToken"]);
    let claim = oidc.story.mock().okta().groups_claim(&oidc.id());
    assert_eq!(claim, Some(("groups".into(), Some("STARTS_WITH".into()), "access-".into())));
}

#[test]
fn an_expression_takes_the_place_of_a_filter() {
    let oidc = Oidc::applied(CLAIM);
    let expression = "  groups_claim = {\n    type = \"EXPRESSION\"\n    value = \"user.getInternalProperty('x')\"\n    name = \"teams\"\n  }\n";
    oidc.configure(expression);
    oidc.story.apply();
    let claim = oidc.story.mock().okta().groups_claim(&oidc.id());
    assert_eq!(claim, Some(("teams".into(), None, "user.getInternalProperty('x')".into())));
    oidc.story.import_verify(APP, &oidc.id(), &[]);
}

#[test]
fn the_examples_filter_groups_by_a_prefix() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for example in ["resources/okta_oidc_app/resource.tf", "complete/main.tf"] {
        let text = std::fs::read_to_string(root.join(example)).unwrap();
        let (_, claim) = text.split_once("groups_claim = {").unwrap();
        assert!(claim.split('}').next().unwrap().contains("STARTS_WITH"), "{example}");
    }
}
