//! `page` and `per_page`.

use std::collections::HashMap;

use axum::response::Response;
use serde_json::Value;

use super::errors::{Failure, page};

/// One page of a list, as the query asks.
pub struct Page {
    number: usize,
    size: usize,
}

impl Page {
    /// Reads `page` (default 1) and `per_page`.
    ///
    /// # Errors
    ///
    /// If one is no number in its range. That a number out of range is refused rather than moved into it is not
    /// verified against a live tenant.
    pub fn from(query: &HashMap<String, String>, default_size: usize, largest: usize) -> Result<Self, Failure> {
        Ok(Self {
            number: number(query, "page", 1, usize::MAX)?,
            size: number(query, "per_page", default_size, largest)?,
        })
    }

    /// Cuts the page out of everything that matched.
    pub fn of(&self, matching: Vec<Value>) -> Response {
        let total = matching.len();
        let skipped = (self.number - 1).saturating_mul(self.size);
        page(matching.into_iter().skip(skipped).take(self.size).collect(), self.number, self.size, total)
    }
}

fn number(query: &HashMap<String, String>, name: &str, default: usize, largest: usize) -> Result<usize, Failure> {
    let Some(text) = query.get(name) else { return Ok(default) };
    match text.parse() {
        Ok(number) if (1..=largest).contains(&number) => Ok(number),
        _ => Err(Failure::Invalid(format!("{name} must be a number from 1 to {largest}"))),
    }
}
