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
use super::scope::Place;
use super::shared_object::{Held, Outcome};
use crate::framework::call::Call;
use crate::framework::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::framework::model::{Attr, Set};
use crate::framework::resource::{Change, ImportKey, Planned, Resource};
use crate::framework::schema::{computed, optional, required};
use crate::framework::secret::Secret;
use crate::framework::validate::Validator;
use crate::{model, path};

use super::okta_account;

mod adoption;
mod fields;
mod secrets;

model! {
    /// Okta as a login method (identity provider) of Cloudflare Access.
    ///
    /// Cloudflare never shows the client secret and the API token again: the state keeps what was applied, and a change
    /// of them behind Terraform's back is not noticed. An imported login method has neither, and keeps them in Cloudflare
    /// until the configuration sets them.
    pub struct OktaIdp {
        /// Cloudflare's id, a UUID.
        id: String = computed().keep(),
        /// The account. Without account and zone a new login method is made in the provider's account. At most one of
        /// `account_id` and `zone_id` may be set.
        account_id: String = optional().computed().replaces().length(1..=64),
        /// The zone, for login methods of a single zone.
        zone_id: String = optional().replaces().length(1..=64),
        /// Name that people see on the login page.
        name: String = required().length(1..=255),
        /// URL of the Okta org, such as `https://acme.okta.com`: not that of the Admin Console, and nothing after the
        /// host name.
        okta_account: String = required().check(Validator::Custom(okta_account::check)).same(okta_account::same),
        /// Client id of the Okta app, usually `okta_oidc_app.<name>.client_id`.
        client_id: String = required().length(1..=255),
        /// Client secret of the Okta app, usually `okta_oidc_app.<name>.client_secret`. Needed to create; afterwards
        /// leaving it out keeps the one that Cloudflare has.
        client_secret: Secret = optional().sensitive().length(1..=1024),
        /// Okta API token (a read-only one is enough) with which Cloudflare looks up the groups of people who have more
        /// than 100 of them. Not in Cloudflare's published schema of its API.
        api_token: Secret = optional().sensitive().length(1..=1024),
        /// Id of a custom authorization server of Okta's, such as `default`. Without it the org's own is used.
        authorization_server_id: String = optional().clears().length(1..=255),
        /// Use PKCE on every login. Not in Cloudflare's published schema of this type.
        pkce_enabled: bool = optional().cleared_to(false),
        /// Further claims of the token to make available to policies.
        claims: Set<String> = optional().clears().check(Validator::Each(&CLAIM)),
        /// The claim that holds the email address, if it is not `email`.
        email_claim_name: String = optional().clears().length(1..=255),
        /// When creating, take over the login method of the same name and the same Okta org, if there is one, instead of
        /// making a second one. Destroying deletes it all the same.
        adopt_existing: bool = optional(),
        /// Where Okta sends people back to: the redirect URI to register in Okta.
        redirect_url: String = computed().keep(),
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

static CLAIM: Validator = Validator::Length(1, 255);

/// `zt_okta_idp`.
#[derive(Debug)]
pub struct OktaIdpResource;

impl Resource for OktaIdpResource {
    type Model = OktaIdp;
    type Identity = OktaIdpIdentity;
    type Client = Cloudflare;
    const NAME: &'static str = "zt_okta_idp";

    fn validate(&self, config: &OktaIdp, problems: &mut Diagnostics) {
        if config.account_id.is_set() && config.zone_id.is_set() {
            let detail = "A login method is either in an account or in a zone: remove account_id or zone_id.";
            problems.push(Diagnostic::error("Both an account and a zone", detail).at(path!(OktaIdp.zone_id)));
        }
    }

    async fn plan(&self, _call: &Call, client: Option<&Cloudflare>, change: &mut Change<OktaIdp>) -> Result<()> {
        let Change { prior, config, planned, .. } = change;
        place(config)
            .plan(client, prior.as_ref().map(place), &mut planned.account_id)
            .map_err(|error| error.at(path!(OktaIdp.account_id)))?;
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

    async fn create(&self, call: &Call, client: &Cloudflare, change: Planned<OktaIdp>) -> Result<OktaIdp> {
        let tried = format!("Creating the login method {:?} failed", change.planned.name.text().unwrap_or_default());
        let place = place(&change.planned);
        let scope = place.scope(client).map_err(|error| error.at(path!(OktaIdp.account_id)))?;
        if change.planned.adopt_existing.is_true()
            && let Some(existing) = adoption::find(client, &scope, &change.planned, &tried).await?
        {
            return adoption::adopt(call, client, &scope, existing.id(), &change).await;
        }
        secrets::require_client_secret(&change.planned)?;
        let secrets = secrets::to_push(None, &change.planned);
        let body = fields::new(&change, &secrets);
        let created = client.api().create_identity_provider(&scope, &body).await;
        let created = created.map_err(|error| {
            let mut errors = failed(&tried, &error);
            if error.is_maybe_done() {
                errors.push(Diagnostic::warning(
                    "There may be a login method that Terraform does not know",
                    "Names are not unique, so another apply may make a second one. Look at the login methods in the \
                     dashboard first; delete the new one, import it, or set adopt_existing = true.",
                ));
            }
            errors
        })?;
        let state = fields::complete(&change.planned, &scope, &created);
        call.keep(&state);
        let mut held = client.objects().hold(created.id()).await;
        held.pushed(secrets);
        let Err(mut errors) = fields::taken(None, &change, &created, &tried) else { return Ok(state) };
        match client.api().delete_identity_provider(&scope, created.id()).await {
            Ok(()) => {
                held.forget();
                call.forget();
            }
            Err(error) => errors.extend(failed(
                &format!("Deleting the login method {} again failed as well, so it is kept and tainted", created.id()),
                &error,
            )),
        }
        Err(errors)
    }

    async fn read(&self, _call: &Call, client: &Cloudflare, state: OktaIdp) -> Result<Option<OktaIdp>> {
        let (id, scope) = located(&state)?;
        let tried = format!("Reading the login method {id} failed");
        let found = client.api().identity_provider(&scope, id).await.map_err(|error| failed(&tried, &error))?;
        let Some(found) = found else { return Ok(None) };
        if found.kind() != "okta" {
            let detail =
                format!("It is of the type {:?}; zt_okta_idp manages those of the type \"okta\".", found.kind());
            return Err(Diagnostic::error(format!("The login method {id} is not Okta"), detail).into());
        }
        Ok(Some(fields::seen(state.clone(), &scope, &found)))
    }

    async fn update(
        &self,
        call: &Call,
        client: &Cloudflare,
        prior: OktaIdp,
        change: Planned<OktaIdp>,
    ) -> Result<OktaIdp> {
        let (id, scope) = located(&prior)?;
        let tried = format!("Changing the login method {id} failed");
        let mut held = client.objects().hold(id).await;
        let current = client.api().identity_provider(&scope, id).await.map_err(|error| failed(&tried, &error))?;
        let current = current.ok_or_else(|| gone(&tried))?;
        let outcome = write(&mut held, client, &scope, current, Some(&prior), &change).await;
        let found = match outcome.map_err(|error| failed(&tried, &error))? {
            Outcome::Unchanged(found) | Outcome::Written(found) => found,
            Outcome::Gone => return Err(gone(&tried).into()),
        };
        if let Err(errors) = fields::taken(Some(&prior), &change, &found, &tried) {
            call.keep(&fields::seen(change.planned, &scope, &found));
            return Err(errors);
        }
        Ok(fields::complete(&change.planned, &scope, &found))
    }

    async fn delete(&self, _call: &Call, client: &Cloudflare, state: OktaIdp) -> Result<()> {
        let (id, scope) = located(&state)?;
        let mut held = client.objects().hold(id).await;
        client.api().delete_identity_provider(&scope, id).await.map_err(|error| {
            let errors = failed(&format!("Deleting the login method {id} failed"), &error);
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

    async fn import(
        &self,
        _call: &Call,
        client: Option<&Cloudflare>,
        key: ImportKey<OktaIdpIdentity>,
    ) -> Result<OktaIdp> {
        let Named { account_id, zone_id, id } = match key {
            ImportKey::Id(text) => ids::import(client, &text, Home::AccountOrZone)?,
            ImportKey::Identity(OktaIdpIdentity { account_id, zone_id, id }) => {
                ids::identified(client, Place { account_id: &account_id, zone_id: &zone_id }, &id)?
            }
        };
        Ok(OktaIdp { id, account_id, zone_id, ..OktaIdp::default() })
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

/// Changes what differs in the owned half of `current`. `prior` is `None` when it is taken over.
async fn write(
    held: &mut Held,
    client: &Cloudflare,
    scope: &Scope,
    current: IdentityProvider,
    prior: Option<&OktaIdp>,
    change: &Planned<OktaIdp>,
) -> Result<Outcome, Error> {
    let mut body = current.replacement();
    fields::edit(prior, change, &current, &mut body);
    held.write(client.api(), scope, current, body, secrets::to_push(prior, &change.planned)).await
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
    use super::super::api::{Client, Credentials};
    use super::super::client::DefaultAccount;
    use super::*;

    #[test]
    fn account_and_zone_exclude_each_other() {
        let both = OktaIdp { account_id: "a".into(), zone_id: "z".into(), ..OktaIdp::default() };
        let mut problems = Diagnostics::new();
        OktaIdpResource.validate(&both, &mut problems);
        assert_eq!(problems.iter().map(|p| p.path.to_string()).collect::<Vec<_>>(), ["zone_id"]);
    }

    #[tokio::test]
    async fn a_damaged_state_is_an_error_before_anything_is_sent() {
        let api =
            Client::new("https://api.invalid".parse().unwrap(), Credentials::Token("t".into()), Default::default());
        let client = Cloudflare::new(api, DefaultAccount::Id("f0".into()));
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
