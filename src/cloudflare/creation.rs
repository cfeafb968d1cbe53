//! Making a login method once, although the answer may be lost.
//!
//! Names are not unique, so sending a creation again could make a second one. Instead it is looked for. It is ours if it was
//! not there before, if nothing else of this process made it, and if it has every field that was sent. Cloudflare does not
//! show when an identity provider was made, so a list from before is needed. One that is at most [`AGE`] old serves: who else
//! makes a login method of the same name, for the same Okta app, with the same settings, in that time? And a list for each
//! creation would leave a gap as well.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::OwnedMutexGuard;

use super::api::identity_providers::{IdentityProvider, Replacement};
use super::api::{Client, Error, Scope};
use super::existing::Existing;

/// How old the list from before may be. All creations of that time share it.
const AGE: Duration = Duration::from_secs(30);

/// How long after the failure to look, from one look to the next. What was just made may show late.
const LOOKS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(2)];

/// When a list was asked for, and the ids in it.
type Before = (Instant, Arc<HashSet<String>>);

/// What was there, and what this process has made.
#[derive(Default)]
pub struct Creations {
    before: tokio::sync::Mutex<HashMap<Scope, Before>>,
    /// One creation of a name at a time: two that are alike could not be told apart.
    names: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    made: Mutex<HashSet<String>>,
}

/// A login method that was not made, or not certainly.
#[derive(Debug)]
pub struct NotMade {
    /// What the creation came to.
    pub error: Error,
    /// What the look came to, if it may have been made nevertheless.
    pub look: Option<Look>,
}

/// What a look came to.
#[derive(Debug)]
pub enum Look {
    /// There is none of the fields that were sent that was not there before.
    Nothing,
    /// There are several. These are their ids.
    Several(Vec<String>),
    /// Cloudflare could not be asked.
    Failed(Error),
}

impl Creations {
    /// "Add an Access identity provider", once. One whose answer was lost is found again.
    ///
    /// # Errors
    /// It was refused, or it may have been made and was not found, or there are several that it may be.
    pub async fn make(
        &self,
        api: &Client,
        existing: &Existing,
        scope: &Scope,
        body: &Replacement,
    ) -> Result<IdentityProvider, NotMade> {
        let _alone = self.hold(body.name()).await;
        let before = self.before(api, existing, scope).await.map_err(|error| NotMade { error, look: None })?;
        let error = match api.create_identity_provider(scope, body).await {
            Ok(created) => {
                self.remember(created.id());
                return Ok(created);
            }
            Err(error) if error.is_maybe_done() => error,
            Err(error) => return Err(NotMade { error, look: None }),
        };
        tracing::warn!(%error, "looking for a login method that may have been made");
        let look = match self.look_for(api, scope, body, &before).await {
            Ok(mut found) if found.len() == 1 => {
                let found = found.remove(0);
                tracing::warn!(id = found.id(), "the login method was made, and is found");
                self.remember(found.id());
                return Ok(found);
            }
            Ok(found) if found.is_empty() => Look::Nothing,
            Ok(found) => Look::Several(found.iter().map(|found| found.id().to_owned()).collect()),
            Err(look) => Look::Failed(look),
        };
        Err(NotMade { error, look: Some(look) })
    }

    /// Waits until nobody else in this process makes one of this name. Nobody does until what is returned is dropped.
    pub(super) async fn hold(&self, name: &str) -> OwnedMutexGuard<()> {
        let name = {
            let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(names.entry(name.to_owned()).or_default())
        };
        name.lock_owned().await
    }

    /// The ids of those that are there. Whoever comes while they are listed waits for the same list.
    async fn before(&self, api: &Client, existing: &Existing, scope: &Scope) -> Result<Arc<HashSet<String>>, Error> {
        let mut lists = self.before.lock().await;
        if let Some((_, ids)) = lists.get(scope).filter(|(asked, _)| asked.elapsed() <= AGE) {
            return Ok(Arc::clone(ids));
        }
        let (asked, all) = match existing.young(scope, AGE).await {
            Some(listed) => listed,
            None => (Instant::now(), Arc::new(api.list_identity_providers(scope, false).await?)),
        };
        let ids: Arc<HashSet<String>> = Arc::new(all.iter().map(|found| found.id().to_owned()).collect());
        lists.insert(scope.clone(), (asked, Arc::clone(&ids)));
        Ok(ids)
    }

    async fn look_for(
        &self,
        api: &Client,
        scope: &Scope,
        body: &Replacement,
        before: &HashSet<String>,
    ) -> Result<Vec<IdentityProvider>, Error> {
        for wait in LOOKS {
            api.pause(wait, "a look for a login method that may have been made").await?;
            let mut alike = Vec::new();
            for found in api.list_identity_providers(scope, false).await? {
                if !before.contains(found.id()) && !self.has_made(found.id()) && found.is_made_of(body) {
                    // A list shows less than the object itself. The look is no exchange of ours to be found in a log.
                    let found = api.identity_provider(scope, found.id()).await?;
                    alike.extend(found.map(|found| IdentityProvider { ray: None, ..found }));
                }
            }
            if !alike.is_empty() {
                return Ok(alike);
            }
        }
        Ok(Vec::new())
    }

    fn remember(&self, id: &str) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }

    /// Whether this process made it.
    pub(super) fn has_made(&self, id: &str) -> bool {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }
}

impl fmt::Debug for Creations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Creations")
    }
}
