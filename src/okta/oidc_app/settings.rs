//! The app's own document: which attribute is which field, and what a new one is made of.

use serde_json::json;

use super::{OidcApp, redirect_uri};
use crate::framework::path::Path;
use crate::okta::{
    api::Document,
    fields::{self, Field},
};
use crate::path;

/// The attributes that are fields of the app's document.
pub(super) const FIELDS: &[Field] = &[
    Field::text("label", "label"),
    Field::texts("redirect_uris", "settings.oauthClient.redirect_uris"),
    Field::texts("post_logout_redirect_uris", "settings.oauthClient.post_logout_redirect_uris"),
    Field::texts("grant_types", "settings.oauthClient.grant_types"),
    Field::texts("response_types", "settings.oauthClient.response_types"),
    Field::switch("pkce_required", "credentials.oauthClient.pkce_required"),
    Field::text("token_endpoint_auth_method", "credentials.oauthClient.token_endpoint_auth_method"),
    Field::text("consent_method", "settings.oauthClient.consent_method"),
    Field::text("issuer_mode", "settings.oauthClient.issuer_mode"),
    Field::switch("hide_web", "visibility.hide.web"),
    Field::switch("hide_ios", "visibility.hide.iOS"),
];

const WILDCARD: &str = "settings.oauthClient.wildcard_redirect";

/// The body that creates the app.
pub(super) fn new_app(planned: &OidcApp) -> Document {
    let mut document = fields::compose(FIELDS, planned);
    document.set("name", super::KIND);
    document.set("signOnMode", "OPENID_CONNECT");
    document.set("settings.oauthClient.application_type", "web");
    document.set("credentials.oauthClient.autoKeyRotation", json!(true));
    allow_wildcards(planned, &mut document);
    document
}

/// Okta takes a `*` in a redirect URI only where the app says so; an app that says so already keeps it.
pub(super) fn allow_wildcards(planned: &OidcApp, document: &mut Document) {
    if planned.redirect_uris.known().is_some_and(|uris| redirect_uri::has_wildcard(uris.iter())) {
        document.set(WILDCARD, "SUBDOMAIN");
    }
}

/// The issuer mode, which the groups claim repeats.
pub(super) fn issuer_mode(document: &Document) -> &str {
    document.str("settings.oauthClient.issuer_mode").unwrap_or("ORG_URL")
}

/// Which attribute Okta means when it complains of a field or with a code.
pub(super) fn places() -> Vec<(&'static str, Path)> {
    let mut places = fields::places(FIELDS);
    // The label is taken.
    places.push(("E0000040", path!(OidcApp.label)));
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::model::{Attr, Model};

    fn uris(uri: &str) -> OidcApp {
        OidcApp {
            label: "Access".into(),
            redirect_uris: Attr::Known([uri.to_owned()].into_iter().collect()),
            pkce_required: Attr::Unknown,
            ..OidcApp::default()
        }
    }

    #[test]
    fn every_field_is_an_attribute() {
        let names: Vec<_> = OidcApp::attributes().iter().map(|attribute| attribute.name).collect();
        assert!(FIELDS.iter().all(|field| names.contains(&field.name)));
    }

    #[test]
    fn a_new_app_has_what_is_known_and_nothing_else() {
        assert_eq!(
            new_app(&uris("https://a.example/cb")).to_value(),
            json!({
                "label": "Access",
                "settings": {"oauthClient": {"redirect_uris": ["https://a.example/cb"], "application_type": "web"}},
                "name": "oidc_client",
                "signOnMode": "OPENID_CONNECT",
                "credentials": {"oauthClient": {"autoKeyRotation": true}},
            })
        );
    }

    #[test]
    fn wildcards_are_allowed_where_one_is_used() {
        assert_eq!(new_app(&uris("https://*.a.example/cb")).str(WILDCARD), Some("SUBDOMAIN"));
    }
}
