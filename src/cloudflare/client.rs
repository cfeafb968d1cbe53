//! What every resource here needs of the provider: the API, the account to fall back to, and the shared objects.

use super::api::{Caller, Client, Error};
use super::existing::Existing;
use super::scim_endpoints::ScimEndpoints;
use super::shared_object::{Held, SharedObjects};
use crate::framework::adoption::Claims;
use std::sync::Arc;

/// The account of objects that name none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DefaultAccount {
    /// Neither the provider block nor the environment has one.
    None,
    /// The provider block has one that is not known yet.
    NotYetKnown,
    /// This one.
    Id(String),
}

/// The Cloudflare side. Clones share connections and locks.
#[derive(Clone, Debug)]
pub struct Cloudflare {
    api: Client,
    account: DefaultAccount,
    objects: Arc<SharedObjects>,
    existing: Arc<Existing>,
    scim_endpoints: Arc<ScimEndpoints>,
    scim_settings: Claims,
    secret_checks: bool,
}

impl Cloudflare {
    /// The side of one provider block.
    pub fn new(api: Client, account: DefaultAccount) -> Self {
        Self {
            api,
            account,
            objects: Arc::default(),
            existing: Arc::default(),
            scim_endpoints: Arc::default(),
            scim_settings: Claims::default(),
            secret_checks: true,
        }
    }

    /// The same, on behalf of `caller`. When that stops, reads are abandoned and writes are awaited.
    pub fn with_caller(&self, caller: Caller) -> Self {
        Self { api: self.api.with_caller(caller), ..self.clone() }
    }

    /// The same, which finds out on reads whether secrets still work, or does not.
    pub fn with_secret_checks(self, secret_checks: bool) -> Self {
        Self { secret_checks, ..self }
    }

    /// Whether reads may find out if secrets still work.
    pub fn secret_checks(&self) -> bool {
        self.secret_checks
    }

    /// The API.
    pub fn api(&self) -> &Client {
        &self.api
    }

    /// The account of objects that name none.
    pub fn account(&self) -> &DefaultAccount {
        &self.account
    }

    /// Waits until nobody else in this process holds the identity provider, and holds it.
    ///
    /// # Errors
    /// The time was over before, or Terraform stopped us.
    pub async fn hold(&self, id: &str) -> Result<Held, Error> {
        let work = format!("a change of the identity provider {id}");
        self.api.wait_for(self.objects.hold(id), "another change of the same identity provider", &work).await
    }

    /// The identity providers that may be taken over.
    pub fn existing(&self) -> &Existing {
        &self.existing
    }

    /// Whose the SCIM settings are that were set up in this process, by the identity provider's id.
    pub fn scim_settings(&self) -> &Claims {
        &self.scim_settings
    }

    /// The SCIM endpoints that this process has seen.
    pub fn scim_endpoints(&self) -> &ScimEndpoints {
        &self.scim_endpoints
    }
}
