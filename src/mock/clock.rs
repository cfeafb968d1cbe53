//! The mock's clock: real time plus what a test has moved it ahead.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use time::macros::format_description;
use tokio::sync::Notify;

/// Everything in the mock that has a date, expires or refills reads this clock.
#[derive(Default)]
pub struct Clock {
    ahead: Mutex<Duration>,
    moved: Notify,
}

impl Clock {
    /// The moment it is in the mock, UTC.
    pub fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the clock ahead; nobody waits.
    pub fn advance(&self, by: Duration) {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        *ahead = ahead.saturating_add(by);
        self.moved.notify_one();
    }

    /// Until somebody moves the clock, or at once if somebody did since this was last waited for. One may wait.
    pub async fn moved(&self) {
        self.moved.notified().await;
    }

    /// Back to real time.
    pub fn reset(&self) {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Duration::ZERO;
    }
}

/// `2026-03-25T06:09:58.000Z`: RFC 3339 with milliseconds, the spelling of most Okta objects.
pub fn millis(at: OffsetDateTime) -> String {
    at.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"))
        .unwrap_or_default()
}

/// `2026-03-25T06:09:58Z`: RFC 3339 without fractions, the spelling of Cloudflare and of Okta's push mappings.
pub fn seconds(at: OffsetDateTime) -> String {
    at.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z")).unwrap_or_default()
}

/// `Wed, 25 Mar 2026 06:09:58 GMT`: the spelling of HTTP headers.
pub fn http_date(at: OffsetDateTime) -> String {
    httpdate::fmt_http_date(at.into())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn advancing_is_seen_at_once_and_undone_by_reset() {
        let clock = Clock::default();
        clock.advance(Duration::from_secs(3600));
        assert!(clock.now() - OffsetDateTime::now_utc() > time::Duration::minutes(59));
        clock.reset();
        assert!(clock.now() - OffsetDateTime::now_utc() < time::Duration::minutes(1));
    }

    #[test]
    fn three_spellings_of_one_moment() {
        let at = datetime!(2026-03-25 06:09:58.0405 UTC);
        assert_eq!(millis(at), "2026-03-25T06:09:58.040Z");
        assert_eq!(seconds(at), "2026-03-25T06:09:58Z");
        assert_eq!(http_date(at), "Wed, 25 Mar 2026 06:09:58 GMT");
    }
}
