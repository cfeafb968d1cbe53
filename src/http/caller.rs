//! On whose behalf requests are made.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

/// A wait from this length on is told to whoever listens, and written into the log as a warning.
pub const LONG_WAIT: Duration = Duration::from_secs(5);

/// Who asked for what a client does. The default never stops, has all the time there is, and does not listen.
#[derive(Clone, Default)]
pub struct Caller {
    /// Cancelled when nothing new is to be started.
    pub stop: CancellationToken,
    /// When all attempts and the waits between them have to be over. A wait that would last longer is not begun, nothing is
    /// sent after it, and a read that is not answered by then is given up. A write that has left is awaited.
    pub deadline: Option<Instant>,
    /// Who hears of long waits.
    pub listener: Option<Arc<dyn Listener>>,
}

/// Hears of waits from [`LONG_WAIT`] on.
pub trait Listener: Send + Sync {
    /// A wait begins that will take `time`, as far as is known now; `None` where nobody knows. `what_for` is like `the rate
    /// limit of api.cloudflare.com`.
    fn waits(&self, what_for: &str, time: Option<Duration>);

    /// It is over, and took `time`.
    fn waited(&self, what_for: &str, time: Duration);
}

impl Caller {
    /// Tells of one wait, if it turns out to be a long one.
    pub(super) fn wait<'a>(&'a self, what_for: &'a str, request: &'a str) -> Wait<'a> {
        Wait { caller: self, what_for, request, since: Instant::now(), logged: false, told: false }
    }
}

impl Caller {
    /// The same one, for something that must not be broken off in the middle: it does not stop, and has `time` for it,
    /// however much the operation has left.
    pub fn undisturbed_for(&self, time: Duration) -> Self {
        let (stop, deadline) = (CancellationToken::new(), Instant::now().checked_add(time));
        Self { stop, deadline, listener: self.listener.clone() }
    }

    /// Whether its time is over.
    pub(super) fn is_out_of_time(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Waits until its time is over.
    pub(super) async fn deadline(&self) {
        match self.deadline {
            Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
            None => std::future::pending().await,
        }
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// A wait that is going on; it is over when this is dropped.
pub(super) struct Wait<'a> {
    caller: &'a Caller,
    what_for: &'a str,
    request: &'a str,
    since: Instant,
    logged: bool,
    told: bool,
}

impl Wait<'_> {
    /// It will take so long from now on, which may have been told before.
    ///
    /// Terraform shows warnings in a provider's log with `TF_LOG` only; that is why the operation's result has one too.
    pub(super) fn takes(&mut self, time: Duration) {
        let wait_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        if time < LONG_WAIT || self.told {
            if !std::mem::replace(&mut self.logged, true) {
                tracing::debug!(request = self.request, wait_ms, "waiting for {}", self.what_for);
            }
            return;
        }
        self.logged = true;
        self.told = true;
        tracing::warn!(request = self.request, wait_ms, "waiting for {}", self.what_for);
        if let Some(listener) = &self.caller.listener {
            listener.waits(self.what_for, Some(time));
        }
    }

    /// It has gone on for [`LONG_WAIT`], and nobody knows for how long yet.
    pub(super) fn goes_on(&mut self) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        tracing::warn!(request = self.request, "waiting for {}", self.what_for);
        if let Some(listener) = &self.caller.listener {
            listener.waits(self.what_for, None);
        }
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let time = self.since.elapsed();
        if (self.told || time >= LONG_WAIT)
            && let Some(listener) = &self.caller.listener
        {
            listener.waited(self.what_for, time);
        }
    }
}
