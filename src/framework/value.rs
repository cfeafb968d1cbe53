//! Terraform's values: null, unknown, or known.

use super::number::Number;
use std::{collections::BTreeMap, fmt};
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// What is promised of a value that is not known yet. An empty one promises nothing.
///
/// Terraform passes such promises along (`startswith(id, "ab-")` can be known at plan time because of them), and holds
/// a provider that repeats one to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refinement {
    /// `Some(false)`: certainly not null. `Some(true)`: certainly null.
    pub null: Option<bool>,
    /// What the text begins with.
    pub prefix: Option<String>,
    /// The smallest number, and whether that number itself is possible.
    pub minimum: Option<(Number, bool)>,
    /// The largest number, and whether that number itself is possible.
    pub maximum: Option<(Number, bool)>,
    /// The smallest number of elements.
    pub minimum_length: Option<i64>,
    /// The largest number of elements.
    pub maximum_length: Option<i64>,
}

impl Refinement {
    /// Whether it promises nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A value of some [`Type`](super::types::Type).
///
/// `Debug` prints the shape and never the content, since any string may be a secret.
#[derive(Clone, Default)]
pub enum Value {
    /// No value.
    #[default]
    Null,
    /// A value that is not known yet.
    Unknown(Box<Refinement>),
    /// `true` or `false`.
    Bool(bool),
    /// An exact number.
    Number(Number),
    /// Text in normal form C; [`Value::string`] makes it so.
    String(String),
    /// A list, or a tuple.
    List(Vec<Value>),
    /// A set; equality ignores order.
    Set(Vec<Value>),
    /// A map.
    Map(BTreeMap<String, Value>),
    /// An object.
    Object(BTreeMap<String, Value>),
    /// A value that carries its type.
    Dynamic(Box<(super::types::Type, Value)>),
}

impl Value {
    /// Text, in normal form C: Terraform normalises every string it reads, so anything else would come back changed.
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(normal_form(text))
    }

    /// Unknown, with nothing promised.
    pub fn unknown() -> Self {
        Self::Unknown(Box::default())
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it is unknown as a whole.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// Whether nothing in it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::List(items) | Self::Set(items) => items.iter().all(Self::is_wholly_known),
            Self::Map(items) | Self::Object(items) => items.values().all(Self::is_wholly_known),
            Self::Dynamic(inner) => inner.1.is_wholly_known(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
        }
    }

    /// The same with nothing promised of what is unknown.
    pub fn without_promises(&self) -> Self {
        let each = |items: &[Self]| items.iter().map(Self::without_promises).collect();
        let named =
            |items: &BTreeMap<String, Self>| items.iter().map(|(k, v)| (k.clone(), v.without_promises())).collect();
        match self {
            Self::Unknown(_) => Self::unknown(),
            Self::List(items) => Self::List(each(items)),
            Self::Set(items) => Self::Set(each(items)),
            Self::Map(items) => Self::Map(named(items)),
            Self::Object(items) => Self::Object(named(items)),
            Self::Dynamic(inner) => Self::Dynamic(Box::new((inner.0.clone(), inner.1.without_promises()))),
            known => known.clone(),
        }
    }

    /// The text, if it is known text.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The attributes, if it is an object.
    pub fn as_object(&self) -> Option<&BTreeMap<String, Value>> {
        if let Self::Object(attributes) = self { Some(attributes) } else { None }
    }

    /// An attribute of an object; `Null` if this is no object or has none of that name.
    pub fn get(&self, name: &str) -> &Value {
        static NULL: Value = Value::Null;
        self.as_object().and_then(|a| a.get(name)).unwrap_or(&NULL)
    }
}

/// `text` in normal form C.
pub(super) fn normal_form(text: impl Into<String>) -> String {
    let text = text.into();
    if is_nfc(&text) { text } else { text.nfc().collect() }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Unknown(a), Self::Unknown(b)) => a == b,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Set(a), Self::Set(b)) => same_elements(a, b),
            (Self::Map(a), Self::Map(b)) | (Self::Object(a), Self::Object(b)) => a == b,
            (Self::Dynamic(a), Self::Dynamic(b)) => a == b,
            _ => false,
        }
    }
}

/// Whether two sequences hold the same elements in any order. Equal order, the usual case, costs one pass.
pub(crate) fn same_elements<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    if a == b {
        return true;
    }
    let mut left: Vec<&T> = b.iter().collect();
    a.iter().all(|item| match left.iter().position(|other| *other == item) {
        Some(i) => {
            left.swap_remove(i);
            true
        }
        None => false,
    })
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Unknown(_) => f.write_str("unknown"),
            Self::Bool(b) => write!(f, "{b}"),
            Self::Number(_) => f.write_str("number"),
            Self::String(s) => write!(f, "string({} bytes)", s.len()),
            Self::List(items) => f.debug_list().entries(items).finish(),
            Self::Set(items) => f.debug_set().entries(items).finish(),
            Self::Map(items) | Self::Object(items) => f.debug_map().entries(items).finish(),
            Self::Dynamic(inner) => write!(f, "dynamic({:?})", inner.1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_normalised() {
        assert_eq!(Value::string("e\u{301}"), Value::String("\u{e9}".into()));
    }

    #[test]
    fn sets_ignore_order_and_lists_do_not() {
        let (a, b) = (Value::string("a"), Value::string("b"));
        assert_eq!(Value::Set(vec![a.clone(), b.clone()]), Value::Set(vec![b.clone(), a.clone()]));
        assert_ne!(Value::Set(vec![a.clone(), a.clone()]), Value::Set(vec![a.clone(), b.clone()]));
        assert_ne!(Value::List(vec![a.clone(), b.clone()]), Value::List(vec![b, a]));
    }

    #[test]
    fn debug_shows_no_content() {
        let value = Value::Object([("token".to_string(), Value::string("hunter2"))].into());
        assert_eq!(format!("{value:?}"), r#"{"token": string(7 bytes)}"#);
    }
}
