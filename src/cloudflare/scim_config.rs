//! `zt_scim_config`: SCIM on an identity provider.
//!
//! It shares the remote object with `zt_okta_idp`; see [`shared_object`](super::shared_object). Surprises of the API:
//! the SCIM secret is shown once, in the answer that switches SCIM on; the base URL exists only while SCIM is on; and
//! the call that mints a new secret is named in the reference without its method (POST is assumed, not verified against
//! a live tenant). Cloudflare's reference: "Zero Trust > Identity Providers".

use super::account;
use super::api::identity_providers::{IdentityProvider, Replacement};
use super::api::{Error, Scope};
use super::client::Cloudflare;
use super::errors::refused;
use super::shared_object::{Outcome, Secrets};
use crate::framework::call::Call;
use crate::framework::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::framework::model::Attr;
use crate::framework::path::Path;
use crate::framework::resource::{Change, ImportKey, Planned, Resource};
use crate::framework::schema::{computed, optional, required};
use crate::framework::secret::Secret;
use crate::{model, path};

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
        account_id: String = optional().computed().replaces().length(1..=64),
        /// The identity provider, usually `zt_okta_idp.<name>.id`.
        identity_provider_id: String = required().replaces().length(1..=64),
        /// Whether SCIM is on. Switching it on mints a secret.
        enabled: bool = optional().initial(true).cleared_to(true),
        /// End the sessions of people who are deprovisioned in Okta.
        user_deprovision: bool = optional().clears(),
        /// Free the seats of people who are deprovisioned in Okta. Only together with `user_deprovision`.
        seat_deprovision: bool = optional().clears(),
        /// What a change of a person or group in Okta does: apply at once (`automatic`), end the person's sessions (`reauth`), or wait for the next login (`no_action`).
        identity_update_behavior: String = optional().one_of(&BEHAVIOURS).cleared_to(DEFAULT_BEHAVIOUR),
        /// Another value mints a new SCIM secret; the old one stops working at once. Setting it for the first time mints nothing.
        rotation_trigger: String = optional(),
        /// Keep the SCIM secret out of the state. What needs it then has to fetch it in another way.
        omit_secret: bool = optional(),
        /// Where Okta pushes users and groups to: the base URL of its SCIM app. Null while SCIM is off.
        scim_base_url: String = computed().keep(),
        /// The token with which Okta pushes. Null with `omit_secret`, while SCIM is off, and where nobody knows it: Cloudflare shows it only once.
        secret: Secret = computed().keep().sensitive(),
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
        if config.seat_deprovision.is_true()
            && !config.user_deprovision.is_unknown()
            && !config.user_deprovision.is_true()
        {
            problems.push(
                Diagnostic::error(
                    "A seat is freed only together with its user",
                    "seat_deprovision needs user_deprovision: Cloudflare frees the seat of somebody whose sessions it \
                     has ended. Set user_deprovision = true as well, or remove seat_deprovision.",
                )
                .at(path!(ScimConfig.seat_deprovision)),
            );
        }
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
            planned.id = planned.identity_provider_id.clone();
        }
        match (&change.prior, planned.enabled.known()) {
            (_, Some(false)) => {
                planned.scim_base_url = Attr::Null;
                planned.secret = Attr::Null;
            }
            (Some(prior), on) => {
                let switched_on = on.is_none() || !prior.enabled.is_true();
                if switched_on {
                    planned.scim_base_url = Attr::Unknown;
                }
                if switched_on || is_rotated(prior, planned) {
                    planned.secret = Attr::Unknown;
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
        let planned = change.planned;
        let id = known(&planned.identity_provider_id);
        let account = account::resolve(client, &planned.account_id).map_err(|d| d.at(path!(ScimConfig.account_id)))?;
        let scope = Scope::Account(account.clone());
        let tried = format!("Switching on SCIM for the identity provider {id} failed");
        let before = client.api().identity_provider(&scope, &id).await.map_err(|e| failed(&tried, &e))?;
        let before = before.ok_or_else(|| no_identity_provider(&tried, &id))?;

        let mut state = ScimConfig { id: id.as_str().into(), account_id: account.into(), ..planned.clone() };
        match write(client, &scope, &id, &planned).await {
            Ok(Some(after)) => {
                state = seen(client, state, &after);
                if state.enabled.is_true() && !state.omit_secret.is_true() {
                    state.secret = after.scim_secret.map(Secret::from).into();
                    if state.secret.is_null() {
                        call.warn(secret_not_shown(&id));
                    }
                }
                state.secret = known_or_null(state.secret);
                Ok(state)
            }
            Ok(None) => Err(no_identity_provider(&tried, &id)),
            Err(error) if error.is_maybe_done() => {
                let mut errors = failed(&tried, &error);
                if let Err(second) = restore(client, &scope, &id, &before).await {
                    call.keep(&ScimConfig { secret: Attr::Null, ..state });
                    errors.extend(failed("Putting the SCIM settings back as they were failed as well", &second));
                }
                Err(errors)
            }
            Err(error) => Err(failed(&tried, &error)),
        }
    }

    async fn read(&self, _call: &Call, client: &Cloudflare, state: ScimConfig) -> Result<Option<ScimConfig>> {
        let id = known(&state.identity_provider_id);
        let account = account::resolve(client, &state.account_id).map_err(|d| d.at(path!(ScimConfig.account_id)))?;
        let scope = Scope::Account(account.clone());
        let found = client.api().identity_provider(&scope, &id).await;
        let found = found
            .map_err(|e| failed(&format!("Reading the SCIM settings of the identity provider {id} failed"), &e))?;
        let Some(found) = found else { return Ok(None) };
        let state = seen(client, ScimConfig { id: id.into(), account_id: account.into(), ..state }, &found);
        let secret = if state.enabled.is_true() { state.secret.clone() } else { Attr::Null };
        Ok(Some(ScimConfig { secret, ..state }))
    }

    async fn update(
        &self,
        call: &Call,
        client: &Cloudflare,
        prior: ScimConfig,
        change: Planned<ScimConfig>,
    ) -> Result<ScimConfig> {
        let planned = change.planned;
        let id = known(&prior.identity_provider_id);
        let scope = Scope::Account(known(&prior.account_id));
        let tried = format!("Changing the SCIM settings of the identity provider {id} failed");
        let after = write(client, &scope, &id, &planned).await.map_err(|e| failed(&tried, &e))?;
        let after = after.ok_or_else(|| no_identity_provider(&tried, &id))?;
        let mut state = seen(client, planned.clone(), &after);

        let rotates = is_rotated(&prior, &planned) && state.enabled.is_true();
        let minted = match after.scim_secret {
            Some(secret) => Some(secret),
            None if rotates => {
                // Until the new secret is there the trigger has not fired: the next apply tries again.
                call.keep(&ScimConfig {
                    rotation_trigger: prior.rotation_trigger.clone(),
                    secret: prior.secret.clone(),
                    ..state.clone()
                });
                let minted = client.api().refresh_scim_secret(&scope, &id).await;
                Some(minted.map_err(|error| not_rotated(&id, &error))?)
            }
            None => None,
        };
        state.secret = match minted {
            _ if state.omit_secret.is_true() || !state.enabled.is_true() => Attr::Null,
            Some(secret) => Attr::Known(Secret::from(secret)),
            None if !prior.enabled.is_true() => {
                call.warn(secret_not_shown(&id));
                Attr::Null
            }
            None => prior.secret,
        };
        Ok(state)
    }

    async fn delete(&self, _call: &Call, client: &Cloudflare, state: ScimConfig) -> Result<()> {
        let id = known(&state.identity_provider_id);
        let scope = Scope::Account(known(&state.account_id));
        let mut held = client.objects().hold(&id).await;
        let switch_off = |_: &IdentityProvider, body: &mut Replacement| {
            // Only what is there: a body that gains a SCIM section it did not have would be a change of its own.
            body.set("scim_config.enabled", false);
        };
        let current = client.api().identity_provider(&scope, &id).await;
        let tried = format!("Switching off SCIM for the identity provider {id} failed");
        match current.map_err(|e| failed(&tried, &e))? {
            Some(current) if current.scim().enabled => {}
            _ => return Ok(()),
        }
        held.change(client.api(), &scope, &id, Secrets::default(), false, switch_off)
            .await
            .map(drop)
            .map_err(|e| failed(&tried, &e))
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
        let (account_id, id) = match key {
            ImportKey::Identity(identity) => (identity.account_id, identity.identity_provider_id),
            ImportKey::Id(text) => account::import(client, &text)?,
        };
        Ok(ScimConfig { id: id.clone(), account_id, identity_provider_id: id, ..ScimConfig::default() })
    }

    fn generate(&self, config: &mut ScimConfig) {
        // The read-only id of the settings is the identity provider's; nothing else needs adjusting but the switch that
        // only this provider knows.
        config.omit_secret = Attr::Null;
    }
}

fn known(attribute: &Attr<String>) -> String {
    attribute.text().unwrap_or_default().to_owned()
}

fn known_or_null<T>(attribute: Attr<T>) -> Attr<T> {
    attribute.into_known().into()
}

fn is_rotated(prior: &ScimConfig, planned: &ScimConfig) -> bool {
    match (&prior.rotation_trigger, &planned.rotation_trigger) {
        (Attr::Known(before), Attr::Known(after)) => before != after,
        (Attr::Known(_), Attr::Unknown) => true,
        _ => false,
    }
}

/// Writes what the plan says of SCIM, if it differs from what is there. `None` if the identity provider is gone.
async fn write(
    client: &Cloudflare,
    scope: &Scope,
    id: &str,
    planned: &ScimConfig,
) -> Result<Option<IdentityProvider>, Error> {
    let mut held = client.objects().hold(id).await;
    let edit = |current: &IdentityProvider, body: &mut Replacement| {
        let now = current.scim();
        for (field, planned, now) in [
            ("enabled", &planned.enabled, now.enabled),
            ("user_deprovision", &planned.user_deprovision, now.user_deprovision),
            ("seat_deprovision", &planned.seat_deprovision, now.seat_deprovision),
        ] {
            // Null, absent and false of a switch are one thing; unknown means that nobody has an opinion.
            let wanted = if planned.is_unknown() { now } else { planned.is_true() };
            if wanted != now {
                body.set(&format!("scim_config.{field}"), wanted);
            }
        }
        if let Some(wanted) = planned.identity_update_behavior.text()
            && now.identity_update_behavior.as_deref() != Some(wanted)
        {
            body.set("scim_config.identity_update_behavior", wanted);
        }
    };
    let outcome = held.change(client.api(), scope, id, Secrets::default(), false, edit).await?;
    Ok(match outcome {
        Outcome::Unchanged(now) | Outcome::Written(now) => Some(now),
        Outcome::Gone => None,
    })
}

/// Writes the SCIM settings of `before` back.
async fn restore(client: &Cloudflare, scope: &Scope, id: &str, before: &IdentityProvider) -> Result<(), Error> {
    let mut held = client.objects().hold(id).await;
    let was = before.scim();
    let edit = |_: &IdentityProvider, body: &mut Replacement| {
        body.set("scim_config.enabled", was.enabled);
        body.set("scim_config.user_deprovision", was.user_deprovision);
        body.set("scim_config.seat_deprovision", was.seat_deprovision);
        if let Some(behaviour) = &was.identity_update_behavior {
            body.set("scim_config.identity_update_behavior", behaviour.as_str());
        }
    };
    held.change(client.api(), scope, id, Secrets::default(), false, edit).await.map(drop)
}

/// The state with everything that Cloudflare shows.
fn seen(client: &Cloudflare, state: ScimConfig, found: &IdentityProvider) -> ScimConfig {
    client.scim_endpoints().saw(found);
    let scim = found.scim();
    ScimConfig {
        enabled: scim.enabled.into(),
        user_deprovision: scim.user_deprovision.into(),
        seat_deprovision: scim.seat_deprovision.into(),
        identity_update_behavior: scim.identity_update_behavior.unwrap_or_else(|| DEFAULT_BEHAVIOUR.to_owned()).into(),
        scim_base_url: scim.base_url.filter(|_| scim.enabled).into(),
        ..state
    }
}

fn failed(tried: &str, error: &Error) -> Diagnostics {
    let fields: [(&str, Path); 4] = [
        ("enabled", path!(ScimConfig.enabled)),
        ("user_deprovision", path!(ScimConfig.user_deprovision)),
        ("seat_deprovision", path!(ScimConfig.seat_deprovision)),
        ("identity_update_behavior", path!(ScimConfig.identity_update_behavior)),
    ];
    refused(tried, error, &fields)
}

fn no_identity_provider(tried: &str, id: &str) -> Diagnostics {
    Diagnostic::error(
        tried,
        format!("There is no identity provider {id} in this account. Check identity_provider_id and account_id."),
    )
    .at(path!(ScimConfig.identity_provider_id))
    .into()
}

fn secret_not_shown(id: &str) -> Diagnostic {
    Diagnostic::warning(
        "The SCIM secret is not known",
        format!(
            "SCIM was on already for the identity provider {id}, and Cloudflare shows the secret only when SCIM is \
             switched on. Okta's SCIM app goes on with the secret it has. To have a new one, set rotation_trigger and \
             change it in a later apply."
        ),
    )
    .at(path!(ScimConfig.secret))
}

fn not_rotated(id: &str, error: &Error) -> Diagnostics {
    let remedy = format!(
        "The secret of the identity provider {id} was not changed. The call that mints one is not part of Cloudflare's \
         published API. In the dashboard, edit the identity provider and choose \"Regenerate Secret\", enter the secret in \
         Okta's SCIM app, and set rotation_trigger back to its former value."
    );
    refused("Minting a new SCIM secret failed", error, &[])
        .into_iter()
        .map(|d| d.and(&remedy).at(path!(ScimConfig.rotation_trigger)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(config: ScimConfig) -> usize {
        let mut problems = Diagnostics::new();
        ScimConfigResource.validate(&config, &mut problems);
        problems.iter().count()
    }

    #[test]
    fn a_seat_needs_its_user() {
        let seat = || ScimConfig { seat_deprovision: true.into(), ..ScimConfig::default() };
        assert_eq!(problems(seat()), 1);
        assert_eq!(problems(ScimConfig { user_deprovision: false.into(), ..seat() }), 1);
        assert_eq!(problems(ScimConfig { user_deprovision: true.into(), ..seat() }), 0);
        assert_eq!(problems(ScimConfig { user_deprovision: Attr::Unknown, ..seat() }), 0);
    }

    #[test]
    fn only_one_value_turning_into_another_rotates() {
        let with = |trigger: Attr<String>| ScimConfig { rotation_trigger: trigger, ..ScimConfig::default() };
        assert!(is_rotated(&with("1".into()), &with("2".into())));
        for (before, after) in [(Attr::Null, "1".into()), ("1".into(), "1".into()), ("1".into(), Attr::Null)] {
            assert!(!is_rotated(&with(before), &with(after)));
        }
    }
}
