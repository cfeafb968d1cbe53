//! Reading the attributes of a resource out of what a client sent.
//!
//! Names are taken in any case and kept in the schema's. What the schema does not know and what clients may not set is
//! left out without a word, because clients send resources back as they got them (RFC 7644 sections 3.3 and 3.5.1).
//! `null`, an empty list and an attribute that is absent are one thing: unassigned (RFC 7643 section 2.5).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::answer::Refusal;
use super::resource_type::ResourceType;
use super::schema::{Attribute, DataType, Returned};

/// Attributes of a resource or of a complex value, by their names in the schema.
pub(super) type Members = Map<String, Value>;

/// A JSON object.
///
/// # Errors
///
/// If the body is something else.
pub(super) fn object(body: &[u8]) -> Result<Members, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Refusal::invalid_syntax("The body must be a JSON object")),
        Err(_) => Err(Refusal::invalid_syntax("The body is not valid JSON")),
    }
}

/// Refuses a message whose `schemas` does not name `urn`. Further URNs may be there.
///
/// # Errors
///
/// If it is absent, no list of strings, or one without `urn`.
pub(super) fn check_schemas(sent: &Members, urn: &str) -> Result<(), Refusal> {
    let schemas = member(sent, "schemas").and_then(Value::as_array).filter(|items| items.iter().all(Value::is_string));
    let named = |items: &Vec<Value>| items.iter().filter_map(Value::as_str).any(|item| item.eq_ignore_ascii_case(urn));
    match schemas.is_some_and(named) {
        true => Ok(()),
        false => Err(Refusal::invalid_syntax(format!("schemas must be a list with {urn}"))),
    }
}

/// A member of a message, its name in any case.
pub(super) fn member<'a>(sent: &'a Members, name: &str) -> Option<&'a Value> {
    sent.get(name).or_else(|| sent.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// The attributes of a resource as a POST or PUT describes it.
///
/// # Errors
///
/// If the schema is not named, a value has the wrong type, or a required attribute is missing.
pub(super) fn resource(kind: &ResourceType, sent: &Members) -> Result<Members, Refusal> {
    check_schemas(sent, kind.schema.urn)?;
    let mut read = Members::new();
    for (name, value) in sent {
        let Some(attribute) = kind.attribute(name) else { continue };
        if let Some(value) = assigned(attribute, value, attribute.name)? {
            read.insert(attribute.name.to_owned(), value);
        }
    }
    check(kind, &read)?;
    Ok(read)
}

/// What holds for a resource as a whole: required attributes are there, and of the values of an attribute at most one
/// is primary.
///
/// # Errors
///
/// Names the first attribute that breaks a rule.
pub(super) fn check(kind: &ResourceType, resource: &Members) -> Result<(), Refusal> {
    for attribute in kind.attributes() {
        let value = resource.get(attribute.name);
        if attribute.required && value.is_none_or(|value| value == "") {
            return Err(Refusal::invalid_value(format!("{} is required", attribute.name)));
        }
        let items = value.and_then(Value::as_array).into_iter().flatten();
        if items.filter(|item| is_primary(item)).count() > 1 {
            return Err(Refusal::invalid_value(format!("at most one of {} can be primary", attribute.name)));
        }
    }
    Ok(())
}

/// Whether one of several values is the preferred one.
pub(super) fn is_primary(item: &Value) -> bool {
    item["primary"] == json!(true)
}

/// The value that an attribute takes; none if it is unassigned, or not for clients to set, or not kept.
///
/// # Errors
///
/// If the value does not have the attribute's type. `path` is how the error names the attribute.
pub(super) fn assigned(attribute: &Attribute, sent: &Value, path: &str) -> Result<Option<Value>, Refusal> {
    if attribute.is_read_only() || sent.is_null() {
        return Ok(None);
    }
    let value = if attribute.multi_valued {
        let Value::Array(items) = sent else { return Err(mistyped(path, "a list")) };
        let mut read = Vec::with_capacity(items.len());
        for item in items {
            read.extend(single(attribute, item, path)?);
        }
        (!read.is_empty()).then_some(Value::Array(read))
    } else {
        single(attribute, sent, path)?
    };
    Ok(value.filter(|_| attribute.returned != Returned::Never))
}

/// One value; none for an object without a known member.
///
/// # Errors
///
/// If it does not have the attribute's type.
pub(super) fn single(attribute: &Attribute, sent: &Value, path: &str) -> Result<Option<Value>, Refusal> {
    let read = match (attribute.data_type, sent) {
        (DataType::Complex(_), Value::Object(members)) => {
            let read = complex(attribute, members, path)?;
            return Ok((!read.is_empty()).then_some(Value::Object(read)));
        }
        (DataType::Complex(_), _) => return Err(mistyped(path, "an object")),
        (DataType::Boolean, Value::Bool(_)) => sent.clone(),
        // Microsoft's client wrote booleans as strings for years.
        (DataType::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("true") => json!(true),
        (DataType::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("false") => json!(false),
        (DataType::Boolean, _) => return Err(mistyped(path, "a boolean")),
        (DataType::Integer, Value::Number(number)) if number.is_i64() => sent.clone(),
        (DataType::Integer, _) => return Err(mistyped(path, "a whole number")),
        (DataType::Binary, Value::String(text)) if STANDARD.decode(text).is_ok() => sent.clone(),
        (DataType::Binary, _) => return Err(mistyped(path, "a string in base64")),
        (DataType::Text | DataType::DateTime | DataType::Reference(_), Value::String(_)) => sent.clone(),
        (DataType::Text | DataType::DateTime | DataType::Reference(_), _) => return Err(mistyped(path, "a string")),
    };
    Ok(Some(read))
}

fn complex(attribute: &Attribute, sent: &Members, path: &str) -> Result<Members, Refusal> {
    let mut read = Members::new();
    for (name, value) in sent {
        let Some(part) = attribute.sub_attribute(name) else { continue };
        if let Some(value) = assigned(part, value, &below(path, part))? {
            read.insert(part.name.to_owned(), value);
        }
    }
    Ok(read)
}

/// How errors name a sub-attribute.
pub(super) fn below(path: &str, part: &Attribute) -> String {
    let separator = if path.ends_with(":User") { ':' } else { '.' };
    format!("{path}{separator}{}", part.name)
}

/// A single value as a list of one, where a list is meant: PATCH may name one value without brackets.
pub(super) fn listed<'a>(attribute: &Attribute, sent: &'a Value) -> Cow<'a, Value> {
    match sent {
        Value::Array(_) | Value::Null => Cow::Borrowed(sent),
        one if attribute.multi_valued => Cow::Owned(json!([one])),
        one => Cow::Borrowed(one),
    }
}

fn mistyped(path: &str, wanted: &str) -> Refusal {
    Refusal::invalid_value(format!("{path} must be {wanted}"))
}

#[cfg(test)]
mod tests {
    use super::super::resource_type::{GROUP, USER};
    use super::*;

    const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

    fn read(kind: &ResourceType, sent: &Value) -> Result<Value, String> {
        let sent = sent.as_object().unwrap();
        resource(kind, sent)
            .map(Value::Object)
            .map_err(|refusal| format!("{}: {}", refusal.kind.unwrap(), refusal.detail))
    }

    #[test]
    fn attributes_are_kept_by_the_names_of_the_schema() {
        let sent = json!({
            "SCHEMAS": [CORE, ENTERPRISE],
            "USERNAME": "ada@acme.example",
            "externalid": "00u1",
            "name": {"FAMILYNAME": "Lovelace", "shoeSize": 38},
            "emails": [{"Value": "ada@acme.example", "primary": true}, {}],
            "phoneNumbers": [],
            "title": null,
            "active": "True",
            "password": "plum",
            "groups": [{"value": "g1"}],
            "id": "mine",
            "meta": {"created": 7},
            "shoeSize": 38,
            ENTERPRISE.to_lowercase(): {"department": "R&D", "manager": {"value": "u2"}},
        });
        let expected = json!({
            "userName": "ada@acme.example",
            "externalId": "00u1",
            "name": {"familyName": "Lovelace"},
            "emails": [{"value": "ada@acme.example", "primary": true}],
            "active": true,
            ENTERPRISE: {"department": "R&D", "manager": {"value": "u2"}},
        });
        assert_eq!(read(&USER, &sent), Ok(expected));
    }

    #[test]
    fn what_a_resource_cannot_be_is_refused_with_its_path() {
        for (sent, refusal) in [
            (json!({"userName": "a"}), format!("invalidSyntax: schemas must be a list with {CORE}")),
            (json!({"schemas": CORE, "userName": "a"}), format!("invalidSyntax: schemas must be a list with {CORE}")),
            (json!({"schemas": [ENTERPRISE]}), format!("invalidSyntax: schemas must be a list with {CORE}")),
            (json!({"schemas": [CORE]}), "invalidValue: userName is required".into()),
            (json!({"schemas": [CORE], "userName": ""}), "invalidValue: userName is required".into()),
            (json!({"schemas": [CORE], "userName": 7}), "invalidValue: userName must be a string".into()),
            (
                json!({"schemas": [CORE], "userName": "a", "active": "yes"}),
                "invalidValue: active must be a boolean".into(),
            ),
            (
                json!({"schemas": [CORE], "userName": "a", "emails": {"value": "a"}}),
                "invalidValue: emails must be a list".into(),
            ),
            (
                json!({"schemas": [CORE], "userName": "a", "emails": ["a"]}),
                "invalidValue: emails must be an object".into(),
            ),
            (
                json!({"schemas": [CORE], "userName": "a", "emails": [{"value": {}}]}),
                "invalidValue: emails.value must be a string".into(),
            ),
            (
                json!({"schemas": [CORE], "userName": "a", "emails": [{"primary": true}, {"primary": "True"}]}),
                "invalidValue: at most one of emails can be primary".into(),
            ),
            (
                json!({"schemas": [CORE], "userName": "a", "x509Certificates": [{"value": "~"}]}),
                "invalidValue: x509Certificates.value must be a string in base64".into(),
            ),
            (
                json!({"schemas": [CORE], "userName": "a", ENTERPRISE: {"manager": {"value": 7}}}),
                format!("invalidValue: {ENTERPRISE}:manager.value must be a string"),
            ),
            (
                json!({"schemas": [CORE], "userName": "a", "password": 7}),
                "invalidValue: password must be a string".into(),
            ),
        ] {
            assert_eq!(read(&USER, &sent), Err(refusal), "{sent}");
        }
        let nameless = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "members": []});
        assert_eq!(read(&GROUP, &nameless), Err("invalidValue: displayName is required".into()));
    }
}
