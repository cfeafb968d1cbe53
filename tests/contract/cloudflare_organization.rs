//! `…/access/organizations`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::cloudflare::{Caller, assert_failure, assert_success, okta};

const PATH: &str = "access/organizations";

#[tokio::test]
async fn the_organization_names_the_team_domain() {
    let caller = Caller::new().await;
    for url in [caller.account(PATH), caller.zone(PATH)] {
        let organization = &caller.get(&url).await["result"];
        assert_eq!(organization["name"], "acme");
        assert_eq!(format!("http://{}", organization["auth_domain"].as_str().unwrap()), caller.mock.auth_url());
        assert_eq!(organization["is_ui_read_only"], false);
        assert_eq!(organization["session_duration"], "24h");
    }
}

#[tokio::test]
async fn put_changes_what_it_names_and_a_new_domain_moves_the_redirect_url() {
    let caller = Caller::new().await;
    let id = caller.create(okta(Value::Null)).await["id"].as_str().unwrap().to_owned();
    let body = json!({"session_duration": "8h", "auth_domain": "moved.cloudflareaccess.com", "created_at": "mine"});
    let answer = caller.call(Method::PUT, &caller.account(PATH), body).await;
    assert_eq!(answer.status, 200);
    let organization = &assert_success(&answer)["result"];
    assert_eq!((&organization["name"], &organization["session_duration"]), (&json!("acme"), &json!("8h")));
    assert!(organization.get("created_at").is_none());
    let redirect_url = &caller.read(&id).await["config"]["redirect_url"];
    assert_eq!(redirect_url, "https://moved.cloudflareaccess.com/cdn-cgi/access/callback");
    let wrong = caller.call(Method::PUT, &caller.account(PATH), json!({"auth_domain": 7})).await;
    assert_failure(&wrong, 400, 12130);
}

#[tokio::test]
async fn without_an_organization_access_is_not_enabled() {
    let caller = Caller::new().await;
    caller.mock.cloudflare().remove_organization();
    for path in [PATH, "access/identity_providers"] {
        let answer = caller.call(Method::GET, &caller.account(path), Value::Null).await;
        let message = assert_failure(&answer, 400, 9999);
        assert!(message.starts_with("access.api.error.not_enabled"), "{message}");
    }
    let incomplete = caller.call(Method::POST, &caller.account(PATH), json!({"name": "new"})).await;
    assert_failure(&incomplete, 400, 12130);
    let body = json!({"name": "new", "auth_domain": "new.cloudflareaccess.com"});
    let answer = caller.call(Method::POST, &caller.account(PATH), body.clone()).await;
    assert_eq!(answer.status, 201);
    assert_eq!(assert_success(&answer)["result"]["auth_domain"], "new.cloudflareaccess.com");
    assert_failure(&caller.call(Method::POST, &caller.account(PATH), body).await, 409, 12132);
}
