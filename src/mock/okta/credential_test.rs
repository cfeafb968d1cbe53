//! *Test API Credentials*: the request with which Okta's SCIM client tries a base URL and token.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// What Okta's SCIM client calls itself.
const USER_AGENT: &str = "Okta SCIM Client 1.0.0";

/// How long a SCIM service may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks for two users. A service that answers with a SCIM list passes.
///
/// # Errors
///
/// One sentence that says how the service answered instead.
pub(crate) async fn run(http: &reqwest::Client, template: &str, base_url: &str, token: &str) -> Result<(), String> {
    let url = format!("{}/Users?startIndex=1&count=2", base_url.trim_end_matches('/'));
    let request = http
        .get(url)
        .header("User-Agent", USER_AGENT)
        .header("Accept", "application/scim+json")
        .header("Accept-Charset", "utf-8")
        .header("Content-Type", "application/scim+json; charset=utf-8")
        .header("Authorization", authorization(template, token))
        .timeout(PATIENCE);
    let response = request.send().await.map_err(|error| match error.is_timeout() {
        true => "Error authenticating: The request to the remote server timed out.".to_owned(),
        false => "Error authenticating: The remote server could not be reached.".to_owned(),
    })?;
    let status = response.status();
    let text = response.text().await.map_err(|_| "Error authenticating: The answer ended early.".to_owned())?;
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    if status != 200 {
        let reason = status.canonical_reason().unwrap_or("Unexpected answer");
        let detail = body.get("detail").and_then(Value::as_str).unwrap_or(reason);
        return Err(format!("Error authenticating: {reason}. Errors reported by remote server: {detail}"));
    }
    let number = |name: &str| body.get(name).is_some_and(Value::is_u64);
    let list = body.get("schemas").and_then(Value::as_array).is_some_and(|schemas| {
        schemas.iter().any(|schema| schema == "urn:ietf:params:scim:api:messages:2.0:ListResponse")
    });
    match list && number("totalResults") {
        true => Ok(()),
        false => Err("Error authenticating: The remote server did not answer with a SCIM list of users.".to_owned()),
    }
}

/// The Header Auth app sends the token as it was entered, without a scheme; its siblings add theirs.
fn authorization(template: &str, token: &str) -> String {
    match template {
        "scim2testapp" => format!("Bearer {token}"),
        "scim2testapp_basic" => format!("Basic {}", STANDARD.encode(token)),
        _ => token.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_auth_app_sends_the_token_verbatim() {
        assert_eq!(authorization("scim2headerauth", "plum"), "plum");
        assert_eq!(authorization("scim2testapp", "plum"), "Bearer plum");
        assert_eq!(authorization("scim2testapp_basic", "u:p"), "Basic dTpw");
    }
}
