//! One app, one change of its secrets at a time.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OwnedMutexGuard;

use crate::framework::adoption::Claims;
use crate::okta::api::{Client, Error};

/// The apps whose secrets this process changes, by id. Clones are the same.
///
/// Okta allows two secrets per app, so what one change finds there decides what it does, and nothing of ours may come
/// in between.
#[derive(Clone, Default)]
pub struct Apps(Arc<Process>);

#[derive(Default)]
struct Process {
    held: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    secrets: Claims,
}

impl Apps {
    /// Waits until nobody else in this process changes the secrets of the app. It is free again when what is returned
    /// is dropped.
    ///
    /// # Errors
    /// The time was over before, or Terraform stopped us.
    pub(super) async fn hold(&self, okta: &Client, app_id: &str) -> Result<OwnedMutexGuard<()>, Error> {
        let app = {
            let mut apps = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(apps.entry(app_id.to_owned()).or_default())
        };
        let work = format!("a change of the secrets of the app {app_id}");
        okta.wait_for(app.lock_owned(), "another change of the same app's secrets", &work).await
    }

    /// Whose the secrets are that this process has made or taken over.
    pub(super) fn secrets(&self) -> &Claims {
        &self.0.secrets
    }
}

impl fmt::Debug for Apps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Apps")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::okta::api::{Caller, Credentials};
    use std::time::{Duration, Instant};
    use url::Url;

    fn okta() -> Client {
        Client::new(Url::parse("https://acme.okta.example").unwrap(), Credentials::default(), Default::default())
    }

    #[tokio::test]
    async fn one_app_is_held_once_at_a_time() {
        let (apps, okta) = (Apps::default(), okta());
        let held = apps.hold(&okta, "a").await.unwrap();
        drop(apps.hold(&okta, "b").await.unwrap());
        let waiting = tokio::spawn({
            let (apps, okta) = (apps.clone(), okta.clone());
            async move { drop(apps.hold(&okta, "a").await.unwrap()) }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        let late = okta.with_caller(Caller { deadline: Some(Instant::now()), ..Caller::default() });
        let error = apps.hold(&late, "a").await.unwrap_err().to_string();
        assert!(error.contains("another change of the same app's secrets"), "{error}");
        drop(held);
        tokio::time::timeout(Duration::from_secs(10), waiting).await.unwrap().unwrap();
    }
}
