//! Create Users, Update User Attributes, Deactivate Users: the switches of the console's To App tab.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tags/applicationfeatures>, documented for a
//! few apps only. For the others the app's read-only list of `features` tells what a person switched on.

use super::{Provisioning, ScimApp, failed};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Result},
    model::Attr,
};
use crate::okta::api::{
    Client,
    apps::App,
    features::{UserProvisioning, UserProvisioningChange},
};
use crate::path;

/// The three switches; `None` is one that nobody cares about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Switches {
    pub(super) create_users: Option<bool>,
    pub(super) update_user_attributes: Option<bool>,
    pub(super) deactivate_users: Option<bool>,
}

impl Switches {
    /// What is configured.
    pub(super) fn wanted(provisioning: &Attr<Provisioning>) -> Self {
        let Some(provisioning) = provisioning.known() else { return Self::default() };
        Self {
            create_users: provisioning.create_users.known().copied(),
            update_user_attributes: provisioning.update_user_attributes.known().copied(),
            deactivate_users: provisioning.deactivate_users.known().copied(),
        }
    }

    /// What the app's list of features shows.
    pub(super) fn shown(app: &App) -> Self {
        let features = app.features();
        let has = |name: &str| Some(features.iter().any(|feature| feature == name));
        Self {
            create_users: has("PUSH_NEW_USERS"),
            update_user_attributes: has("PUSH_PROFILE_UPDATES"),
            deactivate_users: has("PUSH_USER_DEACTIVATION"),
        }
    }

    /// Those that the configuration set before it gave them all up, switched off.
    pub(super) fn given_up(call: &Call) -> Self {
        let off = |name| call.owned(&path!(ScimApp.provisioning).attribute(name)).then_some(false);
        Self {
            create_users: off("create_users"),
            update_user_attributes: off("update_user_attributes"),
            deactivate_users: off("deactivate_users"),
        }
    }

    fn named(self) -> [(&'static str, Option<bool>); 3] {
        [
            ("Create Users", self.create_users),
            ("Update User Attributes", self.update_user_attributes),
            ("Deactivate Users", self.deactivate_users),
        ]
    }

    /// The names of those that are to be on, as the console has them.
    pub(super) fn on(self) -> Vec<&'static str> {
        self.named().into_iter().filter(|(_, on)| *on == Some(true)).map(|(name, _)| name).collect()
    }

    /// The names of those that are to be on and are off, and the reverse.
    pub(super) fn missing(self, actual: Self) -> (Vec<&'static str>, Vec<&'static str>) {
        let difference = self.difference(actual);
        let off = difference.named().into_iter().filter(|(_, on)| *on == Some(false)).map(|(name, _)| name);
        (difference.on(), off.collect())
    }

    /// Those that are not as they should be, at the value they should have.
    pub(super) fn difference(self, actual: Self) -> Self {
        let differing = |wanted: Option<bool>, actual: Option<bool>| wanted.filter(|on| actual != Some(*on));
        Self {
            create_users: differing(self.create_users, actual.create_users),
            update_user_attributes: differing(self.update_user_attributes, actual.update_user_attributes),
            deactivate_users: differing(self.deactivate_users, actual.deactivate_users),
        }
    }

    /// Whether there is none.
    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }

    fn to_model(self) -> Provisioning {
        Provisioning {
            create_users: self.create_users.into(),
            update_user_attributes: self.update_user_attributes.into(),
            deactivate_users: self.deactivate_users.into(),
        }
    }
}

impl From<UserProvisioning> for Switches {
    fn from(from: UserProvisioning) -> Self {
        Self {
            create_users: Some(from.create_users),
            update_user_attributes: Some(from.update_user_attributes),
            deactivate_users: Some(from.deactivate_users),
        }
    }
}

impl From<Switches> for UserProvisioningChange {
    fn from(from: Switches) -> Self {
        Self {
            create_users: from.create_users,
            update_user_attributes: from.update_user_attributes,
            deactivate_users: from.deactivate_users,
        }
    }
}

/// Where the switches can be seen.
#[derive(Clone, Copy, Debug)]
pub(super) enum Actual {
    /// The feature API knows the app, and can set them.
    FromApi(Switches),
    /// It does not; they were read off the app.
    FromApp(Switches),
}

impl Actual {
    /// The switches.
    pub(super) fn switches(self) -> Switches {
        match self {
            Self::FromApi(switches) | Self::FromApp(switches) => switches,
        }
    }
}

/// Reads the switches of an app whose provisioning is on.
pub(super) async fn actual(okta: &Client, app: &App) -> Result<Actual> {
    let found = okta.user_provisioning(app.id()).await;
    let found = found.map_err(|error| failed("read the provisioning switches", &error, path!(ScimApp.provisioning)))?;
    Ok(found.map_or_else(|| Actual::FromApp(Switches::shown(app)), |switches| Actual::FromApi(switches.into())))
}

/// Sets switches through the feature API, and looks at what it says they are now.
pub(super) async fn set(okta: &Client, app_id: &str, change: Switches) -> Result<Switches> {
    let at = path!(ScimApp.provisioning);
    let set = okta.set_user_provisioning(app_id, change.into()).await;
    let now: Switches = set.map_err(|error| failed("set the provisioning switches", &error, at.clone()))?.into();
    let (on, off) = change.missing(now);
    if on.is_empty() && off.is_empty() {
        return Ok(now);
    }
    Err(Diagnostic::error(
        "Okta did not set the provisioning switches",
        format!(
            "It accepted the call, and {} did not change. Set them in the tab Provisioning of the app, and apply again.",
            [on, off].concat().join(", ")
        ),
    )
    .at(at)
    .into())
}

/// The attribute for what was found. After an import, switches that are all off count as not configured.
pub(super) fn recorded(actual: Switches, importing: bool) -> Attr<Provisioning> {
    match importing && actual.on().is_empty() {
        true => Attr::Null,
        false => Attr::Known(actual.to_model()),
    }
}

/// Whether the app's features show that provisioning is set up.
pub fn show_provisioning(app: &App) -> bool {
    const SIGNS: [&str; 4] = ["SCIM_PROVISIONING", "PUSH_NEW_USERS", "PUSH_PROFILE_UPDATES", "PUSH_USER_DEACTIVATION"];
    app.features().iter().any(|feature| SIGNS.contains(&feature.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ON: Option<bool> = Some(true);
    const OFF: Option<bool> = Some(false);

    fn switches(create: Option<bool>, update: Option<bool>, deactivate: Option<bool>) -> Switches {
        Switches { create_users: create, update_user_attributes: update, deactivate_users: deactivate }
    }

    #[test]
    fn only_what_is_wanted_and_otherwise_is_sent() {
        let wanted = switches(ON, None, OFF);
        assert_eq!(wanted.difference(switches(OFF, ON, OFF)), switches(ON, None, None));
        assert!(wanted.difference(switches(ON, ON, OFF)).is_empty());
        assert_eq!(wanted.missing(switches(OFF, OFF, ON)), (vec!["Create Users"], vec!["Deactivate Users"]));
    }

    #[test]
    fn an_import_without_any_switch_on_records_nothing() {
        let off = switches(OFF, OFF, OFF);
        assert_eq!(recorded(off, true), Attr::Null);
        assert_eq!(Switches::wanted(&recorded(off, false)), off);
        assert_eq!(Switches::wanted(&recorded(switches(ON, OFF, OFF), true)), switches(ON, OFF, OFF));
    }
}
