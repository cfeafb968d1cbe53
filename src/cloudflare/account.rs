//! Which account an object is in: its own attribute, else the provider's fall-back.
//!
//! The fall-back counts when an object is made. Afterwards its state knows the account, and another fall-back is an
//! error: the object would not move there, and replacing it would lock people out.

use super::client::{Cloudflare, DefaultAccount};
use crate::framework::diagnostic::Diagnostic;
use crate::framework::model::Attr;

/// Where to name the account.
const REMEDY: &str = "Set account_id here, cloudflare.account_id in the provider block, or the environment variable \
                      CLOUDFLARE_ACCOUNT_ID.";

/// The account that `attribute` names, else the fall-back.
pub(super) fn resolve(client: &Cloudflare, attribute: &Attr<String>) -> Result<String, Diagnostic> {
    match (attribute.text(), client.account()) {
        (Some(account), _) => Ok(account.to_owned()),
        (None, DefaultAccount::Id(account)) => Ok(account.clone()),
        (None, DefaultAccount::NotYetKnown) => Err(not_known_yet()),
        (None, DefaultAccount::None) => {
            Err(Diagnostic::error("Which account?", format!("No account is named anywhere. {REMEDY}")))
        }
    }
}

/// The error for an account that has to be known before a provider setting is.
pub(super) fn not_known_yet() -> Diagnostic {
    Diagnostic::error(
        "The account is not known yet",
        format!("The cloudflare part of the provider block depends on something that does not exist yet. {REMEDY}"),
    )
}

/// Plans the account of an object whose configuration may leave it to the fall-back. `prior` is that of an existing
/// object.
pub(super) fn plan(
    client: &Cloudflare,
    prior: Option<&Attr<String>>,
    config: &Attr<String>,
    planned: &mut Attr<String>,
) -> Result<(), Diagnostic> {
    if config.is_set() {
        return Ok(());
    }
    match (prior.and_then(Attr::text), client.account()) {
        (Some(account), DefaultAccount::Id(fall_back)) if !account.eq_ignore_ascii_case(fall_back) => {
            Err(Diagnostic::error(
                "The provider's account is another one",
                format!(
                    "This object is in the account {account}, and the provider's account is {fall_back}. It cannot move. Set \
                 account_id = {account:?} here, or use a provider block for that account."
                ),
            ))
        }
        (Some(_), _) => Ok(()),
        (None, DefaultAccount::NotYetKnown) => Ok(()),
        (None, _) => {
            *planned = resolve(client, config)?.into();
            Ok(())
        }
    }
}
