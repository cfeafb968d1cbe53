//! Listing resources: filter, order and page, RFC 7644 section 3.4.2.

use std::cmp::{Ordering, Reverse};

use serde_json::Value;

use super::answer::Refusal;
use super::body::{Members, is_primary};
use super::filter::{Filter, Scope, parse, values};
use super::resource_type::{ResourceType, Steps};
use super::schema::Attribute;

/// Most resources in one answer. Cloudflare's own number is not published.
pub(super) const LARGEST_PAGE: usize = 100;

/// What a client asks of a list.
pub(super) struct ListQuery {
    pub(super) filter: Option<Filter>,
    sort: Option<Steps>,
    descending: bool,
    /// Number of the first resource wanted, from 1.
    pub(super) start: usize,
    /// How many resources are wanted at most.
    pub(super) count: usize,
}

impl ListQuery {
    /// Reads a query string.
    ///
    /// # Errors
    ///
    /// If the filter cannot be read, or a parameter has a value that it cannot have.
    pub(super) fn parse(kind: &'static ResourceType, text: &str) -> Result<Self, Refusal> {
        let mut query = Self { filter: None, sort: None, descending: false, start: 1, count: LARGEST_PAGE };
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            // Values below the range mean its lower end (RFC 7644 section 3.4.2.4).
            let number = |least: usize| match value.parse::<i64>() {
                Ok(number) => Ok(usize::try_from(number).unwrap_or(least).max(least)),
                Err(_) => Err(Refusal::invalid_value(format!("{name} must be an integer"))),
            };
            match name.as_ref() {
                "filter" => {
                    let filter = parse(&value, Scope::Resource(kind));
                    query.filter = Some(filter.map_err(|why| Refusal::invalid_filter(format!("filter: {why}")))?);
                }
                "sortBy" => {
                    let steps = kind.resolve(&value);
                    let steps =
                        steps.ok_or_else(|| Refusal::invalid_value(format!("sortBy: {value} is no attribute")))?;
                    query.sort = Some(steps);
                }
                "sortOrder" => {
                    query.descending = match value.as_ref() {
                        "ascending" => false,
                        "descending" => true,
                        _ => return Err(Refusal::invalid_value("sortOrder must be ascending or descending")),
                    }
                }
                "startIndex" => query.start = number(1)?,
                "count" => query.count = number(0)?.min(LARGEST_PAGE),
                _ => {}
            }
        }
        Ok(query)
    }

    /// Neither filters nor sorts, so that a page can be cut without looking at everything.
    pub(super) fn is_plain(&self) -> bool {
        self.filter.is_none() && self.sort.is_none()
    }

    /// Puts resources in order. Where there is no value to sort by, they come last, descending first. Equals keep their
    /// order either way.
    pub(super) fn sort(&self, resources: &mut [Members]) {
        let Some(steps) = &self.sort else { return };
        let rank = |resource: &Members| Rank(key(resource, steps));
        match self.descending {
            false => resources.sort_by_cached_key(rank),
            true => resources.sort_by_cached_key(|resource| Reverse(rank(resource))),
        }
    }

    /// Cuts out the page.
    pub(super) fn page<T>(&self, resources: impl Iterator<Item = T>) -> Vec<T> {
        resources.skip(self.start - 1).take(self.count).collect()
    }
}

/// What a resource is sorted by: of several values the primary one, or the first.
fn key(resource: &Members, steps: &Steps) -> Option<String> {
    let attribute = *steps.last()?;
    let found = values(resource, steps);
    let value = *found.iter().find(|value| is_primary(value)).or_else(|| found.first())?;
    match attribute.is_complex() {
        true => text(attribute.sub_attribute("value")?, &value["value"]),
        false => text(attribute, value),
    }
}

fn text(attribute: &Attribute, value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if attribute.case_exact => Some(text.clone()),
        Value::String(text) => Some(text.to_lowercase()),
        other => Some(other.to_string()),
    }
}

/// Orders what is there before what is not.
#[derive(PartialEq, Eq)]
struct Rank(Option<String>);

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Some(left), Some(right)) => left.cmp(right),
            (left, right) => left.is_none().cmp(&right.is_none()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::resource_type::USER;
    use super::*;

    #[test]
    fn equals_keep_their_order_whichever_way_the_others_go() {
        let people = [("1", Some("Countess")), ("2", None), ("3", Some("Boss")), ("4", Some("countess"))];
        let people = people.map(|(id, title)| json!({"id": id, "title": title}).as_object().cloned().unwrap());
        let sorted = |order: &str| {
            let query = ListQuery::parse(&USER, &format!("sortBy=title&sortOrder={order}")).ok().unwrap();
            let mut people = people.clone();
            query.sort(&mut people);
            people.map(|person| person["id"].as_str().unwrap().to_owned())
        };
        assert_eq!(sorted("ascending"), ["3", "1", "4", "2"]);
        assert_eq!(sorted("descending"), ["2", "1", "4", "3"]);
    }
}
