//! `logs/audit`: who changed what, as "Audit Logs v2" tells it.
//!
//! <https://developers.cloudflare.com/api/resources/accounts/subresources/logs/subresources/audit/methods/list/>. Every
//! write to the API is in it, refused ones included, and so is what a person does in the dashboard. How entries about
//! Access name their resource, and which path the dashboard's own calls have, is not verified against a live tenant.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use super::Account;
use super::authentication::{Access, Owner, token};
use super::edge::Ray;
use super::errors::Failure;
use super::identity_provider::IdentityProvider;
use crate::mock::clock::seconds;
use crate::mock::ids;
use crate::mock::world::World;

/// How many entries one answer has, unless the query says otherwise.
const USUAL: usize = 100;

/// Most entries in one answer.
const MOST: usize = 1000;

/// One write.
#[derive(Clone)]
pub(super) struct Entry {
    at: OffsetDateTime,
    document: Value,
}

/// What happened, before it is written down.
struct Event<'a> {
    actor: Value,
    method: &'a Method,
    uri: &'a str,
    status: StatusCode,
    user_agent: &'a str,
    ray: &'a Ray,
}

/// Writes writes down.
pub(super) async fn keep(
    State(world): State<Arc<World>>,
    Extension(ray): Extension<Ray>,
    request: Request,
    next: Next,
) -> Response {
    let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers().clone());
    let response = next.run(request).await;
    if !method.is_safe() {
        record_call(&world, &method, &uri, &headers, response.status(), &ray);
    }
    response
}

/// Calls by nobody known are not written down.
fn record_call(world: &World, method: &Method, uri: &Uri, headers: &HeaderMap, status: StatusCode, ray: &Ray) {
    let mut account = world.cloudflare();
    let Some(actor) = actor(&account, headers) else { return };
    let user_agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let event = Event { actor, method, uri: uri.path(), status, user_agent, ray };
    account.record(&event, world.clock.now());
}

fn actor(account: &Account, headers: &HeaderMap) -> Option<Value> {
    if let Ok(Some(token)) = token(account, headers) {
        let kind = if token.owner == Owner::User { "user" } else { "account" };
        return Some(json!({
            "id": account.user_id,
            "type": kind,
            "context": "api_token",
            "email": account.email,
            "ip_address": "127.0.0.1",
            "token_id": token.id,
            "token_name": "API token",
        }));
    }
    let key = headers.get("x-auth-key")?.to_str().ok()?;
    (key == account.api_key).then(|| person(account, "api_key"))
}

fn person(account: &Account, context: &str) -> Value {
    json!({
        "id": account.user_id,
        "type": "user",
        "context": context,
        "email": account.email,
        "ip_address": "127.0.0.1",
    })
}

impl Account {
    fn record(&mut self, event: &Event<'_>, at: OffsetDateTime) {
        let result = if event.status.is_success() { "success" } else { "failure" };
        let action = match *event.method {
            Method::POST => "create",
            Method::DELETE => "delete",
            _ => "update",
        };
        let mut segments = event.uri.split('/').skip_while(|segment| *segment != "access").skip(1);
        let (noun, id) = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
        let document = json!({
            "id": ids::uuid(),
            "account": {"id": self.id, "name": "mock"},
            "action": {
                "description": format!("{action} {noun}"),
                "result": result,
                "time": at.format(&Rfc3339).unwrap_or_else(|_| seconds(at)),
                "type": action,
            },
            "actor": event.actor,
            "raw": {
                "cf_ray_id": event.ray.at_data_centre(),
                "method": event.method.as_str(),
                "status_code": event.status.as_u16(),
                "uri": event.uri,
                "user_agent": event.user_agent,
            },
            "resource": {"id": id, "product": "access", "type": noun},
        });
        self.audit_log.push(Entry { at, document });
    }

    /// Changes an identity provider as a person in the dashboard does, which the audit log tells. Whether it exists.
    pub fn in_dashboard<T>(
        &mut self,
        id: &str,
        now: OffsetDateTime,
        change: impl FnOnce(&mut IdentityProvider) -> T,
    ) -> Option<T> {
        let changed = change(self.identity_provider_mut(id)?);
        let uri = format!("/api/v4/accounts/{}/access/identity_providers/{id}", self.id);
        let actor = person(self, "dash");
        let event = Event {
            actor,
            method: &Method::PUT,
            uri: &uri,
            status: StatusCode::OK,
            user_agent: "Mozilla/5.0 (dashboard)",
            ray: &Ray::fresh(),
        };
        self.record(&event, now);
        Some(changed)
    }
}

/// `GET /accounts/{account_id}/logs/audit`. `since` and `before` are required; the newest entry comes first unless
/// `direction=asc`.
pub async fn list(
    State(world): State<Arc<World>>,
    _: Access,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    if world.options.hide_audit_log {
        return Err(Failure::Unauthorized);
    }
    let bound = |name: &str| {
        let text = query.get(name).ok_or_else(|| Failure::Invalid(format!("{name} is required")))?;
        moment(text).ok_or_else(|| Failure::Invalid(format!("{name} must be a date or an RFC 3339 time")))
    };
    let (since, before) = (bound("since")?, bound("before")?);
    let limit = match query.get("limit").map(|limit| limit.parse::<usize>()) {
        None => USUAL,
        Some(Ok(limit)) if (1..=MOST).contains(&limit) => limit,
        Some(_) => return Err(Failure::Invalid(format!("limit must be a number from 1 to {MOST}"))),
    };
    let account = world.cloudflare();
    let mut found: Vec<&Value> = account
        .audit_log
        .iter()
        .filter(|entry| entry.at >= since && entry.at < before)
        .map(|entry| &entry.document)
        .filter(|document| matches(document, &query))
        .collect();
    if query.get("direction").is_none_or(|direction| direction != "asc") {
        found.reverse();
    }
    let start = match query.get("cursor") {
        None => 0,
        Some(cursor) => {
            1 + found
                .iter()
                .position(|document| document["id"] == *cursor)
                .ok_or_else(|| Failure::Invalid("cursor is not known".into()))?
        }
    };
    let more = found.len() > start + limit;
    let page: Vec<&Value> = found.into_iter().skip(start).take(limit).collect();
    let after = page.last().filter(|_| more).map(|last| last["id"].clone());
    let info = json!({"count": page.len(), "cursors": {"after": after}});
    Ok(Json(json!({"success": true, "errors": [], "messages": [], "result": page, "result_info": info}))
        .into_response())
}

/// Filters that name a member of the entry; others are ignored.
fn matches(document: &Value, query: &HashMap<String, String>) -> bool {
    let filters = [
        ("id", "/id"),
        ("action_result", "/action/result"),
        ("action_type", "/action/type"),
        ("actor_context", "/actor/context"),
        ("actor_email", "/actor/email"),
        ("actor_id", "/actor/id"),
        ("actor_token_id", "/actor/token_id"),
        ("raw_cf_ray_id", "/raw/cf_ray_id"),
        ("raw_method", "/raw/method"),
        ("raw_uri", "/raw/uri"),
        ("resource_id", "/resource/id"),
        ("resource_product", "/resource/product"),
        ("resource_type", "/resource/type"),
    ];
    filters.iter().all(|(name, pointer)| {
        query.get(*name).is_none_or(|wanted| document.pointer(pointer).and_then(Value::as_str) == Some(wanted))
    })
}

/// A date, which means its first moment in UTC, or a time.
fn moment(text: &str) -> Option<OffsetDateTime> {
    let day = || time::Date::parse(text, format_description!("[year]-[month]-[day]")).ok();
    OffsetDateTime::parse(text, &Rfc3339).ok().or_else(|| day().map(|day| day.midnight().assume_utc()))
}
