//! Login methods that were there before this process made any.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::api::identity_providers::IdentityProvider;
use super::api::{Client, Error, Scope};

/// The identity providers of accounts and zones as they were when this process first asked. What it makes itself is not
/// among them, and one list serves all creates of an apply.
#[derive(Default)]
pub struct Existing(Mutex<HashMap<Scope, Listed>>);

/// A list, and when it was asked for.
type Listed = (Instant, Arc<Vec<IdentityProvider>>);

impl Existing {
    /// Those that `is_it` judges to be the same, as they are now.
    ///
    /// # Errors
    /// Whatever asking comes to; the next one asks again.
    pub async fn alike(
        &self,
        api: &Client,
        scope: &Scope,
        is_it: impl Fn(&IdentityProvider) -> bool,
    ) -> Result<Vec<IdentityProvider>, Error> {
        let mut alike = Vec::new();
        for seen in self.seen(api, scope).await?.iter().filter(|seen| is_it(seen)) {
            // It may have been deleted by this very apply, or changed.
            let found = api.identity_provider(scope, seen.id()).await?;
            alike.extend(found.filter(|found| is_it(found)));
        }
        Ok(alike)
    }

    async fn seen(&self, api: &Client, scope: &Scope) -> Result<Arc<Vec<IdentityProvider>>, Error> {
        // Held while the list is read: whoever comes meanwhile waits for it.
        let mut places = self.0.lock().await;
        if let Some((_, seen)) = places.get(scope) {
            return Ok(Arc::clone(seen));
        }
        let asked = Instant::now();
        let seen = Arc::new(api.list_identity_providers(scope, false).await?);
        places.insert(scope.clone(), (asked, Arc::clone(&seen)));
        Ok(seen)
    }

    /// The list, if there is one that is not older than this.
    pub(super) async fn young(&self, scope: &Scope, age: Duration) -> Option<Listed> {
        self.0.lock().await.get(scope).filter(|(asked, _)| asked.elapsed() <= age).cloned()
    }
}

impl fmt::Debug for Existing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Existing")
    }
}
