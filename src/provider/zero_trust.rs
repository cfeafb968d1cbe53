//! What the Okta side may ask about the Zero Trust organization.

use crate::cloudflare::api::Scope;
use crate::cloudflare::client::{Cloudflare, DefaultAccount};
use crate::framework::provider::Unavailable;
use crate::okta::scim_app::{Team, ZeroTrust};
use async_trait::async_trait;
use std::sync::Arc;

/// The other side of `okta_scim_app`. A side that is not there is no fault unless it is `meant` to be there.
pub(super) fn team(cloudflare: Result<Cloudflare, Unavailable>, meant: bool) -> Team {
    match cloudflare {
        Ok(cloudflare) => Team::Known(Arc::new(Side(cloudflare))),
        Err(Unavailable::NotYetKnown(_)) => Team::NotYetKnown,
        Err(Unavailable::Missing(why)) if meant => {
            Team::Known(Arc::new(Broken(format!("{}. {}", why.summary, why.detail))))
        }
        Err(Unavailable::Missing(why)) => Team::None(why.summary),
    }
}

/// A side whose settings are wrong, and how.
struct Broken(String);

#[async_trait]
impl ZeroTrust for Broken {
    fn named_endpoints(&self) -> Vec<String> {
        Vec::new()
    }

    async fn auth_domain(&self) -> Result<String, String> {
        Err(self.0.clone())
    }
}

struct Side(Cloudflare);

#[async_trait]
impl ZeroTrust for Side {
    fn named_endpoints(&self) -> Vec<String> {
        self.0.scim_endpoints().all()
    }

    async fn auth_domain(&self) -> Result<String, String> {
        let DefaultAccount::Id(account) = self.0.account() else {
            return Err("The provider has Cloudflare credentials and no account: set cloudflare.account_id in the \
                        provider block, or CLOUDFLARE_ACCOUNT_ID."
                .to_owned());
        };
        let tried = format!("Reading the Zero Trust organization of account {account} failed");
        match self.0.api().organization(&Scope::Account(account.clone())).await {
            Ok(Some(organization)) => Ok(organization.auth_domain),
            Ok(None) => Err(format!("{tried}: there is none.")),
            Err(error) => Err(format!("{tried}: {error}.")),
        }
    }
}
