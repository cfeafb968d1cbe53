//! What anybody may know about an authorization server: its metadata and its keys.

use axum::http::header;
use serde_json::{Map, Value, json};

use super::Issuer;
use crate::mock::okta::call::{Answer, Call, Reply};
use crate::mock::okta::errors::{self, Refusal};
use crate::mock::okta::org::Org;

/// Scopes of the org's own server, those of the management API aside.
pub(super) const ORG_SCOPES: &[&str] = &["openid", "email", "profile", "address", "phone", "offline_access", "groups"];

const RESPONSE_TYPES: &[&str] =
    &["code", "id_token", "code id_token", "code token", "id_token token", "code id_token token"];
const RESPONSE_MODES: &[&str] = &["query", "fragment", "form_post", "okta_post_message"];
const GRANT_TYPES: &[&str] =
    &["authorization_code", "implicit", "refresh_token", "password", "urn:ietf:params:oauth:grant-type:device_code"];
const AUTH_METHODS: &[&str] =
    &["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"];
const OPENID_CLAIMS: &[&str] = &[
    "iss",
    "ver",
    "sub",
    "aud",
    "iat",
    "exp",
    "jti",
    "auth_time",
    "amr",
    "idp",
    "nonce",
    "name",
    "nickname",
    "preferred_username",
    "given_name",
    "middle_name",
    "family_name",
    "email",
    "email_verified",
    "profile",
    "zoneinfo",
    "locale",
    "address",
    "phone_number",
    "picture",
    "website",
    "gender",
    "birthdate",
    "updated_at",
    "at_hash",
    "c_hash",
];
const ACCESS_TOKEN_CLAIMS: &[&str] = &["ver", "jti", "iss", "aud", "iat", "exp", "cid", "uid", "scp", "sub"];
const REQUEST_OBJECT_ALGORITHMS: &[&str] =
    &["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];

/// Clients keep keys for up to a day, and learn of a new one by its id.
const KEYS_FRESH: &str = "max-age=86400, must-revalidate";

/// `/.well-known/openid-configuration`, of the org and of custom servers.
pub(crate) fn openid_configuration(org: &mut Org, call: &Call) -> Answer {
    document(org, call, true)
}

/// `/.well-known/oauth-authorization-server`, of custom servers only.
pub(crate) fn oauth_authorization_server(org: &mut Org, call: &Call) -> Answer {
    document(org, call, false)
}

fn document(org: &Org, call: &Call, openid: bool) -> Answer {
    let issuer = org.openid.issuer(call)?;
    known_client(org, call)?;
    let mut document = metadata(org, &issuer, openid);
    if let Some(client_id) = call.parameter("client_id") {
        document.insert("jwks_uri".into(), json!(format!("{}?client_id={client_id}", issuer.endpoint("keys"))));
    }
    Ok(Reply::ok(Value::Object(document)).with_header(header::CACHE_CONTROL, KEYS_FRESH))
}

/// `?client_id=` asks for keys of that app as well; apps of this org have none of their own.
fn known_client(org: &Org, call: &Call) -> Result<(), Refusal> {
    match call.parameter("client_id") {
        Some(client_id) if org.client(client_id).is_none() => Err(errors::invalid_client()),
        _ => Ok(()),
    }
}

fn metadata(org: &Org, issuer: &Issuer, openid: bool) -> Map<String, Value> {
    let endpoint = |name: &str| json!(issuer.endpoint(name));
    let mut document = Map::new();
    let mut say = |name: &str, value: Value| document.insert(name.to_owned(), value);
    say("issuer", json!(issuer.url));
    say("authorization_endpoint", endpoint("authorize"));
    say("token_endpoint", endpoint("token"));
    if openid {
        say("userinfo_endpoint", endpoint("userinfo"));
    }
    say("registration_endpoint", json!(format!("{}/oauth2/v1/clients", issuer.org_url)));
    say("jwks_uri", endpoint("keys"));
    say("response_types_supported", json!(RESPONSE_TYPES));
    say("response_modes_supported", json!(RESPONSE_MODES));
    let mut grant_types = GRANT_TYPES.to_vec();
    if !openid {
        grant_types.insert(4, "client_credentials");
    }
    say("grant_types_supported", json!(grant_types));
    say("subject_types_supported", json!(["public"]));
    if openid {
        say("id_token_signing_alg_values_supported", json!(["RS256"]));
    }
    say("scopes_supported", scopes(org, issuer));
    say("token_endpoint_auth_methods_supported", json!(AUTH_METHODS));
    say("claims_supported", json!(if openid { OPENID_CLAIMS } else { ACCESS_TOKEN_CLAIMS }));
    say("code_challenge_methods_supported", json!(["S256"]));
    say("introspection_endpoint", endpoint("introspect"));
    say("introspection_endpoint_auth_methods_supported", json!(AUTH_METHODS));
    say("revocation_endpoint", endpoint("revoke"));
    say("revocation_endpoint_auth_methods_supported", json!(AUTH_METHODS));
    say("end_session_endpoint", endpoint("logout"));
    say("request_parameter_supported", json!(true));
    say("request_object_signing_alg_values_supported", json!(REQUEST_OBJECT_ALGORITHMS));
    say("device_authorization_endpoint", endpoint("device/authorize"));
    say("pushed_authorization_request_endpoint", endpoint("par"));
    document
}

fn scopes(org: &Org, issuer: &Issuer) -> Value {
    match issuer.id().and_then(|id| org.openid.servers.get(id)) {
        None => json!(ORG_SCOPES),
        Some(server) => server.scopes.iter().filter(|scope| scope.published).map(|scope| json!(scope.name)).collect(),
    }
}

/// `/keys`.
pub(crate) fn keys(org: &mut Org, call: &Call) -> Answer {
    let issuer = org.openid.issuer(call)?;
    known_client(org, call)?;
    let keys = org.openid.keys(issuer.id()).ok_or_else(errors::internal)?;
    let published = keys.published().map_err(|_| errors::internal())?;
    Ok(Reply::ok(published).with_header(header::CACHE_CONTROL, KEYS_FRESH))
}
