//! `data "okta_provisioning_log"`: what became of people and groups that Okta sent to an app, as *View Logs* shows it.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/>

use super::app::app_id;
use crate::framework::{
    call::Call,
    data_source::DataSource,
    diagnostic::Result,
    model::{Attr, List},
    schema::{computed, optional, required},
    validate::Validator,
    value::Value,
};
use crate::okta::{
    api::{
        Client,
        logs::{LogEvent, LogQuery, Party},
    },
    errors, ids,
};
use crate::{model, path};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// How many events there are without a limit.
const EVENTS: i64 = 100;

model! {
    /// What became of the people and groups that Okta sent to an app: the entries of the System Log that the console shows
    /// under *View Logs*, newest first.
    ///
    /// Every read shows what is there at that time, so an output made of it changes with every plan. The credentials need
    /// to read the log (scope `okta.logs.read`).
    pub struct ProvisioningLog {
        /// Okta's id of the app, usually `okta_scim_app.<name>.id`.
        app_id: String = required().check(Validator::Custom(app_id)),
        /// Only entries from this time on, RFC 3339. Without it, those of the last seven days.
        since: String = optional().check(Validator::Custom(rfc3339)),
        /// Only entries about what failed.
        failures_only: bool = optional(),
        /// How many entries at most: the newest. Without it, 100.
        limit: i64 = optional().check(Validator::Between(1, 1000)),
        /// The entries, newest first.
        events: List<Event> = computed(),
    }
}

model! {
    /// One entry.
    pub struct Event {
        /// Okta's id of the entry.
        id: String = computed(),
        /// When, RFC 3339.
        time: String = computed(),
        /// What was done, such as `application.provision.user.push`.
        event_type: String = computed(),
        /// What was done, in words.
        message: String = computed(),
        /// What came of it: `SUCCESS`, `FAILURE`, `SKIPPED` and others.
        result: String = computed(),
        /// Why it failed; null if it did not.
        reason: String = computed(),
        /// Who or what it was done to, the app included.
        targets: List<Target> = computed(),
    }
}

model! {
    /// Who or what an entry is about.
    pub struct Target {
        /// Okta's id.
        id: String = computed(),
        /// Such as `User`, `UserGroup` or `AppInstance`.
        r#type: String = computed(),
        /// The name people see.
        display_name: String = computed(),
        /// Another name: the login of a person.
        alternate_id: String = computed(),
    }
}

/// The data source.
#[derive(Debug)]
pub struct ProvisioningLogSource;

impl DataSource for ProvisioningLogSource {
    type Model = ProvisioningLog;
    type Client = Client;
    const NAME: &'static str = "okta_provisioning_log";

    async fn read(&self, _call: &Call, client: &Client, config: ProvisioningLog) -> Result<ProvisioningLog> {
        let app = ids::known(&config.app_id, Self::NAME)?;
        let limit = config.limit.known().copied().unwrap_or(EVENTS);
        let query = LogQuery {
            since: config.since.text().map(str::to_owned),
            limit: usize::try_from(limit).unwrap_or_default(),
            ..LogQuery::provisioning(app, config.failures_only.is_true())
        };
        let tried = format!("Cannot read the provisioning log of the Okta app {app}");
        let places = [("since", path!(ProvisioningLog.since))];
        let found = client.log_events(&query).await.map_err(|error| {
            let problems = errors::diagnose(&tried, &error, &places);
            if error.is_forbidden() {
                problems.and("A service app needs the scope okta.logs.read for it.")
            } else {
                problems
            }
        })?;
        let events: Vec<Attr<Event>> = found.into_iter().map(|event| Attr::Known(shown(event))).collect();
        Ok(ProvisioningLog { events: List(events).into(), ..config })
    }
}

fn shown(event: LogEvent) -> Event {
    let (result, reason) = event.outcome.map(|outcome| (outcome.result, outcome.reason)).unwrap_or_default();
    let targets: Vec<Attr<Target>> = event.target.into_iter().map(|party| Attr::Known(target(party))).collect();
    Event {
        id: event.uuid.into(),
        time: event.published.into(),
        event_type: event.event_type.into(),
        message: event.display_message.into(),
        result: result.into(),
        reason: reason.into(),
        targets: List(targets).into(),
    }
}

fn target(party: Party) -> Target {
    Target {
        id: party.id.into(),
        r#type: party.kind.into(),
        display_name: party.display_name.into(),
        alternate_id: party.alternate_id.into(),
    }
}

fn rfc3339(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let time = OffsetDateTime::parse(text, &Rfc3339);
    time.map(drop).map_err(|_| format!("{text:?} is no time; write it like \"2026-01-31T00:00:00Z\" (RFC 3339)."))
}
