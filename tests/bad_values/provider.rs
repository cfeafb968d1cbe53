//! The provider block.

use serde_json::json;

use crate::attributes::Kind;
use crate::{Bad, Table, bad, long};

pub(crate) fn tables() -> Vec<Table> {
    let two_kinds = json!({"cloudflare": {"api_token": "t", "email": "a@b.example"}});
    let key = |key: &str| json!({"okta": {"client_id": "0oa", "private_key": key, "scopes": ["okta.apps.read"]}});
    let rows = [
        seconds(),
        vec![
            bad("ca_file", "", "1 to 4096"),
            bad("ca_file", long(), "1 to 4096"),
            bad("max_requests_per_second", 0, "0.01 and 1000"),
            bad("max_requests_per_second", -1, "Leave it out"),
            bad("max_requests_per_second", 1001, "0.01 and 1000"),
            bad("secret_checks", "sometimes", "\"always\", \"never\""),
            bad("cloudflare.account_id", "", "1 to 64"),
            bad("cloudflare.account_id", long(), "1 to 64"),
            bad("cloudflare.api_token", "", "empty"),
            bad("cloudflare.api_token", "token-of-mine\n", "chomp"),
            bad("cloudflare.api_key", "", "empty").beside(json!({"cloudflare": {"email": "a@b.example"}})),
            bad("cloudflare.api_key", "key of mine", "white space")
                .beside(json!({"cloudflare": {"email": "a@b.example"}})),
            bad("cloudflare.api_key", "key-of-mine", "api_token")
                .beside(two_kinds)
                .summary("Two kinds of Cloudflare credentials"),
            bad("cloudflare.api_key", "key-of-mine", "set email")
                .beside(json!({"cloudflare": {}}))
                .summary("The API key needs an email address"),
            bad("cloudflare.email", "", "1 to 320").beside(json!({"cloudflare": {"api_key": "key"}})),
            bad("cloudflare.email", "a@b.example", "api_key")
                .beside(json!({"cloudflare": {}}))
                .summary("The email address needs an API key"),
            bad("okta.org_name", "acme-admin", "Admin Console").beside(json!({"okta": {}})),
            bad("okta.org_name", "a/b", "nothing after the host").beside(json!({"okta": {}})),
            bad("okta.org_name", "", "1 to 253").beside(json!({"okta": {}})),
            bad("okta.org_name", "acme", "Set either")
                .beside(json!({"okta": {"org_url": "https://acme.okta.com"}}))
                .summary("Two ways to name the Okta org"),
            bad("okta.base_url", "", "1 to 253").beside(json!({"okta": {}})),
            bad("okta.base_url", "okta.com@evil.example/", "User and password")
                .beside(json!({"okta": {"org_name": "acme"}}))
                .summary("Invalid value of org_name")
                .at("okta.org_name"),
            bad("okta.api_token", "", "empty"),
            bad("okta.api_token", " 00token-of-mine", "chomp"),
            bad("okta.access_token", "", "empty"),
            bad("okta.access_token", "ey-token\r\nof-mine", "white space"),
            bad("okta.access_token", "ey-token-of-mine", "Set either")
                .beside(key("-----BEGIN"))
                .summary("Two kinds of OAuth credentials"),
            bad("okta.client_id", "", "1 to 255").beside(json!({"okta": {"private_key": "/a.pem", "scopes": ["a"]}})),
            bad("okta.client_id", "0oa", "private_key")
                .beside(json!({"okta": {}}))
                .summary("The client id needs a private key"),
            bad("okta.private_key", "", "PEM").beside(json!({"okta": {"client_id": "0oa", "scopes": ["a"]}})),
            bad("okta.private_key", "/a.pem", "client_id")
                .beside(json!({"okta": {"scopes": ["a"]}}))
                .summary("The private key needs a client id"),
            bad("okta.private_key", "/a.pem", "okta.apps.manage")
                .beside(json!({"okta": {"client_id": "0oa"}}))
                .summary("The service app needs scopes"),
            bad("okta.private_key_id", "", "1 to 255"),
            bad("okta.scopes", json!([]), "1 to 100"),
            bad("okta.scopes", json!([""]), "1 to 255"),
        ],
        urls("cloudflare.base_url", "https"),
        urls("okta.org_url", "https"),
    ];
    vec![Table {
        kind: Kind::Provider,
        good: json!({
            "okta": {"org_url": "https://acme.okta.com", "api_token": "t"},
            "cloudflare": {"api_token": "t"},
        }),
        rows: rows.into_iter().flatten().collect(),
        free: vec![],
    }]
}

fn seconds() -> Vec<Bad> {
    vec![
        bad("max_retries", -1, "0 and 100"),
        bad("max_retries", 101, "0 and 100"),
        bad("min_wait_seconds", -1, "0 and 300"),
        bad("min_wait_seconds", 301, "0 and 300"),
        bad("min_wait_seconds", 9, "max_wait_seconds").beside(json!({"max_wait_seconds": 3})),
        bad("max_wait_seconds", 0, "1 and 3600"),
        bad("max_wait_seconds", 3601, "1 and 3600"),
        bad("request_timeout", 0, "1 and 300"),
        bad("request_timeout", 301, "1 and 300"),
    ]
}

/// What must not be where credentials are sent to.
fn urls(path: &'static str, says: &'static str) -> Vec<Bad> {
    let wrong = ["", "acme.example", "http://acme.example", "ftp://acme.example", "https://", "file:///etc/passwd"];
    let never = ["https://user:secret@acme.example", "https://acme.example?x=1", "https://acme.example#x"];
    wrong.map(|url| bad(path, url, says)).into_iter().chain(never.map(|url| bad(path, url, "URL"))).collect()
}
