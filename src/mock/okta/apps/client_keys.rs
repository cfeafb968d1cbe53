//! `jwks` of an OIDC app: public keys of a client that signs what it sends.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationSSOPublicKeys/>. Okta keeps an
//! id, a status and dates of each key. That the app shows them is from the published schema; it is not verified against
//! a live tenant.

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::mock::ids;
use crate::mock::okta::call::stamp;

const KEYS: &str = "/settings/oauthClient/jwks/keys";

/// What makes a key the same one: its id at the client, and its RSA modulus or its point on the curve.
const IDENTITY: [&str; 4] = ["kid", "n", "x", "y"];

/// Completes the keys in an app's document. Those that `before` had already stay what they were.
pub(super) fn register(document: &mut Value, before: Option<&Value>, now: OffsetDateTime) {
    let known = before.and_then(|before| before.pointer(KEYS)?.as_array()).map(Vec::as_slice).unwrap_or_default();
    let Some(keys) = document.pointer_mut(KEYS).and_then(Value::as_array_mut) else { return };
    for key in keys.iter_mut().filter_map(Value::as_object_mut) {
        let same = known.iter().find(|known| IDENTITY.iter().all(|&name| known.get(name) == key.get(name)));
        let (id, created) = match same {
            Some(same) => (same["id"].clone(), same["created"].clone()),
            None => (json!(ids::okta("pks")), json!(stamp(now))),
        };
        let updated = same.map_or(created.clone(), |same| same["lastUpdated"].clone());
        key.insert("id".into(), id);
        key.entry("status").or_insert_with(|| json!("ACTIVE"));
        key.insert("created".into(), created);
        key.insert("lastUpdated".into(), updated);
    }
}
