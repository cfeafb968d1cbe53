//! Making an app once, although the answer may be lost.
//!
//! Labels are not unique, so sending a creation again could make a second app. Instead the app is looked for. It is ours if
//! it was not there before the request left, if nothing else of this process made it, and if it has every field that was
//! sent. When an app was made is its `created`; when the request left, by Okta's clock, the `Date` of the look tells
//! ([`Departure`]). So no request is needed beforehand. What that cannot tell is an app that somebody else made of the very
//! same fields within the same second or two; no look before the request could either, since one may be made between the
//! two.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::sync::OwnedMutexGuard;

use super::apps::{App, Which};
use super::{Client, Error, Status};
use crate::http::Departure;

/// How long after the failure to look, from one look to the next. What was just made may show late.
const LOOKS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(2)];

/// What this process makes.
#[derive(Debug, Default)]
pub(super) struct Creations {
    /// One creation of a label at a time: two that are alike could not be told apart.
    labels: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    made: Mutex<HashSet<String>>,
}

/// An app that was not made, or not certainly.
#[derive(Debug)]
pub struct NotMade {
    /// What the creation came to.
    pub error: Error,
    /// What the look came to, if the app may have been made nevertheless.
    pub look: Option<Look>,
}

/// What a look for an app came to.
#[derive(Debug)]
pub enum Look {
    /// There is none of the fields that were sent and of that time.
    Nothing,
    /// There are several. These are their ids.
    Several(Vec<String>),
    /// Okta could not be asked.
    Failed(Error),
}

impl Creations {
    async fn hold(&self, label: &str) -> OwnedMutexGuard<()> {
        let label = {
            let mut labels = self.labels.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(labels.entry(label.to_owned()).or_default())
        };
        label.lock_owned().await
    }

    fn made(&self, id: &str) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }

    fn has_made(&self, id: &str) -> bool {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }
}

impl Client {
    /// Waits until nobody else in this process makes an app of this label. Nobody does until what is returned is dropped.
    pub async fn alone_with_label(&self, label: &str) -> OwnedMutexGuard<()> {
        self.creations.hold(label).await
    }

    /// Whether this process made the app.
    pub fn has_made(&self, id: &str) -> bool {
        self.creations.has_made(id)
    }

    /// [`Client::create_app`], but an app whose answer was lost is found again. Its client secret is not in it then.
    ///
    /// # Errors
    /// The app was refused, or it may have been made and was not found, or there are several that it may be.
    pub async fn make_app(&self, body: &Value, activate: bool) -> Result<App, NotMade> {
        let label = body.get("label").and_then(Value::as_str).unwrap_or_default();
        let _alone = self.creations.hold(label).await;
        let departure = Departure::default();
        let error = match self.post_app(body, activate, &departure).await {
            Ok(app) => {
                self.creations.made(app.id());
                return Ok(app);
            }
            Err(error) if error.is_maybe_done() => error,
            Err(error) => return Err(NotMade { error, look: None }),
        };
        tracing::warn!(%error, "looking for an app that may have been made");
        let look = match self.look_for(label, body, activate, &departure).await {
            Ok(mut found) if found.len() == 1 => {
                let app = found.remove(0);
                tracing::warn!(id = app.id(), "the app was made, and is found");
                self.creations.made(app.id());
                self.newborns.add(app.id());
                return Ok(app);
            }
            Ok(found) if found.is_empty() => Look::Nothing,
            Ok(found) => Look::Several(found.iter().map(|app| app.id().to_owned()).collect()),
            Err(look) => Look::Failed(look),
        };
        Err(NotMade { error, look: Some(look) })
    }

    /// The apps that the request may have made.
    async fn look_for(
        &self,
        label: &str,
        body: &Value,
        activate: bool,
        departure: &Departure,
    ) -> Result<Vec<App>, Error> {
        let status = if activate { Status::Active } else { Status::Inactive };
        for wait in LOOKS {
            self.http.pause(wait, "a look for an app that may have been made").await?;
            let mut pages = self.apps(Which::Labelled(label));
            let mut alike = Vec::new();
            while let Some(page) = pages.next().await? {
                alike.extend(page.into_iter().filter(|app| app.is_made_of(body) && app.status() == status));
            }
            let since = pages.heard().and_then(|heard| departure.by_the_clock_of(heard));
            alike.retain(|app| !self.creations.has_made(app.id()) && is_made_since(app, since));
            if !alike.is_empty() {
                return Ok(alike);
            }
        }
        Ok(Vec::new())
    }
}

fn is_made_since(app: &App, since: Option<SystemTime>) -> bool {
    let created = app.document.str("created").and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
    created.zip(since).is_some_and(|(created, since)| SystemTime::from(created) >= since)
}

#[cfg(test)]
mod tests {
    use super::super::Credentials;
    use super::*;
    use crate::http::stage::{Play, Stage};
    use serde_json::json;

    /// An app that was made so many seconds from now.
    fn app(id: &str, label: &str, seconds: i64) -> Value {
        let created = OffsetDateTime::now_utc() + time::Duration::seconds(seconds);
        json!({"id": id, "label": label, "status": "ACTIVE", "created": created.format(&Rfc3339).unwrap()})
    }

    fn list(apps: &[Value]) -> Play {
        Play::json(200, json!(apps)).header("date", &httpdate::fmt_http_date(SystemTime::now()))
    }

    async fn make(script: Vec<Play>) -> (Result<App, NotMade>, Vec<String>) {
        let stage = Stage::new(script).await;
        let okta = Client::new(stage.url.clone(), Credentials::api_token("t".into()), Stage::settings());
        (okta.make_app(&json!({"label": "Access"}), true).await, stage.lines())
    }

    fn lost() -> Play {
        Play::text(502, "")
    }

    #[tokio::test]
    async fn an_app_whose_answer_was_lost_is_found_among_others() {
        let apps = [app("old", "Access", -60), app("ours", "Access", 0), app("other", "Access 2", 0)];
        let (made, lines) = make(vec![lost(), list(&apps)]).await;
        assert_eq!(made.unwrap().id(), "ours");
        assert_eq!(lines, ["POST /api/v1/apps?activate=true", "GET /api/v1/apps?limit=200&q=Access"]);
    }

    #[tokio::test]
    async fn one_that_shows_late_is_waited_for() {
        let (made, _) = make(vec![lost(), list(&[]), list(&[app("ours", "Access", 0)])]).await;
        assert_eq!(made.unwrap().id(), "ours");
    }

    #[tokio::test]
    async fn what_was_there_before_is_not_ours() {
        let before = || list(&[app("old", "Access", -60)]);
        let (made, lines) = make(vec![lost(), before(), before(), before()]).await;
        let not_made = made.unwrap_err();
        assert!(matches!(not_made.look, Some(Look::Nothing)) && not_made.error.is_maybe_done(), "{not_made:?}");
        assert_eq!(lines.iter().filter(|line| line.starts_with("POST")).count(), 1);
    }

    #[tokio::test]
    async fn of_two_none_is_taken() {
        let (made, _) = make(vec![lost(), list(&[app("a", "Access", 0), app("b", "Access", 0)])]).await;
        let Err(NotMade { look: Some(Look::Several(ids)), .. }) = made else { panic!("{made:?}") };
        assert_eq!(ids, ["a", "b"]);
    }

    #[tokio::test]
    async fn what_this_process_made_before_is_not_taken_for_the_next_one() {
        let stage = Stage::new([
            Play::json(200, app("first", "Access", 0)),
            lost(),
            list(&[app("first", "Access", 0), app("second", "Access", 0)]),
        ])
        .await;
        let okta = Client::new(stage.url.clone(), Credentials::api_token("t".into()), Stage::settings());
        let body = json!({"label": "Access"});
        assert_eq!(okta.make_app(&body, true).await.unwrap().id(), "first");
        assert_eq!(okta.make_app(&body, true).await.unwrap().id(), "second");
    }

    #[tokio::test]
    async fn what_was_refused_is_not_looked_for() {
        let (made, lines) = make(vec![Play::text(400, "")]).await;
        assert!(made.unwrap_err().look.is_none());
        assert_eq!(lines.len(), 1);
        let (made, _) = make(vec![lost(), Play::text(403, "")]).await;
        assert!(matches!(made.unwrap_err().look, Some(Look::Failed(_))));
    }
}
