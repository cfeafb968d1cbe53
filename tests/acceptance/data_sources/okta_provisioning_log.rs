//! `data "okta_provisioning_log"`.

use super::{complete_with, found, lookup, refused_while_validating};
use crate::harness::story::Story;
use zt::mock::Fault;

const KIND: &str = "okta_provisioning_log";

fn app(story: &Story) -> String {
    format!("app_id = {}", story.resource("okta_scim_app.access")["id"])
}

#[test]
fn it_shows_what_was_sent_and_what_failed() {
    let story = complete_with("");
    let log = found(&story, KIND, &app(&story));
    let events = log["events"].as_array().unwrap();
    let kinds: Vec<&str> = events.iter().map(|event| event["event_type"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"application.provision.user.push"), "{kinds:?}");
    assert!(events.iter().all(|event| event["result"] == "SUCCESS"), "{log}");
    let times: Vec<&str> = events.iter().map(|event| event["time"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "newest first: {times:?}");
    assert_eq!(found(&story, KIND, &format!("{}\n  limit = 2", app(&story)))["events"].as_array().unwrap().len(), 2);

    let provider = story.resource("zt_okta_idp.okta")["id"].as_str().unwrap().to_owned();
    let minted = story.mock().cloudflare().identity_provider_mut(&provider).unwrap().regenerate_scim_secret();
    assert!(minted.is_some());
    let ada = story.mock().okta().user_id("ada@acme.example").unwrap();
    story.in_okta("POST", &format!("/api/v1/users/{ada}/lifecycle/deactivate"), None);
    story.mock().drain_provisioning();
    story.write("lookup.tf", &lookup(KIND, &format!("{}\n  failures_only = true", app(&story))));
    story.apply_only();
    let failures = story.resource(&format!("data.{KIND}.this"))["events"].clone();
    let first = &failures[0];
    assert!(first["reason"].as_str().unwrap().contains("Unauthorized"), "{failures}");
    let people: Vec<&str> =
        first["targets"].as_array().unwrap().iter().filter_map(|target| target["alternate_id"].as_str()).collect();
    assert!(people.contains(&"ada@acme.example"), "{people:?}");
}

#[test]
fn a_service_app_without_the_scope_is_told_so() {
    let story = Story::new();
    story.write("lookup.tf", &lookup(KIND, "app_id = \"0oa1a2b3c4d5e6f7g8h9\""));
    story.mock().fail(Fault::on("GET", "/api/v1/logs").answering(403, crate::okta_calls::forbidden()));
    let error = story.plan_fails().error();
    assert!(error.text().contains("okta.logs.read"), "{error}");
}

#[test]
fn bad_values() {
    let app = "app_id = \"0oa1a2b3c4d5e6f7g8h9\"";
    refused_while_validating(
        KIND,
        &[
            ("app_id = \"Access\"", "app_id"),
            (&format!("{app}\n  since = \"yesterday\""), "since"),
            (&format!("{app}\n  limit = 0"), "limit"),
        ],
    );
}
