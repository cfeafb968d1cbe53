//! The org as an OpenID provider: its own authorization server and custom ones.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/>. The org's own server answers under
//! `/oauth2/v1`, a custom one under `/oauth2/{authorizationServerId}/v1`.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`servers`], [`server_scopes`], [`server_claims`] | custom authorization servers, and the API that makes them |
//! | [`discovery`] | metadata documents and published keys |
//! | [`keys`] | signing keys |
//! | [`authn`], [`sessions`] | who is logged in, by password, session token or cookie |
//! | [`authorize`], [`request`], [`pages`] | the code flow up to the code; what a person sees of it |
//! | [`client`], [`assertion`] | clients and how they prove who they are |
//! | [`new_secret`] | an older way to mint a client secret |
//! | [`token`], [`service`], [`issued`] | grants for tokens, and everything that was issued |
//! | [`claims`], [`group_filter`] | what tokens say |
//! | [`userinfo`], [`inspection`], [`logout`] | the endpoints after the login |
//! | [`errors`] | every OAuth error |
//!
//! Not played: the implicit and hybrid flows, device codes, pushed requests, request objects, token exchange, consent,
//! factors, and proof of possession (DPoP). What of it is in Okta's metadata is in these as well, and is refused; an
//! app whose tokens are to be bound by DPoP gets none.

use serde_json::{Map, Value};
use time::OffsetDateTime;

pub(crate) use assertion::public_key;

use super::call::Call;
use super::errors::{self as refusals, Refusal};
use super::shelf::Shelf;
use issued::Issued;
use keys::Keys;
use servers::AuthorizationServer;
use sessions::Sessions;

mod assertion;
pub(crate) mod authn;
pub(crate) mod authorize;
mod claims;
mod client;
pub(crate) mod discovery;
mod errors;
mod group_filter;
pub(crate) mod inspection;
pub(crate) mod issued;
mod keys;
pub(crate) mod logout;
pub(crate) mod new_secret;
mod pages;
mod request;
pub(crate) mod server_claims;
pub(crate) mod server_scopes;
pub(crate) mod servers;
mod service;
mod sessions;
pub(crate) mod token;
pub(crate) mod userinfo;

/// What the org keeps for its OpenID side. No `Debug`: it holds secrets.
#[derive(Clone)]
pub(crate) struct OpenId {
    /// Keys of the org's own server.
    keys: Keys,
    servers: Shelf<AuthorizationServer>,
    sessions: Sessions,
    pub(crate) issued: Issued,
}

/// The authorization server that a request is for.
#[derive(Clone)]
pub(crate) struct Issuer {
    /// Id of a custom server; none for the org's own.
    server: Option<String>,
    /// `iss` of its tokens.
    url: String,
    org_url: String,
    /// Path of its endpoints, without a slash at the end.
    path: String,
}

impl OpenId {
    pub(crate) fn new(now: OffsetDateTime) -> Self {
        let default = AuthorizationServer::default_one(now);
        let mut servers = Shelf::default();
        servers.put(&default.id.clone(), default);
        Self { keys: Keys::default(), servers, sessions: Sessions::default(), issued: Issued::default() }
    }

    /// The server that the path names.
    ///
    /// # Errors
    ///
    /// E0000007 if there is none of that id.
    fn issuer(&self, call: &Call) -> Result<Issuer, Refusal> {
        let id = call.segment("authorization_server_id");
        if id.is_empty() {
            return Ok(Issuer::new(None, call));
        }
        let server = self.servers.get(id).ok_or_else(|| refusals::not_found(id, servers::KIND))?;
        Ok(Issuer::new(Some(&server.id), call))
    }

    fn keys(&self, server: Option<&str>) -> Option<&Keys> {
        match server {
            None => Some(&self.keys),
            Some(id) => self.servers.get(id).map(|server| &server.keys),
        }
    }

    fn keys_mut(&mut self, server: Option<&str>) -> Option<&mut Keys> {
        match server {
            None => Some(&mut self.keys),
            Some(id) => self.servers.get_mut(id).map(|server| &mut server.keys),
        }
    }

    fn sign(
        &self,
        server: Option<&str>,
        kind: Option<&str>,
        claims: &Map<String, Value>,
    ) -> Result<String, keys::NoKey> {
        self.keys(server).ok_or(keys::NoKey)?.sign(kind, claims)
    }

    /// Makes a new key sign; the ones before stay published unless `withdraw`. The new key's id, or none if there is no
    /// such server.
    pub(crate) fn rotate_key(&mut self, server: Option<&str>, withdraw: bool) -> Option<String> {
        let keys = self.keys_mut(server)?;
        keys.rotate(withdraw).ok()?;
        keys.kid().ok().map(str::to_owned)
    }
}

impl Issuer {
    fn new(server: Option<&str>, call: &Call) -> Self {
        let (path, issuer) = match server {
            None => ("/oauth2".to_owned(), String::new()),
            Some(id) => (format!("/oauth2/{id}"), format!("/oauth2/{id}")),
        };
        Self {
            server: server.map(str::to_owned),
            url: call.url(&issuer),
            org_url: call.org_url.clone(),
            path: format!("{path}/v1"),
        }
    }

    fn id(&self) -> Option<&str> {
        self.server.as_deref()
    }

    /// The event type for the org's own server, or the one for custom servers.
    fn either(&self, own: &'static str, custom: &'static str) -> &'static str {
        if self.server.is_none() { own } else { custom }
    }

    /// URL of one of its endpoints, such as `token`.
    fn endpoint(&self, name: &str) -> String {
        format!("{}{}/{name}", self.org_url, self.path)
    }
}
