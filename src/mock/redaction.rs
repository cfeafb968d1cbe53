//! Keeps secrets out of the journal.
//!
//! Redaction goes by name: a value under a name that holds a secret at either vendor is replaced whole. What is
//! neither JSON nor a form is not kept at all, only its size. A message may quote what was sent, so what was replaced in
//! one place of an exchange is [`Quoted`] and replaced in all others too.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

/// What stands where a secret was.
pub const REDACTED: &str = "[redacted]";

/// Names of JSON members, form fields and query parameters that hold secrets, in lower case.
const SECRET_NAMES: &[&str] = &[
    "access_token",
    "api_key",
    "api_token",
    "apitoken",
    "assertion",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "d",
    "id_token",
    "id_token_hint",
    "newpassword",
    "oldpassword",
    "passcode",
    "password",
    "private_key",
    "privatekey",
    "refresh_token",
    "scim_auth_header_value",
    "scim_auth_header_value_new",
    "secret",
    "sessiontoken",
    "token",
    "statetoken",
];

/// Headers whose value is a credential.
const SECRET_HEADERS: &[&str] = &["x-auth-key", "x-auth-user-service-key", "cookie", "set-cookie", "dpop"];

/// Headers as name and value, credentials replaced; of `Authorization` the scheme stays.
pub fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let shown = if name == header::AUTHORIZATION {
                match value.split_once(' ') {
                    Some((scheme @ ("SSWS" | "Bearer" | "Basic" | "DPoP"), _)) => format!("{scheme} {REDACTED}"),
                    _ => REDACTED.to_owned(),
                }
            } else if name == header::LOCATION || name == header::REFERER {
                url(&value)
            } else if SECRET_HEADERS.contains(&name.as_str()) {
                REDACTED.to_owned()
            } else {
                value.into_owned()
            };
            (name.as_str().to_owned(), shown)
        })
        .collect()
}

/// A body as the journal keeps it: JSON with secrets replaced, a form as a JSON object, `null` for none, and the
/// number of bytes for anything else.
pub fn body(headers: &HeaderMap, bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        let fields = url::form_urlencoded::parse(bytes);
        return Value::Object(fields.map(|(name, value)| (name.to_string(), json!(field(&name, &value)))).collect());
    }
    match serde_json::from_slice(bytes) {
        Ok(value) => json(value),
        Err(_) => json!({"bytes": bytes.len()}),
    }
}

/// A query string with secrets replaced.
pub fn query(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut shown = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        shown.append_pair(&name, field(&name, &value));
    }
    shown.finish()
}

/// A URL with secrets in its query or its fragment replaced: OAuth sends codes and tokens back in either.
fn url(text: &str) -> String {
    let (rest, fragment) = text.split_once('#').map_or((text, None), |(rest, fragment)| (rest, Some(fragment)));
    let mut shown = match rest.split_once('?') {
        Some((address, parameters)) => format!("{address}?{}", query(parameters)),
        None => rest.to_owned(),
    };
    match fragment {
        Some(parameters) if parameters.contains('=') => shown.push_str(&format!("#{}", query(parameters))),
        Some(place) => shown.push_str(&format!("#{place}")),
        None => {}
    }
    shown
}

fn field<'a>(name: &str, value: &'a str) -> &'a str {
    // A filter compares what it names with what it says next to it.
    let filters = name == "filter" && value.to_ascii_lowercase().contains("password");
    if filters || is_secret(name) { REDACTED } else { value }
}

/// Whether what stands under this name is a secret. SCIM's names may be long: `URN:password`, `name.part`.
fn is_secret(name: &str) -> bool {
    let last = name.rsplit([':', '.']).next().unwrap_or(name);
    SECRET_NAMES.contains(&last.to_ascii_lowercase().as_str())
}

fn json(value: Value) -> Value {
    match value {
        Value::Object(members) if sets_a_secret(&members) => {
            let shown = |(name, value): (String, Value)| match name.eq_ignore_ascii_case("value") {
                true => (name, blank(value)),
                false => member((name, value)),
            };
            Value::Object(members.into_iter().map(shown).collect())
        }
        Value::Object(members) => Value::Object(members.into_iter().map(member).collect::<Map<_, _>>()),
        Value::Array(items) => Value::Array(items.into_iter().map(json).collect()),
        Value::String(text) => Value::String(embedded(text)),
        other => other,
    }
}

/// A SCIM PATCH operation names what it sets in a member of its own.
fn sets_a_secret(members: &Map<String, Value>) -> bool {
    let path = members.iter().find(|(name, _)| name.eq_ignore_ascii_case("path")).and_then(|(_, path)| path.as_str());
    path.is_some_and(is_secret) && members.keys().any(|name| name.eq_ignore_ascii_case("value"))
}

fn member((name, value): (String, Value)) -> (String, Value) {
    let shown = if is_secret(&name) { blank(value) } else { json(value) };
    (name, shown)
}

/// Numbers and booleans under a secret's name are error codes and switches; objects (Okta's `password.value`) and lists
/// hide strings of their own.
fn blank(value: Value) -> Value {
    match value {
        Value::String(_) => json!(REDACTED),
        Value::Object(members) => Value::Object(members.into_iter().map(|(key, value)| (key, blank(value))).collect()),
        Value::Array(items) => Value::Array(items.into_iter().map(blank).collect()),
        other => other,
    }
}

/// A string that is itself a JSON document (a SCIM log's `request_body`) is searched too.
fn embedded(text: String) -> String {
    if !text.trim_start().starts_with(['{', '[']) {
        return text;
    }
    match serde_json::from_str::<Value>(&text) {
        Ok(inner) => json(inner).to_string(),
        Err(_) => text,
    }
}

/// What stays as it is in a URL, by RFC 3986.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Shorter texts are no secrets that anybody quotes, and turn up by chance.
const SHORTEST_QUOTE: usize = 8;

/// The texts that one exchange has in secret places, in the spellings in which its messages may repeat them.
#[derive(Default)]
pub struct Quoted(Vec<String>);

impl Quoted {
    /// Adds the secrets of a request or of an answer.
    pub fn add(&mut self, headers: &HeaderMap, query: &str, bytes: &[u8]) {
        for (name, value) in headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            if name == header::AUTHORIZATION {
                self.authorization(&value);
            } else if matches!(*name, header::COOKIE | header::SET_COOKIE) {
                value.split(';').filter_map(|cookie| cookie.split_once('=')).for_each(|(_, value)| self.text(value));
            } else if matches!(*name, header::LOCATION | header::REFERER) {
                value.split(['?', '#']).skip(1).for_each(|parameters| self.form(parameters.as_bytes()));
            } else if SECRET_HEADERS.contains(&name.as_str()) {
                self.text(&value);
            }
        }
        self.form(query.as_bytes());
        match serde_json::from_slice(bytes) {
            Ok(document) => self.json(&document, &json(document.clone())),
            Err(_) => self.form(bytes),
        }
        self.0.sort_by_key(|text| std::cmp::Reverse(text.len()));
        self.0.dedup();
    }

    /// The text without them.
    pub fn hide(&self, mut text: String) -> String {
        for secret in &self.0 {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), REDACTED);
            }
        }
        text
    }

    /// The document without them.
    pub fn hide_in(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.hide(text)),
            Value::Array(items) => items.into_iter().map(|item| self.hide_in(item)).collect(),
            Value::Object(members) => {
                let shown = |(name, value): (String, Value)| (self.hide(name), self.hide_in(value));
                Value::Object(members.into_iter().map(shown).collect())
            }
            other => other,
        }
    }

    /// Of `Basic` credentials the password alone is secret.
    fn authorization(&mut self, value: &str) {
        let (scheme, rest) = value.split_once(' ').unwrap_or(("", value));
        self.text(rest);
        let pair =
            STANDARD.decode(rest).ok().filter(|_| scheme == "Basic").and_then(|pair| String::from_utf8(pair).ok());
        if let Some((_, password)) = pair.as_deref().and_then(|pair| pair.split_once(':')) {
            self.text(password);
            url::form_urlencoded::parse(password.as_bytes()).for_each(|(text, _)| self.text(&text));
        }
    }

    fn form(&mut self, bytes: &[u8]) {
        for (name, value) in url::form_urlencoded::parse(bytes) {
            if field(&name, &value) == REDACTED {
                self.text(&value);
            }
        }
    }

    /// What differs between a document and what is shown of it.
    fn json(&mut self, document: &Value, shown: &Value) {
        match (document, shown) {
            (Value::Object(members), Value::Object(shown)) => {
                members.iter().for_each(|(name, value)| self.json(value, shown.get(name).unwrap_or(&Value::Null)));
            }
            (Value::Array(items), Value::Array(shown)) => {
                items.iter().zip(shown).for_each(|(item, shown)| self.json(item, shown));
            }
            (Value::String(text), Value::String(shown)) if shown == REDACTED => self.text(text),
            (Value::String(text), Value::String(shown)) if text != shown => {
                if let (Ok(document), Ok(shown)) = (serde_json::from_str(text), serde_json::from_str(shown)) {
                    self.json(&document, &shown);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if text.len() < SHORTEST_QUOTE || text == REDACTED {
            return;
        }
        let quoted = Value::from(text).to_string();
        let percent = [NON_ALPHANUMERIC, UNRESERVED].map(|set| utf8_percent_encode(text, set).to_string());
        let form: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let escaped = quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned();
        self.0.extend(percent);
        self.0.extend([text.to_owned(), escaped, form, STANDARD_NO_PAD.encode(text)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_message_quotes_is_replaced_in_every_spelling() {
        let secret = "pl\"um/pl\"um";
        let sent = json!({"config": {"client_secret": secret}, "log": "{\"token\": \"other-plum\"}", "name": "Okta"});
        let mut headers = typed("application/json");
        let basic = format!("Basic {}", STANDARD.encode("0oa:third-plum"));
        headers.insert(header::AUTHORIZATION, basic.parse().unwrap());
        let mut quoted = Quoted::default();
        quoted.add(&headers, "code=fourth-plum&state=of-the-art", sent.to_string().as_bytes());
        let message = r#"Okta: pl"um/pl"um, pl\"um/pl\"um, pl%22um%2Fpl%22um, cGwidW0vcGwidW0=, other-plum, third-plum,
            fourth-plum, of-the-art"#;
        let shown = quoted.hide_in(json!({"errors": [{"message": message}]})).to_string();
        assert!(!shown.contains("um") && !shown.contains("cGwid"), "{shown}");
        assert!(shown.contains("Okta: ") && shown.contains("of-the-art"), "{shown}");
    }

    fn typed(kind: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, header::HeaderValue::from_static(kind))])
    }

    #[test]
    fn secrets_in_json_are_replaced_at_any_depth_and_the_rest_stays() {
        let sent = json!({
            "config": {"client_id": "0oa", "client_secret": "plum", "api_token": "plum", "pkce_enabled": true},
            "profile": [{"token": "plum"}],
            "credentials": {"password": {"value": "plum", "hash": {"salt": "plum"}}},
            "request_body": "{\"password\":\"plum\"}",
            "client_secret": ["plum", {"old": "plum"}],
            "logs": ["[{\"password\": [\"plum\"]}]", " \n{\"password\": \"plum\"}", "[Ada] not JSON"],
            "errors": [{"code": 12130}],
            "Operations": [
                {"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:password", "value": "plum"},
                {"op": "replace", "Path": "Password", "Value": "plum", "client_secret": "plum"},
                {"op": "add", "value": {"urn:ietf:params:scim:schemas:core:2.0:User:password": "plum"}},
                {"op": "add", "path": "title", "value": "Countess"},
            ],
        });
        let kept = body(&typed("application/json"), sent.to_string().as_bytes());
        assert!(!kept.to_string().contains("plum"), "{kept}");
        assert_eq!(kept["config"]["client_id"], "0oa");
        assert_eq!(kept["config"]["pkce_enabled"], true);
        assert_eq!(kept["errors"][0]["code"], json!(12130));
        assert_eq!(kept["Operations"][0]["op"], "replace");
        assert_eq!(kept["Operations"][3]["value"], "Countess");
        assert_eq!(kept["logs"][2], "[Ada] not JSON");
    }

    #[test]
    fn secrets_in_forms_queries_and_headers_are_replaced() {
        let form = body(&typed("application/x-www-form-urlencoded"), b"client_secret=plum&grant_type=x");
        assert_eq!(form, json!({"client_secret": REDACTED, "grant_type": "x"}));
        assert_eq!(query("code=plum&state=x"), "code=%5Bredacted%5D&state=x");
        assert_eq!(query("filter=Password+eq+%22plum%22&count=1"), "filter=%5Bredacted%5D&count=1");
        assert_eq!(query("filter=userName+eq+%22ada%22"), "filter=userName+eq+%22ada%22");
        let mut sent = HeaderMap::new();
        sent.insert(header::AUTHORIZATION, header::HeaderValue::from_static("SSWS plum"));
        sent.append(header::COOKIE, header::HeaderValue::from_static("sid=plum"));
        sent.append(header::LOCATION, header::HeaderValue::from_static("http://127.0.0.1/cb?code=plum"));
        sent.append(header::REFERER, header::HeaderValue::from_static("http://127.0.0.1/a?id_token_hint=plum#b"));
        let kept = headers(&sent);
        assert!(!format!("{kept:?}").contains("plum"), "{kept:?}");
        assert!(kept.contains(&("authorization".into(), "SSWS [redacted]".into())));
        sent.insert(header::AUTHORIZATION, header::HeaderValue::from_static("plum plum"));
        assert!(!format!("{:?}", headers(&sent)).contains("plum"));
    }

    #[test]
    fn what_comes_back_to_a_client_is_replaced_in_query_and_fragment() {
        assert_eq!(url("https://a.example/cb?code=plum&state=x"), "https://a.example/cb?code=%5Bredacted%5D&state=x");
        assert_eq!(url("https://a.example/cb#state=x&code=plum"), "https://a.example/cb#state=x&code=%5Bredacted%5D");
        assert_eq!(url("https://a.example/cb?a=b#place"), "https://a.example/cb?a=b#place");
    }

    #[test]
    fn other_bodies_leave_their_size_only() {
        assert_eq!(body(&HeaderMap::new(), b"plum"), json!({"bytes": 4}));
        assert_eq!(body(&HeaderMap::new(), b""), Value::Null);
    }
}
