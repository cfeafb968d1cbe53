//! Changes in place, and drift.

use super::*;

#[test]
fn an_update_writes_what_differs_and_nothing_else() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story.apply();
    let id = scim.id();

    let (one, two) = (scim.group("Zero Trust Users"), scim.group("Engineering"));
    let body = format!(
        "{SWITCHES}  assigned_group_ids = [{one:?}, {two:?}]\n  push_groups = [{{ source_group_id = {two:?} }}]\n"
    );
    scim.configure(&body);
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["PUT apps/*/groups/*"], "the document, the connection and the other group stay untouched");

    scim.configure(&format!(
        "  label = \"SCIM 2\"\n  hide_web = false\n  user_name_template = \"$${{source.email}}\"\n{body}"
    ));
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["PUT apps/*"]);
    let app = scim.okta("GET", "", None);
    assert_eq!(app["label"], "SCIM 2");
    assert_eq!(app["visibility"]["hide"], json!({"iOS": true, "web": false}));
    assert_eq!(app["credentials"]["userNameTemplate"]["template"], "${source.email}");
    assert_eq!(scim.id(), id);

    scim.configure(&body.replace("deactivate_users = true", "deactivate_users = false"));
    let plan = scim.story.plan();
    assert_eq!(plan.action(APP), ["update"]);
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["PUT apps/*", "PUT apps/*/features/USER_PROVISIONING"], "what was removed is cleared");
    let app = scim.okta("GET", "", None);
    assert_eq!(app["label"], "SCIM");
    assert_eq!(app["visibility"]["hide"]["web"], true);
    assert_eq!(app["credentials"]["userNameTemplate"]["template"], "${source.login}");
    assert_eq!(scim.app()["provisioning"]["deactivate_users"], false);
}

#[test]
fn drift_is_shown_and_repaired() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story.apply();
    let id = scim.id();

    scim.story.mock().okta().edit_app(&id, "/label", json!("Renamed"));
    let group = scim.group("Zero Trust Users");
    scim.story.mock().okta().remove_group_assignment(&id, &group, scim.story.mock().world().clock.now());
    let body = json!({"update": {"lifecycleDeactivate": {"status": "DISABLED"}}});
    scim.okta("PUT", "/features/USER_PROVISIONING", Some(&body));
    let plan = scim.story.plan();
    assert_eq!(plan.action(APP), ["update"]);
    let changed = plan.changed_attributes(APP);
    for attribute in ["label", "assigned_group_ids", "provisioning"] {
        assert!(changed.iter().any(|name| name == attribute), "{changed:?}");
    }
    scim.story.apply();
    assert_eq!(scim.okta("GET", "", None)["label"], "SCIM");
    assert_eq!(scim.groups().len(), 1);
}

#[test]
fn another_base_url_is_drift_and_so_is_a_connection_switched_off() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(SWITCHES);
    scim.story.apply();
    let id = scim.id();

    scim.story.mock().okta().edit_connection(
        &id,
        "https://elsewhere.example/scim/v2",
        "other",
        scim.story.mock().world().clock.now(),
    );
    let plan = scim.story.plan();
    assert!(plan.changed_attributes(APP).contains(&"scim_base_url".to_owned()), "{}", plan.text());
    scim.story.apply();
    assert_eq!(scim.story.mock().okta().connection(&id, &scim.token), Some((scim.base_url.clone(), true, true)));

    scim.okta("POST", "/connections/default/lifecycle/deactivate", Some(&json!({})));
    let plan = scim.story.plan();
    assert_eq!(plan.action(APP), ["update"]);
    scim.story.apply();
    assert_eq!(scim.app()["connection_status"], "ENABLED");
}

#[test]
fn switches_that_leave_the_configuration_are_switched_off_if_they_were_ours() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure("  provisioning = {\n    create_users = true\n  }\n");
    scim.story.apply();
    let body = json!({"update": {"profile": {"status": "ENABLED"}}});
    scim.okta("PUT", "/features/USER_PROVISIONING", Some(&body));
    scim.story.expect_empty_plan();

    scim.configure("");
    scim.story.apply();
    let features = scim.okta("GET", "", None)["features"].clone();
    let features = features.as_array().unwrap();
    assert!(
        !features.contains(&json!("PUSH_NEW_USERS")) && features.contains(&json!("PUSH_PROFILE_UPDATES")),
        "{features:?}"
    );
}

#[test]
fn features_lost_by_a_write_to_the_app_are_an_error_and_the_next_apply_repairs_them() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story.apply();
    scim.story.mock().okta().set_quirks(Quirks { put_loses_provisioning: true, ..Quirks::default() });
    scim.configure(&format!("  label = \"Second\"\n{}", everything(&scim)));
    let error = scim.story.apply_fails().error();
    assert!(error.text().contains("PUSH_NEW_USERS"), "{error}");
    scim.story.mock().okta().set_quirks(Quirks::default());
    assert_eq!(scim.story.plan().action(APP), ["update"]);
    scim.story.apply();
    assert_eq!(scim.app()["connection_status"], "ENABLED");
    assert_eq!(scim.app()["label"], "Second");
}

#[test]
fn switches_that_could_not_be_switched_off_are_so_by_the_next_apply() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(SWITCHES);
    scim.story.apply();
    scim.story.mock().fail(Fault::on("PUT", "/api/v1/apps/*/features/*").answering(403, forbidden()).times(1));
    scim.configure("");
    let error = scim.story.apply_fails().error();
    assert!(error.text().contains("Cannot set the provisioning switches"), "{error}");

    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["PUT apps/*/features/USER_PROVISIONING"]);
    let features = scim.okta("GET", "", None)["features"].to_string();
    assert!(!features.contains("PUSH_NEW_USERS") && !features.contains("PUSH_USER_DEACTIVATION"), "{features}");
}

#[test]
fn what_nobody_sets_keeps_what_is_there() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure("");
    scim.story.apply();
    let id = scim.id();
    let switches = json!({"create": {"lifecycleCreate": {"status": "ENABLED"}}});
    scim.okta("PUT", "/features/USER_PROVISIONING", Some(&switches));
    scim.okta("PUT", &format!("/groups/{}", scim.group("Engineering")), Some(&json!({})));
    scim.okta("POST", "/users", Some(&json!({"id": scim.user("ada"), "scope": "USER"})));
    let pushed = json!({"sourceGroupId": scim.group("Engineering"), "status": "ACTIVE", "targetGroupName": "Builders"});
    scim.okta("POST", "/group-push/mappings", Some(&pushed));
    scim.okta("POST", "/lifecycle/deactivate", Some(&json!({})));
    scim.story.mock().okta().edit_app(&id, "/visibility/hide/web", json!(false));
    scim.story.mock().okta().edit_app(&id, "/credentials/userNameTemplate/template", json!("${source.email}"));
    scim.story.expect_empty_plan();

    scim.configure("  label = \"SCIM 2\"\n");
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["PUT apps/*"]);
    let app = scim.okta("GET", "", None);
    assert_eq!((&app["label"], &app["status"]), (&json!("SCIM 2"), &json!("INACTIVE")));
    assert_eq!(app["visibility"]["hide"]["web"], false, "the default is that of a new app only");
    assert_eq!(app["credentials"]["userNameTemplate"]["template"], "${source.email}");
    assert!(app["features"].as_array().unwrap().contains(&json!("PUSH_NEW_USERS")), "{app}");
    assert_eq!((scim.groups().len(), scim.mappings().len()), (1, 1));
}

#[test]
fn another_order_and_other_words_for_no_are_no_change() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let (one, two) = (scim.group("Engineering"), scim.group("Zero Trust Users"));
    let (ada, bo) = (scim.user("ada"), scim.user("bo"));
    let body = |one: &str, two: &str, ada: &str, bo: &str| {
        format!(
            "{SWITCHES}  hide_web = false\n  assigned_group_ids = [{one:?}, {two:?}]\n  \
             assigned_user_ids = [{ada:?}, {bo:?}]\n  \
             push_groups = [{{ source_group_id = {one:?} }}, {{ source_group_id = {two:?} }}]\n"
        )
    };
    scim.configure(&body(&one, &two, &ada, &bo));
    scim.story.apply();
    scim.configure(&body(&two, &one, &bo, &ada));
    scim.story.expect_empty_plan();
    scim.story.mock().okta().edit_app(&scim.id(), "/visibility/hide", json!({"iOS": true}));
    scim.story.expect_empty_plan();
}
