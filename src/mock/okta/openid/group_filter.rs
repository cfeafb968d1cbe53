//! Which of a person's groups a groups claim names.

use fancy_regex::Regex;

use crate::mock::okta::groups::GroupKind;
use crate::mock::okta::org::Org;

/// Ways to filter, in Okta's words.
pub(super) const KINDS: &[&str] = &["CONTAINS", "EQUALS", "REGEX", "STARTS_WITH"];

/// A filter of group names. Case counts.
#[derive(Clone)]
pub(super) enum GroupFilter {
    Equals(String),
    StartsWith(String),
    Contains(String),
    /// The text as it was set, and the expression.
    Regex(String, Regex),
}

impl GroupFilter {
    /// None if there is no such kind, or if the expression does not compile.
    pub(super) fn new(kind: &str, value: &str) -> Option<Self> {
        let text = value.to_owned();
        match kind {
            "EQUALS" => Some(Self::Equals(text)),
            "STARTS_WITH" => Some(Self::StartsWith(text)),
            "CONTAINS" => Some(Self::Contains(text)),
            // That the whole name must match, as Java's `matches` has it, is not verified against a live tenant.
            "REGEX" => {
                // By itself first: half of it must not close the group around it.
                Regex::new(value).ok()?;
                Some(Self::Regex(text, Regex::new(&format!("^(?:{value})$")).ok()?))
            }
            _ => None,
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Equals(_) => "EQUALS",
            Self::StartsWith(_) => "STARTS_WITH",
            Self::Contains(_) => "CONTAINS",
            Self::Regex(..) => "REGEX",
        }
    }

    pub(super) fn value(&self) -> &str {
        match self {
            Self::Equals(value) | Self::StartsWith(value) | Self::Contains(value) | Self::Regex(value, _) => value,
        }
    }

    fn passes(&self, name: &str) -> bool {
        match self {
            Self::Equals(value) => name == value,
            Self::StartsWith(value) => name.starts_with(value),
            Self::Contains(value) => name.contains(value),
            // An expression that takes too long matches nothing.
            Self::Regex(_, expression) => expression.is_match(name).unwrap_or_default(),
        }
    }

    /// Names of a person's groups that pass, oldest group first. Only the org's own groups count, not those of apps.
    pub(super) fn groups(&self, org: &Org, user_id: &str) -> Vec<String> {
        let own = org.groups.iter().filter(|group| group.kind != GroupKind::App && group.members.contains(user_id));
        own.map(|group| group.name()).filter(|name| self.passes(name)).map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_filters_in_its_own_way() {
        let names = ["Zero Trust", "Zero Trust Users", "Not Zero Trust", "zero trust"];
        let passing = |kind: &str, value: &str| -> Vec<&str> {
            let filter = GroupFilter::new(kind, value).unwrap();
            assert_eq!((filter.kind(), filter.value()), (kind, value));
            names.into_iter().filter(|name| filter.passes(name)).collect()
        };
        assert_eq!(passing("EQUALS", "Zero Trust"), ["Zero Trust"]);
        assert_eq!(passing("STARTS_WITH", "Zero"), ["Zero Trust", "Zero Trust Users"]);
        assert_eq!(passing("CONTAINS", "Zero"), ["Zero Trust", "Zero Trust Users", "Not Zero Trust"]);
        assert_eq!(passing("REGEX", "Zero|.*Users"), ["Zero Trust Users"]);
        assert_eq!(passing("REGEX", "(?!Not).*"), ["Zero Trust", "Zero Trust Users", "zero trust"]);
    }

    #[test]
    fn nonsense_is_no_filter() {
        assert!(GroupFilter::new("ENDS_WITH", "x").is_none());
        for value in ["(", "a)|(b", "a)|(?:b"] {
            assert!(GroupFilter::new("REGEX", value).is_none(), "{value}");
        }
    }
}
