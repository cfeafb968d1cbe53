//! Verifying an ID token: OpenID Connect Core 1.0 section 3.1.3.7, on the mock's clock.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value};
use time::OffsetDateTime;

/// Okta signs ID tokens with this and nothing else. Whatever algorithm a token names beside it is refused, `none` and
/// the client secret as an HMAC key above all.
const ALGORITHM: &str = "RS256";

/// What a token must say.
pub(super) struct Expected<'a> {
    /// `iss`.
    pub(super) issuer: &'a str,
    /// The client id, which must be `aud`.
    pub(super) audience: &'a str,
    /// `nonce` of the authorization request.
    pub(super) nonce: &'a str,
}

/// Why a token is not believed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// It names a key that is not among those known, so they may have been rotated.
    UnknownKey(String),
    /// It breaks a rule.
    Invalid(String),
}

fn invalid<T>(problem: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::Invalid(problem.into()))
}

/// The claims of a token that `keys` (of a JWK Set, RFC 7517) vouch for and that says what is expected.
///
/// # Errors
///
/// The first rule that it breaks; only after the signature holds is anything of the claims repeated.
pub(super) fn verify(
    token: &str,
    keys: &[Value],
    expected: &Expected<'_>,
    now: OffsetDateTime,
) -> Result<Map<String, Value>, Problem> {
    let key = key(token, keys)?;
    let mut signature_only = Validation::new(Algorithm::RS256);
    // The library would compare with the clock of the machine.
    signature_only.validate_exp = false;
    signature_only.validate_aud = false;
    signature_only.required_spec_claims.clear();
    match jsonwebtoken::decode::<Value>(token, &key, &signature_only).map(|decoded| decoded.claims) {
        Ok(Value::Object(claims)) => check(&claims, expected, now).map(|()| claims),
        Ok(_) => invalid("its payload is no JSON object"),
        Err(error) => match error.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidSignature => invalid("its signature is not the key's"),
            _ => invalid("it is not a signed JSON Web Token"),
        },
    }
}

/// The key that the token's header names.
fn key(token: &str, keys: &[Value]) -> Result<DecodingKey, Problem> {
    let header = token.split('.').next().and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let header: Option<Value> = header.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some(header) = header else { return invalid("it is not a JSON Web Token") };
    match header["alg"].as_str() {
        Some(ALGORITHM) => {}
        Some(other) => return invalid(format!("it is signed with {other} instead of {ALGORITHM}")),
        None => return invalid("its header names no algorithm"),
    }
    let Some(id) = header["kid"].as_str() else { return invalid("its header names no key (kid)") };
    let named = keys.iter().find(|key| key["kid"] == id).ok_or_else(|| Problem::UnknownKey(id.to_owned()))?;
    let fit = named["kty"] == "RSA"
        && named["use"].as_str().is_none_or(|usage| usage == "sig")
        && named["alg"].as_str().is_none_or(|algorithm| algorithm == ALGORITHM);
    match (named["n"].as_str(), named["e"].as_str()) {
        (Some(n), Some(e)) if fit => DecodingKey::from_rsa_components(n, e)
            .map_err(|_| Problem::Invalid(format!("the key {id} of the identity provider cannot be read"))),
        _ => invalid(format!("the key {id} of the identity provider is not for {ALGORITHM} signatures")),
    }
}

fn check(claims: &Map<String, Value>, expected: &Expected<'_>, now: OffsetDateTime) -> Result<(), Problem> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let shown = |name: &str| claims.get(name).map_or_else(|| "absent".to_owned(), Value::to_string);
    if text("iss") != Some(expected.issuer) {
        return invalid(format!("its issuer (iss) is {} instead of {}", shown("iss"), expected.issuer));
    }
    let audiences = match claims.get("aud") {
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => text("aud").into_iter().collect::<Vec<_>>(),
    };
    let for_us = audiences.contains(&expected.audience);
    let named_as_party = text("azp").map_or(audiences.len() == 1, |party| party == expected.audience);
    if !for_us || !named_as_party {
        return invalid(format!("its audience (aud) is {} instead of {}", shown("aud"), expected.audience));
    }
    if text("nonce") != Some(expected.nonce) {
        return invalid("its nonce is not that of the login");
    }
    match claims.get("exp").and_then(Value::as_i64) {
        Some(expires) if expires > now.unix_timestamp() => {}
        Some(_) => return invalid("it has expired (exp)"),
        None => return invalid("it does not say when it expires (exp)"),
    }
    match text("sub") {
        Some(subject) if !subject.is_empty() => Ok(()),
        _ => invalid("it does not say whom it is about (sub)"),
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::jwk::Jwk;
    use jsonwebtoken::{EncodingKey, Header};
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-03-25 06:09:58 UTC);
    const EXPECTED: Expected<'_> = Expected { issuer: "https://acme.okta.com", audience: "0oa1", nonce: "n1" };

    /// A signing key, and itself as a JWK Set shows it.
    fn signer(id: &str) -> (EncodingKey, Value) {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        let key = EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes()).unwrap();
        let mut shown = serde_json::to_value(Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap()).unwrap();
        shown["kid"] = json!(id);
        shown["use"] = json!("sig");
        (key, shown)
    }

    fn claims() -> Value {
        json!({
            "iss": EXPECTED.issuer,
            "aud": EXPECTED.audience,
            "nonce": EXPECTED.nonce,
            "sub": "00u1",
            "exp": NOW.unix_timestamp() + 3600,
            "email": "ada@acme.example",
        })
    }

    fn signed(key: &EncodingKey, id: Option<&str>, claims: &Value) -> String {
        let header = Header { kid: id.map(str::to_owned), ..Header::new(Algorithm::RS256) };
        jsonwebtoken::encode(&header, claims, key).unwrap()
    }

    fn unsigned(header: &Value, claims: &Value) -> String {
        let part = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        format!("{}.{}.", part(header), part(claims))
    }

    fn problem(token: &str, keys: &[Value]) -> String {
        match verify(token, keys, &EXPECTED, NOW) {
            Err(Problem::Invalid(problem)) => problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_good_token_is_believed() {
        let ((one, first), (_, second)) = (signer("one"), signer("two"));
        let token = signed(&one, Some("one"), &claims());
        let keys = [second, first];
        assert_eq!(verify(&token, &keys, &EXPECTED, NOW).unwrap()["email"], "ada@acme.example");
        let just_in_time = NOW + time::Duration::seconds(3599);
        assert!(verify(&token, &keys, &EXPECTED, just_in_time).is_ok());
        let too_late = verify(&token, &keys, &EXPECTED, NOW + time::Duration::seconds(3600));
        assert_eq!(too_late, Err(Problem::Invalid("it has expired (exp)".into())));
    }

    #[test]
    fn a_token_of_an_unknown_key_asks_for_the_keys_again() {
        let ((one, _), (_, second)) = (signer("one"), signer("two"));
        let token = signed(&one, Some("one"), &claims());
        assert_eq!(verify(&token, &[second], &EXPECTED, NOW), Err(Problem::UnknownKey("one".into())));
    }

    #[test]
    fn a_signature_of_another_key_or_over_other_claims_is_refused() {
        let ((one, first), (two, _)) = (signer("one"), signer("two"));
        let keys = [first];
        assert_eq!(problem(&signed(&two, Some("one"), &claims()), &keys), "its signature is not the key's");
        let genuine = signed(&one, Some("one"), &claims());
        let mut parts: Vec<&str> = genuine.split('.').collect();
        let mut forged = claims();
        forged["email"] = json!("admin@acme.example");
        let forged = URL_SAFE_NO_PAD.encode(forged.to_string());
        parts[1] = &forged;
        assert_eq!(problem(&parts.join("."), &keys), "its signature is not the key's");
    }

    #[test]
    fn the_token_does_not_choose_the_algorithm() {
        let (one, first) = signer("one");
        let keys = [first.clone()];
        let header = json!({"alg": "none", "kid": "one"});
        assert_eq!(problem(&unsigned(&header, &claims()), &keys), "it is signed with none instead of RS256");
        let public = first["n"].as_str().unwrap().as_bytes();
        let header = Header { kid: Some("one".into()), ..Header::new(Algorithm::HS256) };
        let confused = jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(public)).unwrap();
        assert_eq!(problem(&confused, &keys), "it is signed with HS256 instead of RS256");
        assert_eq!(problem(&signed(&one, None, &claims()), &keys), "its header names no key (kid)");
        for garbage in ["", "a.b.c", "..", "e30.e30."] {
            assert!(problem(garbage, &keys).contains("it"), "{garbage}");
        }
    }

    #[test]
    fn a_key_for_something_else_does_not_vouch() {
        let (one, mut first) = signer("one");
        let token = signed(&one, Some("one"), &claims());
        for (member, value) in [("use", "enc"), ("alg", "RS512"), ("kty", "oct")] {
            let mut key = first.clone();
            key[member] = json!(value);
            assert!(problem(&token, &[key]).contains("is not for RS256 signatures"), "{member}");
        }
        first.as_object_mut().unwrap().remove("alg");
        assert!(verify(&token, &[first], &EXPECTED, NOW).is_ok(), "use and alg are optional");
    }

    #[test]
    fn every_claim_is_checked() {
        let (one, first) = signer("one");
        let keys = [first];
        let with = |name: &str, value: Value| {
            let mut claims = claims();
            claims[name] = value;
            signed(&one, Some("one"), &claims)
        };
        for (name, value, said) in [
            ("iss", json!("https://evil.example"), "its issuer (iss) is \"https://evil.example\""),
            ("iss", Value::Null, "its issuer (iss)"),
            ("aud", json!("0oa2"), "its audience (aud) is \"0oa2\" instead of 0oa1"),
            ("aud", json!(["0oa1", "0oa2"]), "its audience (aud)"),
            ("azp", json!("0oa2"), "its audience (aud)"),
            ("nonce", json!("n2"), "its nonce"),
            ("nonce", Value::Null, "its nonce"),
            ("exp", json!(NOW.unix_timestamp()), "it has expired"),
            ("exp", json!("tomorrow"), "it does not say when it expires"),
            ("sub", json!(""), "it does not say whom it is about"),
        ] {
            let problem = problem(&with(name, value.clone()), &keys);
            assert!(problem.starts_with(said), "{name} {value}: {problem}");
        }
        assert!(verify(&with("aud", json!(["0oa1"])), &keys, &EXPECTED, NOW).is_ok());
    }
}
