//! On which terms a call uses a service: when it has to stop, how much time it has, and who hears of it when it waits.

use super::diagnostic::Diagnostic;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Waits of so long in all are worth a warning. Terraform says every ten seconds that it is still at work, and nothing of
/// why; its log shows more only to those who asked for it beforehand. What takes half a minute longer than it had to
/// deserves an explanation, and Terraform joins warnings of the same summary into one.
const WORTH_TELLING: Duration = Duration::from_secs(30);

/// What clients are made with, call by call.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// Cancelled when Terraform asks the provider to stop, or when the time is over.
    pub stop: CancellationToken,
    /// When everything that the call does has to be over, the waits between its requests included.
    pub deadline: Option<Instant>,
    /// Where long waits are told.
    pub waits: Arc<Waits>,
}

/// The long waits of one call.
#[derive(Debug, Default)]
pub struct Waits(Mutex<Told>);

#[derive(Debug, Default)]
struct Told {
    /// How long was waited in all; what was waited for at the same time counts once.
    total: Duration,
    /// The end of the last wait.
    until: Option<Instant>,
    what_for: Vec<String>,
    /// Who sees how far the call is.
    shown_to: Option<mpsc::Sender<String>>,
}

impl Waits {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A wait begins that will take about so long; `None` where nobody knows. `what_for` is like `the rate limit of api.example.com`.
    pub fn begins(&self, what_for: &str, time: Option<Duration>) {
        if let Some(shown_to) = &self.told().shown_to {
            // Whoever does not keep up misses it.
            let time = time.map(|time| format!("{} s ", time.as_secs_f64().ceil())).unwrap_or_default();
            let _ = shown_to.try_send(format!("Waiting {time}for {what_for}"));
        }
    }

    /// A wait is over, and took so long.
    pub fn ended(&self, what_for: &str, time: Duration) {
        let now = Instant::now();
        let mut told = self.told();
        let apart = told.until.map_or(time, |until| now.saturating_duration_since(until));
        told.total += time.min(apart);
        told.until = Some(now);
        if !told.what_for.iter().any(|known| known == what_for) {
            told.what_for.push(what_for.to_owned());
        }
    }

    /// Shows beginnings of waits to somebody; `None` to nobody any longer.
    pub(super) fn show_to(&self, shown_to: Option<mpsc::Sender<String>>) {
        self.told().shown_to = shown_to;
    }

    /// What is to be told in the end, once.
    pub(super) fn warning(&self) -> Option<Diagnostic> {
        let mut told = self.told();
        let (total, what_for) = (std::mem::take(&mut told.total), std::mem::take(&mut told.what_for));
        (total >= WORTH_TELLING).then(|| {
            Diagnostic::warning(
                "Requests had to wait",
                format!(
                    "{} s of this went by with waiting for {}. Nothing is wrong. If it is a rate limit that others use up, \
                     give Terraform credentials of its own, or let it run when they do not.",
                    total.as_secs(),
                    what_for.join(" and ")
                ),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_minute_is_told_once_with_what_it_was_for() {
        let waits = Waits::default();
        waits.ended("the limit", Duration::from_secs(29));
        assert!(waits.warning().is_none());
        waits.ended("the limit", Duration::from_secs(31));
        assert!(waits.warning().is_none(), "both ended now, so most of it was the same time");
        let waits = Waits::default();
        waits.ended("the limit", Duration::from_secs(31));
        waits.ended("another attempt", Duration::from_secs(5));
        let warning = waits.warning().unwrap();
        assert!(warning.detail.starts_with("31 s of this"), "{}", warning.detail);
        assert!(warning.detail.contains("the limit and another attempt"), "{}", warning.detail);
        assert!(waits.warning().is_none());
    }

    #[test]
    fn whoever_looks_on_sees_waits_begin() {
        let (to, mut from) = mpsc::channel(1);
        let waits = Waits::default();
        waits.begins("nobody", Some(Duration::from_secs(9)));
        waits.show_to(Some(to));
        waits.begins("the limit", Some(Duration::from_millis(41_500)));
        waits.begins("more than fits", None);
        assert_eq!(from.try_recv().unwrap(), "Waiting 42 s for the limit");
        waits.show_to(None);
        assert!(from.try_recv().is_err());
    }
}
