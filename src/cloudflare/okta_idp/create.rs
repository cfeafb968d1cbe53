//! Making a login method.

use super::secrets::Push;
use super::{Client, OktaIdp, adoption, failed, fields, place, secrets, status};
use crate::cloudflare::api::creation::{Look, NotMade};
use crate::framework::call::Call;
use crate::framework::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::framework::model::Attr;
use crate::framework::resource::Planned;
use crate::path;

/// Makes one, or takes one over.
pub(super) async fn run(call: &Call, client: &Client, change: Planned<OktaIdp>) -> Result<OktaIdp> {
    let cloudflare = &client.cloudflare;
    let tried = format!("Creating the login method {:?} failed", change.planned.name.text().unwrap_or_default());
    let place = place(&change.planned);
    let scope = place.scope(cloudflare).map_err(|error| error.at(path!(OktaIdp.account_id)))?;
    if let Some(found) = adoption::find(cloudflare, &scope, &change.planned, &tried).await? {
        return adoption::adopt(call, client, &scope, found, &change).await;
    }
    secrets::require_client_secret(&change.config)?;
    let Push { secrets, fingerprint } = secrets::gather(call, client, None, &change).await?;
    let token = status::token_memory(&secrets.api_token);
    let body = fields::new(&change, &secrets);
    let listed = cloudflare.existing().listed(cloudflare.api(), &scope).await;
    let created = cloudflare.api().make_identity_provider(&scope, &body, listed.as_deref()).await;
    let created = created.map_err(|not_made| not_created(&tried, &not_made))?;
    let mut state = fields::complete(&change.planned, &scope, &created);
    state.client_secret_fingerprint = fingerprint.into();
    call.keep(&state);
    status::wrote(call, None, &created, true, token);
    let mut held = cloudflare.hold(created.id()).await.map_err(|error| failed(&tried, &error))?;
    held.pushed(secrets);
    let Err(mut errors) = fields::taken(None, &change, &created, &tried) else {
        drop(held);
        let secret = secrets::at_hand(&change.config);
        status::judge(call, client, &mut state, &created, &scope, secret, Attr::Null).await;
        return Ok(state);
    };
    match cloudflare.api().delete_identity_provider(&scope, created.id()).await {
        Ok(()) => {
            held.forget();
            call.forget();
        }
        Err(error) => errors.extend(failed(
            &format!("Deleting the login method {} again failed as well, so it is kept and tainted", created.id()),
            &error,
        )),
    }
    Err(errors)
}

/// What to tell of one that was not made, or not certainly.
fn not_created(tried: &str, not_made: &NotMade) -> Diagnostics {
    let mut errors = failed(tried, &not_made.error);
    let found = match &not_made.look {
        None => return errors,
        Some(Look::Nothing) => {
            "It was looked for, and Cloudflare shows no new one of what was sent. It may still appear.".to_owned()
        }
        Some(Look::Unclear(ids)) => format!(
            "It was looked for, and Cloudflare shows what it may be, of exactly what was sent: {}. Nothing was taken, since \
             nothing tells whose it is.",
            ids.join(", ")
        ),
        Some(Look::Failed(look)) => format!("It was looked for, and Cloudflare could not be asked: {look}."),
    };
    errors.push(Diagnostic::warning(
        "There may be a login method that Terraform does not know",
        format!(
            "{found} Names are not unique, so another apply may make a second one. Look at the login methods in the \
             dashboard first; delete the new one, import it, or set adopt_existing = true."
        ),
    ));
    errors
}
