//! `/apps`: app instances of the OIDC kind and from the catalogue.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/>
//!
//! | module | what it holds |
//! | --- | --- |
//! | `general` | what every app has: label, visibility, accessibility, user name template |
//! | `oidc` | OIDC apps: credentials, settings, and their rules |
//! | `client_keys` | public keys of OIDC apps |
//! | `catalogue` | the SCIM test apps of the catalogue |
//! | `links` | `_links` |
//! | `user_names` | what the user name template makes |

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::app_grants::ScopeGrant;
use super::app_groups::GroupAssignment;
use super::app_users::AppUser;
use super::call::{Answer, Call, Reply, stamp};
use super::client_secrets::{self, ClientSecret};
use super::connection::Connection;
use super::errors::{self, Refusal};
use super::features::Capabilities;
use super::filter::Filter;
use super::logs::Event;
use super::org::Org;
use super::push_mappings::PushMapping;
use super::shelf::Shelf;
use crate::mock::ids;

mod catalogue;
mod client_keys;
mod general;
mod links;
mod oidc;
mod user_names;

const FILTERABLE: &[&str] = &[
    "id",
    "status",
    "name",
    "label",
    "lastUpdated",
    "credentials.signing.kid",
    "settings.slo.enabled",
    "user.id",
    "group.id",
];

/// One app instance.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) id: String,
    /// Key name of the template: `oidc_client` or the catalogue's.
    pub(crate) name: String,
    pub(crate) active: bool,
    /// `label`, `accessibility`, `visibility`, `signOnMode`, `credentials` and `settings`, complete and without secrets.
    pub(crate) document: Value,
    pub(crate) secrets: Vec<ClientSecret>,
    /// The private ID token setting: `issuerMode` and the groups claim, if any.
    pub(crate) token_setting: Map<String, Value>,
    /// How many more calls to that setting answer 404.
    pub(crate) token_setting_late_by: u32,
    pub(crate) connection: Option<Connection>,
    pub(crate) capabilities: Capabilities,
    pub(crate) groups: BTreeMap<String, GroupAssignment>,
    pub(crate) users: Shelf<AppUser>,
    pub(crate) mappings: Shelf<PushMapping>,
    /// Scopes of the management API.
    pub(crate) grants: Vec<ScopeGrant>,
    pub(crate) access_policy: String,
    /// Part of the URL of the app's dashboard link.
    link: String,
    pub(crate) created: OffsetDateTime,
    updated: OffsetDateTime,
}

/// What a body comes to once checked and completed.
struct Draft {
    document: Value,
    /// A client secret that the caller chose.
    secret: Option<String>,
}

impl App {
    pub(crate) fn label(&self) -> &str {
        self.document["label"].as_str().unwrap_or_default()
    }

    /// The OAuth client id; none if this is not an OIDC app.
    pub(crate) fn client_id(&self) -> Option<&str> {
        self.document.pointer("/credentials/oauthClient/client_id").and_then(Value::as_str)
    }

    /// `token_endpoint_auth_method`; empty if this is not an OIDC app.
    pub(crate) fn auth_method(&self) -> &str {
        let pointer = "/credentials/oauthClient/token_endpoint_auth_method";
        self.document.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether Okta has provisioning for apps of this kind at all.
    pub(crate) fn speaks_scim(&self) -> bool {
        catalogue::has(&self.name)
    }

    /// Whether somebody assigned now is created in the target app.
    pub(crate) fn pushes_new_users(&self) -> bool {
        self.provisions() && self.capabilities.create_users
    }

    /// Whether provisioning is set up and switched on.
    pub(crate) fn provisions(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.enabled)
    }

    /// The client secrets that fit an authentication method: those there are, or a new one, or none.
    fn settle_secrets(&mut self, before: &str, chosen: Option<String>, now: OffsetDateTime) {
        let method = self.auth_method().to_owned();
        if !method.starts_with("client_secret_") {
            self.secrets.clear();
            return;
        }
        match chosen {
            Some(value) if self.secrets.iter().any(|secret| secret.active && secret.value == value) => {}
            Some(value) => match self.secrets.iter_mut().rev().find(|secret| secret.active) {
                Some(current) => *current = ClientSecret::new(value, now),
                None => self.secrets.push(ClientSecret::new(value, now)),
            },
            // Another method mints another secret, even from basic to post.
            None if before != method => self.secrets = vec![ClientSecret::new(ids::secret(64), now)],
            None => {}
        }
    }
}

impl Org {
    /// The app as GET shows it.
    pub(crate) fn app_document(&self, app: &App, call: &Call) -> Value {
        let of = |name: &str| app.document[name].clone();
        json!({
            "id": app.id,
            "orn": format!("orn:okta:idp:{}:apps:{}:{}", self.id, app.name, app.id),
            "name": app.name,
            "label": of("label"),
            "status": if app.active { "ACTIVE" } else { "INACTIVE" },
            "lastUpdated": stamp(app.updated),
            "created": stamp(app.created),
            "accessibility": of("accessibility"),
            "visibility": of("visibility"),
            "features": app.features(),
            "signOnMode": of("signOnMode"),
            "credentials": of("credentials"),
            "universalLogout": null,
            "settings": of("settings"),
            "_links": links::of(self, app, call),
        })
    }

    /// The app as POST and PUT show it: with the client secret in clear, if it has one.
    fn app_document_with_secret(&self, app: &App, call: &Call) -> Value {
        let mut document = self.app_document(app, call);
        if let Some(secret) = client_secrets::shown(&app.secrets)
            && let Some(client) = document.pointer_mut("/credentials/oauthClient").and_then(Value::as_object_mut)
        {
            // Between client_id and the method, where the vendor writes it.
            let rest: Vec<(String, Value)> = ["token_endpoint_auth_method", "pkce_required"]
                .iter()
                .filter_map(|&name| Some((name.to_owned(), client.shift_remove(name)?)))
                .collect();
            client.insert("client_secret".into(), json!(secret.value));
            client.extend(rest);
        }
        document
    }
}

fn find<'a>(org: &'a Org, call: &Call) -> Result<&'a App, Refusal> {
    let id = call.segment("app_id");
    org.apps.get(id).ok_or_else(|| errors::not_found(id, "AppInstance"))
}

fn find_mut<'a>(org: &'a mut Org, call: &Call) -> Result<&'a mut App, Refusal> {
    let id = call.segment("app_id");
    org.apps.get_mut(id).ok_or_else(|| errors::not_found(id, "AppInstance"))
}

/// Checks and completes a body. `current` is the app a PUT replaces. Two apps may have one label: Okta has an error
/// for that, E0000040, but that it holds these kinds of apps to it is not verified against a live tenant.
fn draft(org: &Org, name: &str, body: &Map<String, Value>, current: Option<&App>) -> Result<Draft, Refusal> {
    let label = general::label(body)?;
    let (credentials, settings, secret, sign_on_mode) = match name {
        "oidc_client" => {
            let (credentials, settings, secret) = oidc::draft(org, body, current)?;
            (credentials, settings, secret, "OPENID_CONNECT")
        }
        name => {
            let (credentials, settings, mode) = catalogue::draft(name, body, current)?;
            (credentials, settings, None, mode)
        }
    };
    let oidc = name == "oidc_client";
    let link = if oidc { "oidc_client_link".to_owned() } else { format!("{name}_login") };
    let document = json!({
        "label": label,
        "accessibility": general::accessibility(body)?,
        "visibility": general::visibility(body, &link, oidc)?,
        "signOnMode": sign_on_mode,
        "credentials": credentials,
        "settings": settings,
    });
    Ok(Draft { document, secret })
}

pub(crate) fn create(org: &mut Org, call: &Call) -> Answer {
    let body = call.object()?;
    let mode = body.get("signOnMode").and_then(Value::as_str);
    let name = match body.get("name").and_then(Value::as_str) {
        Some(name) if name == "oidc_client" || catalogue::has(name) => name.to_owned(),
        // The word for the type is not verified against a live tenant.
        Some(name) => return Err(errors::not_found(name, "AppMeta")),
        None if mode == Some("OPENID_CONNECT") => return Err(errors::blank("name")),
        None => return Err(errors::unsupported("This org has OIDC apps and the SCIM 2.0 test apps of the catalogue.")),
    };
    let Draft { mut document, secret } = draft(org, &name, body, None)?;
    client_keys::register(&mut document, None, call.now);
    let mut app = App {
        id: ids::okta("0oa"),
        name,
        active: call.switch("activate", true),
        document,
        secrets: Vec::new(),
        token_setting: Map::new(),
        token_setting_late_by: org.quirks.token_setting_late_by,
        connection: None,
        capabilities: Capabilities::default(),
        groups: BTreeMap::new(),
        users: Shelf::default(),
        mappings: Shelf::default(),
        grants: Vec::new(),
        access_policy: org.default_access_policy(),
        link: ids::okta("aln"),
        created: call.now,
        updated: call.now,
    };
    if let Some(client_id) = app.document.pointer_mut("/credentials/oauthClient/client_id")
        && client_id.is_null()
    {
        *client_id = json!(app.id);
    }
    app.settle_secrets("", secret, call.now);
    let reply = org.app_document_with_secret(&app, call);
    org.log.record(Event::of("application.lifecycle.create", "Create application").app(&app), call);
    org.apps.put(&app.id.clone(), app);
    Ok(Reply::ok(reply))
}

pub(crate) fn get(org: &mut Org, call: &Call) -> Answer {
    Ok(Reply::ok(org.app_document(find(org, call)?, call)))
}

/// PUT replaces everything: what is not sent returns to its default. `id`, `name`, `status`, `features` and the dates
/// are ignored.
pub(crate) fn replace(org: &mut Org, call: &Call) -> Answer {
    let current = find(org, call)?;
    let mut draft = draft(org, &current.name, call.object()?, Some(current))?;
    client_keys::register(&mut draft.document, Some(&current.document), call.now);
    let before = current.auth_method().to_owned();
    let loses = org.quirks.put_loses_provisioning;
    if loses {
        org.disconnecting(call.segment("app_id"), call.now);
    }
    let app = find_mut(org, call)?;
    app.document = draft.document;
    app.updated = call.now;
    app.settle_secrets(&before, draft.secret, call.now);
    if loses {
        app.connection = None;
        app.capabilities = Capabilities::default();
    }
    let app = find(org, call)?;
    let reply = org.app_document_with_secret(app, call);
    let event = Event::of("application.lifecycle.update", "Update application").app(app);
    org.log.record(event, call);
    Ok(Reply::ok(reply))
}

/// Refused while the app is active. Its groups, made by pushing, go with it.
pub(crate) fn delete(org: &mut Org, call: &Call) -> Answer {
    let app = find(org, call)?;
    if app.active {
        return Err(errors::app_still_active());
    }
    let id = app.id.clone();
    let event = Event::of("application.lifecycle.delete", "Delete application").app(app);
    org.log.record(event, call);
    org.delete_app(&id, call.now);
    Ok(Reply::no_content())
}

pub(crate) fn activate(org: &mut Org, call: &Call) -> Answer {
    switch(org, call, true)
}

pub(crate) fn deactivate(org: &mut Org, call: &Call) -> Answer {
    switch(org, call, false)
}

fn switch(org: &mut Org, call: &Call, active: bool) -> Answer {
    let app = find_mut(org, call)?;
    if app.active != active {
        app.active = active;
        app.updated = call.now;
        let event = match active {
            true => Event::of("application.lifecycle.activate", "Activate application"),
            false => Event::of("application.lifecycle.deactivate", "Deactivate application"),
        };
        let event = event.app(app);
        org.log.record(event, call);
        org.settle_assignments(call.segment("app_id"), call.now);
    }
    Ok(Reply::ok(json!({})))
}

/// `q` finds names and labels that start with it; `user.id` and `group.id` in a filter find by assignment.
pub(crate) fn list(org: &mut Org, call: &Call) -> Answer {
    let filter = call.parameter("filter").map(|text| Filter::parse(text, FILTERABLE)).transpose()?;
    let q = call.parameter("q").map(str::to_lowercase);
    let accepted = |app: &App| {
        let starts = |q: &String| app.label().to_lowercase().starts_with(q) || app.name.starts_with(q.as_str());
        let Some(filter) = &filter else { return q.as_ref().is_none_or(starts) };
        let mut searched = org.app_document(app, call);
        searched["user"] = app.users.iter().map(|user| json!({"id": user.id})).collect();
        searched["group"] = app.groups.keys().map(|id| json!({"id": id})).collect();
        q.as_ref().is_none_or(starts) && filter.accepts(&searched)
    };
    let found = org.apps.iter().filter(|app| accepted(app));
    call.page(found.map(|app| (app.id.clone(), org.app_document(app, call))).collect(), 20, 1..=200)
}
