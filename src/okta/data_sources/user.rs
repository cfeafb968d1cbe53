//! `data "okta_user"`: a person, by id or login.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/>

use super::named::{self, Key};
use crate::framework::{
    call::Call,
    data_source::DataSource,
    diagnostic::{Diagnostics, Result},
    schema::{computed, optional},
    validate::Validator,
};
use crate::okta::{api::Client, assignments, errors};
use crate::{model, path};

model! {
    /// A person in Okta, looked up by id or by login.
    pub struct User {
        /// Okta's id of the person. Exactly one of `id` and `login` is set.
        id: String = optional().computed().check(Validator::Custom(assignments::user_id)),
        /// The name they log in with, usually their email address.
        login: String = optional().computed().length(1..=255),
        /// Their primary email address, by which Cloudflare knows them.
        email: String = computed(),
        /// Their given name.
        first_name: String = computed(),
        /// Their family name.
        last_name: String = computed(),
        /// `STAGED`, `PROVISIONED`, `ACTIVE`, `RECOVERY`, `PASSWORD_EXPIRED`, `LOCKED_OUT`, `SUSPENDED` or `DEPROVISIONED`.
        status: String = computed(),
    }
}

/// The data source.
#[derive(Debug)]
pub struct UserSource;

impl DataSource for UserSource {
    type Model = User;
    type Client = Client;
    const NAME: &'static str = "okta_user";

    fn validate(&self, config: &User, problems: &mut Diagnostics) {
        named::validate(&config.id, &config.login, "login", problems);
    }

    async fn read(&self, _call: &Call, client: &Client, config: User) -> Result<User> {
        // Okta takes either in the same place.
        let (key, at) = match named::key(&config.id, &config.login, "login")? {
            Key::Id(id) => (id, path!(User.id)),
            Key::Name(login) => (login, path!(User.login)),
        };
        let tried = format!("Cannot read the Okta user {key}");
        let found = client.user(key).await.map_err(|error| errors::diagnose_at(&tried, &error, &at))?;
        let found = found.ok_or_else(|| named::none(&tried, at))?;
        // A login keeps the spelling of the configuration: Okta does not regard case.
        let login = if config.login.is_set() { config.login } else { found.profile.login.into() };
        Ok(User {
            id: found.id.into(),
            login,
            email: found.profile.email.into(),
            first_name: found.profile.first_name.into(),
            last_name: found.profile.last_name.into(),
            status: found.status.into(),
        })
    }
}
