//! Ctrl-C and worse in the middle of a create: what exists is in the state, and the next apply makes everything whole.

use serde_json::json;
use zt::mock::Fault;

use crate::harness::running::{PATIENCE, Running};
use crate::harness::story::Story;
use crate::needs;

const APP: &str = "okta_oidc_app.access";
const APPS: &str = "/api/v1/apps";

/// A story about one app, with these lines in the provider block. Nothing is looked for before it is made, so that the
/// creation is the first request of an apply.
fn story(block: &str) -> Story {
    let story = Story::new();
    configure(&story, block);
    story
}

fn configure(story: &Story, block: &str) {
    story.write(
        "main.tf",
        &format!(
            "provider \"zt\" {{\n{block}}}\nresource \"okta_oidc_app\" \"access\" {{\n  provider = zt\n  label = \"Access\"\n  \
             redirect_uris = [\"https://acme.cloudflareaccess.com/cdn-cgi/access/callback\"]\n  adopt_existing = false\n}}\n"
        ),
    );
}

fn apps(story: &Story) -> usize {
    story.mock().okta().counts()["apps"]
}

fn posts(story: &Story) -> usize {
    story.mock().journal().matching("POST", APPS).len()
}

#[track_caller]
fn wait_for_strike(story: &Story) {
    assert!(story.mock().world().faults.wait_for_strike(PATIENCE), "the request did not come");
}

/// The next apply leaves one app, ours, and nothing to do.
#[track_caller]
fn converges(story: &Story) {
    story.apply();
    assert_eq!(story.addresses(), [APP]);
    assert!(!story.is_tainted(APP));
    assert_eq!(apps(story), 1);
    story.destroy();
    assert_eq!(apps(story), 0);
}

#[test]
fn an_app_whose_creation_was_under_way_is_saved_as_tainted_and_replaced() {
    let story = story("");
    story.mock().fail(Fault::on("POST", APPS).held());
    let apply = Running::start(&story, &["apply"]);
    wait_for_strike(&story);
    apply.interrupt();
    story.mock().world().faults.clear();

    let ended = apply.ended();
    assert_eq!(ended.code, Some(1), "{}", ended.output);
    assert!(ended.diagnostics.iter().any(|said| said.text().contains("kept as tainted")), "{}", ended.output);
    assert!(story.is_tainted(APP));
    assert!(story.resource(APP)["id"].is_string());
    assert_eq!(apps(&story), 1, "what had left was waited for");
    converges(&story);
}

#[test]
fn an_app_that_was_not_made_yet_is_not_made_any_more() {
    let story = story("");
    let busy =
        json!({"errorCode": "E0000047", "errorSummary": "API call exceeded rate limit due to too many requests."});
    story.mock().fail(Fault::on("POST", APPS).answering(429, busy).with_header("retry-after", "250").times(1));
    let apply = Running::start(&story, &["apply"]);
    apply.wait_for_log("waiting before the next attempt");
    apply.interrupt();

    let ended = apply.ended();
    assert_eq!(ended.code, Some(1), "{}", ended.output);
    assert_eq!(story.addresses(), [""; 0]);
    assert_eq!((apps(&story), posts(&story)), (0, 1));
    converges(&story);
}

#[test]
fn a_turn_of_the_rate_limit_is_not_waited_for_after_ctrl_c() {
    let story = story("  max_requests_per_second = 0.01\n");
    let apply = Running::start(&story, &["apply"]);
    apply.wait_for_log("waiting for a turn");
    apply.interrupt();

    let ended = apply.ended();
    assert_eq!(ended.code, Some(1), "{}", ended.output);
    assert_eq!(story.mock().journal().len(), 1, "a second request would have come 100 seconds after the first");
    assert!(story.is_tainted(APP));
    configure(&story, "");
    converges(&story);
}

#[test]
fn a_provider_whose_terraform_is_killed_ends_and_leaves_nothing_behind() {
    let story = story("");
    story.mock().fail(Fault::on("POST", APPS).held().closing());
    let apply = Running::start(&story, &["apply"]);
    wait_for_strike(&story);
    assert_eq!(apply.sockets(), 0, "nobody comes after Terraform");
    apply.kill_terraform();

    let ended = apply.ended();
    assert_eq!(ended.code, None, "killed: {}", ended.output);
    assert_eq!(story.addresses(), [""; 0]);
    story.mock().world().faults.clear();
    converges(&story);
}

#[test]
fn an_action_that_tests_the_handshake_is_stopped_and_says_so() {
    needs!(ACTIONS);
    let story = Story::new();
    story.write(
        "main.tf",
        "action \"zt_test_handshake\" \"okta\" {\n  config {\n    identity_provider_id = \"1d\"\n    \
         scim_app_id = \"0oa1a2b3c4d5e6f7g8h9\"\n  }\n}\n",
    );
    story.mock().fail(Fault::on("GET", "/api/v1/apps/*").held());
    let apply = Running::start(&story, &["apply", "-invoke=action.zt_test_handshake.okta"]);
    wait_for_strike(&story);
    // Terraform 1.14 itself was seen to crash when progress reached it right after the interrupt.
    apply.wait_until_said("Looking at Cloudflare and Okta");
    apply.interrupt();

    let ended = apply.ended();
    assert_eq!(ended.code, Some(1), "{}", ended.output);
    assert!(ended.output.contains("The handshake was not tested to the end"), "{}", ended.output);
    assert!(!ended.output.contains("login_method: "), "what was read by then is half of it: {}", ended.output);
}
