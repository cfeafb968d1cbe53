//! `data "okta_user"`.

use super::{found, lookup, refused_while_validating};
use crate::harness::story::Story;

const KIND: &str = "okta_user";

#[test]
fn a_person_is_found_by_login_and_by_id() {
    let story = Story::new();
    let id = story.mock().okta().user_id("ada@acme.example").unwrap();
    let by_login = found(&story, KIND, "login = \"ADA@acme.example\"");
    assert_eq!(by_login["id"], id);
    assert_eq!(by_login["login"], "ADA@acme.example", "the spelling of the configuration stays");
    assert_eq!((&by_login["email"], &by_login["status"]), (&"ada@acme.example".into(), &"ACTIVE".into()));
    assert_eq!(found(&story, KIND, &format!("id = {id:?}"))["login"], "ada@acme.example");
    story.in_okta("POST", &format!("/api/v1/users/{id}/lifecycle/suspend"), None);
    assert_eq!(found(&story, KIND, &format!("id = {id:?}"))["status"], "SUSPENDED");
}

#[test]
fn a_stranger_is_an_error_on_the_login() {
    let story = Story::new();
    story.write("lookup.tf", &lookup(KIND, "login = \"nobody@acme.example\""));
    let error = story.plan_fails().error();
    assert!(error.points_at("login"), "{error}");
}

#[test]
fn bad_values() {
    refused_while_validating(KIND, &[("", ""), ("id = \"ada\"", "id"), ("id = null\n  login = \"\"", "login")]);
}
