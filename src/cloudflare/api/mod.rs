//! Typed client of the Cloudflare API. Knows HTTP and not Terraform.
//!
//! One file per noun; each function names the page of Cloudflare's reference it follows
//! (<https://developers.cloudflare.com/api/>). A thing that is gone is `None` when it is read, and no
//! error when it is deleted.

pub mod audit_log;
pub mod creation;
mod envelope;
pub mod identity_providers;
pub mod organization;
mod pages;
mod replacement;
pub mod scim;
mod shared;
pub mod tokens;
pub mod uses;

use std::sync::Arc;

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use url::Url;

use crate::http::{self, Answer, Auth, Member, Newborns, Request, Settings, Writing};

pub use crate::http::secret::is_hidden;
#[cfg(test)]
pub(crate) use crate::http::stage;
pub use crate::http::{Caller, Cause, Document, Error, Refusal, SharedAnswers, StatusCode, is_loopback};

use self::creation::Creations;
use self::envelope::{Cloudflare, unwrap};
pub use self::envelope::{is_gone, is_unauthenticated};
pub use self::pages::Pages;
use self::shared::Shared;

/// A connection to Cloudflare's API. Clones share connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: http::Client,
    credentials: Arc<Credentials>,
    newborns: Newborns,
    creations: Arc<Creations>,
    shared: Arc<Shared>,
}

/// Who we are to Cloudflare. `Debug` shows the kind.
#[derive(Clone)]
pub enum Credentials {
    /// An API token (`Bearer`), of a user or of an account.
    Token(SecretString),
    /// The global API key of a user, with the user's email address.
    KeyAndEmail {
        /// The key.
        key: SecretString,
        /// The email address the key belongs to.
        email: String,
    },
}

/// Where an Access object lives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// In the account with this id.
    Account(String),
    /// In the zone with this id.
    Zone(String),
}

impl Scope {
    /// The first two segments of a path in this scope.
    pub fn path(&self) -> [&str; 2] {
        match self {
            Self::Account(id) => ["accounts", id],
            Self::Zone(id) => ["zones", id],
        }
    }
}

impl Client {
    /// A client for the API at `base_url`, usually `https://api.cloudflare.com/client/v4`.
    /// Nothing is sent before the first call.
    pub fn new(base_url: Url, credentials: Credentials, settings: Settings) -> Self {
        let auth = match &credentials {
            Credentials::Token(token) => Auth::bearer(token.clone()),
            Credentials::KeyAndEmail { key, email } => {
                Auth::Headers(vec![("x-auth-key", key.clone()), ("x-auth-email", SecretString::from(email.as_str()))])
            }
        };
        let http = http::Client::new(base_url, auth, &Cloudflare, settings);
        Self {
            http,
            credentials: Arc::new(credentials),
            newborns: Newborns::default(),
            creations: Arc::default(),
            shared: Arc::default(),
        }
    }

    /// The same client, on behalf of `caller`. When that stops, reads are abandoned and writes are awaited.
    pub fn with_caller(&self, caller: Caller) -> Self {
        Self { http: self.http.with_caller(caller), ..self.clone() }
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

    /// The URL of the API.
    pub fn base_url(&self) -> &Url {
        self.http.base()
    }

    /// Sends `request`. After a write nobody gets an answer from before it.
    async fn exchange(&self, request: Request) -> Result<Answer, Error> {
        let _writing = request.is_write().then(|| Writing::begin(&self.shared));
        self.http.send(request).await
    }

    /// Sends `request` and takes the result out of the envelope.
    async fn call<T: DeserializeOwned>(&self, request: Request) -> Result<(Answer, T), Error> {
        let answer = self.send(request).await?;
        let (result, _) = unwrap(&answer)?;
        let result = http::decode(&answer, "result", result)?;
        Ok((answer, result))
    }

    /// Sends `request`, and again while Cloudflare does not know an object that was made a moment ago.
    async fn send(&self, request: Request) -> Result<Answer, Error> {
        self.newborns.await_known(&self.http, request, is_gone, |request| self.exchange(request)).await
    }

    /// Reads all pages of a list.
    async fn list<T: Member>(&self, request: Request, per_page: u64) -> Result<Vec<T>, Error> {
        let mut members: Vec<T> = Vec::new();
        let mut pages = Pages::new(self, request, per_page);
        while let Some(page) = pages.next().await? {
            members.extend(page);
        }
        Ok(members)
    }

    /// Deletes; what is gone already counts as deleted.
    async fn delete(&self, request: Request) -> Result<(), Error> {
        match self.send(request).await {
            Err(error) if !is_gone(&error) => Err(error),
            Err(_) => Ok(()),
            Ok(answer) => envelope::check(&answer),
        }
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Credentials::Token",
            Self::KeyAndEmail { .. } => "Credentials::KeyAndEmail",
        })
    }
}

#[cfg(test)]
mod tests;
