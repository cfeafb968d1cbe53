//! Lists that are read page by page, and that do not end, or are larger than there is room for.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::de::DeserializeOwned;

use super::{Document, Settings};

/// More pages than any list has that is worth reading: a million members and more.
const MANY_PAGES: usize = 10_000;

/// What was read of one list so far: its pages, told apart by whatever leads to them or is in them, and how much of them is
/// kept. Bounds both, their number and their bytes.
#[derive(Debug)]
pub struct ListSoFar {
    marks: HashSet<u64>,
    kept: usize,
    most: usize,
}

impl ListSoFar {
    /// Nothing yet of a list of which no more than [`Settings::max_list`] is to be kept.
    pub fn new(settings: &Settings) -> Self {
        Self { marks: HashSet::new(), kept: 0, most: settings.max_list }
    }

    /// Another page comes, which `mark` tells from all others: the link or the cursor that leads to it, or what it holds.
    /// Marks are not kept. Of the page that was read last, `kept` bytes are.
    ///
    /// # Errors
    /// Why the list is not read on, in words for a person.
    pub fn goes_on(&mut self, mark: impl Hash, kept: usize) -> Result<(), String> {
        let mut hasher = DefaultHasher::new();
        mark.hash(&mut hasher);
        self.kept = self.kept.saturating_add(kept);
        if !self.marks.insert(hasher.finish()) {
            return Err("the pages of the list run in a circle".to_owned());
        }
        let pages = self.marks.len();
        if pages > MANY_PAGES {
            return Err("the list has no end".to_owned());
        }
        if self.kept > self.most {
            let most = self.most;
            return Err(format!(
                "the list is larger than {most} bytes, which is the most that is kept of one, after {pages} pages"
            ));
        }
        Ok(())
    }
}

/// A member of a list, which stays in memory while the rest of the list is read.
pub trait Member: DeserializeOwned {
    /// How many bytes it takes, as far as that depends on what was sent. `shown` is how many of the answer are about it: this
    /// is what it comes to where all of it is kept, and the most that it may come to where nobody has looked closer.
    fn kept(&self, shown: usize) -> usize {
        shown
    }

    /// How many bytes the members of a page take, of which the answer has `body`.
    fn kept_of(page: &[Self], body: usize) -> usize {
        let shown = body / page.len().max(1);
        page.iter().map(|member| member.kept(shown)).fold(0, usize::saturating_add)
    }
}

impl Member for Document {}

/// How many bytes these take, as far as there are any.
pub fn size_of_texts<'a>(texts: impl IntoIterator<Item = Option<&'a String>>) -> usize {
    texts.into_iter().flatten().map(String::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_runs_in_a_circle_or_has_no_end_is_not_read_on() {
        let settings = Settings::default();
        let mut list = ListSoFar::new(&settings);
        assert!(["a", "b", "c"].iter().all(|page| list.goes_on(page, 1).is_ok()));
        assert!(list.goes_on("a", 1).unwrap_err().contains("circle"));
        let mut list = ListSoFar::new(&settings);
        let read = (0..).take_while(|page| list.goes_on(page, 1).is_ok()).count();
        assert_eq!(read, MANY_PAGES);
        assert!(list.goes_on(usize::MAX, 1).unwrap_err().contains("no end"));
    }

    #[test]
    fn no_more_is_kept_of_a_list_than_the_settings_allow() {
        let mut list = ListSoFar::new(&Settings { max_list: 10, ..Settings::default() });
        assert!(list.goes_on("a", 5).is_ok() && list.goes_on("b", 5).is_ok() && list.goes_on("c", 0).is_ok());
        let why = list.goes_on("d", 1).unwrap_err();
        assert_eq!(why, "the list is larger than 10 bytes, which is the most that is kept of one, after 4 pages");
    }
}
