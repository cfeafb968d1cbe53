//! Somebody at a browser: opens addresses, follows redirects and links, fills in forms, keeps cookies. No scripts.
//!
//! It never leaves this machine: a redirect to anywhere but loopback fails the test that it happens in. Its methods
//! block, in async tests too; the mock answers on a thread of its own.
// Each binary uses a part of it. An unwrap that fails here is a test that fails, and says where.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::time::Duration;

use reqwest::header::{self, HeaderMap};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use url::{Host, Url};
use zt::mock::Mock;

mod html;

/// Nobody is sent around this often on purpose.
const MOST_REDIRECTS: usize = 20;

/// One request that the browser made.
#[derive(Clone, Debug)]
pub struct Hop {
    /// HTTP method.
    pub method: Method,
    /// What was asked for.
    pub url: Url,
    /// What the answer was.
    pub status: u16,
    /// Where the answer sent the browser, if it did.
    pub location: Option<Url>,
}

impl Hop {
    /// A parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<String> {
        parameter(&self.url, name)
    }
}

/// A parameter of a URL's query.
pub fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// A cookie. As in real browsers, ports make no difference to it.
#[derive(Clone)]
struct Cookie {
    host: String,
    path: String,
    name: String,
    value: String,
    secure: bool,
}

/// A request that has not been sent.
#[derive(Clone)]
struct Next {
    method: Method,
    url: Url,
    form: Option<Vec<(String, String)>>,
}

/// A browser with one window.
///
/// ```ignore
/// let mut browser = Browser::new(&mock);
/// browser.open(&format!("{}/cdn-cgi/access/login", mock.auth_url()));
/// browser.log_in("ada@acme.example", &password);
/// assert_eq!(browser.field("email"), "ada@acme.example");
/// ```
pub struct Browser {
    ca: Option<String>,
    cookies: Vec<Cookie>,
    hops: Vec<Hop>,
    stop_at: Option<String>,
    held: Option<Next>,
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Browser {
    /// A browser with nothing in it, which trusts the mock's throwaway CA.
    pub fn new(mock: &Mock) -> Self {
        Self {
            ca: mock.ca_file().map(|file| std::fs::read_to_string(file).unwrap()),
            cookies: Vec::new(),
            hops: Vec::new(),
            stop_at: None,
            held: None,
            status: 0,
            headers: HeaderMap::new(),
            body: String::new(),
        }
    }

    // What a person does

    /// Opens an address and follows where it leads.
    #[track_caller]
    pub fn open(&mut self, url: &str) -> &mut Self {
        self.go(Next { method: Method::GET, url: Url::parse(url).unwrap(), form: None })
    }

    /// Follows the link with this text.
    #[track_caller]
    pub fn click(&mut self, label: &str) -> &mut Self {
        let target = html::link(&self.body, label);
        let target = target.unwrap_or_else(|| panic!("no link {label:?} on this page:\n{}", self.text()));
        let url = self.url().join(&target).unwrap();
        self.go(Next { method: Method::GET, url, form: None })
    }

    /// Submits the page's form: these values by name, and everything else as the page has it.
    #[track_caller]
    pub fn submit(&mut self, values: &[(&str, &str)]) -> &mut Self {
        let form = self.form();
        let mut fields: Vec<(String, String)> = Vec::new();
        for input in form.inputs {
            let given = values.iter().find(|(name, _)| *name == input.name).map(|(_, value)| (*value).to_owned());
            fields.push((input.name, given.unwrap_or(input.value)));
        }
        for (name, _) in values {
            assert!(fields.iter().any(|(known, _)| known == name), "the form has no input {name}: {fields:?}");
        }
        let mut url = self.url().join(&form.action).unwrap();
        if form.method == "POST" {
            return self.go(Next { method: Method::POST, url, form: Some(fields) });
        }
        url.query_pairs_mut().clear().extend_pairs(fields);
        self.go(Next { method: Method::GET, url, form: None })
    }

    /// Fills in the login form of the page and submits it.
    #[track_caller]
    pub fn log_in(&mut self, login: &str, password: &str) -> &mut Self {
        let form = self.form();
        let named = |kinds: &[&str]| {
            let found = form.inputs.iter().find(|input| kinds.contains(&input.kind.as_str()));
            found.unwrap_or_else(|| panic!("not a login form: {form:?}")).name.clone()
        };
        let (user, secret) = (named(&["text", "email"]), named(&["password"]));
        self.submit(&[(&user, login), (&secret, password)])
    }

    /// From now on stops before it asks for something whose path ends like this, so that a test can step in.
    pub fn stop_at(&mut self, path: &str) -> &mut Self {
        self.stop_at = Some(path.to_owned());
        self
    }

    /// What it has stopped before.
    #[track_caller]
    pub fn held(&self) -> &Url {
        &self.held.as_ref().unwrap_or_else(|| panic!("the browser was not stopped: {}", self.trace())).url
    }

    /// Goes on from where it has stopped, to the end.
    #[track_caller]
    pub fn proceed(&mut self) -> &mut Self {
        self.stop_at = None;
        let next = self.held.take().unwrap_or_else(|| panic!("the browser was not stopped: {}", self.trace()));
        self.go(next)
    }

    /// Forgets all cookies, as another browser has none.
    pub fn forget_cookies(&mut self) {
        self.cookies.clear();
    }

    // What a person sees

    /// Status of the page.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Address of the page.
    pub fn url(&self) -> &Url {
        &self.hops.last().unwrap_or_else(|| panic!("no page was opened")).url
    }

    /// The page as text, with single spaces between words.
    pub fn text(&self) -> String {
        html::text(&self.body)
    }

    /// The page as it came.
    pub fn source(&self) -> &str {
        &self.body
    }

    /// A header of the page.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The page as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.body))
    }

    /// Text of the element with this `data-field`.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        let found = self.fields(name);
        found.into_iter().next().unwrap_or_else(|| panic!("no field {name} on this page:\n{}", self.text()))
    }

    /// Texts of all elements with this `data-field`.
    pub fn fields(&self, name: &str) -> Vec<String> {
        html::texts(&self.body, "data-field", name)
    }

    /// A cookie that would be sent to this address.
    pub fn cookie(&self, url: &str, name: &str) -> Option<&str> {
        let url = Url::parse(url).unwrap();
        self.cookies.iter().find(|cookie| cookie.name == name && cookie.fits(&url)).map(|cookie| cookie.value.as_str())
    }

    // How it got there

    /// Every request so far.
    pub fn hops(&self) -> &[Hop] {
        &self.hops
    }

    /// The latest request whose path ends like this.
    #[track_caller]
    pub fn hop(&self, path: &str) -> &Hop {
        let found = self.hops.iter().rev().find(|hop| hop.url.path().ends_with(path));
        found.unwrap_or_else(|| panic!("the browser was not at {path}: {}", self.trace()))
    }

    fn trace(&self) -> String {
        let hops = self
            .hops
            .iter()
            .map(|hop| format!("\n  {} {}{} → {}", hop.method, hop.url.authority(), hop.url.path(), hop.status));
        hops.collect()
    }

    #[track_caller]
    fn form(&self) -> html::Form {
        html::form(&self.body).unwrap_or_else(|| panic!("no form on this page ({}):\n{}", self.status, self.text()))
    }

    #[track_caller]
    fn go(&mut self, first: Next) -> &mut Self {
        let mut request = first;
        for _ in 0..=MOST_REDIRECTS {
            if self.stop_at.as_ref().is_some_and(|path| request.url.path().ends_with(path.as_str())) {
                self.held = Some(request);
                return self;
            }
            match self.ask(&request) {
                Some(next) => request = next,
                None => return self,
            }
        }
        panic!("the browser was sent around in circles: {}", self.trace());
    }

    /// One request; where its answer leads, if it does.
    #[track_caller]
    fn ask(&mut self, request: &Next) -> Option<Next> {
        let url = &request.url;
        assert!(is_loopback(url), "the browser was about to leave this machine for {url}: {}", self.trace());
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .filter(|cookie| cookie.fits(url))
            .map(|cookie| cookie.name.clone() + "=" + &cookie.value)
            .collect();
        let (status, headers, body) = send(self.ca.as_deref(), request, &cookies.join("; "));
        for set in headers.get_all(header::SET_COOKIE) {
            self.keep(url, set.to_str().unwrap());
        }
        let location = headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
        let location = location.filter(|_| status.is_redirection()).map(|target| url.join(target).unwrap());
        self.hops.push(Hop {
            method: request.method.clone(),
            url: url.clone(),
            status: status.as_u16(),
            location: location.clone(),
        });
        (self.status, self.headers, self.body) = (status.as_u16(), headers, body);
        let keeps_method = matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
        location.map(|url| match keeps_method {
            true => Next { url, ..request.clone() },
            false => Next { method: Method::GET, url, form: None },
        })
    }

    /// Takes note of a `Set-Cookie` header, RFC 6265 section 5.3 as far as one host needs it.
    fn keep(&mut self, url: &Url, header: &str) {
        let mut parts = header.split(';').map(str::trim);
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let attributes: Vec<(String, &str)> = parts
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        let attribute = |name: &str| attributes.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
        let cookie = Cookie {
            host: url.host_str().unwrap().to_owned(),
            path: attribute("path").unwrap_or("/").to_owned(),
            name: name.to_owned(),
            value: value.to_owned(),
            secure: attribute("secure").is_some(),
        };
        self.cookies.retain(|old| (&old.host, &old.path, &old.name) != (&cookie.host, &cookie.path, &cookie.name));
        if attribute("max-age") != Some("0") {
            self.cookies.push(cookie);
        }
    }
}

impl Cookie {
    fn fits(&self, url: &Url) -> bool {
        let below = self.path.trim_end_matches('/');
        url.host_str() == Some(&self.host)
            && (!self.secure || url.scheme() == "https")
            && url.path().strip_prefix(below).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Sends a request from a thread of its own, because a runtime cannot be started within a test's.
fn send(ca: Option<&str>, request: &Next, cookies: &str) -> (StatusCode, HeaderMap, String) {
    let exchange = async {
        let trusted = ca.map(|ca| reqwest::Certificate::from_pem(ca.as_bytes()).unwrap());
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let client = client.tls_certs_only(trusted).timeout(Duration::from_secs(60)).build().unwrap();
        let mut asked = client.request(request.method.clone(), request.url.clone()).header(header::ACCEPT, "text/html");
        if !cookies.is_empty() {
            asked = asked.header(header::COOKIE, cookies);
        }
        if let Some(fields) = &request.form {
            asked = asked.form(fields);
        }
        let response = asked.send().await.unwrap_or_else(|error| panic!("{} {}: {error}", request.method, request.url));
        let (status, headers) = (response.status(), response.headers().clone());
        (status, headers, response.text().await.unwrap())
    };
    let run = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(exchange);
    std::thread::scope(|scope| scope.spawn(run).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
}
