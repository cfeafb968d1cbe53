//! What the side shows that people log in with.

use super::super::okta_probe::OktaProbe;
use super::{CLAIM, Reading, Secret, Target, Unread, of_okta, same_org};
use crate::cloudflare::api::identity_providers::IdentityProvider;
use crate::cloudflare::okta_account;
use crate::cloudflare::okta_side::{self, Judgement, OktaSide};
use crate::okta::api;
use crate::okta::api::app_settings::GroupsClaim;
use crate::okta::api::apps::App;
use crate::okta::api::assignments::AppUser;
use crate::okta::api::authorization_servers::Metadata;

/// How many of the people who log in are looked at.
const PEOPLE: usize = 20;
/// Scopes that Cloudflare asks for: OpenID Connect's own, and the one that its documentation says to enable. Which others is
/// not verified.
const SCOPES: [&str; 2] = ["openid", CLAIM];

/// The side that people log in with.
pub(super) struct Login {
    pub(super) metadata: Reading<Option<Metadata>>,
    pub(super) oidc_app: Reading<Option<App>>,
    pub(super) oidc_users: Reading<Vec<AppUser>>,
    pub(super) secret: Reading<Secret>,
    pub(super) claim: Reading<Option<GroupsClaim>>,
    pub(super) scopes: Reading<Vec<String>>,
}

impl Login {
    pub(super) async fn gather(
        okta: Reading<&api::Client>,
        secret_checks: bool,
        target: &Target,
        login_method: &Reading<Option<IdentityProvider>>,
        org: &Reading<Vec<String>>,
    ) -> Self {
        let (okta, method) = match sides(okta, login_method) {
            Ok(found) => found,
            Err(unread) => return Self::unread(&unread),
        };
        let client_id = method.client_id().unwrap_or_default();
        let app_id = target.oidc_app_id.as_deref().unwrap_or(client_id);
        if let Err(unread) = is_of_org(method, okta, org) {
            // Nothing here is about that login, but an app of this client id shows that the address is wrong.
            let app = okta.app(app_id).await.ok().flatten().filter(|app| app.client_id() == Some(client_id));
            let elsewhere = Self::unread(&unread);
            return match app {
                Some(app) => Self { oidc_app: Ok(Some(app)), ..elsewhere },
                None => elsewhere,
            };
        }
        let server = method.authorization_server_id();
        let (metadata, oidc_app, secret, scopes) = tokio::join!(
            okta.authorization_server_metadata(server),
            okta.app(app_id),
            secret(okta, secret_checks, target, method, app_id),
            scopes(okta, server),
        );
        let metadata = of_okta("The metadata of the authorization server", metadata);
        let oidc_app = of_okta("The app that people log in with", oidc_app);
        let (oidc_users, claim) = match &oidc_app {
            Ok(Some(_)) => {
                let (users, claim) = tokio::join!(okta.first_app_users(app_id, PEOPLE), claim(okta, app_id, server));
                (of_okta("The assignments of the app that people log in with", users), claim)
            }
            Ok(None) => {
                let unread = Unread::Skipped("The app that people log in with does not exist.".to_owned());
                (Err(unread.clone()), Err(unread))
            }
            Err(unread) => (Err(unread.clone()), Err(unread.clone())),
        };
        // The secrets are asked for with the same credentials.
        let secret = match &oidc_app {
            Err(unread @ Unread::Rejected { .. }) => Err(unread.clone()),
            _ => secret,
        };
        Self { metadata, oidc_app, oidc_users, secret, claim, scopes }
    }

    fn unread(unread: &Unread) -> Self {
        Self {
            metadata: Err(unread.clone()),
            oidc_app: Err(unread.clone()),
            oidc_users: Err(unread.clone()),
            secret: Err(unread.clone()),
            claim: Err(unread.clone()),
            scopes: Err(unread.clone()),
        }
    }
}

/// Okta and a login method of its type.
fn sides<'a>(
    okta: Reading<&'a api::Client>,
    login_method: &'a Reading<Option<IdentityProvider>>,
) -> Reading<(&'a api::Client, &'a IdentityProvider)> {
    let okta = okta?;
    match login_method.as_ref().map_err(Clone::clone)? {
        Some(method) if method.kind() == "okta" => Ok((okta, method)),
        _ => Err(Unread::Skipped("There is no login method of the type Okta.".to_owned())),
    }
}

/// Whether the login method sends people to the provider's org, under whichever of its addresses. What another org has
/// under the same names is not what they log in with.
fn is_of_org(method: &IdentityProvider, okta: &api::Client, org: &Reading<Vec<String>>) -> Reading<()> {
    let account = method.okta_account().unwrap_or_default();
    let own = okta_account::without_slash(okta.org_url());
    if same_org(own, account) || org.as_ref().map_err(Clone::clone)?.iter().any(|address| same_org(address, account)) {
        return Ok(());
    }
    Err(Unread::Skipped(format!("{account} is another org than the provider's, {own}.")))
}

async fn scopes(okta: &api::Client, server: Option<&str>) -> Reading<Vec<String>> {
    match server {
        Some(server) => of_okta("The scopes of the authorization server", okta.scopes(server).await),
        None => Err(Unread::Skipped("The org's own authorization server has all scopes.".to_owned())),
    }
}

async fn secret(
    okta: &api::Client,
    secret_checks: bool,
    target: &Target,
    method: &IdentityProvider,
    app_id: &str,
) -> Reading<Secret> {
    let skipped = |why: &str| Unread::Skipped(why.to_owned());
    if !secret_checks {
        return Err(skipped("secret_checks is \"never\" in the provider block."));
    }
    let fingerprint = target.client_secret_fingerprint.as_deref();
    let fingerprint = fingerprint.ok_or_else(|| skipped("client_secret_fingerprint is not set."))?;
    let asked = okta_side::Client {
        okta_account: method.okta_account().unwrap_or_default(),
        client_id: method.client_id().unwrap_or_default(),
        app_id,
        fingerprint,
        secret: None,
    };
    match OktaProbe(Ok(okta.clone())).judge_client(asked).await {
        Judgement::Accepted => Ok(Secret::Accepted),
        Judgement::Rejected(known) => Ok(Secret::Rejected(known)),
        Judgement::NotShown => Err(Unread::Skipped(format!(
            "Whether Okta accepts the client secret: the org shows no app with the id {app_id}."
        ))),
        Judgement::OtherOrg(own) => Err(Unread::Skipped(format!("The login method names another org than {own}."))),
        Judgement::Unknowable(why) => Err(Unread::Skipped(format!("Whether Okta accepts the client secret: {why}."))),
        Judgement::NoAnswer(why) => Err(Unread::NoAnswer(format!("Whether Okta accepts the client secret: {why}."))),
    }
}

/// The claim of the org's own server is a setting of the app; that of a custom one is the server's.
async fn claim(okta: &api::Client, app_id: &str, server: Option<&str>) -> Reading<Option<GroupsClaim>> {
    match server {
        Some(server) => {
            of_okta("The claims of the authorization server", okta.id_token_groups_claim(server, CLAIM, &SCOPES).await)
        }
        None if okta.has_api_token() => of_okta("The groups claim", okta.groups_claim(app_id).await),
        None => Err(Unread::Skipped("Okta shows the groups claim to API tokens only.".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudflare::api::Document;
    use crate::http::stage::{Play, Stage};
    use crate::okta::api::Credentials;
    use serde_json::{Value as Json, json};

    const ALTERNATE: &str = "https://login.acme.example";

    fn login_method(okta_account: &str) -> Reading<Option<IdentityProvider>> {
        let config = json!({"client_id": "0oa1", "okta_account": okta_account});
        let document = Document::from_value(json!({"id": "1d", "type": "okta", "config": config})).unwrap();
        Ok(Some(IdentityProvider { document, ..IdentityProvider::default() }))
    }

    async fn gathered(stage: &Stage, okta_account: &str) -> Login {
        let okta = api::Client::new(stage.url.clone(), Credentials::api_token("00hunter2".into()), Stage::settings());
        let org = Ok(vec![stage.url.to_string(), ALTERNATE.to_owned()]);
        Login::gather(Ok(&okta), false, &Target::default(), &login_method(okta_account), &org).await
    }

    fn app(client_id: &str) -> Json {
        json!({"id": "0oa1", "name": "oidc_client", "label": "Access", "status": "ACTIVE",
            "credentials": {"oauthClient": {"client_id": client_id}}})
    }

    #[tokio::test]
    async fn of_another_org_nothing_is_read_here_but_an_app_that_should_be_there() {
        for (client_id, found) in [("0oa1", true), ("0oa9", false)] {
            let stage = Stage::new([Play::json(200, app(client_id))]).await;
            let login = gathered(&stage, "https://other.example").await;
            assert_eq!(stage.lines(), ["GET /api/v1/apps/0oa1"]);
            assert_eq!(login.oidc_app.is_ok(), found, "{client_id}");
            assert!(matches!(&login.claim, Err(Unread::Skipped(why)) if why.contains("other.example")));
            assert!(matches!(&login.scopes, Err(Unread::Skipped(why)) if why.contains("other.example")));
            assert!(login.metadata.is_err() && login.secret.is_err() && login.oidc_users.is_err());
        }
    }

    #[tokio::test]
    async fn an_alternate_address_is_the_org_as_well() {
        let gone = || Play::json(404, json!({"errorCode": "E0000007", "errorSummary": "Not found"}));
        let stage = Stage::new([gone(), gone()]).await;
        let login = gathered(&stage, &format!("{ALTERNATE}/")).await;
        assert!(matches!((&login.metadata, &login.oidc_app), (Ok(None), Ok(None))));
        assert_eq!(stage.lines().len(), 2);
    }
}
