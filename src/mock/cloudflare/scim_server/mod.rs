//! The SCIM 2.0 service that identity providers write to, at `/populations/{id}/scim/v2` of the team domain.
//!
//! RFC 7643, RFC 7644. The secret of the identity provider is the only credential; Okta's header-auth app sends it bare
//! and others as `Bearer`, so both are taken (not verified against a live tenant).

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, RawPathParams, RawQuery, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Account;
use crate::mock::routes::{Route, get};
use crate::mock::world::World;

mod answer;
mod query;

use answer::{Refusal, resource};
use query::ListQuery;

/// What SCIM clients sent to one identity provider: resources as they are returned, oldest first.
#[derive(Clone, Default)]
pub struct Directory {
    /// Resources of the type User.
    pub users: Vec<Value>,
    /// Resources of the type Group, members included.
    pub groups: Vec<Value>,
}

/// The service's routes.
pub fn routes() -> Vec<Route> {
    vec![
        get("/populations/{identity_provider_id}/scim/v2/ServiceProviderConfig", service_provider_config),
        get("/populations/{identity_provider_id}/scim/v2/Users", users),
        get("/populations/{identity_provider_id}/scim/v2/Users/{resource_id}", user),
        get("/populations/{identity_provider_id}/scim/v2/Groups", groups),
        get("/populations/{identity_provider_id}/scim/v2/Groups/{resource_id}", group),
    ]
}

/// A client that knows the secret of the population in the path, which is an identity provider's id.
struct Client {
    population: String,
}

impl FromRequestParts<Arc<World>> for Client {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, world: &Arc<World>) -> Result<Self, Refusal> {
        let params = RawPathParams::from_request_parts(parts, world).await.map_err(|_| Refusal::unauthorized())?;
        let named = params.iter().find(|(name, _)| *name == "identity_provider_id");
        let population = named.map(|(_, id)| id.to_owned()).unwrap_or_default();
        let sent = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let sent = match sent.split_once(' ') {
            Some((scheme, secret)) if scheme.eq_ignore_ascii_case("bearer") => secret,
            _ => sent,
        };
        let account = world.cloudflare();
        let secret = account.identity_provider(&population).and_then(|provider| provider.scim_secret());
        match secret {
            Some(secret) if secret == sent => Ok(Self { population }),
            _ => Err(Refusal::unauthorized()),
        }
    }
}

impl Client {
    fn directory<'a>(&self, account: &'a Account) -> Result<&'a Directory, Refusal> {
        let provider = account.identity_provider(&self.population);
        provider.map(|provider| &provider.directory).ok_or_else(Refusal::unauthorized)
    }
}

async fn users(
    State(world): State<Arc<World>>,
    client: Client,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query =
        ListQuery::parse(query.as_deref().unwrap_or_default(), &["id", "userName", "externalId", "emails.value"])?;
    Ok(query.answer(&client.directory(&world.cloudflare())?.users))
}

async fn groups(
    State(world): State<Arc<World>>,
    client: Client,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = ListQuery::parse(query.as_deref().unwrap_or_default(), &["id", "displayName", "externalId"])?;
    Ok(query.answer(&client.directory(&world.cloudflare())?.groups))
}

async fn user(
    State(world): State<Arc<World>>,
    client: Client,
    path: Path<(String, String)>,
) -> Result<Response, Refusal> {
    one(&client.directory(&world.cloudflare())?.users, &path.1)
}

async fn group(
    State(world): State<Arc<World>>,
    client: Client,
    path: Path<(String, String)>,
) -> Result<Response, Refusal> {
    one(&client.directory(&world.cloudflare())?.groups, &path.1)
}

fn one(resources: &[Value], id: &str) -> Result<Response, Refusal> {
    let found = resources.iter().find(|resource| resource["id"] == id);
    found.map(|found| resource(StatusCode::OK, found)).ok_or_else(|| Refusal::not_found(id))
}

async fn service_provider_config(_: Client) -> Response {
    let supported = |supported: bool| json!({"supported": supported});
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": supported(true),
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": true, "maxResults": query::LARGEST_PAGE},
        "changePassword": supported(false),
        "sort": supported(false),
        "etag": supported(false),
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "SCIM secret",
            "description": "The SCIM secret of the identity provider",
        }],
    });
    resource(StatusCode::OK, &body).into_response()
}
