//! GET of resources: one, or a list.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::answer::{self, Refusal};
use super::body::Members;
use super::call::Call;
use super::directory::Directory;
use super::projection::Projection;
use super::query::ListQuery;
use super::resource_type::ResourceType;
use super::shelf::Resource;
use crate::mock::world::World;

/// `GET /Users` and `GET /Groups`.
pub(super) async fn list(State(world): State<Arc<World>>, call: Call) -> Result<Response, Refusal> {
    let kind = call.kind();
    let query = ListQuery::parse(kind, &call.query)?;
    let projection = Projection::parse(kind, &call.query);
    let account = world.cloudflare();
    let (directory, base) = (call.directory(&account)?, call.base(&world, &account));
    let shelf = directory.shelf(call.noun);
    if query.is_plain() {
        let page = query.page(shelf.all());
        let page: Vec<Value> =
            page.into_iter().map(|resource| shown(kind, directory, resource, &base, &projection)).collect();
        return Ok(answer::list(shelf.all().len(), query.start, &page));
    }
    let candidates = match &query.filter {
        Some(filter) => shelf.candidates(filter, kind.handle),
        None => shelf.all().collect(),
    };
    let candidates = candidates.into_iter().map(|resource| whole(kind, directory, resource, &base, true));
    let mut matching: Vec<Members> =
        candidates.filter(|whole| query.filter.as_ref().is_none_or(|filter| filter.accepts(whole))).collect();
    query.sort(&mut matching);
    let total = matching.len();
    let page = query.page(matching.into_iter());
    let page: Vec<Value> = page.into_iter().map(|whole| projection.of(kind, whole)).collect();
    Ok(answer::list(total, query.start, &page))
}

/// `GET /Users/{id}` and `GET /Groups/{id}`.
pub(super) async fn read(State(world): State<Arc<World>>, call: Call) -> Result<Response, Refusal> {
    let account = world.cloudflare();
    let directory = call.directory(&account)?;
    let resource = directory.shelf(call.noun).get(&call.id).ok_or_else(|| Refusal::not_found(&call.id))?;
    let projection = Projection::parse(call.kind(), &call.query);
    let shown = shown(call.kind(), directory, resource, &call.base(&world, &account), &projection);
    Ok(answer::resource(StatusCode::OK, &shown))
}

/// A resource as an answer shows it.
pub(super) fn shown(
    kind: &ResourceType,
    directory: &Directory,
    resource: &Resource,
    base: &str,
    projection: &Projection,
) -> Value {
    let related = projection.shows("groups") || projection.shows("members");
    projection.of(kind, whole(kind, directory, resource, base, related))
}

/// A resource with everything that answers can show; without `related`, nothing of what others say about it.
fn whole(kind: &ResourceType, directory: &Directory, resource: &Resource, base: &str, related: bool) -> Members {
    let extension = kind.extension.filter(|(schema, _)| resource.attributes().contains_key(schema.urn));
    let schemas: Vec<&str> = std::iter::once(kind.schema.urn).chain(extension.map(|(schema, _)| schema.urn)).collect();
    let mut whole = Members::new();
    whole.insert("schemas".to_owned(), json!(schemas));
    whole.insert("id".to_owned(), json!(resource.id()));
    whole.extend(resource.attributes().iter().map(|(name, value)| (name.clone(), value.clone())));
    if related {
        directory.relate(resource, &mut whole, base);
    }
    let mut meta = resource.meta();
    meta["resourceType"] = json!(kind.name);
    meta["location"] = json!(resource.location(base));
    whole.insert("meta".to_owned(), meta);
    whole
}
