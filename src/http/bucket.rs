//! What is known of one rate limit, and when the next request under it may begin. Pure: the clock is the caller's, and so
//! is the waiting.
//!
//! A bucket is what the vendor counts together: at Okta a group of endpoints, at Cloudflare everything under one token.
//! Whoever wants to send stands in line. How it goes on is known from the answers:
//!
//! * Nothing is known yet: one request goes alone, and its answer tells how many are left.
//! * Many are left: everybody goes at once.
//! * The last tenth of the window's requests is spread over what is left of the window, so that the limit is not run
//!   into, and a little is left for others who use the same one.
//! * None is left: the window's end is waited for, and then one goes alone again.
//! * One was refused (429): all wait for as long as that one was told to, a block of Cloudflare's included.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::quota::Quota;

/// How long the one that goes alone is waited for. It may be a slow one, and then another one goes.
const PATIENCE: Duration = Duration::from_secs(1);

/// Answers that name the end of a window within this distance mean the same one: both sides round to seconds.
const SAME: Duration = Duration::from_secs(2);

/// One in how many requests of a window is spread.
const SPREAD: u64 = 10;

/// How far apart the last requests of a window begin at most. Windows of both vendors end within minutes; one that is said
/// to last for an hour must not make a request wait for half of it.
const LONGEST_STEP: Duration = Duration::from_secs(30);

/// The state of one bucket.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    window: Option<Window>,
    held_until: Option<Instant>,
    /// When the request left that goes alone.
    asking: Option<Instant>,
    /// The service answered and announced nothing.
    silent: bool,
    /// When a request last began.
    last: Option<Instant>,
    in_flight: u64,
    line: VecDeque<Ticket>,
    tickets: u64,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    limit: u64,
    left: u64,
    ends: Instant,
}

/// A place in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket(u64);

/// What there is to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The answer to the one that goes alone.
    Answer,
    /// Its share of what is left of the window.
    Share,
    /// A new window, because nothing is left of this one.
    Window,
    /// The end of what the service imposed when it refused a request.
    Refused,
}

/// Whether a request may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Now; it counts as begun.
    Now,
    /// Not before this has passed, and then it is to ask again.
    Later(Duration, Reason),
}

impl Bucket {
    /// Takes a place at the end of the line.
    pub(super) fn stand_in_line(&mut self) -> Ticket {
        self.tickets += 1;
        self.line.push_back(Ticket(self.tickets));
        Ticket(self.tickets)
    }

    /// Gives the place up.
    pub(super) fn leave(&mut self, ticket: Ticket) {
        self.line.retain(|other| *other != ticket);
    }

    /// Whether the holder of this place may begin.
    pub(super) fn ask(&mut self, ticket: Ticket, now: Instant) -> Turn {
        let ahead = self.line.iter().position(|other| *other == ticket).unwrap_or(self.line.len());
        let (at, reason) = self.earliest(ahead as u64, now);
        if at > now {
            return Turn::Later(at - now, reason);
        }
        self.leave(ticket);
        self.begin(now);
        Turn::Now
    }

    /// How long all are held back because one was refused.
    pub(super) fn held(&self, now: Instant) -> Duration {
        self.held_until.map(|until| until.saturating_duration_since(now)).unwrap_or_default()
    }

    /// A request was answered. `hold` is how long the service, or we, make the next one wait if it refused this one for
    /// there being too many.
    pub(super) fn answered(&mut self, now: Instant, quota: Option<Quota>, hold: Option<Duration>) {
        self.unanswered();
        match quota {
            Some(quota) if quota.limit > 0 => self.learn(now, quota),
            Some(_) => {}
            None => self.silent |= self.open_window(now).is_none(),
        }
        if let Some(hold) = hold {
            let until = now.checked_add(hold);
            self.held_until = self.held_until.max(until);
            // What comes after that is to be found out anew.
            self.window = None;
            self.silent = false;
        }
    }

    /// A request came to nothing: no connection, no answer, or it was given up.
    pub(super) fn unanswered(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.asking = None;
    }

    fn begin(&mut self, now: Instant) {
        self.in_flight += 1;
        self.last = Some(now);
        if let Some(window) = self.window.as_mut().filter(|window| window.ends > now) {
            window.left = window.left.saturating_sub(1);
        } else if !self.silent {
            self.window = None;
            self.asking = Some(now);
        }
    }

    fn learn(&mut self, now: Instant, quota: Quota) {
        let Some(ends) = now.checked_add(quota.resets_in) else { return };
        self.silent = false;
        self.window = Some(match self.open_window(now) {
            Some(known) if ends > known.ends + SAME => self.new_window(ends, quota),
            // The answer to a request of the window before took its time.
            Some(known) if ends + SAME < known.ends => known,
            Some(known) => Window { limit: quota.limit, left: known.left.min(quota.left), ends: known.ends.min(ends) },
            None => self.new_window(ends, quota),
        });
    }

    /// Those that are on their way are not counted yet, or perhaps they are.
    fn new_window(&self, ends: Instant, quota: Quota) -> Window {
        Window { limit: quota.limit, left: quota.left.saturating_sub(self.in_flight), ends }
    }

    fn open_window(&self, now: Instant) -> Option<Window> {
        self.window.filter(|window| window.ends > now)
    }

    /// The earliest beginning of a request with so many ahead of it.
    fn earliest(&self, ahead: u64, now: Instant) -> (Instant, Reason) {
        if let Some(until) = self.held_until.filter(|until| *until > now) {
            return (until, Reason::Refused);
        }
        let Some(window) = self.open_window(now) else {
            return match self.asking.map(|since| since + PATIENCE) {
                _ if self.silent => (now, Reason::Answer),
                Some(until) => (until, Reason::Answer),
                None if ahead == 0 => (now, Reason::Answer),
                None => (now + PATIENCE, Reason::Answer),
            };
        };
        if ahead >= window.left {
            return (window.ends, Reason::Window);
        }
        let spread = window.limit.div_ceil(SPREAD).min(window.left);
        let at_once = window.left - spread;
        if ahead < at_once {
            return (now, Reason::Share);
        }
        // Even steps from the last beginning to the end of the window.
        let from = self.last.unwrap_or(now);
        let steps = u32::try_from(spread + 1).unwrap_or(u32::MAX);
        let place = u32::try_from(ahead - at_once + 1).unwrap_or(u32::MAX);
        let step = (window.ends.saturating_duration_since(from) / steps).min(LONGEST_STEP);
        (from + step * place, Reason::Share)
    }
}

#[cfg(test)]
mod tests;
