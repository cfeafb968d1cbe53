//! How long the process lives: as long as the terraform that started it is there and wants it.

use std::fmt;
use std::io;
use std::os::unix::process::parent_id;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

/// How long the answer to Shutdown may take to reach the caller. Terraform kills after two seconds.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How often the parent is looked at. Its death usually shows at once, as a closed connection.
const PARENT_CHECK: Duration = Duration::from_millis(500);

/// How long to wait for a first connection. go-plugin gives up starting a plugin after one minute.
const FIRST_CONNECTION: Duration = Duration::from_secs(90);

/// Why the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The caller asked for it.
    Shutdown,
    /// The last connection was closed.
    Disconnected,
    /// The process that started this one is gone.
    ParentGone,
    /// A signal other than Ctrl-C; Ctrl-C too for a process that a person started.
    Signal,
    /// Nobody ever connected.
    NobodyCame,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shutdown => "Terraform asked for it",
            Self::Disconnected => "the connection was closed",
            Self::ParentGone => "the parent process is gone",
            Self::Signal => "a signal asked for it",
            Self::NobodyCame => "nobody connected",
        })
    }
}

/// What is known about the callers.
#[derive(Debug, Clone, Copy, Default)]
struct Callers {
    connected: usize,
    ever: bool,
    shutdown: bool,
}

/// Watches connections and Shutdown calls. Clones watch the same process.
#[derive(Debug, Clone, Default)]
pub struct Lifetime {
    callers: Arc<watch::Sender<Callers>>,
}

impl Lifetime {
    /// Counts a connection for as long as the result lives.
    pub(super) fn connected(&self) -> Connected {
        self.callers.send_modify(|callers| {
            callers.connected += 1;
            callers.ever = true;
        });
        Connected { callers: Arc::clone(&self.callers) }
    }

    /// Notes that the caller wants the process to end once its call is answered.
    pub(super) fn shut_down(&self) {
        self.callers.send_modify(|callers| callers.shutdown = true);
    }

    /// Waits until a process started by terraform should end.
    ///
    /// `parent` is the id of the parent as it was at the very start. It is polled, because the kernel's own
    /// notification (PR_SET_PDEATHSIG) follows the thread that started us, and Go ends threads as it likes.
    pub async fn over(&self, parent: u32, signals: &mut Signals) -> End {
        tokio::select! {
            end = self.callers_done() => end,
            () = parent_gone(parent) => End::ParentGone,
            () = signals.end() => End::Signal,
            () = self.nobody_came() => End::NobodyCame,
        }
    }

    async fn callers_done(&self) -> End {
        let mut callers = self.callers.subscribe();
        let done = |callers: &Callers| callers.shutdown || (callers.ever && callers.connected == 0);
        // The sender lives as long as `self`, so neither wait can fail.
        let shutdown = callers.wait_for(done).await.is_ok_and(|callers| callers.shutdown);
        if !shutdown {
            return End::Disconnected;
        }
        let _ = timeout(LAST_WORDS, callers.wait_for(|callers| callers.connected == 0)).await;
        End::Shutdown
    }

    async fn nobody_came(&self) {
        sleep(FIRST_CONNECTION).await;
        if self.callers.borrow().ever {
            std::future::pending::<()>().await;
        }
    }
}

/// One open connection.
#[derive(Debug)]
pub(super) struct Connected {
    callers: Arc<watch::Sender<Callers>>,
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.callers.send_modify(|callers| callers.connected = callers.connected.saturating_sub(1));
    }
}

async fn parent_gone(parent: u32) {
    let mut checks = interval(PARENT_CHECK);
    checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while parent_id() == parent {
        checks.tick().await;
    }
}

/// The signals that end a process, caught from [`Signals::catch`] on.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    interrupt_ends: bool,
    terminate: Signal,
    hang_up: Signal,
    quit: Signal,
}

impl Signals {
    /// Catches them. Must be called inside a tokio runtime.
    ///
    /// `interrupt_ends` says whether Ctrl-C does. It must not for a process that terraform started: the terminal sends
    /// it to the whole group, and terraform answers it by asking the provider to finish what it has begun.
    pub fn catch(interrupt_ends: bool) -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            interrupt_ends,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
        })
    }

    /// Waits for one that ends the process.
    pub async fn end(&mut self) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => if self.interrupt_ends { return },
                _ = self.terminate.recv() => return,
                _ = self.hang_up.recv() => return,
                _ = self.quit.recv() => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn over(lifetime: &Lifetime) -> End {
        lifetime.over(parent_id(), &mut Signals::catch(false).unwrap()).await
    }

    #[tokio::test]
    async fn ends_when_the_last_connection_closes_and_not_before_the_first() {
        let lifetime = Lifetime::default();
        let first = lifetime.connected();
        let second = lifetime.connected();
        drop(first);
        assert!(timeout(Duration::from_millis(50), over(&lifetime)).await.is_err());
        drop(second);
        assert_eq!(over(&lifetime).await, End::Disconnected);

        let unused = Lifetime::default();
        assert!(timeout(Duration::from_millis(50), over(&unused)).await.is_err());
    }

    #[tokio::test]
    async fn shutdown_does_not_wait_long_for_the_caller_to_hang_up() {
        let lifetime = Lifetime::default();
        let _open = lifetime.connected();
        lifetime.shut_down();
        let end = timeout(Duration::from_secs(1), over(&lifetime)).await.unwrap();
        assert_eq!(end, End::Shutdown);
    }

    #[tokio::test]
    async fn another_parent_ends_it() {
        let lifetime = Lifetime::default();
        let _open = lifetime.connected();
        let mut signals = Signals::catch(false).unwrap();
        assert_eq!(lifetime.over(parent_id() + 1, &mut signals).await, End::ParentGone);
    }
}
