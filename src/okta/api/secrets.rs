//! Client secrets of an app: Okta's reference, tag "ApplicationSSOPublicKeys".
//!
//! An app has at most two, and both work while they are active. Okta writes every read of them into the
//! System Log (`app.oauth2.client.read_client_secret`), because all of them come in clear.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::{Client, Status, is_gone};
use crate::http::{Answer, Error, Request, secret};

/// One client secret. `Debug` shows no secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientSecret {
    /// Okta's id, like `ocs…`.
    pub id: String,
    /// Whether the secret works.
    pub status: Status,
    /// When it was made.
    #[serde(default)]
    pub created: Option<String>,
    /// When it was last changed.
    #[serde(default)]
    pub last_updated: Option<String>,
    /// The secret itself; `None` where Okta does not show it.
    #[serde(default, rename = "client_secret", deserialize_with = "secret::deserialize_shown")]
    pub client_secret: Option<SecretString>,
    /// base64url of the first 16 bytes of the secret's SHA-256, found by computation, not documented.
    #[serde(default, rename = "secret_hash")]
    pub secret_hash: Option<String>,
}

impl ClientSecret {
    /// The secret with this id. Whatever stands between may answer with another one, and a state that took it for its own
    /// would delete it in the end.
    fn read_of(id: &str, answer: &Answer) -> Result<Self, Error> {
        let secret: Self = answer.json()?;
        if secret.id == id { Ok(secret) } else { Err(answer.unreadable("id", "it is the id of another client secret")) }
    }
}

impl Client {
    /// "List all OAuth 2.0 client secrets". `None` when the app is gone.
    pub async fn client_secrets(&self, app_id: &str) -> Result<Option<Vec<ClientSecret>>, Error> {
        self.find(Request::get(path(app_id))).await
    }

    /// The same for a reader that only looks, from what this process has read since its last write: several resources may
    /// ask for the secrets of one app, and Okta logs each time that they are shown.
    pub async fn look_at_client_secrets(&self, app_id: &str) -> Result<Option<Vec<ClientSecret>>, Error> {
        let find = self.shared.client_secrets.get(app_id.to_owned(), self.client_secrets(app_id));
        self.http.until_the_end("the client secrets of an app", find).await?
    }

    /// "Retrieve an OAuth 2.0 client secret".
    pub async fn client_secret(&self, app_id: &str, secret_id: &str) -> Result<Option<ClientSecret>, Error> {
        match self.send(Request::get(path(app_id).into_iter().chain([secret_id]))).await {
            Ok(answer) => ClientSecret::read_of(secret_id, &answer).map(Some),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// "Create an OAuth 2.0 client secret": `supplied`, or one that Okta makes up.
    /// Okta refuses a third one, and an `active` of false is its `status` `INACTIVE`.
    pub async fn create_client_secret(
        &self,
        app_id: &str,
        supplied: Option<&SecretString>,
        active: bool,
    ) -> Result<ClientSecret, Error> {
        let mut body = json!({ "status": if active { "ACTIVE" } else { "INACTIVE" } });
        let mut request = Request::post(path(app_id));
        if let Some(secret) = supplied {
            body["client_secret"] = secret.expose_secret().into();
            request = request.hide(secret);
        }
        let made: ClientSecret = self.send(request.json(&body)).await?.json()?;
        self.newborns.add(&made.id);
        Ok(made)
    }

    /// "Activate an OAuth 2.0 client secret".
    pub async fn activate_client_secret(&self, app_id: &str, secret_id: &str) -> Result<ClientSecret, Error> {
        self.change_client_secret(app_id, secret_id, "activate").await
    }

    /// "Deactivate an OAuth 2.0 client secret". Okta refuses for the only active one.
    pub async fn deactivate_client_secret(&self, app_id: &str, secret_id: &str) -> Result<ClientSecret, Error> {
        self.change_client_secret(app_id, secret_id, "deactivate").await
    }

    /// "Delete an OAuth 2.0 client secret". Okta refuses for an active one.
    pub async fn delete_client_secret(&self, app_id: &str, secret_id: &str) -> Result<(), Error> {
        self.delete(Request::delete(path(app_id).into_iter().chain([secret_id]))).await?;
        self.newborns.remove(secret_id);
        Ok(())
    }

    async fn change_client_secret(&self, app_id: &str, secret_id: &str, verb: &str) -> Result<ClientSecret, Error> {
        let path = path(app_id).into_iter().chain([secret_id, "lifecycle", verb]);
        ClientSecret::read_of(secret_id, &self.send(Request::post(path).repeatable()).await?)
    }
}

/// Whether Okta refuses a secret because the app has two already. All its refusals of this kind have one code, so it is
/// told by its words.
pub fn is_at_limit(error: &Error) -> bool {
    says(error, "maximum number of client secrets")
}

/// Whether Okta refuses to deactivate a secret because the app would be left without an active one.
pub fn is_only_active(error: &Error) -> bool {
    says(error, "only active client secret")
}

fn says(error: &Error, words: &str) -> bool {
    error.causes().iter().any(|cause| cause.summary.contains(words))
}

fn path(app_id: &str) -> [&str; 6] {
    ["api", "v1", "apps", app_id, "credentials", "secrets"]
}
