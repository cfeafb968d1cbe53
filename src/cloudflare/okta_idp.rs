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
use super::scope::{self, Place};
use super::shared_object::{ApiToken, Outcome, Secrets};
use crate::framework::call::Call;
use crate::framework::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::framework::model::{Attr, Set};
use crate::framework::resource::{Change, ImportKey, Planned, Resource};
use crate::framework::schema::{computed, optional, required};
use crate::framework::secret::Secret;
use crate::framework::validate::Validator;
use crate::framework::value::Value;
use crate::{model, path};

use super::okta_account;

mod fields;

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
        if config.client_secret.is_null() {
            return Err(no_client_secret().into());
        }
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
            && let Some(existing) = find_existing(client, &scope, &change.planned, &tried).await?
        {
            return adopt(call, client, &scope, &existing, change).await;
        }
        if change.planned.client_secret.is_null() {
            return Err(no_client_secret().into());
        }
        let mut body = fields::new(&change);
        if let Some(secret) = client_secret(&change.planned) {
            body.set_client_secret(secret.into());
        }
        if let Some(token) = change.planned.api_token.known() {
            body.set_api_token(token.clone().into());
        }
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
        held.pushed(Secrets {
            client_secret: client_secret(&change.planned).map(Into::into),
            api_token: api_token(None, &change.planned).0,
        });
        let Err(mut errors) = fields::taken(&change, &created, &tried) else { return Ok(state) };
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
        let id = state.id.text().unwrap_or_default().to_owned();
        let scope = place(&state).scope(client)?;
        let tried = format!("Reading the login method {id} failed");
        let found = client.api().identity_provider(&scope, &id).await.map_err(|error| failed(&tried, &error))?;
        let Some(found) = found else { return Ok(None) };
        if found.kind() != "okta" {
            let detail =
                format!("It is of the type {:?}; zt_okta_idp manages those of the type \"okta\".", found.kind());
            return Err(Diagnostic::error(format!("The login method {id} is not Okta"), detail).into());
        }
        Ok(Some(fields::seen(state, &scope, &found)))
    }

    async fn update(
        &self,
        call: &Call,
        client: &Cloudflare,
        prior: OktaIdp,
        change: Planned<OktaIdp>,
    ) -> Result<OktaIdp> {
        let id = prior.id.text().unwrap_or_default().to_owned();
        let scope = place(&prior).scope(client)?;
        write(call, client, &scope, &id, Some(prior), change).await
    }

    async fn delete(&self, _call: &Call, client: &Cloudflare, state: OktaIdp) -> Result<()> {
        let id = state.id.text().unwrap_or_default();
        let scope = place(&state).scope(client)?;
        let mut held = client.objects().hold(id).await;
        client.api().delete_identity_provider(&scope, id).await.map_err(|error| {
            let errors = failed(&format!("Deleting the login method {id} failed"), &error);
            if error.refusal().is_none() {
                return errors;
            }
            let hint = "If an Access application or policy still uses it, take it out there first.";
            errors.into_iter().map(|error| error.and(hint)).collect()
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
        let (account_id, zone_id, id) = match key {
            ImportKey::Id(text) => scope::import(client, &text)?,
            ImportKey::Identity(identity) => (identity.account_id, identity.zone_id, identity.id),
        };
        Ok(OktaIdp { id, account_id, zone_id, ..OktaIdp::default() })
    }
}

fn place(model: &OktaIdp) -> Place<'_> {
    Place { account_id: &model.account_id, zone_id: &model.zone_id }
}

/// The client secret to push, wherever it comes from; `None` leaves the one that Cloudflare has.
fn client_secret(model: &OktaIdp) -> Option<Secret> {
    model.client_secret.known().cloned()
}

/// What to do with the API token, and whether that is a reason to write.
fn api_token(prior: Option<&OktaIdp>, planned: &OktaIdp) -> (ApiToken, bool) {
    let before = prior.and_then(|prior| prior.api_token.known());
    match (before, planned.api_token.known()) {
        (before, Some(token)) => (ApiToken::Set(token.clone().into()), before != Some(token)),
        (Some(_), None) => (ApiToken::Clear, true),
        (None, None) => (ApiToken::Keep, false),
    }
}

/// The one login method of that name and org.
async fn find_existing(
    client: &Cloudflare,
    scope: &Scope,
    planned: &OktaIdp,
    tried: &str,
) -> Result<Option<IdentityProvider>> {
    let all = client.api().list_identity_providers(scope, false).await.map_err(|error| failed(tried, &error))?;
    let account = planned.okta_account.text().map(Value::string).unwrap_or_default();
    let mut alike: Vec<IdentityProvider> = all
        .into_iter()
        .filter(|found| found.kind() == "okta" && planned.name.text() == Some(found.name()))
        .filter(|found| found.okta_account().is_some_and(|text| okta_account::same(&account, &Value::string(text))))
        .collect();
    if alike.len() > 1 {
        let ids: Vec<&str> = alike.iter().map(IdentityProvider::id).collect();
        return Err(Diagnostic::error(
            tried,
            format!(
                "adopt_existing found several login methods of that name and Okta org: {}. Import the right one by its \
                 id instead.",
                ids.join(", ")
            ),
        )
        .at(path!(OktaIdp.adopt_existing))
        .into());
    }
    Ok(alike.pop())
}

/// Takes over an existing login method. If that fails it is left as it is, and out of the state.
async fn adopt(
    call: &Call,
    client: &Cloudflare,
    scope: &Scope,
    existing: &IdentityProvider,
    change: Planned<OktaIdp>,
) -> Result<OktaIdp> {
    let id = existing.id().to_owned();
    let adopted = write(call, client, scope, &id, None, change).await;
    match &adopted {
        Ok(_) => call.warn(Diagnostic::warning(
            "An existing login method was taken over",
            format!(
                "{id} has the same name and Okta org. From now on Terraform manages it, and destroying deletes it."
            ),
        )),
        Err(_) => call.forget(),
    }
    adopted
}

/// Changes what differs in the owned half of the object. `prior` is `None` when it is taken over.
async fn write(
    call: &Call,
    client: &Cloudflare,
    scope: &Scope,
    id: &str,
    prior: Option<OktaIdp>,
    change: Planned<OktaIdp>,
) -> Result<OktaIdp> {
    let tried = format!("Changing the login method {id} failed");
    let secret = client_secret(&change.planned);
    let secret_differs = secret.is_some() && secret.as_ref() != prior.as_ref().and_then(|p| p.client_secret.known());
    let (token, token_differs) = api_token(prior.as_ref(), &change.planned);
    let secrets = Secrets { client_secret: secret.map(Into::into), api_token: token };
    let mut held = client.objects().hold(id).await;
    let edit = |current: &IdentityProvider, body: &mut _| fields::edit(prior.as_ref(), &change, current, body);
    let outcome = held.change(client.api(), scope, id, secrets, secret_differs || token_differs, edit).await;
    match outcome.map_err(|error| failed(&tried, &error))? {
        Outcome::Unchanged(found) => Ok(fields::complete(&change.planned, scope, &found)),
        Outcome::Written(found) => {
            if let Err(errors) = fields::taken(&change, &found, &tried) {
                call.keep(&fields::seen(change.planned, scope, &found));
                return Err(errors);
            }
            Ok(fields::complete(&change.planned, scope, &found))
        }
        Outcome::Gone => Err(Diagnostic::error(
            tried,
            "It was deleted in the meantime. Run terraform apply again, which plans to create it anew.",
        )
        .into()),
    }
}

fn no_client_secret() -> Diagnostic {
    Diagnostic::error(
        "A new login method needs a client secret",
        "Set client_secret to that of the Okta app, usually okta_oidc_app.<name>.client_secret.",
    )
    .at(path!(OktaIdp.client_secret))
}

fn failed(tried: &str, error: &Error) -> Diagnostics {
    refused(tried, error, &fields::paths())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_pushed_when_it_changes_and_cleared_when_it_goes() {
        let with = |token: Attr<Secret>| OktaIdp { api_token: token, ..OktaIdp::default() };
        let token = |text: &str| with(Secret::from(text).into());
        assert!(matches!(api_token(None, &token("a")), (ApiToken::Set(_), true)));
        assert!(matches!(api_token(Some(&token("a")), &token("a")), (ApiToken::Set(_), false)));
        assert!(matches!(api_token(Some(&token("a")), &token("b")), (ApiToken::Set(_), true)));
        assert!(matches!(api_token(Some(&token("a")), &with(Attr::Null)), (ApiToken::Clear, true)));
        assert!(matches!(api_token(Some(&with(Attr::Null)), &with(Attr::Null)), (ApiToken::Keep, false)));
    }

    #[test]
    fn account_and_zone_exclude_each_other() {
        let both = OktaIdp { account_id: "a".into(), zone_id: "z".into(), ..OktaIdp::default() };
        let mut problems = Diagnostics::new();
        OktaIdpResource.validate(&both, &mut problems);
        assert_eq!(problems.iter().map(|p| p.path.to_string()).collect::<Vec<_>>(), ["zone_id"]);
    }
}
