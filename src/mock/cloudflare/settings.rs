//! The body of a POST or PUT of an identity provider: its rules, and what it says.

use serde_json::{Map, Value};

use super::errors::Failure;
use super::identity_provider::SECRETS;
use super::{missing, object, strings, switch, text};

/// Types of identity provider, with the members of `config` each knows besides the secrets. Others are ignored.
const TYPES: &[(&str, &[&str])] = &[
    ("onetimepin", &[]),
    ("cloudflare", &[]),
    (
        "azureAD",
        &[
            "client_id",
            "directory_id",
            "support_groups",
            "conditional_access_enabled",
            "claims",
            "email_claim_name",
            "pkce_enabled",
            "prompt",
        ],
    ),
    (
        "saml",
        &[
            "attributes",
            "email_attribute_name",
            "enable_encryption",
            "header_attributes",
            "idp_public_certs",
            "issuer_url",
            "sign_request",
            "sso_target_url",
        ],
    ),
    ("centrify", &["client_id", "centrify_account", "centrify_app_id", "claims", "email_claim_name"]),
    ("facebook", &["client_id"]),
    ("github", &["client_id"]),
    ("google", &["client_id", "claims", "email_claim_name", "pkce_enabled"]),
    ("google-apps", &["client_id", "apps_domain", "claims", "email_claim_name", "pkce_enabled"]),
    ("linkedin", &["client_id"]),
    (
        "oidc",
        &["client_id", "auth_url", "certs_url", "token_url", "scopes", "claims", "email_claim_name", "pkce_enabled"],
    ),
    ("okta", &["client_id", "okta_account", "authorization_server_id", "claims", "email_claim_name", "pkce_enabled"]),
    ("onelogin", &["client_id", "onelogin_account", "claims", "email_claim_name", "pkce_enabled"]),
    ("pingone", &["client_id", "ping_env_id", "claims", "email_claim_name", "pkce_enabled"]),
    ("yandex", &["client_id"]),
];

const UPDATE_BEHAVIOURS: &[&str] = &["automatic", "reauth", "no_action"];

/// The SCIM half of an identity provider.
#[derive(Clone)]
pub(super) struct Scim {
    pub(super) enabled: bool,
    pub(super) user_deprovision: bool,
    pub(super) seat_deprovision: bool,
    pub(super) group_member_deprovision: bool,
    pub(super) identity_update_behavior: String,
    pub(super) secret: Option<String>,
}

/// A body that broke no rule.
pub struct Settings {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) config: Map<String, Value>,
    pub(super) secrets: Vec<(&'static str, Sent)>,
    pub(super) scim: Scim,
}

/// What a body says about a secret.
pub(super) enum Sent {
    /// Nothing, or asterisks as an answer once showed them.
    Nothing,
    /// `null` or an empty string.
    Cleared,
    /// A new one.
    New(String),
}

impl Settings {
    /// Reads the body of a POST or PUT.
    ///
    /// Read-only members (`id`, `uid`, `version`, `read_only`, `redirect_url`, `scim_base_url`, the SCIM secret) may be
    /// there and are ignored, so that an answer can be sent back as it came.
    ///
    /// # Errors
    ///
    /// Names the first member that breaks a rule.
    pub fn parse(body: &[u8]) -> Result<Self, Failure> {
        let body = object(body)?;
        let name = text(&body, "name", "name")?.filter(|name| !name.is_empty()).ok_or_else(|| missing("name"))?;
        let kind = text(&body, "type", "type")?.ok_or_else(|| missing("type"))?;
        let known = TYPES.iter().find(|(known, _)| *known == kind).map(|(_, members)| *members);
        let known = known.ok_or_else(|| Failure::Invalid(format!("type {kind} is not supported")))?;
        let Some(Value::Object(sent)) = body.get("config") else { return Err(missing("config")) };
        let mut config = Map::new();
        for (member, value) in
            sent.iter().filter(|(member, value)| known.contains(&member.as_str()) && !value.is_null())
        {
            config.insert(member.clone(), checked(member, value)?);
        }
        let mut secrets = Vec::new();
        for &secret in SECRETS {
            let says = match text(sent, secret, &format!("config.{secret}"))? {
                None if sent.contains_key(secret) => Sent::Cleared,
                None => Sent::Nothing,
                Some(value) if value.is_empty() => Sent::Cleared,
                Some(value) if value.chars().all(|c| c == '*') => Sent::Nothing,
                Some(value) => Sent::New(value),
            };
            secrets.push((secret, says));
        }
        let scim = Scim::parse(body.get("scim_config"), &kind)?;
        Ok(Self { name, kind, config, secrets, scim })
    }
}

/// A member of `config` in the type it must have.
fn checked(member: &str, value: &Value) -> Result<Value, Failure> {
    let path = format!("config.{member}");
    match member {
        "claims" | "scopes" | "attributes" | "idp_public_certs" => strings(value, &path),
        "pkce_enabled" | "support_groups" | "conditional_access_enabled" | "sign_request" | "enable_encryption" => {
            if value.is_boolean() {
                Ok(value.clone())
            } else {
                Err(Failure::Invalid(format!("{path} must be a boolean")))
            }
        }
        "header_attributes" => Ok(value.clone()),
        _ if value.is_string() => Ok(value.clone()),
        _ => Err(Failure::Invalid(format!("{path} must be a string"))),
    }
}

impl Scim {
    /// Reads `scim_config`. What it leaves out takes its default, and so does all of it where it is absent: PUT
    /// describes the whole object. The latter is not verified against a live tenant.
    pub(super) fn parse(sent: Option<&Value>, kind: &str) -> Result<Self, Failure> {
        let empty = Map::new();
        let sent = match sent {
            None | Some(Value::Null) => &empty,
            Some(Value::Object(members)) => members,
            Some(_) => return Err(Failure::Invalid("scim_config must be an object".into())),
        };
        let switch = |name: &str| switch(sent, name, &format!("scim_config.{name}"));
        let group_member_deprovision = switch("group_member_deprovision")?;
        let behaviour = text(sent, "identity_update_behavior", "scim_config.identity_update_behavior")?;
        // The older switch for group changes lives on as one of the three behaviours.
        let inherited = if group_member_deprovision { "reauth" } else { "no_action" };
        let scim = Self {
            enabled: switch("enabled")?,
            user_deprovision: switch("user_deprovision")?,
            seat_deprovision: switch("seat_deprovision")?,
            group_member_deprovision,
            identity_update_behavior: behaviour.unwrap_or_else(|| inherited.to_owned()),
            secret: None,
        };
        // That these three are refused with this code is not verified against a live tenant; that they cannot be
        // set is documented.
        if scim.seat_deprovision && !scim.user_deprovision {
            let detail = "scim_config.seat_deprovision cannot be enabled unless user_deprovision is enabled";
            return Err(Failure::Invalid(detail.into()));
        }
        if !UPDATE_BEHAVIOURS.contains(&scim.identity_update_behavior.as_str()) {
            let detail = "scim_config.identity_update_behavior must be one of automatic, reauth, no_action";
            return Err(Failure::Invalid(detail.into()));
        }
        if scim.enabled && matches!(kind, "onetimepin" | "cloudflare") {
            return Err(Failure::Invalid(format!("SCIM is not supported for type {kind}")));
        }
        Ok(scim)
    }
}
