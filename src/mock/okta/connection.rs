//! `/apps/{id}/connections/default`: where an app's provisioning goes, and with which credentials.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationConnections/>. Okta describes
//! this API for a handful of apps, and other apps answer with the status UNKNOWN and keep nothing: the org plays
//! either, as [`ProvisioningApi`] says. Where the API works, Okta tries the credentials before it keeps them.

use std::sync::Arc;

use serde_json::{Value, json};
use time::OffsetDateTime;
use url::Url;

use super::apps::App;
use super::call::{Answer, Call, Reply};
use super::errors::{self, Refusal};
use super::features::Capabilities;
use super::logs::Event;
use super::org::Org;
use super::provisioning::{Endpoint, test_credentials};
use crate::mock::options::ProvisioningApi;
use crate::mock::world::World;

/// What was set up for an app. No `Debug`: it holds the token.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) base_url: String,
    pub(crate) token: String,
    pub(crate) enabled: bool,
}

fn app<'a>(org: &'a mut Org, call: &Call) -> Result<&'a mut App, Refusal> {
    let id = call.segment("app_id");
    org.apps.get_mut(id).ok_or_else(|| errors::not_found(id, "AppInstance"))
}

/// Whether the API works for this app; apps that have no provisioning are unknown to it in either personality.
fn supported(api: ProvisioningApi, app: &App) -> bool {
    api == ProvisioningApi::Supported && app.speaks_scim()
}

fn unknown(app: &App, call: &Call) -> Value {
    json!({
        "authScheme": "UNKNOWN",
        "status": "UNKNOWN",
        "profile": {"authScheme": "UNKNOWN"},
        "_links": {"self": link(app, call, "", &["POST", "GET"])},
    })
}

fn link(app: &App, call: &Call, path: &str, allow: &[&str]) -> Value {
    let href = call.url(&format!("/api/v1/apps/{}/connections/default{path}", app.id));
    json!({"href": href, "hints": {"allow": allow}})
}

/// The token is never shown.
fn document(app: &App, call: &Call) -> Value {
    let enabled = app.provisions();
    let own = link(app, call, "", &["POST", "GET"]);
    let links = match enabled {
        true => json!({"self": own, "deactivate": link(app, call, "/lifecycle/deactivate", &["POST"])}),
        false => json!({"activate": link(app, call, "/lifecycle/activate", &["POST"]), "self": own}),
    };
    let mut document = json!({"authScheme": "TOKEN", "status": if enabled { "ENABLED" } else { "DISABLED" }});
    if let Some(connection) = &app.connection {
        document["baseUrl"] = json!(connection.base_url);
    }
    document["profile"] = json!({"authScheme": "TOKEN"});
    document["_links"] = links;
    document
}

pub(crate) fn get(org: &mut Org, call: &Call) -> Answer {
    let api = org.provisioning_api;
    let app = app(org, call)?;
    Ok(Reply::ok(if supported(api, app) { document(app, call) } else { unknown(app, call) }))
}

/// Sets base URL and token after trying them; `activate=true` switches provisioning on too. An enabled connection
/// stays enabled.
pub(crate) async fn set(world: Arc<World>, call: Call) -> Answer {
    let wanted = {
        let mut org = world.okta();
        let api = org.provisioning_api;
        let app = app(&mut org, &call)?;
        let body = call.object()?;
        if !supported(api, app) {
            return Ok(Reply::ok(unknown(app, &call)));
        }
        let text = |pointer: &str| {
            let value = pointer.split('.').try_fold(body.get("profile"), |value, step| Some(value?.get(step)))?;
            value.and_then(Value::as_str).filter(|text| !text.is_empty())
        };
        match text("authScheme") {
            Some("TOKEN") => {}
            Some("OAUTH2") => {
                return Err(errors::invalid("profile.authScheme", "authScheme: OAUTH2 is not supported by this app"));
            }
            _ => return Err(errors::invalid("profile.authScheme", "authScheme: must be TOKEN or OAUTH2")),
        }
        let base_url = body.get("baseUrl").and_then(Value::as_str).unwrap_or_default();
        check_base_url(base_url)?;
        let Some(token) = text("token") else { return Err(errors::blank("profile.token")) };
        Wanted::of(app, base_url.into(), token.into())
    };
    let activate = call.switch("activate", false);
    try_and_keep(&world, &call, wanted, |connection| connection.enabled |= activate, None).await?;
    let mut org = world.okta();
    Ok(Reply::ok(document(app(&mut org, &call)?, &call)))
}

/// Base URLs cannot hold an underscore; the SCIM client refuses them.
pub(crate) fn check_base_url(base_url: &str) -> Result<(), Refusal> {
    if base_url.is_empty() {
        return Err(errors::blank("baseUrl"));
    }
    if base_url.contains('_') {
        return Err(errors::invalid("baseUrl", "baseUrl: The base URL must not contain an underscore"));
    }
    match Url::parse(base_url) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(()),
        _ => Err(errors::invalid("baseUrl", "baseUrl: The base URL is not a valid URL")),
    }
}

/// Base URL and token that somebody wants an app to use.
pub(crate) struct Wanted {
    app: String,
    endpoint: Endpoint,
}

impl Wanted {
    pub(crate) fn of(app: &App, base_url: String, token: String) -> Self {
        let endpoint = Endpoint { label: app.label().into(), template: app.name.clone(), base_url, token };
        Self { app: app.id.clone(), endpoint }
    }

    /// Key name of the app's template.
    pub(crate) fn template(&self) -> &str {
        &self.endpoint.template
    }
}

/// Runs the credential test and, if it passes, keeps the connection.
pub(crate) async fn try_and_keep(
    world: &World,
    call: &Call,
    wanted: Wanted,
    adjust: impl FnOnce(&mut Connection),
    capabilities: Option<Capabilities>,
) -> Result<(), Refusal> {
    let tried = test_credentials(world, &wanted.endpoint).await;
    let mut org = world.okta();
    let Org { apps, log, provisioning, .. } = &mut *org;
    // The app may have been deleted meanwhile.
    let Some(app) = apps.get_mut(&wanted.app) else { return Err(errors::not_found(&wanted.app, "AppInstance")) };
    let event = Event::of("application.configuration.update", "Verify API credentials").app(app);
    if let Err(reason) = tried {
        log.record(event.failed(reason.clone()), call);
        return Err(errors::connector_failed(reason));
    }
    let enabled = app.provisions();
    let Endpoint { base_url, token, .. } = wanted.endpoint;
    let mut connection = Connection { base_url, token, enabled };
    adjust(&mut connection);
    app.connection = Some(connection);
    if let Some(capabilities) = capabilities {
        app.capabilities = capabilities;
    }
    log.record(event, call);
    provisioning.hurry_app(&wanted.app, call.now);
    Ok(())
}

/// 204 even before details are set, which then stay empty.
pub(crate) fn activate(org: &mut Org, call: &Call) -> Answer {
    let api = org.provisioning_api;
    let app = app(org, call)?;
    if supported(api, app) {
        let empty = Connection { base_url: String::new(), token: String::new(), enabled: true };
        app.connection.get_or_insert(empty).enabled = true;
        let id = app.id.clone();
        org.provisioning.hurry_app(&id, call.now);
    }
    Ok(Reply::no_content())
}

/// What was set stays, and is not used.
pub(crate) fn deactivate(org: &mut Org, call: &Call) -> Answer {
    let api = org.provisioning_api;
    if supported(api, app(org, call)?) {
        org.disconnecting(call.segment("app_id"), call.now);
    }
    let app = app(org, call)?;
    if supported(api, app)
        && let Some(connection) = &mut app.connection
    {
        connection.enabled = false;
    }
    Ok(Reply::no_content())
}

impl Org {
    /// Base URL of an app's connection, whether it is switched on, and whether a token would be sent as `token`.
    pub fn connection(&self, app_id: &str, token: &str) -> Option<(String, bool, bool)> {
        let connection = self.apps.get(app_id)?.connection.as_ref()?;
        Some((connection.base_url.clone(), connection.enabled, connection.token == token))
    }

    /// Replaces what an app's connection uses, untested: what another administrator may have done. Whether the app has
    /// a connection.
    pub fn edit_connection(&mut self, app_id: &str, base_url: &str, token: &str, now: OffsetDateTime) -> bool {
        match self.apps.get_mut(app_id).and_then(|app| app.connection.as_mut()) {
            Some(connection) => {
                *connection = Connection { base_url: base_url.into(), token: token.into(), ..*connection };
                self.provisioning.hurry_app(app_id, now);
                true
            }
            None => false,
        }
    }
}
