//! The headers of answers: what asks for a pause, what leads to the next page, what says where and when.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arbitrary::{Result, Unstructured};
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use tokio_util::sync::CancellationToken;
use url::Url;
use zt::http::{Answer, Auth, Caller, Client, Error, Refusal, Request, Settings, Vendor, paging};
use zt::mock::server::Listener;

/// How long an exchange may take, and how long it may go on after it was told to stop.
const SOON: Duration = Duration::from_secs(10);
/// How long it is waited for before it is stopped.
const A_MOMENT: Duration = Duration::from_millis(20);

/// A service whose answers have these headers, and another one that must not be asked.
struct Services {
    runtime: tokio::runtime::Runtime,
    base: Url,
    elsewhere: String,
    next: Arc<Mutex<(StatusCode, HeaderMap)>>,
}

thread_local! {
    static SERVICES: &'static Services = Box::leak(Box::new(Services::start()));
}

/// A vendor without words of its own.
struct Plain;

impl Vendor for Plain {
    fn request_id_header(&self) -> &'static str {
        "x-request-id"
    }

    fn read_refusal(&self, _: &mut Refusal, _: &HeaderMap, _: &[u8]) {}

    fn bucket(&self, _: &str) -> String {
        String::new()
    }

    fn is_transient(&self, _: &Method, _: &Refusal) -> bool {
        false
    }
}

/// The other host, which no header may lead to.
async fn elsewhere() -> Response {
    panic!("a header led to another host")
}

impl Services {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
        let next = Arc::new(Mutex::new((StatusCode::OK, HeaderMap::new())));
        let serve = |routes: Router| {
            runtime.block_on(async {
                let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await;
                let listener = listener.unwrap_or_else(|error| panic!("no port on loopback: {error}"));
                let url = listener.url(false);
                tokio::spawn(listener.serve(routes, None, CancellationToken::new()));
                url
            })
        };
        let shared = next.clone();
        let base = serve(Router::new().fallback(move || {
            let (status, headers) = shared.lock().unwrap_or_else(PoisonError::into_inner).clone();
            async move {
                let mut answer = Response::new(Body::from("[]"));
                (*answer.status_mut(), *answer.headers_mut()) = (status, headers);
                // Every client is used for two requests only.
                answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                answer
            }
        }));
        let elsewhere = serve(Router::new().fallback(elsewhere));
        let base = Url::parse(&base).unwrap_or_else(|error| panic!("{error}"));
        Self { runtime, base, elsewhere, next }
    }

    /// Asks, and stops it if it is held back, which has to end it at once.
    fn ask(&self, client: &Client) -> std::result::Result<Answer, Error> {
        self.runtime.block_on(async {
            let stop = CancellationToken::new();
            let client = client.with_caller(Caller { stop: stop.clone(), ..Caller::default() });
            let asking = client.send(Request::get(["api"]));
            tokio::pin!(asking);
            if let Ok(answer) = tokio::time::timeout(A_MOMENT, &mut asking).await {
                return answer;
            }
            stop.cancel();
            match tokio::time::timeout(SOON, asking).await {
                Ok(answer) => answer,
                Err(_) => panic!("it went on waiting after it was told to stop"),
            }
        })
    }

    /// A client that has heard of no rate limit yet.
    fn client(&self) -> Client {
        let settings = Settings {
            max_retries: 2,
            min_wait: Duration::ZERO,
            max_wait: Duration::ZERO,
            total_timeout: SOON,
            ..Settings::default()
        };
        Client::new(self.base.clone(), Auth::bearer("secret".to_owned().into()), &Plain, settings)
    }
}

/// A status and a few headers, known ones most of the time.
pub fn run(data: &[u8]) {
    let _ = attempt(&mut Unstructured::new(data));
}

const NAMES: [&str; 10] = [
    "retry-after",
    "x-rate-limit-reset",
    "x-rate-limit-remaining",
    "x-rate-limit-limit",
    "x-ratelimit-reset",
    "ratelimit",
    "ratelimit-policy",
    "link",
    "date",
    "location",
];

/// What values are made of, besides bytes.
const PARTS: [&str; 18] = [
    "0",
    "1",
    "18446744073709551615",
    "9223372036854775807",
    "253402300800",
    "-1",
    "1e9",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Wed, 21 Oct 2015 07:28:00 GMT",
    "<",
    ">",
    "; rel=\"next\"",
    ",",
    "\"",
    "=",
    ";t=",
    ";r=0",
];

fn attempt(u: &mut Unstructured<'_>) -> Result<()> {
    let services = SERVICES.with(|services| *services);
    let statuses = [200, 204, 301, 302, 307, 308, 400, 404, 429, 500, 502, 503, 504];
    let status = StatusCode::from_u16(*u.choose(&statuses)?).unwrap_or_default();
    let mut headers = HeaderMap::new();
    for _ in 0..u.int_in_range(0..=4)? {
        let name = HeaderName::from_static(u.choose(&NAMES)?);
        if let Ok(value) = HeaderValue::from_bytes(&value(u, &services.elsewhere)?) {
            headers.append(name, value);
        }
    }
    if let Some(next) = paging::next(&headers) {
        assert!(next.as_str().len() <= 70_000, "a link that grew");
    }
    *services.next.lock().unwrap_or_else(PoisonError::into_inner) = (status, headers);
    let client = services.client();
    // What the first answer announced may hold its repetition and the second request back.
    for _ in 0..2 {
        match services.ask(&client) {
            Ok(answer) => {
                assert!(answer.status.is_success(), "{} is no success", answer.status);
                let _date = answer.date();
            }
            Err(error) => assert!(!error.to_string().contains("secret"), "{error}"),
        }
    }
    Ok(())
}

fn value(u: &mut Unstructured<'_>, elsewhere: &str) -> Result<Vec<u8>> {
    let mut value = Vec::new();
    for _ in 0..u.int_in_range(1..=4)? {
        match u.int_in_range(0..=9)? {
            0 => value.extend_from_slice(elsewhere.as_bytes()),
            1 | 2 => value.extend(u.arbitrary::<&str>()?.bytes()),
            3 => value.push(u.arbitrary()?),
            _ => value.extend_from_slice(u.choose(&PARTS)?.as_bytes()),
        }
    }
    Ok(value)
}
