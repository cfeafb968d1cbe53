//! `/policies`: the app sign-in policies that apps are bound to.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/>

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::call::{Answer, Call, Reply, stamp};
use super::errors;
use super::org::Org;
use crate::mock::ids;

/// Types of policy that Okta has; the org holds access policies only.
const TYPES: &[&str] = &[
    "ACCESS_POLICY",
    "CLIENT_UPDATE",
    "DEVICE_SIGNAL_COLLECTION",
    "ENTITY_RISK",
    "IDENTITY_CLAIM_SOURCING",
    "IDP_DISCOVERY",
    "MFA_ENROLL",
    "OKTA_SIGN_ON",
    "PASSWORD",
    "POST_AUTH_SESSION",
    "PROFILE_ENROLLMENT",
    "SESSION_VIOLATION_DETECTION",
];

/// One app sign-in policy.
#[derive(Clone)]
pub(crate) struct Policy {
    pub(crate) id: String,
    name: &'static str,
    description: &'static str,
    /// The one that new apps get.
    pub(crate) system: bool,
    created: OffsetDateTime,
}

impl Policy {
    /// The default policy, and one an administrator made.
    pub(crate) fn seeds(created: OffsetDateTime) -> [Self; 2] {
        let policy = |name, description, system| Self { id: ids::okta("rst"), name, description, system, created };
        [
            policy("Any two factors", "Require two factors to access.", true),
            policy("Phishing resistant", "Require a phishing-resistant factor to access.", false),
        ]
    }

    fn document(&self, call: &Call) -> Value {
        let own = call.url(&format!("/api/v1/policies/{}", self.id));
        json!({
            "type": "ACCESS_POLICY",
            "id": self.id,
            "status": "ACTIVE",
            "name": self.name,
            "description": self.description,
            "priority": 1,
            "system": self.system,
            "conditions": null,
            "created": stamp(self.created),
            "lastUpdated": stamp(self.created),
            "_links": {
                "mappings": {"href": format!("{own}/mappings"), "hints": {"allow": ["GET", "POST"]}},
                "self": {"href": own, "hints": {"allow": ["GET", "PUT", "DELETE"]}},
                "rules": {"href": format!("{own}/rules"), "hints": {"allow": ["GET", "POST"]}},
            },
        })
    }
}

impl Org {
    /// Id of the policy that new apps get.
    pub fn default_access_policy(&self) -> String {
        self.policies.iter().find(|policy| policy.system).map(|policy| policy.id.clone()).unwrap_or_default()
    }

    /// Id of the policy with this name.
    pub fn policy_id(&self, name: &str) -> Option<String> {
        self.policies.iter().find(|policy| policy.name == name).map(|policy| policy.id.clone())
    }

    /// Id of the policy that an app is bound to.
    pub fn access_policy_of(&self, app_id: &str) -> Option<String> {
        self.apps.get(app_id).map(|app| app.access_policy.clone())
    }
}

pub(crate) fn list(org: &mut Org, call: &Call) -> Answer {
    let kind = call.parameter("type").ok_or_else(|| errors::missing_parameter("type"))?;
    if !TYPES.contains(&kind) {
        return Err(errors::invalid("type", format!("type: '{kind}' is not a policy type")));
    }
    let wanted = |policy: &&Policy| {
        kind == "ACCESS_POLICY"
            && call.parameter("status").is_none_or(|status| status == "ACTIVE")
            && call.parameter("q").is_none_or(|q| policy.name.to_lowercase().starts_with(&q.to_lowercase()))
    };
    let found = org.policies.iter().filter(wanted).map(|policy| (policy.id.clone(), policy.document(call))).collect();
    call.page(found, 20, 1..=200)
}

pub(crate) fn get(org: &mut Org, call: &Call) -> Answer {
    let id = call.segment("policy_id");
    let policy = org.policies.get(id).ok_or_else(|| errors::not_found(id, "Policy"))?;
    Ok(Reply::ok(policy.document(call)))
}

/// Binds an app to a policy; repeating it changes nothing.
pub(crate) fn bind(org: &mut Org, call: &Call) -> Answer {
    let (app_id, policy_id) = (call.segment("app_id"), call.segment("policy_id"));
    if !org.apps.contains(app_id) {
        return Err(errors::not_found(app_id, "AppInstance"));
    }
    if !org.policies.contains(policy_id) {
        return Err(errors::not_found(policy_id, "Policy"));
    }
    if let Some(app) = org.apps.get_mut(app_id) {
        app.access_policy = policy_id.to_owned();
    }
    Ok(Reply::no_content())
}
