//! Why a call did not do what was asked.
//!
//! Nothing in here quotes a body: messages come from the vendor's own error fields, with the secrets of
//! the request masked, so every variant may be printed anywhere.

use std::fmt;
use std::time::Duration;

use super::StatusCode;

/// A call that failed. `Display` is one or two sentences for a person, free of secrets.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// No connection, or it broke before an answer arrived.
    #[error("{request}: cannot reach the service: {reason}")]
    Unreachable {
        /// Method and URL without query.
        request: String,
        /// What the network said, and what to do where that is known.
        reason: String,
        /// True when a write may have been carried out although no answer came.
        maybe_done: bool,
    },
    /// The service answered, and said no.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The answer is not what the API promises.
    #[error("{request}: cannot read the answer at `{path}`: {reason}{}", suffix(.request_id))]
    Unreadable {
        /// Method and URL without query.
        request: String,
        /// Where in the JSON document, like `credentials.oauthClient`; `.` is the whole of it.
        path: String,
        /// What was expected there. Never the value found.
        reason: String,
        /// The vendor's id of the exchange.
        request_id: Option<String>,
        /// True when it answers a write, which may have been carried out.
        maybe_done: bool,
    },
    /// The service asked to slow down, and the attempts or the patience allowed are used up.
    #[error("{request}: rate limit reached, {}{}{}{}{}", made(*.attempts), colon(.summary), wait(.retry_after), suffix(.request_id), earlier(*.maybe_done))]
    RateLimited {
        /// Method and URL without query.
        request: String,
        /// The vendor's sentence, if it sent one.
        summary: String,
        /// How often the request was sent; 0 where earlier requests had used the limit up.
        attempts: u32,
        /// How long the service asked us to wait.
        retry_after: Option<Duration>,
        /// The vendor's id of the exchange.
        request_id: Option<String>,
        /// True when an earlier attempt at a write may have been carried out.
        maybe_done: bool,
    },
    /// A wait was not begun, because the time for the operation would be over before it, or it was over while waiting.
    #[error("{request}: {}", out_of_time(.what_for, .wait, .left, .before))]
    OutOfTime {
        /// Method and URL without query.
        request: String,
        /// What the wait is for, like `the rate limit of api.cloudflare.com`.
        what_for: String,
        /// How long it would have taken; `None` for one that nobody knew the length of, and that went on until the end.
        wait: Option<Duration>,
        /// How much time the operation has left.
        left: Duration,
        /// How the attempt before it failed, if there was one.
        before: Option<Box<Error>>,
    },
    /// No complete answer in time.
    #[error("{request}: no answer within {} s{}", .after.as_secs_f32(), maybe(*.maybe_done))]
    TimedOut {
        /// Method and URL without query.
        request: String,
        /// How long we waited.
        after: Duration,
        /// True when a write may have been carried out although no answer came.
        maybe_done: bool,
    },
    /// Terraform asked us to stop: the request was not sent, or a read was abandoned.
    #[error("{request}: stopped on request{}", after(.before))]
    Stopped {
        /// Method and URL without query.
        request: String,
        /// How the attempt before it failed, if there was one.
        before: Option<Box<Error>>,
    },
    /// Plain http to a host that is not this machine, or no http at all.
    #[error("refusing to use {url}: only https is allowed (plain http for loopback addresses)")]
    InsecureUrl {
        /// The URL without user, password and query.
        url: String,
    },
    /// A host that nobody allowed; nothing was sent.
    #[error(
        "{request}: {host} is not among the hosts in {}, so nothing was sent; if credentials may go there, add it to that \
         environment variable where Terraform runs",
        super::allowed_hosts::VARIABLE
    )]
    HostNotAllowed {
        /// Method and URL without query.
        request: String,
        /// The host, with its port if the URL names one.
        host: String,
    },
    /// The service sent us elsewhere. Credentials do not follow redirects.
    #[error(
        "{request}: answered with a redirect to {location}, which is not followed; use the URL the service is served at{}",
        earlier(*.maybe_done)
    )]
    Redirected {
        /// Method and URL without query.
        request: String,
        /// Scheme and host of the target.
        location: String,
        /// True when an earlier attempt at a write may have been carried out.
        maybe_done: bool,
    },
    /// A setting or credential cannot be used; nothing was sent.
    #[error("{what} cannot be used: {reason}")]
    Unusable {
        /// The thing at fault, like `the CA file /etc/ca.pem`.
        what: String,
        /// Why, and what would be right.
        reason: String,
    },
}

/// A refusal in the vendor's own words.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Method and URL without query.
    pub request: String,
    /// The HTTP status.
    pub status: StatusCode,
    /// The vendor's error code, like `E0000007` or `12135`.
    pub code: Option<String>,
    /// The vendor's sentence.
    pub summary: String,
    /// What the vendor blames, in its order.
    pub causes: Vec<Cause>,
    /// The vendor's id of the exchange, for its support.
    pub request_id: Option<String>,
    /// True when the service failed (5xx) over a write, which may have been carried out, or when an earlier attempt at it may
    /// have been.
    pub maybe_done: bool,
}

/// One thing a vendor blames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The field of the request at fault, as the vendor spells it.
    pub field: Option<String>,
    /// What is wrong with it.
    pub summary: String,
}

impl Cause {
    /// Whether this cause is about `field`: the same name, or the last part of a longer path
    /// (`redirect_uris` is meant by `settings.oauthClient.redirect_uris` and by `/config/redirect_uris`).
    pub fn is_about(&self, field: &str) -> bool {
        self.field.as_deref().is_some_and(|own| {
            own == field || own.rsplit(['.', '/']).next() == Some(field) || field.rsplit('.').next() == Some(own)
        })
    }
}

impl Error {
    /// The service does not have the thing asked for.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND)
    }

    /// The credentials are good, but not for this.
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(StatusCode::FORBIDDEN)
    }

    /// The credentials are not accepted at all.
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(StatusCode::UNAUTHORIZED)
    }

    /// Another object stands in the way.
    pub fn is_conflict(&self) -> bool {
        self.status() == Some(StatusCode::CONFLICT)
    }

    /// Terraform asked us to stop.
    pub fn is_stopped(&self) -> bool {
        matches!(self, Self::Stopped { .. })
    }

    /// Whether it is about whoever asked, who was stopped or has no time left: another one may get an answer.
    pub fn is_of_the_caller(&self) -> bool {
        matches!(self, Self::Stopped { .. } | Self::OutOfTime { .. })
    }

    /// Whether the service is out of reach or out of order for now, so that it has not said anything.
    pub fn is_no_answer(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::RateLimited { .. }
            | Self::OutOfTime { .. }
            | Self::Stopped { .. } => true,
            Self::Refused(refusal) => refusal.status.is_server_error(),
            _ => false,
        }
    }

    /// Whether the service may have carried out a write although this is an error. Never true of a request that
    /// changes nothing, whatever its method.
    pub fn is_maybe_done(&self) -> bool {
        match self {
            Self::Unreachable { maybe_done, .. }
            | Self::TimedOut { maybe_done, .. }
            | Self::RateLimited { maybe_done, .. }
            | Self::Redirected { maybe_done, .. }
            | Self::Unreadable { maybe_done, .. } => *maybe_done,
            Self::Refused(refusal) => refusal.maybe_done,
            Self::OutOfTime { before: Some(before), .. } | Self::Stopped { before: Some(before), .. } => {
                before.is_maybe_done()
            }
            _ => false,
        }
    }

    /// The same error, after an earlier attempt that may have been carried out.
    pub(super) fn in_doubt(mut self) -> Self {
        match &mut self {
            Self::Unreachable { maybe_done, .. }
            | Self::TimedOut { maybe_done, .. }
            | Self::RateLimited { maybe_done, .. }
            | Self::Redirected { maybe_done, .. }
            | Self::Unreadable { maybe_done, .. } => *maybe_done = true,
            // What is refused for what it says, or for who says it, was not taken the first time either.
            Self::Refused(refusal) => {
                const VERDICTS: [StatusCode; 3] =
                    [StatusCode::BAD_REQUEST, StatusCode::FORBIDDEN, StatusCode::UNPROCESSABLE_ENTITY];
                refusal.maybe_done |= !VERDICTS.contains(&refusal.status);
            }
            // Those are never about an attempt.
            Self::OutOfTime { .. }
            | Self::Stopped { .. }
            | Self::InsecureUrl { .. }
            | Self::HostNotAllowed { .. }
            | Self::Unusable { .. } => {}
        }
        self
    }

    /// The same error of something that changed nothing anybody cares about, whether it was carried out or not.
    #[must_use]
    pub fn without_doubt(mut self) -> Self {
        match &mut self {
            Self::Unreachable { maybe_done, .. }
            | Self::TimedOut { maybe_done, .. }
            | Self::RateLimited { maybe_done, .. }
            | Self::Redirected { maybe_done, .. }
            | Self::Unreadable { maybe_done, .. } => *maybe_done = false,
            Self::Refused(refusal) => refusal.maybe_done = false,
            Self::OutOfTime { before, .. } | Self::Stopped { before, .. } => {
                *before = before.take().map(|before| Box::new(before.without_doubt()));
            }
            Self::InsecureUrl { .. } | Self::HostNotAllowed { .. } | Self::Unusable { .. } => {}
        }
        self
    }

    /// The error of a request that was sent again, or was to be, because of `earlier`. If that is in doubt, so is what comes
    /// of it: where nothing was sent any more, `earlier` is the last that is known. Whoever was stopped or had no time left
    /// for another attempt hears of `earlier` as well, but it is not taken for what came of the request.
    #[must_use]
    pub fn after(self, earlier: Option<Self>) -> Self {
        let Some(earlier) = earlier.filter(Self::is_maybe_done) else { return self };
        match self {
            mut ended @ (Self::OutOfTime { .. } | Self::Stopped { .. }) => {
                // What was asked for last may have been something else, like an access token.
                let before = ended.take_before().filter(Self::is_maybe_done).unwrap_or(earlier);
                ended.with_before(before)
            }
            Self::InsecureUrl { .. } | Self::HostNotAllowed { .. } | Self::Unusable { .. } => earlier,
            error => error.in_doubt(),
        }
    }

    /// The error of whoever was stopped or has no time left, after an attempt that failed like this. Any other is as it was.
    pub(super) fn with_before(mut self, failed: Self) -> Self {
        if let Self::OutOfTime { before, .. } | Self::Stopped { before, .. } = &mut self {
            *before = Some(Box::new(failed));
        }
        self
    }

    fn take_before(&mut self) -> Option<Self> {
        let (Self::OutOfTime { before, .. } | Self::Stopped { before, .. }) = self else { return None };
        before.take().map(|before| *before)
    }

    /// The HTTP status of the answer, if there was one. That of an attempt before a wait that ended is not the answer: who
    /// deletes, and is stopped after a 404 that is in doubt, has not deleted.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            Self::RateLimited { .. } => Some(StatusCode::TOO_MANY_REQUESTS),
            _ => None,
        }
    }

    /// The vendor's error code, like `E0000007` or `12135`.
    pub fn code(&self) -> Option<&str> {
        self.refusal().and_then(|refusal| refusal.code.as_deref())
    }

    /// The vendor's id of the exchange.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => refusal.request_id.as_deref(),
            Self::RateLimited { request_id, .. } | Self::Unreadable { request_id, .. } => request_id.as_deref(),
            Self::OutOfTime { before: Some(before), .. } | Self::Stopped { before: Some(before), .. } => {
                before.request_id()
            }
            _ => None,
        }
    }

    /// The refusal in the vendor's words, if it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The causes the vendor gave; none unless this is a refusal.
    pub fn causes(&self) -> &[Cause] {
        self.refusal().map_or(&[], |refusal| refusal.causes.as_slice())
    }

    /// The first cause about `field`; see [`Cause::is_about`].
    pub fn cause_for(&self, field: &str) -> Option<&Cause> {
        self.causes().iter().find(|cause| cause.is_about(field))
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.request, self.status.as_u16())?;
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        write!(f, ": {}", self.summary)?;
        for cause in self.causes.iter().filter(|cause| cause.summary != self.summary) {
            match &cause.field {
                Some(field) if !cause.summary.contains(field.as_str()) => write!(f, "; {field}: {}", cause.summary)?,
                _ => write!(f, "; {}", cause.summary)?,
            }
        }
        f.write_str(&suffix(&self.request_id))
    }
}

fn suffix(request_id: &Option<String>) -> String {
    request_id.as_ref().map(|id| format!(" (request id {id})")).unwrap_or_default()
}

fn colon(summary: &str) -> String {
    if summary.is_empty() { String::new() } else { format!(": {summary}") }
}

fn made(attempts: u32) -> String {
    match attempts {
        0 => "not sent".to_owned(),
        attempts => format!("{attempts} attempts made"),
    }
}

fn out_of_time(what_for: &str, wait: &Option<Duration>, left: &Duration, before: &Option<Box<Error>>) -> String {
    let Some(wait) = wait else {
        return format!("it waited for {what_for} until the time of the operation was over{}", after(before));
    };
    let not_sent = before.as_ref().map_or_else(String::new, |before| format!(" again after \"{before}\""));
    let (wait, left) = (seconds(wait), seconds(left));
    format!("not sent{not_sent}: it would have to wait {wait} for {what_for}, and the operation has {left} left")
}

fn after(before: &Option<Box<Error>>) -> String {
    before.as_ref().map(|before| format!(", after \"{before}\"")).unwrap_or_default()
}

fn seconds(time: &Duration) -> String {
    format!("{} s", time.as_secs_f64().ceil())
}

fn wait(retry_after: &Option<Duration>) -> String {
    retry_after.map(|wait| format!(" (asked to wait {} s)", wait.as_secs())).unwrap_or_default()
}

fn earlier(maybe_done: bool) -> &'static str {
    if maybe_done { "; an earlier attempt may have made the change" } else { "" }
}

fn maybe(maybe_done: bool) -> &'static str {
    if maybe_done { "; the change may have been made nevertheless" } else { "" }
}

#[cfg(test)]
mod tests;
