//! Every way to be refused on the way to a token: status, words, and whether a person or the client is told.

use serde_json::json;

use super::{ADA, BO, CALLBACK, Parameters, Party, fields, refused, refused_at_callback};
use crate::http::{Answer, send_form};
use crate::okta::Administrator;

/// An error that a person sees, because nobody knows where the client is.
fn shown_to_the_person(answer: &Answer, description: &str) {
    assert_eq!((answer.status, answer.header("content-type")), (400, "text/html; charset=utf-8"));
    assert!(!answer.headers.contains_key("location"));
    assert!(answer.text.contains(description), "{}", answer.text);
}

#[tokio::test]
async fn without_a_known_client_and_place_the_person_is_told() {
    let party = Party::new().await;
    let unregistered = "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.";
    let unknown = "Invalid value for 'client_id' parameter.";
    let request = || party.request();
    for (request, description) in [
        (request().with("redirect_uri", "https://evil.example/"), unregistered),
        (request().with("redirect_uri", &format!("{CALLBACK}/more")), unregistered),
        (request().without("redirect_uri"), unregistered),
        (request().with("client_id", "0oanobody"), unknown),
        (request().without("client_id"), unknown),
    ] {
        shown_to_the_person(&party.authorize(&request).await, description);
    }
    party.org.post(&format!("{}/lifecycle/deactivate", party.app_path()), json!(null)).await;
    shown_to_the_person(&party.authorize(&request()).await, unknown);
}

#[tokio::test]
async fn otherwise_the_client_is_told_at_its_redirect_uri() {
    let party = Party::new().await;
    let request = || party.request();
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    for (request, error, description) in [
        (
            request().with("response_type", "token"),
            "unsupported_response_type",
            "The response type is not supported by the authorization server. Configured response types: [code].",
        ),
        (
            request().with("response_mode", "pigeon"),
            "unsupported_response_mode",
            "The response mode is not supported by the authorization server. Valid response modes: [query, fragment, form_post, okta_post_message].",
        ),
        (
            request().with("response_mode", "okta_post_message"),
            "unsupported_response_mode",
            "'okta_post_message' response mode cannot be used with the 'code' response type.",
        ),
        (request().without("scope"), "invalid_scope", "No scopes were requested."),
        (
            request().with("scope", "openid sesame"),
            "invalid_scope",
            "One or more scopes are not configured for the authorization server resource.",
        ),
        (
            request().with("scope", "profile groups"),
            "access_denied",
            "Requests for ID tokens or access tokens with OpenID scopes require the 'openid' scope.",
        ),
        (
            request().with("code_challenge", challenge),
            "invalid_request",
            "PKCE code challenge method is not supported. Valid values: [S256]",
        ),
        (
            request().with("code_challenge", challenge).with("code_challenge_method", "plain"),
            "invalid_request",
            "PKCE code challenge method is not supported. Valid values: [S256]",
        ),
        (
            request().with("code_challenge", "a b").with("code_challenge_method", "S256"),
            "invalid_request",
            "PKCE code challenge contains illegal characters.",
        ),
        (
            request().with("prompt", "nicely"),
            "invalid_request",
            "Invalid value for 'prompt' parameter. Supported values: [none, consent, login, login consent, enroll_authenticator]",
        ),
        (
            request().with("max_age", "-1"),
            "invalid_request",
            "Invalid value for 'max_age' parameter. It should be within range 0 - 2^31-1.",
        ),
        (
            request().with("max_age", "0").with("prompt", "none"),
            "invalid_request",
            "'prompt' parameter must not have the value 'none' for request with 'zero' as max_age.",
        ),
        (
            request().with("request", "a.b.c"),
            "request_not_supported",
            "The authorize request object is not supported by this client.",
        ),
        (
            request().with("request_uri", "urn:x"),
            "request_uri_not_supported",
            "The authorize request uri is not supported by this client.",
        ),
        (
            request().with("prompt", "none"),
            "login_required",
            "The client specified not to prompt, but the user is not logged in.",
        ),
    ] {
        refused_at_callback(&party.authorize(&request).await, error, description);
    }
    let twice = format!("/oauth2/v1/authorize?{}&nonce=a", request().query());
    refused_at_callback(
        &party.get(&twice).await,
        "invalid_request",
        "Duplicate parameter provided in request. Duplicated parameters: [nonce].",
    );
    let stateless = party.authorize(&request().without("state")).await;
    assert!(stateless.header("location").contains("invalid+%27state%27+parameter"), "{:?}", stateless.headers);
    let events = party.org.mock.okta().event_types();
    assert!(events.iter().any(|kind| kind == "app.oauth2.authorize"), "{events:?}");
}

#[tokio::test]
async fn an_app_without_the_code_flow_gets_no_code() {
    let party = Party::with(|app| {
        app["settings"]["oauthClient"]["grant_types"] = json!(["implicit"]);
        app["settings"]["oauthClient"]["response_types"] = json!(["token"]);
    })
    .await;
    refused_at_callback(
        &party.authorize(&party.request()).await,
        "unauthorized_client",
        "The client is not authorized to use the provided grant type. Configured grant types: [implicit].",
    );
}

#[tokio::test]
async fn only_people_who_are_assigned_and_active_get_a_code() {
    let party = Party::new().await;
    let as_bo = party.request().with("sessionToken", &party.session_token(BO).await);
    let answer = party.authorize(&as_bo).await;
    refused_at_callback(&answer, "access_denied", "User is not assigned to the client application.");
    let events = party.org.mock.okta().event_types();
    assert!(events.iter().any(|kind| kind == "app.generic.unauth_app_access_attempt"), "{events:?}");

    let ada = party.user_id(ADA);
    let request = party.request().with("sessionToken", &party.session_token(ADA).await);
    let answer = party.authorize(&request).await;
    let code = super::returned(&answer, "code");
    let sid = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    party.org.post(&format!("/api/v1/users/{ada}/lifecycle/suspend"), json!(null)).await;
    let silent = party.url(&format!("/oauth2/v1/authorize?{}", party.request().with("prompt", "none").query()));
    let asked = crate::http::send(reqwest::Method::GET, &silent, &[("cookie", &sid)], &json!(null)).await;
    let logged_out = "The client specified not to prompt, but the user is not logged in.";
    refused_at_callback(&asked, "login_required", logged_out);
    let suspended = party.redeem(&code).await;
    refused(&suspended, 400, "invalid_grant", "The authorization code is invalid or has expired.");
    let body = json!({"username": ADA, "password": party.password(ADA)});
    let url = party.url("/api/v1/authn");
    let authn = || crate::http::send(reqwest::Method::POST, &url, &[], &body);
    crate::okta::says(&authn().await, 401, "E0000004");
    party.org.post(&format!("/api/v1/users/{ada}/lifecycle/unsuspend"), json!(null)).await;
    assert_eq!(authn().await.status, 200);
    party.org.post(&format!("/api/v1/users/{ada}/lifecycle/deactivate"), json!(null)).await;
    crate::okta::says(&authn().await, 401, "E0000004");
}

#[tokio::test]
async fn a_client_proves_who_it_is_in_its_own_way_or_not_at_all() {
    let party = Party::new().await;
    let url = party.url("/oauth2/v1/token");
    let grant = fields("junk").to_vec();
    let with = |more: &[(&'static str, &str)]| {
        let all: Vec<(String, String)> =
            grant.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Parameters(all)
    };
    let basic = |id: &str, secret: &str| {
        use base64::Engine as _;
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}")))
    };
    let (id, secret) = (party.client_id(), party.secret());
    let wrong_method = "Client authentication failed. Either the client or the client credentials are invalid.";
    let several = "Cannot supply multiple client credentials. Use one of the following: credentials in the Authorization header, credentials in the post body, or a client_assertion in the post body.";
    for (header, more, status, error, description) in [
        (None, vec![], 401, "invalid_client", "No client credentials found."),
        (None, vec![("client_secret", secret)], 401, "invalid_client", "No client credentials found."),
        (
            Some(basic(id, "wrong")),
            vec![],
            401,
            "invalid_client",
            "The client secret supplied for a confidential client is invalid.",
        ),
        (Some(basic("0oanobody", secret)), vec![], 401, "invalid_client", "Invalid value for 'client_id' parameter."),
        (
            Some("Basic ?".to_owned()),
            vec![],
            401,
            "invalid_client",
            "Found Authentication header but was not valid client credentials.",
        ),
        (None, vec![("client_id", id), ("client_secret", secret)], 401, "invalid_client", wrong_method),
        (None, vec![("client_id", id)], 401, "invalid_client", wrong_method),
        (Some(basic(id, secret)), vec![("client_secret", secret)], 400, "invalid_request", several),
        (Some(basic(id, secret)), vec![("client_id", "other")], 400, "invalid_request", several),
        (
            None,
            vec![("client_assertion", "x"), ("client_assertion_type", "y")],
            400,
            "invalid_request",
            "The client_assertion_type is invalid.",
        ),
        (Some(basic(id, secret)), vec![], 400, "invalid_grant", "The authorization code is invalid or has expired."),
    ] {
        let headers: Vec<(&str, &str)> = header.iter().map(|value| ("authorization", value.as_str())).collect();
        let answer = send_form(&url, &headers, &with(&more).fields()).await;
        refused(&answer, status, error, description);
    }
    let leaked = send_form(&format!("{url}?client_secret={secret}"), &[], &grant).await;
    refused(&leaked, 400, "invalid_request", "Client credentials cannot be supplied via query parameters.");
    let json = crate::http::send(reqwest::Method::POST, &url, &[], &json!({"grant_type": "x"})).await;
    crate::okta::says(&json, 400, "E0000021");
    let events = party.org.mock.okta().event_types();
    assert!(events.iter().any(|kind| kind == "app.oauth2.token.grant"), "{events:?}");
}

#[tokio::test]
async fn a_token_request_names_a_grant_that_the_app_has() {
    let party = Party::new().await;
    let token = |fields: &'static [(&'static str, &'static str)]| party.form("/oauth2/v1/token", fields);
    let known = "[authorization_code, refresh_token, client_credentials]";
    refused(
        &token(&[("scope", "x")]).await,
        400,
        "invalid_request",
        &format!("The token request must specify a 'grant_type'. Valid values: {known}"),
    );
    refused(
        &token(&[("grant_type", "password")]).await,
        400,
        "unsupported_grant_type",
        &format!(
            "The authorization grant type is not supported by the authorization server. Configured grant types: {known}."
        ),
    );
    refused(
        &token(&[("grant_type", "refresh_token"), ("refresh_token", "x")]).await,
        400,
        "unauthorized_client",
        "The client is not authorized to use the provided grant type. Configured grant types: [authorization_code].",
    );
    refused(
        &token(&[("grant_type", "authorization_code")]).await,
        400,
        "invalid_request",
        "The required parameter 'code' is missing.",
    );
}

#[tokio::test]
async fn a_code_is_good_once_for_a_minute_and_for_one_client_and_place() {
    let party = Party::new().await;
    let invalid = "The authorization code is invalid or has expired.";
    let code = party.code(party.request()).await;
    let other = Party { app: party.org.oidc_app("Other").await, org: party.org };
    refused(
        &other.redeem(&code).await,
        400,
        "invalid_grant",
        "The grant was issued to another client. Please make sure the 'client_id' matches the one used at the authorize request.",
    );
    let party = Party::at(other.org, |_| ()).await;

    let code = party.code(party.request()).await;
    let mut moved = fields(&code);
    moved[2].1 = "https://team.example/other";
    let mismatch = "The 'redirect_uri' does not match the redirection URI used in the authorization request.";
    refused(&party.form("/oauth2/v1/token", &moved).await, 400, "invalid_grant", mismatch);
    refused(&party.form("/oauth2/v1/token", &moved[..2]).await, 400, "invalid_grant", mismatch);
    refused(
        &party.form("/oauth2/default/v1/token", &fields(&code)).await,
        400,
        "invalid_request",
        "The grant was issued for another authorization server.",
    );

    let tokens = party.redeem(&code).await.json();
    let access_token = tokens["access_token"].as_str().unwrap();
    let active =
        || async { party.form("/oauth2/v1/introspect", &[("token", access_token)]).await.json()["active"].clone() };
    assert_eq!(active().await, true);
    refused(&party.redeem(&code).await, 400, "invalid_grant", invalid);
    assert_eq!(active().await, false, "using a code twice ends what came of it");

    let late = party.code(party.request()).await;
    party.advance(60);
    refused(&party.redeem(&late).await, 400, "invalid_grant", invalid);
}

#[tokio::test]
async fn a_challenge_is_kept_wherever_there_is_one_and_demanded_where_the_app_says_so() {
    // The pair of RFC 7636, appendix B.
    let (verifier, challenge) =
        ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    for required in [true, false] {
        let party = Party::with(|app| app["credentials"]["oauthClient"]["pkce_required"] = json!(required)).await;
        let bare = party.request().with("prompt", "none");
        let missing = "PKCE code challenge is required by the application.";
        match required {
            true => refused_at_callback(&party.authorize(&bare).await, "invalid_request", missing),
            false => assert_eq!(super::returned(&party.authorize(&bare).await, "error"), "login_required"),
        }
        let request = party.request().with("code_challenge", challenge).with("code_challenge_method", "S256");
        let code = party.code(request).await;
        let without = "PKCE code verifier is required by the application.";
        refused(&party.redeem(&code).await, 400, "invalid_request", without);
        let redeem = |verifier: &'static str| {
            let mut fields = fields(&code).to_vec();
            fields.push(("code_verifier", verifier));
            let party = &party;
            async move { party.form("/oauth2/v1/token", &fields).await }
        };
        refused(&redeem("wrong").await, 400, "invalid_grant", "PKCE verification failed.");
        assert_eq!(redeem(verifier).await.status, 200);
    }
    let party = Party::new().await;
    let code = party.code(party.request()).await;
    let mut unasked = fields(&code).to_vec();
    unasked.push(("code_verifier", verifier));
    let description = "PKCE code challenge should be specified in the authorize request for code verification.";
    refused(&party.form("/oauth2/v1/token", &unasked).await, 400, "invalid_request", description);
}

#[tokio::test]
async fn a_wildcard_fits_one_part_of_one_label() {
    let party = Party::with(|app| {
        app["settings"]["oauthClient"]["redirect_uris"] = json!([CALLBACK, "https://pr-*.team.example/callback"]);
        app["settings"]["oauthClient"]["wildcard_redirect"] = json!("SUBDOMAIN");
    })
    .await;
    let silent = |uri: &str| party.request().with("prompt", "none").with("redirect_uri", uri);
    let fits = party.authorize(&silent("https://pr-12.team.example/callback")).await;
    assert!(fits.header("location").starts_with("https://pr-12.team.example/callback?error=login_required"));
    assert_eq!(party.authorize(&silent("https://pr-a.b.team.example/callback")).await.status, 400);
}

#[tokio::test]
async fn an_inactive_app_gets_no_tokens() {
    let party = Party::new().await;
    let code = party.code(party.request()).await;
    party.org.post(&format!("{}/lifecycle/deactivate", Administrator::path(&party.app)), json!(null)).await;
    refused(&party.redeem(&code).await, 401, "invalid_client", "Invalid value for 'client_id' parameter.");
}
