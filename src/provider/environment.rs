//! Environment variables, looked up through a function so that nothing depends on the process by itself.

use std::collections::HashMap;
use std::fmt;

/// Where fall-backs of the provider block come from. `Debug` shows nothing of it: variables hold credentials.
pub struct Environment(Box<Lookup>);

/// Finds the value of a variable.
type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Environment {
    /// The environment of this process.
    pub fn of_process() -> Self {
        Self(Box::new(|name| std::env::var(name).ok()))
    }

    /// These variables and no others.
    pub fn of<N: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        let variables: HashMap<String, String> = variables.into_iter().map(|(n, v)| (n.into(), v.into())).collect();
        Self(Box::new(move |name| variables.get(name).cloned()))
    }

    /// The value of a variable without surrounding white space; an empty one counts as unset.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let value = (self.0)(name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_variables_count_as_unset() {
        let environment = Environment::of([("A", " x\n"), ("B", ""), ("C", " ")]);
        assert_eq!(environment.get("A").as_deref(), Some("x"));
        assert_eq!((environment.get("B"), environment.get("C"), environment.get("D")), (None, None, None));
    }
}
