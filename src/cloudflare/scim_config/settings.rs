//! The SCIM settings of one identity provider, held while they are changed.

use super::failed;
use crate::cloudflare::api::identity_providers::{IdentityProvider, Replacement};
use crate::cloudflare::api::{Error, Scope};
use crate::cloudflare::client::Cloudflare;
use crate::cloudflare::shared_object::{Held, Outcome, Secrets};
use crate::framework::diagnostic::{Diagnostic, Diagnostics};

/// The settings as they were before the change.
pub(super) struct Settings<'a> {
    client: &'a Cloudflare,
    scope: Scope,
    held: Held,
    before: IdentityProvider,
}

/// What came of putting settings back.
pub(super) enum PutBack {
    /// They were as before: the change had not been made.
    NotNeeded,
    /// They are as before again.
    Done,
}

impl<'a> Settings<'a> {
    /// Holds the identity provider and reads it. `None` if it is gone.
    pub(super) async fn hold(client: &'a Cloudflare, scope: Scope, id: &str) -> Result<Option<Self>, Error> {
        let held = client.hold(id).await?;
        let found = client.api().identity_provider(&scope, id).await?;
        Ok(found.map(|before| Self { client, scope, held, before }))
    }

    /// Whether SCIM was on.
    pub(super) fn was_on(&self) -> bool {
        self.before.scim().enabled
    }

    /// Where the identity provider is.
    pub(super) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Writes the settings as `edit` changes them, if that changes anything. `None` if the identity provider is gone.
    ///
    /// # Errors
    /// Whatever writing comes to. After one that [may have been carried out](Error::is_maybe_done) nobody knows the
    /// secret of SCIM that was switched on; see [`Settings::put_back`].
    pub(super) async fn change(
        &mut self,
        edit: impl FnOnce(&IdentityProvider, &mut Replacement),
    ) -> Result<Option<IdentityProvider>, Error> {
        let mut body = self.before.replacement();
        edit(&self.before, &mut body);
        self.write(self.before.clone(), body).await
    }

    /// Brings the settings back to what they were before the change.
    ///
    /// # Errors
    /// If Cloudflare refuses that, or if it would mint a secret: SCIM that was switched off stays off, since switching
    /// it on again may give it another secret than the one that Okta has.
    pub(super) async fn put_back(&mut self) -> Result<PutBack, Diagnostics> {
        let id = self.before.id();
        let tried = format!("Putting the SCIM settings of the identity provider {id} back as they were failed as well");
        let current = self.client.api().identity_provider(&self.scope, id).await;
        let Some(current) = current.map_err(|error| failed(&tried, &error))? else { return Ok(PutBack::NotNeeded) };
        let was = self.before.scim();
        let mut body = current.replacement();
        body.set("scim_config.enabled", was.enabled);
        body.set("scim_config.user_deprovision", was.user_deprovision);
        body.set("scim_config.seat_deprovision", was.seat_deprovision);
        if let Some(behaviour) = &was.identity_update_behavior {
            body.set("scim_config.identity_update_behavior", behaviour.as_str());
        }
        if current.scim() == was {
            return Ok(PutBack::NotNeeded);
        }
        if body.switches_scim_on() {
            let detail = "SCIM was on and is off now. Switching it on again may mint another secret than Okta has.";
            return Err(Diagnostic::error(tried, detail).into());
        }
        let now = self.write(current, body).await.map_err(|error| failed(&tried, &error))?;
        match now {
            Some(now) if now.scim().enabled != was.enabled => {
                Err(Diagnostic::error(tried, "Cloudflare accepted the request, but SCIM is on all the same.").into())
            }
            _ => Ok(PutBack::Done),
        }
    }

    async fn write(&mut self, current: IdentityProvider, body: Replacement) -> Result<Option<IdentityProvider>, Error> {
        let outcome = self.held.write(self.client.api(), &self.scope, current, body, Secrets::default()).await?;
        Ok(match outcome {
            Outcome::Unchanged(now) | Outcome::Written(now) => {
                self.client.scim_endpoints().saw(&now);
                Some(now)
            }
            Outcome::Gone => None,
        })
    }
}
