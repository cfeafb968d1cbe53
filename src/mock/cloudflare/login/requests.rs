//! What Cloudflare asks Okta during a login: tokens for a code, the signing keys, and the groups of a person.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{RequestBuilder, StatusCode, header};
use serde_json::Value;

use super::failure::{Failure, Said};
use super::provider::Provider;

/// How long Okta may take. Cloudflare's own limit is not published.
const PATIENCE: Duration = Duration::from_secs(60);

/// Nobody is in so many pages of groups; a list that goes on is a list in a circle.
const MOST_PAGES: usize = 100;

/// Okta's words for a client that authenticates in another way than its app is set to.
const OTHER_METHOD: &str = "Client authentication failed";

/// What the token endpoint needs to know of one login.
pub(super) struct Redemption<'a> {
    pub(super) code: &'a str,
    pub(super) redirect_uri: &'a str,
    pub(super) verifier: Option<&'a str>,
}

/// An answer, read to its end.
struct Answer {
    status: StatusCode,
    body: Value,
    request_id: String,
    next: Option<String>,
}

/// Redeems a code (RFC 6749 section 4.1.3) and returns the ID token.
///
/// The client authenticates with client_secret_basic, and with client_secret_post where Okta says that the app wants
/// another method. Which of the two Cloudflare uses is not published; apps of both settings are in use with it.
///
/// # Errors
///
/// If Okta refuses the code or the client, or its answer cannot be used.
pub(super) async fn redeem(
    http: &reqwest::Client,
    provider: &Provider,
    login: &Redemption<'_>,
) -> Result<String, Failure> {
    let url = provider.endpoint("token");
    let mut form =
        vec![("grant_type", "authorization_code"), ("code", login.code), ("redirect_uri", login.redirect_uri)];
    form.extend(login.verifier.map(|verifier| ("code_verifier", verifier)));
    let basic = format!("Basic {}", STANDARD.encode(credentials(provider)));
    let mut answer = ask(&url, http.post(&url).header(header::AUTHORIZATION, basic).form(&form)).await?;
    if answer.status == StatusCode::UNAUTHORIZED && answer.said().description.starts_with(OTHER_METHOD) {
        form.push(("client_id", &provider.client_id));
        form.push(("client_secret", &provider.client_secret));
        answer = ask(&url, http.post(&url).form(&form)).await?;
    }
    if answer.status != StatusCode::OK {
        let said = answer.said();
        return Err(match said.error.is_empty() {
            true => Failure::no_answer(&url, &format!("answered {} without an OAuth error", answer.status)),
            false => Failure::token_refused(said),
        });
    }
    let token = answer.body["id_token"].as_str().map(str::to_owned);
    token.ok_or_else(|| Failure::no_answer(&url, "answered without an ID token"))
}

/// The keys of the authorization server, members of its JWK Set (RFC 7517 section 5).
///
/// # Errors
///
/// If there is no JWK Set.
pub(super) async fn keys(http: &reqwest::Client, provider: &Provider) -> Result<Vec<Value>, Failure> {
    let url = provider.endpoint("keys");
    let answer = ask(&url, http.get(&url)).await?;
    match (answer.status, answer.body) {
        (StatusCode::OK, Value::Object(mut set)) => match set.remove("keys") {
            Some(Value::Array(keys)) => Ok(keys),
            _ => Err(Failure::no_answer(&url, "answered without keys")),
        },
        (status, _) => Err(Failure::no_answer(&url, &format!("answered {status} instead of a JWK Set"))),
    }
}

/// Names of all groups of a user, asked with an API token.
/// <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserResources/>
///
/// # Errors
///
/// What Okta said instead, if it said anything. Half a list is none: a next page that is not the org's own, to which the
/// API token must not go, and a list without an end are errors too.
pub(super) async fn groups(
    http: &reqwest::Client,
    provider: &Provider,
    user: &str,
    api_token: &str,
) -> Result<Vec<String>, Option<Said>> {
    let mut names = Vec::new();
    let mut url = provider.groups_of(user);
    for _ in 0..MOST_PAGES {
        let request = http.get(&url).header(header::AUTHORIZATION, format!("SSWS {api_token}"));
        let answer = ask(&url, request).await.map_err(|_| None)?;
        let (StatusCode::OK, Some(groups)) = (answer.status, answer.body.as_array()) else {
            return Err(Some(answer.said()));
        };
        names.extend(groups.iter().filter_map(|group| group["profile"]["name"].as_str()).map(str::to_owned));
        url = match answer.next {
            None => return Ok(names),
            Some(next) if provider.owns(&next) => next,
            Some(_) => return Err(None),
        };
    }
    Err(None)
}

/// Id and secret as RFC 6749 section 2.3.1 joins them.
fn credentials(provider: &Provider) -> String {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("{}:{}", encoded(&provider.client_id), encoded(&provider.client_secret))
}

async fn ask(url: &str, request: RequestBuilder) -> Result<Answer, Failure> {
    let request = request.header(header::ACCEPT, "application/json").timeout(PATIENCE);
    let response = request.send().await.map_err(|error| {
        let problem = if error.is_timeout() { "did not answer in time" } else { "cannot be reached" };
        Failure::no_answer(url, problem)
    })?;
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.map_err(|_| Failure::no_answer(url, "broke off its answer"))?;
    let request_id = headers.get("x-okta-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    let links = headers.get_all(header::LINK).iter().filter_map(|link| link.to_str().ok());
    let next = links.flat_map(self::links).find_map(next);
    Ok(Answer { status, body: serde_json::from_str(&text).unwrap_or_default(), request_id, next })
}

/// The links of a header, target and parameters each. A comma may be part of a target (RFC 8288 section 3).
fn links(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header.split('<').skip(1).filter_map(|link| link.split_once('>'))
}

/// The target of a link, if it leads to the next page.
fn next((target, parameters): (&str, &str)) -> Option<String> {
    parameters.contains("rel=\"next\"").then(|| target.to_owned())
}

impl Answer {
    /// An OAuth error (RFC 6749 section 5.2), or one in the envelope of Okta's API.
    fn said(&self) -> Said {
        let text = |oauth: &str, envelope: &str| {
            let said = self.body[oauth].as_str().or_else(|| self.body[envelope].as_str());
            said.unwrap_or_default().to_owned()
        };
        Said {
            error: text("error", "errorCode"),
            description: text("error_description", "errorSummary"),
            request_id: self.request_id.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_the_one_that_a_link_calls_next() {
        let found = |header| links(header).find_map(next);
        assert_eq!(found(" <http://127.0.0.1/a?after=1>; rel=\"next\"").as_deref(), Some("http://127.0.0.1/a?after=1"));
        let two = "<http://127.0.0.1/a?b=1,2>; rel=\"self\", <http://127.0.0.1/a?b=1,2&after=3>; rel=\"next\"";
        assert_eq!(found(two).as_deref(), Some("http://127.0.0.1/a?b=1,2&after=3"));
        assert_eq!(found("<http://127.0.0.1/a>; rel=\"self\""), None);
        assert_eq!(found("http://127.0.0.1/a; rel=\"next\""), None);
    }
}
