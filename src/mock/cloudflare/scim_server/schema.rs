//! What an attribute is, RFC 7643 sections 2 and 7.
//!
//! The tables of attributes in [`user_schema`](super::user_schema), [`group_schema`](super::group_schema) and
//! [`discovery_schemas`](super::discovery_schemas) are made of these. Bodies, filters, paths, projections and `/Schemas`
//! all read the same tables.

use serde_json::{Value, json};

/// One attribute, with the characteristics that a schema declares.
#[derive(Debug)]
pub(super) struct Attribute {
    /// Its name; case does not matter to clients. An extension's container is named by the extension's URN.
    pub(super) name: &'static str,
    /// What it holds.
    pub(super) description: &'static str,
    /// The type of its value, or of each of its values.
    pub(super) data_type: DataType,
    /// It holds a list.
    pub(super) multi_valued: bool,
    /// A resource without it is refused.
    pub(super) required: bool,
    /// Case matters where its values are compared.
    pub(super) case_exact: bool,
    /// Who may change it.
    pub(super) mutability: Mutability,
    /// When an answer shows it.
    pub(super) returned: Returned,
    /// No two resources have the same value.
    pub(super) unique: bool,
    /// Values that clients should choose from.
    pub(super) canonical: &'static [&'static str],
}

/// Type of a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum DataType {
    /// A string.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A moment, RFC 3339.
    DateTime,
    /// Bytes in base64.
    Binary,
    /// A URI of one of these: names of resource types, or `external` or `uri`.
    Reference(&'static [&'static str]),
    /// An object with these attributes.
    Complex(&'static [Attribute]),
}

/// Who may change an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mutability {
    /// The service alone: what clients send is ignored.
    ReadOnly,
    /// Clients.
    ReadWrite,
    /// Clients, once.
    Immutable,
    /// Clients, who never see it again.
    WriteOnly,
}

/// When an answer shows an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Returned {
    /// Whatever was asked for.
    Always,
    /// Never.
    Never,
    /// Unless the client asked for others, or excluded it.
    Default,
}

impl Attribute {
    const fn new(name: &'static str, data_type: DataType, description: &'static str) -> Self {
        Self {
            name,
            description,
            data_type,
            multi_valued: false,
            required: false,
            case_exact: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            unique: false,
            canonical: &[],
        }
    }

    pub(super) const fn text(name: &'static str, description: &'static str) -> Self {
        Self::new(name, DataType::Text, description)
    }

    pub(super) const fn boolean(name: &'static str, description: &'static str) -> Self {
        Self::new(name, DataType::Boolean, description)
    }

    pub(super) const fn integer(name: &'static str, description: &'static str) -> Self {
        Self::new(name, DataType::Integer, description)
    }

    pub(super) const fn date_time(name: &'static str, description: &'static str) -> Self {
        Self::new(name, DataType::DateTime, description)
    }

    pub(super) const fn binary(name: &'static str, description: &'static str) -> Self {
        Self::new(name, DataType::Binary, description).case_exact()
    }

    pub(super) const fn reference(name: &'static str, to: &'static [&'static str], description: &'static str) -> Self {
        Self::new(name, DataType::Reference(to), description).case_exact()
    }

    pub(super) const fn complex(
        name: &'static str,
        attributes: &'static [Attribute],
        description: &'static str,
    ) -> Self {
        Self::new(name, DataType::Complex(attributes), description)
    }

    pub(super) const fn multi_valued(self) -> Self {
        Self { multi_valued: true, ..self }
    }

    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub(super) const fn case_exact(self) -> Self {
        Self { case_exact: true, ..self }
    }

    pub(super) const fn read_only(self) -> Self {
        Self { mutability: Mutability::ReadOnly, ..self }
    }

    pub(super) const fn immutable(self) -> Self {
        Self { mutability: Mutability::Immutable, ..self }
    }

    /// Written and never shown.
    pub(super) const fn write_only(self) -> Self {
        Self { mutability: Mutability::WriteOnly, returned: Returned::Never, ..self }
    }

    pub(super) const fn always_returned(self) -> Self {
        Self { returned: Returned::Always, ..self }
    }

    pub(super) const fn unique(self) -> Self {
        Self { unique: true, ..self }
    }

    pub(super) const fn one_of(self, canonical: &'static [&'static str]) -> Self {
        Self { canonical, ..self }
    }

    /// Its sub-attributes; none unless it is complex.
    pub(super) fn sub_attributes(&self) -> &'static [Attribute] {
        match self.data_type {
            DataType::Complex(attributes) => attributes,
            _ => &[],
        }
    }

    /// A sub-attribute by name, in any case.
    pub(super) fn sub_attribute(&self, name: &str) -> Option<&'static Attribute> {
        named(self.sub_attributes(), name)
    }

    pub(super) fn is_complex(&self) -> bool {
        matches!(self.data_type, DataType::Complex(_))
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.mutability == Mutability::ReadOnly
    }

    /// The declaration as `/Schemas` shows it.
    pub(super) fn declared(&self) -> Value {
        let mut declared = json!({
            "name": self.name,
            "type": match self.data_type {
                DataType::Text => "string",
                DataType::Boolean => "boolean",
                DataType::Integer => "integer",
                DataType::DateTime => "dateTime",
                DataType::Binary => "binary",
                DataType::Reference(_) => "reference",
                DataType::Complex(_) => "complex",
            },
            "multiValued": self.multi_valued,
            "description": self.description,
            "required": self.required,
            "mutability": match self.mutability {
                Mutability::ReadOnly => "readOnly",
                Mutability::ReadWrite => "readWrite",
                Mutability::Immutable => "immutable",
                Mutability::WriteOnly => "writeOnly",
            },
            "returned": match self.returned {
                Returned::Always => "always",
                Returned::Never => "never",
                Returned::Default => "default",
            },
        });
        // Case and uniqueness mean nothing to booleans and moments, and a complex attribute leaves them to its parts.
        if matches!(self.data_type, DataType::Text | DataType::Reference(_) | DataType::Binary) {
            declared["caseExact"] = json!(self.case_exact);
            declared["uniqueness"] = json!(if self.unique { "server" } else { "none" });
        }
        if !self.canonical.is_empty() {
            declared["canonicalValues"] = json!(self.canonical);
        }
        match self.data_type {
            DataType::Reference(to) => declared["referenceTypes"] = json!(to),
            DataType::Complex(attributes) => {
                declared["subAttributes"] = attributes.iter().map(Self::declared).collect();
            }
            _ => {}
        }
        declared
    }
}

/// An attribute of a list by name, in any case.
pub(super) fn named(attributes: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// A set of attributes that has a URN.
#[derive(Debug)]
pub(super) struct Schema {
    /// The URN.
    pub(super) urn: &'static str,
    /// Name for people.
    pub(super) name: &'static str,
    /// What it describes.
    pub(super) description: &'static str,
    /// Its attributes.
    pub(super) attributes: &'static [Attribute],
}
