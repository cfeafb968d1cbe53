//! Sees what a caller does not: panics that somebody caught, on whatever thread, and inputs that never come to an end.

use std::io::Write;
use std::panic;
use std::process::abort;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// Far more than any input needs, on whatever machine.
const LONGEST: Duration = Duration::from_secs(120);

/// A panic: on which thread, and what was said.
struct Panic {
    thread: ThreadId,
    of_a_mock: bool,
    said: String,
}

static PANICS: Mutex<Vec<Panic>> = Mutex::new(Vec::new());

/// Runs something that may neither panic, though somebody might catch it, nor go on for ever.
pub fn watched<T>(what: &str, work: impl FnOnce() -> T) -> T {
    note_panics();
    let own = thread::current().id();
    // One that went through here before has been told already.
    panics().retain(|panic| panic.thread != own);
    let (done, ended) = channel::<()>();
    let name = what.to_owned();
    let watchdog = thread::spawn(move || {
        if ended.recv_timeout(LONGEST) == Err(RecvTimeoutError::Timeout) {
            // Nothing else stops a loop, and nothing else would say which one it is.
            let _ = writeln!(std::io::stderr(), "no end after {LONGEST:?}: {name}");
            abort();
        }
    });
    let outcome = work();
    drop(done);
    watchdog.join().unwrap();
    let mut said = Vec::new();
    panics().retain(|panic| {
        let ours = panic.thread == own || panic.of_a_mock;
        if ours {
            said.push(panic.said.clone());
        }
        !ours
    });
    assert!(said.is_empty(), "panics that were caught: {said:#?}");
    outcome
}

fn panics() -> MutexGuard<'static, Vec<Panic>> {
    PANICS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn note_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let thread = thread::current();
            let of_a_mock = thread.name() == Some("zt-mock");
            panics().push(Panic { thread: thread.id(), of_a_mock, said: info.to_string() });
            usual(info);
        }));
    });
}
