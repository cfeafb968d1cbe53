//! Okta's filter language, as `filter` and `search` parameters carry it.
//!
//! `attribute operator "value"` joined by `and` and `or`, with parentheses: the subset of SCIM
//! filters that <https://developer.okta.com/docs/api/#filter> describes.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::errors::{self, Refusal};

/// Deepest nesting of parentheses that is read.
const DEEPEST: usize = 32;

/// A filter ready to be tried on JSON documents.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    Both(Box<Filter>, Box<Filter>),
    Either(Box<Filter>, Box<Filter>),
    Compare { attribute: String, operator: Operator, value: String },
    Present(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    StartsWith,
    Contains,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Filter {
    /// Reads a filter; `attributes` lists what may be named, an entry ending in `.` as a prefix.
    ///
    /// # Errors
    ///
    /// E0000031 when the text does not parse or names another attribute.
    pub(crate) fn parse(text: &str, attributes: &[&str]) -> Result<Self, Refusal> {
        let mut parser = Parser { words: words(text)?, next: 0, attributes };
        let filter = parser.either(0)?;
        match parser.peek() {
            None => Ok(filter),
            Some(word) => Err(errors::invalid_search(format!("unexpected {word:?} in the filter"))),
        }
    }

    /// Whether the document passes. Text is compared without regard to case, moments as moments.
    pub(crate) fn accepts(&self, document: &Value) -> bool {
        match self {
            Self::Both(left, right) => left.accepts(document) && right.accepts(document),
            Self::Either(left, right) => left.accepts(document) || right.accepts(document),
            Self::Present(attribute) => values(document, attribute).iter().any(|v| !v.is_null()),
            Self::Compare { attribute, operator: Operator::NotEqual, value } => {
                !values(document, attribute).iter().any(|found| holds(found, Operator::Equal, value))
            }
            Self::Compare { attribute, operator, value } => {
                values(document, attribute).iter().any(|found| holds(found, *operator, value))
            }
        }
    }
}

/// Every value at a dotted path; a list on the way stands for each of its items.
fn values<'a>(document: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![document];
    for step in path.split('.') {
        found = found
            .into_iter()
            .flat_map(|value| match value {
                Value::Array(items) => items.iter().collect::<Vec<_>>(),
                other => vec![other],
            })
            .filter_map(|value| value.get(step))
            .collect();
    }
    found
        .into_iter()
        .flat_map(|value| match value {
            Value::Array(items) => items.iter().collect::<Vec<_>>(),
            other => vec![other],
        })
        .collect()
}

fn holds(found: &Value, operator: Operator, wanted: &str) -> bool {
    let found = match found {
        Value::String(text) => text.to_lowercase(),
        Value::Null => return false,
        other => other.to_string(),
    };
    let wanted = wanted.to_lowercase();
    let ordering = match (moment(&found), moment(&wanted)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => found.cmp(&wanted),
    };
    match operator {
        Operator::Equal => ordering.is_eq(),
        Operator::NotEqual => ordering.is_ne(),
        Operator::StartsWith => found.starts_with(&wanted),
        Operator::Contains => found.contains(&wanted),
        Operator::EndsWith => found.ends_with(&wanted),
        Operator::Greater => ordering.is_gt(),
        Operator::GreaterOrEqual => ordering.is_ge(),
        Operator::Less => ordering.is_lt(),
        Operator::LessOrEqual => ordering.is_le(),
    }
}

fn moment(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(&text.to_uppercase(), &Rfc3339).ok()
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    Bare(String),
    Quoted(String),
    Open,
    Close,
}

fn words(text: &str) -> Result<Vec<Word>, Refusal> {
    let mut words = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' => {}
            '(' => words.push(Word::Open),
            ')' => words.push(Word::Close),
            '"' => {
                let mut quoted = String::new();
                loop {
                    match letters.next() {
                        Some('"') => break,
                        Some('\\') => quoted.extend(letters.next()),
                        Some(other) => quoted.push(other),
                        None => return Err(errors::invalid_search("a quote is not closed")),
                    }
                }
                words.push(Word::Quoted(quoted));
            }
            other => {
                let mut bare = String::from(other);
                while let Some(more) = letters.next_if(|c| !matches!(c, ' ' | '(' | ')' | '"')) {
                    bare.push(more);
                }
                words.push(Word::Bare(bare));
            }
        }
    }
    Ok(words)
}

struct Parser<'a> {
    words: Vec<Word>,
    next: usize,
    attributes: &'a [&'a str],
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Word> {
        self.words.get(self.next)
    }

    fn take(&mut self) -> Option<Word> {
        let word = self.words.get(self.next).cloned();
        self.next += 1;
        word
    }

    fn takes(&mut self, keyword: &str) -> bool {
        let is = matches!(self.peek(), Some(Word::Bare(word)) if word.eq_ignore_ascii_case(keyword));
        if is {
            self.next += 1;
        }
        is
    }

    fn either(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let mut left = self.both(depth)?;
        while self.takes("or") {
            let right = self.both(depth)?;
            left = Filter::Either(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn both(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let mut left = self.one(depth)?;
        while self.takes("and") {
            let right = self.one(depth)?;
            left = Filter::Both(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn one(&mut self, depth: usize) -> Result<Filter, Refusal> {
        if depth > DEEPEST {
            return Err(errors::invalid_search("the filter is nested too deeply"));
        }
        match self.take() {
            Some(Word::Open) => {
                let inner = self.either(depth + 1)?;
                match self.take() {
                    Some(Word::Close) => Ok(inner),
                    _ => Err(errors::invalid_search("a parenthesis is not closed")),
                }
            }
            Some(Word::Bare(attribute)) => self.comparison(attribute),
            _ => Err(errors::invalid_search("an attribute is expected")),
        }
    }

    fn comparison(&mut self, attribute: String) -> Result<Filter, Refusal> {
        let known = self
            .attributes
            .iter()
            .any(|known| attribute == *known || (known.ends_with('.') && attribute.starts_with(known)));
        if !known {
            return Err(errors::invalid_search(format!("the attribute {attribute} cannot be searched")));
        }
        let operator = match self.take() {
            Some(Word::Bare(word)) => match word.to_ascii_lowercase().as_str() {
                "pr" => return Ok(Filter::Present(attribute)),
                "eq" => Operator::Equal,
                "ne" => Operator::NotEqual,
                "sw" => Operator::StartsWith,
                "co" => Operator::Contains,
                "ew" => Operator::EndsWith,
                "gt" => Operator::Greater,
                "ge" => Operator::GreaterOrEqual,
                "lt" => Operator::Less,
                "le" => Operator::LessOrEqual,
                _ => {
                    return Err(errors::invalid_search(format!("{word} is not an operator")));
                }
            },
            _ => return Err(errors::invalid_search("an operator is expected")),
        };
        match self.take() {
            Some(Word::Quoted(value) | Word::Bare(value)) => Ok(Filter::Compare { attribute, operator, value }),
            _ => Err(errors::invalid_search("a value is expected")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const KNOWN: &[&str] = &["id", "status", "profile.", "target.id", "eventType", "published"];

    fn accepts(filter: &str, document: &Value) -> bool {
        Filter::parse(filter, KNOWN).unwrap().accepts(document)
    }

    #[test]
    fn the_system_log_filter_people_use() {
        let event = json!({"eventType": "application.provision.user.push", "target": [{"id": "0oa1"}, {"id": "00u1"}]});
        assert!(accepts(r#"target.id eq "0oa1" and eventType sw "application.provision""#, &event));
        assert!(!accepts(r#"target.id eq "0oa2" and eventType sw "application.provision""#, &event));
        assert!(accepts(r#"(target.id eq "x" or target.id eq "00u1") and eventType co "user""#, &event));
    }

    #[test]
    fn and_binds_tighter_than_or() {
        let one = json!({"id": "a", "status": "ACTIVE"});
        assert!(accepts(r#"id eq "a" or id eq "b" and status eq "INACTIVE""#, &one));
        assert!(!accepts(r#"(id eq "a" or id eq "b") and status eq "INACTIVE""#, &one));
    }

    #[test]
    fn text_has_no_case_and_moments_are_moments() {
        let group = json!({"profile": {"name": "Engineering"}, "published": "2026-01-01T00:00:00.000Z"});
        assert!(accepts(r#"profile.name eq "engineering""#, &group));
        assert!(accepts(r#"profile.name ew "RING""#, &group));
        assert!(accepts(r#"published ge "2026-01-01T00:00:00Z""#, &group));
        assert!(!accepts(r#"published gt "2026-01-01T00:00:00Z""#, &group));
        assert!(!accepts("profile.other pr", &group));
        assert!(accepts(r#"profile.name ne "Other""#, &group));
    }

    #[test]
    fn what_does_not_parse_is_refused_with_the_reason() {
        for text in
            ["", "id", "id eq", "id xx \"a\"", "id eq \"a", "(id eq \"a\"", "id eq \"a\" id", "secret eq \"a\"", ")"]
        {
            let refusal = Filter::parse(text, KNOWN).unwrap_err();
            assert_eq!(refusal.code, "E0000031", "{text}");
            assert!(!refusal.causes.is_empty(), "{text}");
        }
        let deep = "(".repeat(10_000);
        assert_eq!(Filter::parse(&deep, KNOWN).unwrap_err().code, "E0000031");
    }
}
