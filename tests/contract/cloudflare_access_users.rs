//! The people who have logged in, as the API shows them: lists, identities, failed logins, seats, the access log.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::cloudflare::Login;

use crate::browser::{Browser, parameter};
use crate::cloudflare::{Caller, assert_failure, members, okta};

/// An account with one identity provider, and three people who have logged in with it, a minute after one another.
async fn account() -> (Caller, String, Vec<String>) {
    let caller = Caller::new().await;
    let mut body = okta(Value::Null);
    body["config"]["okta_account"] = json!(caller.mock.org_url());
    let idp = caller.create(body).await["id"].as_str().unwrap().to_owned();
    let mut tokens = Vec::new();
    for (email, name) in
        [("ada@acme.example", "Ada Quist"), ("Bo@acme.example", "Bo Lindqvist"), ("chidi@acme.example", "")]
    {
        let login = Login {
            email: email.into(),
            name: name.into(),
            identity_provider: idp.clone(),
            groups: vec!["Engineering".into(), "Zero Trust Users".into()],
            claims: json!({"department": "Research"}),
            ip: "192.0.2.7".into(),
        };
        let now = caller.mock.world().clock.now();
        tokens.push(caller.mock.cloudflare().logged_in(login, now));
        caller.mock.world().clock.advance(Duration::from_secs(60));
    }
    (caller, idp, tokens)
}

/// A login that Okta refuses, through to its end.
fn fail(caller: &Caller, error: &str) -> Browser {
    let mut browser = Browser::new(&caller.mock);
    let at = |path: &str| format!("{}/cdn-cgi/access/{path}", caller.mock.auth_url());
    let state =
        parameter(browser.stop_at("/v1/authorize").open(&at("login/app.acme.example")).held(), "state").unwrap();
    browser.open(&at(&format!("callback?error={error}&error_description=Because+of+%3Cb%3E.&state={state}")));
    browser
}

#[tokio::test]
async fn people_are_listed_in_pages_and_found_by_email_and_name() {
    let (caller, ..) = account().await;
    let listed = caller.get(&caller.account("access/users")).await;
    let names = [
        "access_seat",
        "active_device_count",
        "created_at",
        "email",
        "gateway_seat",
        "id",
        "last_successful_login",
        "name",
        "seat_uid",
        "uid",
        "updated_at",
    ];
    assert_eq!(members(&listed["result"][0]), names);
    assert_eq!(listed["result"][0]["access_seat"], true);
    let info = json!({"page": 1, "per_page": 100, "count": 3, "total_count": 3, "total_pages": 1});
    assert_eq!(listed["result_info"], info);

    let found = async |query: &str| {
        let found = caller.get(&caller.account(&format!("access/users?{query}"))).await;
        let emails = found["result"].as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap().to_owned());
        emails.collect::<Vec<_>>()
    };
    assert_eq!(found("page=2&per_page=2").await, ["chidi@acme.example"]);
    assert_eq!(found("email=bo%40acme.example").await, ["Bo@acme.example"]);
    assert_eq!(found("name=ada+quist").await, ["ada@acme.example"]);
    assert_eq!(found("search=quist").await, ["ada@acme.example"].map(String::from).to_vec());
    assert_eq!(found("search=ACME").await.len(), 3);
    assert_eq!(found("email=bo").await, Vec::<String>::new());
    for query in ["page=0", "per_page=x"] {
        let answer = caller.call(Method::GET, &caller.account(&format!("access/users?{query}")), Value::Null).await;
        assert_failure(&answer, 400, 12130);
    }
}

#[tokio::test]
async fn an_identity_is_what_the_last_login_brought() {
    let (caller, idp, tokens) = account().await;
    let user = caller.mock.cloudflare().person("ada@acme.example").unwrap().id.clone();
    let of = |user: &str, noun: &str| caller.account(&format!("access/users/{user}/{noun}"));
    let identity = caller.get(&of(&user, "last_seen_identity")).await["result"].clone();
    assert_eq!(
        (&identity["email"], &identity["user_uuid"], &identity["ip"]),
        (&json!("ada@acme.example"), &json!(user), &json!("192.0.2.7"))
    );
    assert_eq!(identity["idp"], json!({"id": idp, "type": "okta"}));
    assert!(!identity.to_string().contains(&tokens[0]));
    for noun in ["last_seen_identity", "failed_logins"] {
        let nobody = caller.call(Method::GET, &of(&idp, noun), Value::Null).await;
        assert_eq!(assert_failure(&nobody, 404, 12135), "access.api.error.not_found");
        let malformed = caller.call(Method::GET, &of("ada", noun), Value::Null).await;
        assert_failure(&malformed, 400, 7003);
    }
}

#[tokio::test]
async fn the_access_log_tells_who_came_in_and_who_did_not() {
    let (caller, ..) = account().await;
    let log = caller.account("access/logs/access_requests");
    assert_eq!(caller.get(&log).await["result"], json!([]));
    let refused = fail(&caller, "access_denied");
    assert_eq!((refused.status(), refused.field("error").as_str()), (403, "access_denied"));
    assert_eq!(refused.field("error_description"), "Because of <b>.");
    let moment = caller.mock.world().clock.now();
    caller.mock.world().clock.advance(Duration::from_secs(3600));
    assert_eq!(fail(&caller, "server_error").status(), 502);

    let logged = caller.get(&log).await["result"].clone();
    assert_eq!(logged.as_array().unwrap().len(), 2);
    let oldest = &logged[1];
    let names = ["action", "allowed", "app_domain", "app_uid", "connection", "created_at", "ip_address", "ray_id"];
    assert_eq!(members(oldest), names);
    assert_eq!((&oldest["action"], &oldest["allowed"]), (&json!("login"), &json!(false)));
    assert_eq!((&oldest["app_domain"], &oldest["connection"]), (&json!("app.acme.example"), &json!("okta")));
    assert_eq!((&oldest["ip_address"], &oldest["ray_id"]), (&json!("127.0.0.1"), &json!(refused.field("ray_id"))));

    let of = async |query: String| caller.get(&format!("{log}?{query}")).await["result"].clone();
    assert_eq!(of("direction=asc&limit=1".into()).await, json!([oldest]));
    let between = (moment + Duration::from_secs(60)).format(&time::format_description::well_known::Rfc3339).unwrap();
    let between: String = url::form_urlencoded::byte_serialize(between.as_bytes()).collect();
    assert_eq!(of(format!("until={between}")).await, json!([oldest]));
    assert_eq!(of(format!("since={between}")).await, json!([logged[0]]));
    for query in ["limit=0", "limit=1001", "direction=up", "since=yesterday"] {
        let answer = caller.call(Method::GET, &format!("{log}?{query}"), Value::Null).await;
        assert_failure(&answer, 400, 12130);
    }
}

#[tokio::test]
async fn a_seat_is_given_back_and_taken_again() {
    let (caller, idp, _) = account().await;
    let seats = caller.account("access/seats");
    let seat = |caller: &Caller| caller.mock.cloudflare().person("ada@acme.example").unwrap().seat_uid.clone();
    let first = seat(&caller);
    let change = |seat: &str, on: bool| json!([{"seat_uid": seat, "access_seat": on, "gateway_seat": on}]);
    let kept = caller.call(Method::PATCH, &seats, change(&first, true)).await.json();
    assert_eq!(kept["result"][0]["access_seat"], true);
    let freed = caller.call(Method::PATCH, &seats, change(&first, false)).await;
    assert_eq!(freed.status, 200, "{}", freed.text);
    assert_eq!(
        members(&freed.json()["result"][0]),
        ["access_seat", "created_at", "gateway_seat", "seat_uid", "updated_at"]
    );
    assert!(!caller.mock.cloudflare().person("ada@acme.example").unwrap().access_seat);

    for body in [json!({}), json!([{"seat_uid": first}]), Value::Null] {
        let answer = caller.call(Method::PATCH, &seats, body).await;
        assert_failure(&answer, 400, 12130);
    }
    for unknown in ["", "none"] {
        let answer = caller.call(Method::PATCH, &seats, change(unknown, false)).await;
        assert_failure(&answer, 404, 12135);
    }
    let again = Login {
        email: "ada@acme.example".into(),
        name: String::new(),
        identity_provider: idp,
        groups: Vec::new(),
        claims: json!({}),
        ip: String::new(),
    };
    let now = caller.mock.world().clock.now();
    caller.mock.cloudflare().logged_in(again, now);
    assert_ne!(seat(&caller), first);
}

#[tokio::test]
async fn revoking_ends_every_session_of_one_person() {
    let (caller, _, tokens) = account().await;
    let asked = async |token: &str| {
        let cookie = format!("CF_Authorization={token}");
        let url = format!("{}/cdn-cgi/access/get-identity", caller.mock.auth_url());
        crate::http::send(Method::GET, &url, &[("cookie", &cookie)], &Value::Null).await
    };
    let identity = asked(&tokens[0]).await.json();
    assert_eq!(
        (&identity["email"], &identity["groups"]),
        (&json!("ada@acme.example"), &json!(["Engineering", "Zero Trust Users"]))
    );
    assert_eq!(identity["oidc_fields"], json!({"department": "Research"}));
    let revoke = caller.account("access/organizations/revoke_user");
    let revoked = caller.call(Method::POST, &revoke, json!({"email": "Ada@acme.example"})).await;
    assert_eq!((revoked.status, revoked.json()), (200, json!({"result": true, "success": true})));
    assert_eq!(asked(&tokens[0]).await.json(), json!({"err": "no app token set"}));
    assert_eq!(asked(&tokens[1]).await.status, 200);
    assert_failure(&caller.call(Method::POST, &revoke, json!({})).await, 400, 12130);
}

#[tokio::test]
async fn reading_takes_a_token_and_writing_one_that_may() {
    let (caller, ..) = account().await;
    let read_only = format!("Bearer {}", caller.mock.cloudflare_read_only_token());
    let headers = [("authorization", read_only.as_str())];
    for (method, path, status) in [
        (Method::GET, "access/users", 200),
        (Method::GET, "access/logs/access_requests", 200),
        (Method::PATCH, "access/seats", 403),
        (Method::POST, "access/organizations/revoke_user", 403),
    ] {
        let answer = crate::http::send(method, &caller.account(path), &headers, &json!([])).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        let anonymous = crate::http::send(Method::GET, &caller.account("access/users"), &[], &Value::Null).await;
        assert_failure(&anonymous, 400, 9106);
    }
    caller.mock.cloudflare().remove_organization();
    let answer = caller.call(Method::GET, &caller.account("access/users"), Value::Null).await;
    assert_failure(&answer, 400, 9999);
}
