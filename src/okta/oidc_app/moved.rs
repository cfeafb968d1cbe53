//! Taking over an `okta_app_oauth` of Okta's own provider.

use super::{GroupsClaim, OidcApp};
use crate::framework::{
    diagnostic::{Diagnostic, Result},
    model::Attr,
    resource::MoveSource,
    secret::Secret,
};
use crate::okta::official_state::OfficialState;

/// The state of the app; `None` if the source is of another type. The read that follows finds what is in Okta; the
/// secret and the groups claim may be out of its reach.
///
/// # Errors
/// The app is no web app.
pub(super) fn from(source: &MoveSource) -> Option<Result<OidcApp>> {
    let state = OfficialState::of(source, "okta_app_oauth")?;
    let kind = state.text("type");
    if kind.text().is_some_and(|kind| kind != "web") {
        let detail = format!(
            "It is an app of the type {:?}; okta_oidc_app manages web apps, which have a client secret.",
            kind.text().unwrap_or_default()
        );
        return Some(Err(Diagnostic::error("The state cannot be moved to okta_oidc_app", detail).into()));
    }
    let omit_secret = state.switch("omit_secret");
    let secret = state.text("client_secret").into_known().filter(|_| !omit_secret.is_true());
    let claim = state.block("groups_claim").map(|claim| GroupsClaim {
        r#type: claim.text("type"),
        filter_type: claim.text("filter_type"),
        value: claim.text("value"),
        name: claim.text("name"),
    });
    Some(Ok(OidcApp {
        id: state.text("id"),
        label: state.text("label"),
        redirect_uris: state.texts("redirect_uris"),
        post_logout_redirect_uris: state.texts("post_logout_redirect_uris"),
        grant_types: state.texts("grant_types"),
        response_types: state.texts("response_types"),
        pkce_required: state.switch("pkce_required"),
        token_endpoint_auth_method: state.text("token_endpoint_auth_method"),
        consent_method: state.text("consent_method"),
        issuer_mode: state.text("issuer_mode"),
        authentication_policy: state.text("authentication_policy"),
        hide_web: state.switch("hide_web"),
        hide_ios: state.switch("hide_ios"),
        groups_claim: claim.into(),
        status: state.text("status"),
        omit_secret,
        client_id: state.text("client_id"),
        client_secret: secret.map_or(Attr::Null, |secret| Secret::from(secret).into()),
        ..OidcApp::default()
    }))
}
