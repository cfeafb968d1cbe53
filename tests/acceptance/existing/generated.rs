//! `terraform plan -generate-config-out`: a configuration for what is there, which is valid and changes nothing.

use serde_json::json;

use super::{ADDRESSES, everything, import_blocks, resources};
use crate::harness::story::Story;
use crate::needs;

/// Forgets everything and has Terraform write a configuration for it.
fn generate(story: &Story, imports: &str) {
    story.forget();
    story.write("main.tf", imports);
    let plan = story.plan_with(&["-generate-config-out=generated.tf"]);
    for address in ADDRESSES {
        assert_eq!(plan.action(address), ["no-op"], "{}", plan.text());
    }
    story.expect_valid();
}

#[track_caller]
fn expect_nothing_written(story: &Story) {
    let mark = story.mock().journal().len();
    story.apply();
    assert_eq!(story.addresses(), ADDRESSES);
    assert_eq!(story.mock().journal().writes_since(mark), [""; 0]);
}

#[test]
fn a_configuration_generated_from_ids_is_valid_and_changes_nothing() {
    needs!(IMPORT_BLOCKS_FOR_OTHER_PREFIXES);
    let story = everything();
    generate(
        &story,
        &import_blocks(resources(&story).map(|(address, state)| (address, super::by_id(address, &state)))),
    );
    expect_nothing_written(&story);
}

#[test]
fn a_configuration_generated_from_identities_is_valid_and_changes_nothing() {
    needs!(IDENTITY);
    let story = everything();
    let blocks = resources(&story).map(|(address, state)| (address, super::by_identity(address, &state)));
    generate(&story, &import_blocks(blocks));
    expect_nothing_written(&story);
}

#[test]
fn what_no_configuration_may_ask_for_is_left_out_of_a_generated_one() {
    needs!(GENERATED_CONFIGURATION);
    let story = everything();
    let app = story.resource("okta_oidc_app.access")["id"].as_str().unwrap().to_owned();
    let method = "/credentials/oauthClient/token_endpoint_auth_method";
    assert!(story.mock().okta().edit_app(&app, method, json!("private_key_jwt")));

    generate(
        &story,
        &import_blocks(resources(&story).map(|(address, state)| (address, super::by_id(address, &state)))),
    );
    let generated = story.read("generated.tf");
    assert!(!generated.contains("private_key_jwt"), "{generated}");
    expect_nothing_written(&story);
}
