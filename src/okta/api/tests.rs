//! The Okta client against a scripted server.

mod service_app;

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::app_settings::{ClaimRule, GroupsClaim};
use super::apps::Which;
use super::assignments::Scope;
use super::connections::ConnectionStatus;
use super::features::{UserProvisioning, UserProvisioningChange};
use super::logs::LogQuery;
use super::push_mappings::{PushStatus, Target};
use super::*;
use crate::http::Document;
use crate::http::stage::{Play, Stage};

fn with(stage: &Stage, credentials: Credentials) -> Client {
    Client::new(stage.url.clone(), credentials, Stage::settings())
}

fn client(stage: &Stage) -> Client {
    with(stage, Credentials::api_token("ssws-hunter2".into()))
}

fn error(status: u16, code: &str, summary: &str, causes: &[&str]) -> Play {
    let causes: Vec<Value> = causes.iter().map(|cause| json!({"errorSummary": cause})).collect();
    Play::json(status, json!({"errorCode": code, "errorSummary": summary, "errorId": "oae1", "errorCauses": causes}))
        .header("x-okta-request-id", "req-1")
}

fn gone() -> Play {
    error(404, "E0000007", "Not found: Resource not found: x (AppInstance)", &[])
}

fn org() -> Play {
    Play::json(
        200,
        json!({"id": "00o1", "pipeline": "idx", "_links": {"organization": {"href": "https://a.okta.com"},
        "alternate": {"href": "https://id.acme.example"}}}),
    )
}

#[tokio::test]
async fn each_credential_has_its_header_and_open_routes_have_none() {
    let user = || {
        Play::json(200, json!({"id": "00u1", "status": "ACTIVE", "profile": {"login": "a@b.example", "email": null}}))
    };
    let stage = Stage::new([user(), user(), org()]).await;
    client(&stage).user("a@b.example").await.unwrap();
    with(&stage, Credentials::access_token("at1".into())).user("00u1").await.unwrap();
    let organization = client(&stage).organization().await.unwrap();
    assert_eq!(organization.pipeline, organization::Pipeline::Idx);
    assert_eq!(organization.alternate_url.as_deref(), Some("https://id.acme.example"));
    let seen = stage.seen();
    assert_eq!(seen[0].line, "GET /api/v1/users/a@b.example");
    assert_eq!(seen[0].header("authorization"), Some("SSWS ssws-hunter2"));
    assert_eq!(seen[1].header("authorization"), Some("Bearer at1"));
    assert_eq!(seen[2].header("authorization"), None);
}

#[tokio::test]
async fn nobody_is_shown_what_was_read_before_a_write() {
    let mut renamed = app("0oa1");
    renamed["label"] = json!("Renamed");
    let stage = Stage::new([Play::json(200, app("0oa1")), Play::json(200, json!({})), Play::json(200, renamed)]).await;
    let client = client(&stage);
    let look = async || client.look_at_app("oidc_client", "0oa1", |_| true).await.unwrap().unwrap();
    let first = look().await.document;
    assert_eq!(look().await.document, first);
    assert_eq!(stage.lines().len(), 1, "the second one shares the answer");
    // Of another app, and yet nobody knows what it changes.
    client.deactivate_app("0oa2").await.unwrap();
    assert_eq!(look().await.document.str("label"), Some("Renamed"));
}

#[tokio::test]
async fn another_app_than_the_one_that_was_asked_for_is_no_answer() {
    let stage = Stage::new([Play::json(200, app("0oa1")), Play::json(200, app("0oa1"))]).await;
    let client = client(&stage);
    let read = client.app("0oa2").await.unwrap_err();
    let document = Document::from_value(app("0oa2")).unwrap();
    for error in [read, client.replace_app("0oa2", &document).await.unwrap_err()] {
        assert!(error.to_string().contains("`id`: it is the id of another app"), "{error}");
        assert_eq!(error.is_maybe_done(), error.to_string().contains("PUT"), "{error}");
    }
}

#[tokio::test]
async fn another_client_secret_than_the_one_that_was_asked_for_is_no_answer() {
    let other = || Play::json(200, json!({"id": "ocs1", "status": "INACTIVE"}));
    let stage = Stage::new([other(), other()]).await;
    let client = client(&stage);
    let read = client.client_secret("0oa1", "ocs2").await.unwrap_err();
    let written = client.deactivate_client_secret("0oa1", "ocs2").await.unwrap_err();
    assert!(!read.is_maybe_done() && written.is_maybe_done());
    for error in [read, written] {
        assert!(error.to_string().contains("`id`: it is the id of another client secret"), "{error}");
    }
}

#[tokio::test]
async fn without_credentials_nothing_is_sent() {
    let stage = Stage::new([]).await;
    let error = with(&stage, Credentials::default()).group("00g1").await.unwrap_err();
    assert!(matches!(error, Error::Unusable { .. }), "{error:?}");
}

#[tokio::test]
async fn the_private_route_takes_the_api_token_alone() {
    let group = Play::json(200, json!({"id": "00g1", "type": "OKTA_GROUP", "profile": {"name": "g"}}));
    let stage = Stage::new([group, Play::json(200, json!({}))]).await;
    let client = with(&stage, Credentials::access_token("at1".into()).with_api_token("t1".into()));
    client.group("00g1").await.unwrap();
    client.clear_groups_claim("0oa1", "ORG_URL").await.unwrap();
    let seen = stage.seen();
    assert_eq!(seen[0].header("authorization"), Some("Bearer at1"));
    assert_eq!(seen[1].header("authorization"), Some("SSWS t1"));
    assert_eq!(seen[1].line, "POST /api/v1/internal/apps/0oa1/settings/oauth/idToken");
    assert_eq!(seen[1].json(), json!({"issuerMode": "ORG_URL"}));
}

fn empty_list() -> Play {
    Play::json(200, json!([]))
}

#[tokio::test]
async fn lists_follow_next_links_and_do_not_run_in_circles() {
    let member = |id: &str| json!({"id": id, "priority": 0, "profile": {}});
    let next = |cursor: &str| format!("<{{base}}/api/v1/apps/0oa1/groups?after={cursor}&limit=200>; rel=\"next\"");
    let stage = Stage::new([
        Play::json(200, json!([member("a")])).header("link", "<{base}/x>; rel=\"self\"").header("link", &next("c1")),
        Play::json(200, json!([member("b")])),
        Play::json(200, json!([member("a")])).header("link", &next("c1")),
        Play::json(200, json!([member("a")])).header("link", &next("c1")),
        Play::json(200, json!([member("a")])).header("link", "<https://evil.example/>; rel=\"next\""),
    ])
    .await;
    let client = client(&stage);
    let groups = client.list_app_groups("0oa1").await.unwrap();
    assert_eq!(groups.iter().map(|group| group.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(
        stage.lines(),
        ["GET /api/v1/apps/0oa1/groups?limit=200", "GET /api/v1/apps/0oa1/groups?after=c1&limit=200"]
    );
    let circle = client.list_app_groups("0oa1").await.unwrap_err();
    assert!(circle.to_string().contains("circle"), "{circle}");
    assert!(matches!(client.list_app_groups("0oa1").await, Err(Error::Unusable { .. })));
}

#[tokio::test]
async fn a_list_that_is_too_large_is_not_kept() {
    let page = |next: &str| {
        let group = json!({"id": "00g1", "priority": 0, "profile": {}});
        Play::json(200, json!([group])).header("link", &format!("<{{base}}/x?after={next}>; rel=\"next\""))
    };
    let stage = Stage::new([page("1"), page("2"), page("3")]).await;
    let settings = Settings { max_list: 100, ..Stage::settings() };
    let client = Client::new(stage.url.clone(), Credentials::api_token("t".into()), settings);
    let error = client.list_app_groups("0oa1").await.unwrap_err().to_string();
    assert!(error.contains("/x: cannot read the answer at `Link`: the list is larger than 100 bytes"), "{error}");
}

#[tokio::test]
async fn what_is_not_kept_of_a_list_needs_no_room() {
    let page = |login: &str, unused: &str, next: Option<&str>| {
        let account = json!({"id": "00u1", "credentials": {"userName": login}, "profile": {"unused": unused}});
        let page = Play::json(200, json!([account]));
        next.map_or_else(
            || Play::json(200, json!([])),
            |next| page.header("link", &format!("<{{base}}/x?after={next}>; rel=\"next\"")),
        )
    };
    let (long, settings) = ("a".repeat(500), Settings { max_list: 1000, ..Stage::settings() });
    for (login, unused, is_kept) in [("a", long.as_str(), false), (long.as_str(), "a", true)] {
        let page = |next| page(login, unused, next);
        let last = (!is_kept).then(|| page(None));
        let stage = Stage::new([page(Some("1")), page(Some("2"))].into_iter().chain(last)).await;
        let client = Client::new(stage.url.clone(), Credentials::api_token("t".into()), settings.clone());
        let outcome = client.list_app_users("0oa1").await;
        assert_eq!(outcome.is_err_and(|error| error.to_string().contains("larger than 1000 bytes")), is_kept);
    }
}

#[tokio::test]
async fn a_page_of_apps_takes_as_much_room_as_what_is_kept_of_it() {
    let apps = || Play::json(200, json!([{"id": "0oa1", "label": "a".repeat(1000)}]));
    let stage = Stage::new([apps(), apps()]).await;
    let client = client(&stage);
    let whole = client.page_of_apps(Which::Named("oidc_client"), None, |text| text).await.unwrap();
    let ids = client.page_of_apps(Which::AssignedTo("00g1"), None, drop).await.unwrap();
    assert!(whole.size > 1000 && (1..100).contains(&ids.size), "{} {}", whole.size, ids.size);
}

fn app(id: &str) -> Value {
    json!({"id": id, "name": "oidc_client", "label": "L", "status": "ACTIVE", "signOnMode": "OPENID_CONNECT",
        "features": ["PUSH_NEW_USERS"], "future": {"x": [1.50, null]},
        "credentials": {"oauthClient": {"client_id": "chosen", "client_secret": "app-hunter4"}},
        "_links": {"accessPolicy": {"href": "https://a.okta.com/api/v1/policies/rst1"}}})
}

#[tokio::test]
async fn the_secret_of_an_app_is_taken_out_of_its_document() {
    let stage = Stage::new([Play::json(200, app("0oa1"))]).await;
    let created = client(&stage).make_app(&json!({"label": "L"}), false).await.unwrap();
    assert_eq!(stage.lines(), ["POST /api/v1/apps?activate=false"]);
    assert_eq!(created.client_secret.as_ref().unwrap().expose_secret(), "app-hunter4");
    assert!(!format!("{created:?} {}", created.document.to_value()).contains("hunter"));
    assert_eq!((created.id(), created.client_id()), ("0oa1", Some("chosen")));
    assert_eq!(created.access_policy_id(), Some("rst1"));
    assert_eq!(created.status(), Status::Active);
    assert_eq!(created.features(), ["PUSH_NEW_USERS"]);
}

#[tokio::test]
async fn replacing_an_app_loses_nothing_but_links() {
    let stage = Stage::new([Play::json(200, app("0oa1")), Play::json(200, app("0oa1"))]).await;
    let client = client(&stage);
    let mut found = client.app("0oa1").await.unwrap().unwrap();
    found.document.set("label", "new");
    client.replace_app("0oa1", &found.document).await.unwrap();
    let mut expected = app("0oa1");
    expected["label"] = "new".into();
    expected.as_object_mut().unwrap().remove("_links");
    expected["credentials"]["oauthClient"].as_object_mut().unwrap().remove("client_secret");
    assert_eq!(stage.seen()[1].json(), expected);
}

#[tokio::test]
async fn a_refusal_does_not_repeat_the_secret_we_sent() {
    let stage =
        Stage::new([error(400, "E0000001", "Api validation failed: client_secret", &["sent-hunter3 is too short"])])
            .await;
    let body = json!({"credentials": {"oauthClient": {"client_secret": "sent-hunter3"}}});
    let error = client(&stage).make_app(&body, true).await.unwrap_err().error;
    assert!(!error.to_string().contains("hunter"), "{error}");
    assert!(error.cause_for("client_secret").is_some());
    assert_eq!(error.request_id(), Some("req-1"));
}

#[tokio::test]
async fn gone_is_none_and_deleted() {
    let mut deleted = app("0oa1");
    deleted["status"] = "DELETED".into();
    let stage = Stage::new([
        gone(),
        Play::json(200, deleted),
        gone(),
        error(403, "E0000056", "Delete application forbidden.", &[]),
    ])
    .await;
    let client = client(&stage);
    assert!(client.app("0oa1").await.unwrap().is_none());
    assert!(client.app("0oa1").await.unwrap().is_none());
    client.delete_app("0oa1").await.unwrap();
    assert_eq!(client.delete_app("0oa1").await.unwrap_err().code(), Some("E0000056"));
}

#[tokio::test]
async fn the_doubt_about_a_write_outlives_the_wait_for_its_object_to_be_known() {
    let limited = || Play::text(429, "").header("retry-after", "0");
    let stage = Stage::new([Play::text(502, ""), gone(), limited(), limited()]).await;
    let settings = Settings { max_retries: 1, ..Stage::settings() };
    let client = Client::new(stage.url.clone(), Credentials::api_token("t".into()), settings);
    client.newborns.add("0oa1");
    let error = client.assign_group("0oa1", "00g1").await.unwrap_err();
    assert!(matches!(error, Error::RateLimited { maybe_done: true, .. }), "{error:?}");

    // So does the one about a claim, after which Okta may not know the app at its private route.
    let stage = Stage::new([Play::text(502, ""), gone(), limited(), limited()]).await;
    let settings = Settings { max_retries: 1, ..Stage::settings() };
    let client = Client::new(stage.url.clone(), Credentials::api_token("t".into()), settings);
    let error = client.clear_groups_claim("0oa1", "ORG_URL").await.unwrap_err();
    assert!(matches!(error, Error::RateLimited { maybe_done: true, .. }), "{error:?}");
}

#[tokio::test]
async fn a_deletion_that_is_stopped_after_a_doubtful_404_is_not_taken_for_done() {
    let stage = Stage::new([Play::text(502, ""), gone()]).await;
    let stop = tokio_util::sync::CancellationToken::new();
    let client = client(&stage).with_caller(Caller { stop: stop.clone(), ..Caller::default() });
    client.newborns.add("0oa1");
    let (outcome, ()) = tokio::join!(client.unassign_group("0oa1", "00g1"), async {
        while stage.lines().len() < 2 {
            stage.arrived.notified().await;
        }
        stop.cancel();
    });
    let error = outcome.unwrap_err();
    assert!(error.is_stopped() && error.is_maybe_done() && !error.is_not_found(), "{error:?}");
    assert!(error.to_string().contains("stopped on request, after \"DELETE"), "{error}");
}

#[tokio::test]
async fn what_another_call_reads_is_waited_for_until_the_time_is_over() {
    let gate = Arc::new(tokio::sync::Notify::new());
    let apps = [Play::json(200, app("0oa1")), empty_list().after(&gate), gone()];
    let stage = Stage::new([org().after(&gate)].into_iter().chain(apps)).await;
    let client = client(&stage);
    let caller = Caller { deadline: Some(std::time::Instant::now()), ..Caller::default() };
    let late = client.with_caller(caller);
    let look = async |client: &Client, id: &str| client.look_at_app("oidc_client", id, |_| true).await;
    let both = async {
        let (read, error) = tokio::join!(client.look_at_organization(), async {
            stage.arrived.notified().await;
            let error = late.look_at_organization().await.unwrap_err();
            gate.notify_one();
            error
        });
        assert!(read.is_ok() && matches!(error, Error::OutOfTime { .. }), "{error:?}");

        // The first one is read alone, and the second one reads the list.
        assert!(look(&client, "0oa1").await.unwrap().is_some());
        stage.arrived.notified().await;
        let (read, error) = tokio::join!(look(&client, "0oa2"), async {
            stage.arrived.notified().await;
            let error = look(&late, "0oa3").await.unwrap_err();
            gate.notify_one();
            error
        });
        assert!(read.unwrap().is_none() && matches!(error, Error::OutOfTime { .. }), "{error:?}");
    };
    tokio::time::timeout(Duration::from_secs(60), both).await.expect("nobody waits for ever");
}

#[tokio::test]
async fn known_hiccups_are_repeated() {
    let hiccup = || error(500, "E0000009", "Internal Server Error", &[]);
    let busy = error(423, "E0000239", "Policy priorities are being reconciled.", &[]);
    let refused = error(403, "E0000006", "You do not have permission", &[]);
    let script = [hiccup(), Play::text(204, ""), busy, Play::json(200, app("0oa1")), hiccup(), refused];
    let stage = Stage::new(script).await;
    let client = client(&stage);
    client.delete_app("0oa1").await.unwrap();
    client.make_app(&json!({}), true).await.unwrap();
    // What may have been made is looked for instead.
    assert_eq!(client.make_app(&json!({}), true).await.unwrap_err().error.code(), Some("E0000009"));
}

#[tokio::test]
async fn a_claim_is_waited_for_after_the_app_was_created() {
    let claim = json!({"issuer": null, "issuerMode": "ORG_URL", "valueType": "GROUPS", "name": "groups",
        "groupFilterType": "STARTS_WITH", "value": "cf-"});
    let none = json!({"issuer": null, "issuerMode": "ORG_URL", "audience": null});
    let stage =
        Stage::new([gone(), Play::json(200, claim.clone()), Play::json(200, claim), Play::json(200, none)]).await;
    let client = client(&stage);
    let claim = GroupsClaim {
        name: "groups".into(),
        rule: ClaimRule::Filter { filter_type: "STARTS_WITH".into(), value: "cf-".into() },
    };
    client.set_groups_claim("0oa1", &claim, "ORG_URL").await.unwrap();
    assert_eq!(
        stage.seen()[1].json(),
        json!({"valueType": "GROUPS", "groupFilterType": "STARTS_WITH", "issuerMode": "ORG_URL", "name": "groups", "value": "cf-"})
    );
    assert_eq!(client.groups_claim("0oa1").await.unwrap(), Some(claim));
    assert_eq!(client.groups_claim("0oa1").await.unwrap(), None);

    let stage = Stage::new([gone(), gone(), gone(), gone()]).await;
    assert_eq!(self::client(&stage).groups_claim("0oa1").await.unwrap(), None);
}

#[tokio::test]
async fn client_secrets_come_with_hash_and_without_debug() {
    let secret = json!({"id": "ocs1", "created": "c", "lastUpdated": "u", "status": "ACTIVE",
        "client_secret": "clear-hunter5", "secret_hash": "h", "_links": {}});
    let stage = Stage::new([
        Play::json(200, json!([secret])),
        Play::json(201, secret.clone()),
        Play::json(200, secret),
        Play::text(204, ""),
        gone(),
    ])
    .await;
    let client = client(&stage);
    let all = client.client_secrets("0oa1").await.unwrap().unwrap();
    assert_eq!(all[0].client_secret.as_ref().unwrap().expose_secret(), "clear-hunter5");
    assert_eq!((all[0].secret_hash.as_deref(), all[0].status), (Some("h"), Status::Active));
    assert!(!format!("{all:?}").contains("hunter"));
    client.create_client_secret("0oa1", Some(&SecretString::from("mine")), true).await.unwrap();
    client.deactivate_client_secret("0oa1", "ocs1").await.unwrap();
    client.delete_client_secret("0oa1", "ocs1").await.unwrap();
    assert!(client.client_secrets("0oa1").await.unwrap().is_none());
    let seen = stage.seen();
    assert_eq!(seen[1].json(), json!({"status": "ACTIVE", "client_secret": "mine"}));
    assert_eq!(seen[2].line, "POST /api/v1/apps/0oa1/credentials/secrets/ocs1/lifecycle/deactivate");
    assert_eq!(seen[3].line, "DELETE /api/v1/apps/0oa1/credentials/secrets/ocs1");
}

#[tokio::test]
async fn refusals_of_client_secrets_are_told_apart() {
    let refused = |cause: &str| {
        Play::json(
            400,
            json!({"errorCode": "E0000001", "errorSummary": "Api validation failed: OAuth2ClientSecretMediated",
                "errorCauses": [{"errorSummary": cause}]}),
        )
    };
    let full = "You've reached the maximum number of client secrets per client.";
    let last = "You can't deactivate the only active client secret.";
    let stage = Stage::new([refused(full), refused(last), refused("Something else.")]).await;
    let client = client(&stage);
    let error = client.create_client_secret("0oa1", None, true).await.unwrap_err();
    assert!(secrets::is_at_limit(&error) && !secrets::is_only_active(&error), "{error}");
    let error = client.deactivate_client_secret("0oa1", "ocs1").await.unwrap_err();
    assert!(secrets::is_only_active(&error) && !secrets::is_at_limit(&error), "{error}");
    let error = client.deactivate_client_secret("0oa1", "ocs1").await.unwrap_err();
    assert!(!secrets::is_only_active(&error) && !secrets::is_at_limit(&error), "{error}");
}

#[tokio::test]
async fn a_connection_is_set_in_one_go_and_unknown_is_known() {
    let unknown = json!({"status": "UNKNOWN", "authScheme": "UNKNOWN", "profile": {"authScheme": "UNKNOWN"}});
    let failed =
        error(400, "E0000059", "The connector configuration could not be tested.", &["token tok-hunter3 refused"]);
    let stage = Stage::new([Play::json(200, unknown), failed, Play::text(204, "")]).await;
    let client = client(&stage);
    let token = SecretString::from("tok-hunter3");
    let set = client.set_connection("0oa1", "https://t.example/scim/v2", &token, true).await.unwrap();
    assert_eq!(set.status, ConnectionStatus::Unknown);
    let error = client.set_connection("0oa1", "https://t.example/scim/v2", &token, true).await.unwrap_err();
    assert!(!error.to_string().contains("hunter"), "{error}");
    client.deactivate_connection("0oa1").await.unwrap();
    let seen = stage.seen();
    assert_eq!(seen[0].line, "POST /api/v1/apps/0oa1/connections/default?activate=true");
    assert_eq!(
        seen[0].json(),
        json!({"baseUrl": "https://t.example/scim/v2", "profile": {"authScheme": "TOKEN", "token": "tok-hunter3"}})
    );
    assert_eq!(seen[2].line, "POST /api/v1/apps/0oa1/connections/default/lifecycle/deactivate");
}

#[tokio::test]
async fn switches_are_changed_one_by_one() {
    let feature = json!({"name": "USER_PROVISIONING", "status": "ENABLED", "capabilities": {
        "create": {"lifecycleCreate": {"status": "ENABLED"}},
        "update": {"lifecycleDeactivate": {"status": "DISABLED"}, "profile": {"status": "ENABLED"}}}});
    let off = error(
        400,
        "E0000001",
        "Api validation failed: feature",
        &["Provisioning is not enabled for the app instance."],
    );
    let stage = Stage::new([off, Play::json(200, feature)]).await;
    let client = client(&stage);
    assert_eq!(client.user_provisioning("0oa1").await.unwrap(), None);
    let change =
        UserProvisioningChange { create_users: Some(true), deactivate_users: Some(false), ..Default::default() };
    let now = client.set_user_provisioning("0oa1", change).await.unwrap();
    assert_eq!(now, UserProvisioning { create_users: true, update_user_attributes: true, deactivate_users: false });
    assert_eq!(
        stage.seen()[1].json(),
        json!({"create": {"lifecycleCreate": {"status": "ENABLED"}}, "update": {"lifecycleDeactivate": {"status": "DISABLED"}}})
    );
}

#[tokio::test]
async fn people_and_groups_are_assigned_and_unassigned() {
    let user = json!({"id": "00u1", "externalId": "s1", "scope": "GROUP", "status": "PROVISIONED", "syncState": "SYNCHRONIZED"});
    let stage = Stage::new([
        Play::json(200, json!({"id": "00g1", "priority": 0, "profile": {}})),
        Play::text(204, ""),
        Play::json(200, json!([user])),
        Play::json(200, user),
        gone(),
    ])
    .await;
    let client = client(&stage);
    client.assign_group("0oa1", "00g1").await.unwrap();
    client.unassign_group("0oa1", "00g1").await.unwrap();
    let users = client.list_app_users("0oa1").await.unwrap();
    assert_eq!((users[0].scope, users[0].external_id.as_deref()), (Scope::Group, Some("s1")));
    client.assign_user("0oa1", "00u1").await.unwrap();
    client.unassign_user("0oa1", "00u1").await.unwrap();
    assert_eq!(stage.seen()[3].json(), json!({"id": "00u1", "scope": "USER"}));
    assert_eq!(stage.lines()[4], "DELETE /api/v1/apps/0oa1/users/00u1?sendEmail=false");
}

#[tokio::test]
async fn push_mappings_live_and_die() {
    let mapping = |status: &str| {
        json!({"id": "gPm1", "sourceGroupId": "00g1", "targetGroupId": "00g2", "status": status,
            "errorSummary": "no", "created": "2026-03-25T06:09:58Z", "lastUpdated": "2026-03-25T06:09:58Z"})
    };
    let stage = Stage::new([
        Play::json(200, mapping("ACTIVE")),
        Play::json(200, mapping("ERROR")),
        Play::json(200, mapping("INACTIVE")),
        Play::text(200, ""),
    ])
    .await;
    let client = client(&stage);
    client.create_push_mapping("0oa1", "00g1", Target::Name("n")).await.unwrap();
    let found = client.push_mapping("0oa1", "gPm1").await.unwrap().unwrap();
    assert_eq!((found.status, found.error_summary.as_deref()), (PushStatus::Error, Some("no")));
    client.set_push_mapping_active("0oa1", "gPm1", false).await.unwrap();
    client.delete_push_mapping("0oa1", "gPm1", false).await.unwrap();
    let seen = stage.seen();
    assert_eq!(seen[0].json(), json!({"sourceGroupId": "00g1", "status": "ACTIVE", "targetGroupName": "n"}));
    assert_eq!(seen[2].line, "PATCH /api/v1/apps/0oa1/group-push/mappings/gPm1");
    assert_eq!(seen[3].line, "DELETE /api/v1/apps/0oa1/group-push/mappings/gPm1?deleteTargetGroup=false");
}

#[tokio::test]
async fn groups_are_found_by_exact_name_and_counted() {
    let group =
        |name: &str| json!({"id": "00g1", "type": "OKTA_GROUP", "profile": {"name": name, "description": null}});
    let stats = json!([{"id": "00g1", "_embedded": {"stats": {"usersCount": 3}}}]);
    let stage = Stage::new([
        Play::json(200, json!([group("A \"b\""), group("a \"B\"")])),
        Play::json(200, stats),
        empty_list(),
    ])
    .await;
    let client = client(&stage);
    let found = client.groups_by_name("A \"b\"").await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(client.group_member_count("00g1").await.unwrap(), Some(3));
    assert_eq!(client.group_member_count("00g1").await.unwrap(), None);
    assert_eq!(
        stage.lines()[..2],
        [
            "GET /api/v1/groups?search=profile.name+eq+%22A+%5C%22b%5C%22%22&limit=1000",
            "GET /api/v1/groups?filter=id+eq+%2200g1%22&expand=stats"
        ]
    );
}

#[tokio::test]
async fn apps_are_read_page_by_page_and_only_as_far_as_asked() {
    let app = |id: &str| json!({"id": id, "name": "oidc_client", "label": id});
    let stage = Stage::new([
        Play::json(200, json!([app("0oa1"), app("0oa2")])).header("link", "<{base}/api/v1/apps?after=2>; rel=\"next\""),
        Play::json(200, json!([app("0oa3")])),
        empty_list(),
        empty_list(),
    ])
    .await;
    let client = client(&stage);
    let mut pages = client.apps(Which::Named("oidc_client"));
    assert_eq!(pages.next().await.unwrap().unwrap().len(), 2);
    assert_eq!(stage.lines().len(), 1, "no page is read before it is asked for");
    assert_eq!(pages.next().await.unwrap().unwrap()[0].id(), "0oa3");
    assert!(pages.next().await.unwrap().is_none());
    client.apps(Which::Labelled("Acc")).next().await.unwrap();
    client.apps(Which::AssignedTo("00g1")).next().await.unwrap();
    assert_eq!(
        stage.lines(),
        [
            "GET /api/v1/apps?limit=200&filter=name+eq+%22oidc_client%22",
            "GET /api/v1/apps?after=2",
            "GET /api/v1/apps?limit=200&q=Acc",
            "GET /api/v1/apps?limit=200&filter=group.id+eq+%2200g1%22",
        ]
    );
}

#[tokio::test]
async fn policies_are_listed_and_bound() {
    let stage = Stage::new([
        Play::json(200, json!([{"id": "rst1", "name": "Any", "status": "ACTIVE", "system": true}])),
        Play::text(204, ""),
    ])
    .await;
    let client = client(&stage);
    assert!(client.list_access_policies().await.unwrap()[0].system);
    client.bind_policy("0oa1", "rst1").await.unwrap();
    assert_eq!(stage.lines(), ["GET /api/v1/policies?type=ACCESS_POLICY", "PUT /api/v1/apps/0oa1/policies/rst1"]);
}

#[tokio::test]
async fn the_log_is_read_up_to_the_limit() {
    let event = |id: &str| {
        json!({"uuid": id, "published": "2026-01-01T00:00:00.000Z", "eventType": "e",
        "outcome": {"result": "FAILURE", "reason": "r"}, "actor": {"id": "x", "type": "User"}, "target": null})
    };
    let next = "<{base}/api/v1/logs?after=1>; rel=\"next\"";
    let stage = Stage::new([
        Play::json(200, json!([event("1"), event("2")])).header("link", next),
        Play::json(200, json!([event("3"), event("4")])).header("link", next),
        empty_list().header("link", next),
    ])
    .await;
    let client = client(&stage);
    let query = LogQuery { filter: Some("target.id eq \"0oa1\"".into()), limit: 3, ..LogQuery::default() };
    let events = client.log_events(&query).await.unwrap();
    assert_eq!(events.iter().map(|event| event.uuid.as_str()).collect::<Vec<_>>(), ["1", "2", "3"]);
    assert!(client.log_events(&query).await.unwrap().is_empty());
    assert!(stage.lines()[0].starts_with("GET /api/v1/logs?sortOrder=DESCENDING&limit=3&filter=target.id"));
}

#[test]
fn debug_of_the_client_shows_no_credentials() {
    let url = Url::parse("https://acme.okta.com").unwrap();
    let client = Client::new(url, Credentials::api_token("hunter2".into()), Settings::default());
    let text = format!("{client:?} {:?}", Document::new());
    assert!(!text.contains("hunter2"), "{text}");
    assert!(client.has_api_token());
}

#[test]
fn an_app_is_known_by_every_field_that_was_sent() {
    let sent = json!({"name": "oidc_client", "label": "Access", "settings": {"oauthClient": {"redirect_uris": ["b", "a"]}},
        "credentials": {"oauthClient": {"client_secret": "hunter2"}}});
    let shown = |label: &str| {
        let document = json!({"id": "0oa1", "name": "oidc_client", "label": label, "status": "ACTIVE",
            "settings": {"oauthClient": {"redirect_uris": ["a", "b"], "consent_method": "TRUSTED"}}});
        apps::App::from(Document::from_value(document).unwrap())
    };
    assert!(shown("Access").is_made_of(&sent));
    assert!(!shown("Access 2").is_made_of(&sent));
}

#[tokio::test]
async fn an_assignment_whose_answer_was_lost_is_looked_for() {
    let user = |scope: &str| Play::json(200, json!({"id": "00u1", "scope": scope, "status": "ACTIVE"}));
    let stage = Stage::new([Play::text(502, ""), user("USER"), Play::text(200, "{"), user("GROUP")]).await;
    let client = client(&stage);
    assert_eq!(client.assign_user("0oa1", "00u1").await.unwrap().id, "00u1");
    assert!(client.assign_user("0oa1", "00u1").await.unwrap_err().is_maybe_done(), "through a group is not directly");
    assert_eq!(stage.lines()[1], "GET /api/v1/apps/0oa1/users/00u1");
}
