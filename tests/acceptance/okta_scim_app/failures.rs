//! What breaks on the way, and what is left then.

use super::*;

#[test]
fn a_creation_that_fails_half_way_is_rolled_back() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story
        .mock()
        .fail(Fault::on("POST", "/api/v1/apps/*/group-push/mappings").answering(403, forbidden()).times(1));
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("push_groups"), "{error}");
    assert!(error.text().contains("do not have permission"), "{error}");
    assert_eq!(scim.counts("apps"), 0);
    assert_eq!(scim.story.addresses(), Vec::<String>::new());
    scim.story.apply();
}

#[test]
fn a_rollback_that_fails_keeps_what_exists_and_says_both() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story.mock().fail(Fault::on("PUT", "/api/v1/apps/*/groups/*").answering(403, forbidden()).times(1));
    scim.story.mock().fail(Fault::on("DELETE", "/api/v1/apps/*").answering(403, forbidden()).times(1));
    let refused = scim.story.apply_fails();
    let texts: Vec<String> = refused.iter().map(|found| found.text()).collect();
    assert!(texts.iter().any(|text| text.starts_with("Cannot assign the group")), "{texts:?}");
    assert!(texts.iter().any(|text| text.starts_with("The unfinished app cannot be removed")), "{texts:?}");
    assert!(scim.story.is_tainted(APP));
    let id = scim.id();
    scim.story.apply();
    assert_ne!(scim.id(), id);
    assert_eq!(scim.counts("apps"), 1);
}

#[test]
fn an_update_that_fails_half_way_goes_on_where_it_stopped() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(SWITCHES);
    scim.story.apply();
    scim.story
        .mock()
        .fail(Fault::on("POST", "/api/v1/apps/*/group-push/mappings").answering(403, forbidden()).times(1));
    scim.configure(&format!("  label = \"Second\"\n{}", everything(&scim)));
    scim.story.apply_fails();
    assert_eq!(scim.app()["label"], "Second");
    assert!(!scim.story.is_tainted(APP));
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["POST apps/*/group-push/mappings"]);
}

#[test]
fn a_template_that_the_catalogue_lacks_is_an_error_on_its_name() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure("  app_name = \"no_such_app\"\n");
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("app_name"), "{error}");
}

#[test]
fn a_creation_whose_answer_is_lost_is_found_and_not_made_twice() {
    for fault in [Fault::on("POST", "/api/v1/apps").closing(), Fault::on("POST", "/api/v1/apps").truncating()] {
        let scim = Scim::new(ProvisioningApi::Supported);
        scim.configure(&everything(&scim));
        scim.story.mock().fail(fault.carried_out().times(1));
        scim.story.apply();
        assert_eq!(scim.counts("apps"), 1);
        assert_eq!(scim.id(), scim.story.mock().okta().app_id("SCIM").unwrap());
        assert_eq!(scim.app()["connection_status"], "ENABLED");
        assert_eq!(scim.story.mock().journal().matching("POST", "/api/v1/apps").len(), 1);
    }
}

#[test]
fn a_push_group_whose_answer_is_lost_is_found_and_not_made_twice() {
    const MAPPINGS: &str = "/api/v1/apps/*/group-push/mappings";
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story.mock().fail(Fault::on("POST", MAPPINGS).closing().carried_out().times(1));
    scim.story.apply();
    let sources: Vec<_> = scim.mappings().iter().map(|mapping| mapping["sourceGroupId"].clone()).collect();
    let posts = scim.story.mock().journal().matching("POST", MAPPINGS).len();
    assert!(posts >= 1 && posts == sources.len(), "{posts} {sources:?}");
}
