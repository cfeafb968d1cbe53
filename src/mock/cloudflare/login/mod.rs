//! Logging in at the team domain: Cloudflare as the relying party of the identity providers that it stores.
//!
//! OpenID Connect Core 1.0, the authorization code flow, for identity providers of the type okta. Who people are sent
//! to, as which client, and what is read of them follows from the identity provider object alone, so a login works
//! exactly if what Terraform wrote on both sides fits together.
//!
//! | route | answers |
//! | --- | --- |
//! | `GET /cdn-cgi/access/login` | a redirect to the identity provider, or a page to choose one; `idp`, `redirect_url` |
//! | `GET /cdn-cgi/access/login/{app_domain}` | the same, for an application |
//! | `GET`, `POST /cdn-cgi/access/callback` | the identity and a session cookie, or why there is none |
//! | `GET /cdn-cgi/access/test-idp/{identity_provider_id}` | a login that only shows what it found |
//! | `GET /cdn-cgi/access/get-identity` | the identity of the session, JSON |
//! | `GET /cdn-cgi/access/logout` | the end of the session |

use crate::mock::routes::{Route, get, post};

mod attempts;
mod callback;
mod failure;
mod id_token;
mod pages;
mod provider;
mod requests;
mod session;
mod start;

pub(super) use attempts::Attempts;

/// Where a login begins.
const LOGIN: &str = "/cdn-cgi/access/login";

/// The redirect URI's path: what is registered in Okta is the team domain and this.
const CALLBACK: &str = "/cdn-cgi/access/callback";

/// The routes of the login.
pub(super) fn routes() -> Vec<Route> {
    vec![
        get(LOGIN, start::log_in),
        get("/cdn-cgi/access/login/{app_domain}", start::log_in),
        get(CALLBACK, callback::finish),
        post(CALLBACK, callback::finish),
        get("/cdn-cgi/access/test-idp/{identity_provider_id}", start::test),
        get("/cdn-cgi/access/get-identity", session::get_identity),
        get("/cdn-cgi/access/logout", session::log_out),
    ]
}
