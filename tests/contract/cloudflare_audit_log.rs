//! `logs/audit`: who changed an identity provider, and what the dashboard's buttons leave behind.

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::Options;

use crate::cloudflare::{Caller, assert_failure, okta};
use crate::http::send;

const ALWAYS: &str = "since=2000-01-01&before=2999-01-01";

async fn entries(caller: &Caller, query: &str) -> Vec<Value> {
    let answer = caller.get(&caller.account(&format!("logs/audit?{ALWAYS}&{query}"))).await;
    answer["result"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_write_is_told_with_token_path_status_and_ray_id() {
    let caller = Caller::new().await;
    let created = caller.create(okta(Value::Null)).await;
    let id = created["id"].as_str().unwrap();
    let url = caller.account(&format!("access/identity_providers/{id}"));
    let answer = caller.call(Method::PUT, &url, created.clone()).await;
    caller.read(id).await;

    let told = entries(&caller, &format!("resource_id={id}")).await;
    assert_eq!(told.len(), 1, "reads are not told: {told:?}");
    let entry = &told[0];
    let verified = caller.get(&format!("{}/user/tokens/verify", caller.mock.api_url())).await;
    assert_eq!(entry["actor"]["context"], "api_token");
    assert_eq!(entry["actor"]["token_id"], verified["result"]["id"]);
    assert_eq!(entry["action"]["result"], "success");
    assert_eq!(entry["raw"]["method"], "PUT");
    assert_eq!(entry["raw"]["status_code"], 200);
    assert_eq!(entry["raw"]["cf_ray_id"], answer.header("cf-ray"));
    assert!(entry["raw"]["uri"].as_str().unwrap().ends_with(&format!("/access/identity_providers/{id}")));
}

#[tokio::test]
async fn a_refused_write_is_told_as_a_failure() {
    let caller = Caller::new().await;
    caller.call(Method::POST, &caller.account("access/identity_providers"), json!({})).await;
    assert_eq!(entries(&caller, "action_result=failure").await.len(), 1);
    assert!(entries(&caller, "action_result=success").await.is_empty());
}

#[tokio::test]
async fn what_a_person_does_in_the_dashboard_is_told_as_theirs() {
    let caller = Caller::new().await;
    let id = caller.create(okta(json!({"enabled": true}))).await["id"].as_str().unwrap().to_owned();
    let own = format!("{}/_mock/cloudflare/identity_providers/{id}", caller.mock.auth_url());
    let edit = json!({"name": "Edited", "config": {"client_secret": "another-secret-of-some-length-001"}});
    assert_eq!(send(Method::PATCH, &own, &[], &edit).await.status, 204);
    let minted = send(Method::POST, &format!("{own}/regenerate_scim_secret"), &[], &Value::Null).await.json();

    assert_eq!(entries(&caller, "actor_context=dash").await.len(), 2);
    {
        let account = caller.mock.cloudflare();
        let provider = account.identity_provider(&id).unwrap();
        assert_eq!(
            (provider.name(), provider.config("client_secret")),
            ("Edited", Some(&edit["config"]["client_secret"]))
        );
        assert_eq!(provider.scim_secret(), minted["secret"].as_str());
    }
    assert_eq!(send(Method::DELETE, &own, &[], &Value::Null).await.status, 204);
    for (method, path) in [(Method::PATCH, ""), (Method::DELETE, ""), (Method::POST, "/regenerate_scim_secret")] {
        let answer = send(method.clone(), &format!("{own}{path}"), &[], &json!({})).await;
        assert_eq!(answer.status, 404, "{method} {path}: gone is gone");
    }
}

#[tokio::test]
async fn entries_come_newest_first_in_pages_and_between_two_moments() {
    let caller = Caller::new().await;
    for _ in 0..3 {
        caller.create(okta(Value::Null)).await;
    }
    let newest_first = entries(&caller, "").await;
    let mut oldest_first = entries(&caller, "direction=asc").await;
    oldest_first.reverse();
    assert_eq!(newest_first, oldest_first);

    let first = caller.get(&caller.account(&format!("logs/audit?{ALWAYS}&limit=2"))).await;
    assert_eq!(first["result"].as_array().unwrap()[..], newest_first[..2]);
    let cursor = first["result_info"]["cursors"]["after"].as_str().unwrap();
    let last = caller.get(&caller.account(&format!("logs/audit?{ALWAYS}&limit=2&cursor={cursor}"))).await;
    assert_eq!(last["result"].as_array().unwrap()[..], newest_first[2..]);
    assert_eq!(last["result_info"]["cursors"]["after"], Value::Null);

    let past = caller.get(&caller.account("logs/audit?since=2000-01-01&before=2000-01-02T00:00:00Z")).await;
    assert_eq!(past["result"], json!([]));
}

#[tokio::test]
async fn queries_without_bounds_or_with_nonsense_are_refused() {
    let caller = Caller::new().await;
    let wrong = ["", "since=2000-01-01", "since=yesterday&before=2999-01-01"];
    let wrong = wrong.iter().map(|query| (*query).to_owned()).chain([
        format!("{ALWAYS}&limit=0"),
        format!("{ALWAYS}&limit=1001"),
        format!("{ALWAYS}&cursor=unknown"),
    ]);
    for query in wrong {
        let answer = caller.call(Method::GET, &caller.account(&format!("logs/audit?{query}")), Value::Null).await;
        assert_failure(&answer, 400, 12130);
    }
}

#[tokio::test]
async fn a_token_may_lack_the_permission() {
    let caller = Caller::with(Options { hide_audit_log: true, ..Options::default() }).await;
    let answer = caller.call(Method::GET, &caller.account(&format!("logs/audit?{ALWAYS}")), Value::Null).await;
    assert_failure(&answer, 403, 10000);
}
