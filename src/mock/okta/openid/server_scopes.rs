//! `/authorizationServers/{id}/scopes`: what apps can ask a custom server for.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/AuthorizationServerScopes/>

use serde_json::{Value, json};

use super::servers;
use crate::mock::ids;
use crate::mock::okta::call::{Answer, Call, Reply};
use crate::mock::okta::errors;
use crate::mock::okta::org::Org;
use crate::mock::okta::shelf::Shelf;

/// Scopes that every custom server has. `groups` is not among them.
const BUILT_IN: &[&str] = &["openid", "profile", "email", "address", "phone", "offline_access", "device_sso"];

/// One scope of a custom server.
#[derive(Clone)]
pub(crate) struct Scope {
    id: String,
    pub(super) name: String,
    description: Option<String>,
    built_in: bool,
    /// Granted where a request names no scope.
    pub(super) default: bool,
    /// Named in the metadata.
    pub(super) published: bool,
}

impl Scope {
    pub(super) fn built_in() -> Shelf<Self> {
        let mut scopes = Shelf::default();
        for name in BUILT_IN {
            let id = ids::okta("scp");
            let name = (*name).to_owned();
            let scope =
                Self { id: id.clone(), name, description: None, built_in: true, default: false, published: true };
            scopes.put(&id, scope);
        }
        scopes
    }

    fn document(&self, server: &str, call: &Call) -> Value {
        let own = call.url(&format!("/api/v1/authorizationServers/{server}/scopes/{}", self.id));
        json!({
            "id": self.id,
            "name": self.name,
            "displayName": self.name,
            "description": self.description,
            "system": self.built_in,
            "metadataPublish": if self.published { "ALL_CLIENTS" } else { "NO_CLIENTS" },
            "consent": "IMPLICIT",
            "default": self.default,
            "optional": false,
            "_links": {"self": {"href": own, "hints": {"allow": ["GET"]}}},
        })
    }
}

pub(crate) fn list(org: &mut Org, call: &Call) -> Answer {
    let server = servers::find(org, call)?;
    let documents = server.scopes.iter().map(|scope| (scope.id.clone(), scope.document(&server.id, call)));
    call.page(documents.collect(), 200, 1..=200)
}

/// People are never asked for their consent here, so a scope that needs it is refused.
pub(crate) fn create(org: &mut Org, call: &Call) -> Answer {
    let server = servers::find(org, call)?;
    let body = call.object()?;
    let Some(name) = body.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()) else {
        return Err(errors::blank("name"));
    };
    if server.scopes.iter().any(|scope| scope.name == name) {
        return Err(errors::invalid("name", "name: An object with this field already exists"));
    }
    if body.get("consent").is_some_and(|consent| !consent.is_null() && consent != "IMPLICIT") {
        return Err(errors::unsupported("This org asks nobody for consent to scopes."));
    }
    let scope = Scope {
        id: ids::okta("scp"),
        name: name.to_owned(),
        description: body.get("description").and_then(Value::as_str).map(str::to_owned),
        built_in: false,
        default: body.get("default") == Some(&json!(true)),
        published: body.get("metadataPublish").is_some_and(|publish| publish == "ALL_CLIENTS"),
    };
    let document = scope.document(&server.id, call);
    server.scopes.put(&scope.id.clone(), scope);
    Ok(Reply::created(document))
}
