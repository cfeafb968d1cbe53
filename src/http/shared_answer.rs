//! An answer that several reads of one process share.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Error;

/// Answers by what was asked. Whoever asks first reads, and whoever asks meanwhile waits for that and shares what it comes
/// to, a failure as well: many who wait cost one request, and one time-out. Whoever asks after a failure reads anew, and
/// where the first one is stopped or has no time left, which says nothing of the service, the next one in line reads.
///
/// An answer serves until [`forget`](Self::forget). A read that began before it may still take an answer from before;
/// none that begins after it does.
#[derive(Debug)]
pub struct SharedAnswers<K, T>(Mutex<HashMap<K, Arc<Line<T>>>>);

/// Those who want one answer, in the order in which they came.
#[derive(Debug)]
struct Line<T> {
    last: tokio::sync::Mutex<Last<T>>,
    /// How many reads have failed. Whoever came before the last of them has waited for it.
    failures: AtomicUsize,
}

/// What the last reads came to.
#[derive(Debug)]
struct Last<T> {
    answer: Option<T>,
    failure: Option<Error>,
}

impl<K, T> Default for SharedAnswers<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self { last: tokio::sync::Mutex::new(Last { answer: None, failure: None }), failures: AtomicUsize::new(0) }
    }
}

impl<K: Eq + Hash, T: Clone> SharedAnswers<K, T> {
    /// The answer to `key`, for which `read` asks if nobody has.
    ///
    /// # Errors
    /// That of `read`, or that of the read which was waited for.
    pub fn get(&self, key: K, read: impl Future<Output = Result<T, Error>>) -> impl Future<Output = Result<T, Error>> {
        self.get_if(key, |_| true, read)
    }

    /// The same, where not every answer will do: one that does not serve is replaced.
    ///
    /// # Errors
    /// As in [`get`](Self::get).
    pub fn get_if(
        &self,
        key: K,
        serves: impl Fn(&T) -> bool,
        read: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, Error>> {
        self.get_where(key, serves, |_| true, read)
    }

    /// The same, where each may ask for something else: only a failure that `concerns` all of them is shared.
    ///
    /// # Errors
    /// As in [`get`](Self::get).
    pub fn get_where(
        &self,
        key: K,
        serves: impl Fn(&T) -> bool,
        concerns: impl Fn(&Error) -> bool,
        read: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, Error>> {
        // Boxed, since every layer of callers would hold it whole, and stacks are small.
        self.read_in_line(key, serves, concerns, Box::pin(read))
    }

    async fn read_in_line(
        &self,
        key: K,
        serves: impl Fn(&T) -> bool,
        concerns: impl Fn(&Error) -> bool,
        read: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let line = Arc::clone(self.lock().entry(key).or_default());
        let failures = line.failures.load(Ordering::SeqCst);
        let mut last = line.last.lock().await;
        if let Some(answer) = last.answer.as_ref().filter(|answer| serves(answer)) {
            return Ok(answer.clone());
        }
        if line.failures.load(Ordering::SeqCst) != failures
            && let Some(failure) = last.failure.as_ref().filter(|failure| concerns(failure))
        {
            return Err(failure.clone());
        }
        match read.await {
            Ok(answer) => {
                last.answer = Some(answer.clone());
                Ok(answer)
            }
            Err(error) => {
                if !error.is_of_the_caller() {
                    last.failure = Some(error.clone());
                    line.failures.fetch_add(1, Ordering::SeqCst);
                }
                Err(error)
            }
        }
    }

    /// The answer that there is. Whoever reads it right now is waited for.
    pub async fn known(&self, key: &K) -> Option<T> {
        let line = Arc::clone(self.lock().get(key)?);
        let last = line.last.lock().await;
        last.answer.clone()
    }

    /// Forgets every answer: something was written, and nobody knows which answers that changes.
    pub fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Arc<Line<T>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What reads share of one service.
pub trait Shared {
    /// Forgets all of it.
    fn forget(&self);
}

/// What a write holds while it is under way: when it is dropped, however that ends, what reads share is forgotten.
#[derive(Debug)]
pub struct Writing<S: Shared>(Arc<S>);

impl<S: Shared> Writing<S> {
    /// A write begins.
    pub fn begin(shared: &Arc<S>) -> Self {
        Self(Arc::clone(shared))
    }
}

impl<S: Shared> Drop for Writing<S> {
    fn drop(&mut self) {
        self.0.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::{join_all, poll_immediate};
    use std::future::pending;
    use std::pin::pin;
    use tokio::sync::oneshot;

    type Answers = SharedAnswers<&'static str, usize>;

    async fn of(answers: &Answers, value: usize) -> usize {
        answers.get("key", async { Ok(value) }).await.unwrap()
    }

    /// A read that ends as it is told.
    async fn told(held: oneshot::Receiver<Result<usize, Error>>) -> Result<usize, Error> {
        held.await.unwrap()
    }

    fn refused() -> Error {
        Error::Unusable { what: "the answer".into(), reason: "it is refused".into() }
    }

    fn stopped() -> Error {
        Error::Stopped { request: "GET x".into(), before: None }
    }

    #[tokio::test]
    async fn one_reads_for_all_who_ask_meanwhile() {
        let (answers, (release, held)) = (Answers::default(), oneshot::channel());
        let mut first = pin!(answers.get("key", told(held)));
        assert!(poll_immediate(&mut first).await.is_none());
        let mut second = pin!(of(&answers, 2));
        assert!(poll_immediate(&mut second).await.is_none());
        release.send(Ok(1)).unwrap();
        assert_eq!((first.await.unwrap(), second.await, of(&answers, 3).await), (1, 1, 1));
        assert_eq!((answers.known(&"key").await, answers.known(&"other").await), (Some(1), None));
    }

    #[tokio::test]
    async fn whoever_waits_while_a_read_fails_shares_the_failure_and_whoever_comes_later_reads_anew() {
        let (answers, (release, held)) = (Answers::default(), oneshot::channel());
        let mut first = pin!(answers.get("key", told(held)));
        assert!(poll_immediate(&mut first).await.is_none());
        let asks = || async { unreachable!("one request is enough") };
        let mut waiters: Vec<_> = (0..20).map(|_| Box::pin(answers.get("key", asks()))).collect();
        for waiter in &mut waiters {
            assert!(poll_immediate(waiter).await.is_none());
        }
        release.send(Err(refused())).unwrap();
        assert!(first.await.is_err());
        // This one comes after the failure, and before the others have heard of it.
        let mut later = pin!(of(&answers, 2));
        assert!(poll_immediate(&mut later).await.is_none());
        for outcome in join_all(waiters).await {
            assert!(matches!(outcome, Err(Error::Unusable { .. })), "{outcome:?}");
        }
        assert_eq!((later.await, of(&answers, 3).await), (2, 2));
    }

    #[tokio::test]
    async fn a_failure_that_does_not_concern_whoever_waits_is_not_shared() {
        let (answers, (release, held)) = (Answers::default(), oneshot::channel());
        let mut first = pin!(answers.get_where("key", |_| true, Error::is_no_answer, told(held)));
        assert!(poll_immediate(&mut first).await.is_none());
        let mut second = pin!(answers.get_where("key", |_| true, Error::is_no_answer, async { Ok(2) }));
        assert!(poll_immediate(&mut second).await.is_none());
        release.send(Err(refused())).unwrap();
        assert!(first.await.is_err());
        assert_eq!(second.await.unwrap(), 2);
    }

    #[tokio::test]
    async fn whoever_waits_for_one_that_is_dropped_or_has_no_time_reads_next() {
        let answers = Answers::default();
        let mut dropped = Box::pin(answers.get("key", pending()));
        assert!(poll_immediate(&mut dropped).await.is_none());
        let (release, held) = oneshot::channel();
        let mut next = pin!(answers.get("key", told(held)));
        let mut last = pin!(of(&answers, 2));
        assert!(poll_immediate(&mut next).await.is_none());
        assert!(poll_immediate(&mut last).await.is_none());
        drop(dropped);
        assert!(poll_immediate(&mut next).await.is_none());
        release.send(Err(stopped())).unwrap();
        assert!(next.await.unwrap_err().is_stopped());
        assert_eq!(last.await, 2);
    }

    #[tokio::test]
    async fn an_answer_that_does_not_serve_is_replaced() {
        let answers = Answers::default();
        let least = async |least: usize| answers.get_if("key", |known| *known >= least, async { Ok(least) }).await;
        assert_eq!(least(2).await.unwrap(), 2);
        assert_eq!(least(1).await.unwrap(), 2);
        assert_eq!(least(3).await.unwrap(), 3);
        // A failure leaves the answer to those whom it serves.
        assert!(answers.get_if("key", |_| false, async { Err(refused()) }).await.is_err());
        assert_eq!(of(&answers, 9).await, 3);
    }

    #[tokio::test]
    async fn nobody_who_asks_after_a_write_gets_an_answer_from_before() {
        let (answers, (release, held)) = (Answers::default(), oneshot::channel());
        // Began before the write, and ends after it.
        let mut early = pin!(answers.get("key", told(held)));
        assert!(poll_immediate(&mut early).await.is_none());
        answers.forget();
        assert_eq!(of(&answers, 2).await, 2);
        release.send(Ok(1)).unwrap();
        assert_eq!((early.await.unwrap(), of(&answers, 3).await), (1, 2));
    }
}
