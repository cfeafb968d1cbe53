//! Values as state files hold them: JSON, led by the type.

use super::{
    msgpack::CodecError,
    number::Number,
    path::Path,
    types::Type,
    value::{Value, normal_form},
};
use serde_json::Value as Json;

fn fail<T>(path: &Path, message: impl Into<String>) -> Result<T, CodecError> {
    Err(CodecError { path: path.clone(), message: message.into() })
}

/// Reads a value of type `ty` out of a state file. Attributes that the type does not have are dropped, since an older
/// provider may have written them; missing ones are null.
pub fn decode(json: &Json, ty: &Type) -> Result<Value, CodecError> {
    get(json, ty, &Path::root())
}

fn get(json: &Json, ty: &Type, path: &Path) -> Result<Value, CodecError> {
    match (json, ty) {
        (Json::Null, _) => Ok(Value::Null),
        (Json::Bool(b), Type::Bool) => Ok(Value::Bool(*b)),
        (Json::Number(n), Type::Number) => number(&n.to_string(), path),
        (Json::String(text), Type::Number) => number(text, path),
        (Json::String(text), Type::String) => Ok(Value::string(text.as_str())),
        // State files of old providers hold bools and numbers where the schema has since become text.
        (Json::Bool(b), Type::String) => Ok(Value::string(b.to_string())),
        (Json::Number(n), Type::String) => Ok(Value::string(n.to_string())),
        (Json::Array(items), Type::List(element)) => items
            .iter()
            .enumerate()
            .map(|(i, item)| get(item, element, &path.index(i)))
            .collect::<Result<_, _>>()
            .map(Value::List),
        (Json::Array(items), Type::Set(element)) => {
            let at = path.element();
            items.iter().map(|item| get(item, element, &at)).collect::<Result<_, _>>().map(Value::Set)
        }
        (Json::Array(items), Type::Tuple(types)) if items.len() == types.len() => items
            .iter()
            .zip(types)
            .enumerate()
            .map(|(i, (item, ty))| get(item, ty, &path.index(i)))
            .collect::<Result<_, _>>()
            .map(Value::List),
        (Json::Object(entries), Type::Map(element)) => entries
            .iter()
            .map(|(key, item)| Ok((normal_form(key.as_str()), get(item, element, &path.key(key))?)))
            .collect::<Result<_, _>>()
            .map(Value::Map),
        (Json::Object(entries), Type::Object(attributes)) => attributes
            .iter()
            .map(|(name, ty)| {
                let value = entries.get(name).map_or(Ok(Value::Null), |item| get(item, ty, &path.attribute(name)))?;
                Ok((name.clone(), value))
            })
            .collect::<Result<_, _>>()
            .map(Value::Object),
        (Json::Object(entries), Type::Dynamic) => {
            let (Some(ty), Some(value)) = (entries.get("type"), entries.get("value")) else {
                return fail(path, "expected a type and a value");
            };
            let ty = Type::from_json(ty).or_else(|e| fail(path, e.to_string()))?;
            let value = get(value, &ty, path)?;
            Ok(Value::Dynamic(Box::new((ty, value))))
        }
        _ => fail(path, format!("expected {}", ty.noun())),
    }
}

fn number(text: &str, path: &Path) -> Result<Value, CodecError> {
    match text.parse::<Number>() {
        Ok(number) => Ok(Value::Number(number)),
        Err(e) => fail(path, e.to_string()),
    }
}

/// Writes a value as state files hold it. Unknown values, which state never holds, become null.
pub fn encode(value: &Value) -> Json {
    match value {
        Value::Null | Value::Unknown(_) => Json::Null,
        Value::Bool(b) => Json::Bool(*b),
        Value::Number(n) => serde_json::from_str(&n.to_string()).unwrap_or(Json::Null),
        Value::String(text) => Json::String(text.clone()),
        Value::List(items) | Value::Set(items) => items.iter().map(encode).collect(),
        Value::Map(entries) | Value::Object(entries) => {
            Json::Object(entries.iter().map(|(k, v)| (k.clone(), encode(v))).collect())
        }
        Value::Dynamic(inner) => {
            let mut entries = serde_json::Map::new();
            entries.insert("type".into(), inner.0.to_json());
            entries.insert("value".into(), encode(&inner.1));
            Json::Object(entries)
        }
    }
}

#[cfg(test)]
mod tests;
