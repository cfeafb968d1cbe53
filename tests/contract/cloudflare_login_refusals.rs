//! Logins that fail, and those that look as if they would: each setting of the two sides that can disagree.

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::Options;

use crate::cloudflare_login::{ADA, Company};
use crate::okta::Administrator;

#[tokio::test]
async fn a_wrong_secret_is_told_by_okta_and_logged() {
    let mut company = Company::new().await;
    company.put(json!({"client_secret": "another-secret-of-some-length-001"})).await;
    let said = company.fails(502, "token_request_refused", Some("invalid_client"));
    assert_eq!(said, "The client secret supplied for a confidential client is invalid.");
    assert!(!company.browser.source().contains("another-secret"));
    assert!(company.browser.field("request_id").len() > 8);
    let log = company.cloudflare(Method::GET, "access/logs/access_requests", Value::Null, 200).await;
    assert_eq!((&log[0]["allowed"], &log[0]["ray_id"]), (&json!(false), &json!(company.browser.field("ray_id"))));
    company.put(json!({})).await;
    company.works();
}

#[tokio::test]
async fn a_secret_rotated_in_the_console_stops_logins_until_it_is_pushed() {
    let mut company = Company::new().await;
    let (app, now) = (company.app["id"].as_str().unwrap().to_owned(), company.okta.mock.world().clock.now());
    let rotated = company.okta.mock.okta().rotate_client_secret(&app, now).unwrap();
    company.fails(502, "token_request_refused", Some("invalid_client"));
    company.put(json!({"client_secret": rotated})).await;
    company.works();
}

#[tokio::test]
async fn a_secret_that_a_put_forgot_is_no_secret() {
    for wipe in [false, true] {
        let options = Options { wipe_secret_on_put: wipe, ..Options::default() };
        let mut company = Company::at(options, |_| (), json!({})).await;
        company.works();
        company.put(json!({"client_secret": null})).await;
        match wipe {
            true => drop(company.fails(502, "token_request_refused", Some("invalid_client"))),
            false => company.works(),
        }
    }
}

#[tokio::test]
async fn okta_itself_refuses_a_client_or_a_place_that_it_does_not_know() {
    let mut company = Company::new().await;
    company.put(json!({"client_id": "0oanobody"})).await;
    let login = company.url("login");
    company.browser.open(&login);
    assert_eq!(company.browser.status(), 400);
    assert!(company.browser.text().contains("Invalid value for 'client_id' parameter."), "{}", company.browser.text());
    assert!(company.browser.url().as_str().starts_with(company.okta.mock.org_url()));

    let mut company = Company::with(
        |app| app["settings"]["oauthClient"]["redirect_uris"] = json!(["https://old.example/callback"]),
        json!({}),
    )
    .await;
    let login = company.url("login");
    company.browser.open(&login);
    let said = "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings";
    assert_eq!(
        (company.browser.status(), company.browser.text().contains(said)),
        (400, true),
        "{}",
        company.browser.text()
    );
    assert!(company.okta.mock.cloudflare().access_log().events().is_empty(), "Cloudflare never heard of it");
}

#[tokio::test]
async fn somebody_who_is_not_assigned_is_turned_away() {
    let mut company = Company::new().await;
    let admin = company.okta.mock.okta().admin_login().to_owned();
    let browser = company.log_in_as(&admin);
    assert_eq!((browser.status(), browser.field("error").as_str()), (403, "access_denied"), "{}", browser.text());
    assert_eq!(browser.field("error_description"), "User is not assigned to the client application.");
    assert!(browser.field("advice").contains("Assign the person"));
    company.works();
}

#[tokio::test]
async fn pkce_must_not_be_required_by_one_side_alone() {
    let required = |app: &mut Value| app["credentials"]["oauthClient"]["pkce_required"] = json!(true);
    let mut both = Company::with(required, json!({"pkce_enabled": true})).await;
    both.works();
    let mut only_cloudflare = Company::with(|_| (), json!({"pkce_enabled": true})).await;
    only_cloudflare.works();
    let mut only_okta = Company::with(required, json!({})).await;
    let login = only_okta.url("login");
    let browser = only_okta.browser.open(&login);
    assert_eq!((browser.status(), browser.field("error").as_str()), (400, "invalid_request"), "{}", browser.text());
    assert_eq!(browser.field("error_description"), "PKCE code challenge is required by the application.");
    assert!(browser.field("advice").contains("pkce_enabled"));
}

#[tokio::test]
async fn the_client_authenticates_as_the_app_wants_it() {
    for method in ["client_secret_basic", "client_secret_post"] {
        let change = |app: &mut Value| app["credentials"]["oauthClient"]["token_endpoint_auth_method"] = json!(method);
        let mut company = Company::with(change, json!({})).await;
        company.works();
        let sent = company.okta.mock.journal().matching("POST", "/oauth2/v1/token");
        let by_header = sent.iter().map(|sent| sent.request_header("authorization").is_some()).collect::<Vec<_>>();
        match method {
            "client_secret_basic" => assert_eq!(by_header, [true]),
            _ => assert_eq!(by_header, [true, false]),
        }
        company.put(json!({"client_secret": "another-secret-of-some-length-001"})).await;
        let said = company.fails(502, "token_request_refused", Some("invalid_client"));
        assert_eq!(said, "The client secret supplied for a confidential client is invalid.", "{method}");
    }
}

#[tokio::test]
async fn without_a_groups_claim_only_an_api_token_that_works_helps() {
    const TEXT: &str = "Failed to fetch user/group information from the identity provider";
    let mut company = Company::new().await;
    company.groups_claim(None, "").await;
    company.fails(502, "groups_not_fetched", None);
    assert_eq!(company.browser.field("summary"), TEXT);
    let log = company.cloudflare(Method::GET, "access/logs/access_requests", Value::Null, 200).await;
    assert_eq!((&log[0]["allowed"], &log[0]["user_email"]), (&json!(false), &json!(ADA)));

    company.put(json!({"api_token": "00token-that-was-revoked"})).await;
    company.fails(502, "groups_not_fetched", Some("E0000011"));
    assert_eq!(company.browser.field("summary"), TEXT);
    assert!(!company.browser.source().contains("00token-that-was-revoked"));

    // A read-only token is enough.
    company.put(json!({"api_token": company.okta.mock.okta_read_only_token()})).await;
    company.works();
    let mut groups = company.browser.fields("group");
    groups.sort_unstable();
    assert_eq!(groups, ["Engineering", "Everyone", "Zero Trust Users"]);

    // Whoever failed to log in and is known by now can be asked about.
    let person = company.okta.mock.cloudflare().person(ADA).unwrap().id.clone();
    let failed =
        company.cloudflare(Method::GET, &format!("access/users/{person}/failed_logins"), Value::Null, 200).await;
    assert_eq!(failed.as_array().unwrap().len(), 2);
    assert_eq!((&failed[0]["metadata"]["user_email"], failed[0]["expiration"].is_i64()), (&json!(ADA), true));
}

#[tokio::test]
async fn more_than_a_hundred_groups_need_an_api_token_too() {
    let mut company = Company::new().await;
    let ada = company.okta.mock.okta().user_id(ADA).unwrap();
    // With Everyone, Engineering and Zero Trust Users.
    for number in 0..98 {
        let group = company.okta.post("/api/v1/groups", json!({"profile": {"name": format!("g{number}")}})).await;
        let member = format!("/api/v1/groups/{}/users/{ada}", group["id"].as_str().unwrap());
        company.okta.nothing(Method::PUT, &member, 204).await;
    }
    company.fails(502, "groups_not_fetched", None);
    assert!(
        company.browser.field("advice").starts_with("The ID token lists 101 groups, more than 100"),
        "{}",
        company.browser.text()
    );
    // A narrower filter helps.
    company.groups_claim(Some("STARTS_WITH"), "Zero").await;
    company.works();
    assert_eq!(company.browser.fields("group"), ["Zero Trust Users"]);
    // So does a token.
    company.groups_claim(Some("REGEX"), ".*").await;
    company.put(json!({"api_token": company.okta.mock.okta_token()})).await;
    company.works();
    assert_eq!(company.browser.fields("group").len(), 101);
}

#[tokio::test]
async fn a_custom_authorization_server_must_know_the_scope_groups() {
    let mut company = Company::with(|_| (), json!({"authorization_server_id": "default"})).await;
    let login = company.url("login");
    let browser = company.browser.open(&login);
    assert_eq!((browser.status(), browser.field("error").as_str()), (400, "invalid_scope"), "{}", browser.text());

    let server = "/api/v1/authorizationServers/default";
    company.okta.call(Method::POST, &format!("{server}/scopes"), json!({"name": "groups"})).await;
    company.fails(502, "groups_not_fetched", None);
    let claim = json!({"name": "groups", "claimType": "IDENTITY", "valueType": "GROUPS", "group_filter_type": "STARTS_WITH",
        "value": "Zero", "alwaysIncludeInToken": true, "conditions": {"scopes": ["groups"]}});
    let made = company.okta.call(Method::POST, &format!("{server}/claims"), claim).await;
    assert_eq!(made.status, 201, "{}", made.text);
    company.works();
    assert_eq!(company.browser.fields("group"), ["Zero Trust Users"]);
    assert_eq!(company.browser.hop("/authorize").url.path(), "/oauth2/default/v1/authorize");

    company.put(json!({"authorization_server_id": "ausnowhere"})).await;
    company.browser.open(&login);
    assert_eq!(company.browser.status(), 404, "{}", company.browser.text());
}

#[tokio::test]
async fn the_email_may_come_from_another_claim() {
    let mut company =
        Company::with(|_| (), json!({"email_claim_name": "preferred_username", "claims": ["zoneinfo", "ver"]})).await;
    company.works();
    assert_eq!(company.okta.mock.cloudflare().person(ADA).unwrap().claims["ver"], 1);
    company.put(json!({"email_claim_name": "upn"})).await;
    company.fails(502, "no_email", None);
}

#[tokio::test]
async fn rotated_signing_keys_are_noticed() {
    let mut company = Company::new().await;
    company.works();
    assert!(company.okta.mock.okta().rotate_signing_key(None, true).is_some());
    company.works();
    assert_eq!(company.okta.mock.journal().matching("GET", "/oauth2/v1/keys").len(), 2);
}

#[tokio::test]
async fn a_login_that_takes_too_long_or_comes_back_twice_is_refused() {
    let mut company = Company::new().await;
    let (login, password) = (company.url("login"), company.password(ADA));
    company.browser.stop_at("/callback").open(&login).log_in(ADA, &password);
    let callback = company.browser.held().to_string();
    company.okta.mock.world().clock.advance(std::time::Duration::from_secs(601));
    company.browser.proceed();
    assert_eq!((company.browser.status(), company.browser.field("reason").as_str()), (400, "state_expired"));
    company.browser.open(&callback);
    assert_eq!(company.browser.field("reason"), "state_replayed");
    company.works();
}

#[tokio::test]
async fn an_app_that_was_deactivated_lets_nobody_in() {
    let mut company = Company::new().await;
    company.works();
    company.okta.post(&format!("{}/lifecycle/deactivate", Administrator::path(&company.app)), json!({})).await;
    let login = company.url("login");
    company.browser.open(&login);
    assert_eq!(company.browser.status(), 400, "{}", company.browser.text());
    assert!(company.browser.url().as_str().starts_with(company.okta.mock.org_url()));
}
