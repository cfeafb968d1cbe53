//! What is said and what is left when Cloudflare refuses, does something else, or does not answer.

use serde_json::{Value, json};
use zt::mock::Fault;

use super::{ALL, IDP, ONE, SECRET, configure, count, created, id, refusal, stored};
use crate::harness::story::Story;

#[test]
fn a_refused_create_saves_nothing_and_points_at_the_attribute() {
    let story = Story::new();
    configure(&story, "Okta", SECRET);
    story.mock().fail(Fault::on("POST", ALL).answering(400, refusal("config.client_id is unknown")).times(1));
    let error = story.apply_fails().error();
    assert!(error.points_at("client_id"), "{error}");
    assert!(error.text().contains("config.client_id is unknown"), "{error}");
    assert!(story.addresses().is_empty());
    story.apply();
}

#[test]
fn a_creation_whose_answer_is_lost_is_found_and_not_made_twice() {
    let lost = || Fault::on("POST", ALL).carried_out().times(1);
    for fault in [lost().closing(), lost().truncating(), lost().answering(201, Value::Null)] {
        let story = Story::new();
        configure(&story, "Okta", SECRET);
        story.mock().fail(fault);
        story.apply();
        assert_eq!(count(&story), 1);
        assert_eq!(story.mock().journal().matching("POST", ALL).len(), 1);
        assert_eq!(story.resource(IDP)["client_secret_status"], "in_sync");
        story.destroy();
    }
}

#[test]
fn one_that_was_lost_altogether_is_not_sent_again_and_leaves_a_warning() {
    let story = Story::new();
    configure(&story, "Okta", SECRET);
    story.mock().fail(Fault::on("POST", ALL).closing().times(1));
    let refused = story.apply_fails();
    let warned = refused.iter().any(|found| found.text().contains("may still appear"));
    assert!(warned && refused.iter().any(|found| found.text().contains("adopt_existing")), "{}", refused.output);
    assert_eq!((count(&story), story.mock().journal().matching("POST", ALL).len()), (0, 1));
    story.apply();
    assert_eq!(count(&story), 1);
}

#[test]
fn of_two_that_may_be_it_none_is_taken() {
    let story = Story::new();
    configure(&story, "Okta", SECRET);
    // Both are made between the list before and the look after, by the one creation and by somebody else's.
    let made = |id: &str| {
        json!({"id": id, "type": "okta", "name": "Okta",
            "config": {"client_id": super::app(&story), "okta_account": story.mock().org_url()}})
    };
    let (one, two) = ("2b1f6c0e-7d43-4b58-9a6e-0c5d8f3a1e77", "3b1f6c0e-7d43-4b58-9a6e-0c5d8f3a1e77");
    let list = json!({"success": true, "errors": [], "messages": [], "result": [made(one), made(two)]});
    let object = |id: &str| json!({"success": true, "errors": [], "messages": [], "result": made(id)});
    story.mock().fail(Fault::on("POST", ALL).closing().times(1));
    story.mock().fail(Fault::on("GET", ALL).after(1).answering(200, list));
    for id in [one, two] {
        story.mock().fail(Fault::on("GET", &format!("{ALL}/{id}")).answering(200, object(id)));
    }
    let refused = story.apply_fails();
    assert!(refused.iter().any(|found| found.text().contains(&format!("{one}, {two}"))), "{}", refused.output);
    assert!(story.addresses().is_empty());
}

#[test]
fn a_setting_that_cloudflare_ignores_is_an_error_and_the_new_object_goes_again() {
    let story = Story::new();
    configure(&story, "Okta", &format!("{SECRET}\n  pkce_enabled = true"));
    let answer = |id: &str| {
        json!({"success": true, "errors": [], "messages": [], "result": {"id": id, "type": "okta", "name": "Okta",
            "config": {"client_id": super::app(&story), "okta_account": story.mock().org_url()}}})
    };
    // The object of the scripted answer does not exist, so its deletion finds nothing. That is a success, once it cannot
    // be any more that not all of Cloudflare knows of the object yet.
    let id = "2b1f6c0e-7d43-4b58-9a6e-0c5d8f3a1e77";
    story.mock().fail(Fault::on("POST", ALL).answering(201, answer(id)).times(1));
    let error = story.apply_fails().error();
    assert!(error.points_at("pkce_enabled"), "{error}");
    assert!(story.addresses().is_empty());
    assert!(story.mock().journal().matching("DELETE", ONE).len() > 1);

    // A rollback that fails keeps what exists, tainted, and the error says both.
    story.mock().fail(Fault::on("POST", ALL).answering(201, answer(id)).times(1));
    story.mock().fail(Fault::on("DELETE", ONE).answering(403, refusal("no")).times(1));
    let refused = story.apply_fails();
    let said: String = refused.iter().map(|found| found.text()).collect();
    assert!(said.contains("pkce_enabled") && said.contains("kept and tainted"), "{said}");
    assert!(story.is_tainted(IDP));
    assert_eq!(self::id(&story), id);
}

#[test]
fn a_refused_update_changes_neither_side() {
    let (story, id) = created("");
    configure(&story, "Renamed", SECRET);
    story.mock().fail(Fault::on("PUT", ONE).answering(400, refusal("no")).times(1));
    story.apply_fails();
    assert_eq!(story.resource(IDP)["name"], "Okta");
    story.apply();
    assert_eq!(story.mock().cloudflare().identity_provider(&id).unwrap().name(), "Renamed");
}

#[test]
fn a_passing_fault_is_survived() {
    let story = Story::new();
    story.write("provider.tf", "provider \"zt\" {\n  min_wait_seconds = 0\n}\n");
    configure(&story, "Okta", SECRET);
    story.mock().fail(Fault::on("GET", ONE).answering(502, "<html>bad gateway</html>").times(1));
    story.apply();
    assert!(story.mock().journal().all().iter().any(|exchange| exchange.scripted));
    assert_eq!(count(&story), 1);
}

/// The change is carried out, and the answer shows the object as it was before.
fn answer_with_the_old_object(story: &Story, id: &str) {
    let path = format!("/accounts/{}/access/identity_providers/{id}", story.mock().account_id());
    let shown = story.in_cloudflare("GET", &path, None);
    let answer = json!({"success": true, "errors": [], "messages": [], "result": shown});
    story.mock().fail(Fault::on("PUT", ONE).answering(200, answer).times(1));
}

#[test]
fn a_setting_that_cloudflare_does_not_clear_is_an_error_and_cleared_by_the_next_apply() {
    for (attribute, value, left) in [
        ("claims", "[\"groups\"]", json!(["groups"])),
        ("email_claim_name", "\"mail\"", json!("mail")),
        ("authorization_server_id", "\"default\"", json!("default")),
        ("pkce_enabled", "true", json!(true)),
    ] {
        let (story, id) = created(&format!("  {attribute} = {value}"));
        configure(&story, "Okta", SECRET);
        answer_with_the_old_object(&story, &id);
        let error = story.apply_fails().error();
        assert!(error.text().contains(&format!("still has {attribute}")), "{error}");
        assert_eq!(story.resource(IDP)[attribute], left, "the state shows what is there");
        assert_eq!(story.plan().changed_attributes(IDP), [attribute]);
        story.apply();
        assert!(matches!(stored(&story, &id, attribute), Value::Null | Value::Bool(false)), "{attribute}");
    }
}

#[test]
fn a_setting_that_cloudflare_does_not_take_is_an_error_on_its_attribute() {
    let (story, id) = created("");
    configure(&story, "Okta", &format!("{SECRET}\n  claims = [\"groups\"]"));
    answer_with_the_old_object(&story, &id);
    let error = story.apply_fails().error();
    assert!(error.points_at("claims"), "{error}");
    assert!(!story.is_tainted(IDP));
    story.apply();
}
