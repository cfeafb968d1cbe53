//! Who may use an app: Okta's reference, tags "ApplicationGroups" and "ApplicationUsers".

use serde::{Deserialize, Deserializer};
use serde_json::{Value as Json, json};

use super::Client;
use crate::http::{Error, Member, Request, size_of_texts};

/// A group assigned to an app.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GroupAssignment {
    /// The id of the group.
    pub id: String,
    /// Which assignment wins for a person in several groups; 0 first.
    #[serde(default)]
    pub priority: Option<i64>,
}

/// A person's account in an app.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppUser {
    /// The id of the person.
    pub id: String,
    /// How the person came to it.
    #[serde(default = "other")]
    pub scope: Scope,
    /// Like `ACTIVE`, `STAGED` or `PROVISIONED`.
    #[serde(default)]
    pub status: Option<String>,
    /// Like `SYNCHRONIZED` or `ERROR`; `DISABLED` without provisioning.
    #[serde(default)]
    pub sync_state: Option<String>,
    /// The id the app gave the account: proof that provisioning reached it.
    #[serde(default)]
    pub external_id: Option<String>,
    /// What the person is called in the app.
    #[serde(default, deserialize_with = "null_as_default")]
    pub credentials: AccountName,
    /// What the app knows of the person.
    #[serde(default, deserialize_with = "null_as_default")]
    pub profile: AccountProfile,
}

/// What a person is called in an app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountName {
    /// The user name there: the SCIM `userName`.
    #[serde(default)]
    pub user_name: Option<String>,
}

/// What an app knows of a person. Its attributes depend on the app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct AccountProfile {
    /// The email address; none where the app has something else under that name.
    #[serde(default, deserialize_with = "text_or_none")]
    pub email: Option<String>,
}

/// How a person came to an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Scope {
    /// Assigned directly.
    User,
    /// Through a group.
    Group,
    /// Any other word.
    #[serde(other)]
    Other,
}

impl Member for GroupAssignment {
    fn kept(&self, _: usize) -> usize {
        size_of::<Self>() + size_of_texts([Some(&self.id)])
    }
}

impl Member for AppUser {
    fn kept(&self, _: usize) -> usize {
        size_of::<Self>()
            + size_of_texts([
                Some(&self.id),
                self.status.as_ref(),
                self.sync_state.as_ref(),
                self.external_id.as_ref(),
                self.credentials.user_name.as_ref(),
                self.profile.email.as_ref(),
            ])
    }
}

impl Client {
    /// "List all application groups", by priority.
    pub async fn list_app_groups(&self, app_id: &str) -> Result<Vec<GroupAssignment>, Error> {
        self.list(Request::get(path(app_id, "groups")).query("limit", 200)).await
    }

    /// "Retrieve an application group".
    pub async fn app_group(&self, app_id: &str, group_id: &str) -> Result<Option<GroupAssignment>, Error> {
        self.find(Request::get(path(app_id, "groups").into_iter().chain([group_id]))).await
    }

    /// "Assign an application group". Assigning again changes nothing.
    pub async fn assign_group(&self, app_id: &str, group_id: &str) -> Result<GroupAssignment, Error> {
        let path = path(app_id, "groups").into_iter().chain([group_id]);
        self.send(Request::put(path).json(&json!({}))).await?.json()
    }

    /// "Unassign an application group". Members who have the app through nothing else lose it.
    pub async fn unassign_group(&self, app_id: &str, group_id: &str) -> Result<(), Error> {
        self.delete(Request::delete(path(app_id, "groups").into_iter().chain([group_id]))).await
    }

    /// "List all application users", those with the app through a group included; see [`AppUser::scope`].
    pub async fn list_app_users(&self, app_id: &str) -> Result<Vec<AppUser>, Error> {
        self.list(Request::get(path(app_id, "users")).query("limit", 500)).await
    }

    /// The first `limit` of them (500 at most), in a single request.
    pub async fn first_app_users(&self, app_id: &str, limit: usize) -> Result<Vec<AppUser>, Error> {
        self.list_up_to(Request::get(path(app_id, "users")).query("limit", limit.clamp(1, 500)), limit).await
    }

    /// "Retrieve an application user".
    pub async fn app_user(&self, app_id: &str, user_id: &str) -> Result<Option<AppUser>, Error> {
        self.find(Request::get(path(app_id, "users").into_iter().chain([user_id]))).await
    }

    /// "Assign an application user" directly (scope `USER`). If the answer is lost, whether it was done shows in the app,
    /// which has a person once.
    pub async fn assign_user(&self, app_id: &str, user_id: &str) -> Result<AppUser, Error> {
        let body = json!({ "id": user_id, "scope": "USER" });
        let answer = self.send(Request::post(path(app_id, "users")).json(&body)).await;
        match answer.and_then(|answer| answer.json()) {
            Err(error) if error.is_maybe_done() => {
                let found = self.app_user(app_id, user_id).await.ok().flatten();
                found.filter(|found: &AppUser| found.scope == Scope::User).ok_or(error)
            }
            outcome => outcome,
        }
    }

    /// "Update an application user": makes a direct assignment one through a group that has the person in it. The
    /// account in the app stays as it is.
    pub async fn hand_user_to_group(&self, app_id: &str, user_id: &str) -> Result<AppUser, Error> {
        let path = path(app_id, "users").into_iter().chain([user_id]);
        self.send(Request::post(path).json(&json!({ "scope": "GROUP" })).repeatable()).await?.json()
    }

    /// "Unassign an application user". Destroys the account's profile in the app, and deprovisions it if
    /// "Deactivate Users" is on. Nobody is sent an email.
    pub async fn unassign_user(&self, app_id: &str, user_id: &str) -> Result<(), Error> {
        let path = path(app_id, "users").into_iter().chain([user_id]);
        self.delete(Request::delete(path).query("sendEmail", false)).await
    }
}

/// Okta's reference lets a field be absent, and says nothing of null.
fn null_as_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

fn text_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Json::deserialize(from)?.as_str().map(str::to_owned))
}

fn other() -> Scope {
    Scope::Other
}

fn path<'a>(app_id: &'a str, kind: &'a str) -> [&'a str; 5] {
    ["api", "v1", "apps", app_id, kind]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_without_names_is_an_account() {
        for (account, email) in [
            (json!({"id": "00u1"}), None),
            (json!({"id": "00u1", "credentials": null, "profile": null}), None),
            (json!({"id": "00u1", "credentials": {"userName": null}, "profile": {"email": ["a@b"]}}), None),
            (json!({"id": "00u1", "profile": {"email": "a@b"}}), Some("a@b")),
        ] {
            let read: AppUser = serde_json::from_value(account).unwrap();
            assert_eq!((read.profile.email.as_deref(), read.credentials.user_name), (email, None));
        }
    }
}
