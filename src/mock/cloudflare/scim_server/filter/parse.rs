//! The grammar of filters: `or` binds least, then `and`, then `not`.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::resource_type::{ResourceType, Steps};
use super::super::schema::{Attribute, DataType, Returned};
use super::{Filter, Literal, Operator, Word, words};

/// Deepest nesting that is read; nobody writes such filters, and a stack is finite.
const DEEPEST: usize = 32;

/// Whose attributes a filter names.
#[derive(Clone, Copy)]
pub(in super::super) enum Scope {
    /// A resource's.
    Resource(&'static ResourceType),
    /// Those of the values of a complex attribute.
    Values(&'static Attribute),
}

impl Scope {
    fn resolve(self, notation: &str) -> Option<Steps> {
        match self {
            Self::Resource(kind) => kind.resolve(notation),
            Self::Values(attribute) => attribute.sub_attribute(notation).map(|part| vec![part]),
        }
    }
}

/// Reads a filter.
///
/// # Errors
///
/// Says what is wrong with it.
pub(in super::super) fn parse(text: &str, scope: Scope) -> Result<Filter, String> {
    let words = words(text)?;
    let (filter, read) = parse_part(&words, scope)?;
    match words.get(read) {
        None => Ok(filter),
        Some(word) => Err(format!("{word} is not expected there")),
    }
}

/// Reads a filter from the beginning of some words, and says how many it took.
///
/// # Errors
///
/// Says what is wrong with it.
pub(in super::super) fn parse_part(words: &[Word], scope: Scope) -> Result<(Filter, usize), String> {
    let mut parser = Parser { words, next: 0, depth: 0 };
    let filter = parser.either(scope)?;
    Ok((filter, parser.next))
}

struct Parser<'a> {
    words: &'a [Word],
    next: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn either(&mut self, scope: Scope) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("more than {DEEPEST} levels"));
        }
        let first = self.both(scope)?;
        let terms = self.chain(first, "or", |parser| parser.both(scope))?;
        self.depth -= 1;
        Ok(joined(terms, Filter::Or))
    }

    fn both(&mut self, scope: Scope) -> Result<Filter, String> {
        let first = self.one(scope)?;
        let terms = self.chain(first, "and", |parser| parser.one(scope))?;
        Ok(joined(terms, Filter::And))
    }

    /// A first term and those that a word joins to it.
    fn chain(
        &mut self,
        first: Filter,
        word: &str,
        term: impl Fn(&mut Self) -> Result<Filter, String>,
    ) -> Result<Vec<Filter>, String> {
        let mut terms = vec![first];
        while self.skip_bare(word) {
            terms.push(term(self)?);
        }
        Ok(terms)
    }

    fn one(&mut self, scope: Scope) -> Result<Filter, String> {
        if self.skip(&Word::Open) {
            return self.closed(scope, Word::Close);
        }
        let negated = self.words.get(self.next + 1) == Some(&Word::Open) && self.skip_bare("not");
        if negated {
            self.next += 1;
            return Ok(Filter::Not(Box::new(self.closed(scope, Word::Close)?)));
        }
        let Some(Word::Bare(name)) = self.word() else { return Err(self.expected("an attribute")) };
        let steps = scope.resolve(name).ok_or_else(|| format!("{name} is no attribute"))?;
        if steps.iter().any(|step| step.returned == Returned::Never) {
            return Err(format!("{name} cannot be compared"));
        }
        if self.skip(&Word::OpenBracket) {
            let attribute = steps.last().copied().filter(|attribute| attribute.is_complex());
            let attribute = attribute.filter(|_| matches!(scope, Scope::Resource(_)));
            let attribute = attribute.ok_or_else(|| format!("{name} has no values to choose from"))?;
            return Ok(Filter::Value(steps, Box::new(self.closed(Scope::Values(attribute), Word::CloseBracket)?)));
        }
        let Some(Word::Bare(operator)) = self.word() else { return Err(self.expected("an operator")) };
        if operator.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(steps));
        }
        let operator = named(operator).ok_or_else(|| format!("{operator} is no operator"))?;
        let literal = match self.word() {
            Some(Word::Quoted(text)) => Value::String(text.clone()),
            Some(Word::Bare(text)) => serde_json::from_str(text).map_err(|_| format!("{text} is no value"))?,
            _ => return Err(self.expected("a value")),
        };
        comparison(name, steps, operator, literal)
    }

    /// The rest of something in brackets.
    fn closed(&mut self, scope: Scope, end: Word) -> Result<Filter, String> {
        let filter = self.either(scope)?;
        match self.skip(&end) {
            true => Ok(filter),
            false => Err(format!("{end} is missing")),
        }
    }

    fn word(&mut self) -> Option<&'a Word> {
        self.next += 1;
        self.words.get(self.next - 1)
    }

    fn skip(&mut self, word: &Word) -> bool {
        let there = self.words.get(self.next) == Some(word);
        self.next += usize::from(there);
        there
    }

    fn skip_bare(&mut self, word: &str) -> bool {
        let there = matches!(self.words.get(self.next), Some(Word::Bare(text)) if text.eq_ignore_ascii_case(word));
        self.next += usize::from(there);
        there
    }

    fn expected(&self, what: &str) -> String {
        match self.words.get(self.next - 1) {
            Some(word) => format!("{what} is expected instead of {word}"),
            None => format!("{what} is missing at the end"),
        }
    }
}

/// A term alone is itself.
fn joined(mut terms: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    match terms.len() {
        1 => terms.remove(0),
        _ => join(terms),
    }
}

fn named(operator: &str) -> Option<Operator> {
    let operators = [
        ("eq", Operator::Equal),
        ("ne", Operator::NotEqual),
        ("co", Operator::Contains),
        ("sw", Operator::StartsWith),
        ("ew", Operator::EndsWith),
        ("gt", Operator::Greater),
        ("ge", Operator::GreaterOrEqual),
        ("lt", Operator::Less),
        ("le", Operator::LessOrEqual),
    ];
    operators.iter().find(|(name, _)| name.eq_ignore_ascii_case(operator)).map(|(_, operator)| *operator)
}

/// A comparison, if the attribute's type knows it.
fn comparison(name: &str, mut steps: Steps, operator: Operator, value: Value) -> Result<Filter, String> {
    let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
    let is_part = matches!(operator, Operator::Contains | Operator::StartsWith | Operator::EndsWith);
    // Of a complex attribute, `value` is meant.
    if let Some(part) = steps.last().filter(|last| last.is_complex()) {
        let part = part.sub_attribute("value").ok_or_else(|| format!("{name} cannot be compared as a whole"))?;
        steps.push(part);
    }
    let data_type = steps.last().map(|attribute| attribute.data_type);
    let known = match (data_type, &value) {
        (_, Value::Null) => is_equality,
        (Some(DataType::Boolean), value) => is_equality && value.is_boolean(),
        (Some(DataType::Integer), value) => is_equality && value.is_number(),
        (Some(DataType::Binary), value) => is_equality && value.is_string(),
        (Some(DataType::DateTime), Value::String(text)) => !is_part && OffsetDateTime::parse(text, &Rfc3339).is_ok(),
        (Some(DataType::Text | DataType::Reference(_)), value) => value.is_string(),
        _ => false,
    };
    match known {
        true => Ok(Filter::Compare(steps, operator, Literal::new(value))),
        false => Err(format!("{name} does not compare so with {value}")),
    }
}
