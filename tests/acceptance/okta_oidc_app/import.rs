//! Import.

use super::*;

#[test]
fn an_import_records_what_is_there_and_plans_nothing() {
    let oidc = Oidc::new();
    oidc.configure(&everything(&oidc));
    oidc.story.apply();
    let id = oidc.id();
    oidc.story.workspace().terraform(&["state", "rm", APP]).expect_success();
    // Only what must be set is set: the rest is there and stays.
    oidc.configure("");
    oidc.story.import(APP, &id);
    oidc.story.expect_empty_plan();
    assert_eq!(oidc.app()["assigned_group_ids"], json!([oidc.group("Engineering")]));
    assert_eq!(oidc.app()["assigned_user_ids"], json!([oidc.user("ada")]));
}

#[test]
fn only_oidc_apps_are_imported() {
    let oidc = Oidc::new();
    oidc.configure("");
    let saml = oidc.story.in_okta(
        "POST",
        "/api/v1/apps",
        Some(&json!({"name": "scim2headerauth", "label": "SCIM", "signOnMode": "SAML_2_0"})),
    );
    let said = oidc.story.import_fails(APP, saml["id"].as_str().unwrap());
    assert!(said.contains("SAML_2_0") && said.contains("okta_scim_app"), "{said}");
    assert!(oidc.story.import_fails(APP, "Access").contains("0oa"));
}
