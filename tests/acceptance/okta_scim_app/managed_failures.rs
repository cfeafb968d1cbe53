//! What breaks between a secret that is minted at Cloudflare and a connection in Okta that has it.

use std::time::Duration;

use super::managed_token::{connected, rotated};
use super::*;
use crate::harness::running::Running;

/// What Okta asks for when it tries a connection.
const TRIAL: &str = "/populations/*/scim/v2/Users";

/// Okta keeps a connection that it was told of; what it is told next fails.
fn refusing_to_install(scim: &Scim) {
    let refusal = okta_calls::refusal("E0000059", "The connector configuration could not be tested", &[]);
    scim.story.mock().fail(Fault::on("POST", CONNECTION).answering(400, refusal));
}

#[test]
fn a_cloudflare_that_mints_nothing_is_an_error_that_names_the_dashboard() {
    let scim = Scim::in_story(Story::with(Options {
        refuse_secret_refresh: true,
        allow_unserved: true,
        ..Options::default()
    }));
    scim.configure_managed(None, SWITCHES);
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("managed_token"), "{error}");
    for word in ["Regenerate Secret", "scim_token_wo", "was not changed"] {
        assert!(error.text().contains(word), "{word}: {error}");
    }
    assert_eq!((scim.counts("apps"), scim.secret()), (0, scim.token.clone()));
    assert_eq!(scim.story.addresses(), Vec::<String>::new());
}

#[test]
fn a_rotation_that_cloudflare_refuses_leaves_everything_as_it_was_and_is_tried_again() {
    let scim = connected();
    scim.story.mock().fail(Fault::on("POST", REFRESH).answering(405, json!({"success": false, "errors": []})));
    rotated(&scim, "2");
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("managed_token") && error.text().contains("Regenerate Secret"), "{error}");
    assert!(scim.is_connected() && !scim.story.is_tainted(APP));
    rotated(&scim, "1");
    scim.story.expect_empty_plan();
    rotated(&scim, "2");
    scim.story.mock().world().faults.clear();
    scim.story.apply();
    assert!(scim.is_connected());
}

#[test]
fn a_secret_that_okta_did_not_get_is_followed_by_another_even_if_the_trigger_goes_back() {
    for last in ["1", "2"] {
        let scim = connected();
        refusing_to_install(&scim);
        rotated(&scim, "2");
        let error = scim.story.apply_fails().error();
        assert!(error.points_at("managed_token"), "{error}");
        for word in ["E0000059", "no longer works", "The next apply mints another"] {
            assert!(error.text().contains(word), "{word}: {error}");
        }
        assert!(!scim.is_connected() && !scim.story.is_tainted(APP));

        scim.story.mock().world().faults.clear();
        rotated(&scim, last);
        let plan = scim.story.plan();
        assert_eq!(plan.action(APP), ["update"], "{}", plan.text());
        assert!(plan.diagnostics.iter().any(|told| told.text().contains("Okta lacks the SCIM secret")), "{last}");
        scim.story.apply();
        assert_eq!((scim.mints(), scim.is_connected()), (3, true), "{last}");
    }
}

#[test]
fn a_new_app_that_did_not_get_its_secret_is_taken_back() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure_managed(None, "");
    refusing_to_install(&scim);
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("managed_token") && error.text().contains("no longer works"), "{error}");
    assert_eq!(scim.counts("apps"), 0);
    scim.story.mock().world().faults.clear();
    scim.story.apply();
    assert!(scim.is_connected());
}

#[test]
fn a_secret_whose_answer_was_lost_counts_as_minted() {
    let scim = connected();
    scim.story.write("provider.tf", "provider \"zt\" {\n  max_retries = 0\n}\n");
    scim.story.mock().fail(Fault::on("POST", REFRESH).truncating().carried_out().times(1));
    rotated(&scim, "2");
    let error = scim.story.apply_fails().error();
    assert!(error.text().contains("may have been minted all the same"), "{error}");
    rotated(&scim, "1");
    assert_eq!(scim.story.plan().action(APP), ["update"]);
    scim.story.apply();
    assert!(scim.is_connected());
}

#[test]
fn an_okta_that_claims_the_api_and_keeps_nothing_is_told_with_what_that_means() {
    let unknown =
        || Fault::on("POST", CONNECTION).answering(200, json!({"status": "UNKNOWN", "authScheme": "UNKNOWN"}));
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure_managed(None, "");
    scim.story.mock().fail(unknown());
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("managed_token"), "{error}");
    for word in ["UNKNOWN", "was minted before", "scim_token = zt_scim_config.<name>.secret"] {
        assert!(error.text().contains(word), "{word}: {error}");
    }
    assert_eq!((scim.mints(), scim.counts("apps")), (1, 0));

    let scim = connected();
    scim.story.mock().fail(unknown());
    rotated(&scim, "2");
    assert!(scim.story.apply_fails().error().text().contains("was minted before"));
    scim.story.mock().world().faults.clear();
    scim.story.apply();
    assert!(scim.is_connected());
}

#[test]
fn a_cloudflare_that_takes_a_moment_to_know_its_new_secret_is_waited_for() {
    let scim = connected();
    scim.story.mock().fail(Fault::on("GET", TRIAL).answering(401, Value::Null).times(2));
    rotated(&scim, "2");
    scim.story.apply();
    assert_eq!((scim.mints(), scim.is_connected()), (2, true));
}

#[test]
fn an_installation_whose_answer_was_lost_is_made_again_with_another_secret() {
    let scim = connected();
    scim.story.write("provider.tf", "provider \"zt\" {\n  max_retries = 0\n}\n");
    scim.story.mock().fail(Fault::on("POST", CONNECTION).closing().carried_out().times(1));
    rotated(&scim, "2");
    let error = scim.story.apply_fails().error();
    assert!(error.text().contains("The next apply mints another"), "{error}");
    assert!(scim.is_connected() && !scim.story.is_tainted(APP), "it was installed all the same");
    scim.story.apply();
    assert_eq!((scim.mints(), scim.is_connected()), (3, true));
}

#[test]
fn one_that_is_lost_on_the_way_is_sent_again_with_the_same_secret() {
    let scim = connected();
    scim.story.mock().fail(Fault::on("POST", CONNECTION).closing().times(1));
    rotated(&scim, "2");
    scim.story.apply();
    assert_eq!((scim.mints(), scim.is_connected()), (2, true));
}

#[test]
fn an_identity_provider_without_scim_has_nothing_to_mint() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.switch_scim_off();
    scim.configure_managed(None, "");
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("managed_token") && error.text().contains("Switch it on with a zt_scim_config"), "{error}");
    assert_eq!((scim.mints(), scim.counts("apps")), (0, 0));
}

#[test]
fn destroying_the_app_needs_no_cloudflare() {
    let mut scim = connected();
    scim.story.workspace_mut().remove_env("CLOUDFLARE_API_TOKEN");
    scim.story.destroy();
    assert_eq!((scim.mints(), scim.counts("apps")), (1, 0));
}

#[test]
fn ctrl_c_while_it_is_minted_does_not_leave_okta_with_one_that_is_void() {
    let scim = connected();
    rotated(&scim, "2");
    scim.story.mock().fail(Fault::on("POST", REFRESH).held());
    let apply = Running::start(&scim.story, &["apply"]);
    assert!(scim.story.mock().world().faults.wait_for_strike(Duration::from_secs(90)), "nothing was minted");
    apply.interrupt();
    scim.story.mock().world().faults.clear();
    let ended = apply.ended();
    assert_eq!((scim.mints(), scim.is_connected()), (2, true), "{}", ended.output);
    scim.story.apply();
    assert_eq!(scim.mints(), 2);
}
