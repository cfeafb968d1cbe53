//! Which account an object is in: its own attribute, else the provider's fall-back.
//!
//! The fall-back counts when an object is made. Afterwards its state knows the account, and another fall-back is an
//! error: the object would not move there, and replacing it would lock people out.

use super::client::{Cloudflare, DefaultAccount};
use crate::framework::diagnostic::{Diagnostic, Result};
use crate::framework::model::Attr;

/// Where to name the account.
const REMEDY: &str = "Set account_id here, cloudflare.account_id in the provider block, or the environment variable \
                      CLOUDFLARE_ACCOUNT_ID.";

/// The account that `attribute` names, else the fall-back.
pub(super) fn resolve(client: &Cloudflare, attribute: &Attr<String>) -> Result<String, Diagnostic> {
    match (attribute.text(), client.account()) {
        (Some(account), _) => Ok(account.to_owned()),
        (None, DefaultAccount::Id(account)) => Ok(account.clone()),
        (None, DefaultAccount::NotYetKnown) => Err(Diagnostic::error(
            "The account is not known yet",
            format!(
                "cloudflare.account_id in the provider block depends on something that does not exist yet. {REMEDY}"
            ),
        )),
        (None, DefaultAccount::None) => {
            Err(Diagnostic::error("Which account?", format!("No account is named anywhere. {REMEDY}")))
        }
    }
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
        (Some(account), DefaultAccount::Id(fall_back)) if account != fall_back => Err(Diagnostic::error(
            "The provider's account is another one",
            format!(
                "This object is in the account {account}, and the provider's account is {fall_back}. It cannot move. Set \
                 account_id = {account:?} here, or use a provider block for that account."
            ),
        )),
        (Some(_), _) => Ok(()),
        (None, DefaultAccount::NotYetKnown) => Ok(()),
        (None, _) => {
            *planned = resolve(client, config)?.into();
            Ok(())
        }
    }
}

/// The account and id in an import id: `ID`, `ACCOUNT/ID` or `accounts/ACCOUNT/ID`.
pub(super) fn import(client: Option<&Cloudflare>, text: &str) -> Result<(Attr<String>, Attr<String>)> {
    let parts: Vec<&str> = text.trim().trim_matches('/').split('/').collect();
    let (account, id) = match parts.as_slice() {
        [id] => {
            let account = match client {
                Some(client) => resolve(client, &Attr::Null)?,
                None => return Err(not_an_id(text).into()),
            };
            (account, *id)
        }
        [account, id] | ["accounts", account, id] => ((*account).to_owned(), *id),
        _ => return Err(not_an_id(text).into()),
    };
    let hex = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    if !hex(id) || !hex(&account) {
        return Err(not_an_id(text).into());
    }
    Ok((account.into(), id.into()))
}

fn not_an_id(text: &str) -> Diagnostic {
    Diagnostic::error(
        "Not the id of an identity provider",
        format!(
            "{text:?} is not of the form ACCOUNT_ID/IDENTITY_PROVIDER_ID, accounts/ACCOUNT_ID/IDENTITY_PROVIDER_ID, or, with the provider's account, IDENTITY_PROVIDER_ID."
        ),
    )
}
