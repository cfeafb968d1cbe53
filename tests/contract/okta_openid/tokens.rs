//! What is done with tokens: renewing, reading, asking about and revoking them, and how they end.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ADA, Parameters, Party, fields, refused};
use crate::http::{Answer, send, send_form};
use crate::okta::{keys, oidc_app};

/// An app that may have refresh tokens.
async fn refreshing(rotation: &'static str, leeway: u32) -> Party {
    Party::with(|app| {
        app["settings"]["oauthClient"]["grant_types"] = json!(["authorization_code", "refresh_token"]);
        app["settings"]["oauthClient"]["refresh_token"] = json!({"rotation_type": rotation, "leeway": leeway});
    })
    .await
}

fn offline(party: &Party) -> Parameters {
    party.request().with("scope", "openid email offline_access")
}

async fn refresh(party: &Party, token: &Value) -> Answer {
    let token = token.as_str().unwrap();
    party.form("/oauth2/v1/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

async fn active(party: &Party, token: &Value) -> bool {
    let answer = party.form("/oauth2/v1/introspect", &[("token", token.as_str().unwrap())]).await;
    answer.json()["active"].as_bool().unwrap()
}

async fn userinfo(party: &Party, method: Method, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    send(method, &party.url("/oauth2/v1/userinfo"), &[("authorization", &bearer)], &Value::Null).await
}

const INVALID: &str = "The refresh token is invalid or expired.";

#[tokio::test]
async fn a_refresh_token_outlives_the_access_token() {
    let party = refreshing("STATIC", 0).await;
    let tokens = party.tokens(offline(&party)).await;
    assert_eq!(tokens["scope"], "openid email offline_access");
    party.advance(3600);
    assert!(!active(&party, &tokens["access_token"]).await);
    assert_eq!(userinfo(&party, Method::GET, tokens["access_token"].as_str().unwrap()).await.status, 401);
    let renewed = refresh(&party, &tokens["refresh_token"]).await.json();
    assert_eq!(renewed["refresh_token"], tokens["refresh_token"]);
    assert!(active(&party, &renewed["access_token"]).await);
    let claims = super::part(renewed["id_token"].as_str().unwrap(), 1);
    assert!(claims.get("nonce").is_none() && claims["sub"] == json!(party.user_id(ADA)), "{claims}");
    let (auth, issued) = (claims["auth_time"].as_i64().unwrap(), claims["iat"].as_i64().unwrap());
    assert!(issued - auth >= 3600, "the login is as old as it is");

    let token = tokens["refresh_token"].as_str().unwrap();
    let narrower = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", "openid")];
    let answer = party.form("/oauth2/v1/token", &narrower).await.json();
    assert_eq!(answer["scope"], "openid");
    assert!(super::part(answer["id_token"].as_str().unwrap(), 1).get("email").is_none());
    let wider = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", "openid phone")];
    refused(
        &party.form("/oauth2/v1/token", &wider).await,
        400,
        "access_denied",
        "Some of the scopes requested for the refresh request were not granted in the original authorize request. Denied scopes: phone.",
    );
    party.advance(7 * 86_400);
    refused(&refresh(&party, &tokens["refresh_token"]).await, 400, "invalid_grant", INVALID);
    refused(&refresh(&party, &json!("junk")).await, 400, "invalid_grant", INVALID);
}

#[tokio::test]
async fn a_rotated_refresh_token_that_comes_back_ends_everything() {
    let party = refreshing("ROTATE", 10).await;
    let first = party.tokens(offline(&party)).await;
    let second = refresh(&party, &first["refresh_token"]).await.json();
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    party.advance(9);
    assert_eq!(refresh(&party, &first["refresh_token"]).await.status, 200, "within the leeway");
    party.advance(1);
    refused(&refresh(&party, &first["refresh_token"]).await, 400, "invalid_grant", INVALID);
    refused(&refresh(&party, &second["refresh_token"]).await, 400, "invalid_grant", INVALID);
    assert!(!active(&party, &second["access_token"]).await);
}

#[tokio::test]
async fn what_another_client_presents_stays_its_owners() {
    let party = refreshing("ROTATE", 0).await;
    let code = party.code(offline(&party)).await;
    let first = party.redeem(&code).await.json();
    let mut wanted = oidc_app("Other");
    wanted["settings"]["oauthClient"]["grant_types"] = json!(["authorization_code", "refresh_token"]);
    let app = party.org.post("/api/v1/apps", wanted).await;
    let other = Party { app, org: party.org };
    let foreign = "The grant was issued to another client. Please make sure the 'client_id' matches the one used at the authorize request.";
    refused(&other.redeem(&code).await, 400, "invalid_grant", foreign);
    refused(&refresh(&other, &first["refresh_token"]).await, 400, "invalid_grant", foreign);
    let party = Party { app: party.app, org: other.org };
    let second = refresh(&party, &first["refresh_token"]).await.json();
    assert_ne!(second["refresh_token"], first["refresh_token"]);

    let other = Party { app: other.app, org: party.org };
    refused(&refresh(&other, &first["refresh_token"]).await, 400, "invalid_grant", foreign);
    other.advance(6 * 86_400);
    refused(&refresh(&other, &second["refresh_token"]).await, 400, "invalid_grant", foreign);
    let party = Party { app: party.app, org: other.org };
    assert!(active(&party, &second["refresh_token"]).await, "a replaced token of somebody else ends nothing");
    party.advance(2 * 86_400);
    refused(&refresh(&party, &second["refresh_token"]).await, 400, "invalid_grant", INVALID);
}

#[tokio::test]
async fn without_the_grant_type_there_is_no_refresh_token() {
    let party = Party::new().await;
    let tokens = party.tokens(offline(&party)).await;
    assert_eq!(tokens["scope"], "openid email");
    assert!(tokens.get("refresh_token").is_none(), "{tokens}");
}

#[tokio::test]
async fn somebody_who_leaves_takes_the_tokens_along() {
    let party = refreshing("STATIC", 0).await;
    let tokens = party.tokens(offline(&party)).await;
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(userinfo(&party, Method::GET, access).await.status, 200);
    let ada = party.user_id(ADA);
    party.org.nothing(Method::DELETE, &format!("{}/users/{ada}", party.app_path()), 204).await;
    let unassigned = refresh(&party, &tokens["refresh_token"]).await;
    refused(&unassigned, 400, "access_denied", "User is not assigned to the client application.");
    party.org.post(&format!("/api/v1/users/{ada}/lifecycle/deactivate"), Value::Null).await;
    refused(&refresh(&party, &tokens["refresh_token"]).await, 400, "invalid_grant", INVALID);
    assert_eq!(userinfo(&party, Method::GET, access).await.status, 401);
    assert!(!active(&party, &tokens["access_token"]).await);
}

#[tokio::test]
async fn userinfo_says_what_the_scopes_ask_for() {
    let party = Party::new().await;
    party.groups_claim("EQUALS", "Engineering").await;
    let tokens = party.tokens(party.request()).await;
    let token = tokens["access_token"].as_str().unwrap();
    for method in [Method::GET, Method::POST] {
        let said = userinfo(&party, method, token).await.json();
        assert_eq!((&said["sub"], &said["email"]), (&json!(party.user_id(ADA)), &json!(ADA)));
        assert_eq!((&said["name"], &said["groups"]), (&json!("Ada Quist"), &json!(["Engineering"])));
        assert!(said.get("iss").is_none() && said.get("nonce").is_none(), "{said}");
    }
    let bare = party.tokens(party.request().with("scope", "openid")).await;
    let said = userinfo(&party, Method::GET, bare["access_token"].as_str().unwrap()).await.json();
    assert_eq!(keys(&said), ["sub"]);
    let challenge = r#"Bearer error="invalid_token", error_description="The access token is invalid""#;
    let id_token = tokens["id_token"].as_str().unwrap();
    for token in ["junk", id_token] {
        let answer = userinfo(&party, Method::GET, token).await;
        assert_eq!((answer.status, answer.text.as_str(), answer.header("www-authenticate")), (401, "", challenge));
    }
    assert_eq!(party.get("/oauth2/v1/userinfo").await.status, 401);
    let elsewhere = party.url("/oauth2/default/v1/userinfo");
    let bearer = format!("Bearer {token}");
    assert_eq!(send(Method::GET, &elsewhere, &[("authorization", &bearer)], &Value::Null).await.status, 401);
    let scopeless = party.org.mock.okta().mint_access_token(&["okta.users.read"], party.org.mock.world().clock.now());
    assert_eq!(userinfo(&party, Method::GET, &scopeless).await.status, 401, "it is no person's");
}

#[tokio::test]
async fn introspection_tells_a_good_pair_from_a_bad_one_with_junk() {
    let party = Party::new().await;
    let junk = party.form("/oauth2/v1/introspect", &[("token", "junk")]).await;
    assert_eq!((junk.status, junk.json()), (200, json!({"active": false})));
    let bad = send_form(
        &party.url("/oauth2/v1/introspect"),
        &[],
        &[("token", "junk"), ("client_id", party.client_id()), ("client_secret", "wrong")],
    )
    .await;
    let method = "Client authentication failed. Either the client or the client credentials are invalid.";
    refused(&bad, 401, "invalid_client", method);
    let none = party.form("/oauth2/v1/introspect", &[("token_type_hint", "access_token")]).await;
    refused(&none, 400, "invalid_request", "The 'token' parameter is required.");

    let tokens = party.tokens(party.request().with("scope", "openid")).await;
    let said = party.form("/oauth2/v1/introspect", &[("token", tokens["access_token"].as_str().unwrap())]).await.json();
    for (name, value) in [
        ("active", json!(true)),
        ("token_type", json!("Bearer")),
        ("scope", json!("openid")),
        ("client_id", json!(party.client_id())),
        ("username", json!(ADA)),
        ("uid", json!(party.user_id(ADA))),
        ("iss", json!(party.org.mock.org_url())),
    ] {
        assert_eq!(said[name], value, "{name}");
    }
    let said = party.form("/oauth2/v1/introspect", &[("token", tokens["id_token"].as_str().unwrap())]).await.json();
    assert_eq!((&said["active"], &said["aud"]), (&json!(true), &json!(party.client_id())));
    party.advance(3600);
    assert!(!active(&party, &tokens["id_token"]).await);
}

#[tokio::test]
async fn revoking_ends_a_token_and_never_fails_a_good_client() {
    let party = refreshing("STATIC", 0).await;
    let revoke = |token: Value| {
        let party = &party;
        async move {
            let answer = party.form("/oauth2/v1/revoke", &[("token", token.as_str().unwrap())]).await;
            assert_eq!((answer.status, answer.text.as_str()), (200, ""));
        }
    };
    let tokens = party.tokens(offline(&party)).await;
    revoke(tokens["access_token"].clone()).await;
    assert!(!active(&party, &tokens["access_token"]).await);
    assert!(active(&party, &tokens["refresh_token"]).await);
    let renewed = refresh(&party, &tokens["refresh_token"]).await.json();
    revoke(tokens["refresh_token"].clone()).await;
    assert!(!active(&party, &tokens["refresh_token"]).await);
    assert!(!active(&party, &renewed["access_token"]).await, "the access tokens go with it");
    revoke(json!("junk")).await;

    let tokens = party.tokens(offline(&party)).await;
    let stranger = Party { app: party.org.oidc_app("Other").await, org: party.org };
    let answer = stranger.form("/oauth2/v1/revoke", &[("token", tokens["access_token"].as_str().unwrap())]).await;
    assert_eq!(answer.status, 200);
    assert!(active(&stranger, &tokens["access_token"]).await, "it is somebody else's");
}

#[tokio::test]
async fn an_older_route_mints_a_client_secret_as_well() {
    let party = Party::new().await;
    let path = format!("/oauth2/v1/clients/{}/lifecycle/newSecret", party.client_id());
    let client = party.org.post(&path, Value::Null).await;
    assert_eq!(client["client_id"], party.client_id());
    assert_eq!(client["token_endpoint_auth_method"], "client_secret_basic");
    let secret = client["client_secret"].as_str().unwrap();
    assert!(party.org.mock.okta().accepts_client_secret(party.client_id(), secret));
    let wrong = "The client secret supplied for a confidential client is invalid.";
    refused(&party.form("/oauth2/v1/token", &fields("x")).await, 401, "invalid_client", wrong);
    party.org.refused(Method::POST, &path.replace(party.client_id(), "nobody"), Value::Null, 404, "E0000007").await;
}

#[tokio::test]
async fn a_client_takes_its_tokens_along_and_its_successor_does_not_inherit_them() {
    let party = refreshing("STATIC", 0).await;
    let tokens = party.tokens(offline(&party)).await;
    let id = party.client_id().to_owned();
    let (path, secret) = (party.app_path(), party.secret().to_owned());
    party.org.post(&format!("{path}/lifecycle/deactivate"), Value::Null).await;
    party.org.nothing(Method::DELETE, &path, 204).await;
    let successor = Party::at(party.org, |app| {
        app["credentials"]["oauthClient"]["client_id"] = json!(id);
        app["credentials"]["oauthClient"]["client_secret"] = json!(secret);
        app["settings"]["oauthClient"]["grant_types"] = json!(["authorization_code", "refresh_token"]);
    })
    .await;
    refused(&refresh(&successor, &tokens["refresh_token"]).await, 400, "invalid_grant", INVALID);
    assert!(!active(&successor, &tokens["access_token"]).await);
}

#[tokio::test]
async fn an_app_whose_tokens_are_to_be_bound_to_a_key_gets_none() {
    let party = Party::with(|app| app["settings"]["oauthClient"]["dpop_bound_access_tokens"] = json!(true)).await;
    let code = party.code(party.request()).await;
    refused(&party.redeem(&code).await, 400, "invalid_dpop_proof", "The DPoP proof JWT header is missing.");
    let headers = [("authorization", party.basic()), ("dpop", "a.b.c".to_owned())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let proven = send_form(&party.url("/oauth2/v1/token"), &headers, &fields(&code)).await;
    refused(&proven, 501, "invalid_dpop_proof", "This org does not play proof of possession (DPoP).");
}
