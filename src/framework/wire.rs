//! The bridge between the framework's ideas and the generated types of the protocol.

use super::{
    diagnostic::{Diagnostic, Diagnostics, Result, Severity},
    function::{Definition, FunctionError, Parameter},
    json,
    msgpack::{self, CodecError},
    path::{Path, Step},
    schema::{Attribute, Nesting, Schema, Shape},
    types::Type,
    value::Value,
};
use crate::proto::tfplugin6 as pb;

fn broken(error: CodecError) -> Diagnostics {
    Diagnostic::error(
        "The message does not fit the schema",
        format!(
            "{error}. Terraform and the provider disagree about the schema; is another version of the provider still \
             in use?"
        ),
    )
    .at(error.path)
    .into()
}

/// Reads a value. Absent ones are null; JSON is read where there is no MessagePack.
pub(super) fn value(from: Option<&pb::DynamicValue>, ty: &Type) -> Result<Value> {
    let Some(dynamic) = from else { return Ok(Value::Null) };
    if !dynamic.msgpack.is_empty() {
        return msgpack::decode(&dynamic.msgpack, ty).map_err(broken);
    }
    if dynamic.json.is_empty() {
        return Ok(Value::Null);
    }
    json::decode(&parse(&dynamic.json)?, ty).map_err(broken)
}

/// Reads JSON text.
pub(super) fn parse(bytes: &[u8]) -> Result<serde_json::Value> {
    serde_json::from_slice(bytes).map_err(|error| {
        Diagnostic::error("The message is not JSON", format!("{error}. The state may be damaged.")).into()
    })
}

/// Writes a value.
pub(super) fn dynamic(value: &Value, ty: &Type) -> Result<pb::DynamicValue> {
    let msgpack = msgpack::encode(value, ty).map_err(|error| {
        Diagnostics::from(
            Diagnostic::error(
                "The provider made a value that does not fit its schema",
                format!("{error}. This is a defect of the provider; please report it."),
            )
            .at(error.path),
        )
    })?;
    Ok(pb::DynamicValue { msgpack, json: Vec::new() })
}

/// Writes the state of an object that exists. Attributes whose value does not fit the schema are a defect that must not
/// cost the object: they are left out, with an error for the first of them.
pub(super) fn whatever_fits(state: &Value, ty: &Type) -> (pb::DynamicValue, Diagnostics) {
    let errors = match dynamic(state, ty) {
        Ok(written) => return (written, Diagnostics::new()),
        Err(errors) => errors,
    };
    let Type::Object(attributes) = ty else { return (pb::DynamicValue::default(), errors) };
    let fitting = attributes.iter().filter_map(|(name, ty)| {
        let value = state.get(name);
        msgpack::encode(value, ty).is_ok().then(|| (name.clone(), value.clone()))
    });
    (dynamic(&Value::Object(fitting.collect()), ty).unwrap_or_default(), errors)
}

/// Writes errors and warnings.
pub(super) fn diagnostics(from: Diagnostics) -> Vec<pb::Diagnostic> {
    from.into_iter()
        .map(|d| pb::Diagnostic {
            severity: match d.severity {
                Severity::Error => pb::diagnostic::Severity::Error,
                Severity::Warning => pb::diagnostic::Severity::Warning,
            } as i32,
            summary: d.summary,
            detail: d.detail,
            attribute: (!d.path.is_root()).then(|| path(&d.path)),
        })
        .collect()
}

/// Writes a path, as far as the protocol can follow it: not into sets.
pub(super) fn path(from: &Path) -> pb::AttributePath {
    use pb::attribute_path::{Step as Wire, step::Selector};
    let steps = from.steps().iter().map_while(|step| {
        Some(match step {
            Step::Attribute(name) => Selector::AttributeName(name.clone()),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
            Step::Index(index) => Selector::ElementKeyInt(*index),
            Step::Element => return None,
        })
    });
    pb::AttributePath { steps: steps.map(|selector| Wire { selector: Some(selector) }).collect() }
}

fn type_bytes(ty: &Type) -> Vec<u8> {
    ty.to_json().to_string().into_bytes()
}

/// Writes a schema.
pub(super) fn schema(from: &Schema) -> pb::Schema {
    pb::Schema {
        version: from.version,
        block: Some(pb::schema::Block {
            version: from.version,
            attributes: from.attributes.iter().map(attribute).collect(),
            description: from.doc.clone(),
            description_kind: pb::StringKind::Markdown as i32,
            ..Default::default()
        }),
    }
}

fn attribute(from: &Attribute) -> pb::schema::Attribute {
    let behaviour = &from.behaviour;
    let (ty, nested) = match &from.shape {
        Shape::Plain(ty) => (type_bytes(ty), None),
        Shape::Nested(nesting, attributes) => {
            use pb::schema::object::NestingMode;
            let nesting = match nesting {
                Nesting::Single => NestingMode::Single,
                Nesting::List => NestingMode::List,
                Nesting::Set => NestingMode::Set,
                Nesting::Map => NestingMode::Map,
            };
            let object = pb::schema::Object {
                attributes: attributes.iter().map(attribute).collect(),
                nesting: nesting as i32,
                ..Default::default()
            };
            (Vec::new(), Some(object))
        }
    };
    pb::schema::Attribute {
        name: from.name.to_owned(),
        r#type: ty,
        nested_type: nested,
        description: from.doc.clone(),
        required: behaviour.required,
        optional: behaviour.optional,
        computed: behaviour.computed,
        sensitive: behaviour.sensitive,
        description_kind: pb::StringKind::Markdown as i32,
        deprecated: behaviour.deprecated.is_some(),
        write_only: behaviour.write_only,
        deprecation_message: behaviour.deprecated.unwrap_or_default().to_owned(),
    }
}

/// Writes what identifies an object. Attributes that a configuration must set are needed for import, those that it may
/// set are not.
pub(super) fn identity_schema(from: &Schema) -> pb::ResourceIdentitySchema {
    pb::ResourceIdentitySchema {
        version: from.version,
        identity_attributes: from
            .attributes
            .iter()
            .map(|a| pb::resource_identity_schema::IdentityAttribute {
                name: a.name.to_owned(),
                r#type: type_bytes(&a.shape.ty()),
                required_for_import: a.behaviour.required,
                optional_for_import: a.behaviour.optional,
                description: a.doc.clone(),
            })
            .collect(),
    }
}

/// Writes a function's signature.
pub(super) fn function(from: &Definition) -> pb::Function {
    pb::Function {
        parameters: from.parameters.iter().map(parameter).collect(),
        variadic_parameter: from.variadic.as_ref().map(parameter),
        r#return: Some(pb::function::Return { r#type: type_bytes(&from.returns) }),
        summary: from.summary.to_owned(),
        description: from.doc.to_owned(),
        description_kind: pb::StringKind::Markdown as i32,
        deprecation_message: String::new(),
    }
}

fn parameter(from: &Parameter) -> pb::function::Parameter {
    pb::function::Parameter {
        name: from.name.to_owned(),
        r#type: type_bytes(&from.ty),
        allow_null_value: from.allow_null,
        allow_unknown_values: from.allow_unknown,
        description: from.doc.to_owned(),
        description_kind: pb::StringKind::Markdown as i32,
    }
}

/// Writes why a function has no result.
pub(super) fn function_error(from: FunctionError) -> pb::FunctionError {
    pb::FunctionError {
        text: from.text,
        function_argument: from.argument.map(|index| i64::try_from(index).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_end_at_a_set() {
        let wire = path(&Path::root().attribute("groups").element().attribute("id"));
        assert_eq!(wire.steps.len(), 1);
    }

    #[test]
    fn absent_values_are_null_and_json_is_read() {
        assert_eq!(value(None, &Type::String).unwrap(), Value::Null);
        assert_eq!(value(Some(&pb::DynamicValue::default()), &Type::String).unwrap(), Value::Null);
        let json = pb::DynamicValue { json: br#""x""#.to_vec(), ..Default::default() };
        assert_eq!(value(Some(&json), &Type::String).unwrap(), Value::string("x"));
    }

    #[test]
    fn broken_messages_are_diagnostics() {
        let garbage = pb::DynamicValue { msgpack: vec![0xc1], ..Default::default() };
        assert!(value(Some(&garbage), &Type::Bool).unwrap_err().has_errors());
        assert!(dynamic(&Value::Bool(true), &Type::String).unwrap_err().has_errors());
    }

    #[test]
    fn an_object_is_written_without_what_does_not_fit() {
        let ty = Type::Object([("id".to_owned(), Type::String), ("on".to_owned(), Type::Bool)].into());
        let state = |on| Value::Object([("id".to_owned(), Value::string("1")), ("on".to_owned(), on)].into());
        let (written, errors) = whatever_fits(&state(Value::string("yes")), &ty);
        assert_eq!(value(Some(&written), &ty).unwrap(), state(Value::Null));
        assert_eq!(errors.iter().map(|error| error.path.to_string()).collect::<Vec<_>>(), ["on"]);
        let (written, errors) = whatever_fits(&state(Value::Bool(true)), &ty);
        assert_eq!(value(Some(&written), &ty).unwrap(), state(Value::Bool(true)));
        assert!(errors.is_empty());
    }
}
