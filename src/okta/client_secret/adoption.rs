//! `adopt_existing`: a secret of ours that Terraform does not know.
//!
//! The text of every secret that is made here tells for which app and keepers it was made. So one that an apply made, and
//! of which Terraform never heard, is recognised, and nobody else's is taken for it.

use super::{Client, ClientSecret, ClientSecretResource, INACTIVE, app_of, failed, minted, name, not_switched, record};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Result},
    model::Attr,
    resource::Resource,
};
use crate::okta::{
    api::{Status, secrets::ClientSecret as Found},
    existing::import_block,
};
use crate::path;

/// The secret to take over, if there is one. The app has to be held.
///
/// # Errors
/// There is one, and nobody says what is to become of it; or several.
pub(super) async fn find(client: &Client, planned: &ClientSecret) -> Result<Option<Found>> {
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
        is_for_these && !client.apps.has_made(&secret.id)
    };
    let mut found: Vec<Found> = all.into_iter().filter(is_it).collect();
    match (found.len(), planned.adopt_existing.is_true()) {
        (0 | 1, true) => Ok(found.pop()),
        (0, false) => Ok(None),
        (_, adopts) => Err(stop(app_id, &found, adopts).into()),
    }
}

/// Takes it over, with the status that is planned.
pub(super) async fn run(call: &Call, client: &Client, found: Found, planned: &ClientSecret) -> Result<ClientSecret> {
    let (app_id, id) = (app_of(planned)?, found.id.clone());
    let active = planned.status.text() != Some(INACTIVE);
    let found = match (active, found.status) {
        (true, Status::Inactive) => client.okta.activate_client_secret(app_id, &id).await,
        (false, Status::Active) => client.okta.deactivate_client_secret(app_id, &id).await,
        _ => Ok(found),
    };
    let found = found.map_err(|error| not_switched(planned, &error))?;
    client.apps.made(&id);
    let mut state = planned.clone();
    record(&mut state, found, Attr::Null);
    state.status = planned.status.clone();
    call.warn(Diagnostic::warning(
        "An existing client secret was taken over",
        format!(
            "{} was made by okta_client_secret for these keepers, and Terraform's state did not have it.",
            name(&state)
        ),
    ));
    Ok(state)
}

fn stop(app_id: &str, found: &[Found], adopts: bool) -> Diagnostic {
    let resource = ClientSecretResource::NAME;
    let ids: Vec<String> = found.iter().map(super::room::describe).collect();
    let blocks: Vec<String> =
        found.iter().map(|secret| import_block(resource, &format!("{app_id}/{}", secret.id))).collect();
    let detail = format!(
        "okta_client_secret made a secret for these keepers before, which Terraform's state does not have: {}. Perhaps an \
         apply broke off before Terraform heard of it; perhaps another resource or configuration has it. Nothing was \
         created.\n\nTo take it over, add this to the configuration, with the address of this resource, and apply \
         again:\n\n{}",
        ids.join(", "),
        blocks.join("\n\nor\n\n"),
    );
    let told =
        Diagnostic::error(format!("The Okta app {app_id} has a client secret for these keepers already"), detail);
    if adopts {
        return told
            .and("adopt_existing takes over one, and there are several.")
            .at(path!(ClientSecret.adopt_existing));
    }
    told.and(
        "Or set adopt_existing = true, which does the same. For another secret, give keepers another value, or set \
         adopt_existing = false.",
    )
    .at(path!(ClientSecret.app_id))
}
