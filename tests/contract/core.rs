//! Around every route: life cycle, faults, journal, clock, budgets, TLS.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::{Fault, Mock, Options, rate_limit::RateLimit};

use crate::http::{client, send};

/// A mock that may be asked for routes nobody serves, so that these tests need no vendor's route.
async fn lenient() -> Mock {
    Mock::with(Options { allow_unserved: true, ..Options::default() }).await
}

#[tokio::test]
async fn a_request_that_nobody_serves_fails_the_test_that_made_it() {
    let mock = Mock::start().await;
    send(Method::GET, &format!("{}/nowhere", mock.org_url()), &[], &Value::Null).await;
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(mock)));
    let said = *dropped.unwrap_err().downcast::<String>().unwrap();
    assert!(said.contains("Okta GET /nowhere"), "{said}");
}

#[tokio::test]
async fn a_mock_stops_listening_when_dropped() {
    let mock = lenient().await;
    let url = mock.org_url().to_owned();
    drop(mock);
    assert!(client(None).get(url).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_scripted_answer_replaces_the_real_one_as_often_as_asked() {
    let mock = lenient().await;
    let fault = Fault::on("GET", "/api/v1/*").answering(503, json!({"errorCode": "E0000010"})).with_header("x-a", "b");
    mock.fail(fault.times(1));
    let url = format!("{}/api/v1/nowhere", mock.org_url());
    let hit = send(Method::GET, &url, &[], &Value::Null).await;
    assert_eq!((hit.status, hit.header("x-a")), (503, "b"));
    assert_eq!(hit.json()["errorCode"], "E0000010");
    assert_eq!(send(Method::GET, &url, &[], &Value::Null).await.status, 404);
    let exchanges = mock.journal().matching("GET", "/api/v1/nowhere");
    assert_eq!(exchanges.iter().map(|e| e.scripted).collect::<Vec<_>>(), [true, false]);
}

#[tokio::test]
async fn a_connection_can_be_closed_without_an_answer() {
    let mock = lenient().await;
    mock.fail(Fault::on("GET", "/gone").closing());
    let error = client(None).get(format!("{}/gone", mock.org_url())).send().await.unwrap_err();
    assert!(error.is_request() && !error.is_connect() && !error.is_timeout(), "{error:?}");
    assert_eq!(mock.journal().matching("GET", "/gone")[0].status, None);
}

#[tokio::test]
async fn a_body_can_end_in_the_middle() {
    let mock = lenient().await;
    mock.fail(Fault::on("GET", "/half").answering(200, json!({"long": "enough"})).truncating());
    let response = client(None).get(format!("{}/half", mock.org_url())).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.text().await.is_err());
}

#[tokio::test]
async fn an_answer_can_be_late() {
    let mock = lenient().await;
    mock.fail(Fault::on("GET", "/late").answering(200, "x").delayed(Duration::from_secs(60)));
    let asked = client(None).get(format!("{}/late", mock.org_url())).timeout(Duration::from_millis(50)).send().await;
    assert!(asked.unwrap_err().is_timeout());
}

#[tokio::test]
async fn the_journal_shows_what_was_sent_and_no_secret() {
    let mock = lenient().await;
    let url = format!("{}/things?token=plum&a=b", mock.org_url());
    send(Method::POST, &url, &[("authorization", "SSWS plum")], &json!({"client_secret": "plum", "label": "x"})).await;
    let shown = send(Method::GET, &format!("{}/_mock/journal", mock.org_url()), &[], &Value::Null).await;
    assert!(!shown.text.contains("plum"), "{}", shown.text);
    let exchange = &shown.json()[0];
    assert_eq!(exchange["side"], "okta");
    assert_eq!(exchange["method"], "POST");
    assert_eq!(exchange["path"], "/things");
    assert_eq!(exchange["query"], "token=%5Bredacted%5D&a=b");
    assert_eq!(exchange["request_body"], json!({"client_secret": "[redacted]", "label": "x"}));
    assert_eq!(exchange["status"], 404);
    let later = send(Method::GET, &format!("{}/_mock/journal?since=1", mock.org_url()), &[], &Value::Null).await;
    assert_eq!(later.json(), json!([]));
}

#[tokio::test]
async fn the_control_routes_script_faults_move_the_clock_and_reset() {
    let mock = lenient().await;
    let control = |path: &str| format!("{}/_mock/{path}", mock.auth_url());
    let fault = json!({"method": "GET", "path": "/x", "answer": {"status": 500, "body": "oops"}});
    assert_eq!(send(Method::POST, &control("faults"), &[], &fault).await.status, 201);
    let misspelt = json!({"method": "GET", "paths": "/x"});
    assert_eq!(send(Method::POST, &control("faults"), &[], &misspelt).await.status, 422);
    assert_eq!(send(Method::GET, &format!("{}/x", mock.org_url()), &[], &Value::Null).await.text, "oops");
    let listed = send(Method::GET, &control("faults"), &[], &Value::Null).await.json();
    assert_eq!(listed[0]["matched"], 1);

    let before = mock.world().clock.now();
    send(Method::POST, &control("clock"), &[], &json!({"advance_seconds": 3600})).await;
    assert!(mock.world().clock.now() - before >= time::Duration::HOUR);

    assert_eq!(send(Method::POST, &control("reset"), &[], &Value::Null).await.status, 204);
    assert!(mock.world().faults.all().is_empty() && mock.journal().is_empty());
    assert!(mock.world().clock.now() - before < time::Duration::HOUR);
}

#[tokio::test]
async fn too_many_requests_are_refused_until_the_window_ends() {
    let options = Options { rate_limit: RateLimit::Tight, allow_unserved: true, ..Options::default() };
    let mock = Mock::with(options).await;
    let url = format!("{}/api/v1/things", mock.org_url());
    let mut answers = Vec::new();
    for _ in 0..6 {
        answers.push(send(Method::GET, &url, &[], &Value::Null).await);
    }
    assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [404, 404, 404, 404, 404, 429]);
    assert_eq!(answers[0].header("x-rate-limit-remaining"), "4");
    assert_eq!(answers[5].header("x-rate-limit-remaining"), "0");
    let date = httpdate::parse_http_date(answers[5].header("date")).unwrap();
    let reset: u64 = answers[5].header("x-rate-limit-reset").parse().unwrap();
    let wait = reset - date.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(wait <= 60, "{wait}");
    mock.world().clock.advance(Duration::from_secs(wait + 1));
    assert_eq!(send(Method::GET, &url, &[], &Value::Null).await.status, 404);
}

#[tokio::test]
async fn with_tls_its_ca_and_no_other_vouches_for_every_side() {
    let mock = Mock::with(Options { tls: true, allow_unserved: true, ..Options::default() }).await;
    let ca = std::fs::read_to_string(mock.ca_file().unwrap()).unwrap();
    for url in [mock.org_url(), mock.api_url(), mock.auth_url()] {
        assert!(url.starts_with("https://127.0.0.1:"), "{url}");
        assert_eq!(client(Some(&ca)).get(url).send().await.unwrap().status(), 404);
        assert!(client(None).get(url).send().await.is_err());
    }
    let env = mock.env();
    assert!(std::fs::read_to_string(&env["SSL_CERT_FILE"]).unwrap().ends_with(&ca));
    drop(mock);
    assert!(!std::path::Path::new(&env["SSL_CERT_FILE"]).exists());
}

#[tokio::test]
async fn the_ready_document_names_everything_a_program_needs() {
    let mock = Mock::start().await;
    let ready = mock.ready();
    assert_eq!(ready["okta"]["org_url"], mock.org_url());
    assert_eq!(ready["cloudflare"]["api_url"], mock.api_url());
    assert!(mock.api_url().ends_with("/client/v4"));
    assert_eq!(ready["cloudflare"]["team"], "acme");
    assert_eq!(ready["ca_file"], Value::Null);
    for pointer in ["/okta/api_token", "/okta/admin/login", "/okta/admin/password", "/cloudflare/api_token"] {
        assert!(ready.pointer(pointer).is_some_and(Value::is_string), "{pointer}");
    }
    let people = ready["okta"]["people"].as_array().unwrap();
    let logins: Vec<&str> = people.iter().map(|person| person["login"].as_str().unwrap()).collect();
    assert_eq!(logins, ["ada@acme.example", "bo@acme.example", "chidi@acme.example"]);
    assert!(people.iter().all(|person| person["password"].as_str().is_some_and(|password| password.len() > 8)));
    for name in ["OKTA_ORG_URL", "OKTA_API_TOKEN", "OKTA_HTTP_PROXY", "CLOUDFLARE_BASE_URL", "CLOUDFLARE_API_TOKEN"] {
        assert!(ready["env"][name].is_string(), "{name}");
    }
    let token = ready["cloudflare"]["api_token"].as_str().unwrap();
    assert!((40..=80).contains(&token.len()) && token.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)));
}
