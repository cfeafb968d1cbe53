//! One attempt at a request: what leaves, and what comes of it.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::{Bytes, BytesMut};
use url::Url;

use super::{Client, Shared};
use crate::http::attempt::{Attempt, Course};
use crate::http::retry::{self, Failure};
use crate::http::secret::Mask;
use crate::http::turns::Begun;
use crate::http::{Answer, Effect, Error, HeaderName, HeaderValue, Refusal, Request, StatusCode, quota, transport};

/// The request as it leaves.
pub(super) fn builder(
    transport: &reqwest::Client,
    request: &Request,
    url: &Url,
    headers: &[(HeaderName, HeaderValue)],
    body: Option<&(HeaderValue, Bytes)>,
) -> reqwest::RequestBuilder {
    let mut builder = transport.request(request.method.clone(), url.clone());
    for (name, value) in headers {
        builder = builder.header(name, value);
    }
    builder = builder.header(reqwest::header::ACCEPT, "application/json");
    if let Some((kind, body)) = body {
        builder.header(reqwest::header::CONTENT_TYPE, kind).body(body.clone())
    } else if request.effect != Effect::Read {
        // Okta answers 411 to a write without Content-Length.
        builder.body(Bytes::new()).header(reqwest::header::CONTENT_LENGTH, "0")
    } else {
        builder
    }
}

impl Client {
    /// One attempt, body included.
    pub(super) async fn exchange(
        &self,
        builder: reqwest::RequestBuilder,
        request: &Request,
        label: &str,
        mask: &Arc<Mask>,
        begun: &mut Begun,
        course: &mut Course,
    ) -> Result<Answer, Attempt> {
        let network = |error: reqwest::Error| self.network_failure(&error, request, label, mask);
        let mut response = builder.send().await.map_err(network)?;
        // What the headers say holds from now on, however long the body takes.
        let (arrived, clock) = (Instant::now(), SystemTime::now());
        let status = response.status();
        let headers = response.headers().clone();
        let limited = status == StatusCode::TOO_MANY_REQUESTS;
        let waits = limited || status == StatusCode::SERVICE_UNAVAILABLE;
        let demanded = if waits { retry::demanded(status, &headers, clock) } else { None };
        course.unexplained = if limited && demanded.is_none() { course.unexplained + 1 } else { 0 };
        let pause = self.pause_after(demanded, course);
        // One that was refused holds the others back that are counted with it.
        begun.answered(quota::announced(&headers, clock), limited.then_some(pause));
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
                let error = Error::Unreadable {
                    request: label.to_owned(),
                    path: ".".into(),
                    reason,
                    request_id,
                    maybe_done: writes,
                };
                return Err(Attempt::final_(error));
            }
            body.extend_from_slice(&chunk);
        }

        if status.is_success() {
            let (body, request, mask) = (body.freeze(), label.to_owned(), Arc::clone(mask));
            return Ok(Answer { status, headers, arrived, body, request, request_id, writes, mask });
        }
        if status.is_redirection() {
            let location = headers
                .get(reqwest::header::LOCATION)
                .and_then(|value| value.to_str().ok())
                // Before it is parsed, too: as the name of a host it is spelt in lower case.
                .and_then(|value| self.base.join(&mask.apply(value)).ok())
                .map_or_else(|| "an unnamed place".to_owned(), |url| mask.apply(&url.origin().ascii_serialization()));
            return Err(Attempt::final_(Error::Redirected { request: label.to_owned(), location, maybe_done: false }));
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
        Err(Attempt {
            failure: Some(Failure::Answered {
                status,
                transient: self.shared.vendor.is_transient(&request.method, &refusal),
            }),
            demanded,
            pause: Some(pause),
            error: Error::from(refusal),
        })
    }

    /// How long to wait after an attempt that the service answered: no less than the back-off, whatever it demands. A
    /// service that says "at once" and refuses again would be asked faster and faster otherwise.
    pub(super) fn pause_after(&self, demanded: Option<Duration>, course: &Course) -> Duration {
        let Shared { settings, vendor, is_elsewhere, .. } = &*self.shared;
        let assumed = || {
            let in_a_row = Some(course.unexplained).filter(|in_a_row| *in_a_row > 0 && !is_elsewhere)?;
            vendor.unexplained_pause(in_a_row).map(|pause| pause.min(settings.max_wait))
        };
        let least = demanded.or_else(assumed).unwrap_or_default();
        least.max(retry::backoff(settings, course.attempts))
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
        Attempt { failure, ..Attempt::final_(Error::Unreachable { request: label, reason, maybe_done }) }
    }
}
