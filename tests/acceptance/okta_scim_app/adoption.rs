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
