//! The SCIM secret: when it is minted, who sees it, and where it is not.

use serde_json::{Value, json};

use super::{Provisioned, SCIM};

#[test]
fn switching_off_and_on_again_takes_the_new_secret() {
    let scim = Provisioned::new();
    scim.configure("  enabled = false");
    scim.story.apply();
    let off = scim.story.resource(SCIM);
    assert!(off["secret"].is_null() && off["scim_base_url"].is_null());
    scim.configure("  enabled = true");
    scim.story.apply();
    assert_eq!(scim.story.resource(SCIM)["secret"], scim.secret_in_force());
    scim.configure("  enabled = false");
    scim.story.apply();
    assert!(scim.story.resource(SCIM)["secret"].is_null());
}

#[test]
fn a_trigger_mints_a_secret_only_when_one_value_becomes_another() {
    let scim = Provisioned::new();
    scim.configure("");
    scim.story.apply();
    let first = scim.story.resource(SCIM)["secret"].clone();
    scim.configure("  rotation_trigger = \"1\"");
    scim.story.apply();
    assert_eq!(scim.story.resource(SCIM)["secret"], first, "setting it for the first time mints nothing");
    scim.configure("  rotation_trigger = \"2\"");
    let plan = scim.story.plan();
    let minted = ["rotation_trigger", "secret", "secret_fingerprint", "secret_status"];
    assert_eq!(plan.changed_attributes(SCIM), minted);
    scim.story.apply();
    let second = scim.story.resource(SCIM)["secret"].clone();
    assert_ne!(second, first);
    assert_eq!(second, scim.secret_in_force());
    scim.configure("");
    scim.story.apply();
    assert_eq!(scim.story.resource(SCIM)["secret"], second, "nor does removing it");
}

#[test]
fn a_trigger_of_an_imported_object_mints_nothing() {
    let scim = Provisioned::new();
    scim.change_by_hand(json!({"enabled": true}));
    let secret = scim.secret_in_force();
    scim.configure("  rotation_trigger = \"1\"");
    scim.story.import(SCIM, &scim.import_id());
    assert_eq!(scim.story.plan().changed_attributes(SCIM), ["rotation_trigger"]);
    let mark = scim.story.mock().journal().len();
    scim.story.apply();
    assert_eq!(scim.story.mock().journal().writes_since(mark), [""; 0]);
    assert_eq!(scim.secret_in_force(), secret);
}

/// SCIM that was on before Terraform had it, and the secret that it has.
fn on_already(more: &str) -> (Provisioned, Value) {
    let scim = Provisioned::new();
    scim.change_by_hand(json!({"enabled": true}));
    let secret = scim.secret_in_force();
    scim.configure(more);
    (scim, secret)
}

#[test]
fn scim_that_was_on_already_is_left_alone_until_somebody_says_what_becomes_of_its_secret() {
    let (scim, secret) = on_already("");
    let mark = scim.story.mock().journal().len();
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("identity_provider_id"), "{error}");
    let block = format!("import {{ to = zt_scim_config.NAME id = \"{}\" }}", scim.import_id());
    assert!(error.text().contains(&block) && error.text().contains("adopt_existing = true"), "{error}");
    assert_eq!(scim.story.mock().journal().writes_since(mark), [""; 0]);
    assert_eq!(scim.secret_in_force(), secret);
}

#[test]
fn adoption_mints_another_secret_for_scim_that_was_on_already() {
    let (scim, secret) = on_already("  adopt_existing = true");
    scim.story.apply();
    assert_ne!(scim.secret_in_force(), secret);
    assert_eq!(scim.story.resource(SCIM)["secret"], scim.secret_in_force());
    assert_eq!(scim.story.resource(SCIM)["secret_status"], "in_sync");
}

#[test]
fn the_secret_of_scim_that_was_on_already_may_stay_unknown() {
    let (scim, secret) = on_already("  adopt_existing = false");
    let applied = scim.story.apply();
    assert!(applied.warning().text().contains("was on already"), "{}", applied.warning());
    assert!(scim.story.resource(SCIM)["secret"].is_null());
    assert_eq!(scim.secret_in_force(), secret, "Okta goes on with the one it has");
}

#[test]
fn scim_that_was_on_already_is_no_obstacle_where_the_secret_is_omitted() {
    let (scim, secret) = on_already("  omit_secret = true");
    scim.story.apply();
    assert_eq!(scim.secret_in_force(), secret);
}

#[test]
fn an_omitted_secret_is_nowhere_in_the_state() {
    let scim = Provisioned::new();
    scim.configure("  omit_secret = true");
    scim.story.apply();
    assert!(scim.story.resource(SCIM)["secret"].is_null());
    let secret = scim.secret_in_force();
    assert!(!scim.story.state_file().contains(secret.as_str().unwrap()));
    assert!(!scim.story.plan().json.to_string().contains(secret.as_str().unwrap()));
}

#[test]
fn the_secret_is_in_no_plan_text_and_no_log() {
    let mut scim = Provisioned::new();
    scim.story.workspace_mut().set_env("TF_LOG", "TRACE");
    scim.configure("  rotation_trigger = \"1\"");
    let first = scim.story.workspace().terraform(&["apply", "-auto-approve", "-no-color"]).expect_success().text();
    let planted = scim.secret_in_force();
    scim.configure("  rotation_trigger = \"2\"");
    let second = scim.story.workspace().terraform(&["apply", "-auto-approve", "-no-color"]).expect_success().text();
    let rotated = scim.secret_in_force();
    let said = format!("{first}{second}");
    let provider: Vec<&str> = said.lines().filter(|line| line.contains("provider.terraform-provider-zt")).collect();
    assert!(!provider.is_empty());
    for secret in [planted, rotated] {
        let secret = secret.as_str().unwrap();
        assert!(provider.iter().all(|line| !line.contains(secret)));
        assert!(!scim.story.plan().text().contains(secret));
    }
}
