//! The System Log: Okta's reference, tag "SystemLog".

use serde::{Deserialize, Deserializer};

use super::{Client, quoted};
use crate::http::{Error, Member, Request};

/// What to look for. Everything left out is not restricted; `since` is then seven days ago.
#[derive(Clone, Debug, Default)]
pub struct LogQuery {
    /// RFC 3339, inclusive.
    pub since: Option<String>,
    /// RFC 3339, exclusive.
    pub until: Option<String>,
    /// A SCIM filter, like `target.id eq "0oa…" and eventType sw "application.provision"`.
    pub filter: Option<String>,
    /// Words.
    pub q: Option<String>,
    /// How many events at most; the newest come first.
    pub limit: usize,
}

impl LogQuery {
    /// What provisioning did for an app, or what of it failed: at most 1000 events.
    pub fn provisioning(app_id: &str, failures_only: bool) -> Self {
        let failed = if failures_only { " and outcome.result eq \"FAILURE\"" } else { "" };
        let filter = format!("target.id eq {} and eventType sw \"application.provision\"{failed}", quoted(app_id));
        Self { filter: Some(filter), limit: 1000, ..Self::default() }
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogEvent {
    /// Okta's id of the event.
    pub uuid: String,
    /// When, RFC 3339 with milliseconds.
    pub published: String,
    /// Like `application.provision.user.push`.
    pub event_type: String,
    /// `DEBUG`, `INFO`, `WARN` or `ERROR`.
    #[serde(default)]
    pub severity: Option<String>,
    /// A sentence for people.
    #[serde(default)]
    pub display_message: Option<String>,
    /// Whether it worked.
    #[serde(default)]
    pub outcome: Option<Outcome>,
    /// Who did it.
    #[serde(default)]
    pub actor: Option<Party>,
    /// To what it was done. Okta sends null for none.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub target: Vec<Party>,
}

impl LogEvent {
    /// Whether it tells of something that was sent to the app. What an administrator does to the mapping of a pushed group
    /// sends nothing yet.
    pub fn sends(&self) -> bool {
        !self.event_type.contains(".mapping.") && !self.event_type.ends_with("_mapping")
    }

    /// Whether something was sent and arrived.
    pub fn has_arrived(&self) -> bool {
        self.result() == Some("SUCCESS") && self.sends()
    }

    /// Whether something failed.
    pub fn has_failed(&self) -> bool {
        self.result() == Some("FAILURE")
    }

    /// Why not, in the other side's words.
    pub fn reason(&self) -> Option<&str> {
        self.outcome.as_ref()?.reason.as_deref()
    }

    /// The id of the person it is about.
    pub fn person(&self) -> Option<&str> {
        self.target.iter().find(|party| party.kind.as_deref() == Some("User"))?.id.as_deref()
    }

    fn result(&self) -> Option<&str> {
        self.outcome.as_ref()?.result.as_deref()
    }
}

/// Whether something worked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Outcome {
    /// Like `SUCCESS`, `FAILURE` or `SKIPPED`.
    #[serde(default)]
    pub result: Option<String>,
    /// Why not.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Somebody or something that took part.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Party {
    /// Okta's id.
    #[serde(default)]
    pub id: Option<String>,
    /// Like `User`, `AppInstance` or `UserGroup`.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// The name people see.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Like a login.
    #[serde(default)]
    pub alternate_id: Option<String>,
}

impl Member for LogEvent {}

impl Client {
    /// "List all System Log events", newest first.
    pub async fn log_events(&self, query: &LogQuery) -> Result<Vec<LogEvent>, Error> {
        self.list_up_to(query.request(), query.limit).await
    }

    /// The same with a single request, of which no more than 1000 come.
    pub async fn latest_log_events(&self, query: &LogQuery) -> Result<Vec<LogEvent>, Error> {
        self.send(query.request()).await?.json()
    }
}

impl LogQuery {
    fn request(&self) -> Request {
        let request = Request::get(["api", "v1", "logs"])
            .query("sortOrder", "DESCENDING")
            .query("limit", self.limit.clamp(1, 1000));
        let filters = [("since", &self.since), ("until", &self.until), ("filter", &self.filter), ("q", &self.q)];
        filters.into_iter().fold(request, |request, (name, value)| match value {
            Some(value) => request.query(name, value),
            None => request,
        })
    }
}

fn null_is_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Party>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
