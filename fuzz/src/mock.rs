//! Requests to the mock: those of its route tables, with anything in path, query, headers and body.

use std::net::IpAddr;
use std::time::Duration;

use arbitrary::{Result, Unstructured};
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use http::{HeaderName, HeaderValue, Method, header};
use serde_json::{Value, json};
use tower::ServiceExt;
use zt::mock::server::Peer;
use zt::mock::{Mock, Side, control, routes};

use crate::documents;
use crate::vendors::{Scene, Vendors, served};

/// How long one answer may take. Logins ask the other side, over loopback.
const PATIENCE: Duration = Duration::from_secs(20);
/// Largest answer.
const LARGEST: usize = 64 << 20;

/// Up to four requests, each of which sees what those before it did.
pub fn run(data: &[u8]) {
    let vendors = Vendors::get();
    let scene = vendors.begin(&[]);
    let _ = attempt(vendors, &scene, &mut Unstructured::new(data));
}

fn attempt(vendors: &Vendors, scene: &Scene, u: &mut Unstructured<'_>) -> Result<()> {
    for _ in 0..4 {
        if u.is_empty() {
            break;
        }
        let (side, request) = request(u, vendors.mock(), scene)?;
        ask(vendors, side, request);
    }
    Ok(())
}

/// Sends a request to the mock. It may refuse it as it likes, and never says that it broke down.
pub fn ask(vendors: &Vendors, side: Side, mut request: Request) {
    let asked = format!("{} {}", request.method(), request.uri());
    request.extensions_mut().insert(Peer(IpAddr::from([127, 0, 0, 1])));
    vendors.terraform.block_on(async {
        let answer = tokio::time::timeout(PATIENCE, served(vendors.mock(), side).oneshot(request)).await;
        let Ok(answer) = answer else { panic!("no answer within {PATIENCE:?} to {asked}") };
        let answer = answer.unwrap_or_else(|never| match never {});
        let status = answer.status();
        let body = to_bytes(answer.into_body(), LARGEST).await.unwrap_or_default();
        assert!(status.as_u16() != 500, "{asked} was answered 500: {}", String::from_utf8_lossy(&body));
    });
}

/// What scripts faults, moves the clock or waits is left out: it does what it is told.
fn is_told_to_misbehave(path: &str) -> bool {
    ["/_mock/faults", "/_mock/reset", "/_mock/okta/provisioning/drain", "/_mock/okta/provisioning/resume"]
        .contains(&path)
}

fn request(u: &mut Unstructured<'_>, mock: &Mock, scene: &Scene) -> Result<(Side, Request)> {
    let mut table: Vec<(Side, String, String)> =
        routes::served().into_iter().map(|route| (route.side, route.method, route.path)).collect();
    table.extend(
        control::routes().into_iter().map(|route| (Side::Okta, route.method.to_string(), route.path.to_string())),
    );
    table.retain(|(_, _, path)| !is_told_to_misbehave(path));
    let (side, method, path) = &table[u.choose_index(table.len())?];
    let method = match u.ratio(1, 20)? {
        true => Method::from_bytes(u.choose(&["PATCH", "DELETE", "PUT", "POST", "GET", "X"])?.as_bytes()),
        false => Method::from_bytes(method.as_bytes()),
    };
    let mut uri = fill(u, path, scene)?;
    if u.ratio(2, 3)? {
        uri += &query(u, scene)?;
    }
    let mut request = Request::new(Body::empty());
    *request.method_mut() = method.unwrap_or_default();
    if let Ok(uri) = uri.parse() {
        *request.uri_mut() = uri;
    }
    let body = body(u, scene, mock)?;
    let headers = request.headers_mut();
    for (name, value) in headers_of(u, *side, mock, scene, body.len())? {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    *request.body_mut() = Body::from(body);
    Ok((*side, request))
}

/// A path with its parameters filled in: mostly with ids that exist.
fn fill(u: &mut Unstructured<'_>, path: &str, scene: &Scene) -> Result<String> {
    let parts = path.split('/').map(|part| {
        let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
            return Ok(part.to_owned());
        };
        let words = scene.words.by_name.iter().find(|(end, _)| name.trim_start_matches('*').ends_with(*end));
        match words {
            Some((_, words)) if !words.is_empty() && u.ratio(9, 10)? => Ok(u.choose(words)?.clone()),
            _ if u.ratio(3, 4)? => Ok(escaped(u.choose(&scene.words.anywhere)?)),
            _ => Ok(escaped(u.arbitrary()?)),
        }
    });
    Ok(parts.collect::<Result<Vec<_>>>()?.join("/"))
}

/// In a form that every URL may have.
pub fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

const PARAMETERS: [&str; 26] = [
    "limit",
    "after",
    "q",
    "search",
    "filter",
    "since",
    "until",
    "sortOrder",
    "sortBy",
    "expand",
    "page",
    "per_page",
    "startIndex",
    "count",
    "attributes",
    "excludedAttributes",
    "cursor",
    "id.name",
    "client_id",
    "redirect_uri",
    "scope",
    "response_type",
    "state",
    "code",
    "nonce",
    "provisioningToken",
];

const VALUES: [&str; 14] = [
    "0",
    "-1",
    "1",
    "200",
    "18446744073709551616",
    "2026-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999Z",
    "-9999-01-01T00:00:00Z",
    "status eq \"ACTIVE\"",
    "profile.login eq \"a\" and (id sw \"0\" or not (a pr))",
    "openid groups",
    "code",
    "ASCENDING",
    "userName,emails.value",
];

fn query(u: &mut Unstructured<'_>, scene: &Scene) -> Result<String> {
    let mut query = String::from("?");
    for _ in 0..u.int_in_range(1..=3)? {
        let value = match u.int_in_range(0..=5)? {
            0 => escaped(u.arbitrary()?),
            1 => escaped(u.choose(&scene.words.anywhere)?),
            2 => escaped(&crate::scim::filter(u, 3)?),
            _ => escaped(u.choose(&VALUES)?),
        };
        query += &format!("{}={value}&", u.choose(&PARAMETERS)?);
    }
    Ok(query)
}

fn headers_of(
    u: &mut Unstructured<'_>,
    side: Side,
    mock: &Mock,
    scene: &Scene,
    length: usize,
) -> Result<Vec<(&'static str, String)>> {
    let token = match side {
        Side::Okta => format!("SSWS {}", mock.okta_token()),
        Side::Cloudflare => format!("Bearer {}", mock.cloudflare_token()),
        Side::Team => format!("Bearer {}", scene.scim_secret),
    };
    let mut headers = Vec::new();
    match u.int_in_range(0..=9)? {
        0 => {}
        1 => headers.push(("authorization", u.arbitrary::<String>()?)),
        2 => headers.push(("authorization", "Basic Og==".to_owned())),
        3 => headers.push(("cookie", u.arbitrary::<String>()?)),
        _ => headers.push(("authorization", token)),
    }
    let kinds = [
        "application/json",
        "application/scim+json",
        "application/x-www-form-urlencoded",
        "text/plain; charset=\"",
        "multipart/form-data",
    ];
    headers.push(("content-type", u.choose(&kinds)?.to_string()));
    if u.ratio(19, 20)? {
        headers.push((header::CONTENT_LENGTH.as_str(), length.to_string()));
    }
    if u.ratio(1, 10)? {
        let name = u.choose(&["accept", "host", "x-auth-key", "x-auth-email", "if-match", "origin"])?;
        headers.push((name, u.arbitrary::<String>()?));
    }
    Ok(headers)
}

fn body(u: &mut Unstructured<'_>, scene: &Scene, mock: &Mock) -> Result<Vec<u8>> {
    let mut document = match u.int_in_range(0..=9)? {
        0 => return Ok(Vec::new()),
        1 => {
            let length = u.int_in_range(0..=u.len().min(300))?;
            return Ok(u.bytes(length)?.to_vec());
        }
        2 => {
            let mut form = String::new();
            for _ in 0..u.int_in_range(0..=4)? {
                let name = u.choose(&FORM)?;
                let value = if u.arbitrary()? { escaped(u.arbitrary()?) } else { escaped(u.choose(&GRANTS)?) };
                form += &format!("{name}={value}&");
            }
            return Ok(form.into_bytes());
        }
        3 => crate::scim::user(u)?,
        4 => crate::scim::patch(u, scene)?,
        5 => documents::any(u, 4)?,
        _ => u.choose(&templates(mock, scene))?.clone(),
    };
    for _ in 0..u.int_in_range(0..=3)? {
        documents::spoil(u, &mut document)?;
    }
    Ok(document.to_string().into_bytes())
}

const FORM: [&str; 14] = [
    "grant_type",
    "code",
    "redirect_uri",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "scope",
    "code_verifier",
    "refresh_token",
    "token",
    "token_type_hint",
    "username",
    "password",
];
const GRANTS: [&str; 6] = [
    "authorization_code",
    "client_credentials",
    "refresh_token",
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "openid offline_access",
    "a.b.c",
];

/// A good document for each noun.
fn templates(mock: &Mock, scene: &Scene) -> Vec<Value> {
    let word = |name: &str| scene.words.by_name.get(name).and_then(|words| words.first()).cloned().unwrap_or_default();
    vec![
        crate::vendors::oidc_app(),
        crate::vendors::scim_app(),
        crate::vendors::identity_provider(mock.org_url()),
        json!({"profile": {"name": "A group", "description": "made up"}}),
        json!({"profile": {"firstName": "A", "lastName": "B", "email": "a@b.example", "login": "a@b.example"},
               "credentials": {"password": {"value": "Correct-Horse-7"}}}),
        json!({"priority": 0, "profile": {}}),
        json!({"id": word("user_id"), "scope": "USER", "credentials": {"userName": "a@b.example"}}),
        json!({"sourceGroupId": word("group_id"), "targetGroupName": "A group", "status": "ACTIVE"}),
        json!({"baseUrl": "http://127.0.0.1:9/scim/v2", "profile": {"authScheme": "TOKEN", "token": "t"}}),
        json!({"create": {"lifecycleCreate": {"status": "ENABLED"}},
               "update": {"profile": {"status": "ENABLED"}, "lifecycleDeactivate": {"status": "ENABLED"}}}),
        json!({"status": "ACTIVE", "client_secret": "a-secret-that-is-long-enough-to-be-one"}),
        json!({"name": "Default", "description": "", "audiences": ["api://default"], "issuerMode": "DYNAMIC"}),
        json!({"name": "groups", "claimType": "IDENTITY", "valueType": "GROUPS", "group_filter_type": "REGEX",
               "value": ".*", "alwaysIncludeInToken": true, "conditions": {"scopes": []}}),
        json!({"valueType": "GROUPS", "issuerMode": "ORG_URL", "name": "groups", "groupFilterType": "REGEX",
               "value": "^(a+)+$"}),
        json!({"name": "team", "auth_domain": "acme.cloudflareaccess.com", "session_duration": "24h"}),
        json!({"username": "a@b.example", "password": "Correct-Horse-7"}),
        json!({"advance_seconds": 86400}),
        json!({"advance_seconds": u64::MAX}),
        json!({"scopes": ["okta.apps.manage"]}),
        json!({"base_url": "http://127.0.0.1:9/scim/v2", "token": "t"}),
        json!([{"access_seat": true, "gateway_seat": false, "seat_uid": "x"}]),
    ]
}
