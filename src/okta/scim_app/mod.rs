//! `okta_scim_app`: the app through which Okta creates people and groups elsewhere.
//!
//! Okta documents its connection and feature APIs for a few apps, and this app is not among them: a tenant may answer
//! 200 with the status `UNKNOWN` and keep nothing. Whether it did is looked at after every write, and where the API is
//! of no use a person is told which form to fill in (`setup_instructions`). Until the app shows that this was done,
//! people, groups and switches wait: whoever is assigned before is never provisioned.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `adoption` | an app that is there already |
//! | `document` | the app object: label, visibility, user name |
//! | `connection` | base URL and token, and who sets them |
//! | `token` | where the token comes from, and when it is due |
//! | `managed` | a token that is minted and installed back to back |
//! | `evidence` | whether pushes with it are refused |
//! | `base_url` | what a SCIM base URL looks like |
//! | `features` | the three switches |
//! | `assigned` | people and groups with the app |
//! | `push_groups` | groups kept in sync in the app |
//! | `team` | whose SCIM endpoint may get the token |
//! | `list` | the apps that there are |
//! | `moved` | the state of Okta's own provider |
//! | `refresh` | what a read finds |
//! | `set_up` | these in their order, or waiting |
//! | `waiting` | what was sent before it waited |
//! | `teardown` | the same backwards |
//! | `setup_instructions` | the form for a person |

use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Diagnostics, Result},
    model::{Attr, Set},
    path::Path,
    resource::{Change, ImportKey, MoveSource, Planned, Resource},
    schema::{computed, optional, required},
    secret::Secret,
    timeouts::Timeouts,
    validate::Validator,
    value::Value,
};
use crate::okta::{
    api, assignments, errors,
    ids::{self, AppIdentity},
    unanswered,
};
use crate::{model, path};

use self::{
    connection::{Mode, Standing},
    features::Switches,
    set_up::SetUp,
};

mod adoption;
mod assigned;
mod base_url;
mod connection;
mod document;
mod evidence;
mod features;
mod list;
mod managed;
mod moved;
mod push_groups;
mod refresh;
mod set_up;
mod setup_instructions;
mod team;
mod teardown;
mod token;
mod waiting;

pub use self::base_url::same_text as same_base_url;
pub use self::features::show_provisioning;
pub use self::list::ScimAppList;
pub use self::managed::{IdentityProvider, ManagedToken, NotMinted, ScimSecrets};
pub use self::team::{Client, Team, ZeroTrust};

model! {
    /// An app of Okta's catalogue that keeps people and groups in sync over SCIM, by default
    /// *SCIM 2.0 Test App (Header Auth)*, which is the one that works with Cloudflare.
    ///
    /// Cloudflare needs a second app beside the one for logging in (`okta_oidc_app`): an OIDC app cannot carry SCIM.
    ///
    /// Whether Okta lets a program enter the SCIM endpoint and its secret depends on the tenant. Where it does, one
    /// apply is enough. Where it does not, the apply ends with a warning, `connection_status` is `NEEDS_CONSOLE`, and
    /// `setup_instructions` says which form of the Admin Console to fill in; everything that would be lost on an
    /// unconnected app (switches, assignments, push groups) waits for that and is applied by the next apply.
    ///
    /// Unless a person enters it, the SCIM token comes from exactly one of `managed_token`, which nobody gets to see,
    /// `scim_token_wo` and `scim_token`. Okta never shows it again. If Okta's System Log has pushes that were refused as
    /// unauthorized since it was installed, a refresh says so, unless `secret_checks` is `never`.
    pub struct ScimApp {
        /// Okta's id of the app.
        id: String = computed().keep(),
        /// Name that people see.
        label: String = required().length(1..=100),
        /// Key of the app in Okta's catalogue.
        app_name: String = optional().initial("scim2headerauth").replaces_because(KIND).length(1..=255),
        /// `ACTIVE`, or `INACTIVE` to stop provisioning without losing settings.
        status: String = optional().initial("ACTIVE").cleared_to("ACTIVE").one_of(&[document::ACTIVE, document::INACTIVE]),
        /// Hide the app on people's dashboards: it is not for logging in.
        hide_web: bool = optional().initial(true).cleared_to(true),
        /// Hide the app in Okta's mobile apps.
        hide_ios: bool = optional().initial(true).cleared_to(true),
        /// How the SCIM `userName` is made, as an Okta expression. It has to be the email that people log in with.
        /// Okta's own choice is `${source.login}`.
        user_name_template: String = optional().cleared_to("${source.login}").length(1..=1024),
        /// SCIM endpoint of the identity provider: the `scim_base_url` of a `zt_scim_config`. It must be on the domain of
        /// the Zero Trust organization: that of the provider's account, or of the account whose `zt_scim_config` it comes
        /// from. Required unless `provisioning_mode` is `console`.
        scim_base_url: String = optional().computed().check(Validator::Custom(base_url::check)).same(base_url::same),
        /// A SCIM secret that the provider mints at Cloudflare and installs in Okta back to back, so that it is never in
        /// configuration, plan, state or log. The `zt_scim_config` of the identity provider then has `omit_secret = true`
        /// and no `rotation_trigger`. It needs the provider's Cloudflare side, and an Okta whose API connects the app:
        /// where a person has to, nothing is minted, and the apply says what to write instead. Minting voids the secret
        /// before at once; pushes that are refused until Okta has the new one are tried again by Okta.
        managed_token: ManagedToken = optional(),
        /// SCIM secret of the identity provider: the `secret` of a `zt_scim_config`. Okta tries it before it saves it. It
        /// is in the state.
        scim_token: Secret = optional().sensitive().check(Validator::Custom(token::check_text)),
        /// SCIM secret of the identity provider, never stored. Only together with `scim_token_wo_version`.
        scim_token_wo: Secret = optional().write_only().sensitive().check(Validator::Custom(token::check_text)),
        /// Any text; another one installs `scim_token_wo` again.
        scim_token_wo_version: String = optional().length(1..=255),
        /// What provisioning does to people. What is left out stays as it is.
        provisioning: Provisioning = optional().initial(Value::Null).clears(),
        /// Groups whose members have the app. Without it, the groups are left alone; with it, a group that is taken out
        /// of the configuration is unassigned, and its members lose their accounts.
        assigned_group_ids: Set<String> =
            optional().initial(Value::Null).clears().check(Validator::Each(&Validator::Custom(assignments::group_id))),
        /// People who have the app directly. Without it, they are left alone; with it, a person who is taken out of the
        /// configuration is unassigned, unless an assigned group still covers them.
        assigned_user_ids: Set<String> =
            optional().initial(Value::Null).clears().check(Validator::Each(&Validator::Custom(assignments::user_id))),
        /// Also unassign groups and people that were assigned elsewhere, where the lists above are set.
        exclusive_assignments: bool = optional().defaults_to(false),
        /// Groups that Okta keeps in sync in the app, with their members. People have to be assigned too.
        push_groups: Set<PushGroup> = optional().initial(Value::Null).clears(),
        /// Who connects the app: `api` (Okta's API, or an error), `console` (a person), or `auto`, which tries the API
        /// and falls back to a person.
        provisioning_mode: String = optional().defaults_to("auto").one_of(&Mode::NAMES),
        /// What to do on creation if there is an app of the same kind and label, for instance because an apply broke off
        /// before Terraform heard of it: `true` takes it over and connects it anew, and `false` makes another one.
        /// Without it, the creation stops and tells how to import the app. Whoever is assigned to an app that is taken
        /// over stays so, and so do the groups that are pushed. With `create_before_destroy`, a replacement that takes over
        /// its own predecessor leaves it in place.
        adopt_existing: bool = optional(),
        /// `ENABLED`, `DISABLED` (switched off in Okta; the next apply switches it on) or `NEEDS_CONSOLE`.
        connection_status: String = computed(),
        /// Whether switches, assignments and push groups wait for a person. They are then kept as configured and not
        /// sent.
        setup_pending: bool = computed(),
        /// What to enter in Okta's Admin Console, and where; null when nothing is left to do. Holds no secret.
        setup_instructions: String = computed(),
        /// How long each operation may take.
        timeouts: Timeouts = optional(),
    }
}

model! {
    /// The switches of the tab Provisioning, To App.
    pub struct Provisioning {
        /// *Create Users*: whoever is assigned gets an account.
        create_users: bool = optional().cleared_to(false),
        /// *Update User Attributes*: changes of people's profiles are sent.
        update_user_attributes: bool = optional().cleared_to(false),
        /// *Deactivate Users*: whoever is unassigned or deactivated loses the account.
        deactivate_users: bool = optional().cleared_to(false),
    }
}

model! {
    /// One group that Okta keeps in sync in the app.
    pub struct PushGroup {
        /// Okta's id of the group.
        source_group_id: String = required().check(Validator::Custom(assignments::group_id)),
        /// Its name in the app; that of the group if it is left out. Changing it pushes the group anew.
        target_group_name: String = optional().length(1..=255),
        /// Delete the group in the app too when it is no longer pushed.
        delete_target_group_on_destroy: bool = optional().defaults_to(false),
    }
}

/// Why another app of the catalogue makes a new one.
const KIND: &str = "Okta cannot turn an app into one of another kind. The old one is deleted with its connection, assignments \
                    and push groups, and whoever was assigned to it loses the account.";

/// `okta_scim_app`.
pub struct ScimAppResource;

impl Resource for ScimAppResource {
    type Model = ScimApp;
    type Identity = AppIdentity;
    type Client = Client;
    const NAME: &'static str = "okta_scim_app";

    fn validate(&self, config: &ScimApp, problems: &mut Diagnostics) {
        token::check(config, problems);
        connection::validate(config, problems);
        push_groups::validate(config, problems);
    }

    async fn plan(&self, call: &Call, client: Option<&Client>, change: &mut Change<ScimApp>) -> Result<()> {
        // A value that was unknown when the configuration was checked may turn out to be something else.
        let mut problems = Diagnostics::new();
        token::check(&change.config, &mut problems);
        problems.into_result()?;
        let reconnects = change.prior.as_ref().is_none_or(|prior| reconnects(call, prior, &change.planned));
        if let Some(client) = client
            && (reconnects || change.prior.as_ref().is_some_and(is_switched_off))
        {
            client.plan_base_url(call, &change.planned).await?;
        }
        if let Some(client) = client
            && reconnects
            && change.planned.managed_token.is_set()
        {
            client.secrets.ready().map_err(|why| {
                why.and("managed_token is minted at Cloudflare during the apply.").at(path!(ScimApp.managed_token))
            })?;
        }
        let Some(prior) = &change.prior else { return Ok(()) };
        let planned = &mut change.planned;
        waiting::plan_given_up(call, &change.config, planned);
        if is_switched_off(prior) && Mode::of(planned) != Some(Mode::Console) {
            // Terraform shows no drift of computed attributes; this makes it a change, and the change switches it on.
            planned.connection_status = Attr::Unknown;
        } else if push_groups::is_unfinished(call) && !prior.setup_pending.is_true() {
            planned.connection_status = Attr::Unknown;
        } else if planned.managed_token.is_set() && managed::is_unfinished(call) {
            managed::warn_of_unfinished(call);
            planned.connection_status = Attr::Unknown;
        } else if !prior.setup_pending.is_true() && !reconnects && !touches_provisioning(prior, planned) {
            planned.connection_status = prior.connection_status.clone();
            planned.setup_pending = prior.setup_pending.clone();
            planned.setup_instructions = prior.setup_instructions.clone();
        }
        let stays = prior.app_name == planned.app_name;
        // Nobody is unassigned while the app waits. But the old app of a replacement loses everybody.
        if !stays || !prior.setup_pending.is_true() {
            let okta = client.map(|client| &client.okta);
            let sent = waiting::sent(call, prior);
            assigned::warn_of_losses(call, okta, &sent, stays.then_some(planned)).await;
        }
        Ok(())
    }

    async fn plan_destroy(&self, call: &Call, client: Option<&Client>, state: &ScimApp) -> Result<()> {
        let sent = waiting::sent(call, state);
        assigned::warn_of_losses(call, client.map(|client| &client.okta), &sent, None).await;
        Ok(())
    }

    async fn create(&self, call: &Call, client: &Client, change: Planned<ScimApp>) -> Result<ScimApp> {
        let planned = &change.planned;
        client.check_base_url(call, planned).await?;
        if let Some(found) = adoption::find(client, planned).await? {
            return adoption::run(call, client, found, &change).await;
        }
        let active = planned.status.text() != Some(document::INACTIVE);
        let created = client.okta.make_app(&document::new(planned), active).await;
        let app = created.map_err(|error| document::not_created(planned.label.text().unwrap_or_default(), &error))?;
        let mut state = ScimApp {
            id: app.id().into(),
            provisioning: Attr::Null,
            assigned_group_ids: Attr::Null,
            assigned_user_ids: Attr::Null,
            push_groups: Attr::Null,
            ..planned.clone()
        };
        call.keep(&state);
        document::read_into(&app, &mut state)?;
        call.keep(&state);
        let steps = SetUp { call, client, planned, config: &change.config };
        match steps.run(app, true, &mut state).await {
            Ok(()) => Ok(state),
            Err(problems) => Err(teardown::roll_back(call, &client.okta, &state, problems).await),
        }
    }

    async fn read(&self, call: &Call, client: &Client, state: ScimApp) -> Result<Option<ScimApp>> {
        unanswered::or_as_it_was(call, state.clone(), refresh::run(call, client, state)).await
    }

    async fn update(&self, call: &Call, client: &Client, prior: ScimApp, change: Planned<ScimApp>) -> Result<ScimApp> {
        let reconnect = reconnects(call, &prior, &change.planned);
        if reconnect {
            client.check_base_url(call, &change.planned).await?;
        }
        let app = find(&client.okta, &prior).await?.ok_or_else(gone)?;
        self::change(call, client, app, prior, &change, reconnect).await
    }

    async fn delete(&self, call: &Call, client: &Client, state: ScimApp) -> Result<()> {
        let id = id(&state)?;
        let given_up = client.existing.give_up(call, &client.okta, id).await;
        match given_up.map_err(|error| failed(&format!("delete the Okta app {id}"), &error, Path::root()))? {
            true => teardown::run(call, &client.okta, &state).await,
            false => Ok(()),
        }
    }

    fn identity(&self, state: &ScimApp) -> AppIdentity {
        AppIdentity { id: state.id.clone() }
    }

    async fn import(&self, _call: &Call, _client: Option<&Client>, key: ImportKey<AppIdentity>) -> Result<ScimApp> {
        Ok(ScimApp { id: ids::imported_app(key)?.into(), ..ScimApp::default() })
    }

    fn move_from(&self, source: MoveSource) -> Option<Result<ScimApp>> {
        moved::from(&source)
    }
}

/// Brings an app that is there to the plan, with `state` step by step. `reconnect` says that the connection has to be
/// written.
async fn change(
    call: &Call,
    client: &Client,
    app: api::apps::App,
    mut state: ScimApp,
    change: &Planned<ScimApp>,
    reconnect: bool,
) -> Result<ScimApp> {
    let (okta, planned) = (&client.okta, &change.planned);
    state.adopt_existing = planned.adopt_existing.clone();
    let inactive = planned.status.text() == Some(document::INACTIVE);
    if !inactive && app.status() == api::Status::Inactive {
        let activated = okta.activate_app(app.id()).await;
        activated.map_err(|error| failed("activate the SCIM app", &error, path!(ScimApp.status)))?;
        state.status = document::ACTIVE.into();
        call.keep(&state);
    }
    let app = document::write(call, okta, app, change, &mut state).await?;
    let active = app.status() == api::Status::Active;
    let steps = SetUp { call, client, planned, config: &change.config };
    steps.run(app, reconnect, &mut state).await?;
    if inactive && active {
        let deactivated = okta.deactivate_app(id(&state)?).await;
        deactivated.map_err(|error| failed("deactivate the SCIM app", &error, path!(ScimApp.status)))?;
    }
    state.status = planned.status.clone();
    Ok(state)
}

/// Whether Okta has to be told anew where the endpoint is, and the token.
fn reconnects(call: &Call, prior: &ScimApp, planned: &ScimApp) -> bool {
    // A managed token is never left to a person, so another mode is no reason to mint one.
    let other_mode = Mode::of(prior) != Mode::of(planned) && !planned.managed_token.is_set();
    prior.scim_base_url != planned.scim_base_url || token::is_due(call, prior, planned) || other_mode
}

/// Whether somebody switched the connection off that was made through the API.
fn is_switched_off(state: &ScimApp) -> bool {
    state.connection_status.text() == Some(Standing::Disabled.text())
}

/// Whether a change that does not reconnect may alter what is connected and what it does.
fn touches_provisioning(prior: &ScimApp, planned: &ScimApp) -> bool {
    prior.provisioning_mode != planned.provisioning_mode
        || prior.provisioning != planned.provisioning
        || prior.status != planned.status
}

/// Okta's id of the app.
fn id(state: &ScimApp) -> Result<&str> {
    ids::known(&state.id, ScimAppResource::NAME)
}

async fn find(okta: &api::Client, state: &ScimApp) -> Result<Option<api::apps::App>> {
    okta.app(id(state)?).await.map_err(|error| unread(&error).into())
}

fn unread(error: &api::Error) -> Diagnostic {
    failed("read the SCIM app", error, Path::root())
}

fn gone() -> Diagnostics {
    Diagnostic::error(
        "The SCIM app is gone",
        "It was deleted in Okta after the plan was made. Plan again: Terraform will create it anew.",
    )
    .into()
}

/// What was tried, what Okta said, and what to do.
fn failed(what: &str, error: &api::Error, at: Path) -> Diagnostic {
    errors::diagnose_at(&format!("Cannot {what}"), error, &at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use secrecy::SecretString;
    use std::sync::Arc;

    /// A Cloudflare that nothing may ask.
    pub(super) struct Unasked;

    #[async_trait]
    impl ScimSecrets for Unasked {
        fn ready(&self) -> Result<(), Diagnostic> {
            unreachable!()
        }
        async fn base_url(&self, _of: IdentityProvider<'_>) -> Result<String> {
            unreachable!()
        }
        async fn mint(&self, _of: IdentityProvider<'_>) -> Result<SecretString, NotMinted> {
            unreachable!()
        }
    }

    #[test]
    fn changes_that_cannot_touch_provisioning_keep_its_status() {
        let prior = ScimApp { label: "a".into(), scim_token: Attr::Known("t".into()), ..ScimApp::default() };
        let touches =
            |planned: ScimApp| touches_provisioning(&prior, &planned) || reconnects(&Call::default(), &prior, &planned);
        assert!(!touches(ScimApp { label: "b".into(), ..prior.clone() }));
        assert!(touches(ScimApp { scim_token: Attr::Known("u".into()), ..prior.clone() }));
        assert!(touches(ScimApp { provisioning_mode: "api".into(), ..prior.clone() }));
    }

    #[tokio::test]
    async fn a_state_without_an_id_is_refused_before_okta_is_asked() {
        let org = "https://acme.invalid".parse().unwrap();
        let okta = api::Client::new(org, api::Credentials::api_token("t".into()), Default::default());
        let (team, secrets) = (Team::NotYetKnown, Arc::new(Unasked));
        let client = Client { okta, team, secrets, secret_checks: true, existing: Default::default() };
        let (call, state) = (Call::default(), ScimApp::default());
        let change = Planned { planned: state.clone(), config: state.clone() };
        for errors in [
            ScimAppResource.read(&call, &client, state.clone()).await.unwrap_err(),
            ScimAppResource.update(&call, &client, state.clone(), change).await.unwrap_err(),
            ScimAppResource.delete(&call, &client, state).await.unwrap_err(),
        ] {
            assert!(errors.iter().next().unwrap().summary.contains("okta_scim_app has no id"), "{errors:?}");
        }
    }
}
