//! The client against scripted servers on loopback.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::http::stage::{Play, Stage};
use crate::http::{Cause, StatusCode};

mod waits;

struct TestVendor;

impl Vendor for TestVendor {
    fn request_id_header(&self) -> &'static str {
        "x-request-id"
    }

    fn read_refusal(&self, refusal: &mut Refusal, _: &HeaderMap, body: &[u8]) {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        refusal.code = text("code");
        refusal.summary = text("message").unwrap_or_default();
        refusal.causes = text("cause").map(|summary| Cause { field: text("field"), summary }).into_iter().collect();
    }

    fn is_transient(&self, _: &Method, refusal: &Refusal) -> bool {
        refusal.code.as_deref() == Some("moment")
    }

    fn bucket(&self, path: &str) -> String {
        path.to_owned()
    }

    fn unexplained_pause(&self, in_a_row: u32) -> Option<Duration> {
        (in_a_row > 1).then_some(Duration::from_secs(300))
    }
}

const TOKEN: &str = "token-hunter2";

fn client_with(base: Url, settings: Settings) -> Client {
    Client::new(base, Auth::bearer(TOKEN.into()), &TestVendor, settings)
}

fn client(stage: &Stage) -> Client {
    client_with(stage.url.clone(), Stage::settings())
}

fn stopped_by(stop: &CancellationToken) -> Caller {
    Caller { stop: stop.clone(), ..Caller::default() }
}

fn fine() -> Play {
    Play::json(200, json!({"ok": true}))
}

#[tokio::test]
async fn a_request_arrives_as_it_was_built() {
    let stage = Stage::new([fine().header("x-request-id", "r-7")]).await;
    let request = Request::put(["a b", "c"]).query("q", "x&y").json(&json!({"k": 1}));
    let answer = client(&stage).send(request).await.unwrap();
    assert_eq!(answer.json::<Value>().unwrap(), json!({"ok": true}));
    assert_eq!(answer.request_id.as_deref(), Some("r-7"));
    let seen = &stage.seen()[0];
    assert_eq!(seen.line, "PUT /a%20b/c?q=x%26y");
    assert_eq!(seen.json(), json!({"k": 1}));
    assert_eq!(seen.header("authorization"), Some("Bearer token-hunter2"));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert!(seen.header("user-agent").unwrap().starts_with("terraform-provider-zt/"));
}

#[tokio::test]
async fn a_write_without_body_has_a_length() {
    let stage = Stage::new([fine()]).await;
    client(&stage).send(Request::post(["lifecycle", "activate"])).await.unwrap();
    assert_eq!(stage.seen()[0].header("content-length"), Some("0"));
}

#[tokio::test]
async fn reads_and_repeatable_writes_outlast_a_gateway_error() {
    for request in [Request::get(["x"]), Request::put(["x"]), Request::post(["x"]).repeatable()] {
        let stage = Stage::new([Play::text(503, ""), Play::text(502, "<html>"), fine()]).await;
        client(&stage).send(request).await.unwrap();
        assert_eq!(stage.lines().len(), 3);
    }
}

#[tokio::test]
async fn a_creation_is_repeated_only_when_it_did_not_happen() {
    let stage = Stage::new([Play::text(503, "")]).await;
    let error = client(&stage).send(Request::post(["x"])).await.unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::SERVICE_UNAVAILABLE));
    assert!(error.is_maybe_done());

    let moment = Play::json(423, json!({"code": "moment", "message": "in a moment"}));
    let stage = Stage::new([Play::text(429, "").header("retry-after", "0"), moment, fine()]).await;
    client(&stage).send(Request::post(["x"])).await.unwrap();
    assert_eq!(stage.lines().len(), 3);
}

#[tokio::test]
async fn attempts_are_limited() {
    let limited =
        || Play::json(429, json!({"message": "slow down"})).header("x-request-id", "r-9").header("retry-after", "0");
    let stage = Stage::new([limited(), limited(), limited()]).await;
    let settings = Settings { max_retries: 2, ..Stage::settings() };
    let error = client_with(stage.url.clone(), settings).send(Request::get(["x"])).await.unwrap_err();
    assert!(matches!(error, Error::RateLimited { attempts: 3, .. }), "{error:?}");
    assert_eq!(error.request_id(), Some("r-9"));
    assert!(error.to_string().contains("slow down"), "{error}");
}

#[tokio::test]
async fn a_wait_beyond_the_limit_is_not_begun() {
    let stage = Stage::new([Play::text(429, "").header("retry-after", "300")]).await;
    let error = client(&stage).send(Request::get(["x"])).await.unwrap_err();
    let Error::RateLimited { attempts: 1, retry_after: Some(wait), .. } = error else { panic!("{error:?}") };
    assert_eq!(wait, Duration::from_secs(300));
}

#[tokio::test]
async fn a_read_is_abandoned_at_once() {
    let never = Arc::new(Notify::new());
    let stage = Stage::new([fine().after(&never)]).await;
    let stop = CancellationToken::new();
    let client = client(&stage).with_caller(stopped_by(&stop));
    let (outcome, ()) = tokio::join!(client.send(Request::get(["x"])), async {
        stage.arrived.notified().await;
        stop.cancel();
    });
    assert!(outcome.unwrap_err().is_stopped());
}

#[tokio::test]
async fn a_write_that_left_is_awaited() {
    let gate = Arc::new(Notify::new());
    let stage = Stage::new([fine().after(&gate)]).await;
    let stop = CancellationToken::new();
    let client = client(&stage).with_caller(stopped_by(&stop));
    let (outcome, ()) = tokio::join!(client.send(Request::post(["x"])), async {
        stage.arrived.notified().await;
        stop.cancel();
        gate.notify_one();
    });
    outcome.unwrap();
    assert!(client.send(Request::post(["y"])).await.unwrap_err().is_stopped());
    assert_eq!(stage.lines(), ["POST /x"]);
}

#[tokio::test]
async fn a_wait_ends_when_we_are_stopped() {
    // Were the wait not cut short, this test would take eight minutes.
    let settings = Settings { max_wait: Duration::from_secs(1000), ..Stage::settings() };
    for request in [Request::get(["x"]), Request::post(["x"])] {
        let stage = Stage::new([Play::text(429, "").header("retry-after", "500")]).await;
        let stop = CancellationToken::new();
        let client = client_with(stage.url.clone(), settings.clone()).with_caller(stopped_by(&stop));
        let (outcome, ()) = tokio::join!(client.send(request), async {
            stage.arrived.notified().await;
            stop.cancel();
        });
        let error = outcome.unwrap_err();
        assert!(error.is_stopped() && !error.is_maybe_done(), "{error:?}");
    }
}

#[tokio::test]
async fn secrets_are_masked_in_whatever_the_service_says() {
    let body = json!({"code": "c-body-hunter3", "message": "no such token: token-hunter2",
        "field": "f", "cause": "body-hunter3 is bad"});
    let stage = Stage::new([Play::json(400, body)]).await;
    let request = Request::post(["x"]).json(&json!({"s": "body-hunter3"})).hide(&"body-hunter3".into());
    let error = client(&stage).send(request).await.unwrap_err();
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains("hunter"), "{text}");
        assert!(text.contains("(hidden) is bad"), "{text}");
    }
    assert!(error.cause_for("f").is_some());
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let other = Stage::new([]).await;
    let stage = Stage::new([Play::text(302, "").header("location", &format!("{}x?token=y", other.url))]).await;
    let error = client(&stage).send(Request::get(["x"])).await.unwrap_err();
    let Error::Redirected { location, .. } = &error else { panic!("{error:?}") };
    assert_eq!(*location, other.url.as_str().trim_end_matches('/'));
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn the_host_of_a_redirect_does_not_tell_the_token() {
    for host in [TOKEN, "TOKEN-hunter2", "token-hunter2.example", "token%2Dhunter2"] {
        let stage = Stage::new([Play::text(302, "").header("location", &format!("https://{host}/"))]).await;
        let error = client(&stage).send(Request::get(["x"])).await.unwrap_err().to_string();
        assert!(error.contains("redirect") && !error.to_lowercase().contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn plain_http_does_not_leave_this_machine() {
    let url = Url::parse("http://user:pass@api.example.com/v4").unwrap();
    let error = client_with(url, Settings::default()).send(Request::get(["x"])).await.unwrap_err();
    assert!(matches!(error, Error::InsecureUrl { .. }), "{error:?}");
    assert!(!error.to_string().contains("pass"), "{error}");
}

#[tokio::test]
async fn answers_are_limited_in_size() {
    let settings = Settings { max_body: 10, ..Stage::settings() };
    let stage = Stage::new([Play::text(200, "0123456789"), Play::text(200, "0123456789+")]).await;
    let client = client_with(stage.url.clone(), settings);
    assert_eq!(client.send(Request::get(["x"])).await.unwrap().body, "0123456789");
    let error = client.send(Request::get(["x"])).await.unwrap_err();
    assert!(error.to_string().contains("larger than 10 bytes"), "{error}");
}

#[tokio::test]
async fn a_credential_that_is_no_header_is_refused_unseen() {
    let url = Url::parse("http://127.0.0.1:1").unwrap();
    let client = Client::new(url, Auth::bearer("hunter2\nx".into()), &TestVendor, Settings::default());
    let error = client.send(Request::get(["x"])).await.unwrap_err();
    assert!(matches!(error, Error::Unusable { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn silence_ends_in_time() {
    let never = Arc::new(Notify::new());
    let stage = Stage::new([fine().after(&never)]).await;
    let settings = Settings { total_timeout: Duration::from_millis(100), ..Stage::settings() };
    let error = client_with(stage.url.clone(), settings).send(Request::put(["x"])).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
    assert!(error.is_maybe_done());
}

#[tokio::test]
async fn nobody_at_home_is_certainly_not_done() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let settings = Settings { max_retries: 1, ..Stage::settings() };
    let error = client_with(url, settings).send(Request::post(["x"])).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { maybe_done: false, .. }), "{error:?}");
    assert!(error.to_string().contains("refused"), "{error}");
}

/// A server that hangs up on the first `broken` requests and answers the rest.
async fn hanging_up(broken: usize) -> (Url, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await;
            if counter.fetch_add(1, Ordering::SeqCst) >= broken {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}").await;
            }
        }
    });
    (url, count)
}

#[tokio::test]
async fn a_broken_connection_is_survived_where_that_is_safe() {
    let (url, count) = hanging_up(2).await;
    client_with(url, Stage::settings()).send(Request::put(["x"])).await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 3);

    let (url, count) = hanging_up(1).await;
    let error = client_with(url, Stage::settings()).send(Request::post(["x"])).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { maybe_done: true, .. }), "{error:?}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn logs_tell_what_happened_and_no_secret() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    let told = [Play::text(503, ""), Play::text(200, "answer-hunter4").header("x-request-id", "r-1")];
    let stage = Stage::new([Play::text(503, ""), fine()].into_iter().chain(told)).await;
    // Whatever is logged for the first time by another test just while this one begins to listen is not heard for ever.
    client(&stage).send(Request::put(["x"])).await.unwrap();
    let guard = tracing::subscriber::set_default(subscriber);
    let request = Request::put(["x"])
        .query("q", "body-hunter3")
        .json(&json!({"s": "body-hunter3", "t": "plain-hunter5"}))
        .hide(&"body-hunter3".into());
    client(&stage).send(request).await.unwrap();
    drop(guard);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("hunter"), "{text}");
    for part in ["http exchange", "PUT http://127.0.0.1", "/x", "status=503", "status=200", "r-1", "duration_ms="] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

/// A certificate authority of a test, and what it signed for a server on this machine.
struct Authority {
    folder: tempfile::TempDir,
    certificate: CertificateDer<'static>,
    key: rcgen::KeyPair,
}

impl Authority {
    fn new() -> Self {
        let authority_key = rcgen::KeyPair::generate().unwrap();
        let mut parameters = rcgen::CertificateParams::new([]).unwrap();
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority = parameters.self_signed(&authority_key).unwrap();
        let issuer = rcgen::Issuer::new(parameters, authority_key);
        let key = rcgen::KeyPair::generate().unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let certificate = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        Self { folder, certificate: certificate.der().clone(), key }
    }

    /// Those of a client that trusts it.
    fn settings(&self) -> Settings {
        Settings { ca_file: Some(self.folder.path().join("ca.pem")), ..Stage::settings() }
    }

    /// A server that offers these protocols.
    fn server(&self, alpn: &[&[u8]]) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], PrivatePkcs8KeyDer::from(self.key.serialize_der()).into())
            .unwrap();
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}

async fn listen() -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("https://{}", listener.local_addr().unwrap())).unwrap();
    (listener, url)
}

#[tokio::test]
async fn a_private_authority_is_trusted_through_its_file_only() {
    let authority = Authority::new();
    let acceptor = authority.server(&[]);
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}").await;
            let _ = stream.shutdown().await;
        }
    });

    client_with(url.clone(), authority.settings()).send(Request::get(["x"])).await.unwrap();
    let error = client_with(url, Stage::settings()).send(Request::get(["x"])).await.unwrap_err();
    assert!(error.to_string().contains("name its PEM file in ca_file"), "{error}");
}

#[tokio::test]
async fn http_2_is_spoken_where_it_is_offered_and_all_share_one_connection() {
    let authority = Authority::new();
    let (listener, url) = listen().await;
    let acceptor = authority.server(&[b"h2", b"http/1.1"]);
    let (connections, versions) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (counted, heard) = (Arc::clone(&connections), Arc::clone(&versions));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let (acceptor, heard) = (acceptor.clone(), Arc::clone(&heard));
            let answer = service_fn(move |request: ::http::Request<Incoming>| {
                heard.lock().unwrap().push(request.version());
                async { Ok::<_, Infallible>(::http::Response::new("{}".to_owned())) }
            });
            tokio::spawn(async move {
                let stream = TokioIo::new(acceptor.accept(stream).await.unwrap());
                let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(stream, answer).await;
            });
        }
    });

    // Paths are buckets here, and in each the first request goes alone.
    let client = client_with(url, authority.settings());
    client.send(Request::get(["x"])).await.unwrap();
    let paths = ["x", "y", "z"];
    let requests = (0..30).map(|number| client.send(Request::get([paths[number % paths.len()]])));
    for answer in futures_util::future::join_all(requests).await {
        answer.unwrap();
    }
    assert_eq!(*versions.lock().unwrap(), vec![::http::Version::HTTP_2; 31]);
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_host_that_nobody_allowed_is_sent_nothing() {
    let stage = Stage::new([Play::json(200, json!({}))]).await;
    let port = stage.url.port().unwrap();
    let client = |list: &str| {
        let allowed_hosts = Some(crate::http::AllowedHosts::parse(list).unwrap());
        Client::new(stage.url.clone(), Auth::None, &TestVendor, Settings { allowed_hosts, ..Stage::settings() })
    };
    let error = client("acme.okta.com, localhost").send(Request::get(["x"])).await.unwrap_err();
    let said = error.to_string();
    assert!(matches!(error, Error::HostNotAllowed { .. }), "{said}");
    assert!(said.contains(&format!("127.0.0.1:{port}")) && said.contains("ZT_ALLOWED_HOSTS"), "{said}");
    assert!(stage.seen().is_empty());
    client("127.0.0.1").send(Request::get(["x"])).await.unwrap();
}

#[tokio::test]
async fn only_what_changes_something_may_have_been_done() {
    type Make = fn() -> Request;
    let requests: [(Make, bool); 3] =
        [(|| Request::get(["x"]), false), (|| Request::post(["x"]).harmless(), false), (|| Request::post(["x"]), true)];
    for (request, maybe_done) in requests {
        let stage = Stage::new([Play::text(501, ""), Play::text(409, ""), Play::text(200, "<html>")]).await;
        let client = client(&stage);
        let failed = client.send(request()).await.unwrap_err();
        let refused = client.send(request()).await.unwrap_err();
        let unreadable = client.send(request()).await.unwrap().json::<Value>().unwrap_err();
        assert!(!refused.is_maybe_done(), "{refused}");
        for error in [failed, unreadable] {
            assert_eq!(error.is_maybe_done(), maybe_done, "{error}");
        }
    }
}

#[tokio::test]
async fn the_doubt_about_an_attempt_outlives_the_next_ones() {
    let limited = || Play::text(429, "").header("retry-after", "0");
    let settings = Settings { max_retries: 2, ..Stage::settings() };
    for (request, maybe_done) in [(Request::put(["x"]), true), (Request::get(["x"]), false)] {
        for last in [limited(), Play::text(409, ""), Play::text(302, "").header("location", "/y")] {
            let stage = Stage::new([Play::text(502, ""), limited(), last]).await;
            let client = client_with(stage.url.clone(), settings.clone());
            let error = client.send(request.clone()).await.unwrap_err();
            assert_eq!(error.is_maybe_done(), maybe_done, "{error:?}");
        }
    }
    // What the service will not take now, it did not take before.
    let stage = Stage::new([Play::text(502, ""), Play::text(400, "")]).await;
    let error = client_with(stage.url.clone(), settings.clone()).send(Request::put(["x"])).await.unwrap_err();
    assert!(!error.is_maybe_done(), "{error:?}");
    // Without an attempt in doubt a refusal is one.
    let stage = Stage::new([limited(), limited(), limited()]).await;
    let error = client_with(stage.url.clone(), settings).send(Request::put(["x"])).await.unwrap_err();
    assert!(!error.is_maybe_done(), "{error:?}");
}

#[tokio::test]
async fn a_connection_that_broke_stays_in_doubt_when_the_next_one_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let settings = Settings { max_retries: 1, ..Stage::settings() };
    let client = client_with(url, settings);
    let (outcome, ()) = tokio::join!(client.send(Request::put(["x"])), async {
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(listener);
        let _ = stream.read(&mut [0; 4096]).await;
    });
    let error = outcome.unwrap_err();
    assert!(error.to_string().contains("refused"), "{error}");
    assert!(error.is_maybe_done(), "{error:?}");
}

/// A server that knows TLS 1.1 and nothing newer: it chooses that in its ServerHello (RFC 5246 §7.4.1.3), and returns
/// what the client says to it.
async fn old_server() -> (Url, tokio::task::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("https://{}", listener.local_addr().unwrap())).unwrap();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut header = [0; 5];
        stream.read_exact(&mut header).await.unwrap();
        let mut hello = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
        stream.read_exact(&mut hello).await.unwrap();
        // Version 3.2 is TLS 1.1; no session id, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, no compression.
        let mut answer = vec![22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
        answer.extend([7; 32]);
        answer.extend([0, 0xc0, 0x13, 0]);
        stream.write_all(&answer).await.unwrap();
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said).await;
        said
    });
    (url, served)
}

#[tokio::test]
async fn tls_older_than_1_2_is_refused() {
    let (url, served) = old_server().await;
    let settings = Settings { max_retries: 0, ..Stage::settings() };
    let error = client_with(url, settings).send(Request::put(["x"])).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { maybe_done: false, .. }), "{error:?}");
    // A fatal alert (2), protocol_version (70) or handshake_failure (40), and no byte of a request.
    let said = served.await.unwrap();
    assert!(said.len() == 7 && said[0] == 21 && said[5] == 2 && matches!(said[6], 70 | 40), "{said:?}");
}
