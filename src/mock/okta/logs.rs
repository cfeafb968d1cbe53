//! `/logs`: the System Log.
//!
//! <https://developer.okta.com/docs/reference/api/system-log/>

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::apps::App;
use super::auth::Caller;
use super::call::{Answer, Call, Reply};
use super::errors;
use super::filter::Filter;
use super::org::Org;
use super::users::User;
use crate::mock::clock::millis;
use crate::mock::history::History;
use crate::mock::ids;

/// What a filter may name.
const ATTRIBUTES: &[&str] = &[
    "actor.",
    "authenticationContext.",
    "client.",
    "debugContext.",
    "displayMessage",
    "eventType",
    "legacyEventType",
    "outcome.",
    "published",
    "severity",
    "target.",
    "transaction.",
    "uuid",
];

/// The events of an org, oldest first.
#[derive(Clone, Default)]
pub(crate) struct Log {
    events: History<(OffsetDateTime, Value)>,
}

/// An event before it is written down.
pub(crate) struct Event {
    kind: &'static str,
    message: &'static str,
    result: &'static str,
    reason: Option<String>,
    actor: Option<Value>,
    target: Vec<Value>,
}

impl Event {
    /// A success of this event type.
    pub(crate) fn of(kind: &'static str, message: &'static str) -> Self {
        Self { kind, message, result: "SUCCESS", reason: None, actor: None, target: Vec::new() }
    }

    /// The same event as a failure.
    pub(crate) fn failed(mut self, reason: impl Into<String>) -> Self {
        self.result = "FAILURE";
        self.reason = Some(reason.into());
        self
    }

    /// The same event as somebody's own doing; otherwise it is the caller's.
    pub(crate) fn by(mut self, user: &User) -> Self {
        self.actor = Some(json!({"id": user.id, "type": "User", "alternateId": user.login(),
            "displayName": user.full_name()}));
        self
    }

    /// The same event as the doing of an OAuth client.
    pub(crate) fn by_client(mut self, app: &App) -> Self {
        self.actor = Some(json!({"id": app.client_id(), "type": "PublicClientApp", "alternateId": "unknown",
            "displayName": app.label()}));
        self
    }

    pub(crate) fn app(self, app: &App) -> Self {
        self.target("AppInstance", &app.id, app.label(), &app.name)
    }

    pub(crate) fn target(mut self, kind: &str, id: &str, display_name: &str, alternate_id: &str) -> Self {
        self.target.push(json!({
            "id": id,
            "type": kind,
            "alternateId": alternate_id,
            "displayName": display_name
        }));
        self
    }
}

impl Log {
    /// The latest events, newest first.
    pub(crate) fn latest(&self, count: usize) -> impl Iterator<Item = &Value> {
        self.events.iter().rev().take(count).map(|(_, event)| event)
    }

    /// Writes an event that a request caused.
    pub(crate) fn record(&mut self, mut event: Event, call: &Call) {
        let actor = match (event.actor.take(), &call.caller) {
            (Some(actor), _) => actor,
            (None, Caller::Anyone) => json!({"id": "unknown", "type": "User", "alternateId": "unknown",
                "displayName": "unknown"}),
            (None, Caller::App(_)) => json!({"id": "unknown", "type": "PublicClientApp", "alternateId": "unknown",
                "displayName": "Service app"}),
            (None, Caller::Administrator | Caller::ReadOnly) => json!({"id": "unknown", "type": "User",
                "alternateId": "unknown", "displayName": "Administrator"}),
        };
        let request = json!({"requestUri": call.path, "method": call.method.as_str()});
        self.write(event, actor, call.user_agent(), request, "WEB", call.now);
    }

    /// Writes an event that the org caused itself.
    pub(crate) fn add(&mut self, event: Event, now: OffsetDateTime) {
        let actor = json!({"id": "00u0000000000000000", "type": "SystemPrincipal", "alternateId": "system@okta.com",
            "displayName": "Okta System"});
        self.write(event, actor, "", json!({}), "JOB", now);
    }

    fn write(&mut self, event: Event, actor: Value, agent: &str, debug: Value, transaction: &str, now: OffsetDateTime) {
        let severity = if event.result == "FAILURE" { "ERROR" } else { "INFO" };
        let mut outcome = json!({"result": event.result});
        if let Some(reason) = event.reason {
            outcome["reason"] = json!(reason);
        }
        let document = json!({
            "actor": actor,
            "client": {"userAgent": {"rawUserAgent": agent}, "ipAddress": "127.0.0.1"},
            "displayMessage": event.message,
            "eventType": event.kind,
            "outcome": outcome,
            "published": millis(now),
            "severity": severity,
            "debugContext": {"debugData": debug},
            "transaction": {"type": transaction, "id": ids::secret(22), "detail": {}},
            "uuid": ids::uuid(),
            "version": "0",
            "target": event.target,
        });
        self.events.push((now, document));
    }
}

impl Org {
    /// The event types of the System Log so far, oldest first.
    pub fn event_types(&self) -> Vec<String> {
        let kinds = self.log.events.iter().filter_map(|(_, event)| event["eventType"].as_str());
        kinds.map(str::to_owned).collect()
    }
}

/// A bounded query ends with its last page. Without `until` and in ascending order it is a polling query, whose
/// answers always name a next page.
pub(crate) fn list(org: &mut Org, call: &Call) -> Answer {
    let until = match call.parameter("until") {
        Some(text) => moment("until", text)?,
        None => call.now,
    };
    let since = match call.parameter("since") {
        Some(text) => moment("since", text)?,
        None => until - Duration::days(7),
    };
    let limit = match call.parameter("limit").map_or(Ok(100), str::parse::<usize>) {
        Ok(limit) if (1..=1000).contains(&limit) => limit,
        _ => return Err(errors::invalid_paging()),
    };
    let filter = call.parameter("filter").map(|text| Filter::parse(text, ATTRIBUTES)).transpose()?;
    let words: Vec<String> =
        call.parameter("q").unwrap_or_default().split_whitespace().map(str::to_lowercase).collect();
    let descending = match call.parameter("sortOrder") {
        None | Some("ASCENDING") => false,
        Some("DESCENDING") => true,
        Some(_) => {
            return Err(errors::invalid("sortOrder", "sortOrder: The value must be ASCENDING or DESCENDING"));
        }
    };
    let polling = call.parameter("until").is_none() && !descending;
    let mut found: Vec<(String, Value)> = org
        .log
        .events
        .iter()
        .filter(|(at, event)| {
            *at >= since
                && *at <= until
                && filter.as_ref().is_none_or(|filter| filter.accepts(event))
                && words.iter().all(|word| event.to_string().to_lowercase().contains(word))
        })
        .map(|(_, event)| (event["uuid"].as_str().unwrap_or_default().to_owned(), event.clone()))
        .collect();
    if descending {
        found.reverse();
    }
    let start = match call.parameter("after") {
        None => 0,
        Some(cursor) => match found.iter().position(|(id, _)| id == cursor) {
            Some(place) => place + 1,
            None => return Err(errors::invalid_paging()),
        },
    };
    let more = found.len() > start + limit;
    let page: Vec<(String, Value)> = found.into_iter().skip(start).take(limit).collect();
    let cursor = page.last().map(|(id, _)| id.clone()).or_else(|| call.parameter("after").map(str::to_owned));
    let mut reply = Reply::ok(page.into_iter().map(|(_, event)| event).collect())
        .with_link(call.list_url(call.parameter("after"), limit), "self");
    if more || polling {
        reply = reply.with_link(call.list_url(cursor.as_deref(), limit), "next");
    }
    Ok(reply)
}

fn moment(name: &'static str, text: &str) -> Result<OffsetDateTime, errors::Refusal> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| errors::invalid(name, "The date format in your query is not recognized"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::options::Options;

    fn org_with_events() -> Org {
        let mut org = Org::new(&Options::default());
        let call = Call::test(None, &[], &[]);
        for (kind, app) in [("application.lifecycle.create", "0oa1"), ("application.provision.user.push", "0oa1")] {
            org.log.record(Event::of(kind, "x").target("AppInstance", app, "App", "oidc_client"), &call);
        }
        let failed = Event::of("application.provision.group_push.pushed", "x").failed("Unauthorized");
        org.log.record(failed.target("AppInstance", "0oa1", "App", "oidc_client"), &call);
        org
    }

    fn kinds(org: &mut Org, query: &[(&str, &str)]) -> Vec<String> {
        let reply = list(org, &Call::test(None, &[], query)).ok().unwrap();
        reply
            .document()
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["eventType"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn events_are_found_by_target_and_type() {
        let mut org = org_with_events();
        let filter = r#"target.id eq "0oa1" and eventType sw "application.provision""#;
        let found = kinds(&mut org, &[("filter", filter)]);
        assert_eq!(found, ["application.provision.user.push", "application.provision.group_push.pushed"]);
        assert_eq!(kinds(&mut org, &[("q", "unauthorized")]), ["application.provision.group_push.pushed"]);
        let latest = kinds(&mut org, &[("sortOrder", "DESCENDING"), ("limit", "1")]);
        assert_eq!(latest, ["application.provision.group_push.pushed"]);
        assert!(kinds(&mut org, &[("since", "2026-03-25T06:09:59Z")]).is_empty());
    }

    #[test]
    fn nonsense_is_refused() {
        let mut org = org_with_events();
        for query in [
            ("since", "yesterday"),
            ("limit", "1001"),
            ("limit", "0"),
            ("filter", "x"),
            ("sortOrder", "up"),
            ("after", "x"),
        ] {
            assert_eq!(list(&mut org, &Call::test(None, &[], &[query])).err().unwrap().status, 400, "{query:?}");
        }
    }
}
