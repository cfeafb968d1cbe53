//! States of Cloudflare's own Terraform provider, for `moved` blocks.
//!
//! Its identity provider holds both halves of ours: a `moved` block takes it to `zt_okta_idp` or to `zt_scim_config`, and
//! the other one is imported. The type has two names, and its state two shapes: version 4 of the provider has lists of
//! one object (schema version 0), version 5 objects (0, then 1, then 500). Since both use 0, the shape decides.
//! Version 4 has asterisks in the place of the client secret, empty texts and `false` for whatever is not set.

use super::api::is_hidden;
use crate::framework::diagnostic::{Diagnostic, Result};
use crate::framework::model::{Attr, Set};
use crate::framework::resource::MoveSource;
use crate::framework::secret::Secret;
use serde_json::{Map, Value as Json};

/// The type's names.
const TYPES: [&str; 2] = ["cloudflare_access_identity_provider", "cloudflare_zero_trust_access_identity_provider"];

/// An identity provider as the other provider's state has it.
#[derive(Debug)]
pub(super) struct OfficialState {
    pub(super) id: Attr<String>,
    pub(super) account_id: Attr<String>,
    pub(super) zone_id: Attr<String>,
    pub(super) name: Attr<String>,
    /// `config`.
    pub(super) config: Section,
    /// `scim_config`.
    pub(super) scim: Section,
}

/// The attributes of one part of it.
#[derive(Debug, Default)]
pub(super) struct Section(Map<String, Json>);

impl OfficialState {
    /// Reads an identity provider of the kind Okta; `None` if the state is of another type.
    ///
    /// # Errors
    /// Identity providers of other kinds, and states that cannot be told apart.
    pub(super) fn read(source: &MoveSource, target: &str) -> Option<Result<Self>> {
        let is_official = source.provider.ends_with("/cloudflare/cloudflare");
        (is_official && TYPES.contains(&source.type_name.as_str())).then(|| Self::parse(&source.state, target))
    }

    fn parse(state: &Json, target: &str) -> Result<Self> {
        let refused = |detail: String| Diagnostic::error(format!("The state cannot be moved to {target}"), detail);
        let top = Section(state.as_object().cloned().unwrap_or_default());
        let kind = top.text("type").into_known().unwrap_or_default();
        if !kind.eq_ignore_ascii_case("okta") {
            let detail =
                format!("The identity provider is of the type {kind:?}; {target} manages those of the type \"okta\".");
            return Err(refused(detail).into());
        }
        let part = |name: &str| match state.get(name) {
            Some(Json::Array(list)) => list.first().and_then(Json::as_object).cloned().map(Section),
            Some(Json::Object(object)) => Some(Section(object.clone())),
            _ => None,
        };
        let (config, scim) = (part("config"), part("scim_config"));
        if config.is_none() && scim.is_none() || top.text("id").is_null() {
            let detail = "It has neither config nor scim_config, or no id. Remove the old resource with a `removed` block, \
                          and import the identity provider.";
            return Err(refused(detail.to_owned()).into());
        }
        Ok(Self {
            id: top.text("id"),
            account_id: top.text("account_id"),
            zone_id: top.text("zone_id"),
            name: top.text("name"),
            config: config.unwrap_or_default(),
            scim: scim.unwrap_or_default(),
        })
    }
}

impl Section {
    /// A text; an empty one is null.
    pub(super) fn text(&self, name: &str) -> Attr<String> {
        let text = self.0.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
        text.map(str::to_owned).into()
    }

    /// A secret; what stands in the place of one is null.
    pub(super) fn secret(&self, name: &str) -> Attr<Secret> {
        let text = self.0.get(name).and_then(Json::as_str).filter(|text| !is_hidden(text));
        text.map(Secret::from).into()
    }

    /// A switch that is off where nobody set it.
    pub(super) fn switch(&self, name: &str) -> Attr<bool> {
        self.0.get(name).and_then(Json::as_bool).unwrap_or_default().into()
    }

    /// Texts; none are null.
    pub(super) fn texts(&self, name: &str) -> Attr<Set<String>> {
        let texts = self.0.get(name).and_then(Json::as_array).filter(|texts| !texts.is_empty());
        texts.map(|texts| texts.iter().filter_map(Json::as_str).map(str::to_owned).collect()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(provider: &str, type_name: &str, state: Json) -> Option<Result<OfficialState>> {
        let source = MoveSource { provider: provider.into(), type_name: type_name.into(), schema_version: 0, state };
        OfficialState::read(&source, "zt_okta_idp")
    }

    const CLOUDFLARE: &str = "registry.terraform.io/cloudflare/cloudflare";

    #[test]
    fn lists_and_objects_are_told_apart_by_their_shape() {
        let config =
            json!({"client_id": "0oa1", "client_secret": "****", "pkce_enabled": true, "claims": [], "prompt": ""});
        for config in [json!([config]), config] {
            let state = json!({"id": "1d", "account_id": "ac", "zone_id": null, "name": "Okta", "type": "OKTA", "config": config});
            let found = read(CLOUDFLARE, TYPES[1], state).unwrap().unwrap();
            assert_eq!((found.id.text(), found.account_id.text(), found.zone_id), (Some("1d"), Some("ac"), Attr::Null));
            assert_eq!(found.config.text("client_id").text(), Some("0oa1"));
            assert!(found.config.secret("client_secret").is_null() && found.config.text("prompt").is_null());
            assert!(found.config.switch("pkce_enabled").is_true() && found.config.texts("claims").is_null());
        }
    }

    #[test]
    fn what_is_not_one_is_left_to_others_or_refused() {
        let state = || json!({"id": "1d", "type": "okta", "config": []});
        assert!(read("registry.terraform.io/acme/cloudflare", TYPES[0], state()).is_none());
        assert!(read(CLOUDFLARE, "cloudflare_zone", state()).is_none());
        let refused = |state| read(CLOUDFLARE, TYPES[0], state).unwrap().unwrap_err();
        assert!(refused(state()).iter().next().unwrap().detail.contains("import"));
        let saml = refused(json!({"id": "1d", "type": "saml", "config": [{}]}));
        assert!(saml.iter().next().unwrap().detail.contains("saml"));
    }
}
