//! What a provider remembers about an object beside its state: a few JSON values that Terraform stores and never shows.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value as Json};

/// Keys beginning with a dot are the framework's.
const RESERVED: char = '.';

/// The remembered values, by key. Terraform keeps them in clear in the state file: hashes only, never a secret.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Private(Map<String, Json>);

impl Private {
    /// Reads what Terraform kept. Bytes of another provider, or broken ones, count as nothing remembered.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(serde_json::from_slice(bytes).unwrap_or_default())
    }

    /// What Terraform is to keep.
    pub fn to_bytes(&self) -> Vec<u8> {
        if self.0.is_empty() { Vec::new() } else { Json::Object(self.0.clone()).to_string().into_bytes() }
    }

    /// The value of a key; `None` if there is none of that shape.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        serde_json::from_value(self.0.get(key)?.clone()).ok()
    }

    /// Remembers a value. Keys beginning with a dot are reserved and ignored.
    pub fn set(&mut self, key: &str, value: impl Serialize) {
        if !key.starts_with(RESERVED) {
            self.put(key, value);
        }
    }

    /// Forgets a value. Keys beginning with a dot are reserved and ignored.
    pub fn remove(&mut self, key: &str) {
        if !key.starts_with(RESERVED) {
            self.erase(key);
        }
    }

    /// [`set`](Self::set) for the framework's own keys.
    pub(super) fn put(&mut self, key: &str, value: impl Serialize) {
        if let Ok(value) = serde_json::to_value(value) {
            self.0.insert(key.to_owned(), value);
        }
    }

    /// [`remove`](Self::remove) for the framework's own keys.
    pub(super) fn erase(&mut self, key: &str) {
        self.0.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembered_and_forgotten() {
        let mut private = Private::default();
        assert!(private.to_bytes().is_empty());
        private.set("hash", "abc");
        private.set(".owned", "x");
        let mut again = Private::from_bytes(&private.to_bytes());
        assert_eq!(again.get::<String>("hash").as_deref(), Some("abc"));
        assert_eq!(again.get::<String>(".owned"), None);
        again.remove("hash");
        assert_eq!(again, Private::default());
    }

    #[test]
    fn broken_bytes_are_nothing() {
        assert_eq!(Private::from_bytes(b"\xff not json"), Private::default());
        assert_eq!(Private::from_bytes(b"[1]"), Private::default());
    }
}
