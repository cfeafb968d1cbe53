//! `zt_okta_idp`: Okta as a login method of Cloudflare Access.
//!
//! It shares the remote object with `zt_scim_config`; see [`shared_object`](super::shared_object). Surprises of the API:
//! secrets are never shown again, names are not unique, `pkce_enabled` and `api_token` are in no published schema, and
//! what Cloudflare does not know it ignores without a word, so every write is compared with its answer.
//! <https://developers.cloudflare.com/api/resources/zero_trust/subresources/identity_providers/>

use super::api::identity_providers::IdentityProvider;
use super::api::{Error, Scope};
use super::client::Cloudflare;
use super::errors::refused;
use super::ids::{self, Home, Named};
use super::official_state::OfficialState;
use super::ownership::pick;
use super::scope::Place;
use super::shared_object::{Held, Outcome};
use crate::framework::adoption::{OUTCOME, left_alone};
use crate::framework::call::Call;
use crate::framework::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::framework::model::{Attr, Set};
use crate::framework::resource::{Change, ImportKey, MoveSource, Planned, Resource};
use crate::framework::schema::{computed, optional, required};
use crate::framework::secret::Secret;
use crate::framework::timeouts::Timeouts;
use crate::framework::validate::Validator;
use crate::{model, path};
use std::sync::Arc;

use super::okta_account;
use super::okta_side::OktaSide;

pub use self::list::OktaIdpList;
use self::secrets::Push;

mod adoption;
mod create;
pub mod data_source;
mod fields;
mod list;
mod secrets;
mod status;
mod uses;

model! {
    /// Okta as a login method (identity provider) of Cloudflare Access.
    ///
    /// The client secret comes from exactly one of `managed_client_secret` (recommended), `client_secret_wo` and
    /// `client_secret`. Cloudflare never shows it again, nor the API token, so `client_secret_status` says on every
    /// refresh whether what Cloudflare was given still works. After a change outside of Terraform the next apply pushes
    /// the secrets again. An imported login method has neither, and keeps them in Cloudflare until the configuration sets
    /// them, which is one change in place.
    pub struct OktaIdp {
        /// Cloudflare's id, a UUID.
        id: String = computed().keep(),
        /// The account. Without account and zone a new login method is made in the provider's account. At most one of
        /// `account_id` and `zone_id` may be set.
        account_id: String = optional().computed().replaces_because(PLACE).same(ids::same).length(1..=64),
        /// The zone, for login methods of a single zone.
        zone_id: String = optional().replaces_because(PLACE).same(ids::same).length(1..=64),
        /// Name that people see on the login page.
        name: String = required().length(1..=255),
        /// URL of the Okta org, such as `https://acme.okta.com`: not that of the Admin Console, and nothing after the
        /// host name.
        okta_account: String = required().check(Validator::Custom(okta_account::check)).same(okta_account::same),
        /// Client id of the Okta app, usually `okta_oidc_app.<name>.client_id`.
        client_id: String = required().length(1..=255),
        /// Which secret of which Okta app: it is fetched from Okta during the apply and handed to Cloudflare, and is
        /// never in configuration, plan, state or log. Another id pushes that secret. The recommended way; it needs the
        /// provider's Okta side.
        managed_client_secret: ManagedClientSecret = optional(),
        /// Client secret of the Okta app, usually `okta_oidc_app.<name>.client_secret`. It is in the state. Leaving it out
        /// after the creation keeps the one that Cloudflare has.
        client_secret: Secret = optional().sensitive().length(1..=1024),
        /// Client secret of the Okta app, never stored. Only together with `client_secret_wo_version`.
        client_secret_wo: Secret = optional().write_only().sensitive().length(1..=1024),
        /// Any text; another one pushes `client_secret_wo` again.
        client_secret_wo_version: String = optional().length(1..=255),
        /// Okta API token (a read-only one is enough) with which Cloudflare looks up the groups of people who have more
        /// than 100 of them. Not in Cloudflare's published schema of its API.
        api_token: Secret = optional().sensitive().length(1..=1024),
        /// `api_token`, never stored. Only together with `api_token_wo_version`.
        api_token_wo: Secret = optional().write_only().sensitive().length(1..=1024),
        /// Any text; another one pushes `api_token_wo` again.
        api_token_wo_version: String = optional().length(1..=255),
        /// Id of a custom authorization server of Okta's, such as `default`. Without it the org's own is used.
        authorization_server_id: String = optional().clears().length(1..=255),
        /// Use PKCE on every login. Not in Cloudflare's published schema of this type.
        pkce_enabled: bool = optional().cleared_to(false),
        /// Further claims of the token to make available to policies.
        claims: Set<String> = optional().clears().check(Validator::Each(&CLAIM)),
        /// The claim that holds the email address, if it is not `email`.
        email_claim_name: String = optional().clears().length(1..=255),
        /// What to do on creation if there is a login method of the same name: `true` takes over the one of the same Okta
        /// org, and `false` makes another one. Without it, the creation stops if there is one of the same Okta app
        /// (`client_id`), for instance because an apply broke off before Terraform heard of it, and tells how to import
        /// it. Destroying one that was taken over deletes it all the same; but with `create_before_destroy`, a replacement
        /// that takes over its own predecessor leaves it in place.
        adopt_existing: bool = optional(),
        /// Where Okta sends people back to: the redirect URI to register in Okta.
        redirect_url: String = computed().keep(),
        /// Tells the client secret that was last handed over from others without showing it: base64url of the first 16
        /// bytes of its SHA-256, as in `okta_oidc_app.<name>.client_secret_hash`. Null while none was.
        client_secret_fingerprint: String = computed().keep(),
        /// Whether that secret still works: `in_sync` (Okta accepts it, and nothing shows that Cloudflare has another one
        /// by now), `rejected_by_okta`, `changed_outside` (somebody else changed the login method, as the account's audit
        /// log tells; the next apply pushes the configured secrets again) or `unverified` (it cannot be found out: no
        /// secret was handed over, the provider has no credentials for this org, it may not read secrets or the audit
        /// log, or `secret_checks` is `never`). If a service does not answer, the last status stays, with a warning.
        client_secret_status: String = computed().keep(),
        /// How long each operation may take.
        timeouts: Timeouts = optional(),
    }
}

model! {
    /// A client secret of an Okta app in the provider's org.
    pub struct ManagedClientSecret {
        /// Id of the app, usually `okta_oidc_app.<name>.id`.
        app_id: String = required().length(1..=255),
        /// Id of the secret, usually `okta_oidc_app.<name>.client_secret_id` or `okta_client_secret.<name>.id`. It must be
        /// active.
        secret_id: String = required().length(1..=255),
    }
}

model! {
    /// What identifies a login method for good.
    pub struct OktaIdpIdentity {
        /// The account, unless it is in a zone.
        account_id: String = optional(),
        /// The zone, unless it is in an account.
        zone_id: String = optional(),
        /// Cloudflare's id.
        id: String = required(),
    }
}

/// Why another account or zone makes a new login method.
const PLACE: &str = "Cloudflare cannot move a login method. The old one is deleted, and a new one with another id is made: \
                     whatever names the id (Access applications, policies, SCIM) has to name the new one.";
static CLAIM: Validator = Validator::Length(1, 255);

/// What the resource needs of the provider.
#[derive(Clone)]
pub struct Client {
    /// Where it lives.
    pub cloudflare: Cloudflare,
    /// Where its secret comes from, and who says whether it works.
    pub okta: Arc<dyn OktaSide>,
}

/// `zt_okta_idp`.
#[derive(Debug)]
pub struct OktaIdpResource;

impl Resource for OktaIdpResource {
    type Model = OktaIdp;
    type Identity = OktaIdpIdentity;
    type Client = Client;
    const NAME: &'static str = "zt_okta_idp";

    fn validate(&self, config: &OktaIdp, problems: &mut Diagnostics) {
        problems.extend(place(config).check().err());
        secrets::check(config, problems);
    }

    async fn plan(&self, call: &Call, client: Option<&Client>, change: &mut Change<OktaIdp>) -> Result<()> {
        // A value that was unknown when the configuration was checked may turn out to be something else.
        let mut problems = Diagnostics::new();
        secrets::check(&change.config, &mut problems);
        problems.into_result()?;
        plan_secrets(call, client, change).await?;
        let Change { prior, config, planned, .. } = change;
        place(config)
            .plan(client.map(|client| &client.cloudflare), prior.as_ref().map(place), &mut planned.account_id)
            .map_err(|error| error.at(path!(OktaIdp.account_id)))?;
        if let Some(prior) = prior
            && (prior.account_id != planned.account_id || prior.zone_id != planned.zone_id)
        {
            uses::warn(call, client, prior).await;
        }
        if prior.is_some() || config.adopt_existing.is_true() || config.adopt_existing.is_unknown() {
            return Ok(());
        }
        secrets::require_client_secret(config)?;
        // What nobody sets is not there in a new one.
        let no_value = |attribute: &mut Attr<String>| {
            if attribute.is_unknown() {
                *attribute = Attr::Null;
            }
        };
        if config.authorization_server_id.is_null() {
            no_value(&mut planned.authorization_server_id);
        }
        if config.email_claim_name.is_null() {
            no_value(&mut planned.email_claim_name);
        }
        if config.claims.is_null() {
            planned.claims = Attr::Null;
        }
        if config.pkce_enabled.is_null() {
            planned.pkce_enabled = false.into();
        }
        Ok(())
    }

    async fn plan_destroy(&self, call: &Call, client: Option<&Client>, state: &OktaIdp) -> Result<()> {
        uses::warn(call, client, state).await;
        Ok(())
    }

    async fn create(&self, call: &Call, client: &Client, change: Planned<OktaIdp>) -> Result<OktaIdp> {
        create::run(call, client, change).await
    }

    async fn read(&self, call: &Call, client: &Client, state: OktaIdp) -> Result<Option<OktaIdp>> {
        let (id, scope) = located(&state)?;
        let tried = format!("Reading the login method {id} failed");
        let api = client.cloudflare.api();
        let found = match call.importing() {
            true => api.identity_provider(&scope, id).await,
            false => api.look_at_identity_provider(&scope, id, |listed| agrees(call, &state, &scope, listed)).await,
        };
        let found = found.map_err(|error| failed(&tried, &error))?;
        let Some(found) = found else { return Ok(None) };
        if found.kind() != "okta" {
            let detail =
                format!("It is of the type {:?}; zt_okta_idp manages those of the type \"okta\".", found.kind());
            return Err(Diagnostic::error(format!("The login method {id} is not Okta"), detail).into());
        }
        let mut seen = fields::seen(state.clone(), &scope, &found);
        let (secret, last) = (state.client_secret.known(), state.client_secret_status.clone());
        status::judge(call, client, &mut seen, &found, &scope, secret, last).await;
        Ok(Some(seen))
    }

    async fn update(&self, call: &Call, client: &Client, prior: OktaIdp, change: Planned<OktaIdp>) -> Result<OktaIdp> {
        let (id, scope) = located(&prior)?;
        let tried = format!("Changing the login method {id} failed");
        let push = secrets::gather(call, client, Some(&prior), &change).await?;
        let fingerprint = push.fingerprint.clone().map_or_else(|| prior.client_secret_fingerprint.clone(), Attr::from);
        let pushed = push.fingerprint.is_some();
        let mut held = client.cloudflare.hold(id).await.map_err(|error| failed(&tried, &error))?;
        let current = client.cloudflare.api().identity_provider(&scope, id).await;
        let current = current.map_err(|error| failed(&tried, &error))?.ok_or_else(|| gone(&tried))?;
        let writing = Writing { prior: Some(&prior), change: &change, push };
        let outcome = write(call, &mut held, client, &scope, current, writing).await;
        let found = match outcome.map_err(|error| failed(&tried, &error))? {
            Outcome::Unchanged(found) | Outcome::Written(found) => found,
            Outcome::Gone => return Err(gone(&tried).into()),
        };
        drop(held);
        if let Err(errors) = fields::taken(Some(&prior), &change, &found, &tried) {
            let seen = fields::seen(change.planned, &scope, &found);
            call.keep(&OktaIdp { client_secret_fingerprint: fingerprint, ..seen });
            return Err(errors);
        }
        let mut state = fields::complete(&change.planned, &scope, &found);
        state.client_secret_fingerprint = pick(&state.client_secret_fingerprint, fingerprint);
        if state.client_secret_status.is_unknown() {
            let last = if pushed { Attr::Null } else { prior.client_secret_status.clone() };
            let secret = secrets::at_hand(&change.config);
            status::judge(call, client, &mut state, &found, &scope, secret, last).await;
        }
        Ok(state)
    }

    async fn delete(&self, call: &Call, client: &Client, state: OktaIdp) -> Result<()> {
        let (id, scope) = located(&state)?;
        let client = &client.cloudflare;
        let tried = format!("Deleting the login method {id} failed");
        let work = format!("the deletion of the login method {id}");
        let given_up = client.api().wait_for(client.existing().claims().give_up(call, id), OUTCOME, &work).await;
        if !given_up.map_err(|error| failed(&tried, &error))? {
            let remedy = "For a replacement that makes another login method, set adopt_existing = false.";
            call.warn(left_alone(&format!("The login method {id}")).and(remedy));
            return Ok(());
        }
        let mut held = client.hold(id).await.map_err(|error| failed(&tried, &error))?;
        client.api().delete_identity_provider(&scope, id).await.map_err(|error| {
            let errors = failed(&tried, &error);
            if error.refusal().is_none() {
                return errors;
            }
            errors.and("If an Access application or policy still uses it, take it out there first.")
        })?;
        held.forget();
        Ok(())
    }

    fn identity(&self, state: &OktaIdp) -> OktaIdpIdentity {
        let OktaIdp { id, account_id, zone_id, .. } = state.clone();
        OktaIdpIdentity { account_id, zone_id, id }
    }

    async fn import(&self, _call: &Call, client: Option<&Client>, key: ImportKey<OktaIdpIdentity>) -> Result<OktaIdp> {
        let client = client.map(|client| &client.cloudflare);
        let Named { account_id, zone_id, id } = match key {
            ImportKey::Id(text) => ids::import(client, &text, Home::AccountOrZone)?,
            ImportKey::Identity(OktaIdpIdentity { account_id, zone_id, id }) => {
                ids::identified(client, Place { account_id: &account_id, zone_id: &zone_id }, ("id", &id))?
            }
        };
        Ok(OktaIdp { id, account_id, zone_id, ..OktaIdp::default() })
    }

    fn move_from(&self, source: MoveSource) -> Option<Result<OktaIdp>> {
        Some(OfficialState::read(&source, Self::NAME)?.map(|state| fields::moved(&state)))
    }
}

fn place(model: &OktaIdp) -> Place<'_> {
    Place { account_id: &model.account_id, zone_id: &model.zone_id }
}

/// The id of an existing login method, and where it is.
fn located(state: &OktaIdp) -> Result<(&str, Scope), Diagnostic> {
    let id = ids::require(&state.id, OktaIdpResource::NAME, "id")?;
    Ok((id, place(state).of_state(OktaIdpResource::NAME)?))
}

/// Whether a member of the list shows what the state has, and all that a read looks at.
fn agrees(call: &Call, state: &OktaIdp, scope: &Scope, listed: &IdentityProvider) -> bool {
    let is_whole = listed.kind() == "okta" && (listed.version().is_some() || status::Memory::of(call).has_no_version());
    is_whole && fields::seen(state.clone(), scope, listed) == *state
}

/// Plans what becomes of the secrets, and says what is wrong with them already.
async fn plan_secrets(call: &Call, client: Option<&Client>, change: &mut Change<OktaIdp>) -> Result<()> {
    let Change { prior, config, planned, .. } = change;
    // A value that was unknown when the configuration was checked may turn out to be null.
    let mut problems = Diagnostics::new();
    secrets::check(config, &mut problems);
    problems.into_result()?;
    let due = match prior {
        None => secrets::is_configured(config),
        Some(prior) => {
            let asks = |attribute: fn(&OktaIdp) -> &Attr<String>| attribute(prior) != attribute(planned);
            let other_client = asks(|model| &model.client_id) || asks(|model| &model.okta_account);
            let change = Planned { planned: planned.clone(), config: config.clone() };
            let due = secrets::is_due(prior, &change);
            if due {
                planned.client_secret_fingerprint = Attr::Unknown;
            }
            if due || other_client {
                planned.client_secret_status = Attr::Unknown;
            }
            due
        }
    };
    if due {
        secrets::warn_if_short(call, config);
    }
    let Some(client) = client else { return Ok(()) };
    if due && config.managed_client_secret.is_set() {
        client.okta.ready().map_err(|why| {
            why.and("managed_client_secret is fetched from Okta during the apply.")
                .at(path!(OktaIdp.managed_client_secret))
        })?;
    }
    status::warn_of_token(call, client, config, config.api_token_wo.known()).await;
    Ok(())
}

/// A change to be written. `prior` is `None` when the login method is taken over.
struct Writing<'a> {
    prior: Option<&'a OktaIdp>,
    change: &'a Planned<OktaIdp>,
    push: Push,
}

/// Changes what differs in the owned half of `current`.
async fn write(
    call: &Call,
    held: &mut Held,
    client: &Client,
    scope: &Scope,
    current: IdentityProvider,
    Writing { prior, change, push: Push { secrets, fingerprint } }: Writing<'_>,
) -> Result<Outcome, Error> {
    let mut body = current.replacement();
    fields::edit(prior, change, &current, &mut body);
    let (before, token) = (current.clone(), status::token_memory(&secrets.api_token));
    let outcome = held.write(client.cloudflare.api(), scope, current, body, secrets).await?;
    if let Outcome::Written(after) = &outcome {
        status::wrote(call, Some(&before), after, fingerprint.is_some(), token);
    }
    Ok(outcome)
}

fn gone(tried: &str) -> Diagnostic {
    let detail = "It was deleted in the meantime. Run terraform apply again, which plans to create it anew.";
    Diagnostic::error(tried, detail)
}

fn failed(tried: &str, error: &Error) -> Diagnostics {
    refused(tried, error, &fields::paths())
}

#[cfg(test)]
mod tests {
    use super::super::api::{self, Credentials};
    use super::super::client::DefaultAccount;
    use super::super::okta_side::{self, Judgement};
    use super::*;
    use async_trait::async_trait;
    use secrecy::SecretString;

    /// An Okta side that nothing may ask.
    struct Unasked;

    #[async_trait]
    impl OktaSide for Unasked {
        fn ready(&self) -> Result<(), Diagnostic> {
            unreachable!()
        }
        async fn client_secret(&self, _app_id: &str, _secret_id: &str) -> Result<SecretString, Diagnostic> {
            unreachable!()
        }
        async fn judge_client(&self, _client: okta_side::Client<'_>) -> Judgement {
            unreachable!()
        }
        async fn judge_api_token(&self, _okta_account: &str, _token: &SecretString) -> Judgement {
            unreachable!()
        }
    }

    #[test]
    fn account_and_zone_exclude_each_other() {
        let both = OktaIdp { account_id: "a".into(), zone_id: "z".into(), ..OktaIdp::default() };
        let mut problems = Diagnostics::new();
        OktaIdpResource.validate(&both, &mut problems);
        assert_eq!(problems.iter().map(|p| p.path.to_string()).collect::<Vec<_>>(), ["zone_id"]);
    }

    #[tokio::test]
    async fn a_damaged_state_is_an_error_before_anything_is_sent() {
        let api = api::Client::new(
            "https://api.invalid".parse().unwrap(),
            Credentials::Token("t".into()),
            Default::default(),
        );
        let cloudflare = Cloudflare::new(api, DefaultAccount::Id("f0".into()));
        let client = Client { cloudflare, okta: Arc::new(Unasked) };
        let (call, resource) = (Call::default(), OktaIdpResource);
        let no_id = || OktaIdp { account_id: "ac".into(), ..OktaIdp::default() };
        let nowhere = || OktaIdp { id: "1d".into(), ..OktaIdp::default() };
        for (state, attribute) in [(no_id as fn() -> OktaIdp, "id"), (nowhere, "account_id")] {
            let change = Planned { planned: state(), config: state() };
            for errors in [
                resource.read(&call, &client, state()).await.unwrap_err(),
                resource.update(&call, &client, state(), change).await.unwrap_err(),
                resource.delete(&call, &client, state()).await.unwrap_err(),
            ] {
                let error = errors.iter().next().unwrap();
                assert_eq!(error.path.to_string(), attribute);
                assert!(error.summary.contains("zt_okta_idp"), "{}", error.summary);
            }
        }
    }
}
