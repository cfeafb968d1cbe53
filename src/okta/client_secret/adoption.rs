//! `adopt_existing`: a secret of ours that Terraform does not know.
//!
//! The text of every secret that is made here tells for which app and keepers it was made. So one that an apply made, and
//! of which Terraform never heard, is recognised, and nobody else's is taken for it.

use super::{Client, ClientSecret, ClientSecretResource, INACTIVE, app_of, failed, minted, name, not_switched, record};
use crate::framework::{
    adoption::{self, Claim, UNLESS_FINISHED},
    call::Call,
    diagnostic::{Diagnostic, Result},
    model::Attr,
    resource::Resource,
};
use crate::okta::api::{Status, secrets::ClientSecret as Found};
use crate::path;

/// The secret to take over, if there is one. The app has to be held.
///
/// # Errors
/// There is one, and nobody says what is to become of it; or several.
pub(super) async fn find(client: &Client, planned: &ClientSecret) -> Result<Option<(Found, Claim)>> {
    // Whoever may not look cannot tell. Then Okta's limit of two is what keeps a third one out.
    if planned.adopt_existing == Attr::Known(false) || !client.secret_checks {
        return Ok(None);
    }
    let app_id = app_of(planned)?;
    let all = match client.okta.client_secrets(app_id).await {
        Ok(all) => all.unwrap_or_default(),
        Err(error) if error.is_forbidden() => return Ok(None),
        Err(error) => return Err(failed("look for", planned, &error)),
    };
    let is_it = |secret: &Found| {
        let text = secret.client_secret.as_ref();
        let is_for_these = text.is_some_and(|text| minted::is_minted_for(text, app_id, &planned.keepers));
        is_for_these && client.apps.secrets().is_free(&secret.id)
    };
    let mut found: Vec<Found> = all.into_iter().filter(is_it).collect();
    match (found.len(), planned.adopt_existing.is_true()) {
        (0 | 1, true) => {
            Ok(found.pop().and_then(|found| client.apps.secrets().take(&found.id).map(|claim| (found, claim))))
        }
        (0, false) => Ok(None),
        (_, adopts) => Err(stop(app_id, &found, adopts).into()),
    }
}

/// Takes it over, with the status that is planned.
pub(super) async fn run(
    call: &Call,
    client: &Client,
    (found, claim): (Found, Claim),
    planned: &ClientSecret,
) -> Result<ClientSecret> {
    let (app_id, id) = (app_of(planned)?, found.id.clone());
    let active = planned.status.text() != Some(INACTIVE);
    let found = match (active, found.status) {
        (true, Status::Inactive) => client.okta.activate_client_secret(app_id, &id).await,
        (false, Status::Active) => client.okta.deactivate_client_secret(app_id, &id).await,
        _ => Ok(found),
    };
    let found = found.map_err(|error| not_switched(planned, &error))?;
    let mut state = planned.clone();
    record(&mut state, found, Attr::Null);
    state.status = planned.status.clone();
    claim.keep(call);
    call.warn(Diagnostic::warning(
        "An existing client secret was taken over",
        format!(
            "{} was made by okta_client_secret for these keepers, and this resource did not have it. {UNLESS_FINISHED}",
            name(&state)
        ),
    ));
    Ok(state)
}

fn stop(app_id: &str, found: &[Found], adopts: bool) -> Diagnostic {
    let described: Vec<String> = found.iter().map(super::room::describe).collect();
    let told = Diagnostic::error(
        format!("The Okta app {app_id} has a client secret for these keepers already"),
        format!(
            "okta_client_secret made a secret for these keepers before, which this resource does not have: {}.",
            described.join(", ")
        ),
    );
    let import = |id: &str| format!("{app_id}/{id}");
    if adopts {
        let block = adoption::import_block(ClientSecretResource::NAME, &import("ocs…"));
        let several = "adopt_existing takes over one, and there are several. Import the right one, with the address of \
                       this resource:";
        return told.and(format!("Nothing was created. {several}\n\n{block}")).at(path!(ClientSecret.adopt_existing));
    }
    let ids = found.iter().map(|secret| adoption::Found { id: secret.id.clone(), import: import(&secret.id) });
    let another = "For another secret beside it, give keepers another value, or set adopt_existing = false.";
    told.and(adoption::choices(ClientSecretResource::NAME, &ids.collect::<Vec<_>>(), another))
        .at(path!(ClientSecret.app_id))
}
