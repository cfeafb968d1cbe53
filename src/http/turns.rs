//! The buckets of a service, shared by everything that is sent to it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, futures::Notified};

use super::bucket::{Bucket, Reason, Ticket, Turn};
use super::quota::Quota;

/// Every bucket that was asked for, by name.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<String, Arc<Shared>>>);

/// One bucket, and who waits for a change of it.
#[derive(Default)]
pub(super) struct Shared {
    bucket: Mutex<Bucket>,
    changed: Notify,
}

/// A place in the line, given up when it is dropped.
pub(super) struct Place {
    shared: Arc<Shared>,
    ticket: Ticket,
}

/// A request that has begun. Dropped without an answer it counts as one that came to nothing.
pub(super) struct Begun {
    shared: Arc<Shared>,
    answered: bool,
}

impl Turns {
    /// The bucket of that name.
    pub(super) fn of(&self, name: String) -> Arc<Shared> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(name).or_default())
    }
}

impl Shared {
    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place at the end of the line.
    pub(super) fn stand_in_line(self: &Arc<Self>) -> Place {
        let ticket = self.bucket().stand_in_line();
        Place { shared: Arc::clone(self), ticket }
    }

    /// How long all are held back because one was refused.
    pub(super) fn held(&self, now: Instant) -> Duration {
        self.bucket().held(now)
    }
}

impl Place {
    /// Ready once something about the bucket has changed since this was called and first polled.
    pub(super) fn changed(&self) -> Notified<'_> {
        self.shared.changed.notified()
    }

    /// The request, if it may begin; else how long to wait before asking again, and for what.
    pub(super) fn ask(&self, now: Instant) -> Result<Begun, (Duration, Reason)> {
        match self.shared.bucket().ask(self.ticket, now) {
            Turn::Now => Ok(Begun { shared: Arc::clone(&self.shared), answered: false }),
            Turn::Later(wait, reason) => Err((wait, reason)),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.bucket().leave(self.ticket);
        self.shared.changed.notify_waiters();
    }
}

impl Begun {
    /// See [`Bucket::answered`]. To be told as soon as the headers are there: what they say of the window counts from then.
    pub(super) fn answered(&mut self, quota: Option<Quota>, hold: Option<Duration>) {
        self.answered = true;
        self.shared.bucket().answered(Instant::now(), quota, hold);
        self.shared.changed.notify_waiters();
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if !self.answered {
            self.shared.bucket().unanswered();
            self.shared.changed.notify_waiters();
        }
    }
}
