//! `/apps/{id}/features`: what provisioning does once it is connected.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationFeatures/>. Without an
//! enabled connection these routes refuse to work. For apps that the connection API does not support they always do,
//! also when a person has set provisioning up in the console; that part is not verified against a live tenant.

use serde_json::{Map, Value, json};

use super::apps::App;
use super::call::{Answer, Call, Reply};
use super::errors::{self, Refusal};
use super::org::Org;
use crate::mock::options::ProvisioningApi;

/// The settings of both features. The console's names: *Create Users*, *Update User Attributes*, *Deactivate Users*.
#[derive(Clone, PartialEq)]
pub(crate) struct Capabilities {
    pub(crate) create_users: bool,
    pub(crate) update_user_attributes: bool,
    pub(crate) deactivate_users: bool,
    password: Value,
    inbound: Value,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            create_users: false,
            update_user_attributes: false,
            deactivate_users: false,
            password: json!({"status": "DISABLED", "seed": "RANDOM", "change": "KEEP_EXISTING"}),
            inbound: json!({
                "importSettings": {
                    "username": {"userNameFormat": "EMAIL"},
                    "schedule": {"status": "DISABLED", "fullImport": null, "incrementalImport": null},
                },
                "importRules": {"userCreateAndMatch": {
                    "exactMatchCriteria": "USERNAME",
                    "allowPartialMatch": true,
                    "autoConfirmPartialMatch": false,
                    "autoConfirmExactMatch": false,
                    "autoConfirmNewUsers": false,
                    "autoActivateNewUsers": false,
                }},
            }),
        }
    }
}

/// `ENABLED` or `DISABLED`.
fn status(on: bool) -> &'static str {
    if on { "ENABLED" } else { "DISABLED" }
}

impl App {
    /// The read-only `features` of the app: what its provisioning does.
    pub(crate) fn features(&self) -> Vec<&'static str> {
        if !self.provisions() {
            return Vec::new();
        }
        let capabilities = &self.capabilities;
        let on = [
            ("SCIM_PROVISIONING", true),
            ("PUSH_NEW_USERS", capabilities.create_users),
            ("PUSH_USER_DEACTIVATION", capabilities.deactivate_users),
            ("REACTIVATE_USERS", capabilities.deactivate_users),
            ("PUSH_PROFILE_UPDATES", capabilities.update_user_attributes),
            ("PUSH_PASSWORD_UPDATES", capabilities.password["status"] == "ENABLED"),
            ("GROUP_PUSH", true),
        ];
        on.into_iter().filter(|(_, on)| *on).map(|(name, _)| name).collect()
    }

    fn feature(&self, name: &str, call: &Call) -> Value {
        let capabilities = &self.capabilities;
        let (description, content) = match name {
            "USER_PROVISIONING" => (
                "User provisioning settings from Okta to a downstream application",
                json!({
                    "create": {"lifecycleCreate": {"status": status(capabilities.create_users)}},
                    "update": {
                        "profile": {"status": status(capabilities.update_user_attributes)},
                        "lifecycleDeactivate": {"status": status(capabilities.deactivate_users)},
                        "password": capabilities.password,
                    },
                }),
            ),
            _ => (
                "In-bound provisioning settings for provisioning users from an application to Okta",
                capabilities.inbound.clone(),
            ),
        };
        let own = call.url(&format!("/api/v1/apps/{}/features/{name}", self.id));
        json!({
            "name": name,
            "status": "ENABLED",
            "description": description,
            "capabilities": content,
            "_links": {"self": {"href": own, "hints": {"allow": ["GET", "PUT"]}}},
        })
    }
}

const NAMES: [&str; 2] = ["USER_PROVISIONING", "INBOUND_PROVISIONING"];

/// The app, if its features can be asked for.
fn app<'a>(org: &'a mut Org, call: &Call) -> Result<&'a mut App, Refusal> {
    let (id, api) = (call.segment("app_id"), org.provisioning_api);
    let app = org.apps.get_mut(id).ok_or_else(|| errors::not_found(id, "AppInstance"))?;
    if api != ProvisioningApi::Supported || !app.provisions() {
        return Err(errors::invalid("feature", "Provisioning is not enabled for the app instance."));
    }
    Ok(app)
}

fn name(call: &Call) -> Result<&'static str, Refusal> {
    let asked = call.segment("feature_name");
    NAMES.into_iter().find(|name| *name == asked).ok_or_else(|| errors::not_found(asked, "ApplicationFeature"))
}

pub(crate) fn list(org: &mut Org, call: &Call) -> Answer {
    let app = app(org, call)?;
    Ok(Reply::ok(NAMES.into_iter().map(|name| app.feature(name, call)).collect()))
}

pub(crate) fn get(org: &mut Org, call: &Call) -> Answer {
    let app = app(org, call)?;
    Ok(Reply::ok(app.feature(name(call)?, call)))
}

/// The body is the bare capabilities object; what it does not name stays.
pub(crate) fn update(org: &mut Org, call: &Call) -> Answer {
    let app = app(org, call)?;
    let name = name(call)?;
    let body = call.object()?;
    if name == "INBOUND_PROVISIONING" {
        merge(&mut app.capabilities.inbound, &Value::Object(body.clone()));
        return Ok(Reply::ok(app.feature(name, call)));
    }
    let mut wanted = app.capabilities.clone();
    for (pointer, place) in [
        (["create", "lifecycleCreate"], &mut wanted.create_users),
        (["update", "profile"], &mut wanted.update_user_attributes),
        (["update", "lifecycleDeactivate"], &mut wanted.deactivate_users),
    ] {
        if let Some(on) = switched(body, pointer)? {
            *place = on;
        }
    }
    if let Some(password) = body.get("update").and_then(|update| update.get("password")).filter(|p| !p.is_null()) {
        let choices = [
            ("status", ["ENABLED", "DISABLED"].as_slice()),
            ("seed", &["OKTA", "RANDOM"]),
            ("change", &["CHANGE", "KEEP_EXISTING"]),
        ];
        for (field, words) in choices {
            match password.get(field) {
                None | Some(Value::Null) => {}
                Some(word) if words.iter().any(|known| word == known) => wanted.password[field] = word.clone(),
                Some(_) => {
                    return Err(errors::invalid(field, format!("{field}: must be one of: {}", words.join(", "))));
                }
            }
        }
    }
    app.capabilities = wanted;
    Ok(Reply::ok(app.feature(name, call)))
}

fn switched(body: &Map<String, Value>, [first, second]: [&str; 2]) -> Result<Option<bool>, Refusal> {
    let found = body.get(first).and_then(|value| value.get(second)).and_then(|value| value.get("status"));
    match found {
        None | Some(Value::Null) => Ok(None),
        Some(on) if on == "ENABLED" => Ok(Some(true)),
        Some(off) if off == "DISABLED" => Ok(Some(false)),
        Some(_) => Err(errors::invalid("status", format!("{second}.status: must be one of: ENABLED, DISABLED"))),
    }
}

/// Objects are merged member by member, anything else is replaced.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}
