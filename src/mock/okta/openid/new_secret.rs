//! `/oauth2/v1/clients/{id}/lifecycle/newSecret`: the older way to mint a client secret, of an older view of OIDC apps.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-oauth/oauth/tag/Client/>

use serde_json::{Map, Value, json};

use crate::mock::okta::apps::App;
use crate::mock::okta::call::{Answer, Call, Reply};
use crate::mock::okta::client_secrets;
use crate::mock::okta::errors;
use crate::mock::okta::org::Org;

/// What Okta calls a client in its errors.
const KIND: &str = "PublicClientApp";

/// Mints a secret in the place of all there are. What becomes of a second one is not verified against a live tenant.
pub(crate) fn mint(org: &mut Org, call: &Call) -> Answer {
    let client_id = call.segment("client_id");
    let app = org.apps.iter().find(|app| app.client_id() == Some(client_id));
    let id = app.map(|app| app.id.clone()).ok_or_else(|| errors::not_found(client_id, KIND))?;
    if app.is_some_and(|app| app.secrets.is_empty()) {
        return Err(errors::invalid(
            "client_secret",
            "client_secret: The client has none, because of its 'token_endpoint_auth_method'.",
        ));
    }
    org.rotate_client_secret(&id, call.now);
    let app = org.apps.get(&id).ok_or_else(|| errors::not_found(client_id, KIND))?;
    Ok(Reply::ok(document(app)))
}

fn document(app: &App) -> Value {
    let secret = client_secrets::shown(&app.secrets).map(|secret| secret.value.as_str());
    let mut document = Map::new();
    document.insert("client_id".into(), json!(app.client_id()));
    document.insert("client_secret".into(), json!(secret));
    document.insert("client_id_issued_at".into(), json!(app.created.unix_timestamp()));
    document.insert("client_secret_expires_at".into(), json!(0));
    document.insert("client_name".into(), json!(app.label()));
    for name in ["client_uri", "logo_uri"] {
        document.insert(name.into(), json!(app.oauth(name)));
    }
    document.insert("application_type".into(), json!(app.oauth_text("application_type")));
    for name in ["redirect_uris", "post_logout_redirect_uris", "response_types", "grant_types"] {
        document.insert(name.into(), json!(app.oauth_list(name)));
    }
    document.insert("token_endpoint_auth_method".into(), json!(app.auth_method()));
    Value::Object(document)
}
