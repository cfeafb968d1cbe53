//! OpenAPI 3.0's dialect of JSON Schema, turned into draft 4, from which it derives.

use serde_json::{Map, Value, json};

/// Members whose value is data, not schema.
const DATA: &[&str] = &["example", "examples", "default", "enum", "required"];

/// Members whose value maps names of the document's own to schemas.
const NAMED: &[&str] = &["properties", "patternProperties", "definitions"];

/// The schema with `nullable` and `discriminator` spelt out, and with what only people read left out.
pub(super) fn from_openapi(schema: Value) -> Value {
    match schema {
        Value::Object(members) => object(members),
        Value::Array(items) => Value::Array(items.into_iter().map(from_openapi).collect()),
        other => other,
    }
}

fn object(members: Map<String, Value>) -> Value {
    let nullable = members.get("nullable") == Some(&json!(true));
    let choices = choices(&members);
    let mut schema = Map::new();
    for (name, value) in members {
        match name.as_str() {
            "nullable" | "discriminator" | "example" | "examples" | "xml" | "externalDocs" => {}
            "oneOf" if choices.is_some() => {}
            _ if name.starts_with("x-") => {}
            _ if DATA.contains(&name.as_str()) => drop(schema.insert(name, value)),
            _ if NAMED.contains(&name.as_str()) => drop(schema.insert(name, named(value))),
            _ => drop(schema.insert(name, from_openapi(value))),
        }
    }
    if let Some(choices) = choices {
        schema.insert("anyOf".into(), choices);
    }
    let schema = Value::Object(schema);
    if nullable { json!({"anyOf": [{"enum": [null]}, schema]}) } else { schema }
}

fn named(schemas: Value) -> Value {
    match schemas {
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, schema)| (name, from_openapi(schema))).collect())
        }
        other => other,
    }
}

/// `oneOf` with a discriminator: the member named by it decides which schema holds, so each choice says its value.
fn choices(members: &Map<String, Value>) -> Option<Value> {
    members.get("oneOf")?;
    let discriminator = members.get("discriminator")?;
    let property = discriminator.get("propertyName")?.as_str()?;
    let mapping = discriminator.get("mapping")?.as_object()?;
    let choices = mapping.iter().map(|(value, reference)| {
        json!({"allOf": [
            {"$ref": reference},
            {"required": [property], "properties": {property: {"enum": [value]}}},
        ]})
    });
    Some(choices.collect())
}

#[test]
fn nullable_and_discriminators_become_plain_schemas() {
    let schema = from_openapi(json!({
        "$schema": "http://json-schema.org/draft-04/schema#",
        "components": {"cat": {"properties": {"lives": {"type": "integer", "nullable": true}}}, "dog": {}},
        "oneOf": [{"$ref": "#/components/cat"}, {"$ref": "#/components/dog"}],
        "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/cat", "dog": "#/components/dog"}},
    }));
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&json!({"kind": "cat", "lives": 9})));
    assert!(validator.is_valid(&json!({"kind": "cat", "lives": null})));
    assert!(!validator.is_valid(&json!({"kind": "cat", "lives": "nine"})));
    assert!(validator.is_valid(&json!({"kind": "dog", "lives": "nine"})));
    assert!(!validator.is_valid(&json!({"kind": "cow"})));
}
