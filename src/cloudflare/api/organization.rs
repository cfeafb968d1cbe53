//! The Zero Trust organization: Cloudflare's reference, "Zero Trust > Organizations".

use serde::Deserialize;

use super::{Client, Scope, is_gone};
use crate::http::{Error, Request};

/// A Zero Trust organization.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Organization {
    /// The domain people log in at, `<team>.cloudflareaccess.com`.
    pub auth_domain: String,
    /// The name people see.
    #[serde(default)]
    pub name: Option<String>,
}

impl Client {
    /// "Get your Zero Trust organization". `None` when there is none.
    /// An account where Zero Trust is not enabled is refused with code 9999.
    pub async fn organization(&self, scope: &Scope) -> Result<Option<Organization>, Error> {
        let path = scope.path().into_iter().chain(["access", "organizations"]);
        match self.call(Request::get(path)).await {
            Ok((_, organization)) => Ok(Some(organization)),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The same for a reader that only looks, from what this process has read since its last write.
    pub async fn look_at_organization(&self, scope: &Scope) -> Result<Option<Organization>, Error> {
        let find = self.shared.organizations.get(scope.clone(), self.organization(scope));
        self.http.until_the_end("the Zero Trust organization", find).await?
    }
}
