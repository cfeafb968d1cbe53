//! Connection, switches, assignments, push groups: in this order, because each is lost on an app without the one
//! before. Or nothing of it, while a person has to fill in a form.

use super::{
    Client, Mode, Provisioning, ScimApp, Standing, Switches, assigned, connection, evidence, features, managed,
    push_groups, setup_instructions, token, waiting,
};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Result},
    model::Attr,
};
use crate::okta::api::apps::App;
use crate::path;

/// Private state: switches that only a person can set were asked for, and their form is open still.
pub(super) const BY_HAND: &str = "by_hand";

/// One apply.
pub(super) struct SetUp<'a> {
    pub(super) call: &'a Call,
    pub(super) client: &'a Client,
    pub(super) planned: &'a ScimApp,
    /// Where the write-only token is.
    pub(super) config: &'a ScimApp,
}

impl SetUp<'_> {
    /// Brings what is behind the app object to the plan, and `state` with it step by step. `reconnect` says that the
    /// connection has to be written.
    pub(super) async fn run(&self, app: App, reconnect: bool, state: &mut ScimApp) -> Result<()> {
        let Self { call, client, planned, .. } = *self;
        let okta = &client.okta;
        let mode = self.mode();
        let standing = self.connect(&app, mode, reconnect, state).await?;
        state.exclusive_assignments = planned.exclusive_assignments.clone();
        if standing != Standing::Enabled {
            let form = setup_instructions::whole_form(okta.org_url(), &self.waiting(state));
            return self.wait(state, form);
        }

        if let Some(form) = self.switch(&app, mode, state).await? {
            return self.wait(state, form);
        }
        waiting::end(call, state);
        state.connection_status = Standing::Enabled.text().into();
        state.setup_pending = false.into();
        state.setup_instructions = Attr::Null;
        call.keep(state);
        assigned::apply(call, okta, state, planned).await?;
        call.keep(state);
        push_groups::apply(call, okta, state, &planned.push_groups).await?;
        waiting::done(call);
        Ok(())
    }

    /// Who sets the connection up.
    pub(super) fn mode(&self) -> Mode {
        Mode::of(self.planned).unwrap_or(Mode::Auto)
    }

    /// Writes the connection if it has to be, and tells how it stands.
    async fn connect(&self, app: &App, mode: Mode, reconnect: bool, state: &mut ScimApp) -> Result<Standing> {
        let Self { call, planned, .. } = *self;
        let standing = match planned.managed_token.known() {
            Some(managed) if mode != Mode::Console => self.connect_managed(app, managed, reconnect).await?,
            _ => self.connect_with_token(app, mode, reconnect, state).await?,
        };
        state.provisioning_mode = planned.provisioning_mode.clone();
        token::record(planned, state);
        if !planned.scim_base_url.is_unknown() {
            state.scim_base_url = planned.scim_base_url.clone();
        }
        call.keep(state);
        Ok(standing)
    }

    /// The same with a token that the configuration holds.
    async fn connect_with_token(&self, app: &App, mode: Mode, reconnect: bool, state: &ScimApp) -> Result<Standing> {
        let Self { call, client, planned, config } = *self;
        let okta = &client.okta;
        let mut standing = match reconnect && mode != Mode::Console {
            // Looking first would tell nothing: of an app that was never connected the API may claim to know.
            true => Standing::Disabled,
            false => connection::look(okta, mode, app).await?.standing,
        };
        if standing == Standing::Disabled {
            let (url, source) = (connection::url(planned)?, token::source(planned));
            let token = token::at_hand(planned, config);
            let token = token.ok_or_else(|| connection::missing("The SCIM token", source.clone()))?;
            // Here and not only where it has changed: a connection that was switched off is sent all of it again.
            client.check_base_url(call, planned).await?;
            let token = connection::Token { secret: token, source: &source, patience: &[] };
            if let Some(connection) = connection::connect(okta, app.id(), url, token).await? {
                standing = Standing::Enabled;
                managed::done(call);
                evidence::installed(call, connection.answered_at);
            } else if mode == Mode::Api {
                return Err(self.unsupported(state).into());
            } else {
                standing = connection::look(okta, mode, app).await?.standing;
                evidence::forget(call);
                self.warn_of_no_api(app, standing);
            }
        }
        Ok(standing)
    }

    /// Sets the switches. Where only a person can, the form to fill in is the result.
    async fn switch(&self, app: &App, mode: Mode, state: &mut ScimApp) -> Result<Option<String>> {
        let Self { call, client, planned, .. } = *self;
        let okta = &client.okta;
        let wanted = match planned.provisioning.known() {
            Some(_) => Switches::wanted(&planned.provisioning),
            None => Switches::given_up(call),
        };
        if planned.provisioning.is_null() && wanted.is_empty() {
            state.provisioning = Attr::Null;
            return Ok(None);
        }

        // Connecting changes the features of the app, and this one may be older.
        let Some(app) = super::find(okta, state).await?.or_else(|| Some(app.clone())) else { return Ok(None) };
        let actual = features::actual(okta, &app).await?;
        let missing = wanted.difference(actual.switches());
        let reached = match (missing.is_empty(), actual) {
            (true, actual) => actual.switches(),
            (false, features::Actual::FromApi(_)) => features::set(okta, app.id(), missing).await?,
            (false, features::Actual::FromApp(actual)) if mode == Mode::Api => {
                return Err(Diagnostic::error(
                    "Okta's API cannot set the provisioning switches of this app",
                    setup_instructions::switches_only(okta.org_url(), &self.waiting(state), actual),
                )
                .at(path!(ScimApp.provisioning))
                .into());
            }
            (false, features::Actual::FromApp(actual)) => {
                let form = setup_instructions::switches_only(okta.org_url(), &self.waiting(state), actual);
                if planned.provisioning.is_null() {
                    call.warn(Diagnostic::warning("Provisioning switches are left on in Okta", form));
                    state.provisioning = Attr::Null;
                    return Ok(None);
                }
                call.private().set(BY_HAND, true);
                call.warn(
                    Diagnostic::warning("The provisioning switches have to be set in Okta's console", form.clone())
                        .at(path!(ScimApp.provisioning)),
                );
                return Ok(Some(form));
            }
        };
        call.private().remove(BY_HAND);
        state.provisioning = match planned.provisioning.known() {
            Some(planned) => Attr::Known(filled(planned, reached)),
            None => Attr::Null,
        };
        Ok(None)
    }

    /// Keeps what was planned without sending it; [`waiting`] knows what was sent before.
    fn wait(&self, state: &mut ScimApp, form: String) -> Result<()> {
        if self.planned.setup_pending == Attr::Known(false) {
            return Err(Diagnostic::error(
                "Provisioning of the app was switched off meanwhile",
                "When the change was planned it was set up in Okta, and now it is not. Plan again, with refresh.",
            )
            .into());
        }
        waiting::begin(self.call, state);
        *state = self.waiting(state);
        state.connection_status = Standing::NeedsConsole.text().into();
        state.setup_instructions = form.into();
        Ok(())
    }

    /// The state with everything that waits as planned.
    fn waiting(&self, state: &ScimApp) -> ScimApp {
        let planned = self.planned;
        let provisioning = planned.provisioning.known().map(|switches| filled(switches, Switches::default()));
        ScimApp {
            provisioning: provisioning.into(),
            assigned_group_ids: known(&planned.assigned_group_ids),
            assigned_user_ids: known(&planned.assigned_user_ids),
            push_groups: known(&planned.push_groups),
            ..state.clone()
        }
    }

    fn warn_of_no_api(&self, app: &App, standing: Standing) {
        let warning = match standing {
            Standing::Enabled => Diagnostic::warning(
                "The new SCIM endpoint or token has to be entered in Okta's console",
                format!(
                    "Okta's API does not set the connection of {} apps, and provisioning was set up in the console: what is entered there stays in use. \
                     Open the tab Provisioning of {:?}, enter the Base URL and the API Token of this configuration, test them and save.",
                    app.name(),
                    app.label()
                ),
            ),
            _ => Diagnostic::warning(
                "One form is left to fill in, in Okta's console",
                format!(
                    "Okta's API does not set the connection of {} apps: it answered with the status UNKNOWN and kept nothing. \
                     Until a person has connected the app, its switches, assignments and push groups wait. \
                     What to enter, and where, is in setup_instructions of this resource.",
                    app.name()
                ),
            ),
        };
        self.call.warn(warning.at(token::source(self.planned)));
    }

    fn unsupported(&self, state: &ScimApp) -> Diagnostic {
        let name = self.planned.app_name.text().unwrap_or_default();
        Diagnostic::error(
            format!("Okta's API cannot connect {name} apps"),
            format!(
                "Okta accepted the call for the app {:?} and answered with the status UNKNOWN, which means that it kept nothing. \
                 Set provisioning_mode to \"auto\" or \"console\", apply, and then do this by hand:",
                self.planned.label.text().unwrap_or_default()
            ),
        )
        .and(setup_instructions::whole_form(self.client.okta.org_url(), &self.waiting(state)))
        .at(path!(ScimApp.provisioning_mode))
    }
}

/// Says, on every read, that a person is waited for.
pub(super) fn warn_of_waiting(call: &Call) {
    call.warn(
        Diagnostic::warning(
            "The SCIM app waits for a person",
            "Provisioning is not set up in Okta, so that switches, assignments and push groups are not sent yet. \
             What to enter in Okta's console, and where, is in setup_instructions of this resource; then apply again.",
        )
        .at(path!(ScimApp.setup_pending)),
    );
}

/// The plan with its unknown switches at what they turned out to be.
fn filled(planned: &Provisioning, actual: Switches) -> Provisioning {
    let fill = |planned: &Attr<bool>, actual: Option<bool>| match planned {
        Attr::Unknown => actual.into(),
        planned => planned.clone(),
    };
    Provisioning {
        create_users: fill(&planned.create_users, actual.create_users),
        update_user_attributes: fill(&planned.update_user_attributes, actual.update_user_attributes),
        deactivate_users: fill(&planned.deactivate_users, actual.deactivate_users),
    }
}

fn known<T: Clone>(attr: &Attr<T>) -> Attr<T> {
    attr.known().cloned().into()
}
