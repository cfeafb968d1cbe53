//! Access tokens of a service app: minted once, shared by all calls, renewed before they expire.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::Service;
use crate::http::{self, Auth, Error, Request, SharedAnswers};

const TOKEN_PATH: [&str; 3] = ["oauth2", "v1", "token"];

/// How long a token is kept at most, whatever the answer says of its life. Okta's live for a day at most.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// The current access token. Concurrent calls mint one.
#[derive(Default)]
pub(super) struct TokenCache(SharedAnswers<(), Token>);

#[derive(Clone)]
struct Token {
    text: SecretString,
    renew_at: Instant,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: u64,
    exp: u64,
    jti: String,
}

#[derive(Deserialize)]
struct Minted {
    access_token: String,
    token_type: String,
    #[serde(default)]
    expires_in: u64,
}

impl TokenCache {
    /// A token that is good for a while yet, and another one than the one that Okta has refused.
    pub(super) async fn get(
        &self,
        http: &http::Client,
        service: &Service,
        refused: Option<&SecretString>,
    ) -> Result<SecretString, Error> {
        let is_refused = |token: &Token| refused.is_some_and(|text| text.expose_secret() == token.text.expose_secret());
        let serves = |token: &Token| Instant::now() < token.renew_at && !is_refused(token);
        let token = self.0.get_if((), serves, mint(http, service)).await;
        // Whatever needs the token was not sent.
        token.map(|token| token.text).map_err(Error::without_doubt)
    }
}

impl std::fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenCache")
    }
}

/// How long to wait before a token is asked for anew.
const AGAIN: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];

/// "Request tokens" of the org authorization server, with `private_key_jwt` (RFC 7523).
///
/// Okta refuses an assertion that it has seen before, so a request that may have arrived is not repeated as it is. But a
/// token that nobody gets to see does no harm: it is asked for again with another assertion.
async fn mint(http: &http::Client, service: &Service) -> Result<Token, Error> {
    let mut waits = AGAIN.into_iter();
    loop {
        match mint_once(http, service).await {
            Err(error) if error.is_maybe_done() && !error.is_of_the_caller() => {
                let Some(wait) = waits.next() else { return Err(error) };
                tracing::debug!(%error, "asking for another access token");
                let waited = http.pause(wait, "another attempt at it", "the Okta access token").await;
                waited.map_err(|ended| ended.after(Some(error)))?;
            }
            outcome => return outcome,
        }
    }
}

async fn mint_once(http: &http::Client, service: &Service) -> Result<Token, Error> {
    // Signed when it leaves: it does not live for as long as the wait for a rate limit may take.
    let (base, service) = (http.base().clone(), service.clone());
    let sign = move |request: Request| {
        let assertion = SecretString::from(assertion(&base, &service)?);
        let fields = [
            ("grant_type", "client_credentials"),
            ("scope", &service.scopes.join(" ")),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion.expose_secret()),
        ];
        Ok(request.form(&fields).hide(&assertion))
    };
    let request = Request::post(TOKEN_PATH).written_by(sign).auth(Auth::None);
    let answer = http.send(request).await?;
    let minted: Minted = answer.json()?;
    if !minted.token_type.eq_ignore_ascii_case("bearer") {
        return Err(Error::Unusable {
            what: "the Okta service app".into(),
            reason: "it demands sender-constrained tokens (DPoP), which are not supported; \
                     switch off \"Require Demonstrating Proof of Possession\" in the app's general settings"
                .into(),
        });
    }
    let lifetime = Duration::from_secs(minted.expires_in).min(LONGEST_LIFE);
    let margin = Duration::from_secs(60).min(lifetime / 2);
    Ok(Token { text: SecretString::from(minted.access_token), renew_at: Instant::now() + (lifetime - margin) })
}

fn assertion(base: &Url, service: &Service) -> Result<String, Error> {
    let base = base.as_str().trim_end_matches('/');
    let audience = format!("{base}/{}", TOKEN_PATH.join("/"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let claims = Claims {
        iss: &service.client_id,
        sub: &service.client_id,
        aud: &audience,
        iat: now,
        // Okta allows an hour; a few minutes leave room for clocks that differ.
        exp: now + 300,
        jti: uuid::Uuid::new_v4().to_string(),
    };
    for (algorithm, key) in keys(&service.private_key) {
        let header = Header { kid: service.key_id.clone(), ..Header::new(algorithm) };
        if let Ok(signed) = jsonwebtoken::encode(&header, &claims, &key) {
            return Ok(signed);
        }
    }
    Err(Error::Unusable {
        what: "the private key of the Okta service app".into(),
        reason: "it is not a PEM text with an RSA key (PKCS#1 or PKCS#8) or an EC key (P-256 or P-384, PKCS#8)".into(),
    })
}

fn keys(pem: &SecretString) -> Vec<(Algorithm, EncodingKey)> {
    let mut text = SecretString::from(pem.expose_secret().trim());
    if !text.expose_secret().contains('\n') {
        // Line breaks do not survive every way of setting an environment variable.
        text = SecretString::from(text.expose_secret().replace("\\n", "\n"));
    }
    let bytes = text.expose_secret().as_bytes();
    let rsa = EncodingKey::from_rsa_pem(bytes).ok().map(|key| (Algorithm::RS256, key));
    let ec = |algorithm| EncodingKey::from_ec_pem(bytes).ok().map(|key| (algorithm, key));
    [rsa, ec(Algorithm::ES256), ec(Algorithm::ES384)].into_iter().flatten().collect()
}
