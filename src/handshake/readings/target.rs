//! What of the handshake is looked at, as a configuration names it.

use crate::cloudflare::scope::Place;
use crate::framework::model::Attr;
use crate::handshake::action::TestHandshakeModel;
use crate::handshake::data_source::HandshakeModel;

/// What of the handshake is looked at.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The account of the login method; null for the provider's.
    pub account_id: Attr<String>,
    /// The zone of the login method, if it is in one.
    pub zone_id: Attr<String>,
    /// Cloudflare's id of the login method.
    pub identity_provider_id: String,
    /// Okta's id of the app that people log in with, if it is not the client id.
    pub oidc_app_id: Option<String>,
    /// Okta's id of the SCIM app.
    pub scim_app_id: Option<String>,
    /// Fingerprint of the client secret that Cloudflare was given.
    pub client_secret_fingerprint: Option<String>,
    /// Whether Cloudflare was given an API token of Okta's, which it does not show.
    pub has_api_token: Option<bool>,
}

impl Target {
    /// Where the login method is.
    pub fn place(&self) -> Place<'_> {
        Place { account_id: &self.account_id, zone_id: &self.zone_id }
    }
}

/// Data source and action name it with the same arguments.
macro_rules! named_by {
    ($($model:ty),+) => {$(
        impl From<&$model> for Target {
            fn from(config: &$model) -> Self {
                let text = |attribute: &Attr<String>| attribute.text().map(str::to_owned);
                Self {
                    account_id: config.account_id.clone(),
                    zone_id: config.zone_id.clone(),
                    identity_provider_id: text(&config.identity_provider_id).unwrap_or_default(),
                    oidc_app_id: text(&config.oidc_app_id),
                    scim_app_id: text(&config.scim_app_id),
                    client_secret_fingerprint: text(&config.client_secret_fingerprint),
                    has_api_token: config.has_api_token.known().copied(),
                }
            }
        }
    )+};
}

named_by!(HandshakeModel, TestHandshakeModel);
