//! Catalogue apps: the SCIM test apps, of which "SCIM 2.0 Test App (Header Auth)" is the one Cloudflare's guide uses.
//!
//! Names of settings and links follow the sibling apps; that they are the same for the Header Auth one is not verified
//! against a live tenant.

use serde_json::{Map, Value, json};

use super::App;
use super::general::{at, notes, settings, switch, text, user_name_template, word};
use crate::mock::ids;
use crate::mock::okta::errors::{self, Refusal};

/// Key names: header auth, OAuth bearer token, basic auth, and the one for SCIM 1.1.
const TEMPLATES: &[&str] = &["scim2headerauth", "scim2testapp", "scim2testapp_basic", "scim1testapp"];

const MODES: &[&str] = &["SAML_2_0", "AUTO_LOGIN"];

const SCHEMES: &[&str] = &[
    "ADMIN_SETS_CREDENTIALS",
    "EDIT_PASSWORD_ONLY",
    "EDIT_USERNAME_AND_PASSWORD",
    "EXTERNAL_PASSWORD_SYNC",
    "SHARED_USERNAME_AND_PASSWORD",
];

/// Whether the catalogue has an app of this key name.
pub(super) fn has(name: &str) -> bool {
    TEMPLATES.contains(&name)
}

/// Credentials, settings and sign-on mode; SAML 2.0 unless the body says otherwise.
pub(super) fn draft(
    name: &str,
    body: &Map<String, Value>,
    current: Option<&App>,
) -> Result<(Value, Value, &'static str), Refusal> {
    if current.is_some() && at(body, &["signOnMode"]).is_none() {
        return Err(errors::blank("signOnMode"));
    }
    let mode = word(body, &["signOnMode"], MODES, "SAML_2_0")?;
    if at(body, &["credentials", "oauthClient"]).is_some() {
        return Err(errors::credentials_not_allowed());
    }
    let signing = current
        .and_then(|app| app.document.pointer("/credentials/signing").filter(|signing| signing.get("kid").is_some()))
        .cloned()
        .unwrap_or_else(|| json!({"kid": ids::secret(43)}));
    let credentials = match mode {
        "SAML_2_0" => json!({"userNameTemplate": user_name_template(body)?, "signing": signing}),
        _ => json!({
            "scheme": word(body, &["credentials", "scheme"], SCHEMES, "EDIT_USERNAME_AND_PASSWORD")?,
            "userNameTemplate": user_name_template(body)?,
            "revealPassword": switch(body, &["credentials", "revealPassword"], false)?,
            "signing": {},
        }),
    };
    let mut all = Map::new();
    let own = |setting| text(body, &["settings", "app", setting]);
    all.insert(
        "app".into(),
        json!({"acsUrl": own("acsUrl")?, "audienceUri": own("audienceUri")?, "swaLoginUrl": own("swaLoginUrl")?}),
    );
    all.extend(settings(body)?);
    all.insert("notes".into(), notes(body)?);
    let sign_on = |setting| text(body, &["settings", "signOn", setting]);
    let sign_on = match mode {
        "SAML_2_0" => json!({
            "defaultRelayState": sign_on("defaultRelayState")?,
            "ssoAcsUrlOverride": sign_on("ssoAcsUrlOverride")?,
            "audienceOverride": sign_on("audienceOverride")?,
            "recipientOverride": sign_on("recipientOverride")?,
            "destinationOverride": sign_on("destinationOverride")?,
            "honorForceAuthn": switch(body, &["settings", "signOn", "honorForceAuthn"], false)?,
            "attributeStatements":
                at(body, &["settings", "signOn", "attributeStatements"]).cloned().unwrap_or_else(|| json!([])),
        }),
        _ => json!({"loginUrl": sign_on("loginUrl")?, "redirectUrl": sign_on("redirectUrl")?}),
    };
    all.insert("signOn".into(), sign_on);
    if !has(name) {
        return Err(errors::not_found(name, "AppMeta"));
    }
    Ok((credentials, Value::Object(all), mode))
}
