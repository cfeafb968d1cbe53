//! `adopt_existing`: taking over a login method that is there already.

use super::{Client, OktaIdp, OktaIdpResource, Writing, failed, fields, gone, secrets, status, write};
use crate::cloudflare::api::Scope;
use crate::cloudflare::api::identity_providers::IdentityProvider;
use crate::cloudflare::client::Cloudflare;
use crate::cloudflare::okta_account;
use crate::cloudflare::shared_object::Outcome;
use crate::framework::adoption::{self, Claim, UNLESS_FINISHED};
use crate::framework::call::Call;
use crate::framework::diagnostic::{Diagnostic, Result};
use crate::framework::model::Attr;
use crate::framework::resource::{Planned, Resource};
use crate::framework::value::Value;
use crate::path;

/// The login method to take over, if there is one.
///
/// Names are not unique. One of the same name for the same Okta app, whose client id nothing else has, is taken for one
/// that an apply made and Terraform never heard of, unless `adopt_existing` is false. `adopt_existing = true` takes over
/// one of another app of the same org as well.
///
/// # Errors
/// There is one, or several, and a person has to say what is to become of it.
pub(super) async fn find(
    client: &Cloudflare,
    scope: &Scope,
    planned: &OktaIdp,
    tried: &str,
) -> Result<Option<(IdentityProvider, Claim)>> {
    if planned.adopt_existing == Attr::Known(false) {
        return Ok(None);
    }
    let adopts = planned.adopt_existing.is_true();
    let account = planned.okta_account.text().map(Value::string).unwrap_or_default();
    let is_of_the_app = |found: &IdentityProvider| found.client_id() == planned.client_id.text();
    let (api, existing) = (client.api(), client.existing());
    // One that is just being made is known as ours once its id is there.
    let alone = api.alone_with_name(scope, planned.name.text().unwrap_or_default()).await;
    let _alone = alone.map_err(|error| failed(tried, &error))?;
    let alike = existing.alike(api, scope, |found| {
        found.kind() == "okta"
            && planned.name.text() == Some(found.name())
            && found.okta_account().is_some_and(|text| okta_account::same(&account, &Value::string(text)))
            && (adopts || is_of_the_app(found))
    });
    let mut alike = alike.await.map_err(|error| failed(tried, &error))?;
    alike.retain(|found| !api.has_made(found.id()));
    if alike.len() > 1 && alike.iter().filter(|found| is_of_the_app(found)).count() == 1 {
        alike.retain(is_of_the_app);
    }
    match (alike.len(), adopts) {
        // One whose deletion has begun meanwhile is not there any more.
        (0 | 1, true) => {
            Ok(alike.pop().and_then(|found| existing.claims().take(found.id()).map(|claim| (found, claim))))
        }
        (0, false) => Ok(None),
        (_, true) => Err(several(&alike, tried).into()),
        (_, false) => Err(stop(scope, planned, &alike).into()),
    }
}

fn several(alike: &[IdentityProvider], tried: &str) -> Diagnostic {
    let ids: Vec<&str> = alike.iter().map(IdentityProvider::id).collect();
    let detail = format!(
        "adopt_existing found several login methods of that name and Okta org: {}. Import the right one by its id instead.",
        ids.join(", ")
    );
    Diagnostic::error(tried, detail).at(path!(OktaIdp.adopt_existing))
}

/// Nobody says what is to become of it.
fn stop(scope: &Scope, planned: &OktaIdp, alike: &[IdentityProvider]) -> Diagnostic {
    let [home, home_id] = scope.path();
    let ids: Vec<&str> = alike.iter().map(IdentityProvider::id).collect();
    let found: Vec<adoption::Found> = ids
        .iter()
        .map(|id| adoption::Found { id: (*id).to_owned(), import: format!("{home}/{home_id}/{id}") })
        .collect();
    let another = "For another login method of the same name beside it, set adopt_existing = false.";
    Diagnostic::error(
        format!("The login method {:?} exists already", planned.name.text().unwrap_or_default()),
        format!(
            "Cloudflare has a login method of that name for the same Okta app, which this resource does not have: {}.",
            ids.join(", ")
        ),
    )
    .and(adoption::choices(OktaIdpResource::NAME, &found, another))
    .at(path!(OktaIdp.name))
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
    (found, claim): (IdentityProvider, Claim),
    change: &Planned<OktaIdp>,
) -> Result<OktaIdp> {
    let id = found.id();
    let tried = format!("Taking over the login method {id} failed");
    let push = secrets::gather(call, client, None, change).await?;
    let fingerprint = push.fingerprint.clone();
    let mut held = client.cloudflare.hold(id).await.map_err(|error| failed(&tried, &error))?;
    let current = client.cloudflare.api().identity_provider(scope, id).await;
    let current = current.map_err(|error| failed(&tried, &error))?.ok_or_else(|| gone(&tried))?;
    let writing = Writing { prior: None, change, push };
    let written = match write(call, &mut held, client, scope, current, writing).await {
        Ok(Outcome::Unchanged(found) | Outcome::Written(found)) => found,
        Ok(Outcome::Gone) => return Err(gone(&tried).into()),
        Err(error) if error.is_maybe_done() => {
            return Err(failed(&tried, &error).and(left_behind(id, "may have been changed")));
        }
        Err(error) => return Err(failed(&tried, &error)),
    };
    fields::taken(None, change, &written, &tried).map_err(|errors| errors.and(left_behind(id, "was changed")))?;
    drop(held);
    let mut state = fields::complete(&change.planned, scope, &written);
    state.client_secret_fingerprint = fingerprint.into();
    status::judge(call, client, &mut state, &written, scope, secrets::at_hand(&change.config), Attr::Null).await;
    claim.keep(call);
    call.warn(Diagnostic::warning(
        "An existing login method was taken over",
        format!(
            "{id} has the same name and Okta org. From now on Terraform manages it, and destroying deletes it. \
             {UNLESS_FINISHED}"
        ),
    ));
    Ok(state)
}

fn left_behind(id: &str, what: &str) -> String {
    format!(
        "The login method {id} {what}, and this resource does not have it. Apply again to take it over with the \
         configuration as it is by then, or look at its settings in the dashboard: its former client secret cannot be \
         put back."
    )
}
