//! An exchange as it went over the wire.

use axum::body::Bytes;
use axum::extract::MatchedPath;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use time::OffsetDateTime;

use super::{Exchange, is_unserved};
use crate::mock::Side;
use crate::mock::clock::millis;
use crate::mock::redaction::{self, Quoted};

/// A request and its answer, secrets and all. It can be [read](Self::read), but not printed.
pub struct Unread {
    /// When it was answered, on the mock's clock.
    pub at: OffsetDateTime,
    /// Which side was asked.
    pub side: Side,
    /// HTTP method.
    pub method: Method,
    /// What was asked for.
    pub uri: Uri,
    /// The route that served it; none if no route did.
    pub route: Option<MatchedPath>,
    /// Headers of the request.
    pub request_headers: HeaderMap,
    /// Body of the request.
    pub request_body: Bytes,
    /// Status of the answer; none if the connection was closed without one.
    pub status: Option<StatusCode>,
    /// Headers of the answer.
    pub response_headers: HeaderMap,
    /// Body of the answer.
    pub response_body: Bytes,
    /// The answer, or its absence, came from a scripted fault.
    pub scripted: bool,
}

impl Unread {
    /// The path, still percent-encoded.
    pub(super) fn path(&self) -> &str {
        self.uri.path()
    }

    pub(super) fn unserved(&self) -> bool {
        is_unserved(self.scripted, self.route.is_some(), self.status.map(|status| status.as_u16()))
    }

    /// Once it has been read, nobody needs them any longer.
    pub(super) fn forget_bodies(&mut self) {
        (self.request_body, self.response_body) = Default::default();
    }

    /// What may be told of it.
    pub(super) fn read(&self, number: usize) -> Exchange {
        let query = self.uri.query().unwrap_or_default();
        let mut quoted = Quoted::default();
        quoted.add(&self.request_headers, query, &self.request_body);
        quoted.add(&self.response_headers, "", &self.response_body);
        let named = |headers: &HeaderMap| {
            let shown = redaction::headers(headers).into_iter();
            shown.map(|(name, value)| (name, quoted.hide(value))).collect()
        };
        let body = |headers, bytes| quoted.hide_in(redaction::body(headers, bytes));
        Exchange {
            number,
            at: millis(self.at),
            side: self.side,
            method: self.method.to_string(),
            path: quoted.hide(self.path().to_owned()),
            query: quoted.hide(redaction::query(query)),
            route: self.route.as_ref().map(|route| route.as_str().to_owned()),
            request_headers: named(&self.request_headers),
            request_body: body(&self.request_headers, &self.request_body),
            status: self.status.map(|status| status.as_u16()),
            response_headers: named(&self.response_headers),
            response_body: body(&self.response_headers, &self.response_body),
            scripted: self.scripted,
        }
    }
}
