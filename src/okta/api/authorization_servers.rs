//! Authorization servers, the org's own and custom ones: what they publish, and what custom ones add to tokens. Okta's
//! reference, tags "OrgAS", "CustomAS" and "AuthorizationServerClaims".

use serde::Deserialize;

use super::app_settings::{ClaimRule, GroupsClaim};
use super::{Client, Route, is_gone};
use crate::http::{Error, Member, Request};

/// What a server publishes about itself (OpenID Connect Discovery 1.0, section 3).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    /// The issuer of its tokens.
    pub issuer: String,
}

/// A scope of a custom server.
#[derive(Deserialize)]
struct Scope {
    name: String,
}

/// A claim of a custom server.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Claim {
    name: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    claim_type: Option<String>,
    #[serde(default)]
    value_type: Option<String>,
    #[serde(default, rename = "group_filter_type")]
    group_filter_type: Option<String>,
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    always_include_in_token: Option<bool>,
    #[serde(default)]
    conditions: Conditions,
}

/// When a token has a claim.
#[derive(Clone, Debug, Default, Deserialize)]
struct Conditions {
    /// One of these scopes is asked for; whichever are, if there are none here.
    #[serde(default)]
    scopes: Vec<String>,
}

impl Member for Scope {}

impl Member for Claim {}

impl Claim {
    /// Whether it is in the ID tokens of logins that ask for `scopes` with an authorization code. One that is not always
    /// included is not.
    fn is_included(&self, scopes: &[&str]) -> bool {
        let wanted = &self.conditions.scopes;
        self.status.as_deref() != Some("INACTIVE")
            && self.claim_type.as_deref() == Some("IDENTITY")
            && self.always_include_in_token != Some(false)
            && (wanted.is_empty() || wanted.iter().any(|scope| scopes.contains(&scope.as_str())))
    }

    fn lists_groups(&self) -> bool {
        self.value_type.as_deref() == Some("GROUPS")
    }
}

impl Client {
    /// "Retrieve the OpenID Connect metadata" of the org's server, or of the custom one with this id, without
    /// credentials. `None` if there is no such server.
    pub async fn authorization_server_metadata(&self, id: Option<&str>) -> Result<Option<Metadata>, Error> {
        let path = id.map(|id| ["oauth2", id]).into_iter().flatten().chain([".well-known", "openid-configuration"]);
        match self.send_to(Route::Open, Request::get(path)).await {
            Ok(answer) => answer.json().map(Some),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The names of the scopes of a custom server, from "List all custom token scopes". Its metadata names only those that
    /// are published there.
    pub async fn scopes(&self, authorization_server_id: &str) -> Result<Vec<String>, Error> {
        let path = ["api", "v1", "authorizationServers", authorization_server_id, "scopes"];
        let scopes: Vec<Scope> = self.list(Request::get(path)).await?;
        Ok(scopes.into_iter().map(|scope| scope.name).collect())
    }

    /// The groups claim of the ID tokens of a custom server, as logins get them that ask for `scopes` with an authorization
    /// code: the claim `name`, else one that lists groups, from "List all custom token claims".
    pub async fn id_token_groups_claim(
        &self,
        authorization_server_id: &str,
        name: &str,
        scopes: &[&str],
    ) -> Result<Option<GroupsClaim>, Error> {
        let path = ["api", "v1", "authorizationServers", authorization_server_id, "claims"];
        let mut claims: Vec<Claim> = self.list(Request::get(path)).await?;
        claims.retain(|claim| claim.is_included(scopes));
        let named = claims.iter().position(|claim| claim.name == name);
        let found =
            named.or_else(|| claims.iter().position(Claim::lists_groups)).map(|index| claims.swap_remove(index));
        Ok(found.map(|claim| {
            let is_filter = claim.lists_groups();
            let value = claim.value.unwrap_or_default();
            let rule = match is_filter {
                true => ClaimRule::Filter { filter_type: claim.group_filter_type.unwrap_or_default(), value },
                false => ClaimRule::Expression(value),
            };
            GroupsClaim { name: claim.name, rule }
        }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::Credentials;
    use super::*;
    use crate::http::stage::{Play, Stage};

    fn client(stage: &Stage) -> Client {
        Client::new(stage.url.clone(), Credentials::api_token("00hunter2".into()), Stage::settings())
    }

    #[tokio::test]
    async fn metadata_is_read_without_credentials() {
        let issuer = json!({"issuer": "https://acme.okta.com/oauth2/default"});
        let gone =
            json!({"errorCode": "E0000007", "errorSummary": "Not found: Resource not found: x (AuthorizationServer)"});
        let stage = Stage::new([Play::json(200, issuer), Play::json(404, gone)]).await;
        let found = client(&stage).authorization_server_metadata(Some("default")).await.unwrap().unwrap();
        assert_eq!(found.issuer, "https://acme.okta.com/oauth2/default");
        assert_eq!(client(&stage).authorization_server_metadata(None).await.unwrap(), None);
        let lines = ["GET /oauth2/default/.well-known/openid-configuration", "GET /.well-known/openid-configuration"];
        assert_eq!(stage.lines(), lines);
        assert_eq!(stage.seen()[0].header("authorization"), None);
    }

    const ASKED: [&str; 2] = ["openid", "groups"];

    async fn found(claims: Value) -> Option<GroupsClaim> {
        let stage = Stage::new([Play::json(200, claims)]).await;
        client(&stage).id_token_groups_claim("aus1", "groups", &ASKED).await.unwrap()
    }

    /// A claim, with some members set otherwise.
    fn claim(other: Value) -> Value {
        let mut claim = json!({"name": "groups", "status": "ACTIVE", "claimType": "IDENTITY", "valueType": "GROUPS",
            "group_filter_type": "STARTS_WITH", "value": "access-", "alwaysIncludeInToken": true,
            "conditions": {"scopes": []}});
        claim.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        claim
    }

    #[tokio::test]
    async fn a_claim_counts_if_every_id_token_of_such_a_login_has_it() {
        let rule = ClaimRule::Filter { filter_type: "STARTS_WITH".into(), value: "access-".into() };
        let whole = GroupsClaim { name: "groups".into(), rule };
        for included in [json!({}), json!({"conditions": {"scopes": ["x", "groups"]}})] {
            assert_eq!(found(json!([claim(included.clone())])).await, Some(whole.clone()), "{included}");
        }
        for left_out in [
            json!({"claimType": "RESOURCE"}),
            json!({"status": "INACTIVE"}),
            json!({"alwaysIncludeInToken": false}),
            json!({"alwaysIncludeInToken": false, "conditions": {"scopes": ["groups"]}}),
            json!({"conditions": {"scopes": ["x"]}}),
        ] {
            assert_eq!(found(json!([claim(left_out.clone())])).await, None, "{left_out}");
        }
    }

    #[tokio::test]
    async fn a_claim_of_another_name_counts_if_it_lists_groups_and_there_is_none_of_this_name() {
        let (roles, groups) = (claim(json!({"name": "roles"})), claim(json!({})));
        let plan = claim(json!({"name": "plan", "valueType": "EXPRESSION", "value": "user.plan"}));
        assert_eq!(found(json!([plan, roles, groups])).await.unwrap().name, "groups");
        assert_eq!(found(json!([plan, roles])).await.unwrap().name, "roles");
        assert_eq!(found(json!([plan])).await, None);
    }
}
