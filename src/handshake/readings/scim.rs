//! What the side shows that sends people and groups.

use super::{EVENTS, PEOPLE, Reading, Unread, of_okta};
use crate::okta::api;
use crate::okta::api::apps::App;
use crate::okta::api::assignments::AppUser;
use crate::okta::api::connections::Connection;
use crate::okta::api::logs::{LogEvent, LogQuery};
use crate::okta::api::push_mappings::PushMapping;
use futures_util::future::join_all;
use std::collections::BTreeSet;

/// How many people are asked for one by one.
const SINGLE: usize = 20;

/// The side that sends people and groups.
pub(super) struct Scim {
    pub(super) app: Reading<Option<App>>,
    pub(super) users: Reading<Vec<AppUser>>,
    pub(super) connection: Reading<Option<Connection>>,
    pub(super) mappings: Reading<Vec<PushMapping>>,
    pub(super) unassigned: BTreeSet<String>,
    pub(super) events: Reading<Vec<LogEvent>>,
}

impl Scim {
    pub(super) async fn gather(okta: Reading<&api::Client>, app_id: Option<&str>) -> Self {
        let asked = okta.and_then(|okta| match app_id {
            Some(app_id) => Ok((okta, app_id)),
            None => Err(Unread::Skipped("scim_app_id is not set.".to_owned())),
        });
        let (okta, app_id) = match asked {
            Ok(asked) => asked,
            Err(unread) => return Self::unread(&unread),
        };
        let log = LogQuery { limit: EVENTS, ..LogQuery::provisioning(app_id, false) };
        let (app, users, connection, mappings, events) = tokio::join!(
            okta.app(app_id),
            okta.first_app_users(app_id, PEOPLE),
            okta.connection(app_id),
            okta.list_push_mappings(app_id),
            okta.latest_log_events(&log),
        );
        let app = of_okta("The SCIM app", app);
        if let Ok(None) = app {
            let gone = Self::unread(&Unread::Skipped("The SCIM app does not exist.".to_owned()));
            return Self { app, ..gone };
        }
        let users = of_okta("The assignments of the SCIM app", users);
        let events = of_okta("The provisioning log of the SCIM app", events);
        Self {
            app,
            unassigned: unassigned(okta, app_id, &users, &events).await,
            users,
            connection: of_okta("The connection of the SCIM app", connection),
            mappings: of_okta("The pushed groups of the SCIM app", mappings),
            events,
        }
    }

    fn unread(unread: &Unread) -> Self {
        Self {
            app: Err(unread.clone()),
            users: Err(unread.clone()),
            connection: Err(unread.clone()),
            mappings: Err(unread.clone()),
            unassigned: BTreeSet::new(),
            events: Err(unread.clone()),
        }
    }
}

/// The people whom the log tells of failures about, and who are no longer assigned. Whoever cannot be asked for counts as
/// assigned.
async fn unassigned(
    okta: &api::Client,
    app_id: &str,
    users: &Reading<Vec<AppUser>>,
    events: &Reading<Vec<LogEvent>>,
) -> BTreeSet<String> {
    let (Ok(users), Ok(events)) = (users, events) else { return BTreeSet::new() };
    let failed = events.iter().filter(|event| event.has_failed()).filter_map(LogEvent::person);
    let absent: BTreeSet<&str> = failed.filter(|id| users.iter().all(|user| user.id != *id)).collect();
    if users.len() < PEOPLE {
        return absent.into_iter().map(str::to_owned).collect();
    }
    let asked: Vec<&str> = absent.into_iter().take(SINGLE).collect();
    let found = join_all(asked.iter().map(|id| okta.app_user(app_id, id))).await;
    asked.into_iter().zip(found).filter(|(_, found)| matches!(found, Ok(None))).map(|(id, _)| id.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handshake::checks::healthy::{event, of, user};
    use crate::http::stage::{Play, Stage};
    use crate::okta::api::Credentials;
    use serde_json::json;

    async fn found(stage: &Stage, assigned: usize) -> BTreeSet<String> {
        let okta = api::Client::new(stage.url.clone(), Credentials::api_token("00hunter2".into()), Stage::settings());
        let events = ["00u1", "00u2", "00u3"].map(|id| of(event("FAILURE", "application.provision.user.push", id)));
        let users = vec![user("ada@acme.example", "ada@acme.example"); assigned];
        unassigned(&okta, "0oa2", &Ok(users), &Ok(events.into())).await
    }

    #[tokio::test]
    async fn whoever_is_not_among_all_people_is_no_longer_assigned() {
        let stage = Stage::new([]).await;
        assert_eq!(found(&stage, 1).await, BTreeSet::from(["00u2".to_owned(), "00u3".to_owned()]));
    }

    #[tokio::test]
    async fn where_not_all_people_were_read_those_with_failures_are_asked_for() {
        let gone = json!({"errorCode": "E0000007", "errorSummary": "Not found: Resource not found: 00u2 (AppUser)"});
        let no = json!({"errorCode": "E0000006", "errorSummary": "No permission"});
        let stage = Stage::new([Play::json(404, gone), Play::json(403, no)]).await;
        assert_eq!(found(&stage, PEOPLE).await.len(), 1);
        assert_eq!(stage.lines().len(), 2);
    }
}
