//! The provisioning connection of an app: Okta's reference, tag "ApplicationConnections".
//!
//! Documented for a few apps only. For others Okta answers 200 with `UNKNOWN` and stores nothing.

use std::time::SystemTime;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::Client;
use crate::http::{Error, Request};

/// How Okta reaches the app's SCIM server. The token is never returned.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// Whether provisioning is on.
    #[serde(default = "unknown")]
    pub status: ConnectionStatus,
    /// The SCIM base URL; `None` before it was set, or where Okta keeps none.
    #[serde(default)]
    pub base_url: Option<String>,
    /// `TOKEN`, `OAUTH2` or `UNKNOWN`.
    #[serde(default)]
    pub auth_scheme: Option<String>,
    /// When Okta answered, by its own clock; only of [`Client::set_connection`].
    #[serde(skip)]
    pub answered_at: Option<SystemTime>,
}

/// Whether an app's provisioning is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ConnectionStatus {
    /// On.
    Enabled,
    /// Set up, but off.
    Disabled,
    /// Okta's API does not know this app's provisioning: the console is the only way.
    #[serde(other)]
    Unknown,
}

impl Client {
    /// "Retrieve the default provisioning connection". `None` when the app is gone; [`ConnectionStatus::Unknown`] in
    /// whichever way Okta says that its API does not serve the app.
    pub async fn connection(&self, app_id: &str) -> Result<Option<Connection>, Error> {
        match self.find(Request::get(path(app_id))).await {
            Err(error) if is_unsupported(&error) => Ok(Some(Connection::not_served())),
            found => found,
        }
    }

    /// "Update the default provisioning connection" with a token. Okta tries it against `base_url` before
    /// it answers, which takes seconds, and refuses with `E0000059` if that fails. With `activate` false
    /// the connection is stored and left off. Check the status of the result for [`ConnectionStatus::Unknown`].
    pub async fn set_connection(
        &self,
        app_id: &str,
        base_url: &str,
        token: &SecretString,
        activate: bool,
    ) -> Result<Connection, Error> {
        let body = json!({
            "baseUrl": base_url,
            "profile": { "authScheme": "TOKEN", "token": token.expose_secret() },
        });
        let request = Request::post(path(app_id)).query("activate", activate).json(&body).hide(token);
        let answer = self.send(request.repeatable()).await?;
        Ok(Connection { answered_at: answer.date(), ..answer.json()? })
    }

    /// "Activate the default provisioning connection".
    pub async fn activate_connection(&self, app_id: &str) -> Result<(), Error> {
        self.send(Request::post(lifecycle(app_id, "activate")).repeatable()).await.map(drop)
    }

    /// "Deactivate the default provisioning connection". There is no way to delete it.
    pub async fn deactivate_connection(&self, app_id: &str) -> Result<(), Error> {
        self.send(Request::post(lifecycle(app_id, "deactivate")).repeatable()).await.map(drop)
    }
}

impl Connection {
    /// That of an app whose provisioning the API does not know.
    fn not_served() -> Self {
        Self { status: unknown(), base_url: None, auth_scheme: None, answered_at: None }
    }
}

/// The ways in which Okta may say that it has no connection API for an app, beside the status `UNKNOWN`; not verified
/// against a live tenant.
pub fn is_unsupported(error: &Error) -> bool {
    // "Unsupported operation", "The endpoint does not support the provided HTTP method".
    matches!(error.code(), Some("E0000060" | "E0000022"))
}

fn unknown() -> ConnectionStatus {
    ConnectionStatus::Unknown
}

fn path(app_id: &str) -> [&str; 6] {
    ["api", "v1", "apps", app_id, "connections", "default"]
}

fn lifecycle<'a>(app_id: &'a str, verb: &'a str) -> [&'a str; 8] {
    ["api", "v1", "apps", app_id, "connections", "default", "lifecycle", verb]
}

#[cfg(test)]
mod tests {
    use super::super::Credentials;
    use super::*;
    use crate::http::stage::{Play, Stage};

    #[tokio::test]
    async fn an_app_that_the_api_does_not_serve_has_an_unknown_connection() {
        let no = |status, code: &str| Play::json(status, json!({"errorCode": code, "errorSummary": "no"}));
        let stage = Stage::new([
            no(501, "E0000060"),
            no(405, "E0000022"),
            Play::json(200, json!({"status": "UNKNOWN"})),
            no(404, "E0000007"),
            no(403, "E0000006"),
        ])
        .await;
        let settings = crate::http::Settings { max_retries: 0, ..Stage::settings() };
        let okta = Client::new(stage.url.clone(), Credentials::api_token("00hunter2".into()), settings);
        for _ in 0..3 {
            assert_eq!(okta.connection("0oa1").await.unwrap(), Some(Connection::not_served()));
        }
        assert_eq!(okta.connection("0oa1").await.unwrap(), None);
        assert!(okta.connection("0oa1").await.is_err());
    }
}
