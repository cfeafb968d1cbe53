//! `scim_token_wo`: installed when its version changes, and stored nowhere.

use super::*;
use crate::harness::feature;
use crate::needs;

const WRITE_ONLY: &str = "  scim_token_wo = var.token\n  scim_token_wo_version = ";

/// A configuration with the write-only token, whose value is that of the variable `token`.
fn configure(scim: &Scim, version: &str, more: &str) {
    scim.story
        .write("variables.tf", "variable \"token\" {\n  type = string\n  ephemeral = true\n  default = null\n}\n");
    scim.configure_bare(&format!("  scim_base_url = {:?}\n{WRITE_ONLY}{version:?}\n{more}", scim.base_url));
}

fn story() -> Scim {
    let mut scim = Scim::new(ProvisioningApi::Supported);
    let token = scim.token.clone();
    scim.story.set_variable("token", &token);
    scim
}

#[test]
fn another_version_installs_the_token_again_in_place_and_nothing_else_does() {
    needs!(WRITE_ONLY);
    let mut scim = story();
    configure(&scim, "1", SWITCHES);
    scim.story.apply();
    assert!(scim.is_connected());
    assert!(!scim.story.state_file().contains(&scim.token));
    let id = scim.id();

    let token = scim.regenerate();
    scim.story.set_variable("token", &token);
    scim.story.expect_empty_plan();
    configure(&scim, "1", "  label = \"Renamed\"\n");
    scim.story.apply();
    assert!(!scim.is_connected(), "another value without another version is not noticed");

    configure(&scim, "2", "  label = \"Renamed\"\n");
    assert_eq!(scim.story.plan().action(APP), ["update"]);
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["POST apps/*/connections/default"]);
    assert!(scim.is_connected());
    assert_eq!((scim.id(), scim.app()["scim_token_wo"].clone()), (id, Value::Null));
    scim.story.destroy();
}

#[test]
fn the_first_version_of_an_imported_app_is_one_push_in_place() {
    needs!(WRITE_ONLY);
    let scim = story();
    scim.configure("");
    scim.story.apply();
    let id = scim.id();
    std::fs::remove_file(scim.story.workspace().config().join("terraform.tfstate")).unwrap();
    configure(&scim, "1", "");
    scim.story.import(APP, &id);
    assert_eq!(scim.story.plan().action(APP), ["update"]);
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["POST apps/*/connections/default"]);
    assert_eq!((scim.id(), scim.is_connected()), (id, true));
}

#[test]
fn another_way_to_hold_the_token_is_a_change_in_place() {
    needs!(WRITE_ONLY);
    let mut scim = story();
    scim.configure("");
    scim.story.apply();
    let id = scim.id();
    configure(&scim, "1", "");
    scim.story.apply();
    assert!(scim.is_connected() && !scim.story.state_file().contains(&scim.token));
    scim.configure_managed(None, "");
    scim.story.apply();
    assert!(scim.is_connected() && scim.mints() == 1, "whoever had the old one can no longer use it");
    let token = scim.secret();
    scim.story.set_variable("token", &token);
    configure(&scim, "1", "");
    scim.story.apply();
    let scim = Scim { token, ..scim };
    scim.configure("");
    scim.story.apply();
    assert_eq!((scim.id(), scim.is_connected(), scim.mints()), (id, true, 1));
}

#[test]
fn a_wrong_token_is_an_error_on_it() {
    needs!(WRITE_ONLY);
    let mut scim = story();
    scim.story.set_variable("token", "wrong-token-of-some-length");
    configure(&scim, "1", "");
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("scim_token_wo") && error.text().contains("E0000059"), "{error}");
    assert_eq!(scim.counts("apps"), 0);
}

#[test]
fn where_a_person_enters_it_the_form_says_where_the_token_is() {
    needs!(WRITE_ONLY);
    let mut scim = Scim::new(ProvisioningApi::Unknown);
    let token = scim.token.clone();
    scim.story.set_variable("token", &token);
    configure(&scim, "1", "");
    let applied = scim.story.apply();
    assert!(applied.warnings.iter().any(|warning| warning.points_at("scim_token_wo")), "{:?}", applied.warnings);
    let form = scim.app()["setup_instructions"].as_str().unwrap().to_owned();
    assert!(form.contains("scim_token_wo") && !form.contains(&token), "{form}");
}

#[test]
fn contradictions_and_halves_say_what_to_write_instead() {
    needs!(WRITE_ONLY);
    let scim = Scim::new(ProvisioningApi::Supported);
    let managed = "  managed_token = { identity_provider_id = \"a\" }";
    for (body, attribute, hint) in [
        ("  scim_token_wo = \"t\"".to_owned(), "scim_token_wo", "scim_token_wo_version = \"1\""),
        ("  scim_token_wo_version = \"1\"".to_owned(), "scim_token_wo_version", "set scim_token_wo"),
        (
            "  scim_token = \"t\"\n  scim_token_wo = \"t\"\n  scim_token_wo_version = \"1\"".to_owned(),
            "scim_token_wo",
            "keep scim_token",
        ),
        (format!("  scim_token = \"t\"\n{managed}"), "managed_token", "keep scim_token"),
        (format!("  provisioning_mode = \"console\"\n{managed}"), "managed_token", "\"auto\""),
    ] {
        scim.configure_bare(&format!("  scim_base_url = {:?}\n{body}\n", scim.base_url));
        let error = scim.story.validate_fails();
        assert!(error.points_at(attribute) && error.text().contains(hint), "{body}: {error}");
    }
}

#[test]
fn an_older_terraform_is_told_what_it_lacks() {
    let known = feature::available(feature::WRITE_ONLY);
    let scim = Scim::new(ProvisioningApi::Supported);
    let url = &scim.base_url;
    scim.configure_bare(&format!(
        "  scim_base_url = {url:?}\n  scim_token_wo = \"t\"\n  scim_token_wo_version = \"1\"\n"
    ));
    if known {
        scim.story.expect_valid();
    } else {
        let error = scim.story.validate_fails();
        assert!(error.points_at("scim_token_wo") && error.text().contains("need Terraform 1.11"), "{error}");
    }
    scim.configure_managed(None, "");
    scim.story.expect_valid();
    scim.configure("");
    scim.story.expect_valid();
}
