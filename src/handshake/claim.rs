//! Which group names a groups claim lets through. Case counts.

use super::readings::Unread;
use crate::okta::api::app_settings::{ClaimRule, GroupsClaim};
use crate::okta::api::groups::Group;
use fancy_regex::Regex;

/// Most groups that a token lists reliably.
pub(super) const MOST: usize = 100;
/// A group of an app or directory; filters pass the org's own groups alone.
const APP_GROUP: &str = "APP_GROUP";

/// A filter of group names.
pub(super) enum Filter<'a> {
    Equals(&'a str),
    StartsWith(&'a str),
    Contains(&'a str),
    Regex(Box<Expression>),
}

/// A regular expression. Whether Okta means the whole name or a part of it is not verified against a live tenant, so only
/// what is the same both ways counts.
pub(super) struct Expression {
    whole: Regex,
    part: Regex,
}

/// How many groups pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// So many do.
    pub(super) certain: usize,
    /// So many more may.
    pub(super) doubtful: usize,
}

impl<'a> Filter<'a> {
    /// The filter of a claim, in so far as it can be told here what it does.
    pub(super) fn of(claim: &'a GroupsClaim) -> Result<Self, Unread> {
        let unread = |why: String| Err(Unread::Skipped(why));
        match &claim.rule {
            ClaimRule::Filter { filter_type, value } => match filter_type.as_str() {
                "EQUALS" => Ok(Self::Equals(value)),
                "STARTS_WITH" => Ok(Self::StartsWith(value)),
                "CONTAINS" => Ok(Self::Contains(value)),
                "REGEX" => match (Regex::new(&format!("^(?:{value})$")), Regex::new(value)) {
                    (Ok(whole), Ok(part)) => Ok(Self::Regex(Box::new(Expression { whole, part }))),
                    _ => unread(format!("The expression {value:?} of the groups claim cannot be evaluated here.")),
                },
                other => unread(format!("The groups claim has a filter of the unknown type {other:?}.")),
            },
            ClaimRule::Expression(_) => {
                unread("The groups claim is an expression, which only Okta can evaluate.".to_owned())
            }
        }
    }

    /// Whether a token tells of the group; `None` if only Okta knows.
    pub(super) fn passes(&self, group: &Group) -> Option<bool> {
        let name = group.profile.name.as_str();
        if group.kind == APP_GROUP {
            return Some(false);
        }
        match self {
            Self::Equals(value) => Some(name == *value),
            Self::StartsWith(value) => Some(name.starts_with(value)),
            Self::Contains(value) => Some(name.contains(value)),
            Self::Regex(expression) => expression.matches(name),
        }
    }

    /// Counts those that pass.
    pub(super) fn count<'b>(&self, groups: impl IntoIterator<Item = &'b Group>) -> Count {
        groups.into_iter().fold(Count::default(), |count, group| match self.passes(group) {
            Some(true) => Count { certain: count.certain + 1, ..count },
            Some(false) => count,
            None => Count { doubtful: count.doubtful + 1, ..count },
        })
    }
}

impl Expression {
    /// `None` too if it takes too many steps.
    fn matches(&self, name: &str) -> Option<bool> {
        let (whole, part) = (self.whole.is_match(name).ok()?, self.part.is_match(name).ok()?);
        (whole == part).then_some(whole)
    }
}

/// A claim's rule in words.
pub(super) fn told(claim: &GroupsClaim) -> String {
    match &claim.rule {
        ClaimRule::Filter { filter_type, value } => format!("{filter_type} {value:?}"),
        ClaimRule::Expression(value) => format!("the expression {value:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::checks::healthy::{claim, group};
    use super::*;

    fn passes(kind: &str, value: &str, name: &str) -> Option<bool> {
        Filter::of(&claim(kind, value)).map(|filter| filter.passes(&group("00g1", "OKTA_GROUP", name))).unwrap()
    }

    #[test]
    fn names_pass_by_the_rule_and_with_their_case() {
        for (kind, value) in
            [("EQUALS", "access-a"), ("STARTS_WITH", "access-"), ("CONTAINS", "access"), ("REGEX", "access-.|x")]
        {
            assert_eq!(passes(kind, value, "access-a"), Some(true), "{kind} {value}");
            assert_eq!(passes(kind, value, "Access-A"), Some(false), "{kind} {value}");
        }
    }

    #[test]
    fn an_expression_that_matches_a_part_of_a_name_or_is_too_hard_says_nothing() {
        assert_eq!(passes("REGEX", "access", "access-a"), None);
        assert_eq!(passes("REGEX", "^access", "access-a"), None);
        assert_eq!(passes("REGEX", "^access$", "access-a"), Some(false));
        assert_eq!(passes("REGEX", "(a|b|ab)*(?=c)", &"ab".repeat(28)), None, "it would take for ever");
    }

    #[test]
    fn groups_of_apps_never_pass() {
        let claim = claim("REGEX", ".*");
        let filter = Filter::of(&claim).unwrap();
        assert_eq!(filter.passes(&group("00g1", "BUILT_IN", "Everyone")), Some(true));
        assert_eq!(filter.passes(&group("00g1", APP_GROUP, "Everyone")), Some(false));
    }

    #[test]
    fn what_passes_is_counted_apart_from_what_may() {
        let claim = claim("REGEX", "access");
        let groups = ["access", "access-a", "other"].map(|name| group("00g1", "OKTA_GROUP", name));
        let count = Filter::of(&claim).unwrap().count(&groups);
        assert_eq!(count, Count { certain: 1, doubtful: 1 });
    }

    #[test]
    fn what_only_okta_can_evaluate_is_skipped() {
        let expression =
            GroupsClaim { name: "groups".into(), rule: ClaimRule::Expression("getFilteredGroups({})".into()) };
        for claim in [expression, claim("REGEX", ")("), claim("REGEX", "("), claim("SOUNDS_LIKE", "x")] {
            assert!(matches!(Filter::of(&claim), Err(Unread::Skipped(_))), "{claim:?}");
        }
    }
}
