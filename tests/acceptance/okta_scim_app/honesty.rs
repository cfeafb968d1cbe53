//! The honesty rule: what Okta's API does not do is said, and waits for a person.

use super::*;

#[test]
fn in_api_mode_an_app_that_the_api_does_not_know_is_an_error_and_leaves_nothing() {
    let scim = Scim::new(ProvisioningApi::Unknown);
    scim.configure(&format!("  provisioning_mode = \"api\"\n{}", everything(&scim)));
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("provisioning_mode"), "{error}");
    let text = error.text();
    for word in ["scim2headerauth", "UNKNOWN", "Configure API Integration", &scim.base_url, "Create Users"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains(&scim.token));
    assert_eq!(scim.counts("apps"), 0);
    assert_eq!(scim.story.addresses(), Vec::<String>::new());
}

#[test]
fn in_auto_mode_a_person_is_asked_and_the_second_apply_does_the_rest() {
    let scim = Scim::new(ProvisioningApi::Unknown);
    scim.configure(&everything(&scim));
    let mut warned = Vec::new();
    let writes = scim.writes(|story| warned = story.apply().warnings);
    assert_eq!(writes, ["POST apps", "POST apps/*/connections/default"], "nothing is sent too early");
    assert!(warned.iter().any(|warning| warning.text().contains("One form is left")), "{warned:?}");
    let app = scim.app();
    assert_eq!(app["connection_status"], "NEEDS_CONSOLE");
    assert_eq!(app["setup_pending"], true);
    assert_eq!(app["assigned_group_ids"].as_array().unwrap().len(), 1, "kept as configured");
    let form = app["setup_instructions"].as_str().unwrap();
    assert!(form.contains(&format!("/admin/app/scim2headerauth/instance/{}", scim.id())), "{form}");
    assert!(form.contains(&scim.base_url) && !form.contains(&scim.token), "{form}");

    let plan = scim.story.plan();
    assert!(plan.is_empty());
    assert!(plan.diagnostics.iter().any(|found| found.text().contains("waits for a person")), "{:?}", plan.diagnostics);

    scim.fill_in_the_form(json!({}));
    let plan = scim.story.plan();
    assert_eq!(plan.action(APP), ["update"]);
    let changed = plan.changed_attributes(APP);
    assert!(changed.contains(&"assigned_group_ids".into()) && changed.contains(&"push_groups".into()), "{changed:?}");
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["PUT apps/*/groups/*", "POST apps/*/group-push/mappings"]);
    let app = scim.app();
    assert_eq!(app["connection_status"], "ENABLED");
    assert_eq!(app["setup_pending"], false);
    assert_eq!(app["setup_instructions"], Value::Null);
    let synced: Vec<_> = scim.story.mock().okta().app_users(&scim.id());
    assert!(!synced.is_empty() && synced.iter().all(|(_, _, sync)| *sync != "DISABLED"), "{synced:?}");
    scim.story.destroy();
    assert_eq!(scim.counts("apps"), 0);
}

#[test]
fn in_console_mode_a_person_connects_the_app_whatever_the_api_can_do() {
    for api in [ProvisioningApi::Unknown, ProvisioningApi::Supported] {
        let scim = Scim::new(api);
        let body =
            format!("  scim_base_url = {:?}\n  provisioning_mode = \"console\"\n{}", scim.base_url, everything(&scim));
        scim.configure_bare(&body);
        let writes = scim.writes(|story| drop(story.apply()));
        assert_eq!(writes, ["POST apps"]);
        assert_eq!(scim.app()["connection_status"], "NEEDS_CONSOLE");

        scim.fill_in_the_form(json!({}));
        assert_eq!(scim.story.plan().action(APP), ["update"]);
        let writes = scim.writes(|story| drop(story.apply()));
        assert_eq!(writes, ["PUT apps/*/groups/*", "POST apps/*/group-push/mappings"]);
        assert_eq!(scim.app()["connection_status"], "ENABLED");
        scim.story.import_verify(
            APP,
            &scim.id(),
            if api == ProvisioningApi::Unknown { &["scim_base_url"] } else { &[] },
        );

        // Nothing here could change it back.
        scim.story.mock().okta().edit_connection(
            &scim.id(),
            "https://elsewhere.example/scim/v2",
            &scim.token,
            scim.story.mock().world().clock.now(),
        );
        let plan = scim.story.plan();
        assert!(plan.is_empty());
        let told = plan.diagnostics.iter().any(|found| found.text().contains("another SCIM base URL"));
        assert_eq!(told, api == ProvisioningApi::Supported, "only where the API tells the URL");
    }
}

#[test]
fn switches_that_only_a_person_can_set_are_asked_for_once() {
    let scim = Scim::new(ProvisioningApi::Unknown);
    scim.configure(&everything(&scim));
    scim.story.apply();
    scim.fill_in_the_form(json!({"deactivate_users": false}));
    let plan = scim.story.plan();
    assert!(plan.changed_attributes(APP).contains(&"provisioning".into()), "{}", plan.text());

    let applied = scim.story.apply();
    assert!(applied.warnings.iter().any(|warning| warning.text().contains("enable Deactivate Users,")));
    assert_eq!(scim.app()["setup_pending"], true);
    assert_eq!(scim.groups(), BTreeSet::new(), "what would be half provisioned waits");

    scim.fill_in_the_form(json!({}));
    scim.story.apply();
    assert_eq!(scim.app()["setup_pending"], false);
    assert_eq!(scim.groups().len(), 1);
}

#[test]
fn what_waited_is_sent_even_by_an_apply_that_did_not_look_before() {
    let scim = Scim::new(ProvisioningApi::Unknown);
    scim.configure(&everything(&scim));
    scim.story.apply();
    scim.fill_in_the_form(json!({}));
    scim.configure(&format!("  label = \"Second\"\n{}", everything(&scim)));
    scim.story.workspace().terraform(&["apply", "-auto-approve", "-refresh=false"]).expect_success();
    assert_eq!((scim.groups().len(), scim.mappings().len()), (1, 1));
    assert_eq!(scim.app()["setup_pending"], false);
    scim.story.expect_empty_plan();
}

#[test]
fn provisioning_that_somebody_switched_off_waits_again_and_is_told() {
    let scim = Scim::new(ProvisioningApi::Unknown);
    scim.configure(&everything(&scim));
    scim.story.apply();
    scim.fill_in_the_form(json!({}));
    scim.story.apply();

    scim.story.in_okta("DELETE", &format!("/_mock/okta/apps/{}/provisioning", scim.id()), None);
    let plan = scim.story.plan();
    assert!(plan.is_empty(), "{}", plan.text());
    assert!(plan.diagnostics.iter().any(|found| found.text().contains("waits for a person")), "{:?}", plan.diagnostics);
}

#[test]
fn a_token_that_changes_after_a_person_entered_it_is_theirs_to_enter() {
    let scim = Scim::new(ProvisioningApi::Unknown);
    let switch = "  provisioning = {\n    create_users = true\n  }\n";
    scim.configure(switch);
    scim.story.apply();
    scim.fill_in_the_form(json!({"deactivate_users": false}));
    scim.story.apply();
    let scim = Scim { token: "another-token-of-some-length".into(), ..scim };
    scim.configure(switch);
    let applied = scim.story.apply();
    assert!(applied.warnings.iter().any(|warning| warning.text().contains("has to be entered in Okta's console")));
    assert_eq!(scim.app()["connection_status"], "ENABLED");
}

#[test]
fn what_changes_while_a_person_is_waited_for_is_kept_and_not_sent() {
    let scim = Scim::new(ProvisioningApi::Unknown);
    scim.configure(&everything(&scim));
    scim.story.apply();
    let (one, two) = (scim.group("Zero Trust Users"), scim.group("Engineering"));
    let body =
        format!("  provisioning = {{\n    create_users = true\n  }}\n  assigned_group_ids = [{one:?}, {two:?}]\n");
    scim.configure(&body);
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, Vec::<String>::new());
    let app = scim.app();
    assert_eq!(app["assigned_group_ids"].as_array().unwrap().len(), 2);
    assert_eq!(app["push_groups"], Value::Null);
    let form = app["setup_instructions"].as_str().unwrap();
    assert!(form.contains("enable Create Users,"), "the form follows: {form}");

    scim.fill_in_the_form(json!({"deactivate_users": false}));
    scim.story.apply();
    assert_eq!((scim.groups(), scim.mappings().len()), ([one, two].into(), 0));
    assert_eq!(scim.app()["connection_status"], "ENABLED");
}

#[test]
fn in_api_mode_an_existing_app_that_the_api_has_forgotten_is_an_error_and_stays() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let body = "  provisioning_mode = \"api\"\n";
    scim.configure(body);
    scim.story.apply();
    let id = scim.id();
    scim.story.mock().okta().set_provisioning_api(ProvisioningApi::Unknown);
    let scim = Scim { token: "another-token-of-some-length".into(), ..scim };
    scim.configure(body);
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("provisioning_mode"), "{error}");
    assert!(!scim.story.is_tainted(APP));
    assert_eq!((scim.id(), scim.counts("apps")), (id, 1));
    // Nothing is taken for done: the next apply says the same.
    assert!(scim.story.apply_fails().error().points_at("provisioning_mode"));
}

/// Two groups, a person and a pushed group; or the half of it that is left.
fn offboarding(scim: &Scim, half: bool, deactivate: bool) -> String {
    let (staff, engineers) = (scim.group("Zero Trust Users"), scim.group("Engineering"));
    let switches = format!("  provisioning = {{\n    create_users = true\n    deactivate_users = {deactivate}\n  }}\n");
    match half {
        true => format!("{switches}  assigned_group_ids = [{staff:?}]\n"),
        false => format!(
            "{switches}  assigned_group_ids = [{staff:?}, {engineers:?}]\n  assigned_user_ids = [{:?}]\n  \
             push_groups = [{{ source_group_id = {engineers:?} }}]\n",
            scim.user("admin")
        ),
    }
}

fn directly(scim: &Scim) -> usize {
    let people = scim.story.mock().okta().app_users(&scim.id());
    people.iter().filter(|(_, scope, _)| *scope == "USER").count()
}

/// An app that a person connected, with everything of [`offboarding`] in force.
fn connected_in_the_console() -> Scim {
    let scim = Scim::new(ProvisioningApi::Unknown);
    scim.configure(&offboarding(&scim, false, false));
    scim.story.apply();
    scim.fill_in_the_form(json!({"deactivate_users": false}));
    scim.story.apply();
    assert_eq!((scim.groups().len(), directly(&scim), scim.mappings().len()), (2, 1, 1));
    scim
}

#[test]
fn what_is_removed_together_with_a_switch_that_a_person_sets_is_gone_after_the_form() {
    for refresh in [true, false] {
        let scim = connected_in_the_console();
        scim.configure(&offboarding(&scim, true, true));
        let writes = scim.writes(|story| drop(story.apply()));
        assert_eq!(writes, Vec::<String>::new(), "unassigned now, nobody would be deactivated");
        assert_eq!(scim.app()["setup_pending"], true);
        assert!(scim.story.plan().is_empty(), "what waits is no drift");

        scim.fill_in_the_form(json!({}));
        if refresh {
            let plan = scim.story.plan();
            let told = plan.diagnostics.iter().any(|found| found.text().contains("will lose the SCIM app"));
            assert!(told, "{:?}", plan.diagnostics);
            scim.story.apply();
        } else {
            scim.configure(&format!("  label = \"Second\"\n{}", offboarding(&scim, true, true)));
            scim.story.workspace().terraform(&["apply", "-auto-approve", "-refresh=false"]).expect_success();
        }
        assert_eq!(scim.groups(), [scim.group("Zero Trust Users")].into());
        assert_eq!((directly(&scim), scim.mappings().len()), (0, 0));
        assert_eq!(scim.app()["setup_pending"], false);
        scim.story.expect_empty_plan();
    }
}

#[test]
fn what_is_removed_while_provisioning_is_switched_off_is_gone_after_the_form() {
    let scim = connected_in_the_console();
    scim.story.in_okta("DELETE", &format!("/_mock/okta/apps/{}/provisioning", scim.id()), None);
    assert!(scim.story.plan().is_empty());
    // Dropped, and meanwhile dropped is remembered across another apply.
    scim.configure(&offboarding(&scim, true, false));
    scim.story.apply();
    scim.configure(&format!("  label = \"Second\"\n{}", offboarding(&scim, true, false)));
    scim.story.apply();
    assert_eq!((scim.groups().len(), directly(&scim)), (2, 1));

    scim.fill_in_the_form(json!({"deactivate_users": false}));
    scim.story.apply();
    assert_eq!(scim.groups(), [scim.group("Zero Trust Users")].into());
    assert_eq!((directly(&scim), scim.mappings().len()), (0, 0));
    scim.story.expect_empty_plan();
}

#[test]
fn what_waits_for_the_form_survives_an_okta_that_does_not_answer_right_after_it() {
    let scim = connected_in_the_console();
    scim.configure(&offboarding(&scim, true, true));
    scim.story.apply();
    assert_eq!(scim.app()["setup_pending"], true);

    scim.fill_in_the_form(json!({}));
    scim.story.write("provider.tf", "provider \"zt\" {\n  max_retries = 0\n}\n");
    scim.story.mock().fail(Fault::on("GET", "/api/v1/apps/*/groups").closing());
    let refreshed = scim.story.workspace().terraform(&["apply", "-refresh-only", "-auto-approve", "-no-color"]);
    assert!(refreshed.expect_success().text().contains("planned as it was"));
    assert_eq!(scim.app()["setup_pending"], true);
    scim.story.mock().world().faults.clear();

    scim.story.apply();
    assert_eq!(scim.groups(), [scim.group("Zero Trust Users")].into());
    assert_eq!((directly(&scim), scim.mappings().len()), (0, 0));
}
