//! Several measurements of one thing.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Measurements in the order in which they were made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    pub(crate) fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The one in the middle; of an even number the mean of the two there.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        match sorted.len() {
            0 => f64::NAN,
            count if count % 2 == 1 => sorted[middle],
            _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
        }
    }

    pub(crate) fn least(&self) -> f64 {
        self.0.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub(crate) fn most(&self) -> f64 {
        self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// How many times as much as `floor`, whose samples were taken in turns with these.
    pub(crate) fn ratio(&self, floor: &Self) -> f64 {
        self.median() / floor.median()
    }

    pub(crate) fn json(&self) -> Value {
        json!({"median": self.median(), "min": self.least(), "max": self.most(), "samples": self.0})
    }

    /// Median and range, as a table shows them.
    pub(crate) fn shown(&self) -> String {
        if self.0.is_empty() {
            return "–".to_owned();
        }
        format!("{} ({}–{})", figure(self.median()), figure(self.least()), figure(self.most()))
    }
}

/// A figure with as many digits as say something.
pub(crate) fn figure(value: f64) -> String {
    match value.abs() {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// What `work` came to, and its milliseconds.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let began = Instant::now();
    let outcome = work();
    (outcome, milliseconds(began.elapsed()))
}
