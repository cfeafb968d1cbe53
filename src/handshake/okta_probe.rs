//! Okta, asked on behalf of a login method: for a secret to hand over, and whether it accepts what Cloudflare was given.
//!
//! All is asked of the provider's own org. A login method names its org in a text that a pull request can change, so it
//! only decides whether there is something to ask: if it is the same org, under its own address or one that the org
//! names itself in `/.well-known/okta-organization`. Nothing is ever sent to the address that the login method names.

use crate::cloudflare::okta_account;
use crate::cloudflare::okta_side::{Client, Judgement, KnownSecret, OktaSide, listed};
use crate::framework::diagnostic::Diagnostic;
use crate::framework::provider::Unavailable;
use crate::framework::value::Value;
use crate::okta::api::secrets::ClientSecret;
use crate::okta::api::{self, Error, Status};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;

/// The Okta side of the provider block, or why there is none.
pub struct OktaProbe(pub Result<api::Client, Unavailable>);

#[async_trait]
impl OktaSide for OktaProbe {
    fn ready(&self) -> Result<(), Diagnostic> {
        match &self.0 {
            Ok(_) | Err(Unavailable::NotYetKnown(_)) => Ok(()),
            Err(Unavailable::Missing(why)) => Err(why.clone()),
        }
    }

    async fn client_secret(&self, app_id: &str, secret_id: &str) -> Result<SecretString, Diagnostic> {
        let okta = self.0.as_ref().map_err(|why| match why {
            Unavailable::NotYetKnown(why) | Unavailable::Missing(why) => why.clone(),
        })?;
        let tried = format!("Reading the client secret {secret_id} of the Okta app {app_id} failed");
        let refused = |error: Error| {
            let remedy = if error.is_forbidden() {
                "Give the administrator behind the API token, or the service app, the role Application Administrator; a \
                 service app also needs the scope okta.apps.read."
            } else {
                ""
            };
            let diagnostic = Diagnostic::error(&tried, error.to_string());
            if remedy.is_empty() { diagnostic } else { diagnostic.and(remedy) }
        };
        let found = okta.client_secret(app_id, secret_id).await.map_err(refused)?;
        let problem = match found {
            Some(ClientSecret { status: Status::Active, client_secret: Some(secret), .. }) => return Ok(secret),
            Some(ClientSecret { status: Status::Active, .. }) => "Okta does not show it",
            Some(_) => "It is not active, so Okta refuses logins with it",
            None => "The app has no such secret",
        };
        let others = okta.client_secrets(app_id).await.map_err(refused)?;
        let Some(others) = others else {
            let detail = format!(
                "Okta has no app {app_id} with OAuth settings. Use the id of the app, usually okta_oidc_app.<name>.id."
            );
            return Err(Diagnostic::error(tried, detail));
        };
        let others: Vec<KnownSecret> = others.into_iter().map(known).collect();
        let detail = format!(
            "{problem}. Secrets of the app: {}. Set secret_id to an active one, or activate this one in Okta.",
            listed(&others)
        );
        Err(Diagnostic::error(tried, detail))
    }

    async fn judge_client(&self, client: Client<'_>) -> Judgement {
        let okta = match self.at(client.okta_account).await {
            Ok(okta) => okta,
            Err(doubt) => return doubt,
        };
        let by_hash = match okta.look_at_client_secrets(client.app_id).await {
            Ok(Some(secrets)) => by_hash(secrets, client.fingerprint),
            Ok(None) => Judgement::NotShown,
            Err(error) => doubt(&error),
        };
        match (by_hash, client.secret) {
            (Judgement::Unknowable(_) | Judgement::NotShown, Some(secret)) => {
                match okta.accepts_client(client.client_id, secret).await {
                    Ok(true) => Judgement::Accepted,
                    Ok(false) => Judgement::Rejected(Vec::new()),
                    Err(error) => doubt(&error),
                }
            }
            (judgement, _) => judgement,
        }
    }

    async fn judge_api_token(&self, okta_account: &str, token: &SecretString) -> Judgement {
        let okta = match self.at(okta_account).await {
            Ok(okta) => okta,
            Err(doubt) => return doubt,
        };
        match okta.accepts_api_token(token).await {
            Ok(true) => Judgement::Accepted,
            Ok(false) => Judgement::Rejected(Vec::new()),
            Err(error) => doubt(&error),
        }
    }
}

impl OktaProbe {
    /// The org, if it is the one that `okta_account` names.
    async fn at(&self, okta_account: &str) -> Result<&api::Client, Judgement> {
        let okta = self.0.as_ref().map_err(|why| match why {
            Unavailable::NotYetKnown(why) | Unavailable::Missing(why) => Judgement::Unknowable(why.summary.clone()),
        })?;
        let wanted = Value::string(okta_account);
        let is_it = |url: &str| okta_account::same(&wanted, &Value::string(url));
        if is_it(okta.org_url().as_str()) {
            return Ok(okta);
        }
        let org = okta.look_at_organization().await.map_err(|error| doubt(&error))?;
        if [org.url, org.alternate_url].iter().flatten().any(|url| is_it(url)) {
            return Ok(okta);
        }
        Err(Judgement::OtherOrg(okta_account::without_slash(okta.org_url()).to_owned()))
    }
}

/// The secret is looked for by its hash, without showing it to anybody.
fn by_hash(secrets: Vec<ClientSecret>, fingerprint: &str) -> Judgement {
    let secrets: Vec<KnownSecret> = secrets.into_iter().map(known).collect();
    match secrets.iter().find(|secret| secret.hash.as_deref() == Some(fingerprint)) {
        Some(secret) if secret.active => Judgement::Accepted,
        Some(_) => Judgement::Rejected(secrets),
        None if secrets.iter().all(|secret| secret.hash.as_deref().is_some_and(is_comparable)) => {
            Judgement::Rejected(secrets)
        }
        None => Judgement::Unknowable("Okta's hashes of the secrets have another form than ours".to_owned()),
    }
}

/// Whether a hash has the form that Okta's have: base64url of 16 bytes. It was found by computation and is not
/// documented, so any other form compares with nothing.
fn is_comparable(hash: &str) -> bool {
    URL_SAFE_NO_PAD.decode(hash).is_ok_and(|bytes| bytes.len() == 16)
}

fn known(secret: ClientSecret) -> KnownSecret {
    let active = secret.status == Status::Active;
    KnownSecret { id: secret.id, created: secret.created, active, hash: secret.secret_hash }
}

/// What follows from a question that failed: a service that is down is another matter than one that says no.
fn doubt(error: &Error) -> Judgement {
    let said = error.to_string();
    if error.is_no_answer() { Judgement::NoAnswer(said) } else { Judgement::Unknowable(said) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::stage::{Play, Stage};
    use crate::okta::api::Credentials;
    use serde_json::{Value as Json, json};

    const HASH: &str = "ungWv48Bz-pBQUDeXa4iIw";
    const OTHER: &str = "AAAAAAAAAAAAAAAAAAAAAA";

    fn secret(id: &str, status: &str, hash: &str) -> Json {
        json!({"id": id, "status": status, "created": "2026-01-01T00:00:00.000Z", "secret_hash": hash,
            "client_secret": "abc"})
    }

    fn probe(stage: &Stage) -> OktaProbe {
        OktaProbe(Ok(api::Client::new(stage.url.clone(), Credentials::api_token("00t".into()), Stage::settings())))
    }

    async fn judged(plays: impl IntoIterator<Item = Play>, secret: Option<&str>) -> (Judgement, Vec<String>) {
        let stage = Stage::new(plays).await;
        let secret = secret.map(SecretString::from);
        let client = Client {
            okta_account: stage.url.as_str(),
            client_id: "0oa1",
            app_id: "0oa1",
            fingerprint: HASH,
            secret: secret.as_ref(),
        };
        (probe(&stage).judge_client(client).await, stage.lines())
    }

    #[tokio::test]
    async fn a_secret_is_judged_by_its_hash_among_those_of_the_app() {
        let all = |secrets: Json| [Play::json(200, secrets)];
        let (found, asked) =
            judged(all(json!([secret("a", "ACTIVE", OTHER), secret("b", "ACTIVE", HASH)])), None).await;
        assert_eq!(found, Judgement::Accepted);
        assert_eq!(asked, ["GET /api/v1/apps/0oa1/credentials/secrets"]);
        for secrets in [json!([secret("a", "INACTIVE", HASH)]), json!([secret("a", "ACTIVE", OTHER)]), json!([])] {
            let (found, _) = judged(all(secrets), Some("abc")).await;
            assert!(matches!(found, Judgement::Rejected(_)), "{found:?}");
        }
    }

    #[tokio::test]
    async fn a_hash_of_another_form_says_nothing_and_the_secret_itself_is_tried_if_it_is_at_hand() {
        let strange = || Play::json(200, json!([secret("a", "ACTIVE", "sha512:ff")]));
        assert!(matches!(judged([strange()], None).await.0, Judgement::Unknowable(_)));
        let accepts = Play::json(200, json!({"active": false}));
        let (found, asked) = judged([strange(), accepts], Some("abc")).await;
        assert_eq!((found, asked[1].as_str()), (Judgement::Accepted, "POST /oauth2/v1/introspect"));
        let wrong = || Play::json(401, json!({"error": "invalid_client"}));
        assert_eq!(judged([strange(), wrong(), wrong()], Some("abc")).await.0, Judgement::Rejected(Vec::new()));
    }

    #[tokio::test]
    async fn an_app_that_the_org_does_not_show_is_judged_by_a_trial_or_not_at_all() {
        let missing = || Play::json(404, json!({"errorCode": "E0000007"}));
        assert_eq!(judged([missing()], None).await.0, Judgement::NotShown);
        let wrong = || Play::json(401, json!({"error": "invalid_client"}));
        assert_eq!(judged([missing(), wrong(), wrong()], Some("abc")).await.0, Judgement::Rejected(Vec::new()));
    }

    #[tokio::test]
    async fn a_service_that_is_down_is_told_from_one_that_refuses() {
        assert!(matches!(judged([Play::text(500, "")], Some("abc")).await.0, Judgement::NoAnswer(_)));
        assert!(matches!(judged([Play::text(403, "")], None).await.0, Judgement::Unknowable(_)));
    }

    #[tokio::test]
    async fn another_org_is_asked_nothing_unless_the_own_one_names_it() {
        let named = |url: &str| {
            Play::json(200, json!({"id": "00o1", "pipeline": "idx", "_links": {"alternate": {"href": url}}}))
        };
        for (alternate, asked) in [("https://login.acme.example", 2), ("https://other.example", 1)] {
            let plays = [named(alternate), Play::json(200, json!([secret("a", "ACTIVE", HASH)]))];
            let stage = Stage::new(plays.into_iter().take(asked)).await;
            let client = Client {
                okta_account: "https://login.acme.example",
                client_id: "0oa1",
                app_id: "0oa1",
                fingerprint: HASH,
                secret: Some(&"abc".into()),
            };
            let found = probe(&stage).judge_client(client).await;
            assert_eq!(stage.lines().len(), asked);
            let own = stage.url.as_str().trim_end_matches('/').to_owned();
            assert_eq!(found, if asked == 2 { Judgement::Accepted } else { Judgement::OtherOrg(own) });
            assert_eq!(stage.seen()[0].header("authorization"), None);
        }
    }

    #[tokio::test]
    async fn a_named_secret_must_be_active_and_belong_to_the_app() {
        let stage = Stage::new([
            Play::json(200, secret("a", "INACTIVE", HASH)),
            Play::json(200, json!([secret("a", "INACTIVE", HASH), secret("b", "ACTIVE", OTHER)])),
        ])
        .await;
        let error = probe(&stage).client_secret("0oa1", "a").await.unwrap_err();
        for part in ["not active", "b (active", OTHER] {
            assert!(error.detail.contains(part), "{}", error.detail);
        }
        assert!(!error.detail.contains("abc"), "{}", error.detail);
    }
}
