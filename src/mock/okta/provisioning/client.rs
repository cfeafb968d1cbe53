//! One request to a SCIM service, as Okta's SCIM client makes it.

use std::fmt;

use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use crate::mock::redaction::REDACTED;
use crate::mock::world::World;

/// What Okta's SCIM client calls itself.
const USER_AGENT: &str = "Okta SCIM Client 1.0.0";

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// What a value in a path or query looks like: only letters, digits and `-._~` stand for themselves.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where an app is provisioned, and with which credentials. No `Debug`: it holds the token.
#[derive(Clone, Default)]
pub(crate) struct Endpoint {
    /// Label of the app, for messages.
    pub(crate) label: String,
    /// Key name of the app's template: it decides how the token is sent.
    pub(crate) template: String,
    pub(crate) base_url: String,
    pub(crate) token: String,
}

impl Endpoint {
    /// The Header Auth app sends the token as it was entered, without a scheme; its siblings add theirs.
    fn authorization(&self) -> String {
        match self.template.as_str() {
            "scim2testapp" => format!("Bearer {}", self.token),
            "scim2testapp_basic" => format!("Basic {}", STANDARD.encode(&self.token)),
            _ => self.token.clone(),
        }
    }
}

/// Why a request came to nothing.
pub(crate) struct Trouble {
    /// Status of the answer; none if there was none.
    pub(crate) status: Option<StatusCode>,
    /// In Okta's words, without a full stop.
    text: String,
    /// How long the service wants to be left alone.
    pub(crate) retry_after: Option<Duration>,
}

impl Trouble {
    /// The service does not have what was asked for.
    pub(crate) fn is_not_found(&self) -> bool {
        self.status == Some(StatusCode::NOT_FOUND)
    }

    /// The service answered with something that is no use.
    pub(crate) fn useless(text: impl Into<String>) -> Self {
        Self { status: None, text: text.into(), retry_after: None }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Speaks to one SCIM service.
pub(crate) struct Client<'a> {
    world: &'a World,
    endpoint: &'a Endpoint,
}

impl<'a> Client<'a> {
    pub(crate) fn new(world: &'a World, endpoint: &'a Endpoint) -> Self {
        Self { world, endpoint }
    }

    /// The resources of a type whose attribute has this value. A service may answer 404 for "none".
    pub(crate) async fn find(&self, kind: &str, attribute: &str, value: &str) -> Result<Option<Value>, Trouble> {
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        let filter = utf8_percent_encode(&format!("{attribute} eq \"{quoted}\""), VALUE).to_string();
        let path = format!("/{kind}?filter={filter}&startIndex=1&count=100");
        let answer = match self.send(Method::GET, &path, None, true).await {
            Err(trouble) if trouble.is_not_found() => return Ok(None),
            answer => answer?,
        };
        if !is_list(&answer) {
            return Err(Trouble::useless("The remote server did not answer with a SCIM list"));
        }
        // A service that ignores the filter must not have its first resource taken for the one that was asked for.
        let same = |resource: &&Value| {
            resource[attribute].as_str().is_some_and(|held| held.to_lowercase() == value.to_lowercase())
        };
        Ok(answer["Resources"].as_array().into_iter().flatten().find(same).cloned())
    }

    pub(crate) async fn get(&self, kind: &str, id: &str) -> Result<Value, Trouble> {
        self.send(Method::GET, &resource(kind, id), None, false).await
    }

    pub(crate) async fn post(&self, kind: &str, body: &Value) -> Result<Value, Trouble> {
        self.send(Method::POST, &format!("/{kind}"), Some(body), false).await
    }

    pub(crate) async fn put(&self, kind: &str, id: &str, body: &Value) -> Result<Value, Trouble> {
        self.send(Method::PUT, &resource(kind, id), Some(body), false).await
    }

    pub(crate) async fn patch(&self, kind: &str, id: &str, body: &Value) -> Result<Value, Trouble> {
        self.send(Method::PATCH, &resource(kind, id), Some(body), false).await
    }

    pub(crate) async fn delete(&self, kind: &str, id: &str) -> Result<Value, Trouble> {
        self.send(Method::DELETE, &resource(kind, id), None, false).await
    }

    /// Asks and counts. `absent_is_fine`: a 404 is no refusal.
    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        absent_is_fine: bool,
    ) -> Result<Value, Trouble> {
        let answer = self.ask(method, path, body).await;
        let status = answer.as_ref().err().and_then(|trouble| trouble.status);
        let counters = &mut self.world.okta().provisioning.counters;
        counters.requests += 1;
        counters.refused += u64::from(status.is_some_and(|status| !absent_is_fine || status != StatusCode::NOT_FOUND));
        counters.unanswered += u64::from(answer.is_err() && status.is_none());
        answer
    }

    /// The answer's body, `null` if there is none.
    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Trouble> {
        let url = format!("{}{path}", self.endpoint.base_url.trim_end_matches('/'));
        let mut request = self
            .world
            .http
            .request(method, url)
            .header(header::USER_AGENT, USER_AGENT)
            .header(header::ACCEPT, "application/scim+json")
            .header(header::ACCEPT_CHARSET, "utf-8")
            .header(header::AUTHORIZATION, self.endpoint.authorization())
            .timeout(self.world.options.scim_patience);
        if let Some(body) = body {
            request =
                request.header(header::CONTENT_TYPE, "application/scim+json; charset=utf-8").body(body.to_string());
        }
        let answer = match request.send().await {
            Err(error) => Err(error),
            Ok(response) => {
                let (status, headers) = (response.status(), response.headers().clone());
                response.text().await.map(|text| (status, headers, text))
            }
        };
        let (status, headers, text) = answer.map_err(|error| unanswered(&error))?;
        match status.is_success() {
            true => Ok(serde_json::from_str(&text).unwrap_or_default()),
            false => Err(self.refusal(status, &headers, &text)),
        }
    }

    fn refusal(&self, status: StatusCode, headers: &HeaderMap, text: &str) -> Trouble {
        let reason = status.canonical_reason().unwrap_or("Unexpected answer");
        let body: Value = serde_json::from_str(text).unwrap_or_default();
        let detail = body["detail"].as_str().filter(|detail| !detail.is_empty()).unwrap_or(reason);
        // A service that repeats what it was sent must not bring the token into the System Log.
        let detail = match self.endpoint.token.is_empty() {
            true => detail.to_owned(),
            false => detail.replace(&self.endpoint.token, REDACTED),
        };
        Trouble {
            status: Some(status),
            text: format!("{reason}. Errors reported by remote server: {detail}"),
            retry_after: retry_after(headers, self.world.clock.now()),
        }
    }
}

fn resource(kind: &str, id: &str) -> String {
    format!("/{kind}/{}", utf8_percent_encode(id, VALUE))
}

fn unanswered(error: &reqwest::Error) -> Trouble {
    Trouble::useless(match (error.is_timeout(), error.is_connect()) {
        (true, _) => "Read timed out",
        (false, true) => "The remote server could not be reached",
        (false, false) => "The remote server did not answer",
    })
}

/// `Retry-After`: seconds, or a date.
fn retry_after(headers: &HeaderMap, now: OffsetDateTime) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    match text.parse::<u32>() {
        Ok(seconds) => Some(Duration::seconds(seconds.into())),
        Err(_) => httpdate::parse_http_date(text).ok().map(|date| OffsetDateTime::from(date) - now),
    }
}

fn is_list(body: &Value) -> bool {
    let schemas = body["schemas"].as_array();
    schemas.is_some_and(|schemas| schemas.iter().any(|schema| schema == LIST)) && body["totalResults"].is_u64()
}

/// *Test API Credentials*: asks for two users. A service that answers with a SCIM list passes.
///
/// # Errors
///
/// One sentence that says how the service answered instead.
pub(crate) async fn test_credentials(world: &World, endpoint: &Endpoint) -> Result<(), String> {
    let asked = Client::new(world, endpoint).ask(Method::GET, "/Users?startIndex=1&count=2", None).await;
    match asked {
        Err(trouble) => Err(format!("Error authenticating: {trouble}")),
        Ok(body) if is_list(&body) => Ok(()),
        Ok(_) => Err("Error authenticating: The remote server did not answer with a SCIM list of users.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_header_auth_app_sends_the_token_verbatim() {
        let authorization = |template: &str, token: &str| {
            Endpoint { template: template.into(), token: token.into(), ..Endpoint::default() }.authorization()
        };
        assert_eq!(authorization("scim2headerauth", "plum"), "plum");
        assert_eq!(authorization("scim2testapp", "plum"), "Bearer plum");
        assert_eq!(authorization("scim2testapp_basic", "u:p"), "Basic dTpw");
    }

    #[test]
    fn a_service_asks_for_time_in_seconds_or_with_a_date() {
        let now = datetime!(2026-03-25 06:09:58 UTC);
        let wait = |text: &'static str| {
            let headers = HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from_static(text))]);
            retry_after(&headers, now)
        };
        assert_eq!(wait("120"), Some(Duration::minutes(2)));
        assert_eq!(wait("Wed, 25 Mar 2026 06:10:58 GMT"), Some(Duration::minutes(1)));
        assert_eq!(wait("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn values_are_encoded_as_okta_encodes_them() {
        let filter = utf8_percent_encode("userName eq \"test.user@okta.local\"", VALUE).to_string();
        assert_eq!(filter, "userName%20eq%20%22test.user%40okta.local%22");
        assert_eq!(resource("Users", "a/b"), "/Users/a%2Fb");
    }
}
