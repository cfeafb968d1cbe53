//! From nothing to an app and back: creation, replacement, destruction.

use super::*;

#[test]
fn one_apply_connects_everything_in_order_and_destroy_undoes_it() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(
        writes,
        [
            "POST apps",
            "POST apps/*/connections/default",
            "PUT apps/*/features/USER_PROVISIONING",
            "PUT apps/*/groups/*",
            "POST apps/*/group-push/mappings",
        ]
    );

    let app = scim.app();
    assert_eq!(app["app_name"], "scim2headerauth");
    assert_eq!(app["status"], "ACTIVE");
    assert_eq!((&app["hide_web"], &app["hide_ios"]), (&json!(true), &json!(true)));
    assert_eq!(app["connection_status"], "ENABLED");
    assert_eq!(app["setup_pending"], false);
    assert_eq!(app["setup_instructions"], Value::Null);
    let (url, enabled, right_token) = scim.story.mock().okta().connection(&scim.id(), &scim.token).unwrap();
    assert_eq!((url, enabled, right_token), (scim.base_url.clone(), true, true));
    let features = scim.okta("GET", "", None)["features"].clone();
    for feature in ["PUSH_NEW_USERS", "PUSH_PROFILE_UPDATES", "PUSH_USER_DEACTIVATION"] {
        assert!(features.as_array().unwrap().contains(&json!(feature)), "{features}");
    }
    assert_eq!(scim.groups(), [scim.group("Zero Trust Users")].into());
    assert_eq!(scim.mappings()[0]["sourceGroupId"], json!(scim.group("Engineering")));

    scim.story.import_verify(APP, &scim.id(), UNREADABLE);

    let writes = scim.writes(|story| drop(story.destroy()));
    assert_eq!(
        writes,
        [
            "PATCH apps/*/group-push/mappings/*",
            "DELETE apps/*/group-push/mappings/*",
            "DELETE apps/*/groups/*",
            "POST apps/*/connections/default/lifecycle/deactivate",
            "POST apps/*/lifecycle/deactivate",
            "DELETE apps/*",
        ]
    );
    assert_eq!((scim.counts("apps"), scim.counts("connections")), (0, 0));
}

#[test]
fn terraform_installs_the_provider_and_negotiates_with_it() {
    let scim = Scim::in_story(Story::through_a_mirror());
    scim.story.init();
    scim.configure(SWITCHES);
    scim.story.apply();
    scim.story.destroy();
}

#[test]
fn another_template_is_another_app() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let people = format!("  assigned_user_ids = [{:?}]\n", scim.user("ada"));
    scim.configure(&people);
    scim.story.apply();
    let id = scim.id();
    scim.configure(&format!("  app_name = \"scim2testapp\"\n{people}"));
    let plan = scim.story.plan();
    assert!(plan.replaces(APP));
    assert_eq!(plan.replace_paths(APP), ["app_name"]);
    assert!(plan.diagnostics.iter().any(|found| found.text().contains("1 person will lose")), "{:?}", plan.diagnostics);
    scim.story.apply();
    assert_ne!(scim.id(), id);
    assert_eq!(scim.counts("apps"), 1);
}

#[test]
fn an_app_that_is_gone_is_planned_anew_and_deleting_it_succeeds() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story.apply();
    scim.story.mock().okta().delete_app(&scim.id(), scim.story.mock().world().clock.now());
    assert_eq!(scim.story.plan().action(APP), ["create"]);
    scim.story.apply();
    scim.story.mock().okta().delete_app(&scim.id(), scim.story.mock().world().clock.now());
    scim.story.destroy();
}

#[test]
fn an_inactive_app_is_created_so_and_switched_on_and_off() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure("  status = \"INACTIVE\"\n");
    scim.story.apply();
    assert_eq!(scim.okta("GET", "", None)["status"], "INACTIVE");
    scim.configure("  status = \"ACTIVE\"\n");
    scim.story.apply();
    assert_eq!(scim.okta("GET", "", None)["status"], "ACTIVE");
    scim.okta("POST", "/lifecycle/deactivate", Some(&json!({})));
    assert_eq!(scim.story.plan().action(APP), ["update"]);
    scim.story.apply();
    scim.configure("  status = \"INACTIVE\"\n");
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["POST apps/*/lifecycle/deactivate"]);
    scim.configure("");
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["POST apps/*/lifecycle/activate"], "what is no longer set is cleared");
    scim.story.destroy();
}
