//! Planning: what an object will look like. Pure functions on values.
//!
//! Terraform proposes a new state of its own, but it keeps every computed value and leaves new ones null; what is
//! planned here is made from the configuration and the prior state alone. The order is: the configuration with
//! defaults and without write-only values → computed values that may change marked unknown → the resource's own plan →
//! the paths that need a new object.

use super::{
    diagnostic::{Diagnostic, Diagnostics},
    path::Path,
    schema::{Attribute, Nesting, Replace, Shape},
    validate,
    value::Value,
};
use std::collections::{BTreeMap, BTreeSet};

mod check;

pub use check::{check_plan, check_result};

/// Paths, as text, of the attributes that the configuration set at the last apply.
///
/// It is what tells "removed from the configuration", which clears the attribute, from "never configured", which
/// leaves alone what somebody else set.
pub type Owned = BTreeSet<String>;

/// The attributes that a configuration sets.
pub fn owned(attributes: &[Attribute], config: &Value) -> Owned {
    fn walk(attributes: &[Attribute], config: &Value, at: &Path, into: &mut Owned) {
        for attribute in attributes {
            let value = config.get(attribute.name);
            if value.is_null() {
                continue;
            }
            let path = at.attribute(attribute.name);
            if let Shape::Nested(Nesting::Single, nested) = &attribute.shape {
                walk(nested, value, &path, into);
            }
            into.insert(path.to_string());
        }
    }
    let mut all = Owned::new();
    walk(attributes, config, &Path::root(), &mut all);
    all
}

/// What is planned before the resource has its say. `prior` is `None` for an object to be created.
pub fn propose(attributes: &[Attribute], config: &Value, prior: Option<&Value>, owned: &Owned) -> Value {
    let mut planned = Proposal { owned }.object(attributes, config, prior, &Path::root());
    if prior.is_some_and(|prior| *prior != planned) {
        mark_unknown(attributes, config, &mut planned);
    }
    planned
}

struct Proposal<'a> {
    owned: &'a Owned,
}

impl Proposal<'_> {
    fn object(&self, attributes: &[Attribute], config: &Value, prior: Option<&Value>, at: &Path) -> Value {
        let planned = attributes.iter().map(|attribute| {
            let name = attribute.name;
            let value = self.attribute(attribute, config.get(name), prior.map(|p| p.get(name)), &at.attribute(name));
            (name.to_owned(), value)
        });
        Value::Object(planned.collect())
    }

    fn attribute(&self, attribute: &Attribute, config: &Value, prior: Option<&Value>, at: &Path) -> Value {
        let behaviour = &attribute.behaviour;
        if behaviour.write_only {
            return Value::Null;
        }
        match (config, &attribute.shape) {
            (Value::Unknown(_), _) => config.clone(),
            (Value::Null, _) => self.unset(attribute, prior, at),
            (_, Shape::Nested(nesting, nested)) => self.nested(*nesting, nested, config, prior, at),
            (_, Shape::Plain(_)) => match (behaviour.same, prior) {
                (Some(same), Some(prior)) if !prior.is_null() && same(config, prior) => prior.clone(),
                _ => config.clone(),
            },
        }
    }

    fn unset(&self, attribute: &Attribute, prior: Option<&Value>, at: &Path) -> Value {
        let behaviour = &attribute.behaviour;
        match (&behaviour.default, prior) {
            _ if !behaviour.computed => Value::Null,
            (Some(default), _) => default.clone(),
            (None, None) => behaviour.initial.clone().unwrap_or_else(Value::unknown),
            (None, Some(prior)) => match &behaviour.cleared {
                Some(cleared) if self.owned.contains(&at.to_string()) => cleared.clone(),
                _ => prior.clone(),
            },
        }
    }

    fn nested(
        &self,
        nesting: Nesting,
        attributes: &[Attribute],
        config: &Value,
        prior: Option<&Value>,
        at: &Path,
    ) -> Value {
        let prior = prior.filter(|p| !p.is_null() && !p.is_unknown());
        let element = |config: &Value, prior: Option<&Value>, at: &Path| match config {
            Value::Object(_) => self.object(attributes, config, prior, at),
            other => other.clone(),
        };
        match (nesting, config) {
            (Nesting::Single, config) => element(config, prior, at),
            (_, Value::List(items)) => {
                let priors: &[Value] = if let Some(Value::List(priors)) = prior { priors } else { &[] };
                let planned = items.iter().enumerate().map(|(i, item)| element(item, priors.get(i), &at.index(i)));
                Value::List(planned.collect())
            }
            (_, Value::Map(items)) => {
                let empty = BTreeMap::new();
                let priors = if let Some(Value::Map(priors)) = prior { priors } else { &empty };
                let planned = items.iter().map(|(k, item)| (k.clone(), element(item, priors.get(k), &at.key(k))));
                Value::Map(planned.collect())
            }
            (_, Value::Set(items)) => {
                let priors: &[Value] = if let Some(Value::Set(priors)) = prior { priors } else { &[] };
                let at = at.element();
                let planned = items.iter().map(|item| element(item, priors.iter().find(|p| covers(p, item)), &at));
                Value::Set(planned.collect())
            }
            (_, other) => other.clone(),
        }
    }
}

/// Whether a prior set element is the one that a configured element describes: equal in all that is configured.
fn covers(prior: &Value, config: &Value) -> bool {
    let (Some(prior), Some(config)) = (prior.as_object(), config.as_object()) else { return prior == config };
    config.iter().all(|(name, value)| value.is_null() || prior.get(name) == Some(value))
}

/// Marks computed values that nobody configured and that do not keep as "known after apply".
pub(super) fn mark_unknown(attributes: &[Attribute], config: &Value, planned: &mut Value) {
    let Value::Object(object) = planned else { return };
    for attribute in attributes {
        let Some(value) = object.get_mut(attribute.name) else { continue };
        let config = config.get(attribute.name);
        let behaviour = &attribute.behaviour;
        if config.is_null() {
            if behaviour.computed && !behaviour.keep && behaviour.default.is_none() {
                *value = Value::unknown();
            }
            continue;
        }
        let Shape::Nested(_, nested) = &attribute.shape else { continue };
        match (config, value) {
            (Value::Object(_), value) => mark_unknown(nested, config, value),
            (Value::List(configs), Value::List(values)) | (Value::Set(configs), Value::Set(values)) => {
                configs.iter().zip(values).for_each(|(config, value)| mark_unknown(nested, config, value));
            }
            (Value::Map(configs), Value::Map(values)) => {
                configs.values().zip(values.values_mut()).for_each(|(c, v)| mark_unknown(nested, c, v));
            }
            _ => {}
        }
    }
}

/// The attributes whose change needs a new object.
pub fn replacements(attributes: &[Attribute], prior: &Value, planned: &Value) -> Vec<Path> {
    fn walk(attributes: &[Attribute], prior: &Value, planned: &Value, at: &Path, into: &mut Vec<Path>) {
        for attribute in attributes {
            let (was, will) = (prior.get(attribute.name), planned.get(attribute.name));
            if was == will {
                continue;
            }
            let path = at.attribute(attribute.name);
            match (attribute.behaviour.replace, &attribute.shape) {
                (Replace::Always, _) => into.push(path),
                (Replace::UnlessNull, _) if !was.is_null() => into.push(path),
                (_, Shape::Nested(Nesting::Single, nested)) => walk(nested, was, will, &path, into),
                _ => {}
            }
        }
    }
    let mut paths = Vec::new();
    walk(attributes, prior, planned, &Path::root(), &mut paths);
    paths
}

/// Why attributes at the top whose change needs a new object need one, for those that say so.
pub fn replacement_reasons(attributes: &[Attribute], type_name: &str, paths: &[Path]) -> Diagnostics {
    let reason = |attribute: &Attribute| {
        let path = Path::root().attribute(attribute.name);
        let reason = attribute.behaviour.replace_reason.filter(|_| paths.contains(&path))?;
        let summary = format!("Another {} makes a new {type_name}", attribute.name);
        Some(Diagnostic::warning(summary, reason).at(path))
    };
    attributes.iter().filter_map(reason).collect()
}

/// Keeps the spelling of `before` wherever `after` says the same thing in other words: what the attribute calls
/// [`same`](super::schema::Behaviour::same), empty against null, `false` against a switch nobody set. Used on what a
/// read or an apply returns, since any other spelling would be a change to Terraform.
pub fn settle(attributes: &[Attribute], before: &Value, after: Value) -> Value {
    let Value::Object(mut object) = after else { return after };
    for attribute in attributes {
        if let Some(value) = object.get_mut(attribute.name) {
            *value = settle_attribute(attribute, before.get(attribute.name), std::mem::take(value));
        }
    }
    Value::Object(object)
}

fn settle_attribute(attribute: &Attribute, before: &Value, after: Value) -> Value {
    let behaviour = &attribute.behaviour;
    let configurable = behaviour.configurable();
    let empty = |v: &Value| match v {
        Value::List(items) | Value::Set(items) => items.is_empty(),
        Value::Map(items) => items.is_empty(),
        _ => false,
    };
    match (before, &after, &attribute.shape) {
        (Value::Unknown(_), _, _) => after,
        (Value::Null, Value::Bool(false), _) if configurable => Value::Null,
        (Value::Null, after, _) if configurable && empty(after) => Value::Null,
        (before, Value::Null, _) if empty(before) => before.clone(),
        (Value::Object(_), Value::Object(_), Shape::Nested(Nesting::Single, nested)) => settle(nested, before, after),
        (Value::List(befores), Value::List(afters), Shape::Nested(Nesting::List, nested))
            if befores.len() == afters.len() =>
        {
            Value::List(befores.iter().zip(afters).map(|(b, a)| settle(nested, b, a.clone())).collect())
        }
        (before, after, _) if !before.is_null() && behaviour.same.is_some_and(|same| same(before, after)) => {
            before.clone()
        }
        _ => after,
    }
}

/// A configuration that would produce `state`: nothing that only the provider sets, nothing write-only, and no optional
/// value that validation would refuse, since services hold values that no configuration may ask for. What is left out
/// stays as it is.
pub fn configuration_of(attributes: &[Attribute], state: &Value) -> Value {
    let Value::Object(object) = state else { return state.clone() };
    let config = attributes.iter().map(|attribute| {
        let value = object.get(attribute.name).unwrap_or(&Value::Null);
        let behaviour = &attribute.behaviour;
        let omitted = !behaviour.configurable() || behaviour.write_only || behaviour.deprecated.is_some();
        let value = match (&attribute.shape, value) {
            _ if omitted => Value::Null,
            (Shape::Nested(_, nested), Value::Object(_)) => configuration_of(nested, value),
            (Shape::Nested(_, nested), Value::List(items)) => {
                Value::List(items.iter().map(|item| configuration_of(nested, item)).collect())
            }
            (Shape::Nested(_, nested), Value::Set(items)) => {
                Value::Set(items.iter().map(|item| configuration_of(nested, item)).collect())
            }
            (Shape::Nested(Nesting::Map, nested), Value::Map(items)) => {
                Value::Map(items.iter().map(|(k, item)| (k.clone(), configuration_of(nested, item))).collect())
            }
            (_, value) => value.clone(),
        };
        let value = if behaviour.required || validate::accepts(attribute, &value) { value } else { Value::Null };
        (attribute.name.to_owned(), value)
    });
    Value::Object(config.collect())
}

/// `value` without its write-only values, which are found in configurations and nowhere else. Terraform forgets an
/// object whose new state holds one.
pub fn without_write_only(attributes: &[Attribute], value: Value) -> Value {
    let Value::Object(mut object) = value else { return value };
    for attribute in attributes {
        let Some(value) = object.get_mut(attribute.name) else { continue };
        if attribute.behaviour.write_only {
            *value = Value::Null;
        } else if let Shape::Nested(_, nested) = &attribute.shape {
            *value = match std::mem::take(value) {
                Value::List(items) => Value::List(items.into_iter().map(|i| without_write_only(nested, i)).collect()),
                Value::Set(items) => Value::Set(items.into_iter().map(|i| without_write_only(nested, i)).collect()),
                Value::Map(items) => {
                    Value::Map(items.into_iter().map(|(k, i)| (k, without_write_only(nested, i))).collect())
                }
                value => without_write_only(nested, value),
            };
        }
    }
    Value::Object(object)
}

/// `value` with everything unknown made null, for a state that must be saved although the change broke off.
pub fn known_part(value: Value) -> Value {
    match value {
        Value::Unknown(_) => Value::Null,
        Value::Object(items) => Value::Object(items.into_iter().map(|(k, v)| (k, known_part(v))).collect()),
        Value::Map(items) => Value::Map(items.into_iter().map(|(k, v)| (k, known_part(v))).collect()),
        Value::List(items) => Value::List(items.into_iter().map(known_part).collect()),
        Value::Set(items) => Value::Set(items.into_iter().filter(|v| !v.is_unknown()).map(known_part).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
