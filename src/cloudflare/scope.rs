//! Whether an object is in an account or in a zone, for resources that take either.

use super::account;
use super::api::Scope;
use super::client::Cloudflare;
use crate::framework::diagnostic::{Diagnostic, Result};
use crate::framework::model::Attr;

/// The attributes `account_id` and `zone_id` of a configuration or state.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) account_id: &'a Attr<String>,
    pub(super) zone_id: &'a Attr<String>,
}

impl Place<'_> {
    /// The scope; without account and zone, the account to fall back to.
    pub(super) fn scope(&self, client: &Cloudflare) -> Result<Scope, Diagnostic> {
        match self.zone_id.text() {
            Some(zone) => Ok(Scope::Zone(zone.to_owned())),
            None => account::resolve(client, self.account_id).map(Scope::Account),
        }
    }

    /// Plans the account of an object; `prior` is the place of an existing one, `self` the configuration's.
    pub(super) fn plan(
        &self,
        client: Option<&Cloudflare>,
        prior: Option<Place<'_>>,
        planned: &mut Attr<String>,
    ) -> Result<(), Diagnostic> {
        if self.account_id.is_set() {
            return Ok(());
        }
        if self.zone_id.is_set() {
            *planned = Attr::Null;
            return Ok(());
        }
        match (client, prior) {
            // Leaving the zone is a replacement, and the account is planned with the new object.
            (_, Some(prior)) if prior.zone_id.is_set() => Ok(()),
            (Some(client), prior) => {
                account::plan(client, prior.map(|prior| prior.account_id), self.account_id, planned)
            }
            (None, _) => Ok(()),
        }
    }
}

/// Account, zone and id in an import id: `zones/ZONE/ID`, or what [`account::import`] takes.
pub(super) fn import(client: Option<&Cloudflare>, text: &str) -> Result<(Attr<String>, Attr<String>, Attr<String>)> {
    let parts: Vec<&str> = text.trim().trim_matches('/').split('/').collect();
    if let ["zones", zone, id] = parts.as_slice() {
        // The parts have the same form as those of an account.
        let (zone, id) = account::import(client, &format!("{zone}/{id}"))?;
        return Ok((Attr::Null, zone, id));
    }
    let (account, id) = account::import(client, text)?;
    Ok((account, Attr::Null, id))
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

    fn plan(
        account: DefaultAccount,
        prior: Option<(Attr<String>, Attr<String>)>,
        config: (Attr<String>, Attr<String>),
    ) -> Result<Attr<String>, Diagnostic> {
        let mut planned = match (&config.0, &prior) {
            (Attr::Null, Some(prior)) => prior.0.clone(),
            (Attr::Null, None) => Attr::Unknown,
            (set, _) => set.clone(),
        };
        let prior = prior.as_ref().map(|(account_id, zone_id)| Place { account_id, zone_id });
        let config = Place { account_id: &config.0, zone_id: &config.1 };
        config.plan(Some(&client(account)), prior, &mut planned).map(|()| planned)
    }

    #[test]
    fn a_new_object_falls_back_to_the_providers_account() {
        let fall_back = || DefaultAccount::Id("f".into());
        let none = || (Attr::Null, Attr::Null);
        assert_eq!(plan(fall_back(), None, none()), Ok("f".into()));
        assert_eq!(plan(fall_back(), None, ("a".into(), Attr::Null)), Ok("a".into()));
        assert_eq!(plan(fall_back(), None, (Attr::Null, "z".into())), Ok(Attr::Null));
        assert_eq!(plan(DefaultAccount::NotYetKnown, None, none()), Ok(Attr::Unknown));
        assert!(plan(DefaultAccount::None, None, none()).is_err());
    }

    #[test]
    fn an_existing_object_stays_where_it_is() {
        let prior = || Some((Attr::from("a"), Attr::Null));
        let none = || (Attr::Null, Attr::Null);
        assert_eq!(plan(DefaultAccount::None, prior(), none()), Ok("a".into()));
        assert_eq!(plan(DefaultAccount::Id("a".into()), prior(), none()), Ok("a".into()));
        let error = plan(DefaultAccount::Id("b".into()), prior(), none()).unwrap_err();
        assert!(error.detail.contains("account_id = \"a\""), "{}", error.detail);
        assert_eq!(plan(DefaultAccount::Id("b".into()), prior(), ("c".into(), Attr::Null)), Ok("c".into()));
        assert_eq!(plan(DefaultAccount::Id("b".into()), Some((Attr::Null, "z".into())), none()), Ok(Attr::Null));
    }

    #[test]
    fn import_ids_name_account_or_zone() {
        let account = client(DefaultAccount::Id("f0".into()));
        let read = |text: &str| import(Some(&account), text).ok();
        let of = |account: Attr<String>, zone: Attr<String>| Some((account, zone, Attr::from("1d")));
        assert_eq!(read("xyz/1d"), None);
        assert_eq!(read("ac/1d"), of("ac".into(), Attr::Null));
        assert_eq!(read("accounts/ac/1d"), of("ac".into(), Attr::Null));
        assert_eq!(read("zones/2e/1d"), of(Attr::Null, "2e".into()));
        assert_eq!(read("1d"), of("f0".into(), Attr::Null));
        for text in ["", "a/b/c/d", "users/ac/1d", "ac//1d", "ac/not hex"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert!(import(None, "1d").is_err());
    }
}
