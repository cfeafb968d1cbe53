//! Typed client of the Okta management API. Knows HTTP and not Terraform.
//!
//! One file per noun; each function names the page of Okta's reference it follows
//! (<https://developer.okta.com/docs/api/openapi/okta-management/management/tags/>).
//! A thing that is gone is `None` when it is read, and no error when it is deleted.
//! Timestamps are kept as Okta spells them: most have milliseconds, those of push mappings have none.

pub mod app_settings;
pub mod apps;
pub mod assignments;
pub mod authorization_servers;
mod client_check;
pub mod connections;
pub mod creation;
pub mod credentials;
mod endpoints;
pub mod features;
pub mod groups;
pub mod logs;
pub mod organization;
mod pages;
pub mod policies;
pub mod push_mappings;
mod refusal;
pub mod secrets;
mod service;
mod shared;
pub mod users;

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::http::{self, Answer, Auth, Creations, Member, Newborns, Request, Settings, Writing};

#[cfg(test)]
pub(crate) use crate::http::stage;
pub use crate::http::{Caller, Cause, Document, Error, Refusal, SharedAnswers, StatusCode, is_loopback};

pub use self::credentials::{Credentials, OAuth, Service};
pub use self::pages::Pages;
use self::refusal::Okta;
pub use self::refusal::{is_gone, is_unauthenticated};
use self::service::TokenCache;
use self::shared::Shared;

/// A connection to one Okta org. Clones share connections and the OAuth access token.
#[derive(Clone, Debug)]
pub struct Client {
    http: http::Client,
    credentials: Arc<Credentials>,
    token: Arc<TokenCache>,
    newborns: Newborns,
    creations: Arc<Creations>,
    shared: Arc<Shared>,
}

/// Whether a thing of Okta's is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// In use.
    Active,
    /// Kept, not in use.
    Inactive,
    /// Any other word.
    #[serde(other)]
    Other,
}

/// Which of the credentials a route takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Route {
    /// A documented route: OAuth where it is configured, else the API token.
    Public,
    /// A private route of Okta's console: OAuth is refused there, so the API token where there is one.
    Internal,
    /// A route without authentication.
    Open,
}

impl Client {
    /// A client for the org at `org_url`, like `https://acme.okta.com`. Nothing is sent before the first call.
    pub fn new(org_url: Url, credentials: Credentials, settings: Settings) -> Self {
        Self {
            http: http::Client::new(org_url, Auth::None, &Okta, settings),
            credentials: Arc::new(credentials),
            token: Arc::default(),
            newborns: Newborns::default(),
            creations: Arc::default(),
            shared: Arc::default(),
        }
    }

    /// The same client, on behalf of `caller`. When that stops, reads are abandoned and writes are awaited.
    pub fn with_caller(&self, caller: Caller) -> Self {
        Self { http: self.http.with_caller(caller), ..self.clone() }
    }

    /// The same client, for something that must not be broken off in the middle: it does not stop, and has `time` for it.
    pub fn undisturbed_for(&self, time: Duration) -> Self {
        Self { http: self.http.undisturbed_for(time), ..self.clone() }
    }

    /// Waits for a lock that another call of this process may hold; see [`http::Client::wait_for`].
    pub fn wait_for<T>(
        &self,
        lock: impl Future<Output = T>,
        what_for: &str,
        work: &str,
    ) -> impl Future<Output = Result<T, Error>> {
        self.http.wait_for(lock, what_for, work)
    }

    /// Works on something that may be dropped half-way, unless we are stopped or the time is over first; see
    /// [`http::Client::until_the_end`].
    pub fn until_the_end<T>(
        &self,
        what: &str,
        work: impl Future<Output = T>,
    ) -> impl Future<Output = Result<T, Error>> {
        self.http.until_the_end(what, work)
    }

    /// Waits, if the operation has time for it and we are not stopped first; see [`http::Client::pause`].
    pub async fn pause(&self, time: Duration, what_for: &str, work: &str) -> Result<(), Error> {
        self.http.pause(time, what_for, work).await
    }

    /// The URL of the org.
    pub fn org_url(&self) -> &Url {
        self.http.base()
    }

    /// Whether an API token is among the credentials; Okta's private routes take nothing else.
    pub fn has_api_token(&self) -> bool {
        self.credentials.api_token.is_some()
    }

    async fn send(&self, request: Request) -> Result<Answer, Error> {
        self.send_to(Route::Public, request).await
    }

    /// After a write nobody gets an answer from before it.
    async fn send_to(&self, route: Route, request: Request) -> Result<Answer, Error> {
        let _writing = request.is_write().then(|| Writing::begin(&self.shared));
        let attempt = |request| Box::pin(self.attempt(route, request));
        Box::pin(self.newborns.await_known(&self.http, request, is_gone, attempt)).await
    }

    async fn attempt(&self, route: Route, request: Request) -> Result<Answer, Error> {
        let auth = match (route, &self.credentials.api_token, &self.credentials.oauth) {
            (Route::Open, ..) => Auth::None,
            (Route::Internal, Some(token), _) | (_, Some(token), None) => {
                Auth::Token { scheme: "SSWS", token: token.clone() }
            }
            (_, _, Some(OAuth::AccessToken(token))) => Auth::bearer(token.clone()),
            (_, _, Some(OAuth::Service(service))) => return self.send_as_service(service, request).await,
            (_, None, None) => {
                return Err(Error::Unusable {
                    what: "the Okta credentials".into(),
                    reason: "there are none; configure an API token or an OAuth 2.0 service app".into(),
                });
            }
        };
        self.http.send(request.auth(auth)).await
    }

    async fn send_as_service(&self, service: &Service, request: Request) -> Result<Answer, Error> {
        let token = self.access_token(service, None).await?;
        let refused = match self.http.send(request.clone().auth(Auth::bearer(token.clone()))).await {
            Err(error) if error.is_unauthorized() && matches!(error.code(), Some("E0000011" | "invalid_token")) => {
                error
            }
            outcome => return outcome,
        };
        // Revoked or expired early: that attempt did nothing, so one fresh token is worth a try. One before it may have.
        let token = match self.access_token(service, Some(&token)).await {
            Ok(token) => token,
            Err(ended) if ended.is_of_the_caller() => return Err(ended.after(Some(refused))),
            Err(error) if refused.is_maybe_done() => {
                tracing::warn!(%error, "there is no fresh access token");
                return Err(refused);
            }
            Err(error) => return Err(error),
        };
        let outcome = self.http.send(request.auth(Auth::bearer(token))).await;
        outcome.map_err(|error| error.after(Some(refused)))
    }

    /// A token nobody gets to see does no harm: minting it, or waiting for another call that does, is abandoned.
    async fn access_token(&self, service: &Service, refused: Option<&SecretString>) -> Result<SecretString, Error> {
        let get = self.token.get(&self.http, service, refused);
        self.http.until_the_end("the Okta access token", get).await?
    }

    /// Reads one object; `None` when it is gone.
    async fn find<T: DeserializeOwned>(&self, request: Request) -> Result<Option<T>, Error> {
        match self.send(request).await {
            Ok(answer) => answer.json().map(Some),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads all pages of a list, following `Link: rel="next"` as it is.
    async fn list<T: Member>(&self, request: Request) -> Result<Vec<T>, Error> {
        self.list_up_to(request, usize::MAX).await
    }

    /// Reads pages until there are `limit` members, or no further ones.
    async fn list_up_to<T: Member>(&self, request: Request, limit: usize) -> Result<Vec<T>, Error> {
        Pages::new(self, request).up_to(limit).await
    }

    /// Deletes; what is gone already counts as deleted.
    async fn delete(&self, request: Request) -> Result<(), Error> {
        match self.send(request).await {
            Err(error) if !is_gone(&error) => Err(error),
            _ => Ok(()),
        }
    }
}

/// The characters of `text` as a string of Okta's filter and search expressions.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests;
