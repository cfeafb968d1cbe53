//! Terraform's types, and the JSON in which the protocol writes them.

use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A type constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// An exact number.
    Number,
    /// Unicode text in normal form C.
    String,
    /// Any type; the value carries it.
    Dynamic,
    /// A sequence.
    List(Box<Type>),
    /// A sequence without order or duplicates.
    Set(Box<Type>),
    /// Text keys to values of one type.
    Map(Box<Type>),
    /// Named attributes, each of its own type.
    Object(BTreeMap<String, Type>),
    /// A fixed number of values, each of its own type.
    Tuple(Vec<Type>),
}

/// JSON that is no type.
#[derive(Debug, thiserror::Error)]
#[error("not a type: {0}")]
pub struct InvalidType(String);

impl Type {
    /// A list of `element`.
    pub fn list(element: Type) -> Self {
        Self::List(Box::new(element))
    }

    /// A set of `element`.
    pub fn set(element: Type) -> Self {
        Self::Set(Box::new(element))
    }

    /// A map to `element`.
    pub fn map(element: Type) -> Self {
        Self::Map(Box::new(element))
    }

    /// The JSON form, as schemas and dynamic values carry it: `"string"`, `["list","bool"]`, `["object",{…}]`.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Bool => "bool".into(),
            Self::Number => "number".into(),
            Self::String => "string".into(),
            Self::Dynamic => "dynamic".into(),
            Self::List(t) => Json::Array(vec!["list".into(), t.to_json()]),
            Self::Set(t) => Json::Array(vec!["set".into(), t.to_json()]),
            Self::Map(t) => Json::Array(vec!["map".into(), t.to_json()]),
            Self::Object(a) => Json::Array(vec![
                "object".into(),
                Json::Object(a.iter().map(|(k, t)| (k.clone(), t.to_json())).collect()),
            ]),
            Self::Tuple(ts) => Json::Array(vec!["tuple".into(), ts.iter().map(Self::to_json).collect()]),
        }
    }

    /// Reads the JSON form. A third element of `["object", …]`, the optional attributes, is accepted and ignored.
    pub fn from_json(json: &Json) -> Result<Self, InvalidType> {
        let bad = || InvalidType(json.to_string());
        match json {
            Json::String(name) => match name.as_str() {
                "bool" => Ok(Self::Bool),
                "number" => Ok(Self::Number),
                "string" => Ok(Self::String),
                "dynamic" => Ok(Self::Dynamic),
                _ => Err(bad()),
            },
            Json::Array(parts) => {
                let kind = parts.first().and_then(Json::as_str).ok_or_else(bad)?;
                let of = parts.get(1).ok_or_else(bad)?;
                match (kind, of) {
                    ("list", of) => Ok(Self::list(Self::from_json(of)?)),
                    ("set", of) => Ok(Self::set(Self::from_json(of)?)),
                    ("map", of) => Ok(Self::map(Self::from_json(of)?)),
                    ("object", Json::Object(attributes)) => attributes
                        .iter()
                        .map(|(k, t)| Ok((k.clone(), Self::from_json(t)?)))
                        .collect::<Result<_, _>>()
                        .map(Self::Object),
                    ("tuple", Json::Array(items)) => {
                        items.iter().map(Self::from_json).collect::<Result<_, _>>().map(Self::Tuple)
                    }
                    _ => Err(bad()),
                }
            }
            _ => Err(bad()),
        }
    }

    /// What a person calls it, in error messages.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Bool => "a bool",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Dynamic => "a value",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Object(_) => "an object",
            Self::Tuple(_) => "a tuple",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_both_ways() {
        for json in [
            json!("dynamic"),
            json!(["list", ["set", "bool"]]),
            json!(["object", { "a": ["tuple", ["number", "string"]], "b": ["map", "string"] }]),
        ] {
            assert_eq!(Type::from_json(&json).unwrap().to_json(), json);
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for json in [json!("text"), json!([]), json!(["list"]), json!(["object", []]), json!(4), json!(["list", 4])] {
            assert!(Type::from_json(&json).is_err(), "{json}");
        }
    }
}
