//! Objects that this process has made a moment ago. A service of many machines may answer 404 for them, until all of its
//! machines know them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Answer, Client, Error, Request};

/// After so long a 404 means what it says.
const KNOWN_EVERYWHERE: Duration = Duration::from_secs(10);

/// What a pause is for.
const KNOWN: &str = "its object, which is new, to be known everywhere";

/// The pauses between attempts.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// Ids, and when the objects were made. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Newborns(Arc<Mutex<HashMap<String, Instant>>>);

impl Newborns {
    /// Remembers an object that was made just now.
    pub fn add(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), Instant::now());
    }

    /// Forgets one that was deleted.
    pub fn remove(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// Sends a request with `send`, and again while the service does not know an object of it that was made a moment ago.
    /// What was answered 404 was not done, writes included, unless an attempt before that is in doubt. `is_gone` tells a 404 about an object from others.
    ///
    /// # Errors
    /// Those of the last attempt, and of waiting for the next one.
    pub async fn await_known<F>(
        &self,
        client: &Client,
        request: Request,
        is_gone: fn(&Error) -> bool,
        send: impl Fn(Request) -> F,
    ) -> Result<Answer, Error>
    where
        F: Future<Output = Result<Answer, Error>>,
    {
        let (mut attempt, mut earlier) = (0, None);
        loop {
            match send(request.clone()).await.map_err(|error| error.after(earlier.take())) {
                Err(error)
                    if is_gone(&error)
                        && let Some(pause) = self.pause(&request, attempt) =>
                {
                    if let Err(ended) = client.pause(pause, KNOWN, &format!("{request:?}")).await {
                        return Err(ended.after(Some(error)));
                    }
                    (attempt, earlier) = (attempt + 1, Some(error));
                }
                outcome => return outcome,
            }
        }
    }

    /// How long to wait before a request that was answered 404 is sent again; `attempt` counts from 0. `None` for one that
    /// is about none of them, or after the last attempt.
    fn pause(&self, request: &Request, attempt: usize) -> Option<Duration> {
        let made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = |id: &String| made.get(id).is_some_and(|at| at.elapsed() < KNOWN_EVERYWHERE);
        request.segments().iter().any(is_new).then(|| PAUSES.get(attempt).copied()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_about_an_object_by_a_whole_segment_of_its_path() {
        let newborns = Newborns::default();
        newborns.add("0oa1");
        assert!(newborns.pause(&Request::get(["apps", "0oa1", "groups"]), 0).is_some());
        assert!(newborns.pause(&Request::get(["apps", "0oa1", "groups"]), PAUSES.len()).is_none());
        assert!(newborns.pause(&Request::get(["apps", "0oa12"]), 0).is_none());
        newborns.remove("0oa1");
        assert!(newborns.pause(&Request::get(["apps", "0oa1"]), 0).is_none());
    }
}
