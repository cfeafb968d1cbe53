//! What both sides show of a handshake, read in parallel and in few requests. Nothing is written, and no secret is kept.

mod groups;
mod login;
mod scim;
mod target;

use self::login::Login;
use self::scim::Scim;
pub use self::target::Target;
use crate::cloudflare::api::identity_providers::IdentityProvider;
use crate::cloudflare::api::{Scope, is_unauthenticated};
use crate::cloudflare::client::{Cloudflare, DefaultAccount};
use crate::cloudflare::okta_account;
use crate::cloudflare::okta_side::KnownSecret;
use crate::framework::diagnostic::Diagnostics;
use crate::framework::provider::Unavailable;
use crate::framework::value::Value;
use crate::okta::api::app_settings::GroupsClaim;
use crate::okta::api::apps::App;
use crate::okta::api::assignments::AppUser;
use crate::okta::api::authorization_servers::Metadata;
use crate::okta::api::connections::Connection;
use crate::okta::api::groups::Group;
use crate::okta::api::logs::LogEvent;
use crate::okta::api::push_mappings::PushMapping;
use crate::okta::api::{self, Error};
use std::collections::{BTreeMap, BTreeSet};

/// How many people of the SCIM app are looked at.
pub(super) const PEOPLE: usize = 200;
/// How many events are looked at, the newest: a page.
pub(super) const EVENTS: usize = 1000;
/// The claim that Cloudflare reads.
pub(super) const CLAIM: &str = "groups";

/// What a reading came to.
pub type Reading<T> = Result<T, Unread>;

/// Why something was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It cannot be, or was not asked for; why, as a sentence.
    Skipped(String),
    /// The service did not answer, or not with what it promises; why, as a sentence.
    NoAnswer(String),
    /// The service does not accept the credentials.
    Rejected {
        /// What was asked and answered, as a sentence.
        why: String,
        /// What to do about it.
        remedy: &'static str,
    },
}

/// Both sides, or why one is not there.
#[derive(Clone)]
pub struct Client {
    /// Cloudflare.
    pub cloudflare: Result<Cloudflare, Unavailable>,
    /// Okta.
    pub okta: Result<api::Client, Unavailable>,
    /// Whether reads may look at secrets.
    pub secret_checks: bool,
}

/// Everything that the checks decide on.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The login method; `None` if there is none.
    pub login_method: Reading<Option<IdentityProvider>>,
    /// The addresses of the provider's org, its own first.
    pub org: Reading<Vec<String>>,
    /// What the authorization server publishes; `None` if there is no such server.
    pub metadata: Reading<Option<Metadata>>,
    /// The app that people log in with; `None` if there is none.
    pub oidc_app: Reading<Option<App>>,
    /// Some of the people who are assigned to it.
    pub oidc_users: Reading<Vec<AppUser>>,
    /// Whether Okta accepts the client secret.
    pub secret: Reading<Secret>,
    /// The groups claim of ID tokens; `None` if they have none.
    pub claim: Reading<Option<GroupsClaim>>,
    /// The scopes of the custom authorization server; skipped for the org's own, which has all it needs.
    pub scopes: Reading<Vec<String>>,
    /// Groups of the org.
    pub groups: Reading<Groups>,
    /// Of some people who log in, all groups; skipped where nobody can be in too many.
    pub memberships: Reading<Vec<Membership>>,
    /// Whether Cloudflare has an API token.
    pub has_api_token: Option<bool>,
    /// The SCIM app; `None` if there is none.
    pub scim_app: Reading<Option<App>>,
    /// People assigned to it, not all of them.
    pub scim_users: Reading<Vec<AppUser>>,
    /// Its connection; `None` if the app is gone.
    pub connection: Reading<Option<Connection>>,
    /// Its pushed groups.
    pub mappings: Reading<Vec<PushMapping>>,
    /// Ids of people who are among the failures of `events` and no longer assigned to the app.
    pub unassigned: BTreeSet<String>,
    /// What provisioning did in the past seven days, newest first, and [`EVENTS`] at most.
    pub events: Reading<Vec<LogEvent>>,
}

/// Whether Okta accepts a client secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// It does.
    Accepted,
    /// It does not; these are the ones of the app.
    Rejected(Vec<KnownSecret>),
}

/// Groups of the org.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    /// By id.
    pub by_id: BTreeMap<String, Group>,
    /// Whether these are all of them.
    pub complete: bool,
}

/// The groups of a person.
#[derive(Clone, Debug)]
pub struct Membership {
    /// What the person is called where they log in.
    pub name: String,
    /// All of their groups, those of apps included.
    pub groups: Vec<Group>,
}

impl Seen {
    /// Reads everything.
    ///
    /// # Errors
    /// A provider setting is not known yet: whatever was found now would be found too early. Or the login method is said to
    /// be in an account and in a zone.
    pub async fn gather(client: &Client, target: &Target) -> Result<Self, Diagnostics> {
        let cloudflare = side(&client.cloudflare)?;
        let scope = scope(&cloudflare, target)?;
        let okta = side(&client.okta)?;
        let (login_method, org, scim, of_org) = tokio::join!(
            login_method(cloudflare, scope, target),
            org(okta.clone()),
            Scim::gather(okta.clone(), target.scim_app_id.as_deref()),
            groups::of_org(okta.clone()),
        );
        let Login { metadata, oidc_app, oidc_users, secret, claim, scopes } =
            Login::gather(okta.clone(), client.secret_checks, target, &login_method, &org).await;
        let Scim { app, users, connection, mappings, unassigned, events } = scim;
        let (memberships, groups) = tokio::join!(
            groups::of_people(okta.clone(), &claim, &of_org, &oidc_users),
            groups::with_pushed(okta.clone(), of_org.clone(), &mappings),
        );
        Ok(Self {
            login_method,
            org,
            metadata,
            oidc_app,
            oidc_users,
            secret,
            claim,
            scopes,
            groups,
            memberships,
            has_api_token: target.has_api_token,
            scim_app: app,
            scim_users: users,
            connection,
            mappings,
            unassigned,
            events,
        })
    }
}

/// One side of the provider block.
fn side<T>(side: &Result<T, Unavailable>) -> Result<Reading<&T>, Diagnostics> {
    match side {
        Ok(client) => Ok(Ok(client)),
        Err(why @ Unavailable::NotYetKnown(_)) => Err(why.clone().into()),
        Err(Unavailable::Missing(why)) => Ok(Err(Unread::Skipped(format!("{}: {}", why.summary, why.detail)))),
    }
}

/// Takes an answer of Okta's. `what` was to be read.
fn of_okta<T>(what: &str, answer: Result<T, Error>) -> Reading<T> {
    let rejected = |error: &Error| api::is_unauthenticated(error).then_some(crate::okta::errors::NOT_ACCEPTED);
    answer.map_err(|error| unread(what, &error, rejected(&error)))
}

/// Takes an answer of Cloudflare's. `what` was to be read.
fn of_cloudflare<T>(what: &str, answer: Result<T, Error>) -> Reading<T> {
    let rejected = |error: &Error| is_unauthenticated(error).then_some(crate::cloudflare::errors::NOT_ACCEPTED);
    answer.map_err(|error| unread(what, &error, rejected(&error)))
}

/// Why something was not read; `remedy` is that for credentials, if they are not accepted.
fn unread(what: &str, error: &Error, remedy: Option<&'static str>) -> Unread {
    let why = format!("{what} could not be read: {error}.");
    match remedy {
        Some(remedy) => Unread::Rejected { why, remedy },
        None if error.is_no_answer() || matches!(error, Error::Unreadable { .. }) => Unread::NoAnswer(why),
        None => Unread::Skipped(why),
    }
}

/// Where the login method is.
fn scope(cloudflare: &Reading<&Cloudflare>, target: &Target) -> Result<Reading<Scope>, Diagnostics> {
    target.place().check()?;
    let cloudflare = match cloudflare {
        Ok(cloudflare) => cloudflare,
        Err(unread) => return Ok(Err(unread.clone())),
    };
    match target.place().scope(cloudflare) {
        Ok(scope) => Ok(Ok(scope)),
        Err(why) if *cloudflare.account() == DefaultAccount::NotYetKnown => Err(why.into()),
        Err(why) => Ok(Err(Unread::Skipped(format!("{} {}", why.summary, why.detail)))),
    }
}

async fn login_method(
    cloudflare: Reading<&Cloudflare>,
    scope: Reading<Scope>,
    target: &Target,
) -> Reading<Option<IdentityProvider>> {
    let (cloudflare, scope) = (cloudflare?, scope?);
    of_cloudflare("The login method", cloudflare.api().identity_provider(&scope, &target.identity_provider_id).await)
}

async fn org(okta: Reading<&api::Client>) -> Reading<Vec<String>> {
    let okta = okta?;
    let own = okta_account::without_slash(okta.org_url()).to_owned();
    let named = of_okta("What the org says about itself", okta.organization().await)?;
    Ok([Some(own), named.url, named.alternate_url].into_iter().flatten().collect())
}

/// Whether two texts name the same org.
pub(super) fn same_org(a: &str, b: &str) -> bool {
    okta_account::same(&Value::string(a), &Value::string(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::okta::api::{Refusal, StatusCode};

    fn refused(status: u16, code: &str) -> Result<(), Error> {
        Err(Error::from(Refusal {
            request: "GET https://api.example/x".into(),
            status: StatusCode::from_u16(status).unwrap(),
            code: Some(code.into()),
            summary: "no".into(),
            causes: Vec::new(),
            request_id: None,
            maybe_done: false,
        }))
    }

    #[test]
    fn credentials_that_are_not_accepted_are_told_from_those_that_may_not() {
        let remedy = |reading: Reading<()>| match reading {
            Err(Unread::Rejected { remedy, .. }) => Some(remedy),
            _ => None,
        };
        for (status, code) in [(403, "9109"), (403, "9103"), (400, "6003"), (400, "9106"), (401, "1000")] {
            let found = remedy(of_cloudflare("It", refused(status, code)));
            assert!(found.is_some_and(|remedy| remedy.contains("CLOUDFLARE_API_TOKEN")), "{status} {code}");
        }
        let found = remedy(of_okta("It", refused(401, "E0000011")));
        assert!(found.is_some_and(|remedy| remedy.contains("OKTA_API_TOKEN")));
        assert!(matches!(of_cloudflare("It", refused(403, "10000")), Err(Unread::Skipped(_))));
        assert!(matches!(of_okta("It", refused(403, "E0000006")), Err(Unread::Skipped(_))));
        assert!(matches!(of_okta("It", refused(503, "E0000009")), Err(Unread::NoAnswer(_))));
    }
}
