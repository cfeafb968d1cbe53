//! Things that are looked up by their id or by a name.

use crate::framework::{
    diagnostic::{Diagnostic, Diagnostics, Result},
    model::Attr,
    path::Path,
};

/// By what a thing is looked up.
pub(super) enum Key<'a> {
    /// Okta's id.
    Id(&'a str),
    /// What people call it.
    Name(&'a str),
}

/// Exactly one of `id` and the attribute `name` says what is meant.
pub(super) fn validate(id: &Attr<String>, name: &Attr<String>, attribute: &'static str, problems: &mut Diagnostics) {
    if id.is_known() && name.is_known() {
        let detail = format!("Look it up by id or by {attribute}: remove one of the two.");
        problems.push(Diagnostic::error("Looked up in two ways", detail).at(Path::root().attribute(attribute)));
    }
    if id.is_null() && name.is_null() {
        problems.push(neither(attribute));
    }
}

/// What is meant. A value that was unknown when the configuration was checked may turn out to be null.
pub(super) fn key<'a>(id: &'a Attr<String>, name: &'a Attr<String>, attribute: &'static str) -> Result<Key<'a>> {
    match (id.text(), name.text()) {
        (Some(id), _) => Ok(Key::Id(id)),
        (None, Some(name)) => Ok(Key::Name(name)),
        (None, None) => Err(neither(attribute).into()),
    }
}

fn neither(attribute: &str) -> Diagnostic {
    Diagnostic::error("Nothing to look up", format!("Set id or {attribute}."))
}

/// The one that was found by its name.
///
/// # Errors
/// There is none, or there are several, whose ids are then told.
pub(super) fn only<T>(found: Vec<T>, tried: &str, at: Path, id: impl Fn(&T) -> String) -> Result<T> {
    let ids: Vec<String> = found.iter().map(id).collect();
    let mut found = found.into_iter();
    match (found.next(), ids.len()) {
        (Some(one), 1) => Ok(one),
        (None, _) => Err(none(tried, at).into()),
        (Some(_), count) => {
            let detail = format!("{count} have this name: {}. Look it up by id.", ids.join(", "));
            Err(Diagnostic::error(tried, detail).at(at).into())
        }
    }
}

/// The error for a thing that does not exist.
pub(super) fn none(tried: &str, at: Path) -> Diagnostic {
    Diagnostic::error(
        tried,
        "Okta has none, or does not show it to these credentials. What was made a moment ago may take some seconds to be \
         found by its name.",
    )
    .at(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(id: Attr<String>, name: Attr<String>) -> Vec<String> {
        let mut problems = Diagnostics::new();
        validate(&id, &name, "label", &mut problems);
        problems.iter().map(|problem| problem.path.to_string()).collect()
    }

    #[test]
    fn one_of_the_two_says_what_is_meant() {
        assert!(problems("0oa1".into(), Attr::Null).is_empty());
        assert!(problems(Attr::Null, Attr::Unknown).is_empty());
        assert!(problems(Attr::Unknown, "Access".into()).is_empty());
        assert_eq!(problems("0oa1".into(), "Access".into()), ["label"]);
        assert_eq!(problems(Attr::Null, Attr::Null).len(), 1);
        assert!(key(&Attr::Null, &Attr::Null, "label").is_err());
    }

    #[test]
    fn several_of_a_name_are_told_by_their_ids() {
        let at = || Path::root().attribute("label");
        let found = |all: &[&'static str]| only(all.to_vec(), "Reading", at(), |id| (*id).to_owned());
        assert_eq!(found(&["a"]).unwrap(), "a");
        for (all, says) in [(&[][..], "Okta has none"), (&["a", "b"], "a, b")] {
            let error = found(all).unwrap_err().into_iter().next().unwrap();
            assert!(error.detail.contains(says), "{}", error.detail);
            assert_eq!(error.path.to_string(), "label");
        }
    }
}
