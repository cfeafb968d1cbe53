//! The SCIM 2.0 service that identity providers write to, at `/populations/{id}/scim/v2` of the team domain.
//!
//! RFC 7643, RFC 7644. The secret of the identity provider is the only credential; Okta's header-auth app sends it bare
//! and others as `Bearer`, so both are taken (not verified against a live tenant). What Cloudflare's own service does
//! beyond what Okta and Entra need of it is not published, so this one keeps to the RFCs.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `call`, `answer` | what every request brings, what every answer looks like |
//! | `schema`, `user_schema`, `group_schema`, `discovery_schemas`, `resource_type` | attributes, as tables that everything else reads |
//! | `body`, `patch`, `filter`, `query`, `projection` | the protocol: what clients send and ask for |
//! | [`directory`], [`shelf`] | what is kept |
//! | `reads`, `writes`, `discovery` | the endpoints |
//! | `consequences` | what writes do to people |

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::mock::routes::{Route, delete, get, patch, post, put};
use crate::mock::world::World;

mod answer;
mod body;
mod call;
mod consequences;
pub mod directory;
mod discovery;
mod discovery_schemas;
mod filter;
mod group_schema;
mod patch;
mod projection;
mod query;
mod reads;
mod resource_type;
mod schema;
pub mod shelf;
mod user_schema;
mod writes;

pub use directory::Directory;
pub use resource_type::Noun;
pub use shelf::Resource;

/// The service's routes.
#[rustfmt::skip]
pub fn routes() -> Vec<Route> {
    use {discovery as describe, reads, writes};
    vec![
        get("/populations/{identity_provider_id}/scim/v2/ServiceProviderConfig", describe::service_provider_config),
        get("/populations/{identity_provider_id}/scim/v2/ResourceTypes", describe::resource_types),
        get("/populations/{identity_provider_id}/scim/v2/ResourceTypes/{resource_id}", describe::resource_type),
        get("/populations/{identity_provider_id}/scim/v2/Schemas", describe::schemas),
        get("/populations/{identity_provider_id}/scim/v2/Schemas/{resource_id}", describe::schema),

        get("/populations/{identity_provider_id}/scim/v2/Users", reads::list),
        post("/populations/{identity_provider_id}/scim/v2/Users", writes::write),
        get("/populations/{identity_provider_id}/scim/v2/Users/{resource_id}", reads::read),
        put("/populations/{identity_provider_id}/scim/v2/Users/{resource_id}", writes::write),
        patch("/populations/{identity_provider_id}/scim/v2/Users/{resource_id}", writes::write),
        delete("/populations/{identity_provider_id}/scim/v2/Users/{resource_id}", writes::write),

        get("/populations/{identity_provider_id}/scim/v2/Groups", reads::list),
        post("/populations/{identity_provider_id}/scim/v2/Groups", writes::write),
        get("/populations/{identity_provider_id}/scim/v2/Groups/{resource_id}", reads::read),
        put("/populations/{identity_provider_id}/scim/v2/Groups/{resource_id}", writes::write),
        patch("/populations/{identity_provider_id}/scim/v2/Groups/{resource_id}", writes::write),
        delete("/populations/{identity_provider_id}/scim/v2/Groups/{resource_id}", writes::write),

        // What the service does not do, and says so.
        post("/populations/{identity_provider_id}/scim/v2/Bulk", describe::bulk),
        get("/populations/{identity_provider_id}/scim/v2/Me", describe::me),
        post("/populations/{identity_provider_id}/scim/v2/Me", describe::me),
        put("/populations/{identity_provider_id}/scim/v2/Me", describe::me),
        patch("/populations/{identity_provider_id}/scim/v2/Me", describe::me),
        delete("/populations/{identity_provider_id}/scim/v2/Me", describe::me),
        post("/populations/{identity_provider_id}/scim/v2/.search", describe::search),
        post("/populations/{identity_provider_id}/scim/v2/Users/.search", describe::search),
        post("/populations/{identity_provider_id}/scim/v2/Groups/.search", describe::search),
    ]
}

/// The population that a path is below, if it is the service's.
fn population(uri: &Uri) -> Option<&str> {
    let (population, rest) = uri.path().strip_prefix("/populations/")?.split_once('/')?;
    (rest == "scim/v2" || rest.starts_with("scim/v2/")).then_some(population)
}

/// The answer where no route matches; none if the path is not the service's.
pub(super) fn no_endpoint(world: &World, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
    let authorized = call::authorized(headers, population(uri)?, &world.cloudflare());
    Some(authorized.err().unwrap_or_else(|| answer::Refusal::no_endpoint(uri.path())).into_response())
}

/// The answer where a route matches and has not this method; none if the path is not the service's.
pub(super) fn no_method(world: &World, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
    let authorized = call::authorized(headers, population(uri)?, &world.cloudflare());
    Some(authorized.err().unwrap_or_else(|| answer::Refusal::no_method(method.as_str())).into_response())
}

/// Answers in plain JSON's media type if a client accepts that and not SCIM's, RFC 7644 section 3.8.
pub(super) async fn negotiate(request: Request, next: Next) -> Response {
    let accepted: Vec<&str> =
        request.headers().get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let accepted = accepted.join(",").to_ascii_lowercase();
    let plain = accepts(&accepted, "application/json") && !accepts(&accepted, "application/scim+json");
    let mut response = next.run(request).await;
    if plain && response.headers().get(header::CONTENT_TYPE) == Some(&answer::MEDIA_TYPE) {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}

/// Whether an `Accept` header lets a media type of `application/` in: the closest range decides, and a weight of 0 keeps
/// it out (RFC 9110 section 12.5.1).
fn accepts(header: &str, kind: &str) -> bool {
    let weight = |wanted: &str| {
        let ranges = header.split(',').map(|range| range.split(';').map(str::trim));
        let mut range = ranges.into_iter().find(|range| range.clone().next() == Some(wanted))?;
        let weight = range.find_map(|parameter| parameter.strip_prefix("q="));
        Some(weight.map_or(1.0, |weight| weight.parse::<f32>().unwrap_or(1.0)))
    };
    [kind, "application/*", "*/*"].iter().find_map(|range| weight(range)).is_some_and(|weight| weight > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_range_of_an_accept_header_decides() {
        for header in ["application/json", "text/html, application/json;q=0.5", "application/*", "*/*;q=0.1"] {
            assert!(accepts(header, "application/json"), "{header}");
        }
        for header in ["", "text/html", "application/json;q=0, */*", "application/*; q=0.0, */*"] {
            assert!(!accepts(header, "application/json"), "{header}");
        }
    }
}
