//! `…/access/identity_providers` of accounts and zones.

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::{Mock, Options};

use crate::cloudflare::{Caller, assert_failure, assert_success, members, okta};

const PATH: &str = "access/identity_providers";
const MISSING: &str = "8a2b58cd-64fe-4982-abdb-7a1cd614695b";

#[tokio::test]
async fn post_answers_201_with_the_object_and_without_its_secret() {
    let caller = Caller::new().await;
    let answer = caller.call(Method::POST, &caller.account(PATH), okta(Value::Null)).await;
    assert_eq!(answer.status, 201);
    let created = &assert_success(&answer)["result"];
    let names = ["config", "id", "name", "read_only", "scim_config", "type", "uid", "version"];
    assert_eq!(members(created), names);
    assert_eq!(members(&created["config"]), ["client_id", "okta_account", "redirect_url"]);
    assert_eq!(created["id"].as_str().unwrap().len(), 36);
    assert_eq!(created["uid"], created["id"]);
    assert_eq!(created["version"].as_str().unwrap().len(), 32);
    assert_eq!(created["read_only"], false);
    assert_eq!((&created["name"], &created["type"]), (&json!("Okta"), &json!("okta")));
    let redirect_url = format!("{}/cdn-cgi/access/callback", caller.mock.auth_url());
    assert_eq!(created["config"]["redirect_url"], redirect_url);
    let off = json!({
        "enabled": false,
        "user_deprovision": false,
        "seat_deprovision": false,
        "group_member_deprovision": false,
        "identity_update_behavior": "no_action",
    });
    assert_eq!(created["scim_config"], off);
    assert_eq!(caller.read(created["id"].as_str().unwrap()).await, *created);
}

#[tokio::test]
async fn every_member_of_an_okta_config_is_kept_and_unknown_ones_are_ignored() {
    let caller = Caller::new().await;
    let mut body = okta(Value::Null);
    body["config"]["authorization_server_id"] = json!("default");
    body["config"]["claims"] = json!(["team", "level"]);
    body["config"]["email_claim_name"] = json!("mail");
    body["config"]["pkce_enabled"] = json!(true);
    body["config"]["api_token"] = json!("00token");
    body["config"]["directory_id"] = json!("azure only");
    let created = caller.create(body).await;
    let config = &created["config"];
    assert_eq!(config["authorization_server_id"], "default");
    assert_eq!(config["claims"], json!(["team", "level"]));
    assert_eq!(config["email_claim_name"], "mail");
    assert_eq!(config["pkce_enabled"], true);
    assert!(config.get("api_token").is_none() && config.get("directory_id").is_none());
    let account = caller.mock.cloudflare();
    assert_eq!(account.identity_providers()[0].config("api_token"), Some(&json!("00token")));
}

#[tokio::test]
async fn put_replaces_the_object_and_ignores_what_is_read_only() {
    let caller = Caller::new().await;
    let created = caller.create(okta(json!({"enabled": true}))).await;
    let id = created["id"].as_str().unwrap();
    let mut body = created.clone();
    body["name"] = json!("Renamed");
    body["id"] = json!(MISSING);
    body["uid"] = json!(MISSING);
    body["version"] = json!("mine");
    body["read_only"] = json!(true);
    body["config"]["redirect_url"] = json!("https://elsewhere.example");
    body["scim_config"]["secret"] = json!("mine");
    body["scim_config"]["scim_base_url"] = json!("https://elsewhere.example");
    let updated = caller.put(id, body).await;
    assert_eq!(updated["name"], "Renamed");
    for member in ["id", "uid", "read_only", "config", "type"] {
        assert_eq!(updated[member], created[member], "{member}");
    }
    assert_ne!(updated["version"], created["version"]);
    assert_eq!(updated["scim_config"]["scim_base_url"], created["scim_config"]["scim_base_url"]);
    let account = caller.mock.cloudflare();
    let provider = account.identity_provider(id).unwrap();
    assert_eq!(provider.scim_secret(), created["scim_config"]["secret"].as_str());
    assert_eq!(provider.config("client_secret"), Some(&okta(Value::Null)["config"]["client_secret"]));
}

#[tokio::test]
async fn an_optional_member_left_out_of_a_put_is_gone() {
    let caller = Caller::new().await;
    let mut body = okta(Value::Null);
    body["config"]["pkce_enabled"] = json!(true);
    let created = caller.create(body).await;
    let updated = caller.put(created["id"].as_str().unwrap(), okta(Value::Null)).await;
    assert!(updated["config"].get("pkce_enabled").is_none());
}

/// What is stored after a PUT whose `config.client_secret` is `sent` (absent if `None`).
async fn secret_after_put(options: Options, sent: Option<Value>) -> Option<String> {
    let caller = Caller::with(options).await;
    let created = caller.create(okta(Value::Null)).await;
    let id = created["id"].as_str().unwrap();
    let mut body = okta(Value::Null);
    match sent {
        Some(secret) => body["config"]["client_secret"] = secret,
        None => drop(body["config"].as_object_mut().unwrap().remove("client_secret")),
    }
    caller.put(id, body).await;
    let account = caller.mock.cloudflare();
    let stored = account.identity_provider(id).unwrap().config("client_secret").cloned();
    stored.map(|secret| secret.as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_put_without_the_secret_keeps_it_or_wipes_it_as_the_mock_is_told() {
    let kept = Some("a-client-secret-of-some-length-01".to_owned());
    let wiping = || Options { wipe_secret_on_put: true, ..Options::default() };
    let stars = || Some(json!("*".repeat(34)));
    assert_eq!(secret_after_put(Options::default(), None).await, kept);
    assert_eq!(secret_after_put(Options::default(), stars()).await, kept);
    assert_eq!(secret_after_put(Options::default(), Some(Value::Null)).await, None);
    assert_eq!(secret_after_put(Options::default(), Some(json!("new"))).await, Some("new".into()));
    assert_eq!(secret_after_put(wiping(), None).await, None);
    assert_eq!(secret_after_put(wiping(), Some(json!("new"))).await, Some("new".into()));
}

#[tokio::test]
async fn stored_secrets_can_be_shown_as_asterisks() {
    let caller = Caller::with(Options { mask_secrets: true, ..Options::default() }).await;
    let created = caller.create(okta(json!({"enabled": true}))).await;
    let read = caller.read(created["id"].as_str().unwrap()).await;
    assert_eq!(read["config"]["client_secret"], "*".repeat(34));
    assert_eq!(read["scim_config"]["secret"], "*".repeat(34));
    assert!(read["config"].get("api_token").is_none());
}

#[tokio::test]
async fn the_scim_secret_is_shown_once_by_the_answer_that_enables_scim() {
    let caller = Caller::new().await;
    let created = caller.create(okta(Value::Null)).await;
    let id = created["id"].as_str().unwrap();
    assert!(created["scim_config"].get("scim_base_url").is_none());

    let enabled = caller.put(id, okta(json!({"enabled": true, "user_deprovision": true}))).await;
    let secret = enabled["scim_config"]["secret"].as_str().unwrap();
    assert!(secret.len() >= 32, "{secret}");
    let base_url = format!("{}/populations/{id}/scim/v2", caller.mock.auth_url());
    assert_eq!(enabled["scim_config"]["scim_base_url"], base_url);
    assert!(!base_url.contains('_'));

    let read = caller.read(id).await;
    assert!(read["scim_config"].get("secret").is_none());
    assert_eq!(read["scim_config"]["scim_base_url"], base_url);
    let again = caller.put(id, okta(json!({"enabled": true}))).await;
    assert!(again["scim_config"].get("secret").is_none());
    assert_eq!(again["scim_config"]["user_deprovision"], false);
    assert_eq!(caller.mock.cloudflare().identity_provider(id).unwrap().scim_secret(), Some(secret));

    let off = caller.put(id, okta(json!({}))).await;
    assert_eq!(off["scim_config"]["enabled"], false);
    assert!(off["scim_config"].get("scim_base_url").is_none());
    let on = caller.put(id, okta(json!({"enabled": true}))).await;
    assert_ne!(on["scim_config"]["secret"], secret);
    assert_eq!(on["scim_config"]["scim_base_url"], base_url);
}

#[tokio::test]
async fn the_older_switch_for_group_changes_means_reauth() {
    let caller = Caller::new().await;
    let created = caller.create(okta(json!({"enabled": true, "group_member_deprovision": true}))).await;
    assert_eq!(created["scim_config"]["identity_update_behavior"], "reauth");
}

#[tokio::test]
async fn refreshing_mints_a_secret_and_shows_it_once() {
    let caller = Caller::new().await;
    let created = caller.create(okta(json!({"enabled": true}))).await;
    let id = created["id"].as_str().unwrap();
    let url = caller.account(&format!("{PATH}/{id}/refresh_scim_secret"));
    let answer = caller.call(Method::POST, &url, Value::Null).await;
    assert_eq!(answer.status, 200);
    let refreshed = &assert_success(&answer)["result"]["scim_config"];
    assert_ne!(refreshed["secret"], created["scim_config"]["secret"]);
    assert_eq!(refreshed["scim_base_url"], created["scim_config"]["scim_base_url"]);
    let in_force = caller.mock.cloudflare().identity_provider(id).unwrap().scim_secret().map(str::to_owned);
    assert_eq!(in_force.as_deref(), refreshed["secret"].as_str());
    assert!(caller.read(id).await["scim_config"].get("secret").is_none());

    caller.put(id, okta(json!({}))).await;
    assert_failure(&caller.call(Method::POST, &url, Value::Null).await, 400, 12130);
}

#[tokio::test]
async fn refreshing_can_be_refused() {
    let caller = Caller::with(Options { refuse_secret_refresh: true, ..Options::default() }).await;
    let created = caller.create(okta(json!({"enabled": true}))).await;
    let url = caller.account(&format!("{PATH}/{}/refresh_scim_secret", created["id"].as_str().unwrap()));
    assert_failure(&caller.call(Method::POST, &url, Value::Null).await, 404, 7003);
}

#[tokio::test]
async fn delete_answers_202_with_the_id_and_then_404() {
    let caller = Caller::new().await;
    let created = caller.create(okta(Value::Null)).await;
    let url = caller.account(&format!("{PATH}/{}", created["id"].as_str().unwrap()));
    let answer = caller.call(Method::DELETE, &url, Value::Null).await;
    assert_eq!(answer.status, 202);
    assert_eq!(assert_success(&answer)["result"], json!({"id": created["id"]}));
    for method in [Method::GET, Method::DELETE] {
        let message = assert_failure(&caller.call(method, &url, Value::Null).await, 404, 12135);
        assert_eq!(message, "access.api.error.not_found");
    }
    assert_failure(&caller.call(Method::PUT, &url, okta(Value::Null)).await, 404, 12135);
}

#[tokio::test]
async fn a_list_has_pages_and_a_filter() {
    let caller = Caller::new().await;
    for number in 0..5 {
        let mut body = okta(json!({"enabled": number == 3}));
        body["name"] = json!(format!("Okta {number}"));
        caller.create(body).await;
    }
    let list = caller.get(&caller.account(PATH)).await;
    let info = json!({"page": 1, "per_page": 200, "count": 5, "total_count": 5, "total_pages": 1});
    assert_eq!(list["result_info"], info);
    let second = caller.get(&caller.account(&format!("{PATH}?page=2&per_page=2"))).await;
    let names: Vec<&Value> = second["result"].as_array().unwrap().iter().map(|item| &item["name"]).collect();
    assert_eq!(names, ["Okta 2", "Okta 3"]);
    let info = json!({"page": 2, "per_page": 2, "count": 2, "total_count": 5, "total_pages": 3});
    assert_eq!(second["result_info"], info);
    assert_eq!(caller.get(&caller.account(&format!("{PATH}?page=4&per_page=2"))).await["result"], json!([]));
    let filtered = caller.get(&caller.account(&format!("{PATH}?scim_enabled=true"))).await;
    assert_eq!(filtered["result"][0]["name"], "Okta 3");
    assert_eq!(filtered["result_info"]["total_count"], 1);
    assert!(filtered["result"][0]["scim_config"].get("secret").is_none());
    for query in ["page=0", "per_page=1001", "per_page=many", "scim_enabled=yes"] {
        let url = caller.account(&format!("{PATH}?{query}"));
        assert_failure(&caller.call(Method::GET, &url, Value::Null).await, 400, 12130);
    }
}

#[tokio::test]
async fn a_zone_has_identity_providers_of_its_own() {
    let caller = Caller::new().await;
    let answer = caller.call(Method::POST, &caller.zone(PATH), okta(Value::Null)).await;
    assert_eq!(answer.status, 201);
    let id = assert_success(&answer)["result"]["id"].as_str().unwrap().to_owned();
    let of_zone = format!("{PATH}/{id}");
    assert_eq!(caller.get(&caller.zone(&of_zone)).await["result"]["id"], id.as_str());
    let through_account = caller.call(Method::GET, &caller.account(&of_zone), Value::Null).await;
    assert_failure(&through_account, 404, 12135);
    assert_eq!(caller.get(&caller.account(PATH)).await["result"], json!([]));
    let updated = caller.call(Method::PUT, &caller.zone(&of_zone), okta(json!({"enabled": true}))).await;
    assert!(assert_success(&updated)["result"]["scim_config"]["secret"].is_string());
    let refreshed = caller.zone(&format!("{of_zone}/refresh_scim_secret"));
    assert_eq!(caller.call(Method::POST, &refreshed, Value::Null).await.status, 200);
    assert_eq!(caller.call(Method::DELETE, &caller.zone(&of_zone), Value::Null).await.status, 202);
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_and_named() {
    let caller = Caller::new().await;
    let with = |pointer: &str, value: Value| {
        let mut body = okta(json!({}));
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[member] = value;
        body
    };
    let cases = [
        (json!([]), "JSON object"),
        (json!({"type": "okta", "config": {}}), "name is required"),
        (json!({"name": "x", "config": {}}), "type is required"),
        (json!({"name": "x", "type": "okta"}), "config is required"),
        (with("/type", json!("octa")), "type octa"),
        (with("/config/client_id", json!("")), "config.client_id is required"),
        (with("/config/client_secret", json!("***")), "config.client_secret is required"),
        (with("/config/okta_account", Value::Null), "config.okta_account is required"),
        (with("/config/pkce_enabled", json!("yes")), "config.pkce_enabled must be a boolean"),
        (with("/config/claims", json!("groups")), "config.claims must be a list"),
        (with("/config/api_token", json!(1)), "config.api_token must be a string"),
        (with("/scim_config", json!([])), "scim_config must be an object"),
        (with("/scim_config/enabled", json!("true")), "scim_config.enabled must be a boolean"),
        (with("/scim_config/seat_deprovision", json!(true)), "unless user_deprovision"),
        (with("/scim_config/identity_update_behavior", json!("never")), "must be one of"),
        (json!({"name": "x", "type": "onetimepin", "config": {}, "scim_config": {"enabled": true}}), "onetimepin"),
    ];
    for (body, expected) in cases {
        let answer = caller.call(Method::POST, &caller.account(PATH), body.clone()).await;
        let message = assert_failure(&answer, 400, 12130);
        assert!(message.starts_with("access.api.error.invalid_request: ") && message.contains(expected), "{message}");
    }
    assert!(caller.mock.cloudflare().identity_providers().is_empty());
}

#[tokio::test]
async fn names_may_repeat_but_there_is_only_one_one_time_pin() {
    let caller = Caller::new().await;
    caller.create(okta(Value::Null)).await;
    caller.create(okta(Value::Null)).await;
    let pin = json!({"name": "PIN", "type": "onetimepin", "config": {}});
    let created = caller.create(pin.clone()).await;
    assert!(created.get("scim_config").is_none());
    assert_eq!(members(&created["config"]), ["redirect_url"]);
    let message = assert_failure(&caller.call(Method::POST, &caller.account(PATH), pin).await, 409, 12132);
    assert_eq!(message, "access.api.error.conflict: a onetimepin connection already exists");
}

#[tokio::test]
async fn a_read_only_object_cannot_be_changed() {
    let caller = Caller::new().await;
    let id = caller.create(okta(Value::Null)).await["id"].as_str().unwrap().to_owned();
    caller.mock.cloudflare().identity_provider_mut(&id).unwrap().set_read_only(true);
    let url = caller.account(&format!("{PATH}/{id}"));
    assert_eq!(caller.read(&id).await["read_only"], true);
    assert_failure(&caller.call(Method::PUT, &url, okta(Value::Null)).await, 400, 12130);
    assert_failure(&caller.call(Method::DELETE, &url, Value::Null).await, 400, 12130);
}

#[tokio::test]
async fn a_change_in_the_dashboard_shows_in_the_api() {
    let caller = Caller::new().await;
    let created = caller.create(okta(json!({"enabled": true}))).await;
    let id = created["id"].as_str().unwrap();
    {
        let mut account = caller.mock.cloudflare();
        let provider = account.identity_provider_mut(id).unwrap();
        provider.rename("Changed");
        provider.set_config("okta_account", json!("https://other.okta.com"));
        assert_ne!(provider.regenerate_scim_secret().as_deref(), created["scim_config"]["secret"].as_str());
    }
    let read = caller.read(id).await;
    assert_eq!((&read["name"], &read["config"]["okta_account"]), (&json!("Changed"), &json!("https://other.okta.com")));
    assert_ne!(read["version"], created["version"]);
    assert!(caller.mock.cloudflare().remove_identity_provider(id));
    let url = caller.account(&format!("{PATH}/{id}"));
    assert_failure(&caller.call(Method::GET, &url, Value::Null).await, 404, 12135);
}

#[tokio::test]
async fn counts_return_to_where_they_were_and_reset_restores_them() {
    let mock = Mock::start().await;
    let before = mock.world().summary();
    drop(mock);
    let caller = Caller::new().await;
    assert_eq!(caller.mock.world().summary()["cloudflare"], before["cloudflare"]);
    caller.create(okta(Value::Null)).await;
    assert_eq!(caller.mock.world().summary()["cloudflare"]["identity_providers"], 1);
    caller.mock.world().reset();
    assert_eq!(caller.mock.world().summary()["cloudflare"], before["cloudflare"]);
}

#[tokio::test]
async fn the_journal_has_every_secret_blanked() {
    let caller = Caller::new().await;
    let mut body = okta(json!({"enabled": true}));
    body["config"]["api_token"] = json!("00planted");
    let created = caller.create(body).await;
    let kept = serde_json::to_string(&caller.mock.journal().all()).unwrap();
    assert!(kept.contains("0oaclient"));
    let scim_secret = created["scim_config"]["secret"].as_str().unwrap();
    for secret in ["a-client-secret-of-some-length-01", "00planted", scim_secret, &caller.mock.cloudflare_token()] {
        assert!(!kept.contains(secret), "{secret}");
    }
}
