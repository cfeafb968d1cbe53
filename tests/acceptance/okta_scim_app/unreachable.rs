//! An Okta that does not answer a refresh: the plan goes on with what is known.

use super::*;

fn connected() -> Scim {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure_managed(Some("1"), &everything(&scim));
    scim.story.apply();
    scim.story.mock().drain_provisioning();
    scim.story.write("provider.tf", "provider \"zt\" {\n  max_retries = 0\n}\n");
    scim
}

#[test]
fn the_last_status_stays_with_one_warning_and_no_drift() {
    let scim = connected();
    let before = scim.app();
    for fault in [
        Fault::on("GET", "/api/v1/**").closing(),
        Fault::on("GET", "/api/v1/apps/*").answering(503, Value::Null),
        Fault::on("GET", CONNECTION).closing(),
        Fault::on("GET", CONNECTION).answering(500, Value::Null),
        Fault::on("GET", "/api/v1/apps/*/groups").closing(),
        Fault::on("GET", "/api/v1/apps/*/group-push/mappings").closing(),
    ] {
        scim.story.mock().fail(fault.clone());
        let plan = scim.story.plan();
        assert!(plan.is_empty(), "{fault:?}: {}", plan.text());
        let [told] = plan.diagnostics.as_slice() else { panic!("{fault:?}: {:?}", plan.diagnostics) };
        assert!(told.text().contains("planned as it was when it was last looked at"), "{told}");
        assert_eq!(plan.json["prior_state"]["values"]["root_module"]["resources"][0]["values"], before);
        scim.story.mock().world().faults.clear();
    }
    let plan = scim.story.plan();
    assert!(plan.is_empty() && plan.diagnostics.is_empty(), "{:?}", plan.diagnostics);
}

#[test]
fn a_change_is_planned_all_the_same_and_the_apply_says_what_is_wrong() {
    let scim = connected();
    scim.configure_managed(Some("1"), &format!("  label = \"Renamed\"\n{}", everything(&scim)));
    scim.story.mock().fail(Fault::on("GET", "/api/v1/**").closing());
    assert_eq!(scim.story.plan().changed_attributes(APP), ["label"]);
    let refused = scim.story.apply_fails();
    assert!(refused.iter().any(|found| found.is_error() && found.text().contains("Cannot read the SCIM app")));
    scim.story.mock().world().faults.clear();
    scim.story.apply();
    assert_eq!(scim.app()["label"], "Renamed");
}

#[test]
fn an_answer_that_is_a_refusal_is_an_error_and_so_is_none_for_an_import() {
    let scim = connected();
    let id = scim.id();
    scim.story.mock().fail(Fault::on("GET", "/api/v1/apps/*").answering(403, forbidden()));
    assert!(scim.story.plan_fails().error().text().contains("Cannot read the SCIM app"));
    scim.story.mock().world().faults.clear();
    std::fs::remove_file(scim.story.workspace().config().join("terraform.tfstate")).unwrap();
    scim.story.mock().fail(Fault::on("GET", "/api/v1/apps/*").closing());
    assert!(scim.story.import_fails(APP, &id).contains("Cannot read the SCIM app"));
}
