//! From one page of a list to the next: `Link` headers (RFC 8288), and lists that do not end.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use reqwest::header::{HeaderMap, LINK};
use url::Url;

use super::Settings;

/// More pages than any list has that is worth reading: a million members and more.
const MANY_PAGES: usize = 10_000;

/// The pages of one list so far, told apart by whatever leads to them or is in them.
#[derive(Debug)]
pub struct Course {
    marks: HashSet<u64>,
    kept: usize,
    most: usize,
}

impl Course {
    /// That of a list of which no more than [`Settings::max_list`] is kept.
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

/// The target of the first `rel="next"` link. Several links may share a header line or have one each.
pub fn next(headers: &HeaderMap) -> Option<Url> {
    headers
        .get_all(LINK)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(links)
        .find(|(_, parameters)| is_next(parameters))
        .and_then(|(target, _)| Url::parse(target).ok())
}

/// Splits a header value into (target, parameters). Targets may hold commas and semicolons.
fn links(mut rest: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    while let Some((_, from_target)) = rest.split_once('<') {
        let Some((target, after)) = from_target.split_once('>') else { break };
        let mut quoted = false;
        let end = after
            .find(|c| {
                quoted ^= c == '"';
                c == ',' && !quoted
            })
            .unwrap_or(after.len());
        found.push((target, &after[..end]));
        rest = &after[end..];
    }
    found
}

fn is_next(parameters: &str) -> bool {
    parameters.split(';').filter_map(|parameter| parameter.split_once('=')).any(|(name, value)| {
        name.trim().eq_ignore_ascii_case("rel")
            && value.trim().trim_matches('"').split_whitespace().any(|rel| rel.eq_ignore_ascii_case("next"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn headers(lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| (LINK, HeaderValue::from_static(line))).collect()
    }

    #[test]
    fn a_list_that_runs_in_a_circle_or_has_no_end_is_not_read_on() {
        let settings = Settings::default();
        let mut course = Course::new(&settings);
        assert!(["a", "b", "c"].iter().all(|page| course.goes_on(page, 1).is_ok()));
        assert!(course.goes_on("a", 1).unwrap_err().contains("circle"));
        let mut course = Course::new(&settings);
        let read = (0..).take_while(|page| course.goes_on(page, 1).is_ok()).count();
        assert_eq!(read, MANY_PAGES);
        assert!(course.goes_on(usize::MAX, 1).unwrap_err().contains("no end"));
    }

    #[test]
    fn no_more_is_kept_of_a_list_than_the_settings_allow() {
        let mut course = Course::new(&Settings { max_list: 10, ..Settings::default() });
        assert!(course.goes_on("a", 5).is_ok() && course.goes_on("b", 5).is_ok() && course.goes_on("c", 0).is_ok());
        let why = course.goes_on("d", 1).unwrap_err();
        assert_eq!(why, "the list is larger than 10 bytes, which is the most that is kept of one, after 4 pages");
    }

    #[test]
    fn next_is_found_on_its_own_line_and_in_a_list() {
        let next_url = Some(Url::parse("https://o.example/api?after=a,b;c&limit=2").unwrap());
        let own = r#"<https://o.example/api?limit=2>; rel="self""#;
        assert_eq!(next(&headers(&[own, r#"<https://o.example/api?after=a,b;c&limit=2>; rel="next""#])), next_url);
        assert_eq!(
            next(&headers(&[
                r#"<https://o.example/api>; title="a,b"; rel="self", <https://o.example/api?after=a,b;c&limit=2>;rel=next"#
            ])),
            next_url
        );
    }

    #[test]
    fn the_last_page_has_no_next() {
        assert_eq!(next(&headers(&[r#"<https://o.example/api>; rel="self""#])), None);
        assert_eq!(next(&headers(&["<https://o.example/api; rel=next", "nonsense", "<>; rel=\"next\""])), None);
        assert_eq!(next(&HeaderMap::new()), None);
    }
}
