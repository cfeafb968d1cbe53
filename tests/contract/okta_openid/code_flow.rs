//! The authorization code flow when everything is right.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ADA, Party, callback, fields, part, returned};
use crate::http::{send, send_form};
use crate::okta::keys;

#[tokio::test]
async fn a_code_becomes_tokens_that_say_who_logged_in() {
    let party = Party::new().await;
    let before = party.org.mock.world().clock.now().unix_timestamp();
    let request = party.request().with("sessionToken", &party.session_token(ADA).await);
    let answer = party.authorize(&request).await;
    assert_eq!(callback(&answer).iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["code", "state"]);
    assert_eq!(returned(&answer, "state"), "st-1");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    let tokens = party.redeem(&returned(&answer, "code")).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text);
    assert_eq!(tokens.header("cache-control"), "no-cache, no-store");
    let tokens = tokens.json();
    assert_eq!(keys(&tokens), ["token_type", "expires_in", "access_token", "scope", "id_token"]);
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!(tokens["scope"], "openid profile email groups");

    let claims = party.verified(&tokens).await;
    let ada = party.user_id(ADA);
    let number = |name: &str| claims[name].as_i64().unwrap();
    for (name, value) in [
        ("sub", json!(ada)),
        ("ver", json!(1)),
        ("aud", json!(party.client_id())),
        ("amr", json!(["pwd"])),
        ("nonce", json!("no-1")),
        ("name", json!("Ada Quist")),
        ("given_name", json!("Ada")),
        ("family_name", json!("Quist")),
        ("preferred_username", json!(ADA)),
        ("email", json!(ADA)),
        ("email_verified", json!(true)),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert_eq!(number("exp") - number("iat"), 3600);
    assert!(number("auth_time") >= before && number("auth_time") <= number("iat"));
    assert!(claims["jti"].as_str().unwrap().starts_with("ID."));
    assert!(claims["idp"].as_str().unwrap().starts_with("00o"));
    assert!(!claims.contains_key("groups"), "the app has no groups claim");
    let digest = digest::digest(&digest::SHA256, tokens["access_token"].as_str().unwrap().as_bytes());
    assert_eq!(claims["at_hash"], URL_SAFE_NO_PAD.encode(&digest.as_ref()[..16]));
    assert_eq!(keys(&part(tokens["id_token"].as_str().unwrap(), 0)), ["kid", "alg"]);

    let events = party.org.mock.okta().event_types();
    for kind in [
        "user.session.start",
        "user.authentication.sso",
        "app.oauth2.authorize.code",
        "app.oauth2.token.grant.access_token",
        "app.oauth2.token.grant.id_token",
    ] {
        assert!(events.iter().any(|event| event == kind), "{kind}: {events:?}");
    }
    let log = party.org.get("/api/v1/logs?filter=eventType+eq+%22user.authentication.sso%22").await;
    assert_eq!(log[0]["actor"]["alternateId"], ADA);
    assert_eq!(log[0]["target"][0]["id"], party.app["id"]);
}

#[tokio::test]
async fn an_access_token_of_the_org_is_for_okta() {
    let party = Party::new().await;
    let tokens = party.tokens(party.request().with("scope", "openid")).await;
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(part(token, 0)["typ"], "application/okta-internal-at+jwt");
    let claims = part(token, 1);
    assert!(claims["jti"].as_str().unwrap().starts_with("AT."));
    for (name, value) in [
        ("iss", json!(party.org.mock.org_url())),
        ("aud", json!(party.org.mock.org_url())),
        ("cid", json!(party.client_id())),
        ("uid", json!(party.user_id(ADA))),
        ("scp", json!(["openid"])),
        ("sub", json!(ADA)),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    let id_token = party.verified(&tokens).await;
    assert!(!id_token.contains_key("email") && !id_token.contains_key("name"), "{id_token:?}");
}

#[tokio::test]
async fn an_app_authenticates_in_the_way_it_is_set_to() {
    let party = Party::with(|app| {
        app["credentials"]["oauthClient"]["token_endpoint_auth_method"] = json!("client_secret_post");
        app["credentials"]["oauthClient"]["client_secret"] = json!("a secret: 100% + more");
    })
    .await;
    let code = party.code(party.request()).await;
    let mut posted = fields(&code).to_vec();
    posted.extend([("client_id", party.client_id()), ("client_secret", party.secret())]);
    let answer = send_form(&party.url("/oauth2/v1/token"), &[], &posted).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn a_public_client_has_a_challenge_instead_of_a_secret() {
    let party = Party::with(|app| {
        app["credentials"]["oauthClient"]["token_endpoint_auth_method"] = json!("none");
        app["settings"]["oauthClient"]["application_type"] = json!("browser");
    })
    .await;
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
    let request = party.request().with("code_challenge", &challenge).with("code_challenge_method", "S256");
    let code = party.code(request).await;
    let mut sent = fields(&code).to_vec();
    sent.extend([("client_id", party.client_id()), ("code_verifier", verifier)]);
    let answer = send_form(&party.url("/oauth2/v1/token"), &[], &sent).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn both_active_secrets_are_good() {
    let party = Party::new().await;
    let path = format!("{}/credentials/secrets", party.app_path());
    let second = party.org.call(Method::POST, &path, json!({})).await.json();
    let second = second["client_secret"].as_str().unwrap();
    for secret in [party.secret(), second] {
        let code = party.code(party.request()).await;
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{}:{secret}", party.client_id()));
        let headers = [("authorization", format!("Basic {pair}"))];
        let headers = [(headers[0].0, headers[0].1.as_str())];
        let answer = send_form(&party.url("/oauth2/v1/token"), &headers, &fields(&code)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

#[tokio::test]
async fn a_form_can_carry_the_answer() {
    let party = Party::new().await;
    let request = party.request().with("response_mode", "form_post").with("state", "<b>\"&'");
    let request = request.with("sessionToken", &party.session_token(ADA).await);
    let answer = party.authorize(&request).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(answer.text.contains(&format!("method=\"post\" action=\"{}\"", super::CALLBACK)), "{}", answer.text);
    assert!(answer.text.contains("name=\"state\" value=\"&lt;b&gt;&quot;&amp;'\""), "{}", answer.text);
    let code = answer.text.split("name=\"code\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(party.redeem(code).await.status, 200);
}

#[tokio::test]
async fn a_fragment_can_carry_the_answer() {
    let party = Party::new().await;
    let request = party.request().with("response_mode", "fragment");
    let request = request.with("sessionToken", &party.session_token(ADA).await);
    let answer = party.authorize(&request).await;
    let location = answer.header("location");
    assert!(location.starts_with(&format!("{}#code=", super::CALLBACK)), "{location}");
    let journal = send(Method::GET, &party.url("/_mock/journal"), &[], &Value::Null).await.text;
    let code = location.split("code=").nth(1).unwrap().split('&').next().unwrap();
    assert!(!journal.contains(code), "{journal}");
}

#[tokio::test]
async fn a_redirect_uri_keeps_the_query_it_has() {
    let callback = "https://team.example/callback?tenant=a";
    let party = Party::with(|app| app["settings"]["oauthClient"]["redirect_uris"] = json!([callback])).await;
    let request = party.request().with("redirect_uri", callback);
    let answer = party.authorize(&request.with("sessionToken", &party.session_token(ADA).await)).await;
    assert!(answer.header("location").starts_with(&format!("{callback}&code=")), "{:?}", answer.headers);
}

#[tokio::test]
async fn a_request_can_come_as_a_form() {
    let party = Party::new().await;
    let request = party.request().with("sessionToken", &party.session_token(ADA).await);
    let answer = send_form(&party.url("/oauth2/v1/authorize"), &[], &request.fields()).await;
    assert_eq!(party.redeem(&returned(&answer, "code")).await.status, 200);
}

#[tokio::test]
async fn nothing_secret_is_in_the_journal_or_the_log() {
    let party = Party::with(|app| {
        app["settings"]["oauthClient"]["grant_types"] = json!(["authorization_code", "refresh_token"])
    })
    .await;
    let token = party.session_token(ADA).await;
    let request = party.request().with("scope", "openid offline_access").with("sessionToken", &token);
    let answer = party.authorize(&request).await;
    let sid = answer.header("set-cookie").split(['=', ';']).nth(1).unwrap().to_owned();
    let code = returned(&answer, "code");
    let tokens = party.redeem(&code).await.json();
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    party.form("/oauth2/v1/introspect", &[("token", &text("access_token"))]).await;
    party.get(&format!("/oauth2/v1/logout?id_token_hint={}", text("id_token"))).await;
    let headers = [("cookie", format!("sid={sid}"))];
    send_form(
        &party.url("/login/login.htm"),
        &[(headers[0].0, &headers[0].1)],
        &[("username", ADA), ("password", &party.password(ADA))],
    )
    .await;
    let journal = send(Method::GET, &party.url("/_mock/journal"), &[], &Value::Null).await.text;
    let log = party.org.get("/api/v1/logs").await.to_string();
    let secrets = [
        token,
        sid,
        code,
        text("access_token"),
        text("id_token"),
        text("refresh_token"),
        party.secret().to_owned(),
        party.basic(),
        party.password(ADA),
    ];
    for secret in secrets {
        assert!(secret.len() > 10 && !journal.contains(&secret), "in the journal: {secret}");
        assert!(!log.contains(&secret), "in the log: {secret}");
    }
}
