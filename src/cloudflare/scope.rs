//! Whether an object is in an account or in a zone, for resources that take either.

use super::account;
use super::api::Scope;
use super::client::Cloudflare;
use super::ids;
use crate::framework::diagnostic::{Diagnostic, Result};
use crate::framework::model::Attr;
use crate::framework::path::Path;

/// The attributes `account_id` and `zone_id` of a configuration or state.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The account.
    pub account_id: &'a Attr<String>,
    /// The zone.
    pub zone_id: &'a Attr<String>,
}

impl Place<'_> {
    /// Refuses an account and a zone at once. Values that are not known yet contradict nothing: they may turn out to be null.
    ///
    /// # Errors
    /// Both are known.
    pub fn check(&self) -> Result<(), Diagnostic> {
        if self.account_id.is_known() && self.zone_id.is_known() {
            let detail = "A login method is either in an account or in a zone: leave out account_id or zone_id.";
            let at = Path::root().attribute("zone_id");
            return Err(Diagnostic::error("Both an account and a zone", detail).at(at));
        }
        Ok(())
    }

    /// The scope of an object to be made or looked up; without account and zone, the account to fall back to.
    ///
    /// # Errors
    /// There are both, or there is no account to fall back to.
    pub fn scope(&self, client: &Cloudflare) -> Result<Scope, Diagnostic> {
        self.check()?;
        match self.zone_id.text() {
            Some(zone) => Ok(Scope::Zone(zone.to_owned())),
            None => account::resolve(client, self.account_id).map(Scope::Account),
        }
    }

    /// The scope of an existing object of the type `resource`.
    ///
    /// # Errors
    /// A state that has neither account nor zone is damaged; falling back would look for the object elsewhere.
    pub(super) fn of_state(&self, resource: &str) -> Result<Scope, Diagnostic> {
        match self.zone_id.text() {
            Some(zone) => Ok(Scope::Zone(zone.to_owned())),
            None => ids::require(self.account_id, resource, "account_id").map(|id| Scope::Account(id.to_owned())),
        }
    }

    /// Plans the account of an object; `prior` is the place of an existing one, `self` the configuration's.
    pub(super) fn plan(
        &self,
        client: Option<&Cloudflare>,
        prior: Option<Place<'_>>,
        planned: &mut Attr<String>,
    ) -> Result<(), Diagnostic> {
        self.check()?;
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
    fn what_is_not_known_yet_contradicts_nothing() {
        let both = |account_id: Attr<String>, zone_id: Attr<String>| {
            let place = Place { account_id: &account_id, zone_id: &zone_id };
            (place.check().is_err(), place.scope(&client(DefaultAccount::Id("f".into()))).is_err())
        };
        assert_eq!(both("a".into(), "z".into()), (true, true));
        for (account_id, zone_id) in
            [(Attr::Unknown, "z".into()), ("a".into(), Attr::Unknown), (Attr::Null, "z".into())]
        {
            assert_eq!(both(account_id, zone_id), (false, false));
        }
        let error = plan(DefaultAccount::None, None, ("a".into(), "z".into())).unwrap_err();
        assert_eq!(error.path.to_string(), "zone_id");
    }

    #[test]
    fn an_existing_object_never_falls_back() {
        let of = |account_id: Attr<String>, zone_id: Attr<String>| {
            Place { account_id: &account_id, zone_id: &zone_id }.of_state("zt_thing")
        };
        assert_eq!(of("a".into(), Attr::Null), Ok(Scope::Account("a".into())));
        assert_eq!(of(Attr::Null, "z".into()), Ok(Scope::Zone("z".into())));
        assert!(of(Attr::Null, Attr::Null).unwrap_err().summary.contains("zt_thing"));
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
}
