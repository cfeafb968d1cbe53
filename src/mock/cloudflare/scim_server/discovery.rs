//! The endpoints that describe the service, RFC 7644 section 4.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::answer::{self, Refusal};
use super::call::Call;
use super::discovery_schemas::{
    RESOURCE_TYPE, RESOURCE_TYPE_URN, SCHEMA, SCHEMA_URN, SERVICE_PROVIDER_CONFIG, SERVICE_PROVIDER_CONFIG_URN,
};
use super::query::LARGEST_PAGE;
use super::resource_type::{GROUP, ResourceType, USER};
use super::schema::{Attribute, Schema};
use super::user_schema::ENTERPRISE;
use crate::mock::world::World;

const SCHEMAS: [&Schema; 6] =
    [USER.schema, &ENTERPRISE, GROUP.schema, &SERVICE_PROVIDER_CONFIG, &RESOURCE_TYPE, &SCHEMA];

/// `GET /ServiceProviderConfig`.
pub(super) async fn service_provider_config(State(world): State<Arc<World>>, call: Call) -> Response {
    let base = call.base(&world, &world.cloudflare());
    let supported = |supported: bool| json!({"supported": supported});
    let body = json!({
        "schemas": [SERVICE_PROVIDER_CONFIG_URN],
        "documentationUri": "https://developers.cloudflare.com/cloudflare-one/team-and-resources/users/scim/",
        "patch": supported(true),
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": true, "maxResults": LARGEST_PAGE},
        "changePassword": supported(false),
        "sort": supported(true),
        "etag": supported(false),
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "SCIM secret",
            "description": "The SCIM secret of the identity provider",
            "primary": true,
        }],
        "meta": {"resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig")},
    });
    answer::resource(StatusCode::OK, &body)
}

/// `GET /Schemas`.
pub(super) async fn schemas(State(world): State<Arc<World>>, call: Call) -> Result<Response, Refusal> {
    let base = call.base(&world, &world.cloudflare());
    all(&call, SCHEMAS.into_iter().map(|schema| described(schema, &base)).collect())
}

/// `GET /Schemas/{urn}`.
pub(super) async fn schema(State(world): State<Arc<World>>, call: Call) -> Result<Response, Refusal> {
    let base = call.base(&world, &world.cloudflare());
    let schema = SCHEMAS.into_iter().find(|schema| schema.urn.eq_ignore_ascii_case(&call.id));
    one(&call, schema.map(|schema| described(schema, &base)))
}

/// `GET /ResourceTypes`.
pub(super) async fn resource_types(State(world): State<Arc<World>>, call: Call) -> Result<Response, Refusal> {
    let base = call.base(&world, &world.cloudflare());
    all(&call, vec![offered(&USER, &base), offered(&GROUP, &base)])
}

/// `GET /ResourceTypes/{name}`.
pub(super) async fn resource_type(State(world): State<Arc<World>>, call: Call) -> Result<Response, Refusal> {
    let base = call.base(&world, &world.cloudflare());
    let kind = [&USER, &GROUP].into_iter().find(|kind| kind.name == call.id);
    one(&call, kind.map(|kind| offered(kind, &base)))
}

/// `POST /Bulk`, which the configuration says is not there.
pub(super) async fn bulk(_: Call) -> Refusal {
    Refusal::not_implemented("Bulk")
}

/// `/Me`, RFC 7644 section 3.11: the secret stands for no user.
pub(super) async fn me(_: Call) -> Refusal {
    Refusal::not_implemented("/Me")
}

/// `POST …/.search`, RFC 7644 section 3.4.3.
pub(super) async fn search(_: Call) -> Refusal {
    Refusal::not_implemented("Searching with POST")
}

/// These lists take no filter.
fn all(call: &Call, resources: Vec<Value>) -> Result<Response, Refusal> {
    match url::form_urlencoded::parse(call.query.as_bytes()).any(|(name, _)| name == "filter") {
        true => Err(Refusal::forbidden("This list cannot be filtered")),
        false => Ok(answer::list(resources.len(), 1, &resources)),
    }
}

fn one(call: &Call, resource: Option<Value>) -> Result<Response, Refusal> {
    let resource = resource.ok_or_else(|| Refusal::not_found(&call.id))?;
    Ok(answer::resource(StatusCode::OK, &resource))
}

fn described(schema: &Schema, base: &str) -> Value {
    json!({
        "schemas": [SCHEMA_URN],
        "id": schema.urn,
        "name": schema.name,
        "description": schema.description,
        "attributes": schema.attributes.iter().map(Attribute::declared).collect::<Vec<_>>(),
        "meta": {"resourceType": "Schema", "location": format!("{base}/Schemas/{}", schema.urn)},
    })
}

fn offered(kind: &ResourceType, base: &str) -> Value {
    let extensions = kind.extension.iter().map(|(schema, _)| json!({"schema": schema.urn, "required": false}));
    json!({
        "schemas": [RESOURCE_TYPE_URN],
        "id": kind.name,
        "name": kind.name,
        "description": kind.schema.description,
        "endpoint": kind.endpoint,
        "schema": kind.schema.urn,
        "schemaExtensions": extensions.collect::<Vec<_>>(),
        "meta": {"resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{}", kind.name)},
    })
}
