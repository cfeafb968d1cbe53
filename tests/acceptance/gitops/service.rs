//! An HTTP service on loopback that answers with what the test says.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// One request.
pub(super) struct Request {
    pub(super) method: String,
    /// With its query.
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    /// Null if it is no JSON.
    pub(super) body: Value,
}

/// The service; it ends with the value.
pub(super) struct Service {
    /// Without a slash at the end.
    pub(super) url: String,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    /// A service that answers with this, and with 404 for `None`.
    pub(super) fn start(answer: impl Fn(Request) -> Option<Value> + Send + Sync + 'static) -> Self {
        let answer = Arc::new(answer);
        let handler = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let request = Request {
                method: method.to_string(),
                path: uri.to_string(),
                headers,
                body: serde_json::from_slice(&body).unwrap_or_default(),
            };
            let answer = answer(request);
            let status = if answer.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
            async move { (status, answer.unwrap_or_default().to_string()) }
        };
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let (ready, started) = mpsc::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let thread = std::thread::spawn(move || {
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                ready.send(listener.local_addr().unwrap()).unwrap();
                let router = Router::new().fallback(handler).layer(axum::extract::DefaultBodyLimit::disable());
                tokio::select! {
                    served = axum::serve(listener, router).into_future() => served.unwrap(),
                    () = stopped => {}
                }
            });
        });
        Self { url: format!("http://{}", started.recv().unwrap()), stop, thread: Some(thread) }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop.cancel();
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(std::thread::panicking() || !matches!(ended, Some(Err(_))), "the service panicked");
    }
}
