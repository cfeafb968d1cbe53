//! Arguments of functions that they must not have.

use serde_json::{Value as Json, json};
use tonic::Request;
use zt::proto::tfplugin6 as pb;
use zt::proto::tfplugin6::provider_server::Provider as Service;

use crate::attributes::functions;
use crate::server::{server, wait};

/// Function, arguments, which of them is wrong, and what is said.
fn rows() -> Vec<(&'static str, Json, i64, &'static str)> {
    vec![
        ("callback_url", json!([""]), 0, "is not a team"),
        ("callback_url", json!(["my team"]), 0, "Write its name"),
        ("callback_url", json!(["http://acme.cloudflareaccess.com"]), 0, "https"),
        ("callback_url", json!(["https://acme.cloudflareaccess.com/x"]), 0, "is not a team"),
        ("okta_issuer", json!(["acme", null]), 0, "https://acme.okta.com"),
        ("okta_issuer", json!(["http://acme.okta.com", null]), 0, "loopback"),
        ("okta_issuer", json!(["https://acme-admin.okta.com", null]), 0, "Admin Console"),
        ("okta_issuer", json!(["https://acme.okta.com", ""]), 1, ""),
        ("okta_issuer", json!(["https://acme.okta.com", "a/b"]), 1, ""),
        ("secret_fingerprint", json!([""]), 0, "no secret"),
    ]
}

#[test]
fn every_bad_argument_is_refused_and_named() {
    for (name, arguments, wrong, says) in rows() {
        let value = |json: &Json| pb::DynamicValue { msgpack: Vec::new(), json: json.to_string().into_bytes() };
        let arguments = arguments.as_array().unwrap().iter().map(value).collect();
        let request = pb::call_function::Request { name: name.into(), arguments };
        let error = wait(server().call_function(Request::new(request))).error.unwrap();
        assert_eq!(error.function_argument, Some(wrong), "{name}: {}", error.text);
        assert!(error.text.contains(says) && error.text.len() > 15, "{name}: {}", error.text);
    }
}

#[test]
fn every_function_has_a_row() {
    for name in functions() {
        assert!(rows().iter().any(|row| row.0 == name), "{name}");
    }
}
