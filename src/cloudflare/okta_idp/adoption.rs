//! `adopt_existing`: taking over a login method that is there already.

use super::{Client, OktaIdp, Writing, failed, fields, gone, secrets, status, write};
use crate::cloudflare::api::Scope;
use crate::cloudflare::api::identity_providers::IdentityProvider;
use crate::cloudflare::client::Cloudflare;
use crate::cloudflare::okta_account;
use crate::cloudflare::shared_object::Outcome;
use crate::framework::call::Call;
use crate::framework::diagnostic::{Diagnostic, Result};
use crate::framework::model::Attr;
use crate::framework::resource::Planned;
use crate::framework::value::Value;
use crate::path;

/// The one login method of the planned name and Okta org.
///
/// # Errors
/// Names are not unique: there may be several, and then a person has to say which.
pub(super) async fn find(
    client: &Cloudflare,
    scope: &Scope,
    planned: &OktaIdp,
    tried: &str,
) -> Result<Option<IdentityProvider>> {
    let all = client.api().list_identity_providers(scope, false).await.map_err(|error| failed(tried, &error))?;
    let account = planned.okta_account.text().map(Value::string).unwrap_or_default();
    let mut alike: Vec<IdentityProvider> = all
        .into_iter()
        .filter(|found| found.kind() == "okta" && planned.name.text() == Some(found.name()))
        .filter(|found| found.okta_account().is_some_and(|text| okta_account::same(&account, &Value::string(text))))
        .collect();
    if alike.len() > 1 {
        let ids: Vec<&str> = alike.iter().map(IdentityProvider::id).collect();
        return Err(Diagnostic::error(
            tried,
            format!(
                "adopt_existing found several login methods of that name and Okta org: {}. Import the right one by its \
                 id instead.",
                ids.join(", ")
            ),
        )
        .at(path!(OktaIdp.adopt_existing))
        .into());
    }
    Ok(alike.pop())
}

/// Takes over an existing login method.
///
/// One that fails half-way stays out of the state, because a tainted one would be deleted by the next apply, and with
/// it a login that was there before Terraform. Nor is it put back: the client secret that it had is shown nowhere, and
/// its former settings with the new secret would be a login that nobody has tried. So the error says what happened.
pub(super) async fn adopt(
    call: &Call,
    client: &Client,
    scope: &Scope,
    id: &str,
    change: &Planned<OktaIdp>,
) -> Result<OktaIdp> {
    let tried = format!("Taking over the login method {id} failed");
    let push = secrets::gather(call, client, None, change).await?;
    let fingerprint = push.fingerprint.clone();
    let mut held = client.cloudflare.objects().hold(id).await;
    let current = client.cloudflare.api().identity_provider(scope, id).await;
    let current = current.map_err(|error| failed(&tried, &error))?.ok_or_else(|| gone(&tried))?;
    let writing = Writing { prior: None, change, push };
    let found = match write(call, &mut held, client, scope, current, writing).await {
        Ok(Outcome::Unchanged(found) | Outcome::Written(found)) => found,
        Ok(Outcome::Gone) => return Err(gone(&tried).into()),
        Err(error) if error.is_maybe_done() => {
            return Err(failed(&tried, &error).and(left_behind(id, "may have been changed")));
        }
        Err(error) => return Err(failed(&tried, &error)),
    };
    fields::taken(None, change, &found, &tried).map_err(|errors| errors.and(left_behind(id, "was changed")))?;
    call.warn(Diagnostic::warning(
        "An existing login method was taken over",
        format!("{id} has the same name and Okta org. From now on Terraform manages it, and destroying deletes it."),
    ));
    drop(held);
    let mut state = fields::complete(&change.planned, scope, &found);
    state.client_secret_fingerprint = fingerprint.into();
    status::judge(call, client, &mut state, &found, scope, secrets::at_hand(&change.config), Attr::Null).await;
    Ok(state)
}

fn left_behind(id: &str, what: &str) -> String {
    format!(
        "The login method {id} {what} and is not in Terraform's state. Apply again to take it over with the \
         configuration as it is by then, or look at its settings in the dashboard: its former client secret cannot be \
         put back."
    )
}
