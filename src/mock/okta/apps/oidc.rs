//! OIDC apps: the OAuth client's credentials and settings, and the rules that hold between them.

use serde_json::{Map, Value, json};
use url::Url;

use super::App;
use super::general::{at, notes, settings, switch, text, user_name_template, word};
use crate::mock::ids;
use crate::mock::okta::client_secrets;
use crate::mock::okta::errors::{self, Refusal};
use crate::mock::okta::openid::public_key;
use crate::mock::okta::org::Org;

const AUTH_METHODS: &[&str] =
    &["client_secret_basic", "client_secret_jwt", "client_secret_post", "none", "private_key_jwt"];
const APPLICATION_TYPES: &[&str] = &["browser", "native", "service", "web"];
const GRANT_TYPES: &[&str] = &[
    "authorization_code",
    "client_credentials",
    "implicit",
    "interaction_code",
    "password",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:saml2-bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:openid:params:grant-type:ciba",
];
const RESPONSE_TYPES: &[&str] = &["code", "id_token", "token"];

/// Settings that are kept as they are sent, where they are sent.
const KEPT: &[&str] = &[
    "tos_uri",
    "policy_uri",
    "initiate_login_uri",
    "jwks",
    "jwks_uri",
    "network",
    "participate_slo",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
];

/// Credentials, settings, and a client secret that the caller chose.
pub(super) fn draft(
    org: &Org,
    body: &Map<String, Value>,
    current: Option<&App>,
) -> Result<(Value, Value, Option<String>), Refusal> {
    match body.get("signOnMode").and_then(Value::as_str) {
        Some("OPENID_CONNECT") => {}
        None => return Err(errors::blank("signOnMode")),
        Some(_) => {
            return Err(errors::invalid("signOnMode", "signOnMode: An oidc_client app signs on by OPENID_CONNECT"));
        }
    }
    for path in [["credentials", "oauthClient"], ["settings", "oauthClient"]] {
        match at(body, &path) {
            Some(Value::Object(_)) => {}
            None => return Err(errors::blank(&path.join("."))),
            Some(_) => return Err(errors::malformed()),
        }
    }
    let method =
        word(body, &["credentials", "oauthClient", "token_endpoint_auth_method"], AUTH_METHODS, "client_secret_basic")?;
    let client = client_settings(body, method)?;
    let kind = client["application_type"].as_str().unwrap_or_default();
    let pkce = pkce(body, kind, method)?;
    let secret = match text(body, &["credentials", "oauthClient", "client_secret"])? {
        Value::String(secret) => {
            client_secrets::check(&secret, method)?;
            Some(secret)
        }
        _ => None,
    };
    let signing = current.and_then(|app| app.document.pointer("/credentials/signing").cloned());
    let credentials = json!({
        "userNameTemplate": user_name_template(body)?,
        "signing": signing.unwrap_or_else(|| json!({"kid": ids::secret(43)})),
        "oauthClient": {
            "autoKeyRotation": switch(body, &["credentials", "oauthClient", "autoKeyRotation"], true)?,
            "client_id": client_id(org, body, current)?,
            "token_endpoint_auth_method": method,
            "pkce_required": pkce,
        },
    });
    let mut all = Map::new();
    all.insert("app".into(), json!({}));
    all.extend(settings(body)?);
    all.insert("emOptInStatus".into(), json!("NONE"));
    all.insert("notes".into(), notes(body)?);
    all.insert("oauthClient".into(), client);
    Ok((credentials, Value::Object(all), secret))
}

/// What a web app gets when nothing is said is not verified against a live tenant: the description names a default
/// for browser and native apps only.
fn pkce(body: &Map<String, Value>, kind: &str, method: &str) -> Result<bool, Refusal> {
    let usual = matches!(kind, "browser" | "native") || method == "none";
    let required = switch(body, &["credentials", "oauthClient", "pkce_required"], usual)?;
    if method == "none" && !required {
        return Err(errors::invalid(
            "pkce_required",
            "pkce_required: 'pkce_required' must be true when 'token_endpoint_auth_method' is 'none'.",
        ));
    }
    Ok(required)
}

/// Chosen at creation or null, which stands for the app's own id; the same for ever after.
fn client_id(org: &Org, body: &Map<String, Value>, current: Option<&App>) -> Result<Value, Refusal> {
    let refuse = |cause: &str| Err(errors::invalid("client_id", format!("client_id: {cause}")));
    let chosen = text(body, &["credentials", "oauthClient", "client_id"])?;
    let own = current.and_then(App::client_id);
    match (chosen.as_str(), own) {
        (None, own) => Ok(json!(own)),
        (Some(chosen), Some(own)) if chosen == own => Ok(json!(own)),
        (Some(_), Some(_)) => refuse("'client_id' cannot be changed."),
        (Some(chosen), None) => {
            if !(6..=100).contains(&chosen.len()) {
                return refuse("'client_id' must be between '6' and '100' characters long.");
            }
            if !chosen.chars().all(|letter| letter.is_ascii_alphanumeric() || "$-_.+!*'(),".contains(letter)) {
                return refuse("'client_id' may contain only alphanumeric characters and $-_.+!*'(),");
            }
            if chosen == "ALL_CLIENTS" {
                return refuse("'ALL_CLIENTS' is reserved.");
            }
            if org.apps.iter().any(|app| app.client_id() == Some(chosen) || app.id == chosen) {
                return refuse("An object with this field already exists in the current organization");
            }
            Ok(json!(chosen))
        }
    }
}

/// `settings.oauthClient`, complete, in the vendor's order.
fn client_settings(body: &Map<String, Value>, method: &str) -> Result<Value, Refusal> {
    let inside = |name| ["settings", "oauthClient", name];
    let kind = match at(body, &inside("application_type")) {
        None => return Err(errors::blank("application_type")),
        Some(_) => word(body, &inside("application_type"), APPLICATION_TYPES, "web")?,
    };
    let grants = words(body, "grant_types", GRANT_TYPES)?;
    let responses = words(body, "response_types", RESPONSE_TYPES)?;
    let grants_code = grants.iter().any(|grant| grant == "authorization_code");
    let implicit = grants.iter().any(|grant| grant == "implicit");
    let mut causes = Vec::new();
    if grants.is_empty() {
        causes.push("grant_types: 'grant_types' must have at least one value.".to_owned());
    }
    if grants_code && !responses.iter().any(|response| response == "code") {
        causes
            .push("response_types: 'authorization_code' in 'grant_types' requires 'code' in 'response_types'.".into());
    }
    if implicit && !responses.iter().any(|response| response != "code") {
        causes.push("response_types: 'implicit' in 'grant_types' requires 'token' or 'id_token'.".into());
    }
    if !causes.is_empty() {
        return Err(errors::invalid_all("settings.oauthClient", causes));
    }
    let wildcard = word(body, &inside("wildcard_redirect"), &["DISABLED", "SUBDOMAIN"], "DISABLED")?;
    let redirects = uris(body, "redirect_uris", wildcard == "SUBDOMAIN")?;
    if redirects.is_empty() && (grants_code || implicit) && kind != "service" {
        return Err(errors::invalid(
            "redirect_uris",
            "redirect_uris: 'redirect_uris' must have at least one value for this combination of 'application_type' and 'grant_types'.",
        ));
    }
    if method == "private_key_jwt" && at(body, &inside("jwks")).is_none() && at(body, &inside("jwks_uri")).is_none() {
        return Err(errors::invalid(
            "jwks",
            "jwks: 'jwks' or 'jwks_uri' is required when 'token_endpoint_auth_method' is 'private_key_jwt'.",
        ));
    }
    check_keys(body)?;
    let mut made = Map::new();
    for name in ["client_uri", "logo_uri"] {
        made.insert(name.into(), text(body, &inside(name))?);
    }
    made.insert("redirect_uris".into(), json!(redirects));
    let logout = uris(body, "post_logout_redirect_uris", false)?;
    if !logout.is_empty() {
        made.insert("post_logout_redirect_uris".into(), json!(logout));
    }
    made.insert("response_types".into(), json!(responses));
    made.insert("grant_types".into(), json!(grants));
    made.insert("application_type".into(), json!(kind));
    let consent = word(body, &inside("consent_method"), &["REQUIRED", "TRUSTED"], "TRUSTED")?;
    made.insert("consent_method".into(), json!(consent));
    let issuer = word(body, &inside("issuer_mode"), &["CUSTOM_URL", "DYNAMIC", "ORG_URL"], "ORG_URL")?;
    made.insert("issuer_mode".into(), json!(issuer));
    let login = ["settings", "oauthClient", "idp_initiated_login", "mode"];
    let mode = word(body, &login, &["DISABLED", "OKTA", "SPEC"], "DISABLED")?;
    let scopes = at(body, &[login[0], login[1], login[2], "default_scope"]).cloned().unwrap_or_else(|| json!([]));
    made.insert("idp_initiated_login".into(), json!({"mode": mode, "default_scope": scopes}));
    made.insert("wildcard_redirect".into(), json!(wildcard));
    if grants.iter().any(|grant| grant == "refresh_token") {
        let rotation = at(body, &inside("refresh_token")).cloned();
        made.insert(
            "refresh_token".into(),
            rotation.unwrap_or_else(|| json!({"rotation_type": "STATIC", "leeway": 0})),
        );
    }
    for &name in KEPT {
        if let Some(value) = at(body, &inside(name)).filter(|value| *value != "") {
            made.insert(name.into(), value.clone());
        }
    }
    let dpop = switch(body, &inside("dpop_bound_access_tokens"), false)?;
    made.insert("dpop_bound_access_tokens".into(), json!(dpop));
    Ok(Value::Object(made))
}

/// `jwks`: public keys that the client signs with, each with an id of its own. The words for what is wrong with them
/// are not verified against a live tenant.
fn check_keys(body: &Map<String, Value>) -> Result<(), Refusal> {
    let refuse = |cause: &str| Err(errors::invalid("jwks", format!("jwks: {cause}")));
    let keys = match at(body, &["settings", "oauthClient", "jwks"]).map(|jwks| jwks.get("keys")) {
        None => return Ok(()),
        Some(Some(Value::Array(keys))) => keys,
        Some(_) => return refuse("'jwks' must have a list of keys."),
    };
    for (place, key) in keys.iter().enumerate() {
        if key.get("d").is_some() {
            return refuse("A key must not have private parts.");
        }
        if public_key(key).is_none() {
            return refuse("A key must be an RSA or EC public key.");
        }
        if keys[..place].iter().any(|before| before.get("kid") == key.get("kid")) {
            return refuse("Every key must have a 'kid' of its own.");
        }
    }
    Ok(())
}

/// A list of known words without repetition.
fn words(body: &Map<String, Value>, field: &str, known: &[&str]) -> Result<Vec<String>, Refusal> {
    let mut found = Vec::new();
    for text in texts(body, field)? {
        if !known.contains(&text.as_str()) {
            return Err(errors::invalid(field, format!("{field}: '{text}' is not one of: {}", known.join(", "))));
        }
        if !found.contains(&text) {
            found.push(text);
        }
    }
    Ok(found)
}

/// A list of absolute URIs without fragment. A wildcard may stand for one label of the host where that is on.
fn uris(body: &Map<String, Value>, field: &str, wildcard: bool) -> Result<Vec<String>, Refusal> {
    let found = texts(body, field)?;
    for uri in &found {
        let plain = if wildcard { uri.replacen("*", "wildcard", 1) } else { uri.clone() };
        let bad = match Url::parse(&plain) {
            Err(_) => Some("must be an absolute URI"),
            Ok(url) if url.fragment().is_some() => Some("must not have a fragment"),
            Ok(_) if plain.contains('*') => Some("may hold a wildcard only where 'wildcard_redirect' is 'SUBDOMAIN'"),
            Ok(_) => None,
        };
        if let Some(bad) = bad {
            return Err(errors::invalid(field, format!("{field}: '{uri}' {bad}.")));
        }
    }
    Ok(found)
}

fn texts(body: &Map<String, Value>, field: &str) -> Result<Vec<String>, Refusal> {
    match at(body, &["settings", "oauthClient", field]) {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(errors::malformed)).collect()
        }
        Some(_) => Err(errors::malformed()),
    }
}
