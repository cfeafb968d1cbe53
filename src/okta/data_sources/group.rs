//! `data "okta_group"`: a group, by its id or its name.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/>. Names are unique among Okta's own
//! groups and not across kinds: a pushed group has a twin of the kind `APP_GROUP` with the same name.

use super::named::{self, Key};
use crate::framework::{
    call::Call,
    data_source::DataSource,
    diagnostic::{Diagnostics, Result},
    schema::{computed, optional},
    validate::Validator,
};
use crate::okta::{
    api::{Client, groups::Group as Found},
    assignments, errors,
};
use crate::{model, path};

/// A group that an app owns.
const APP_GROUP: &str = "APP_GROUP";

model! {
    /// An Okta group, looked up by its id or its name.
    pub struct Group {
        /// Okta's id of the group. Exactly one of `id` and `name` is set.
        id: String = optional().computed().check(Validator::Custom(assignments::group_id)),
        /// Its name, exactly as people see it.
        name: String = optional().computed().length(1..=255),
        /// `OKTA_GROUP` (made in Okta), `APP_GROUP` (imported from an app or directory, or the twin of a pushed group) or
        /// `BUILT_IN` (*Everyone*). A lookup by name finds the groups of apps only if this says so.
        r#type: String = optional().computed().one_of(&["OKTA_GROUP", APP_GROUP, "BUILT_IN"]),
        /// What administrators wrote about it.
        description: String = computed(),
    }
}

/// The data source.
#[derive(Debug)]
pub struct GroupSource;

impl DataSource for GroupSource {
    type Model = Group;
    type Client = Client;
    const NAME: &'static str = "okta_group";

    fn validate(&self, config: &Group, problems: &mut Diagnostics) {
        named::validate(&config.id, &config.name, "name", problems);
    }

    async fn read(&self, _call: &Call, client: &Client, config: Group) -> Result<Group> {
        let wanted = config.r#type.text();
        let found = match named::key(&config.id, &config.name, "name")? {
            Key::Id(id) => {
                let tried = format!("Cannot read the Okta group {id}");
                let at = path!(Group.id);
                let found = client.group(id).await.map_err(|error| errors::diagnose_at(&tried, &error, &at))?;
                let found = found.filter(|group| wanted.is_none_or(|wanted| group.kind == wanted));
                found.ok_or_else(|| named::none(&tried, at))?
            }
            Key::Name(name) => {
                let tried = format!("Cannot read the Okta group {name:?}");
                let at = path!(Group.name);
                let found = client.groups_by_name(name).await;
                let mut found = found.map_err(|error| errors::diagnose_at(&tried, &error, &at))?;
                found.retain(|group| wanted.map_or(group.kind != APP_GROUP, |wanted| group.kind == wanted));
                named::only(found, &tried, at, |group| group.id.clone())?
            }
        };
        Ok(shown(found))
    }
}

fn shown(group: Found) -> Group {
    Group {
        id: group.id.into(),
        name: group.profile.name.into(),
        r#type: group.kind.into(),
        description: group.profile.description.into(),
    }
}
