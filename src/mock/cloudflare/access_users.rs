//! The people who have logged in, as the API shows them; their seats, and the end of their sessions.
//!
//! Accounts only. <https://developers.cloudflare.com/api/resources/zero_trust/subresources/access/subresources/users/>

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::authentication::Access;
use super::errors::{Failure, page, success};
use super::identity_providers::enabled;
use super::paging::Page;
use super::people::Person;
use super::{Account, missing, object, text};
use crate::mock::clock;
use crate::mock::world::World;

/// People on one page: where the query does not say, and at most. Neither is published.
const USUAL: usize = 100;
const MOST: usize = 1000;

/// `GET …/access/users`, a page of the list. `email` and `name` compare whole values, `search` parts of either, all
/// without regard to case; how exactly is not verified against a live tenant.
pub async fn list(
    State(world): State<Arc<World>>,
    _: Access,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let account = enabled(&world)?;
    let page = Page::from(&query, USUAL, MOST)?;
    let matching = account.people().iter().filter(|person| matches(person, &query));
    Ok(page.of(matching.map(Person::shown).collect()))
}

fn matches(person: &Person, query: &HashMap<String, String>) -> bool {
    let asked = |name: &str| query.get(name).filter(|text| !text.is_empty()).map(|text| text.to_lowercase());
    let (email, name) = (person.email.to_lowercase(), person.name.to_lowercase());
    asked("email").is_none_or(|wanted| wanted == email)
        && asked("name").is_none_or(|wanted| wanted == name)
        && asked("search").is_none_or(|part| email.contains(&part) || name.contains(&part))
}

/// `GET …/access/users/{user_id}/last_seen_identity`.
pub async fn last_seen_identity(State(world): State<Arc<World>>, access: Access) -> Result<Response, Failure> {
    let account = enabled(&world)?;
    Ok(success(StatusCode::OK, person(&account, &access)?.identity.clone()))
}

/// `GET …/access/users/{user_id}/failed_logins`.
pub async fn failed_logins(State(world): State<Arc<World>>, access: Access) -> Result<Response, Failure> {
    let account = enabled(&world)?;
    let person = person(&account, &access)?;
    let failed = account.access_log.failed(&person.email, &person.id, world.clock.now());
    let count = failed.len();
    Ok(page(failed, 1, count.max(1), count))
}

fn person<'a>(account: &'a Account, access: &Access) -> Result<&'a Person, Failure> {
    account.people().iter().find(|person| person.id == access.id).ok_or(Failure::NotFound)
}

/// `PATCH /accounts/{account_id}/access/seats`: both switches off free a seat, which is the only thing that can be done
/// to one; the person's next login takes one again. That a seat cannot be given this way, and that the whole request
/// fails for an unknown seat, is not verified against a live tenant.
/// <https://developers.cloudflare.com/api/resources/zero_trust/subresources/seats/methods/edit/>
pub async fn update_seats(State(world): State<Arc<World>>, _: Access, body: Bytes) -> Result<Response, Failure> {
    let seats = Seat::parse(&body)?;
    let mut account = enabled(&world)?;
    let now = world.clock.now();
    let holder = |account: &Account, seat: &Seat| {
        let found = account.people().iter().find(|person| !seat.uid.is_empty() && person.seat_uid == seat.uid);
        found.map(|person| person.email.clone()).ok_or(Failure::NotFound)
    };
    let holders = seats.iter().map(|seat| holder(&account, seat)).collect::<Result<Vec<_>, _>>()?;
    let mut shown = Vec::new();
    for (seat, email) in seats.iter().zip(&holders) {
        let Some(person) = account.person_mut(email) else { continue };
        if seat.is_free() {
            person.free_seat(now);
        }
        shown.push(json!({
            "seat_uid": person.seat_uid,
            "access_seat": person.access_seat,
            "gateway_seat": false,
            "created_at": clock::seconds(person.created_at),
            "updated_at": clock::seconds(person.updated_at),
        }));
    }
    let count = shown.len();
    Ok(page(shown, 1, count.max(1), count))
}

/// What a request wants of one seat.
struct Seat {
    uid: String,
    access: bool,
    gateway: bool,
}

impl Seat {
    fn parse(body: &[u8]) -> Result<Vec<Self>, Failure> {
        let Ok(Value::Array(items)) = serde_json::from_slice(body) else {
            return Err(Failure::Invalid("the body must be a JSON array of seats".into()));
        };
        items.iter().map(Self::one).collect()
    }

    fn one(item: &Value) -> Result<Self, Failure> {
        let switch = |name: &str| item[name].as_bool().ok_or_else(|| missing(name));
        Ok(Self {
            uid: item["seat_uid"].as_str().ok_or_else(|| missing("seat_uid"))?.to_owned(),
            access: switch("access_seat")?,
            gateway: switch("gateway_seat")?,
        })
    }

    fn is_free(&self) -> bool {
        !self.access && !self.gateway
    }
}

/// `POST /accounts/{account_id}/access/organizations/revoke_user`: ends all sessions of a person. That somebody who never
/// logged in is no error is not verified against a live tenant.
/// <https://developers.cloudflare.com/api/resources/zero_trust/subresources/organizations/methods/revoke_users/>
pub async fn revoke(State(world): State<Arc<World>>, _: Access, body: Bytes) -> Result<Response, Failure> {
    let body = object(&body)?;
    let email = text(&body, "email", "email")?.ok_or_else(|| missing("email"))?;
    let mut account = enabled(&world)?;
    account.revoke_sessions(&email, world.clock.now());
    // Not the envelope of the other routes: the document has these two members only.
    Ok(Json(json!({"result": true, "success": true})).into_response())
}
