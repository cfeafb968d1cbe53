//! Deleting a secret: never the last one that works.

use super::{Client, ClientSecret, app_of, capitalised, failed, id_of, name};
use crate::framework::{
    adoption,
    call::Call,
    diagnostic::{Diagnostic, Result},
    path::Path,
};
use crate::okta::api::{self, Error, Status, is_gone, secrets};

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Removed {
    /// It is gone.
    Gone,
    /// It is the only one with which the app can still log in, and is as it was.
    LastActive,
}

/// Deletes the secret of `state`; one that has to stay is left to Okta, with a warning.
pub(super) async fn run(call: &Call, client: &Client, state: &ClientSecret) -> Result<()> {
    let (app_id, id) = (app_of(state)?, id_of(state)?);
    let _held = client.apps.hold(&client.okta, app_id).await.map_err(|error| failed("delete", state, &error))?;
    if client.apps.secrets().is_lost(call, id) {
        let remedy =
            "For a replacement that makes another secret, set adopt_existing = false, or give keepers another value.";
        call.warn(adoption::left_alone(&capitalised(&name(state))).and(remedy));
        return Ok(());
    }
    let removed = match judge(client, app_id, id).await.map_err(|error| failed("delete", state, &error))? {
        Some(removed) => removed,
        None => remove(&client.okta, app_id, id).await.map_err(|error| failed("delete", state, &error))?,
    };
    if removed == Removed::LastActive {
        call.warn(
            Diagnostic::warning(
                format!("The client secret {id} stays in Okta"),
                format!(
                    "It is the only active client secret of the Okta app {app_id}, and Okta keeps one. Terraform no \
                     longer manages it. Deleting the app removes it; otherwise it can be deactivated and deleted in \
                     Okta's console once the app has another one."
                ),
            )
            .at(Path::root()),
        );
    }
    Ok(())
}

/// What a look at the list decides; `None` if the secret is to be deleted, or if nothing may be looked at.
async fn judge(client: &Client, app_id: &str, id: &str) -> Result<Option<Removed>, Error> {
    if !client.secret_checks {
        return Ok(None);
    }
    let all = match client.okta.client_secrets(app_id).await {
        Ok(all) => all.unwrap_or_default(),
        // Okta knows it as well, and refuses.
        Err(error) if error.is_forbidden() => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(ours) = all.iter().find(|secret| secret.id == id) else { return Ok(Some(Removed::Gone)) };
    let others = all.iter().any(|other| other.id != id && other.status == Status::Active);
    Ok((ours.status == Status::Active && !others).then_some(Removed::LastActive))
}

/// Deactivates and deletes. One that is gone already is a success.
pub(super) async fn remove(okta: &api::Client, app_id: &str, id: &str) -> Result<Removed, Error> {
    let deactivated = match okta.deactivate_client_secret(app_id, id).await {
        Err(error) if is_gone(&error) => return Ok(Removed::Gone),
        Err(error) if secrets::is_only_active(&error) => return Ok(Removed::LastActive),
        // One that is inactive already may be refused; whether it matters shows when it is deleted.
        Err(error) if error.refusal().is_some() => Err(error),
        outcome => outcome.map(drop),
    };
    match (okta.delete_client_secret(app_id, id).await, deactivated) {
        (Err(error), Err(first)) if error.refusal().is_some() => Err(first),
        (outcome, deactivated) => outcome.map(|()| Removed::Gone).map_err(|error| error.after(deactivated.err())),
    }
}
