//! Filters, RFC 7644 section 3.4.2.2: which resources, or which of an attribute's values, are meant.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::body::Members;
use super::resource_type::Steps;
use super::schema::{Attribute, DataType};

mod parse;
mod words;

pub(super) use parse::{Scope, parse, parse_part};
pub(super) use words::{Word, words};

/// A filter ready to be tried.
#[derive(Clone, Debug)]
pub(super) enum Filter {
    /// All of them hold. Flat, however long: a stack is finite.
    And(Vec<Filter>),
    /// One of them holds.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// The attribute has a value.
    Present(Steps),
    /// The attribute compares so with the value. Of a list, one of the values does; with `ne`, none is equal.
    Compare(Steps, Operator, Literal),
    /// One of the attribute's values passes the filter as a whole.
    Value(Steps, Box<Filter>),
}

/// How values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// What an attribute is compared with.
#[derive(Clone, Debug)]
pub(super) struct Literal {
    /// As it was written.
    pub(super) value: Value,
    /// A string in lower case, for attributes whose case does not matter.
    pub(super) folded: String,
}

impl Literal {
    fn new(value: Value) -> Self {
        let folded = value.as_str().map(str::to_lowercase).unwrap_or_default();
        Self { value, folded }
    }
}

impl Filter {
    /// Whether a resource, or a value of a complex attribute, passes.
    pub(super) fn accepts(&self, members: &Members) -> bool {
        match self {
            Self::And(terms) => terms.iter().all(|term| term.accepts(members)),
            Self::Or(terms) => terms.iter().any(|term| term.accepts(members)),
            Self::Not(inner) => !inner.accepts(members),
            Self::Present(steps) => !values(members, steps).is_empty(),
            Self::Compare(steps, operator, literal) => compares(&values(members, steps), steps, *operator, literal),
            Self::Value(steps, inner) => {
                values(members, steps).iter().any(|value| value.as_object().is_some_and(|value| inner.accepts(value)))
            }
        }
    }

    /// The value that this attribute at the top must be equal to, if the filter settles that. Lists find the few
    /// resources by it that can pass at all.
    pub(super) fn pinned(&self, attribute: &str) -> Option<&str> {
        match self {
            Self::And(terms) => terms.iter().find_map(|term| term.pinned(attribute)),
            Self::Compare(steps, Operator::Equal, literal) => match steps.as_slice() {
                [only] if only.name == attribute => literal.value.as_str(),
                _ => None,
            },
            _ => None,
        }
    }

    /// A value that passes, if the filter is nothing but equalities: `type eq "work"` means `{"type": "work"}`.
    pub(super) fn described(&self) -> Option<Members> {
        match self {
            Self::And(terms) => {
                let described: Option<Vec<Members>> = terms.iter().map(Self::described).collect();
                Some(described?.into_iter().flatten().collect())
            }
            Self::Compare(steps, Operator::Equal, literal) => match steps.as_slice() {
                [only] if !literal.value.is_null() => {
                    Some(Members::from_iter([(only.name.to_owned(), literal.value.clone())]))
                }
                _ => None,
            },
            _ => None,
        }
    }
}

/// Every value at the end of the steps. A list on the way stands for each of its items.
pub(super) fn values<'a>(members: &'a Members, steps: &[&Attribute]) -> Vec<&'a Value> {
    let mut found = Vec::new();
    gather(members, steps, &mut found);
    found
}

fn gather<'a>(members: &'a Members, steps: &[&Attribute], found: &mut Vec<&'a Value>) {
    let Some((attribute, rest)) = steps.split_first() else { return };
    let items = match members.get(attribute.name) {
        Some(Value::Array(items)) => items.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    for item in items {
        match item {
            item if rest.is_empty() => found.push(item),
            Value::Object(members) => gather(members, rest, found),
            _ => {}
        }
    }
}

fn compares(values: &[&Value], steps: &Steps, operator: Operator, literal: &Literal) -> bool {
    let Some(attribute) = steps.last() else { return false };
    let holds = |operator| values.iter().any(|value| compare(attribute, value, operator, literal));
    match (operator, literal.value.is_null()) {
        (Operator::Equal, true) => values.is_empty(),
        (Operator::NotEqual, true) => !values.is_empty(),
        (Operator::NotEqual, false) => !holds(Operator::Equal),
        (operator, _) => holds(operator),
    }
}

fn compare(attribute: &Attribute, value: &Value, operator: Operator, literal: &Literal) -> bool {
    match (attribute.data_type, value) {
        (DataType::DateTime, Value::String(value)) => {
            let moments = moment(value).zip(literal.value.as_str().and_then(moment));
            moments.is_some_and(|(value, wanted)| ordered(&value, operator, &wanted))
        }
        (_, Value::String(value)) if attribute.case_exact => {
            literal.value.as_str().is_some_and(|wanted| text(value, operator, wanted))
        }
        (_, Value::String(value)) => text(&value.to_lowercase(), operator, &literal.folded),
        (_, value) => operator == Operator::Equal && *value == literal.value,
    }
}

fn text(value: &str, operator: Operator, wanted: &str) -> bool {
    match operator {
        Operator::Contains => value.contains(wanted),
        Operator::StartsWith => value.starts_with(wanted),
        Operator::EndsWith => value.ends_with(wanted),
        operator => ordered(value, operator, wanted),
    }
}

fn ordered<T: PartialOrd + ?Sized>(value: &T, operator: Operator, wanted: &T) -> bool {
    match operator {
        Operator::Equal => value == wanted,
        Operator::Greater => value > wanted,
        Operator::GreaterOrEqual => value >= wanted,
        Operator::Less => value < wanted,
        Operator::LessOrEqual => value <= wanted,
        _ => false,
    }
}

fn moment(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

#[cfg(test)]
mod tests;
