//! `/apps/{id}/grants`: scopes of the management API that an administrator has granted an app.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationGrants/>

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::apps::App;
use super::call::{Answer, Call, Reply, stamp};
use super::errors::{self, Refusal};
use super::logs::Event;
use super::org::Org;
use crate::mock::ids;

/// What Okta calls a grant in its errors; not verified against a live tenant.
const KIND: &str = "OAuth2ScopeConsentGrant";

/// One granted scope.
#[derive(Clone)]
pub(crate) struct ScopeGrant {
    id: String,
    /// Such as `okta.groups.read`.
    pub(crate) scope: String,
    created: OffsetDateTime,
}

impl ScopeGrant {
    fn document(&self, app: &App, call: &Call) -> Value {
        let own = call.url(&format!("/api/v1/apps/{}", app.id));
        let client = call.url(&format!("/oauth2/v1/clients/{}", app.client_id().unwrap_or_default()));
        json!({
            "id": self.id,
            "status": "ACTIVE",
            "created": stamp(self.created),
            "createdBy": {"id": "unknown", "type": "User"},
            "lastUpdated": stamp(self.created),
            "issuer": call.org_url,
            "clientId": app.client_id(),
            "scopeId": self.scope,
            "source": "ADMIN",
            "_embedded": {"scope": {"id": self.scope}},
            "_links": {
                "app": {"href": own, "title": app.label()},
                "self": {"href": format!("{own}/grants/{}", self.id), "hints": {"allow": ["GET", "DELETE"]}},
                "client": {"href": client, "title": app.label()},
            },
        })
    }
}

fn app<'a>(org: &'a mut Org, call: &Call) -> Result<&'a mut App, Refusal> {
    let id = call.segment("app_id");
    match org.apps.get_mut(id) {
        Some(app) if app.client_id().is_some() => Ok(app),
        Some(_) => Err(errors::not_found(id, "OAuth2AppInstance")),
        None => Err(errors::not_found(id, "AppInstance")),
    }
}

fn place(app: &App, call: &Call) -> Result<usize, Refusal> {
    let id = call.segment("grant_id");
    app.grants.iter().position(|grant| grant.id == id).ok_or_else(|| errors::not_found(id, KIND))
}

pub(crate) fn list(org: &mut Org, call: &Call) -> Answer {
    let app = app(org, call)?;
    Ok(Reply::ok(app.grants.iter().map(|grant| grant.document(app, call)).collect()))
}

pub(crate) fn get(org: &mut Org, call: &Call) -> Answer {
    let app = app(org, call)?;
    Ok(Reply::ok(app.grants[place(app, call)?].document(app, call)))
}

/// `issuer` must be the org; granting twice is granting once.
pub(crate) fn create(org: &mut Org, call: &Call) -> Answer {
    let app = app(org, call)?;
    let body = call.object()?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let scope = text("scopeId").ok_or_else(|| errors::blank("scopeId"))?;
    let issuer = text("issuer").ok_or_else(|| errors::blank("issuer"))?;
    if issuer.trim_end_matches('/') != call.org_url {
        return Err(errors::invalid("issuer", "issuer: The issuer must be the URL of this org"));
    }
    if !scope.starts_with("okta.") {
        return Err(errors::invalid("scopeId", format!("scopeId: '{scope}' is not a scope of the org")));
    }
    if !app.grants.iter().any(|grant| grant.scope == scope) {
        app.grants.push(ScopeGrant { id: ids::okta("oag"), scope: scope.to_owned(), created: call.now });
    }
    let made = app.grants.iter().find(|grant| grant.scope == scope);
    let document = made.map(|grant| grant.document(app, call));
    let event = Event::of("app.oauth2.as.consent.grant", "Grant user consent").app(app);
    org.log.record(event, call);
    Ok(Reply::created(json!(document)))
}

pub(crate) fn revoke(org: &mut Org, call: &Call) -> Answer {
    let app = app(org, call)?;
    let place = place(app, call)?;
    app.grants.remove(place);
    let event = Event::of("app.oauth2.as.consent.revoke", "Revoke user consent").app(app);
    org.log.record(event, call);
    Ok(Reply::no_content())
}
