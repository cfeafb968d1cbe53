//! Listing resources: `filter`, `startIndex` and `count`, RFC 7644 section 3.4.2.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::answer::{Refusal, resource};

/// Most resources in one answer. Cloudflare's own number is not published.
pub(super) const LARGEST_PAGE: usize = 100;

/// What a client asks of a list.
pub(super) struct ListQuery {
    filter: Option<Filter>,
    start: usize,
    count: usize,
}

/// `attribute eq "value"`, the one comparison that provisioning clients use to find a resource.
struct Filter {
    attribute: String,
    value: Value,
}

impl ListQuery {
    /// Reads a query string. `comparable` are the attributes a filter may name; their case does not matter.
    pub(super) fn parse(text: &str, comparable: &[&str]) -> Result<Self, Refusal> {
        let mut query = Self { filter: None, start: 1, count: LARGEST_PAGE };
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            // Values below the range mean its lower end (RFC 7644 section 3.4.2.4).
            let number = |least: usize| match value.parse::<i64>() {
                Ok(number) => Ok(usize::try_from(number).unwrap_or(least).max(least)),
                Err(_) => Err(Refusal::invalid_value(format!("{name} must be an integer"))),
            };
            match name.as_ref() {
                "filter" => query.filter = Some(Filter::parse(&value, comparable)?),
                "startIndex" => query.start = number(1)?,
                "count" => query.count = number(0)?.min(LARGEST_PAGE),
                _ => {}
            }
        }
        Ok(query)
    }

    /// A ListResponse with one page of what matches.
    pub(super) fn answer(&self, resources: &[Value]) -> Response {
        let wanted = |resource: &&Value| self.filter.as_ref().is_none_or(|filter| filter.matches(resource));
        let matching: Vec<&Value> = resources.iter().filter(wanted).collect();
        let page: Vec<&Value> = matching.iter().skip(self.start - 1).take(self.count).copied().collect();
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": matching.len(),
            "startIndex": self.start,
            "itemsPerPage": page.len(),
            "Resources": page,
        });
        resource(StatusCode::OK, &body)
    }
}

impl Filter {
    fn parse(text: &str, comparable: &[&str]) -> Result<Self, Refusal> {
        let unreadable = || Refusal::invalid_filter(format!("cannot read the filter {text}"));
        let (attribute, rest) = text.trim().split_once(' ').ok_or_else(unreadable)?;
        let (operator, value) = rest.trim_start().split_once(' ').ok_or_else(unreadable)?;
        if !operator.eq_ignore_ascii_case("eq") {
            return Err(Refusal::invalid_filter(format!("the operator {operator} is not supported")));
        }
        let known = comparable.iter().find(|known| known.eq_ignore_ascii_case(attribute));
        let known = known.ok_or_else(|| Refusal::invalid_filter(format!("cannot compare {attribute}")))?;
        let value = serde_json::from_str(value.trim()).map_err(|_| unreadable())?;
        Ok(Self { attribute: (*known).to_owned(), value })
    }

    fn matches(&self, resource: &Value) -> bool {
        match self.attribute.split_once('.') {
            Some((list, member)) => {
                resource[list].as_array().into_iter().flatten().any(|item| self.equals(&item[member]))
            }
            None => self.equals(&resource[self.attribute.as_str()]),
        }
    }

    /// Ids compare exactly, everything else as RFC 7643 declares it: without regard to case.
    fn equals(&self, value: &Value) -> bool {
        match (value, &self.value) {
            (Value::String(value), Value::String(wanted))
                if !matches!(self.attribute.as_str(), "id" | "externalId") =>
            {
                value.to_lowercase() == wanted.to_lowercase()
            }
            (value, wanted) => value == wanted,
        }
    }
}
