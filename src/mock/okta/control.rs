//! `/_mock/okta/…`: what a person does in Okta's console, and what a test does behind everybody's back.
//!
//! | call | does |
//! | --- | --- |
//! | `GET /_mock/okta/console` | a page for people, with that form |
//! | `GET /admin/app/{app_name}/instance/{app_id}`, `GET /admin/apps/active` | where Okta's Admin Console has an app, and all of them: lead to that page |
//! | `POST /_mock/okta/apps/{app_id}/provisioning` | the form of the Provisioning tab: `{"base_url", "token", "create_users", "update_user_attributes", "deactivate_users"}`; the three switches are on unless said otherwise. The credentials are tried first, as *Test API Credentials* does |
//! | `DELETE /_mock/okta/apps/{app_id}/provisioning` | unticks *Enable API integration* |
//! | `POST /_mock/okta/apps/{app_id}/rotate-secret` | a new client secret, the others gone |
//! | `POST /_mock/okta/apps/{app_id}/push-mappings/{mapping_id}/fail` | `{"summary"}`: as if the SCIM service had refused a push |
//! | `POST /_mock/okta/access-tokens` | `{"scopes": [...]}` answers `{"access_token"}`, as a service app would get |
//! | `POST /_mock/okta/rotate-keys` | a new key signs tokens and `{"kid"}` answers its id; `{"authorization_server_id"}` names a custom server, `"withdraw_old": true` no longer publishes the keys before |
//! | `GET /_mock/okta/provisioning` | what Okta's SCIM client did and has yet to do, see [`Standing`] |
//! | `POST /_mock/okta/provisioning/pause`, `…/resume` | nothing new is sent; and again |
//! | `POST /_mock/okta/provisioning/drain` | sends all there is to send, paused or not and without the pauses between retries, until nothing is left or all that is left failed once more; answers what is left |
//! | `PUT /_mock/okta/quirks` | behaviours of some tenants, see [`Quirks`] |

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::auth::Caller;
use super::call::{Body, Call};
use super::connection::{self, Wanted};
use super::console;
use super::errors::{self, Refusal};
use super::features::Capabilities;
use super::org::Quirks;
use super::provisioning::{self, Standing};
use crate::mock::routes::{Route, delete, get, post, put};
use crate::mock::world::World;

/// The routes under `/_mock/okta/`, and the pages of the Admin Console that stand for one of them.
pub fn routes() -> Vec<Route> {
    vec![
        get("/_mock/okta/console", console::show),
        get("/admin/app/{app_name}/instance/{app_id}", console::at_app),
        get("/admin/apps/active", console::at_apps),
        post("/_mock/okta/console/apps/{app_id}/provisioning", console::set_up),
        post("/_mock/okta/apps/{app_id}/provisioning", provision),
        delete("/_mock/okta/apps/{app_id}/provisioning", unprovision),
        post("/_mock/okta/apps/{app_id}/rotate-secret", rotate_secret),
        post("/_mock/okta/apps/{app_id}/push-mappings/{mapping_id}/fail", fail_push),
        post("/_mock/okta/access-tokens", access_token),
        post("/_mock/okta/rotate-keys", rotate_keys),
        get("/_mock/okta/provisioning", provisioning),
        post("/_mock/okta/provisioning/pause", pause),
        post("/_mock/okta/provisioning/resume", resume),
        post("/_mock/okta/provisioning/drain", drain),
        put("/_mock/okta/quirks", quirks),
    ]
}

/// A call by somebody at the console.
fn at_console(world: &World, path: String) -> Call {
    Call {
        method: Method::POST,
        path,
        segments: Vec::new(),
        query: Vec::new(),
        org_url: world.addresses().org_url.clone(),
        caller: Caller::Administrator,
        now: world.clock.now(),
        headers: HeaderMap::from_iter([(header::USER_AGENT, HeaderValue::from_static("Mozilla/5.0 (console)"))]),
        body: Body::Empty,
    }
}

/// The form of the Provisioning tab, with the names of Terraform's attributes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProvisioningForm {
    pub(super) base_url: String,
    pub(super) token: String,
    #[serde(default = "ticked")]
    pub(super) create_users: bool,
    #[serde(default = "ticked")]
    pub(super) update_user_attributes: bool,
    #[serde(default = "ticked")]
    pub(super) deactivate_users: bool,
}

fn ticked() -> bool {
    true
}

async fn provision(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    Json(form): Json<ProvisioningForm>,
) -> Response {
    match set_up_provisioning(&world, &id, form).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// Tries what a person entered in the Provisioning tab, and keeps it if it works.
pub(super) async fn set_up_provisioning(world: &World, id: &str, form: ProvisioningForm) -> Result<(), Refusal> {
    let wanted = match world.okta().apps.get(id) {
        None => return Err(errors::not_found(id, "AppInstance")),
        Some(app) if !app.speaks_scim() => return Err(errors::unsupported("This app has no Provisioning tab.")),
        Some(app) => Wanted::of(app, form.base_url.clone(), form.token),
    };
    connection::check_base_url(&form.base_url)?;
    let call = at_console(world, format!("/admin/app/{}/instance/{id}/settings/user-mgmt", wanted.template()));
    let mut capabilities = Capabilities::default();
    capabilities.create_users = form.create_users;
    capabilities.update_user_attributes = form.update_user_attributes;
    capabilities.deactivate_users = form.deactivate_users;
    connection::try_and_keep(world, &call, wanted, |made| made.enabled = true, Some(capabilities)).await
}

async fn unprovision(State(world): State<Arc<World>>, Path(id): Path<String>) -> Response {
    let mut org = world.okta();
    org.disconnecting(&id, world.clock.now());
    match org.apps.get_mut(&id) {
        None => errors::not_found(&id, "AppInstance").into_response(),
        Some(app) => {
            app.connection = None;
            app.capabilities = Capabilities::default();
            StatusCode::NO_CONTENT.into_response()
        }
    }
}

async fn rotate_secret(State(world): State<Arc<World>>, Path(id): Path<String>) -> Response {
    let now = world.clock.now();
    match world.okta().rotate_client_secret(&id, now) {
        Some(secret) => Json(json!({"client_secret": secret})).into_response(),
        None => errors::not_found(&id, "AppInstance").into_response(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    summary: String,
}

async fn fail_push(
    State(world): State<Arc<World>>,
    Path((app_id, mapping_id)): Path<(String, String)>,
    Json(failure): Json<Failure>,
) -> Response {
    match world.okta().fail_push_mapping(&app_id, &mapping_id, &failure.summary) {
        true => StatusCode::NO_CONTENT.into_response(),
        false => errors::not_found(&mapping_id, "GroupPushMapping").into_response(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scopes {
    scopes: Vec<String>,
}

async fn access_token(State(world): State<Arc<World>>, Json(wanted): Json<Scopes>) -> Response {
    let scopes: Vec<&str> = wanted.scopes.iter().map(String::as_str).collect();
    let now = world.clock.now();
    Json(json!({"access_token": world.okta().mint_access_token(&scopes, now)})).into_response()
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Rotation {
    authorization_server_id: Option<String>,
    withdraw_old: bool,
}

async fn rotate_keys(State(world): State<Arc<World>>, rotation: Option<Json<Rotation>>) -> Response {
    let Rotation { authorization_server_id: server, withdraw_old } = rotation.unwrap_or_default().0;
    match world.okta().rotate_signing_key(server.as_deref(), withdraw_old) {
        Some(kid) => Json(json!({"kid": kid})).into_response(),
        None => errors::not_found(&server.unwrap_or_default(), "AuthorizationServer").into_response(),
    }
}

async fn quirks(State(world): State<Arc<World>>, Json(quirks): Json<Quirks>) -> StatusCode {
    world.okta().set_quirks(quirks);
    StatusCode::NO_CONTENT
}

async fn provisioning(State(world): State<Arc<World>>) -> Json<Standing> {
    Json(provisioning::standing(&world))
}

async fn pause(State(world): State<Arc<World>>) -> Json<Standing> {
    world.okta().pause_provisioning(true);
    Json(provisioning::standing(&world))
}

async fn resume(State(world): State<Arc<World>>) -> Json<Standing> {
    world.okta().pause_provisioning(false);
    Json(provisioning::standing(&world))
}

async fn drain(State(world): State<Arc<World>>) -> (StatusCode, Json<Standing>) {
    let standing = provisioning::drained(&world).await;
    let status = if standing.broken.is_some() { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK };
    (status, Json(standing))
}
