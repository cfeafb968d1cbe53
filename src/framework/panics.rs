//! Turns a panic inside one call into a value, so that the other calls of the process go on.
//!
//! A panic hook runs before anything is caught, on the thread that panicked. It cannot know by itself whether somebody
//! up the stack will catch: [`caught`] tells it, and [`note`] lets it leave the place of the panic for [`catch`].

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::pin::pin;
use std::task::Poll;

thread_local! {
    /// How many [`catch`] are polling on this thread, one inside the other.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// Where the last panic under [`catch`] happened, as the hook noted it.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic that was caught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panic {
    /// What was passed to `panic!`, or a fixed phrase when that was no string.
    pub message: String,
    /// `file:line`, when the process has a panic hook that calls [`note`].
    pub location: Option<String>,
}

/// Whether a panic on this thread would be caught by [`catch`].
pub fn caught() -> bool {
    DEPTH.with(|depth| depth.get() > 0)
}

/// For the panic hook: remembers where a panic that [`catch`] is about to catch happened.
pub fn note(info: &PanicHookInfo<'_>) {
    let place = info.location().map(|at| format!("{}:{}", at.file(), at.line()));
    PLACE.with(|slot| slot.replace(place));
}

/// The text of a panic's payload.
pub fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic whose payload is no text".to_owned()
    }
}

/// Runs `future` to its end or to its first panic.
///
/// Tasks that the future spawns are not covered; awaiting one that panicked and unwrapping its result is.
pub async fn catch<F: Future>(future: F) -> Result<F::Output, Panic> {
    let mut future = pin!(future);
    std::future::poll_fn(move |context| {
        let polling = Polling::start();
        // The future is never polled again after a panic, so nothing half-changed inside it is seen.
        let outcome = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        drop(polling);
        match outcome {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(payload) => {
                Poll::Ready(Err(Panic { message: message(payload.as_ref()), location: PLACE.with(|slot| slot.take()) }))
            }
        }
    })
    .await
}

/// Counts one [`catch`] on this thread for as long as it polls.
struct Polling;

impl Polling {
    fn start() -> Self {
        DEPTH.with(|depth| depth.set(depth.get() + 1));
        Self
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get().saturating_sub(1)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_a_value() {
        let got = catch(async {
            tokio::task::yield_now().await;
            panic!("no {}", "luck");
        })
        .await;
        let got: Result<(), Panic> = got;
        assert_eq!(got.unwrap_err().message, "no luck");
    }

    #[tokio::test]
    async fn an_ordinary_end_passes_through() {
        assert_eq!(catch(async { 7 }).await, Ok(7));
    }

    #[tokio::test]
    async fn caught_is_true_only_while_polling() {
        assert!(!caught());
        let inner = catch(async {
            let nested = catch(async { panic!("inner") }).await;
            let nested: Result<(), Panic> = nested;
            assert!(nested.is_err());
            caught()
        });
        assert_eq!(inner.await, Ok(true));
        assert!(!caught());
    }
}
