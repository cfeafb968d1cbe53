//! The account's audit log: Cloudflare's reference, "Accounts > Logs > Audit" (Audit Logs version 2).
//!
//! It is how a change by somebody else is told from one of ours. How its entries name objects of Access is not verified
//! against a live tenant, so an entry counts if either its resource or the path of its call is the object.

use serde::Deserialize;
use serde_json::Value;

use super::envelope::unwrap;
use super::{Client, Credentials, is_gone};
use crate::http::{self, Error, Request};

/// Most entries in one answer.
const PAGE: u32 = 1000;

/// A write to an object that Cloudflare carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// When, RFC 3339.
    pub at: String,
    /// Who, in words for a person: `ada@acme.example in the dashboard`.
    pub by: String,
    /// Whether it was made with the credentials of this client.
    pub ours: bool,
    /// The credentials it was made with; `None` for the dashboard's.
    pub author: Option<Author>,
    /// Cloudflare's id of the call, which the answer to it had, too.
    pub ray: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    action: Action,
    #[serde(default)]
    actor: Actor,
    #[serde(default)]
    raw: Raw,
    #[serde(default)]
    resource: Resource,
}

#[derive(Default, Deserialize)]
struct Action {
    #[serde(default)]
    result: Option<String>,
    #[serde(default)]
    time: Option<String>,
}

#[derive(Default, Deserialize)]
struct Actor {
    #[serde(default)]
    context: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    token_id: Option<String>,
    #[serde(default)]
    token_name: Option<String>,
}

#[derive(Default, Deserialize)]
struct Raw {
    #[serde(default)]
    cf_ray_id: Option<String>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    uri: Option<String>,
}

#[derive(Default, Deserialize)]
struct Resource {
    #[serde(default)]
    id: Option<String>,
}

#[derive(Deserialize)]
struct Cursors {
    #[serde(default)]
    cursors: Option<Cursor>,
}

#[derive(Deserialize)]
struct Cursor {
    #[serde(default)]
    after: Option<String>,
}

impl Client {
    /// "Get account audit logs (Version 2)": the writes to one identity provider from `since` to `before` (RFC 3339),
    /// oldest first. `ray` names a call that is known to be one of them: the one that made it may not name it.
    /// `None` if these credentials may not read the log, or Cloudflare cannot say whose they are.
    pub async fn writes_to_identity_provider(
        &self,
        account_id: &str,
        id: &str,
        since: &str,
        before: &str,
        ray: Option<&str>,
    ) -> Result<Option<Vec<Write>>, Error> {
        let Some(own) = self.own_mark(account_id).await? else { return Ok(None) };
        let request = Request::get(["accounts", account_id, "logs", "audit"])
            .query("since", since)
            .query("before", before)
            .query("direction", "asc")
            .query("limit", PAGE);
        let mut writes = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let page = match &cursor {
                Some(cursor) => request.clone().query("cursor", cursor),
                None => request.clone(),
            };
            let answer = match self.http.send(page).await {
                Ok(answer) => answer,
                Err(error) if error.is_forbidden() || is_gone(&error) => return Ok(None),
                Err(error) => return Err(error),
            };
            let (result, _) = unwrap(&answer)?;
            let entries: Vec<Entry> = http::decode(&answer, "result", result)?;
            let empty = entries.is_empty();
            let known = |entry: &Entry| ray.zip(entry.raw.cf_ray_id.as_deref()).is_some_and(|(a, b)| same_ray(a, b));
            let ours = entries.into_iter().filter(|entry| entry.is_write_to(id) || known(entry));
            writes.extend(ours.map(|entry| entry.told(&own)));
            let next = after(&answer.json()?);
            if empty || next.is_none() || next == cursor {
                return Ok(Some(writes));
            }
            cursor = next;
        }
    }

    /// What marks our own entries.
    async fn own_mark(&self, account_id: &str) -> Result<Option<Author>, Error> {
        if let Credentials::KeyAndEmail { email, .. } = &*self.credentials {
            return Ok(Some(Author::Key { email: email.to_lowercase() }));
        }
        // The first call does not know a token that belongs to the account; the second may not know a person's.
        let verified = match self.verify_user_token().await {
            Err(error) if error.refusal().is_some() => self.verify_account_token(account_id).await,
            verified => verified,
        };
        match verified {
            Ok(token) => Ok(Some(Author::Token { id: token.id })),
            Err(error) if error.refusal().is_some() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// How the log names credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// An API token, by its id.
    Token {
        /// That id.
        id: String,
    },
    /// The global API key of a person.
    Key {
        /// The person's email address, in lower case.
        email: String,
    },
}

impl Entry {
    fn is_write_to(&self, id: &str) -> bool {
        let read = self.raw.method.as_deref().is_some_and(|method| method.eq_ignore_ascii_case("GET"));
        let failed = self.action.result.as_deref().is_some_and(|result| !result.eq_ignore_ascii_case("success"));
        let path = self.raw.uri.as_deref().unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        !read && !failed && (self.resource.id.as_deref() == Some(id) || path.split('/').any(|segment| segment == id))
    }

    fn told(self, own: &Author) -> Write {
        let Actor { context, email, id, token_id, token_name } = self.actor;
        let context = context.unwrap_or_default();
        let author = match (&token_id, &email) {
            (Some(id), _) => Some(Author::Token { id: id.clone() }),
            (None, Some(email)) if context == "api_key" => Some(Author::Key { email: email.to_lowercase() }),
            _ => None,
        };
        let who = email.or(id).unwrap_or_else(|| "somebody".to_owned());
        let how = match (context.as_str(), token_name.or(token_id)) {
            ("dash", _) => " in the dashboard".to_owned(),
            (_, Some(token)) => format!(" with the API token {token:?}"),
            ("api_key", None) => " with the global API key".to_owned(),
            _ => String::new(),
        };
        let (at, by) = (self.action.time.unwrap_or_default(), format!("{who}{how}"));
        Write { at, by, ours: author.as_ref() == Some(own), author, ray: self.raw.cf_ray_id }
    }
}

/// Whether two texts name one exchange. Answers name the data centre behind it (`8f1d…-ZRH`); whether the log does is not
/// verified against a live tenant.
pub fn same_ray(a: &str, b: &str) -> bool {
    let bare = |ray: &str| ray.split('-').next().unwrap_or_default().to_owned();
    bare(a) == bare(b)
}

fn after(body: &Value) -> Option<String> {
    let info: Cursors = serde_json::from_value(body.get("result_info")?.clone()).ok()?;
    info.cursors?.after.filter(|after| !after.is_empty())
}
