//! A Cloudflare account with Zero Trust, and its team domain.
//!
//! The account is documents and rules about them; [`routes()`] and [`team_routes`] are the whole route tables. Rules that
//! no public source settles are marked as not verified against a live tenant, next to the line that decides them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::ids;
use super::options::Options;
use super::routes::{self, Route, delete, get, patch, post, put};
use super::world::World;
use crate::mock::history::History;

pub mod access_log;
pub mod access_rules;
pub mod access_users;
pub mod audit_log;
pub mod authentication;
pub mod control;
mod dashboard;
pub mod edge;
pub mod errors;
pub mod identity_provider;
pub mod identity_providers;
mod login;
pub mod organization;
pub mod paging;
pub mod people;
pub mod scim_log;
pub mod scim_resources;
pub mod scim_server;
pub mod settings;
pub mod tokens;

pub use access_log::AccessLog;
pub use access_rules::AccessNoun;
pub use authentication::{Owner, Permission, Token};
pub use identity_provider::IdentityProvider;
pub use people::{Login, Person, Session};
pub use scim_server::{Directory, Noun};

/// Where the API begins on its host.
pub const BASE_PATH: &str = "/client/v4";

/// The documents of one Cloudflare account.
///
/// Its methods are what an administrator can do in the dashboard; tests use them to look at things and to change them
/// behind Terraform's back.
#[derive(Clone)]
pub struct Account {
    id: String,
    zone_id: String,
    email: String,
    api_key: String,
    /// Cloudflare's id of that person.
    user_id: String,
    tokens: Vec<Token>,
    audit_log: History<audit_log::Entry>,
    organization: Option<Map<String, Value>>,
    identity_providers: Vec<IdentityProvider>,
    people: Vec<Person>,
    login_attempts: login::Attempts,
    /// Keys of authorization servers, by the URL that they were read from.
    signing_keys: BTreeMap<String, Vec<Value>>,
    access_log: AccessLog,
    scim_updates: History<scim_log::Update>,
    /// Applications, policies and groups.
    access_objects: BTreeMap<(authentication::Scope, AccessNoun), Vec<Value>>,
}

impl Account {
    /// An account with a zone, a Zero Trust organization and no identity provider.
    pub fn new(options: &Options) -> Self {
        Self {
            id: ids::hex(32),
            zone_id: ids::hex(32),
            email: format!("admin@{}.example", options.team),
            api_key: ids::hex(37),
            user_id: ids::hex(32),
            audit_log: History::default(),
            tokens: vec![Token::issue(Owner::User, Permission::Write), Token::issue(Owner::User, Permission::Read)],
            organization: Some(organization::new(&options.team)),
            identity_providers: Vec::new(),
            people: Vec::new(),
            login_attempts: login::Attempts::default(),
            signing_keys: BTreeMap::new(),
            access_log: AccessLog::default(),
            scim_updates: History::default(),
            access_objects: BTreeMap::new(),
        }
    }

    /// The account's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Id of its one zone.
    pub fn zone_id(&self) -> &str {
        &self.zone_id
    }

    /// API token with every permission.
    pub fn api_token(&self) -> &str {
        self.tokens.first().map_or("", |token| &token.secret)
    }

    /// API token that may read and not write.
    pub fn read_only_api_token(&self) -> &str {
        self.tokens.get(1).map_or("", |token| &token.secret)
    }

    /// Email of the person who has [`Account::api_key`].
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Global API key.
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// Makes one more token and returns it.
    pub fn issue_token(&mut self, owner: Owner, permission: Permission) -> String {
        let token = Token::issue(owner, permission);
        let secret = token.secret.clone();
        self.tokens.push(token);
        secret
    }

    /// Revokes a token.
    pub fn revoke_token(&mut self, secret: &str) {
        self.tokens.retain(|token| token.secret != secret);
    }

    /// The identity providers of account and zone, oldest first.
    pub fn identity_providers(&self) -> &[IdentityProvider] {
        &self.identity_providers
    }

    /// One identity provider.
    pub fn identity_provider(&self, id: &str) -> Option<&IdentityProvider> {
        self.identity_providers.iter().find(|provider| provider.id() == id)
    }

    /// One identity provider, to change.
    pub fn identity_provider_mut(&mut self, id: &str) -> Option<&mut IdentityProvider> {
        self.identity_providers.iter_mut().find(|provider| provider.id() == id)
    }

    /// Deletes an identity provider, and says whether there was one.
    pub fn remove_identity_provider(&mut self, id: &str) -> bool {
        let before = self.identity_providers.len();
        self.identity_providers.retain(|provider| provider.id() != id);
        self.identity_providers.len() < before
    }

    /// The logins so far, those that failed too.
    pub fn access_log(&self) -> &AccessLog {
        &self.access_log
    }

    /// Ends Zero Trust: its routes answer that Access is not enabled until an organization is created again.
    pub fn remove_organization(&mut self) {
        self.organization = None;
        self.identity_providers.clear();
        self.people.clear();
        self.scim_updates.clear();
        self.access_objects.clear();
    }

    /// How many objects of each noun exist.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let received = |count: fn(&Directory) -> usize| {
            self.identity_providers.iter().map(|provider| count(&provider.directory)).sum::<usize>()
        };
        BTreeMap::from([
            ("identity_providers", self.identity_providers.len()),
            ("scim_users", received(|directory| directory.users().len())),
            ("scim_groups", received(|directory| directory.groups().len())),
        ])
    }
}

/// The API's routes, below [`BASE_PATH`]. <https://developers.cloudflare.com/api/resources/zero_trust/>
#[rustfmt::skip]
pub fn routes() -> Vec<Route> {
    use {access_rules as rules, access_users as users, identity_providers as idp, organization as org, scim_resources as scim};
    vec![
        get("/user/tokens/verify", tokens::verify_user),
        get("/accounts/{account_id}/tokens/verify", tokens::verify_account),
        get("/accounts/{account_id}/logs/audit", audit_log::list),

        get("/accounts/{account_id}/access/organizations", org::read),
        post("/accounts/{account_id}/access/organizations", org::create),
        put("/accounts/{account_id}/access/organizations", org::update),
        get("/zones/{zone_id}/access/organizations", org::read),
        post("/zones/{zone_id}/access/organizations", org::create),
        put("/zones/{zone_id}/access/organizations", org::update),

        get("/accounts/{account_id}/access/identity_providers", idp::list),
        post("/accounts/{account_id}/access/identity_providers", idp::create),
        get("/accounts/{account_id}/access/identity_providers/{identity_provider_id}", idp::read),
        put("/accounts/{account_id}/access/identity_providers/{identity_provider_id}", idp::update),
        delete("/accounts/{account_id}/access/identity_providers/{identity_provider_id}", idp::delete),
        post("/accounts/{account_id}/access/identity_providers/{identity_provider_id}/refresh_scim_secret", idp::refresh_scim_secret),
        get("/accounts/{account_id}/access/identity_providers/{identity_provider_id}/scim/users", scim::users),
        get("/accounts/{account_id}/access/identity_providers/{identity_provider_id}/scim/groups", scim::groups),

        get("/accounts/{account_id}/access/apps", rules::applications),
        get("/accounts/{account_id}/access/policies", rules::policies),
        get("/accounts/{account_id}/access/groups", rules::groups),

        get("/accounts/{account_id}/access/users", users::list),
        get("/accounts/{account_id}/access/users/{user_id}/last_seen_identity", users::last_seen_identity),
        get("/accounts/{account_id}/access/users/{user_id}/failed_logins", users::failed_logins),
        patch("/accounts/{account_id}/access/seats", users::update_seats),
        post("/accounts/{account_id}/access/organizations/revoke_user", users::revoke),
        get("/accounts/{account_id}/access/logs/access_requests", access_log::list),
        get("/accounts/{account_id}/access/logs/scim/updates", scim_log::list),

        get("/zones/{zone_id}/access/apps", rules::applications),
        get("/zones/{zone_id}/access/groups", rules::groups),
        get("/zones/{zone_id}/access/identity_providers", idp::list),
        post("/zones/{zone_id}/access/identity_providers", idp::create),
        get("/zones/{zone_id}/access/identity_providers/{identity_provider_id}", idp::read),
        put("/zones/{zone_id}/access/identity_providers/{identity_provider_id}", idp::update),
        delete("/zones/{zone_id}/access/identity_providers/{identity_provider_id}", idp::delete),
        post("/zones/{zone_id}/access/identity_providers/{identity_provider_id}/refresh_scim_secret", idp::refresh_scim_secret),
    ]
}

/// The routes of the team domain, `TEAM.cloudflareaccess.com` in real life.
pub fn team_routes() -> Vec<Route> {
    scim_server::routes().into_iter().chain(login::routes()).collect()
}

/// Cloudflare's API.
pub fn router(world: Arc<World>) -> Router {
    Router::new()
        .nest(BASE_PATH, routes::router(routes()))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(from_fn_with_state(world.clone(), audit_log::keep))
        .layer(from_fn(edge::carry))
        .with_state(world)
}

/// The team domain.
pub fn team_router(world: Arc<World>) -> Router {
    routes::router(team_routes())
        .fallback(no_page)
        .method_not_allowed_fallback(not_for_this_page)
        .layer(from_fn(scim_server::negotiate))
        .layer(from_fn(edge::carry))
        .with_state(world)
}

/// The answer to one request too many.
pub fn too_many_requests() -> Response {
    errors::Failure::TooManyRequests.into_response()
}

/// What Cloudflare answers for an object that it does not know.
pub fn not_found() -> Response {
    errors::Failure::NotFound.into_response()
}

async fn no_route(OriginalUri(uri): OriginalUri) -> errors::Failure {
    errors::Failure::NoRoute(uri.path().to_owned())
}

async fn no_method(method: Method) -> errors::Failure {
    errors::Failure::NoMethod(method.to_string())
}

async fn no_page(State(world): State<Arc<World>>, uri: Uri, headers: HeaderMap) -> Response {
    scim_server::no_endpoint(&world, &uri, &headers).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

async fn not_for_this_page(State(world): State<Arc<World>>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let scim = scim_server::no_method(&world, &method, &uri, &headers);
    scim.unwrap_or_else(|| StatusCode::METHOD_NOT_ALLOWED.into_response())
}

/// A JSON object's members, or what is wrong with the body.
fn object(body: &[u8]) -> Result<Map<String, Value>, errors::Failure> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(errors::Failure::Invalid("the body must be a JSON object".into())),
        Err(_) => Err(errors::Failure::Invalid("the body is not valid JSON".into())),
    }
}

/// A string member; absent and null are none.
fn text(members: &Map<String, Value>, name: &str, path: &str) -> Result<Option<String>, errors::Failure> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(errors::Failure::Invalid(format!("{path} must be a string"))),
    }
}

/// A boolean member; absent and null are false.
fn switch(members: &Map<String, Value>, name: &str, path: &str) -> Result<bool, errors::Failure> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(on)) => Ok(*on),
        Some(_) => Err(errors::Failure::Invalid(format!("{path} must be a boolean"))),
    }
}

/// The error for a member that must be there.
fn missing(path: &str) -> errors::Failure {
    errors::Failure::Invalid(format!("{path} is required"))
}

/// A list of strings as Cloudflare returns it.
fn strings(value: &Value, path: &str) -> Result<Value, errors::Failure> {
    match value {
        Value::Array(items) if items.iter().all(Value::is_string) => Ok(json!(items)),
        _ => Err(errors::Failure::Invalid(format!("{path} must be a list of strings"))),
    }
}
