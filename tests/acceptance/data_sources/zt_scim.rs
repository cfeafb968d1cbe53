//! `data "zt_scim_users"` and `data "zt_scim_groups"`.

use serde_json::Value;

use super::{complete_with, found, lookup, refused_while_validating};
use crate::harness::story::Story;

const PROVIDER: &str = "identity_provider_id = zt_okta_idp.okta.id";

fn column<'a>(list: &'a Value, name: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|item| item[name].as_str().unwrap()).collect()
}

#[test]
fn what_okta_sent_is_what_cloudflare_received() {
    let story = complete_with("");
    let people = found(&story, "zt_scim_users", PROVIDER);
    assert_eq!(column(&people["users"], "email"), ["ada@acme.example", "bo@acme.example", "chidi@acme.example"]);
    assert!(people["users"].as_array().unwrap().iter().all(|user| user["active"] == true));
    let groups = found(&story, "zt_scim_groups", PROVIDER);
    assert_eq!(column(&groups["groups"], "display_name"), ["Engineering"]);

    let ada = story.mock().okta().user_id("ada@acme.example").unwrap();
    story.in_okta("POST", &format!("/api/v1/users/{ada}/lifecycle/deactivate"), None);
    story.mock().drain_provisioning();
    let one = format!("{PROVIDER}\n  email = \"ada@acme.example\"");
    story.write("lookup.tf", &lookup("zt_scim_users", &one));
    story.apply_only();
    let left = story.resource("data.zt_scim_users.this");
    assert_eq!(column(&left["users"], "email"), ["ada@acme.example"]);
    assert_eq!(left["users"][0]["active"], false);
}

#[test]
fn an_identity_provider_that_does_not_exist_is_an_error() {
    let story = Story::new();
    for kind in ["zt_scim_users", "zt_scim_groups"] {
        story.write("lookup.tf", &lookup(kind, "identity_provider_id = \"00000000-0000-0000-0000-000000000000\""));
        let error = story.plan_fails().error();
        assert!(error.text().contains("00000000-0000-0000-0000-000000000000"), "{error}");
    }
}

#[test]
fn bad_values() {
    for kind in ["zt_scim_users", "zt_scim_groups"] {
        refused_while_validating(kind, &[("identity_provider_id = \"\"", "identity_provider_id")]);
    }
}
