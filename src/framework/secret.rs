//! Text that does not print.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;

/// A secret that a configuration or state holds. `Debug` shows nothing of it, there is no `Display`, and the memory is
/// wiped when it is dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// The secret itself; ask for it as late as possible.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What tells it from other secrets without showing it: base64url, without padding, of the first 16 bytes of its
    /// SHA-256. That of a short secret, or of one that a person made up, can be guessed.
    pub fn fingerprint(&self) -> String {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, self.expose().as_bytes());
        URL_SAFE_NO_PAD.encode(digest.as_ref().iter().take(16).copied().collect::<Vec<u8>>())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<SecretString> for Secret {
    fn from(secret: SecretString) -> Self {
        Self(secret)
    }
}

impl From<Secret> for SecretString {
    fn from(secret: Secret) -> Self {
        secret.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(self.expose().as_bytes(), other.expose().as_bytes()).is_ok()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Some(Secret::from("hunter2"))), "Some((secret))");
        assert_eq!(Secret::from("a"), Secret::from("a"));
        assert_ne!(Secret::from("a"), Secret::from("ab"));
    }

    #[test]
    fn a_fingerprint_is_half_of_the_digest() {
        // SHA-256("abc") begins with ba7816bf 8f01cfea 414140de 5dae2223 (FIPS 180-4).
        assert_eq!(Secret::from("abc").fingerprint(), "ungWv48Bz-pBQUDeXa4iIw");
    }
}
