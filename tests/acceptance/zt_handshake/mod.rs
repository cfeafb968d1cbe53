//! `data "zt_handshake"`: both sides looked at together.
//!
//! | file | what it tells |
//! | --- | --- |
//! | `whole` | all checks pass on the complete example, and how a failed one shows in a pipeline |
//! | `login`, `groups`, `scim` | one thing wrong at a time, and the one check that fails |
//! | `unread` | what cannot be read, and services that do not answer |

mod groups;
mod login;
mod scim;
mod unread;
mod whole;

use std::path::Path;

use serde_json::{Value, json};
use zt::mock::Options;

use crate::harness::plan::Plan;
use crate::harness::story::Story;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/complete");
const IDP: &str = "zt_okta_idp.okta";
const APP: &str = "okta_oidc_app.access";
const SCIM_APP: &str = "okta_scim_app.access";

/// The checks in the order of the documentation.
const CHECKS: [&str; 15] = [
    "login_method",
    "discovery",
    "oidc_app",
    "credentials",
    "redirect_uri",
    "pkce",
    "groups_claim",
    "group_count",
    "scim_enabled",
    "scim_app",
    "scim_connection",
    "scim_user_name",
    "push_groups",
    "pushed_groups_in_claim",
    "provisioning_log",
];

const ASSERTION: &str = "check \"handshake\" {
  assert {
    condition     = length(data.zt_handshake.okta.failed) == 0
    error_message = data.zt_handshake.okta.summary
  }
}
";

/// The complete example, applied and provisioned, and a look at it with what it is made of written out: so a look in a
/// plan never waits for a change.
fn complete() -> Story {
    let story = Story::with(Options::default());
    story.copy(Path::new(EXAMPLE));
    story.apply();
    story.mock().drain_provisioning();
    look_at(&story, "");
    story
}

/// Writes the look, with further arguments.
fn look_at(story: &Story, more: &str) {
    let fingerprint = story.resource(IDP)["client_secret_fingerprint"].clone();
    let arguments = format!(
        "  identity_provider_id = {:?}\n  scim_app_id = {:?}\n  client_secret_fingerprint = {fingerprint}\n{more}",
        id(story, IDP),
        id(story, SCIM_APP),
    );
    story.write("handshake.tf", &format!("data \"zt_handshake\" \"okta\" {{\n{arguments}}}\n{ASSERTION}"));
}

/// The id of a resource in the state.
fn id(story: &Story, address: &str) -> String {
    story.resource(address)["id"].as_str().unwrap().to_owned()
}

/// What a plan sees.
fn seen(plan: &Plan) -> &Value {
    let resources = plan.json["prior_state"]["values"]["root_module"]["resources"].as_array().unwrap();
    let found = resources.iter().find(|resource| resource["address"] == "data.zt_handshake.okta");
    &found.unwrap_or_else(|| panic!("the plan left the look to the apply"))["values"]
}

fn failed(plan: &Plan) -> Vec<&str> {
    seen(plan)["failed"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

/// The status of a check.
fn status<'a>(plan: &'a Plan, check: &str) -> &'a str {
    seen(plan)["checks"][check]["status"].as_str().unwrap_or_else(|| panic!("no check {check}"))
}

/// Plans, and expects that this check fails and no other; the check with its message and remedy.
#[track_caller]
fn only(story: &Story, check: &str) -> (Plan, String) {
    let plan = story.plan();
    assert_eq!(failed(&plan), [check], "{}", seen(&plan)["summary"].as_str().unwrap());
    assert_eq!(seen(&plan)["status"], "fail");
    let found = &seen(&plan)["checks"][check];
    let text = format!("{} {}", found["message"].as_str().unwrap(), found["remedy"].as_str().unwrap());
    assert!(seen(&plan)["summary"].as_str().unwrap().contains(&text), "{text}");
    (plan, text)
}

/// Changes the login method as somebody in the dashboard does.
fn in_dashboard(story: &Story, member: &str, value: Value) {
    let (id, now) = (id(story, IDP), story.mock().world().clock.now());
    let edited = story.mock().cloudflare().in_dashboard(&id, now, |idp| idp.set_config(member, value));
    assert!(edited.is_some());
}

/// Sets the groups claim as somebody in the console does.
fn set_claim(story: &Story, filter: &str, value: &str) {
    let path = format!("/api/v1/internal/apps/{}/settings/oauth/idToken", id(story, APP));
    let body = json!({"valueType": "GROUPS", "groupFilterType": filter, "issuerMode": "ORG_URL", "name": "groups",
        "value": value});
    story.in_okta("POST", &path, Some(&body));
}
