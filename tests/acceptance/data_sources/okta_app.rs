//! `data "okta_app"`.

use serde_json::json;

use super::{complete_with, found, lookup, refused_while_validating};
use crate::harness::story::Story;

const KIND: &str = "okta_app";

#[test]
fn apps_of_either_kind_are_found_without_a_secret() {
    let story = complete_with("");
    let oidc = found(&story, KIND, "label = \"Cloudflare Access\"");
    let held = story.resource("okta_oidc_app.access");
    for name in ["id", "client_id", "redirect_uris", "status"] {
        assert_eq!(oidc[name], held[name], "{name}");
    }
    assert_eq!(oidc["sign_on_mode"], "OPENID_CONNECT");
    let by_id = found(&story, KIND, &format!("id = {}", held["id"]));
    assert_eq!(by_id, oidc);

    let scim = found(&story, KIND, "label = \"Cloudflare Access SCIM\"");
    assert_eq!(scim["name"], "scim2headerauth");
    assert_eq!((&scim["client_id"], &scim["redirect_uris"]), (&json!(null), &json!(null)));
    assert!(scim["features"].as_array().unwrap().contains(&json!("PUSH_NEW_USERS")), "{scim}");
}

#[test]
fn several_of_a_label_are_told_by_their_ids() {
    let story = Story::new();
    let make = |name: &str| {
        let made = story.in_okta("POST", "/api/v1/apps", Some(&json!({"name": name, "label": "SCIM"})));
        made["id"].as_str().unwrap().to_owned()
    };
    let ids = [make("scim2headerauth"), make("scim2testapp")];
    story.write("lookup.tf", &lookup(KIND, "label = \"SCIM\""));
    let error = story.plan_fails().error();
    assert!(error.points_at("label") && ids.iter().all(|id| error.text().contains(id)), "{error}");
    assert_eq!(found(&story, KIND, "label = \"SCIM\"\n  name = \"scim2testapp\"")["id"], ids[1]);
}

#[test]
fn bad_values() {
    refused_while_validating(KIND, &[("", ""), ("id = \"Access\"", "id"), ("label = \"\"", "label")]);
}
