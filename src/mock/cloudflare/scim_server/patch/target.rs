//! The `path` of a PATCH operation, RFC 7644 section 3.5.2: what it operates on.

use super::super::answer::Refusal;
use super::super::filter::{Filter, Scope, Word, parse_part, words};
use super::super::resource_type::{ResourceType, Steps};
use super::super::schema::Attribute;

/// What an operation operates on.
#[derive(Debug)]
pub(super) struct Target {
    /// The attribute, after what it is part of.
    pub(super) steps: Steps,
    /// Which of its values; none for all of it.
    pub(super) filter: Option<Filter>,
    /// Which part of those values; none for the values as such.
    pub(super) part: Option<&'static Attribute>,
}

impl Target {
    /// Reads a path such as `userName`, `name.familyName`, `emails[type eq "work"].value` or `URN:department`.
    ///
    /// # Errors
    ///
    /// `invalidPath` if it cannot be read or names no attribute, `invalidFilter` if that is the filter's fault.
    pub(super) fn parse(kind: &'static ResourceType, path: &str) -> Result<Self, Refusal> {
        let invalid = |why: &str| Refusal::invalid_path(format!("path {path}: {why}"));
        let words = words(path).map_err(|why| invalid(&why))?;
        let Some(Word::Bare(name)) = words.first() else { return Err(invalid("it does not begin with an attribute")) };
        let steps = kind.resolve(name).ok_or_else(|| invalid(&format!("{name} is no attribute")))?;
        let attribute = steps.last().copied().ok_or_else(|| invalid("it is empty"))?;
        if words.len() == 1 {
            return Ok(Self { steps, filter: None, part: None });
        }
        if words.get(1) != Some(&Word::OpenBracket) || !attribute.multi_valued || !attribute.is_complex() {
            return Err(invalid(&format!("{name} has no values to choose from")));
        }
        let (filter, read) = parse_part(words.get(2..).unwrap_or_default(), Scope::Values(attribute))
            .map_err(|why| Refusal::invalid_filter(format!("path {path}: {why}")))?;
        let part = match words.get(2 + read..).unwrap_or_default() {
            [Word::CloseBracket] => None,
            [Word::CloseBracket, Word::Bare(rest)] => {
                let part = rest.strip_prefix('.').and_then(|name| attribute.sub_attribute(name));
                Some(part.ok_or_else(|| invalid(&format!("{rest} is no part of {name}")))?)
            }
            _ => return Err(invalid("it does not end after the filter")),
        };
        Ok(Self { steps, filter: Some(filter), part })
    }

    /// Everything on the way, the part included.
    pub(super) fn attributes(&self) -> impl Iterator<Item = &'static Attribute> {
        self.steps.iter().copied().chain(self.part)
    }
}
