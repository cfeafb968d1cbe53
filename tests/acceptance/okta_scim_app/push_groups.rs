//! Groups that Okta keeps in sync in the app.

use super::*;

#[test]
fn a_push_in_error_is_told_with_oktas_reason_and_can_be_removed() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story.apply();
    let mapping = scim.mappings()[0]["id"].as_str().unwrap().to_owned();
    scim.story.mock().okta().fail_push_mapping(&scim.id(), &mapping, "The remote server said no.");
    let plan = scim.story.plan();
    assert!(plan.is_empty());
    assert!(
        plan.diagnostics.iter().any(|found| found.text().contains("The remote server said no.")),
        "{:?}",
        plan.diagnostics
    );

    scim.story.mock().fail(Fault::on("PATCH", "/api/v1/apps/*/group-push/mappings/*").answering(403, forbidden()));
    scim.configure(SWITCHES);
    scim.story.apply();
    assert_eq!(scim.mappings(), Vec::<Value>::new());
}

#[test]
fn a_push_mapping_that_is_gone_or_paused_comes_back() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story.apply();
    let mapping = scim.mappings()[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/group-push/mappings/{mapping}");
    scim.okta("PATCH", &path, Some(&json!({"status": "INACTIVE"})));
    assert!(scim.story.plan().changed_attributes(APP).contains(&"push_groups".into()));
    scim.story.apply();
    assert_eq!(scim.mappings()[0]["status"], "ACTIVE");
    assert_eq!(scim.mappings()[0]["id"], json!(mapping));

    scim.okta("PATCH", &path, Some(&json!({"status": "INACTIVE"})));
    scim.okta("DELETE", &path, None);
    assert!(scim.story.plan().changed_attributes(APP).contains(&"push_groups".into()));
    scim.story.apply();
    assert_eq!(scim.mappings().len(), 1);

    scim.okta(
        "PATCH",
        &format!("/group-push/mappings/{}", scim.mappings()[0]["id"].as_str().unwrap()),
        Some(&json!({"status": "INACTIVE"})),
    );
    scim.okta("DELETE", &format!("/group-push/mappings/{}", scim.mappings()[0]["id"].as_str().unwrap()), None);
    scim.story.destroy();
}

#[test]
fn the_name_in_the_app_is_as_configured_and_a_change_pushes_anew() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let source = scim.group("Engineering");
    let body = |more: &str| format!("{SWITCHES}  push_groups = [{{ source_group_id = {source:?}{more} }}]\n");
    let target = |scim: &Scim| {
        let id = scim.mappings()[0]["targetGroupId"].as_str().unwrap().to_owned();
        scim.story.in_okta("GET", &format!("/api/v1/groups/{id}"), None)["profile"]["name"].clone()
    };
    scim.configure(&body(", target_group_name = \"Builders\", delete_target_group_on_destroy = true"));
    scim.story.apply();
    assert_eq!(target(&scim), "Builders");
    assert_eq!(scim.counts("app_groups"), 1);

    scim.configure(&body(", delete_target_group_on_destroy = false"));
    scim.story.apply();
    assert_eq!(target(&scim), "Engineering");
    assert_eq!(scim.counts("app_groups"), 1, "the former target was to be deleted");

    scim.configure(&body(", delete_target_group_on_destroy = true"));
    assert_eq!(scim.writes(|story| drop(story.apply())), Vec::<String>::new(), "the flag is Terraform's alone");
    scim.story.import_verify(APP, &scim.id(), &["scim_token", "provisioning_mode", "push_groups"]);
}

#[test]
fn a_mapping_made_by_somebody_else_is_adopted_if_it_fits_and_never_removed() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(SWITCHES);
    scim.story.apply();
    let source = scim.group("Engineering");
    let body = json!({"sourceGroupId": source, "status": "ACTIVE", "targetGroupName": "Elsewhere"});
    scim.okta("POST", "/group-push/mappings", Some(&body));
    scim.configure(&everything(&scim));
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("push_groups"), "{error}");
    assert!(error.text().contains("target_group_name = \"Elsewhere\""), "{error}");
    assert_eq!(scim.mappings().len(), 1);

    scim.configure(&format!(
        "{SWITCHES}  push_groups = [{{ source_group_id = {source:?}, target_group_name = \"Elsewhere\" }}]\n"
    ));
    assert_eq!(scim.writes(|story| drop(story.apply_only())).len(), 1, "the group that the failed apply assigned goes");
    scim.story.expect_empty_plan();
}

#[test]
fn destruction_deletes_the_groups_in_the_app_that_it_was_told_to() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let (one, two) = (scim.group("Engineering"), scim.group("Zero Trust Users"));
    scim.configure(&format!(
        "{SWITCHES}  push_groups = [{{ source_group_id = {one:?}, delete_target_group_on_destroy = true }}, \
         {{ source_group_id = {two:?} }}]\n"
    ));
    scim.story.apply();
    let of = |source: &str| {
        let mapping = scim.mappings().into_iter().find(|mapping| mapping["sourceGroupId"] == source).unwrap();
        mapping["id"].as_str().unwrap().to_owned()
    };
    let (delete, keep) = (of(&one), of(&two));
    let deleted = okta_calls::asked(&scim.story, |story| drop(story.destroy()));
    let flag = |mapping: &str| {
        let call = deleted.iter().find(|call| call.method == "DELETE" && call.path.ends_with(mapping)).unwrap();
        call.query.clone()
    };
    assert_eq!(flag(&delete), "deleteTargetGroup=true");
    assert_eq!(flag(&keep), "deleteTargetGroup=false");
}

#[test]
fn a_mapping_that_goes_while_it_is_removed_is_gone() {
    let gone = || okta_calls::refusal("E0000007", "Not found: Resource not found: gPm (GroupPushMapping)", &[]);
    for method in ["PATCH", "DELETE"] {
        let scim = Scim::new(ProvisioningApi::Supported);
        scim.configure(&everything(&scim));
        scim.story.apply();
        let fault = Fault::on(method, "/api/v1/apps/*/group-push/mappings/*").answering(404, gone());
        scim.story.mock().fail(fault.carried_out().times(1));
        scim.story.destroy();
        assert_eq!(scim.counts("apps"), 0, "{method}");
    }
}

#[test]
fn a_removal_that_broke_off_after_the_mapping_was_paused_is_made_up_for() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let source = scim.group("Engineering");
    let named = |name: &str| {
        format!("{SWITCHES}  push_groups = [{{ source_group_id = {source:?}, target_group_name = {name:?} }}]\n")
    };
    for after in [named("Builders"), SWITCHES.to_owned()] {
        scim.configure(&named("Engineering"));
        scim.story.apply();
        let mapping = scim.mappings()[0]["id"].clone();
        scim.configure(&after);
        scim.story.mock().fail(Fault::on("DELETE", "/api/v1/apps/*/group-push/mappings/*").answering(403, forbidden()));
        scim.story.apply_fails();
        assert_eq!(scim.mappings()[0]["status"], "INACTIVE");
        scim.story.mock().world().faults.clear();
        scim.story.apply();
        assert!(scim.mappings().iter().all(|other| other["id"] != mapping));
        assert_eq!(scim.mappings().len(), usize::from(after.contains("Builders")));
    }
}
