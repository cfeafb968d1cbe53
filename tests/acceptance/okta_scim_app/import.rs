//! Import.

use super::*;

#[test]
fn an_import_records_what_is_there_and_plans_nothing_for_what_is_not_configured() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story.apply();
    let id = scim.id();

    let second = Scim { story: scim.story, base_url: scim.base_url, token: scim.token };
    drop(std::fs::remove_file(second.story.workspace().config().join("terraform.tfstate")));
    second.configure_bare("  provisioning_mode = \"console\"\n");
    second.story.import(APP, &id);
    let app = second.app();
    assert_eq!(app["scim_base_url"], json!(second.base_url));
    assert_eq!(
        app["provisioning"],
        json!({"create_users": true, "update_user_attributes": true, "deactivate_users": true})
    );
    assert_eq!(app["assigned_group_ids"].as_array().unwrap().len(), 1);
    assert_eq!(app["push_groups"].as_array().unwrap().len(), 1);
    second.story.expect_empty_plan();
}

#[test]
fn an_import_of_something_else_is_refused() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure("");
    assert!(scim.story.import_fails(APP, "0oa/1").contains("Not the id of an Okta app"));
    let oidc = scim.story.in_okta(
        "POST",
        "/api/v1/apps",
        Some(&json!({
            "name": "oidc_client",
            "label": "Login",
            "signOnMode": "OPENID_CONNECT",
            "credentials": {"oauthClient": {"token_endpoint_auth_method": "client_secret_post"}},
            "settings": {"oauthClient": {"application_type": "web", "redirect_uris": ["https://a.example/cb"], "response_types": ["code"], "grant_types": ["authorization_code"]}},
        })),
    );
    assert!(scim.story.import_fails(APP, oidc["id"].as_str().unwrap()).contains("okta_oidc_app"));
    assert!(scim.story.import_fails(APP, "0oaAAAAAAAAAAAAAAAAA").contains("Cannot import non-existent"));
}
