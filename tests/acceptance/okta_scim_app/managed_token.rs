//! `managed_token`: a SCIM secret that goes from Cloudflare to Okta, and that nobody sees.

use zt::mock::Side;

use super::*;

pub(super) fn rotated(scim: &Scim, trigger: &str) {
    scim.configure_managed(Some(trigger), SWITCHES);
}

/// An app in use, with a trigger.
pub(super) fn connected() -> Scim {
    let scim = Scim::new(ProvisioningApi::Supported);
    rotated(&scim, "1");
    scim.story.apply();
    assert!(scim.is_connected());
    scim
}

#[test]
fn a_new_app_gets_a_secret_that_was_minted_just_before() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure_managed(None, &everything(&scim));
    let mark = scim.story.mock().journal().len();
    scim.story.apply();
    let writes = scim.story.mock().journal().since(mark).into_iter();
    let writes = writes.filter(|exchange| exchange.method != "GET" && exchange.side != Side::Team);
    let writes: Vec<String> = writes.map(|exchange| okta_calls::short(&exchange)).collect();
    assert!(writes[1].ends_with("/refresh_scim_secret"), "{writes:?}");
    assert_eq!((writes[0].as_str(), writes[2].as_str()), ("POST apps", "POST apps/*/connections/default"));
    assert!(scim.is_connected());
    assert_ne!(scim.secret(), scim.token, "the one before no longer works");
    assert_eq!(scim.story.mock().drain_provisioning().pending, 0);
    scim.story.destroy();
}

#[test]
fn only_a_trigger_that_turns_into_another_mints_another() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure_managed(None, SWITCHES);
    scim.story.apply();
    let id = scim.id();
    for (trigger, mints) in [(Some("1"), 1), (Some("2"), 2), (Some("2"), 2), (None, 2)] {
        scim.configure_managed(trigger, SWITCHES);
        let writes = scim.writes(|story| drop(story.apply()));
        assert_eq!(scim.mints(), mints, "{trigger:?}: {writes:?}");
        assert!(scim.is_connected() && scim.id() == id);
    }
    scim.configure_managed(None, &format!("  label = \"Renamed\"\n{SWITCHES}"));
    scim.story.apply();
    assert_eq!(scim.mints(), 2);
}

#[test]
fn an_imported_app_gets_its_first_managed_secret_in_place() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure("");
    scim.story.apply();
    let id = scim.id();
    std::fs::remove_file(scim.story.workspace().config().join("terraform.tfstate")).unwrap();
    scim.configure_managed(None, "");
    scim.story.import(APP, &id);
    assert_eq!(scim.story.plan().action(APP), ["update"]);
    scim.story.apply();
    assert_eq!((scim.id(), scim.mints(), scim.is_connected()), (id, 1, true));
}

#[test]
fn where_a_person_has_to_enter_it_nothing_is_minted_and_the_way_is_named() {
    for mode in ["auto", "api"] {
        let scim = Scim::new(ProvisioningApi::Unknown);
        scim.configure_managed(None, &format!("  provisioning_mode = {mode:?}\n{}", everything(&scim)));
        let error = scim.story.apply_fails().error();
        assert!(error.points_at("managed_token"), "{mode}: {error}");
        for word in ["scim2headerauth", "UNKNOWN", "Nothing was minted", "scim_token = zt_scim_config.<name>.secret"] {
            assert!(error.text().contains(word), "{mode}: {word}: {error}");
        }
        assert_eq!((scim.mints(), scim.counts("apps"), scim.secret()), (0, 0, scim.token.clone()), "{mode}");
        assert_eq!(scim.story.addresses(), Vec::<String>::new());
    }

    let scim = connected();
    scim.story.mock().okta().set_provisioning_api(ProvisioningApi::Unknown);
    rotated(&scim, "2");
    assert!(scim.story.apply_fails().error().points_at("managed_token"));
    scim.story.mock().okta().set_provisioning_api(ProvisioningApi::Supported);
    assert!(scim.mints() == 1 && scim.is_connected());
}

#[test]
fn the_secret_of_another_identity_provider_is_not_minted() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let other = scim.base_url.replace(&scim.base_url[scim.base_url.len() - 20..], "elsewhere/scim/v2");
    let scim = Scim { base_url: other.clone(), ..scim };
    scim.configure_managed(None, "");
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("scim_base_url") && error.text().contains(&other), "{error}");
    assert_eq!((scim.mints(), scim.counts("apps")), (0, 0));
}

#[test]
fn without_a_cloudflare_side_the_plan_says_what_is_missing() {
    let mut scim = Scim::new(ProvisioningApi::Supported);
    scim.configure_managed(None, "");
    scim.story.workspace_mut().remove_env("CLOUDFLARE_API_TOKEN");
    let error = scim.story.plan_fails().error();
    assert!(error.points_at("managed_token") && error.text().contains("CLOUDFLARE_API_TOKEN"), "{error}");
}

#[test]
fn a_connection_that_was_switched_off_is_switched_on_without_another_secret() {
    let scim = connected();
    scim.okta("POST", "/connections/default/lifecycle/deactivate", Some(&json!({})));
    assert_eq!(scim.story.plan().action(APP), ["update"]);
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["POST apps/*/connections/default/lifecycle/activate"]);
    assert_eq!((scim.mints(), scim.is_connected()), (1, true));
}

#[test]
fn a_base_url_that_somebody_changed_is_written_back_with_another_secret() {
    let scim = connected();
    let now = scim.story.mock().world().clock.now();
    scim.story.mock().okta().edit_connection(&scim.id(), "https://elsewhere.example/scim/v2", "theirs", now);
    assert!(scim.story.plan().changed_attributes(APP).contains(&"scim_base_url".to_owned()));
    scim.story.apply();
    assert_eq!((scim.mints(), scim.is_connected()), (2, true));
}

#[test]
fn the_secret_is_found_nowhere() {
    let mut scim = Scim::new(ProvisioningApi::Supported);
    scim.story.workspace_mut().set_env("TF_LOG", "TRACE");
    let terraform = |scim: &Scim, arguments: &[&str]| scim.story.workspace().terraform(arguments).expect_success();
    scim.configure_managed(Some("1"), SWITCHES);
    let apply = ["apply", "-auto-approve", "-no-color"];
    let first = terraform(&scim, &apply).text();
    let before = scim.secret();
    scim.configure_managed(Some("2"), SWITCHES);
    let file = scim.story.workspace().beside("look.plan").to_string_lossy().into_owned();
    let planned = terraform(&scim, &["plan", "-no-color", &format!("-out={file}")]).text();
    let plan = terraform(&scim, &["show", "-json", &file]).stdout;
    let second = terraform(&scim, &apply).text();
    let after = scim.secret();
    assert!(before != after && scim.is_connected());
    let backup = std::fs::read_to_string(scim.story.workspace().config().join("terraform.tfstate.backup")).unwrap();
    let logs = [first, planned, second].concat();
    assert!(logs.contains("/refresh_scim_secret") && logs.contains("/connections/default"), "the calls are logged");
    let journal = serde_json::to_string(&scim.story.mock().journal().all()).unwrap();
    for (place, text) in [
        ("state", scim.story.state_file()),
        ("backup", backup),
        ("plan", plan),
        ("log", logs),
        ("journal of the mock", journal),
    ] {
        assert!(!text.is_empty(), "{place}");
        for secret in [&before, &after] {
            assert!(!text.contains(secret.as_str()), "in {place}");
        }
    }
}
