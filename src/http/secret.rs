//! Values that services hide, and the mask that keeps them out of messages.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

use super::Refusal;

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

/// Replaces known secrets in texts that came from outside, in every spelling in which a service may quote them.
#[derive(Clone, Default)]
pub(super) struct Mask {
    // Longest first, so that a secret that contains another one disappears as a whole.
    needles: Vec<SecretString>,
}

impl Mask {
    pub(super) fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let mut needles: Vec<String> = Vec::new();
        for secret in secrets {
            for needle in spellings(secret.expose_secret()) {
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

    /// Masks all that a service says in a refusal.
    pub(super) fn clean(&self, refusal: &mut Refusal) {
        let said = [&mut refusal.code, &mut refusal.request_id].into_iter().flatten().chain([&mut refusal.summary]);
        said.for_each(|text| *text = self.apply(text));
        for cause in &mut refusal.causes {
            let said = cause.field.iter_mut().chain([&mut cause.summary]);
            said.for_each(|text| *text = self.apply(text));
        }
    }
}

/// The shortest part of a longer base64 text that is masked: anything shorter turns up by chance.
const SHORTEST_PART: usize = 8;

/// What stays as it is in a URL: letters, digits and RFC 3986's unreserved characters.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What stays as it is for JavaScript's `encodeURIComponent`.
const COMPONENT: &AsciiSet = &UNRESERVED.remove(b'!').remove(b'*').remove(b'\'').remove(b'(').remove(b')');

fn spellings(clear: &str) -> Vec<String> {
    let mut all = vec![clear.to_owned()];
    all.extend(in_json(clear));
    let mut in_urls: Vec<String> =
        [NON_ALPHANUMERIC, UNRESERVED, COMPONENT].map(|set| utf8_percent_encode(clear, set).to_string()).into();
    in_urls.push(url::form_urlencoded::byte_serialize(clear.as_bytes()).collect());
    all.extend(in_urls.iter().map(|text| lower_case_hex(text)));
    all.extend(in_urls);
    all.extend(in_base64(clear.as_bytes()));
    all
}

/// As JSON strings have it: with what must be escaped, with slashes or `<`, `>` and `&` escaped as well, and in ASCII.
fn in_json(clear: &str) -> Vec<String> {
    let quoted = serde_json::Value::from(clear).to_string();
    let escaped = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(&quoted).to_owned();
    let html = escaped.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    let mut ascii = String::new();
    for c in escaped.chars() {
        match c.is_ascii() {
            true => ascii.push(c),
            false => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| ascii.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    vec![escaped.replace('/', "\\/"), ascii.replace('/', "\\/"), escaped, html, ascii]
}

/// The hexadecimal digits after percent signs may be written in lower case.
fn lower_case_hex(encoded: &str) -> String {
    let mut digits = 0;
    let lower = |c: char| {
        if c == '%' {
            digits = 2;
        } else if digits > 0 {
            digits -= 1;
            return c.to_ascii_lowercase();
        }
        c
    };
    encoded.chars().map(lower).collect()
}

/// In both alphabets, as a text of its own and as a part of a longer one, like basic authentication's `user:password`.
fn in_base64(clear: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        all.push(alphabet.encode(clear));
        for before in 0..3 {
            let longer = alphabet.encode([&[0; 3][..before], clear].concat());
            // What depends on the secret alone: the bytes next to it reach into the first and the last character.
            let (from, to) = ((before * 8).div_ceil(6), (before + clear.len()) * 8 / 6);
            all.extend(longer.get(from..to).filter(|part| part.len() >= SHORTEST_PART).map(str::to_owned));
        }
    }
    all
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
    fn other_peoples_spellings_are_masked_as_well() {
        let secret = "q\"<&>/ wörd-~\"";
        let mask = Mask::new(&[SecretString::from(secret)]);
        for quoted in [
            r#"q\"\u003c\u0026\u003e/ wörd-~\""#,
            r#"q\"<&>\/ w\u00f6rd-~\""#,
            "q%22%3C%26%3E%2F%20w%C3%B6rd-~%22",
            "q%22%3c%26%3e%2f+w%c3%b6rd-%7e%22",
        ] {
            assert_eq!(mask.apply(quoted), MASKED, "{quoted}");
        }
        for user in ["", "a", "ab", "abc", "abcd"] {
            let pair = STANDARD_NO_PAD.encode(format!("{user}:{secret}"));
            let masked = mask.apply(&pair);
            assert!(masked.contains(MASKED) && masked.len() < MASKED.len() + 9, "{masked}");
        }
    }

    #[test]
    fn short_parts_of_base64_stay() {
        assert_eq!(Mask::new(&[SecretString::from("abc")]).apply("Fi7 FiYw"), "Fi7 FiYw");
    }

    #[test]
    fn an_empty_secret_masks_nothing() {
        assert_eq!(Mask::new(&[SecretString::from("")]).apply("abc"), "abc");
    }
}
