//! Making an app once, although the answer may be lost: [`http::creation`](crate::http::Creations).
//!
//! When an app was made is its `created`; when the request left, by Okta's clock, the `Date` of the look tells
//! ([`Departure`]). So no request is needed beforehand. What that cannot tell is an app that somebody else made of the very
//! same fields between the departure, give or take two seconds, and the look; no look before the request could either, since
//! one may be made between the two.

use std::time::SystemTime;

use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::apps::{App, Which};
use super::{Client, Error, Status};
use crate::http::{Alone, Creation, Departure};
pub use crate::http::{Look, NotMade};

/// An app to be made.
struct NewApp<'a> {
    okta: &'a Client,
    label: &'a str,
    body: &'a Value,
    activate: bool,
    departure: Departure,
}

impl Client {
    /// Waits until nobody else in this process makes an app of this kind and label. Nobody does until what is returned is
    /// dropped. The kind is the `name` in Okta's catalogue.
    ///
    /// # Errors
    /// The time was over before, or Terraform stopped us.
    pub async fn alone_with_label(&self, kind: &str, label: &str) -> Result<Alone<'_>, Error> {
        let name = format!("{kind} {label}");
        let work = format!("the creation of the app {label:?}");
        self.wait_for(self.creations.alone(&name), "another creation of the same name", &work).await
    }

    /// Whether this process made the app.
    pub fn has_made(&self, id: &str) -> bool {
        self.creations.has_made(id)
    }

    /// "Create an application". `body` needs `name` (or `signOnMode` for custom apps) and `label`. The answer to an OIDC app
    /// carries the client secret in clear; an app whose answer was lost is found again, and has none then.
    ///
    /// # Errors
    /// The app was refused, or it may have been made and was not found, or there are several that it may be.
    pub async fn make_app(&self, body: &Value, activate: bool) -> Result<App, NotMade> {
        let label = body.get("label").and_then(Value::as_str).unwrap_or_default();
        let kind = body.get("name").and_then(Value::as_str).unwrap_or_default();
        let alone = self.alone_with_label(kind, label).await.map_err(|error| NotMade { error, look: None })?;
        let new = NewApp { okta: self, label, body, activate, departure: Departure::default() };
        alone.make(&self.http, &new).await
    }
}

impl Creation for NewApp<'_> {
    type Object = App;
    const WHAT: &'static str = "an app";

    fn id(app: &App) -> &str {
        app.id()
    }

    async fn send(&self) -> Result<App, Error> {
        self.okta.post_app(self.body, self.activate, &self.departure).await
    }

    async fn find(&self) -> Result<Vec<App>, Error> {
        let status = if self.activate { Status::Active } else { Status::Inactive };
        let mut pages = self.okta.apps(Which::Labelled(self.label));
        let mut alike = Vec::new();
        while let Some(page) = pages.next().await? {
            alike.extend(page.into_iter().filter(|app| app.is_made_of(self.body) && app.status() == status));
        }
        let since = pages.heard().and_then(|heard| self.departure.by_the_clock_of(heard));
        alike.retain(|app| is_made_since(app, since));
        alike.iter().for_each(|app| self.okta.newborns.add(app.id()));
        Ok(alike)
    }

    fn is_certain(&self) -> bool {
        true
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
        let Err(NotMade { look: Some(Look::Unclear(ids)), .. }) = made else { panic!("{made:?}") };
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
