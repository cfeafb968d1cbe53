//! Credentials, permissions, ids in the path, and `tokens/verify`.

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::cloudflare::{Owner, Permission};
use zt::mock::{Mock, Options};

use crate::cloudflare::{Caller, assert_failure, assert_success, okta};
use crate::http::{Answer, send};

const PATH: &str = "access/identity_providers";

async fn get(url: &str, headers: &[(&str, &str)]) -> Answer {
    send(Method::GET, url, headers, &Value::Null).await
}

async fn get_as(url: &str, token: &str) -> Answer {
    get(url, &[("authorization", &format!("Bearer {token}"))]).await
}

#[tokio::test]
async fn each_way_to_be_refused_has_its_code() {
    let caller = Caller::new().await;
    let url = caller.account(PATH);
    let message = assert_failure(&get(&url, &[]).await, 400, 9106);
    assert_eq!(message, "Missing X-Auth-Key, X-Auth-Email or Authorization headers");
    for malformed in ["Basic abc", "Bearer", "Bearer a b", "token", "Bearer päss"] {
        let answer = get(&url, &[("authorization", malformed)]).await;
        assert_eq!(assert_failure(&answer, 400, 6003), "Invalid request headers");
        assert_eq!(answer.json()["errors"][0]["error_chain"][0]["code"], 6111);
    }
    let unknown = "A".repeat(40);
    assert_eq!(assert_failure(&get_as(&url, &unknown).await, 403, 9109), "Invalid access token");
    let useless = caller.mock.cloudflare().issue_token(Owner::User, Permission::None);
    assert_eq!(assert_failure(&get_as(&url, &useless).await, 403, 10000), "Authentication error");
    caller.mock.cloudflare().revoke_token(&useless);
    assert_failure(&get_as(&url, &useless).await, 403, 9109);
    let key = [("x-auth-email", "nobody@acme.example"), ("x-auth-key", "0123456789012345678901234567890123456")];
    assert_failure(&get(&url, &key).await, 403, 9103);
    assert_failure(&get(&url, &key[..1]).await, 400, 9106);
}

#[tokio::test]
async fn key_and_email_may_do_everything() {
    let caller = Caller::new().await;
    let (email, key) = {
        let account = caller.mock.cloudflare();
        (account.email().to_owned(), account.api_key().to_owned())
    };
    let headers = [("x-auth-email", email.as_str()), ("x-auth-key", key.as_str())];
    assert_eq!(send(Method::POST, &caller.account(PATH), &headers, &okta(Value::Null)).await.status, 201);
}

#[tokio::test]
async fn a_read_only_token_reads_and_does_not_write() {
    let caller = Caller::new().await;
    let id = caller.create(okta(json!({"enabled": true}))).await["id"].as_str().unwrap().to_owned();
    let token = format!("Bearer {}", caller.mock.cloudflare_read_only_token());
    let call = async |method, path: &str, body| {
        send(method, &caller.account(path), &[("authorization", token.as_str())], &body).await
    };
    let one = format!("{PATH}/{id}");
    for path in [PATH, &one, "access/organizations", &format!("{one}/scim/users"), &format!("{one}/scim/groups")] {
        assert_eq!(call(Method::GET, path, Value::Null).await.status, 200, "{path}");
    }
    for (method, path) in [
        (Method::POST, PATH),
        (Method::PUT, one.as_str()),
        (Method::DELETE, &one),
        (Method::POST, &format!("{one}/refresh_scim_secret")),
        (Method::PUT, "access/organizations"),
    ] {
        assert_failure(&call(method, path, okta(Value::Null)).await, 403, 10000);
    }
}

#[tokio::test]
async fn ids_of_others_and_of_nothing_are_told_apart() {
    let caller = Caller::new().await;
    let call =
        async |path: String| caller.call(Method::GET, &format!("{}/{path}", caller.mock.api_url()), Value::Null).await;
    assert_failure(&call(format!("accounts/{}/{PATH}", "0".repeat(32))).await, 403, 10000);
    assert_failure(&call(format!("zones/{}/{PATH}", "0".repeat(32))).await, 403, 10000);
    for path in [format!("accounts/mine/{PATH}"), format!("accounts/{}/{PATH}/okta", caller.mock.account_id())] {
        let answer = call(path.clone()).await;
        let message = assert_failure(&answer, 400, 7003);
        assert!(message.starts_with(&format!("Could not route to /client/v4/{path}")), "{message}");
        assert_eq!(answer.json()["errors"][1]["code"], 7000);
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_have_the_envelope_too() {
    let mock = Mock::with(Options { allow_unserved: true, ..Options::default() }).await;
    let url = format!("{}/nowhere", mock.api_url());
    assert_failure(&get_as(&url, &mock.cloudflare_token()).await, 404, 7003);
    let verify = format!("{}/user/tokens/verify", mock.api_url());
    assert_failure(&send(Method::PATCH, &verify, &[], &Value::Null).await, 405, 7001);
    assert_eq!(mock.journal().unserved().len(), 2);
}

#[tokio::test]
async fn every_answer_states_the_budget() {
    let caller = Caller::new().await;
    let answer = caller.call(Method::GET, &caller.account(PATH), Value::Null).await;
    assert_eq!(answer.header("x-ratelimit-limit"), "1200");
    assert_eq!(answer.header("x-ratelimit-remaining"), "1199");
    let date = httpdate::parse_http_date(answer.header("date")).unwrap();
    let reset = httpdate::parse_http_date(answer.header("x-ratelimit-reset")).unwrap();
    assert_eq!(reset.duration_since(date).unwrap().as_secs(), 300);
}

#[tokio::test]
async fn a_used_up_budget_is_429_with_the_seconds_to_wait() {
    let options = Options { rate_limit: zt::mock::rate_limit::RateLimit::Tight, ..Options::default() };
    let caller = Caller::with(options).await;
    for _ in 0..10 {
        caller.get(&caller.account(PATH)).await;
    }
    let refused = caller.call(Method::GET, &caller.account(PATH), Value::Null).await;
    assert_failure(&refused, 429, 971);
    assert_eq!(refused.header("x-ratelimit-remaining"), "0");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((299..=301).contains(&wait), "{wait}");
    caller.mock.world().clock.advance(std::time::Duration::from_secs(wait));
    caller.get(&caller.account(PATH)).await;
}

#[tokio::test]
async fn tokens_verify_where_they_belong() {
    let caller = Caller::new().await;
    let of_user = format!("{}/user/tokens/verify", caller.mock.api_url());
    let of_account = caller.account("tokens/verify");
    let answer = get_as(&of_user, &caller.mock.cloudflare_token()).await;
    assert_eq!(answer.status, 200);
    let body = assert_success(&answer);
    assert_eq!(body["result"]["status"], "active");
    assert_eq!(body["result"]["id"].as_str().unwrap().len(), 32);
    let message = json!({"code": 10000, "message": "This API Token is valid and active", "type": null});
    assert_eq!(body["messages"], json!([message]));

    let owned = caller.mock.cloudflare().issue_token(Owner::Account, Permission::Write);
    assert_eq!(get_as(&of_account, &owned).await.status, 200);
    assert_eq!(get_as(&caller.account(PATH), &owned).await.status, 200);
    assert_failure(&get_as(&of_user, &owned).await, 401, 1000);
    for url in [&of_user, &of_account] {
        assert_failure(&get_as(url, &"A".repeat(40)).await, 401, 1000);
        assert_failure(&get(url, &[]).await, 400, 9106);
    }
}
