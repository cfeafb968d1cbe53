//! A mock's Okta org as its callers see it: credentials, permissions, and what is around every answer.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::{Mock, Options, ProvisioningApi};

use crate::http::{Answer, client, send};

/// A mock, and an administrator of its org.
pub(crate) struct Administrator {
    pub(crate) mock: Mock,
}

impl Administrator {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        Self { mock: Mock::with(options).await }
    }

    /// The personality in which the connection API answers UNKNOWN.
    pub(crate) async fn without_connection_api() -> Self {
        Self::with(Options { provisioning_api: ProvisioningApi::Unknown, ..Options::default() }).await
    }

    /// Any request, with the administrator's token; `path` is absolute and may have a query.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Value) -> Answer {
        self.call_with(&format!("SSWS {}", self.mock.okta_token()), method, path, body).await
    }

    /// Any request with these credentials.
    pub(crate) async fn call_with(&self, credentials: &str, method: Method, path: &str, body: Value) -> Answer {
        send(method, &format!("{}{path}", self.mock.org_url()), &[("authorization", credentials)], &body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.call(Method::GET, path, Value::Null).await;
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.text);
        answer.json()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.call(Method::POST, path, body).await;
        assert_eq!(answer.status, 200, "POST {path}: {}", answer.text);
        answer.json()
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Value {
        let answer = self.call(Method::PUT, path, body).await;
        assert_eq!(answer.status, 200, "PUT {path}: {}", answer.text);
        answer.json()
    }

    /// A request that must answer with this status and nothing.
    pub(crate) async fn nothing(&self, method: Method, path: &str, status: u16) {
        let answer = self.call(method.clone(), path, Value::Null).await;
        assert_eq!((answer.status, answer.text.as_str()), (status, ""), "{method} {path}");
    }

    /// A request that must be refused with this status and error code; the summary and causes, joined.
    pub(crate) async fn refused(&self, method: Method, path: &str, body: Value, status: u16, code: &str) -> String {
        let answer = self.call(method, path, body).await;
        says(&answer, status, code)
    }

    /// An OIDC app as the provider's users make them; the answer to its creation.
    pub(crate) async fn oidc_app(&self, label: &str) -> Value {
        self.post("/api/v1/apps", oidc_app(label)).await
    }

    /// A SCIM app from the catalogue; the answer to its creation.
    pub(crate) async fn scim_app(&self, label: &str) -> Value {
        self.post("/api/v1/apps", json!({"name": "scim2headerauth", "label": label, "signOnMode": "SAML_2_0"})).await
    }

    /// Path of an app.
    pub(crate) fn path(app: &Value) -> String {
        format!("/api/v1/apps/{}", app["id"].as_str().unwrap())
    }

    /// Base URL and secret of a SCIM endpoint on the Cloudflare side.
    pub(crate) async fn scim_endpoint(&self) -> (String, String) {
        let url = format!("{}/accounts/{}/access/identity_providers", self.mock.api_url(), self.mock.account_id());
        let token = format!("Bearer {}", self.mock.cloudflare_token());
        let wanted = json!({"name": "Okta", "type": "okta", "scim_config": {"enabled": true},
            "config": {"client_id": "abcdef", "client_secret": "x".repeat(32), "okta_account": "https://acme.okta.com"}});
        let made = send(Method::POST, &url, &[("authorization", &token)], &wanted).await;
        let made = made.json()["result"].clone();
        let text = |name: &str| made["scim_config"][name].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
        (text("scim_base_url"), text("secret"))
    }
}

/// The smallest sensible OIDC web app.
pub(crate) fn oidc_app(label: &str) -> Value {
    json!({
        "name": "oidc_client",
        "signOnMode": "OPENID_CONNECT",
        "label": label,
        "credentials": {"oauthClient": {"token_endpoint_auth_method": "client_secret_basic"}},
        "settings": {"oauthClient": {
            "application_type": "web",
            "redirect_uris": ["https://team.example/callback"],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
        }},
    })
}

/// Checks the error envelope; the summary and causes, joined.
pub(crate) fn says(answer: &Answer, status: u16, code: &str) -> String {
    let body = answer.json();
    assert_eq!((answer.status, body["errorCode"].as_str().unwrap_or_default()), (status, code), "{}", answer.text);
    assert_eq!(keys(&body), ["errorCode", "errorSummary", "errorLink", "errorId", "errorCauses"]);
    assert_eq!(body["errorLink"], body["errorCode"]);
    assert!(body["errorId"].as_str().unwrap().starts_with("oae"));
    let causes = body["errorCauses"].as_array().unwrap().iter().map(|cause| cause["errorSummary"].as_str().unwrap());
    [body["errorSummary"].as_str().unwrap()].into_iter().chain(causes).collect::<Vec<_>>().join(" | ")
}

/// Keys of an object in the order they came.
pub(crate) fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap_or_else(|| panic!("no object: {object}")).keys().map(String::as_str).collect()
}

/// Values of one member over a list.
pub(crate) fn column<'a>(list: &'a Value, member: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|item| item[member].as_str().unwrap()).collect()
}

/// Targets of `Link` headers by relation.
pub(crate) fn links(answer: &Answer) -> Vec<(String, String)> {
    let values = answer.headers.get_all("link").iter().map(|value| value.to_str().unwrap());
    let mut links: Vec<(String, String)> = values
        .map(|value| {
            let (url, relation) = value.split_once("; rel=").unwrap();
            (relation.trim_matches('"').to_owned(), url.trim_matches(['<', '>']).to_owned())
        })
        .collect();
    links.sort();
    links
}

#[tokio::test]
async fn every_answer_has_the_budget_the_date_and_a_request_id() {
    let org = Administrator::new().await;
    let answer = org.call(Method::GET, "/api/v1/apps", Value::Null).await;
    let number = |name: &str| answer.header(name).parse::<i64>().unwrap();
    let date = httpdate::parse_http_date(answer.header("date")).unwrap();
    let now = date.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
    assert!((0..=60).contains(&(number("x-rate-limit-reset") - now)));
    assert_eq!(number("x-rate-limit-limit") - number("x-rate-limit-remaining"), 1);
    assert!(!answer.header("x-okta-request-id").is_empty());
    assert_eq!(answer.header("content-type"), "application/json");
    let refused = send(Method::GET, &format!("{}/api/v1/apps", org.mock.org_url()), &[], &Value::Null).await;
    assert!(!refused.header("x-okta-request-id").is_empty());
}

#[tokio::test]
async fn one_request_too_many_is_told_so_in_the_envelope() {
    let tight = Options { rate_limit: zt::mock::rate_limit::RateLimit::Tight, ..Options::default() };
    let org = Administrator::with(tight).await;
    for _ in 0..5 {
        org.get("/api/v1/apps").await;
    }
    let answer = org.call(Method::GET, "/api/v1/apps", Value::Null).await;
    assert_eq!(says(&answer, 429, "E0000047"), "API call exceeded rate limit due to too many requests.");
    assert!(!answer.headers.contains_key("retry-after"));
    assert_eq!(answer.header("x-rate-limit-remaining"), "0");
}

#[tokio::test]
async fn credentials_decide_who_is_answered() {
    let org = Administrator::new().await;
    let url = format!("{}/api/v1/apps", org.mock.org_url());
    assert_eq!(says(&send(Method::GET, &url, &[], &Value::Null).await, 403, "E0000005"), "Invalid session");
    for wrong in ["SSWS 00nobody", "Bearer nobody", "Basic eDp5", "nonsense"] {
        let answer = org.call_with(wrong, Method::GET, "/api/v1/apps", Value::Null).await;
        assert_eq!(says(&answer, 401, "E0000011"), "Invalid token provided", "{wrong}");
        assert_eq!(answer.headers.contains_key("www-authenticate"), wrong.starts_with("Bearer"), "{wrong}");
    }
    for right in [format!("SSWS {}", org.mock.okta_token()), format!("SSWS{}", org.mock.okta_token())] {
        assert_eq!(org.call_with(&right, Method::GET, "/api/v1/apps", Value::Null).await.status, 200, "{right}");
    }
}

#[tokio::test]
async fn a_read_only_administrator_reads_and_neither_writes_nor_sees_secrets() {
    let org = Administrator::new().await;
    let app = org.oidc_app("App").await;
    let path = Administrator::path(&app);
    let token = format!("SSWS {}", org.mock.okta_read_only_token());
    let call = |method, path: String, body| {
        let (org, token) = (&org, &token);
        async move { org.call_with(token, method, &path, body).await }
    };
    assert_eq!(call(Method::GET, path.clone(), Value::Null).await.status, 200);
    let refused = call(Method::PUT, path.clone(), oidc_app("Other")).await;
    assert_eq!(says(&refused, 403, "E0000006"), "You do not have permission to perform the requested action");
    says(&call(Method::GET, format!("{path}/credentials/secrets"), Value::Null).await, 403, "E0000006");
    let claim = format!("/api/v1/internal/apps/{}/settings/oauth/idToken", app["id"].as_str().unwrap());
    assert_eq!(call(Method::GET, claim, Value::Null).await.status, 200);
}

#[tokio::test]
async fn an_access_token_reaches_as_far_as_its_scopes() {
    let org = Administrator::new().await;
    let token = |scopes: &[&str]| {
        let now = org.mock.world().clock.now();
        format!("Bearer {}", org.mock.okta().mint_access_token(scopes, now))
    };
    let app = org.oidc_app("App").await;
    let path = Administrator::path(&app);
    let apps = token(&["okta.apps.manage"]);
    assert_eq!(org.call_with(&apps, Method::GET, &path, Value::Null).await.status, 200, "manage covers read");
    let missing = org.call_with(&apps, Method::GET, "/api/v1/groups", Value::Null).await;
    says(&missing, 403, "E0000006");
    assert!(missing.header("www-authenticate").contains("insufficient_scope"));
    let mappings = format!("{path}/group-push/mappings");
    says(&org.call_with(&apps, Method::GET, &mappings, Value::Null).await, 403, "E0000006");
    let both = token(&["okta.apps.read", "okta.groups.read"]);
    assert_eq!(org.call_with(&both, Method::GET, &mappings, Value::Null).await.status, 200);
    let claim = format!("/api/v1/internal/apps/{}/settings/oauth/idToken", app["id"].as_str().unwrap());
    let private = org.call_with(&apps, Method::GET, &claim, Value::Null).await;
    assert_eq!(says(&private, 403, "E0000005"), "Invalid session");
    org.mock.world().clock.advance(std::time::Duration::from_secs(3601));
    says(&org.call_with(&apps, Method::GET, &path, Value::Null).await, 401, "E0000011");
}

#[tokio::test]
async fn a_body_must_be_json_and_say_how_long_it_is() {
    let org = Administrator::new().await;
    let token = format!("SSWS {}", org.mock.okta_token());
    let url = format!("{}/api/v1/apps", org.mock.org_url());
    let post = |kind: &'static str, body: &'static str| {
        client(None).post(&url).header("authorization", &token).header("content-type", kind).body(body).send()
    };
    for (kind, body, code) in [
        ("application/json", "{", "E0000003"),
        ("application/json", "[]", "E0000003"),
        ("text/plain", "{}", "E0000021"),
    ] {
        let response = post(kind, body).await.unwrap();
        assert_eq!(response.status(), 400);
        assert_eq!(response.json::<Value>().await.unwrap()["errorCode"], code, "{kind} {body}");
    }
    let bare =
        format!("POST /api/v1/apps HTTP/1.1\r\nhost: org\r\nauthorization: {token}\r\nconnection: close\r\n\r\n");
    let address = org.mock.org_url().trim_start_matches("http://").to_owned();
    let answer = tokio::task::spawn_blocking(move || {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(bare.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    })
    .await
    .unwrap();
    assert!(answer.starts_with("HTTP/1.1 411"), "{answer}");
}

#[tokio::test]
async fn a_route_or_method_that_is_not_served_is_refused_and_remembered() {
    let org = Administrator::with(Options { allow_unserved: true, ..Options::default() }).await;
    org.refused(Method::DELETE, "/api/v1/logs", Value::Null, 405, "E0000022").await;
    org.refused(Method::GET, "/api/v1/nowhere", Value::Null, 404, "E0000007").await;
    assert_eq!(org.mock.journal().unserved().len(), 2);
}

#[tokio::test]
async fn everything_that_names_an_app_refuses_one_that_is_not_there() {
    let org = Administrator::new().await;
    let mut tried = BTreeSet::new();
    for (method, path) in zt::mock::okta::routes().filter(|(_, path)| path.contains("{app_id}")) {
        let path = path.replace("{app_id}", "0oanobody");
        let body = if method == "GET" || method == "DELETE" { Value::Null } else { json!({"status": "ACTIVE"}) };
        let summary = org.refused(method.parse().unwrap(), &path, body, 404, "E0000007").await;
        assert!(summary.starts_with("Not found: Resource not found: 0oanobody ("), "{method} {path}: {summary}");
        tried.insert(path);
    }
    assert!(tried.len() > 15, "{tried:?}");
}

#[tokio::test]
async fn anybody_may_ask_what_kind_of_org_it_is() {
    let org = Administrator::new().await;
    let url = format!("{}/.well-known/okta-organization", org.mock.org_url());
    let body = send(Method::GET, &url, &[], &Value::Null).await.json();
    assert_eq!(keys(&body), ["id", "cell", "_links", "pipeline", "settings"]);
    assert_eq!(body["pipeline"], "idx");
    assert_eq!(body["_links"]["organization"]["href"], org.mock.org_url());
}
