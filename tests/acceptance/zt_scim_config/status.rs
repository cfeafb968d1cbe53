//! `secret_status`: whether the SCIM endpoint still takes the secret of the state.

use serde_json::{Value, json};
use zt::mock::Fault;

use super::{Provisioned, SCIM};
use crate::harness::plan::Plan;

const TRIAL: &str = "/populations/*/scim/v2/Users";

fn regenerate(scim: &Provisioned) -> Value {
    let path = format!("/_mock/cloudflare/identity_providers/{}/regenerate_scim_secret", scim.id);
    scim.story.in_okta("POST", &path, Some(&json!({})))["secret"].clone()
}

fn found(plan: &Plan) -> Value {
    plan.json["prior_state"]["values"]["root_module"]["resources"][0]["values"]["secret_status"].clone()
}

fn trials(scim: &Provisioned) -> usize {
    scim.story.mock().journal().all().iter().filter(|exchange| exchange.path.ends_with("/scim/v2/Users")).count()
}

#[test]
fn a_secret_that_works_is_in_sync_after_one_harmless_read() {
    let scim = Provisioned::new();
    scim.configure("");
    scim.story.apply();
    let state = scim.story.resource(SCIM);
    assert_eq!((&state["secret_status"], state["secret_fingerprint"].as_str().unwrap().len()), (&json!("in_sync"), 22));
    let before = trials(&scim);
    let plan = scim.story.plan();
    assert_eq!((found(&plan), trials(&scim)), (json!("in_sync"), before + 1));
    let all = scim.story.mock().journal().all();
    let trial = all.iter().rev().find(|exchange| exchange.path.ends_with("/scim/v2/Users")).unwrap();
    assert_eq!(trial.method, "GET");
}

#[test]
fn one_that_was_regenerated_is_a_warning_with_the_remedy_and_no_diff() {
    let scim = Provisioned::new();
    scim.configure("  rotation_trigger = \"1\"");
    scim.story.apply();
    let regenerated = regenerate(&scim);
    let plan = scim.story.plan();
    assert_eq!((plan.exit_code, found(&plan)), (0, json!("changed_outside")), "{}", plan.text());
    let [warning] = plan.diagnostics.as_slice() else { panic!("{:?}", plan.diagnostics) };
    assert!(warning.points_at("rotation_trigger") && warning.text().contains("change rotation_trigger"), "{warning}");
    assert_eq!(scim.secret_in_force(), regenerated, "nothing is minted because of a status");
    scim.configure("  rotation_trigger = \"2\"");
    scim.story.apply();
    let state = scim.story.resource(SCIM);
    assert_eq!((&state["secret"], &state["secret_status"]), (&scim.secret_in_force(), &json!("in_sync")));
}

#[test]
fn an_endpoint_that_does_not_answer_leaves_the_last_status_and_one_warning() {
    let scim = Provisioned::new();
    scim.configure("");
    scim.story.apply();
    scim.story.write("provider.tf", "provider \"zt\" {\n  max_retries = 0\n}\n");
    scim.story.mock().fail(Fault::on("GET", TRIAL).closing());
    let plan = scim.story.plan();
    assert_eq!(
        (plan.exit_code, found(&plan), plan.diagnostics.len()),
        (0, json!("in_sync"), 1),
        "{:?}",
        plan.diagnostics
    );
    assert!(plan.diagnostics[0].text().contains("could not be found out"));
}

#[test]
fn what_cannot_be_tried_is_unverified_and_what_is_off_has_no_status() {
    let scim = Provisioned::new();
    scim.configure("  omit_secret = true");
    scim.story.apply();
    let state = scim.story.resource(SCIM);
    assert_eq!((&state["secret_status"], state["secret_fingerprint"].is_string()), (&json!("unverified"), true));
    scim.configure("  enabled = false");
    scim.story.apply();
    let state = scim.story.resource(SCIM);
    assert!(state["secret_status"].is_null() && state["secret_fingerprint"].is_null());

    let scim = Provisioned::new();
    scim.configure("");
    scim.story.apply();
    scim.story.write("provider.tf", "provider \"zt\" {\n  secret_checks = \"never\"\n}\n");
    let before = trials(&scim);
    let plan = scim.story.plan();
    assert_eq!((plan.exit_code, found(&plan), trials(&scim)), (0, json!("unverified"), before));
}

#[test]
fn a_secret_that_nobody_knows_is_null_and_unverified_after_an_import() {
    let scim = Provisioned::new();
    scim.change_by_hand(json!({"enabled": true}));
    scim.configure("");
    scim.story.import(SCIM, &scim.import_id());
    scim.story.expect_empty_plan();
    let state = scim.story.resource(SCIM);
    assert!(state["secret"].is_null() && state["secret_fingerprint"].is_null());
    assert_eq!(state["secret_status"], "unverified");
}
