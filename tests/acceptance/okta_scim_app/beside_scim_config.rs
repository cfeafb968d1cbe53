//! `managed_token` and the `zt_scim_config` of the same identity provider: who has the secret, and what is said if both do.

use super::*;

const CONFIG: &str = "zt_scim_config.okta";

/// Writes a `zt_scim_config` with `settings`, and an app that manages the token of its identity provider.
fn configure(scim: &Scim, settings: &str, trigger: &str) {
    let provider = scim.provider();
    scim.story.write(
        "scim.tf",
        &format!("resource \"zt_scim_config\" \"okta\" {{\n  identity_provider_id = {provider:?}\n{settings}}}\n"),
    );
    scim.configure_bare(&format!(
        "  scim_base_url = zt_scim_config.okta.scim_base_url\n  managed_token = {{\n    identity_provider_id = \
         zt_scim_config.okta.identity_provider_id\n    rotation_trigger = {trigger:?}\n  }}\n"
    ));
}

#[test]
fn one_that_omits_the_secret_says_unverified_and_nothing_else_however_often_it_rotates() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.switch_scim_off();
    for (trigger, mints) in [("1", 1), ("2", 2)] {
        configure(&scim, "  omit_secret = true\n", trigger);
        scim.story.apply();
        let plan = scim.story.plan();
        assert!(plan.is_empty() && plan.diagnostics.is_empty(), "{:?}", plan.diagnostics);
        let state = scim.story.resource(CONFIG);
        assert_eq!((&state["secret"], &state["secret_status"]), (&Value::Null, &json!("unverified")));
        assert_eq!(scim.mints(), mints);
        assert!(!scim.story.state_file().contains(&scim.secret()));
    }
    scim.story.destroy();
}

#[test]
fn one_that_keeps_a_secret_says_that_it_is_of_no_use() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.switch_scim_off();
    configure(&scim, "", "1");
    scim.story.apply_only();
    let plan = scim.story.plan();
    assert!(plan.is_empty(), "{}", plan.text());
    let [told] = plan.diagnostics.as_slice() else { panic!("{:?}", plan.diagnostics) };
    assert!(told.text().contains("managed_token") && told.text().contains("omit_secret = true"), "{told}");
    configure(&scim, "  omit_secret = true\n", "1");
    scim.story.apply();
    assert!(scim.story.plan().diagnostics.is_empty());
}

#[test]
fn a_trigger_of_its_own_is_warned_about_where_it_stands() {
    let scim = Scim::new(ProvisioningApi::Supported);
    configure(&scim, "  omit_secret = true\n  rotation_trigger = \"1\"\n", "1");
    let told = scim.story.validate();
    let [warning] = told.as_slice() else { panic!("{told:?}") };
    assert!(!warning.is_error() && warning.points_at("rotation_trigger"), "{warning}");
    assert!(warning.text().contains("managed_token.rotation_trigger"), "{warning}");
}
