//! `/internal/apps/{id}/settings/oauth/idToken`: the groups claim of an OIDC app's ID tokens.
//!
//! The only place where the claim's filter can be set without a custom authorization server. It is private: it is in no
//! description, and takes API tokens only.

use serde_json::{Map, Value, json};

use super::apps::App;
use super::call::{Answer, Call, Reply};
use super::errors::{self, Refusal};
use super::org::Org;

/// What Okta calls an OIDC app in this setting's errors.
const KIND: &str = "OAuth2AppInstance";

/// An OIDC app, once the setting has caught up with its creation.
fn app<'a>(org: &'a mut Org, call: &Call) -> Result<&'a mut App, Refusal> {
    let id = call.segment("app_id");
    match org.apps.get_mut(id) {
        Some(app) if app.client_id().is_some() => match app.token_setting_late_by.checked_sub(1) {
            None => Ok(app),
            Some(left) => {
                app.token_setting_late_by = left;
                Err(errors::not_found(id, KIND))
            }
        },
        _ => Err(errors::not_found(id, KIND)),
    }
}

fn issuer_mode(app: &App) -> Value {
    let of_app = || app.document.pointer("/settings/oauthClient/issuer_mode").cloned();
    app.token_setting.get("issuerMode").cloned().or_else(of_app).unwrap_or_else(|| json!("ORG_URL"))
}

fn document(app: &App, issuer: Value, audience: Value) -> Value {
    let mut document = Map::new();
    document.insert("issuer".into(), issuer);
    document.insert("orgUrl".into(), Value::Null);
    document.insert("customUrl".into(), Value::Null);
    document.insert("audience".into(), audience);
    document.insert("issuerMode".into(), issuer_mode(app));
    for name in ["valueType", "name", "groupFilterType", "value"] {
        if let Some(value) = app.token_setting.get(name) {
            document.insert(name.into(), value.clone());
        }
    }
    Value::Object(document)
}

pub(crate) fn get(org: &mut Org, call: &Call) -> Answer {
    let app = app(org, call)?;
    let issuer = json!(call.org_url);
    let audience = json!(app.client_id());
    Ok(Reply::ok(document(app, issuer, audience)))
}

/// Replaces the claim; a body with `issuerMode` alone takes it away. The answer has no issuer and no audience.
pub(crate) fn set(org: &mut Org, call: &Call) -> Answer {
    let app = app(org, call)?;
    let body = call.object()?;
    let text = |name: &str| body.get(name).filter(|value| !value.is_null());
    let one_of = |name: &str, words: &[&str]| -> Result<(), Refusal> {
        match text(name) {
            None => Err(errors::blank(name)),
            Some(value) if words.iter().any(|word| value == word) => Ok(()),
            Some(_) => Err(errors::invalid(name, format!("{name}: must be one of: {}", words.join(", ")))),
        }
    };
    if text("issuerMode").is_some() {
        one_of("issuerMode", &["CUSTOM_URL", "DYNAMIC", "ORG_URL"])?;
    }
    let mut setting = Map::new();
    let mut keep = vec!["issuerMode"];
    if text("valueType").is_some() {
        one_of("valueType", &["GROUPS", "EXPRESSION"])?;
        if text("valueType").is_some_and(|kind| kind == "GROUPS") {
            one_of("groupFilterType", &["EQUALS", "STARTS_WITH", "CONTAINS", "REGEX"])?;
            keep.push("groupFilterType");
        }
        for name in ["name", "value"] {
            if text(name).and_then(Value::as_str).is_none_or(str::is_empty) {
                return Err(errors::blank(name));
            }
        }
        keep.extend(["valueType", "name", "value"]);
    }
    for name in keep {
        if let Some(value) = text(name) {
            setting.insert(name.into(), value.clone());
        }
    }
    app.token_setting = setting;
    Ok(Reply::ok(document(app, Value::Null, Value::Null)))
}

impl Org {
    /// The groups claim of an app: name, filter type (none for an expression) and value.
    pub fn groups_claim(&self, app_id: &str) -> Option<(String, Option<String>, String)> {
        let setting = &self.apps.get(app_id)?.token_setting;
        let text = |name: &str| setting.get(name).and_then(Value::as_str).map(str::to_owned);
        Some((text("name")?, text("groupFilterType"), text("value")?))
    }
}
