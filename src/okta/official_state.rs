//! States of Okta's own Terraform provider, for `moved` blocks. Which unset texts are null and which are empty varies, so
//! both are read as null.

use serde_json::Value as Json;

use crate::framework::{
    model::{Attr, Set},
    resource::MoveSource,
};

/// The addresses it has had, behind the host.
const PROVIDERS: [&str; 2] = ["/okta/okta", "/oktadeveloper/okta"];

/// A state of that provider.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfficialState<'a>(&'a Json);

impl<'a> OfficialState<'a> {
    /// The state, if it is of this type of that provider.
    pub(super) fn of(source: &'a MoveSource, type_name: &str) -> Option<Self> {
        let is_official = PROVIDERS.iter().any(|provider| source.provider.ends_with(provider));
        (is_official && source.type_name == type_name).then_some(Self(&source.state))
    }

    /// A text; an empty one is null.
    pub(super) fn text(&self, name: &str) -> Attr<String> {
        let text = self.0.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
        text.map(str::to_owned).into()
    }

    /// A switch that is off where nobody set it.
    pub(super) fn switch(&self, name: &str) -> Attr<bool> {
        self.0.get(name).and_then(Json::as_bool).unwrap_or_default().into()
    }

    /// Texts without order; none are null.
    pub(super) fn texts(&self, name: &str) -> Attr<Set<String>> {
        let texts = self.0.get(name).and_then(Json::as_array).filter(|texts| !texts.is_empty());
        texts.map(|texts| texts.iter().filter_map(Json::as_str).map(str::to_owned).collect()).into()
    }

    /// The one block of a kind that has at most one.
    pub(super) fn block(&self, name: &str) -> Option<Self> {
        self.0.get(name)?.as_array()?.first().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_that_type_of_that_provider_is_read() {
        let source = |provider: &str, type_name: &str| MoveSource {
            provider: provider.into(),
            type_name: type_name.into(),
            schema_version: 0,
            state: json!({"id": "0oa1", "admin_note": "", "groups_claim": [{"name": "groups"}], "roles": []}),
        };
        let is_read = |provider, type_name| OfficialState::of(&source(provider, type_name), "okta_app_oauth").is_some();
        assert!(is_read("registry.terraform.io/okta/okta", "okta_app_oauth"));
        assert!(is_read("registry.opentofu.org/oktadeveloper/okta", "okta_app_oauth"));
        assert!(!is_read("registry.terraform.io/okta/okta", "okta_app_saml"));
        assert!(!is_read("registry.terraform.io/acme/okta", "okta_app_oauth"));

        let source = source("registry.terraform.io/okta/okta", "okta_app_oauth");
        let state = OfficialState::of(&source, "okta_app_oauth").unwrap();
        assert_eq!(state.text("id").text(), Some("0oa1"));
        assert!(state.text("admin_note").is_null() && state.texts("roles").is_null());
        assert_eq!(state.block("groups_claim").unwrap().text("name").text(), Some("groups"));
        assert!(state.block("roles").is_none());
    }
}
