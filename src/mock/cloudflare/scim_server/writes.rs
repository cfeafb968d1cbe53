//! POST, PUT, PATCH and DELETE of resources: carried out, felt by the people concerned, and logged.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::scim_log::Update;
use super::answer::{self, Refusal};
use super::body::{self, Members};
use super::call::Call;
use super::consequences::Change;
use super::directory::Directory;
use super::patch;
use super::projection::Projection;
use super::reads::shown;
use super::resource_type::Noun;
use crate::mock::world::World;

/// Every write. 201 with `Location` for a new resource, 204 for a deleted one, 200 for the others, with what they are
/// now. Only a PATCH of a group is answered 204 as well, unless it asks for attributes: one that adds a member should
/// not cost an answer that lists them all (RFC 7644 section 3.5.2 allows either).
pub(super) async fn write(State(world): State<Arc<World>>, method: Method, call: Call, body: Bytes) -> Response {
    let now = world.clock.now();
    let mut account = world.cloudflare();
    let base = call.base(&world, &account);
    let Some(provider) = account.identity_provider_mut(&call.population) else {
        return Refusal::unauthorized().into_response();
    };
    let before = provider.directory.shelf(call.noun).get(&call.id).cloned();
    let written = carry_out(&mut provider.directory, &method, &call, &body, &base, now);
    let id = written.as_ref().map_or(call.id.as_str(), |id| id.as_str());
    let after = provider.directory.shelf(call.noun).get(id).cloned();
    let mut update = Update::new(&call.population, call.noun, &method, &body, now);
    update.about([after.as_ref(), before.as_ref()].into_iter().flatten().next());
    update.failed(written.as_ref().err().map(|refusal| refusal.detail.clone()));
    account.log_scim_update(update);
    if written.is_ok() {
        let change = Change::between(call.noun, before.as_ref(), after.as_ref());
        account.feel(&call.population, &change, now);
    }
    let quiet = method == Method::PATCH && call.noun == Noun::Group && !Projection::is_asked_for(&call.query);
    match written {
        Ok(_) => match (call.directory(&account), after) {
            (Ok(directory), Some(after)) if !quiet => {
                let shown = shown(call.kind(), directory, &after, &base, &Projection::parse(call.kind(), &call.query));
                let status = if method == Method::POST { StatusCode::CREATED } else { StatusCode::OK };
                let mut response = answer::resource(status, &shown);
                if let (true, Ok(location)) = (method == Method::POST, HeaderValue::try_from(after.location(&base))) {
                    response.headers_mut().insert(header::LOCATION, location);
                }
                response
            }
            _ => StatusCode::NO_CONTENT.into_response(),
        },
        Err(refusal) => refusal.into_response(),
    }
}

/// Changes the directory; returns the id of the resource concerned.
fn carry_out(
    directory: &mut Directory,
    method: &Method,
    call: &Call,
    body: &[u8],
    base: &str,
    now: OffsetDateTime,
) -> Result<String, Refusal> {
    let (kind, noun, id) = (call.kind(), call.noun, call.id.as_str());
    if *method == Method::POST {
        let attributes = body::resource(kind, &body::object(body)?)?;
        return directory.create(noun, with_defaults(noun, attributes), now);
    }
    let existing = directory.shelf(noun).get(id).ok_or_else(|| Refusal::not_found(id))?;
    if *method == Method::PUT {
        let attributes = body::resource(kind, &body::object(body)?)?;
        directory.replace(noun, id, with_defaults(noun, attributes), now)?;
    } else if *method == Method::PATCH {
        let mut attributes = existing.attributes().clone();
        let message = body::object(body)?;
        if noun == Noun::Group && patch::names(&message, &["display", "$ref", "type"]) {
            // Operations see members as answers show them.
            directory.relate(existing, &mut attributes, base);
        }
        patch::apply(kind, id, &mut attributes, &message)?;
        directory.replace(noun, id, attributes, now)?;
    } else {
        directory.remove(noun, id, now)?;
    }
    Ok(id.to_owned())
}

/// A user that is described without `active` is active.
fn with_defaults(noun: Noun, mut attributes: Members) -> Members {
    if noun == Noun::User {
        attributes.entry("active").or_insert_with(|| json!(true));
    }
    attributes
}

impl Directory {
    /// Takes a resource as a POST of this body would, and returns its id: for tests that need people and not requests.
    ///
    /// # Errors
    ///
    /// The detail of the refusal.
    pub fn provision(&mut self, noun: Noun, body: &Value, now: OffsetDateTime) -> Result<String, String> {
        let sent = body.as_object().ok_or("the body must be an object")?;
        let attributes = body::resource(noun.resource_type(), sent);
        let created = attributes.and_then(|attributes| self.create(noun, with_defaults(noun, attributes), now));
        created.map_err(|refusal| refusal.detail)
    }
}
