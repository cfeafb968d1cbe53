//! Who calls, and what they may do: API tokens, and the older key and email.
//!
//! <https://developers.cloudflare.com/fundamentals/api/get-started/create-token/>

use std::sync::Arc;

use axum::extract::{FromRequestParts, OriginalUri, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};

use super::Account;
use super::errors::Failure;
use crate::mock::ids;
use crate::mock::world::World;

/// What a token may do with Access's organizations, identity providers and groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Nothing: the token is good for something else.
    None,
    /// `Access: Organizations, Identity Providers, and Groups Read`.
    Read,
    /// `Access: Organizations, Identity Providers, and Groups Write`.
    Write,
}

/// Whose a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A person's: `/user/tokens/verify` knows it.
    User,
    /// The account's: only `/accounts/{account_id}/tokens/verify` knows it.
    Account,
}

/// One API token.
#[derive(Clone)]
pub struct Token {
    /// Its id, which is no secret.
    pub id: String,
    /// Whose it is.
    pub owner: Owner,
    /// What it may do.
    pub permission: Permission,
    pub(super) secret: String,
}

impl Token {
    /// A fresh token, 40 characters of `[A-Za-z0-9_-]` as the official provider demands.
    pub fn issue(owner: Owner, permission: Permission) -> Self {
        Self { id: ids::hex(32), owner, permission, secret: ids::secret(40) }
    }
}

/// Where identity providers live: the part of the path before `/access/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// `/accounts/{account_id}`.
    Account,
    /// `/zones/{zone_id}`.
    Zone,
}

/// A caller who may do what the request's method needs in the scope that its path names.
///
/// As an extractor it answers for missing, malformed, unknown and insufficient credentials.
pub struct Access {
    /// Account or zone.
    pub scope: Scope,
    /// Id of the identity provider or person in the path; empty where it has none.
    pub id: String,
}

impl FromRequestParts<Arc<World>> for Access {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, world: &Arc<World>) -> Result<Self, Failure> {
        let OriginalUri(uri) =
            OriginalUri::from_request_parts(parts, world).await.unwrap_or_else(|never| match never {});
        let path = uri.path().to_owned();
        let malformed = || Failure::MalformedId(path.clone());
        let params = RawPathParams::from_request_parts(parts, world).await.map_err(|_| malformed())?;
        let account = world.cloudflare();
        let granted = permission(&account, &parts.headers)?;
        let needed = if parts.method == Method::GET { Permission::Read } else { Permission::Write };
        let mut access = Self { scope: Scope::Account, id: String::new() };
        for (name, value) in &params {
            match name {
                "identity_provider_id" | "user_id" => {
                    let id = uuid::Uuid::try_parse(value).map_err(|_| malformed())?;
                    access.id = id.hyphenated().to_string();
                }
                _ if !is_identifier(value) => return Err(malformed()),
                "account_id" if value == account.id => {}
                "zone_id" if value == account.zone_id => access.scope = Scope::Zone,
                _ => return Err(Failure::Unauthorized),
            }
        }
        if granted < needed {
            return Err(Failure::Unauthorized);
        }
        Ok(access)
    }
}

/// What the credentials in these headers allow.
///
/// # Errors
///
/// If there are none, or they are malformed or unknown.
pub fn permission(account: &Account, headers: &HeaderMap) -> Result<Permission, Failure> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if headers.contains_key(header::AUTHORIZATION) {
        return token(account, headers)?.map(|token| token.permission).ok_or(Failure::InvalidAccessToken);
    }
    match (text("x-auth-email"), text("x-auth-key")) {
        (Some(email), Some(key)) if email == account.email && key == account.api_key => Ok(Permission::Write),
        (Some(_), Some(_)) => Err(Failure::UnknownKey),
        _ => Err(Failure::NoCredentials),
    }
}

/// The token in these headers, if it is known.
///
/// # Errors
///
/// If there is none, or the header is malformed.
pub fn token<'a>(account: &'a Account, headers: &HeaderMap) -> Result<Option<&'a Token>, Failure> {
    let sent = headers.get(header::AUTHORIZATION).ok_or(Failure::NoCredentials)?;
    let sent = sent.to_str().map_err(|_| Failure::MalformedAuthorization)?;
    let (scheme, secret) = sent.split_once(' ').ok_or(Failure::MalformedAuthorization)?;
    let well_formed = !secret.is_empty() && secret.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if !scheme.eq_ignore_ascii_case("bearer") || !well_formed {
        return Err(Failure::MalformedAuthorization);
    }
    Ok(account.tokens.iter().find(|token| token.secret == secret))
}

/// Ids of accounts and zones: 32 hexadecimal characters.
fn is_identifier(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
