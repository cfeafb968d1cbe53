//! The log of what SCIM clients wrote: the dashboard's *SCIM provisioning* logs.
//!
//! Accounts only. The permission `Access: SCIM logs read` is not told apart from the other reading ones.
//! <https://developers.cloudflare.com/api/resources/zero_trust/subresources/access/subresources/logs/subresources/scim/>

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Account;
use super::authentication::Access;
use super::errors::Failure;
use super::identity_providers::enabled;
use super::paging::Page;
use super::scim_server::{Noun, Resource};
use crate::mock::world::World;
use crate::mock::{clock, redaction};

/// One write of a client whose secret was right, whatever came of it.
#[derive(Clone, Debug)]
pub struct Update {
    identity_provider: String,
    noun: Noun,
    method: String,
    request_body: String,
    logged_at: OffsetDateTime,
    id: String,
    external_id: String,
    /// A user's email, or a group's name.
    name: String,
    error: Option<String>,
}

impl Update {
    /// A request as it came. What it is about is what its body says, until [`Update::about`] knows better. Passwords do
    /// not get in.
    pub(super) fn new(identity_provider: &str, noun: Noun, method: &Method, body: &[u8], now: OffsetDateTime) -> Self {
        let sent = redaction::body(&HeaderMap::new(), body);
        let text = |name: &str| sent.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self {
            identity_provider: identity_provider.to_owned(),
            noun,
            method: method.to_string(),
            logged_at: now,
            id: String::new(),
            external_id: text("externalId"),
            name: text(if noun == Noun::User { "userName" } else { "displayName" }),
            request_body: if sent.is_null() { String::new() } else { sent.to_string() },
            error: None,
        }
    }

    /// The resource that it is about.
    pub(super) fn about(&mut self, resource: Option<&Resource>) {
        let Some(resource) = resource else { return };
        self.id = resource.id().to_owned();
        self.external_id = resource.text("externalId").unwrap_or_default().to_owned();
        self.name = match self.noun {
            Noun::User => resource.primary_email().unwrap_or_else(|| resource.handle().to_owned()),
            Noun::Group => resource.handle().to_owned(),
        };
    }

    /// Why it was refused; none if it was not.
    pub(super) fn failed(&mut self, error: Option<String>) {
        self.error = error;
    }

    fn status(&self) -> &'static str {
        if self.error.is_none() { "SUCCESS" } else { "FAILURE" }
    }

    fn resource_type(&self) -> &'static str {
        match self.noun {
            Noun::User => "USER",
            Noun::Group => "GROUP",
        }
    }

    fn user_email(&self) -> &str {
        if self.noun == Noun::User { &self.name } else { "" }
    }

    fn group_name(&self) -> &str {
        if self.noun == Noun::Group { &self.name } else { "" }
    }

    fn shown(&self) -> Value {
        json!({
            "cf_resource_id": self.id,
            "error_description": self.error.as_deref().unwrap_or_default(),
            "idp_id": self.identity_provider,
            "idp_resource_id": self.external_id,
            "logged_at": clock::millis(self.logged_at),
            "request_body": self.request_body,
            "request_method": self.method,
            "resource_group_name": self.group_name(),
            "resource_type": self.resource_type(),
            "resource_user_email": self.user_email(),
            "status": self.status(),
        })
    }
}

impl Account {
    /// Adds to the log.
    pub(super) fn log_scim_update(&mut self, update: Update) {
        self.scim_updates.push(update);
    }
}

/// `GET …/access/logs/scim/updates`, newest first unless `direction=asc`.
pub async fn list(State(world): State<Arc<World>>, _: Access, RawQuery(query): RawQuery) -> Result<Response, Failure> {
    let account = enabled(&world)?;
    let query = Query::parse(&query.unwrap_or_default())?;
    let page = Page::from(&query.rest, 20, 1000)?;
    let matching = account.scim_updates.iter().filter(|update| query.matches(update));
    let matching: Vec<Value> = match query.ascending {
        true => matching.take(query.limit).map(Update::shown).collect(),
        false => matching.rev().take(query.limit).map(Update::shown).collect(),
    };
    Ok(page.of(matching))
}

/// What a filter compares.
type Field = fn(&Update) -> &str;

/// Filters that repeat.
const LISTS: &[(&str, Field)] = &[
    ("idp_id", |update| &update.identity_provider),
    ("cf_resource_id", |update| &update.id),
    ("idp_resource_id", |update| &update.external_id),
    ("request_method", |update| &update.method),
    ("resource_group_name", |update| update.group_name()),
    ("resource_type", |update| update.resource_type()),
    ("resource_user_email", |update| update.user_email()),
    ("status", |update| update.status()),
];

/// Most values of one filter.
const MOST_VALUES: usize = 50;

/// A query: of each filter one value must match, and every filter must.
struct Query {
    lists: HashMap<&'static str, Vec<String>>,
    since: Option<OffsetDateTime>,
    until: Option<OffsetDateTime>,
    ascending: bool,
    limit: usize,
    rest: HashMap<String, String>,
}

impl Query {
    fn parse(text: &str) -> Result<Self, Failure> {
        let mut query = Self {
            lists: HashMap::new(),
            since: None,
            until: None,
            ascending: false,
            limit: usize::MAX,
            rest: HashMap::new(),
        };
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            let moment = || {
                let moment = OffsetDateTime::parse(&value, &Rfc3339);
                moment.map_err(|_| Failure::Invalid(format!("{name} must be an RFC 3339 time")))
            };
            match name.as_ref() {
                "since" => query.since = Some(moment()?),
                "until" => query.until = Some(moment()?),
                "direction" => {
                    query.ascending = match value.as_ref() {
                        "asc" => true,
                        "desc" => false,
                        _ => return Err(Failure::Invalid("direction must be asc or desc".into())),
                    }
                }
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| *limit > 0);
                    query.limit = limit.ok_or_else(|| Failure::Invalid("limit must be a positive number".into()))?;
                }
                _ => match LISTS.iter().find(|(list, _)| *list == name) {
                    Some((list, _)) => query.lists.entry(list).or_default().push(value.into_owned()),
                    None => drop(query.rest.insert(name.into_owned(), value.into_owned())),
                },
            }
        }
        if !query.lists.contains_key("idp_id") {
            return Err(Failure::Invalid("idp_id is required".into()));
        }
        match query.lists.iter().find(|(_, values)| values.len() > MOST_VALUES) {
            Some((name, _)) => Err(Failure::Invalid(format!("{name} may be given {MOST_VALUES} times at most"))),
            None => Ok(query),
        }
    }

    fn matches(&self, update: &Update) -> bool {
        let listed = LISTS.iter().all(|(name, of)| {
            let wanted = self.lists.get(name);
            wanted.is_none_or(|wanted| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(of(update))))
        });
        listed
            && self.since.is_none_or(|since| update.logged_at >= since)
            && self.until.is_none_or(|until| update.logged_at <= until)
    }
}
