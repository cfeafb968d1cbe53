//! The client: the one place where requests leave the process.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use bytes::{Bytes, BytesMut};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::pace::Pace;
use super::request::label;
use super::retry::{self, Failure};
use super::secret::Mask;
use super::{Answer, Auth, Effect, Error, HeaderMap, Method, Refusal, Request, Settings, StatusCode, transport};

/// What differs between vendors when an answer is not a success.
pub trait Vendor: Send + Sync + 'static {
    /// The header that carries the vendor's id of an exchange, in lower case.
    fn request_id_header(&self) -> &'static str;

    /// Reads the vendor's error body into `refusal`, which has the request, the status and the request id
    /// already. Must not quote what it cannot parse: proxies answer with pages of their own.
    fn read_refusal(&self, refusal: &mut Refusal, headers: &HeaderMap, body: &[u8]);

    /// Whether the vendor is known to send this refusal for a moment only, with nothing done.
    fn is_transient(&self, method: &Method, refusal: &Refusal) -> bool;
}

/// A connection to one service, with its credentials. Clones share connections.
///
/// Reads are abandoned at once when the stop token is cancelled. A write that may have left is awaited, up
/// to the time limit of [`Settings`], because its outcome belongs into the state. Nothing new is started.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    stop: CancellationToken,
}

struct Shared {
    base: Url,
    auth: Auth,
    vendor: &'static dyn Vendor,
    settings: Settings,
    pace: Pace,
    transport: OnceLock<Result<reqwest::Client, Error>>,
}

/// One failed attempt.
struct Attempt {
    error: Error,
    failure: Option<Failure>,
    demanded: Option<Duration>,
}

impl Client {
    /// A client for the service at `base`. Nothing is read or connected before the first request.
    pub fn new(base: Url, auth: Auth, vendor: &'static dyn Vendor, settings: Settings) -> Self {
        let pace = Pace::new(settings.spacing);
        let shared = Shared { base, auth, vendor, settings, pace, transport: OnceLock::new() };
        Self { shared: Arc::new(shared), stop: CancellationToken::new() }
    }

    /// The same client, which stops when `stop` is cancelled.
    pub fn with_stop(&self, stop: CancellationToken) -> Self {
        Self { shared: Arc::clone(&self.shared), stop }
    }

    /// A client for another service of the same vendor, with the same settings, which stops with this one.
    pub fn elsewhere(&self, base: Url, auth: Auth) -> Self {
        Self::new(base, auth, self.shared.vendor, self.shared.settings.clone()).with_stop(self.stop.clone())
    }

    /// Where the service is.
    pub fn base(&self) -> &Url {
        &self.shared.base
    }

    /// The settings this client was built from.
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Waits, unless Terraform stops us first.
    ///
    /// # Errors
    /// [`Error::Stopped`]; `what` names the thing waited for.
    pub async fn pause(&self, time: Duration, what: &str) -> Result<(), Error> {
        self.abandon_on_stop(what, tokio::time::sleep(time)).await
    }

    /// Works on something that may be dropped half-way, unless Terraform stops us first.
    ///
    /// # Errors
    /// [`Error::Stopped`]; `what` names the work.
    pub async fn abandon_on_stop<T>(&self, what: &str, work: impl Future<Output = T>) -> Result<T, Error> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Error::Stopped { request: what.to_owned() }),
            outcome = work => Ok(outcome),
        }
    }

    /// Sends `request` and returns the answer if it is a success (2xx).
    ///
    /// # Errors
    /// Every variant of [`Error`]; see there.
    pub async fn send(&self, request: Request) -> Result<Answer, Error> {
        let url = request.url(&self.shared.base)?;
        transport::require_secure(&url)?;
        let label = label(&request.method, &url);
        self.require_allowed(&url, &label)?;
        let auth = request.auth.as_ref().unwrap_or(&self.shared.auth);
        let mask = Arc::new(Mask::new(auth.secrets().iter().chain(&request.secrets)));
        let headers = auth.headers()?;
        let transport =
            self.shared.transport.get_or_init(|| transport::build(&self.shared.base, &self.shared.settings));
        let transport = transport.as_ref().map_err(Clone::clone)?;
        let settings = &self.shared.settings;

        let mut attempt = 0;
        let mut before: Option<(Attempt, Duration)> = None;
        loop {
            if let Err(stopped) = self.wait_for_turn(before.as_ref().map(|(_, wait)| *wait), &label).await {
                // What the service last said about a write is worth more than the fact that we stopped.
                return Err(match before {
                    Some((failed, _)) if request.effect != Effect::Read => conclude(failed, attempt),
                    _ => stopped,
                });
            }
            attempt += 1;
            let mut builder = transport.request(request.method.clone(), url.clone());
            for (name, value) in &headers {
                builder = builder.header(name, value);
            }
            builder = builder.header(reqwest::header::ACCEPT, "application/json");
            if let Some((kind, body)) = &request.body {
                builder = builder.header(reqwest::header::CONTENT_TYPE, kind).body(body.clone());
            } else if request.effect != Effect::Read {
                // Okta answers 411 to a write without Content-Length.
                builder = builder.body(Bytes::new()).header(reqwest::header::CONTENT_LENGTH, "0");
            }
            let exchange = self.exchange(builder, &request, &label, &mask);
            let started = Instant::now();
            let outcome = if request.effect == Effect::Read {
                self.abandon_on_stop(&label, exchange).await?
            } else {
                exchange.await
            };
            let query = url.query().map(|query| mask.apply(query)).unwrap_or_default();
            trace(&label, &query, attempt, started.elapsed(), &outcome);
            let failed = match outcome {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };

            let wait = match failed.demanded {
                Some(demanded) if demanded > settings.max_wait => None,
                Some(demanded) => Some(retry::spread(demanded)),
                None => Some(retry::backoff(settings, attempt)),
            };
            let allowed = failed.failure.is_some_and(|failure| retry::allowed(request.effect, failure));
            let (true, true, Some(wait)) = (allowed, attempt <= settings.max_retries, wait) else {
                return Err(conclude(failed, attempt));
            };
            tracing::debug!(request = %label, attempt, wait_ms = millis(wait), "waiting before the next attempt");
            before = Some((failed, wait));
        }
    }

    /// Refuses hosts that nobody allowed. This machine is no exception: the limit is a list of all that may be reached.
    fn require_allowed(&self, url: &Url, label: &str) -> Result<(), Error> {
        if self.shared.settings.allowed_hosts.as_ref().is_none_or(|allowed| allowed.allow(url)) {
            return Ok(());
        }
        let host = url.host_str().unwrap_or_default();
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Err(Error::HostNotAllowed { request: label.to_owned(), host })
    }

    /// Waits until the next request may begin: for the end of a back-off, then for its turn.
    async fn wait_for_turn(&self, back_off: Option<Duration>, label: &str) -> Result<(), Error> {
        if let Some(wait) = back_off {
            self.pause(wait, label).await?;
        }
        if self.stop.is_cancelled() {
            return Err(Error::Stopped { request: label.to_owned() });
        }
        let wait = self.shared.pace.turn(Instant::now());
        if wait.is_zero() {
            return Ok(());
        }
        tracing::debug!(request = label, wait_ms = millis(wait), "waiting for a turn, because requests are limited");
        self.pause(wait, label).await
    }

    /// One attempt, body included.
    async fn exchange(
        &self,
        builder: reqwest::RequestBuilder,
        request: &Request,
        label: &str,
        mask: &Arc<Mask>,
    ) -> Result<Answer, Attempt> {
        let network = |error: reqwest::Error| self.network_failure(&error, request, label, mask);
        let mut response = builder.send().await.map_err(network)?;
        let status = response.status();
        let headers = response.headers().clone();
        let request_id = headers
            .get(self.shared.vendor.request_id_header())
            .and_then(|value| value.to_str().ok())
            .map(|id| mask.apply(id));

        let writes = request.effect != Effect::Read;
        let limit = self.shared.settings.max_body;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(network)? {
            if body.len() + chunk.len() > limit {
                let reason = format!("it is larger than {limit} bytes");
                return Err(Attempt::final_(Error::Unreadable {
                    request: label.to_owned(),
                    path: ".".into(),
                    reason,
                    request_id,
                    maybe_done: writes,
                }));
            }
            body.extend_from_slice(&chunk);
        }

        if status.is_success() {
            let (body, request, mask) = (body.freeze(), label.to_owned(), Arc::clone(mask));
            return Ok(Answer { status, headers, body, request, request_id, writes, mask });
        }
        if status.is_redirection() {
            let location = headers
                .get(reqwest::header::LOCATION)
                .and_then(|value| value.to_str().ok())
                .and_then(|value| self.shared.base.join(value).ok())
                .map_or_else(|| "an unnamed place".to_owned(), |url| url.origin().ascii_serialization());
            return Err(Attempt::final_(Error::Redirected { request: label.to_owned(), location }));
        }

        let mut refusal = Refusal {
            request: label.to_owned(),
            status,
            code: None,
            summary: String::new(),
            causes: Vec::new(),
            request_id,
            maybe_done: writes && status.is_server_error(),
        };
        self.shared.vendor.read_refusal(&mut refusal, &headers, &body);
        if refusal.summary.is_empty() {
            refusal.summary = status.canonical_reason().unwrap_or("no reason given").to_owned();
        }
        mask.clean(&mut refusal);
        let waits = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        Err(Attempt {
            failure: Some(Failure::Answered {
                status,
                transient: self.shared.vendor.is_transient(&request.method, &refusal),
            }),
            demanded: if waits { retry::demanded(status, &headers, SystemTime::now()) } else { None },
            error: Error::from(refusal),
        })
    }

    fn network_failure(&self, error: &reqwest::Error, request: &Request, label: &str, mask: &Mask) -> Attempt {
        // reqwest reports a failed connection as such only when no byte of the request was sent.
        let sent = !error.is_connect() && !error.is_builder();
        let maybe_done = sent && request.effect != Effect::Read;
        let label = label.to_owned();
        if error.is_timeout() && sent {
            let after = self.shared.settings.total_timeout.min(self.shared.settings.read_timeout);
            return Attempt::final_(Error::TimedOut { request: label, after, maybe_done });
        }
        let failure = match (sent, transport::is_certificate(error)) {
            (_, true) => None,
            (true, _) => Some(Failure::Broken),
            (false, _) => Some(Failure::NotSent),
        };
        let reason = mask.apply(&transport::explain(error));
        Attempt { error: Error::Unreachable { request: label, reason, maybe_done }, failure, demanded: None }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({})", self.shared.base.origin().ascii_serialization())
    }
}

impl Attempt {
    fn final_(error: Error) -> Self {
        Self { error, failure: None, demanded: None }
    }
}

/// The error to report once no further attempt is made.
fn conclude(failed: Attempt, attempts: u32) -> Error {
    match failed.error {
        Error::Refused(refusal) if refusal.status == StatusCode::TOO_MANY_REQUESTS => Error::RateLimited {
            request: refusal.request,
            summary: refusal.summary,
            attempts,
            retry_after: failed.demanded,
            request_id: refusal.request_id,
        },
        error => error,
    }
}

fn trace(label: &str, query: &str, attempt: u32, took: Duration, outcome: &Result<Answer, Attempt>) {
    let (status, request_id) = match outcome {
        Ok(answer) => (Some(answer.status), answer.request_id.as_deref()),
        Err(failed) => (failed.error.status(), failed.error.request_id()),
    };
    tracing::debug!(
        request = label,
        query,
        attempt,
        status = status.map(|status| status.as_u16()),
        request_id,
        duration_ms = millis(took),
        "http exchange"
    );
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
