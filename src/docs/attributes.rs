//! The schema section of a page: Required, Optional, Read-Only, and the nested objects after them.

use crate::framework::{
    schema::{Attribute, Behaviour, Nesting, Replace, Shape},
    types::Type,
    validate::Validator,
    value::Value,
};

/// The section "Schema" of a page.
pub(super) fn section(attributes: &[Attribute]) -> String {
    let mut text = String::from("## Schema\n\n");
    object(attributes, "", "###", &mut text);
    text
}

/// Required, Optional and Read-Only alone, each under a heading like this one.
pub(super) fn groups(attributes: &[Attribute], heading: &str) -> String {
    let mut text = String::new();
    object(attributes, "", heading, &mut text);
    text
}

/// A group's heading, and which attributes belong under it.
type Group = (&'static str, fn(&Behaviour) -> bool);

const GROUPS: [Group; 3] =
    [("Required", |b| b.required), ("Optional", |b| b.optional), ("Read-Only", |b| !b.configurable())];

fn object(attributes: &[Attribute], path: &str, heading: &str, text: &mut String) {
    for (title, belongs) in GROUPS {
        let mut members: Vec<&Attribute> = attributes.iter().filter(|a| belongs(&a.behaviour)).collect();
        if members.is_empty() {
            continue;
        }
        members.sort_by_key(|a| a.name);
        // Within a nested object the groups are no sections of the page.
        if path.is_empty() {
            *text += &format!("{heading} {title}\n\n");
        } else {
            *text += &format!("{title}:\n\n");
        }
        for attribute in members {
            *text += &line(attribute, path);
        }
        *text += "\n";
    }
    for attribute in attributes {
        let Shape::Nested(_, nested) = &attribute.shape else { continue };
        let path = join(path, attribute.name);
        *text += &format!("<a id=\"{}\"></a>\n### Nested Schema for `{path}`\n\n", anchor(&path));
        object(nested, &path, heading, text);
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn anchor(path: &str) -> String {
    format!("nestedatt--{}", path.replace('.', "--"))
}

fn line(attribute: &Attribute, path: &str) -> String {
    let behaviour = &attribute.behaviour;
    let mut marks = vec![match &attribute.shape {
        Shape::Plain(ty) => type_name(ty),
        Shape::Nested(Nesting::Single, _) => "Attributes".to_owned(),
        Shape::Nested(Nesting::List, _) => "Attributes List".to_owned(),
        Shape::Nested(Nesting::Set, _) => "Attributes Set".to_owned(),
        Shape::Nested(Nesting::Map, _) => "Attributes Map".to_owned(),
    }];
    for (mark, applies) in [
        ("Sensitive", behaviour.sensitive),
        (
            "[Write-only](https://developer.hashicorp.com/terraform/language/manage-sensitive-data/write-only)",
            behaviour.write_only,
        ),
        ("Deprecated", behaviour.deprecated.is_some()),
    ] {
        if applies {
            marks.push(mark.to_owned());
        }
    }
    let mut sentences = vec![attribute.doc.replace("\n\n", " ").replace('\n', " ")];
    sentences.extend(behaviour.deprecated.map(|why| format!("**Deprecated**: {why}")));
    sentences.extend(behaviour.validators.iter().filter_map(accepts));
    sentences.extend(default(behaviour));
    match behaviour.replace {
        Replace::Never => {}
        Replace::Always => sentences.push("A change makes a new object.".to_owned()),
        Replace::UnlessNull => sentences.push("A change from one value to another makes a new object.".to_owned()),
    }
    if let Shape::Nested(..) = &attribute.shape {
        sentences.push(format!("See [below](#{}).", anchor(&join(path, attribute.name))));
    }
    format!("- `{}` ({}) {}\n", attribute.name, marks.join(", "), sentences.join(" "))
}

fn accepts(validator: &Validator) -> Option<String> {
    match validator {
        Validator::OneOf(choices) => {
            Some(format!("One of {}.", choices.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ")))
        }
        Validator::Between(from, to) => Some(format!("From {from} to {to}.")),
        Validator::Each(each) => accepts(each).map(|text| format!("Each: {text}")),
        Validator::Length(..) | Validator::Items(..) | Validator::Custom(_) => None,
    }
}

fn default(behaviour: &Behaviour) -> Option<String> {
    match (&behaviour.default, &behaviour.initial) {
        (Some(value), _) => Some(format!("Defaults to {}.", literal(value)?)),
        (None, Some(value)) => {
            Some(format!("A new object gets {}; later, what is there stays unless this is set.", literal(value)?))
        }
        (None, None) => None,
    }
}

fn literal(value: &Value) -> Option<String> {
    match value {
        Value::Bool(b) => Some(format!("`{b}`")),
        Value::Number(n) => Some(format!("`{n}`")),
        Value::String(s) => Some(format!("`{s}`")),
        Value::List(items) | Value::Set(items) => {
            let items: Option<Vec<String>> = items.iter().map(|i| literal(i).map(|l| l.replace('`', ""))).collect();
            Some(format!("`[{}]`", items?.iter().map(|i| format!("\"{i}\"")).collect::<Vec<_>>().join(", ")))
        }
        _ => None,
    }
}

/// What a person calls a type.
pub(super) fn type_name(ty: &Type) -> String {
    match ty {
        Type::Bool => "Boolean".into(),
        Type::Number => "Number".into(),
        Type::String => "String".into(),
        Type::Dynamic => "Dynamic".into(),
        Type::List(of) => format!("List of {}", type_name(of)),
        Type::Set(of) => format!("Set of {}", type_name(of)),
        Type::Map(of) => format!("Map of {}", type_name(of)),
        Type::Object(_) => "Object".into(),
        Type::Tuple(_) => "Tuple".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::{
        model::{Model, Set, set_of},
        schema::{computed, optional, required},
    };
    use crate::model;

    model! {
        /// Inner.
        struct Inner {
            /// On.
            on: bool = optional().initial(true),
        }
    }
    model! {
        /// Outer.
        struct Outer {
            /// Kind.
            kind: String = required().one_of(&["a", "b"]).replaces(),
            /// Grants.
            grants: Set<String> = optional().initial(set_of(&["code"])),
            /// Token.
            token: String = optional().sensitive(),
            /// Inner.
            inner: Inner = optional(),
            /// Id.
            id: String = computed(),
        }
    }

    #[test]
    fn a_whole_section() {
        let expected = "## Schema

### Required

- `kind` (String) Kind. One of `a`, `b`. A change makes a new object.

### Optional

- `grants` (Set of String) Grants. A new object gets `[\"code\"]`; later, what is there stays unless this is set.
- `inner` (Attributes) Inner. See [below](#nestedatt--inner).
- `token` (String, Sensitive) Token.

### Read-Only

- `id` (String) Id.

<a id=\"nestedatt--inner\"></a>
### Nested Schema for `inner`

Optional:

- `on` (Boolean) On. A new object gets `true`; later, what is there stays unless this is set.

";
        assert_eq!(section(&Outer::attributes()), expected);
    }
}
