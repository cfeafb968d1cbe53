//! Where in a configuration a value stands.

use std::fmt;

/// One step from a value to a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// An attribute of an object.
    Attribute(String),
    /// An element of a map.
    Key(String),
    /// An element of a list or tuple, counted from 0.
    Index(i64),
    /// Some element of a set. The protocol cannot point into sets, so on the wire the path ends before this step.
    Element,
}

/// The steps from the top of a configuration to a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(Vec<Step>);

impl Path {
    /// The whole configuration.
    pub fn root() -> Self {
        Self::default()
    }

    /// An attribute of what this path points at.
    pub fn attribute(&self, name: impl Into<String>) -> Self {
        self.then(Step::Attribute(name.into()))
    }

    /// An element of the list that this path points at.
    pub fn index(&self, index: usize) -> Self {
        self.then(Step::Index(index as i64))
    }

    /// An element of the map that this path points at.
    pub fn key(&self, key: impl Into<String>) -> Self {
        self.then(Step::Key(key.into()))
    }

    /// Some element of the set that this path points at.
    pub fn element(&self) -> Self {
        self.then(Step::Element)
    }

    /// This path and one more step.
    pub fn then(&self, step: Step) -> Self {
        let mut steps = Vec::with_capacity(self.0.len() + 1);
        steps.extend_from_slice(&self.0);
        steps.push(step);
        Self(steps)
    }

    /// The steps from the top.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether this is the whole configuration.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Path {
    /// As one would write it in a configuration: `provisioning.create_users`, `labels["a"]`, `rules[0]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if i == 0 => write!(f, "{name}")?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Element => write!(f, "[*]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_a_configuration() {
        let path = Path::root().attribute("rules").index(2).attribute("labels").key("a b").element();
        assert_eq!(path.to_string(), r#"rules[2].labels["a b"][*]"#);
    }
}
