//! Taking over an `okta_app_saml` of Okta's own provider that was made from the catalogue's SCIM app.

use super::ScimApp;
use crate::framework::{
    diagnostic::{Diagnostic, Result},
    resource::MoveSource,
};
use crate::okta::official_state::OfficialState;

/// The one that takes its token in a header, as Cloudflare wants it.
const NAME: &str = "scim2headerauth";

/// The state of the app; `None` if the source is of another type. What that provider has in resources of its own
/// (connection, features, assignments, push groups) is found by the read that follows.
///
/// # Errors
/// The app is another one of the catalogue's, or none of them.
pub(super) fn from(source: &MoveSource) -> Option<Result<ScimApp>> {
    let state = OfficialState::of(source, "okta_app_saml")?;
    let (name, preconfigured) = (state.text("name"), state.text("preconfigured_app"));
    if ![name.text(), preconfigured.text()].contains(&Some(NAME)) {
        let detail = format!(
            "It is the app {:?}; okta_scim_app takes over those that were made with preconfigured_app = {NAME:?}.",
            name.text().or(preconfigured.text()).unwrap_or_default()
        );
        return Some(Err(Diagnostic::error("The state cannot be moved to okta_scim_app", detail).into()));
    }
    Some(Ok(ScimApp {
        id: state.text("id"),
        label: state.text("label"),
        app_name: NAME.into(),
        status: state.text("status"),
        hide_web: state.switch("hide_web"),
        hide_ios: state.switch("hide_ios"),
        user_name_template: state.text("user_name_template"),
        // Which of the modes it is the state does not tell. This one claims nothing.
        provisioning_mode: "console".into(),
        exclusive_assignments: false.into(),
        ..ScimApp::default()
    }))
}
