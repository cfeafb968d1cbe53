//! Login methods that were there before a create: the attribute `adopt_existing`.

use std::sync::Arc;

use super::api::identity_providers::{IdentityProvider, Listed};
use super::api::{Client, Error, Scope, SharedAnswers};
use crate::framework::adoption::Claims;

/// The identity providers that may be taken over.
#[derive(Debug, Default)]
pub struct Existing {
    /// Those of accounts and zones as they were when this process first asked. One list serves all creates of an apply.
    places: SharedAnswers<Scope, Arc<Listed>>,
    /// What of them was taken over. What this process has made, [`Client::has_made`] knows.
    claims: Claims,
}

impl Existing {
    /// Those that `is_it` judges to be the same, as they are now, unless this process has taken them over or given them up
    /// for deletion.
    ///
    /// # Errors
    /// Whatever asking comes to; whoever asks later asks again.
    pub async fn alike(
        &self,
        api: &Client,
        scope: &Scope,
        is_it: impl Fn(&IdentityProvider) -> bool,
    ) -> Result<Vec<IdentityProvider>, Error> {
        let mut alike = Vec::new();
        for seen in self.seen(api, scope).await?.all.iter().filter(|seen| is_it(seen)) {
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

    async fn seen(&self, api: &Client, scope: &Scope) -> Result<Arc<Listed>, Error> {
        let list = async { api.list_identity_providers(scope).await.map(Arc::new) };
        api.until_the_end("the list of identity providers", self.places.get(scope.clone(), list)).await?
    }

    /// The list, if this process has asked, and it comes in time.
    pub(super) async fn listed(&self, api: &Client, scope: &Scope) -> Option<Arc<Listed>> {
        api.until_the_end("the list of identity providers", self.places.known(scope)).await.ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::super::api::stage::{Play, Stage};
    use super::super::api::{Caller, Credentials};
    use super::*;
    use serde_json::json;
    use std::time::{Duration, Instant};

    #[tokio::test]
    async fn a_list_that_another_call_reads_is_not_waited_for_beyond_the_end_of_the_operation() {
        let gate = Arc::new(tokio::sync::Notify::new());
        let list = json!({"success": true, "errors": [], "messages": [], "result": []});
        let stage = Stage::new([Play::json(200, list).after(&gate)]).await;
        let api = Client::new(stage.url.clone(), Credentials::Token("t".into()), Stage::settings());
        let late = api.with_caller(Caller { deadline: Some(Instant::now()), ..Caller::default() });
        let (existing, scope) = (Existing::default(), Scope::Account("acc1".into()));
        let both = async {
            tokio::join!(existing.alike(&api, &scope, |_| true), async {
                stage.arrived.notified().await;
                let listed = existing.listed(&late, &scope).await;
                gate.notify_one();
                listed
            })
        };
        let (alike, listed) = tokio::time::timeout(Duration::from_secs(60), both).await.expect("nobody waits for ever");
        assert!(alike.unwrap().is_empty() && listed.is_none());
        assert!(existing.listed(&api, &scope).await.is_some());
    }
}
