//! Who may use the app.

use super::*;

#[test]
fn only_ours_are_unassigned_and_nothing_is_written_twice() {
    let oidc = Oidc::new();
    let (ours, other, ada, bo) =
        (oidc.group("Engineering"), oidc.group("Zero Trust Users"), oidc.user("ada"), oidc.user("bo"));
    oidc.configure(&format!("  assigned_group_ids = [{ours:?}]\n  assigned_user_ids = [{ada:?}, {bo:?}]\n"));
    oidc.story.apply();
    oidc.okta("PUT", &format!("/groups/{other}"), Some(&json!({})));
    oidc.story.expect_empty_plan();

    // Bo goes; the group that covers him keeps him in the app.
    oidc.configure(&format!("  assigned_group_ids = [{ours:?}]\n  assigned_user_ids = [{ada:?}]\n"));
    let plan = oidc.story.plan();
    assert!(
        plan.diagnostics.iter().any(|told| told.text().contains("Up to 1 person may no longer")),
        "{}",
        plan.text()
    );
    let writes = oidc.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["POST apps/*/users/*"]);
    assert_eq!(oidc.scope(&bo), Some("GROUP"));

    // What is there already is adopted without a write; what is no longer listed goes.
    oidc.configure(&format!("  assigned_group_ids = [{other:?}]\n  assigned_user_ids = [{ada:?}]\n"));
    let writes = oidc.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["DELETE apps/*/groups/*"]);
    assert_eq!(oidc.groups(), [other.clone()].into());

    // A group that was taken away by hand is assigned again.
    assert!(oidc.story.mock().okta().remove_group_assignment(
        &oidc.id(),
        &other,
        oidc.story.mock().world().clock.now()
    ));
    assert_eq!(oidc.story.plan().changed_attributes(APP), ["assigned_group_ids"]);
    oidc.story.apply();
    assert_eq!(oidc.groups(), [other].into());
}

#[test]
fn people_whom_no_group_covers_are_unassigned() {
    let oidc = Oidc::new();
    let (ada, bo) = (oidc.user("ada"), oidc.user("bo"));
    oidc.configure(&format!("  assigned_user_ids = [{ada:?}, {bo:?}]\n"));
    oidc.story.apply();
    oidc.configure(&format!("  assigned_user_ids = [{bo:?}]\n"));
    let writes = oidc.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["DELETE apps/*/users/*"]);
    assert_eq!((oidc.scope(&ada), oidc.scope(&bo)), (None, Some("USER")));
}
