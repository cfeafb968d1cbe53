//! The client: the one place where requests leave the process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use url::Url;

use super::attempt::{self, Attempt, Course};
use super::bucket::Reason;
use super::pace::Pace;
use super::request::label;
use super::retry;
use super::secret::Mask;
use super::turns::{Begun, Shared as Bucket, Turns};
use super::{
    Answer, Auth, Caller, Departure, Effect, Error, HeaderMap, LONG_WAIT, Method, Refusal, Request, Settings, transport,
};

mod exchange;

/// What differs between vendors when an answer is not a success.
pub trait Vendor: Send + Sync + 'static {
    /// The header that carries the vendor's id of an exchange, in lower case.
    fn request_id_header(&self) -> &'static str;

    /// Reads the vendor's error body into `refusal`, which has the request, the status and the request id
    /// already. Must not quote what it cannot parse: proxies answer with pages of their own.
    fn read_refusal(&self, refusal: &mut Refusal, headers: &HeaderMap, body: &[u8]);

    /// The name of what the vendor counts together when it limits the rate of requests, with the requests to `path`; empty
    /// if it counts everything together. A part of messages, after the name of the host.
    fn bucket(&self, path: &str) -> String;

    /// Whether the vendor is known to send this refusal for a moment only, with nothing done.
    fn is_transient(&self, method: &Method, refusal: &Refusal) -> bool;

    /// How long the vendor most likely refuses requests for which the rate limit is reached (429) where it does not say
    /// so, this being number `in_a_row` (from 1) of such answers to one request. `None` for the usual back-off.
    fn unexplained_pause(&self, _in_a_row: u32) -> Option<Duration> {
        None
    }
}

/// A connection to one service, with its credentials. Clones share connections, and what is known of rate limits.
///
/// Reads are abandoned at once when the stop token is cancelled or the caller's time is over. A write that may have left is awaited, up
/// to the time limit of [`Settings`], because its outcome belongs into the state. Nothing new is started.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    base: Arc<Url>,
    caller: Caller,
}

/// What the clients of one origin share.
struct Shared {
    /// A URL there.
    origin: Url,
    auth: Auth,
    vendor: &'static dyn Vendor,
    settings: Settings,
    pace: Arc<Pace>,
    turns: Turns,
    transport: OnceLock<Result<reqwest::Client, Error>>,
    /// Those of other services of the vendor, by origin.
    elsewhere: Mutex<HashMap<String, Arc<Shared>>>,
    /// Whether this is [elsewhere](Client::elsewhere), where the vendor's own limits do not hold.
    is_elsewhere: bool,
}

impl Shared {
    fn new(origin: Url, auth: Auth, vendor: &'static dyn Vendor, settings: Settings, pace: Arc<Pace>) -> Self {
        let (turns, transport, elsewhere) = (Turns::default(), OnceLock::new(), Mutex::default());
        Self { origin, auth, vendor, settings, pace, turns, transport, elsewhere, is_elsewhere: false }
    }
}

impl Client {
    /// A client for the service at `base`. Nothing is read or connected before the first request.
    pub fn new(base: Url, auth: Auth, vendor: &'static dyn Vendor, settings: Settings) -> Self {
        let pace = Arc::new(Pace::new(settings.spacing));
        let shared = Arc::new(Shared::new(base.clone(), auth, vendor, settings, pace));
        Self { shared, base: Arc::new(base), caller: Caller::default() }
    }

    /// The same client, on behalf of `caller`.
    pub fn with_caller(&self, caller: Caller) -> Self {
        Self { caller, ..self.clone() }
    }

    /// The same client, for something that must not be broken off in the middle; see [`Caller::undisturbed_for`].
    pub fn undisturbed_for(&self, time: Duration) -> Self {
        self.with_caller(self.caller.undisturbed_for(time))
    }

    /// A client for another service of the same vendor, with the same settings, on behalf of the same caller. It has no
    /// credentials: requests bring their own. All clients for an origin that come from here share connections, and what is
    /// known of rate limits; and their requests take turns with those from here.
    pub fn elsewhere(&self, base: Url) -> Self {
        let Shared { vendor, settings, pace, elsewhere, .. } = &*self.shared;
        let make = || {
            let shared = Shared::new(base.clone(), Auth::None, *vendor, settings.clone(), Arc::clone(pace));
            Arc::new(Shared { is_elsewhere: true, ..shared })
        };
        let shared = {
            let mut known = elsewhere.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(base.origin().ascii_serialization()).or_insert_with(make))
        };
        Self { shared, base: Arc::new(base), caller: self.caller.clone() }
    }

    /// Where the service is.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// The settings this client was built from.
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Waits, if the operation has time for it and we are not stopped first, and tells whoever is to know if it is a long
    /// wait. `what_for` is like `the rate limit of api.cloudflare.com`, and `work` names what is to be done then.
    ///
    /// # Errors
    /// [`Error::OutOfTime`] at once, and [`Error::Stopped`].
    pub async fn pause(&self, time: Duration, what_for: &str, work: &str) -> Result<(), Error> {
        self.require_time(time, what_for, work)?;
        let mut waiting = self.caller.wait(what_for, work);
        waiting.takes(time);
        self.or_ended(what_for, work, tokio::time::sleep(time)).await
    }

    /// Works on something that may be dropped half-way, unless we are stopped or the time is over first. `what` names the
    /// work.
    ///
    /// # Errors
    /// [`Error::OutOfTime`] and [`Error::Stopped`].
    pub fn until_the_end<T>(
        &self,
        what: &str,
        work: impl Future<Output = T>,
    ) -> impl Future<Output = Result<T, Error>> {
        self.or_ended("an answer", what, work)
    }

    /// What `awaited` comes to, unless we are stopped or the time is over first. `what_for` says what that is, and `work`
    /// names what is to be done then.
    fn or_ended<T>(
        &self,
        what_for: &str,
        work: &str,
        awaited: impl Future<Output = T>,
    ) -> impl Future<Output = Result<T, Error>> {
        // Boxed as in `send`.
        let awaited = Box::pin(awaited);
        async move {
            tokio::select! {
                biased;
                () = self.caller.stop.cancelled() => {}
                outcome = awaited => return Ok(outcome),
                () = self.caller.deadline() => {}
            }
            Err(self.ended(what_for, work))
        }
    }

    /// Waits for `lock`, which another call of this process may hold for as long as it takes. Like any wait it ends when we
    /// are stopped or the time is over, and is told if it is a long one. `what_for` is like `another change of the same
    /// object`, and `work` names what is to be done then.
    ///
    /// # Errors
    /// [`Error::OutOfTime`] and [`Error::Stopped`].
    pub async fn wait_for<T>(&self, lock: impl Future<Output = T>, what_for: &str, work: &str) -> Result<T, Error> {
        let mut waiting = self.caller.wait(what_for, work);
        let long = async {
            tokio::time::sleep(LONG_WAIT).await;
            waiting.goes_on();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            biased;
            lock = lock => return Ok(lock),
            () = self.caller.stop.cancelled() => {}
            () = self.caller.deadline() => {}
            () = long => {}
        }
        Err(self.ended(what_for, work))
    }

    /// The error of a wait that went on until we were stopped or the time was over. An operation that is out of time is
    /// stopped, too.
    fn ended(&self, what_for: &str, work: &str) -> Error {
        let request = work.to_owned();
        if !self.caller.is_out_of_time() {
            return Error::Stopped { request, before: None };
        }
        Error::OutOfTime { request, what_for: what_for.to_owned(), wait: None, left: Duration::ZERO, before: None }
    }

    /// Sends `request` and returns the answer if it is a success (2xx).
    ///
    /// # Errors
    /// Every variant of [`Error`]; see there.
    pub fn send(&self, request: Request) -> impl Future<Output = Result<Answer, Error>> + Send {
        // Boxed, since whatever calls a service holds this future, some of it more than once, and stacks are small.
        Box::pin(self.attempts(request))
    }

    async fn attempts(&self, request: Request) -> Result<Answer, Error> {
        let url = request.url(&self.base)?;
        transport::require_secure(&url)?;
        let label = label(&request.method, &url);
        self.require_allowed(&url, &label)?;
        let auth = request.auth.as_ref().unwrap_or(&self.shared.auth);
        let headers = auth.headers()?;
        let transport =
            self.shared.transport.get_or_init(|| transport::build(&self.shared.origin, &self.shared.settings));
        let transport = transport.as_ref().map_err(Clone::clone)?;
        let settings = &self.shared.settings;
        let bucket = self.shared.turns.of(self.shared.vendor.bucket(url.path()));

        let mut course = Course::default();
        let mut before: Option<(Attempt, Duration)> = None;
        loop {
            let back_off = before.as_ref().map(|(failed, wait)| (failed.reason(), *wait));
            let mut begun = match self.wait_for_turn(&bucket, back_off, &url, &label).await {
                Ok(begun) => begun,
                Err(ended) => {
                    return Err(match before {
                        Some((failed, _)) if ended.is_of_the_caller() => ended.with_before(course.conclude(failed)),
                        // What the service last said about a write is worth more than that there is no room for another.
                        Some((failed, _)) if request.effect != Effect::Read => course.conclude(failed),
                        _ => ended,
                    });
                }
            };
            let written = request.write.as_ref().map(|write| write(request.clone())).transpose()?;
            let Request { body, secrets, .. } = written.as_ref().unwrap_or(&request);
            let mask = Arc::new(Mask::new(auth.secrets().iter().chain(secrets)));
            course.attempts += 1;
            let builder = exchange::builder(transport, &request, &url, &headers, body.as_ref());
            let exchange = self.exchange(builder, &request, &label, &mask, &mut begun, &mut course);
            let started = Instant::now();
            request.departure.iter().for_each(Departure::now);
            let outcome = if request.effect == Effect::Read {
                match self.until_the_end(&label, exchange).await {
                    Ok(outcome) => outcome,
                    Err(ended) => {
                        return Err(match before {
                            Some((failed, _)) => ended.with_before(course.conclude(failed)),
                            None => ended,
                        });
                    }
                }
            } else {
                exchange.await
            };
            drop(begun);
            let query = url.query().map(|query| mask.apply(query)).unwrap_or_default();
            attempt::trace(&label, &query, course.attempts, started.elapsed(), &outcome);
            let failed = match outcome {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            course.note(&failed);

            let pause = failed.pause.unwrap_or_else(|| retry::backoff(settings, course.attempts));
            let wait = match failed.demanded {
                Some(demanded) if demanded > settings.max_wait => None,
                Some(_) => Some(retry::spread(pause)),
                None => Some(pause),
            };
            let allowed = failed.failure.is_some_and(|failure| retry::allowed(request.effect, failure));
            let (true, true, Some(wait)) = (allowed, course.attempts <= settings.max_retries, wait) else {
                return Err(course.conclude(failed));
            };
            let attempt = course.attempts;
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

    /// Waits until the next request may begin: for the end of a back-off, for the rate limit, and for its turn.
    async fn wait_for_turn(
        &self,
        bucket: &Arc<Bucket>,
        back_off: Option<(String, Duration)>,
        url: &Url,
        label: &str,
    ) -> Result<Begun, Error> {
        let limit = || {
            let host = url.host_str().unwrap_or_default();
            format!("the rate limit of {host}{}", self.shared.vendor.bucket(url.path()))
        };
        if let Some((reason, wait)) = back_off {
            let what_for = if reason.is_empty() { limit() } else { reason };
            self.pause(wait, &what_for, label).await?;
        }
        if self.caller.stop.is_cancelled() || self.caller.is_out_of_time() {
            return Err(self.ended("its turn", label));
        }
        let begun = self.stand_in_line(bucket, limit, label).await?;
        let wait = self.shared.pace.turn(Instant::now());
        if !wait.is_zero() {
            self.pause(wait, "a turn, because requests are limited", label).await?;
        }
        // Another one may have been refused while this one waited for its turn.
        let held = bucket.held(Instant::now());
        if !held.is_zero() {
            self.pause(held, &limit(), label).await?;
        }
        Ok(begun)
    }

    /// Waits for the rate limit. How long it takes may change with every answer to others.
    async fn stand_in_line(
        &self,
        bucket: &Arc<Bucket>,
        limit: impl Fn() -> String,
        label: &str,
    ) -> Result<Begun, Error> {
        let place = bucket.stand_in_line();
        if let Ok(begun) = place.ask(Instant::now()) {
            return Ok(begun);
        }
        let what_for = limit();
        let mut waiting = self.caller.wait(&what_for, label);
        loop {
            let mut changed = std::pin::pin!(place.changed());
            changed.as_mut().enable();
            let (wait, reason) = match place.ask(Instant::now()) {
                Ok(begun) => return Ok(begun),
                Err(later) => later,
            };
            if reason != Reason::Answer {
                self.require_time(wait, &what_for, label)?;
            }
            if matches!(reason, Reason::Window | Reason::Refused) && wait > self.shared.settings.max_wait {
                return Err(Error::RateLimited {
                    request: label.to_owned(),
                    summary: "earlier requests have used it up".to_owned(),
                    attempts: 0,
                    retry_after: Some(wait),
                    request_id: None,
                    maybe_done: false,
                });
            }
            waiting.takes(wait);
            let either = async {
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = changed => {}
                }
            };
            self.or_ended(&what_for, label, either).await?;
        }
    }

    /// Refuses a wait that would outlast the operation.
    fn require_time(&self, wait: Duration, what_for: &str, label: &str) -> Result<(), Error> {
        let left = self.caller.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        match left {
            Some(left) if left < wait => Err(Error::OutOfTime {
                request: label.to_owned(),
                what_for: what_for.to_owned(),
                wait: Some(wait),
                left,
                before: None,
            }),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({})", self.base.origin().ascii_serialization())
    }
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
