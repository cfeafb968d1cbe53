//! Request budgets: the headers both vendors send, and when they start to answer 429.
//!
//! Okta counts per endpoint and minute (<https://developer.okta.com/docs/reference/rate-limits/>), Cloudflare per
//! credential and five minutes, and then blocks for five more
//! (<https://developers.cloudflare.com/fundamentals/api/reference/limits/>).

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use time::{Duration, OffsetDateTime};

use super::Side;
use super::clock::http_date;

/// A named set of budgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum RateLimit {
    /// Headers with a production org's figures, as of a window that was just begun; never a 429
    Off,
    /// A free Okta Integrator org: 50 requests a minute and endpoint; Cloudflare's 1200 in five minutes
    Integrator,
    /// Five Okta requests a minute and endpoint, ten Cloudflare requests in five minutes: to watch a client back off
    Tight,
}

/// How much of each budget is used.
pub struct Limits {
    profile: RateLimit,
    speed: u32,
    windows: Mutex<HashMap<(Side, String), Window>>,
}

#[derive(Clone, Copy)]
struct Window {
    ends: OffsetDateTime,
    used: u64,
}

/// What a budget says about one request.
pub struct Verdict {
    side: Side,
    limit: u64,
    remaining: u64,
    reset: OffsetDateTime,
    now: OffsetDateTime,
    /// The request is over the limit.
    pub exceeded: bool,
}

impl Limits {
    /// Unused budgets, whose windows and blocks pass `speed` times as fast as the vendors'.
    pub fn new(profile: RateLimit, speed: u32) -> Self {
        Self { profile, speed: speed.max(1), windows: Mutex::default() }
    }

    /// Counts one request; none where the vendor has no limit.
    pub fn count(&self, side: Side, path: &str, headers: &HeaderMap, now: OffsetDateTime) -> Option<Verdict> {
        let bucket = match side {
            Side::Okta => okta_bucket(path)?,
            Side::Cloudflare => credential(headers),
            Side::Team => return None,
        };
        let (limit, length) = self.budget(side, &bucket);
        if self.profile == RateLimit::Off {
            // A client that keeps to what it is told would wait in the end, for nothing.
            return Some(Verdict { side, limit, remaining: limit - 1, reset: now + length, now, exceeded: false });
        }
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry((side, bucket)).or_insert(Window { ends: now + length, used: 0 });
        if window.ends <= now {
            *window = Window { ends: now + length, used: 0 };
        }
        window.used += 1;
        // Cloudflare's window does not slide on: the first request too many starts a block of its own.
        if side == Side::Cloudflare && window.used == limit + 1 {
            window.ends = now + length;
        }
        Some(Verdict {
            side,
            limit,
            remaining: limit.saturating_sub(window.used),
            reset: window.ends,
            now,
            exceeded: window.used > limit,
        })
    }

    /// Forgets what was used.
    pub fn clear(&self) {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn budget(&self, side: Side, bucket: &str) -> (u64, Duration) {
        let (limit, length) = match (side, self.profile) {
            (Side::Okta, RateLimit::Off) => (600, Duration::MINUTE),
            (Side::Okta, RateLimit::Integrator) if bucket.starts_with("/api/v1/internal") => (500, Duration::MINUTE),
            (Side::Okta, RateLimit::Integrator) => (50, Duration::MINUTE),
            (Side::Okta, RateLimit::Tight) => (5, Duration::MINUTE),
            (_, RateLimit::Tight) => (10, Duration::minutes(5)),
            (_, RateLimit::Off | RateLimit::Integrator) => (1200, Duration::minutes(5)),
        };
        (limit, length / self.speed)
    }
}

impl Verdict {
    /// Writes the vendor's headers.
    pub fn announce(&self, headers: &mut HeaderMap) {
        let mut set = |name: HeaderName, value: String| {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        };
        let reset = match self.side {
            // UTC epoch seconds, and no Retry-After: clients subtract the Date header.
            Side::Okta => self.reset.unix_timestamp().to_string(),
            Side::Cloudflare | Side::Team => http_date(self.reset),
        };
        let okta = self.side == Side::Okta;
        let name = |okta_name, cloudflare_name| HeaderName::from_static(if okta { okta_name } else { cloudflare_name });
        set(name("x-rate-limit-limit", "x-ratelimit-limit"), self.limit.to_string());
        set(name("x-rate-limit-remaining", "x-ratelimit-remaining"), self.remaining.to_string());
        set(name("x-rate-limit-reset", "x-ratelimit-reset"), reset);
        if self.exceeded && !okta {
            let wait = (self.reset - self.now).whole_seconds().max(0) + 1;
            set(header::RETRY_AFTER, wait.to_string());
        }
    }
}

/// Okta's endpoint families. Discovery documents and keys have no limit; nor has anything outside the API.
fn okta_bucket(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        [.., "keys"] if path.starts_with("/oauth2/") => None,
        [.., ".well-known", _] => None,
        ["oauth2", .., last] => Some(format!("/oauth2/{last}")),
        ["api", "v1", "internal", ..] => Some("/api/v1/internal".into()),
        ["api", "v1", noun] => Some(format!("/api/v1/{noun}")),
        ["api", "v1", noun, ..] => Some(format!("/api/v1/{noun}/{{id}}")),
        _ => None,
    }
}

/// A name for the caller's credential that does not reveal it.
fn credential(headers: &HeaderMap) -> String {
    let mut hasher = DefaultHasher::new();
    for name in ["authorization", "x-auth-key", "x-auth-user-service-key"] {
        headers.get(name).map(HeaderValue::as_bytes).hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-03-25 12:00 UTC);

    fn count(limits: &Limits, side: Side, path: &str, at: OffsetDateTime) -> Verdict {
        limits.count(side, path, &HeaderMap::new(), at).unwrap()
    }

    #[test]
    fn okta_counts_by_endpoint_and_minute() {
        let limits = Limits::new(RateLimit::Tight, 1);
        let used: Vec<bool> = (0..6).map(|_| count(&limits, Side::Okta, "/api/v1/apps/0oa1", NOON).exceeded).collect();
        assert_eq!(used, [false, false, false, false, false, true]);
        assert!(!count(&limits, Side::Okta, "/api/v1/groups", NOON).exceeded);
        assert!(count(&limits, Side::Okta, "/api/v1/apps/0oa2/users", NOON).exceeded);
        assert!(!count(&limits, Side::Okta, "/api/v1/apps/0oa1", NOON + Duration::MINUTE).exceeded);
        assert!(limits.count(Side::Okta, "/oauth2/v1/keys", &HeaderMap::new(), NOON).is_none());
    }

    #[test]
    fn windows_and_blocks_pass_as_fast_as_asked() {
        let limits = Limits::new(RateLimit::Tight, 20);
        let (okta, cloudflare) = (Duration::seconds(3), Duration::seconds(15));
        (0..6).for_each(|_| _ = count(&limits, Side::Okta, "/api/v1/apps", NOON));
        assert!(!count(&limits, Side::Okta, "/api/v1/apps", NOON + okta).exceeded);
        (0..11).for_each(|_| _ = count(&limits, Side::Cloudflare, "/", NOON));
        assert!(count(&limits, Side::Cloudflare, "/", NOON + cloudflare - Duration::SECOND).exceeded);
        assert!(!count(&limits, Side::Cloudflare, "/", NOON + cloudflare).exceeded);
    }

    #[test]
    fn without_a_limit_the_window_never_runs_down() {
        let limits = Limits::new(RateLimit::Off, 1);
        for (side, left) in [(Side::Okta, 599), (Side::Cloudflare, 1199)] {
            for _ in 0..2000 {
                let verdict = count(&limits, side, "/api/v1/apps", NOON);
                assert_eq!((verdict.remaining, verdict.exceeded), (left, false));
            }
        }
    }

    #[test]
    fn okta_names_the_second_at_which_the_window_resets() {
        let mut headers = HeaderMap::new();
        count(&Limits::new(RateLimit::Off, 1), Side::Okta, "/api/v1/apps", NOON).announce(&mut headers);
        assert_eq!(headers["x-rate-limit-limit"], "600");
        assert_eq!(headers["x-rate-limit-remaining"], "599");
        assert_eq!(headers["x-rate-limit-reset"], (NOON.unix_timestamp() + 60).to_string().as_str());
    }

    #[test]
    fn cloudflare_blocks_for_five_minutes_from_the_first_request_too_many() {
        let limits = Limits::new(RateLimit::Tight, 1);
        let later = NOON + Duration::minutes(4);
        for _ in 0..10 {
            assert!(!count(&limits, Side::Cloudflare, "/", NOON).exceeded);
        }
        let blocked = count(&limits, Side::Cloudflare, "/", later);
        let mut headers = HeaderMap::new();
        blocked.announce(&mut headers);
        assert!(blocked.exceeded);
        assert_eq!(headers["retry-after"], "301");
        assert_eq!(headers["x-ratelimit-reset"], http_date(later + Duration::minutes(5)).as_str());
        assert!(count(&limits, Side::Cloudflare, "/", later + Duration::minutes(4)).exceeded);
        assert!(!count(&limits, Side::Cloudflare, "/", later + Duration::minutes(5)).exceeded);
    }
}
