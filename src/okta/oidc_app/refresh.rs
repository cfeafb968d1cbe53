//! What a read finds of the app in Okta: the document, the groups claim, who may use it, and its secret.

use super::{
    Client, KIND, OidcApp, OidcAppResource, app_name, assigned, check_kind,
    client_secret::{self, Found, Prefer},
    failed, find, groups_claim, record, settings, status,
};
use crate::framework::{call::Call, diagnostic::Result, resource::Resource};
use crate::okta::{
    api::{self, apps::App},
    assignments::Reach,
    fields, ids,
};

/// The app as it is in Okta; `None` if it is gone.
pub(super) async fn run(call: &Call, client: &Client, state: &OidcApp) -> Result<Option<OidcApp>> {
    let Some(mut found) = look(call, &client.okta, state).await? else { return Ok(None) };
    let prefer = match (state.client_secret_id.text(), state.client_secret.known()) {
        (Some(id), _) => Prefer::Id(id),
        (None, Some(text)) => Prefer::Text(text),
        (None, None) => Prefer::Newest,
    };
    match client_secret::find(call, client, ids::known(&state.id, OidcAppResource::NAME)?, prefer).await? {
        Found::Secret(secret) => {
            let expected = secret.as_ref().is_some_and(|secret| client_secret::is_of_a_resource(secret));
            client_secret::refresh(&mut found, secret.map(|secret| *secret));
            if !expected {
                client_secret::warn_of_rotation(call, state, &found);
            }
        }
        Found::Withheld if call.importing() => client_secret::warn_of_no_look(call, client, &found.label),
        Found::Withheld => {}
    }
    Ok(Some(found))
}

/// The app as Okta has it, but for its secret; `None` if it is gone.
pub(super) async fn look(call: &Call, okta: &api::Client, state: &OidcApp) -> Result<Option<OidcApp>> {
    let app = match call.importing() {
        true => find(okta, state).await?,
        false => {
            let agrees = |listed: &App| shown(listed, state).is_ok_and(|seen| seen == *state);
            let id = ids::known(&state.id, OidcAppResource::NAME)?;
            let found = okta.look_at_app(KIND, id, agrees).await;
            found.map_err(|error| failed("read", &app_name(state), &error))?
        }
    };
    let Some(app) = app else { return Ok(None) };
    if call.importing() {
        check_kind(&app)?;
    }
    let mut found = shown(&app, state)?;
    found.groups_claim = groups_claim::read(call, okta, app.id(), state.groups_claim.clone()).await?;

    let reach = if call.importing() { Reach::Everything } else { Reach::Ours };
    let present = assigned(state).read(okta, app.id(), reach).await;
    let present = present.map_err(|error| failed("read who may use", &app_name(&found), &error))?;
    found.assigned_group_ids = present.groups;
    found.assigned_user_ids = present.users;
    Ok(Some(found))
}

/// What the app's own document shows.
fn shown(app: &App, state: &OidcApp) -> Result<OidcApp> {
    let mut shown = fields::read(settings::FIELDS, &app.document, state)?;
    record(&mut shown, app);
    shown.status = status(app);
    shown.authentication_policy = app.access_policy_id().map(str::to_owned).into();
    Ok(shown)
}
