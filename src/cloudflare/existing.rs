//! Login methods that were there before a create: the attribute `adopt_existing`.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::api::identity_providers::IdentityProvider;
use super::api::{Client, Error, Scope};
use crate::framework::adoption::Claims;

/// The identity providers that may be taken over.
#[derive(Default)]
pub struct Existing {
    /// Those of accounts and zones as they were when this process first asked. One list serves all creates of an apply.
    places: Mutex<HashMap<Scope, Listed>>,
    /// What of them was taken over. What this process has made, [`Creations`](super::creation::Creations) knows.
    claims: Claims,
}

/// A list, and when it was asked for.
type Listed = (Instant, Arc<Vec<IdentityProvider>>);

impl Existing {
    /// Those that `is_it` judges to be the same, as they are now, unless this process has taken them over or given them up
    /// for deletion.
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
        alike.retain(|found| self.claims.is_free(found.id()));
        Ok(alike)
    }

    /// Whose they are that this process has taken over or given up.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    async fn seen(&self, api: &Client, scope: &Scope) -> Result<Arc<Vec<IdentityProvider>>, Error> {
        // Held while the list is read: whoever comes meanwhile waits for it.
        let mut places = self.places.lock().await;
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
        self.places.lock().await.get(scope).filter(|(asked, _)| asked.elapsed() <= age).cloned()
    }
}

impl fmt::Debug for Existing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Existing")
    }
}
