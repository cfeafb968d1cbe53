//! Making a secret, once: the text is ours, so a lost answer is no reason to make another.

use secrecy::{ExposeSecret, SecretString};

use super::{Client, ClientSecret, INACTIVE, adoption, app_of, failed, minted, record, room};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Result},
    secret::Secret,
};
use crate::okta::api::{Error, secrets};
use crate::path;

/// Makes it. At Okta's limit of two, the one that came with the app may make way for it.
pub(super) async fn run(call: &Call, client: &Client, planned: &ClientSecret) -> Result<ClientSecret> {
    let app_id = app_of(planned)?;
    let _held = client.apps.hold(&client.okta, app_id).await.map_err(|error| failed("create", planned, &error))?;
    if let Some(taken) = adoption::find(client, planned).await? {
        return adoption::run(call, client, taken, planned).await;
    }
    let text = minted::mint(app_id, &planned.keepers)?;
    let active = planned.status.text() != Some(INACTIVE);
    let mut made = client.okta.create_client_secret(app_id, Some(&text), active).await;
    if let Err(error) = &made
        && secrets::is_at_limit(error)
    {
        room::make(call, client, planned, error).await?;
        made = client.okta.create_client_secret(app_id, Some(&text), active).await;
    }
    let made = match made {
        Err(error) if error.is_maybe_done() => found_again(client, app_id, &text, &error).await?,
        made => made.map_err(|error| failed("create", planned, &error))?,
    };
    client.apps.secrets().made(&made.id);
    let mut state = planned.clone();
    record(&mut state, made, Secret::from(text).into());
    // What Okta made of the status shows when it is read; what was asked for is what was planned.
    state.status = planned.status.clone();
    Ok(state)
}

/// The secret whose answer was lost, if Okta made it.
async fn found_again(
    client: &Client,
    app_id: &str,
    text: &SecretString,
    error: &Error,
) -> Result<secrets::ClientSecret> {
    let hash = minted::hash(text);
    let told = |more: &str| {
        let tried = format!("Cannot create a client secret of the Okta app {app_id}");
        Diagnostic::error(tried, format!("{error}.")).at(path!(ClientSecret.app_id)).and(more)
    };
    let take_over = format!(
        "If it was made, it takes one of the two places that the app has, and its hash is {hash}. Okta's console shows \
         it on the app's page under Client Credentials; its text is nowhere but there. Deactivate and delete it before \
         applying again, or take it over:\n\n    terraform import okta_client_secret.NAME {app_id}/SECRET_ID"
    );
    if !client.secret_checks {
        let why = "Whether it was made was not looked up, since the provider has secret_checks = \"never\".";
        return Err(told(why).and(take_over).into());
    }
    let all = match client.okta.client_secrets(app_id).await {
        Ok(all) => all.unwrap_or_default(),
        Err(look) => {
            let why = format!("Looking whether it was made failed too: {look}.");
            return Err(told(&why).and(take_over).into());
        }
    };
    let is_it = |secret: &secrets::ClientSecret| {
        let same_text = secret.client_secret.as_ref().is_some_and(|own| own.expose_secret() == text.expose_secret());
        same_text || secret.secret_hash.as_ref() == Some(&hash)
    };
    let found = all.into_iter().find(is_it);
    found.ok_or_else(|| told("The app's list of secrets does not have it, so it was not made. Apply again.").into())
}
