//! Which group names a groups claim lets through. Case counts.

use crate::handshake::readings::Unread;
use crate::okta::api::app_settings::{ClaimRule, GroupsClaim};
use crate::okta::api::groups::Group;
use fancy_regex::Regex;

/// A group of an app or directory; filters pass the org's own groups alone.
const APP_GROUP: &str = "APP_GROUP";

/// A filter of group names.
pub(super) enum Filter<'a> {
    Equals(&'a str),
    StartsWith(&'a str),
    Contains(&'a str),
    /// The whole name has to match; that Okta means it so is not verified against a live tenant.
    Regex(Regex),
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
                "REGEX" => match Regex::new(&format!("^(?:{value})$")) {
                    Ok(expression) if Regex::new(value).is_ok() => Ok(Self::Regex(expression)),
                    _ => unread(format!("The expression {value:?} of the groups claim cannot be evaluated here.")),
                },
                other => unread(format!("The groups claim has a filter of the unknown type {other:?}.")),
            },
            ClaimRule::Expression(_) => {
                unread("The groups claim is an expression, which only Okta can evaluate.".to_owned())
            }
        }
    }

    /// Whether a token tells of the group.
    pub(super) fn passes(&self, group: &Group) -> bool {
        let name = group.profile.name.as_str();
        group.kind != APP_GROUP
            && match self {
                Self::Equals(value) => name == *value,
                Self::StartsWith(value) => name.starts_with(value),
                Self::Contains(value) => name.contains(value),
                Self::Regex(expression) => expression.is_match(name).unwrap_or_default(),
            }
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
    use super::*;
    use crate::handshake::checks::healthy::{claim, group};

    fn passes(kind: &str, value: &str, name: &str) -> bool {
        Filter::of(&claim(kind, value)).map(|filter| filter.passes(&group("00g1", "OKTA_GROUP", name))).unwrap()
    }

    #[test]
    fn names_pass_by_the_rule_and_with_their_case() {
        for (kind, value) in
            [("EQUALS", "access-a"), ("STARTS_WITH", "access-"), ("CONTAINS", "access"), ("REGEX", "access-.|x")]
        {
            assert!(passes(kind, value, "access-a"), "{kind} {value}");
            assert!(!passes(kind, value, "Access-A"), "{kind} {value}");
        }
        assert!(!passes("REGEX", "access", "access-a"), "the whole name has to match");
    }

    #[test]
    fn groups_of_apps_never_pass() {
        let claim = claim("REGEX", ".*");
        let filter = Filter::of(&claim).unwrap();
        assert!(filter.passes(&group("00g1", "BUILT_IN", "Everyone")));
        assert!(!filter.passes(&group("00g1", APP_GROUP, "Everyone")));
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
