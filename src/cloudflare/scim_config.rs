//! `zt_scim_config`: SCIM on an identity provider.
//!
//! It shares the remote object with `zt_okta_idp`; see [`shared_object`](super::shared_object). Surprises of the API:
//! the SCIM secret is shown once, in the answer that switches SCIM on; the base URL exists only while SCIM is on; and
//! the call that mints a new secret is named in the reference without its method (POST is assumed, not verified against
//! a live tenant). Cloudflare's reference: "Zero Trust > Identity Providers".

use super::account;
use super::api::{Error, Scope};
use super::client::Cloudflare;
use super::errors::refused;
use super::ids::{self, Home, Named};
use super::official_state::OfficialState;
use super::scope::Place;
use crate::framework::adoption::left_alone;
use crate::framework::call::Call;
use crate::framework::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::framework::model::Attr;
use crate::framework::resource::{Change, ImportKey, MoveSource, Planned, Resource};
use crate::framework::schema::{computed, optional, required};
use crate::framework::secret::Secret;
use crate::framework::timeouts::Timeouts;
use crate::{model, path};

use self::settings::{PutBack, Settings};

mod contradictions;
mod fields;
mod secret;
mod settings;
mod status;

model! {
    /// SCIM provisioning on a Cloudflare identity provider: whether Okta may push users and groups, and what happens to
    /// people it takes away.
    ///
    /// Destroying it switches SCIM off; the identity provider stays. It shares one remote object with `zt_okta_idp`, and
    /// neither touches the other's part. That Cloudflare keeps the client secret when SCIM is changed is inferred from
    /// its documentation: test the login once after the first change.
    pub struct ScimConfig {
        /// The id of the identity provider.
        id: String = computed().keep(),
        /// The account of the identity provider. Defaults to the provider's `cloudflare.account_id`, then to `CLOUDFLARE_ACCOUNT_ID`.
        account_id: String = optional().computed().replaces_because(PLACE).same(ids::same).length(1..=64),
        /// The identity provider, usually `zt_okta_idp.<name>.id`.
        identity_provider_id: String = required().replaces_because(PLACE).same(ids::same).length(1..=64),
        /// Whether SCIM is on. Switching it on mints a secret. If it is switched off in the dashboard, the next apply
        /// switches it on again.
        enabled: bool = optional().defaults_to(true),
        /// End the sessions of people who are deprovisioned in Okta.
        user_deprovision: bool = optional().clears(),
        /// Free the seats of people who are deprovisioned in Okta. Only together with `user_deprovision`.
        seat_deprovision: bool = optional().clears(),
        /// What a change of a person or group in Okta does: apply at once (`automatic`), end the person's sessions (`reauth`), or wait for the next login (`no_action`).
        identity_update_behavior: String = optional().one_of(&BEHAVIOURS).cleared_to(DEFAULT_BEHAVIOUR),
        /// Another value mints a new SCIM secret; the old one stops working at once. Setting it for the first time mints nothing.
        rotation_trigger: String = optional(),
        /// Keep the SCIM secret out of the state, for an `okta_scim_app` with `managed_token`, which mints one of its own.
        /// Leave out `rotation_trigger` then: it would void that one.
        omit_secret: bool = optional(),
        /// What to do on creation if SCIM is on already, so that Cloudflare does not show its secret, for instance because
        /// an apply broke off before Terraform heard of it: `true` mints another secret, and the one before stops working
        /// at once; `false` goes on without knowing the secret. Without it, the creation stops. Of no account with
        /// `omit_secret`, which needs no secret. With `create_before_destroy` a replacement has the settings of its
        /// predecessor, so SCIM is on already, and stays on.
        adopt_existing: bool = optional(),
        /// Where Okta pushes users and groups to: the base URL of its SCIM app. Null while SCIM is off.
        scim_base_url: String = computed().keep(),
        /// The token with which Okta pushes. Null with `omit_secret`, while SCIM is off, and where nobody knows it: Cloudflare shows it only once.
        secret: Secret = computed().keep().sensitive(),
        /// Tells the secret from others without showing it: base64url of the first 16 bytes of its SHA-256. Null where nobody knows the secret. With `omit_secret` it is that of the secret which this resource minted last, and a `managed_token` may have minted another since.
        secret_fingerprint: String = computed().keep(),
        /// Whether the secret of the state still works: `in_sync` (the SCIM endpoint takes it), `changed_outside` (the endpoint refuses it: somebody regenerated it; change `rotation_trigger` for a new one) or `unverified` (it cannot be found out: the state has no secret, the endpoint is not on the team's domain, or `secret_checks` is `never`). If the endpoint does not answer, the last status stays, with a warning. Null while SCIM is off. No secret is minted because of it.
        secret_status: String = computed().keep(),
        /// How long each operation may take.
        timeouts: Timeouts = optional(),
    }
}

model! {
    /// What identifies the SCIM settings: those of the identity provider.
    pub struct ScimConfigIdentity {
        /// The account.
        account_id: String = required(),
        /// The identity provider.
        identity_provider_id: String = required(),
    }
}

/// Why another identity provider makes new SCIM settings.
const PLACE: &str = "These are the settings of another identity provider. SCIM is switched off on the old one, and the new \
                     one mints a secret of its own, which Okta has to be given.";
/// What Cloudflare accepts as `identity_update_behavior`.
const BEHAVIOURS: [&str; 3] = ["automatic", "reauth", "no_action"];
/// What Cloudflare does when nobody says.
const DEFAULT_BEHAVIOUR: &str = "no_action";

/// The resource.
#[derive(Debug)]
pub struct ScimConfigResource;

impl Resource for ScimConfigResource {
    type Model = ScimConfig;
    type Identity = ScimConfigIdentity;
    type Client = Cloudflare;
    const NAME: &'static str = "zt_scim_config";

    fn validate(&self, config: &ScimConfig, problems: &mut Diagnostics) {
        contradictions::check(config, problems);
    }

    async fn plan(&self, _call: &Call, client: Option<&Cloudflare>, change: &mut Change<ScimConfig>) -> Result<()> {
        let planned = &mut change.planned;
        if let Some(client) = client {
            account::plan(
                client,
                change.prior.as_ref().map(|p| &p.account_id),
                &change.config.account_id,
                &mut planned.account_id,
            )
            .map_err(|d| d.at(path!(ScimConfig.account_id)))?;
        }
        if change.prior.is_none() && planned.identity_provider_id.known().is_some() {
            planned.id = ids::as_written(&planned.identity_provider_id);
        }
        match (&change.prior, planned.enabled.known()) {
            (_, Some(false)) => {
                planned.scim_base_url = Attr::Null;
                planned.secret = Attr::Null;
                planned.secret_fingerprint = Attr::Null;
                planned.secret_status = Attr::Null;
            }
            (Some(prior), on) => {
                let switched_on = on.is_none() || !prior.enabled.is_true();
                if switched_on {
                    planned.scim_base_url = Attr::Unknown;
                }
                if switched_on || secret::is_rotated(prior, planned) || planned.omit_secret.is_unknown() {
                    planned.secret = Attr::Unknown;
                    planned.secret_fingerprint = Attr::Unknown;
                    planned.secret_status = Attr::Unknown;
                }
                if prior.omit_secret.is_true() != planned.omit_secret.is_true() {
                    planned.secret_status = Attr::Unknown;
                }
            }
            (None, _) => {}
        }
        if planned.omit_secret.is_true() {
            planned.secret = Attr::Null;
        }
        Ok(())
    }

    async fn create(&self, call: &Call, client: &Cloudflare, change: Planned<ScimConfig>) -> Result<ScimConfig> {
        let planned = &change.planned;
        let id = provider_id(planned)?;
        let id = id.as_str();
        let account = account::resolve(client, &planned.account_id).map_err(|d| d.at(path!(ScimConfig.account_id)))?;
        let tried = format!("Setting up SCIM on the identity provider {id} failed");
        let settings = Settings::hold(client, Scope::Account(account.clone()), id).await;
        let settings = settings.map_err(|error| failed(&tried, &error))?;
        let mut settings = settings.ok_or_else(|| no_identity_provider(&tried, id))?;
        // Whoever creates takes over: the settings are there as long as the identity provider is.
        let claim = client.scim_settings().take(id).ok_or_else(|| of_another(&tried))?;
        let unseen = settings.was_on() && secret::is_wanted(planned);
        if unseen && planned.adopt_existing.is_null() {
            return Err(secret::on_before(account.as_str(), id).into());
        }

        let kept = ScimConfig { id: id.into(), account_id: account.as_str().into(), ..planned.clone() };
        let after = match settings.change(|current, body| fields::edit(None, &change, current, body)).await {
            Ok(Some(after)) => after,
            Ok(None) => return Err(no_identity_provider(&tried, id).into()),
            Err(error) if error.is_maybe_done() => {
                return Err(match settings.put_back().await {
                    Ok(put_back) => answer_lost(&tried, &error, &put_back).into(),
                    Err(second) => keep(call, &kept, failed(&tried, &error), second),
                });
            }
            Err(error) => return Err(failed(&tried, &error)),
        };
        if let Err(errors) = fields::taken(None, &change, &after, &tried) {
            return Err(match settings.put_back().await {
                Ok(PutBack::NotNeeded) => errors,
                Ok(PutBack::Done) => errors.and("The SCIM settings were put back as they were."),
                Err(second) => keep(call, &kept, errors, second),
            });
        }
        let mut state = fields::complete(planned, &account, &after);
        let minted = match after.scim_secret.map(Secret::from) {
            None if unseen && planned.adopt_existing.is_true() => Some(secret::take_over(client, &settings, id).await?),
            shown => shown,
        };
        if secret::is_wanted(&state) {
            state.secret = match &minted {
                Some(secret) => secret.clone().into(),
                None => secret::not_shown(call, &settings, id, planned, Attr::Null),
            };
        }
        // A deletion of the same settings judges whose they are as soon as nobody holds them.
        call.keep(&state);
        claim.keep(call);
        drop(settings);
        status::settle(call, client, &mut state, minted.as_ref(), Attr::Null).await;
        Ok(state)
    }

    async fn read(&self, call: &Call, client: &Cloudflare, state: ScimConfig) -> Result<Option<ScimConfig>> {
        let (id, account) = (provider_id(&state)?, account_id(&state)?);
        let id = id.as_str();
        let tried = format!("Reading the SCIM settings of the identity provider {id} failed");
        let scope = Scope::Account(account.to_owned());
        let found = match call.importing() {
            true => client.api().identity_provider(&scope, id).await,
            false => {
                client
                    .api()
                    .look_at_identity_provider(&scope, id, |listed| fields::agrees(&state, account, listed))
                    .await
            }
        };
        let Some(found) = found.map_err(|error| failed(&tried, &error))? else { return Ok(None) };
        client.scim_endpoints().saw(&found);
        let mut seen = fields::seen(state.clone(), account, &found);
        if !seen.enabled.is_true() {
            seen.secret = Attr::Null;
        }
        secret::remind(call, &seen, id);
        status::judge(call, client, &mut seen, state.secret_status.clone()).await;
        Ok(Some(seen))
    }

    async fn update(
        &self,
        call: &Call,
        client: &Cloudflare,
        prior: ScimConfig,
        change: Planned<ScimConfig>,
    ) -> Result<ScimConfig> {
        let planned = &change.planned;
        let (id, account) = (provider_id(&prior)?, account_id(&prior)?);
        let id = id.as_str();
        let tried = format!("Changing the SCIM settings of the identity provider {id} failed");
        let settings = Settings::hold(client, Scope::Account(account.to_owned()), id).await;
        let settings = settings.map_err(|error| failed(&tried, &error))?;
        let mut settings = settings.ok_or_else(|| no_identity_provider(&tried, id))?;
        if secret::is_out_of_date(planned, &settings) {
            return Err(out_of_date(&tried).into());
        }

        let after = match settings.change(|current, body| fields::edit(Some(&prior), &change, current, body)).await {
            Ok(Some(after)) => after,
            Ok(None) => return Err(no_identity_provider(&tried, id).into()),
            // Without the answer nobody has the secret of SCIM that was switched on, and the next plan would find
            // nothing to do. Anything else that was changed the next plan finds.
            Err(error) if error.is_maybe_done() && secret::is_wanted(planned) && !settings.was_on() => {
                // Even a change that nothing shows of may be made yet.
                secret::lost(call);
                return Err(match settings.put_back().await {
                    Ok(put_back) => answer_lost(&tried, &error, &put_back).into(),
                    Err(second) => {
                        let mut errors = failed(&tried, &error).and(secret::may_be_unseen());
                        errors.extend(second);
                        errors
                    }
                });
            }
            Err(error) => return Err(failed(&tried, &error)),
        };
        let rotates = secret::is_rotated(&prior, planned) && planned.enabled.is_true();
        let shown = after.scim_secret.clone().map(Secret::from);
        // Until a new secret is there the trigger has not fired: the next apply tries again.
        let so_far = |state: ScimConfig| ScimConfig {
            rotation_trigger: prior.rotation_trigger.clone(),
            secret: shown.clone().map_or_else(|| prior.secret.clone(), Attr::from),
            secret_fingerprint: shown
                .as_ref()
                .map_or_else(|| prior.secret_fingerprint.clone(), |secret| secret.fingerprint().into()),
            secret_status: prior.secret_status.clone(),
            ..state
        };
        if let Err(errors) = fields::taken(Some(&prior), &change, &after, &tried) {
            call.keep(&so_far(fields::seen(planned.clone(), account, &after)));
            return Err(errors);
        }
        let mut state = fields::complete(planned, account, &after);
        let minted = match shown.clone() {
            None if rotates => {
                call.keep(&so_far(state.clone()));
                Some(secret::rotate(client, &settings, id).await?)
            }
            shown => shown,
        };
        if secret::is_wanted(&state) {
            state.secret = match &minted {
                Some(secret) => secret.clone().into(),
                None => secret::not_shown(call, &settings, id, planned, prior.secret.clone()),
            };
        }
        drop(settings);
        status::settle(call, client, &mut state, minted.as_ref(), prior.secret_status.clone()).await;
        Ok(state)
    }

    async fn delete(&self, call: &Call, client: &Cloudflare, state: ScimConfig) -> Result<()> {
        let (id, account) = (provider_id(&state)?, account_id(&state)?);
        let id = id.as_str();
        let tried = format!("Switching off SCIM on the identity provider {id} failed");
        let settings = Settings::hold(client, Scope::Account(account.to_owned()), id).await;
        let Some(mut settings) = settings.map_err(|error| failed(&tried, &error))? else { return Ok(()) };
        if client.scim_settings().is_lost(call, id) {
            let why = "These are the settings of the identity provider, which has them once: a replacement that is created \
                       before the old one is destroyed has the same ones.";
            call.warn(left_alone(&format!("SCIM on the identity provider {id}")).and(why));
            return Ok(());
        }
        if !settings.was_on() {
            // A body that gains a SCIM section it did not have would be a change of its own.
            return Ok(());
        }
        let after = settings.change(|_, body| body.set("scim_config.enabled", false)).await;
        match after.map_err(|error| failed(&tried, &error))? {
            Some(after) if after.scim().enabled => {
                Err(Diagnostic::error(tried, "Cloudflare accepted the request, but SCIM is on all the same.").into())
            }
            _ => Ok(()),
        }
    }

    fn identity(&self, state: &ScimConfig) -> ScimConfigIdentity {
        ScimConfigIdentity {
            account_id: state.account_id.clone(),
            identity_provider_id: state.identity_provider_id.clone(),
        }
    }

    async fn import(
        &self,
        _call: &Call,
        client: Option<&Cloudflare>,
        key: ImportKey<ScimConfigIdentity>,
    ) -> Result<ScimConfig> {
        let Named { account_id, id, .. } = match key {
            ImportKey::Id(text) => ids::import(client, &text, Home::Account)?,
            ImportKey::Identity(ScimConfigIdentity { account_id, identity_provider_id }) => {
                let place = Place { account_id: &account_id, zone_id: &Attr::Null };
                ids::identified(client, place, ("identity_provider_id", &identity_provider_id))?
            }
        };
        Ok(ScimConfig { id: id.clone(), account_id, identity_provider_id: id, ..ScimConfig::default() })
    }

    fn move_from(&self, source: MoveSource) -> Option<Result<ScimConfig>> {
        Some(OfficialState::read(&source, Self::NAME)?.and_then(|state| fields::moved(&state)))
    }

    fn generate(&self, config: &mut ScimConfig) {
        // Cloudflare itself may hold the one without the other, which `validate` refuses.
        if !config.user_deprovision.is_true() {
            config.seat_deprovision = Attr::Null;
        }
    }
}

/// As Cloudflare writes it: whatever is known of the object in this process is known by that.
fn provider_id(model: &ScimConfig) -> Result<String, Diagnostic> {
    let id = ids::require(&model.identity_provider_id, ScimConfigResource::NAME, "identity_provider_id")?;
    Ok(id.to_ascii_lowercase())
}

fn account_id(state: &ScimConfig) -> Result<&str, Diagnostic> {
    ids::require(&state.account_id, ScimConfigResource::NAME, "account_id")
}

fn failed(tried: &str, error: &Error) -> Diagnostics {
    refused(tried, error, &fields::paths())
}

/// An answer that did not arrive; afterwards everything is as it was.
fn answer_lost(tried: &str, error: &Error, put_back: &PutBack) -> Diagnostic {
    Diagnostic::error(tried, error.to_string()).and(match put_back {
        PutBack::NotNeeded => "Cloudflare shows nothing of the change so far. Apply again.",
        PutBack::Done => {
            "The change had been made all the same. The SCIM settings were put back as they were, because Cloudflare \
             shows the SCIM secret in that answer only. Apply again."
        }
    })
}

/// Keeps what a creation left behind: both the `first` error and that of taking it back are told.
fn keep(call: &Call, kept: &ScimConfig, first: Diagnostics, second: Diagnostics) -> Diagnostics {
    call.keep(&ScimConfig { secret: Attr::Null, ..kept.clone() });
    let mut errors = first;
    errors.extend(second.and("So the SCIM settings are kept and tainted: the next apply makes them anew."));
    errors
}

fn out_of_date(tried: &str) -> Diagnostic {
    Diagnostic::error(
        tried,
        "SCIM was switched off after this plan was made. Switching it on again mints another secret, which the plan does \
         not say. Nothing was changed; plan and apply again.",
    )
    .at(path!(ScimConfig.enabled))
}

/// Two resources of one configuration.
fn of_another(tried: &str) -> Diagnostic {
    Diagnostic::error(
        tried,
        "Another zt_scim_config has set up SCIM on this identity provider in this very apply, and there is one secret. \
         Remove one of the two resources from the configuration.",
    )
    .at(path!(ScimConfig.identity_provider_id))
}

fn no_identity_provider(tried: &str, id: &str) -> Diagnostic {
    Diagnostic::error(
        tried,
        format!("There is no identity provider {id} in this account. Check identity_provider_id and account_id."),
    )
    .at(path!(ScimConfig.identity_provider_id))
}

#[cfg(test)]
mod tests {
    use super::super::api::{Client, Credentials};
    use super::super::client::DefaultAccount;
    use super::*;

    #[test]
    fn a_generated_configuration_is_valid() {
        for user in [Attr::Null, false.into(), true.into()] {
            let mut config =
                ScimConfig { seat_deprovision: true.into(), user_deprovision: user, ..ScimConfig::default() };
            ScimConfigResource.generate(&mut config);
            let mut problems = Diagnostics::new();
            ScimConfigResource.validate(&config, &mut problems);
            assert!(problems.is_empty());
        }
    }

    #[tokio::test]
    async fn a_damaged_state_is_an_error_before_anything_is_sent() {
        let api =
            Client::new("https://api.invalid".parse().unwrap(), Credentials::Token("t".into()), Default::default());
        let client = Cloudflare::new(api, DefaultAccount::Id("f0".into()));
        let (call, resource) = (Call::default(), ScimConfigResource);
        let no_id = || ScimConfig { account_id: "ac".into(), ..ScimConfig::default() };
        let nowhere = || ScimConfig { identity_provider_id: "1d".into(), ..ScimConfig::default() };
        for (state, attribute) in [(no_id as fn() -> ScimConfig, "identity_provider_id"), (nowhere, "account_id")] {
            let change = Planned { planned: state(), config: state() };
            for errors in [
                resource.read(&call, &client, state()).await.unwrap_err(),
                resource.update(&call, &client, state(), change).await.unwrap_err(),
                resource.delete(&call, &client, state()).await.unwrap_err(),
            ] {
                let error = errors.iter().next().unwrap();
                assert_eq!(error.path.to_string(), attribute);
                assert!(error.summary.contains("zt_scim_config"), "{}", error.summary);
            }
        }
    }
}
