//! What `zt_okta_idp` asks of Okta: the secret that a configuration names, and whether Okta accepts what Cloudflare was
//! given. The provider joins the two sides.

use crate::framework::diagnostic::Diagnostic;
use async_trait::async_trait;
use secrecy::SecretString;

/// An OAuth client whose secret is in question.
#[derive(Clone, Copy, Debug)]
pub struct Client<'a> {
    /// The org, as the login method names it.
    pub okta_account: &'a str,
    /// The OAuth client id.
    pub client_id: &'a str,
    /// Okta's id of the app; where nobody says, it is the client id, unless the client id was chosen by hand.
    pub app_id: &'a str,
    /// The [fingerprint](crate::framework::secret::Secret::fingerprint) of the secret.
    pub fingerprint: &'a str,
    /// The secret itself, where it is at hand.
    pub secret: Option<&'a SecretString>,
}

/// What Okta says of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It works.
    Accepted,
    /// It does not work. These are the secrets of the app, as far as Okta tells.
    Rejected(Vec<KnownSecret>),
    /// The org has no such app, or does not show it to whoever asks.
    NotShown,
    /// The login method names another org than the provider's, whose address this is, as far as that one tells.
    OtherOrg(String),
    /// Nobody can tell, now or later, unless something else changes; why, as a sentence.
    Unknowable(String),
    /// Okta did not answer; why, as a sentence.
    NoAnswer(String),
}

/// A secret of an app, without the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownSecret {
    /// Okta's id.
    pub id: String,
    /// When it was made.
    pub created: Option<String>,
    /// Whether it works.
    pub active: bool,
    /// Okta's hash of it.
    pub hash: Option<String>,
}

/// The Okta side of a login method.
#[async_trait]
pub trait OktaSide: Send + Sync {
    /// Whether Okta can be asked at all, or will be once the provider block is known.
    ///
    /// # Errors
    /// What is missing in the provider block.
    fn ready(&self) -> Result<(), Diagnostic>;

    /// A client secret of an app in the provider's org, to hand it over.
    ///
    /// # Errors
    /// It does not exist or is not active (with what the app has instead), or Okta refuses.
    async fn client_secret(&self, app_id: &str, secret_id: &str) -> Result<SecretString, Diagnostic>;

    /// Whether Okta accepts a client with a secret.
    async fn judge_client(&self, client: Client<'_>) -> Judgement;

    /// Whether the org accepts an API token.
    async fn judge_api_token(&self, okta_account: &str, token: &SecretString) -> Judgement;
}

/// Secrets in words for a person: ids, dates and hashes.
pub fn listed(secrets: &[KnownSecret]) -> String {
    if secrets.is_empty() {
        return "none that Okta tells of".to_owned();
    }
    let told = secrets.iter().map(|secret| {
        let status = if secret.active { "active" } else { "inactive" };
        let created = secret.created.as_deref().map(|at| format!(", created {at}")).unwrap_or_default();
        let hash = secret.hash.as_deref().map(|hash| format!(", hash {hash}")).unwrap_or_default();
        format!("{} ({status}{created}{hash})", secret.id)
    });
    told.collect::<Vec<_>>().join("; ")
}
