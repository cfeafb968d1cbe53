//! The Cloudflare client against a scripted server.

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::identity_providers::Replacement;
use super::*;
use crate::http::stage::{Play, Stage};
use crate::http::{Departure, StatusCode};

fn client(stage: &Stage) -> Client {
    let base = stage.url.join("client/v4").unwrap();
    Client::new(base, Credentials::Token("cf-hunter2".into()), Stage::settings())
}

fn account() -> Scope {
    Scope::Account("acc1".into())
}

fn result(status: u16, result: Value) -> Play {
    Play::json(status, json!({"success": true, "errors": [], "messages": [], "result": result}))
}

fn failure(status: u16, code: u32, message: &str) -> Play {
    let errors = json!([{"code": code, "message": message}]);
    Play::json(status, json!({"success": false, "errors": errors, "messages": [], "result": null}))
        .header("cf-ray", "ray-1")
}

fn provider(scim_secret: Value) -> Value {
    json!({"id": "idp1", "uid": "idp1", "version": "v1", "type": "okta", "name": "Okta", "future": [1.50],
        "config": {"client_id": "0oa1", "client_secret": "**********", "okta_account": "https://acme.okta.com",
            "redirect_url": "https://t.cloudflareaccess.com/cdn-cgi/access/callback"},
        "scim_config": {"enabled": true, "seat_deprovision": false, "secret": scim_secret,
            "identity_update_behavior": "automatic"},
        "scim_base_url": "https://t.cloudflareaccess.com/populations/idp1/scim/v2"})
}

#[tokio::test]
async fn both_kinds_of_credentials_are_sent() {
    let stage = Stage::new([
        result(200, json!({"id": "t", "status": "active"})),
        result(200, json!({"id": "t", "status": "active"})),
    ])
    .await;
    client(&stage).verify_account_token("acc1").await.unwrap();
    let credentials = Credentials::KeyAndEmail { key: "key1".into(), email: "a@b.example".into() };
    let state = Client::new(stage.url.clone(), credentials, Stage::settings()).verify_user_token().await.unwrap();
    assert_eq!(state.status, "active");
    let seen = stage.seen();
    assert_eq!(seen[0].line, "GET /client/v4/accounts/acc1/tokens/verify");
    assert_eq!(seen[0].header("authorization"), Some("Bearer cf-hunter2"));
    assert_eq!(seen[1].header("x-auth-key"), Some("key1"));
    assert_eq!(seen[1].header("x-auth-email"), Some("a@b.example"));
    assert_eq!(seen[1].header("authorization"), None);
}

#[tokio::test]
async fn another_identity_provider_than_the_one_that_was_asked_for_is_no_answer() {
    let stage = Stage::new([result(200, provider(json!(null))), result(200, provider(json!(null)))]).await;
    let client = client(&stage);
    let read = client.identity_provider(&account(), "idp2").await.unwrap_err();
    let written = client.replace_identity_provider(&account(), "idp2", &Replacement::okta("Okta")).await.unwrap_err();
    assert!(!read.is_maybe_done() && written.is_maybe_done());
    for error in [read, written] {
        assert!(error.to_string().contains("`result.id`: it is the id of another identity provider"), "{error}");
    }
}

#[tokio::test]
async fn the_digits_of_an_id_may_be_capitals() {
    let stage = Stage::new([result(200, provider(json!(null)))]).await;
    assert_eq!(client(&stage).identity_provider(&account(), "IDP1").await.unwrap().unwrap().id(), "idp1");
}

#[tokio::test]
async fn creating_shows_the_scim_secret_once_and_never_in_debug() {
    let stage = Stage::new([result(201, provider("scim-hunter4".into()))]).await;
    let mut body = Replacement::okta("Okta");
    body.set("config.client_id", "0oa1");
    body.set_client_secret("client-hunter3".into());
    let created =
        client(&stage).post_identity_provider(&Scope::Zone("z1".into()), &body, &Departure::default()).await.unwrap();
    assert_eq!(stage.lines(), ["POST /client/v4/zones/z1/access/identity_providers"]);
    assert_eq!(stage.seen()[0].json()["config"]["client_secret"], "client-hunter3");
    assert_eq!(created.id(), "idp1");
    assert_eq!(created.scim_secret.as_ref().unwrap().expose_secret(), "scim-hunter4");
    assert!(created.client_secret.is_none(), "asterisks are no secret");
    assert!(created.scim().enabled);
    assert_eq!(created.scim().base_url.as_deref(), Some("https://t.cloudflareaccess.com/populations/idp1/scim/v2"));
    assert!(!format!("{created:?} {body:?}").contains("hunter"));
    assert!(!created.document.to_value().to_string().contains("hunter"));
}

#[tokio::test]
async fn hidden_scim_secrets_are_not_shown() {
    for hidden in [Value::Null, "".into(), "*****".into()] {
        let stage = Stage::new([result(200, provider(hidden))]).await;
        let found = client(&stage).identity_provider(&account(), "idp1").await.unwrap().unwrap();
        assert!(found.scim_secret.is_none());
    }
}

#[tokio::test]
async fn replacing_sends_the_whole_object_without_what_is_not_ours_to_send() {
    let stage = Stage::new([result(200, provider("clear".into())), result(200, provider(Value::Null))]).await;
    let client = client(&stage);
    let found = client.identity_provider(&account(), "idp1").await.unwrap().unwrap();
    let mut body = found.replacement();
    assert!(!body.changes(&found.document));
    body.set("scim_config.user_deprovision", true);
    assert!(body.changes(&found.document));
    client.replace_identity_provider(&account(), "idp1", &body).await.unwrap();
    let seen = &stage.seen()[1];
    assert_eq!(seen.line, "PUT /client/v4/accounts/acc1/access/identity_providers/idp1");
    assert_eq!(
        seen.json(),
        json!({"type": "okta", "name": "Okta", "future": [1.50],
            "config": {"client_id": "0oa1", "okta_account": "https://acme.okta.com"},
            "scim_config": {"enabled": true, "seat_deprovision": false, "identity_update_behavior": "automatic",
                "user_deprovision": true}})
    );
}

#[tokio::test]
async fn only_a_replacement_that_switches_scim_on_is_sent_once() {
    let off = || {
        let mut off = provider(Value::Null);
        off["scim_config"]["enabled"] = false.into();
        off
    };
    let stage = Stage::new([
        result(200, off()),
        Play::text(502, "<html>"),
        Play::text(502, "<html>"),
        result(200, off()),
        result(200, provider(Value::Null)),
        Play::text(502, "<html>"),
        result(200, provider(Value::Null)),
    ])
    .await;
    let client = client(&stage);
    let was_off = client.identity_provider(&account(), "idp1").await.unwrap().unwrap();
    let mut body = was_off.replacement();
    body.set("scim_config.enabled", true);
    assert!(body.switches_scim_on());
    let error = client.replace_identity_provider(&account(), "idp1", &body).await.unwrap_err();
    assert!(error.is_maybe_done());

    let mut body = was_off.replacement();
    body.set("name", "Renamed");
    client.replace_identity_provider(&account(), "idp1", &body).await.unwrap();

    let was_on = client.identity_provider(&account(), "idp1").await.unwrap().unwrap();
    let mut body = was_on.replacement();
    body.set("scim_config.user_deprovision", true);
    client.replace_identity_provider(&account(), "idp1", &body).await.unwrap();
}

#[tokio::test]
async fn gone_is_none_and_deleted() {
    let gone = || failure(404, 12135, "access.api.error.not_found");
    let stage = Stage::new([gone(), gone(), result(202, json!({"id": "idp1"})), failure(404, 7003, "no route")]).await;
    let client = client(&stage);
    assert!(client.identity_provider(&account(), "idp1").await.unwrap().is_none());
    client.delete_identity_provider(&account(), "idp1").await.unwrap();
    client.delete_identity_provider(&account(), "idp1").await.unwrap();
    let error = client.delete_identity_provider(&account(), "idp1").await.unwrap_err();
    assert_eq!((error.code(), error.request_id()), (Some("7003"), Some("ray-1")));
}

#[tokio::test]
async fn a_failure_in_a_success_is_a_failure() {
    let stage = Stage::new([failure(200, 9999, "access.api.error.not_enabled")]).await;
    let error = client(&stage).organization(&account()).await.unwrap_err();
    assert_eq!(error.code(), Some("9999"));
    assert!(error.to_string().contains("ray-1"), "{error}");
}

#[tokio::test]
async fn lists_are_read_to_the_last_page() {
    let page = |members: Value, info: Value| {
        Play::json(200, json!({"success": true, "errors": [], "result": members, "result_info": info}))
    };
    let group = |id: &str| json!({"id": id, "displayName": id, "meta": {"created": "2026-01-01T00:00:00Z"}});
    let stage = Stage::new([
        page(json!([group("a"), group("b")]), json!({"page": 1, "per_page": 2, "total_count": 3})),
        page(json!([group("c")]), json!({"page": 2, "per_page": 2, "total_count": 3})),
        page(json!([{"id": "u", "emails": null, "active": true}]), Value::Null),
        page(json!([provider("hunter2".into())]), json!({"total_pages": 1})),
    ])
    .await;
    let client = client(&stage);
    let groups = client.list_scim_groups("acc1", "idp1").await.unwrap();
    assert_eq!(groups.iter().map(|group| group.id.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(client.list_scim_users("acc1", "idp1", None).await.unwrap()[0].active, Some(true));
    let providers = client.list_identity_providers(&account()).await.unwrap().all;
    assert!(!providers[0].document.to_value().to_string().contains("hunter2"));
    assert_eq!(
        stage.lines(),
        [
            "GET /client/v4/accounts/acc1/access/identity_providers/idp1/scim/groups?page=1&per_page=100",
            "GET /client/v4/accounts/acc1/access/identity_providers/idp1/scim/groups?page=2&per_page=100",
            "GET /client/v4/accounts/acc1/access/identity_providers/idp1/scim/users?page=1&per_page=100",
            "GET /client/v4/accounts/acc1/access/identity_providers?page=1&per_page=200",
        ]
    );
}

#[tokio::test]
async fn a_page_that_comes_again_and_again_is_the_last_one_asked_for() {
    let group = json!({"id": "a", "displayName": "a", "meta": {"created": "2026-01-01T00:00:00Z"}});
    let page =
        || Play::json(200, json!({"success": true, "result": [group], "result_info": {"total_count": u64::MAX}}));
    let stage = Stage::new([page(), page()]).await;
    let error = client(&stage).list_scim_groups("acc1", "idp1").await.unwrap_err();
    assert!(error.to_string().contains("in a circle"), "{error}");
    assert_eq!(stage.lines().len(), 2);
}

#[tokio::test]
async fn a_member_of_a_list_without_an_id_is_unreadable() {
    let stage = Stage::new([result(200, json!([provider(Value::Null), {"name": "Okta", "type": "okta"}]))]).await;
    let error = client(&stage).list_identity_providers(&account()).await.unwrap_err();
    assert!(error.to_string().contains("result[1].id"), "{error}");
}

#[tokio::test]
async fn a_refreshed_secret_is_found_wherever_the_answer_has_it() {
    for body in [json!({"secret": "new"}), provider("new".into())] {
        let stage = Stage::new([result(200, body)]).await;
        let secret = client(&stage).refresh_scim_secret(&account(), "idp1").await.unwrap();
        assert_eq!(secret.expose_secret(), "new");
        assert_eq!(stage.lines(), ["POST /client/v4/accounts/acc1/access/identity_providers/idp1/refresh_scim_secret"]);
    }
    let stage = Stage::new([result(200, json!({"secret": "***"}))]).await;
    assert!(matches!(client(&stage).refresh_scim_secret(&account(), "idp1").await, Err(Error::Unreadable { .. })));
}

#[tokio::test]
async fn a_refresh_is_not_repeated_and_a_read_is() {
    let stage = Stage::new([
        Play::text(502, "<html>"),
        Play::text(520, "<html>"),
        result(200, json!({"auth_domain": "t.cloudflareaccess.com", "name": null})),
    ])
    .await;
    let client = client(&stage);
    let error = client.refresh_scim_secret(&account(), "idp1").await.unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::BAD_GATEWAY));
    let organization = client.organization(&account()).await.unwrap().unwrap();
    assert_eq!(organization.auth_domain, "t.cloudflareaccess.com");
}

const ID: &str = "f174e90a-fafe-4643-bbbc-4a0ed4fc8415";

fn log_page(entries: &[Value], after: Value) -> Play {
    Play::json(
        200,
        json!({"success": true, "errors": [], "messages": [], "result": entries,
            "result_info": {"count": 1, "cursors": {"after": after}}}),
    )
}

fn own_token() -> Play {
    result(200, json!({"id": "t1", "status": "active"}))
}

fn entry(by: Value, method: &str, uri: &str, result: &str) -> Value {
    json!({"action": {"result": result, "time": "2026-03-25T06:09:58Z"}, "actor": by,
        "raw": {"method": method, "uri": uri}, "resource": {"id": "", "type": "x"}})
}

fn span() -> audit_log::Span {
    use time::macros::datetime;
    let (since, before) = (datetime!(2026-03-25 0:30 UTC), datetime!(2026-03-26 0:00 UTC));
    audit_log::Span { since, before, read_at: None }
}

#[tokio::test]
async fn writes_by_others_are_told_from_our_own() {
    let ours = json!({"context": "api_token", "email": "ada@acme.example", "token_id": "t1", "token_name": "ci"});
    let theirs = json!({"context": "dash", "email": "bo@acme.example"});
    let uri = &format!("/client/v4/accounts/acc1/access/identity_providers/{ID}");
    let elsewhere = &format!("/api/v4/x/{ID}?y");
    let mut unnamed = entry(theirs.clone(), "PUT", "", "success");
    unnamed["resource"]["id"] = ID.into();
    let stage = Stage::new([
        own_token(),
        log_page(
            &[
                entry(ours, "PUT", uri, "success"),
                entry(theirs.clone(), "GET", uri, "success"),
                entry(theirs.clone(), "PUT", uri, "failure"),
                entry(theirs.clone(), "PUT", &format!("{uri}2"), "success"),
            ],
            "c1".into(),
        ),
        log_page(&[entry(theirs, "PUT", elsewhere, "success"), unnamed], Value::Null),
    ])
    .await;
    let writes = client(&stage).writes_to_identity_provider("acc1", ID, span(), None).await.unwrap().unwrap();
    let told: Vec<(&str, bool)> = writes.iter().map(|write| (write.by.as_str(), write.ours)).collect();
    let theirs = ("bo@acme.example in the dashboard", false);
    assert_eq!(told, [("ada@acme.example with the API token \"ci\"", true), theirs, theirs]);
    assert!(stage.lines()[2].contains("cursor=c1"), "{:?}", stage.lines());
}

#[tokio::test]
async fn an_exchange_is_found_by_its_ray_where_no_id_is_named() {
    let created = json!({"raw": {"method": "POST", "cf_ray_id": "8f1d",
        "uri": "/client/v4/accounts/acc1/access/identity_providers"}});
    let unnamed = json!({"raw": {"cf_ray_id": "8f2d"}});
    let of_another =
        json!({"raw": {"cf_ray_id": "8f3d", "method": "PUT", "uri": "/client/v4/zones/z1/dns_records/d1"}});
    for (ray, expected) in [("8f1d-ZRH", 1), ("8f2d", 1), ("8f3d", 0)] {
        let page = log_page(&[created.clone(), unnamed.clone(), of_another.clone()], Value::Null);
        let stage = Stage::new([own_token(), page]).await;
        let writes = client(&stage).writes_to_identity_provider("acc1", ID, span(), Some(ray)).await.unwrap().unwrap();
        assert_eq!(writes.len(), expected, "{ray}");
    }
}

#[tokio::test]
async fn the_log_is_read_for_an_object_that_is_dated_at_the_end_of_time() {
    let stage = Stage::new([own_token(), log_page(&[], Value::Null)]).await;
    let before = time::PrimitiveDateTime::MAX.assume_utc();
    let span = audit_log::Span { before, read_at: Some(std::time::Instant::now()), ..span() };
    client(&stage).writes_to_identity_provider("acc1", ID, span, None).await.unwrap();
    assert!(stage.lines()[1].contains("before=9999-12-31"), "{:?}", stage.lines());
}

#[tokio::test]
async fn nobody_is_shown_what_was_read_before_a_write() {
    let mut renamed = provider(Value::Null);
    renamed["name"] = json!("Renamed");
    let stage = Stage::new([result(200, provider(Value::Null)), result(200, json!({})), result(200, renamed)]).await;
    let client = client(&stage);
    let name = async || {
        let shown = client.look_at_identity_provider(&account(), "idp1", |_| true).await.unwrap().unwrap();
        shown.document.str("name").map(str::to_owned)
    };
    for _ in 0..2 {
        assert_eq!(name().await.as_deref(), Some("Okta"));
    }
    assert_eq!(stage.lines().len(), 1, "the second one shares the answer");
    // Of another object, and yet nobody knows what it changes.
    client.delete_identity_provider(&account(), "idp2").await.unwrap();
    assert_eq!(name().await.as_deref(), Some("Renamed"));
}

#[tokio::test]
async fn an_audit_log_that_runs_in_a_circle_is_not_read_on() {
    let page = |after: &str| log_page(&[entry(json!({}), "PUT", "/x", "success")], after.into());
    let stage = Stage::new([own_token(), page("a"), page("b"), page("a")]).await;
    let error = client(&stage).writes_to_identity_provider("acc1", ID, span(), None).await.unwrap_err();
    assert!(error.to_string().contains("in a circle"), "{error}");
    // Leading to itself is an end.
    let stage = Stage::new([own_token(), page("a"), page("a")]).await;
    client(&stage).writes_to_identity_provider("acc1", ID, span(), None).await.unwrap();
}

#[tokio::test]
async fn no_more_is_kept_of_a_list_than_there_is_room_for() {
    let roomy = |stage: &Stage| {
        let settings = Settings { max_list: 1000, ..Stage::settings() };
        Client::new(stage.url.clone(), Credentials::Token("t".into()), settings)
    };
    let group =
        |id: &str| json!({"id": id, "displayName": "a".repeat(400), "meta": {"created": "2026-01-01T00:00:00Z"}});
    let page =
        |id: &str| Play::json(200, json!({"success": true, "result": [group(id)], "result_info": {"total_count": 9}}));
    let stage = Stage::new([page("a"), page("b")]).await;
    let error = roomy(&stage).list_scim_groups("acc1", "idp1").await.unwrap_err();
    assert!(error.to_string().contains("the list is larger than 1000 bytes"), "{error}");

    // Of a log that is as large only what may be about a login method is kept.
    let log = |uri: &str| {
        let page =
            |after: &str| log_page(&[entry(json!({"email": "a".repeat(400)}), "PUT", uri, "success")], after.into());
        [own_token(), page("a"), page("b"), page("")]
    };
    for (uri, is_kept) in [(format!("/accounts/acc1/access/identity_providers/{ID}"), true), ("/x".to_owned(), false)] {
        let stage = Stage::new(log(&uri).into_iter().take(if is_kept { 3 } else { 4 })).await;
        let outcome = roomy(&stage).writes_to_identity_provider("acc1", ID, span(), None).await;
        let is_too_large = outcome.is_err_and(|error| error.to_string().contains("the list is larger than 1000 bytes"));
        assert_eq!(is_too_large, is_kept, "{uri}");
    }
}

#[tokio::test]
async fn an_audit_log_that_is_too_large_is_not_read_again_from_the_same_time_on() {
    let uri = format!("/accounts/acc1/access/identity_providers/{ID}");
    let page =
        |after: &str| log_page(&[entry(json!({"email": "a".repeat(400)}), "PUT", &uri, "success")], after.into());
    let written = Play::json(200, json!({"success": true, "result": {}}));
    let stage = Stage::new([own_token(), page("a"), page("b"), page(""), written, own_token(), page("")]).await;
    let settings = Settings { max_list: 1000, ..Stage::settings() };
    let client = Client::new(stage.url.clone(), Credentials::Token("t".into()), settings);
    let read =
        async |since| client.writes_to_identity_provider("acc1", ID, audit_log::Span { since, ..span() }, None).await;
    let (since, day) = (span().since, time::Duration::DAY);
    for since in [since, since, since - day] {
        let error = read(since).await.unwrap_err();
        assert!(error.to_string().contains("the list is larger than 1000 bytes"), "{error}");
    }
    assert_eq!(stage.lines().len(), 3, "it is known after the first time");
    // One that begins later may be short enough.
    assert_eq!(read(since + time::Duration::HOUR).await.unwrap().unwrap().len(), 1);
    assert!(read(since).await.is_err());
    // Nobody knows what a write changes.
    client.delete_identity_provider(&account(), "idp1").await.unwrap();
    assert_eq!(read(since).await.unwrap().unwrap().len(), 1);
}

#[tokio::test]
async fn many_who_wait_for_an_audit_log_that_cannot_be_read_cost_one_request() {
    let gate = Arc::new(tokio::sync::Notify::new());
    let failed = || failure(503, 9, "out of order");
    let again = (0..Stage::settings().max_retries).map(|_| failed());
    let script = [own_token(), log_page(&[], Value::Null), failed().after(&gate)];
    let stage = Stage::new(script.into_iter().chain(again)).await;
    let client = client(&stage);
    let read = || client.writes_to_identity_provider("acc1", ID, span(), None);
    // Whose token it is is known from now on, so that all of them stand in line before anything is answered.
    read().await.unwrap();
    let (outcomes, ()) = tokio::join!(futures_util::future::join_all((0..20).map(|_| read())), async {
        while stage.lines().len() < 3 {
            stage.arrived.notified().await;
        }
        gate.notify_one();
    });
    for outcome in outcomes {
        assert_eq!(outcome.unwrap_err().code(), Some("9"));
    }
}
#[tokio::test]
async fn an_audit_log_that_may_not_be_read_tells_nothing() {
    let forbidden = || failure(403, 10000, "Authentication error");
    let stage = Stage::new([
        failure(401, 1000, "Invalid API Token"),
        result(200, json!({"id": "t1", "status": "active"})),
        forbidden(),
    ])
    .await;
    let writes = client(&stage).writes_to_identity_provider("acc1", "idp1", span(), None).await.unwrap();
    assert_eq!(writes, None);
}

#[test]
fn an_identity_provider_is_known_by_every_field_that_was_sent_but_its_secrets() {
    let found = |name: &str| {
        let document = json!({"id": "idp1", "name": name, "type": "okta", "scim_config": {"enabled": false},
            "config": {"client_id": "0oa1", "okta_account": "https://acme.okta.com", "pkce_enabled": false}});
        identity_providers::IdentityProvider { document: Document::from_value(document).unwrap(), ..Default::default() }
    };
    let mut body = Replacement::okta("Okta");
    body.set("config.client_id", "0oa1");
    body.set("config.okta_account", "https://acme.okta.com");
    body.set_client_secret("hunter2".into());
    assert!(found("Okta").is_made_of(&body));
    assert!(!found("Okta 2").is_made_of(&body));
    body.set("config.pkce_enabled", true);
    assert!(!found("Okta").is_made_of(&body));
}
