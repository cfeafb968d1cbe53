//! Authorization servers, the org's own and custom ones: what they publish, and what custom ones add to tokens. Okta's
//! reference, tags "OrgAS", "CustomAS" and "AuthorizationServerClaims".

use serde::Deserialize;

use super::app_settings::{ClaimRule, GroupsClaim};
use super::{Client, Route, is_gone};
use crate::http::{Error, Request};

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

    /// The claim `name` of the ID tokens of a custom server, from "List all custom token claims".
    pub async fn id_token_claim(
        &self,
        authorization_server_id: &str,
        name: &str,
    ) -> Result<Option<GroupsClaim>, Error> {
        let path = ["api", "v1", "authorizationServers", authorization_server_id, "claims"];
        let claims: Vec<Claim> = self.list(Request::get(path)).await?;
        let is_it = |claim: &Claim| {
            let active = claim.status.as_deref() != Some("INACTIVE");
            active && claim.name == name && claim.claim_type.as_deref() == Some("IDENTITY")
        };
        Ok(claims.into_iter().find(is_it).map(|claim| {
            let value = claim.value.unwrap_or_default();
            let rule = match claim.value_type.as_deref() {
                Some("GROUPS") => ClaimRule::Filter { filter_type: claim.group_filter_type.unwrap_or_default(), value },
                _ => ClaimRule::Expression(value),
            };
            GroupsClaim { name: claim.name, rule }
        }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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

    #[tokio::test]
    async fn a_claim_counts_in_id_tokens_and_while_it_is_active() {
        let claim = |claim_type: &str, status: &str| {
            json!({"name": "groups", "status": status, "claimType": claim_type, "valueType": "GROUPS",
                "group_filter_type": "STARTS_WITH", "value": "access-"})
        };
        let stage = Stage::new([
            Play::json(200, json!([claim("RESOURCE", "ACTIVE"), claim("IDENTITY", "INACTIVE")])),
            Play::json(200, json!([claim("IDENTITY", "ACTIVE")])),
        ])
        .await;
        assert_eq!(client(&stage).id_token_claim("aus1", "groups").await.unwrap(), None);
        let found = client(&stage).id_token_claim("aus1", "groups").await.unwrap().unwrap();
        let rule = ClaimRule::Filter { filter_type: "STARTS_WITH".into(), value: "access-".into() };
        assert_eq!(found, GroupsClaim { name: "groups".into(), rule });
    }
}
