//! One request as the org's nouns see it, and the answers they give.

use std::ops::RangeInclusive;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use url::form_urlencoded;

use super::auth::Caller;
use super::errors::{self, Refusal};
use crate::mock::clock::millis;

/// What a noun answers: a reply, or a refusal in Okta's envelope.
pub(crate) type Answer = Result<Reply, Refusal>;

/// One authenticated request.
pub(crate) struct Call {
    /// HTTP method; tells nouns nothing that their route does not, but belongs to the audit trail.
    pub(crate) method: Method,
    /// Path without query.
    pub(crate) path: String,
    /// Values of the `{…}` segments of the route.
    pub(crate) segments: Vec<(String, String)>,
    /// Query parameters, decoded, in order.
    pub(crate) query: Vec<(String, String)>,
    /// URL of the org, without a slash at the end: links begin with it.
    pub(crate) org_url: String,
    /// Who asks.
    pub(crate) caller: Caller,
    /// When, on the mock's clock.
    pub(crate) now: OffsetDateTime,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

/// What came as request body.
pub(crate) enum Body {
    Empty,
    Json(Value),
    /// Fields of `application/x-www-form-urlencoded`, decoded, in order.
    Form(Vec<(String, String)>),
    NotJson,
    OtherType,
}

impl Body {
    pub(crate) fn read(headers: &HeaderMap, bytes: &Bytes) -> Self {
        if bytes.is_empty() {
            return Self::Empty;
        }
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if essence == "application/x-www-form-urlencoded" {
            return Self::Form(form_urlencoded::parse(bytes).into_owned().collect());
        }
        if essence != "application/json" && !essence.ends_with("+json") {
            return Self::OtherType;
        }
        serde_json::from_slice(bytes).map_or(Self::NotJson, Self::Json)
    }
}

impl Call {
    /// A `{…}` segment of the path. Empty if the route has none of that name.
    pub(crate) fn segment(&self, name: &str) -> &str {
        self.segments.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// First query parameter of that name that is not empty.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// A query parameter that switches something on; Okta's own clients also write `TRUE`.
    pub(crate) fn switch(&self, name: &str, otherwise: bool) -> bool {
        self.parameter(name).map_or(otherwise, |value| value.eq_ignore_ascii_case("true"))
    }

    /// The body, which must be a JSON object.
    pub(crate) fn object(&self) -> Result<&Map<String, Value>, Refusal> {
        match &self.body {
            Body::Json(Value::Object(members)) => Ok(members),
            Body::Form(_) | Body::OtherType => Err(errors::wrong_media_type()),
            Body::Empty | Body::NotJson | Body::Json(_) => Err(errors::malformed()),
        }
    }

    /// The body, which may be absent and must be a JSON object otherwise.
    pub(crate) fn optional_object(&self) -> Result<Map<String, Value>, Refusal> {
        match &self.body {
            Body::Empty => Ok(Map::new()),
            _ => self.object().cloned(),
        }
    }

    /// The fields of a form. None at all is an empty one.
    pub(crate) fn form(&self) -> Result<&[(String, String)], Refusal> {
        match &self.body {
            Body::Form(fields) => Ok(fields),
            Body::Empty => Ok(&[]),
            Body::Json(_) | Body::NotJson | Body::OtherType => Err(errors::wrong_media_type()),
        }
    }

    /// First header of that name, if it is text.
    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A cookie's value.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let cookies = self.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// `User-Agent`, for the System Log.
    pub(crate) fn user_agent(&self) -> &str {
        self.header(header::USER_AGENT).unwrap_or_default()
    }

    /// An absolute URL of the org.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.org_url)
    }

    /// One page of a list, with `Link` headers. The `limit` asked for is moved into `sizes`; a cursor is the id of the
    /// last item before the page.
    pub(crate) fn page(&self, items: Vec<(String, Value)>, usual: usize, sizes: RangeInclusive<usize>) -> Answer {
        let limit = match self.parameter("limit") {
            None | Some("-1") => usual,
            Some(text) => match text.parse::<usize>() {
                Ok(0) | Err(_) => return Err(errors::invalid_paging()),
                Ok(limit) => limit.clamp(*sizes.start(), *sizes.end()),
            },
        };
        let start = match self.parameter("after") {
            None => 0,
            Some(cursor) => match items.iter().position(|(id, _)| id == cursor) {
                Some(position) => position + 1,
                None => return Err(errors::invalid_paging()),
            },
        };
        let more = items.len() > start + limit;
        let page: Vec<(String, Value)> = items.into_iter().skip(start).take(limit).collect();
        let next = page.last().filter(|_| more).map(|(last, _)| self.list_url(Some(last), limit));
        let reply = Reply::ok(page.into_iter().map(|(_, item)| item).collect())
            .with_link(self.list_url(self.parameter("after"), limit), "self");
        Ok(match next {
            Some(next) => reply.with_link(next, "next"),
            None => reply,
        })
    }

    /// This list's URL with another cursor, the other parameters kept.
    pub(crate) fn list_url(&self, after: Option<&str>, limit: usize) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        query.append_pair("limit", &limit.to_string());
        for (name, value) in &self.query {
            if name != "after" && name != "limit" {
                query.append_pair(name, value);
            }
        }
        format!("{}{}?{}", self.org_url, self.path, query.finish())
    }
}

/// `2026-03-25T06:09:58.000Z`: the vendor's documents have no smaller unit than seconds, but write three zeros.
pub(crate) fn stamp(at: OffsetDateTime) -> String {
    millis(at.replace_nanosecond(0).unwrap_or(at))
}

/// An answer that is not a refusal in Okta's envelope.
pub(crate) struct Reply {
    status: StatusCode,
    content: Content,
    headers: Vec<(HeaderName, String)>,
    links: Vec<(String, &'static str)>,
}

enum Content {
    Nothing,
    Json(Value),
    Page(Response),
}

impl Reply {
    fn new(status: StatusCode, content: Content) -> Self {
        Self { status, content, headers: Vec::new(), links: Vec::new() }
    }

    /// 200 with a document.
    pub(crate) fn ok(body: Value) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// 201 with a document.
    pub(crate) fn created(body: Value) -> Self {
        Self::json(StatusCode::CREATED, body)
    }

    /// Any status with a document.
    pub(crate) fn json(status: StatusCode, body: Value) -> Self {
        Self::new(status, Content::Json(body))
    }

    /// 200 with nothing, which some deletions answer.
    pub(crate) fn empty() -> Self {
        Self::bare(StatusCode::OK)
    }

    /// 204.
    pub(crate) fn no_content() -> Self {
        Self::bare(StatusCode::NO_CONTENT)
    }

    /// A status with nothing.
    pub(crate) fn bare(status: StatusCode) -> Self {
        Self::new(status, Content::Nothing)
    }

    /// A page for a person, with the headers that it has already.
    pub(crate) fn page(page: Response) -> Self {
        Self::new(page.status(), Content::Page(page))
    }

    /// 302 to another place.
    pub(crate) fn redirect(to: String) -> Self {
        Self::bare(StatusCode::FOUND).with_header(header::LOCATION, to)
    }

    /// The same reply with a header, in the place of any other of that name unless it is a cookie. One that cannot be
    /// sent as it is is left out.
    pub(crate) fn with_header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same reply with one more `Link` header.
    pub(crate) fn with_link(mut self, url: String, relation: &'static str) -> Self {
        self.links.push((url, relation));
        self
    }

    #[cfg(test)]
    pub(crate) fn document(&self) -> &Value {
        match &self.content {
            Content::Json(body) => body,
            Content::Nothing | Content::Page(_) => &Value::Null,
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = match self.content {
            Content::Json(body) => (self.status, axum::Json(body)).into_response(),
            Content::Page(page) => page,
            Content::Nothing => self.status.into_response(),
        };
        let headers = response.headers_mut();
        for (name, value) in self.headers {
            match HeaderValue::try_from(value) {
                Ok(value) if name == header::SET_COOKIE => drop(headers.append(name, value)),
                Ok(value) => drop(headers.insert(name, value)),
                Err(_) => {}
            }
        }
        for (url, relation) in self.links {
            if let Ok(link) = HeaderValue::try_from(format!("<{url}>; rel=\"{relation}\"")) {
                headers.append(header::LINK, link);
            }
        }
        response
    }
}

#[cfg(test)]
impl Call {
    /// A call by the administrator, for tests of the nouns.
    pub(crate) fn test(body: Option<Value>, segments: &[(&str, &str)], query: &[(&str, &str)]) -> Self {
        let owned = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        Self {
            method: Method::GET,
            path: "/api/v1/things".into(),
            segments: owned(segments),
            query: owned(query),
            org_url: "http://127.0.0.1:1".into(),
            caller: Caller::Administrator,
            now: time::macros::datetime!(2026-03-25 06:09:58.0405 UTC),
            headers: HeaderMap::new(),
            body: body.map_or(Body::Empty, Body::Json),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn items(count: usize) -> Vec<(String, Value)> {
        (0..count).map(|n| (format!("id{n}"), json!(n))).collect()
    }

    #[test]
    fn pages_are_followed_by_their_next_link() {
        let first = Call::test(None, &[], &[("limit", "2"), ("q", "a b")]).page(items(3), 20, 1..=200).ok().unwrap();
        assert_eq!(first.document(), &json!([0, 1]));
        assert_eq!(first.links[1], ("http://127.0.0.1:1/api/v1/things?after=id1&limit=2&q=a+b".into(), "next"));
        let last = Call::test(None, &[], &[("limit", "2"), ("after", "id1")]).page(items(3), 20, 1..=200).ok().unwrap();
        assert_eq!(last.document(), &json!([2]));
        assert_eq!(last.links.len(), 1, "only the link to itself");
    }

    #[test]
    fn paging_that_makes_no_sense_is_refused() {
        for query in [("limit", "0"), ("limit", "many"), ("after", "nobody")] {
            let refusal = Call::test(None, &[], &[query]).page(items(3), 20, 1..=200).err().unwrap();
            assert_eq!(refusal.code, "E0000029");
        }
    }

    #[test]
    fn a_body_must_be_json_and_an_object() {
        let typed = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"))]);
        let mut call = Call::test(Some(json!([1])), &[], &[]);
        assert_eq!(call.object().err().unwrap().code, "E0000003");
        call.body = Body::read(&typed, &Bytes::from_static(b"{}"));
        assert_eq!(call.object().err().unwrap().code, "E0000021");
        call.body = Body::Empty;
        assert!(call.optional_object().unwrap().is_empty());
        assert_eq!(stamp(call.now), "2026-03-25T06:09:58.000Z");
    }
}
