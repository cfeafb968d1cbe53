//! The SCIM secret: Cloudflare shows it in the answer that switches SCIM on, in the one that mints another, and nowhere
//! else. Here is what follows from that.

use super::settings::Settings;
use super::{ScimConfig, ScimConfigResource};
use crate::cloudflare::api::Error;
use crate::cloudflare::client::Cloudflare;
use crate::cloudflare::errors::refused;
use crate::framework::adoption::import_block;
use crate::framework::call::Call;
use crate::framework::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::framework::model::Attr;
use crate::framework::resource::Resource;
use crate::framework::secret::Secret;
use crate::path;

/// Private state: SCIM was switched on, and its secret was lost on the way. A plan has nothing to change then, so every
/// refresh says it until there is another secret.
const UNSEEN: &str = "unseen_secret";

/// How to come by a secret that is known.
const REMEDY: &str = "To have a new one, set rotation_trigger and change it in a later apply; or choose \"Regenerate \
                      Secret\" in the dashboard and enter the secret in Okta's SCIM app.";

/// Whether the change mints another secret. Setting the trigger for the first time does not, nor does removing it.
pub(super) fn is_rotated(prior: &ScimConfig, planned: &ScimConfig) -> bool {
    match (&prior.rotation_trigger, &planned.rotation_trigger) {
        (Attr::Known(before), Attr::Known(after)) => before != after,
        (Attr::Known(_), Attr::Unknown) => true,
        _ => false,
    }
}

/// Whether the state is to have a secret.
pub(super) fn is_wanted(model: &ScimConfig) -> bool {
    !model.omit_secret.is_true() && model.enabled != Attr::Known(false)
}

/// Whether the plan counts on the secret that there is, while SCIM is off and switching it on mints another one.
pub(super) fn is_out_of_date(planned: &ScimConfig, settings: &Settings<'_>) -> bool {
    is_wanted(planned) && planned.enabled.is_true() && !planned.secret.is_unknown() && !settings.was_on()
}

/// Mints another secret.
pub(super) async fn rotate(client: &Cloudflare, settings: &Settings<'_>, id: &str) -> Result<Secret> {
    let minted = client.api().refresh_scim_secret(settings.scope(), id).await;
    minted.map(Secret::from).map_err(|error| not_rotated(id, &error))
}

/// Mints a secret for SCIM that was on before Terraform had it.
pub(super) async fn take_over(client: &Cloudflare, settings: &Settings<'_>, id: &str) -> Result<Secret> {
    let minted = client.api().refresh_scim_secret(settings.scope(), id).await;
    minted.map(Secret::from).map_err(|error| {
        let remedy = "The SCIM settings are as configured, but nobody knows the secret, so this resource does not have \
                      them. Apply again. If minting stays refused: choose \"Regenerate Secret\" in the dashboard, enter \
                      the secret in Okta's SCIM app, and set adopt_existing = false.";
        let errors = refused("Minting a new SCIM secret failed", &error, &[]);
        errors.into_iter().map(|d| d.and(remedy).at(path!(ScimConfig.adopt_existing))).collect()
    })
}

/// SCIM was on before this resource had it, and nobody says what is to become of the secret.
pub(super) fn on_before(account: &str, id: &str) -> Diagnostic {
    let block = import_block(ScimConfigResource::NAME, &format!("{account}/{id}"));
    let detail = format!(
        "Cloudflare shows the SCIM secret only when SCIM is switched on, so this resource cannot know the secret of {id}. \
         Nothing was changed. See first which resources have this id, besides the zt_okta_idp:\n\n    terraform state list \
         -id={id}\n\nIf this resource itself has it, Terraform is replacing it with create_before_destroy. For another \
         secret change rotation_trigger, which replaces nothing, or set adopt_existing = true. If another zt_scim_config \
         has it, leave it to that one, or tell Terraform with a moved block that this one is the same.\n\nIf none has it, \
         an apply broke off before Terraform heard of it, or somebody else switched SCIM on. For a secret that is known, \
         set adopt_existing = true: another one is minted, and the one before stops working at once.\n\nIf Okta's SCIM \
         app has the secret, set omit_secret = true, which needs none, or adopt_existing = false; or add this to the \
         configuration, with the address of this resource:\n\n{block}"
    );
    Diagnostic::error(format!("SCIM is on already for the identity provider {id}"), detail)
        .at(path!(ScimConfig.identity_provider_id))
}

/// The secret of the state where Cloudflare showed none. `prior` is the one it had.
pub(super) fn not_shown(
    call: &Call,
    settings: &Settings<'_>,
    id: &str,
    planned: &ScimConfig,
    prior: Attr<Secret>,
) -> Attr<Secret> {
    if !planned.secret.is_unknown() {
        return planned.secret.clone();
    }
    match (settings.was_on(), prior) {
        (true, Attr::Known(secret)) => secret.into(),
        (true, _) => {
            call.warn(on_already(id));
            Attr::Null
        }
        (false, _) => {
            lost(call);
            call.warn(unseen(id));
            Attr::Null
        }
    }
}

/// Remembers that SCIM may be on with a secret that nobody has seen.
pub(super) fn lost(call: &Call) {
    call.private().set(UNSEEN, true);
}

/// Says again that nobody has seen the secret, until there is another one or nobody wants it any more.
pub(super) fn remind(call: &Call, state: &ScimConfig, id: &str) {
    if call.private().get::<bool>(UNSEEN).is_none() {
        return;
    }
    if is_wanted(state) && state.secret.is_null() {
        call.warn(unseen(id));
    } else {
        call.private().remove(UNSEEN);
    }
}

fn unseen(id: &str) -> Diagnostic {
    not_known(format!(
        "SCIM was switched on for the identity provider {id}, but Cloudflare did not show the secret, or its answer was \
         lost, and it shows it only once. {REMEDY}"
    ))
}

fn on_already(id: &str) -> Diagnostic {
    not_known(format!(
        "SCIM was on already for the identity provider {id}, and Cloudflare shows the secret only when SCIM is \
         switched on. Okta's SCIM app goes on with the secret it has. {REMEDY}"
    ))
}

fn not_known(detail: String) -> Diagnostic {
    Diagnostic::warning("The SCIM secret is not known", detail).at(path!(ScimConfig.secret))
}

/// What to say of SCIM that may be on with a secret that nobody has seen.
pub(super) fn may_be_unseen() -> String {
    format!("SCIM may be on now, with a secret that nobody has seen. {REMEDY}")
}

fn not_rotated(id: &str, error: &Error) -> Diagnostics {
    let outcome = if error.is_maybe_done() {
        format!(
            "Another secret may have been minted for the identity provider {id} all the same, and then Okta's pushes are \
             refused until it has that one. Apply again to mint one that is seen."
        )
    } else {
        format!("The secret of the identity provider {id} was not changed.")
    };
    let remedy = "The call that mints one is not part of Cloudflare's published API. If it stays refused: in the \
                  dashboard, edit the identity provider and choose \"Regenerate Secret\", enter the secret in Okta's \
                  SCIM app, and set rotation_trigger back to its former value.";
    refused("Minting a new SCIM secret failed", error, &[])
        .into_iter()
        .map(|d| d.and(&outcome).and(remedy).at(path!(ScimConfig.rotation_trigger)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_value_turning_into_another_rotates() {
        let with = |trigger: Attr<String>| ScimConfig { rotation_trigger: trigger, ..ScimConfig::default() };
        assert!(is_rotated(&with("1".into()), &with("2".into())));
        assert!(is_rotated(&with("1".into()), &with(Attr::Unknown)));
        for (before, after) in [(Attr::Null, "1".into()), ("1".into(), "1".into()), ("1".into(), Attr::Null)] {
            assert!(!is_rotated(&with(before), &with(after)));
        }
    }

    #[test]
    fn a_lost_secret_is_remembered_until_there_is_another() {
        let call = Call::default();
        let on = ScimConfig { enabled: true.into(), ..ScimConfig::default() };
        let said = |state: &ScimConfig| {
            remind(&call, state, "1d");
            call.private().get::<bool>(UNSEEN).is_some()
        };
        assert!(!said(&on));
        lost(&call);
        assert!(said(&on) && said(&on));
        assert!(!said(&ScimConfig { secret: Secret::from("s").into(), ..on.clone() }));
        lost(&call);
        assert!(!said(&ScimConfig { enabled: false.into(), ..on }));
    }
}
