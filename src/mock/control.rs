//! `/_mock/`: what a person or a test tells the mock itself, on every listener.
//!
//! | call | does |
//! | --- | --- |
//! | `GET /_mock/` | a page for people |
//! | `GET /_mock/routes` | every route that either vendor serves: `{"side", "method", "path"}` |
//! | `GET /_mock/state` | counts of every noun, by side |
//! | `GET /_mock/journal` | every exchange; `?since=7` for those after number 7, `?unserved=true` for requests nobody serves |
//! | `DELETE /_mock/journal` | forgets them |
//! | `GET`, `POST`, `DELETE /_mock/faults` | lists, adds one of, ends all scripted faults |
//! | `GET /_mock/clock` | `{"now"}` |
//! | `POST /_mock/clock` | `{"advance_seconds": 60}` moves the clock ahead |
//! | `POST /_mock/reset` | everything as it was at the start |
//!
//! What belongs to one side alone is in [`okta::control`] and [`cloudflare::control`].

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::clock::millis;
use super::faults::Fault;
use super::front_page;
use super::routes::{self, Route, Served, delete, get, post};
use super::world::World;
use super::{cloudflare, okta};

/// The routes under `/_mock/`.
pub fn routes() -> Vec<Route> {
    let mut table = vec![
        get("/_mock/", front_page::show),
        get("/_mock/routes", served),
        get("/_mock/state", state),
        get("/_mock/journal", journal),
        delete("/_mock/journal", forget),
        get("/_mock/faults", faults),
        post("/_mock/faults", add_fault),
        delete("/_mock/faults", end_faults),
        get("/_mock/clock", clock),
        post("/_mock/clock", advance),
        post("/_mock/reset", reset),
    ];
    table.extend(okta::control::routes());
    table.extend(cloudflare::control::routes());
    table
}

/// The mock's own routes, which are the same on every listener.
pub fn router(world: Arc<World>) -> Router {
    routes::router(routes()).with_state(world)
}

async fn served() -> Json<Vec<Served>> {
    Json(routes::served())
}

async fn state(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!(world.summary()))
}

#[derive(Deserialize)]
struct JournalQuery {
    #[serde(default)]
    since: usize,
    #[serde(default)]
    unserved: bool,
}

async fn journal(State(world): State<Arc<World>>, Query(query): Query<JournalQuery>) -> Json<Value> {
    let mut exchanges = world.journal.since(query.since);
    exchanges.retain(|exchange| !query.unserved || exchange.unserved());
    Json(json!(exchanges))
}

async fn forget(State(world): State<Arc<World>>) -> StatusCode {
    world.journal.clear();
    StatusCode::NO_CONTENT
}

async fn faults(State(world): State<Arc<World>>) -> Json<Value> {
    let faults = world.faults.all();
    Json(faults.into_iter().map(|(fault, matched)| json!({"fault": fault, "matched": matched})).collect())
}

async fn add_fault(State(world): State<Arc<World>>, Json(fault): Json<Fault>) -> StatusCode {
    world.faults.add(fault);
    StatusCode::CREATED
}

async fn end_faults(State(world): State<Arc<World>>) -> StatusCode {
    world.faults.clear();
    StatusCode::NO_CONTENT
}

async fn clock(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({"now": millis(world.clock.now())}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: u32,
}

async fn advance(State(world): State<Arc<World>>, Json(by): Json<Advance>) -> Response {
    world.clock.advance(Duration::from_secs(by.advance_seconds.into()));
    clock(State(world)).await.into_response()
}

async fn reset(State(world): State<Arc<World>>) -> StatusCode {
    world.reset();
    StatusCode::NO_CONTENT
}
