//! `terraform query`: the login methods of the type `okta` that there are.

use super::{Client, OktaIdp, OktaIdpIdentity, OktaIdpResource, failed, fields};
use crate::cloudflare::api::identity_providers::IdentityProvider;
use crate::cloudflare::okta_account;
use crate::cloudflare::scope::Place;
use crate::framework::call::Call;
use crate::framework::diagnostic::{Diagnostics, Result};
use crate::framework::list::{Found, List, Sink};
use crate::framework::schema::optional;
use crate::framework::validate::Validator;
use crate::framework::value::Value;
use crate::{model, path};

model! {
    /// Finds the Okta login methods (identity providers) of Cloudflare Access, to import them.
    ///
    /// Cloudflare shows no secrets, so none are found.
    pub struct OktaIdpFilter {
        /// The account to look in. Without account and zone it is the provider's.
        account_id: String = optional().length(1..=64),
        /// The zone to look in, instead of an account.
        zone_id: String = optional().length(1..=64),
        /// What the name begins with, whatever the case.
        name_prefix: String = optional().length(1..=255),
        /// URL of the Okta org that people are sent to.
        okta_account: String = optional().check(Validator::Custom(okta_account::check)),
        /// Only those with SCIM on, or only those with SCIM off.
        scim_enabled: bool = optional(),
    }
}

/// The list resource `zt_okta_idp`.
#[derive(Debug)]
pub struct OktaIdpList;

impl List for OktaIdpList {
    type Resource = OktaIdpResource;
    type Config = OktaIdpFilter;
    type Client = Client;

    fn validate(&self, config: &OktaIdpFilter, problems: &mut Diagnostics) {
        problems.extend(place(config).check().err());
    }

    async fn list(
        &self,
        _call: &Call,
        client: &Client,
        config: OktaIdpFilter,
        sink: Sink<'_, OktaIdpResource>,
    ) -> Result<()> {
        let scope =
            place(&config).scope(&client.cloudflare).map_err(|error| error.at(path!(OktaIdpFilter.account_id)))?;
        let mut pages = client.cloudflare.api().identity_providers(&scope, config.scim_enabled.known().copied());
        while let Some(page) = pages.next().await.map_err(|error| failed("Listing the login methods failed", &error))? {
            for found in page.into_iter().filter(|found| found.kind() == "okta" && is_wanted(found, &config)) {
                let whole = OktaIdp { client_secret_status: "unverified".into(), ..OktaIdp::default() };
                let whole = fields::seen(whole, &scope, &found);
                let OktaIdp { id, account_id, zone_id, .. } = whole.clone();
                let found = Found {
                    display_name: found.name().to_owned(),
                    identity: OktaIdpIdentity { account_id, zone_id, id },
                    resource: Some(whole),
                };
                if sink.push(found).await.is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

fn place(config: &OktaIdpFilter) -> Place<'_> {
    Place { account_id: &config.account_id, zone_id: &config.zone_id }
}

fn is_wanted(found: &IdentityProvider, config: &OktaIdpFilter) -> bool {
    let begins = |prefix: &str| found.name().to_lowercase().starts_with(&prefix.to_lowercase());
    let is_org = |org: &str| {
        let same = |account: &str| okta_account::same(&Value::string(org), &Value::string(account));
        found.okta_account().is_some_and(same)
    };
    // The service filters by this as well; only `true` was seen in its documents.
    let is_on = |wanted: &bool| found.scim().enabled == *wanted;
    config.scim_enabled.known().is_none_or(is_on)
        && config.name_prefix.text().is_none_or(begins)
        && config.okta_account.text().is_none_or(is_org)
}
