//! When a request last left, and what that says about an object that was found after it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// How far clocks of one service may be apart.
const APART: Duration = Duration::from_secs(1);

/// When a request left the last time. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Departure(Arc<Mutex<Option<Instant>>>);

/// When an answer arrived, and what its `Date` says.
#[derive(Clone, Copy, Debug)]
pub struct Heard {
    /// By our clock, which never goes back.
    pub at: Instant,
    /// By the service's clock, in whole seconds.
    pub date: SystemTime,
}

impl Departure {
    /// It leaves now.
    pub(super) fn now(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// The moment of the departure by our clock; `None` if nothing left.
    pub fn at(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The moment of the departure by the service's clock, at the earliest. It is told by an answer that came later: since
    /// the answer was dated there has been no more time than since it arrived, so the departure lies no further back than
    /// that. What the service made earlier was there before; `None` if nothing left.
    pub fn by_the_clock_of(&self, heard: Heard) -> Option<SystemTime> {
        heard.date.checked_sub(heard.at.saturating_duration_since(self.at()?))?.checked_sub(APART)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_before_the_request_left_is_known_by_the_date_of_a_later_answer() {
        let departure = Departure::default();
        let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(43_200);
        let left = Instant::now();
        let heard = Heard { at: left + Duration::from_secs(10), date: noon };
        assert_eq!(departure.by_the_clock_of(heard), None);
        departure.now();
        let earliest = departure.by_the_clock_of(heard).unwrap();
        let before = noon.duration_since(earliest).unwrap();
        // Ten seconds between departure and answer, and one for clocks that differ.
        assert!(before <= Duration::from_secs(11) && before > Duration::from_secs(10), "{before:?}");
    }
}
