//! A token that Cloudflare takes no longer: what Okta's System Log tells of it.

use std::time::Duration;

use super::*;
use crate::harness::plan::Plan;

const LOGS: &str = "/api/v1/logs";

/// Installed, in use, and regenerated in Cloudflare since, which a push has found out.
fn outdated() -> Scim {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure_managed(Some("1"), &everything(&scim));
    scim.story.apply();
    let mock = scim.story.mock();
    mock.drain_provisioning();
    // What is logged in the second of the installation may be of the token before.
    mock.world().clock.advance(Duration::from_secs(60));
    mock.pause_provisioning();
    scim.regenerate();
    let (engineering, ada) = (scim.group("Engineering"), scim.user("ada"));
    scim.story.in_okta("DELETE", &format!("/api/v1/groups/{engineering}/users/{ada}"), None);
    assert_eq!(mock.drain_provisioning().failing, 1);
    scim
}

fn warnings(plan: &Plan) -> Vec<&str> {
    plan.diagnostics.iter().map(|found| found.summary.as_str()).filter(|told| told.contains("SCIM token")).collect()
}

#[test]
fn refused_pushes_are_one_warning_with_the_last_of_them_and_the_remedy_and_no_diff() {
    let scim = outdated();
    let mark = scim.story.mock().journal().matching("GET", LOGS).len();
    let plan = scim.story.plan();
    assert_eq!(scim.story.mock().journal().matching("GET", LOGS).len(), mark + 1, "one look per refresh");
    assert!(plan.is_empty(), "{}", plan.text());
    assert_eq!(warnings(&plan), ["Cloudflare no longer accepts the SCIM token"]);
    let told = plan.diagnostics.iter().find(|found| found.points_at("managed_token")).unwrap();
    for word in ["Unauthorized", "Engineering", "managed_token.rotation_trigger"] {
        assert!(told.text().contains(word), "{word}: {told}");
    }

    scim.configure_managed(Some("2"), &everything(&scim));
    scim.story.apply();
    assert_eq!(scim.story.mock().drain_provisioning().pending, 0);
    let plan = scim.story.plan();
    assert!(plan.is_empty() && plan.diagnostics.is_empty(), "{:?}", plan.diagnostics);
}

#[test]
fn a_push_that_goes_through_again_ends_the_warning() {
    let scim = outdated();
    let now = scim.story.mock().world().clock.now();
    scim.story.mock().okta().edit_connection(&scim.id(), &scim.base_url, &scim.secret(), now);
    assert_eq!(scim.story.mock().drain_provisioning().pending, 0);
    let plan = scim.story.plan();
    assert!(plan.is_empty() && plan.diagnostics.is_empty(), "{:?}", plan.diagnostics);
}

#[test]
fn where_the_log_may_not_be_read_nothing_is_said() {
    let scim = outdated();
    scim.story.mock().fail(Fault::on("GET", LOGS).answering(403, forbidden()));
    let plan = scim.story.plan();
    assert!(plan.is_empty() && warnings(&plan).is_empty(), "{:?}", plan.diagnostics);
}

#[test]
fn a_log_that_does_not_answer_is_a_warning() {
    let scim = outdated();
    scim.story.write("provider.tf", "provider \"zt\" {\n  max_retries = 0\n}\n");
    scim.story.mock().fail(Fault::on("GET", LOGS).closing());
    let plan = scim.story.plan();
    assert!(plan.is_empty());
    assert_eq!(warnings(&plan), ["Whether Cloudflare accepts the SCIM token could not be found out"]);
}

#[test]
fn secret_checks_never_ask_nothing() {
    let scim = outdated();
    scim.story.write("provider.tf", "provider \"zt\" {\n  secret_checks = \"never\"\n}\n");
    let mark = scim.story.mock().journal().matching("GET", LOGS).len();
    let plan = scim.story.plan();
    assert!(plan.is_empty() && warnings(&plan).is_empty(), "{:?}", plan.diagnostics);
    assert_eq!(scim.story.mock().journal().matching("GET", LOGS).len(), mark);
}
