//! `/_mock/`: the page that says what this is and where its two windows are.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;

use super::page::page;
use super::world::World;

/// Answers `GET /_mock/`.
pub(crate) async fn show(State(world): State<Arc<World>>) -> Response {
    let addresses = world.addresses();
    let services = [
        ("Okta org", &addresses.org_url),
        ("Cloudflare API", &addresses.api_url),
        ("Team domain", &addresses.auth_url),
    ];
    let routes = [
        ("/_mock/routes", "every route that is served"),
        ("/_mock/state", "how many objects of each kind exist"),
        ("/_mock/journal", "every request so far, without secrets"),
        ("/_mock/faults", "what was asked to go wrong"),
        ("/_mock/clock", "the time it is here"),
        ("/_mock/okta/provisioning", "what Okta has yet to tell the apps over SCIM"),
    ];
    let body = html! {
        p {
            "An Okta org and a Cloudflare account on loopback, for testing Terraform configurations without a tenant. "
            "Nothing here is kept when the program ends."
        }
        h2 { "Addresses" }
        table {
            @for (name, url) in services {
                tr { th scope="row" { (name) } td { code { (url) } } }
            }
        }
        h2 { "Windows" }
        p {
            a.button href="/_mock/okta/console" { "Okta console" }
            " "
            a.button href="/_mock/cloudflare/dashboard" { "Cloudflare dashboard" }
        }
        h2 { "For tests" }
        table {
            @for (path, what) in routes {
                tr { th scope="row" { a href=(path) { (path) } } td { (what) } }
            }
        }
    };
    page(StatusCode::OK, "Okta and Cloudflare", "zt-mock", &body)
}
