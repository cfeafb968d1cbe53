//! One app, one change of its secrets at a time.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OwnedMutexGuard;

/// The apps whose secrets this process changes, by id. Clones are the same.
///
/// Okta allows two secrets per app, so what one change finds there decides what it does, and nothing of ours may come
/// in between.
#[derive(Clone, Default)]
pub struct Apps(Arc<Process>);

#[derive(Default)]
struct Process {
    held: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    /// Ids of the secrets that this process has made or taken over.
    made: Mutex<HashSet<String>>,
}

impl Apps {
    /// Waits until nobody else in this process changes the secrets of the app. It is free again when what is returned
    /// is dropped.
    pub(super) async fn hold(&self, app_id: &str) -> OwnedMutexGuard<()> {
        let app = {
            let mut apps = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(apps.entry(app_id.to_owned()).or_default())
        };
        app.lock_owned().await
    }

    /// Remembers that a secret is Terraform's.
    pub(super) fn made(&self, id: &str) {
        self.0.made.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }

    /// Whether it is, as far as this process knows.
    pub(super) fn has_made(&self, id: &str) -> bool {
        self.0.made.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
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
    use std::time::Duration;

    #[tokio::test]
    async fn one_app_is_held_once_at_a_time() {
        let apps = Apps::default();
        let held = apps.hold("a").await;
        drop(apps.hold("b").await);
        let waiting = tokio::spawn({
            let apps = apps.clone();
            async move { drop(apps.hold("a").await) }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(held);
        tokio::time::timeout(Duration::from_secs(10), waiting).await.unwrap().unwrap();
    }
}
