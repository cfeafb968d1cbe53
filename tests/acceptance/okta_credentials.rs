//! With which credentials Okta is asked: an API token, OAuth, or both together.
//!
//! The groups claim of an app lives behind a route that takes API tokens only; all others take either.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use zt::mock::journal::Exchange;

use crate::harness::story::Story;
use crate::okta_calls::{asked, short};

const APP: &str = "okta_oidc_app.access";
const SCOPES: [&str; 4] = ["okta.apps.manage", "okta.groups.read", "okta.users.read", "okta.policies.read"];
const CLAIM_ROUTE: &str = "internal/apps/*/settings/oauth/idToken";

/// A story whose credentials are all in the provider block.
fn story() -> Story {
    let mut story = Story::new();
    story.workspace_mut().remove_env("OKTA_API_TOKEN");
    story
}

fn credentials(story: &Story, attributes: &str) {
    story.write("provider.tf", &format!("provider \"zt\" {{\n  okta = {{\n{attributes}\n  }}\n}}\n"));
}

fn api_token(story: &Story) -> String {
    format!("    api_token = {:?}", story.mock().okta_token())
}

fn access_token(story: &Story) -> String {
    let now = story.mock().world().clock.now();
    format!("    access_token = {:?}", story.mock().okta().mint_access_token(&SCOPES, now))
}

/// An app with this prefix as its groups claim; without a claim for none.
fn app(story: &Story, prefix: Option<&str>) {
    let claim = prefix.map_or_else(String::new, |prefix| {
        format!("  groups_claim = {{\n    filter_type = \"STARTS_WITH\"\n    value = {prefix:?}\n  }}\n")
    });
    story.write(
        "main.tf",
        &format!(
            "resource \"okta_oidc_app\" \"access\" {{\n  provider = zt\n  label = \"Access\"\n  \
             redirect_uris = [\"https://acme.example/callback\"]\n{claim}}}\n"
        ),
    );
}

/// The scheme of `Authorization` and the routes it was used for.
fn routes(exchanges: &[Exchange], scheme: &str) -> BTreeSet<String> {
    let with = exchanges.iter().filter(|exchange| {
        let sent = exchange.request_header("authorization");
        sent.and_then(|sent| sent.split(' ').next()) == Some(scheme)
    });
    with.map(short).collect()
}

fn is_claim(route: &str) -> bool {
    route.ends_with(CLAIM_ROUTE)
}

#[test]
fn an_api_token_alone_is_used_for_everything() {
    let story = story();
    credentials(&story, &api_token(&story));
    app(&story, Some("access-"));
    let exchanges = asked(&story, |story| drop(story.apply()));
    let (token, oauth) = (routes(&exchanges, "SSWS"), routes(&exchanges, "Bearer"));
    assert!(oauth.is_empty(), "{oauth:?}");
    assert!(token.contains(&format!("POST {CLAIM_ROUTE}")) && token.contains("POST apps"), "{token:?}");
    story.destroy();
}

#[test]
fn with_both_the_token_is_used_for_the_groups_claim_alone() {
    let story = story();
    credentials(&story, &[access_token(&story), api_token(&story)].join("\n"));
    app(&story, Some("access-"));
    let exchanges = asked(&story, |story| {
        assert!(story.apply().warnings.is_empty());
        // A change of the claim and of the document, a read, a destroy: every kind of call.
        app(story, Some("vpn-"));
        story.apply();
        story.destroy();
    });
    let (token, oauth) = (routes(&exchanges, "SSWS"), routes(&exchanges, "Bearer"));
    assert_eq!(token, [format!("GET {CLAIM_ROUTE}"), format!("POST {CLAIM_ROUTE}")].into());
    assert!(!oauth.iter().any(|route| is_claim(route)), "{oauth:?}");
    for route in ["POST apps", "GET apps/*", "GET apps/*/credentials/secrets", "DELETE apps/*"] {
        assert!(oauth.contains(route), "{route}: {oauth:?}");
    }
}

#[test]
fn with_oauth_alone_a_read_keeps_the_claim_and_warns() {
    let story = story();
    credentials(&story, &api_token(&story));
    app(&story, Some("access-"));
    story.apply();
    let before = story.resource(APP)["groups_claim"].clone();

    credentials(&story, &access_token(&story));
    let exchanges = asked(&story, |story| {
        let plan = story.plan();
        assert!(plan.is_empty(), "{}", plan.text());
        let [warning] = &plan.diagnostics[..] else { panic!("{:?}", plan.diagnostics) };
        assert!(warning.points_at("groups_claim"), "{warning}");
        assert!(warning.text().contains("The groups claim cannot be read"), "{warning}");
        assert!(warning.text().contains("api_token"), "{warning}");
        story.workspace().terraform(&["apply", "-refresh-only", "-auto-approve"]).expect_success();
    });
    assert_eq!(story.resource(APP)["groups_claim"], before);
    let (token, oauth) = (routes(&exchanges, "SSWS"), routes(&exchanges, "Bearer"));
    assert!(token.is_empty() && !oauth.is_empty() && !oauth.iter().any(|route| is_claim(route)), "{token:?} {oauth:?}");

    // What does not touch the claim goes on.
    story.write(
        "main.tf",
        &std::fs::read_to_string(story.workspace().config().join("main.tf")).unwrap().replace("\"Access\"", "\"VPN\""),
    );
    story.apply();
    assert_eq!(story.resource(APP)["label"], "VPN");
}

#[test]
fn with_oauth_alone_a_write_of_the_claim_is_an_error_that_names_the_other_way() {
    let story = story();
    credentials(&story, &access_token(&story));
    app(&story, Some("access-"));
    let exchanges = asked(&story, |story| {
        let error = story.plan_fails().error();
        assert!(error.points_at("groups_claim"), "{error}");
        for word in ["api_token", "custom authorization server", "authorization_server_id"] {
            assert!(error.text().contains(word), "{word}: {error}");
        }
    });
    assert!(exchanges.iter().all(|exchange| exchange.method == "GET"), "nothing is made first");

    // An existing claim can neither be changed nor cleared.
    credentials(&story, &api_token(&story));
    story.apply();
    credentials(&story, &access_token(&story));
    for prefix in [Some("vpn-"), None] {
        app(&story, prefix);
        let exchanges = asked(&story, |story| {
            assert!(story.apply_fails().error().text().contains("custom authorization server"));
        });
        assert!(exchanges.iter().all(|exchange| exchange.method == "GET"), "{prefix:?}");
    }
}

#[test]
fn without_a_claim_oauth_alone_is_enough_and_quiet() {
    let mut story = story();
    let now = story.mock().world().clock.now();
    let token = story.mock().okta().mint_access_token(&SCOPES, now);
    story.workspace_mut().set_env("OKTA_ACCESS_TOKEN", &token);
    app(&story, None);
    let exchanges = asked(&story, |story| {
        assert!(story.apply().warnings.is_empty());
        assert!(story.plan().diagnostics.is_empty());
        story.destroy();
    });
    assert!(routes(&exchanges, "SSWS").is_empty());
}

/// Makes a service app with a key of its own, grants it these scopes, and returns its client id and private key.
fn service_app(story: &Story, scopes: &[&str]) -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    // An uncompressed point: 04, then x and y with 32 bytes each.
    let (x, y) = key.public_key_raw()[1..].split_at(32);
    let [x, y] = [x, y].map(|part| URL_SAFE_NO_PAD.encode(part));
    let made = story.in_okta(
        "POST",
        "/api/v1/apps",
        Some(&json!({
            "name": "oidc_client",
            "label": "Terraform",
            "signOnMode": "OPENID_CONNECT",
            "credentials": {"oauthClient": {"token_endpoint_auth_method": "private_key_jwt"}},
            "settings": {"oauthClient": {
                "application_type": "service",
                "grant_types": ["client_credentials"],
                "response_types": ["token"],
                "jwks": {"keys": [{"kty": "EC", "crv": "P-256", "kid": "k1", "use": "sig", "x": x, "y": y}]},
            }},
        })),
    );
    let id = made["id"].as_str().unwrap();
    for scope in scopes {
        let grant = json!({"issuer": story.mock().org_url(), "scopeId": scope});
        story.in_okta("POST", &format!("/api/v1/apps/{id}/grants"), Some(&grant));
    }
    let client_id = &made["credentials"]["oauthClient"]["client_id"];
    (client_id.as_str().unwrap().to_owned(), key.serialize_pem())
}

/// The attributes of a service app that asks for all [`SCOPES`].
fn as_service_app(client_id: &str, key: &str) -> String {
    format!(
        "    client_id = {client_id:?}\n    private_key = {key:?}\n    private_key_id = \"k1\"\n    scopes = {:?}",
        SCOPES.as_slice()
    )
}

#[test]
fn a_service_app_proves_itself_with_its_key_and_shares_one_access_token() {
    let story = story();
    let (client_id, key) = service_app(&story, &SCOPES);
    credentials(&story, &[as_service_app(&client_id, &key), api_token(&story)].join("\n"));
    app(&story, Some("access-"));
    let exchanges = asked(&story, |story| drop(story.plan()));
    assert!(exchanges.is_empty(), "nothing is asked before there is something to ask");
    let exchanges = asked(&story, |story| drop(story.apply_only()));
    let minted: Vec<&Exchange> = exchanges.iter().filter(|one| one.path == "/oauth2/v1/token").collect();
    let [minted] = &minted[..] else { panic!("one token for one run: {minted:?}") };
    assert_eq!(minted.request_header("authorization"), None);
    assert_eq!(minted.request_body["grant_type"], "client_credentials");
    let (token, oauth) = (routes(&exchanges, "SSWS"), routes(&exchanges, "Bearer"));
    assert_eq!(token, [format!("POST {CLAIM_ROUTE}")].into());
    assert!(oauth.contains("POST apps") && !oauth.iter().any(|route| is_claim(route)), "{oauth:?}");

    let shown = serde_json::to_string(&story.mock().journal().all()).unwrap() + &story.state_file();
    let secret_line = key.lines().nth(1).unwrap();
    assert!(!shown.contains(secret_line), "the key stays where it is");

    // The same key by its path.
    let file = story.workspace().beside("service-app.pem");
    std::fs::write(&file, &key).unwrap();
    credentials(&story, &[as_service_app(&client_id, &file.to_string_lossy()), api_token(&story)].join("\n"));
    let exchanges = asked(&story, |story| drop(story.plan()));
    assert!(exchanges.iter().any(|one| one.path == "/oauth2/v1/token"), "{:?}", routes(&exchanges, "Bearer"));

    // A key that Okta does not know.
    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
    credentials(&story, &as_service_app(&client_id, &other));
    let error = story.plan_fails().error();
    assert!(error.text().contains("invalid_client"), "{error}");
    assert!(!error.text().contains("PRIVATE KEY"), "{error}");
}

#[test]
fn a_service_app_without_a_granted_scope_gets_no_token_and_is_told_what_to_grant() {
    let story = story();
    let (client_id, key) = service_app(&story, &SCOPES[1..]);
    credentials(&story, &as_service_app(&client_id, &key));
    app(&story, None);
    let error = story.apply_fails().error();
    assert!(error.text().contains("You are not allowed any of the requested scopes."), "{error}");
    assert!(error.text().contains("okta.apps.manage"), "{error}");
}

#[test]
fn a_scope_that_an_access_token_lacks_is_told_with_what_to_grant() {
    let story = story();
    let now = story.mock().world().clock.now();
    let token = story.mock().okta().mint_access_token(&["okta.apps.read"], now);
    credentials(&story, &format!("    access_token = {token:?}"));
    app(&story, None);
    let error = story.apply_fails().error();
    assert!(error.text().contains("okta.apps.manage"), "{error}");
    assert_eq!(story.mock().okta().counts()["apps"], 0);
    assert_eq!(story.addresses(), Vec::<String>::new());
}

#[test]
fn a_token_that_has_been_revoked_is_told_apart_from_one_that_may_not() {
    let story = story();
    credentials(&story, "    api_token = \"00-revoked-token\"");
    app(&story, None);
    let error = story.apply_fails().error();
    assert!(error.text().contains("E0000011") && error.text().contains("OKTA_API_TOKEN"), "{error}");

    credentials(&story, &format!("    api_token = {:?}", story.mock().okta_read_only_token()));
    let error = story.apply_fails().error();
    assert!(error.text().contains("E0000006") && error.text().contains("Application Administrator"), "{error}");
}
