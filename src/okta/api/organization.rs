//! What an org says about itself to everybody: Okta's reference, tag "OrgSettingMetadata".

use super::{Client, Route};
use crate::http::{Document, Error, Request};

/// An org.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Okta's id, like `00o…`.
    pub id: String,
    /// The engine the org runs on.
    pub pipeline: Pipeline,
    /// The org's own URL.
    pub url: Option<String>,
    /// A further URL of the same org: its custom domain, or its Okta domain behind one.
    pub alternate_url: Option<String>,
}

/// The engine an org runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pipeline {
    /// Okta Identity Engine.
    Idx,
    /// Okta Classic Engine.
    V1,
    /// Any other word.
    Other,
}

impl Client {
    /// The same as [`organization`](Self::organization) for a reader that only looks, from what this process has read since
    /// its last write.
    pub async fn look_at_organization(&self) -> Result<Organization, Error> {
        let find = self.shared.organization.get((), self.organization());
        self.http.until_the_end("the Okta org", find).await?
    }

    /// "Retrieve the Org metadata" from `/.well-known/okta-organization`, without credentials.
    pub async fn organization(&self) -> Result<Organization, Error> {
        let answer = self.send_to(Route::Open, Request::get([".well-known", "okta-organization"])).await?;
        let document: Document = answer.json()?;
        let Some(id) = document.str("id") else {
            return Err(answer.unreadable("id", "expected a string"));
        };
        Ok(Organization {
            id: id.to_owned(),
            pipeline: match document.str("pipeline") {
                Some("idx") => Pipeline::Idx,
                Some("v1") => Pipeline::V1,
                _ => Pipeline::Other,
            },
            url: document.str("_links.organization.href").map(str::to_owned),
            alternate_url: document.str("_links.alternate.href").map(str::to_owned),
        })
    }
}
