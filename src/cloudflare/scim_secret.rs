//! The SCIM secret of an identity provider, for whoever installs it without keeping it.

use super::account;
use super::api::{Error, Scope};
use super::client::Cloudflare;
use super::errors::refused;
use crate::framework::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::framework::model::Attr;
use secrecy::SecretString;

/// The identity provider whose SCIM secret is meant.
#[derive(Clone, Copy, Debug)]
pub struct IdentityProvider<'a> {
    /// Its account; `None` for the one to fall back to.
    pub account_id: Option<&'a str>,
    /// Cloudflare's id of it.
    pub id: &'a str,
}

/// Why no secret was minted.
#[derive(Debug)]
pub struct NotMinted {
    /// What went wrong, and what to do.
    pub problems: Diagnostics,
    /// Whether one may have been minted nevertheless, so that the one before no longer works.
    pub maybe_done: bool,
}

impl IdentityProvider<'_> {
    fn scope(&self, client: &Cloudflare) -> Result<Scope, Diagnostic> {
        account::resolve(client, &Attr::from(self.account_id.map(str::to_owned))).map(Scope::Account)
    }

    /// Where its people and groups are pushed to.
    ///
    /// # Errors
    /// It does not exist, its SCIM is off, or Cloudflare refuses.
    pub async fn scim_base_url(&self, client: &Cloudflare) -> Result<String> {
        let id = self.id;
        let tried = format!("Reading the SCIM settings of the identity provider {id} failed");
        let scope = self.scope(client)?;
        let found = client.api().identity_provider(&scope, id).await;
        let Some(found) = found.map_err(|error| refused(&tried, &error, &[]))? else {
            let detail = "There is no such identity provider in this account. Use the id of a zt_okta_idp, and name its \
                          account if it is not the provider's.";
            return Err(Diagnostic::error(tried, detail).into());
        };
        client.scim_endpoints().saw(&found);
        match found.scim().base_url.filter(|_| found.scim().enabled) {
            Some(base_url) => Ok(base_url),
            None => Err(Diagnostic::error(
                format!("SCIM is off for the identity provider {id}"),
                "Without SCIM it has no secret. Switch it on with a zt_scim_config, and let scim_base_url refer to that, so \
                 that it comes first.",
            )
            .into()),
        }
    }

    /// Mints another secret. The one before no longer works.
    pub async fn mint(&self, client: &Cloudflare) -> Result<SecretString, NotMinted> {
        let not_done = |problem: Diagnostic| NotMinted { problems: problem.into(), maybe_done: false };
        let scope = self.scope(client).map_err(not_done)?;
        let minted = async {
            let _held = client.hold(self.id).await?;
            client.api().refresh_scim_secret(&scope, self.id).await
        };
        minted
            .await
            .map_err(|error| NotMinted { problems: not_minted(self.id, &error), maybe_done: error.is_maybe_done() })
    }
}

fn not_minted(id: &str, error: &Error) -> Diagnostics {
    let outcome = if error.is_maybe_done() {
        "Another secret may have been minted all the same, and then Okta's pushes are refused until it has one that works. \
         Apply again to mint one and install it."
    } else {
        "The secret of the identity provider was not changed."
    };
    let remedy = "The call that mints one is not part of Cloudflare's published API. If it stays refused: in the dashboard, \
                  edit the identity provider, choose \"Regenerate Secret\", and hand that secret to Okta with scim_token_wo \
                  and scim_token_wo_version in place of managed_token.";
    let told = refused(format!("Minting a new SCIM secret of the identity provider {id} failed"), error, &[]);
    told.and(outcome).and(remedy)
}
