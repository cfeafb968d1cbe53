//! Whose SCIM endpoint may get the token: that of the Zero Trust organization, and no other.
//!
//! Whoever serves the base URL is shown the token and everybody's data, and a base URL is a text that a pull request
//! can change. What speaks for one, in the order in which it is asked:
//!
//! 1. It is on this machine.
//! 2. Cloudflare has named it as the SCIM endpoint of an identity provider, in whatever account: a `zt_scim_config` of
//!    the same provider block was read or changed in the same run. So an endpoint in another account than the
//!    provider's is known without naming that account here. An apply does not read what it does not change, so what a
//!    plan has recognised is handed on in private state.
//! 3. It is on the domain of the organization of the provider's account.
//!
//! A base URL that is none of these is an error, in the plan already. Where nothing can be found out, it matters why:
//!
//! * The provider has no Cloudflare side. That is allowed, since credentials are asked for only by what needs them, and
//!   people do keep Cloudflare in another configuration. There is nothing to compare with, now or later, so a warning
//!   in the plan leaves the decision to whoever approves it.
//! * Cloudflare does not answer, refuses, or there is no account to ask about. That is a fault, and faults do not open
//!   doors: the plan warns, because it sends nothing, and the apply fails before anything is made.

use std::sync::Arc;

use async_trait::async_trait;

use super::{ScimApp, ScimSecrets, base_url};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Result, Severity},
};
use crate::okta::{api, existing::Existing};
use crate::path;

/// Private state: a base URL that Cloudflare has named.
const NAMED: &str = "named_base_url";

/// What this resource wants to know of the other side.
#[async_trait]
pub trait ZeroTrust: Send + Sync {
    /// The SCIM endpoints that Cloudflare has named in this run.
    fn named_endpoints(&self) -> Vec<String>;
    /// The domain of the organization of the provider's account, like `acme.cloudflareaccess.com`; or a sentence that
    /// says why it cannot be found out.
    async fn auth_domain(&self) -> Result<String, String>;
}

/// The other side, as far as the provider block has one.
#[derive(Clone)]
pub enum Team {
    /// It can be asked.
    Known(Arc<dyn ZeroTrust>),
    /// A setting of it is not known yet.
    NotYetKnown,
    /// There is none; why, as a few words.
    None(String),
}

/// What the resource needs of the provider.
#[derive(Clone)]
pub struct Client {
    /// Okta's API.
    pub okta: api::Client,
    /// The team whose SCIM endpoint may get the token.
    pub team: Team,
    /// Who mints SCIM secrets.
    pub secrets: Arc<dyn ScimSecrets>,
    /// Whether reads may find out if the token still works.
    pub secret_checks: bool,
    /// The apps that may be taken over.
    pub existing: Existing,
}

/// Why a base URL may be a wrong one.
enum Doubt {
    /// It is a wrong one.
    Elsewhere(Diagnostic),
    /// There was nobody to ask.
    Unasked(Diagnostic),
    /// Whoever was asked did not tell.
    Untold(Diagnostic),
    /// It can be asked when the change is made.
    NotYet,
}

impl Client {
    /// Looks at a planned base URL: a wrong one is an error, one that cannot be checked a warning.
    pub(super) async fn plan_base_url(&self, call: &Call, planned: &ScimApp) -> Result<()> {
        match self.check(call, planned).await {
            Err(Doubt::Elsewhere(wrong)) => Err(wrong.into()),
            Err(Doubt::Unasked(doubt)) => {
                warn(call, doubt);
                Ok(())
            }
            Err(Doubt::Untold(doubt)) => {
                warn(call, doubt.and("The apply will fail as long as this is so."));
                Ok(())
            }
            Err(Doubt::NotYet) | Ok(()) => Ok(()),
        }
    }

    /// Looks at it again before Okta is given the token: only where nobody can be asked it goes on without.
    pub(super) async fn check_base_url(&self, call: &Call, planned: &ScimApp) -> Result<()> {
        match self.check(call, planned).await {
            Err(Doubt::Elsewhere(doubt) | Doubt::Untold(doubt)) => Err(doubt.into()),
            Err(Doubt::Unasked(doubt)) => {
                warn(call, doubt);
                Ok(())
            }
            Err(Doubt::NotYet) => {
                Err(unchecked("A setting of the provider's cloudflare block is not known even now.").into())
            }
            Ok(()) => Ok(()),
        }
    }

    async fn check(&self, call: &Call, planned: &ScimApp) -> Result<(), Doubt> {
        let Some(url) = planned.scim_base_url.text() else { return Ok(()) };
        let handed_on = call.private().get::<String>(NAMED);
        if base_url::is_on_this_machine(url) || handed_on.is_some_and(|named| base_url::same_text(&named, url)) {
            return Ok(());
        }
        let team = match &self.team {
            Team::Known(team) => team,
            Team::NotYetKnown => return Err(Doubt::NotYet),
            Team::None(why) => {
                return Err(Doubt::Unasked(
                    unchecked(&format!("There is no Cloudflare side in the provider ({why}).")).and(format!(
                        "See to it that {url} is the SCIM endpoint of your own identity provider before you apply."
                    )),
                ));
            }
        };
        if team.named_endpoints().iter().any(|named| base_url::same_text(named, url)) {
            call.private().set(NAMED, url);
            return Ok(());
        }
        match team.auth_domain().await {
            Ok(domain) if base_url::is_on(url, &domain) => Ok(()),
            Ok(domain) => Err(Doubt::Elsewhere(elsewhere(url, &domain))),
            Err(why) => Err(Doubt::Untold(unchecked(&why))),
        }
    }
}

fn warn(call: &Call, doubt: Diagnostic) {
    call.warn(Diagnostic { severity: Severity::Warning, ..doubt });
}

fn unchecked(why: &str) -> Diagnostic {
    Diagnostic::error(
        "Whose SCIM base URL this is cannot be checked",
        format!(
            "{why} Okta sends the SCIM token and everybody's data to scim_base_url, which therefore has to be on the \
             domain of the Zero Trust organization."
        ),
    )
    .at(path!(ScimApp.scim_base_url))
}

fn elsewhere(url: &str, domain: &str) -> Diagnostic {
    let wrong = match base_url::team_domain(url) {
        Some(other) => Diagnostic::error(
            "The SCIM base URL is of another Zero Trust organization",
            format!(
                "The domain of the organization of the provider's account is {domain}, and {other} is that of another \
                 one, which would get the SCIM token and everybody's data. If it is yours too, in another account, let \
                 scim_base_url refer to the zt_scim_config there instead of writing the URL out, both with the same \
                 provider block, which then sees whose it is; or use a provider block whose cloudflare.account_id is \
                 that account."
            ),
        ),
        None => Diagnostic::error(
            "The SCIM base URL is not of this Zero Trust organization",
            format!(
                "The organization's domain is {domain}, and {url} is somewhere else. Okta would send the SCIM token \
                 and everybody's data there."
            ),
        ),
    };
    let instead = format!("Write the scim_base_url of a zt_scim_config, like https://{domain}/populations/ID/scim/v2.");
    wrong.and(instead).at(path!(ScimApp.scim_base_url))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An organization, or why its domain is not told; and an endpoint that Cloudflare has named.
    struct Acme(Result<&'static str, &'static str>);

    const OURS: &str = "https://acme.cloudflareaccess.com/populations/x/scim/v2";
    const NAMED_ELSEWHERE: &str = "https://beta.cloudflareaccess.com/populations/y/scim/v2";

    #[async_trait]
    impl ZeroTrust for Acme {
        fn named_endpoints(&self) -> Vec<String> {
            vec![NAMED_ELSEWHERE.to_owned()]
        }

        async fn auth_domain(&self) -> Result<String, String> {
            self.0.map(str::to_owned).map_err(str::to_owned)
        }
    }

    fn client(okta: api::Client, team: Team) -> Client {
        let secrets = Arc::new(super::super::tests::Unasked);
        Client { okta, team, secrets, secret_checks: true, existing: Existing::default() }
    }

    fn acme() -> Team {
        Team::Known(Arc::new(Acme(Ok("acme.cloudflareaccess.com"))))
    }

    /// What planning and applying come to: the error, or else the warning.
    async fn outcomes(team: Team, url: &str) -> [Result<String, Diagnostic>; 2] {
        let org = url::Url::parse("https://acme.okta.com").unwrap();
        let okta = api::Client::new(org, api::Credentials::default(), Default::default());
        let client = client(okta, team);
        let model = ScimApp { scim_base_url: url.into(), ..ScimApp::default() };
        let (plan, apply) = (Call::default(), Call::default());
        let planned = client.plan_base_url(&plan, &model).await;
        let applied = client.check_base_url(&apply, &model).await;
        [(planned, plan), (applied, apply)].map(|(outcome, call)| {
            let warned = if format!("{call:?}").contains("cannot be checked") { "warned" } else { "" };
            outcome.map(|()| warned.to_owned()).map_err(|errors| errors.into_iter().next().unwrap())
        })
    }

    #[tokio::test]
    async fn the_token_goes_to_the_team_and_nobody_else() {
        assert_eq!(outcomes(acme(), OURS).await, [Ok(String::new()), Ok(String::new())]);
        for outcome in outcomes(acme(), "https://evil.example/populations/x/scim/v2").await {
            let error = outcome.unwrap_err();
            assert_eq!(error.path, path!(ScimApp.scim_base_url));
            assert!(error.detail.contains("https://acme.cloudflareaccess.com/populations/ID/scim/v2"), "{error:?}");
        }
    }

    #[tokio::test]
    async fn what_cloudflare_has_named_is_right_in_any_account() {
        assert_eq!(outcomes(acme(), NAMED_ELSEWHERE).await, [Ok(String::new()), Ok(String::new())]);
        let mute = Team::Known(Arc::new(Acme(Err("It does not answer."))));
        assert_eq!(outcomes(mute, NAMED_ELSEWHERE).await, [Ok(String::new()), Ok(String::new())]);
        for outcome in outcomes(acme(), "https://beta.cloudflareaccess.com/populations/z/scim/v2").await {
            let error = outcome.unwrap_err();
            assert!(error.summary.contains("another Zero Trust organization"), "{error:?}");
            assert!(error.detail.contains("zt_scim_config") && error.detail.contains("cloudflare.account_id"));
        }
    }

    #[tokio::test]
    async fn what_a_plan_has_recognised_the_apply_goes_by() {
        let org = url::Url::parse("https://acme.okta.com").unwrap();
        let okta = api::Client::new(org, api::Credentials::default(), Default::default());
        let model = ScimApp { scim_base_url: NAMED_ELSEWHERE.into(), ..ScimApp::default() };
        let call = Call::default();
        client(okta.clone(), acme()).plan_base_url(&call, &model).await.unwrap();
        let later = client(okta, Team::NotYetKnown);
        assert!(later.check_base_url(&call, &model).await.is_ok());
        let other = ScimApp { scim_base_url: OURS.into(), ..ScimApp::default() };
        assert!(later.check_base_url(&call, &other).await.is_err(), "of that one URL alone");
    }

    #[tokio::test]
    async fn faults_warn_in_the_plan_and_stop_the_apply() {
        let mute = Team::Known(Arc::new(Acme(Err("It does not answer."))));
        let [planned, applied] = outcomes(mute, OURS).await;
        assert_eq!(planned, Ok("warned".to_owned()));
        assert!(applied.unwrap_err().detail.contains("It does not answer."));
        let [planned, applied] = outcomes(Team::NotYetKnown, OURS).await;
        assert_eq!(planned, Ok(String::new()));
        assert!(applied.is_err());
    }

    #[tokio::test]
    async fn without_a_cloudflare_side_it_stays_with_a_warning() {
        let none = || Team::None("No Cloudflare credentials".to_owned());
        assert_eq!(outcomes(none(), OURS).await, [Ok("warned".to_owned()), Ok("warned".to_owned())]);
        assert_eq!(outcomes(none(), "http://127.0.0.1:1/scim").await, [Ok(String::new()), Ok(String::new())]);
    }
}
