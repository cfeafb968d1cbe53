//! What the configuration comes to: people and groups at Cloudflare.

use zt::mock::Mock;

use super::*;

/// User names at Cloudflare, `-` before those who are inactive, sorted.
fn people(mock: &Mock) -> Vec<String> {
    let account = mock.cloudflare();
    let users = account.identity_providers()[0].directory().users();
    let mut names: Vec<String> = users
        .map(|user| format!("{}{}", if user.is_active() { "" } else { "-" }, user.text("userName").unwrap()))
        .collect();
    names.sort();
    names
}

/// How many members a group has at Cloudflare; none if it is not there.
fn members(mock: &Mock, group: &str) -> Option<usize> {
    let account = mock.cloudflare();
    let directory = account.identity_providers()[0].directory();
    directory.group(group).map(|group| directory.member_ids(group).len())
}

#[test]
fn what_is_configured_arrives_at_cloudflare_and_goes_with_a_destroy() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let push = format!(
        "  push_groups = [{{ source_group_id = {:?}, delete_target_group_on_destroy = true }}]\n",
        scim.group("Engineering")
    );
    let assigned = format!("{SWITCHES}  assigned_group_ids = [{:?}]\n", scim.group("Zero Trust Users"));
    scim.configure(&format!("{assigned}{push}"));
    scim.story.apply();
    let mock = scim.story.mock();
    assert_eq!(mock.drain_provisioning().pending, 0);
    assert_eq!(people(mock), ["ada@acme.example", "bo@acme.example", "chidi@acme.example"]);
    assert_eq!(members(mock, "Engineering"), Some(3));
    let synced = mock.okta().app_users(&scim.id());
    assert!(synced.iter().all(|(_, scope, sync)| (*scope, *sync) == ("GROUP", "SYNCHRONIZED")), "{synced:?}");
    scim.story.expect_empty_plan();

    scim.configure(&format!("{SWITCHES}  assigned_user_ids = [{:?}]\n{push}", scim.user("ada")));
    scim.story.apply();
    mock.drain_provisioning();
    assert_eq!(people(mock), ["-bo@acme.example", "-chidi@acme.example", "ada@acme.example"]);

    scim.story.destroy();
    let standing = mock.drain_provisioning();
    assert_eq!((standing.pending, standing.refused), (0, 0), "{standing:?}");
    assert_eq!(people(mock), ["-ada@acme.example", "-bo@acme.example", "-chidi@acme.example"]);
    assert_eq!(members(mock, "Engineering"), None);
}

#[test]
fn pushes_that_cloudflare_refuses_are_told_and_made_up_for_with_the_next_token() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story.apply();
    let mock = scim.story.mock();
    mock.drain_provisioning();
    mock.pause_provisioning();
    let provider = mock.cloudflare().identity_providers()[0].id().to_owned();
    let token = mock.cloudflare().identity_provider_mut(&provider).unwrap().regenerate_scim_secret().unwrap();
    let (engineering, ada) = (scim.group("Engineering"), scim.user("ada"));
    scim.story.in_okta("DELETE", &format!("/api/v1/groups/{engineering}/users/{ada}"), None);
    assert_eq!(mock.drain_provisioning().failing, 1);
    let plan = scim.story.plan();
    assert!(plan.is_empty(), "{}", plan.text());
    let told = plan.diagnostics.iter().find(|found| found.text().contains("Unauthorized"));
    assert!(told.is_some_and(|told| told.text().contains("Engineering")), "{:?}", plan.diagnostics);
    assert_eq!(members(mock, "Engineering"), Some(3));

    let scim = Scim { token, ..scim };
    scim.configure(&everything(&scim));
    scim.story.apply();
    let mock = scim.story.mock();
    assert_eq!(mock.drain_provisioning().pending, 0);
    assert_eq!(members(mock, "Engineering"), Some(2));
    let plan = scim.story.plan();
    assert!(plan.is_empty() && plan.diagnostics.is_empty(), "{:?}", plan.diagnostics);
}

#[test]
fn after_the_form_in_the_console_everything_arrives_too() {
    let scim = Scim::new(ProvisioningApi::Unknown);
    scim.configure(&everything(&scim));
    scim.story.apply();
    let mock = scim.story.mock();
    assert_eq!(mock.drain_provisioning().requests, 0);
    scim.fill_in_the_form(json!({}));
    scim.story.apply();
    assert_eq!(mock.drain_provisioning().pending, 0);
    assert_eq!((people(mock).len(), members(mock, "Engineering")), (3, Some(3)));
}
