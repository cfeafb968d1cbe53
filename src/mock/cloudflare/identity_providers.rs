//! The routes of `access/identity_providers`, the same for accounts and zones.
//!
//! <https://developers.cloudflare.com/api/resources/zero_trust/subresources/identity_providers/>

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{OriginalUri, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::Account;
use super::authentication::Access;
use super::errors::{Failure, success};
use super::identity_provider::{IdentityProvider, Presentation};
use super::organization::login_url;
use super::paging::Page;
use super::settings::Settings;
use crate::mock::world::World;

/// `GET`, a page of the list; `scim_enabled` filters it.
pub async fn list(
    State(world): State<Arc<World>>,
    access: Access,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let account = enabled(&world)?;
    let page = Page::from(&query, 200, 1000)?;
    let wanted = match query.get("scim_enabled").map(String::as_str) {
        None | Some("") => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return Err(Failure::Invalid("scim_enabled must be true or false".into())),
    };
    let matching = account
        .identity_providers
        .iter()
        .filter(|provider| provider.scope == access.scope)
        .filter(|provider| wanted.is_none_or(|wanted| provider.scim_enabled() == wanted));
    Ok(page.of(matching.map(|provider| shown(&world, &account, provider, false)).collect()))
}

/// `POST`: 201 with the object, and with the SCIM secret if SCIM is on.
pub async fn create(State(world): State<Arc<World>>, access: Access, body: Bytes) -> Result<Response, Failure> {
    let mut account = enabled(&world)?;
    let (provider, minted) = IdentityProvider::create(access.scope, Settings::parse(&body)?)?;
    let kind = provider.kind();
    let only_one = matches!(kind, "onetimepin" | "cloudflare");
    if only_one && account.identity_providers.iter().any(|other| other.scope == access.scope && other.kind() == kind) {
        return Err(Failure::Conflict(format!("a {kind} connection already exists")));
    }
    let answer = shown(&world, &account, &provider, minted);
    account.identity_providers.push(provider);
    Ok(success(StatusCode::CREATED, answer))
}

/// `GET` of one.
pub async fn read(State(world): State<Arc<World>>, access: Access) -> Result<Response, Failure> {
    let account = enabled(&world)?;
    let provider = account.identity_provider(&access.id).filter(|provider| provider.scope == access.scope);
    let provider = provider.ok_or(Failure::NotFound)?;
    Ok(success(StatusCode::OK, shown(&world, &account, provider, false)))
}

/// `PUT`: replaces the whole object. There is no PATCH.
pub async fn update(State(world): State<Arc<World>>, access: Access, body: Bytes) -> Result<Response, Failure> {
    change(&world, &access, |provider| {
        provider.check_writable()?;
        Ok(provider.update(Settings::parse(&body)?, world.options.wipe_secret_on_put))
    })
}

/// `DELETE`: 202 with the id.
pub async fn delete(State(world): State<Arc<World>>, access: Access) -> Result<Response, Failure> {
    let mut account = enabled(&world)?;
    let provider = account.identity_provider(&access.id).filter(|provider| provider.scope == access.scope);
    provider.ok_or(Failure::NotFound)?.check_writable()?;
    account.remove_identity_provider(&access.id);
    Ok(success(StatusCode::ACCEPTED, json!({"id": access.id})))
}

/// `POST …/refresh_scim_secret`: a new SCIM secret, shown once. The path is documented; method and answer are not
/// verified against a live tenant, which is why there is an option that refuses it.
pub async fn refresh_scim_secret(
    State(world): State<Arc<World>>,
    access: Access,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Failure> {
    if world.options.refuse_secret_refresh {
        return Err(Failure::NoRoute(uri.path().to_owned()));
    }
    change(&world, &access, |provider| {
        let minted = provider.regenerate_scim_secret();
        minted.ok_or_else(|| Failure::Invalid("SCIM is not enabled for the identity provider".into())).map(|_| true)
    })
}

/// Changes one object and answers with it; `how` says whether a SCIM secret was minted.
fn change(
    world: &World,
    access: &Access,
    how: impl FnOnce(&mut IdentityProvider) -> Result<bool, Failure>,
) -> Result<Response, Failure> {
    let mut account = enabled(world)?;
    let provider = account.identity_provider_mut(&access.id).filter(|provider| provider.scope == access.scope);
    let minted = how(provider.ok_or(Failure::NotFound)?)?;
    let provider = account.identity_provider(&access.id).ok_or(Failure::NotFound)?;
    Ok(success(StatusCode::OK, shown(world, &account, provider, minted)))
}

/// The account, if it has Zero Trust.
pub(super) fn enabled(world: &World) -> Result<std::sync::MutexGuard<'_, Account>, Failure> {
    let account = world.cloudflare();
    match account.organization {
        Some(_) => Ok(account),
        None => Err(Failure::NotEnabled),
    }
}

fn shown(world: &World, account: &Account, provider: &IdentityProvider, minted: bool) -> Value {
    let login_url = login_url(world, account);
    provider.shown(Presentation { login_url: &login_url, mask: world.options.mask_secrets, minted })
}
