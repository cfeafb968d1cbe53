//! `data "okta_group"`.

use zt::mock::Fault;

use super::{complete_with, found, lookup, refused_while_validating};
use crate::harness::story::Story;
use crate::okta_calls::forbidden;

const KIND: &str = "okta_group";

#[test]
fn it_is_found_by_name_and_by_id() {
    let story = Story::new();
    let id = story.mock().okta().group_id("Engineering").unwrap();
    let by_name = found(&story, KIND, "name = \"Engineering\"");
    assert_eq!((&by_name["id"], &by_name["type"]), (&id.as_str().into(), &"OKTA_GROUP".into()));
    assert_eq!(found(&story, KIND, &format!("id = {id:?}")), by_name);
    assert_eq!(found(&story, KIND, "name = \"Everyone\"")["type"], "BUILT_IN");
}

#[test]
fn a_pushed_group_is_told_from_its_twin() {
    let story = complete_with("");
    let own = found(&story, KIND, "name = \"Engineering\"");
    let twin = found(&story, KIND, "name = \"Engineering\"\n  type = \"APP_GROUP\"");
    assert_eq!(twin["name"], own["name"]);
    assert_ne!(twin["id"], own["id"]);
}

#[test]
fn one_that_does_not_exist_is_an_error_on_what_it_was_looked_up_by() {
    let story = Story::new();
    for (arguments, attribute) in [("name = \"engineering\"", "name"), ("id = \"00gnobody00000000000\"", "id")] {
        story.write("lookup.tf", &lookup(KIND, arguments));
        let error = story.plan_fails().error();
        assert!(error.points_at(attribute) && error.text().contains("Okta has none"), "{error}");
    }
}

#[test]
fn a_refusal_quotes_okta_and_says_what_to_do() {
    let story = Story::new();
    story.write("lookup.tf", &lookup(KIND, "name = \"Engineering\""));
    story.mock().fail(Fault::on("GET", "/api/v1/groups").answering(403, forbidden()));
    let error = story.plan_fails().error();
    assert!(error.text().contains("E0000006") && error.text().contains("admin role"), "{error}");
}

#[test]
fn bad_values() {
    refused_while_validating(
        KIND,
        &[
            ("", ""),
            ("id = \"Engineering\"", "id"),
            ("name = \"\"", "name"),
            ("type = \"OKTA\"\n  name = \"x\"", "type"),
        ],
    );
}
