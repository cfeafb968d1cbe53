//! `/_mock/cloudflare/…`: what a person does in Cloudflare's dashboard. The audit log tells it.
//!
//! | call | does |
//! | --- | --- |
//! | `GET /_mock/cloudflare/dashboard` | a page for people |
//! | `PATCH /_mock/cloudflare/identity_providers/{id}` | `{"name", "config": {…}}`: edits what it names; `null` removes a member of `config` |
//! | `POST /_mock/cloudflare/identity_providers/{id}/regenerate_scim_secret` | the button *Regenerate Secret*; answers `{"secret"}` |
//! | `DELETE /_mock/cloudflare/identity_providers/{id}` | deletes it |

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::dashboard;
use super::errors::Failure;
use crate::mock::routes::{Route, delete, get, patch, post};
use crate::mock::world::World;

/// The routes under `/_mock/cloudflare/`.
pub fn routes() -> Vec<Route> {
    vec![
        get("/_mock/cloudflare/dashboard", dashboard::show),
        patch("/_mock/cloudflare/identity_providers/{id}", edit),
        delete("/_mock/cloudflare/identity_providers/{id}", remove),
        post("/_mock/cloudflare/identity_providers/{id}/regenerate_scim_secret", regenerate),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    name: Option<String>,
    #[serde(default)]
    config: Map<String, Value>,
}

async fn edit(State(world): State<Arc<World>>, Path(id): Path<String>, Json(edit): Json<Edit>) -> Response {
    let now = world.clock.now();
    let edited = world.cloudflare().in_dashboard(&id, now, |provider| {
        if let Some(name) = &edit.name {
            provider.rename(name);
        }
        for (member, value) in edit.config {
            provider.set_config(&member, value);
        }
    });
    match edited {
        Some(()) => StatusCode::NO_CONTENT.into_response(),
        None => Failure::NotFound.into_response(),
    }
}

async fn regenerate(State(world): State<Arc<World>>, Path(id): Path<String>) -> Response {
    let now = world.clock.now();
    match world.cloudflare().in_dashboard(&id, now, |provider| provider.regenerate_scim_secret()) {
        Some(Some(secret)) => Json(json!({"secret": secret})).into_response(),
        Some(None) => Failure::Invalid("SCIM is not enabled for the identity provider".into()).into_response(),
        None => Failure::NotFound.into_response(),
    }
}

async fn remove(State(world): State<Arc<World>>, Path(id): Path<String>) -> Response {
    match world.cloudflare().remove_identity_provider(&id) {
        true => StatusCode::NO_CONTENT.into_response(),
        false => Failure::NotFound.into_response(),
    }
}
