//! `data "zt_okta_idp"`: a login method that is managed elsewhere, by its id or its name.
//!
//! Cloudflare's reference: "Zero Trust > Identity Providers". No answer has a secret in it.

use crate::cloudflare::api::Scope;
use crate::cloudflare::api::identity_providers::IdentityProvider;
use crate::cloudflare::client::Cloudflare;
use crate::cloudflare::errors::refused;
use crate::cloudflare::okta_account;
use crate::cloudflare::scope::Place;
use crate::framework::call::Call;
use crate::framework::data_source::DataSource;
use crate::framework::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::framework::model::{Attr, Set};
use crate::framework::path::Path;
use crate::framework::schema::{computed, optional};
use crate::{model, path};

model! {
    /// A login method (identity provider) of Cloudflare Access of the type Okta that is managed elsewhere, looked up by its
    /// id or its name. It shows no secret.
    pub struct OktaIdpLookup {
        /// Cloudflare's id, a UUID. Exactly one of `id` and `name` is set.
        id: String = optional().computed().length(1..=64),
        /// Name that people see on the login page. Names are not unique: several of one name are an error.
        name: String = optional().computed().length(1..=255),
        /// The account. Without account and zone it is the provider's account.
        account_id: String = optional().computed().length(1..=64),
        /// The zone, for login methods of a single zone.
        zone_id: String = optional().length(1..=64),
        /// URL of the Okta org.
        okta_account: String = computed(),
        /// Client id of the Okta app.
        client_id: String = computed(),
        /// Id of the custom authorization server; null for the org's own.
        authorization_server_id: String = computed(),
        /// Whether PKCE is used; null where Cloudflare does not say.
        pkce_enabled: bool = computed(),
        /// Further claims of the token that policies can use.
        claims: Set<String> = computed(),
        /// The claim that holds the email address, if it is not `email`.
        email_claim_name: String = computed(),
        /// Where Okta sends people back to.
        redirect_url: String = computed(),
        /// Whether Okta may send users and groups over SCIM.
        scim_enabled: bool = computed(),
        /// Where Okta sends them; null while SCIM is off.
        scim_base_url: String = computed(),
    }
}

/// The data source.
#[derive(Debug)]
pub struct OktaIdpSource;

impl DataSource for OktaIdpSource {
    type Model = OktaIdpLookup;
    type Client = Cloudflare;
    const NAME: &'static str = "zt_okta_idp";

    fn validate(&self, config: &OktaIdpLookup, problems: &mut Diagnostics) {
        let OktaIdpLookup { id, name, .. } = config;
        problems.extend(place(config).check().err());
        if id.is_known() && name.is_known() {
            let detail = "Look it up by id or by name: remove one of the two.";
            problems.push(Diagnostic::error("Looked up in two ways", detail).at(path!(OktaIdpLookup.name)));
        }
        if id.is_null() && name.is_null() {
            problems.push(nothing());
        }
    }

    async fn read(&self, _call: &Call, client: &Cloudflare, config: OktaIdpLookup) -> Result<OktaIdpLookup> {
        let scope = place(&config).scope(client).map_err(|error| error.at(path!(OktaIdpLookup.account_id)))?;
        let found = match (config.id.text(), config.name.text()) {
            (Some(id), _) => by_id(client, &scope, id).await?,
            (None, Some(name)) => by_name(client, &scope, name).await?,
            (None, None) => return Err(nothing().into()),
        };
        Ok(shown(&scope, &found))
    }
}

fn place(config: &OktaIdpLookup) -> Place<'_> {
    Place { account_id: &config.account_id, zone_id: &config.zone_id }
}

async fn by_id(client: &Cloudflare, scope: &Scope, id: &str) -> Result<IdentityProvider> {
    let tried = format!("Reading the login method {id} failed");
    let at = path!(OktaIdpLookup.id);
    let found = client.api().identity_provider(scope, id).await;
    match found.map_err(|error| refused(&tried, &error, &[]))? {
        Some(found) if found.kind() == "okta" => Ok(found),
        Some(found) => Err(of_another_type(&tried, &found, at)),
        None => Err(Diagnostic::error(tried, "There is none with this id in this account or zone.").at(at).into()),
    }
}

async fn by_name(client: &Cloudflare, scope: &Scope, name: &str) -> Result<IdentityProvider> {
    let tried = format!("Reading the login method {name:?} failed");
    let at = path!(OktaIdpLookup.name);
    let found = client.api().list_identity_providers(scope).await.map(|listed| listed.all);
    let mut found = found.map_err(|error| refused(&tried, &error, &[]))?;
    found.retain(|provider| provider.name() == name && provider.kind() == "okta");
    let ids: Vec<&str> = found.iter().map(IdentityProvider::id).collect();
    let told = match ids.as_slice() {
        [] => "There is no login method of this name and of the type Okta in this account or zone.".to_owned(),
        [_] => String::new(),
        several => format!("{} have this name: {}. Look it up by id.", several.len(), several.join(", ")),
    };
    match found.pop() {
        Some(one) if told.is_empty() => Ok(one),
        _ => Err(Diagnostic::error(tried, told).at(at).into()),
    }
}

fn of_another_type(tried: &str, found: &IdentityProvider, at: Path) -> Diagnostics {
    let detail = format!("It is of the type {:?}, and zt_okta_idp reads those of the type \"okta\".", found.kind());
    Diagnostic::error(tried, detail).at(at).into()
}

fn nothing() -> Diagnostic {
    Diagnostic::error("Nothing to look up", "Set id or name.")
}

fn shown(scope: &Scope, found: &IdentityProvider) -> OktaIdpLookup {
    let text = |value: Option<&str>| Attr::from(value.map(str::to_owned));
    let (account_id, zone_id) = match scope {
        Scope::Account(id) => (id.as_str().into(), Attr::Null),
        Scope::Zone(id) => (Attr::Null, id.as_str().into()),
    };
    let scim = found.scim();
    OktaIdpLookup {
        id: found.id().into(),
        name: found.name().into(),
        account_id,
        zone_id,
        okta_account: found.okta_account().map(okta_account::shown).into(),
        client_id: text(found.client_id()),
        authorization_server_id: text(found.authorization_server_id()),
        pkce_enabled: found.pkce_enabled().into(),
        claims: found.claims().map(|claims| claims.into_iter().collect::<Set<_>>()).into(),
        email_claim_name: text(found.email_claim_name()),
        redirect_url: text(found.redirect_url()),
        scim_enabled: scim.enabled.into(),
        scim_base_url: scim.base_url.into(),
    }
}
