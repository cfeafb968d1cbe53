//! What the attempts at one request come to.

use std::time::Duration;

use super::retry::Failure;
use super::{Answer, Error, StatusCode};

/// One failed attempt.
pub(super) struct Attempt {
    pub(super) error: Error,
    /// What decides about another attempt; `None` if there is to be none.
    pub(super) failure: Option<Failure>,
    /// How long the service asks us to wait.
    pub(super) demanded: Option<Duration>,
    /// How long to wait, if the service answered at all; no less than what it asks for.
    pub(super) pause: Option<Duration>,
}

/// All of them so far.
#[derive(Default)]
pub(super) struct Course {
    /// How many were made.
    pub(super) attempts: u32,
    /// How many of the last ones in a row were refused by the rate limit, and not told for how long.
    pub(super) unexplained: u32,
    /// Whether one of them may have been carried out.
    maybe_done: bool,
}

impl Attempt {
    /// One that is the last.
    pub(super) fn final_(error: Error) -> Self {
        Self { error, failure: None, demanded: None, pause: None }
    }

    /// What a wait before the next attempt is for; empty where it is the rate limit.
    pub(super) fn reason(&self) -> String {
        match self.error.status() {
            Some(StatusCode::TOO_MANY_REQUESTS) => String::new(),
            Some(status) => format!("another attempt after {status}"),
            None => "another attempt after a broken connection".to_owned(),
        }
    }
}

impl Course {
    /// Remembers what is to be known of an attempt when later ones are over.
    pub(super) fn note(&mut self, failed: &Attempt) {
        self.maybe_done |= failed.error.is_maybe_done();
    }

    /// The error to report once no further attempt is made. It is the last one's, and in doubt if any of them was: that the
    /// last one was certainly not carried out says nothing about those before it.
    pub(super) fn conclude(&self, failed: Attempt) -> Error {
        let error = match failed.error {
            Error::Refused(refusal) if refusal.status == StatusCode::TOO_MANY_REQUESTS => Error::RateLimited {
                request: refusal.request,
                summary: refusal.summary,
                attempts: self.attempts,
                retry_after: failed.demanded,
                request_id: refusal.request_id,
                maybe_done: false,
            },
            error => error,
        };
        if self.maybe_done { error.in_doubt() } else { error }
    }
}

/// Writes an attempt into the log.
pub(super) fn trace(label: &str, query: &str, attempt: u32, took: Duration, outcome: &Result<Answer, Attempt>) {
    let (status, request_id) = match outcome {
        Ok(answer) => (Some(answer.status), answer.request_id.as_deref()),
        Err(failed) => (failed.error.status(), failed.error.request_id()),
    };
    tracing::debug!(
        request = label,
        query,
        attempt,
        status = status.map(|status| status.as_u16()),
        request_id,
        duration_ms = super::client::millis(took),
        "http exchange"
    );
}
