//! Values that services hide, and the mask that keeps them out of messages.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

/// What stands in a message where a secret was.
pub const MASKED: &str = "(hidden)";

/// A secret as an answer shows it: absent, null, empty and all-asterisk values all mean "not shown".
pub fn shown(value: Option<&str>) -> Option<SecretString> {
    value.filter(|text| !is_hidden(text)).map(SecretString::from)
}

/// Whether `text` is what services put in the place of a secret: nothing, or asterisks only.
pub fn is_hidden(text: &str) -> bool {
    text.chars().all(|c| c == '*')
}

/// For `#[serde(default, deserialize_with = "…")]` on an `Option<SecretString>`; see [`shown`].
pub fn deserialize_shown<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(shown(Option::<String>::deserialize(deserializer)?.as_deref()))
}

/// Replaces known secrets in texts that came from outside.
#[derive(Default)]
pub(super) struct Mask {
    // Longest first, so that a secret that contains another one disappears as a whole.
    needles: Vec<SecretString>,
}

impl Mask {
    pub(super) fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let mut needles: Vec<String> = Vec::new();
        for secret in secrets {
            let clear = secret.expose_secret();
            let quoted = serde_json::Value::from(clear).to_string();
            let escaped = quoted.trim_matches('"').to_owned();
            let encoded = utf8_percent_encode(clear, NON_ALPHANUMERIC).to_string();
            for needle in [clear.to_owned(), escaped, encoded] {
                if !needle.is_empty() && !needles.contains(&needle) {
                    needles.push(needle);
                }
            }
        }
        needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
        Self { needles: needles.into_iter().map(SecretString::from).collect() }
    }

    pub(super) fn apply(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for needle in &self.needles {
            if text.contains(needle.expose_secret()) {
                text = text.replace(needle.expose_secret(), MASKED);
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_values_are_no_secrets() {
        for value in [None, Some(""), Some("*"), Some("**********************************")] {
            assert!(shown(value).is_none(), "{value:?}");
        }
        assert_eq!(shown(Some("*a*")).unwrap().expose_secret(), "*a*");
    }

    #[test]
    fn every_spelling_of_a_secret_is_masked() {
        let mask = Mask::new(&[SecretString::from("pa\"ss/wörd"), SecretString::from("pa\"ss/wörd-2")]);
        let masked = mask.apply(r#"a pa"ss/wörd b pa"ss/wörd-2 c pa\"ss/wörd d pa%22ss%2Fw%C3%B6rd e"#);
        assert_eq!(masked, "a (hidden) b (hidden) c (hidden) d (hidden) e");
    }

    #[test]
    fn an_empty_secret_masks_nothing() {
        assert_eq!(Mask::new(&[SecretString::from("")]).apply("abc"), "abc");
    }
}
