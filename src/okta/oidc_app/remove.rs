//! Deleting the app.

use crate::okta::api::{Client, Error, is_gone};

/// Okta deletes inactive apps only, and says `E0000056` otherwise.
const STILL_ACTIVE: &str = "E0000056";

/// Deactivates and deletes. An app that is gone already is a success.
pub(super) async fn run(client: &Client, id: &str) -> Result<(), Error> {
    let deactivated = match client.deactivate_app(id).await {
        Err(error) if is_gone(&error) => return Ok(()),
        // An app that is inactive already may be refused; whether it matters shows when it is deleted.
        Err(error) if error.refusal().is_some() => Err(error),
        outcome => Ok(outcome?),
    };
    match client.delete_app(id).await {
        Err(error) if error.code() == Some(STILL_ACTIVE) => {
            // Somebody activated it in between, unless it never was deactivated.
            deactivated?;
            client.deactivate_app(id).await?;
            client.delete_app(id).await
        }
        outcome => outcome,
    }
}
