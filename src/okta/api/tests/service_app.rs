//! A service app: assertions, tokens, keys.

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use tokio_util::sync::CancellationToken;

use super::*;

fn minted(token: &str) -> Play {
    Play::json(200, json!({"token_type": "Bearer", "expires_in": 3600, "access_token": token, "scope": "s"}))
}

fn service(private_key: String) -> Credentials {
    Credentials::service(service_app(private_key))
}

fn service_app(private_key: String) -> Service {
    Service {
        client_id: "0oasvc".into(),
        private_key: private_key.into(),
        key_id: Some("kid1".into()),
        scopes: vec!["okta.apps.manage".into(), "okta.groups.read".into()],
    }
}

#[tokio::test]
async fn a_service_app_mints_one_token_for_all() {
    let key = rcgen::KeyPair::generate().unwrap();
    let stage = Stage::new([minted("at1"), empty_list(), empty_list(), empty_list()]).await;
    let client = with(&stage, service(key.serialize_pem()));
    let clone = client.with_caller(Caller::default());
    let (a, b, c) = tokio::join!(client.list_groups(), clone.list_groups(), client.list_apps(None));
    a.unwrap();
    b.unwrap();
    c.unwrap();
    let seen = stage.seen();
    assert_eq!(seen[0].line, "POST /oauth2/v1/token");
    assert!(seen[1..].iter().all(|seen| seen.header("authorization") == Some("Bearer at1")));

    let form: std::collections::HashMap<_, _> =
        url::form_urlencoded::parse(seen[0].body.as_bytes()).into_owned().collect();
    assert_eq!(form["grant_type"], "client_credentials");
    assert_eq!(form["scope"], "okta.apps.manage okta.groups.read");
    assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[stage.url.join("oauth2/v1/token").unwrap()]);
    validation.set_issuer(&["0oasvc"]);
    let public = DecodingKey::from_ec_der(key.public_key_raw());
    let token = jsonwebtoken::decode::<Value>(&form["client_assertion"], &public, &validation).unwrap();
    assert_eq!(token.header.kid.as_deref(), Some("kid1"));
    assert_eq!(token.claims["sub"], "0oasvc");
    assert_eq!(token.claims["jti"].as_str().unwrap().len(), 36);
}

#[tokio::test]
async fn a_token_whose_answer_was_lost_is_asked_for_with_another_assertion() {
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let lost = || Play::text(503, "");
    let stage = Stage::new([lost(), minted("at1"), empty_list()]).await;
    with(&stage, service(key.clone())).list_groups().await.unwrap();
    let seen = stage.seen();
    assert_eq!([&seen[0].line, &seen[1].line], ["POST /oauth2/v1/token"; 2]);
    assert_ne!(seen[0].body, seen[1].body, "Okta takes an assertion once");

    let stage = Stage::new([lost(), lost(), lost()]).await;
    let error = with(&stage, service(key)).assign_group("0oa1", "00g1").await.unwrap_err();
    assert!(error.is_no_answer() && !error.is_maybe_done(), "a write without a token is not sent: {error:?}");
}

#[tokio::test]
async fn whoever_cannot_ask_for_a_token_again_hears_what_became_of_the_first_request() {
    let gate = Arc::new(tokio::sync::Notify::new());
    let stage = Stage::new([Play::text(502, "").after(&gate)]).await;
    let stop = CancellationToken::new();
    let client = client(&stage).with_caller(Caller { stop: stop.clone(), ..Caller::default() });
    let (tokens, app) = (TokenCache::default(), service_app(rcgen::KeyPair::generate().unwrap().serialize_pem()));
    let (outcome, ()) = tokio::join!(tokens.get(&client.http, &app, None), async {
        stage.arrived.notified().await;
        stop.cancel();
        gate.notify_one();
    });
    let error = outcome.map(drop).unwrap_err();
    assert!(error.is_stopped() && !error.is_maybe_done(), "{error:?}");
    let told = error.to_string();
    assert!(
        told.starts_with("the Okta access token: stopped on request, after \"POST") && told.contains("502"),
        "{told}"
    );
}

#[tokio::test]
async fn a_revoked_token_is_replaced_once() {
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let refused = || error(401, "E0000011", "Invalid token provided", &[]);
    let stage =
        Stage::new([minted("at1"), refused(), minted("at2"), empty_list(), refused(), minted("at3"), refused()]).await;
    let client = with(&stage, service(key));
    client.list_groups().await.unwrap();
    assert_eq!(stage.seen()[3].header("authorization"), Some("Bearer at2"));
    assert!(client.list_groups().await.unwrap_err().is_unauthorized());
}

#[tokio::test]
async fn the_doubt_about_a_write_outlives_the_token_that_was_refused_after_it() {
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let refused = || error(401, "E0000011", "Invalid token provided", &[]);
    let limited = || Play::text(429, "").header("retry-after", "0");
    let settings = Settings { max_retries: 1, ..Stage::settings() };
    let no_token = || Play::json(400, json!({"error": "invalid_client", "error_description": "The key is gone."}));
    let limit = || vec![minted("at2"), limited(), limited()];
    for (first, then, maybe_done) in [
        (Play::text(502, ""), limit(), true),
        (Play::text(502, ""), vec![no_token()], true),
        (limited(), limit(), false),
    ] {
        let stage = Stage::new([minted("at1"), first, refused()].into_iter().chain(then)).await;
        let client = Client::new(stage.url.clone(), service(key.clone()), settings.clone());
        let error = client.assign_group("0oa1", "00g1").await.unwrap_err();
        assert_eq!(error.is_maybe_done(), maybe_done, "{error:?}");
    }
}

#[tokio::test]
async fn a_token_may_claim_to_live_for_ever_or_not_at_all() {
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    for (life, minted_again) in [(u64::MAX, false), (0, true)] {
        let token = || Play::json(200, json!({"token_type": "Bearer", "expires_in": life, "access_token": "at1"}));
        let mut plays = vec![token(), empty_list()];
        plays.extend(minted_again.then(token));
        plays.push(empty_list());
        let stage = Stage::new(plays).await;
        let client = with(&stage, service(key.clone()));
        client.list_groups().await.unwrap();
        client.list_groups().await.unwrap();
        assert_eq!(stage.lines()[2].starts_with("POST"), minted_again, "{life}");
    }
}

#[tokio::test]
async fn rsa_keys_are_taken_in_both_forms_and_on_one_line() {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use base64::Engine;
    let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let pkcs8 = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
    // PKCS#8 of RSA (RFC 5208): 26 bytes of wrapping, then the PKCS#1 key.
    let pkcs1 = &pkcs8.as_ref()[26..];
    assert_eq!(pkcs1[..2], [0x30, 0x82]);
    let pem = |label: &str, der: &[u8]| {
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    };
    let pkcs8 = pem("PRIVATE KEY", pkcs8.as_ref());
    for key in [pem("RSA PRIVATE KEY", pkcs1), pkcs8.replace('\n', "\\n"), pkcs8] {
        let stage = Stage::new([minted("at1"), empty_list()]).await;
        with(&stage, service(key)).list_groups().await.unwrap();
        let assertion = stage.seen()[0].body.split("client_assertion=").nth(1).unwrap().to_owned();
        assert_eq!(jsonwebtoken::decode_header(assertion).unwrap().alg, Algorithm::RS256);
    }
}

#[tokio::test]
async fn a_bad_key_is_not_quoted() {
    let stage = Stage::new([]).await;
    let error = with(&stage, service("-----BEGIN PRIVATE KEY-----\nhunter2\n".into())).list_groups().await.unwrap_err();
    assert!(error.to_string().contains("private key of the Okta service app"), "{error}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn minting_is_abandoned_when_we_are_stopped() {
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let never = Arc::new(tokio::sync::Notify::new());
    let stage = Stage::new([minted("at1").after(&never)]).await;
    let stop = CancellationToken::new();
    let caller = Caller { stop: stop.clone(), ..Caller::default() };
    let client = with(&stage, service(key)).with_caller(caller);
    let (first, second, ()) = tokio::join!(client.list_groups(), client.assign_group("0oa1", "00g1"), async {
        stage.arrived.notified().await;
        stop.cancel();
    });
    assert!(first.unwrap_err().is_stopped());
    assert!(second.unwrap_err().is_stopped());
    assert_eq!(stage.lines(), ["POST /oauth2/v1/token"]);
}

#[tokio::test]
async fn an_assertion_is_signed_when_it_leaves() {
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let busy = || Play::text(429, "").header("retry-after", "0");
    let stage = Stage::new([busy(), busy(), minted("at1"), empty_list()]).await;
    with(&stage, service(key)).list_groups().await.unwrap();
    let sent: std::collections::BTreeSet<String> = stage.seen()[..3].iter().map(|seen| seen.body.clone()).collect();
    assert_eq!(sent.len(), 3, "an assertion was sent again");
}

#[tokio::test]
async fn whoever_is_stopped_while_a_token_is_renewed_does_not_hear_of_bad_credentials_alone() {
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let never = Arc::new(tokio::sync::Notify::new());
    let refused = error(401, "E0000011", "Invalid token provided", &[]);
    let stage = Stage::new([minted("at1"), Play::text(502, ""), refused, minted("at2").after(&never)]).await;
    let stop = CancellationToken::new();
    let client = with(&stage, service(key)).with_caller(Caller { stop: stop.clone(), ..Caller::default() });
    let (outcome, ()) = tokio::join!(client.assign_group("0oa1", "00g1"), async {
        while stage.lines().len() < 4 {
            stage.arrived.notified().await;
        }
        stop.cancel();
    });
    let error = outcome.unwrap_err();
    assert!(error.is_stopped() && error.is_maybe_done() && !error.is_unauthorized(), "{error:?}");
    assert!(error.to_string().contains("Invalid token provided"), "{error}");
}
