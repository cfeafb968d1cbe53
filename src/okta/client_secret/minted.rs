//! The text of a new secret. It is chosen here and not by Okta, so that it is found again when the answer is lost, and
//! is told from secrets that somebody else made.

use std::collections::BTreeMap;

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::{SecureRandom, SystemRandom},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};

use crate::framework::{
    diagnostic::{Diagnostic, Result},
    model::{Attr, Map},
};

/// What every one begins with.
const PREFIX: &str = "zt";
/// How many characters stand for the app and the keepers.
const TAG: usize = 8;
/// What stands between these and the random part.
const SEPARATOR: &str = "_";
/// How many characters there are in all: as many as Okta's own.
const LENGTH: usize = 64;
/// How many of them are random, of six bits each.
const RANDOM: usize = LENGTH - PREFIX.len() - TAG - SEPARATOR.len();

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A new text for a secret of this app: `zt`, eight characters that stand for the app and the keepers, `_`, and 53
/// random ones (318 bits).
///
/// # Errors
/// The system has no random bytes to give.
pub(super) fn mint(app_id: &str, keepers: &Attr<Map<String>>) -> Result<SecretString> {
    let mut random = Zeroizing::new([0_u8; RANDOM]);
    SystemRandom::new().fill(random.as_mut_slice()).map_err(|_| {
        Diagnostic::error("Cannot make up a client secret", "The operating system gave no random bytes. Apply again.")
    })?;
    // As long as it gets, so that no copy of it is left behind.
    let mut text = String::with_capacity(LENGTH);
    text.push_str(&beginning(app_id, keepers));
    text.extend(random.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 63)])));
    Ok(text.into())
}

/// Whether `okta_client_secret` made this secret, here or in another configuration. One in 262144 of the secrets that
/// Okta makes up reads so as well.
pub fn is_minted(secret: &SecretString) -> bool {
    let text = secret.expose_secret();
    text.len() == LENGTH
        && text.starts_with(PREFIX)
        && text.get(PREFIX.len() + TAG..).is_some_and(|rest| rest.starts_with(SEPARATOR))
        && text.bytes().all(|byte| ALPHABET.contains(&byte))
}

/// Whether it was made for this app and these keepers.
pub(super) fn is_minted_for(secret: &SecretString, app_id: &str, keepers: &Attr<Map<String>>) -> bool {
    is_minted(secret) && secret.expose_secret().starts_with(&beginning(app_id, keepers))
}

/// Okta's `secret_hash`: base64url of the first half of the SHA-256. Okta does not document the form.
pub(super) fn hash(secret: &SecretString) -> String {
    URL_SAFE_NO_PAD.encode(&digest(&SHA256, secret.expose_secret().as_bytes()).as_ref()[..16])
}

fn beginning(app_id: &str, keepers: &Attr<Map<String>>) -> String {
    let keepers: BTreeMap<&str, Option<&str>> = keepers
        .known()
        .map(|keepers| keepers.0.iter().map(|(key, value)| (key.as_str(), value.text())).collect())
        .unwrap_or_default();
    // JSON keeps neighbours apart, and a BTreeMap has one order only.
    let canonical = serde_json::json!([app_id, keepers]).to_string();
    let mut tag = URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()));
    tag.truncate(TAG);
    format!("{PREFIX}{tag}{SEPARATOR}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keepers(pairs: &[(&str, &str)]) -> Attr<Map<String>> {
        Attr::Known(Map(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect()))
    }

    #[test]
    fn a_minted_text_is_recognised_and_another_is_not() {
        let none = Attr::Null;
        let text = mint("0oa1", &none).unwrap();
        assert_eq!(text.expose_secret().len(), 64);
        assert!(text.expose_secret().chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)));
        assert!(is_minted(&text));
        assert_ne!(text.expose_secret(), mint("0oa1", &none).unwrap().expose_secret());
        let other = |change: fn(&str) -> String| is_minted(&change(text.expose_secret()).into());
        assert!(!other(|text| text.replacen("zt", "zs", 1)));
        assert!(!other(|text| text[..63].to_owned()));
        assert!(!other(|text| format!("{}.", &text[..63])));
        assert!(!other(|text| format!("{}A{}", &text[..10], &text[11..])));
        assert!(!other(|_| "zé".repeat(21) + "z"));
    }

    #[test]
    fn the_tag_stands_for_the_app_and_the_keepers() {
        let one = keepers(&[("a", "1"), ("b", "2")]);
        let text = mint("0oa1", &one).unwrap();
        assert!(is_minted_for(&text, "0oa1", &one));
        for (app, other) in [
            ("0oa2", one.clone()),
            ("0oa1", Attr::Null),
            ("0oa1", keepers(&[("a", "12"), ("b", "")])),
            ("0oa1", keepers(&[("a", "1")])),
        ] {
            assert!(!is_minted_for(&text, app, &other), "{app} {other:?}");
        }
        assert!(is_minted_for(&mint("0oa1", &Attr::Null).unwrap(), "0oa1", &keepers(&[])), "no keepers are none");
    }

    #[test]
    fn the_hash_is_half_a_sha256() {
        assert_eq!(hash(&"abc".into()), "ungWv48Bz-pBQUDeXa4iIw");
    }
}
