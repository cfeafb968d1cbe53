//! What identifies an object, and `import` blocks that name it so.

use serde_json::{Value, json};

use super::{ADDRESSES, everything};
use crate::harness::story::Story;
use crate::needs;

/// The identities in the state, by address.
fn identities(story: &Story) -> Vec<Value> {
    let file: Value = serde_json::from_str(&story.state_file()).unwrap();
    let identity = |address: &str| {
        let (kind, name) = address.split_once('.').unwrap();
        let resources = file["resources"].as_array().unwrap();
        let found = resources.iter().find(|found| found["type"] == kind && found["name"] == name).unwrap();
        found["instances"][0]["identity"].clone()
    };
    ADDRESSES.iter().map(|address| identity(address)).collect()
}

#[test]
fn every_object_is_identified_by_what_never_changes() {
    needs!(IDENTITY);
    let story = everything();
    let account = story.mock().account_id();
    let [secret, app, scim_app, idp, _] = ADDRESSES.map(|address| story.resource(address)["id"].clone());
    let expected = [
        json!({"app_id": app, "id": secret}),
        json!({"id": app}),
        json!({"id": scim_app}),
        json!({"account_id": account, "id": idp, "zone_id": null}),
        json!({"account_id": account, "identity_provider_id": idp}),
    ];
    assert_eq!(identities(&story), expected);
    story.write("main.tf", &story.read("main.tf").replace("\"Access\"", "\"Renamed\""));
    story.apply();
    assert_eq!(identities(&story), expected);
}

#[test]
fn another_object_in_the_same_place_has_another_identity() {
    needs!(IDENTITY);
    let story = everything();
    let before = identities(&story);
    let plan = story.plan_with(&["-replace=okta_client_secret.access"]);
    assert!(plan.replaces("okta_client_secret.access"));
    story.workspace().terraform(&["apply", "-auto-approve", "-replace=zt_okta_idp.okta"]).expect_success();
    story.expect_empty_plan();
    let after = identities(&story);
    assert_eq!(before[..3], after[..3]);
    assert!(before[3] != after[3] && before[4] != after[4], "{after:?}");
}

#[test]
fn what_cannot_identify_an_object_is_refused() {
    needs!(IDENTITY);
    let story = everything();
    story.forget();
    for (address, identity, says) in [
        ("okta_oidc_app.access", "id = \"Access\"", "0oa"),
        ("okta_scim_app.access", "id = \"00g1a2b3c4d5e6f7g8h9\"", "0oa"),
        ("okta_client_secret.access", "app_id = \"0oa1a2b3c4d5e6f7g8h9\"\n    id = \"0oa1a2b3c4d5e6f7g8h9\"", "ocs"),
        ("zt_okta_idp.okta", "account_id = \"a\"\n    zone_id = \"b\"\n    id = \"c\"", "account_id or zone_id"),
        ("zt_scim_config.okta", "account_id = \"a\"\n    identity_provider_id = \"not one\"", "0 to 9 and a to f"),
    ] {
        story.write("import.tf", &format!("import {{\n  to = {address}\n  identity = {{\n    {identity}\n  }}\n}}\n"));
        let refused = story.plan_fails();
        assert!(refused.iter().any(|error| error.text().contains(says)), "{}", refused.output);
    }
}

#[test]
fn an_import_of_what_is_configured_plans_what_the_service_does_not_tell_and_nothing_else() {
    needs!(IDENTITY);
    let story = everything();
    // Without the app that gets the SCIM secret: Cloudflare shows that once.
    let blocks = super::resources(&story).filter(|(address, _)| !address.starts_with("okta_scim_app"));
    let blocks = blocks.map(|(address, state)| (address, super::by_identity(address, &state)));
    story.write("import.tf", &super::import_blocks(blocks).replace("  provider = zt\n", ""));
    let main = story.read("main.tf");
    story.write("main.tf", main.split_once("resource \"okta_scim_app\"").unwrap().0);
    story.forget();
    let plan = story.plan();
    for (address, changed) in [
        ("okta_client_secret.access", &[][..]),
        // A switch of Terraform's own.
        ("okta_oidc_app.access", &["client_secret", "omit_secret"]),
        ("zt_okta_idp.okta", &["client_secret_fingerprint", "client_secret_status", "managed_client_secret"]),
        ("zt_scim_config.okta", &[]),
    ] {
        assert_eq!(plan.changed_attributes(address), changed, "{address}");
        assert!(!plan.replaces(address));
    }
    let mark = story.mock().journal().len();
    story.workspace().terraform(&["apply", "-auto-approve", "-target=zt_okta_idp.okta"]).expect_success();
    let writes = story.mock().journal().writes_since(mark);
    assert_eq!(writes.len(), 1, "the first secret is one write: {writes:?}");
}
