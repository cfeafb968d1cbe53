//! An Okta org.
//!
//! It stores JSON documents and holds them to the vendor's rules. [`routes`] lists every route it serves; each noun
//! has a file of its own, and every refusal is in [`errors`].
//!
//! `provisioning` carries assignments and pushed groups to the apps' SCIM services.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Version, header, request};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter};
use url::form_urlencoded;

use super::world::World;
use auth::{Caller, Needs};
use call::{Answer, Body, Call};

mod app_grants;
mod app_groups;
mod app_users;
mod apps;
mod auth;
mod call;
mod client_secrets;
mod connection;
mod console;
pub mod control;
pub mod errors;
mod features;
mod filter;
mod groups;
mod logs;
mod openid;
mod org;
mod organization;
mod passwords;
mod policies;
pub(crate) mod provisioning;
mod push_mappings;
mod shelf;
mod token_setting;
mod users;

pub use org::{Org, Quirks};
pub use provisioning::{Standing, WaitingJob};

use openid::{
    authn, authorize, discovery, inspection, logout, new_secret, server_claims, server_scopes, servers, token, userinfo,
};

/// Largest request body that is read.
const LARGEST_BODY: usize = 4 << 20;

/// One route: what it is asked with, what its caller needs, and who answers.
struct Route {
    method: Method,
    path: &'static str,
    needs: Needs,
    handler: Handler,
}

/// Answers at once from the org's documents, or only after asking another service.
#[derive(Clone, Copy)]
enum Handler {
    Now(fn(&mut Org, &Call) -> Answer),
    Later(fn(Arc<World>, Call) -> Pending),
}

type Pending = Pin<Box<dyn Future<Output = Answer> + Send>>;

const NOTHING: Needs = Needs::Nothing;
const API_TOKEN: Needs = Needs::ApiToken;
const READ_APPS: Needs = Needs::Scopes(&["okta.apps.read"]);
const MANAGE_APPS: Needs = Needs::Scopes(&["okta.apps.manage"]);
const READ_SECRETS: Needs = Needs::Secrets(&["okta.apps.read"]);
const MANAGE_SECRETS: Needs = Needs::Secrets(&["okta.apps.manage"]);
const READ_PUSH: Needs = Needs::Scopes(&["okta.apps.read", "okta.groups.read"]);
const MANAGE_PUSH: Needs = Needs::Scopes(&["okta.apps.manage", "okta.groups.manage"]);
const READ_GROUPS: Needs = Needs::Scopes(&["okta.groups.read"]);
const MANAGE_GROUPS: Needs = Needs::Scopes(&["okta.groups.manage"]);
const READ_USERS: Needs = Needs::Scopes(&["okta.users.read"]);
const MANAGE_USERS: Needs = Needs::Scopes(&["okta.users.manage"]);
const READ_GRANTS: Needs = Needs::Scopes(&["okta.appGrants.read"]);
const MANAGE_GRANTS: Needs = Needs::Scopes(&["okta.appGrants.manage"]);
const MANAGE_CLIENTS: Needs = Needs::Scopes(&["okta.clients.manage"]);
const READ_SERVERS: Needs = Needs::Scopes(&["okta.authorizationServers.read"]);
const MANAGE_SERVERS: Needs = Needs::Scopes(&["okta.authorizationServers.manage"]);
const READ_POLICIES: Needs = Needs::Scopes(&["okta.policies.read"]);
const READ_LOGS: Needs = Needs::Scopes(&["okta.logs.read"]);

const fn get(path: &'static str, needs: Needs, handler: fn(&mut Org, &Call) -> Answer) -> Route {
    Route { method: Method::GET, path, needs, handler: Handler::Now(handler) }
}

const fn post(path: &'static str, needs: Needs, handler: fn(&mut Org, &Call) -> Answer) -> Route {
    Route { method: Method::POST, path, needs, handler: Handler::Now(handler) }
}

const fn put(path: &'static str, needs: Needs, handler: fn(&mut Org, &Call) -> Answer) -> Route {
    Route { method: Method::PUT, path, needs, handler: Handler::Now(handler) }
}

const fn patch(path: &'static str, needs: Needs, handler: fn(&mut Org, &Call) -> Answer) -> Route {
    Route { method: Method::PATCH, path, needs, handler: Handler::Now(handler) }
}

const fn delete(path: &'static str, needs: Needs, handler: fn(&mut Org, &Call) -> Answer) -> Route {
    Route { method: Method::DELETE, path, needs, handler: Handler::Now(handler) }
}

/// Setting a connection asks the SCIM service first.
const SET_CONNECTION: Route = Route {
    method: Method::POST,
    path: "/api/v1/apps/{app_id}/connections/default",
    needs: MANAGE_APPS,
    handler: Handler::Later(|world, call| Box::pin(connection::set(world, call))),
};

/// Every route of the org.
#[rustfmt::skip]
const ROUTES: &[Route] = &[
    get("/.well-known/okta-organization", NOTHING, organization::get),

    get("/api/v1/apps", READ_APPS, apps::list),
    post("/api/v1/apps", MANAGE_APPS, apps::create),
    get("/api/v1/apps/{app_id}", READ_APPS, apps::get),
    put("/api/v1/apps/{app_id}", MANAGE_APPS, apps::replace),
    delete("/api/v1/apps/{app_id}", MANAGE_APPS, apps::delete),
    post("/api/v1/apps/{app_id}/lifecycle/activate", MANAGE_APPS, apps::activate),
    post("/api/v1/apps/{app_id}/lifecycle/deactivate", MANAGE_APPS, apps::deactivate),
    put("/api/v1/apps/{app_id}/policies/{policy_id}", MANAGE_APPS, policies::bind),

    get("/api/v1/apps/{app_id}/credentials/secrets", READ_SECRETS, client_secrets::list),
    post("/api/v1/apps/{app_id}/credentials/secrets", MANAGE_SECRETS, client_secrets::create),
    get("/api/v1/apps/{app_id}/credentials/secrets/{secret_id}", READ_SECRETS, client_secrets::get),
    delete("/api/v1/apps/{app_id}/credentials/secrets/{secret_id}", MANAGE_SECRETS, client_secrets::delete),
    post("/api/v1/apps/{app_id}/credentials/secrets/{secret_id}/lifecycle/activate", MANAGE_SECRETS, client_secrets::activate),
    post("/api/v1/apps/{app_id}/credentials/secrets/{secret_id}/lifecycle/deactivate", MANAGE_SECRETS, client_secrets::deactivate),

    get("/api/v1/internal/apps/{app_id}/settings/oauth/idToken", API_TOKEN, token_setting::get),
    post("/api/v1/internal/apps/{app_id}/settings/oauth/idToken", API_TOKEN, token_setting::set),

    get("/api/v1/apps/{app_id}/connections/default", READ_APPS, connection::get),
    SET_CONNECTION,
    post("/api/v1/apps/{app_id}/connections/default/lifecycle/activate", MANAGE_APPS, connection::activate),
    post("/api/v1/apps/{app_id}/connections/default/lifecycle/deactivate", MANAGE_APPS, connection::deactivate),
    get("/api/v1/apps/{app_id}/features", READ_APPS, features::list),
    get("/api/v1/apps/{app_id}/features/{feature_name}", READ_APPS, features::get),
    put("/api/v1/apps/{app_id}/features/{feature_name}", MANAGE_APPS, features::update),

    get("/api/v1/apps/{app_id}/groups", READ_APPS, app_groups::list),
    get("/api/v1/apps/{app_id}/groups/{group_id}", READ_APPS, app_groups::get),
    put("/api/v1/apps/{app_id}/groups/{group_id}", MANAGE_APPS, app_groups::assign),
    delete("/api/v1/apps/{app_id}/groups/{group_id}", MANAGE_APPS, app_groups::unassign),
    get("/api/v1/apps/{app_id}/users", READ_APPS, app_users::list),
    post("/api/v1/apps/{app_id}/users", MANAGE_APPS, app_users::assign),
    get("/api/v1/apps/{app_id}/users/{user_id}", READ_APPS, app_users::get),
    post("/api/v1/apps/{app_id}/users/{user_id}", MANAGE_APPS, app_users::update),
    delete("/api/v1/apps/{app_id}/users/{user_id}", MANAGE_APPS, app_users::unassign),
    get("/api/v1/apps/{app_id}/group-push/mappings", READ_PUSH, push_mappings::list),
    post("/api/v1/apps/{app_id}/group-push/mappings", MANAGE_PUSH, push_mappings::create),
    get("/api/v1/apps/{app_id}/group-push/mappings/{mapping_id}", READ_PUSH, push_mappings::get),
    patch("/api/v1/apps/{app_id}/group-push/mappings/{mapping_id}", MANAGE_PUSH, push_mappings::update),
    delete("/api/v1/apps/{app_id}/group-push/mappings/{mapping_id}", MANAGE_PUSH, push_mappings::delete),

    get("/api/v1/groups", READ_GROUPS, groups::list),
    post("/api/v1/groups", MANAGE_GROUPS, groups::create),
    get("/api/v1/groups/{group_id}", READ_GROUPS, groups::get),
    put("/api/v1/groups/{group_id}", MANAGE_GROUPS, groups::replace),
    delete("/api/v1/groups/{group_id}", MANAGE_GROUPS, groups::delete),
    get("/api/v1/groups/{group_id}/users", READ_GROUPS, groups::users),
    put("/api/v1/groups/{group_id}/users/{user_id}", MANAGE_GROUPS, groups::add_user),
    delete("/api/v1/groups/{group_id}/users/{user_id}", MANAGE_GROUPS, groups::remove_user),
    get("/api/v1/groups/{group_id}/apps", READ_GROUPS, groups::apps),

    get("/api/v1/users", READ_USERS, users::list),
    post("/api/v1/users", MANAGE_USERS, users::create),
    get("/api/v1/users/{user_id}", READ_USERS, users::get),
    post("/api/v1/users/{user_id}", MANAGE_USERS, users::update),
    put("/api/v1/users/{user_id}", MANAGE_USERS, users::replace),
    delete("/api/v1/users/{user_id}", MANAGE_USERS, users::delete),
    get("/api/v1/users/{user_id}/groups", READ_USERS, users::groups),
    post("/api/v1/users/{user_id}/lifecycle/activate", MANAGE_USERS, users::activate),
    post("/api/v1/users/{user_id}/lifecycle/deactivate", MANAGE_USERS, users::deactivate),
    post("/api/v1/users/{user_id}/lifecycle/suspend", MANAGE_USERS, users::suspend),
    post("/api/v1/users/{user_id}/lifecycle/unsuspend", MANAGE_USERS, users::unsuspend),

    get("/api/v1/apps/{app_id}/grants", READ_GRANTS, app_grants::list),
    post("/api/v1/apps/{app_id}/grants", MANAGE_GRANTS, app_grants::create),
    get("/api/v1/apps/{app_id}/grants/{grant_id}", READ_GRANTS, app_grants::get),
    delete("/api/v1/apps/{app_id}/grants/{grant_id}", MANAGE_GRANTS, app_grants::revoke),

    post("/oauth2/v1/clients/{client_id}/lifecycle/newSecret", MANAGE_CLIENTS, new_secret::mint),

    get("/api/v1/authorizationServers", READ_SERVERS, servers::list),
    post("/api/v1/authorizationServers", MANAGE_SERVERS, servers::create),
    get("/api/v1/authorizationServers/{authorization_server_id}", READ_SERVERS, servers::get),
    delete("/api/v1/authorizationServers/{authorization_server_id}", MANAGE_SERVERS, servers::delete),
    get("/api/v1/authorizationServers/{authorization_server_id}/scopes", READ_SERVERS, server_scopes::list),
    post("/api/v1/authorizationServers/{authorization_server_id}/scopes", MANAGE_SERVERS, server_scopes::create),
    get("/api/v1/authorizationServers/{authorization_server_id}/claims", READ_SERVERS, server_claims::list),
    post("/api/v1/authorizationServers/{authorization_server_id}/claims", MANAGE_SERVERS, server_claims::create),
    post("/api/v1/authorizationServers/{authorization_server_id}/credentials/lifecycle/keyRotate", MANAGE_SERVERS, servers::rotate_key),

    post("/api/v1/authn", NOTHING, authn::authenticate),
    get("/login/login.htm", NOTHING, authorize::sign_in_page),
    post("/login/login.htm", NOTHING, authorize::sign_in),

    get("/.well-known/openid-configuration", NOTHING, discovery::openid_configuration),
    get("/oauth2/v1/keys", NOTHING, discovery::keys),
    get("/oauth2/v1/authorize", NOTHING, authorize::authorize),
    post("/oauth2/v1/authorize", NOTHING, authorize::authorize),
    post("/oauth2/v1/token", NOTHING, token::token),
    get("/oauth2/v1/userinfo", NOTHING, userinfo::userinfo),
    post("/oauth2/v1/userinfo", NOTHING, userinfo::userinfo),
    post("/oauth2/v1/introspect", NOTHING, inspection::introspect),
    post("/oauth2/v1/revoke", NOTHING, inspection::revoke),
    get("/oauth2/v1/logout", NOTHING, logout::logout),
    post("/oauth2/v1/logout", NOTHING, logout::logout),

    get("/oauth2/{authorization_server_id}/.well-known/openid-configuration", NOTHING, discovery::openid_configuration),
    get("/oauth2/{authorization_server_id}/.well-known/oauth-authorization-server", NOTHING, discovery::oauth_authorization_server),
    get("/oauth2/{authorization_server_id}/v1/keys", NOTHING, discovery::keys),
    get("/oauth2/{authorization_server_id}/v1/authorize", NOTHING, authorize::authorize),
    post("/oauth2/{authorization_server_id}/v1/authorize", NOTHING, authorize::authorize),
    post("/oauth2/{authorization_server_id}/v1/token", NOTHING, token::token),
    get("/oauth2/{authorization_server_id}/v1/userinfo", NOTHING, userinfo::userinfo),
    post("/oauth2/{authorization_server_id}/v1/userinfo", NOTHING, userinfo::userinfo),
    post("/oauth2/{authorization_server_id}/v1/introspect", NOTHING, inspection::introspect),
    post("/oauth2/{authorization_server_id}/v1/revoke", NOTHING, inspection::revoke),
    get("/oauth2/{authorization_server_id}/v1/logout", NOTHING, logout::logout),
    post("/oauth2/{authorization_server_id}/v1/logout", NOTHING, logout::logout),

    get("/api/v1/policies", READ_POLICIES, policies::list),
    get("/api/v1/policies/{policy_id}", READ_POLICIES, policies::get),
    get("/api/v1/logs", READ_LOGS, logs::list),
];

/// Method and path of every route, in the order of the table.
pub fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROUTES.iter().map(|route| (route.method.as_str(), route.path))
}

/// Okta's routes.
pub fn router(world: Arc<World>) -> Router {
    let mut paths: Vec<&'static str> = Vec::new();
    for route in ROUTES {
        if !paths.contains(&route.path) {
            paths.push(route.path);
        }
    }
    let mut router = Router::new();
    for path in paths {
        let mut methods = MethodRouter::new().fallback(wrong_method);
        for route in ROUTES.iter().filter(|route| route.path == path) {
            if let Ok(filter) = MethodFilter::try_from(route.method.clone()) {
                let (needs, handler) = (route.needs, route.handler);
                methods = methods.on(filter, move |State(world): State<Arc<World>>, request: Request| {
                    answer(world, request, needs, handler)
                });
            }
        }
        router = router.route(path, methods);
    }
    // The fallback must be set here: the core recognises requests that nobody serves by the missing route.
    router.fallback(no_such_route).with_state(world)
}

async fn wrong_method() -> Response {
    errors::wrong_method().into_response()
}

async fn no_such_route(request: Request) -> Response {
    errors::not_found(request.uri().path(), "Endpoint").into_response()
}

/// The answer to one request too many.
pub fn too_many_requests() -> Response {
    errors::too_many_requests().into_response()
}

/// What Okta answers for an app that it does not know.
pub fn not_found(id: &str) -> Response {
    errors::not_found(id, "AppInstance").into_response()
}

/// One request from its arrival to its answer: length, credentials, permission, then the noun.
async fn answer(world: Arc<World>, request: Request, needs: Needs, handler: Handler) -> Response {
    let (mut parts, body) = request.into_parts();
    let mut response = if length_is_missing(&parts.method, parts.version, &parts.headers) {
        StatusCode::LENGTH_REQUIRED.into_response()
    } else {
        match axum::body::to_bytes(body, LARGEST_BODY).await {
            Err(_) => errors::malformed().into_response(),
            Ok(bytes) => {
                let body = Body::read(&parts.headers, &bytes);
                match call(&world, &mut parts, body, needs).await {
                    Err(refusal) => refusal.into_response(),
                    Ok(call) => carried_out(&world, call, handler).await.into_response(),
                }
            }
        }
    };
    if let Ok(id) = header::HeaderValue::try_from(super::ids::secret(24)) {
        response.headers_mut().insert("x-okta-request-id", id);
    }
    response
}

async fn carried_out(world: &Arc<World>, call: Call, handler: Handler) -> Answer {
    let writes = call.method != Method::GET;
    let answer = match handler {
        Handler::Now(handler) => handler(&mut world.okta(), &call),
        Handler::Later(handler) => handler(world.clone(), call).await,
    };
    // What was switched on may let waiting jobs go.
    if writes {
        world.okta().provisioning.wake();
    }
    answer
}

/// Okta answers 411 to a write that does not say how long it is. HTTP/2 knows by itself.
fn length_is_missing(method: &Method, version: Version, headers: &HeaderMap) -> bool {
    version <= Version::HTTP_11
        && matches!(*method, Method::POST | Method::PUT)
        && !headers.contains_key(header::CONTENT_LENGTH)
        && !headers.contains_key(header::TRANSFER_ENCODING)
}

/// Verifies the caller and gathers what a noun needs to know.
async fn call(world: &World, parts: &mut request::Parts, body: Body, needs: Needs) -> Result<Call, errors::Refusal> {
    let now = world.clock.now();
    let caller = match needs {
        Needs::Nothing => Caller::Anyone,
        _ => world.okta().caller(&parts.headers, now)?,
    };
    caller.may(needs, &parts.method)?;
    let segments = match RawPathParams::from_request_parts(parts, &()).await {
        Ok(found) => found.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        Err(_) => Vec::new(),
    };
    Ok(Call {
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        segments,
        query: form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect(),
        org_url: world.addresses().org_url.clone(),
        caller,
        now,
        headers: parts.headers.clone(),
        body,
    })
}
