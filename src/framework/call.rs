//! What every call from Terraform carries beside its values.

use super::{
    diagnostic::{Diagnostic, Diagnostics},
    model::Model,
    path::Path,
    plan::Owned,
    private::Private,
    terms::{Terms, Waits},
    timeouts,
    value::Value,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Private state: the attributes that the configuration set at the last apply.
pub(super) const OWNED: &str = ".owned";

/// One call: whether it should stop, what is remembered of the object, the warnings so far, and what exists already.
///
/// It outlives the future that serves the call. What was [kept](Call::keep) is saved even if the future fails,
/// panics or is cancelled.
#[derive(Debug, Default)]
pub struct Call {
    stop: CancellationToken,
    deadline: Mutex<Option<Instant>>,
    waits: Arc<Waits>,
    importing: bool,
    private: Mutex<Private>,
    warnings: Mutex<Diagnostics>,
    kept: Mutex<Option<Value>>,
}

/// A panic while a lock is held leaves plain data behind, never half of an invariant.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Call {
    /// A call that ends early when `stop` is cancelled. Its requests have as much time as an operation without a timeout of
    /// its own.
    pub fn new(stop: CancellationToken) -> Self {
        let call = Self { stop: stop.child_token(), ..Self::default() };
        call.limit(timeouts::DEFAULT);
        call
    }

    /// Gives the call so much time from now on.
    pub(super) fn limit(&self, time: Duration) {
        *lock(&self.deadline) = Instant::now().checked_add(time);
    }

    /// Whether its time is over.
    pub(super) fn is_out_of_time(&self) -> bool {
        lock(&self.deadline).is_some_and(|deadline| deadline <= Instant::now())
    }

    /// The terms on which it may use a service.
    pub fn terms(&self) -> Terms {
        Terms { stop: self.stop.clone(), deadline: *lock(&self.deadline), waits: Arc::clone(&self.waits) }
    }

    /// Ends this call alone, in the way in which Terraform ends all of them.
    pub(super) fn end(&self) {
        self.stop.cancel();
    }

    pub(super) fn with_private(self, private: Private) -> Self {
        *lock(&self.private) = private;
        self
    }

    pub(super) fn importing_if(mut self, importing: bool) -> Self {
        self.importing = importing;
        self
    }

    /// Cancelled when Terraform asks the provider to stop, or when the time for this call is over. No new request should start after that; one already sent
    /// should be waited for, so that nothing is lost.
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Whether this is the read that follows an import: everything that is there is to be recorded.
    pub fn importing(&self) -> bool {
        self.importing
    }

    /// A call that reads another object, one that is not managed yet: everything that is there is to be recorded. It
    /// ends with this one.
    pub fn recording(&self) -> Self {
        let Terms { stop, deadline, waits } = self.terms();
        Self { deadline: Mutex::new(deadline), waits, ..Self::new(stop).importing_if(true) }
    }

    /// A call that changes an object which is not managed yet, and that ends with this one. What it keeps is not saved:
    /// a tainted object would be deleted, and with it what somebody else had made.
    pub fn apart(&self) -> Self {
        let Terms { stop, deadline, waits } = self.terms();
        Self { deadline: Mutex::new(deadline), waits, ..Self::new(stop).with_private(self.private().clone()) }
    }

    /// Takes over what a call [apart](Self::apart) remembers, and its warnings.
    pub fn join(&self, other: Self) {
        *self.private() = other.private().clone();
        self.tell(other);
    }

    /// Takes over the warnings of another call.
    pub fn tell(&self, other: Self) {
        other.take_warnings().into_iter().for_each(|warning| self.warn(warning));
    }

    /// What is remembered of the object beside its state.
    pub fn private(&self) -> MutexGuard<'_, Private> {
        lock(&self.private)
    }

    /// Whether the configuration set this attribute at the last apply, or at one that has failed since.
    pub fn owned(&self, attribute: &Path) -> bool {
        self.private().get::<Owned>(OWNED).is_some_and(|owned| owned.contains(&attribute.to_string()))
    }

    /// Tells the practitioner something that does not stop the call. What was told already is not told again.
    pub fn warn(&self, warning: Diagnostic) {
        let mut warnings = lock(&self.warnings);
        if !warnings.iter().any(|told| *told == warning) {
            warnings.push(warning);
        }
    }

    /// Declares that the object exists as `state` says, from now on: Terraform saves it even if the call fails. Values
    /// that are still unknown are saved as null. After a failed create the object is tainted.
    pub fn keep<M: Model>(&self, state: &M) {
        self.keep_value(state.encode());
    }

    /// [`keep`](Self::keep) without the type.
    pub(super) fn keep_value(&self, state: Value) {
        *lock(&self.kept) = Some(state);
    }

    /// Declares that the object is gone again, after a rollback.
    pub fn forget(&self) {
        *lock(&self.kept) = None;
    }

    pub(super) fn take_kept(&self) -> Option<Value> {
        lock(&self.kept).take()
    }

    pub(super) fn take_warnings(&self) -> Diagnostics {
        let mut warnings = std::mem::take(&mut *lock(&self.warnings));
        warnings.extend(self.waits.warning());
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_configured_is_owned() {
        let mut private = Private::default();
        private.put(OWNED, Owned::from(["label".to_owned(), "switches.on".to_owned()]));
        let call = Call::default().with_private(private);
        let switches = Path::root().attribute("switches");
        assert!(call.owned(&switches.attribute("on")) && !call.owned(&switches.attribute("off")));
        assert!(!Call::default().owned(&Path::root().attribute("label")));
    }

    #[test]
    fn a_warning_is_told_once() {
        let call = Call::default();
        for summary in ["one", "two", "one"] {
            call.warn(Diagnostic::warning(summary, "the same detail"));
        }
        assert_eq!(call.take_warnings().iter().map(|told| told.summary.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    }
}
