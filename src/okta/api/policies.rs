//! Access policies of apps: Okta's reference, tags "Policy" and "ApplicationPolicies". Identity Engine only.

use serde::Deserialize;

use super::Client;
use crate::http::{Error, Member, Request};

/// An authentication policy (`ACCESS_POLICY`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Policy {
    /// Okta's id, like `rst…`.
    pub id: String,
    /// The name people see.
    pub name: String,
    /// `ACTIVE` or `INACTIVE`.
    #[serde(default)]
    pub status: String,
    /// Whether it is the org's default.
    #[serde(default)]
    pub system: bool,
}

impl Member for Policy {}

impl Client {
    /// "List all policies" of the type `ACCESS_POLICY`.
    pub async fn list_access_policies(&self) -> Result<Vec<Policy>, Error> {
        self.list(Request::get(["api", "v1", "policies"]).query("type", "ACCESS_POLICY")).await
    }

    /// "Assign an app sign-in policy". Replaces the one bound so far.
    pub async fn bind_policy(&self, app_id: &str, policy_id: &str) -> Result<(), Error> {
        self.send(Request::put(["api", "v1", "apps", app_id, "policies", policy_id])).await.map(drop)
    }
}
