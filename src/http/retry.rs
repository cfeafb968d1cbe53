//! What may be repeated, and when. Pure functions; the client does the sending and the waiting.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::{Effect, Settings, StatusCode, quota};

/// How an attempt failed, as far as repeating it is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The service answered with a refusal. `transient` is the vendor's own judgement of it.
    Answered { status: StatusCode, transient: bool },
    /// No connection: the request never left.
    NotSent,
    /// The connection broke after the request may have left.
    Broken,
}

/// Whether a request with this effect may be sent again after this failure.
pub(super) fn allowed(effect: Effect, failure: Failure) -> bool {
    match failure {
        Failure::NotSent => true,
        Failure::Broken => effect != Effect::Once,
        Failure::Answered { status: StatusCode::TOO_MANY_REQUESTS, .. } => true,
        Failure::Answered { transient: true, .. } => true,
        Failure::Answered { status, .. } => {
            effect != Effect::Once
                && matches!(
                    status,
                    StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
                )
        }
    }
}

/// How long the service asks us to wait: `Retry-After` (RFC 9110 §10.2.3: seconds or a date), or else the end of the
/// window, which both vendors announce on every answer and which asks for a pause only where the limit is reached (429).
pub(super) fn demanded(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    if let Some(value) = quota::text(headers, RETRY_AFTER.as_str()) {
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        if let Ok(at) = httpdate::parse_http_date(value)
            && let Some(wait) = quota::until(at, headers, now)
        {
            return Some(wait);
        }
    }
    if status == StatusCode::TOO_MANY_REQUESTS { quota::resets_in(headers, now) } else { None }
}

/// How long to wait before attempt number `attempt` (the first repetition is 1): exponential with "equal
/// jitter", between half of the step and all of it.
pub(super) fn backoff(settings: &Settings, attempt: u32) -> Duration {
    let factor = 2u32.saturating_pow(attempt.saturating_sub(1));
    let step = settings.min_wait.saturating_mul(factor).min(settings.max_wait);
    step.mul_f64(0.5 + 0.5 * fastrand::f64())
}

/// A demanded wait, spread by up to a tenth (at most two seconds) so that callers that were stopped
/// together do not come back together.
pub(super) fn spread(wait: Duration) -> Duration {
    wait + wait.mul_f64(0.1 * fastrand::f64()).min(Duration::from_secs(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};
    use std::time::UNIX_EPOCH;

    fn answered(status: u16) -> Failure {
        Failure::Answered { status: StatusCode::from_u16(status).unwrap(), transient: false }
    }

    #[test]
    fn what_must_not_happen_twice_is_repeated_only_if_it_did_not_happen() {
        for failure in [answered(429), Failure::NotSent] {
            assert!(allowed(Effect::Once, failure), "{failure:?}");
        }
        for failure in [answered(500), answered(502), answered(503), answered(504), Failure::Broken] {
            assert!(!allowed(Effect::Once, failure), "{failure:?}");
        }
    }

    #[test]
    fn reads_and_repeatable_writes_survive_a_gateway() {
        for effect in [Effect::Read, Effect::Repeatable] {
            for failure in [answered(429), answered(502), answered(503), answered(504), Failure::Broken] {
                assert!(allowed(effect, failure), "{effect:?} {failure:?}");
            }
            for failure in [answered(400), answered(404), answered(409), answered(500), answered(302)] {
                assert!(!allowed(effect, failure), "{effect:?} {failure:?}");
            }
        }
    }

    #[test]
    fn the_vendor_knows_its_transient_errors() {
        let failure = Failure::Answered { status: StatusCode::LOCKED, transient: true };
        assert!(allowed(Effect::Once, failure));
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    #[test]
    fn every_way_to_ask_for_a_pause_is_understood() {
        const DATE: (&str, &str) = ("date", "Wed, 21 Oct 2015 07:28:00 GMT"); // 1445412480
        // Our own clock is wrong, and must not matter when the answer has a Date.
        let now = UNIX_EPOCH + Duration::from_secs(1_445_412_000);
        let seconds = |s| Some(Duration::from_secs(s));
        let limited = StatusCode::TOO_MANY_REQUESTS;
        let of = |pairs: &[(&'static str, &str)]| demanded(limited, &headers(pairs), now);

        assert_eq!(of(&[DATE, ("retry-after", "7")]), seconds(7));
        assert_eq!(of(&[DATE, ("retry-after", "Wed, 21 Oct 2015 07:28:09 GMT")]), seconds(9));
        assert_eq!(of(&[DATE, ("x-rate-limit-reset", "1445412500")]), seconds(21));
        assert_eq!(of(&[DATE, ("x-rate-limit-reset", "1445412400")]), seconds(1));
        assert_eq!(of(&[DATE, ("x-ratelimit-reset", "Wed, 21 Oct 2015 07:29:00 GMT")]), seconds(61));
        assert_eq!(of(&[DATE, ("x-ratelimit-reset", "30")]), seconds(30));
        assert_eq!(of(&[DATE, ("ratelimit", "\"default\";r=0;t=30")]), seconds(31));
        assert_eq!(of(&[DATE, ("x-rate-limit-reset", "soon")]), None);
        assert_eq!(of(&[DATE]), None);
        assert_eq!(demanded(limited, &headers(&[("x-rate-limit-reset", "1445412012")]), now), seconds(13));
        let far = ("date", "Fri, 31 Dec 9999 23:59:59 GMT");
        assert_eq!(of(&[far, ("retry-after", "Wed, 21 Oct 2015 07:28:09 GMT")]), None, "that is nobody's clock");
    }

    #[test]
    fn the_end_of_a_window_that_is_not_used_up_is_not_waited_for() {
        let of =
            |pairs: &[(&'static str, &str)]| demanded(StatusCode::SERVICE_UNAVAILABLE, &headers(pairs), UNIX_EPOCH);
        assert_eq!(of(&[("x-rate-limit-reset", "300")]), None);
        assert_eq!(of(&[("x-ratelimit-reset", "300")]), None);
        assert_eq!(of(&[("retry-after", "7"), ("x-ratelimit-reset", "300")]), Some(Duration::from_secs(7)));
    }

    #[test]
    fn waits_grow_and_stay_within_bounds() {
        let settings = Settings {
            min_wait: Duration::from_millis(100),
            max_wait: Duration::from_millis(1000),
            ..Settings::default()
        };
        for (attempt, step) in [(1, 100), (2, 200), (3, 400), (4, 800), (5, 1000), (99, 1000)] {
            let step = Duration::from_millis(step);
            for _ in 0..50 {
                let wait = backoff(&settings, attempt);
                assert!(wait >= step / 2 && wait <= step, "attempt {attempt}: {wait:?}");
            }
        }
    }
}
