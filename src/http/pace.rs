//! When the next request may begin. Pure; the client does the waiting.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A queue of turns, evenly spaced. Whoever sends takes one; turns that nobody took in time are not saved up, so there
/// is never a burst.
#[derive(Debug)]
pub(super) struct Pace {
    spacing: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// Turns that are `spacing` apart; with no spacing it is everybody's turn at once.
    pub(super) fn new(spacing: Duration) -> Self {
        Self { spacing, next: Mutex::default() }
    }

    /// Takes the next turn, and says how long after `now` it is.
    pub(super) fn turn(&self, now: Instant) -> Duration {
        if self.spacing.is_zero() {
            return Duration::ZERO;
        }
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = next.map_or(now, |next| next.max(now));
        *next = Some(turn + self.spacing);
        turn - now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn those_who_come_together_go_one_after_the_other() {
        let (pace, now) = (Pace::new(ms(250)), Instant::now());
        let waits: Vec<Duration> = (0..4).map(|_| pace.turn(now)).collect();
        assert_eq!(waits, [ms(0), ms(250), ms(500), ms(750)]);
    }

    #[test]
    fn whoever_comes_late_enough_does_not_wait_and_saves_nothing_up() {
        let (pace, start) = (Pace::new(ms(250)), Instant::now());
        assert_eq!(pace.turn(start), ms(0));
        assert_eq!(pace.turn(start + ms(100)), ms(150));
        assert_eq!(pace.turn(start + ms(9_000)), ms(0));
        assert_eq!(pace.turn(start + ms(9_000)), ms(250), "the quiet time before counts for nothing");
    }

    #[test]
    fn without_spacing_nobody_waits() {
        let (pace, now) = (Pace::new(ms(0)), Instant::now());
        assert!((0..1000).all(|_| pace.turn(now).is_zero()));
    }
}
