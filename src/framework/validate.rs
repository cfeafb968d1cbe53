//! Checks of single values, made before anything is called. Unknown values pass: Terraform asks again once they are
//! known.

use super::{
    diagnostic::{Diagnostic, Diagnostics},
    path::Path,
    schema::{Attribute, Nesting, Shape},
    value::Value,
};

/// What values of an attribute are accepted. Data where the documentation can say it, code otherwise.
#[derive(Clone, Debug)]
pub enum Validator {
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// Text of so many characters, from and to.
    Length(usize, usize),
    /// A collection of so many elements, from and to.
    Items(usize, usize),
    /// A number from and to.
    Between(i64, i64),
    /// Whatever the function accepts; its error says what is wrong and what to write instead.
    Custom(fn(&Value) -> Result<(), String>),
    /// Every element of the collection must pass.
    Each(&'static Validator),
}

impl Validator {
    /// What is wrong with a known value, if anything.
    pub fn problem(&self, value: &Value) -> Option<String> {
        match (self, value) {
            (_, Value::Null | Value::Unknown(_)) => None,
            (Self::OneOf(choices), Value::String(text)) if !choices.contains(&text.as_str()) => {
                let listed = choices.iter().map(|c| format!("{c:?}")).collect::<Vec<_>>().join(", ");
                Some(format!("{text:?} is not one of {listed}."))
            }
            (Self::Length(from, to), Value::String(text)) => {
                let count = text.chars().count();
                (count < *from || count > *to)
                    .then(|| format!("It has {count} characters; {} are allowed.", span(*from, *to)))
            }
            (Self::Items(from, to), Value::List(items) | Value::Set(items)) => {
                let count = items.len();
                (count < *from || count > *to)
                    .then(|| format!("It has {count} elements; {} are allowed.", span(*from, *to)))
            }
            (Self::Between(from, to), Value::Number(n)) => {
                (*n < (*from).into() || *n > (*to).into()).then(|| format!("{n} is not between {from} and {to}."))
            }
            (Self::Custom(check), value) => check(value).err(),
            _ => None,
        }
    }
}

fn span(from: usize, to: usize) -> String {
    match (from, to) {
        (from, usize::MAX) => format!("{from} or more"),
        (0, to) => format!("at most {to}"),
        (from, to) if from == to => from.to_string(),
        (from, to) => format!("{from} to {to}"),
    }
}

/// Checks a configuration against the validators of its attributes.
///
/// `write_only_allowed` is what the client says of itself: a Terraform older than 1.11 would drop the value and then
/// complain about the plan in words that help nobody.
pub fn configuration(attributes: &[Attribute], config: &Value, write_only_allowed: bool, into: &mut Diagnostics) {
    let checks = Checks { write_only_allowed };
    checks.object(attributes, config, &Path::root(), into);
}

/// Whether an attribute may have this value, everything within it included.
pub fn accepts(attribute: &Attribute, value: &Value) -> bool {
    let mut found = Diagnostics::new();
    Checks { write_only_allowed: true }.attribute(attribute, value, &Path::root(), &mut found);
    found.is_empty()
}

struct Checks {
    write_only_allowed: bool,
}

impl Checks {
    fn object(&self, attributes: &[Attribute], config: &Value, at: &Path, into: &mut Diagnostics) {
        if config.as_object().is_none() {
            return;
        }
        for attribute in attributes {
            self.attribute(attribute, config.get(attribute.name), &at.attribute(attribute.name), into);
        }
    }

    fn attribute(&self, attribute: &Attribute, value: &Value, at: &Path, into: &mut Diagnostics) {
        if value.is_null() {
            return;
        }
        let behaviour = &attribute.behaviour;
        if behaviour.write_only && !self.write_only_allowed {
            into.push(
                Diagnostic::error(
                    "Write-only attributes need Terraform 1.11",
                    format!(
                        "{} is write-only: it is handed over and never stored. This version of Terraform cannot do \
                         that. Use Terraform 1.11 or newer, or set the attribute of the same purpose that is stored.",
                        attribute.name
                    ),
                )
                .at(at.clone()),
            );
            return;
        }
        for validator in &behaviour.validators {
            apply(validator, attribute, value, at, into);
        }
        if let Shape::Nested(nesting, attributes) = &attribute.shape {
            match (nesting, value) {
                (Nesting::Single, value) => self.object(attributes, value, at, into),
                (_, Value::List(items)) => {
                    items.iter().enumerate().for_each(|(i, item)| self.object(attributes, item, &at.index(i), into));
                }
                (_, Value::Set(items)) => {
                    items.iter().for_each(|item| self.object(attributes, item, &at.element(), into));
                }
                (_, Value::Map(items)) => {
                    items.iter().for_each(|(key, item)| self.object(attributes, item, &at.key(key), into));
                }
                _ => {}
            }
        }
    }
}

fn apply(validator: &Validator, attribute: &Attribute, value: &Value, at: &Path, into: &mut Diagnostics) {
    if let Validator::Each(each) = validator {
        match value {
            Value::List(items) => {
                items.iter().enumerate().for_each(|(i, item)| apply(each, attribute, item, &at.index(i), into));
            }
            Value::Set(items) => items.iter().for_each(|item| apply(each, attribute, item, &at.element(), into)),
            Value::Map(items) => items.iter().for_each(|(k, item)| apply(each, attribute, item, &at.key(k), into)),
            _ => {}
        }
        return;
    }
    if let Some(problem) = validator.problem(value) {
        // The value of a secret must not turn up in an error.
        let secret = attribute.behaviour.sensitive || attribute.behaviour.write_only;
        let problem = if secret { hide(problem, value) } else { problem };
        into.push(Diagnostic::error(format!("Invalid value of {}", attribute.name), problem).at(at.clone()));
    }
}

/// Leaves a text out of a message, as it is and as `{:?}` spells it.
fn hide(problem: String, value: &Value) -> String {
    match value.as_str() {
        Some(secret) if !secret.is_empty() => {
            let quoted = format!("{secret:?}");
            problem.replace(secret, "(sensitive value)").replace(&quoted[1..quoted.len() - 1], "(sensitive value)")
        }
        _ => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::schema::{optional, required};
    use crate::framework::types::Type;

    fn text(name: &'static str, behaviour: crate::framework::schema::Behaviour) -> Attribute {
        Attribute { name, doc: String::new(), shape: Shape::Plain(Type::String), behaviour }
    }

    fn check(attribute: Attribute, value: Value, write_only: bool) -> Diagnostics {
        let config = Value::Object([(attribute.name.to_string(), value)].into());
        let mut found = Diagnostics::new();
        configuration(&[attribute], &config, write_only, &mut found);
        found
    }

    #[test]
    fn unknown_and_null_pass() {
        let attribute = text("a", required().one_of(&["x"]).length(3..=4));
        assert!(check(attribute.clone(), Value::Null, true).is_empty());
        assert!(check(attribute, Value::unknown(), true).is_empty());
    }

    #[test]
    fn choices_are_listed() {
        let found = check(text("mode", optional().one_of(&["auto", "api"])), Value::string("ap"), true);
        let error = found.iter().next().unwrap();
        assert_eq!(error.path.to_string(), "mode");
        assert_eq!(error.detail, r#""ap" is not one of "auto", "api"."#);
    }

    #[test]
    fn secrets_stay_out_of_errors() {
        for behaviour in [optional().sensitive(), optional().write_only()] {
            for secret in ["hunter2", "two\nlines of \"hunter2\""] {
                let found = check(text("token", behaviour.clone().one_of(&["x"])), Value::string(secret), true);
                let detail = &found.iter().next().unwrap().detail;
                assert!(detail.contains("(sensitive value)") && !detail.contains("hunter2"), "{detail}");
            }
        }
    }

    #[test]
    fn write_only_needs_a_terraform_that_can() {
        let attribute = text("token_wo", optional().write_only());
        assert!(check(attribute.clone(), Value::string("x"), true).is_empty());
        assert!(check(attribute.clone(), Value::Null, false).is_empty());
        assert!(check(attribute, Value::string("x"), false).has_errors());
    }

    #[test]
    fn elements_are_checked_one_by_one() {
        static SHORT: Validator = Validator::Length(1, 2);
        let attribute = Attribute {
            name: "all",
            doc: String::new(),
            shape: Shape::Plain(Type::list(Type::String)),
            behaviour: optional().check(Validator::Each(&SHORT)),
        };
        let value = Value::List(vec![Value::string("ok"), Value::string("far too long")]);
        let found = check(attribute, value, true);
        assert_eq!(found.iter().map(|d| d.path.to_string()).collect::<Vec<_>>(), ["all[1]"]);
    }
}
