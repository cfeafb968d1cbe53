//! OAuth clients: the apps behind a client id, and how they prove that they are.
//!
//! An app has one way to do so, its `token_endpoint_auth_method`, and no other is accepted
//! (<https://developer.okta.com/docs/api/openapi/okta-oauth/guides/client-auth/>).

use axum::http::header;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::errors::{self, OAuthError};
use super::{Issuer, assertion};
use crate::mock::okta::apps::App;
use crate::mock::okta::call::Call;
use crate::mock::okta::org::Org;

/// What a request carries to prove who sends it.
enum Proof<'a> {
    Basic {
        client_id: String,
        secret: String,
    },
    Post {
        client_id: &'a str,
        secret: &'a str,
    },
    Assertion {
        /// What stands next to it (RFC 7521, section 4.2).
        client_id: Option<&'a str>,
        token: &'a str,
    },
    /// The client id alone, as a public client sends it.
    Nothing {
        client_id: &'a str,
    },
}

/// Fields of a request, each at most once.
pub(super) struct Fields<'a>(&'a [(String, String)]);

impl<'a> Fields<'a> {
    /// # Errors
    ///
    /// If a name comes twice.
    pub(super) fn new(fields: &'a [(String, String)]) -> Result<Self, OAuthError> {
        let mut twice: Vec<&str> = Vec::new();
        for (place, (name, _)) in fields.iter().enumerate() {
            if fields[..place].iter().any(|(before, _)| before == name) && !twice.contains(&name.as_str()) {
                twice.push(name);
            }
        }
        if twice.is_empty() { Ok(Self(fields)) } else { Err(errors::duplicate(&twice)) }
    }

    /// A field's value; an empty one counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }
}

impl Org {
    /// The active app with this client id. That an inactive one is like none at all is not verified against a live
    /// tenant.
    pub(crate) fn client(&self, client_id: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.active && app.client_id() == Some(client_id))
    }

    /// The app that sends this request to `endpoint`, by id.
    pub(super) fn authenticated(
        &mut self,
        issuer: &Issuer,
        endpoint: &str,
        call: &Call,
        fields: &Fields<'_>,
    ) -> Result<String, OAuthError> {
        let proof = proof(call, fields)?;
        if let Proof::Assertion { client_id, token } = proof {
            return assertion::accepted(self, &issuer.endpoint(endpoint), client_id, token);
        }
        let (client_id, secret, method) = match &proof {
            Proof::Basic { client_id, secret } => (client_id.as_str(), Some(secret.as_str()), "client_secret_basic"),
            Proof::Post { client_id, secret } => (*client_id, Some(*secret), "client_secret_post"),
            Proof::Nothing { client_id } => (*client_id, None, "none"),
            Proof::Assertion { .. } => return Err(errors::wrong_auth_method()),
        };
        let app = self.client(client_id).ok_or_else(errors::unknown_client)?;
        if app.auth_method() != method {
            return Err(errors::wrong_auth_method());
        }
        match secret {
            Some(secret) if !app.accepts_secret(secret) => Err(errors::wrong_secret()),
            _ => Ok(app.id.clone()),
        }
    }
}

fn proof<'a>(call: &Call, fields: &Fields<'a>) -> Result<Proof<'a>, OAuthError> {
    if call.query.iter().any(|(name, _)| name == "client_secret" || name == "client_assertion") {
        return Err(errors::credentials_in_query());
    }
    let basic = call.header(header::AUTHORIZATION);
    let (secret, assertion) = (fields.get("client_secret"), fields.get("client_assertion"));
    let sources = [basic.is_some(), secret.is_some(), assertion.is_some()];
    if sources.into_iter().filter(|there| *there).count() > 1 {
        return Err(errors::several_credentials());
    }
    let client_id = fields.get("client_id");
    match (basic, secret, assertion) {
        (Some(basic), ..) => {
            let (id, secret) = pair(basic).ok_or_else(errors::malformed_credentials)?;
            match client_id {
                Some(other) if other != id => Err(errors::several_credentials()),
                _ => Ok(Proof::Basic { client_id: id, secret }),
            }
        }
        (_, Some(secret), _) => {
            let client_id = client_id.ok_or_else(errors::no_credentials)?;
            Ok(Proof::Post { client_id, secret })
        }
        (.., Some(assertion)) => match fields.get("client_assertion_type") {
            Some(assertion::TYPE) => Ok(Proof::Assertion { client_id, token: assertion }),
            _ => Err(errors::assertion_type()),
        },
        (None, None, None) => {
            let client_id = client_id.ok_or_else(errors::no_credentials)?;
            Ok(Proof::Nothing { client_id })
        }
    }
}

/// Client id and secret of a `Basic` header; both are form-encoded before they are joined (RFC 6749, section 2.3.1).
fn pair(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8().ok().map(|text| text.into_owned())
    };
    Some((decoded(id)?, decoded(secret)?))
}

impl App {
    /// A member of `settings.oauthClient`.
    pub(super) fn oauth(&self, name: &str) -> Option<&Value> {
        self.document.pointer("/settings/oauthClient")?.get(name).filter(|value| !value.is_null())
    }

    /// A list in `settings.oauthClient`, such as `grant_types`.
    pub(super) fn oauth_list(&self, name: &str) -> Vec<&str> {
        let list = self.oauth(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    pub(super) fn oauth_text(&self, name: &str) -> &str {
        self.oauth(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn is_service(&self) -> bool {
        self.oauth_text("application_type") == "service"
    }

    pub(super) fn pkce_required(&self) -> bool {
        self.document.pointer("/credentials/oauthClient/pkce_required") == Some(&Value::Bool(true))
    }

    pub(super) fn accepts_secret(&self, secret: &str) -> bool {
        self.secrets.iter().any(|known| known.active && known.value == secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basic_header_is_decoded_twice() {
        let header = |text: &str| format!("Basic {}", STANDARD.encode(text));
        assert_eq!(pair(&header("0oa1:a%3Ab+c%25")), Some(("0oa1".into(), "a:b c%".into())));
        assert_eq!(pair(&header("0oa1:a:b")), Some(("0oa1".into(), "a:b".into())));
        for wrong in ["Basic", "Basic ?", "Bearer x", &header("0oa1"), &header("0oa1:%ff")] {
            assert_eq!(pair(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_name_that_comes_twice_is_refused() {
        let fields = |names: &[&str]| names.iter().map(|name| ((*name).into(), "x".into())).collect::<Vec<_>>();
        assert!(Fields::new(&fields(&["a", "b"])).is_ok());
        let refused = Fields::new(&fields(&["a", "b", "a", "a"])).err().unwrap();
        assert!(refused.description.ends_with("Duplicated parameters: [a]."), "{}", refused.description);
    }
}
