//! Cloudflare, asked on behalf of a SCIM app in Okta: for its SCIM endpoint, and for a secret to install.

use crate::cloudflare::client::Cloudflare;
use crate::cloudflare::scim_secret;
use crate::framework::diagnostic::{Diagnostic, Result};
use crate::framework::provider::Unavailable;
use crate::okta::scim_app::{IdentityProvider, NotMinted, ScimSecrets};
use async_trait::async_trait;
use secrecy::SecretString;

/// The Cloudflare side of the provider block, or why there is none.
pub struct CloudflareSecrets(pub Result<Cloudflare, Unavailable>);

#[async_trait]
impl ScimSecrets for CloudflareSecrets {
    fn ready(&self) -> Result<(), Diagnostic> {
        match &self.0 {
            Ok(_) | Err(Unavailable::NotYetKnown(_)) => Ok(()),
            Err(Unavailable::Missing(why)) => Err(why.clone()),
        }
    }

    async fn base_url(&self, of: IdentityProvider<'_>) -> Result<String> {
        named(of).scim_base_url(self.client()?).await
    }

    async fn mint(&self, of: IdentityProvider<'_>) -> Result<SecretString, NotMinted> {
        let client = self.client().map_err(|why| NotMinted { problems: why.into(), maybe_done: false })?;
        let minted = named(of).mint(client).await;
        minted.map_err(|why| NotMinted { problems: why.problems, maybe_done: why.maybe_done })
    }
}

impl CloudflareSecrets {
    fn client(&self) -> Result<&Cloudflare, Diagnostic> {
        self.0.as_ref().map_err(|why| match why {
            Unavailable::NotYetKnown(why) | Unavailable::Missing(why) => why.clone(),
        })
    }
}

fn named(of: IdentityProvider<'_>) -> scim_secret::IdentityProvider<'_> {
    scim_secret::IdentityProvider { account_id: of.account_id, id: of.id }
}
