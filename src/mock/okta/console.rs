//! `/_mock/okta/console`: a window on the org, with the form of the Provisioning tab.
//!
//! It shows apps, their connection, assignments and pushed groups, and the System Log. Where Okta's connection API does
//! not serve an app, the form is the person's step between two applies. Secrets are not on the page.

use std::sync::Arc;

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use super::apps::App;
use super::control::{ProvisioningForm, set_up_provisioning};
use super::errors::Refusal;
use super::org::Org;
use crate::mock::page::page;
use crate::mock::world::World;

const CONSOLE: &str = "/_mock/okta/console";

/// How many events of the System Log the page shows, and how many people of one app.
const EVENTS: usize = 50;
const PEOPLE: usize = 100;

/// A form that was refused.
struct Refused<'a> {
    app: &'a str,
    base_url: &'a str,
    why: &'a Refusal,
}

/// Answers `GET /_mock/okta/console`.
pub(crate) async fn show(State(world): State<Arc<World>>) -> Response {
    rendered(&world, StatusCode::OK, None)
}

/// Answers `GET /admin/app/{app_name}/instance/{app_id}`, the address of an app in Okta's Admin Console.
pub(crate) async fn at_app(Path((_, app)): Path<(String, String)>) -> Redirect {
    // An id is of letters and digits only; whatever else is asked for has no place on the page.
    let is_id = app.chars().all(|c| c.is_ascii_alphanumeric());
    Redirect::to(&if is_id { format!("{CONSOLE}#{app}") } else { CONSOLE.to_owned() })
}

/// Answers `GET /admin/apps/active`, the list of all apps there.
pub(crate) async fn at_apps() -> Redirect {
    Redirect::to(CONSOLE)
}

/// The form as browsers send it: a switch that is off is left out.
#[derive(Deserialize)]
pub(crate) struct Fields {
    base_url: String,
    token: String,
    create_users: Option<String>,
    update_user_attributes: Option<String>,
    deactivate_users: Option<String>,
}

/// Answers `POST /_mock/okta/console/apps/{app_id}/provisioning`.
pub(crate) async fn set_up(
    State(world): State<Arc<World>>,
    Path(app): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let form = ProvisioningForm {
        base_url: fields.base_url.clone(),
        token: fields.token,
        create_users: fields.create_users.is_some(),
        update_user_attributes: fields.update_user_attributes.is_some(),
        deactivate_users: fields.deactivate_users.is_some(),
    };
    match set_up_provisioning(&world, &app, form).await {
        Ok(()) => Redirect::to(CONSOLE).into_response(),
        Err(why) => {
            let refused = Refused { app: &app, base_url: &fields.base_url, why: &why };
            rendered(&world, why.status, Some(&refused))
        }
    }
}

fn rendered(world: &World, status: StatusCode, refused: Option<&Refused<'_>>) -> Response {
    let org = world.okta();
    let body = html! {
        p { "Org " code { (world.addresses().org_url) } }
        h2 { "Applications" }
        @if org.apps.len() == 0 { p.quiet { "There is none yet." } }
        @for app in org.apps.iter() { (application(&org, app, refused)) }
        h2 { "System Log" }
        (system_log(&org))
    };
    page(status, "Okta", "Console", &body)
}

fn application(org: &Org, app: &App, refused: Option<&Refused<'_>>) -> Markup {
    let setting = |pointer: &str| app.document.pointer(pointer).map(shown).unwrap_or_default();
    let claim = org.groups_claim(&app.id);
    html! {
        section id=(app.id) data-app=(app.id) {
            h3 { (app.label()) " " span.quiet { (app.name) } }
            dl {
                dt { "Id" } dd { code { (app.id) } }
                dt { "Status" } dd { @if app.active { "ACTIVE" } @else { "INACTIVE" } }
                @if let Some(client_id) = app.client_id() {
                    dt { "Client id" } dd { code { (client_id) } }
                    dt { "Redirect URIs" } dd { (setting("/settings/oauthClient/redirect_uris")) }
                    dt { "PKCE required" } dd { (setting("/credentials/oauthClient/pkce_required")) }
                    dt { "Groups claim" } dd {
                        @if let Some((name, filter, value)) = &claim {
                            (name) ": " (filter.as_deref().unwrap_or("EXPRESSION")) " " code { (value) }
                        } @else { "none" }
                    }
                }
                @if app.speaks_scim() {
                    dt { "Features" } dd { (app.features().join(", ")) }
                }
            }
            @if app.speaks_scim() { (connection(app, refused.filter(|refused| refused.app == app.id))) }
            (assignments(org, app))
            @if app.mappings.len() > 0 { (push_groups(org, app)) }
        }
    }
}

/// The Provisioning tab.
fn connection(app: &App, refused: Option<&Refused<'_>>) -> Markup {
    let kept = app.connection.as_ref();
    let base_url = refused.map(|refused| refused.base_url).or(kept.map(|kept| kept.base_url.as_str()));
    let switch = |name: &str, label: &str, on: bool| {
        html! { label.switch { input type="checkbox" name=(name) checked[on || kept.is_none()]; (label) } }
    };
    html! {
        h4 { "Provisioning" }
        dl {
            dt { "Connection" }
            dd data-field="connection" {
                @if app.provisions() { "ENABLED" } @else if kept.is_some() { "DISABLED" } @else { "not configured" }
            }
            @if let Some(kept) = kept { dt { "Base URL" } dd { code { (kept.base_url) } } }
        }
        @if let Some(refused) = refused {
            div role="alert" {
                p { (refused.why.summary) }
                @for cause in &refused.why.causes { p { (cause) } }
            }
        }
        form.narrow method="post" action=(format!("{CONSOLE}/apps/{}/provisioning", app.id)) {
            label { "Base URL" input name="base_url" type="url" required value=(base_url.unwrap_or_default()); }
            label { "API token" input name="token" type="password" autocomplete="off" required; }
            (switch("create_users", "Create users", app.capabilities.create_users))
            (switch("update_user_attributes", "Update user attributes", app.capabilities.update_user_attributes))
            (switch("deactivate_users", "Deactivate users", app.capabilities.deactivate_users))
            button type="submit" { "Test API credentials and save" }
        }
    }
}

fn assignments(org: &Org, app: &App) -> Markup {
    let groups: Vec<&str> = app.groups.keys().filter_map(|id| Some(org.groups.get(id)?.name())).collect();
    html! {
        h4 { "Assignments (" (app.users.len()) ")" }
        @if !groups.is_empty() { p { "Groups: " (groups.join(", ")) } }
        @if app.users.len() > 0 {
            table {
                thead { tr { th { "user name" } th { "scope" } th { "status" } th { "sync state" } th { "external id" } } }
                tbody {
                    @for user in app.users.iter().take(PEOPLE) {
                        tr {
                            td { (user.user_name) }
                            td { (user.scope.word()) }
                            td { (user.status) }
                            td { (user.sync_state) }
                            td { code { (user.external_id.as_deref().unwrap_or_default()) } }
                        }
                    }
                }
            }
        }
    }
}

fn push_groups(org: &Org, app: &App) -> Markup {
    let name = |id: &str| org.groups.get(id).map_or("", |group| group.name()).to_owned();
    html! {
        h4 { "Push groups (" (app.mappings.len()) ")" }
        table {
            thead { tr { th { "group" } th { "group in the app" } th { "status" } th { "error" } } }
            tbody {
                @for mapping in app.mappings.iter() {
                    tr {
                        td { (name(&mapping.source)) }
                        td { (name(&mapping.target)) }
                        td { (mapping.status()) }
                        td.bad { (mapping.error().unwrap_or_default()) }
                    }
                }
            }
        }
    }
}

fn system_log(org: &Org) -> Markup {
    html! {
        table {
            thead { tr { th { "when" } th { "event" } th { "about" } th { "outcome" } th { "reason" } } }
            tbody {
                @for event in org.log.latest(EVENTS) {
                    tr {
                        td { (shown(&event["published"])) }
                        td { (shown(&event["eventType"])) }
                        td { (about(event)) }
                        td { (shown(&event["outcome"]["result"])) }
                        td { (event["outcome"]["reason"].as_str().unwrap_or_default()) }
                    }
                }
            }
        }
    }
}

/// Names of what an event is about.
fn about(event: &Value) -> String {
    let targets = event["target"].as_array().into_iter().flatten();
    let names: Vec<&str> = targets.filter_map(|target| target["displayName"].as_str()).collect();
    names.join(", ")
}

/// A text without its quotes, a list by its members, anything else as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(members) => members.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
