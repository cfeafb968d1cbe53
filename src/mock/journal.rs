//! Every request the mock answered, for tests to ask about. Secrets are never stored.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;

use super::Side;
use super::faults::glob;
use super::history::History;

/// One request and its answer.
#[derive(Clone, Debug, Serialize)]
pub struct Exchange {
    /// Position in the order of arrival of answers, from 1. It stays when older exchanges are forgotten.
    pub number: usize,
    /// When it was answered, on the mock's clock.
    pub at: String,
    /// Which side was asked.
    pub side: Side,
    /// HTTP method.
    pub method: String,
    /// Path, still percent-encoded.
    pub path: String,
    /// Query string with secrets replaced; empty without one.
    pub query: String,
    /// The route that served it, e.g. `/api/v1/apps/{app_id}`; none if no route did.
    pub route: Option<String>,
    /// Headers of the request, credentials replaced.
    pub request_headers: Vec<(String, String)>,
    /// Body of the request, secrets replaced.
    pub request_body: Value,
    /// Status of the answer; none if the connection was closed without one.
    pub status: Option<u16>,
    /// Headers of the answer, credentials replaced.
    pub response_headers: Vec<(String, String)>,
    /// Body of the answer, secrets replaced.
    pub response_body: Value,
    /// The answer, or its absence, came from a scripted fault.
    pub scripted: bool,
}

impl Exchange {
    /// First value of a request header; the name in lower case.
    pub fn request_header(&self, name: &str) -> Option<&str> {
        self.request_headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether the request was nobody's: no route, or a route without this method.
    pub fn unserved(&self) -> bool {
        !self.scripted && (self.route.is_none() || self.status == Some(405))
    }
}

/// The exchanges of one mock, oldest first. Of very many, the latest are kept.
#[derive(Default)]
pub struct Journal {
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    exchanges: History<Exchange>,
    /// Number of the latest exchange.
    last: usize,
}

impl Journal {
    /// Adds an exchange and numbers it.
    pub fn record(&self, mut exchange: Exchange) {
        let mut inside = self.lock();
        inside.last += 1;
        exchange.number = inside.last;
        inside.exchanges.push(exchange);
    }

    /// Everything so far.
    pub fn all(&self) -> Vec<Exchange> {
        self.lock().exchanges.iter().cloned().collect()
    }

    /// Exchanges with this method whose path matches the pattern: `*` stands for any part of one segment, `**` for
    /// any number of segments.
    pub fn matching(&self, method: &str, pattern: &str) -> Vec<Exchange> {
        self.lock()
            .exchanges
            .iter()
            .filter(|exchange| exchange.method.eq_ignore_ascii_case(method) && glob(pattern, &exchange.path))
            .cloned()
            .collect()
    }

    /// How many exchanges there were, forgotten ones included; with [`Journal::since`] it marks a place to look back from.
    pub fn len(&self) -> usize {
        self.lock().last
    }

    /// Nothing arrived yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What came after the first `mark` exchanges.
    pub fn since(&self, mark: usize) -> Vec<Exchange> {
        self.lock().exchanges.iter().filter(|exchange| exchange.number > mark).cloned().collect()
    }

    /// Writes (anything but GET and HEAD) after the first `mark` exchanges, as `METHOD path`.
    pub fn writes_since(&self, mark: usize) -> Vec<String> {
        self.since(mark)
            .iter()
            .filter(|exchange| !matches!(exchange.method.as_str(), "GET" | "HEAD"))
            .map(|exchange| format!("{} {}", exchange.method, exchange.path))
            .collect()
    }

    /// Requests that nobody serves, as `METHOD path`.
    pub fn unserved(&self) -> Vec<String> {
        self.lock()
            .exchanges
            .iter()
            .filter(|exchange| exchange.unserved())
            .map(|exchange| format!("{:?} {} {}", exchange.side, exchange.method, exchange.path))
            .collect()
    }

    /// Forgets everything, and counts from 1 again.
    pub fn clear(&self) {
        *self.lock() = Inside::default();
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
