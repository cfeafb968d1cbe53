//! A mock's Cloudflare side as its callers see it: addresses, credentials, and the envelope around every answer.

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::{Mock, Options};

use crate::http::{Answer, send};

/// A mock, and a caller of its Cloudflare API.
pub(crate) struct Caller {
    pub(crate) mock: Mock,
    token: String,
}

impl Caller {
    /// Calls with the token that may do everything.
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    /// The same on a mock with these options.
    pub(crate) async fn with(options: Options) -> Self {
        let mock = Mock::with(options).await;
        let token = mock.cloudflare_token();
        Self { mock, token }
    }

    /// URL of something in the account.
    pub(crate) fn account(&self, path: &str) -> String {
        format!("{}/accounts/{}/{path}", self.mock.api_url(), self.mock.account_id())
    }

    /// URL of something in the zone.
    pub(crate) fn zone(&self, path: &str) -> String {
        let zone = self.mock.cloudflare().zone_id().to_owned();
        format!("{}/zones/{zone}/{path}", self.mock.api_url())
    }

    /// Any request, with the token.
    pub(crate) async fn call(&self, method: Method, url: &str, body: Value) -> Answer {
        send(method, url, &[("authorization", &format!("Bearer {}", self.token))], &body).await
    }

    /// `GET` that must succeed; the whole body.
    pub(crate) async fn get(&self, url: &str) -> Value {
        let answer = self.call(Method::GET, url, Value::Null).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_success(&answer)
    }

    /// Creates an identity provider in the account; its result.
    pub(crate) async fn create(&self, body: Value) -> Value {
        let answer = self.call(Method::POST, &self.account("access/identity_providers"), body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        assert_success(&answer)["result"].clone()
    }

    /// Replaces an identity provider of the account; its result.
    pub(crate) async fn put(&self, id: &str, body: Value) -> Value {
        let answer = self.call(Method::PUT, &self.account(&format!("access/identity_providers/{id}")), body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_success(&answer)["result"].clone()
    }

    /// Reads an identity provider of the account; its result.
    pub(crate) async fn read(&self, id: &str) -> Value {
        self.get(&self.account(&format!("access/identity_providers/{id}"))).await["result"].clone()
    }
}

/// An okta identity provider, as little of it as the documentation asks for.
pub(crate) fn okta(scim: Value) -> Value {
    let mut body = json!({
        "name": "Okta",
        "type": "okta",
        "config": {
            "client_id": "0oaclient",
            "client_secret": "a-client-secret-of-some-length-01",
            "okta_account": "https://acme.okta.com",
        },
    });
    if !scim.is_null() {
        body["scim_config"] = scim;
    }
    body
}

/// The envelope of a success: three members always, errors and messages lists; returns the body.
pub(crate) fn assert_success(answer: &Answer) -> Value {
    let body = answer.json();
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(answer.header("cf-ray").split_once('-').is_some_and(|(ray, _)| ray.len() == 16));
    assert_eq!(body["success"], true);
    assert_eq!(body["errors"], json!([]));
    assert!(body["messages"].is_array());
    assert!(body.get("result").is_some());
    body
}

/// The envelope of a failure, with this status and first code; returns the first error's message.
pub(crate) fn assert_failure(answer: &Answer, status: u16, code: u32) -> String {
    let body = answer.json();
    assert_eq!((answer.status, &body["errors"][0]["code"]), (status, &json!(code)), "{}", answer.text);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(body["success"], false);
    assert_eq!(body["messages"], json!([]));
    assert_eq!(body["result"], Value::Null);
    body["errors"][0]["message"].as_str().unwrap().to_owned()
}

/// The members of an object, sorted.
pub(crate) fn members(object: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}
