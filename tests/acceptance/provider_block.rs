//! The provider block: what it takes, what comes from the environment, and what is said when something is missing.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::json;

use crate::harness::story::Story;

const CLOUDFLARE: &str = "data \"zt_organization\" \"this\" {}\n";
const OKTA: &str = "resource \"okta_oidc_app\" \"app\" {\n  provider = zt\n  label = \"App\"\n  redirect_uris = [\"https://acme.example/callback\"]\n}\n";

fn with(block: &str, rest: &str) -> Story {
    let story = Story::new();
    story.write("main.tf", &format!("provider \"zt\" {{\n{block}\n}}\n{rest}"));
    story
}

#[test]
fn everything_in_the_block_works_without_the_environment() {
    let story = Story::new();
    let (account, token, api) =
        (story.mock().account_id(), story.mock().cloudflare_token(), story.mock().api_url().to_owned());
    let (org, okta) = (story.mock().org_url().to_owned(), story.mock().okta_token());
    story.write(
        "main.tf",
        &format!(
            "provider \"zt\" {{\n  cloudflare = {{\n    api_token = {token:?}\n    account_id = {account:?}\n    base_url = {api:?}\n  }}\n  \
             okta = {{\n    org_url = {org:?}\n    api_token = {okta:?}\n  }}\n  max_retries = 2\n  min_wait_seconds = 0\n  \
             max_wait_seconds = 5\n  max_requests_per_second = 99.5\n  request_timeout = 30\n  secret_checks = \"never\"\n}}\n{CLOUDFLARE}{OKTA}"
        ),
    );
    let mut story = story;
    for name in [
        "CLOUDFLARE_API_TOKEN",
        "CLOUDFLARE_ACCOUNT_ID",
        "CLOUDFLARE_BASE_URL",
        "OKTA_ORG_URL",
        "OKTA_ORG_NAME",
        "OKTA_BASE_URL",
        "OKTA_HTTP_PROXY",
        "OKTA_API_TOKEN",
    ] {
        story.workspace_mut().remove_env(name);
    }
    story.apply();
    assert_eq!(story.resource("data.zt_organization.this")["account_id"], account);
    story.destroy();
}

#[test]
fn key_and_email_work_as_well() {
    let mut story = with("", CLOUDFLARE);
    let (key, email) = {
        let account = story.mock().cloudflare();
        (account.api_key().to_owned(), account.email().to_owned())
    };
    story.workspace_mut().remove_env("CLOUDFLARE_API_TOKEN");
    story.workspace_mut().set_env("CLOUDFLARE_API_KEY", &key);
    story.workspace_mut().set_env("CLOUDFLARE_EMAIL", &email);
    story.apply();
}

#[test]
fn the_names_of_the_official_okta_provider_work_as_well() {
    let mut story = with("", OKTA);
    // OKTA_HTTP_PROXY stays: it is what points the official provider at a mock.
    story.workspace_mut().remove_env("OKTA_ORG_URL");
    story.apply();
    story.destroy();
}

#[test]
fn credentials_are_missed_only_by_what_needs_them() {
    let mut story = with("", CLOUDFLARE);
    story.workspace_mut().remove_env("OKTA_API_TOKEN");
    story.apply();

    story.workspace_mut().remove_env("CLOUDFLARE_API_TOKEN");
    let error = story.plan_fails().error();
    assert!(error.text().contains("api_token") && error.text().contains("CLOUDFLARE_API_TOKEN"), "{error}");

    let mut story = with("", OKTA);
    story.workspace_mut().remove_env("CLOUDFLARE_API_TOKEN");
    story.workspace_mut().remove_env("OKTA_API_TOKEN");
    let error = story.apply_fails().error();
    assert!(error.text().contains("api_token") && error.text().contains("OKTA_API_TOKEN"), "{error}");
}

#[test]
fn credentials_in_the_block_are_not_mixed_with_those_of_the_environment() {
    let story = with("  cloudflare = { api_token = \"wrong-token-0123456789-0123456789-0123456\" }", CLOUDFLARE);
    let error = story.plan_fails().error();
    assert!(error.text().contains("9109"), "{error}");
    assert!(error.text().contains("CLOUDFLARE_API_TOKEN"), "{error}");
}

#[test]
fn contradictions_are_errors_on_their_attribute() {
    for (block, attribute) in [
        ("  max_retries = 1000", "max_retries"),
        ("  max_requests_per_second = 0", "max_requests_per_second"),
        ("  max_requests_per_second = -1.5", "max_requests_per_second"),
        ("  secret_checks = \"sometimes\"", "secret_checks"),
        ("  min_wait_seconds = 9\n  max_wait_seconds = 3", "min_wait_seconds"),
    ] {
        let error = with(block, CLOUDFLARE).validate_fails();
        assert!(error.points_at(attribute), "{error}");
    }
    for (block, word) in [
        ("  cloudflare = {\n    api_token = \"a\"\n    api_key = \"b\"\n    email = \"c\"\n  }", "api_key"),
        ("  cloudflare = {\n    base_url = \"http://api.example\"\n  }", "https"),
        ("  okta = {\n    org_url = \"https://acme-admin.okta.com\"\n  }", "https://acme.okta.com"),
        ("  okta = {\n    org_url = \"https://acme.okta.com\"\n    org_name = \"acme\"\n  }", "org_url"),
        ("  okta = {\n    client_id = \"0oa\"\n  }", "private_key"),
    ] {
        let error = with(block, CLOUDFLARE).validate_fails();
        assert!(error.text().contains(word), "{error}");
    }
}

#[test]
fn a_setting_that_is_not_known_yet_is_no_error_while_planning() {
    let token = |story: &Story| story.mock().cloudflare_token();
    let story = Story::new();
    let (account, token, org) = (story.mock().account_id(), token(&story), story.mock().org_url().to_owned());
    let resource = format!(
        "resource \"zt_okta_idp\" \"okta\" {{\n  name = \"Okta\"\n  okta_account = {org:?}\n  client_id = \"0oa1\"\n  client_secret = \"a-client-secret-of-this-test-0123456789\"\n}}\n"
    );
    story.write(
        "main.tf",
        &format!(
            "resource \"terraform_data\" \"settings\" {{\n  input = {{ token = {token:?}, account = {account:?} }}\n}}\nprovider \"zt\" {{\n  cloudflare = {{\n    \
             api_token = terraform_data.settings.output.token\n    account_id = terraform_data.settings.output.account\n  }}\n}}\n{resource}"
        ),
    );
    let plan = story.plan();
    assert_eq!(plan.action("zt_okta_idp.okta"), ["create"]);
    story.apply();
    assert_eq!(story.resource("zt_okta_idp.okta")["account_id"], account);
    story.destroy();
}

/// An app of the org that acts for itself: its client id, and its private key as PEM.
fn service_app(story: &Story, scopes: &[&str]) -> (String, String) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let pkcs8 = pair.to_pkcs8v1().unwrap();
    let mut key = Jwk::from_encoding_key(&EncodingKey::from_ec_der(pkcs8.as_ref()), Algorithm::ES256).unwrap();
    key.common.key_id = Some("k1".into());
    let app = story.in_okta(
        "POST",
        "/api/v1/apps",
        Some(&json!({
            "name": "oidc_client",
            "signOnMode": "OPENID_CONNECT",
            "label": "Terraform",
            "credentials": {"oauthClient": {"token_endpoint_auth_method": "private_key_jwt"}},
            "settings": {"oauthClient": {
                "application_type": "service",
                "grant_types": ["client_credentials"],
                "response_types": ["token"],
                "jwks": {"keys": [key]},
            }},
        })),
    );
    let id = app["id"].as_str().unwrap().to_owned();
    for scope in scopes {
        let grant = json!({"issuer": story.mock().org_url(), "scopeId": scope});
        story.in_okta("POST", &format!("/api/v1/apps/{id}/grants"), Some(&grant));
    }
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(pkcs8));
    (id, pem)
}

fn as_service_app(client_id: &str, pem: &str) -> String {
    format!(
        "provider \"zt\" {{\n  okta = {{\n    client_id = {client_id:?}\n    private_key = {pem:?}\n    private_key_id = \"k1\"\n    \
         scopes = [\"okta.apps.manage\", \"okta.policies.read\"]\n  }}\n}}\n{OKTA}"
    )
}

#[test]
fn a_service_app_logs_in_with_its_key() {
    let mut story = Story::new();
    story.workspace_mut().remove_env("OKTA_API_TOKEN");
    let (client_id, pem) = service_app(&story, &["okta.apps.manage", "okta.policies.read"]);
    story.write("main.tf", &as_service_app(&client_id, &pem));
    story.apply();
    let tokens = story.mock().journal().matching("POST", "/oauth2/v1/token");
    assert!(!tokens.is_empty() && tokens.iter().all(|exchange| exchange.status == Some(200)), "{tokens:?}");
    story.destroy();
}

#[test]
fn a_scope_that_nobody_granted_is_named_by_what_okta_says() {
    let mut story = Story::new();
    story.workspace_mut().remove_env("OKTA_API_TOKEN");
    let (client_id, pem) = service_app(&story, &["okta.apps.manage"]);
    story.write("main.tf", &as_service_app(&client_id, &pem));
    let error = story.apply_fails().error();
    assert!(error.text().contains("You are not allowed any of the requested scopes."), "{error}");
}
