//! Groups: Okta's reference, tag "Group".

use serde::Deserialize;

use super::{Client, quoted};
use crate::http::{Document, Error, Member, Request, size_of_texts};

/// A group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Group {
    /// Okta's id, like `00g…`.
    pub id: String,
    /// `OKTA_GROUP`, `APP_GROUP` (owned by an app) or `BUILT_IN` ("Everyone").
    #[serde(default, rename = "type")]
    pub kind: String,
    /// What people see.
    pub profile: GroupProfile,
}

/// What people see of a group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GroupProfile {
    /// Unique among Okta's own groups, not across kinds.
    pub name: String,
    /// Free text.
    #[serde(default)]
    pub description: Option<String>,
}

impl Member for Group {
    fn kept(&self, _: usize) -> usize {
        size_of::<Self>()
            + size_of_texts([
                Some(&self.id),
                Some(&self.kind),
                Some(&self.profile.name),
                self.profile.description.as_ref(),
            ])
    }
}

impl Client {
    /// "Retrieve a group".
    pub async fn group(&self, id: &str) -> Result<Option<Group>, Error> {
        self.find(Request::get(["api", "v1", "groups", id])).await
    }

    /// "List all groups" with exactly this name. The search lags behind changes by seconds.
    pub async fn groups_by_name(&self, name: &str) -> Result<Vec<Group>, Error> {
        let mut groups = self.search_groups(&format!("profile.name eq {}", quoted(name))).await?;
        // Okta compares without regard to case.
        groups.retain(|group| group.profile.name == name);
        Ok(groups)
    }

    /// "List all groups" that match a search expression, like `type eq "OKTA_GROUP"`.
    pub async fn search_groups(&self, search: &str) -> Result<Vec<Group>, Error> {
        self.list(Request::get(["api", "v1", "groups"]).query("search", search).query("limit", 1000)).await
    }

    /// The first `limit` of all groups.
    pub async fn first_groups(&self, limit: usize) -> Result<Vec<Group>, Error> {
        self.list_up_to(Request::get(["api", "v1", "groups"]).query("limit", 1000), limit).await
    }

    /// "List all groups".
    pub async fn list_groups(&self) -> Result<Vec<Group>, Error> {
        self.list(Request::get(["api", "v1", "groups"]).query("limit", 1000)).await
    }

    /// How many people are in a group, from "List all groups" with `expand=stats`; `None` when it is gone
    /// or Okta gives no figures.
    pub async fn group_member_count(&self, id: &str) -> Result<Option<u64>, Error> {
        let request = Request::get(["api", "v1", "groups"])
            .query("filter", format!("id eq {}", quoted(id)))
            .query("expand", "stats");
        let groups: Vec<Document> = self.list(request).await?;
        let group = groups.iter().find(|group| group.str("id") == Some(id));
        Ok(group.and_then(|group| group.get("_embedded.stats.usersCount")?.as_u64()))
    }
}
