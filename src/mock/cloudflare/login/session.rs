//! Being logged in: the cookie, who it belongs to, and the end of it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::failure::Failure;
use super::pages;
use crate::mock::cloudflare::Account;
use crate::mock::cloudflare::edge::Ray;
use crate::mock::cloudflare::people::{Person, Session};
use crate::mock::world::World;

/// The session of the team domain. Cloudflare puts a signed token into it; the mock's means something to the mock
/// alone. <https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/>
const SESSION: &str = "CF_Authorization";

/// Ties a login to the browser that it was begun in.
const BROWSER: &str = "CF_Session";

/// `GET /cdn-cgi/access/get-identity`: who this session belongs to. Without one it answers 400 and this JSON.
pub(super) async fn get_identity(State(world): State<Arc<World>>, headers: HeaderMap) -> Response {
    let account = world.cloudflare();
    let token = cookie(&headers, SESSION).unwrap_or_default();
    match account.session(token, world.clock.now()) {
        Some((person, session)) => Json(identity(&account, person, session)).into_response(),
        None => (StatusCode::BAD_REQUEST, Json(json!({"err": "no app token set"}))).into_response(),
    }
}

/// `GET /cdn-cgi/access/logout`: ends the session of this browser. That the person's other sessions go on is not verified
/// against a live tenant.
pub(super) async fn log_out(
    State(world): State<Arc<World>>,
    Extension(ray): Extension<Ray>,
    headers: HeaderMap,
) -> Response {
    let mut account = world.cloudflare();
    if account.organization.is_none() {
        return pages::failed(&Failure::no_organization(), None, false, &ray);
    }
    if let Some(token) = cookie(&headers, SESSION) {
        account.end_session(token);
    }
    let mut response = pages::logged_out();
    set_cookie(&mut response, &world, SESSION, "", "; Max-Age=0");
    response
}

/// The identity behind a session, as get-identity shows it: what the identity provider said at the login, which is what
/// Access goes by, with the further claims in `oidc_fields`.
fn identity(account: &Account, person: &Person, session: &Session) -> Value {
    let provider = account.identity_provider(&session.identity_provider);
    let mut identity = person.identity.clone();
    identity["name"] = json!(person.name);
    identity["groups"] = json!(person.groups);
    identity["idp"] = json!({"id": session.identity_provider, "type": provider.map_or("", |provider| provider.kind())});
    identity["iat"] = json!(session.started.unix_timestamp());
    identity["oidc_fields"] = person.claims.clone();
    identity
}

/// Begins the session in the browser.
pub(super) fn set_session(response: &mut Response, world: &World, token: &str) {
    set_cookie(response, world, SESSION, token, "");
}

/// Marks the browser, so that the login that it begins is finished in it and in no other.
pub(super) fn set_browser(response: &mut Response, world: &World, mark: &str) {
    set_cookie(response, world, BROWSER, mark, "");
}

/// The mark of the browser that sent these headers; empty if it has none.
pub(super) fn browser(headers: &HeaderMap) -> &str {
    cookie(headers, BROWSER).unwrap_or_default()
}

/// A cookie that scripts cannot read and other sites cannot post with.
fn set_cookie(response: &mut Response, world: &World, name: &str, value: &str, lifetime: &str) {
    let secure = if world.options.tls { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{lifetime}");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = sent.flat_map(|sent| sent.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(known, _)| *known == name).map(|(_, value)| value).find(|value| !value.is_empty())
}
