//! Applications, reusable policies and groups of Access: lists of documents, for those who look what names an identity
//! provider. They are put there by [`Account::add_access_object`]; what they say of who may log in is not acted on, as
//! every login here is allowed.
//!
//! The routes are those of Cloudflare's reference. That applications and policies take another permission than groups do is
//! left out.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use serde_json::Value;

use super::Account;
use super::authentication::{Access, Scope};
use super::errors::Failure;
use super::identity_providers::enabled;
use super::paging::Page;
use crate::mock::world::World;

/// Objects on one page: where the query does not say, and at most. Neither is published for all of them.
const USUAL: usize = 25;
const MOST: usize = 1000;

/// One of the lists. A zone has no reusable policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccessNoun {
    /// `access/apps`.
    Applications,
    /// `access/policies`.
    Policies,
    /// `access/groups`.
    Groups,
}

impl Account {
    /// Somebody adds one in the dashboard, or for a zone through the API.
    pub fn add_access_object(&mut self, scope: Scope, noun: AccessNoun, document: Value) {
        self.access_objects.entry((scope, noun)).or_default().push(document);
    }
}

fn list(world: &World, scope: Scope, query: &HashMap<String, String>, noun: AccessNoun) -> Result<Response, Failure> {
    let account = enabled(world)?;
    let page = Page::from(query, USUAL, MOST)?;
    Ok(page.of(account.access_objects.get(&(scope, noun)).cloned().unwrap_or_default()))
}

macro_rules! lists {
    ($($name:ident $noun:ident $path:literal,)*) => { $(
        #[doc = concat!("`GET …/access/", $path, "`, a page of the list.")]
        pub async fn $name(
            State(world): State<Arc<World>>,
            access: Access,
            Query(query): Query<HashMap<String, String>>,
        ) -> Result<Response, Failure> {
            list(&world, access.scope, &query, AccessNoun::$noun)
        }
    )* };
}

lists! {
    applications Applications "apps",
    policies Policies "policies",
    groups Groups "groups",
}
