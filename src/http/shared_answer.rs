//! An answer that several reads of one process share.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

/// Answers by what was asked. Whoever asks first reads, and whoever asks meanwhile waits for that; after a failure, or
/// where the first one was stopped, the next one reads for itself.
///
/// An answer serves until [`forget`](Self::forget). A read that began before it may still take an answer from before;
/// none that begins after it does.
#[derive(Debug)]
pub struct SharedAnswers<K, T>(Mutex<HashMap<K, Arc<OnceCell<T>>>>);

impl<K, T> Default for SharedAnswers<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, T: Clone> SharedAnswers<K, T> {
    /// The answer to `key`, for which `read` asks if nobody has.
    ///
    /// # Errors
    /// That of `read`. It is not shared.
    pub async fn get<E>(&self, key: K, read: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let answer = Arc::clone(self.lock().entry(key).or_default());
        answer.get_or_try_init(|| read).await.cloned()
    }

    /// Forgets every answer: something was written, and nobody knows which answers that changes.
    pub fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Arc<OnceCell<T>>>> {
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
    use futures_util::future::poll_immediate;
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::oneshot;

    async fn of(answers: &SharedAnswers<&'static str, usize>, value: usize) -> usize {
        answers.get("key", async { Ok::<_, Infallible>(value) }).await.unwrap()
    }

    #[tokio::test]
    async fn one_reads_for_all_who_ask_meanwhile() {
        let answers = Arc::new(SharedAnswers::default());
        let (reads, (release, held)) = (Arc::new(AtomicUsize::new(0)), oneshot::channel());
        let first = tokio::spawn({
            let (answers, reads) = (Arc::clone(&answers), Arc::clone(&reads));
            async move {
                let read = async {
                    reads.fetch_add(1, Ordering::SeqCst);
                    held.await
                };
                answers.get("key", read).await.unwrap()
            }
        });
        while reads.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let second = tokio::spawn({
            let answers = Arc::clone(&answers);
            async move { of(&answers, 2).await }
        });
        tokio::task::yield_now().await;
        release.send(1).unwrap();
        assert_eq!((first.await.unwrap(), second.await.unwrap(), of(&answers, 3).await), (1, 1, 1));
    }

    #[tokio::test]
    async fn whoever_waits_for_one_that_fails_or_is_stopped_reads_for_itself() {
        let answers = SharedAnswers::default();
        assert_eq!(answers.get("key", async { Err("no") }).await, Err("no"));
        let mut stopped = Box::pin(answers.get("key", std::future::pending::<Result<usize, &str>>()));
        assert!(poll_immediate(&mut stopped).await.is_none());
        let mut waits = Box::pin(of(&answers, 2));
        assert!(poll_immediate(&mut waits).await.is_none());
        drop(stopped);
        assert_eq!(waits.await, 2);
    }

    #[tokio::test]
    async fn nobody_who_asks_after_a_write_gets_an_answer_from_before() {
        let answers = SharedAnswers::default();
        let (release, held) = oneshot::channel();
        // Began before the write, and ends after it.
        let mut early = Box::pin(answers.get("key", held));
        assert!(poll_immediate(&mut early).await.is_none());
        answers.forget();
        assert_eq!(of(&answers, 2).await, 2);
        release.send(1).unwrap();
        assert_eq!((early.await, of(&answers, 3).await), (Ok(1), 2));
    }
}
