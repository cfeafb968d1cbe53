//! An Okta org.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::ids;
use super::options::Options;
use super::world::World;

/// The documents of one Okta org.
#[derive(Clone)]
pub struct Org {
    api_token: String,
    read_only_api_token: String,
    admin_password: String,
}

impl Org {
    /// An org with what every org has, two groups and three users.
    pub fn new(_options: &Options) -> Self {
        Self {
            api_token: format!("00{}", ids::secret(40)),
            read_only_api_token: format!("00{}", ids::secret(40)),
            admin_password: ids::secret(24),
        }
    }

    /// Token with every permission.
    pub fn api_token(&self) -> &str {
        &self.api_token
    }

    /// Token of a read-only administrator.
    pub fn read_only_api_token(&self) -> &str {
        &self.read_only_api_token
    }

    /// Login of the administrator.
    pub fn admin_login(&self) -> &str {
        "admin@acme.example"
    }

    /// Password of the administrator.
    pub fn admin_password(&self) -> &str {
        &self.admin_password
    }

    /// Values for the variables of a configuration that needs things of this org to exist, by variable name.
    pub fn variables(&self) -> BTreeMap<&'static str, String> {
        BTreeMap::new()
    }

    /// How many objects of each noun exist.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        BTreeMap::new()
    }
}

/// Okta's routes. The fallback must be set here: the core recognises requests that nobody serves by the missing route.
pub fn router(world: Arc<World>) -> Router {
    Router::new().fallback(no_such_route).with_state(world)
}

async fn no_such_route() -> StatusCode {
    StatusCode::NOT_FOUND
}

/// The answer to one request too many.
pub fn too_many_requests() -> Response {
    StatusCode::TOO_MANY_REQUESTS.into_response()
}
