//! `/authorizationServers/{id}/claims`: what a custom server adds to its tokens.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/AuthorizationServerClaims/>

use serde_json::{Value, json};

use super::group_filter::{self, GroupFilter};
use super::servers;
use crate::mock::ids;
use crate::mock::okta::call::{Answer, Call, Reply};
use crate::mock::okta::errors::{self, Refusal};
use crate::mock::okta::org::Org;
use crate::mock::okta::users::User;

/// One claim.
#[derive(Clone)]
pub(crate) struct Claim {
    id: String,
    pub(super) name: String,
    /// In ID tokens; otherwise in access tokens.
    pub(super) identity: bool,
    pub(super) source: Source,
    /// Only for requests with one of these scopes; with any where there are none.
    scopes: Vec<String>,
    /// An identity claim that is not always included is left out of ID tokens that come with an access token, as they
    /// do in the code flow, and is in `/userinfo` alone.
    pub(super) always: bool,
}

/// Where a claim's value comes from.
#[derive(Clone)]
pub(super) enum Source {
    /// Names of the person's groups that pass.
    Groups(GroupFilter),
    /// `user.ATTRIBUTE`.
    Attribute(String),
}

impl Claim {
    /// Whether a request with these scopes gets it.
    pub(super) fn is_for(&self, scopes: &[String]) -> bool {
        self.scopes.is_empty() || self.scopes.iter().any(|scope| scopes.contains(scope))
    }

    fn document(&self, server: &str, call: &Call) -> Value {
        let own = call.url(&format!("/api/v1/authorizationServers/{server}/claims/{}", self.id));
        let mut document = json!({
            "id": self.id,
            "name": self.name,
            "status": "ACTIVE",
            "claimType": if self.identity { "IDENTITY" } else { "RESOURCE" },
            "alwaysIncludeInToken": self.always,
            "conditions": {"scopes": self.scopes},
            "system": false,
            "_links": {"self": {"href": own, "hints": {"allow": ["GET"]}}},
        });
        match &self.source {
            Source::Groups(filter) => {
                document["valueType"] = json!("GROUPS");
                document["group_filter_type"] = json!(filter.kind());
                document["value"] = json!(filter.value());
            }
            Source::Attribute(name) => {
                document["valueType"] = json!("EXPRESSION");
                document["value"] = json!(format!("user.{name}"));
            }
        }
        document
    }
}

/// A user's attribute as a claim; none if it has no value.
pub(super) fn attribute(user: &User, name: &str) -> Option<Value> {
    user.profile.get(name).filter(|value| !value.is_null()).cloned()
}

pub(crate) fn list(org: &mut Org, call: &Call) -> Answer {
    let server = servers::find(org, call)?;
    let documents = server.claims.iter().map(|claim| (claim.id.clone(), claim.document(&server.id, call)));
    call.page(documents.collect(), 200, 1..=200)
}

/// Of Okta's expression language `user.ATTRIBUTE` is understood.
pub(crate) fn create(org: &mut Org, call: &Call) -> Answer {
    let server = servers::find(org, call)?;
    let body = call.object()?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let required = |name: &str| text(name).ok_or_else(|| errors::blank(name));
    let name = required("name")?;
    if server.claims.iter().any(|claim| claim.name == name) {
        return Err(errors::invalid("name", "name: An object with this field already exists"));
    }
    let identity = match required("claimType")? {
        "IDENTITY" => true,
        "RESOURCE" => false,
        _ => return Err(errors::invalid("claimType", "claimType: must be one of: IDENTITY, RESOURCE")),
    };
    let value = required("value")?;
    let source = match required("valueType")? {
        "GROUPS" => {
            let kind = required("group_filter_type")?;
            let filter = GroupFilter::new(kind, value).ok_or_else(|| unknown_filter(kind))?;
            Source::Groups(filter)
        }
        "EXPRESSION" => Source::Attribute(expression(value)?),
        _ => return Err(errors::invalid("valueType", "valueType: must be one of: EXPRESSION, GROUPS")),
    };
    let scopes = body.get("conditions").and_then(|conditions| conditions.get("scopes")).and_then(Value::as_array);
    let scopes: Vec<String> = scopes.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    if let Some(unknown) = scopes.iter().find(|name| !server.scopes.iter().any(|scope| scope.name == **name)) {
        return Err(errors::invalid("scopes", format!("scopes: The scope '{unknown}' does not exist")));
    }
    let always = !identity || body.get("alwaysIncludeInToken").is_none_or(|always| *always == json!(true));
    let claim = Claim { id: ids::okta("ocl"), name: name.to_owned(), identity, source, scopes, always };
    let document = claim.document(&server.id, call);
    server.claims.put(&claim.id.clone(), claim);
    Ok(Reply::created(document))
}

fn expression(text: &str) -> Result<String, Refusal> {
    let name = text.strip_prefix("user.").filter(|name| name.chars().all(|letter| letter.is_ascii_alphanumeric()));
    let name = name.ok_or_else(|| errors::unsupported("Of the expression language this org knows user.ATTRIBUTE."))?;
    Ok(name.to_owned())
}

fn unknown_filter(kind: &str) -> Refusal {
    match group_filter::KINDS.contains(&kind) {
        true => errors::invalid("value", "value: The regular expression is not valid"),
        false => errors::invalid(
            "group_filter_type",
            format!("group_filter_type: must be one of: {}", group_filter::KINDS.join(", ")),
        ),
    }
}
