//! What an app's provisioning does to people: Okta's reference, tag "ApplicationFeatures".

use serde_json::{Value, json};

use super::{Client, is_gone};
use crate::http::{Answer, Document, Error, Request};

const CREATE: &str = "create.lifecycleCreate.status";
const UPDATE: &str = "update.profile.status";
const DEACTIVATE: &str = "update.lifecycleDeactivate.status";

/// The three switches of the console's "To App" tab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserProvisioning {
    /// "Create Users".
    pub create_users: bool,
    /// "Update User Attributes".
    pub update_user_attributes: bool,
    /// "Deactivate Users".
    pub deactivate_users: bool,
}

/// A change of some of the switches; `None` leaves one as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserProvisioningChange {
    /// "Create Users".
    pub create_users: Option<bool>,
    /// "Update User Attributes".
    pub update_user_attributes: Option<bool>,
    /// "Deactivate Users".
    pub deactivate_users: Option<bool>,
}

impl Client {
    /// "Retrieve a feature": `USER_PROVISIONING`. `None` while provisioning is not enabled for the app
    /// (Okta says so with a 400), and when the app is gone.
    pub async fn user_provisioning(&self, app_id: &str) -> Result<Option<UserProvisioning>, Error> {
        match self.send(Request::get(path(app_id))).await {
            Ok(answer) => read(&answer).map(Some),
            Err(error) if is_gone(&error) || is_not_enabled(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// "Update a feature": `USER_PROVISIONING`. Only the switches given are sent, the others stay.
    pub async fn set_user_provisioning(
        &self,
        app_id: &str,
        change: UserProvisioningChange,
    ) -> Result<UserProvisioning, Error> {
        let mut body = Document::new();
        let switches = [
            (CREATE, change.create_users),
            (UPDATE, change.update_user_attributes),
            (DEACTIVATE, change.deactivate_users),
        ];
        for (path, switch) in switches {
            if let Some(on) = switch {
                body.set(path, if on { "ENABLED" } else { "DISABLED" });
            }
        }
        let body = if body.fields().is_empty() { json!({}) } else { body.to_value() };
        read(&self.send(Request::put(path(app_id)).json(&body)).await?)
    }
}

/// Whether Okta refuses because the app's provisioning is off.
pub fn is_not_enabled(error: &Error) -> bool {
    error.causes().iter().any(|cause| cause.summary.contains("Provisioning is not enabled"))
}

fn read(answer: &Answer) -> Result<UserProvisioning, Error> {
    let feature: Document = answer.json()?;
    let Some(capabilities) = feature.get("capabilities").filter(|value| value.is_object()) else {
        return Err(answer.unreadable("capabilities", "expected an object"));
    };
    let on = |path: &str| {
        capabilities.pointer(&format!("/{}", path.replace('.', "/"))).and_then(Value::as_str) == Some("ENABLED")
    };
    Ok(UserProvisioning {
        create_users: on(CREATE),
        update_user_attributes: on(UPDATE),
        deactivate_users: on(DEACTIVATE),
    })
}

fn path(app_id: &str) -> [&str; 6] {
    ["api", "v1", "apps", app_id, "features", "USER_PROVISIONING"]
}
