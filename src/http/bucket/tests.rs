//! The bucket step by step, and against a service that counts.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn quota(limit: u64, left: u64, seconds: u64) -> Option<Quota> {
    Some(Quota { limit, left, resets_in: s(seconds) })
}

fn ask(bucket: &mut Bucket, now: Instant) -> Turn {
    let ticket = bucket.stand_in_line();
    let turn = bucket.ask(ticket, now);
    bucket.leave(ticket);
    turn
}

/// A bucket of which one answer is known.
fn known(now: Instant, quota: Option<Quota>) -> Bucket {
    let mut bucket = Bucket::default();
    assert_eq!(ask(&mut bucket, now), Turn::Now);
    bucket.answered(now, quota, None);
    bucket
}

#[test]
fn the_first_goes_alone_until_it_is_answered_or_takes_too_long() {
    let (mut bucket, now) = (Bucket::default(), Instant::now());
    assert_eq!(ask(&mut bucket, now), Turn::Now);
    assert_eq!(ask(&mut bucket, now), Turn::Later(PATIENCE, Reason::Answer));
    assert_eq!(ask(&mut bucket, now + PATIENCE), Turn::Now, "it may be a slow one");
    assert_eq!(ask(&mut bucket, now + PATIENCE), Turn::Later(PATIENCE, Reason::Answer), "and so may this be");
    bucket.answered(now + PATIENCE, quota(50, 49, 60), None);
    assert!((0..40).all(|_| ask(&mut bucket, now + PATIENCE) == Turn::Now));
}

#[test]
fn whoever_stands_behind_the_first_does_not_overtake_it() {
    let (mut bucket, now) = (Bucket::default(), Instant::now());
    let (first, second) = (bucket.stand_in_line(), bucket.stand_in_line());
    assert_eq!(bucket.ask(second, now), Turn::Later(PATIENCE, Reason::Answer));
    assert_eq!(bucket.ask(first, now), Turn::Now);
}

#[test]
fn a_service_that_announces_nothing_is_not_slowed_down() {
    let now = Instant::now();
    let mut bucket = known(now, None);
    assert!((0..1000).all(|_| ask(&mut bucket, now) == Turn::Now));
}

#[test]
fn a_first_one_that_comes_to_nothing_lets_the_next_one_try() {
    let (mut bucket, now) = (Bucket::default(), Instant::now());
    assert_eq!(ask(&mut bucket, now), Turn::Now);
    bucket.unanswered();
    assert_eq!(ask(&mut bucket, now), Turn::Now);
    assert_eq!(ask(&mut bucket, now), Turn::Later(PATIENCE, Reason::Answer));
}

#[test]
fn the_last_tenth_is_spread_over_the_rest_of_the_window() {
    let now = Instant::now();
    let mut bucket = known(now, quota(50, 9, 60));
    assert!((0..4).all(|_| ask(&mut bucket, now) == Turn::Now));
    let mut at = now;
    for _ in 0..5 {
        assert_eq!(ask(&mut bucket, at), Turn::Later(s(10), Reason::Share));
        at += s(10);
        assert_eq!(ask(&mut bucket, at), Turn::Now);
    }
    assert_eq!(ask(&mut bucket, at), Turn::Later(s(10), Reason::Window), "nothing is left");
    assert_eq!(ask(&mut bucket, at + s(10)), Turn::Now);
    assert_eq!(
        ask(&mut bucket, at + s(10)),
        Turn::Later(PATIENCE, Reason::Answer),
        "what the new window has, one asks"
    );
}

#[test]
fn a_window_that_is_said_to_last_for_an_hour_holds_nobody_back_for_half_of_it() {
    let now = Instant::now();
    let mut bucket = known(now, quota(1, 1, 3600));
    assert_eq!(ask(&mut bucket, now), Turn::Later(LONGEST_STEP, Reason::Share));
    assert_eq!(ask(&mut bucket, now + LONGEST_STEP), Turn::Now);
}

#[test]
fn those_in_line_know_how_long_it_will_take() {
    let now = Instant::now();
    let mut bucket = known(now, quota(50, 2, 30));
    let line: Vec<Ticket> = (0..3).map(|_| bucket.stand_in_line()).collect();
    let waits: Vec<Turn> = line.iter().map(|ticket| bucket.ask(*ticket, now)).collect();
    let later = |seconds, reason| Turn::Later(s(seconds), reason);
    assert_eq!(waits, [later(10, Reason::Share), later(20, Reason::Share), later(30, Reason::Window)]);
}

#[test]
fn a_refusal_holds_everybody_back_and_then_one_goes_alone() {
    let now = Instant::now();
    let mut bucket = known(now, quota(1200, 1000, 200));
    assert_eq!(ask(&mut bucket, now), Turn::Now);
    bucket.answered(now, quota(1200, 0, 300), Some(s(300)));
    assert_eq!(ask(&mut bucket, now + s(299)), Turn::Later(s(1), Reason::Refused));
    assert_eq!(bucket.held(now + s(299)), s(1));
    assert_eq!(ask(&mut bucket, now + s(300)), Turn::Now);
    assert_eq!(ask(&mut bucket, now + s(300)), Turn::Later(PATIENCE, Reason::Answer));
}

#[test]
fn a_refusal_for_too_many_at_once_says_nothing_about_the_window() {
    let now = Instant::now();
    let mut bucket = known(now, quota(600, 500, 60));
    assert_eq!(ask(&mut bucket, now), Turn::Now);
    bucket.answered(now, quota(0, 0, 5), Some(s(5)));
    assert_eq!(ask(&mut bucket, now + s(5)), Turn::Now);
    bucket.answered(now + s(5), quota(600, 499, 55), None);
    assert_eq!(ask(&mut bucket, now + s(5)), Turn::Now);
}

#[test]
fn what_others_use_up_is_noticed() {
    let now = Instant::now();
    let mut bucket = known(now, quota(50, 49, 60));
    assert_eq!(ask(&mut bucket, now), Turn::Now);
    bucket.answered(now, quota(50, 0, 60), None);
    assert_eq!(ask(&mut bucket, now), Turn::Later(s(60), Reason::Window));
}

#[test]
fn an_answer_that_is_late_does_not_bring_the_old_window_back() {
    let now = Instant::now();
    let mut bucket = known(now, quota(50, 49, 60));
    assert_eq!(ask(&mut bucket, now), Turn::Now);
    bucket.answered(now, quota(50, 0, 10), None);
    assert_eq!(ask(&mut bucket, now), Turn::Now, "an older window had nothing left, this one has");
}

/// A service that counts as Okta does: a window begins with the first request after the one before.
struct Service {
    limit: u64,
    length: u64,
    ends: u64,
    used: u64,
}

impl Service {
    /// Counts a request at this millisecond of its clock; none over the limit.
    fn serve(&mut self, at: u64) -> Result<Quota, Quota> {
        if self.ends <= at {
            (self.ends, self.used) = (at + self.length, 0);
        }
        self.used += 1;
        let resets_in = s(self.ends / 1000 - at / 1000 + 1);
        let quota = Quota { limit: self.limit, left: self.limit.saturating_sub(self.used), resets_in };
        if self.used > self.limit { Err(quota) } else { Ok(quota) }
    }
}

enum Event {
    /// A worker comes for its next request.
    Comes,
    /// A worker asks again.
    Asks(Ticket),
    Arrives(u64),
    Answered(Result<Quota, Quota>),
}

/// Lets `workers` send `requests` in all; how many were refused, and how long it took, in milliseconds.
///
/// The bucket hears of an answer with its headers; a worker goes on when it has the body.
fn run(service: &mut Service, workers: u64, mut requests: u64, latencies: &[u64], bodies: &[u64]) -> (u64, u64) {
    let start = Instant::now();
    let (mut bucket, mut refused, mut now, mut number) = (Bucket::default(), 0, 0, 0);
    let mut events = BTreeMap::new();
    let mut plan = |events: &mut BTreeMap<(u64, u64), Event>, at: u64, event: Event| {
        number += 1;
        events.insert((at, number), event);
    };
    (0..workers).for_each(|_| plan(&mut events, 0, Event::Comes));
    while let Some(((at, count), event)) = events.pop_first() {
        now = at;
        let clock = start + Duration::from_millis(at);
        let latency = latencies[count as usize % latencies.len()];
        let body = bodies[count as usize % bodies.len()];
        match event {
            Event::Comes if requests == 0 => {}
            Event::Comes => {
                requests -= 1;
                let ticket = bucket.stand_in_line();
                plan(&mut events, at, Event::Asks(ticket));
            }
            Event::Asks(ticket) => match bucket.ask(ticket, clock) {
                Turn::Now => plan(&mut events, at + latency / 2, Event::Arrives(latency)),
                Turn::Later(wait, _) => {
                    // Whoever sleeps wakes up after the moment and not before it.
                    let wait = u64::try_from(wait.as_micros().div_ceil(1000)).unwrap();
                    plan(&mut events, at + wait, Event::Asks(ticket));
                }
            },
            Event::Arrives(latency) => {
                let answer = service.serve(at);
                plan(&mut events, at + latency.div_ceil(2), Event::Answered(answer));
            }
            Event::Answered(answer) => {
                match answer {
                    Ok(quota) => bucket.answered(clock, Some(quota), None),
                    Err(quota) => {
                        refused += 1;
                        requests += 1;
                        bucket.answered(clock, Some(quota), Some(quota.resets_in));
                    }
                }
                plan(&mut events, at + body, Event::Comes);
                // The state has changed: whoever stands in line asks again.
                events.retain(|_, event| !matches!(event, Event::Asks(_)));
                let line: Vec<Ticket> = bucket.line.iter().copied().collect();
                line.into_iter().for_each(|ticket| plan(&mut events, at, Event::Asks(ticket)));
            }
        }
        assert!(now < 100_000_000, "it does not come to an end");
    }
    (refused, now)
}

proptest! {
    /// Alone with its limit a client is never refused, whatever is left when it begins but nothing, and it uses what
    /// there is: no window passes unused.
    #[test]
    fn a_limit_is_neither_run_into_nor_left_unused(
        limit in 5_u64..200, length in 3_000_u64..60_000, workers in 1_u64..50, requests in 1_u64..1_000,
        begins_with in 0_u64..200, latencies in prop::collection::vec(1_u64..900, 1..20),
        bodies in prop::collection::vec(prop_oneof![4 => Just(0), 1 => 0_u64..8_000], 1..20),
    ) {
        let mut service = Service { limit, length, ends: length / 2, used: begins_with.min(limit) };
        let (refused, took) = run(&mut service, workers, requests, &latencies, &bodies);
        // The very first request finds out that nothing is left.
        let allowed = u64::from(begins_with >= limit);
        prop_assert!(refused <= allowed, "{refused} refused");
        let windows = (requests + begins_with.min(limit)).div_ceil(limit) + 1;
        // A second of rounding, and a round trip alone, for each window; and each worker has its round trips and bodies.
        let trip = 900 + bodies.iter().max().unwrap_or(&0);
        let bound = windows * (length + 3_000) + requests.div_ceil(workers) * trip + 4_000 + trip;
        prop_assert!(took <= bound, "{took} ms for {requests} requests, {bound} expected");
    }
}
