//! `/_mock/cloudflare/dashboard`: a window on the account, with the dashboard's *Test* button.
//!
//! It shows what Terraform wrote and what came of it: identity providers, the users and groups that SCIM brought, and
//! who logged in. Secrets are not on it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value;
use time::OffsetDateTime;

use super::{Account, IdentityProvider};
use crate::mock::clock::seconds;
use crate::mock::page::page;
use crate::mock::world::World;

/// How many logins the page shows.
const LOGINS: usize = 20;

/// How many users and groups of one identity provider the page shows.
const RESOURCES: usize = 100;

/// Answers `GET /_mock/cloudflare/dashboard`.
pub(crate) async fn show(State(world): State<Arc<World>>) -> Response {
    let team = &world.addresses().auth_url;
    let now = world.clock.now();
    let account = world.cloudflare();
    let body = html! {
        p { "Team domain " code { (team) } ", account " code { (account.id) } }
        h2 { "Login methods" }
        @if account.identity_providers.is_empty() {
            p.quiet { "There is none yet." }
        }
        @for provider in &account.identity_providers {
            (identity_provider(provider, team))
        }
        h2 { "Recent logins" }
        (logins(&account))
        h2 { "People" }
        (people(&account, now))
    };
    page(StatusCode::OK, "Cloudflare Zero Trust", "Dashboard", &body)
}

fn identity_provider(provider: &IdentityProvider, team: &str) -> Markup {
    let config = |member: &str| provider.config(member).map(shown).unwrap_or_default();
    let held = |member: &str| if provider.config(member).is_some() { "set" } else { "not set" };
    html! {
        section data-identity-provider=(provider.id()) {
            h3 { (provider.name()) " " span.quiet { (provider.kind()) } }
            dl {
                dt { "Id" } dd { code { (provider.id()) } }
                @for member in ["client_id", "okta_account", "authorization_server_id", "pkce_enabled"] {
                    @if provider.config(member).is_some() { dt { (member) } dd { (config(member)) } }
                }
                dt { "client_secret" } dd { (held("client_secret")) }
                dt { "api_token" } dd { (held("api_token")) }
                dt { "SCIM" } dd { @if provider.scim_enabled() { "on" } @else { "off" } }
            }
            p { a.button href=(format!("{team}/cdn-cgi/access/test-idp/{}", provider.id())) { "Test" } }
            @if provider.scim_enabled() { (directory(provider)) }
        }
    }
}

/// What SCIM brought.
fn directory(provider: &IdentityProvider) -> Markup {
    let directory = provider.directory();
    let (users, groups) = (directory.users(), directory.groups());
    html! {
        h4 { "SCIM users (" (users.len()) ")" }
        table {
            thead { tr { th { "userName" } th { "active" } th { "groups" } th { "externalId" } } }
            tbody {
                @for user in users.take(RESOURCES) {
                    tr {
                        td { (user.handle()) }
                        td { (user.attributes().get("active").map(shown).unwrap_or_default()) }
                        td { (directory.group_names(user.id()).join(", ")) }
                        td { code { (user.attributes().get("externalId").map(shown).unwrap_or_default()) } }
                    }
                }
            }
        }
        h4 { "SCIM groups (" (groups.len()) ")" }
        table {
            thead { tr { th { "displayName" } th { "members" } } }
            tbody {
                @for group in groups.take(RESOURCES) {
                    tr { td { (group.handle()) } td { (directory.member_ids(group).len()) } }
                }
            }
        }
    }
}

fn logins(account: &Account) -> Markup {
    let events = account.access_log().events();
    html! {
        @if events.is_empty() { p.quiet { "Nobody has logged in." } }
        @else {
            table {
                thead { tr { th { "when" } th { "who" } th { "with" } th { "result" } th { "ray id" } } }
                tbody {
                    @for event in events.iter().rev().take(LOGINS) {
                        tr {
                            td { (seconds(event.created_at)) }
                            td { (event.user_email.as_deref().unwrap_or("unknown")) }
                            td { (event.connection) }
                            @if event.allowed { td.good { "allowed" } } @else { td.bad { "failed" } }
                            td { code { (event.ray_id) } }
                        }
                    }
                }
            }
        }
    }
}

fn people(account: &Account, now: OffsetDateTime) -> Markup {
    html! {
        @if account.people().is_empty() { p.quiet { "A person appears here after their first login." } }
        @else {
            table {
                thead { tr { th { "email" } th { "name" } th { "groups" } th { "sessions" } th { "seat" } } }
                tbody {
                    @for person in account.people() {
                        tr {
                            td { (person.email) }
                            td { (person.name) }
                            td { (person.groups.join(", ")) }
                            td { (person.live_sessions(now).count()) }
                            td { @if person.access_seat { "taken" } @else { "free" } }
                        }
                    }
                }
            }
        }
    }
}

/// A text without its quotes, anything else as JSON.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
