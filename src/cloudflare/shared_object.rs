//! The remote object that `zt_okta_idp` and `zt_scim_config` share.
//!
//! Each owns a part of an identity provider, and Cloudflare's API replaces the whole of it. So a change holds the
//! object for itself from the read to the write, sends what it does not own as it found it, and sends secrets again
//! that this process has pushed before: Cloudflare never shows them, and that a PUT without them keeps them is
//! inferred from its documentation, not verified against a live tenant.

use super::api::identity_providers::{IdentityProvider, Replacement};
use super::api::{Client, Error, Scope, is_gone};
use secrecy::SecretString;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedMutexGuard;

/// Secrets of one identity provider that this process has pushed. `Debug` shows nothing of them.
#[derive(Default)]
pub struct Pushed {
    client_secret: Option<SecretString>,
    api_token: Option<SecretString>,
}

/// The identity providers that this process works on, by id.
#[derive(Default)]
pub struct SharedObjects(Mutex<HashMap<String, Arc<tokio::sync::Mutex<Pushed>>>>);

/// One identity provider, held: nobody else in this process reads it to write it, until this is dropped. What a
/// change starts from is read while it is held.
pub struct Held(OwnedMutexGuard<Pushed>);

/// Secrets that a change sends.
#[derive(Default)]
pub struct Secrets {
    /// The client secret; `None` sends the one pushed before, if there is one.
    pub client_secret: Option<SecretString>,
    /// The Okta API token.
    pub api_token: ApiToken,
    /// Whether they are a reason to write.
    pub differ: bool,
}

/// What a change does with the Okta API token.
#[derive(Default)]
pub enum ApiToken {
    /// Nothing: the one pushed before is sent again, if there is one.
    #[default]
    Keep,
    /// Sends this one.
    Set(SecretString),
    /// Removes it.
    Clear,
}

/// What came of a change.
pub enum Outcome {
    /// There was nothing to write.
    Unchanged(IdentityProvider),
    /// It was written; this is the answer.
    Written(IdentityProvider),
    /// The identity provider does not exist.
    Gone,
}

impl SharedObjects {
    /// Waits until nobody else in this process holds the identity provider.
    pub async fn hold(&self, id: &str) -> Held {
        let object = {
            let mut objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // A configuration may write the digits in capitals, and it is the same object.
            Arc::clone(objects.entry(id.to_ascii_lowercase()).or_default())
        };
        Held(object.lock_owned().await)
    }
}

impl Held {
    /// Remembers what a creation has pushed.
    pub fn pushed(&mut self, secrets: Secrets) {
        if secrets.client_secret.is_some() {
            self.0.client_secret = secrets.client_secret;
        }
        match secrets.api_token {
            ApiToken::Keep => {}
            ApiToken::Set(token) => self.0.api_token = Some(token),
            ApiToken::Clear => self.0.api_token = None,
        }
    }

    /// Forgets what was pushed, with the identity provider itself.
    pub fn forget(&mut self) {
        *self.0 = Pushed::default();
    }

    /// Writes `body`, which was made from `current`, if that or the secrets are a reason to. The secrets go with every
    /// write.
    ///
    /// # Errors
    /// Whatever writing comes to. Whether a write that failed was carried out, the error says.
    pub async fn write(
        &mut self,
        api: &Client,
        scope: &Scope,
        current: IdentityProvider,
        mut body: Replacement,
        secrets: Secrets,
    ) -> Result<Outcome, Error> {
        if matches!(secrets.api_token, ApiToken::Clear) {
            // An empty string, since leaving it out keeps it. Not verified against a live tenant.
            body.set("config.api_token", "");
        }
        if !secrets.differ && !body.changes(&current.document) {
            return Ok(Outcome::Unchanged(current));
        }
        if let Some(secret) = secrets.client_secret.as_ref().or(self.0.client_secret.as_ref()) {
            body.set_client_secret(secret.clone());
        }
        let token = match &secrets.api_token {
            ApiToken::Keep => self.0.api_token.as_ref(),
            ApiToken::Set(token) => Some(token),
            ApiToken::Clear => None,
        };
        if let Some(token) = token {
            body.set_api_token(token.clone());
        }
        let answer = api.replace_identity_provider(scope, current.id(), &body).await;
        // What was refused must not be sent again by the next one who writes.
        if answer.as_ref().err().is_none_or(Error::is_maybe_done) {
            self.pushed(secrets);
        }
        match answer {
            Ok(found) => Ok(Outcome::Written(found)),
            Err(error) if is_gone(&error) => Ok(Outcome::Gone),
            Err(error) => Err(error),
        }
    }
}

impl fmt::Debug for SharedObjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedObjects")
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn one_identity_provider_is_held_once_at_a_time() {
        let objects = Arc::new(SharedObjects::default());
        let held = objects.hold("a").await;
        // Another one is free.
        drop(objects.hold("b").await);
        let waiting = tokio::spawn({
            let objects = Arc::clone(&objects);
            async move { drop(objects.hold("a").await) }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(held);
        tokio::time::timeout(Duration::from_secs(10), waiting).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn nobody_waits_for_another_change_longer_than_there_is_time() {
        use crate::cloudflare::api::{Caller, Credentials};
        use crate::cloudflare::client::{Cloudflare, DefaultAccount};
        use std::time::Instant;
        let url = url::Url::parse("https://api.cloudflare.example").unwrap();
        let api = Client::new(url, Credentials::Token("t".into()), Default::default());
        let cloudflare = Cloudflare::new(api, DefaultAccount::None);
        let held = cloudflare.hold("a").await.unwrap();
        let late = cloudflare.with_caller(Caller { deadline: Some(Instant::now()), ..Caller::default() });
        let error = late.hold("a").await.unwrap_err();
        assert!(matches!(error, Error::OutOfTime { .. }), "{error:?}");
        assert_eq!(
            error.to_string(),
            "a change of the identity provider a: it waited for another change of the same identity provider until the \
             time of the operation was over"
        );
        drop(held);
        late.hold("a").await.expect("it is free");
    }

    #[tokio::test]
    async fn pushed_secrets_are_remembered_until_they_are_replaced_or_forgotten() {
        use secrecy::ExposeSecret;
        let objects = SharedObjects::default();
        let text = |secret: &Option<SecretString>| secret.as_ref().map(|s| s.expose_secret().to_owned());
        let mut held = objects.hold("a").await;
        let pushed = ApiToken::Set("token".into());
        held.pushed(Secrets { client_secret: Some("one".into()), api_token: pushed, ..Secrets::default() });
        held.pushed(Secrets::default());
        drop(held);
        let mut held = objects.hold("a").await;
        assert_eq!((text(&held.0.client_secret), text(&held.0.api_token)), (Some("one".into()), Some("token".into())));
        held.pushed(Secrets { api_token: ApiToken::Clear, ..Secrets::default() });
        assert_eq!((text(&held.0.client_secret), text(&held.0.api_token)), (Some("one".into()), None));
        held.forget();
        assert_eq!(text(&held.0.client_secret), None);
    }
}
