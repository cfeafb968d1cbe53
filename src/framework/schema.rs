//! What a configuration may say: attributes, their shapes and their behaviour.

use super::{types::Type, validate::Validator, value::Value};

/// The schema of one resource, data source, provider block or any other kind.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Version of the state's layout; counts up when older states need an upgrade.
    pub version: i64,
    /// Markdown: what it is.
    pub doc: String,
    /// The attributes in the order of their declaration.
    pub attributes: Vec<Attribute>,
}

impl Schema {
    /// The type of a whole configuration or state.
    pub fn ty(&self) -> Type {
        object(&self.attributes)
    }

    /// The same, its description followed by further paragraphs; none if `notes` is empty.
    pub fn with_notes(mut self, notes: &str) -> Self {
        if !notes.is_empty() {
            self.doc = format!("{}\n\n{notes}", self.doc);
        }
        self
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|a| a.name == name)
    }
}

fn object(attributes: &[Attribute]) -> Type {
    Type::Object(attributes.iter().map(|a| (a.name.to_owned(), a.shape.ty())).collect())
}

/// One attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name in configurations.
    pub name: &'static str,
    /// Markdown: what it is.
    pub doc: String,
    /// What values look like.
    pub shape: Shape,
    /// Who sets it, and what a change does.
    pub behaviour: Behaviour,
}

/// What the values of an attribute look like.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A value without attributes of its own.
    Plain(Type),
    /// Objects with attributes of their own.
    Nested(Nesting, Vec<Attribute>),
}

impl Shape {
    /// The type of such values.
    pub fn ty(&self) -> Type {
        match self {
            Self::Plain(ty) => ty.clone(),
            Self::Nested(Nesting::Single, attributes) => object(attributes),
            Self::Nested(Nesting::List, attributes) => Type::list(object(attributes)),
            Self::Nested(Nesting::Set, attributes) => Type::set(object(attributes)),
            Self::Nested(Nesting::Map, attributes) => Type::map(object(attributes)),
        }
    }
}

/// How many objects a nested attribute holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One.
    Single,
    /// A sequence.
    List,
    /// A sequence without order or duplicates.
    Set,
    /// One per key.
    Map,
}

/// When a change of an attribute needs a new object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replace {
    /// Never.
    #[default]
    Never,
    /// Whenever the value differs.
    Always,
    /// When a value turns into another one; going from null to a value does not count, so that imports stay calm.
    UnlessNull,
}

/// Who sets an attribute, and what a change of it does. Built by [`required`], [`optional`] or [`computed`] and the
/// methods here; plain data, read by validation, planning, the wire and the documentation alike.
#[derive(Clone, Debug, Default)]
pub struct Behaviour {
    /// The configuration must set it.
    pub required: bool,
    /// The configuration may set it.
    pub optional: bool,
    /// The provider may set it.
    pub computed: bool,
    /// Terraform hides it in plans.
    pub sensitive: bool,
    /// Never stored; needs Terraform 1.11.
    pub write_only: bool,
    /// The provider's value outlives changes of other attributes: planned as it was, not "known after apply".
    pub keep: bool,
    /// What a change does to the object.
    pub replace: Replace,
    /// Why a change needs a new object, in a sentence for the plan that does it.
    pub replace_reason: Option<&'static str>,
    /// Planned whenever the configuration says nothing.
    pub default: Option<Value>,
    /// Planned when the object is created and the configuration says nothing; afterwards what is there stays.
    pub initial: Option<Value>,
    /// Planned when the configuration said something at the last apply and no longer does.
    pub cleared: Option<Value>,
    /// Two spellings of the same thing: planned as it was.
    pub same: Option<fn(&Value, &Value) -> bool>,
    /// What values are accepted.
    pub validators: Vec<Validator>,
    /// Why not to use it any more.
    pub deprecated: Option<&'static str>,
}

/// The configuration must set it.
pub fn required() -> Behaviour {
    Behaviour { required: true, ..Behaviour::default() }
}

/// The configuration may set it; without [`Behaviour::computed`] it is null otherwise.
pub fn optional() -> Behaviour {
    Behaviour { optional: true, ..Behaviour::default() }
}

/// Only the provider sets it.
pub fn computed() -> Behaviour {
    Behaviour { computed: true, ..Behaviour::default() }
}

impl Behaviour {
    /// If the configuration says nothing, what is there stays.
    pub fn computed(mut self) -> Self {
        self.computed = true;
        self.keep = true;
        self
    }

    /// Once known it stays as it is, whatever else changes.
    pub fn keep(mut self) -> Self {
        self.keep = true;
        self
    }

    /// Terraform hides it in plans.
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Terraform hands it over and stores it nowhere.
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// A change needs a new object.
    pub fn replaces(mut self) -> Self {
        self.replace = Replace::Always;
        self
    }

    /// A change needs a new object, and the plan says why.
    pub fn replaces_because(mut self, reason: &'static str) -> Self {
        self.replace_reason = Some(reason);
        self.replaces()
    }

    /// A change from one value to another needs a new object; going from null to a value does not.
    pub fn replaces_unless_null(mut self) -> Self {
        self.replace = Replace::UnlessNull;
        self
    }

    /// The value whenever the configuration says nothing.
    pub fn defaults_to(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self.computed = true;
        self
    }

    /// The value of a new object if the configuration says nothing; later, what is there stays.
    pub fn initial(mut self, value: impl Into<Value>) -> Self {
        self.initial = Some(value.into());
        self.computed()
    }

    /// What it becomes when the configuration stops setting it. Without that, or where the configuration never set it,
    /// what is there stays.
    pub fn cleared_to(mut self, value: impl Into<Value>) -> Self {
        self.cleared = Some(value.into());
        self.computed()
    }

    /// It becomes null when the configuration stops setting it; where the configuration never set it, what is there
    /// stays.
    pub fn clears(self) -> Self {
        self.cleared_to(Value::Null)
    }

    /// When two values are spellings of one thing.
    pub fn same(mut self, same: fn(&Value, &Value) -> bool) -> Self {
        self.same = Some(same);
        self
    }

    /// What values are accepted.
    pub fn check(mut self, validator: Validator) -> Self {
        self.validators.push(validator);
        self
    }

    /// Only these texts are accepted.
    pub fn one_of(self, choices: &'static [&'static str]) -> Self {
        self.check(Validator::OneOf(choices))
    }

    /// Only texts of so many characters are accepted.
    pub fn length(self, characters: std::ops::RangeInclusive<usize>) -> Self {
        self.check(Validator::Length(*characters.start(), *characters.end()))
    }

    /// Only collections of so many elements are accepted.
    pub fn items(self, count: std::ops::RangeInclusive<usize>) -> Self {
        self.check(Validator::Items(*count.start(), *count.end()))
    }

    /// Do not use it any more, and why.
    pub fn deprecated(mut self, why: &'static str) -> Self {
        self.deprecated = Some(why);
        self
    }

    /// Whether the configuration may set it.
    pub fn configurable(&self) -> bool {
        self.required || self.optional
    }
}
