//! The SCIM endpoints of identity providers that Cloudflare has named to this process, in whatever account.
//!
//! What names one is the API, to credentials that reach the account, so an endpoint in here is real. Whoever is about
//! to send the SCIM secret somewhere can ask for it.

use super::api::identity_providers::IdentityProvider;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Base URLs as Cloudflare spells them.
#[derive(Debug, Default)]
pub struct ScimEndpoints(Mutex<BTreeSet<String>>);

impl ScimEndpoints {
    /// Remembers the endpoint of an identity provider, if it has one.
    pub fn saw(&self, provider: &IdentityProvider) {
        if let Some(base_url) = provider.scim().base_url {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(base_url);
        }
    }

    /// All of them so far.
    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
