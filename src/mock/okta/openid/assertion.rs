//! Client assertions: JWTs by which a client proves who it is, instead of with its secret (RFC 7523).
//!
//! `private_key_jwt` is verified with the keys in the app's settings, `client_secret_jwt` with its secrets
//! (<https://developer.okta.com/docs/guides/build-self-signed-jwt/>). What a client signs carries the client's time, so
//! it is measured against real time and not against the mock's clock, which the client does not see.

use jsonwebtoken::dangerous::insecure_decode_claims;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use super::errors::{self, OAuthError};
use crate::mock::okta::apps::App;
use crate::mock::okta::org::Org;

/// `client_assertion_type`.
pub(super) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

const LONGEST: Duration = Duration::HOUR;

/// How far a client's clock may be ahead.
const SKEW: Duration = Duration::minutes(5);

/// The app that signed an assertion for `audience`, by id. An assertion with a `jti` is accepted once. A client id that
/// came along must be the same client's (RFC 7521, section 4.2); Okta's words for another are not verified against a live
/// tenant.
pub(super) fn accepted(
    org: &mut Org,
    audience: &str,
    client_id: Option<&str>,
    token: &str,
) -> Result<String, OAuthError> {
    let unreadable = || errors::assertion("The parsing of the client_assertion failed.");
    let header = decode_header(token).map_err(|_| unreadable())?;
    let unverified = insecure_decode_claims::<Map<String, Value>>(token).map_err(|_| unreadable())?;
    let text = |name: &str| unverified.get(name).and_then(Value::as_str);
    let app = text("iss").and_then(|client_id| org.client(client_id));
    let app =
        app.ok_or_else(|| errors::assertion("The issuer claim for client_assertion is not a valid client_id."))?;
    if text("sub") != app.client_id() {
        return Err(errors::assertion("The subject claim for client_assertion is not a valid client_id."));
    }
    if client_id.is_some_and(|other| app.client_id() != Some(other)) {
        return Err(errors::assertion("The 'client_id' does not match the issuer claim for client_assertion."));
    }
    let hashed = matches!(header.alg, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512);
    let method = if hashed { "client_secret_jwt" } else { "private_key_jwt" };
    if app.auth_method() != method {
        return Err(errors::wrong_auth_method());
    }
    let keys = if hashed { secrets(app) } else { public_keys(app, header.kid.as_deref())? };
    let validation = signature_only(header.alg);
    if !keys.iter().any(|key| decode::<Map<String, Value>>(token, key, &validation).is_ok()) {
        return Err(errors::assertion("The client_assertion signature is invalid."));
    }
    let named = match unverified.get("aud") {
        Some(Value::Array(several)) => several.iter().any(|aud| aud == audience),
        Some(one) => one == audience,
        None => false,
    };
    if !named {
        return Err(errors::assertion(
            "The audience claim for client_assertion must be the endpoint invoked for the request.",
        ));
    }
    let now = OffsetDateTime::now_utc();
    let expires = lifetime(&unverified, now)?;
    let app_id = app.id.clone();
    if let Some(jti) = text("jti")
        && !org.openid.issued.first_use(&app_id, jti, now, expires)
    {
        return Err(errors::assertion("The client_assertion token has already been used."));
    }
    Ok(app_id)
}

/// When the assertion expires, if that is neither past nor too far away.
fn lifetime(claims: &Map<String, Value>, now: OffsetDateTime) -> Result<OffsetDateTime, OAuthError> {
    let moment = |name: &str| {
        let seconds = claims.get(name).and_then(Value::as_i64)?;
        OffsetDateTime::from_unix_timestamp(seconds).ok()
    };
    let Some(expires) = moment("exp") else {
        return Err(errors::assertion("The client_assertion must contain the 'exp' claim as seconds since epoch."));
    };
    if expires <= now {
        return Err(errors::assertion("The client_assertion token is expired."));
    }
    if expires > now + LONGEST {
        return Err(errors::assertion("The client_assertion token has an expiration too far into the future."));
    }
    if moment("iat").is_some_and(|issued| issued > now + SKEW) {
        return Err(errors::assertion("The client_assertion token must be issued before the current time."));
    }
    Ok(expires)
}

fn secrets(app: &App) -> Vec<DecodingKey> {
    let active = app.secrets.iter().filter(|secret| secret.active);
    active.map(|secret| DecodingKey::from_secret(secret.value.as_bytes())).collect()
}

/// The key with this id, or all where the assertion names none. A `jwks_uri` is not read.
fn public_keys(app: &App, kid: Option<&str>) -> Result<Vec<DecodingKey>, OAuthError> {
    let Some(keys) = app.oauth("jwks").and_then(|jwks| jwks.get("keys")).and_then(Value::as_array) else {
        return Err(errors::assertion(match app.oauth("jwks_uri") {
            Some(_) => "Error retrieving the client JWKSet from jwks_uri.",
            None => "The client does not have a JWKSet configured, but the client_assertion requires one.",
        }));
    };
    let named = keys.iter().filter(|key| kid.is_none_or(|kid| key.get("kid").is_some_and(|known| known == kid)));
    let usable: Vec<DecodingKey> = named.filter_map(public_key).collect();
    if usable.is_empty() {
        return Err(errors::assertion("The client_assertion JWT kid is invalid."));
    }
    Ok(usable)
}

/// A public key for signatures; none if it is something else.
pub(crate) fn public_key(jwk: &Value) -> Option<DecodingKey> {
    let jwk: Jwk = serde_json::from_value(jwk.clone()).ok()?;
    DecodingKey::from_jwk(&jwk).ok()
}

fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    validation
}
