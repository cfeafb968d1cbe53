//! `data "zt_scim_users"` and `data "zt_scim_groups"`: what an identity provider has sent over SCIM.
//!
//! Cloudflare's reference: "Zero Trust > Identity Providers > SCIM". In accounts only.

use super::account;
use super::api::scim::{ScimGroup, ScimUser};
use super::client::Cloudflare;
use super::errors::refused;
use crate::framework::call::Call;
use crate::framework::data_source::DataSource;
use crate::framework::diagnostic::{Diagnostic, Result};
use crate::framework::model::{Attr, List};
use crate::framework::path::Path;
use crate::framework::schema::{computed, optional, required};
use crate::model;

model! {
    /// The people that Cloudflare received from an identity provider over SCIM, by email address.
    ///
    /// Cloudflare shows them as soon as they arrive. A seat is taken, and policies apply, once they have logged in.
    pub struct ScimUsers {
        /// The account. Defaults to the provider's `cloudflare.account_id`, then to `CLOUDFLARE_ACCOUNT_ID`.
        account_id: String = optional().computed().length(1..=64),
        /// Id of the identity provider, usually `zt_okta_idp.<name>.id`.
        identity_provider_id: String = required().length(1..=64),
        /// Only the person with this email address.
        email: String = optional().length(1..=320),
        /// The people, by email address.
        users: List<ReceivedUser> = computed(),
    }
}

model! {
    /// One person.
    pub struct ReceivedUser {
        /// Cloudflare's id.
        id: String = computed(),
        /// The identity provider's id.
        external_id: String = computed(),
        /// Their main email address.
        email: String = computed(),
        /// The name people see.
        display_name: String = computed(),
        /// False once the identity provider has deactivated them.
        active: bool = computed(),
        /// When Cloudflare received them, RFC 3339.
        created: String = computed(),
        /// When they last changed, RFC 3339.
        last_modified: String = computed(),
    }
}

model! {
    /// The groups that Cloudflare received from an identity provider over SCIM, by name.
    ///
    /// Their members are not shown. Access goes by the groups of a person's token; those here are for Gateway, and for the
    /// names to choose from when a policy is written.
    pub struct ScimGroups {
        /// The account. Defaults to the provider's `cloudflare.account_id`, then to `CLOUDFLARE_ACCOUNT_ID`.
        account_id: String = optional().computed().length(1..=64),
        /// Id of the identity provider, usually `zt_okta_idp.<name>.id`.
        identity_provider_id: String = required().length(1..=64),
        /// The groups, by name.
        groups: List<ReceivedGroup> = computed(),
    }
}

model! {
    /// One group.
    pub struct ReceivedGroup {
        /// Cloudflare's id.
        id: String = computed(),
        /// The identity provider's id.
        external_id: String = computed(),
        /// The name, which policies match.
        display_name: String = computed(),
        /// When Cloudflare received it, RFC 3339.
        created: String = computed(),
        /// When it last changed, RFC 3339.
        last_modified: String = computed(),
    }
}

/// `data "zt_scim_users"`.
#[derive(Debug)]
pub struct ScimUsersSource;

impl DataSource for ScimUsersSource {
    type Model = ScimUsers;
    type Client = Cloudflare;
    const NAME: &'static str = "zt_scim_users";

    async fn read(&self, _call: &Call, client: &Cloudflare, config: ScimUsers) -> Result<ScimUsers> {
        let (account, id) = place(client, &config.account_id, &config.identity_provider_id)?;
        let found = client.api().list_scim_users(&account, id, config.email.text()).await;
        let found = found.map_err(|error| refused(tried("users", id), &error, &[]))?;
        let mut users: Vec<ReceivedUser> = found.into_iter().map(user).collect();
        users.sort_by(|a, b| (a.email.text(), a.id.text()).cmp(&(b.email.text(), b.id.text())));
        let users = List(users.into_iter().map(Attr::Known).collect());
        Ok(ScimUsers { account_id: account.into(), users: users.into(), ..config })
    }
}

/// `data "zt_scim_groups"`.
#[derive(Debug)]
pub struct ScimGroupsSource;

impl DataSource for ScimGroupsSource {
    type Model = ScimGroups;
    type Client = Cloudflare;
    const NAME: &'static str = "zt_scim_groups";

    async fn read(&self, _call: &Call, client: &Cloudflare, config: ScimGroups) -> Result<ScimGroups> {
        let (account, id) = place(client, &config.account_id, &config.identity_provider_id)?;
        let found = client.api().list_scim_groups(&account, id).await;
        let found = found.map_err(|error| refused(tried("groups", id), &error, &[]))?;
        let mut groups: Vec<ReceivedGroup> = found.into_iter().map(group).collect();
        groups.sort_by(|a, b| (a.display_name.text(), a.id.text()).cmp(&(b.display_name.text(), b.id.text())));
        let groups = List(groups.into_iter().map(Attr::Known).collect());
        Ok(ScimGroups { account_id: account.into(), groups: groups.into(), ..config })
    }
}

fn place<'a>(client: &Cloudflare, account: &Attr<String>, id: &'a Attr<String>) -> Result<(String, &'a str)> {
    let at = |attribute| Path::root().attribute(attribute);
    let account = account::resolve(client, account).map_err(|error| error.at(at("account_id")))?;
    let missing = || Diagnostic::error("Which identity provider?", "identity_provider_id turned out to be null.");
    Ok((account, id.text().ok_or_else(|| missing().at(at("identity_provider_id")))?))
}

fn tried(what: &str, id: &str) -> String {
    format!("Reading the {what} that the identity provider {id} sent over SCIM failed")
}

fn user(user: ScimUser) -> ReceivedUser {
    let main = user.emails.iter().find(|email| email.primary).or_else(|| user.emails.first());
    ReceivedUser {
        email: main.map(|email| email.value.clone()).into(),
        id: user.id.into(),
        external_id: user.external_id.into(),
        display_name: user.display_name.into(),
        active: user.active.into(),
        created: user.meta.created.into(),
        last_modified: user.meta.last_modified.into(),
    }
}

fn group(group: ScimGroup) -> ReceivedGroup {
    ReceivedGroup {
        id: group.id.into(),
        external_id: group.external_id.into(),
        display_name: group.display_name.into(),
        created: group.meta.created.into(),
        last_modified: group.meta.last_modified.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_main_address_is_the_primary_one_or_else_the_first() {
        let email = |emails: serde_json::Value| {
            let found: ScimUser = serde_json::from_value(json!({"id": "1", "emails": emails})).unwrap();
            user(found).email
        };
        let [a, b] = [("a@x.example", false), ("b@x.example", true)]
            .map(|(value, primary)| json!({"value": value, "primary": primary}));
        assert_eq!(email(json!([a, b])).text(), Some("b@x.example"));
        assert_eq!(email(json!([a])).text(), Some("a@x.example"));
        assert_eq!(email(json!([])), Attr::Null);
    }
}
