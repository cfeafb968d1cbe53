//! Who has the app.

use super::*;

#[test]
fn what_was_never_ours_is_left_alone_unless_lists_are_exclusive() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let (one, other) = (scim.group("Zero Trust Users"), scim.group("Engineering"));
    let body = format!("{SWITCHES}  assigned_group_ids = [{one:?}]\n");
    scim.configure(&body);
    scim.story.apply();
    scim.okta("PUT", &format!("/groups/{other}"), Some(&json!({})));
    scim.story.expect_empty_plan();

    scim.configure(&format!("{body}  exclusive_assignments = true\n"));
    scim.story.apply();
    assert_eq!(scim.groups(), [one].into());
    scim.okta("PUT", &format!("/groups/{other}"), Some(&json!({})));
    assert_eq!(scim.story.plan().action(APP), ["update"]);
    scim.story.apply();
    assert_eq!(scim.groups().len(), 1);
}

#[test]
fn a_group_that_leaves_the_configuration_is_unassigned_after_a_warning_with_numbers() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let (one, two) = (scim.group("Zero Trust Users"), scim.group("Engineering"));
    scim.configure(&format!("{SWITCHES}  assigned_group_ids = [{one:?}, {two:?}]\n"));
    scim.story.apply();
    let destruction = scim.story.plan_with(&["-destroy"]).diagnostics;
    let said: Vec<String> = destruction.iter().map(Diagnostic::text).collect();
    assert!(said.iter().any(|said| said.contains("will lose the SCIM app") && said.contains("The app is deleted")));
    assert!(!said.iter().any(|said| said.contains("no longer in")), "{said:?}");

    scim.configure(&format!("{SWITCHES}  assigned_group_ids = [{one:?}]\n"));
    let plan = scim.story.plan();
    let warning = plan
        .diagnostics
        .iter()
        .find(|found| found.text().contains("3 people will lose the SCIM app, and their accounts"))
        .expect("a warning");
    assert!(warning.text().contains("will be unassigned"), "{warning}");
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["DELETE apps/*/groups/*"]);

    scim.configure(SWITCHES);
    scim.story.apply();
    assert_eq!(scim.groups(), BTreeSet::new(), "a list given up takes its groups along");
    scim.okta("PUT", &format!("/groups/{two}"), Some(&json!({})));
    scim.story.expect_empty_plan();
}

#[test]
fn people_are_assigned_directly_and_those_a_group_covers_are_never_deleted() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let (group, ada) = (scim.group("Zero Trust Users"), scim.user("ada"));
    let admin = scim.story.mock().okta().user_id("admin@acme.example").unwrap();
    scim.configure(&format!(
        "{SWITCHES}  assigned_group_ids = [{group:?}]\n  assigned_user_ids = [{ada:?}, {admin:?}]\n"
    ));
    scim.story.apply();
    let direct = |scim: &Scim| -> BTreeSet<String> {
        let all = scim.story.mock().okta().app_users(&scim.id());
        all.into_iter().filter(|(_, scope, _)| *scope == "USER").map(|(id, _, _)| id).collect()
    };
    assert_eq!(direct(&scim), [ada.clone(), admin.clone()].into());

    scim.configure(&format!("{SWITCHES}  assigned_group_ids = [{group:?}]\n  assigned_user_ids = []\n"));
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes.iter().filter(|write| write.starts_with("DELETE")).count(), 1, "{writes:?}");
    assert_eq!(direct(&scim), BTreeSet::new());
    let left = scim.story.mock().okta().app_users(&scim.id());
    assert!(left.iter().any(|(id, ..)| *id == ada) && !left.iter().any(|(id, ..)| *id == admin), "{left:?}");
}

#[test]
fn exclusive_lists_take_people_away_too_except_those_whom_a_group_covers() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let (group, ada) = (scim.group("Zero Trust Users"), scim.user("ada"));
    let admin = scim.story.mock().okta().user_id("admin@acme.example").unwrap();
    scim.configure(&format!(
        "{SWITCHES}  exclusive_assignments = true\n  assigned_group_ids = [{group:?}]\n  assigned_user_ids = [{ada:?}]\n"
    ));
    scim.story.apply();
    for stranger in [&admin, &scim.user("bo")] {
        scim.okta("POST", "/users", Some(&json!({"id": stranger, "scope": "USER"})));
    }
    let plan = scim.story.plan();
    assert_eq!(plan.changed_attributes(APP), ["assigned_user_ids"]);
    assert!(plan.diagnostics.iter().any(|told| told.text().contains("Up to 2 people")), "{:?}", plan.diagnostics);
    scim.story.apply();
    let left = scim.story.mock().okta().app_users(&scim.id());
    let scope = |user: &str| left.iter().find(|(id, ..)| id == user).map(|(_, scope, _)| *scope);
    assert_eq!((scope(&ada), scope(&scim.user("bo")), scope(&admin)), (Some("USER"), Some("GROUP"), None));
}

#[test]
fn a_group_that_was_deleted_is_missed_by_the_plan_and_by_no_destroy() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let group = scim.story.in_okta("POST", "/api/v1/groups", Some(&json!({"profile": {"name": "Temporary"}})));
    let id = group["id"].as_str().unwrap();
    scim.configure(&format!("{SWITCHES}  assigned_group_ids = [{id:?}]\n"));
    scim.story.apply();
    scim.story.in_okta("DELETE", &format!("/api/v1/groups/{id}"), None);
    assert_eq!(scim.story.plan().changed_attributes(APP), ["assigned_group_ids"]);
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("assigned_group_ids") && error.text().contains(id), "{error}");
    scim.story.destroy();
    assert_eq!(scim.counts("apps"), 0);
}
