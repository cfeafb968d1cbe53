//! The pages of a login. A person reads them; a program finds each value in the element whose `data-field` names it.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::failure::Failure;
use crate::mock::cloudflare::edge::Ray;
use crate::mock::page::page;

const SERVICE: &str = "Cloudflare Access";

/// One way to log in, as the page that offers several lists it.
pub(super) struct Choice {
    /// Name of the identity provider.
    pub(super) name: String,
    /// Its type.
    pub(super) kind: String,
    /// Where choosing it leads.
    pub(super) url: String,
}

/// The identity provider that a page is about.
pub(super) struct About {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: String,
}

/// Which identity provider shall it be?
pub(super) fn choose(organization: &str, choices: &[Choice]) -> Response {
    let body = html! {
        p { "Log in to " (organization) " with:" }
        @for choice in choices {
            p { a.button href=(choice.url) data-idp=(choice.kind) { (choice.name) } " " span.quiet { (choice.kind) } }
        }
    };
    page(StatusCode::OK, SERVICE, "Log in", &body)
}

/// Somebody is logged in: who they are to Cloudflare, with the members of get-identity.
pub(super) fn logged_in(about: &About, identity: &Value) -> Response {
    let body = html! {
        p { "You are logged in." }
        (who(about, identity))
        p {
            a.button href="/cdn-cgi/access/get-identity" { "Identity as JSON" }
            " "
            a.button href="/cdn-cgi/access/logout" { "Log out" }
        }
    };
    page(StatusCode::OK, SERVICE, "Logged in", &body)
}

/// The dashboard's *Test* went well.
pub(super) fn connection_works(about: &About, identity: &Value) -> Response {
    let body = html! {
        p.good { "The identity provider " (about.name) " returned this identity:" }
        (who(about, identity))
        h2 { "As JSON" }
        pre data-field="identity" { (pretty(identity)) }
    };
    page(StatusCode::OK, SERVICE, "Your connection works!", &body)
}

/// The session has ended, or there was none.
pub(super) fn logged_out() -> Response {
    let body = html! {
        p { "You have logged out of Cloudflare Access. You may still be logged in at your identity provider." }
        p { a.button href="/cdn-cgi/access/login" { "Log in" } }
    };
    page(StatusCode::OK, SERVICE, "Logged out", &body)
}

/// A login failed. With `test` it was the dashboard's *Test*, which shows its findings as JSON too.
pub(super) fn failed(failure: &Failure, about: Option<&About>, test: bool, ray: &Ray) -> Response {
    let said = failure.said().filter(|said| !said.error.is_empty());
    let mut fields = vec![("Reason", "reason", failure.reason())];
    if let Some(said) = said {
        fields.push(("Error of the identity provider", "error", &said.error));
        fields.push(("Its description", "error_description", &said.description));
        fields.push(("Its request id", "request_id", &said.request_id));
    }
    if let Some(about) = about {
        fields.push(("Identity provider", "idp_name", &about.name));
        fields.push(("Type", "idp_type", &about.kind));
        fields.push(("Id", "idp_id", &about.id));
    }
    fields.push(("Ray id", "ray_id", ray.id()));
    let body = html! {
        div role="alert" {
            p { strong data-field="summary" { (failure.summary()) } }
            p data-field="advice" { (failure.advice()) }
        }
        dl {
            @for (label, field, value) in fields.iter().filter(|(_, _, value)| !value.is_empty()) {
                dt { (label) }
                dd data-field=(field) { (value) }
            }
        }
        @if test {
            h2 { "As JSON" }
            pre data-field="result" { (pretty(&findings(failure, about, ray))) }
        }
    };
    page(failure.status(), SERVICE, if test { "The connection does not work" } else { "Login failed" }, &body)
}

/// What a failed test shows: `name` and `idpType` are known to be there, the rest is not verified against a live
/// tenant.
fn findings(failure: &Failure, about: Option<&About>, ray: &Ray) -> Value {
    let mut findings = json!({
        "name": about.map(|about| &about.name),
        "idpType": about.map(|about| &about.kind),
        "reason": failure.reason(),
        "message": failure.summary(),
    });
    if let Some(said) = failure.said() {
        findings["error"] = json!(said.error);
        findings["error_description"] = json!(said.description);
    }
    findings["ray_id"] = json!(ray.id());
    findings
}

fn who(about: &About, identity: &Value) -> Markup {
    let text = |name: &str| identity[name].as_str().unwrap_or_default();
    let groups: Vec<&str> = identity["groups"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let claims = identity["oidc_fields"].as_object();
    html! {
        dl {
            dt { "Email" } dd data-field="email" { (text("email")) }
            dt { "Name" } dd data-field="name" { (text("name")) }
            dt { "Groups (" (groups.len()) ")" }
            @for group in &groups { dd data-field="group" { (group) } }
            @for (name, value) in claims.into_iter().flatten() {
                dt { (name) } dd data-claim=(name) { (value.as_str().map_or_else(|| value.to_string(), str::to_owned)) }
            }
            dt { "Identity provider" } dd data-field="idp_name" { (about.name) }
            dt { "Type" } dd data-field="idp_type" { (about.kind) }
            dt { "Id" } dd data-field="idp_id" { (about.id) }
        }
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
