//! How Okta says no.

use serde_json::Value;

use super::endpoints;
use crate::http::{Cause, Error, HeaderMap, Method, Refusal, StatusCode, Vendor};

/// Okta's error envelope ("Errors" in the reference) and OAuth 2.0 errors (RFC 6749 §5.2, RFC 6750 §3).
pub(super) struct Okta;

/// An access token that lacks a scope (RFC 6750 §3.1).
const INSUFFICIENT_SCOPE: &str = "insufficient_scope";

impl Vendor for Okta {
    fn request_id_header(&self) -> &'static str {
        "x-okta-request-id"
    }

    fn read_refusal(&self, refusal: &mut Refusal, headers: &HeaderMap, body: &[u8]) {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        if let Some(code) = text("errorCode") {
            refusal.code = Some(code.to_owned());
            refusal.summary = text("errorSummary").unwrap_or_default().to_owned();
            refusal.causes = causes(&refusal.summary, body.get("errorCauses"));
            // The id of the error is what Okta's support asks for where the header is missing.
            if refusal.request_id.is_none() {
                refusal.request_id = text("errorId").map(str::to_owned);
            }
            // The envelope says "no permission" for whatever reason; the challenge tells a missing scope from a
            // missing role. Both at once are not verified against a live tenant.
            if let Some((code, summary)) = challenge(headers).filter(|(code, _)| code == INSUFFICIENT_SCOPE) {
                refusal.code = Some(code);
                refusal.summary = summary;
            }
        } else if let Some(code) = text("error") {
            refusal.code = Some(code.to_owned());
            refusal.summary = text("error_description").unwrap_or(code).to_owned();
        } else if let Some((code, summary)) = challenge(headers) {
            refusal.code = Some(code);
            refusal.summary = summary;
        } else {
            refusal.summary = "the answer carries no error message of Okta's; \
                               check that the URL is that of the org, and any proxy in between"
                .to_owned();
        }
    }

    fn bucket(&self, path: &str) -> String {
        endpoints::group(path)
    }

    fn is_transient(&self, method: &Method, refusal: &Refusal) -> bool {
        match refusal.code.as_deref() {
            // Seen on reads and deletions that worked a moment later.
            Some("E0000009") => *method == Method::GET || *method == Method::DELETE,
            // Another change to the org's policies is being worked in.
            Some("E0000239") => refusal.status == StatusCode::LOCKED,
            _ => false,
        }
    }
}

/// Whether Okta says that the thing does not exist. A 404 without Okta's envelope comes from something
/// else (a proxy, a wrong host), and `E0000008` means that the route is unknown: neither says "gone".
pub fn is_gone(error: &Error) -> bool {
    error.is_not_found() && error.code().is_some_and(|code| code.starts_with('E') && code != "E0000008")
}

/// Whether Okta does not accept the credentials at all: an API token that was revoked, an access token that expired, or a
/// service app whose key it does not know. `E0000005` is a route that takes other credentials.
pub fn is_unauthenticated(error: &Error) -> bool {
    match error.code() {
        Some("E0000004" | "E0000011" | "invalid_token" | "invalid_client") => true,
        code => error.is_unauthorized() && code != Some("E0000005"),
    }
}

fn causes(summary: &str, list: Option<&Value>) -> Vec<Cause> {
    // "Api validation failed: label" names what is wrong, sometimes only there.
    let subject = summary.strip_prefix("Api validation failed: ").filter(|name| is_field(name)).map(str::to_owned);
    let mut causes: Vec<Cause> = list
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|cause| cause.get("errorSummary").and_then(Value::as_str))
        .map(|text| match split_field(text) {
            Some((field, rest)) => Cause { field: Some(field.to_owned()), summary: rest.to_owned() },
            None => Cause { field: subject.clone(), summary: text.to_owned() },
        })
        .collect();
    if causes.is_empty() && subject.is_some() {
        causes.push(Cause { field: subject, summary: summary.to_owned() });
    }
    causes
}

/// `label: The field cannot be left blank` and `'client_secret' can't be used …` name their field.
fn split_field(text: &str) -> Option<(&str, &str)> {
    if let Some((field, rest)) = text.split_once(": ")
        && is_field(field)
    {
        return Some((field, rest));
    }
    let (field, _) = text.strip_prefix('\'')?.split_once('\'')?;
    is_field(field).then_some((field, text))
}

fn is_field(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-[]$".contains(c))
}

/// `WWW-Authenticate: Bearer error="insufficient_scope", error_description="…"`.
fn challenge(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get("www-authenticate")?.to_str().ok()?;
    let parameter = |name: &str| {
        let (_, rest) = value.split_once(&format!("{name}=\""))?;
        rest.split_once('"').map(|(text, _)| text.to_owned())
    };
    let code = parameter("error")?;
    let summary = parameter("error_description").unwrap_or_else(|| code.clone());
    Some((code, summary))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Refusal {
        let mut refusal = Refusal {
            request: "GET https://acme.example/api".into(),
            status: StatusCode::from_u16(status).unwrap(),
            code: None,
            summary: String::new(),
            causes: vec![],
            request_id: None,
            maybe_done: false,
        };
        let headers = headers.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect();
        Okta.read_refusal(&mut refusal, &headers, body.as_bytes());
        refusal
    }

    #[test]
    fn the_envelope_is_read_with_its_fields() {
        let body = json!({"errorCode": "E0000001", "errorSummary": "Api validation failed: redirect_uris",
            "errorLink": "E0000001", "errorId": "oae1", "errorCauses": [
                {"errorSummary": "label: The field cannot be left blank"},
                {"errorSummary": "'client_secret' can't be used here."},
                {"errorSummary": "Something: else entirely"},
                {"errorSummary": "Too many words here: fine"}]});
        let refusal = read(400, &[], &body.to_string());
        assert_eq!(refusal.code.as_deref(), Some("E0000001"));
        assert_eq!(refusal.request_id.as_deref(), Some("oae1"));
        let causes: Vec<_> = refusal.causes.iter().map(|c| (c.field.as_deref(), c.summary.as_str())).collect();
        assert_eq!(
            causes,
            [
                (Some("label"), "The field cannot be left blank"),
                (Some("client_secret"), "'client_secret' can't be used here."),
                (Some("Something"), "else entirely"),
                (Some("redirect_uris"), "Too many words here: fine"),
            ]
        );
    }

    #[test]
    fn a_validation_error_without_causes_blames_its_subject() {
        let body = json!({"errorCode": "E0000001", "errorSummary": "Api validation failed: label", "errorCauses": []});
        let refusal = read(400, &[], &body.to_string());
        assert!(Error::from(refusal).cause_for("label").is_some());
    }

    #[test]
    fn oauth_errors_and_challenges_are_read() {
        let refusal = read(401, &[], r#"{"error":"invalid_client","error_description":"No such client."}"#);
        assert_eq!((refusal.code.as_deref(), refusal.summary.as_str()), (Some("invalid_client"), "No such client."));
        let header = r#"Bearer error="insufficient_scope", error_description="needs okta.apps.read""#;
        let refusal = read(403, &[("www-authenticate", header)], "");
        assert_eq!(refusal.code.as_deref(), Some("insufficient_scope"));
        assert_eq!(refusal.summary, "needs okta.apps.read");
        let envelope = json!({"errorCode": "E0000006", "errorSummary": "No permission", "errorId": "oae1"}).to_string();
        let refusal = read(403, &[("www-authenticate", header)], &envelope);
        assert_eq!(refusal.code.as_deref(), Some("insufficient_scope"), "more than the envelope says");
        assert_eq!(refusal.request_id.as_deref(), Some("oae1"));
        assert_eq!(read(403, &[], &envelope).code.as_deref(), Some("E0000006"));
    }

    #[test]
    fn foreign_pages_are_not_quoted_and_do_not_mean_gone() {
        let refusal = read(404, &[], "<html>token=hunter2</html>");
        assert!(!refusal.summary.contains("hunter2"));
        assert!(!is_gone(&Error::from(refusal)));
        let gone = r#"{"errorCode":"E0000007","errorSummary":"Not found: Resource not found: x (AppInstance)"}"#;
        assert!(is_gone(&Error::from(read(404, &[], gone))));
        let route = r#"{"errorCode":"E0000008","errorSummary":"The requested path was not found"}"#;
        assert!(!is_gone(&Error::from(read(404, &[], route))));
    }

    #[test]
    fn credentials_that_are_not_accepted_are_told_from_those_that_may_not() {
        let refused = |status: u16, body: &str| is_unauthenticated(&Error::from(read(status, &[], body)));
        assert!(refused(401, r#"{"errorCode":"E0000011","errorSummary":"Invalid token provided"}"#));
        assert!(refused(401, ""));
        assert!(refused(400, r#"{"error":"invalid_client","error_description":"Unknown key."}"#));
        assert!(!refused(403, r#"{"errorCode":"E0000006","errorSummary":"No permission"}"#));
        assert!(!refused(403, r#"{"errorCode":"E0000005","errorSummary":"Invalid session"}"#));
    }
}
