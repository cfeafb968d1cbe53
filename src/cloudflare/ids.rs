//! Ids of existing objects: what a state must know, and how an import names one.

use super::account;
use super::client::Cloudflare;
use super::scope::Place;
use crate::framework::diagnostic::{Diagnostic, Result};
use crate::framework::model::Attr;
use crate::framework::path::Path;
use crate::framework::value::Value;

/// An id that every state of the type `resource` has.
///
/// # Errors
/// A state without it is damaged. Going on with an empty one would ask Cloudflare about something else.
pub(super) fn require<'a>(
    id: &'a Attr<String>,
    resource: &str,
    attribute: &'static str,
) -> Result<&'a str, Diagnostic> {
    id.text().filter(|id| !id.is_empty()).ok_or_else(|| {
        Diagnostic::error(
            format!("The state of this {resource} has no {attribute}"),
            "So there is no telling which object it is about; nothing was done. The state was edited by hand, or is \
             damaged. Restore a copy of it, or take the object out of it with terraform state rm and import it again.",
        )
        .at(Path::root().attribute(attribute))
    })
}

/// Where objects of a type are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// In an account.
    Account,
    /// In an account or in a zone.
    AccountOrZone,
}

/// An existing object as the attributes of its state name it. It is either in an account or in a zone.
#[derive(Debug, PartialEq)]
pub(super) struct Named {
    pub(super) account_id: Attr<String>,
    pub(super) zone_id: Attr<String>,
    pub(super) id: Attr<String>,
}

/// Reads an import id: `ACCOUNT/ID`, `accounts/ACCOUNT/ID`, `zones/ZONE/ID` where there are zones, or `ID` in the
/// account to fall back to. The longer forms are those of Cloudflare's own provider.
///
/// # Errors
/// Anything else, with the forms that are understood; or no account to fall back to.
pub(super) fn import(client: Option<&Cloudflare>, text: &str, home: Home) -> Result<Named> {
    let parts: Vec<&str> = text.trim().trim_matches('/').split('/').collect();
    let (account_id, zone_id, id) = match (parts.as_slice(), home) {
        ([id], _) => (Attr::Null, Attr::Null, *id),
        (["zones", zone, id], Home::AccountOrZone) => (Attr::Null, Attr::from(*zone), *id),
        ([account, id] | ["accounts", account, id], _) => (Attr::from(*account), Attr::Null, *id),
        _ => return Err(not_an_id(text, home).into()),
    };
    let (place, id) = (Place { account_id: &account_id, zone_id: &zone_id }, id.into());
    if ![&account_id, &zone_id].into_iter().filter(|part| part.is_set()).chain([&id]).all(is_id) {
        return Err(not_an_id(text, home).into());
    }
    Ok(named(client, place, &id)?)
}

/// Reads an identity: its id, which is the attribute `name`, and account or zone, or the account to fall back to.
///
/// # Errors
/// Account and zone at once, values that cannot be ids, or no account to fall back to.
pub(super) fn identified(
    client: Option<&Cloudflare>,
    place: Place<'_>,
    (name, id): (&'static str, &Attr<String>),
) -> Result<Named> {
    place.check()?;
    let parts = [("account_id", place.account_id), ("zone_id", place.zone_id)];
    for (name, part) in parts.into_iter().filter(|(_, part)| part.is_set()).chain([(name, id)]) {
        if !is_id(part) {
            let problem = match part.text() {
                Some(text) => format!("{text:?} cannot be an id of Cloudflare's"),
                None => "There is none".to_owned(),
            };
            let detail = format!("{problem}: those consist of the digits 0 to 9 and a to f, and hyphens.");
            let summary = "Not the identity of an identity provider";
            return Err(Diagnostic::error(summary, detail).at(Path::root().attribute(name)).into());
        }
    }
    Ok(named(client, place, id)?)
}

fn is_id(part: &Attr<String>) -> bool {
    part.text().is_some_and(|text| !text.is_empty() && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-'))
}

/// An object with this id, in the account to fall back to where no place is given. Cloudflare takes capitals for digits and
/// writes small letters; a state with anything else would differ from every reference to the object.
fn named(client: Option<&Cloudflare>, place: Place<'_>, id: &Attr<String>) -> Result<Named, Diagnostic> {
    let account_id = match (place.zone_id, client) {
        (Attr::Null, Some(client)) => as_written(&account::resolve(client, place.account_id)?.into()),
        (Attr::Null, None) if place.account_id.is_null() => return Err(account::not_known_yet()),
        _ => as_written(place.account_id),
    };
    Ok(Named { account_id, zone_id: as_written(place.zone_id), id: as_written(id) })
}

/// Whether two values are the same id.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        _ => a == b,
    }
}

/// An id as Cloudflare writes it.
pub(super) fn as_written(id: &Attr<String>) -> Attr<String> {
    match id {
        Attr::Known(id) => id.to_ascii_lowercase().into(),
        unset => unset.clone(),
    }
}

fn not_an_id(text: &str, home: Home) -> Diagnostic {
    let zones = match home {
        Home::Account => "",
        Home::AccountOrZone => " zones/ZONE_ID/IDENTITY_PROVIDER_ID,",
    };
    Diagnostic::error(
        "Not the id of an identity provider",
        format!(
            "{text:?} is not of the form ACCOUNT_ID/IDENTITY_PROVIDER_ID, accounts/ACCOUNT_ID/IDENTITY_PROVIDER_ID,{zones} \
             or, with the provider's account, IDENTITY_PROVIDER_ID."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::super::api::{Client, Credentials};
    use super::super::client::DefaultAccount;
    use super::*;

    fn client(account: DefaultAccount) -> Cloudflare {
        let base = "https://api.example".parse().unwrap();
        Cloudflare::new(Client::new(base, Credentials::Token("t".into()), Default::default()), account)
    }

    fn with_account() -> Cloudflare {
        client(DefaultAccount::Id("f0".into()))
    }

    fn of(account_id: impl Into<Attr<String>>, zone_id: impl Into<Attr<String>>) -> Option<Named> {
        Some(Named { account_id: account_id.into(), zone_id: zone_id.into(), id: "1d".into() })
    }

    #[test]
    fn an_import_names_account_or_zone() {
        let read = |text: &str| import(Some(&with_account()), text, Home::AccountOrZone).ok();
        assert_eq!(read("ac/1d"), of("ac", Attr::Null));
        assert_eq!(read("accounts/ac/1d"), of("ac", Attr::Null));
        assert_eq!(read(" /zones/2e/1d/ "), of(Attr::Null, "2e"));
        assert_eq!(read("1d"), of("f0", Attr::Null));
        assert_eq!((read("AC/1D"), read("zones/2E/1D")), (of("ac", Attr::Null), of(Attr::Null, "2e")));
        for text in ["", "xyz/1d", "a/b/c/d", "users/ac/1d", "zones/1d", "ac//1d", "ac/not hex", "zones//1d"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_in_accounts_only_has_no_zone() {
        let read = |text: &str| import(Some(&with_account()), text, Home::Account);
        assert_eq!(read("accounts/ac/1d").ok(), of("ac", Attr::Null));
        let error = read("zones/2e/1d").unwrap_err();
        assert!(error.iter().all(|error| !error.detail.contains("ZONE_ID")));
    }

    #[test]
    fn without_an_account_to_fall_back_to_one_must_be_named() {
        let said = |client: Option<&Cloudflare>, text: &str| {
            import(client, text, Home::Account).map_err(|errors| errors.iter().next().unwrap().detail.clone())
        };
        for client in [None, Some(&client(DefaultAccount::NotYetKnown)), Some(&client(DefaultAccount::None))] {
            assert!(said(client, "1d").unwrap_err().contains("CLOUDFLARE_ACCOUNT_ID"));
            assert!(said(client, "not hex").unwrap_err().contains("ACCOUNT_ID/IDENTITY_PROVIDER_ID"));
            assert!(said(client, "ac/1d").is_ok());
        }
    }

    #[test]
    fn an_identity_is_held_to_the_same() {
        let read = |account_id: Attr<String>, zone_id: Attr<String>, id: &str| {
            let place = Place { account_id: &account_id, zone_id: &zone_id };
            identified(Some(&with_account()), place, ("id", &id.into())).ok()
        };
        assert_eq!(read("ac".into(), Attr::Null, "1d"), of("ac", Attr::Null));
        assert_eq!(read(Attr::Null, "2e".into(), "1d"), of(Attr::Null, "2e"));
        assert_eq!(read(Attr::Null, Attr::Null, "1d"), of("f0", Attr::Null));
        assert_eq!(read("AC".into(), Attr::Null, "1D"), of("ac", Attr::Null));
        assert_eq!(read("ac".into(), "2e".into(), "1d"), None);
        assert_eq!(read("ac".into(), Attr::Null, ""), None);
        assert_eq!(read("not hex".into(), Attr::Null, "1d"), None);
    }

    #[test]
    fn a_state_without_an_id_is_damaged() {
        assert_eq!(require(&"1d".into(), "zt_thing", "id"), Ok("1d"));
        for missing in [Attr::Null, Attr::Unknown, "".into()] {
            let error = require(&missing, "zt_thing", "id").unwrap_err();
            assert!(error.summary.contains("zt_thing") && error.detail.contains("import"));
            assert_eq!(error.path.to_string(), "id");
        }
    }
}
