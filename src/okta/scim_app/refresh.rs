//! What a read finds of the app in Okta: the document, the connection, and, as far as something is connected, what it
//! does for whom.

use super::{
    Client, Mode, ScimApp, Standing, Switches, assigned,
    connection::{self, Found},
    document, evidence, features, id, managed, push_groups, set_up, setup_instructions, unread, waiting,
};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Result},
};
use crate::okta::api::apps::App;

/// The state as it is in Okta.
pub(super) async fn run(call: &Call, client: &Client, mut state: ScimApp) -> Result<Option<ScimApp>> {
    let okta = &client.okta;
    let Some(app) = okta.app(id(&state)?).await.map_err(|error| unread(&error))? else { return Ok(None) };
    let mode = if call.importing() { imported(&app, &mut state)? } else { Mode::of(&state).unwrap_or(Mode::Auto) };
    let found = connection::find(okta, mode, &app).await.map_err(|error| connection::unread(&error))?;
    document::read_into(&app, &mut state)?;
    connection::read_base_url(call, mode, &found, &mut state);
    let is_ours = found.is_served && found.standing == Standing::Enabled && mode != Mode::Console;
    // Of a secret that Okta did not get, the plan tells.
    if client.secret_checks && is_ours && !managed::is_unfinished(call) {
        evidence::look(call, okta, &state).await?;
    }
    provisioning(call, client, &app, &found, &mut state).await?;
    Ok(Some(state))
}

/// What is known of an app that is imported, before anything of it is read.
fn imported(app: &App, state: &mut ScimApp) -> Result<Mode> {
    if app.document.get("credentials.oauthClient").is_some() {
        return Err(Diagnostic::error(
            "Not a SCIM app",
            format!("{} ({}) is an OIDC app. Import it as an okta_oidc_app.", app.id(), app.label()),
        )
        .into());
    }
    // The token cannot be read, so that of the modes only this one is true.
    state.provisioning_mode = "console".into();
    state.exclusive_assignments = false.into();
    Ok(Mode::Console)
}

/// Reads switches, assignments and push groups where the app is connected, and what is left to do where it is not.
async fn provisioning(call: &Call, client: &Client, app: &App, found: &Found, state: &mut ScimApp) -> Result<()> {
    let okta = &client.okta;
    let cares = call.importing() || state.provisioning.is_set();
    let actual = match found.standing {
        Standing::Enabled if cares => Some(features::actual(okta, app).await?.switches()),
        _ => None,
    };
    let by_hand = call.private().get(set_up::BY_HAND).unwrap_or(false);
    let pending = match (found.standing, actual) {
        (Standing::NeedsConsole, _) => Some(setup_instructions::whole_form(okta.org_url(), state)),
        (Standing::Enabled, Some(actual))
            if by_hand && !Switches::wanted(&state.provisioning).difference(actual).is_empty() =>
        {
            Some(setup_instructions::switches_only(okta.org_url(), state, actual))
        }
        _ => None,
    };
    state.connection_status = match &pending {
        Some(_) => Standing::NeedsConsole.text().into(),
        None => found.standing.text().into(),
    };
    if pending.is_some() {
        set_up::warn_of_waiting(call);
    } else {
        if found.standing == Standing::Enabled {
            call.private().remove(set_up::BY_HAND);
        }
        if let Some(actual) = actual {
            state.provisioning = features::recorded(actual, call.importing());
        }
    }
    if pending.is_none() || call.importing() {
        waiting::end_with_all(call, state);
        assigned::read(call, okta, state).await?;
        push_groups::read(call, okta, state).await?;
    }
    if pending.is_some() {
        waiting::begin(call, state);
    }
    state.setup_pending = pending.is_some().into();
    state.setup_instructions = pending.into();
    Ok(())
}
