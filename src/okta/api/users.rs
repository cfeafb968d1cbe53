//! People: Okta's reference, tag "User".

use serde::Deserialize;

use super::{Client, groups::Group, is_gone};
use crate::http::{Error, Request};

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct User {
    /// Okta's id, like `00u…`.
    pub id: String,
    /// Like `ACTIVE`, `STAGED` or `DEPROVISIONED`.
    #[serde(default)]
    pub status: String,
    /// Who it is.
    pub profile: UserProfile,
}

/// Who a person is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserProfile {
    /// The name to log in with, usually an email address.
    pub login: String,
    /// The primary email address.
    #[serde(default)]
    pub email: Option<String>,
    /// The given name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// The family name.
    #[serde(default)]
    pub last_name: Option<String>,
}

impl Client {
    /// "Retrieve a user" by id or by login.
    pub async fn user(&self, id_or_login: &str) -> Result<Option<User>, Error> {
        self.find(Request::get(["api", "v1", "users", id_or_login])).await
    }

    /// "List all groups" of a user; none when the person is gone.
    pub async fn user_groups(&self, user_id: &str) -> Result<Vec<Group>, Error> {
        match self.list(Request::get(["api", "v1", "users", user_id, "groups"]).query("limit", 200)).await {
            Err(error) if is_gone(&error) => Ok(Vec::new()),
            groups => groups,
        }
    }
}
