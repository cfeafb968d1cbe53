//! What an administrator does in the vendors' consoles, behind Terraform's back: single API calls with full rights.

use serde_json::Value;
use zt::mock::Mock;

/// Calls Okta: `okta(&mock, "GET", "/api/v1/apps", None)`. Any status but a 2xx fails the test.
#[track_caller]
pub fn okta(mock: &Mock, method: &str, path: &str, body: Option<&Value>) -> Value {
    send(method, &format!("{}{path}", mock.org_url()), &format!("SSWS {}", mock.okta_token()), body)
}

/// Calls Cloudflare and returns the `result`: `cloudflare(&mock, "GET", "/accounts/…/access/identity_providers", None)`.
#[track_caller]
pub fn cloudflare(mock: &Mock, method: &str, path: &str, body: Option<&Value>) -> Value {
    let url = format!("{}{path}", mock.api_url());
    send(method, &url, &format!("Bearer {}", mock.cloudflare_token()), body)["result"].take()
}

#[track_caller]
fn send(method: &str, url: &str, authorization: &str, body: Option<&Value>) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (status, text) = runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = client.request(method.parse().unwrap(), url).header("authorization", authorization);
        request = match body {
            Some(body) => request.json(body),
            // Okta wants to know how long a write is, and the client says nothing of an absent body.
            None if method != "GET" => request.header("content-length", "0"),
            None => request,
        };
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    });
    assert!(status.is_success(), "{method} {url}: {status}\n{text}");
    if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() }
}
