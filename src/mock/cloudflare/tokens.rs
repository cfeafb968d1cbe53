//! `tokens/verify`: does this token work?
//!
//! <https://developers.cloudflare.com/api/resources/user/subresources/tokens/methods/verify/>

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::authentication::{Owner, Token, token};
use super::errors::Failure;
use crate::mock::world::World;

/// `GET /user/tokens/verify`. Tokens that belong to an account are unknown here, although they work.
pub async fn verify_user(State(world): State<Arc<World>>, headers: HeaderMap) -> Result<Response, Failure> {
    match token(&world.cloudflare(), &headers)? {
        Some(token) if token.owner == Owner::User => Ok(active(token)),
        _ => Err(Failure::InvalidToken),
    }
}

/// `GET /accounts/{account_id}/tokens/verify`. That a person's token is known here too is not verified against a live
/// tenant.
pub async fn verify_account(
    State(world): State<Arc<World>>,
    Path(account_id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let account = world.cloudflare();
    match token(&account, &headers)? {
        Some(token) if account_id == account.id => Ok(active(token)),
        Some(_) => Err(Failure::Unauthorized),
        None => Err(Failure::InvalidToken),
    }
}

fn active(token: &Token) -> Response {
    Json(json!({
        "success": true,
        "errors": [],
        "messages": [{"code": 10000, "message": "This API Token is valid and active", "type": null}],
        "result": {"id": token.id, "status": "active"},
    }))
    .into_response()
}
