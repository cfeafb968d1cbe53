//! What both sides show of a handshake, read in parallel and in few requests. Nothing is written, and no secret is kept.

use super::okta_probe::OktaProbe;
use crate::cloudflare::api::Scope;
use crate::cloudflare::api::identity_providers::IdentityProvider;
use crate::cloudflare::client::{Cloudflare, DefaultAccount};
use crate::cloudflare::okta_account;
use crate::cloudflare::okta_side::{self, Judgement, KnownSecret, OktaSide};
use crate::cloudflare::scope::Place;
use crate::framework::diagnostic::Diagnostics;
use crate::framework::model::Attr;
use crate::framework::provider::Unavailable;
use crate::framework::value::Value;
use crate::okta::api::app_settings::GroupsClaim;
use crate::okta::api::apps::App;
use crate::okta::api::assignments::AppUser;
use crate::okta::api::authorization_servers::Metadata;
use crate::okta::api::connections::Connection;
use crate::okta::api::groups::Group;
use crate::okta::api::logs::{LogEvent, LogQuery};
use crate::okta::api::push_mappings::PushMapping;
use crate::okta::api::{self, Error};
use std::collections::BTreeMap;

/// How many groups of the org are looked at. Beyond that a count is a lower bound.
const GROUPS: usize = 5000;
/// How many people of the SCIM app are looked at.
const PEOPLE: usize = 200;
/// How many events are looked at, the newest.
const EVENTS: usize = 500;
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
}

/// What of the handshake is looked at.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The account of the login method; null for the provider's.
    pub account_id: Attr<String>,
    /// The zone of the login method, if it is in one.
    pub zone_id: Attr<String>,
    /// Cloudflare's id of the login method.
    pub identity_provider_id: String,
    /// Okta's id of the app that people log in with, if it is not the client id.
    pub oidc_app_id: Option<String>,
    /// Okta's id of the SCIM app.
    pub scim_app_id: Option<String>,
    /// Fingerprint of the client secret that Cloudflare was given.
    pub client_secret_fingerprint: Option<String>,
    /// Whether Cloudflare was given an API token of Okta's, which it does not show.
    pub has_api_token: Option<bool>,
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
    /// Somebody assigned to it.
    pub oidc_users: Reading<Vec<AppUser>>,
    /// Whether Okta accepts the client secret.
    pub secret: Reading<Secret>,
    /// The groups claim of ID tokens; `None` if they have none.
    pub claim: Reading<Option<GroupsClaim>>,
    /// The scopes of the custom authorization server; skipped for the org's own, which has all it needs.
    pub scopes: Reading<Vec<String>>,
    /// Groups of the org.
    pub groups: Reading<Groups>,
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
    /// What provisioning did in the past seven days, newest first.
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

impl Seen {
    /// Reads everything.
    ///
    /// # Errors
    /// A provider setting is not known yet: whatever was found now would be found too early.
    pub async fn gather(client: &Client, target: &Target) -> Result<Self, Diagnostics> {
        let cloudflare = side(&client.cloudflare)?;
        let scope = scope(&cloudflare, target)?;
        let okta = side(&client.okta)?;
        let (login_method, org, scim, groups) = tokio::join!(
            login_method(cloudflare, scope, target),
            org(okta.clone()),
            Scim::gather(okta.clone(), target.scim_app_id.as_deref()),
            groups(okta.clone()),
        );
        let Login { metadata, oidc_app, oidc_users, secret, claim, scopes } =
            Login::gather(okta.clone(), client.secret_checks, target, login_method.as_ref()).await;
        let Scim { app, users, connection, mappings, events } = scim;
        let groups = named(okta, groups, &mappings).await;
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
            has_api_token: target.has_api_token,
            scim_app: app,
            scim_users: users,
            connection,
            mappings,
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

/// Takes an answer. `what` was to be read.
fn read<T>(what: &str, answer: Result<T, Error>) -> Reading<T> {
    answer.map_err(|error| {
        let why = format!("{what} could not be read: {error}.");
        if error.is_no_answer() || error.is_unauthorized() || matches!(error, Error::Unreadable { .. }) {
            Unread::NoAnswer(why)
        } else {
            Unread::Skipped(why)
        }
    })
}

/// Where the login method is.
fn scope(cloudflare: &Reading<&Cloudflare>, target: &Target) -> Result<Reading<Scope>, Diagnostics> {
    let cloudflare = match cloudflare {
        Ok(cloudflare) => cloudflare,
        Err(unread) => return Ok(Err(unread.clone())),
    };
    let place = Place { account_id: &target.account_id, zone_id: &target.zone_id };
    match place.scope(cloudflare) {
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
    read("The login method", cloudflare.api().identity_provider(&scope, &target.identity_provider_id).await)
}

async fn org(okta: Reading<&api::Client>) -> Reading<Vec<String>> {
    let okta = okta?;
    let own = okta_account::without_slash(okta.org_url()).to_owned();
    let named = read("What the org says about itself", okta.organization().await)?;
    Ok([Some(own), named.url, named.alternate_url].into_iter().flatten().collect())
}

async fn groups(okta: Reading<&api::Client>) -> Reading<Groups> {
    let found = read("The groups of the org", okta?.first_groups(GROUPS).await)?;
    let complete = found.len() < GROUPS;
    Ok(Groups { by_id: found.into_iter().map(|group| (group.id.clone(), group)).collect(), complete })
}

/// Adds the pushed groups that were not among those looked at.
async fn named(
    okta: Reading<&api::Client>,
    groups: Reading<Groups>,
    mappings: &Reading<Vec<PushMapping>>,
) -> Reading<Groups> {
    let (okta, mut groups) = (okta?, groups?);
    if groups.complete {
        return Ok(groups);
    }
    let pushed = mappings.iter().flatten();
    let ids = pushed.flat_map(|mapping| [Some(&mapping.source_group_id), mapping.target_group_id.as_ref()]).flatten();
    let missing: Vec<String> = ids.filter(|id| !groups.by_id.contains_key(*id)).cloned().collect();
    let asked = futures_util::future::join_all(missing.iter().map(|id| okta.group(id))).await;
    for found in asked {
        if let Some(group) = read("A pushed group", found)? {
            groups.by_id.insert(group.id.clone(), group);
        }
    }
    Ok(groups)
}

/// The side that people log in with.
struct Login {
    metadata: Reading<Option<Metadata>>,
    oidc_app: Reading<Option<App>>,
    oidc_users: Reading<Vec<AppUser>>,
    secret: Reading<Secret>,
    claim: Reading<Option<GroupsClaim>>,
    scopes: Reading<Vec<String>>,
}

impl Login {
    async fn gather(
        okta: Reading<&api::Client>,
        secret_checks: bool,
        target: &Target,
        login_method: Result<&Option<IdentityProvider>, &Unread>,
    ) -> Self {
        let found = match (okta, login_method) {
            (Err(unread), _) => Err(unread),
            (_, Err(unread)) => Err(unread.clone()),
            (_, Ok(None)) => Err(Unread::Skipped("There is no login method.".to_owned())),
            (Ok(okta), Ok(Some(method))) => Ok((okta, method)),
        };
        let (okta, method) = match found {
            Ok(found) => found,
            Err(unread) => return Self::unread(&unread),
        };
        let client_id = method.client_id().unwrap_or_default();
        let app_id = target.oidc_app_id.as_deref().unwrap_or(client_id);
        let server = method.authorization_server_id();
        let (metadata, oidc_app, secret, scopes) = tokio::join!(
            okta.authorization_server_metadata(server),
            okta.app(app_id),
            secret(okta, secret_checks, target, method, app_id),
            scopes(okta, server),
        );
        let metadata = read("The metadata of the authorization server", metadata);
        let oidc_app = read("The app that people log in with", oidc_app);
        let (oidc_users, claim) = match &oidc_app {
            Ok(Some(_)) => {
                let (users, claim) = tokio::join!(okta.first_app_users(app_id, 1), claim(okta, app_id, server));
                (read("The assignments of the app that people log in with", users), claim)
            }
            Ok(None) => {
                let unread = Unread::Skipped("The app that people log in with does not exist.".to_owned());
                (Err(unread.clone()), Err(unread))
            }
            Err(unread) => (Err(unread.clone()), Err(unread.clone())),
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

async fn scopes(okta: &api::Client, server: Option<&str>) -> Reading<Vec<String>> {
    match server {
        Some(server) => read("The scopes of the authorization server", okta.scopes(server).await),
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
        Judgement::Unknowable(why) => Err(Unread::Skipped(format!("Whether Okta accepts the client secret: {why}."))),
        Judgement::NoAnswer(why) => Err(Unread::NoAnswer(format!("Whether Okta accepts the client secret: {why}."))),
    }
}

/// The claim of the org's own server is a setting of the app; that of a custom one is the server's.
async fn claim(okta: &api::Client, app_id: &str, server: Option<&str>) -> Reading<Option<GroupsClaim>> {
    match server {
        Some(server) => read("The claims of the authorization server", okta.id_token_claim(server, CLAIM).await),
        None if okta.has_api_token() => read("The groups claim", okta.groups_claim(app_id).await),
        None => Err(Unread::Skipped("Okta shows the groups claim to API tokens only.".to_owned())),
    }
}

/// The side that sends people and groups.
struct Scim {
    app: Reading<Option<App>>,
    users: Reading<Vec<AppUser>>,
    connection: Reading<Option<Connection>>,
    mappings: Reading<Vec<PushMapping>>,
    events: Reading<Vec<LogEvent>>,
}

impl Scim {
    async fn gather(okta: Reading<&api::Client>, app_id: Option<&str>) -> Self {
        let asked = okta.and_then(|okta| match app_id {
            Some(app_id) => Ok((okta, app_id)),
            None => Err(Unread::Skipped("scim_app_id is not set.".to_owned())),
        });
        let (okta, app_id) = match asked {
            Ok(asked) => asked,
            Err(unread) => return Self::unread(&unread),
        };
        let log = LogQuery { limit: EVENTS, ..LogQuery::provisioning(app_id, false) };
        let (app, users, connection, mappings, events) = tokio::join!(
            okta.app(app_id),
            okta.first_app_users(app_id, PEOPLE),
            okta.connection(app_id),
            okta.list_push_mappings(app_id),
            okta.latest_log_events(&log),
        );
        let app = read("The SCIM app", app);
        if let Ok(None) = app {
            let gone = Self::unread(&Unread::Skipped("The SCIM app does not exist.".to_owned()));
            return Self { app, ..gone };
        }
        Self {
            app,
            users: read("The assignments of the SCIM app", users),
            connection: read("The connection of the SCIM app", connection),
            mappings: read("The pushed groups of the SCIM app", mappings),
            events: read("The provisioning log of the SCIM app", events),
        }
    }

    fn unread(unread: &Unread) -> Self {
        Self {
            app: Err(unread.clone()),
            users: Err(unread.clone()),
            connection: Err(unread.clone()),
            mappings: Err(unread.clone()),
            events: Err(unread.clone()),
        }
    }
}

/// Whether two texts name the same org.
pub(super) fn same_org(a: &str, b: &str) -> bool {
    okta_account::same(&Value::string(a), &Value::string(b))
}
