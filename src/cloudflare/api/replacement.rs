//! The body of a write to an identity provider: everything that is there, minus what must not be sent.
//!
//! `zt_okta_idp` and `zt_scim_config` share one remote object and each own a part of it. A PUT replaces all
//! of it, so each starts from the object as it is and changes its own part only.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::http::{Document, secret};

/// Read-only, at the top and wherever else answers show them.
const READ_ONLY: [&str; 10] = [
    "id",
    "uid",
    "version",
    "read_only",
    "redirect_url",
    "config.redirect_url",
    "scim_base_url",
    "scim_config.scim_base_url",
    "scim_config.secret",
    "saml_certificate_set",
];

/// A body for creating or replacing an identity provider. `Debug` shows no values.
#[derive(Clone, Debug, Default)]
pub struct Replacement {
    document: Document,
    client_secret: Option<SecretString>,
    api_token: Option<SecretString>,
    scim_was_on: bool,
}

impl Replacement {
    /// A new identity provider of the type okta.
    pub fn okta(name: &str) -> Self {
        let mut document = Document::new();
        document.set("name", name);
        document.set("type", "okta");
        document.set("config", Document::new().to_value());
        Self { document, ..Self::default() }
    }

    /// What writes `document` back unchanged.
    pub(super) fn of(document: &Document) -> Self {
        Self { document: document.clone(), scim_was_on: is_scim_on(document), ..Self::default() }
    }

    /// The name people see on the login page.
    pub fn name(&self) -> &str {
        self.document.str("name").unwrap_or_default()
    }

    /// Sets a field, like `name`, `config.client_id` or `scim_config.enabled`.
    pub fn set(&mut self, path: &str, value: impl Into<Value>) {
        self.document.set(path, value);
    }

    /// Leaves a field out. For a value of `config` that means: none.
    pub fn clear(&mut self, path: &str) {
        self.document.remove(path);
    }

    /// Sends this client secret. Without it the body has none, and Cloudflare keeps the stored one; that is
    /// inferred from its documentation, not verified against a live tenant.
    pub fn set_client_secret(&mut self, secret: SecretString) {
        self.client_secret = Some(secret);
    }

    /// Sends this Okta API token. Not in the published schema.
    pub fn set_api_token(&mut self, token: SecretString) {
        self.api_token = Some(token);
    }

    /// Whether the body differs from one that writes `document` back unchanged, or carries a secret.
    pub fn changes(&self, document: &Document) -> bool {
        self.client_secret.is_some()
            || self.api_token.is_some()
            || clean(&self.document).to_value() != clean(document).to_value()
    }

    /// Whether it turns SCIM on where it was off.
    pub fn switches_scim_on(&self) -> bool {
        !self.scim_was_on && is_scim_on(&self.document)
    }

    /// What is sent, minus the secrets.
    pub(super) fn without_secrets(&self) -> Document {
        clean(&self.document)
    }

    pub(super) fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        self.client_secret.iter().chain(&self.api_token)
    }

    /// The JSON body. It holds the secrets in clear.
    pub(super) fn to_body(&self) -> Value {
        let mut body = clean(&self.document);
        for (path, secret) in [("config.client_secret", &self.client_secret), ("config.api_token", &self.api_token)] {
            if let Some(secret) = secret {
                body.set(path, secret.expose_secret());
            }
        }
        body.to_value()
    }
}

fn is_scim_on(document: &Document) -> bool {
    document.bool("scim_config.enabled").unwrap_or_default()
}

fn clean(document: &Document) -> Document {
    let mut body = document.clone();
    for path in READ_ONLY {
        body.remove(path);
    }
    // The two say the same thing, and the older one turns the newer one into `reauth`.
    if body.str("scim_config.identity_update_behavior").is_some_and(|text| !text.is_empty()) {
        body.remove("scim_config.group_member_deprovision");
    }
    let mut value = body.to_value();
    drop_masked(&mut value);
    Document::from_value(value).unwrap_or_default()
}

/// Drops every field whose value is asterisks only: Cloudflare's stand-in for a secret it does not show.
fn drop_masked(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, field| !is_masked(field));
            map.values_mut().for_each(drop_masked);
        }
        Value::Array(list) => {
            list.retain(|member| !is_masked(member));
            list.iter_mut().for_each(drop_masked);
        }
        _ => {}
    }
}

fn is_masked(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty() && secret::is_hidden(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_new_one_has_what_is_set() {
        let mut body = Replacement::okta("Okta");
        body.set("config.client_id", "0oa1");
        body.set("config.okta_account", "https://acme.okta.com");
        body.set_client_secret("hunter2".into());
        assert_eq!(
            body.to_body(),
            json!({"name": "Okta", "type": "okta", "config":
                {"client_id": "0oa1", "okta_account": "https://acme.okta.com", "client_secret": "hunter2"}})
        );
        assert!(!format!("{body:?}").contains("hunter2"));
    }

    #[test]
    fn changing_one_part_leaves_the_other_alone() {
        let before = Document::from_value(json!({
            "id": "u", "uid": "u", "version": "v", "read_only": false, "name": "Okta", "type": "okta",
            "config": {"client_id": "0oa1", "client_secret": "****", "claims": ["a"], "redirect_url": "https://r", "new": {"x": 1}},
            "scim_config": {"enabled": true, "secret": "clear", "scim_base_url": "https://s",
                "identity_update_behavior": "automatic", "group_member_deprovision": true},
        }))
        .unwrap();
        let mut body = Replacement::of(&before);
        assert!(!body.changes(&before));
        body.set("scim_config.enabled", false);
        assert!(body.changes(&before));
        assert_eq!(
            body.to_body(),
            json!({"name": "Okta", "type": "okta",
                "config": {"client_id": "0oa1", "claims": ["a"], "new": {"x": 1}},
                "scim_config": {"enabled": false, "identity_update_behavior": "automatic"}})
        );
    }

    #[test]
    fn the_older_switch_survives_where_the_newer_one_is_missing() {
        let before = Document::from_value(json!({"scim_config": {"group_member_deprovision": true}})).unwrap();
        assert_eq!(Replacement::of(&before).to_body(), json!({"scim_config": {"group_member_deprovision": true}}));
    }

    /// Any JSON, with field names and strings that matter to the rule among the usual ones.
    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-z*]{0,4}".prop_map(Value::from),
            "\\*{1,34}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 32, 6, |inner| {
            prop_oneof![prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from), object(inner),]
        })
    }

    fn object(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
        let name = prop_oneof![
            prop::sample::select(vec![
                "id",
                "uid",
                "version",
                "read_only",
                "redirect_url",
                "scim_base_url",
                "secret",
                "config",
                "scim_config",
                "group_member_deprovision",
                "identity_update_behavior",
                "client_secret",
                "name",
            ])
            .prop_map(str::to_owned),
            "[a-z_]{1,6}",
        ];
        prop::collection::vec((name, inner), 0..8).prop_map(|fields| Value::Object(fields.into_iter().collect()))
    }

    fn provider() -> impl Strategy<Value = Document> {
        (object(json_value()), object(json_value()), object(json_value())).prop_map(|(top, config, scim)| {
            let mut document = Document::from_value(top).unwrap();
            document.set("config", config);
            document.set("scim_config", scim);
            document
        })
    }

    fn holds_mask(value: &Value) -> bool {
        match value {
            Value::String(text) => !text.is_empty() && text.bytes().all(|byte| byte == b'*'),
            Value::Array(list) => list.iter().any(holds_mask),
            Value::Object(map) => map.values().any(holds_mask),
            _ => false,
        }
    }

    /// The paths of all values below `value` that are neither objects nor lists, with the values.
    fn leaves(value: &Value, path: &str, into: &mut Vec<(String, Value)>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(name, field)| leaves(field, &format!("{path}/{name}"), into)),
            Value::Array(_) => {}
            leaf => into.push((path.to_owned(), leaf.clone())),
        }
    }

    proptest! {
        #[test]
        fn nothing_forbidden_is_ever_sent(document in provider()) {
            let body = Replacement::of(&document).to_body();
            for pointer in ["/id", "/uid", "/version", "/read_only", "/redirect_url", "/config/redirect_url",
                "/scim_base_url", "/scim_config/scim_base_url", "/scim_config/secret"] {
                prop_assert!(body.pointer(pointer).is_none(), "{pointer} in {body}");
            }
            prop_assert!(!holds_mask(&body), "a mask in {body}");
            let behavior = body.pointer("/scim_config/identity_update_behavior").and_then(Value::as_str);
            if behavior.is_some_and(|text| !text.is_empty()) {
                prop_assert!(body.pointer("/scim_config/group_member_deprovision").is_none());
            }
        }

        #[test]
        fn everything_else_is_sent_unchanged(document in provider()) {
            let body = Replacement::of(&document).to_body();
            let mut all = Vec::new();
            leaves(&document.to_value(), "", &mut all);
            for (pointer, value) in all {
                let dropped = READ_ONLY.iter().any(|path| {
                    let own = format!("/{}", path.replace('.', "/"));
                    pointer == own || pointer.starts_with(&format!("{own}/"))
                });
                if dropped || pointer.starts_with("/scim_config/group_member_deprovision") || holds_mask(&value) {
                    continue;
                }
                prop_assert_eq!(body.pointer(&pointer), Some(&value), "{} in {}", pointer, body);
            }
        }

        #[test]
        fn an_unchanged_object_is_no_change(document in provider()) {
            prop_assert!(!Replacement::of(&document).changes(&document));
        }
    }
}
