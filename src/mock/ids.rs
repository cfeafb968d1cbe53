//! Identifiers and secrets in the vendors' spelling.

const ALPHANUMERIC: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const URL_SAFE: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
const HEX: &[u8] = b"0123456789abcdef";

/// An Okta id: the noun's prefix (`0oa` app, `00g` group, `00u` user, `rst` policy …) filled up to 20 characters.
pub fn okta(prefix: &str) -> String {
    format!("{prefix}{}", from(ALPHANUMERIC, 20_usize.saturating_sub(prefix.len())))
}

/// The id of one Okta error answer: `oae` and 22 characters.
pub fn okta_error() -> String {
    format!("oae{}", from(URL_SAFE, 22))
}

/// A random UUID, hyphenated and in lower case.
pub fn uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// `length` hexadecimal characters: Cloudflare's account and zone ids are 32 of them.
pub fn hex(length: usize) -> String {
    from(HEX, length)
}

/// A secret as both vendors mint them: `length` characters of `[A-Za-z0-9_-]`, the first and last alphanumeric so
/// that it survives a double click in a terminal.
pub fn secret(length: usize) -> String {
    let mut secret = from(ALPHANUMERIC, 1);
    secret.push_str(&from(URL_SAFE, length.saturating_sub(2)));
    secret.push_str(&from(ALPHANUMERIC, 1));
    secret
}

/// Characters drawn from `alphabet`. The generator is fast and predictable: a mock guards nothing worth guessing.
fn from(alphabet: &[u8], length: usize) -> String {
    (0..length).map(|_| char::from(alphabet[fastrand::usize(..alphabet.len())])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_vendors_length_and_alphabet() {
        let app = okta("0oa");
        assert!(app.len() == 20 && app.starts_with("0oa") && app.chars().all(|c| c.is_ascii_alphanumeric()));
        assert_eq!(okta_error().len(), 25);
        assert_eq!(uuid().len(), 36);
        assert!(hex(32).len() == 32 && hex(32).chars().all(|c| c.is_ascii_hexdigit()));
        let secret = secret(64);
        assert!(secret.len() == 64 && secret.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)));
        assert_ne!(okta("0oa"), app);
    }
}
