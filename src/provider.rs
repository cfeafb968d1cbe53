//! The provider block, and the registries joined.
//!
//! [`Zt`] is the whole provider. Its block becomes a [`State`]: one client per side, or the reason why there is none,
//! which is an error only for what needs that side.

use crate::cloudflare::client::Cloudflare;
use crate::cloudflare::okta_idp::data_source::OktaIdpSource;
use crate::cloudflare::okta_idp::{self, OktaIdpList, OktaIdpResource};
use crate::cloudflare::organization::OrganizationSource;
use crate::cloudflare::scim_config::ScimConfigResource;
use crate::cloudflare::scim_received::{ScimGroupsSource, ScimUsersSource};
use crate::framework::action::AnyAction;
use crate::framework::data_source::AnyDataSource;
use crate::framework::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::framework::ephemeral::AnyEphemeral;
use crate::framework::function::AnyFunction;
use crate::framework::list::AnyList;
use crate::framework::provider::{FromState, Provider, Unavailable};
use crate::framework::resource::AnyResource;
use crate::framework::terms::{Terms, Waits};
use crate::functions::callback_url::CallbackUrl;
use crate::functions::okta_issuer::OktaIssuer;
use crate::functions::secret_fingerprint::SecretFingerprint;
use crate::handshake::action::TestHandshake;
use crate::handshake::data_source::HandshakeSource;
use crate::handshake::okta_probe::OktaProbe;
use crate::handshake::readings;
use crate::handshake::scim_secrets::CloudflareSecrets;
use crate::http::{Caller, Listener};
use crate::okta::api::Client as OktaClient;
use crate::okta::client_secret::{self, ClientSecretResource, EphemeralClientSecret};
use crate::okta::data_sources::app::AppSource;
use crate::okta::data_sources::group::GroupSource;
use crate::okta::data_sources::provisioning_log::ProvisioningLogSource;
use crate::okta::data_sources::user::UserSource;
use crate::okta::existing::Existing;
use crate::okta::oidc_app::{self, OidcAppList, OidcAppResource};
use crate::okta::scim_app::{self, ScimAppList, ScimAppResource};
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;

mod block;
mod cloudflare;
pub mod environment;
mod okta;
mod settings;
mod zero_trust;

pub use block::{CloudflareBlock, OktaBlock, ProviderBlock};
pub use environment::Environment;

/// Managed resources, in the order of the documentation.
static RESOURCES: &[&dyn AnyResource<State>] =
    &[&ClientSecretResource, &OidcAppResource, &OktaIdpResource, &ScimConfigResource, &ScimAppResource];

/// Data sources.
static DATA_SOURCES: &[&dyn AnyDataSource<State>] = &[
    &AppSource,
    &GroupSource,
    &ProvisioningLogSource,
    &UserSource,
    &HandshakeSource,
    &OktaIdpSource,
    &OrganizationSource,
    &ScimGroupsSource,
    &ScimUsersSource,
];

/// Ephemeral resources.
static EPHEMERALS: &[&dyn AnyEphemeral<State>] = &[&EphemeralClientSecret];

/// List resources.
static LISTS: &[&dyn AnyList<State>] = &[&OidcAppList, &OktaIdpList, &ScimAppList];

/// Actions.
static ACTIONS: &[&dyn AnyAction<State>] = &[&TestHandshake];

/// Functions.
static FUNCTIONS: &[&dyn AnyFunction] = &[&CallbackUrl, &OktaIssuer, &SecretFingerprint];

/// The provider.
#[derive(Debug)]
pub struct Zt {
    environment: Environment,
}

impl Zt {
    /// The provider with the environment of this process.
    pub fn new() -> Self {
        Self::with(Environment::of_process())
    }

    /// The provider with another environment.
    pub fn with(environment: Environment) -> Self {
        Self { environment }
    }
}

impl Default for Zt {
    fn default() -> Self {
        Self::new()
    }
}

/// What the provider block and the environment came to.
#[derive(Debug)]
pub struct State {
    /// The Okta side.
    pub okta: Result<OktaClient, Unavailable>,
    /// The Cloudflare side.
    pub cloudflare: Result<Cloudflare, Unavailable>,
    /// Whether somebody meant there to be a Cloudflare side, even if its settings are wrong.
    pub cloudflare_is_meant: bool,
    /// Whether reads may look at secrets to find out if both sides agree.
    pub secret_checks: bool,
    /// The apps whose secrets this process works on.
    pub apps: client_secret::Apps,
    /// The apps that may be taken over.
    pub existing: Existing,
}

#[async_trait]
impl Provider for Zt {
    type Model = ProviderBlock;
    type State = State;

    fn validate(&self, config: &ProviderBlock, problems: &mut Diagnostics) {
        block::validate(config, &self.environment, problems);
    }

    async fn configure(&self, config: ProviderBlock, terraform_version: &str) -> Result<(State, Diagnostics)> {
        let settings = settings::settings(&config, &self.environment, terraform_version);
        let state = State {
            okta: okta::connect(&config.okta, &self.environment, settings.clone()),
            cloudflare: cloudflare::connect(&config.cloudflare, &self.environment, settings),
            cloudflare_is_meant: cloudflare::is_meant(&config.cloudflare, &self.environment),
            // While it is not known yet nothing is done that it may forbid.
            secret_checks: config.secret_checks.is_null() || config.secret_checks.text() == Some("always"),
            apps: client_secret::Apps::default(),
            existing: Existing::default(),
        };
        Ok((state, Diagnostics::new()))
    }

    fn resources(&self) -> &'static [&'static dyn AnyResource<State>] {
        RESOURCES
    }

    fn data_sources(&self) -> &'static [&'static dyn AnyDataSource<State>] {
        DATA_SOURCES
    }

    fn ephemerals(&self) -> &'static [&'static dyn AnyEphemeral<State>] {
        EPHEMERALS
    }

    fn functions(&self) -> &'static [&'static dyn AnyFunction] {
        FUNCTIONS
    }

    fn lists(&self) -> &'static [&'static dyn AnyList<State>] {
        LISTS
    }

    fn actions(&self) -> &'static [&'static dyn AnyAction<State>] {
        ACTIONS
    }
}

/// The terms of a call as the clients take them.
fn caller(terms: &Terms) -> Caller {
    let Terms { stop, deadline, waits } = terms.clone();
    Caller { stop, deadline, listener: Some(waits) }
}

impl Listener for Waits {
    fn waits(&self, what_for: &str, time: Option<Duration>) {
        self.begins(what_for, time);
    }

    fn waited(&self, what_for: &str, time: Duration) {
        self.ended(what_for, time);
    }
}

impl FromState<State> for OktaClient {
    fn from_state(state: &State, terms: &Terms) -> Result<Self, Unavailable> {
        state.okta.as_ref().map(|client| client.with_caller(caller(terms))).map_err(Clone::clone)
    }
}

impl FromState<State> for Cloudflare {
    fn from_state(state: &State, terms: &Terms) -> Result<Self, Unavailable> {
        let client = state.cloudflare.as_ref().map_err(Clone::clone)?;
        Ok(client.with_caller(caller(terms)).with_secret_checks(state.secret_checks))
    }
}

impl FromState<State> for okta_idp::Client {
    fn from_state(state: &State, terms: &Terms) -> Result<Self, Unavailable> {
        Ok(Self {
            cloudflare: Cloudflare::from_state(state, terms)?,
            okta: Arc::new(OktaProbe(OktaClient::from_state(state, terms))),
        })
    }
}

impl FromState<State> for readings::Client {
    fn from_state(state: &State, terms: &Terms) -> Result<Self, Unavailable> {
        Ok(Self {
            cloudflare: Cloudflare::from_state(state, terms),
            okta: OktaClient::from_state(state, terms),
            secret_checks: state.secret_checks,
        })
    }
}

impl FromState<State> for oidc_app::Client {
    fn from_state(state: &State, terms: &Terms) -> Result<Self, Unavailable> {
        let okta = OktaClient::from_state(state, terms)?;
        Ok(Self { okta, secret_checks: state.secret_checks, existing: state.existing.clone() })
    }
}

impl FromState<State> for client_secret::Client {
    fn from_state(state: &State, terms: &Terms) -> Result<Self, Unavailable> {
        let okta = OktaClient::from_state(state, terms)?;
        Ok(Self { okta, secret_checks: state.secret_checks, apps: state.apps.clone() })
    }
}

impl FromState<State> for scim_app::Client {
    fn from_state(state: &State, terms: &Terms) -> Result<Self, Unavailable> {
        let okta = OktaClient::from_state(state, terms)?;
        let cloudflare = Cloudflare::from_state(state, terms);
        Ok(Self {
            okta,
            team: zero_trust::team(cloudflare.clone(), state.cloudflare_is_meant),
            secrets: Arc::new(CloudflareSecrets(cloudflare)),
            secret_checks: state.secret_checks,
            existing: state.existing.clone(),
        })
    }
}

/// A setting that depends on something that does not exist yet.
fn not_yet_known(setting: &str) -> Unavailable {
    Unavailable::NotYetKnown(Diagnostic::error(
        "A provider setting is not known yet",
        format!(
            "{setting} in the provider block depends on something that does not exist yet, and this step has to call \
             the service now. Create what it depends on first (terraform apply -target=…), or set it to a value that \
             is known."
        ),
    ))
}

/// A setting that is missing or wrong.
fn missing(summary: impl Into<String>, detail: impl Into<String>) -> Unavailable {
    Unavailable::Missing(Diagnostic::error(summary, detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::model::Attr;
    use crate::framework::secret::Secret;

    /// Why something is not there, summary and detail.
    pub(super) fn text(why: &Unavailable) -> String {
        let (Unavailable::NotYetKnown(why) | Unavailable::Missing(why)) = why;
        format!("{}: {}", why.summary, why.detail)
    }

    fn problems(block: ProviderBlock) -> Vec<String> {
        let mut problems = Diagnostics::new();
        Zt::with(Environment::of([("", ""); 0])).validate(&block, &mut problems);
        problems.iter().map(|problem| problem.path.to_string()).collect()
    }

    fn cloudflare(block: CloudflareBlock) -> ProviderBlock {
        ProviderBlock { cloudflare: block.into(), ..ProviderBlock::default() }
    }

    fn okta(block: OktaBlock) -> ProviderBlock {
        ProviderBlock { okta: block.into(), ..ProviderBlock::default() }
    }

    fn secret() -> Attr<Secret> {
        Secret::from("hunter2").into()
    }

    #[test]
    fn contradictions_are_errors_on_their_attributes() {
        let none = CloudflareBlock::default;
        assert_eq!(
            problems(cloudflare(CloudflareBlock {
                api_token: secret(),
                api_key: secret(),
                email: "a".into(),
                ..none()
            })),
            ["cloudflare.api_key"]
        );
        assert_eq!(problems(cloudflare(CloudflareBlock { api_key: secret(), ..none() })), ["cloudflare.api_key"]);
        assert_eq!(problems(cloudflare(CloudflareBlock { email: "a".into(), ..none() })), ["cloudflare.email"]);
        let none = OktaBlock::default;
        assert_eq!(
            problems(okta(OktaBlock { org_url: "https://a.okta.com".into(), org_name: "a".into(), ..none() })),
            ["okta.org_name"]
        );
        assert_eq!(problems(okta(OktaBlock { org_name: "a-admin".into(), ..none() })), ["okta.org_name"]);
        assert_eq!(problems(okta(OktaBlock { client_id: "0oa".into(), ..none() })), ["okta.client_id"]);
        assert_eq!(
            problems(okta(OktaBlock { private_key: secret(), client_id: "0oa".into(), ..none() })),
            ["okta.private_key"]
        );
        let waits =
            ProviderBlock { min_wait_seconds: 9.into(), max_wait_seconds: 3.into(), ..ProviderBlock::default() };
        assert_eq!(problems(waits), ["min_wait_seconds"]);
    }

    #[test]
    fn what_is_unknown_or_right_passes() {
        let unknown = CloudflareBlock { api_key: Attr::Unknown, email: Attr::Unknown, ..CloudflareBlock::default() };
        assert!(problems(cloudflare(unknown)).is_empty());
        assert!(problems(ProviderBlock { okta: Attr::Unknown, ..ProviderBlock::default() }).is_empty());
        let service = OktaBlock {
            org_name: "a".into(),
            base_url: "oktapreview.com".into(),
            client_id: "0oa".into(),
            private_key: secret(),
            scopes: Attr::Known(["okta.apps.manage".to_owned()].into_iter().collect()),
            ..OktaBlock::default()
        };
        assert!(problems(okta(service)).is_empty());
    }

    #[tokio::test]
    async fn each_side_is_missed_only_by_what_needs_it() {
        let provider = Zt::with(Environment::of([("CLOUDFLARE_API_TOKEN", "t")]));
        let (state, warnings) = provider.configure(ProviderBlock::default(), "1.11.4").await.unwrap();
        assert!(warnings.is_empty() && state.secret_checks);
        let terms = Terms::default();
        assert!(Cloudflare::from_state(&state, &terms).is_ok());
        assert!(matches!(OktaClient::from_state(&state, &terms), Err(Unavailable::Missing(_))));
    }

    #[tokio::test]
    async fn secrets_are_looked_at_unless_the_block_says_never_or_does_not_say_yet() {
        let provider = Zt::with(Environment::of([("OKTA_API_TOKEN", "t"), ("OKTA_ORG_URL", "https://a.okta.com")]));
        for (setting, looks) in
            [(Attr::Null, true), ("always".into(), true), ("never".into(), false), (Attr::Unknown, false)]
        {
            let block = ProviderBlock { secret_checks: setting, ..ProviderBlock::default() };
            let (state, _) = provider.configure(block, "1.11.4").await.unwrap();
            let client = oidc_app::Client::from_state(&state, &Terms::default()).unwrap();
            assert_eq!(client.secret_checks, looks);
        }
    }

    #[test]
    fn names_in_the_registries_are_unique() {
        let names: Vec<&str> = RESOURCES.iter().map(|resource| resource.name()).collect();
        let mut unique = names.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(names.len(), unique.len());
    }
}
