//! One app, one change of its secrets at a time.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OwnedMutexGuard;

use crate::framework::adoption::Claims;

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
    pub(super) async fn hold(&self, app_id: &str) -> OwnedMutexGuard<()> {
        let app = {
            let mut apps = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(apps.entry(app_id.to_owned()).or_default())
        };
        app.lock_owned().await
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
