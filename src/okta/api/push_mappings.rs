//! Groups pushed to an app: Okta's reference, tag "GroupPushMapping".

use serde::Deserialize;
use serde_json::json;

use super::Client;
use crate::http::{Error, Member, Request, size_of_texts};

/// A group that Okta keeps in sync in the app.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushMapping {
    /// Okta's id, like `gPm…`.
    pub id: String,
    /// The group that is pushed.
    pub source_group_id: String,
    /// The group in the app, as Okta represents it. Its name is found with [`Client::group`].
    #[serde(default)]
    pub target_group_id: Option<String>,
    /// Whether it is pushed.
    pub status: PushStatus,
    /// What went wrong, with [`PushStatus::Error`].
    #[serde(default)]
    pub error_summary: Option<String>,
    /// When it was last pushed.
    #[serde(default)]
    pub last_push: Option<String>,
    /// When it was made.
    #[serde(default)]
    pub created: Option<String>,
    /// When it was last changed.
    #[serde(default)]
    pub last_updated: Option<String>,
}

/// Whether a group is pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum PushStatus {
    /// Pushed, now and on every change.
    Active,
    /// Paused; the precondition of deletion.
    Inactive,
    /// The last push failed; can be deleted as well.
    Error,
    /// Any other word.
    #[serde(other)]
    Other,
}

/// The group in the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// Created under this name, or linked if there is one of that name.
    Name(&'a str),
    /// An existing one.
    Id(&'a str),
}

impl Member for PushMapping {
    fn kept(&self, _: usize) -> usize {
        size_of::<Self>()
            + size_of_texts([
                Some(&self.id),
                Some(&self.source_group_id),
                self.target_group_id.as_ref(),
                self.error_summary.as_ref(),
                self.last_push.as_ref(),
                self.created.as_ref(),
                self.last_updated.as_ref(),
            ])
    }
}

impl Client {
    /// "List all group push mappings".
    pub async fn list_push_mappings(&self, app_id: &str) -> Result<Vec<PushMapping>, Error> {
        self.list(Request::get(path(app_id)).query("limit", 1000)).await
    }

    /// "Create a group push mapping", active: the first push starts at once.
    pub async fn create_push_mapping(
        &self,
        app_id: &str,
        source_group_id: &str,
        target: Target<'_>,
    ) -> Result<PushMapping, Error> {
        let mut body = json!({ "sourceGroupId": source_group_id, "status": "ACTIVE" });
        match target {
            Target::Name(name) => body["targetGroupName"] = name.into(),
            Target::Id(id) => body["targetGroupId"] = id.into(),
        }
        self.send(Request::post(path(app_id)).json(&body)).await?.json()
    }

    /// "Retrieve a group push mapping".
    pub async fn push_mapping(&self, app_id: &str, mapping_id: &str) -> Result<Option<PushMapping>, Error> {
        self.find(Request::get(path(app_id).into_iter().chain([mapping_id]))).await
    }

    /// "Update a group push mapping": `ACTIVE` pushes at once, `INACTIVE` pauses.
    pub async fn set_push_mapping_active(
        &self,
        app_id: &str,
        mapping_id: &str,
        active: bool,
    ) -> Result<PushMapping, Error> {
        let body = json!({ "status": if active { "ACTIVE" } else { "INACTIVE" } });
        let request = Request::patch(path(app_id).into_iter().chain([mapping_id])).json(&body);
        self.send(request.repeatable()).await?.json()
    }

    /// "Delete a group push mapping", which must be inactive or in error, and on demand the group in the app.
    pub async fn delete_push_mapping(
        &self,
        app_id: &str,
        mapping_id: &str,
        delete_target_group: bool,
    ) -> Result<(), Error> {
        let path = path(app_id).into_iter().chain([mapping_id]);
        self.delete(Request::delete(path).query("deleteTargetGroup", delete_target_group)).await
    }
}

fn path(app_id: &str) -> [&str; 6] {
    ["api", "v1", "apps", app_id, "group-push", "mappings"]
}
