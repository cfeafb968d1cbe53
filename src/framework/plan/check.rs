//! What Terraform would refuse, found here first: a plan that is not what was configured, a result that is not what was
//! planned. Terraform blames the provider in words of its own; these say which attribute it is.

use crate::framework::{
    diagnostic::{Diagnostic, Diagnostics},
    path::Path,
    schema::{Attribute, Shape},
    value::Value,
};

/// Whether what was done is what was planned.
pub fn check_result(planned: &Value, actual: &Value) -> Diagnostics {
    let mut found = Diagnostics::new();
    agree(planned, actual, &Path::root(), &mut found);
    found
}

fn agree(planned: &Value, actual: &Value, at: &Path, into: &mut Diagnostics) {
    let mut complain = |what: &str| {
        into.push(
            Diagnostic::error(
                "The provider did something else than it had planned",
                format!("{at}: {what}. This is a defect of the provider; please report it."),
            )
            .at(at.clone()),
        );
    };
    match (planned, actual) {
        (_, Value::Unknown(_)) => complain("the value is still unknown after the change"),
        (Value::Unknown(promise), Value::Null) if promise.null == Some(false) => complain("a value was promised"),
        (Value::Unknown(_), actual) if !actual.is_wholly_known() => complain("a part of it is still unknown"),
        (Value::Unknown(_), _) => {}
        (Value::Object(a), Value::Object(b)) => {
            for (name, value) in a {
                agree(value, b.get(name).unwrap_or(&Value::Null), &at.attribute(name), into);
            }
        }
        (Value::Map(a), Value::Map(b)) if a.keys().eq(b.keys()) => {
            a.iter().for_each(|(key, value)| agree(value, &b[key], &at.key(key), into));
        }
        (Value::List(a), Value::List(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().for_each(|(i, (a, b))| agree(a, b, &at.index(i), into));
        }
        // Elements of a set that were unknown cannot be told apart; only their number is certain, and unknown ones
        // may turn out to be equal.
        (Value::Set(a), Value::Set(b)) if !planned.is_wholly_known() => {
            if b.len() > a.len() {
                complain("there are more elements than planned");
            }
        }
        (Value::Dynamic(a), Value::Dynamic(b)) => agree(&a.1, &b.1, at, into),
        (planned, actual) if planned == actual => {}
        _ => complain("the value differs from the planned one"),
    }
}

/// Whether a plan may be shown to Terraform: what is configured must be planned, or stay as it was. Terraform checks the
/// same; elements of sets, which neither can tell apart, are counted only, and a plan may promise less of an unknown
/// value than the configuration.
pub fn check_plan(attributes: &[Attribute], config: &Value, prior: Option<&Value>, planned: &Value) -> Diagnostics {
    let mut found = Diagnostics::new();
    let (config, planned) = (config.without_promises(), planned.without_promises());
    compare_object(attributes, &config, prior, &planned, &Path::root(), &mut found);
    found
}

fn compare_object(
    attributes: &[Attribute],
    config: &Value,
    prior: Option<&Value>,
    planned: &Value,
    at: &Path,
    into: &mut Diagnostics,
) {
    for attribute in attributes {
        let name = attribute.name;
        let prior = prior.map(|prior| prior.get(name));
        compare(attribute, config.get(name), prior, planned.get(name), &at.attribute(name), into);
    }
}

fn compare(
    attribute: &Attribute,
    config: &Value,
    prior: Option<&Value>,
    planned: &Value,
    at: &Path,
    into: &mut Diagnostics,
) {
    let behaviour = &attribute.behaviour;
    let wrong = match (&attribute.shape, config, planned) {
        _ if behaviour.write_only => !planned.is_null(),
        (_, Value::Null, _) => !behaviour.computed && !planned.is_null(),
        _ if config == planned || prior == Some(planned) => false,
        (Shape::Plain(_), ..) => true,
        (Shape::Nested(_, nested), Value::Object(_), Value::Object(_)) => {
            compare_object(nested, config, prior, planned, at, into);
            false
        }
        (Shape::Nested(_, nested), Value::List(configs), Value::List(parts)) if configs.len() == parts.len() => {
            let priors: &[Value] = if let Some(Value::List(priors)) = prior { priors } else { &[] };
            for (i, (config, part)) in configs.iter().zip(parts).enumerate() {
                compare_object(nested, config, priors.get(i), part, &at.index(i), into);
            }
            false
        }
        (Shape::Nested(_, nested), Value::Map(configs), Value::Map(parts)) if configs.keys().eq(parts.keys()) => {
            for ((key, config), part) in configs.iter().zip(parts.values()) {
                let prior = if let Some(Value::Map(priors)) = prior { priors.get(key) } else { None };
                compare_object(nested, config, prior, part, &at.key(key), into);
            }
            false
        }
        (Shape::Nested(..), Value::Set(configs), Value::Set(parts)) => configs.len() != parts.len(),
        _ => true,
    };
    if wrong {
        into.push(
            Diagnostic::error(
                "The provider planned something else than was configured",
                format!("{at}: the planned value is not the configured one. This is a defect of the provider; please report it."),
            )
            .at(at.clone()),
        );
    }
}
