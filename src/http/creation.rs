//! Making an object once, although the answer may be lost.
//!
//! Names are not unique at either vendor, so sending a creation again could make a second object. Instead the object is
//! looked for. It is ours if it has every field that was sent, was not there before the request left, and was not made by
//! another request of this process. How it is known what was there before differs, and so does how well:
//! [`Creation::find`] and [`Creation::is_certain`]. Of several nothing tells which is ours, so none is taken.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

use super::{Client, Error};

/// How long after the failure to look, from one look to the next. What was just made may show late.
const LOOKS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(2)];

/// What this process makes at one service.
#[derive(Debug, Default)]
pub struct Creations {
    /// One creation of a name at a time: two that are alike could not be told apart.
    names: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    made: Mutex<HashSet<String>>,
}

/// The right to make something of one name, which nobody else in this process has meanwhile.
#[derive(Debug)]
#[must_use]
pub struct Alone<'a> {
    creations: &'a Creations,
    _name: OwnedMutexGuard<()>,
}

/// One object to be made.
pub trait Creation: Sync {
    /// The object.
    type Object: Send;

    /// What it is, with an article, for messages and the log.
    const WHAT: &'static str;

    /// Its id.
    fn id(object: &Self::Object) -> &str;

    /// Sends the request that makes it, once.
    fn send(&self) -> impl Future<Output = Result<Self::Object, Error>> + Send;

    /// The objects that the request may have made, as far as the service shows them by now. Those that are known to have
    /// been there before are not among them.
    fn find(&self) -> impl Future<Output = Result<Vec<Self::Object>, Error>> + Send;

    /// Whether one that is found alone is the one that was made, as far as can be known.
    fn is_certain(&self) -> bool;
}

/// An object that was not made, or not certainly.
#[derive(Debug)]
pub struct NotMade {
    /// What the creation came to.
    pub error: Error,
    /// What the look came to, if the object may have been made nevertheless.
    pub look: Option<Look>,
}

/// What a look for an object that may have been made came to.
#[derive(Debug)]
pub enum Look {
    /// There is none that it may be.
    Nothing,
    /// There are some that it may be, and nothing tells which is whose. These are their ids.
    Unclear(Vec<String>),
    /// The service could not be asked.
    Failed(Error),
}

impl Creations {
    /// Waits until nobody else in this process makes something of that name.
    pub async fn alone(&self, name: &str) -> Alone<'_> {
        let name = {
            let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(names.entry(name.to_owned()).or_default())
        };
        Alone { creations: self, _name: name.lock_owned().await }
    }

    fn remember(&self, id: &str) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }

    /// Whether this process made the object.
    pub fn has_made(&self, id: &str) -> bool {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }
}

impl Alone<'_> {
    /// Makes the object. One whose answer was lost is found again.
    ///
    /// # Errors
    /// It was refused, or it may have been made and was not found, or it cannot be told from others.
    pub async fn make<C: Creation>(self, client: &Client, creation: &C) -> Result<C::Object, NotMade> {
        let error = match creation.send().await {
            Ok(made) => {
                self.creations.remember(C::id(&made));
                return Ok(made);
            }
            Err(error) if error.is_maybe_done() => error,
            Err(error) => return Err(NotMade { error, look: None }),
        };
        tracing::warn!(%error, "looking for {} that may have been made", C::WHAT);
        let look = match self.look(client, creation).await {
            Ok(mut found) if found.len() == 1 && creation.is_certain() => {
                let found = found.remove(0);
                tracing::warn!(id = C::id(&found), "{} was made, and is found", C::WHAT);
                self.creations.remember(C::id(&found));
                return Ok(found);
            }
            Ok(found) if found.is_empty() => Look::Nothing,
            Ok(found) => Look::Unclear(found.iter().map(|found| C::id(found).to_owned()).collect()),
            Err(look) => Look::Failed(look),
        };
        Err(NotMade { error, look: Some(look) })
    }

    async fn look<C: Creation>(&self, client: &Client, creation: &C) -> Result<Vec<C::Object>, Error> {
        for wait in LOOKS {
            let work = format!("a look for {} that may have been made", C::WHAT);
            client.pause(wait, "what was made to show", &work).await?;
            let mut found = creation.find().await?;
            found.retain(|found| !self.creations.has_made(C::id(found)));
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }
}
