//! Rust types that are Terraform types, and `model!`, which declares both at once.

use super::{
    diagnostic::Diagnostic,
    number::Number,
    path::Path,
    schema::{Attribute, Nesting, Schema, Shape},
    secret::Secret,
    types::Type,
    value::{Value, same_elements},
};
use std::collections::BTreeMap;

/// Null, unknown or known.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Attr<T> {
    /// No value.
    #[default]
    Null,
    /// A value that is not known yet.
    Unknown,
    /// A value.
    Known(T),
}

impl<T> Attr<T> {
    /// The value, if it is known.
    pub fn known(&self) -> Option<&T> {
        if let Self::Known(value) = self { Some(value) } else { None }
    }

    /// The value, if it is known.
    pub fn into_known(self) -> Option<T> {
        if let Self::Known(value) = self { Some(value) } else { None }
    }

    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether the value is not known yet.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Whether there is a value, and it is known. What a configuration is refused for goes by this: what is not known yet may
    /// turn out to be null, and Terraform validates again once it is.
    pub fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }

    /// Whether there is a value or will be one, unless that turns out to be null.
    pub fn is_set(&self) -> bool {
        !self.is_null()
    }
}

impl Attr<String> {
    /// The text, if it is known.
    pub fn text(&self) -> Option<&str> {
        self.known().map(String::as_str)
    }
}

impl Attr<bool> {
    /// Whether it is known to be `true`; null, unknown and `false` are not.
    pub fn is_true(&self) -> bool {
        self.known() == Some(&true)
    }
}

impl<T> From<Option<T>> for Attr<T> {
    /// `None` is null.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Known)
    }
}

impl<T> From<T> for Attr<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

impl From<&str> for Attr<String> {
    fn from(value: &str) -> Self {
        Self::Known(value.to_owned())
    }
}

/// A Rust type that is also a Terraform type.
pub trait Typed: Sized {
    /// What values look like in a schema.
    fn shape() -> Shape;
    /// Reads a known value; the error says where it does not fit.
    fn decode(value: Value, at: &Path) -> Result<Self, Diagnostic>;
    /// Writes it.
    fn encode(&self) -> Value;
}

/// A struct declared by [`model!`](crate::model): the attributes of a resource or of a nested object.
pub trait Model: Typed + Clone + Send + Sync + 'static {
    /// Markdown: what it is.
    fn doc() -> String;
    /// The attributes in the order of their declaration.
    fn attributes() -> Vec<Attribute>;

    /// The schema of that version.
    fn schema(version: i64) -> Schema {
        Schema { version, doc: Self::doc(), attributes: Self::attributes() }
    }
}

/// The error for a value of another type than the schema says; only a broken client sends one.
pub fn mismatch(at: &Path, want: &str) -> Diagnostic {
    Diagnostic::error("Value of an unexpected type", format!("Expected {want} at {at}.")).at(at.clone())
}

macro_rules! plain {
    ($rust:ty, $ty:expr, $noun:literal, $from:pat => $decoded:expr, $self:ident => $encoded:expr) => {
        impl Typed for $rust {
            fn shape() -> Shape {
                Shape::Plain($ty)
            }
            fn decode(value: Value, at: &Path) -> Result<Self, Diagnostic> {
                match value {
                    $from => $decoded,
                    _ => None,
                }
                .ok_or_else(|| mismatch(at, $noun))
            }
            fn encode(&$self) -> Value {
                $encoded
            }
        }
    };
}

plain!(String, Type::String, "a string", Value::String(s) => Some(s), self => Value::string(self.as_str()));
plain!(Secret, Type::String, "a string", Value::String(s) => Some(s.into()), self => Value::string(self.expose()));
plain!(bool, Type::Bool, "a bool", Value::Bool(b) => Some(b), self => Value::Bool(*self));
plain!(Number, Type::Number, "a number", Value::Number(n) => Some(n), self => Value::Number(self.clone()));
plain!(i64, Type::Number, "a whole number of 64 bits", Value::Number(n) => n.as_i64(), self => Value::Number((*self).into()));

/// A value of any type, as it came.
impl Typed for Value {
    fn shape() -> Shape {
        Shape::Plain(Type::Dynamic)
    }
    fn decode(value: Value, _at: &Path) -> Result<Self, Diagnostic> {
        Ok(value)
    }
    fn encode(&self) -> Value {
        self.clone()
    }
}

impl<T: Typed> Typed for Attr<T> {
    fn shape() -> Shape {
        T::shape()
    }
    fn decode(value: Value, at: &Path) -> Result<Self, Diagnostic> {
        Ok(match value {
            Value::Null => Self::Null,
            Value::Unknown(_) => Self::Unknown,
            known => Self::Known(T::decode(known, at)?),
        })
    }
    fn encode(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Unknown => Value::unknown(),
            Self::Known(value) => value.encode(),
        }
    }
}

/// A list; its elements may be unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct List<T>(pub Vec<Attr<T>>);

/// A set; its elements may be unknown. Equality ignores order.
#[derive(Clone, Debug)]
pub struct Set<T>(pub Vec<Attr<T>>);

/// A map from text; its elements may be unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct Map<T>(pub BTreeMap<String, Attr<T>>);

impl<T: PartialEq> PartialEq for Set<T> {
    fn eq(&self, other: &Self) -> bool {
        same_elements(&self.0, &other.0)
    }
}

macro_rules! collection {
    ($name:ident) => {
        impl<T> Default for $name<T> {
            fn default() -> Self {
                Self(Default::default())
            }
        }

        impl<T> FromIterator<T> for $name<T> {
            fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
                Self(items.into_iter().map(Attr::Known).collect())
            }
        }

        impl<T> $name<T> {
            /// The known elements.
            pub fn iter(&self) -> impl Iterator<Item = &T> {
                self.0.iter().filter_map(Attr::known)
            }

            /// Whether every element is known.
            pub fn all_known(&self) -> bool {
                self.0.iter().all(|item| item.known().is_some())
            }
        }
    };
}
collection!(List);
collection!(Set);

impl<T> Default for Map<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

fn nested(shape: Shape, nesting: Nesting, plain: fn(Type) -> Type) -> Shape {
    match shape {
        Shape::Nested(Nesting::Single, attributes) => Shape::Nested(nesting, attributes),
        other => Shape::Plain(plain(other.ty())),
    }
}

impl<T: Typed> Typed for List<T> {
    fn shape() -> Shape {
        nested(T::shape(), Nesting::List, Type::list)
    }
    fn decode(value: Value, at: &Path) -> Result<Self, Diagnostic> {
        let Value::List(items) = value else { return Err(mismatch(at, "a list")) };
        items
            .into_iter()
            .enumerate()
            .map(|(i, item)| Attr::decode(item, &at.index(i)))
            .collect::<Result<_, _>>()
            .map(Self)
    }
    fn encode(&self) -> Value {
        Value::List(self.0.iter().map(Typed::encode).collect())
    }
}

impl<T: Typed> Typed for Set<T> {
    fn shape() -> Shape {
        nested(T::shape(), Nesting::Set, Type::set)
    }
    fn decode(value: Value, at: &Path) -> Result<Self, Diagnostic> {
        let Value::Set(items) = value else { return Err(mismatch(at, "a set")) };
        let at = at.element();
        items.into_iter().map(|item| Attr::decode(item, &at)).collect::<Result<_, _>>().map(Self)
    }
    fn encode(&self) -> Value {
        Value::Set(self.0.iter().map(Typed::encode).collect())
    }
}

impl<T: Typed> Typed for Map<T> {
    fn shape() -> Shape {
        nested(T::shape(), Nesting::Map, Type::map)
    }
    fn decode(value: Value, at: &Path) -> Result<Self, Diagnostic> {
        let Value::Map(items) = value else { return Err(mismatch(at, "a map")) };
        items
            .into_iter()
            .map(|(key, item)| {
                let item = Attr::decode(item, &at.key(&key))?;
                Ok((key, item))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
    fn encode(&self) -> Value {
        Value::Map(self.0.iter().map(|(key, item)| (key.clone(), item.encode())).collect())
    }
}

/// A model without attributes: a resource without identity, a data source without arguments.
impl Typed for () {
    fn shape() -> Shape {
        Shape::Nested(Nesting::Single, Vec::new())
    }
    fn decode(_value: Value, _at: &Path) -> Result<Self, Diagnostic> {
        Ok(())
    }
    fn encode(&self) -> Value {
        Value::Object(BTreeMap::new())
    }
}

impl Model for () {
    fn doc() -> String {
        String::new()
    }
    fn attributes() -> Vec<Attribute> {
        Vec::new()
    }
}

macro_rules! into_value {
    ($($rust:ty => $name:ident => $value:expr),*) => { $(
        impl From<$rust> for Value {
            fn from($name: $rust) -> Self {
                $value
            }
        }
    )* };
}
into_value!(bool => b => Value::Bool(b), &str => s => Value::string(s), i64 => n => Value::Number(n.into()));

/// A set of these texts, for defaults.
pub fn set_of(items: &[&str]) -> Value {
    Value::Set(items.iter().map(|item| Value::string(*item)).collect())
}

#[doc(hidden)]
pub fn take(object: &mut BTreeMap<String, Value>, name: &str) -> Value {
    object.remove(name).unwrap_or(Value::Null)
}

#[doc(hidden)]
pub fn doc_lines(lines: &[&str]) -> String {
    lines.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// Declares a struct and its Terraform schema in one place.
///
/// ```
/// use zt::framework::{model::Attr, schema::{computed, required}};
/// zt::model! {
///     /// A group of people.
///     pub struct Group {
///         /// The service's id for the group.
///         id: String = computed().keep(),
///         /// Name shown to administrators.
///         name: String = required().length(1..=255),
///     }
/// }
/// let group = Group { name: Attr::from("Engineering"), ..Group::default() };
/// assert!(group.id.is_null());
/// ```
///
/// Every field becomes an [`Attr`] of the type written; doc comments become the
/// documentation of the attributes, in Markdown.
#[macro_export]
macro_rules! model {
    ($(#[doc = $about:literal])* $vis:vis struct $name:ident {
        $( $(#[doc = $doc:literal])* $field:ident : $ty:ty = $behaviour:expr ),* $(,)?
    }) => {
        $(#[doc = $about])*
        #[allow(unreachable_pub)]
        #[derive(Clone, Debug, Default, PartialEq)]
        $vis struct $name { $( $(#[doc = $doc])* pub $field: $crate::framework::model::Attr<$ty>, )* }

        impl $crate::framework::model::Model for $name {
            fn doc() -> String {
                $crate::framework::model::doc_lines(&[$($about),*])
            }
            fn attributes() -> Vec<$crate::framework::schema::Attribute> {
                vec![$( $crate::framework::schema::Attribute {
                    name: stringify!($field).trim_start_matches("r#"),
                    doc: $crate::framework::model::doc_lines(&[$($doc),*]),
                    shape: <$ty as $crate::framework::model::Typed>::shape(),
                    behaviour: $behaviour,
                } ),*]
            }
        }

        impl $crate::framework::model::Typed for $name {
            fn shape() -> $crate::framework::schema::Shape {
                $crate::framework::schema::Shape::Nested(
                    $crate::framework::schema::Nesting::Single,
                    <Self as $crate::framework::model::Model>::attributes(),
                )
            }
            fn decode(
                value: $crate::framework::value::Value,
                at: &$crate::framework::path::Path,
            ) -> ::std::result::Result<Self, $crate::framework::diagnostic::Diagnostic> {
                let $crate::framework::value::Value::Object(mut object) = value else {
                    return Err($crate::framework::model::mismatch(at, "an object"));
                };
                Ok(Self { $( $field: {
                    let name = stringify!($field).trim_start_matches("r#");
                    $crate::framework::model::Typed::decode(
                        $crate::framework::model::take(&mut object, name),
                        &at.attribute(name),
                    )?
                }, )* })
            }
            fn encode(&self) -> $crate::framework::value::Value {
                $crate::framework::value::Value::Object([$( (
                    stringify!($field).trim_start_matches("r#").to_string(),
                    $crate::framework::model::Typed::encode(&self.$field),
                ) ),*].into())
            }
        }
    };
}

/// An attribute path whose first step the compiler checks: `path!(Group.name)`.
#[macro_export]
macro_rules! path {
    ($model:ident . $field:ident) => {{
        let _ = |m: &$model| {
            let _ = &m.$field;
        };
        $crate::framework::path::Path::root().attribute(stringify!($field).trim_start_matches("r#"))
    }};
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::schema::{computed, optional, required};

    model! {
        /// One rule.
        pub struct Rule {
            /// What it does.
            r#type: String = required(),
        }
    }
    model! {
        /// A group.
        ///
        /// Members are managed elsewhere.
        pub struct Group {
            /// The service's id.
            id: String = computed().keep(),
            /// Name shown to administrators.
            name: String = required().replaces(),
            /// Rules.
            rules: List<Rule> = optional(),
            /// Labels.
            labels: Map<String> = optional(),
            /// Ids.
            ids: Set<String> = optional(),
            /// A secret.
            token: Secret = optional().sensitive(),
        }
    }

    fn rule(ty: Value) -> Value {
        Value::Object([("type".to_string(), ty)].into())
    }

    #[test]
    fn declared_once() {
        assert_eq!(Group::doc(), "A group.\n\nMembers are managed elsewhere.");
        let attributes = Group::attributes();
        assert_eq!(attributes[1].doc, "Name shown to administrators.");
        let Shape::Nested(Nesting::List, rule) = &attributes[2].shape else { panic!() };
        assert_eq!(rule[0].name, "type");
        assert_eq!(attributes[4].shape.ty(), Type::set(Type::String));
        assert_eq!(path!(Group.name).to_string(), "name");
    }

    #[test]
    fn there_and_back() {
        let value = Value::Object(
            [
                ("id".to_string(), Value::unknown()),
                ("name".to_string(), Value::string("x")),
                ("rules".to_string(), Value::List(vec![rule(Value::string("allow"))])),
                ("labels".to_string(), Value::Map([("a".to_string(), Value::Null)].into())),
                ("ids".to_string(), Value::Set(vec![Value::unknown(), Value::string("1")])),
                ("token".to_string(), Value::string("hunter2")),
            ]
            .into(),
        );
        let group = Group::decode(value.clone(), &Path::root()).unwrap();
        assert_eq!(group.id, Attr::Unknown);
        assert_eq!(group.name.text(), Some("x"));
        assert!(!group.ids.known().unwrap().all_known());
        assert!(!format!("{group:?}").contains("hunter2"));
        assert_eq!(group.encode(), value);
    }

    #[test]
    fn errors_say_where() {
        let value = Value::Object([("rules".to_string(), Value::List(vec![rule(Value::Bool(true))]))].into());
        assert_eq!(Group::decode(value, &Path::root()).unwrap_err().path.to_string(), "rules[0].type");
    }
}
