//! Logging in: the page that people see, and the endpoint for programs.

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::Options;

use super::{ADA, BO, Parameters, Party, returned};
use crate::browser::{Browser, parameter};
use crate::http::send;
use crate::okta::{Administrator, says};

/// A browser that stays away from the client's own place.
fn browser(party: &Party) -> Browser {
    let mut browser = Browser::new(&party.org.mock);
    browser.stop_at("/callback");
    browser
}

fn address(party: &Party, request: &Parameters) -> String {
    party.url(&format!("/oauth2/v1/authorize?{}", request.query()))
}

/// A parameter that the latest answer sends back to the client.
#[track_caller]
fn came_back(browser: &Browser, name: &str) -> String {
    let location = browser.hops().last().unwrap().location.as_ref();
    let location = location.unwrap_or_else(|| panic!("not sent back: {}", browser.text()));
    assert!(location.as_str().starts_with(super::CALLBACK), "{location}");
    parameter(location, name).unwrap_or_else(|| panic!("no {name} in {location}"))
}

#[tokio::test]
async fn a_person_logs_in_once_and_is_then_known() {
    let party = Party::new().await;
    let url = address(&party, &party.request().with("login_hint", "ad\"a"));
    let mut browser = browser(&party);
    browser.open(&url);
    assert_eq!((browser.status(), browser.header("content-type")), (200, Some("text/html; charset=utf-8")));
    for part in ["<h1>Sign in to Access</h1>", "<label>Username<input", "<label>Password<input", "ad&quot;a"] {
        assert!(browser.source().contains(part), "{part}: {}", browser.source());
    }
    browser.log_in("<ada>", "wrong");
    assert_eq!(browser.status(), 401);
    for part in ["role=\"alert\"", "&lt;ada&gt;"] {
        assert!(browser.source().contains(part), "{part}: {}", browser.source());
    }
    assert_eq!(browser.cookie(&url, "sid"), None);

    let password = party.password(ADA);
    browser.log_in(ADA, &password);
    assert_eq!(came_back(&browser, "state"), "st-1");
    let code = came_back(&browser, "code");
    let tokens = party.redeem(&code).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text);

    browser.open(&url);
    assert_ne!(came_back(&browser, "code"), code);
    browser.open(&format!("{url}&prompt=login")).log_in(ADA, &password);
    assert_eq!(came_back(&browser, "state"), "st-1");
}

#[tokio::test]
async fn a_program_gets_a_token_for_one_session() {
    let party = Party::new().await;
    let authn = |body: Value| {
        let url = party.url("/api/v1/authn");
        async move { send(Method::POST, &url, &[], &body).await }
    };
    let answer = authn(json!({"username": ADA, "password": party.password(ADA), "relayState": "/x"})).await.json();
    assert_eq!((&answer["status"], &answer["relayState"]), (&json!("SUCCESS"), &json!("/x")));
    assert_eq!(answer["_embedded"]["user"]["profile"]["login"], ADA);
    let request = party.request().with("sessionToken", answer["sessionToken"].as_str().unwrap());
    let first = party.authorize(&request).await;
    returned(&first, "code");
    assert!(party.authorize(&request).await.text.contains("<form"), "the token is used up");

    says(&authn(json!({"username": ADA, "password": "wrong"})).await, 401, "E0000004");
    says(&authn(json!({"username": "nobody", "password": "wrong"})).await, 401, "E0000004");
    says(&authn(json!({"username": ADA})).await, 400, "E0000001");
    let late = party.request().with("sessionToken", &party.session_token(ADA).await);
    party.advance(301);
    assert!(party.authorize(&late).await.text.contains("<form"), "the token is too old");
}

#[tokio::test]
async fn a_session_answers_silently_until_it_is_too_old() {
    let party = Party::new().await;
    let mut browser = browser(&party);
    browser.open(&address(&party, &party.request().with("sessionToken", &party.session_token(ADA).await)));
    let silent = party.request().with("prompt", "none");
    for request in [silent.clone(), party.request().with("prompt", "consent")] {
        browser.open(&address(&party, &request));
        came_back(&browser, "code");
    }
    party.advance(30);
    browser.open(&address(&party, &silent.clone().with("max_age", "60")));
    came_back(&browser, "code");
    party.advance(60);
    browser.open(&address(&party, &silent.clone().with("max_age", "60")));
    assert_eq!(came_back(&browser, "error"), "login_required");
    assert_eq!(
        came_back(&browser, "error_description"),
        "The client specified not to prompt, but the client app requires re-authentication or MFA."
    );
    browser.open(&address(&party, &party.request().with("max_age", "60"))).log_in("ada", &party.password(ADA));
    came_back(&browser, "code");
    party.advance(2 * 3600);
    browser.open(&address(&party, &silent));
    assert_eq!(
        came_back(&browser, "error_description"),
        "The client specified not to prompt, but the user is not logged in."
    );
}

#[tokio::test]
async fn a_login_page_that_lay_around_too_long_is_no_good() {
    let party = Party::new().await;
    let mut browser = browser(&party);
    browser.open(&address(&party, &party.request()));
    party.advance(3600);
    browser.log_in(ADA, &party.password(ADA));
    assert_eq!(browser.status(), 400);
    assert!(browser.text().contains("Request expired, please start over and try again."), "{}", browser.text());
}

#[tokio::test]
async fn somebody_without_a_password_cannot_log_in_until_there_is_one() {
    let party = Party::new().await;
    let url = party.url("/api/v1/authn");
    let profile =
        json!({"firstName": "Eve", "lastName": "Ash", "login": "eve@acme.example", "email": "eve@acme.example"});
    let made = party.org.post("/api/v1/users", json!({"profile": profile})).await;
    let path = format!("/api/v1/users/{}", made["id"].as_str().unwrap());
    assert_eq!(made["status"], "PROVISIONED");
    let body = json!({"username": "eve@acme.example", "password": "correct horse"});
    says(&send(Method::POST, &url, &[], &body).await, 401, "E0000004");
    let short = json!({"credentials": {"password": {"value": "short"}}});
    party.org.refused(Method::POST, &path, short, 400, "E0000001").await;
    let user = party.org.post(&path, json!({"credentials": {"password": {"value": "correct horse"}}})).await;
    assert_eq!((&user["status"], &user["credentials"]["password"]), (&json!("ACTIVE"), &json!({})));
    assert_eq!(send(Method::POST, &url, &[], &body).await.status, 200);
    let user = party.org.get(&path).await;
    assert!(user["lastLogin"].is_string() && !user.to_string().contains("correct horse"), "{user}");
    let events = party.org.get("/api/v1/logs?filter=eventType+eq+%22user.session.start%22").await;
    let results: Vec<&Value> = events.as_array().unwrap().iter().map(|event| &event["outcome"]["result"]).collect();
    assert_eq!(results, ["FAILURE", "SUCCESS"]);
    assert_eq!(events[0]["outcome"]["reason"], "INVALID_CREDENTIALS");
}

#[tokio::test]
async fn logging_out_ends_the_session() {
    let party = Party::with(|app| {
        app["settings"]["oauthClient"]["post_logout_redirect_uris"] = json!(["http://127.0.0.1:1/bye"]);
    })
    .await;
    let tokens = party.tokens(party.request()).await;
    let hint = tokens["id_token"].as_str().unwrap();
    let mut ada = browser(&party);
    ada.open(&address(&party, &party.request())).log_in(ADA, &party.password(ADA));
    let logout = |query: &str| party.url(&format!("/oauth2/v1/logout?{query}"));

    let elsewhere = format!("id_token_hint={hint}&post_logout_redirect_uri=https://evil.example/");
    let unregistered =
        "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the client app settings.";
    for (query, description) in [
        ("", "The required parameter 'id_token_hint' is missing."),
        ("id_token_hint=junk", "The id token is invalid."),
        (&elsewhere, unregistered),
    ] {
        ada.open(&logout(query));
        assert_eq!(ada.status(), 400);
        assert!(ada.text().contains(description), "{}", ada.text());
    }
    let mut bo = browser(&party);
    bo.open(&party.url("/login/login.htm")).log_in(BO, &party.password(BO));
    bo.open(&logout(&format!("id_token_hint={hint}")));
    assert!(bo.text().contains("does not match the current session's user"), "{}", bo.text());

    let silent = address(&party, &party.request().with("prompt", "none"));
    ada.open(&silent);
    came_back(&ada, "code");
    party.advance(3600);
    ada.stop_at("/bye");
    ada.open(&logout(&format!("id_token_hint={hint}&post_logout_redirect_uri=http://127.0.0.1:1/bye&state=s+1")));
    assert_eq!(ada.held().as_str(), "http://127.0.0.1:1/bye?state=s+1");
    assert_eq!(ada.cookie(&silent, "sid"), None);
    ada.stop_at("/callback").open(&silent);
    assert_eq!(came_back(&ada, "error"), "login_required");
    let events = party.org.mock.okta().event_types();
    assert!(events.iter().any(|kind| kind == "user.session.end"), "{events:?}");
    ada.open(&logout(&format!("id_token_hint={hint}")));
    assert!(ada.status() == 200 && ada.text().contains("You are signed out"), "{}", ada.text());
}

#[tokio::test]
async fn the_org_has_a_sign_in_page_of_its_own() {
    let party = Party::new().await;
    let url = party.url("/login/login.htm");
    let mut browser = browser(&party);
    browser.open(&url).log_in(ADA, &party.password(ADA));
    assert!(browser.text().contains(&format!("You are signed in as {ADA}.")), "{}", browser.text());
    browser.open(&url);
    assert!(browser.text().contains("You are signed in as"), "{}", browser.text());
    browser.open(&address(&party, &party.request()));
    came_back(&browser, "code");
}

#[tokio::test]
async fn with_tls_the_session_is_kept_for_https_alone() {
    let org = Administrator::with(Options { tls: true, ..Options::default() }).await;
    let mut browser = Browser::new(&org.mock);
    let url = format!("{}/login/login.htm", org.mock.org_url());
    let (login, password) = {
        let okta = org.mock.okta();
        (okta.admin_login().to_owned(), okta.admin_password().to_owned())
    };
    browser.open(&url).log_in(&login, &password);
    assert!(browser.cookie(&url, "sid").is_some());
    assert_eq!(browser.cookie(&url.replace("https:", "http:"), "sid"), None);
}
