//! What every request to the service brings: who asks, and for what.

use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::super::Account;
use super::super::organization::login_url;
use super::answer::Refusal;
use super::directory::Directory;
use super::resource_type::{Noun, ResourceType};
use crate::mock::world::World;

/// A request of a client that knows the secret of the population in the path, which is an identity provider's id.
///
/// As an extractor it refuses everybody else, as well as bodies of another media type than SCIM's and JSON's.
pub(super) struct Call {
    /// The identity provider's id.
    pub(super) population: String,
    /// Which resources the path is about. Says nothing on the endpoints that describe the service.
    pub(super) noun: Noun,
    /// The last part of the path where that is an id, otherwise empty.
    pub(super) id: String,
    /// The query string.
    pub(super) query: String,
}

impl FromRequestParts<Arc<World>> for Call {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, world: &Arc<World>) -> Result<Self, Refusal> {
        let params = RawPathParams::from_request_parts(parts, world).await.map_err(|_| Refusal::unauthorized())?;
        let param = |name: &str| params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned());
        let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let call = Self {
            population: param("identity_provider_id").unwrap_or_default(),
            noun: if route.contains("/Groups") { Noun::Group } else { Noun::User },
            id: param("resource_id").unwrap_or_default(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
        };
        authorized(&parts.headers, &call.population, &world.cloudflare())?;
        check_media_type(parts)?;
        Ok(call)
    }
}

impl Call {
    /// What the path is about.
    pub(super) fn kind(&self) -> &'static ResourceType {
        self.noun.resource_type()
    }

    /// What this population holds.
    ///
    /// # Errors
    ///
    /// If the identity provider has gone.
    pub(super) fn directory<'a>(&self, account: &'a Account) -> Result<&'a Directory, Refusal> {
        account
            .identity_provider(&self.population)
            .map(|provider| &provider.directory)
            .ok_or_else(Refusal::unauthorized)
    }

    /// The service's base URL, with which the URIs of resources begin.
    pub(super) fn base(&self, world: &World, account: &Account) -> String {
        format!("{}/populations/{}/scim/v2", login_url(world, account), self.population)
    }
}

/// Refuses whoever does not show the SCIM secret that is in force.
///
/// # Errors
///
/// If it is absent or another one, or SCIM is off, or there is no such identity provider.
pub(super) fn authorized(headers: &HeaderMap, population: &str, account: &Account) -> Result<(), Refusal> {
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let sent = match sent.split_once(' ') {
        Some((scheme, secret)) if scheme.eq_ignore_ascii_case("bearer") => secret,
        _ => sent,
    };
    match account.identity_provider(population).and_then(|provider| provider.scim_secret()) {
        Some(secret) if secret == sent => Ok(()),
        _ => Err(Refusal::unauthorized()),
    }
}

/// Clients send `application/scim+json` or `application/json`, RFC 7644 sections 3.1 and 8.1; some send neither.
fn check_media_type(parts: &Parts) -> Result<(), Refusal> {
    let Some(sent) = parts.headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let sent = sent.to_str().unwrap_or_default();
    let media_type = sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media_type.as_str() {
        "application/scim+json" | "application/json" => Ok(()),
        _ => Err(Refusal::media_type(sent)),
    }
}
