//! How a request proves who sends it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::Error;

/// The credentials of one request. `Debug` shows the kind only.
#[derive(Clone, Default)]
pub enum Auth {
    /// A public route.
    #[default]
    None,
    /// `Authorization: <scheme> <token>`, like `Bearer` (RFC 6750) or Okta's `SSWS`.
    Token {
        /// The word before the token; empty sends the token alone.
        scheme: &'static str,
        /// The token.
        token: SecretString,
    },
    /// `Authorization: Basic …` (RFC 7617).
    Basic {
        /// Before the colon.
        user: String,
        /// After the colon.
        password: SecretString,
    },
    /// Headers of the vendor's own, like Cloudflare's `X-Auth-Key` and `X-Auth-Email`.
    Headers(Vec<(&'static str, SecretString)>),
}

impl Auth {
    /// An OAuth 2.0 bearer token (RFC 6750).
    pub fn bearer(token: SecretString) -> Self {
        Self::Token { scheme: "Bearer", token }
    }

    /// The headers to send, marked sensitive so that nothing below prints them.
    pub(super) fn headers(&self) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
        match self {
            Self::None => Ok(Vec::new()),
            Self::Token { scheme, token } => {
                let token = token.expose_secret();
                let text = if scheme.is_empty() { token.to_owned() } else { format!("{scheme} {token}") };
                Ok(vec![(AUTHORIZATION, sensitive(&text)?)])
            }
            Self::Basic { user, password } => {
                let pair = STANDARD.encode(format!("{user}:{}", password.expose_secret()));
                Ok(vec![(AUTHORIZATION, sensitive(&format!("Basic {pair}"))?)])
            }
            Self::Headers(headers) => headers
                .iter()
                .map(|(name, value)| Ok((HeaderName::from_static(name), sensitive(value.expose_secret())?)))
                .collect(),
        }
    }

    /// The secrets that must not show up in any message.
    pub(super) fn secrets(&self) -> Vec<SecretString> {
        match self {
            Self::None => Vec::new(),
            Self::Token { token, .. } => vec![token.clone()],
            Self::Basic { user, password } => {
                let pair = STANDARD.encode(format!("{user}:{}", password.expose_secret()));
                vec![password.clone(), SecretString::from(pair)]
            }
            Self::Headers(headers) => headers.iter().map(|(_, value)| value.clone()).collect(),
        }
    }
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "Auth::None",
            Self::Token { .. } => "Auth::Token",
            Self::Basic { .. } => "Auth::Basic",
            Self::Headers(_) => "Auth::Headers",
        })
    }
}

fn sensitive(text: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(text).map_err(|_| Error::Unusable {
        what: "the credential".into(),
        reason: "it holds a line break or another character that no HTTP header can carry; \
                 check for a trailing newline from a file or a shell"
            .into(),
    })?;
    value.set_sensitive(true);
    Ok(value)
}
