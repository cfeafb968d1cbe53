//! `/authorizationServers`: custom authorization servers.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/AuthorizationServer/>. One named
//! `default` is there from the start. Access policies are not played: every server issues tokens to every app.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::keys::Keys;
use super::server_claims::Claim;
use super::server_scopes::Scope;
use crate::mock::ids;
use crate::mock::okta::call::{Answer, Call, Reply, stamp};
use crate::mock::okta::errors::{self, Refusal};
use crate::mock::okta::logs::Event;
use crate::mock::okta::org::Org;
use crate::mock::okta::shelf::Shelf;

/// What Okta calls an authorization server in its errors.
pub(crate) const KIND: &str = "AuthorizationServer";

/// One custom authorization server.
#[derive(Clone)]
pub(crate) struct AuthorizationServer {
    pub(crate) id: String,
    name: String,
    description: String,
    /// `aud` of its access tokens: the service that they are for.
    pub(crate) audience: String,
    pub(super) keys: Keys,
    pub(super) scopes: Shelf<Scope>,
    pub(super) claims: Shelf<Claim>,
    created: OffsetDateTime,
    updated: OffsetDateTime,
}

impl AuthorizationServer {
    fn new(id: String, name: &str, audience: &str, now: OffsetDateTime) -> Self {
        Self {
            id,
            name: name.into(),
            description: String::new(),
            audience: audience.into(),
            keys: Keys::default(),
            scopes: Scope::built_in(),
            claims: Shelf::default(),
            created: now,
            updated: now,
        }
    }

    /// The one that every org has.
    pub(super) fn default_one(now: OffsetDateTime) -> Self {
        let description = "Default Authorization Server for your Applications".to_owned();
        Self { description, ..Self::new("default".into(), "default", "api://default", now) }
    }

    fn document(&self, call: &Call) -> Result<Value, Refusal> {
        let own = call.url(&format!("/api/v1/authorizationServers/{}", self.id));
        let issuer = call.url(&format!("/oauth2/{}", self.id));
        let to = |path: &str, allow: &[&str]| json!({"href": format!("{own}{path}"), "hints": {"allow": allow}});
        let metadata = |name: &str, path: &str| json!({"name": name, "href": format!("{issuer}/.well-known/{path}"), "hints": {"allow": ["GET"]}});
        Ok(json!({
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "audiences": [self.audience],
            "issuer": issuer,
            "issuerMode": "ORG_URL",
            "status": "ACTIVE",
            "created": stamp(self.created),
            "lastUpdated": stamp(self.updated),
            "credentials": {"signing": {
                "kid": self.keys.kid().map_err(|_| errors::internal())?,
                "rotationMode": "AUTO",
                "use": "sig",
            }},
            "_links": {
                "self": to("", &["GET", "DELETE"]),
                "scopes": to("/scopes", &["GET", "POST"]),
                "claims": to("/claims", &["GET", "POST"]),
                "metadata": [
                    metadata("oauth-authorization-server", "oauth-authorization-server"),
                    metadata("openid-configuration", "openid-configuration"),
                ],
                "rotateKey": to("/credentials/lifecycle/keyRotate", &["POST"]),
            },
        }))
    }
}

/// The server a path under `/authorizationServers` names.
pub(super) fn find<'a>(org: &'a mut Org, call: &Call) -> Result<&'a mut AuthorizationServer, Refusal> {
    let id = call.segment("authorization_server_id");
    org.openid.servers.get_mut(id).ok_or_else(|| errors::not_found(id, KIND))
}

/// `q` finds names and audiences that contain it.
pub(crate) fn list(org: &mut Org, call: &Call) -> Answer {
    let q = call.parameter("q").map(str::to_lowercase);
    let found = org.openid.servers.iter().filter(|server| {
        let has = |text: &str| q.as_ref().is_none_or(|q| text.to_lowercase().contains(q.as_str()));
        has(&server.name) || has(&server.audience)
    });
    let documents = found.map(|server| Ok((server.id.clone(), server.document(call)?)));
    call.page(documents.collect::<Result<_, Refusal>>()?, 200, 1..=200)
}

/// `name` and exactly one of `audiences` are required.
pub(crate) fn create(org: &mut Org, call: &Call) -> Answer {
    let body = call.object()?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let name = text("name").ok_or_else(|| errors::blank("name"))?;
    if org.openid.servers.iter().any(|server| server.name.eq_ignore_ascii_case(name)) {
        return Err(errors::invalid(
            "name",
            "name: An object with this field already exists in the current organization",
        ));
    }
    let audience = match body.get("audiences").and_then(Value::as_array).map(Vec::as_slice) {
        Some([Value::String(audience)]) if !audience.is_empty() => audience,
        None | Some([]) => return Err(errors::blank("audiences")),
        Some(_) => return Err(errors::invalid("audiences", "audiences: Only one audience is supported")),
    };
    let mut server = AuthorizationServer::new(ids::okta("aus"), name, audience, call.now);
    server.description = text("description").unwrap_or_default().to_owned();
    let document = server.document(call)?;
    let event = Event::of("oauth2.as.created", "Authorization server is created");
    org.log.record(event.target(KIND, &server.id, &server.name, &server.id), call);
    org.openid.servers.put(&server.id.clone(), server);
    Ok(Reply::created(document))
}

pub(crate) fn get(org: &mut Org, call: &Call) -> Answer {
    Ok(Reply::ok(find(org, call)?.document(call)?))
}

/// Every token of the server ends with it.
pub(crate) fn delete(org: &mut Org, call: &Call) -> Answer {
    let id = find(org, call)?.id.clone();
    if let Some(server) = org.openid.servers.remove(&id) {
        let event = Event::of("oauth2.as.deleted", "Authorization server is deleted");
        org.log.record(event.target(KIND, &id, &server.name, &id), call);
    }
    Ok(Reply::no_content())
}

/// A new key signs, the old ones stay published.
pub(crate) fn rotate_key(org: &mut Org, call: &Call) -> Answer {
    let server = find(org, call)?;
    if call.object()?.get("use").is_none_or(|purpose| purpose != "sig") {
        return Err(errors::invalid("use", "use: The value must be sig"));
    }
    server.keys.rotate(false).map_err(|_| errors::internal())?;
    let published = server.keys.published().map_err(|_| errors::internal())?;
    let keys = published["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut listed = Vec::new();
    for (place, key) in keys.iter().enumerate() {
        let mut key = key.clone();
        key["status"] = json!(if place == 0 { "ACTIVE" } else { "EXPIRED" });
        listed.push(key);
    }
    Ok(Reply::ok(json!(listed)))
}
