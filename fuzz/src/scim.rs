//! SCIM in the mock: filters, and what a PATCH makes of a resource.

use arbitrary::{Result, Unstructured};
use axum::body::Body;
use axum::extract::Request;
use http::{HeaderValue, Method, header};
use serde_json::{Value, json};
use zt::mock::Side;

use crate::documents;
use crate::mock::{ask, escaped};
use crate::vendors::{Scene, Vendors};

/// Two people and a group, then some reads with filters and some changes.
pub fn run(data: &[u8]) {
    let vendors = Vendors::get();
    let scene = vendors.begin(&[]);
    let _ = attempt(vendors, &scene, &mut Unstructured::new(data));
}

fn attempt(vendors: &Vendors, scene: &Scene, u: &mut Unstructured<'_>) -> Result<()> {
    let send = |method: Method, rest: &str, body: Value| {
        let mut request = Request::new(Body::from(body.to_string()));
        *request.method_mut() = method;
        let Ok(uri) = format!("{}{rest}", scene.scim_path).parse() else { return };
        *request.uri_mut() = uri;
        let bearer = HeaderValue::try_from(format!("Bearer {}", scene.scim_secret));
        if let Ok(bearer) = bearer {
            request.headers_mut().insert(header::AUTHORIZATION, bearer);
        }
        let kind = HeaderValue::from_static("application/scim+json");
        request.headers_mut().insert(header::CONTENT_TYPE, kind);
        ask(vendors, Side::Team, request);
    };
    let user = user(u)?;
    send(Method::POST, "/Users", user);
    send(Method::POST, "/Users", named("b@acme.example"));
    send(Method::POST, "/Groups", json!({"schemas": [GROUP], "displayName": "A", "members": []}));
    let ids = ids(vendors, scene);
    for _ in 0..4 {
        if u.is_empty() {
            break;
        }
        let noun = *u.choose(&["Users", "Groups"])?;
        match u.int_in_range(0..=3)? {
            0 => {
                let filter = if u.ratio(1, 4)? { u.arbitrary::<String>()? } else { filter(u, 4)? };
                let sort = u.choose(&PATHS)?;
                let query = format!("/{noun}?filter={}&sortBy={sort}&attributes={sort}", escaped(&filter));
                send(Method::GET, &query, Value::Null);
            }
            1 => {
                let mut whole = if noun == "Users" { named("c@acme.example") } else { json!({"schemas": [GROUP]}) };
                documents::spoil(u, &mut whole)?;
                let id = id(u, &ids)?;
                send(Method::PUT, &format!("/{noun}/{id}"), whole);
            }
            _ => {
                let mut body = patch(u, scene)?;
                if u.ratio(1, 4)? {
                    documents::spoil(u, &mut body)?;
                }
                let id = id(u, &ids)?;
                send(Method::PATCH, &format!("/{noun}/{id}"), body);
            }
        }
    }
    Ok(())
}

fn id(u: &mut Unstructured<'_>, ids: &[String]) -> Result<String> {
    if ids.is_empty() { Ok("x".to_owned()) } else { Ok(u.choose(ids)?.clone()) }
}

/// What is in the directory now.
fn ids(vendors: &Vendors, scene: &Scene) -> Vec<String> {
    let account = vendors.mock().cloudflare();
    let idp = scene.scim_path.split('/').nth(2).unwrap_or_default();
    let Some(directory) = account.identity_provider(idp).map(|idp| idp.directory()) else { return Vec::new() };
    directory.users().chain(directory.groups()).map(|resource| resource.id().to_owned()).collect()
}

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

fn named(user_name: &str) -> Value {
    json!({
        "schemas": [USER],
        "userName": user_name,
        "name": {"givenName": "A", "familyName": "B"},
        "emails": [{"value": user_name, "type": "work", "primary": true}],
        "active": true,
    })
}

/// Somebody, more or less.
pub fn user(u: &mut Unstructured<'_>) -> Result<Value> {
    let mut user = named("a@acme.example");
    if u.ratio(1, 4)? {
        documents::spoil(u, &mut user)?;
    }
    Ok(user)
}

const PATHS: [&str; 18] = [
    "userName",
    "displayName",
    "emails",
    "emails.value",
    "emails[type eq \"work\"].value",
    "emails[primary eq true]",
    "name",
    "name.givenName",
    "active",
    "members",
    "members[value eq \"a\"]",
    "id",
    "meta.lastModified",
    "externalId",
    "schemas",
    "urn:ietf:params:scim:schemas:core:2.0:User:userName",
    "nothing",
    "",
];

const LITERALS: [&str; 10] =
    ["true", "false", "null", "\"a\"", "\"\\u00e9\\\"\"", "1", "-1.5e3", "1e999", "\"2026-01-01T00:00:00Z\"", "x"];
const OPERATORS: [&str; 11] = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr", "xx"];

/// A filter (RFC 7644, section 3.4.2.2), mostly a good one.
pub fn filter(u: &mut Unstructured<'_>, depth: usize) -> Result<String> {
    Ok(match u.int_in_range(0..=if depth == 0 { 2 } else { 8 })? {
        0 => format!("{} pr", u.choose(&PATHS)?),
        1 | 2 => format!("{} {} {}", u.choose(&PATHS)?, u.choose(&OPERATORS)?, u.choose(&LITERALS)?),
        3 => format!("({})", filter(u, depth - 1)?),
        4 => format!("not ({})", filter(u, depth - 1)?),
        5 => format!("{} and {}", filter(u, depth - 1)?, filter(u, depth - 1)?),
        6 => format!("{} or {}", filter(u, depth - 1)?, filter(u, depth - 1)?),
        7 => format!("emails[{}]", filter(u, depth - 1)?),
        _ => u.arbitrary::<String>()?,
    })
}

/// The body of a PATCH (RFC 7644, section 3.5.2).
pub fn patch(u: &mut Unstructured<'_>, scene: &Scene) -> Result<Value> {
    let mut operations = Vec::new();
    for _ in 0..u.int_in_range(1..=3)? {
        let mut operation = json!({"op": u.choose(&["add", "replace", "remove", "Replace", "move"])?});
        if u.ratio(3, 4)? {
            let path = if u.ratio(1, 4)? { filter(u, 2)? } else { u.choose(&PATHS)?.to_string() };
            operation["path"] = Value::String(path);
        }
        if u.ratio(3, 4)? {
            operation["value"] = match u.int_in_range(0..=5)? {
                0 => documents::any(u, 3)?,
                1 => Value::Bool(u.arbitrary()?),
                2 => Value::String(u.choose(&scene.words.anywhere)?.clone()),
                3 => json!([{"value": u.choose(&scene.words.anywhere)?}]),
                4 => json!({"active": u.arbitrary::<bool>()?, "emails[type eq \"work\"].value": "z@acme.example"}),
                _ => named("d@acme.example"),
            };
        }
        operations.push(operation);
    }
    Ok(json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}))
}
