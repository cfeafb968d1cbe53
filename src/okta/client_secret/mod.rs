//! `okta_client_secret`: one of the two client secrets that an app can have, as a resource and as an ephemeral one.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationSSOPublicKeys/>. Both secrets
//! work while they are active, which is what a rotation without a failed login rests on: the new one is made, whatever
//! uses the old one is given the new one, and then the old one goes.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `adoption` | one that an apply made and Terraform never heard of |
//! | `minted` | what a new secret reads |
//! | `apps` | one change per app at a time |
//! | `create` | making it once |
//! | `room` | the limit of two |
//! | `remove` | deleting it, unless it is the last |
//! | `ephemeral` | the ephemeral resource |

mod adoption;
mod apps;
mod create;
mod ephemeral;
mod minted;
mod remove;
mod room;

pub use self::{
    apps::Apps,
    ephemeral::{EphemeralClientSecret, OpenedSecret},
    minted::is_minted,
};

use super::{
    api::{self, Error, Status, is_gone, secrets},
    errors, ids, unanswered,
};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Diagnostics, Result},
    model::{Attr, Map},
    path::Path,
    resource::{Change, ImportKey, Planned, Resource},
    schema::{computed, optional, required},
    secret::Secret,
    timeouts::Timeouts,
    validate::Validator,
    value::Value,
};
use crate::{model, path};

const ACTIVE: &str = "ACTIVE";
/// Why another app makes a new secret.
const APP: &str =
    "A secret belongs to one app. The old one is deactivated and deleted, and a new one is made for the other app.";
const INACTIVE: &str = "INACTIVE";

fn app_id(value: &Value) -> std::result::Result<(), String> {
    ids::check(value, "0oa", "an Okta app", "Use the id of an okta_oidc_app")
}

fn secret_id(value: &Value) -> std::result::Result<(), String> {
    let instead = "Use the id of an okta_client_secret, or the client_secret_id of an okta_oidc_app";
    ids::check(value, "ocs", "a client secret", instead)
}

model! {
    /// A client secret of an Okta app. Okta allows two per app, and both work while they are active, so a secret can be
    /// rotated without a failed login.
    ///
    /// With `create_before_destroy` and a value in `keepers` that changes, an apply makes the new secret, updates whatever
    /// uses it, and then deactivates and deletes the old one. Everything that logs in for the app has to use this
    /// resource's `client_secret` or `id` then, not those of the app.
    ///
    /// Okta makes a first secret together with the app. When a rotation needs its place, it is deleted, provided that
    /// the other one was made by this resource. Any other secret is never deleted: the error then names both.
    ///
    /// The last active secret of an app stays in Okta when this resource is destroyed, with a warning; deleting the app
    /// removes it. The text of the secret is chosen by the provider: 64 characters that begin with `zt`.
    pub struct ClientSecret {
        /// Okta's id of the secret.
        id: String = computed().keep(),
        /// Okta's id of the app.
        app_id: String = required().replaces_because(APP).check(Validator::Custom(app_id)),
        /// `ACTIVE`, or `INACTIVE` to have Okta refuse it. Okta keeps at least one secret of an app active.
        status: String = optional().initial(ACTIVE).cleared_to(ACTIVE).one_of(&[ACTIVE, INACTIVE]),
        /// Any texts; when one of them changes, a new secret is made. Setting it where there was none changes nothing, so
        /// that an imported secret stays.
        keepers: Map<String> = optional().replaces_unless_null(),
        /// Keep the secret out of the state. `client_secret` is null then; its id and hash stay. Switching this changes
        /// nothing in Okta. An `okta_oidc_app` has a switch of its own, and its state follows the secret of the app.
        omit_secret: bool = optional().defaults_to(false),
        /// What to do on creation if `okta_client_secret` made a secret for the same app and keepers before, for instance
        /// because an apply broke off before Terraform heard of it: `true` takes it over, and `false` makes another one.
        /// Without it, the creation stops and tells how to import the secret. With `create_before_destroy`, a replacement
        /// that takes over its own predecessor leaves it in place. With `secret_checks = "never"` nobody looks.
        adopt_existing: bool = optional(),
        /// The secret; null with `omit_secret`.
        client_secret: Secret = computed().keep().sensitive(),
        /// Okta's hash of the secret, which tells secrets apart without showing them.
        client_secret_hash: String = computed().keep(),
        /// When it was made (RFC 3339).
        created: String = computed().keep(),
        /// When it was last changed (RFC 3339).
        last_updated: String = computed().keep(),
        /// How long each operation may take.
        timeouts: Timeouts = optional(),
    }
}

model! {
    /// What identifies a secret.
    pub struct ClientSecretIdentity {
        /// Okta's id of the app.
        app_id: String = required(),
        /// Okta's id of the secret.
        id: String = required(),
    }
}

/// What both need of the provider.
#[derive(Clone, Debug)]
pub struct Client {
    /// Okta's API.
    pub okta: api::Client,
    /// Whether the secrets of apps may be looked at, which Okta logs: the provider's `secret_checks`.
    pub secret_checks: bool,
    /// The apps that this process works on.
    pub apps: Apps,
}

/// `okta_client_secret`.
#[derive(Debug)]
pub struct ClientSecretResource;

impl Resource for ClientSecretResource {
    type Model = ClientSecret;
    type Identity = ClientSecretIdentity;
    type Client = Client;
    const NAME: &'static str = "okta_client_secret";

    async fn plan(&self, _call: &Call, _client: Option<&Client>, change: &mut Change<ClientSecret>) -> Result<()> {
        let Change { prior, planned, .. } = change;
        if let Some(prior) = prior {
            if planned.omit_secret.is_unknown() || prior.omit_secret.is_true() && !planned.omit_secret.is_true() {
                planned.client_secret = Attr::Unknown;
            }
            if planned.status != prior.status {
                planned.last_updated = Attr::Unknown;
            }
        }
        if planned.omit_secret.is_true() {
            planned.client_secret = Attr::Null;
        }
        Ok(())
    }

    async fn create(&self, call: &Call, client: &Client, change: Planned<ClientSecret>) -> Result<ClientSecret> {
        create::run(call, client, &change.planned).await
    }

    async fn read(&self, call: &Call, client: &Client, state: ClientSecret) -> Result<Option<ClientSecret>> {
        let (app_id, id) = (app_of(&state)?, id_of(&state)?);
        if !client.secret_checks {
            if call.importing() {
                warn_of_no_look(call, &state);
            }
            return Ok(Some(state));
        }
        match client.okta.client_secret(app_id, id).await {
            Ok(None) => Ok(None),
            Ok(Some(found)) => {
                let mut actual = state.clone();
                let known = known_text(&state, &found);
                record(&mut actual, found, known);
                warn_of_deactivation(call, &state, &actual);
                Ok(Some(actual))
            }
            Err(error) if error.is_forbidden() => {
                warn_of_refusal(call, &error);
                Ok(Some(state))
            }
            Err(error) => {
                let problems = failed("read", &state, &error);
                unanswered::or_as_it_was(call, state, async { Err(problems) }).await
            }
        }
    }

    async fn update(
        &self,
        call: &Call,
        client: &Client,
        prior: ClientSecret,
        change: Planned<ClientSecret>,
    ) -> Result<ClientSecret> {
        let planned = change.planned;
        let (app_id, id) = (app_of(&prior)?, id_of(&prior)?);
        let _held = client.apps.hold(&client.okta, app_id).await.map_err(|error| failed("change", &planned, &error))?;
        let found = match planned.status.text() {
            status if planned.status == prior.status || status.is_none() => look_again(call, client, &planned).await?,
            Some(INACTIVE) => Some(client.okta.deactivate_client_secret(app_id, id).await),
            _ => Some(client.okta.activate_client_secret(app_id, id).await),
        };
        let mut state = planned.clone();
        match found {
            Some(found) => {
                let found = found.map_err(|error| not_switched(&planned, &error))?;
                let known = known_text(&prior, &found);
                record(&mut state, found, known);
                state.status = planned.status;
            }
            None if state.client_secret.is_unknown() => state.client_secret = Attr::Null,
            None => {}
        }
        Ok(state)
    }

    async fn delete(&self, call: &Call, client: &Client, state: ClientSecret) -> Result<()> {
        remove::run(call, client, &state).await
    }

    fn identity(&self, state: &ClientSecret) -> ClientSecretIdentity {
        ClientSecretIdentity { app_id: state.app_id.clone(), id: state.id.clone() }
    }

    async fn import(
        &self,
        _call: &Call,
        _client: Option<&Client>,
        key: ImportKey<ClientSecretIdentity>,
    ) -> Result<ClientSecret> {
        let (app, id, at) = match key {
            ImportKey::Id(text) => match text.split_once('/') {
                Some((app, id)) => (app.into(), id.into(), [Path::root(), Path::root()]),
                None => {
                    let detail =
                        format!("{text:?} is not APP_ID/SECRET_ID, like 0oa1a2b3c4d5e6f7g8h9/ocs1a2b3c4d5e6f7g8h9.");
                    return Err(Diagnostic::error("Not the id of a client secret", detail).into());
                }
            },
            ImportKey::Identity(ClientSecretIdentity { app_id, id }) => {
                (app_id, id, [path!(ClientSecretIdentity.app_id), path!(ClientSecretIdentity.id)])
            }
        };
        imported(&app, "0oa", "an Okta app", "It stands at the end of the address of the app's page", &at[0])?;
        imported(&id, "ocs", "a client secret", "The API's list of the app's secrets has it", &at[1])?;
        Ok(ClientSecret { app_id: app, id, omit_secret: false.into(), ..ClientSecret::default() })
    }
}

/// Refuses an id that cannot be one.
fn imported(id: &Attr<String>, prefix: &str, noun: &str, instead: &str, at: &Path) -> Result<()> {
    let checked = match id.text() {
        Some(text) => ids::check(&Value::string(text), prefix, noun, instead),
        None => Err("There is none.".to_owned()),
    };
    checked.map_err(|problem| Diagnostic::error(format!("Not the id of {noun}"), problem).at(at.clone()).into())
}

/// What Okta says of a secret whose text the state is to have, where that may be looked at.
async fn look_again(
    call: &Call,
    client: &Client,
    planned: &ClientSecret,
) -> Result<Option<Result<secrets::ClientSecret, Error>>> {
    if !planned.client_secret.is_unknown() {
        return Ok(None);
    }
    if !client.secret_checks {
        warn_of_no_look(call, planned);
        return Ok(None);
    }
    match client.okta.client_secret(app_of(planned)?, id_of(planned)?).await {
        Ok(Some(found)) => Ok(Some(Ok(found))),
        Ok(None) => Err(gone(planned).into()),
        Err(error) if error.is_forbidden() => {
            warn_of_refusal(call, &error);
            Ok(None)
        }
        Err(error) => Err(failed("read", planned, &error)),
    }
}

/// Puts what Okta says into the state. Where Okta hides the text, it is `known`.
fn record(state: &mut ClientSecret, found: secrets::ClientSecret, known: Attr<Secret>) {
    state.client_secret = match found.client_secret {
        _ if state.omit_secret.is_true() => Attr::Null,
        Some(shown) => Secret::from(shown).into(),
        None => known,
    };
    state.id = found.id.into();
    state.status = status_of(found.status).into();
    state.client_secret_hash = found.secret_hash.into();
    state.created = found.created.into();
    state.last_updated = found.last_updated.into();
}

/// The text that the state has, if it is that of this very secret.
fn known_text(state: &ClientSecret, found: &secrets::ClientSecret) -> Attr<Secret> {
    let same = state.client_secret_hash.is_null() || state.client_secret_hash.text() == found.secret_hash.as_deref();
    if same { state.client_secret.clone() } else { Attr::Null }
}

fn status_of(status: Status) -> &'static str {
    if status == Status::Inactive { INACTIVE } else { ACTIVE }
}

fn app_of(state: &ClientSecret) -> Result<&str> {
    ids::known(&state.app_id, ClientSecretResource::NAME)
}

fn id_of(state: &ClientSecret) -> Result<&str> {
    ids::known(&state.id, ClientSecretResource::NAME)
}

/// How errors name the secret.
fn name(state: &ClientSecret) -> String {
    let app = state.app_id.text().unwrap_or_default();
    match state.id.text() {
        Some(id) => format!("the client secret {id} of the Okta app {app}"),
        None => format!("a client secret of the Okta app {app}"),
    }
}

/// What was tried, and what Okta said.
fn failed(verb: &str, state: &ClientSecret, error: &Error) -> Diagnostics {
    let places = [("client_secret", path!(ClientSecret.app_id)), ("status", path!(ClientSecret.status))];
    errors::diagnose(&format!("Cannot {verb} {}", name(state)), error, &places)
}

fn not_switched(planned: &ClientSecret, error: &Error) -> Diagnostics {
    if is_gone(error) {
        return gone(planned).into();
    }
    let tried = format!("Cannot make {} {}", name(planned), planned.status.text().unwrap_or_default());
    let told = errors::diagnose_at(&tried, error, &path!(ClientSecret.status));
    if secrets::is_only_active(error) {
        let why = "With no active secret nobody could log in. Make another one for the app first; to stop all logins, \
                   make the app itself INACTIVE.";
        return told.and(why).into();
    }
    told.into()
}

fn gone(planned: &ClientSecret) -> Diagnostic {
    Diagnostic::error(
        format!("Cannot update {}", name(planned)),
        "It was deleted in Okta after the plan was made. Plan again: Terraform will create another one.",
    )
}

fn warn_of_refusal(call: &Call, error: &Error) {
    call.warn(
        Diagnostic::warning(
            "A client secret of an Okta app cannot be read",
            format!(
                "{error}. What is known of the secret is kept, and a change of it in Okta's console is not noticed. To \
                 notice it, give the administrator behind the API token, or the service app, the role Application \
                 Administrator."
            ),
        )
        .at(path!(ClientSecret.id)),
    );
}

/// Says that nothing is known of a secret because the provider is never to look.
fn warn_of_no_look(call: &Call, state: &ClientSecret) {
    call.warn(
        Diagnostic::warning(
            format!("{} was not looked at", capitalised(&name(state))),
            "The provider has secret_checks = \"never\", and Okta logs every look at a secret. What is not known of it is \
             null, and whether it exists is not known either. To find it out, set secret_checks = \"always\" for one \
             refresh.",
        )
        .at(path!(ClientSecret.id)),
    );
}

/// Says that a secret no longer works, where the configuration has no status that would make a plan of it.
fn warn_of_deactivation(call: &Call, before: &ClientSecret, after: &ClientSecret) {
    let deactivated = before.status.text() == Some(ACTIVE) && after.status.text() == Some(INACTIVE);
    if !deactivated || call.owned(&path!(ClientSecret.status)) {
        return;
    }
    call.warn(
        Diagnostic::warning(
            format!("{} was deactivated outside of Terraform", capitalised(&name(after))),
            "Okta refuses it now. Set status = \"ACTIVE\" to activate it again, or change keepers to make another one.",
        )
        .at(path!(ClientSecret.status)),
    );
}

fn capitalised(text: &str) -> String {
    text.replacen("the ", "The ", 1)
}

#[cfg(test)]
mod tests;
