//! `adopt_existing`: the app that is there already.

use std::time::Duration;

use super::*;

const SET_UP: &str = "  provisioning = {\n    create_users = true\n  }\n";

/// The state has lost the app; the configuration has these lines.
fn forgotten(more: &str) -> (Scim, Value) {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(SET_UP);
    scim.story.apply();
    let id = scim.app()["id"].clone();
    scim.story.workspace().terraform(&["state", "rm", APP]).expect_success();
    scim.configure(&format!("{SET_UP}{more}"));
    (scim, id)
}

fn apps(scim: &Scim) -> usize {
    scim.story.mock().okta().counts()["apps"]
}

#[test]
fn it_is_left_alone_until_somebody_says_what_becomes_of_it_and_the_printed_block_takes_it_over() {
    let (scim, id) = forgotten("");
    let mark = scim.story.mock().journal().len();
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("label"), "{error}");
    assert_eq!(scim.story.mock().journal().writes_since(mark), [""; 0]);
    let id = id.as_str().unwrap();
    assert!(error.text().contains(&format!("import {{ to = okta_scim_app.NAME id = {id:?} }}")), "{error}");
    scim.story.apply_import(APP, id);
    assert_eq!((scim.app()["id"].as_str(), apps(&scim)), (Some(id), 1));
}

#[test]
fn adoption_connects_it_anew() {
    let (scim, id) = forgotten("  adopt_existing = true\n");
    let applied = scim.story.apply();
    assert!(applied.warning().text().contains("taken over"), "{}", applied.warning());
    assert_eq!((&scim.app()["id"], apps(&scim)), (&id, 1));
    assert_eq!(scim.app()["connection_status"], "ENABLED");
}

#[test]
fn another_one_of_the_same_label_is_made_where_that_is_meant() {
    let (scim, id) = forgotten("  adopt_existing = false\n");
    scim.story.apply();
    assert_ne!(scim.app()["id"], id);
    assert_eq!(apps(&scim), 2);
}

#[test]
fn an_app_that_okta_does_not_know_everywhere_at_once_does_not_wait_for_a_person() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.story.mock().fail(Fault::on("GET", "/api/v1/apps/**").late(Duration::from_millis(400)));
    scim.configure(SET_UP);
    scim.story.apply();
    assert_eq!(scim.app()["setup_pending"], false);
}

const BEFORE_DESTROY: &str = "  lifecycle {\n    create_before_destroy = true\n  }\n";

/// An applied app that is replaced by one that is created before it is destroyed.
fn replaced_first(adopt: &str) -> (Scim, String) {
    let scim = Scim::new(ProvisioningApi::Supported);
    let group = scim.group("Engineering");
    scim.configure(&format!("{SET_UP}  assigned_group_ids = [{group:?}]\n{adopt}{BEFORE_DESTROY}"));
    scim.story.apply();
    let id = scim.id();
    (scim, id)
}

#[test]
fn a_replacement_that_is_created_first_takes_over_its_predecessor_which_stays() {
    let (scim, id) = replaced_first("  adopt_existing = true\n");
    let replaced = scim.story.replace(APP);
    assert!(replaced.warns_of("was taken over and is not deleted"));
    scim.story.expect_empty_plan();
    assert_eq!((scim.id(), apps(&scim), scim.groups().len()), (id, 1, 1));
    assert!(scim.is_connected());
    scim.story.destroy();
    assert_eq!(apps(&scim), 0);
}

#[test]
fn a_replacement_that_is_created_first_stops_at_its_predecessor() {
    let (scim, id) = replaced_first("");
    let error = scim.story.replace_fails(APP).error();
    assert!(error.points_at("label") && error.text().contains("create_before_destroy"), "{error}");
    scim.story.expect_empty_plan();
    assert_eq!((scim.id(), apps(&scim)), (id, 1));
    assert!(scim.is_connected());
}

#[test]
fn a_replacement_that_is_created_first_is_another_app_where_that_is_meant() {
    let (scim, id) = replaced_first("  adopt_existing = false\n");
    scim.story.replace(APP);
    scim.story.expect_empty_plan();
    assert_ne!(scim.id(), id);
    assert_eq!((apps(&scim), scim.groups().len()), (1, 1));
    assert!(scim.is_connected());
}

#[test]
fn of_two_resources_one_takes_the_app_over_and_the_other_makes_its_own() {
    let (scim, id) = forgotten("  adopt_existing = true\n");
    let one = scim.story.read("main.tf");
    scim.story.write("twin.tf", &one.replace("\"scim\"", "\"twin\""));
    scim.story.apply();
    let ids = [APP, "okta_scim_app.twin"].map(|address| scim.story.resource(address)["id"].clone());
    assert!(ids[0] != ids[1] && ids.contains(&id), "{ids:?}");
    assert_eq!(apps(&scim), 2);
}
