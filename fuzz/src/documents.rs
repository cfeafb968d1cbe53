//! JSON that somebody tampered with.

use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};

/// Changes something, somewhere.
pub fn spoil(u: &mut Unstructured<'_>, document: &mut Value) -> Result<()> {
    let inner = match document {
        Value::Array(items) if !items.is_empty() && u.ratio(7, 8)? => {
            let at = u.choose_index(items.len())?;
            items.get_mut(at)
        }
        Value::Object(fields) if !fields.is_empty() && u.ratio(7, 8)? => {
            let at = u.choose_index(fields.len())?;
            fields.values_mut().nth(at)
        }
        _ => None,
    };
    match inner {
        Some(inner) => spoil(u, inner),
        None => change(u, document),
    }
}

fn change(u: &mut Unstructured<'_>, value: &mut Value) -> Result<()> {
    match (u.int_in_range(0..=11)?, &mut *value) {
        (0, _) => *value = Value::Null,
        (1, _) => *value = json!({}),
        (2, _) => *value = json!([]),
        (3, Value::Object(fields)) => {
            let at = u.choose_index(fields.len().max(1))?;
            if let Some(name) = fields.keys().nth(at).cloned() {
                fields.shift_remove(&name);
            }
        }
        (4, Value::Array(items)) => {
            if let Some(first) = items.first().cloned() {
                items.extend(std::iter::repeat_n(first, 300));
            }
        }
        (5, _) => *value = Value::String("x".repeat(70_000)),
        (6, _) => *value = nested(120),
        (7, _) => *value = serde_json::from_str(u.choose(&NUMBERS)?).unwrap_or_default(),
        (8, Value::String(text)) => {
            let cut = u.choose_index(text.len() + 1)?;
            if text.is_char_boundary(cut) {
                text.truncate(cut);
            }
            text.push_str(u.arbitrary()?);
        }
        (9, inner) => {
            let inner = inner.take();
            *value = Value::Array(vec![inner]);
        }
        (10, _) => *value = Value::Bool(u.arbitrary()?),
        _ => *value = any(u, 3)?,
    }
    Ok(())
}

/// Numbers that do not fit into the usual types.
const NUMBERS: [&str; 8] = ["-1", "0", "1e400", "1e-400", "18446744073709551615", "18446744073709551616", "0.5", "-0"];

fn nested(depth: usize) -> Value {
    (0..depth).fold(Value::Null, |inner, i| if i % 2 == 0 { json!([inner]) } else { json!({"a": inner}) })
}

/// Any JSON.
pub fn any(u: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    Ok(match u.int_in_range(0..=if depth == 0 { 3 } else { 5 })? {
        0 => Value::Null,
        1 => Value::Bool(u.arbitrary()?),
        2 => json!(u.arbitrary::<i32>()?),
        3 => Value::String(u.arbitrary::<&str>()?.to_owned()),
        4 => (0..u.int_in_range(0..=3)?).map(|_| any(u, depth - 1)).collect::<Result<_>>()?,
        _ => {
            let mut fields = Map::new();
            for _ in 0..u.int_in_range(0..=3)? {
                fields.insert(u.choose(&FIELDS)?.to_string(), any(u, depth - 1)?);
            }
            Value::Object(fields)
        }
    })
}

/// Names that both vendors use.
const FIELDS: [&str; 24] = [
    "id",
    "result",
    "success",
    "errors",
    "messages",
    "code",
    "message",
    "errorCode",
    "errorSummary",
    "errorCauses",
    "name",
    "label",
    "status",
    "settings",
    "credentials",
    "config",
    "scim_config",
    "enabled",
    "secret",
    "_links",
    "href",
    "profile",
    "result_info",
    "total_count",
];
