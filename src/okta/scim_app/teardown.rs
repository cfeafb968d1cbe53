//! Push groups, assignments, connection, app: everything backwards, for destruction and for a creation that failed.

use super::{ScimApp, assigned, connection, failed, push_groups, waiting};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Diagnostics, Result},
    path::Path,
};
use crate::okta::api::{Client, Status, is_gone};

/// Removes the app. Whatever is gone already is a success.
pub(super) async fn run(call: &Call, okta: &Client, state: &ScimApp) -> Result<()> {
    let Some(app) = super::find(okta, state).await? else { return Ok(()) };
    let sent = waiting::sent(call, state);
    push_groups::remove_all(okta, app.id(), &sent.push_groups).await?;
    assigned::remove_all(call, okta, &sent).await?;
    // The switches go with the connection.
    connection::disconnect(okta, app.id()).await?;
    // Okta deletes inactive apps only.
    if app.status() != Status::Inactive {
        match okta.deactivate_app(app.id()).await {
            Err(error) if is_gone(&error) => return Ok(()),
            deactivated => {
                deactivated
                    .map_err(|error| failed("deactivate the SCIM app before deleting it", &error, Path::root()))?;
            }
        }
    }
    okta.delete_app(app.id()).await.map_err(|error| failed("delete the SCIM app", &error, Path::root()).into())
}

/// Removes an app whose creation failed because of `problems`. What cannot be removed stays in Terraform's state.
pub(super) async fn roll_back(call: &Call, okta: &Client, state: &ScimApp, problems: Diagnostics) -> Diagnostics {
    match run(call, okta, state).await {
        Ok(()) => {
            call.forget();
            problems
        }
        Err(more) => {
            let mut all = problems;
            let app = match (state.label.text(), state.id.text()) {
                (Some(label), Some(id)) => format!("The app {label:?} ({id})"),
                _ => "The app".to_owned(),
            };
            all.extend(more.into_iter().map(|problem| {
                Diagnostic {
                    summary: format!("The unfinished app cannot be removed: {}", problem.summary),
                    ..problem
                }
                .and(format!(
                    "{app} exists in Okta and is not set up. Terraform keeps it as tainted: the next apply replaces it."
                ))
            }));
            all
        }
    }
}
