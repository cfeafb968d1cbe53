//! Access identity providers: Cloudflare's reference, "Zero Trust > Identity Providers".
//!
//! There is no partial update: a PUT replaces the object. Two resources share it, so a change starts from
//! the object as it is, through [`IdentityProvider::replacement`].

use std::time::{Instant, SystemTime};

use secrecy::SecretString;
use serde_json::Value;

pub use super::replacement::Replacement;
use super::{Client, Pages, Scope, is_gone};
use crate::http::{Answer, Departure, Document, Error, Request, secret};

const CLIENT_SECRET: &str = "config.client_secret";
const API_TOKEN: &str = "config.api_token";
const SCIM_SECRET: &str = "scim_config.secret";

/// An identity provider. Its document is kept whole, unknown fields included.
#[derive(Clone, Debug, Default)]
pub struct IdentityProvider {
    /// The object as Cloudflare sent it, without secrets, hidden ones included.
    pub document: Document,
    /// In clear in the answer that switches SCIM on, and never again. Absent, null, empty and all-asterisk
    /// values mean "not shown" here and below.
    pub scim_secret: Option<SecretString>,
    /// Normally not shown at all.
    pub client_secret: Option<SecretString>,
    /// Normally not shown at all.
    pub api_token: Option<SecretString>,
    /// When Cloudflare answered, by its own clock.
    pub answered_at: Option<SystemTime>,
    /// Cloudflare's id of the exchange, as its audit log names it.
    pub ray: Option<String>,
    /// When the answer arrived, by the clock of this process.
    pub read_at: Option<Instant>,
}

/// What of an identity provider's `scim_config` is not secret. A missing switch is off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScimConfig {
    /// Whether SCIM is on.
    pub enabled: bool,
    /// End the sessions of people who are deprovisioned.
    pub user_deprovision: bool,
    /// Free their seats, too.
    pub seat_deprovision: bool,
    /// `automatic`, `reauth` or `no_action`.
    pub identity_update_behavior: Option<String>,
    /// The older form of it, still seen in answers.
    pub group_member_deprovision: Option<bool>,
    /// Where the identity provider sends people and groups; missing while SCIM is off.
    pub base_url: Option<String>,
}

impl IdentityProvider {
    fn read(answer: &Answer, mut document: Document) -> Result<Self, Error> {
        if document.str("id").is_none() {
            return Err(answer.unreadable("result.id", "expected a string"));
        }
        let mut take = |path: &str| {
            let value = document.remove(path);
            secret::shown(value.as_ref().and_then(Value::as_str))
        };
        let (scim_secret, client_secret, api_token) = (take(SCIM_SECRET), take(CLIENT_SECRET), take(API_TOKEN));
        let (answered_at, ray, read_at) = (answer.date(), answer.request_id.clone(), Some(Instant::now()));
        Ok(Self { document, scim_secret, client_secret, api_token, answered_at, ray, read_at })
    }

    /// The identity provider with this id. Whatever stands between may answer with another one, which a state must not take
    /// for its own.
    fn read_of(id: &str, answer: &Answer, document: Document) -> Result<Self, Error> {
        let provider = Self::read(answer, document)?;
        // An import may write the digits of a UUID in capitals.
        if provider.id().eq_ignore_ascii_case(id) {
            Ok(provider)
        } else {
            Err(answer.unreadable("result.id", "it is the id of another identity provider"))
        }
    }

    /// A member of a list, without the secrets that it may show.
    pub(super) fn listed(mut document: Document, answered_at: Option<SystemTime>, read_at: Option<Instant>) -> Self {
        for path in [SCIM_SECRET, CLIENT_SECRET, API_TOKEN] {
            document.remove(path);
        }
        Self { document, answered_at, read_at, ..Self::default() }
    }

    /// Cloudflare's id, a UUID.
    pub fn id(&self) -> &str {
        self.document.str("id").unwrap_or_default()
    }

    /// The kind: `okta` for ours.
    pub fn kind(&self) -> &str {
        self.document.str("type").unwrap_or_default()
    }

    /// The name people see on the login page. Not unique.
    pub fn name(&self) -> &str {
        self.document.str("name").unwrap_or_default()
    }

    /// Changes with every change of the object. Not in the published schema; its meaning is not verified
    /// against a live tenant.
    pub fn version(&self) -> Option<&str> {
        self.document.str("version")
    }

    /// Whether the API refuses changes.
    pub fn read_only(&self) -> bool {
        self.document.bool("read_only").unwrap_or_default()
    }

    /// The OAuth client id.
    pub fn client_id(&self) -> Option<&str> {
        self.document.str("config.client_id")
    }

    /// The URL of the Okta org.
    pub fn okta_account(&self) -> Option<&str> {
        self.document.str("config.okta_account")
    }

    /// The id of a custom authorization server.
    pub fn authorization_server_id(&self) -> Option<&str> {
        self.document.str("config.authorization_server_id").filter(|id| !id.is_empty())
    }

    /// Whether PKCE is used; `None` where the answer does not say. Not in the published schema of this type.
    pub fn pkce_enabled(&self) -> Option<bool> {
        self.document.bool("config.pkce_enabled")
    }

    /// Custom claims.
    pub fn claims(&self) -> Option<Vec<String>> {
        self.document.strings("config.claims")
    }

    /// The claim that holds the email address, if it is not `email`.
    pub fn email_claim_name(&self) -> Option<&str> {
        self.document.str("config.email_claim_name").filter(|name| !name.is_empty())
    }

    /// Where Okta sends people back to.
    pub fn redirect_url(&self) -> Option<&str> {
        self.document.str("config.redirect_url")
    }

    /// The SCIM settings.
    pub fn scim(&self) -> ScimConfig {
        let on = |name: &str| self.document.bool(&format!("scim_config.{name}"));
        let text = |path: &str| self.document.str(path).filter(|text| !text.is_empty()).map(str::to_owned);
        ScimConfig {
            enabled: on("enabled").unwrap_or_default(),
            user_deprovision: on("user_deprovision").unwrap_or_default(),
            seat_deprovision: on("seat_deprovision").unwrap_or_default(),
            identity_update_behavior: text("scim_config.identity_update_behavior"),
            group_member_deprovision: on("group_member_deprovision"),
            // The schema has it in scim_config, an example in the documentation at the top.
            base_url: text("scim_config.scim_base_url").or_else(|| text("scim_base_url")),
        }
    }

    /// Whether this is what an identity provider becomes that was created with `body`: it has every field that was sent,
    /// with the same value. Secrets are no part of it, since none is shown. Names are not unique, so that two may both be
    /// so: it says that the identity provider is alike, not whose it is.
    pub fn is_made_of(&self, body: &Replacement) -> bool {
        self.document.shows(&body.without_secrets())
    }

    /// The body that writes this object back as it is, to be changed before it is sent.
    pub fn replacement(&self) -> Replacement {
        Replacement::of(&self.document)
    }
}

impl Client {
    /// "Add an Access identity provider", which leaves it to [`Client::make_identity_provider`] what to do about an answer
    /// that is lost.
    pub(super) async fn post_identity_provider(
        &self,
        scope: &Scope,
        body: &Replacement,
        departure: &Departure,
    ) -> Result<IdentityProvider, Error> {
        let request = hiding(Request::post(path(scope)), body).noting(departure);
        let (answer, document) = self.call(request).await?;
        let made = IdentityProvider::read(&answer, document)?;
        self.newborns.add(made.id());
        Ok(made)
    }

    /// "Get an Access identity provider". `None` when it is gone.
    pub async fn identity_provider(&self, scope: &Scope, id: &str) -> Result<Option<IdentityProvider>, Error> {
        match self.call(Request::get(path(scope).into_iter().chain([id]))).await {
            Ok((answer, document)) => IdentityProvider::read_of(id, &answer, document).map(Some),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// "Update an Access identity provider", which replaces the whole of it; see
    /// [`IdentityProvider::replacement`]. Switching SCIM on shows the SCIM secret in the answer, once. So that is
    /// not repeated after an answer that was lost: the repetition would succeed without the secret, and hide that
    /// nobody has seen it. An error that [may have been carried out](Error::is_maybe_done) leaves it to the caller.
    pub async fn replace_identity_provider(
        &self,
        scope: &Scope,
        id: &str,
        body: &Replacement,
    ) -> Result<IdentityProvider, Error> {
        let mut request = hiding(Request::put(path(scope).into_iter().chain([id])), body);
        if body.switches_scim_on() {
            request = request.once();
        }
        let (answer, document) = self.call(request).await?;
        IdentityProvider::read_of(id, &answer, document)
    }

    /// "Delete an Access identity provider".
    pub async fn delete_identity_provider(&self, scope: &Scope, id: &str) -> Result<(), Error> {
        self.delete(Request::delete(path(scope).into_iter().chain([id]))).await?;
        self.newborns.remove(id);
        Ok(())
    }

    /// "List Access identity providers", all of them.
    pub async fn list_identity_providers(&self, scope: &Scope) -> Result<Listed, Error> {
        let began = Instant::now();
        let mut all = Vec::new();
        let mut pages = self.identity_providers(scope, None);
        while let Some(page) = pages.next().await? {
            all.extend(page);
        }
        Ok(Listed { asked: pages.pages.asked().unwrap_or(began), all })
    }

    /// The same page by page; `scim_enabled` for those with SCIM on, or off.
    pub fn identity_providers(&self, scope: &Scope, scim_enabled: Option<bool>) -> IdentityProviderPages<'_> {
        let mut request = Request::get(path(scope));
        if let Some(scim_enabled) = scim_enabled {
            request = request.query("scim_enabled", scim_enabled);
        }
        IdentityProviderPages {
            pages: Pages::new(self, request, 200),
            request: format!("GET {}", path(scope).join("/")),
        }
    }
}

/// All identity providers of an account or zone at a time. Secrets are in none.
#[derive(Debug)]
pub struct Listed {
    /// When the request for the first page left: what was made later may be missing.
    pub asked: Instant,
    /// The identity providers.
    pub all: Vec<IdentityProvider>,
}

/// The pages of a list of identity providers, each read when it is asked for.
#[derive(Debug)]
pub struct IdentityProviderPages<'a> {
    pages: Pages<'a, Document>,
    request: String,
}

impl IdentityProviderPages<'_> {
    /// The next page; `None` after the last. Secrets are in none.
    pub async fn next(&mut self) -> Result<Option<Vec<IdentityProvider>>, Error> {
        let Some(documents) = self.pages.next().await? else { return Ok(None) };
        let members = documents.into_iter().enumerate().map(|(index, document)| {
            if document.str("id").is_none() {
                return Err(Error::Unreadable {
                    request: self.request.clone(),
                    path: format!("result[{index}].id"),
                    reason: "expected a string".into(),
                    request_id: None,
                    maybe_done: false,
                });
            }
            Ok(IdentityProvider::listed(document, None, None))
        });
        members.collect::<Result<_, _>>().map(Some)
    }
}

fn hiding(mut request: Request, body: &Replacement) -> Request {
    for secret in body.secrets() {
        request = request.hide(secret);
    }
    request.json(&body.to_body())
}

pub(super) fn path(scope: &Scope) -> [&str; 4] {
    let [kind, id] = scope.path();
    [kind, id, "access", "identity_providers"]
}
