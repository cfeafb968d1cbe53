//! Both vendors on loopback, who answer as `zt-mock` does until they are told otherwise.
//!
//! Every answer is the mock's own, and then spoiled as the input says: another status, other headers, a field of another
//! kind, half of the body, no JSON at all.

use std::cell::OnceCell;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arbitrary::{Result, Unstructured};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use http::response::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use zt::framework::value::Value as Configured;
use zt::mock::cloudflare::Account;
use zt::mock::okta::Org;
use zt::mock::server::Listener;
use zt::mock::{Mock, Options, Side, cloudflare};

use crate::crowd::{self, Crowd};
use crate::documents;
use crate::terraform::Terraform;
use crate::values::Words;

/// How many requests one input may lead to. No list here is longer than a few pages.
const MANY_REQUESTS: usize = 3000;
/// The largest body of the mock that is handed on.
const LARGEST_BODY: usize = 16 << 20;

/// What the answers of one run are made of.
#[derive(Default)]
struct Script {
    /// Consumed from the front, an answer at a time; when it is used up every answer is the mock's own.
    tape: Vec<u8>,
    /// Whether lists are tampered with as lists, and answers overtake one another.
    crowded: bool,
    answered: Vec<Answered>,
}

/// A request that was answered.
#[derive(Clone, Debug)]
pub struct Answered {
    /// What it was to.
    pub path: String,
    /// Whether the answer was the mock's own.
    pub honest: bool,
}

/// What there is on both sides.
pub struct Snapshot {
    okta: Org,
    cloudflare: Account,
}

/// How long a call that is lied to may ask nothing of anybody: the services here answer at once, so it waits for a time to
/// come.
const HURRIES: Duration = Duration::from_millis(50);
/// The same for one in eight inputs; longer than the first pauses that the provider makes.
const SITS_OUT: Duration = Duration::from_millis(600);

/// What a run finds at the vendors.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// Texts that a configuration may use for what is there.
    pub words: Words,
    /// Where the SCIM service of the identity provider is, on the team domain.
    pub scim_path: String,
    /// The bearer token that it takes.
    pub scim_secret: String,
}

/// The vendors, and a provider that was told where they are.
pub struct Vendors {
    /// The provider, configured for these vendors.
    pub terraform: Terraform,
    mock: Mock,
    block: Configured,
    script: Arc<Mutex<Script>>,
    /// Where every run begins. It is made once: making it takes longer than most runs.
    start: OnceCell<(Snapshot, Scene)>,
    crowd: OnceCell<Crowd>,
}

thread_local! {
    static VENDORS: &'static Vendors = Box::leak(Box::new(Vendors::new()));
}

impl Vendors {
    /// Those of this thread.
    pub fn get() -> &'static Self {
        VENDORS.with(|vendors| *vendors)
    }

    fn new() -> Self {
        let terraform = Terraform::new([]);
        let options = Options { allow_unserved: true, ..Options::default() };
        let mock = Mock::launch(options).unwrap_or_else(|error| panic!("{error}"));
        let script = Arc::new(Mutex::new(Script::default()));
        let [org_url, api_url] = [Side::Okta, Side::Cloudflare].map(|side| {
            let routes = routes(&mock, side, script.clone(), terraform.heard());
            terraform.block_on(async {
                let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await;
                let listener = listener.unwrap_or_else(|error| panic!("no port on loopback: {error}"));
                let url = listener.url(false);
                tokio::spawn(listener.serve(routes, None, CancellationToken::new()));
                url
            })
        });
        let block = block(&terraform, &mock, &org_url, &api_url);
        Self { terraform, mock, block, script, start: OnceCell::new(), crowd: OnceCell::new() }
    }

    /// Both vendors as they were at the start, with an object of each kind, and with answers that follow `tape`.
    pub fn begin(&self, tape: &[u8]) -> Scene {
        let (snapshot, scene) = self.start.get_or_init(|| {
            self.clean();
            let scene = self.terraform.block_on(self.furnish());
            (self.snapshot(), scene)
        });
        self.set(snapshot);
        self.follow(Script { tape: tape.to_vec(), ..Script::default() });
        scene.clone()
    }

    /// Both vendors with many objects of each kind, and all that Terraform knows of them.
    pub fn crowd(&self) -> &Crowd {
        self.crowd.get_or_init(|| {
            self.clean();
            Crowd::gather(self)
        })
    }

    /// Answers as `tape` says, and lists as if others wrote at the same time.
    pub fn answer_a_crowd(&self, tape: &[u8]) {
        self.follow(Script { tape: tape.to_vec(), crowded: true, ..Script::default() });
    }

    /// Answers follow `script`, which may make the provider wait. Most inputs that do must not cost as much as a hundred
    /// others; some may, so that the first pauses between two attempts are sat out.
    fn follow(&self, script: Script) {
        let patience = if script.tape.len().is_multiple_of(8) { SITS_OUT } else { HURRIES };
        self.terraform.wait_only(Some(patience));
        *self.script() = script;
    }

    /// What was answered since the answers were last told what to follow.
    pub fn answered(&self) -> Vec<Answered> {
        self.script().answered.clone()
    }

    /// Both vendors without any object of ours.
    fn clean(&self) {
        self.terraform.wait_only(None);
        self.mock.world().reset();
        self.mock.pause_provisioning();
        *self.script() = Script::default();
        self.configure();
    }

    /// What there is at both of them.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { okta: self.mock.okta().clone(), cloudflare: self.mock.cloudflare().clone() }
    }

    /// Both as they were, with honest answers.
    pub fn set(&self, snapshot: &Snapshot) {
        self.terraform.wait_only(None);
        self.mock.world().reset();
        *self.mock.okta() = snapshot.okta.clone();
        *self.mock.cloudflare() = snapshot.cloudflare.clone();
        *self.script() = Script::default();
        self.configure();
    }

    /// Makes new clients, which have heard of no rate limit yet.
    fn configure(&self) {
        assert!(self.terraform.configure(&self.block), "the provider block is refused");
    }

    /// The mock itself.
    pub fn mock(&self) -> &Mock {
        &self.mock
    }

    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn furnish(&self) -> Scene {
        let oidc = self.make(Side::Okta, "/api/v1/apps", oidc_app()).await;
        let scim = self.make(Side::Okta, "/api/v1/apps", scim_app()).await;
        let path = format!("{}/accounts/{}/access/identity_providers", cloudflare::BASE_PATH, self.mock.account_id());
        let idp = self.make(Side::Cloudflare, &path, identity_provider(self.mock.org_url())).await;
        let text = |document: &Value, pointer: &str| {
            document.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let (oidc_id, scim_id, idp_id) = (text(&oidc, "/id"), text(&scim, "/id"), text(&idp, "/result/id"));
        let scim_path = format!("/populations/{idp_id}/scim/v2");
        let base_url = format!("{}{scim_path}", self.mock.auth_url());
        let org = self.mock.okta();
        let groups: Vec<String> =
            ["Everyone", "Engineering", "Zero Trust Users"].iter().filter_map(|name| org.group_id(name)).collect();
        let users: Vec<String> = org.people().iter().filter_map(|(login, _)| org.user_id(login)).collect();
        let people = org.people().into_iter().map(|(login, _)| login).collect();
        drop(org);
        let account = self.mock.account_id();
        let zone = self.mock.cloudflare().zone_id().to_owned();
        let all = |lists: &[&[String]]| lists.concat();
        let by_name = [
            ("app_id", vec![oidc_id.clone(), scim_id.clone()]),
            ("account_id", vec![account]),
            ("zone_id", vec![zone]),
            ("identity_provider_id", vec![idp_id.clone()]),
            ("group_ids", groups.clone()),
            ("groups", groups.clone()),
            ("group_id", groups.clone()),
            ("user_ids", users.clone()),
            ("users", users.clone()),
            ("okta_account", vec![self.mock.org_url().to_owned(), "https://acme.okta.com".to_owned()]),
            ("scim_base_url", vec![base_url.clone()]),
            ("email", people),
            ("redirect_uris", vec!["https://acme.cloudflareaccess.com/cdn-cgi/access/callback".to_owned()]),
            ("timeouts", vec!["30s".to_owned()]),
            ("create", vec!["30s".to_owned(), "1m30s".to_owned()]),
            ("read", vec!["30s".to_owned()]),
            ("update", vec!["30s".to_owned()]),
            ("delete", vec!["30s".to_owned()]),
        ];
        let anywhere = ["Cloudflare Access", "a", "secret", "https://acme.okta.com", ".*", "groups", base_url.as_str()];
        let anywhere: Vec<String> = anywhere.map(str::to_owned).into();
        let ids = [oidc_id, scim_id, idp_id];
        let words = Words { anywhere: all(&[&anywhere, &ids, &groups, &users]), by_name: by_name.into() };
        Scene { words, scim_path, scim_secret: text(&idp, "/result/scim_config/secret") }
    }

    /// Makes an object at the mock itself.
    pub async fn make(&self, side: Side, path: &str, document: Value) -> Value {
        self.ask(Method::POST, side, path, document).await
    }

    /// Asks the mock itself.
    pub async fn ask(&self, method: Method, side: Side, path: &str, document: Value) -> Value {
        let (name, value) = match side {
            Side::Okta => ("authorization", format!("SSWS {}", self.mock.okta_token())),
            _ => ("authorization", format!("Bearer {}", self.mock.cloudflare_token())),
        };
        let body = document.to_string();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONTENT_LENGTH, body.len())
            .header(name, value)
            .body(Body::from(body));
        let request = request.unwrap_or_else(|error| panic!("{error}"));
        let answer = served(&self.mock, side).oneshot(request).await.unwrap_or_else(|never| match never {});
        let body = to_bytes(answer.into_body(), LARGEST_BODY).await.unwrap_or_default();
        serde_json::from_slice(&body).unwrap_or_default()
    }
}

/// The provider block that leads here.
fn block(terraform: &Terraform, mock: &Mock, org_url: &str, api_url: &str) -> Configured {
    let text = |text: &str| Configured::string(text);
    let number = |number: i64| Configured::Number(number.into());
    let api_url = format!("{api_url}{}", cloudflare::BASE_PATH);
    let set = [
        ("okta", object(&[("org_url", text(org_url)), ("api_token", text(&mock.okta_token()))])),
        (
            "cloudflare",
            object(&[
                ("base_url", text(&api_url)),
                ("api_token", text(&mock.cloudflare_token())),
                ("account_id", text(&mock.account_id())),
            ]),
        ),
        ("max_retries", number(1)),
        ("min_wait_seconds", number(0)),
        ("max_wait_seconds", number(1)),
    ];
    let set = set.map(|(name, value)| (name.to_owned(), value));
    // Attributes that are left out are null.
    complete(Configured::Object(set.into()), terraform.provider().attributes.as_slice())
}

/// An object of a configuration.
fn object(attributes: &[(&str, Configured)]) -> Configured {
    Configured::Object(attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

/// The same with null for every attribute that was left out, at every depth.
pub fn complete(value: Configured, attributes: &[zt::framework::schema::Attribute]) -> Configured {
    use zt::framework::schema::Shape;
    let Configured::Object(mut object) = value else { return value };
    for attribute in attributes {
        let inner = object.remove(attribute.name).unwrap_or_default();
        let inner = match &attribute.shape {
            Shape::Nested(_, attributes) => complete(inner, attributes),
            Shape::Plain(_) => inner,
        };
        object.insert(attribute.name.to_owned(), inner);
    }
    Configured::Object(object)
}

/// An app that people log in to.
pub fn oidc_app() -> Value {
    json!({
        "name": "oidc_client",
        "label": "An app",
        "signOnMode": "OPENID_CONNECT",
        "credentials": {"oauthClient": {"token_endpoint_auth_method": "client_secret_post"}},
        "settings": {"oauthClient": {
            "application_type": "web",
            "redirect_uris": ["https://acme.cloudflareaccess.com/cdn-cgi/access/callback"],
            "response_types": ["code"],
            "grant_types": ["authorization_code"],
        }},
    })
}

/// An app of the catalogue that provisions.
pub fn scim_app() -> Value {
    json!({"name": "scim2testapp", "label": "A SCIM app", "signOnMode": "SAML_2_0", "settings": {"app": {}}})
}

/// A login method that takes people from Okta, with SCIM.
pub fn identity_provider(org_url: &str) -> Value {
    json!({
        "name": "Okta",
        "type": "okta",
        "config": {"client_id": "0oa", "client_secret": "secret", "okta_account": org_url},
        "scim_config": {"enabled": true, "user_deprovision": true},
    })
}

/// The mock's own routes of a side.
pub fn served(mock: &Mock, side: Side) -> Router {
    zt::mock::router(mock.world(), side)
}

fn routes(mock: &Mock, side: Side, script: Arc<Mutex<Script>>, heard: Arc<AtomicUsize>) -> Router {
    let genuine = served(mock, side);
    Router::new().fallback(move |request: Request| {
        let (genuine, script) = (genuine.clone(), script.clone());
        heard.fetch_add(1, Ordering::Relaxed);
        async move {
            let path = request.uri().path().to_owned();
            let answer = genuine.oneshot(request).await.unwrap_or_else(|never| match never {});
            let (mut parts, body) = answer.into_parts();
            let body = to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
            let (body, later) = script.lock().unwrap_or_else(PoisonError::into_inner).play(&mut parts, path, body);
            // Others are answered meanwhile.
            for _ in 0..later {
                tokio::task::yield_now().await;
            }
            // Clients live as long as one input.
            parts.headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            Response::from_parts(parts, body)
        }
    })
}

impl Script {
    /// The body of the next answer, and how many others may come before it.
    fn play(&mut self, parts: &mut Parts, path: String, body: Bytes) -> (Body, u8) {
        assert!(self.answered.len() < MANY_REQUESTS, "an endless loop of requests");
        let tape = std::mem::take(&mut self.tape);
        let mut u = Unstructured::new(&tape);
        let later = if self.crowded { u.int_in_range(0..=20).unwrap_or_default() } else { 0 };
        let played = match self.crowded {
            true => crowd::tampered(&mut u, parts, &path, &body),
            false => spoiled(&mut u, parts, &body),
        };
        self.tape = u.take_rest().to_vec();
        let honest = matches!(played, Ok(None));
        self.answered.push(Answered { path, honest });
        (played.unwrap_or_default().unwrap_or_else(|| if honest { Body::from(body) } else { Body::empty() }), later)
    }
}

/// Statuses that a service may answer, and some that it should not.
const STATUSES: [u16; 20] =
    [200, 201, 202, 204, 206, 299, 301, 302, 304, 400, 401, 403, 404, 409, 412, 423, 429, 500, 503, 599];

/// Headers that the provider reads.
const HEADERS: [&str; 9] = [
    "retry-after",
    "x-rate-limit-reset",
    "x-ratelimit-reset",
    "x-rate-limit-remaining",
    "ratelimit",
    "link",
    "date",
    "location",
    "x-okta-request-id",
];

/// Values of theirs that bytes seldom come to: the ends of what a date and a number can say.
const VALUES: [&str; 4] =
    ["Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "0", "18446744073709551615"];

/// Whatever somebody might answer instead; `None` for the answer as it is.
pub fn spoiled(u: &mut Unstructured<'_>, parts: &mut Parts, body: &Bytes) -> Result<Option<Body>> {
    if u.is_empty() {
        return Ok(None);
    }
    let how = u.int_in_range(0..=9)?;
    if how == 0 {
        return Ok(None);
    }
    let Parts { status, headers, .. } = parts;
    headers.remove(header::CONTENT_LENGTH);
    if matches!(how, 1 | 9) {
        *status = StatusCode::from_u16(*u.choose(&STATUSES)?).unwrap_or_default();
    }
    if matches!(how, 2 | 9) {
        let name = HeaderName::from_static(u.choose(&HEADERS)?);
        let value = match u.int_in_range(0..=2)? {
            0 => u.choose(&VALUES)?.as_bytes(),
            _ => {
                let length = u.int_in_range(0..=40)?;
                u.bytes(length)?
            }
        };
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.insert(name, value);
        }
    }
    Ok(Some(match how {
        3..=6 => {
            let mut document = serde_json::from_slice(body).unwrap_or_default();
            for _ in 0..how - 2 {
                documents::spoil(u, &mut document)?;
            }
            Body::from(document.to_string())
        }
        7 => {
            let kept = u.int_in_range(0..=body.len())?;
            Body::from(body.slice(..kept))
        }
        8 => {
            let length = u.int_in_range(0..=u.len().min(255))?;
            Body::from(u.bytes(length)?.to_vec())
        }
        9 if u.arbitrary()? => {
            let half: [std::io::Result<Bytes>; 2] =
                [Ok(body.slice(..body.len() / 2)), Err(std::io::Error::other("the connection broke"))];
            Body::from_stream(futures_util::stream::iter(half))
        }
        _ => Body::from(body.clone()),
    }))
}
