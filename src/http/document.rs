//! A JSON object kept whole, so that writing it back loses nothing.

use serde_json::{Map, Value};

use super::likeness;

/// A vendor's object as it arrived, unknown fields included, for APIs that replace the whole of it.
/// Paths are dotted, like `settings.oauthClient.redirect_uris`. `Debug` shows field names, never values.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Document(Map<String, Value>);

impl Document {
    /// An object without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes an object; `None` for any other kind of value.
    pub fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self(map)),
            _ => None,
        }
    }

    /// The value at `path`; `None` where it is absent or null.
    pub fn get(&self, path: &str) -> Option<&Value> {
        let mut parts = path.split('.');
        let mut value = self.0.get(parts.next()?)?;
        for part in parts {
            value = value.get(part)?;
        }
        (!value.is_null()).then_some(value)
    }

    /// The string at `path`.
    pub fn str(&self, path: &str) -> Option<&str> {
        self.get(path)?.as_str()
    }

    /// The boolean at `path`.
    pub fn bool(&self, path: &str) -> Option<bool> {
        self.get(path)?.as_bool()
    }

    /// The strings of the list at `path`; members of other kinds are left out.
    pub fn strings(&self, path: &str) -> Option<Vec<String>> {
        let list = self.get(path)?.as_array()?;
        Some(list.iter().filter_map(|member| member.as_str().map(str::to_owned)).collect())
    }

    /// Puts `value` at `path`, with objects on the way where there are none.
    pub fn set(&mut self, path: &str, value: impl Into<Value>) {
        let mut parts: Vec<&str> = path.split('.').collect();
        let Some(last) = parts.pop() else { return };
        let mut map = &mut self.0;
        for part in parts {
            let slot = map.entry(part).or_insert(Value::Null);
            if !slot.is_object() {
                *slot = Value::Object(Map::new());
            }
            let Value::Object(inner) = slot else { return };
            map = inner;
        }
        map.insert(last.to_owned(), value.into());
    }

    /// Takes out the value at `path`, null included.
    pub fn remove(&mut self, path: &str) -> Option<Value> {
        let (parents, last) = match path.rsplit_once('.') {
            Some((parents, last)) => (Some(parents), last),
            None => (None, path),
        };
        let mut map = &mut self.0;
        for part in parents.into_iter().flat_map(|parents| parents.split('.')) {
            map = map.get_mut(part)?.as_object_mut()?;
        }
        // shift_remove keeps the order of what stays.
        map.shift_remove(last)
    }

    /// Whether this is what `sent` became: it has every field of it, with the same value. Null, absent, `false` and
    /// empty are one thing, lists of plain values are sets, and a value that is asterisks only is taken for whatever was
    /// sent. Secrets that are never shown must not be in `sent`.
    pub fn shows(&self, sent: &Self) -> bool {
        likeness::shows(&self.to_value(), &sent.to_value())
    }

    /// The whole object.
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// The fields at the top.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<'de> serde::Deserialize<'de> for Document {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_read_write_and_remove() {
        let mut document = Document::from_value(json!({"a": {"b": null, "c": ["x", 1, "y"]}, "d": true})).unwrap();
        assert_eq!(document.get("a.b"), None);
        assert_eq!(document.strings("a.c"), Some(vec!["x".into(), "y".into()]));
        assert_eq!(document.bool("d"), Some(true));
        assert_eq!(document.str("d.e.f"), None);

        document.set("a.n.m", "new");
        document.set("d.e", 7);
        assert_eq!(document.str("a.n.m"), Some("new"));
        assert_eq!(document.remove("a.b"), Some(Value::Null));
        assert_eq!(document.remove("a.b"), None);
        assert_eq!(document.to_value(), json!({"a": {"c": ["x", 1, "y"], "n": {"m": "new"}}, "d": {"e": 7}}));
    }

    #[test]
    fn debug_shows_no_values() {
        let document = Document::from_value(json!({"secret": "hunter2"})).unwrap();
        assert_eq!(format!("{document:?}"), r#"{"secret"}"#);
    }
}
