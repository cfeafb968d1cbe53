//! A Cloudflare account with Zero Trust, and its team domain.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::http::Uri;
use axum::response::Response;

use super::ids;
use super::options::Options;
use super::world::World;

pub mod errors;

/// Where the API begins on its host.
pub const BASE_PATH: &str = "/client/v4";

/// The documents of one Cloudflare account.
#[derive(Clone)]
pub struct Account {
    id: String,
    api_token: String,
}

impl Account {
    /// An account with a Zero Trust organization and nothing in it.
    pub fn new(_options: &Options) -> Self {
        Self { id: ids::hex(32), api_token: ids::secret(40) }
    }

    /// The account's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Token with every permission.
    pub fn api_token(&self) -> &str {
        &self.api_token
    }

    /// How many objects of each noun exist.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        BTreeMap::new()
    }
}

/// Routes of Cloudflare's API.
pub fn router(world: Arc<World>) -> Router {
    Router::new().fallback(no_such_route).with_state(world)
}

/// Routes of the team domain.
pub fn team_router(world: Arc<World>) -> Router {
    Router::new().fallback(no_such_route).with_state(world)
}

/// The answer to one request too many.
pub fn too_many_requests() -> Response {
    errors::Failure::TooManyRequests.into()
}

async fn no_such_route(uri: Uri) -> errors::Failure {
    errors::Failure::NoRoute { path: uri.path().to_owned() }
}
