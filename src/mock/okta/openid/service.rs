//! `grant_type=client_credentials`: an app that acts for itself.
//!
//! On the org's own server these are service apps that call the management API; they prove who they are with a key,
//! and get the scopes that an administrator has granted them (`/apps/{id}/grants`). That such an app also needs an
//! administrator role is not played. On a custom server any app with the grant type gets the server's own scopes.

use serde_json::{Map, Value};

use super::errors::{self, OAuthError};
use super::issued::Grant;
use super::request;
use super::token::{Asked, issue};
use crate::mock::okta::org::Org;

pub(super) fn client_credentials(org: &mut Org, asked: &Asked<'_>) -> Result<Map<String, Value>, OAuthError> {
    let text = asked.fields.get("scope").unwrap_or_default();
    let scopes = match asked.issuer.id() {
        None => management_scopes(asked, text)?,
        Some(_) => {
            asked.app_may("client_credentials")?;
            let scopes = request::scopes(org, asked.issuer, text)?;
            if scopes.iter().any(|scope| scope == "openid" || scope == "offline_access") {
                return Err(errors::openid_scope_of_nobody());
            }
            scopes
        }
    };
    let grant = Grant {
        id: Grant::new_id(),
        server: asked.issuer.server.clone(),
        client_id: asked.app.client_id().unwrap_or_default().to_owned(),
        user_id: None,
        scopes: scopes.clone(),
        auth_time: None,
    };
    issue(org, asked, &grant, &scopes, None, None)
}

fn management_scopes(asked: &Asked<'_>, text: &str) -> Result<Vec<String>, OAuthError> {
    if !asked.app.is_service() {
        return Err(errors::not_a_service());
    }
    if asked.app.auth_method() != "private_key_jwt" {
        return Err(errors::service_without_key());
    }
    asked.app_may("client_credentials")?;
    let mut scopes: Vec<String> = Vec::new();
    for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
        if scope == "openid" {
            return Err(errors::openid_scope_of_nobody());
        }
        if !scope.starts_with("okta.") {
            return Err(errors::unknown_scope());
        }
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    if scopes.is_empty() {
        return Err(errors::no_scopes());
    }
    let granted = |scope: &String| asked.app.grants.iter().any(|grant| grant.scope == *scope);
    if scopes.iter().all(granted) { Ok(scopes) } else { Err(errors::scopes_not_granted()) }
}
