//! A guided tour of every route: each vendor's file asks for everything once, and for each way to be refused.
//!
//! It keeps whole answers, which the journal does not, so that they can be held against the vendors' own documents.

use reqwest::Method;
use serde_json::Value;
use zt::mock::{Mock, Side};

use crate::http::{Answer, send, send_form};

mod cloudflare;
mod okta;
mod openid;

/// One answer on the way.
pub(crate) struct Stop {
    pub(crate) side: Side,
    pub(crate) method: Method,
    /// Path on the side's host, without the query.
    pub(crate) path: String,
    pub(crate) answer: Answer,
}

/// Somebody who walks through a mock and notes every answer.
pub(crate) struct Tour {
    pub(crate) mock: Mock,
    pub(crate) stops: Vec<Stop>,
}

impl Tour {
    /// The whole tour.
    pub(crate) async fn complete() -> Vec<Stop> {
        let mut tour = Self { mock: Mock::start().await, stops: Vec::new() };
        cloudflare::visit(&mut tour).await;
        okta::visit(&mut tour).await;
        openid::visit(&mut tour).await;
        tour.stops
    }

    /// Asks with any headers; fails the test if the status is another. Returns the body, `null` if it is no JSON.
    pub(crate) async fn ask(
        &mut self,
        side: Side,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
        status: u16,
    ) -> Value {
        let host = match side {
            Side::Okta => self.mock.org_url(),
            Side::Cloudflare => self.mock.api_url().trim_end_matches(zt::mock::cloudflare::BASE_PATH),
            Side::Team => self.mock.auth_url(),
        };
        let answer = send(method.clone(), &format!("{host}{path}"), headers, &body).await;
        self.note(side, method, path, answer, status)
    }

    /// Sends Okta a form; fails the test if the status is another. Returns the body, `null` if it is no JSON.
    pub(crate) async fn fill_in(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
        status: u16,
    ) -> Value {
        let answer = send_form(&format!("{}{path}", self.mock.org_url()), headers, fields).await;
        self.note(Side::Okta, Method::POST, path, answer, status)
    }

    fn note(&mut self, side: Side, method: Method, path: &str, answer: Answer, status: u16) -> Value {
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
        let said = serde_json::from_str(&answer.text).unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default().to_owned();
        self.stops.push(Stop { side, method, path, answer });
        said
    }
}
