//! `okta_oidc_app`: the app that people log in with.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tags/application>. Four things of Okta's make
//! it up, each with a file here: the app's document (`settings`), its client secrets (`client_secret`), the groups
//! claim behind a private route (`groups_claim`), and who may use it ([`assignments`]).
//!
//! An update replaces the whole document, so it is read, changed where it must be, and written back.

mod adoption;
mod client_secret;
mod create;
mod groups_claim;
mod list;
mod moved;
mod redirect_uri;
mod refresh;
mod remove;
mod settings;
mod update;

pub use self::{groups_claim::GroupsClaim, list::OidcAppList};

use super::{
    api::{self, Error, Status, apps::App},
    assignments::{self, Assignments},
    errors,
    existing::Existing,
    ids::{self, AppIdentity},
    unanswered,
};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Diagnostics, Result},
    model::{Attr, Set, set_of},
    resource::{Change, ImportKey, MoveSource, Planned, Resource},
    schema::{computed, optional, required},
    secret::Secret,
    timeouts::Timeouts,
    validate::Validator,
    value::Value,
};
use crate::{model, path};

/// The kind of app, as Okta's catalogue names it.
const KIND: &str = "oidc_client";
const ACTIVE: &str = "ACTIVE";
const INACTIVE: &str = "INACTIVE";
const BASIC: &str = "client_secret_basic";

static REDIRECT_URI: Validator = Validator::Custom(redirect_uri::check);
static GRANT: Validator =
    Validator::OneOf(&["authorization_code", "implicit", "refresh_token", "password", "client_credentials"]);
static RESPONSE: Validator = Validator::OneOf(&["code", "token", "id_token"]);
static GROUP: Validator = Validator::Custom(assignments::group_id);
static USER: Validator = Validator::Custom(assignments::user_id);

fn policy_id(value: &Value) -> std::result::Result<(), String> {
    ids::check(value, "rst", "an authentication policy", "Write the policy's id, not its name")
}

model! {
    /// An OpenID Connect web application in Okta: the app that people log in with, for instance through Cloudflare
    /// Access.
    ///
    /// What the configuration does not set keeps the value it has in Okta. When the client secret is rotated in Okta's
    /// console, the next refresh finds the new one, and everything that uses `client_secret`, `client_secret_id` or
    /// `client_secret_hash` is updated with it; where nothing uses them, the refresh warns.
    pub struct OidcApp {
        /// Okta's id of the app.
        id: String = computed().keep(),
        /// Name that people see.
        label: String = required().length(1..=100),
        /// Where Okta may send people back to after they logged in: for Cloudflare, the `callback_url` of
        /// `zt_organization`. One `*` in the first label of a host name allows any subdomain.
        redirect_uris: Set<String> = required().items(1..=usize::MAX).check(Validator::Each(&REDIRECT_URI)),
        /// Where Okta may send people to after they logged out.
        post_logout_redirect_uris: Set<String> = optional().clears().check(Validator::Each(&REDIRECT_URI)),
        /// OAuth grants that the app may use: `authorization_code`, `refresh_token`, `implicit`, `password`,
        /// `client_credentials`.
        grant_types: Set<String> = optional()
            .initial(set_of(&["authorization_code"]))
            .cleared_to(set_of(&["authorization_code"]))
            .items(1..=usize::MAX)
            .check(Validator::Each(&GRANT)),
        /// What Okta may answer a login with: `code`, `token`, `id_token`.
        response_types: Set<String> = optional()
            .initial(set_of(&["code"]))
            .cleared_to(set_of(&["code"]))
            .items(1..=usize::MAX)
            .check(Validator::Each(&RESPONSE)),
        /// Refuse logins without PKCE. The other side has to use it then: `pkce_enabled` of `zt_okta_idp`.
        pkce_required: bool = optional().cleared_to(false),
        /// How the client proves itself: `client_secret_basic` or `client_secret_post`. A change makes Okta mint a new
        /// secret.
        token_endpoint_auth_method: String = optional()
            .initial(BASIC)
            .cleared_to(BASIC)
            .one_of(&[BASIC, "client_secret_post"]),
        /// Whether people are asked for their consent: `TRUSTED` (never) or `REQUIRED`.
        consent_method: String = optional().cleared_to("TRUSTED").one_of(&["TRUSTED", "REQUIRED"]),
        /// Which URL tokens name as their issuer: `ORG_URL`, `CUSTOM_URL` (the org's custom domain) or `DYNAMIC` (the one
        /// that was asked).
        issuer_mode: String = optional().cleared_to("ORG_URL").one_of(&["ORG_URL", "CUSTOM_URL", "DYNAMIC"]),
        /// Id of the authentication policy that decides who may log in and how (Identity Engine only). When it is taken
        /// out of the configuration, the org's default policy applies.
        authentication_policy: String = optional().clears().check(Validator::Custom(policy_id)),
        /// Hide the app on people's dashboards.
        hide_web: bool = optional().cleared_to(false),
        /// Hide the app in Okta's mobile apps.
        hide_ios: bool = optional().cleared_to(false),
        /// Which groups of a person go into the ID token. Okta takes changes of it from API tokens only; with OAuth
        /// credentials beside one, the token is used for this alone.
        groups_claim: GroupsClaim = optional().clears(),
        /// Ids of groups whose members may use the app. Without it, the groups are left alone; with it, a group that is
        /// taken out of the configuration is unassigned, and groups assigned elsewhere are left alone.
        assigned_group_ids: Set<String> = optional().clears().check(Validator::Each(&GROUP)),
        /// Ids of people who may use the app directly. Without it, people are left alone; with it, a person who is taken
        /// out of the configuration is unassigned, unless an assigned group covers them.
        assigned_user_ids: Set<String> = optional().clears().check(Validator::Each(&USER)),
        /// `ACTIVE`, or `INACTIVE` to refuse all logins.
        status: String = optional().initial(ACTIVE).cleared_to(ACTIVE).one_of(&[ACTIVE, INACTIVE]),
        /// Keep the client secret out of the state. `client_secret` is null then; its id and hash stay. Switching this
        /// changes nothing in Okta.
        omit_secret: bool = optional().defaults_to(false),
        /// What to do on creation if there is an app of the same label with one of these redirect URIs, for instance
        /// because an apply broke off before Terraform heard of it: `true` takes it over, and `false` makes another one.
        /// Without it, the creation stops and tells how to import the app. An app that is taken over keeps its client
        /// secrets and whoever is assigned; what the configuration leaves out becomes as in a new app. With
        /// `create_before_destroy`, a replacement that takes over its own predecessor leaves it in place.
        adopt_existing: bool = optional(),
        /// OAuth client id.
        client_id: String = computed().keep(),
        /// OAuth client secret; null with `omit_secret`.
        client_secret: Secret = computed().keep().sensitive(),
        /// Okta's id of that secret.
        client_secret_id: String = computed().keep(),
        /// Okta's hash of that secret, which tells secrets apart without showing them.
        client_secret_hash: String = computed().keep(),
        /// How long each operation may take.
        timeouts: Timeouts = optional(),
    }
}

/// What the resource needs of the provider.
#[derive(Clone, Debug)]
pub struct Client {
    /// Okta's API.
    pub okta: api::Client,
    /// Whether the secrets of apps may be listed, which Okta logs: the provider's `secret_checks`.
    pub secret_checks: bool,
    /// The apps that may be taken over.
    pub existing: Existing,
}

/// `okta_oidc_app`.
#[derive(Debug)]
pub struct OidcAppResource;

impl Resource for OidcAppResource {
    type Model = OidcApp;
    type Identity = AppIdentity;
    type Client = Client;
    const NAME: &'static str = "okta_oidc_app";

    fn validate(&self, config: &OidcApp, problems: &mut Diagnostics) {
        groups_claim::validate(&config.groups_claim, problems);
        let holds = |set: &Attr<Set<String>>, wanted: &[&str]| {
            // What is not known yet may hold it, and what is not set is not for the configuration to say.
            set.known().is_none_or(|set| !set.all_known() || set.iter().any(|item| wanted.contains(&item.as_str())))
        };
        if holds_for_sure(&config.response_types, "code") && !holds(&config.grant_types, &["authorization_code"]) {
            problems.push(
                Diagnostic::error(
                    "The response type code needs its grant",
                    "Add \"authorization_code\" to grant_types, or take \"code\" out of response_types.",
                )
                .at(path!(OidcApp.grant_types)),
            );
        }
        if holds_for_sure(&config.grant_types, "implicit") && !holds(&config.response_types, &["token", "id_token"]) {
            problems.push(
                Diagnostic::error(
                    "The grant implicit needs its response type",
                    "Add \"id_token\" or \"token\" to response_types, or take \"implicit\" out of grant_types.",
                )
                .at(path!(OidcApp.response_types)),
            );
        }
    }

    async fn plan(&self, call: &Call, client: Option<&Client>, change: &mut Change<OidcApp>) -> Result<()> {
        let Change { prior, config, planned, .. } = change;
        let okta = client.map(|client| &client.okta);
        if planned.omit_secret.is_true() {
            planned.client_secret = Attr::Null;
        }
        match prior {
            None => {
                // Nobody is assigned to a new app, and it has no groups claim.
                let bare = OidcApp::default();
                if config.groups_claim.is_null() {
                    planned.groups_claim = bare.groups_claim;
                }
                if config.assigned_group_ids.is_null() {
                    planned.assigned_group_ids = bare.assigned_group_ids;
                }
                if config.assigned_user_ids.is_null() {
                    planned.assigned_user_ids = bare.assigned_user_ids;
                }
            }
            Some(prior) => {
                if config.authentication_policy.is_null()
                    && planned.authentication_policy != prior.authentication_policy
                {
                    // Which policy is the org's default shows when it is bound.
                    planned.authentication_policy = Attr::Unknown;
                }
                let minted = planned.token_endpoint_auth_method != prior.token_endpoint_auth_method;
                if minted {
                    planned.client_secret_id = Attr::Unknown;
                    planned.client_secret_hash = Attr::Unknown;
                }
                let shown = prior.omit_secret.is_true() && !planned.omit_secret.is_true();
                if planned.omit_secret.is_unknown() || shown || minted && !planned.omit_secret.is_true() {
                    planned.client_secret = Attr::Unknown;
                }
                let assigned = assigned(prior);
                assigned.warn_of_losses(call, okta, Some(&self::assigned(planned)), "may no longer use the app").await;
            }
        }
        okta.map_or(Ok(()), |okta| groups_claim::plan(okta, prior.as_ref(), &planned.groups_claim))
    }

    async fn create(&self, call: &Call, client: &Client, change: Planned<OidcApp>) -> Result<OidcApp> {
        match adoption::find(client, &change.planned).await? {
            Some(found) => adoption::run(call, client, found, &change).await,
            None => create::run(call, client, &change.planned).await,
        }
    }

    async fn read(&self, call: &Call, client: &Client, state: OidcApp) -> Result<Option<OidcApp>> {
        unanswered::or_as_it_was(call, state.clone(), refresh::run(call, client, &state)).await
    }

    async fn update(&self, call: &Call, client: &Client, prior: OidcApp, change: Planned<OidcApp>) -> Result<OidcApp> {
        update::run(call, client, &prior, &change).await
    }

    async fn delete(&self, call: &Call, client: &Client, state: OidcApp) -> Result<()> {
        let id = ids::known(&state.id, Self::NAME)?;
        let deleted = async {
            match client.existing.give_up(call, &client.okta, id).await? {
                true => remove::run(&client.okta, id).await,
                false => Ok(()),
            }
        };
        deleted.await.map_err(|error| failed("delete", &app_name(&state), &error))
    }

    fn identity(&self, state: &OidcApp) -> AppIdentity {
        AppIdentity { id: state.id.clone() }
    }

    async fn import(&self, _call: &Call, _client: Option<&Client>, key: ImportKey<AppIdentity>) -> Result<OidcApp> {
        let id = ids::imported_app(key)?;
        Ok(OidcApp { id: id.into(), omit_secret: false.into(), ..OidcApp::default() })
    }

    fn move_from(&self, source: MoveSource) -> Option<Result<OidcApp>> {
        moved::from(&source)
    }
}

fn holds_for_sure(set: &Attr<Set<String>>, wanted: &str) -> bool {
    set.known().is_some_and(|set| set.iter().any(|item| item == wanted))
}

/// The app's document; `None` if it is gone.
async fn find(okta: &api::Client, state: &OidcApp) -> Result<Option<App>> {
    let id = ids::known(&state.id, OidcAppResource::NAME)?;
    okta.app(id).await.map_err(|error| failed("read", &app_name(state), &error))
}

fn check_kind(app: &App) -> Result<()> {
    let kind = app.document.str("settings.oauthClient.application_type").unwrap_or("web");
    if app.sign_on_mode() == "OPENID_CONNECT" && kind == "web" {
        return Ok(());
    }
    let what = if app.sign_on_mode() == "OPENID_CONNECT" { kind } else { app.sign_on_mode() };
    Err(Diagnostic::error(
        "Not an OpenID Connect web app",
        format!(
            "{} ({:?}) is of the kind {what}. okta_oidc_app manages apps whose sign-in method is OIDC and whose type is \
             Web Application; for the app that Okta sends users and groups through there is okta_scim_app.",
            app.id(),
            app.label()
        ),
    )
    .into())
}

/// What only Okta says of an app.
fn record(state: &mut OidcApp, app: &App) {
    state.id = app.id().into();
    state.client_id = app.client_id().map(str::to_owned).into();
}

fn status(app: &App) -> Attr<String> {
    match app.status() {
        Status::Inactive => INACTIVE.into(),
        _ => ACTIVE.into(),
    }
}

fn assigned(model: &OidcApp) -> Assignments {
    Assignments { groups: model.assigned_group_ids.clone(), users: model.assigned_user_ids.clone() }
}

/// How errors name the app.
fn app_name(state: &OidcApp) -> String {
    match (state.label.text(), state.id.text()) {
        (Some(label), _) => format!("the Okta app {label:?}"),
        (None, Some(id)) => format!("the Okta app {id}"),
        _ => "the Okta app".to_owned(),
    }
}

/// What was tried with the app's document, and what Okta said.
fn failed(verb: &str, name: &str, error: &Error) -> Diagnostics {
    errors::diagnose(&format!("Cannot {verb} {name}"), error, &settings::places())
}

#[cfg(test)]
mod tests;
