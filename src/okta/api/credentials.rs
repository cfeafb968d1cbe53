//! Who we are to Okta.

use secrecy::SecretString;

/// The credentials of one org: an API token, OAuth 2.0, or both. With both, OAuth is used for the
/// documented routes and the API token for the private ones, which refuse OAuth. `Debug` shows the kinds.
#[derive(Clone, Default)]
pub struct Credentials {
    pub(super) api_token: Option<SecretString>,
    pub(super) oauth: Option<OAuth>,
}

/// Credentials of the OAuth 2.0 kind.
#[derive(Clone)]
pub enum OAuth {
    /// An access token that somebody else minted (`Bearer`).
    AccessToken(SecretString),
    /// A service app with a key pair, which mints its own access tokens.
    Service(Service),
}

/// A service app: client credentials with `private_key_jwt` at the org authorization server.
/// See "Implement OAuth for Okta with a service app" in Okta's guides.
#[derive(Clone)]
pub struct Service {
    /// The client id of the service app.
    pub client_id: String,
    /// The private key, PEM text: RSA in PKCS#1 or PKCS#8, or EC (P-256, P-384) in PKCS#8.
    pub private_key: SecretString,
    /// The `kid` under which Okta knows the public key. Okta needs it only if the app has several keys.
    pub key_id: Option<String>,
    /// The scopes to ask for, like `okta.apps.manage`. One that is not granted fails all of them.
    pub scopes: Vec<String>,
}

impl Credentials {
    /// An API token, sent as `SSWS`.
    pub fn api_token(token: SecretString) -> Self {
        Self { api_token: Some(token), oauth: None }
    }

    /// An OAuth 2.0 access token.
    pub fn access_token(token: SecretString) -> Self {
        Self { api_token: None, oauth: Some(OAuth::AccessToken(token)) }
    }

    /// A service app.
    pub fn service(service: Service) -> Self {
        Self { api_token: None, oauth: Some(OAuth::Service(service)) }
    }

    /// Adds an API token for the private routes.
    pub fn with_api_token(self, token: SecretString) -> Self {
        Self { api_token: Some(token), ..self }
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("api_token", &self.api_token.is_some())
            .field("oauth", &self.oauth.is_some())
            .finish()
    }
}
