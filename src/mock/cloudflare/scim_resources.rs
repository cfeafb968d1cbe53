//! What Cloudflare received over SCIM, as its API shows it: `scim/users` and `scim/groups` of an identity provider.
//!
//! Accounts only. <https://developers.cloudflare.com/api/resources/zero_trust/subresources/identity_providers/subresources/scim/>

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::authentication::Access;
use super::errors::Failure;
use super::identity_providers::enabled;
use super::paging::Page;
use super::scim_server::{Directory, Noun, Resource};
use crate::mock::world::World;

/// Attributes of a SCIM user that the API repeats.
const USER: &[&str] = &["externalId", "active", "displayName", "emails"];

/// Attributes of a SCIM group that the API repeats: its members are not among them.
const GROUP: &[&str] = &["externalId", "displayName"];

/// Largest number of ids that one request may ask for.
const MOST_IDS: usize = 50;

/// `GET …/scim/users`.
pub async fn users(
    State(world): State<Arc<World>>,
    access: Access,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    list(&world, &access, query, |directory| directory.users().collect())
}

/// `GET …/scim/groups`.
pub async fn groups(
    State(world): State<Arc<World>>,
    access: Access,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    list(&world, &access, query, |directory| directory.groups().collect())
}

fn list(
    world: &World,
    access: &Access,
    query: Option<String>,
    of: fn(&Directory) -> Vec<&Resource>,
) -> Result<Response, Failure> {
    let account = enabled(world)?;
    let query = Query::parse(&query.unwrap_or_default())?;
    let page = Page::from(&query.rest, 100, 100)?;
    let provider = account.identity_provider(&access.id).filter(|provider| provider.scope == access.scope);
    let resources = of(&provider.ok_or(Failure::NotFound)?.directory).into_iter();
    Ok(page.of(resources.filter(|resource| query.matches(resource)).map(shown).collect()))
}

/// A query in which ids repeat.
struct Query {
    ids: Vec<String>,
    external_ids: Vec<String>,
    rest: HashMap<String, String>,
}

impl Query {
    fn parse(text: &str) -> Result<Self, Failure> {
        let mut query = Self { ids: Vec::new(), external_ids: Vec::new(), rest: HashMap::new() };
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            match name.as_ref() {
                "cf_resource_id" => query.ids.push(value.into_owned()),
                "idp_resource_id" => query.external_ids.push(value.into_owned()),
                _ => drop(query.rest.insert(name.into_owned(), value.into_owned())),
            }
        }
        let filters = ["username", "email", "name"].iter().any(|name| query.rest.contains_key(*name));
        let kinds = [!query.ids.is_empty(), !query.external_ids.is_empty(), filters];
        if kinds.iter().filter(|used| **used).count() > 1 {
            let detail = "cf_resource_id, idp_resource_id and the other filters exclude each other";
            return Err(Failure::Invalid(detail.into()));
        }
        if query.ids.len().max(query.external_ids.len()) > MOST_IDS {
            return Err(Failure::Invalid(format!("at most {MOST_IDS} ids may be asked for")));
        }
        Ok(query)
    }

    fn matches(&self, resource: &Resource) -> bool {
        let one_of = |ids: &[String], id: Option<&str>| {
            ids.is_empty() || id.is_some_and(|id| ids.iter().any(|wanted| wanted == id))
        };
        let is = |name: &str, value: Option<&str>| {
            self.rest.get(name).is_none_or(|wanted| value.is_some_and(|value| value.eq_ignore_ascii_case(wanted)))
        };
        let email = |wanted: &String| {
            let emails = resource.attributes().get("emails").and_then(Value::as_array).into_iter().flatten();
            emails.filter_map(|email| email["value"].as_str()).any(|value| value.eq_ignore_ascii_case(wanted))
        };
        one_of(&self.ids, Some(resource.id()))
            && one_of(&self.external_ids, resource.text("externalId"))
            && is("username", resource.text("userName"))
            && is("name", resource.text("displayName"))
            && self.rest.get("email").is_none_or(email)
    }
}

/// A resource as the API repeats it.
fn shown(resource: &Resource) -> Value {
    let kept = match resource.noun() {
        Noun::User => USER,
        Noun::Group => GROUP,
    };
    let mut shown = json!({"schemas": [resource.schema()], "id": resource.id(), "meta": resource.meta()});
    for name in kept {
        if let Some(value) = resource.attributes().get(*name) {
            shown[*name] = value.clone();
        }
    }
    shown
}
