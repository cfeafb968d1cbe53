//! What goes out: a method, a path in segments, a query, a body — and what repeating it would do.

use std::sync::Arc;

use bytes::Bytes;
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use super::{Auth, Departure, Error, HeaderValue, Method};

/// What sending a request does, which decides about retries and stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing: repeated freely, abandoned when Terraform stops.
    Read,
    /// A write with the same outcome however often it is sent: repeated, never abandoned.
    Repeatable,
    /// A write that must not happen twice: repeated only when it certainly did not happen.
    Once,
}

/// A request before it is sent. `Debug` shows method and path only.
#[derive(Clone)]
pub struct Request {
    pub(super) method: Method,
    target: Target,
    query: Vec<(String, String)>,
    pub(super) body: Option<(HeaderValue, Bytes)>,
    pub(super) effect: Effect,
    pub(super) secrets: Vec<SecretString>,
    pub(super) auth: Option<Auth>,
    pub(super) departure: Option<Departure>,
    pub(super) write: Option<Arc<Write>>,
}

/// Completes a request before an attempt.
pub(super) type Write = dyn Fn(Request) -> Result<Request, Error> + Send + Sync;

#[derive(Clone)]
enum Target {
    Segments(Vec<String>),
    /// A link that the service itself gave; it must stay on the service's own origin.
    Link(Url),
}

impl Request {
    /// A read of `segments` below the client's base URL. Segments are percent-encoded here.
    pub fn get<'a>(segments: impl IntoIterator<Item = &'a str>) -> Self {
        Self::new(Method::GET, Effect::Read, segments)
    }

    /// A write that must not happen twice; see [`Request::repeatable`].
    pub fn post<'a>(segments: impl IntoIterator<Item = &'a str>) -> Self {
        Self::new(Method::POST, Effect::Once, segments)
    }

    /// A replacement; see [`Request::once`].
    pub fn put<'a>(segments: impl IntoIterator<Item = &'a str>) -> Self {
        Self::new(Method::PUT, Effect::Repeatable, segments)
    }

    /// A partial change; see [`Request::repeatable`].
    pub fn patch<'a>(segments: impl IntoIterator<Item = &'a str>) -> Self {
        Self::new(Method::PATCH, Effect::Once, segments)
    }

    /// A deletion.
    pub fn delete<'a>(segments: impl IntoIterator<Item = &'a str>) -> Self {
        Self::new(Method::DELETE, Effect::Repeatable, segments)
    }

    /// A read of a link that an answer gave, like the next page.
    pub fn follow(link: Url) -> Self {
        Self { target: Target::Link(link), ..Self::get([]) }
    }

    fn new<'a>(method: Method, effect: Effect, segments: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            method,
            target: Target::Segments(segments.into_iter().map(str::to_owned).collect()),
            query: Vec::new(),
            body: None,
            effect,
            secrets: Vec::new(),
            auth: None,
            departure: None,
            write: None,
        }
    }

    /// Adds a query parameter.
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Sends `body` as `application/json`.
    pub fn json(mut self, body: &Value) -> Self {
        self.body = Some((HeaderValue::from_static("application/json"), Bytes::from(body.to_string())));
        self
    }

    /// Sends `fields` as `application/x-www-form-urlencoded`.
    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.body = Some((HeaderValue::from_static("application/x-www-form-urlencoded"), Bytes::from(text)));
        self
    }

    /// Declares that sending this twice has the outcome of sending it once.
    pub fn repeatable(mut self) -> Self {
        self.effect = Effect::Repeatable;
        self
    }

    /// Declares that sending this twice has another outcome than sending it once, although its method promises the same.
    pub fn once(mut self) -> Self {
        self.effect = Effect::Once;
        self
    }

    /// Whether it may change something.
    pub fn is_write(&self) -> bool {
        self.effect != Effect::Read
    }

    /// Declares that this changes nothing although its method could.
    pub fn harmless(mut self) -> Self {
        self.effect = Effect::Read;
        self
    }

    /// Registers a secret that the body carries: it is masked in whatever the service says about it.
    pub fn hide(mut self, secret: &SecretString) -> Self {
        self.secrets.push(secret.clone());
        self
    }

    /// Has `write` add the body, and what is to be hidden of it, before each attempt and after the waits: for one that serves
    /// once, or not for long.
    pub fn written_by(mut self, write: impl Fn(Self) -> Result<Self, Error> + Send + Sync + 'static) -> Self {
        self.write = Some(Arc::new(write));
        self
    }

    /// Notes in `departure` when this leaves, each time that it does.
    pub fn noting(mut self, departure: &Departure) -> Self {
        self.departure = Some(departure.clone());
        self
    }

    /// Uses these credentials instead of the client's.
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = Some(auth);
        self
    }

    /// The segments of the path, not encoded; none for a link.
    pub(super) fn segments(&self) -> &[String] {
        match &self.target {
            Target::Segments(segments) => segments,
            Target::Link(_) => &[],
        }
    }

    /// The URL to send to, below `base`.
    pub(super) fn url(&self, base: &Url) -> Result<Url, Error> {
        let mut url = match &self.target {
            Target::Link(link) if link.origin() == base.origin() => link.clone(),
            Target::Link(link) => {
                return Err(Error::Unusable {
                    what: format!("the link to {}", link.origin().ascii_serialization()),
                    reason: format!(
                        "it leads away from {}, and credentials are not sent there",
                        base.origin().ascii_serialization()
                    ),
                });
            }
            Target::Segments(segments) => below(base, segments)?,
        };
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.target {
            Target::Segments(segments) => write!(f, "{} /{}", self.method, segments.join("/")),
            Target::Link(link) => write!(f, "{} {}", self.method, link.path()),
        }
    }
}

fn below(base: &Url, segments: &[String]) -> Result<Url, Error> {
    // `Url` drops the dot segments silently, and a path without an id is another route.
    if let Some(bad) = segments.iter().find(|segment| matches!(segment.as_str(), "" | "." | "..")) {
        return Err(Error::Unusable {
            what: format!("the identifier {bad:?}"),
            reason: "it cannot be part of a URL path; check the id".into(),
        });
    }
    let mut url = base.clone();
    url.set_query(None);
    url.set_fragment(None);
    match url.path_segments_mut() {
        Ok(mut path) => path.pop_if_empty().extend(segments),
        Err(()) => return Err(Error::InsecureUrl { url: base.scheme().to_owned() }),
    };
    Ok(url)
}

/// Method and URL without user, password, query and fragment: how messages and logs name a request.
pub(super) fn label(method: &Method, url: &Url) -> String {
    format!("{method} {}{}", url.origin().ascii_serialization(), url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://api.example.com/client/v4/").unwrap()
    }

    #[test]
    fn segments_and_query_are_encoded() {
        let request = Request::get(["groups", "a/b c?%2e"]).query("search", "name eq \"x&y\"");
        assert_eq!(
            request.url(&base()).unwrap().as_str(),
            "https://api.example.com/client/v4/groups/a%2Fb%20c%3F%252e?search=name+eq+%22x%26y%22"
        );
    }

    #[test]
    fn identifiers_that_would_change_the_route_are_refused() {
        for id in ["", ".", ".."] {
            assert!(matches!(Request::delete(["apps", id]).url(&base()), Err(Error::Unusable { .. })), "{id:?}");
        }
    }

    #[test]
    fn links_stay_on_their_origin() {
        let own = Url::parse("https://api.example.com/next?after=1").unwrap();
        assert_eq!(Request::follow(own.clone()).url(&base()).unwrap(), own);
        for other in ["https://evil.example/next", "http://api.example.com/next", "https://api.example.com:8443/"] {
            let url = Url::parse(other).unwrap();
            assert!(matches!(Request::follow(url).url(&base()), Err(Error::Unusable { .. })), "{other}");
        }
    }

    #[test]
    fn labels_hold_no_query_and_no_password() {
        let url = Url::parse("https://user:pass@api.example.com/a?token=x#y").unwrap();
        assert_eq!(label(&Method::GET, &url), "GET https://api.example.com/a");
    }
}
