//! Making the app: all of it, or nothing.

use super::{
    Client, OidcApp, OidcAppResource, app_name, assigned,
    client_secret::{self, Prefer},
    groups_claim, record, remove, settings, update,
};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Diagnostics, Result, Severity},
    model::Attr,
    resource::Resource,
    secret::Secret,
};
use crate::okta::{
    api::{self, apps::App, creation::NotMade},
    assignments::Assignments,
    errors, fields,
};

/// Makes it, and takes it back if any part of it fails.
pub(super) async fn run(call: &Call, client: &Client, planned: &OidcApp) -> Result<OidcApp> {
    let active = planned.status.text() != Some(super::INACTIVE);
    let body = settings::new_app(planned).to_value();
    let app = client.okta.make_app(&body, active).await;
    let app = app.map_err(|not_made| not_created(planned, &not_made))?;

    let mut state = planned.clone();
    record(&mut state, &app);
    if !planned.omit_secret.is_true() {
        state.client_secret = app.client_secret.clone().map(Secret::from).into();
    }
    call.keep(&state);
    match complete(call, client, planned, &app).await {
        Ok(state) => Ok(state),
        // No new request may start, so the app is left to the next apply, which replaces it.
        Err(problems) if call.stop().is_cancelled() => {
            Err(and(problems, &format!("The app {} exists already and is kept as tainted.", app.id())))
        }
        Err(problems) => Err(roll_back(call, &client.okta, app.id(), problems).await),
    }
}

fn not_created(planned: &OidcApp, not_made: &NotMade) -> Diagnostics {
    let tried = format!("Cannot create {}", app_name(planned));
    let label = planned.label.text().unwrap_or_default();
    errors::diagnose_create(&tried, not_made, &settings::places(), OidcAppResource::NAME, label)
}

/// Everything that Okta does not take together with the app itself.
async fn complete(call: &Call, client: &Client, planned: &OidcApp, app: &App) -> Result<OidcApp> {
    let okta = &client.okta;
    let mut state = fields::read(settings::FIELDS, &app.document, planned)?;
    record(&mut state, app);
    state.status = super::status(app);
    if planned.groups_claim.is_set() {
        let issuer_mode = settings::issuer_mode(&app.document);
        groups_claim::write(okta, app.id(), &planned.groups_claim, issuer_mode).await?;
    }
    if planned.authentication_policy.known().is_some() {
        update::bind_policy(okta, app.id(), planned).await?;
    } else {
        state.authentication_policy = app.access_policy_id().map(str::to_owned).into();
    }
    let wanted = assigned(planned);
    Assignments::default().apply(call, okta, app.id(), &wanted, false).await?;

    let minted = app.client_secret.as_ref();
    let found = client_secret::find(call, client, app.id(), minted.map_or(Prefer::Newest, Prefer::Minted)).await?;
    client_secret::settle(&mut state, found, minted.cloned());
    client_secret::warn_of_no_look(call, client, &state.label);
    if state.client_id.is_unknown() {
        state.client_id = Attr::Null;
    }
    Ok(state)
}

async fn roll_back(call: &Call, okta: &api::Client, id: &str, problems: Diagnostics) -> Diagnostics {
    match remove::run(okta, id).await {
        Ok(()) => {
            call.forget();
            and(problems, "The new app was deleted again, so that nothing is left behind in Okta.")
        }
        Err(error) => and(
            problems,
            &format!(
                "Deleting the new app {id} again failed too: {error}. It is kept in the state as tainted; the next \
                 apply replaces it."
            ),
        ),
    }
}

/// Adds a paragraph to every error.
fn and(problems: Diagnostics, more: &str) -> Diagnostics {
    let add = |problem: Diagnostic| match problem.severity {
        Severity::Error => problem.and(more),
        Severity::Warning => problem,
    };
    problems.into_iter().map(add).collect()
}
