//! What the side shows that sends people and groups.

use super::{EVENTS, PEOPLE, Reading, Unread, of_okta};
use crate::okta::api;
use crate::okta::api::apps::App;
use crate::okta::api::assignments::AppUser;
use crate::okta::api::connections::Connection;
use crate::okta::api::logs::{LogEvent, LogQuery};
use crate::okta::api::push_mappings::PushMapping;

/// The side that sends people and groups.
pub(super) struct Scim {
    pub(super) app: Reading<Option<App>>,
    pub(super) users: Reading<Vec<AppUser>>,
    pub(super) connection: Reading<Option<Connection>>,
    pub(super) mappings: Reading<Vec<PushMapping>>,
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
        Self {
            app,
            users: of_okta("The assignments of the SCIM app", users),
            connection: of_okta("The connection of the SCIM app", connection),
            mappings: of_okta("The pushed groups of the SCIM app", mappings),
            events: of_okta("The provisioning log of the SCIM app", events),
        }
    }

    fn unread(unread: &Unread) -> Self {
        Self {
            app: Err(unread.clone()),
            users: Err(unread.clone()),
            connection: Err(unread.clone()),
            mappings: Err(unread.clone()),
            events: Err(unread.clone()),
        }
    }
}
