//! Every request the mock answered, for tests to ask about. Nothing that it tells has a secret in it.
//!
//! To find the secrets of an exchange takes longer than to answer it, and most exchanges nobody ever asks about. So they
//! are kept as they [came](unread), and read when somebody asks.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::Method;
use serde::Serialize;
use serde_json::Value;

use super::Side;
use super::faults::glob;
use super::history::History;
pub use unread::Unread;

mod unread;

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
        is_unserved(self.scripted, self.route.is_some(), self.status)
    }
}

fn is_unserved(scripted: bool, routed: bool, status: Option<u16>) -> bool {
    !scripted && (!routed || status == Some(405))
}

/// The bodies of the exchanges that are kept have so many bytes at most: a mock may run for days.
const MOST_BYTES: usize = 256 << 20;

/// The exchanges of one mock, oldest first. Of very many, or very large ones, the latest are kept.
#[derive(Default)]
pub struct Journal {
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    entries: History<Entry>,
    /// Number of the latest exchange.
    last: usize,
    /// What the bodies of all entries came with.
    bytes: usize,
}

/// An exchange, and what is told of it once somebody has asked.
struct Entry {
    number: usize,
    bytes: usize,
    unread: Unread,
    told: Option<Box<Exchange>>,
}

impl Entry {
    fn tell(&mut self) -> &Exchange {
        self.told.get_or_insert_with(|| {
            let told = Box::new(self.unread.read(self.number));
            self.unread.forget_bodies();
            told
        })
    }

    /// `METHOD path`.
    fn line(&mut self) -> String {
        let told = self.tell();
        format!("{} {}", told.method, told.path)
    }
}

impl Journal {
    /// Adds an exchange and numbers it.
    pub fn record(&self, exchange: Unread) {
        let mut inside = self.lock();
        inside.last += 1;
        let bytes = exchange.request_body.len() + exchange.response_body.len();
        let entry = Entry { number: inside.last, bytes, unread: exchange, told: None };
        let gone = inside.entries.push(entry);
        inside.bytes = inside.bytes + bytes - gone.map_or(0, |gone| gone.bytes);
        while inside.bytes > MOST_BYTES
            && let Some(gone) = inside.entries.pop()
        {
            inside.bytes -= gone.bytes;
        }
    }

    /// Everything so far.
    pub fn all(&self) -> Vec<Exchange> {
        self.since(0)
    }

    /// Exchanges with this method whose path matches the pattern: `*` stands for any part of one segment, `**` for
    /// any number of segments.
    pub fn matching(&self, method: &str, pattern: &str) -> Vec<Exchange> {
        self.told(|Entry { unread, .. }| {
            unread.method.as_str().eq_ignore_ascii_case(method) && glob(pattern, unread.path())
        })
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
        self.told(|entry| entry.number > mark)
    }

    /// Writes (anything but GET and HEAD) after the first `mark` exchanges, as `METHOD path`.
    pub fn writes_since(&self, mark: usize) -> Vec<String> {
        self.lines(|entry| entry.number > mark && !matches!(entry.unread.method, Method::GET | Method::HEAD))
    }

    /// Requests that nobody serves, as `SIDE METHOD path`.
    pub fn unserved(&self) -> Vec<String> {
        let mut inside = self.lock();
        let unserved = inside.entries.iter_mut().filter(|entry| entry.unread.unserved());
        let line = |entry: &mut Entry| {
            let line = entry.line();
            format!("{:?} {line}", entry.unread.side)
        };
        unserved.map(line).collect()
    }

    /// Forgets everything, and counts from 1 again.
    pub fn clear(&self) {
        *self.lock() = Inside::default();
    }

    fn told(&self, which: impl Fn(&Entry) -> bool) -> Vec<Exchange> {
        let mut inside = self.lock();
        inside.entries.iter_mut().filter(|entry| which(entry)).map(|entry| entry.tell().clone()).collect()
    }

    fn lines(&self, which: impl Fn(&Entry) -> bool) -> Vec<String> {
        let mut inside = self.lock();
        inside.entries.iter_mut().filter(|entry| which(entry)).map(Entry::line).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Bytes;
    use axum::http::{HeaderMap, StatusCode};
    use time::OffsetDateTime;

    fn exchange(path: &str, body: Bytes) -> Unread {
        let mut request_headers = HeaderMap::new();
        request_headers.insert("authorization", "Bearer plum-of-the-season".parse().unwrap());
        Unread {
            at: OffsetDateTime::UNIX_EPOCH,
            side: Side::Okta,
            method: Method::GET,
            uri: path.parse().unwrap(),
            route: None,
            request_headers,
            request_body: Bytes::new(),
            status: Some(StatusCode::OK),
            response_headers: HeaderMap::new(),
            response_body: body,
            scripted: false,
        }
    }

    #[test]
    fn a_secret_in_a_path_is_told_nowhere() {
        let journal = Journal::default();
        journal.record(exchange("/tokens/plum-of-the-season", Bytes::new()));
        let told = format!("{:?} {:?}", journal.all(), journal.unserved());
        assert!(told.contains("/tokens/") && !told.contains("plum"), "{told}");
    }

    #[test]
    fn the_oldest_make_room_for_the_bodies_of_the_latest() {
        let journal = Journal::default();
        let large = Bytes::from(vec![b' '; MOST_BYTES / 2]);
        (0..3).for_each(|number| journal.record(exchange(&format!("/{number}"), large.clone())));
        let kept: Vec<usize> = journal.lock().entries.iter().map(|entry| entry.number).collect();
        assert_eq!((kept, journal.len()), (vec![2, 3], 3));
    }
}
