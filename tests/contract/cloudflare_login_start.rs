//! How a login at the team domain begins, before any identity provider is asked.

use reqwest::Method;
use serde_json::{Value, json};
use url::Url;
use zt::mock::Mock;

use crate::browser::{Browser, parameter};
use crate::cloudflare::Caller;
use crate::http::send;

const AUTHORIZE: &str = "/v1/authorize";

/// An okta identity provider whose org is the mock's, with what `config` adds or replaces.
async fn identity_provider(caller: &Caller, name: &str, config: Value) -> String {
    let mut body = json!({
        "name": name,
        "type": "okta",
        "config": {
            "client_id": "0oaclient",
            "client_secret": "a-client-secret-of-some-length-01",
            "okta_account": caller.mock.org_url(),
        },
    });
    body["config"].as_object_mut().unwrap().extend(config.as_object().unwrap().clone());
    caller.create(body).await["id"].as_str().unwrap().to_owned()
}

fn at(mock: &Mock, path: &str) -> String {
    format!("{}/cdn-cgi/access/{path}", mock.auth_url())
}

/// Where a login sends the browser.
fn sent(browser: &mut Browser, url: &str) -> Url {
    browser.stop_at(AUTHORIZE).open(url).held().clone()
}

#[tokio::test]
async fn the_only_identity_provider_is_not_asked_about() {
    let caller = Caller::new().await;
    identity_provider(&caller, "Okta", json!({})).await;
    let mut browser = Browser::new(&caller.mock);
    let url = sent(&mut browser, &at(&caller.mock, "login"));
    assert_eq!(
        format!("{}{}", url.origin().ascii_serialization(), url.path()),
        format!("{}/oauth2/v1/authorize", caller.mock.org_url())
    );
    let said = |name: &str| parameter(&url, name).unwrap_or_default();
    assert_eq!(said("client_id"), "0oaclient");
    assert_eq!(said("response_type"), "code");
    assert_eq!(said("scope"), "openid email profile groups");
    assert_eq!(said("redirect_uri"), at(&caller.mock, "callback"));
    assert!(said("state").len() >= 32 && said("nonce").len() >= 32);
    for absent in ["code_challenge", "code_challenge_method", "client_secret", "response_mode"] {
        assert_eq!(parameter(&url, absent), None, "{absent}");
    }
    let again = sent(&mut browser, &at(&caller.mock, "login"));
    for fresh in ["state", "nonce"] {
        assert_ne!(parameter(&again, fresh), parameter(&url, fresh), "{fresh}");
    }
    let first = browser.hops().first().unwrap();
    assert_eq!(first.status, 302);
    let answer = send(Method::GET, &at(&caller.mock, "login"), &[], &Value::Null).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("CF_Session=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
}

#[tokio::test]
async fn pkce_and_the_authorization_server_come_from_the_object() {
    let caller = Caller::new().await;
    let config = json!({"pkce_enabled": true, "authorization_server_id": "aus9o8wz"});
    identity_provider(&caller, "Okta", config).await;
    let url = sent(&mut Browser::new(&caller.mock), &at(&caller.mock, "login/app.acme.example"));
    assert_eq!(url.path(), "/oauth2/aus9o8wz/v1/authorize");
    assert_eq!(parameter(&url, "code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(parameter(&url, "code_challenge").unwrap().len(), 43, "the base64url of 32 bytes");
}

#[tokio::test]
async fn with_several_identity_providers_the_person_chooses() {
    let caller = Caller::new().await;
    let first = identity_provider(&caller, "Okta <one>", json!({"client_id": "0oafirst"})).await;
    identity_provider(&caller, "Okta & two", json!({"client_id": "0oasecond"})).await;
    let login = at(&caller.mock, "login?redirect_url=%2Fapps");
    let mut browser = Browser::new(&caller.mock);
    browser.stop_at(AUTHORIZE).open(&login);
    assert_eq!(browser.status(), 200);
    assert!(browser.text().contains("Log in to acme with: Okta <one>"), "{}", browser.text());
    assert!(!browser.source().contains("<one>"), "names are shown, not run");
    browser.click("Okta & two");
    assert_eq!(parameter(browser.held(), "client_id").as_deref(), Some("0oasecond"));
    assert_eq!(parameter(&browser.hop("/login").url, "redirect_url").as_deref(), Some("/apps"));
    let url = sent(&mut browser, &format!("{login}&idp={first}"));
    assert_eq!(parameter(&url, "client_id").as_deref(), Some("0oafirst"));
}

#[tokio::test]
async fn a_login_that_cannot_begin_says_why() {
    let caller = Caller::new().await;
    let mut browser = Browser::new(&caller.mock);
    let mut refused = |path: &str, status: u16, reason: &str| {
        browser.open(&at(&caller.mock, path));
        assert_eq!((browser.status(), browser.field("reason").as_str()), (status, reason), "{}", browser.text());
        assert_eq!(browser.header("content-type"), Some("text/html; charset=utf-8"));
        let ray = browser.header("cf-ray").unwrap().split_once('-').unwrap().0.to_owned();
        assert_eq!(browser.field("ray_id"), ray);
        assert!(browser.text().contains("Login failed") || path.starts_with("test-idp"));
    };
    refused("login", 404, "no_identity_provider");
    refused("login?idp=f174e90a-fafe-4643-bbbc-4a0ed4fc8415", 404, "unknown_identity_provider");
    refused("test-idp/f174e90a-fafe-4643-bbbc-4a0ed4fc8415", 404, "unknown_identity_provider");
    for (path, id) in [
        ("acme.okta.com", identity_provider(&caller, "1", json!({"okta_account": "https://acme.okta.com"})).await),
        ("bare", identity_provider(&caller, "2", json!({"okta_account": "acme.okta.com"})).await),
    ] {
        refused(&format!("login/{path}?idp={id}"), 502, "okta_account_not_on_loopback");
    }
    let id = identity_provider(&caller, "3", json!({"okta_account": "http://127.0.0.1:1/oauth2/default"})).await;
    refused(&format!("test-idp/{id}"), 502, "unusable_okta_account");
    let pin = caller.create(json!({"name": "PIN", "type": "onetimepin", "config": {}})).await;
    refused(&format!("login?idp={}", pin["id"].as_str().unwrap()), 501, "unsupported_type");
    for url in ["https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "javascript%3Aalert(1)"] {
        refused(&format!("login?redirect_url={url}"), 400, "redirect_url_not_allowed");
    }
    caller.mock.cloudflare().remove_organization();
    for path in ["login", "callback", "test-idp/1", "logout"] {
        refused(path, 404, "no_organization");
    }
    assert!(caller.mock.cloudflare().people().is_empty() && caller.mock.cloudflare().access_log().events().is_empty());
}

#[tokio::test]
async fn an_account_elsewhere_is_named_and_never_asked() {
    let caller = Caller::new().await;
    identity_provider(&caller, "Okta", json!({"okta_account": "https://acme.okta.com"})).await;
    let mut browser = Browser::new(&caller.mock);
    browser.open(&at(&caller.mock, "login"));
    assert_eq!(browser.field("summary"), "zt-mock does not connect to acme.okta.com.");
    assert!(browser.field("advice").contains("okta_account"));
    assert_eq!((browser.field("idp_name"), browser.field("idp_type")), ("Okta".into(), "okta".into()));
    assert!(!browser.source().contains("a-client-secret-of-some-length-01"));
}

#[tokio::test]
async fn nobody_is_logged_in_to_begin_with() {
    let caller = Caller::new().await;
    let mut browser = Browser::new(&caller.mock);
    browser.open(&at(&caller.mock, "get-identity"));
    assert_eq!((browser.status(), browser.json()), (400, json!({"err": "no app token set"})));
    let forged = [("cookie", "CF_Authorization=forged")];
    let answer = send(Method::GET, &at(&caller.mock, "get-identity"), &forged, &Value::Null).await;
    assert_eq!(answer.status, 400);
    browser.open(&at(&caller.mock, "logout"));
    assert_eq!((browser.status(), browser.text().contains("You have logged out")), (200, true));
}
