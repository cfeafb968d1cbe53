//! Signing keys: RS256, made when somebody needs them, rotated on demand.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::mock::ids;

/// The random numbers ran out, or something as unlikely.
#[derive(Debug)]
pub(crate) struct NoKey;

/// One key of an authorization server.
struct SigningKey {
    kid: String,
    pair: Arc<KeyPair>,
}

/// Key pairs of mocks that have ended. Making one takes a good part of a second in a debug build, and tests start
/// hundreds of mocks; no two that live at the same time share a pair.
static SPARE: Mutex<Vec<Arc<KeyPair>>> = Mutex::new(Vec::new());

impl SigningKey {
    fn make() -> Result<Self, NoKey> {
        let spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let pair = match spare {
            Some(pair) => pair,
            None => Arc::new(KeyPair::generate(KeySize::Rsa2048).map_err(|_| NoKey)?),
        };
        Ok(Self { kid: ids::secret(43), pair })
    }

    fn jwk(&self) -> Value {
        let public = self.pair.public_key();
        json!({
            "kty": "RSA",
            "alg": "RS256",
            "kid": self.kid,
            "use": "sig",
            "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
            "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
        })
    }

    fn sign(&self, kind: Option<&str>, claims: &Map<String, Value>) -> Result<String, NoKey> {
        let mut header = json!({"kid": self.kid, "alg": "RS256"});
        if let Some(kind) = kind {
            header["typ"] = json!(kind);
        }
        let part = |text: String| URL_SAFE_NO_PAD.encode(text);
        let signed = format!("{}.{}", part(header.to_string()), part(json!(claims).to_string()));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = SystemRandom::new();
        self.pair.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).map_err(|_| NoKey)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        SPARE.lock().unwrap_or_else(PoisonError::into_inner).push(self.pair.clone());
    }
}

/// The keys of one authorization server: the one that signs, and older ones that are still published. Copies share the
/// keys, so that resetting a mock leaves its key alone.
#[derive(Clone, Default)]
pub(crate) struct Keys {
    signing: Arc<OnceLock<SigningKey>>,
    older: Vec<Arc<OnceLock<SigningKey>>>,
}

impl Keys {
    fn signing(&self) -> Result<&SigningKey, NoKey> {
        if self.signing.get().is_none() {
            // Somebody else's may have come first; then that is the key.
            let _ours = self.signing.set(SigningKey::make()?);
        }
        self.signing.get().ok_or(NoKey)
    }

    /// Id of the key that signs now.
    pub(crate) fn kid(&self) -> Result<&str, NoKey> {
        Ok(&self.signing()?.kid)
    }

    /// A JWT of these claims.
    pub(crate) fn sign(&self, kind: Option<&str>, claims: &Map<String, Value>) -> Result<String, NoKey> {
        self.signing()?.sign(kind, claims)
    }

    /// A new key signs from now on. Unless `withdraw`, the ones before stay published.
    pub(crate) fn rotate(&mut self, withdraw: bool) -> Result<(), NoKey> {
        self.signing()?;
        let before = std::mem::take(&mut self.signing);
        match withdraw {
            true => self.older.clear(),
            false => self.older.insert(0, before),
        }
        self.signing().map(|_| ())
    }

    /// What `/keys` answers: the signing key first.
    pub(crate) fn published(&self) -> Result<Value, NoKey> {
        self.signing()?;
        Ok(json!({"keys": self.all().map(SigningKey::jwk).collect::<Value>()}))
    }

    /// The claims of a JWT that one of these keys has signed, whatever they say.
    pub(crate) fn verified(&self, token: &str) -> Option<Map<String, Value>> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let read = |part: &str| serde_json::from_slice::<Map<String, Value>>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        let header = read(header)?;
        let key = self.all().find(|key| header.get("kid").is_some_and(|kid| *kid == key.kid))?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.pair.public_key());
        public.verify(signed.as_bytes(), &signature).ok()?;
        read(claims)
    }

    fn all(&self) -> impl Iterator<Item = &SigningKey> {
        std::iter::once(&self.signing).chain(&self.older).filter_map(|key| key.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(text: &str) -> Map<String, Value> {
        Map::from_iter([("sub".to_owned(), json!(text))])
    }

    fn kids(keys: &Keys) -> Vec<String> {
        let published = keys.published().unwrap();
        let list = published["keys"].as_array().unwrap();
        list.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn only_what_was_signed_is_verified() {
        let keys = Keys::default();
        let token = keys.sign(None, &claims("ada")).unwrap();
        assert_eq!(keys.verified(&token), Some(claims("ada")));
        let other = keys.sign(None, &claims("bo")).unwrap();
        let (body, _) = token.rsplit_once('.').unwrap();
        let (_, signature) = other.rsplit_once('.').unwrap();
        for forged in [format!("{body}.{signature}"), body.to_owned(), String::new(), "a.b.c".to_owned()] {
            assert_eq!(keys.verified(&forged), None, "{forged}");
        }
        assert_eq!(Keys::default().verified(&token), None);
    }

    #[test]
    fn a_rotated_key_is_published_until_it_is_withdrawn() {
        let mut keys = Keys::default();
        let token = keys.sign(None, &claims("ada")).unwrap();
        let first = keys.kid().unwrap().to_owned();
        let copy = keys.clone();
        keys.rotate(false).unwrap();
        assert_eq!(kids(&keys).len(), 2);
        assert_eq!((kids(&keys)[1].as_str(), keys.kid().unwrap() == first), (first.as_str(), false));
        assert!(keys.verified(&token).is_some());
        keys.rotate(true).unwrap();
        assert_eq!(kids(&keys), [keys.kid().unwrap()]);
        assert!(keys.verified(&token).is_none());
        assert_eq!(copy.kid().unwrap(), first, "a copy from before keeps its key");
    }
}
