//! Attributes and their places in Okta's documents: one table per resource, from which bodies are written, answers are
//! read, and Okta's complaints find their attribute.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::api::Document;
use crate::framework::{diagnostic::Result, model::Model, path::Path, value::Value};

/// One attribute at the top of a model, and where Okta keeps it.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The attribute.
    pub name: &'static str,
    /// The dotted path in Okta's document.
    pub place: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// `true` or `false`; absent is `false`.
    Switch,
    /// Texts without order; absent is none.
    Texts,
}

impl Field {
    /// A text.
    pub const fn text(name: &'static str, place: &'static str) -> Self {
        Self { name, place, kind: Kind::Text }
    }

    /// A switch.
    pub const fn switch(name: &'static str, place: &'static str) -> Self {
        Self { name, place, kind: Kind::Switch }
    }

    /// A set of texts.
    pub const fn texts(name: &'static str, place: &'static str) -> Self {
        Self { name, place, kind: Kind::Texts }
    }

    /// The attribute's path.
    pub fn path(&self) -> Path {
        Path::root().attribute(self.name)
    }

    /// What the document says.
    pub fn read(&self, document: &Document) -> Value {
        match self.kind {
            Kind::Text => document.str(self.place).map_or(Value::Null, Value::string),
            Kind::Switch => Value::Bool(document.bool(self.place).unwrap_or(false)),
            Kind::Texts => {
                let mut texts = document.strings(self.place).unwrap_or_default();
                texts.sort();
                texts.dedup();
                if texts.is_empty() { Value::Null } else { Value::Set(texts.into_iter().map(Value::string).collect()) }
            }
        }
    }

    /// Whether the document says so already. Null, absent, `false` and empty are one thing.
    pub fn says(&self, document: &Document, value: &Value) -> bool {
        let plain = |value: &Value| match value {
            Value::Bool(false) => Value::Null,
            Value::Set(items) if items.is_empty() => Value::Null,
            other => other.clone(),
        };
        plain(&self.read(document)) == plain(value)
    }

    fn json(&self, value: &Value) -> Json {
        match (self.kind, value) {
            (_, Value::String(text)) => Json::from(text.as_str()),
            (_, Value::Bool(on)) => Json::Bool(*on),
            (_, Value::Set(items)) => items.iter().filter_map(Value::as_str).map(Json::from).collect(),
            (Kind::Text, _) => Json::Null,
            (Kind::Switch, _) => Json::Bool(false),
            (Kind::Texts, _) => Json::Array(Vec::new()),
        }
    }
}

/// The attributes of a model by name.
pub fn values<M: Model>(model: &M) -> BTreeMap<String, Value> {
    match model.encode() {
        Value::Object(values) => values,
        _ => BTreeMap::new(),
    }
}

/// The model with these attributes; what is missing is null.
pub fn modelled<M: Model>(values: BTreeMap<String, Value>) -> Result<M> {
    Ok(M::decode(Value::Object(values), &Path::root())?)
}

/// The body of a new object: everything that is known and not null.
pub fn compose<M: Model>(fields: &[Field], planned: &M) -> Document {
    let values = values(planned);
    let mut document = Document::new();
    for field in fields {
        match values.get(field.name) {
            None | Some(Value::Null | Value::Unknown(_)) => {}
            Some(value) => document.set(field.place, field.json(value)),
        }
    }
    document
}

/// Which attributes are the configuration's business: those it sets, and those whose value the plan changes because it
/// no longer sets them.
pub fn owned<'a, M: Model>(fields: &'a [Field], config: &M, prior: &M, planned: &M) -> Vec<&'a Field> {
    let (config, prior, planned) = (values(config), values(prior), values(planned));
    let get = |of: &BTreeMap<String, Value>, field: &Field| of.get(field.name).cloned().unwrap_or_default();
    fields.iter().filter(|f| !get(&config, f).is_null() || get(&prior, f) != get(&planned, f)).collect()
}

/// Puts what `fields` should be into a document that says otherwise, and returns the fields that differed.
pub fn revise<'a, M: Model>(fields: &[&'a Field], planned: &M, document: &mut Document) -> Vec<&'a Field> {
    let values = values(planned);
    let mut revised = Vec::new();
    for &field in fields {
        let Some(value) = values.get(field.name) else { continue };
        if !matches!(value, Value::Unknown(_)) && !field.says(document, value) {
            document.set(field.place, field.json(value));
            revised.push(field);
        }
    }
    revised
}

/// The model with what the document says of these fields. A value that says the same in other words stays.
pub fn read<'a, M: Model>(fields: impl IntoIterator<Item = &'a Field>, document: &Document, from: &M) -> Result<M> {
    let mut values = values(from);
    for field in fields {
        let told = match values.get(field.name) {
            Some(value @ Value::Set(_)) if field.says(document, value) => value.clone(),
            _ => field.read(document),
        };
        values.insert(field.name.to_owned(), told);
    }
    modelled(values)
}

/// For [`errors::diagnose`](super::errors::diagnose).
pub fn places(fields: &[Field]) -> Vec<(&'static str, Path)> {
    fields.iter().map(|field| (field.place, field.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::{
        model::{Attr, Set},
        schema::optional,
    };
    use serde_json::json;

    crate::model! {
        /// A thing.
        pub struct Thing {
            /// Name.
            label: String = optional(),
            /// Hidden.
            hide: bool = optional(),
            /// Addresses.
            uris: Set<String> = optional(),
        }
    }

    const FIELDS: &[Field] =
        &[Field::text("label", "label"), Field::switch("hide", "visibility.hide.web"), Field::texts("uris", "a.uris")];

    fn document(json: Json) -> Document {
        Document::from_value(json).unwrap()
    }

    #[test]
    fn a_new_body_has_what_is_known() {
        let thing = Thing { label: "x".into(), hide: Attr::Unknown, uris: Set::from_iter(["u".to_owned()]).into() };
        assert_eq!(compose(FIELDS, &thing).to_value(), json!({"label": "x", "a": {"uris": ["u"]}}));
    }

    #[test]
    fn only_what_differs_is_revised() {
        let mut there = document(json!({"label": "x", "a": {"uris": ["2", "1"], "more": 1}, "other": true}));
        let same = Thing {
            label: "x".into(),
            hide: Attr::Known(false),
            uris: Set::from_iter(["1".to_owned(), "2".to_owned()]).into(),
        };
        let all: Vec<&Field> = FIELDS.iter().collect();
        assert!(revise(&all, &same, &mut there).is_empty());
        let other = Thing { hide: Attr::Known(true), uris: Attr::Null, ..same };
        let revised: Vec<_> = revise(&all, &other, &mut there).iter().map(|f| f.name).collect();
        assert_eq!(revised, ["hide", "uris"]);
        assert_eq!(
            there.to_value(),
            json!({"label": "x", "a": {"uris": [], "more": 1}, "other": true, "visibility": {"hide": {"web": true}}})
        );
    }

    #[test]
    fn owned_is_what_is_configured_or_was() {
        let config = Thing { label: "x".into(), ..Thing::default() };
        let prior = Thing { label: "x".into(), hide: true.into(), uris: Set::from_iter(["1".to_owned()]).into() };
        let planned = Thing { hide: false.into(), ..prior.clone() };
        let names: Vec<_> = owned(FIELDS, &config, &prior, &planned).iter().map(|f| f.name).collect();
        assert_eq!(names, ["label", "hide"]);
    }

    #[test]
    fn reading_keeps_the_spelling_of_what_is_the_same() {
        let there = document(json!({"label": "y", "a": {"uris": []}}));
        let model = Thing { label: "x".into(), hide: Attr::Null, uris: Set::default().into() };
        let read = read(FIELDS, &there, &model).unwrap();
        assert_eq!(read, Thing { label: "y".into(), hide: false.into(), uris: Set::default().into() });
        let unknown = Thing { label: Attr::Unknown, hide: Attr::Unknown, uris: Attr::Unknown };
        let read = super::read(FIELDS, &there, &unknown).unwrap();
        assert_eq!(read, Thing { label: "y".into(), hide: Attr::Known(false), uris: Attr::Null });
    }
}
