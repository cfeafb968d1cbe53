//! `data "zt_organization"`: the team that people log in to.
//!
//! Cloudflare's reference: "Zero Trust > Organizations".

use super::account;
use super::api::Scope;
use super::callback_url::callback_url;
use super::client::Cloudflare;
use super::errors::refused;
use crate::framework::call::Call;
use crate::framework::data_source::DataSource;
use crate::framework::diagnostic::{Diagnostic, Result};
use crate::framework::schema::{computed, optional};
use crate::{model, path};

model! {
    /// The Zero Trust organization of an account: the domain at which people log in, and the redirect URI that Okta has to know.
    pub struct Organization {
        /// The account. Defaults to the provider's `cloudflare.account_id`, then to `CLOUDFLARE_ACCOUNT_ID`.
        account_id: String = optional().computed().length(1..=64),
        /// The domain at which people log in, such as `acme.cloudflareaccess.com`.
        auth_domain: String = computed(),
        /// The redirect URI to register in Okta: `https://<auth_domain>/cdn-cgi/access/callback`.
        callback_url: String = computed(),
        /// The name that people see on the login page.
        name: String = computed(),
    }
}

/// The data source.
#[derive(Debug)]
pub struct OrganizationSource;

impl DataSource for OrganizationSource {
    type Model = Organization;
    type Client = Cloudflare;
    const NAME: &'static str = "zt_organization";

    async fn read(&self, _call: &Call, client: &Cloudflare, config: Organization) -> Result<Organization> {
        let account = account::resolve(client, &config.account_id).map_err(|d| d.at(path!(Organization.account_id)))?;
        let tried = format!("Reading the Zero Trust organization of account {account} failed");
        let found = client.api().organization(&Scope::Account(account.clone())).await;
        let Some(organization) =
            found.map_err(|error| refused(&tried, &error, &[("account_id", path!(Organization.account_id))]))?
        else {
            return Err(Diagnostic::error(
                tried,
                "The account has no Zero Trust organization. Open Zero Trust in Cloudflare's dashboard once and choose \
                 a team name, then run terraform again.",
            )
            .at(path!(Organization.account_id))
            .into());
        };
        let callback = callback_url(&organization.auth_domain).map_err(|why| Diagnostic::error(&tried, why))?;
        Ok(Organization {
            account_id: account.into(),
            auth_domain: organization.auth_domain.into(),
            callback_url: callback.into(),
            name: organization.name.into(),
        })
    }
}
