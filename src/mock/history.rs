//! What is remembered of what happened.

use std::collections::VecDeque;

/// How many entries a history holds. A mock may run for days.
const KEPT: usize = 20_000;

/// Entries in the order in which they came; the oldest make room for new ones.
#[derive(Clone, Debug)]
pub(super) struct History<T> {
    entries: VecDeque<T>,
}

impl<T> Default for History<T> {
    fn default() -> Self {
        Self { entries: VecDeque::new() }
    }
}

impl<T> History<T> {
    /// Adds one, and returns the one that made room for it.
    pub(super) fn push(&mut self, entry: T) -> Option<T> {
        let oldest = if self.entries.len() == KEPT { self.entries.pop_front() } else { None };
        self.entries.push_back(entry);
        oldest
    }

    /// Takes the oldest one out.
    pub(super) fn pop(&mut self) -> Option<T> {
        self.entries.pop_front()
    }

    /// Oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.entries.iter()
    }

    /// Oldest first, to be changed.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.iter_mut()
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_entries_go_first() {
        let mut history = History::default();
        (0..=KEPT).for_each(|number| _ = history.push(number));
        let kept: Vec<usize> = history.iter().copied().collect();
        assert_eq!((kept.len(), kept[0], kept[KEPT - 1]), (KEPT, 1, KEPT));
    }
}
