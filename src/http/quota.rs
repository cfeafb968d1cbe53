//! What an answer says about the rate limit: how many requests are left, and until when they have to last.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{DATE, HeaderMap};

/// No window of either vendor is longer than minutes. One that is said to be longer than this is taken to be this long.
const LONGEST: Duration = Duration::from_secs(3600);

/// How far the service's clock may be from ours. A `Date` further away is nobody's clock.
const APART: Duration = Duration::from_secs(24 * 3600);

/// The rate limit of one bucket as an answer announces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quota {
    /// How many requests a window allows; zero where Okta refuses because too many are served at the same time.
    pub(super) limit: u64,
    /// How many are left in this one.
    pub(super) left: u64,
    /// How long it lasts yet, at most.
    pub(super) resets_in: Duration,
}

/// Reads `X-Rate-Limit-Limit`, `-Remaining` and `-Reset` (Okta), `x-ratelimit-limit`, `-remaining` and `-reset`
/// (Cloudflare), or `Ratelimit` with `Ratelimit-Policy` (draft-ietf-httpapi-ratelimit-headers, which newer pages of
/// Cloudflare's name; not verified against the live API). Of several policies the tightest counts.
///
/// `now` is our own clock, for an answer without a `Date`.
pub(super) fn announced(headers: &HeaderMap, now: SystemTime) -> Option<Quota> {
    let number = |name: &str| text(headers, name)?.parse::<u64>().ok();
    for [limit, left] in
        [["x-rate-limit-limit", "x-rate-limit-remaining"], ["x-ratelimit-limit", "x-ratelimit-remaining"]]
    {
        if let (Some(left), Some(resets_in)) = (number(left), resets_in(headers, now)) {
            return Some(Quota { limit: number(limit).unwrap_or(left), left, resets_in });
        }
    }
    policies(headers).min_by_key(|quota| (quota.left, std::cmp::Reverse(quota.resets_in)))
}

/// How long the window lasts yet, by whichever header tells it.
///
/// Okta names seconds of the epoch, to be compared with the answer's own `Date`; Cloudflare an HTTP date, and seconds
/// from now are understood as well. Where two whole seconds are compared one is added, so that it is never too early.
pub(super) fn resets_in(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    const ROUNDED: Duration = Duration::from_secs(1);
    let until = |at: SystemTime| Some(until(at, headers, now)?.saturating_add(ROUNDED));
    let found = if let Some(seconds) = text(headers, "x-rate-limit-reset").and_then(|value| value.parse().ok()) {
        until(UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?)?
    } else if let Some(value) = text(headers, "x-ratelimit-reset") {
        match value.parse() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => until(httpdate::parse_http_date(value).ok()?)?,
        }
    } else {
        policies(headers).map(|quota| quota.resets_in).max()?
    };
    Some(found.min(LONGEST))
}

/// How long it is until `at` by the service's clock, or by ours (`now`) if the answer has no `Date`. What is far away from that
/// clock, which is itself more than a day away from ours, tells nothing.
pub(super) fn until(at: SystemTime, headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let date = date(headers).unwrap_or(now);
    let apart = |other: SystemTime| date.duration_since(other).unwrap_or_else(|error| error.duration());
    (apart(at) <= LONGEST || apart(now) <= APART).then(|| at.duration_since(date).unwrap_or_default())
}

/// When the service answered, by its own clock.
pub(super) fn date(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(text(headers, DATE.as_str())?).ok()
}

pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

/// `Ratelimit: "default";r=50;t=30` with the limit from `Ratelimit-Policy: "default";q=100;w=60`.
fn policies(headers: &HeaderMap) -> impl Iterator<Item = Quota> {
    let limits: Vec<(&str, u64)> = members(headers, "ratelimit-policy")
        .filter_map(|member| Some((name(member), parameter(member, "q")?)))
        .collect();
    members(headers, "ratelimit").filter_map(move |member| {
        let left = parameter(member, "r")?;
        let seconds = parameter(member, "t")?;
        let limit = limits.iter().find(|(policy, _)| *policy == name(member)).map_or(left, |(_, limit)| *limit);
        // Whole seconds, rounded nobody says how.
        let resets_in = Duration::from_secs(seconds.saturating_add(1)).min(LONGEST);
        Some(Quota { limit, left, resets_in })
    })
}

fn members<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

fn name(member: &str) -> &str {
    member.split(';').next().unwrap_or_default().trim().trim_matches('"')
}

fn parameter(member: &str, wanted: &str) -> Option<u64> {
    let mut pairs = member.split(';').skip(1).filter_map(|part| part.split_once('='));
    pairs.find(|(name, _)| name.trim() == wanted).and_then(|(_, value)| value.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use reqwest::header::{HeaderName, HeaderValue};

    const DATED: (&str, &str) = ("date", "Wed, 21 Oct 2015 07:28:00 GMT"); // 1445412480

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    /// By a clock of ours that is five minutes late.
    fn of(pairs: &[(&'static str, &str)]) -> Option<(u64, u64, u64)> {
        let quota = announced(&headers(pairs), UNIX_EPOCH + Duration::from_secs(1_445_412_180))?;
        Some((quota.limit, quota.left, quota.resets_in.as_secs()))
    }

    #[test]
    fn each_vendor_has_its_own_names() {
        let okta =
            [("x-rate-limit-limit", "50"), ("x-rate-limit-remaining", "49"), ("x-rate-limit-reset", "1445412500")];
        assert_eq!(of(&[&[DATED][..], &okta].concat()), Some((50, 49, 21)));
        let cloudflare = [
            ("x-ratelimit-limit", "1200"),
            ("x-ratelimit-remaining", "7"),
            ("x-ratelimit-reset", "Wed, 21 Oct 2015 07:29:00 GMT"),
        ];
        assert_eq!(of(&[&[DATED][..], &cloudflare].concat()), Some((1200, 7, 61)));
        let newer = [("ratelimit", "\"default\";r=50;t=30"), ("ratelimit-policy", "\"default\";q=1200;w=300")];
        assert_eq!(of(&newer), Some((1200, 50, 31)));
    }

    #[test]
    fn the_tightest_policy_counts() {
        let pairs = [
            ("ratelimit", "\"burst\";r=90;t=5, \"hour\" ; r=3 ; t=900"),
            ("ratelimit-policy", "\"burst\";q=100;w=10,\"hour\";q=1000;w=3600"),
        ];
        assert_eq!(of(&pairs), Some((1000, 3, 901)));
    }

    #[test]
    fn a_clock_that_is_days_away_is_nobodys() {
        for date in ["Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 22 Oct 2015 07:28:00 GMT"]
        {
            let absolute = [("date", date), ("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "1445412500")];
            assert_eq!(of(&absolute), None, "{date}");
            let relative = [("date", date), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "30")];
            assert_eq!(of(&relative), Some((0, 0, 30)), "{date}");
        }
    }

    #[test]
    fn half_of_it_is_nothing() {
        assert_eq!(of(&[("x-rate-limit-remaining", "4")]), None);
        assert_eq!(of(&[("x-rate-limit-remaining", "many"), ("x-rate-limit-reset", "12")]), None);
        assert_eq!(of(&[("ratelimit", "\"default\";r=5")]), None);
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("x-ratelimit-remaining", "4"), ("x-ratelimit-reset", "9999999999")]), Some((4, 4, 3600)));
    }

    proptest! {
        #[test]
        fn no_header_is_too_strange(
            texts in prop::collection::vec("[ -~]{0,40}", 8),
            numbers in prop::collection::vec(any::<u64>(), 8),
        ) {
            const NAMES: [&str; 8] = ["x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset",
                "x-ratelimit-reset", "ratelimit", "ratelimit-policy", "date", "x-ratelimit-remaining"];
            let numbers: Vec<String> = numbers.iter().map(|n| format!("\"a\";r={n};t={n};q={n}")).collect();
            for values in [texts, numbers] {
                let pairs: Vec<_> = NAMES.iter().zip(&values).map(|(name, value)| (*name, value.as_str())).collect();
                let found = announced(&headers(&pairs), SystemTime::now());
                prop_assert!(found.is_none_or(|quota| quota.resets_in <= LONGEST));
            }
        }
    }
}
