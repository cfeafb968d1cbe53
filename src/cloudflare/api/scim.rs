//! SCIM: the secret, and what Cloudflare received. "Zero Trust > Identity Providers > SCIM" in the reference.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use url::Url;

use super::{Client, Scope};
use crate::http::{Auth, Document, Error, Member, Request, secret, size_of_texts};

/// A person, as the identity provider pushed it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScimUser {
    /// Cloudflare's id.
    pub id: String,
    /// The identity provider's id.
    #[serde(default)]
    pub external_id: Option<String>,
    /// Whether the account is in use.
    #[serde(default)]
    pub active: Option<bool>,
    /// The name people see.
    #[serde(default)]
    pub display_name: Option<String>,
    /// The email addresses.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub emails: Vec<ScimEmail>,
    /// When it was made and last changed.
    #[serde(default)]
    pub meta: ScimMeta,
}

/// An email address of a [`ScimUser`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ScimEmail {
    /// The address.
    #[serde(default)]
    pub value: String,
    /// Whether it is the main one.
    #[serde(default)]
    pub primary: bool,
}

/// A group, as the identity provider pushed it. The list has no members.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScimGroup {
    /// Cloudflare's id.
    pub id: String,
    /// The identity provider's id.
    #[serde(default)]
    pub external_id: Option<String>,
    /// The name, which policies match.
    #[serde(default)]
    pub display_name: Option<String>,
    /// When it was made and last changed.
    #[serde(default)]
    pub meta: ScimMeta,
}

/// When something was made and last changed, RFC 3339.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScimMeta {
    /// When it was made.
    #[serde(default)]
    pub created: Option<String>,
    /// When it was last changed.
    #[serde(default)]
    pub last_modified: Option<String>,
}

impl Member for ScimUser {
    fn kept(&self, _: usize) -> usize {
        let emails: usize = self.emails.iter().map(|email| size_of::<ScimEmail>() + email.value.len()).sum();
        let Self { id, external_id, display_name, meta, .. } = self;
        let texts =
            [Some(id), external_id.as_ref(), display_name.as_ref(), meta.created.as_ref(), meta.last_modified.as_ref()];
        size_of::<Self>() + emails + size_of_texts(texts)
    }
}

impl Member for ScimGroup {
    fn kept(&self, _: usize) -> usize {
        size_of::<Self>()
            + size_of_texts([
                Some(&self.id),
                self.external_id.as_ref(),
                self.display_name.as_ref(),
                self.meta.created.as_ref(),
                self.meta.last_modified.as_ref(),
            ])
    }
}

impl Client {
    /// Mints a new SCIM secret; the old one stops working. `POST …/refresh_scim_secret`: the path is named
    /// in the description of `scim_config.secret`, the method and the answer are not verified against a
    /// live tenant. Never repeated once it may have been received, because each call mints another one.
    pub async fn refresh_scim_secret(&self, scope: &Scope, id: &str) -> Result<SecretString, Error> {
        let [kind, scope_id] = scope.path();
        let path = [kind, scope_id, "access", "identity_providers", id, "refresh_scim_secret"];
        let (answer, result): (_, Document) = self.call(Request::post(path)).await?;
        // The secret alone, or the whole identity provider.
        let text = result.str("secret").or_else(|| result.str("scim_config.secret"));
        secret::shown(text).ok_or_else(|| answer.unreadable("result.secret", "expected the new secret"))
    }

    /// Whether the SCIM endpoint at `base_url` takes this secret: it is asked for at most one person (RFC 7644, section
    /// 3.4.2). Whoever serves that URL gets the secret.
    ///
    /// # Errors
    /// Anything but an answer to the question.
    pub async fn accepts_scim_secret(&self, base_url: &Url, secret: &SecretString) -> Result<bool, Error> {
        let request = Request::get(["Users"]).query("startIndex", 1).query("count", 1);
        let request = request.auth(Auth::bearer(secret.clone()));
        match self.http.elsewhere(base_url.clone()).send(request).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_unauthorized() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// "List SCIM User resources": all of them, or those with this email address. Account scope only.
    pub async fn list_scim_users(
        &self,
        account_id: &str,
        id: &str,
        email: Option<&str>,
    ) -> Result<Vec<ScimUser>, Error> {
        let mut request = Request::get(path(account_id, id, "users"));
        if let Some(email) = email {
            request = request.query("email", email);
        }
        self.list(request, 100).await
    }

    /// "List SCIM Group resources". Account scope only.
    pub async fn list_scim_groups(&self, account_id: &str, id: &str) -> Result<Vec<ScimGroup>, Error> {
        self.list(Request::get(path(account_id, id, "groups")), 100).await
    }
}

fn path<'a>(account_id: &'a str, id: &'a str, kind: &'a str) -> [&'a str; 7] {
    ["accounts", account_id, "access", "identity_providers", id, "scim", kind]
}

fn null_is_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ScimEmail>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
