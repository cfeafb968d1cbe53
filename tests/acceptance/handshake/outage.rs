//! An Okta that does not answer: the plan goes on with what is known.

use serde_json::Value;
use zt::mock::{Fault, Options};

use super::complete;

/// What the complete example has of Okta, and who asks Okta something.
const ASKING: [&str; 3] = ["okta_oidc_app.access", "okta_scim_app.access", "zt_okta_idp.okta"];

#[test]
fn no_drift_is_invented_each_status_stays_and_each_resource_says_it_once() {
    let story = complete(Options::default());
    story.write("override.tf", "provider \"zt\" {\n  max_retries = 0\n}\n");
    let before: Vec<_> = ASKING.iter().map(|address| story.resource(address)).collect();
    for fault in [Fault::on("GET", "/api/v1/**").closing(), Fault::on("GET", "/api/v1/**").answering(503, Value::Null)]
    {
        story.mock().fail(fault.clone());
        let plan = story.plan();
        assert_eq!(plan.exit_code, 0, "{fault:?}: {}", plan.text());
        assert_eq!(plan.diagnostics.len(), ASKING.len(), "{fault:?}: {:?}", plan.diagnostics);
        assert!(plan.diagnostics.iter().all(|told| !told.is_error()), "{:?}", plan.diagnostics);
        let resources = plan.json["prior_state"]["values"]["root_module"]["resources"].as_array().unwrap();
        for (address, before) in ASKING.iter().zip(&before) {
            let after = resources.iter().find(|resource| resource["address"] == *address).unwrap();
            assert_eq!(&after["values"], before, "{fault:?}: {address}");
        }
        story.mock().world().faults.clear();
    }
    let plan = story.plan();
    assert!(plan.exit_code == 0 && plan.diagnostics.is_empty(), "{:?}", plan.diagnostics);
}

#[test]
fn an_app_that_cannot_be_read_is_an_error_for_an_import_and_where_okta_refuses() {
    let story = complete(Options::default());
    let (app, id) = ("okta_oidc_app.access", super::id(&story, "okta_oidc_app.access"));
    story.write("override.tf", "provider \"zt\" {\n  max_retries = 0\n}\n");
    story.mock().fail(Fault::on("GET", "/api/v1/apps/*").answering(403, Value::Null));
    assert!(story.plan_fails().iter().any(|told| told.is_error() && told.text().contains("Cannot read")));
    story.mock().world().faults.clear();
    std::fs::remove_file(story.workspace().config().join("terraform.tfstate")).unwrap();
    story.mock().fail(Fault::on("GET", "/api/v1/apps/*").closing());
    assert!(story.import_fails(app, &id).contains("Cannot read"));
}
