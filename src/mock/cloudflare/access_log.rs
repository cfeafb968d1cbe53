//! The log of logins: what came of each, and the routes that show it.
//!
//! <https://developers.cloudflare.com/api/resources/zero_trust/subresources/access/subresources/logs/subresources/access_requests/>

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::authentication::Access;
use super::errors::{Failure, success};
use super::identity_providers::enabled;
use crate::mock::clock;
use crate::mock::world::World;

/// Entries in one answer: where the query does not say, and at most. The latter is not published.
const USUAL: usize = 25;
const MOST: usize = 1000;

/// How long a failed login is kept. Not published.
const RETENTION: Duration = Duration::days(1);

/// One login.
#[derive(Clone, Debug)]
pub struct Event {
    /// It ended in a session.
    pub allowed: bool,
    /// The application that asked for it; the team domain where none did.
    pub app_domain: String,
    /// Type of the identity provider.
    pub connection: String,
    /// When it ended.
    pub created_at: OffsetDateTime,
    /// Where the person called from.
    pub ip_address: String,
    /// The request that ended it.
    pub ray_id: String,
    /// Whose login it was, as far as that came out.
    pub user_email: Option<String>,
}

/// The logins of one account, oldest first.
#[derive(Clone, Default)]
pub struct AccessLog {
    events: Vec<Event>,
}

impl AccessLog {
    pub(super) fn add(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Everything so far, oldest first.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The logins of a person that failed, as `failed_logins` shows them.
    pub(super) fn failed(&self, email: &str, user: &str, now: OffsetDateTime) -> Vec<Value> {
        let failed = self.events.iter().filter(|event| !event.allowed && event.created_at + RETENTION > now);
        let theirs = failed.filter(|event| event.user_email.as_ref().is_some_and(|of| of.eq_ignore_ascii_case(email)));
        theirs
            .map(|event| {
                json!({
                    "expiration": (event.created_at + RETENTION).unix_timestamp(),
                    "metadata": {
                        "app_name": event.app_domain,
                        "aud": "",
                        "datetime": clock::seconds(event.created_at),
                        "ray_id": event.ray_id,
                        "user_email": email,
                        "user_uuid": user,
                    },
                })
            })
            .collect()
    }
}

impl Event {
    fn shown(&self) -> Value {
        let mut shown = json!({
            "action": "login",
            "allowed": self.allowed,
            "app_domain": self.app_domain,
            // Of an Access application; the mock has none.
            "app_uid": "",
            "connection": self.connection,
            "created_at": clock::seconds(self.created_at),
            "ip_address": self.ip_address,
            "ray_id": self.ray_id,
        });
        if let Some(email) = &self.user_email {
            shown["user_email"] = json!(email);
        }
        shown
    }
}

/// `GET /accounts/{account_id}/access/logs/access_requests`: newest first unless `direction=asc`; `limit`, `since`,
/// `until`.
pub async fn list(
    State(world): State<Arc<World>>,
    _: Access,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let account = enabled(&world)?;
    let limit = match query.get("limit").map(|text| text.parse()) {
        None => USUAL,
        Some(Ok(limit @ 1..=MOST)) => limit,
        Some(_) => return Err(Failure::Invalid(format!("limit must be a number from 1 to {MOST}"))),
    };
    let (since, until) = (moment(&query, "since")?, moment(&query, "until")?);
    let wanted = |event: &&Event| {
        since.is_none_or(|since| event.created_at >= since) && until.is_none_or(|until| event.created_at <= until)
    };
    let matching = account.access_log.events.iter().filter(wanted);
    let shown: Vec<Value> = match query.get("direction").map(String::as_str) {
        None | Some("desc") => matching.rev().take(limit).map(Event::shown).collect(),
        Some("asc") => matching.take(limit).map(Event::shown).collect(),
        Some(_) => return Err(Failure::Invalid("direction must be asc or desc".into())),
    };
    Ok(success(StatusCode::OK, Value::Array(shown)))
}

fn moment(query: &HashMap<String, String>, name: &str) -> Result<Option<OffsetDateTime>, Failure> {
    let parsed = query.get(name).map(|text| OffsetDateTime::parse(text, &Rfc3339)).transpose();
    parsed.map_err(|_| Failure::Invalid(format!("{name} must be a date and time of RFC 3339")))
}
