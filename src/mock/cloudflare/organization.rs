//! The Zero Trust organization: the team name, and the domain people log in at.
//!
//! <https://developers.cloudflare.com/api/resources/zero_trust/subresources/organizations/>

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::authentication::Access;
use super::errors::{Failure, success};
use super::{Account, missing, object, text};
use crate::mock::world::World;

/// What a client may set. Anything else in a body is ignored.
const SETTABLE: &[&str] = &[
    "allow_authenticate_via_warp",
    "auth_domain",
    "auto_redirect_to_identity",
    "custom_pages",
    "deny_unmatched_requests",
    "is_ui_read_only",
    "login_design",
    "name",
    "session_duration",
    "ui_read_only_toggle_reason",
    "user_seat_expiration_inactive_time",
    "warp_auth_session_duration",
];

/// A new organization of this name. Its `auth_domain` is the address that the team's stand-in listens on until
/// somebody sets another.
pub(super) fn new(name: &str) -> Map<String, Value> {
    let fresh = json!({
        "name": name,
        "is_ui_read_only": false,
        "allow_authenticate_via_warp": false,
        "auto_redirect_to_identity": false,
        "session_duration": "24h",
        "login_design": {},
    });
    match fresh {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// `GET /…/access/organizations`.
pub async fn read(State(world): State<Arc<World>>, _: Access) -> Result<Response, Failure> {
    let account = world.cloudflare();
    account.organization.as_ref().ok_or(Failure::NotEnabled)?;
    Ok(success(StatusCode::OK, shown(&world, &account)))
}

/// `POST /…/access/organizations`. That a second one is refused with 409 is not verified against a live tenant.
pub async fn create(State(world): State<Arc<World>>, _: Access, body: Bytes) -> Result<Response, Failure> {
    let body = object(&body)?;
    let mut account = world.cloudflare();
    if account.organization.is_some() {
        return Err(Failure::Conflict("an organization already exists".into()));
    }
    let name = text(&body, "name", "name")?.ok_or_else(|| missing("name"))?;
    text(&body, "auth_domain", "auth_domain")?.ok_or_else(|| missing("auth_domain"))?;
    let mut organization = new(&name);
    accept(&mut organization, body);
    account.organization = Some(organization);
    Ok(success(StatusCode::CREATED, shown(&world, &account)))
}

/// `PUT /…/access/organizations`.
pub async fn update(State(world): State<Arc<World>>, _: Access, body: Bytes) -> Result<Response, Failure> {
    let body = object(&body)?;
    text(&body, "name", "name")?;
    text(&body, "auth_domain", "auth_domain")?;
    let mut account = world.cloudflare();
    accept(account.organization.as_mut().ok_or(Failure::NotEnabled)?, body);
    Ok(success(StatusCode::OK, shown(&world, &account)))
}

fn accept(organization: &mut Map<String, Value>, body: Map<String, Value>) {
    organization.extend(body.into_iter().filter(|(name, value)| SETTABLE.contains(&name.as_str()) && !value.is_null()));
}

fn shown(world: &World, account: &Account) -> Value {
    let mut shown = account.organization.clone().unwrap_or_default();
    shown.entry("auth_domain").or_insert_with(|| json!(own_domain(world)));
    Value::Object(shown)
}

/// The `auth_domain` of the stand-in. Clients take a loopback address for http, so under TLS it says https.
fn own_domain(world: &World) -> &str {
    let addresses = world.addresses();
    if world.options.tls { &addresses.auth_url } else { addresses.auth_domain() }
}

/// Where people log in: the stand-in's address, or `https://` and the domain that somebody set.
pub(super) fn login_url(world: &World, account: &Account) -> String {
    match account.organization.as_ref().and_then(|organization| organization.get("auth_domain")?.as_str()) {
        Some(domain) if domain != own_domain(world) => format!("https://{domain}"),
        _ => world.addresses().auth_url.clone(),
    }
}
