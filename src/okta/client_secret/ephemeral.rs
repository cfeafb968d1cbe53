//! The ephemeral `okta_client_secret`: a secret of an app for the length of one run.

use super::{Client, status_of};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Result},
    ephemeral::{Ephemeral, Opened},
    schema::{computed, required},
    secret::Secret,
    validate::Validator,
};
use crate::okta::{errors, ids};
use crate::{model, path};

model! {
    /// One client secret of an Okta app, read for the length of one run and stored nowhere: neither in the plan nor in
    /// the state.
    ///
    /// Terraform reads it in every plan and in every apply. Okta shows the secret in clear then, and writes each look into
    /// its System Log, also where the provider has `secret_checks = "never"`: whoever can plan can read the secret. Needs
    /// Terraform 1.10.
    pub struct OpenedSecret {
        /// Okta's id of the app.
        app_id: String = required().check(Validator::Custom(super::app_id)),
        /// Okta's id of the secret: the `id` of an `okta_client_secret`, or the `client_secret_id` of an
        /// `okta_oidc_app`.
        secret_id: String = required().check(Validator::Custom(super::secret_id)),
        /// The secret.
        client_secret: Secret = computed().sensitive(),
        /// Okta's hash of it.
        client_secret_hash: String = computed(),
        /// `ACTIVE`, or `INACTIVE` for a secret that Okta refuses.
        status: String = computed(),
    }
}

/// The ephemeral `okta_client_secret`.
#[derive(Debug)]
pub struct EphemeralClientSecret;

impl Ephemeral for EphemeralClientSecret {
    type Model = OpenedSecret;
    type Client = Client;
    const NAME: &'static str = "okta_client_secret";

    async fn open(&self, _call: &Call, client: &Client, config: OpenedSecret) -> Result<Opened<OpenedSecret>> {
        let app_id = ids::known(&config.app_id, "okta_client_secret")?;
        let secret_id = ids::known(&config.secret_id, "okta_client_secret")?;
        let tried = format!("Cannot read the client secret {secret_id} of the Okta app {app_id}");
        let at = path!(OpenedSecret.secret_id);
        let found = client.okta.client_secret(app_id, secret_id).await;
        let found = found.map_err(|error| errors::diagnose_at(&tried, &error, &at))?;
        let found = found.ok_or_else(|| {
            Diagnostic::error(&tried, "There is no such app, or it has no such secret: it may have been rotated.")
                .at(at.clone())
        })?;
        let Some(text) = found.client_secret else {
            let detail = "Okta answered without the secret itself. Give the administrator behind the API token, or the \
                          service app, the role Application Administrator.";
            return Err(Diagnostic::error(&tried, detail).at(at).into());
        };
        let result = OpenedSecret {
            client_secret: Secret::from(text).into(),
            client_secret_hash: found.secret_hash.into(),
            status: status_of(found.status).into(),
            ..config
        };
        Ok(Opened { result, renew_at: None })
    }
}
