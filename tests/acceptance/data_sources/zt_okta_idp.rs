//! `data "zt_okta_idp"`.

use serde_json::json;

use super::{complete_with, found, lookup, refused_while_validating};
use crate::harness::story::Story;

const KIND: &str = "zt_okta_idp";

#[test]
fn it_is_found_by_name_and_by_id_without_a_secret() {
    let story = complete_with("");
    let held = story.resource("zt_okta_idp.okta");
    let by_name = found(&story, KIND, "name = \"Okta\"");
    for name in ["id", "account_id", "okta_account", "client_id", "pkce_enabled", "redirect_url"] {
        assert_eq!(by_name[name], held[name], "{name}");
    }
    assert_eq!(by_name["scim_enabled"], true);
    assert_eq!(by_name["scim_base_url"], story.resource("zt_scim_config.okta")["scim_base_url"]);
    assert!(by_name.as_object().unwrap().keys().all(|name| !name.contains("secret")));
    assert_eq!(found(&story, KIND, &format!("id = {}", held["id"])), by_name);
}

#[test]
fn names_are_not_unique_and_types_differ() {
    let story = Story::new();
    let path = format!("/accounts/{}/access/identity_providers", story.mock().account_id());
    let make = |kind: &str| {
        let config = json!({"client_id": "0oa0", "client_secret": "s", "okta_account": story.mock().org_url()});
        let body = json!({"name": "Login", "type": kind, "config": config});
        story.in_cloudflare("POST", &path, Some(&body))["id"].as_str().unwrap().to_owned()
    };
    let okta = make("okta");
    assert_eq!(found(&story, KIND, "name = \"Login\"")["id"], okta);
    let second = make("okta");
    story.write("lookup.tf", &lookup(KIND, "name = \"Login\""));
    let error = story.plan_fails().error();
    assert!(error.points_at("name") && error.text().contains(&okta) && error.text().contains(&second), "{error}");
}

#[test]
fn one_that_does_not_exist_is_an_error_on_what_it_was_looked_up_by() {
    let story = Story::new();
    for (arguments, attribute) in [("name = \"Okta\"", "name"), ("id = \"00000000-0000-0000-0000-000000000000\"", "id")]
    {
        story.write("lookup.tf", &lookup(KIND, arguments));
        let error = story.plan_fails().error();
        assert!(error.points_at(attribute), "{error}");
    }
}

#[test]
fn bad_values() {
    refused_while_validating(
        KIND,
        &[
            ("", ""),
            ("id = \"a\"\n  name = \"b\"", "name"),
            ("id = \"a\"\n  account_id = \"b\"\n  zone_id = \"c\"", "zone_id"),
        ],
    );
}
