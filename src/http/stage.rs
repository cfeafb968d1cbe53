//! A small server on loopback for tests of the API clients: scripted answers, recorded requests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use serde_json::Value;
use tokio::sync::Notify;
use url::Url;

use super::Settings;

/// What the server saw.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Like `GET /api/v1/apps?limit=200`.
    pub(crate) line: String,
    pub(crate) headers: super::HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// One scripted answer.
pub(crate) struct Play {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    gate: Option<Arc<Notify>>,
    body_gate: Option<Arc<Notify>>,
}

impl Play {
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self::text(status, &body.to_string()).header("content-type", "application/json")
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.to_owned(), gate: None, body_gate: None }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Holds the answer back until `gate` is notified.
    pub(crate) fn after(mut self, gate: &Arc<Notify>) -> Self {
        self.gate = Some(Arc::clone(gate));
        self
    }

    /// Sends the headers at once, and holds the body back until `gate` is notified.
    pub(crate) fn body_after(mut self, gate: &Arc<Notify>) -> Self {
        self.body_gate = Some(Arc::clone(gate));
        self
    }
}

/// A running server. `{base}` in a scripted header or body stands for its URL.
pub(crate) struct Stage {
    pub(crate) url: Url,
    script: Arc<Mutex<VecDeque<Play>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
    /// Notified whenever a request has arrived.
    pub(crate) arrived: Arc<Notify>,
    server: tokio::task::JoinHandle<()>,
}

impl Stage {
    pub(crate) async fn new(script: impl IntoIterator<Item = Play>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let script = Arc::new(Mutex::new(script.into_iter().collect::<VecDeque<_>>()));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let arrived = Arc::new(Notify::new());
        let app = {
            let (script, seen, arrived) = (Arc::clone(&script), Arc::clone(&seen), Arc::clone(&arrived));
            let base = url.as_str().trim_end_matches('/').to_owned();
            Router::new().fallback(move |request: Request| {
                let (script, seen, arrived) = (Arc::clone(&script), Arc::clone(&seen), Arc::clone(&arrived));
                let base = base.clone();
                async move { answer(request, &base, &script, &seen, &arrived).await }
            })
        };
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, script, seen, arrived, server }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }

    /// Settings that make retries quick.
    pub(crate) fn settings() -> Settings {
        Settings { min_wait: Duration::from_millis(1), max_wait: Duration::from_secs(2), ..Settings::default() }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.server.abort();
        if !std::thread::panicking() {
            assert!(self.script.lock().unwrap().is_empty(), "scripted answers nobody asked for");
        }
    }
}

async fn answer(
    request: Request,
    base: &str,
    script: &Mutex<VecDeque<Play>>,
    seen: &Mutex<Vec<Seen>>,
    arrived: &Notify,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let line = format!("{} {}", parts.method, parts.uri);
    seen.lock().unwrap().push(Seen {
        line: line.clone(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    let play = script.lock().unwrap().pop_front();
    arrived.notify_one();
    let Some(play) = play else {
        return Response::builder().status(418).body(Body::from(format!("not in the script: {line}"))).unwrap();
    };
    if let Some(gate) = &play.gate {
        gate.notified().await;
    }
    let mut response = Response::builder().status(play.status);
    for (name, value) in &play.headers {
        response = response.header(*name, value.replace("{base}", base));
    }
    let body = play.body.replace("{base}", base);
    let body = match play.body_gate {
        None => Body::from(body),
        Some(gate) => Body::from_stream(futures_util::stream::once(async move {
            gate.notified().await;
            Ok::<_, std::io::Error>(body)
        })),
    };
    response.body(body).unwrap()
}
