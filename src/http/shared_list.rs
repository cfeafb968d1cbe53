//! Objects that several reads of one process take from one list, where that is cheaper than asking for each.
//!
//! Terraform reads each resource with a call of its own and does not say how many there are. So the first read asks for
//! its object alone, the second one for the list, and whoever comes meanwhile waits for that. There is never a further
//! page before there were as many reads, so that in an account full of objects that are not Terraform's it comes to twice
//! as many requests as reads at most.
//!
//! No service says that its lists show all of an object, or show it at once. So nobody takes an object from a list before
//! one has been read alone, and one that was read alone and looks otherwise in the list, or is not there, then or later, ends
//! all belief in it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;

use super::Error;

/// The objects of lists by id, as far as they were read. `K` is which list, and `C` where its next page is.
///
/// What was read serves until [`forget`](Self::forget). A read that began before it may still take an object from
/// before; none that begins after it does.
#[derive(Debug)]
pub struct SharedLists<K, T, C>(Mutex<HashMap<K, Arc<Read<T, C>>>>);

/// One page of a list.
#[derive(Debug)]
pub struct Page<T, C> {
    /// Its members by id.
    pub members: Vec<(String, T)>,
    /// How many bytes they take.
    pub size: usize,
    /// Where the next one is; `None` after the last.
    pub next: Option<C>,
}

/// What was read of one list since the last write, to add to it.
#[derive(Debug)]
pub struct Read<T, C> {
    inside: Mutex<Inside<T, C>>,
    /// Held by whoever reads a page.
    page: tokio::sync::Mutex<()>,
    /// Held by the first one while it reads its object alone. If that comes to nothing, the next one is the first.
    first: Arc<tokio::sync::Mutex<()>>,
}

/// What is known of an object.
#[derive(Debug)]
pub enum Shown<T, C> {
    /// This is what it looks like.
    Known(T),
    /// Nothing: it is to be read alone, and whether it exists is not known.
    Alone(ReadAlone<T, C>),
}

/// An object that is read alone.
#[derive(Debug)]
pub struct ReadAlone<T, C> {
    read: Arc<Read<T, C>>,
    id: String,
    _first: Option<OwnedMutexGuard<()>>,
}

#[derive(Debug)]
struct Inside<T, C> {
    /// Objects that were read alone; `None` where there is none.
    alone: HashMap<String, Option<T>>,
    /// Objects of the list.
    listed: HashMap<String, T>,
    /// How many reads there were.
    asked: usize,
    /// How many pages were read.
    pages: usize,
    /// How many bytes of them are kept.
    kept: usize,
    /// How many could not be.
    failures: usize,
    next: Next<C>,
}

/// Whether an object can be had without asking.
enum Judged<T> {
    Known(T),
    Unknown,
    /// It is in a list of which nobody knows whether it is right.
    Doubtful(OwnedMutexGuard<()>),
}

#[derive(Clone, Debug)]
enum Next<C> {
    First,
    Further(C),
    /// There is none, or it cannot be read.
    None,
}

/// No further page of a list is read once so many bytes of it are kept: sixteen thousand apps of 8 KiB, say. Whatever is on
/// later ones is read alone.
const MOST_KEPT: usize = 128 * 1024 * 1024;

/// A list that fails more often is left alone until something is written.
const MOST_FAILURES: usize = 2;

impl<K, T, C> Default for SharedLists<K, T, C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T, C> Default for Read<T, C> {
    fn default() -> Self {
        let inside = Inside {
            alone: HashMap::new(),
            listed: HashMap::new(),
            asked: 0,
            pages: 0,
            kept: 0,
            failures: 0,
            next: Next::First,
        };
        Self { inside: Mutex::new(inside), page: tokio::sync::Mutex::default(), first: Arc::default() }
    }
}

impl<K: Eq + Hash, T, C> SharedLists<K, T, C> {
    /// What was read of a list since the last write.
    pub fn current(&self, list: K) -> Arc<Read<T, C>> {
        Arc::clone(self.lock().entry(list).or_default())
    }

    /// Forgets everything that was read: something was written.
    pub fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Arc<Read<T, C>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone + PartialEq, C: Clone> Read<T, C> {
    /// The object with this id, if it was read or can be had from the list, of which `page` reads a page.
    pub async fn find<F>(self: &Arc<Self>, id: &str, page: impl Fn(Option<C>) -> F) -> Shown<T, C>
    where
        F: Future<Output = Result<Page<T, C>, Error>>,
    {
        let is_first = {
            let mut inside = self.lock();
            inside.asked += 1;
            inside.asked == 1
        };
        if is_first {
            let first = Arc::clone(&self.first).try_lock_owned().ok();
            return Shown::Alone(ReadAlone { _first: first, ..self.alone(id) });
        }
        loop {
            match self.judge(id).await {
                Judged::Known(found) => return Shown::Known(found),
                Judged::Doubtful(first) => return Shown::Alone(ReadAlone { _first: Some(first), ..self.alone(id) }),
                Judged::Unknown => {}
            }
            if self.lock().due().is_none() {
                return Shown::Alone(self.alone(id));
            }
            // Whoever reads it may be stopped, and then the next one does.
            let _reading = self.page.lock().await;
            if self.lock().shows(id) {
                continue;
            }
            let Some(at) = self.lock().due() else { continue };
            let read = page(at).await;
            match read {
                Ok(page) => self.lock().add(page),
                // It is this reader who has no time; the next one may have.
                Err(error) if error.is_of_the_caller() => return Shown::Alone(self.alone(id)),
                Err(error) => {
                    tracing::debug!(%error, "the list cannot be read, so the object is read alone");
                    self.lock().fail(&error);
                    return Shown::Alone(self.alone(id));
                }
            }
        }
    }

    /// An object that is read alone whatever is known of it.
    pub fn alone(self: &Arc<Self>, id: &str) -> ReadAlone<T, C> {
        ReadAlone { read: Arc::clone(self), id: id.to_owned(), _first: None }
    }

    /// What is known of an object, once the first one has been read alone.
    async fn judge(&self, id: &str) -> Judged<T> {
        if !self.lock().shows(id) {
            return Judged::Unknown;
        }
        let first = Arc::clone(&self.first).lock_owned().await;
        let inside = self.lock();
        match (inside.alone.get(id), inside.listed.get(id)) {
            (Some(Some(found)), _) => Judged::Known(found.clone()),
            (_, None) => Judged::Unknown,
            _ if inside.alone.is_empty() => Judged::Doubtful(first),
            (_, Some(listed)) => Judged::Known(listed.clone()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside<T, C>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: PartialEq, C> ReadAlone<T, C> {
    /// It looks like this; `None` if there is none.
    pub fn is(self, object: Option<T>) {
        let mut inside = self.read.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if inside.listed.get(&self.id).is_some_and(|listed| object.as_ref() != Some(listed)) {
            inside.disbelieve();
        }
        inside.alone.insert(self.id.clone(), object);
    }
}

impl<T: PartialEq, C> Inside<T, C> {
    fn shows(&self, id: &str) -> bool {
        matches!(self.alone.get(id), Some(Some(_))) || self.listed.contains_key(id)
    }

    /// Where the page is that may be read, if one may: `None` for the first one.
    fn due(&self) -> Option<Option<C>>
    where
        C: Clone,
    {
        match &self.next {
            Next::First if self.asked > 1 => Some(None),
            Next::Further(at) if self.asked > self.pages => Some(Some(at.clone())),
            _ => None,
        }
    }

    fn add(&mut self, page: Page<T, C>) {
        let is_known_otherwise =
            |(id, member): &(String, T)| self.alone.get(id).is_some_and(|known| known.as_ref() != Some(member));
        if page.members.iter().any(is_known_otherwise) {
            self.disbelieve();
            return;
        }
        self.pages += 1;
        self.kept = self.kept.saturating_add(page.size);
        self.listed.extend(page.members);
        self.next = page.next.filter(|_| self.kept < MOST_KEPT).map_or(Next::None, Next::Further);
    }

    fn disbelieve(&mut self) {
        tracing::debug!("the list shows an object otherwise than it is, so objects are read one by one");
        self.listed.clear();
        self.next = Next::None;
    }

    /// A service that does not answer may do so again; one that refuses will not change its mind.
    fn fail(&mut self, error: &Error) {
        self.failures += 1;
        if !error.is_no_answer() || self.failures >= MOST_FAILURES {
            self.next = Next::None;
        }
    }
}

#[cfg(test)]
mod tests;
