//! Holds every answer of the tour against the vendors' OpenAPI documents.
//!
//! The documents are not part of this project. `ZT_OPENAPI_DIR` names a folder with `cloudflare.json` and `okta.json`
//! (and `okta-oauth.json`, where there is one); without it this says so and only the tour itself is checked.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};
use zt::mock::Side;

use crate::tour::{Stop, Tour};

mod schema;

/// Routes of the mock that no document has, by method (any, where it is empty) and beginning or end of the path, with
/// the reason they are served.
const UNDOCUMENTED: &[(Side, &str, &str, &str)] = &[
    (Side::Cloudflare, "", "/logs/audit", "an extract of the document may lack it"),
    (Side::Cloudflare, "", "/access/apps", "an extract of the document may lack it"),
    (Side::Cloudflare, "", "/access/policies", "an extract of the document may lack it"),
    (Side::Cloudflare, "", "/access/groups", "an extract of the document may lack it"),
    (Side::Team, "", "/populations/", "SCIM is documented by RFC 7644"),
    (Side::Team, "", "/cdn-cgi/access/", "pages for people, and OpenID Connect"),
    (Side::Okta, "", "/api/v1/internal/", "Okta's own console uses it, and nothing else sets the groups claim"),
    (Side::Okta, "", "/api/v1/policies/", "every app links there; an extract of the document may lack it"),
    (Side::Okta, "", "/api/v1/authorizationServers", "an extract of the document may lack it"),
    (Side::Okta, "", "/api/v1/authn", "Okta documents it in prose"),
    (Side::Okta, "", "/login/", "a page for people"),
    (Side::Okta, "", "/oauth2/v1/authorize", "pages and redirects, which the document leaves to prose"),
    (Side::Okta, "", "/oauth2/default/v1/authorize", "pages and redirects, which the document leaves to prose"),
    (Side::Okta, "", "/oauth2/v1/logout", "pages and redirects, which the document leaves to prose"),
    (Side::Okta, "", "/oauth2/default/v1/logout", "pages and redirects, which the document leaves to prose"),
    (Side::Okta, "POST", "/oauth2/v1/userinfo", "OpenID Connect demands it beside GET"),
    (Side::Okta, "POST", "/oauth2/default/v1/userinfo", "OpenID Connect demands it beside GET"),
];

/// Answers that differ from the document although they are right: method, end of the path template, status, why.
const DEVIATIONS: &[(&str, &str, u16, &str)] = &[
    ("GET", "/tokens/verify", 401, "the document wants `success` to be true and false at once"),
    ("POST", "/group-push/mappings", 200, "the document says 201; the service answers 200"),
    ("DELETE", "/group-push/mappings/{mappingId}", 200, "the document says 204; the service answers an empty 200"),
];

/// Values that the service gives to a member although the document does not allow for them: member, value as JSON.
const VALUES: &[(&str, &str)] = &[
    ("errorRedirectUrl", "null"),
    ("loginRedirectUrl", "null"),
    ("universalLogout", "null"),
    // Of people whom nobody has provisioned.
    ("externalId", "null"),
    // Of apps that the connection API does not support; in `status` and in the profile it is documented.
    ("authScheme", "\"UNKNOWN\""),
    // Described as a text, and a list in the document's own example.
    ("post_logout_redirect_uris", "[]"),
];

/// What came of one answer.
enum Finding {
    Ok,
    /// The document describes the body so loosely that a string would have passed for it.
    Vacuous,
    Excused(&'static str),
    Failed(String),
}

#[tokio::test]
async fn every_answer_of_the_tour_is_one_that_the_vendors_document() {
    let stops = Tour::complete().await;
    let Some(folder) = std::env::var_os("ZT_OPENAPI_DIR") else {
        println!("ZT_OPENAPI_DIR is not set: {} answers were not held against OpenAPI documents", stops.len());
        return;
    };
    let folder = Path::new(&folder);
    let documents = BTreeMap::from([
        ("cloudflare", vec![Document::read(&folder.join("cloudflare.json"))]),
        ("okta", documents(folder, &["okta.json", "okta-oauth.json"])),
    ]);
    let mut failures = 0;
    for stop in &stops {
        let (route, finding) = judge(stop, &documents);
        let result = match finding {
            Finding::Ok => "ok".to_owned(),
            Finding::Vacuous => "ok, as any body would be".to_owned(),
            Finding::Excused(reason) => format!("excused: {reason}"),
            Finding::Failed(why) => {
                failures += 1;
                format!("failed: {why}")
            }
        };
        println!("{:<7} {route} × {}: {result}", stop.method.as_str(), stop.answer.status);
    }
    println!("{} answers, {failures} failed", stops.len());
    assert_eq!(failures, 0, "answers that the vendors do not document; the table above names them");
}

fn documents(folder: &Path, names: &[&str]) -> Vec<Document> {
    names.iter().map(|name| folder.join(name)).filter(|file| file.exists()).map(|file| Document::read(&file)).collect()
}

fn judge(stop: &Stop, documents: &BTreeMap<&str, Vec<Document>>) -> (String, Finding) {
    let excuse = UNDOCUMENTED.iter().find(|(side, method, part, _)| {
        *side == stop.side
            && (method.is_empty() || *method == stop.method.as_str())
            && (stop.path.starts_with(part) || stop.path.ends_with(part))
    });
    if let Some((_, _, _, reason)) = excuse {
        return (stop.path.clone(), Finding::Excused(reason));
    }
    let (vendor, path) = match stop.side {
        Side::Okta => ("okta", stop.path.as_str()),
        _ => ("cloudflare", stop.path.strip_prefix("/client/v4").unwrap_or(&stop.path)),
    };
    let method = stop.method.as_str().to_ascii_lowercase();
    let found = documents[vendor].iter().find_map(|document| Some((document, document.operation(path, &method)?)));
    let Some((document, (template, operation))) = found else {
        return (stop.path.clone(), Finding::Failed("no such operation in the document".into()));
    };
    let deviation = DEVIATIONS.iter().find(|(verb, end, status, _)| {
        *verb == stop.method.as_str() && template.ends_with(end) && *status == stop.answer.status
    });
    let finding = match (document.check(operation, stop), deviation) {
        (Err(_), Some((_, _, _, reason))) => Finding::Excused(reason),
        (Ok(_), Some(_)) => Finding::Failed("listed as a deviation, and is none".into()),
        (Err(why), None) => Finding::Failed(why),
        (Ok(true), None) => Finding::Ok,
        (Ok(false), None) => Finding::Vacuous,
    };
    (template.to_owned(), finding)
}

/// One OpenAPI document.
struct Document {
    whole: Value,
    /// Its `components`, with schemas as JSON Schema has them.
    components: Value,
}

impl Document {
    fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let whole: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let schemas = whole["components"]["schemas"].as_object().cloned().unwrap_or_default();
        let schemas: Map<String, Value> =
            schemas.into_iter().map(|(name, schema)| (name, schema::from_openapi(schema))).collect();
        Self { whole, components: json!({"schemas": schemas}) }
    }

    /// The operation for a path, and the template it matched; of several, the one with the most literal segments.
    fn operation(&self, path: &str, method: &str) -> Option<(&str, &Value)> {
        let paths = self.whole["paths"].as_object()?;
        let matching = paths.iter().filter_map(|(template, item)| Some((template, item.get(method)?)));
        matching
            .filter_map(|(template, operation)| Some((literals(template, path)?, template.as_str(), operation)))
            .max_by_key(|(literals, _, _)| *literals)
            .map(|(_, template, operation)| (template, operation))
    }

    /// Whether the answer is documented, and if so, whether that took more than being JSON.
    fn check(&self, operation: &Value, stop: &Stop) -> Result<bool, String> {
        let status = stop.answer.status;
        let family = format!("{}XX", status / 100);
        let responses = &operation["responses"];
        let response = [status.to_string().as_str(), &family, "default"].iter().find_map(|key| responses.get(*key));
        let response = self.resolve(response.ok_or_else(|| format!("status {status} is not documented"))?);
        let content = response.get("content").and_then(Value::as_object).filter(|content| !content.is_empty());
        let Some(content) = content else {
            let empty = stop.answer.text.is_empty() || stop.answer.text == "{}";
            return if empty { Ok(true) } else { Err("the document has no body for this status".into()) };
        };
        let sent = stop.answer.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let sent = sent.split(';').next().unwrap_or_default();
        let media = content.get(sent).ok_or_else(|| format!("media type {sent:?} is not documented"))?;
        let body: Value = serde_json::from_str(&stop.answer.text).map_err(|error| error.to_string())?;
        let schema = media.get("schema").cloned().unwrap_or_else(|| json!({}));
        let schema = json!({
            "$schema": "http://json-schema.org/draft-04/schema#",
            "components": self.components,
            "allOf": [schema::from_openapi(schema)],
        });
        let validator = jsonschema::options().should_validate_formats(true).build(&schema);
        let validator = validator.map_err(|error| format!("the document cannot be used: {error}"))?;
        let errors: Vec<String> = validator
            .iter_errors(&body)
            .filter(|error| !is_known(error.instance_path().as_str(), error.instance()))
            .map(|error| format!("{} at {}", error.masked(), error.instance_path()))
            .collect();
        if errors.is_empty() { Ok(!validator.is_valid(&json!("anything"))) } else { Err(errors.join("; ")) }
    }

    fn resolve<'a>(&'a self, node: &'a Value) -> &'a Value {
        let pointer = node.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
        pointer.and_then(|pointer| self.whole.pointer(pointer)).unwrap_or(node)
    }
}

/// Whether the service is known to give this value to the member at this path.
fn is_known(path: &str, value: &Value) -> bool {
    let member = path.rsplit('/').next().unwrap_or_default();
    let value = value.to_string();
    VALUES.iter().any(|(name, known)| *name == member && *known == value)
}

/// How many segments of a template are literally those of the path; none if it does not match.
fn literals(template: &str, path: &str) -> Option<usize> {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    let matches = |(pattern, segment): (&&str, &&str)| pattern.starts_with('{') || pattern == segment;
    let all = template.len() == path.len() && template.iter().zip(&path).all(matches);
    all.then(|| template.iter().filter(|segment| !segment.starts_with('{')).count())
}
