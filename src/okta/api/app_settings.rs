//! The groups claim of an OIDC app's ID token: `settings/oauth/idToken`, a private route of Okta's console.
//!
//! The documented app object has no field for it. The route takes API tokens only; OAuth is answered with
//! 403 `E0000005` "Invalid session".

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Client, Route, is_gone};
use crate::http::{Answer, Error, Request};

/// Which groups of a person go into the ID token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupsClaim {
    /// The name of the claim, usually `groups`.
    pub name: String,
    /// Filter or expression.
    pub rule: ClaimRule,
}

/// How the groups are chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimRule {
    /// Okta groups whose name matches.
    Filter {
        /// `EQUALS`, `STARTS_WITH`, `CONTAINS` or `REGEX`.
        filter_type: String,
        /// What the name is compared with.
        value: String,
    },
    /// An expression in Okta's expression language.
    Expression(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    value_type: Option<String>,
    group_filter_type: Option<String>,
    name: Option<String>,
    value: Option<String>,
}

// The route answers 404 for a moment after an app was created.
const ATTEMPTS: u32 = 4;

impl Client {
    /// The groups claim of app `app_id`; `None` if it has none, or is no OIDC app.
    pub async fn groups_claim(&self, app_id: &str) -> Result<Option<GroupsClaim>, Error> {
        let answer = match self.send_to_id_token(Request::get(path(app_id))).await {
            Err(error) if is_gone(&error) => return Ok(None),
            answer => answer?,
        };
        let wire: Wire = answer.json()?;
        let (Some(value_type), Some(name)) = (wire.value_type, wire.name) else { return Ok(None) };
        let value = wire.value.unwrap_or_default();
        let rule = match value_type.as_str() {
            "GROUPS" => ClaimRule::Filter { filter_type: wire.group_filter_type.unwrap_or_default(), value },
            _ => ClaimRule::Expression(value),
        };
        Ok(Some(GroupsClaim { name, rule }))
    }

    /// Sets the groups claim. `issuer_mode` is the app's own (`ORG_URL`, `CUSTOM_URL` or `DYNAMIC`).
    pub async fn set_groups_claim(&self, app_id: &str, claim: &GroupsClaim, issuer_mode: &str) -> Result<(), Error> {
        let body = match &claim.rule {
            ClaimRule::Filter { filter_type, value } => json!({
                "valueType": "GROUPS", "groupFilterType": filter_type, "issuerMode": issuer_mode,
                "name": claim.name, "value": value,
            }),
            ClaimRule::Expression(value) => json!({
                "valueType": "EXPRESSION", "issuerMode": issuer_mode, "name": claim.name, "value": value,
            }),
        };
        self.post_id_token(app_id, &body).await
    }

    /// Takes the groups claim away.
    pub async fn clear_groups_claim(&self, app_id: &str, issuer_mode: &str) -> Result<(), Error> {
        self.post_id_token(app_id, &json!({ "issuerMode": issuer_mode })).await
    }

    async fn post_id_token(&self, app_id: &str, body: &Value) -> Result<(), Error> {
        self.send_to_id_token(Request::post(path(app_id)).json(body).repeatable()).await.map(drop)
    }

    async fn send_to_id_token(&self, request: Request) -> Result<Answer, Error> {
        let mut wait = self.http.settings().min_wait / 4;
        let mut earlier = None;
        for _ in 1..ATTEMPTS {
            match self.send_to(Route::Internal, request.clone()).await.map_err(|error| error.after(earlier.take())) {
                Err(error) if is_gone(&error) => {
                    if let Err(ended) =
                        self.http.pause(wait, "the app to be known at that route", &format!("{request:?}")).await
                    {
                        return Err(ended.after(Some(error)));
                    }
                    earlier = Some(error);
                }
                outcome => return outcome,
            }
            wait *= 2;
        }
        self.send_to(Route::Internal, request).await.map_err(|error| error.after(earlier))
    }
}

fn path(app_id: &str) -> [&str; 8] {
    ["api", "v1", "internal", "apps", app_id, "settings", "oauth", "idToken"]
}
