//! Applications: Okta's reference, tag "Application".

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Client, Pages, Status, is_gone, quoted};
use crate::http::{Answer, Departure, Document, Error, Member, Request, secret};

const CLIENT_SECRET: &str = "credentials.oauthClient.client_secret";

/// An application. Its document is kept whole, because an update replaces the whole of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Document")]
pub struct App {
    /// The object as Okta sent it, without the client secret.
    pub document: Document,
    /// In clear in the answers to [`Client::make_app`] and [`Client::replace_app`] only.
    pub client_secret: Option<SecretString>,
}

/// Which applications to list.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// All.
    All,
    /// Those whose label, or name, begins so, whatever the case.
    Labelled(&'a str),
    /// Those of this kind: `oidc_client`, or a key of the catalogue.
    Named(&'a str),
    /// Those that this group has.
    AssignedTo(&'a str),
}

impl From<Document> for App {
    fn from(mut document: Document) -> Self {
        let client_secret = document.remove(CLIENT_SECRET);
        let client_secret = secret::shown(client_secret.as_ref().and_then(Value::as_str));
        Self { document, client_secret }
    }
}

impl Member for App {}

impl App {
    fn read(answer: &Answer) -> Result<Self, Error> {
        let document: Document = answer.json()?;
        if document.str("id").is_none() {
            return Err(answer.unreadable("id", "expected a string"));
        }
        Ok(document.into())
    }

    /// The app with this id. Whatever stands between may answer with another one, which a state must not take for its own.
    fn read_of(id: &str, answer: &Answer) -> Result<Self, Error> {
        let app = Self::read(answer)?;
        if app.id() == id { Ok(app) } else { Err(answer.unreadable("id", "it is the id of another app")) }
    }

    /// Okta's id, like `0oa…`.
    pub fn id(&self) -> &str {
        self.document.str("id").unwrap_or_default()
    }

    /// The kind of app: `oidc_client`, or the key of a catalogue app like `scim2headerauth`.
    pub fn name(&self) -> &str {
        self.document.str("name").unwrap_or_default()
    }

    /// The name people see.
    pub fn label(&self) -> &str {
        self.document.str("label").unwrap_or_default()
    }

    /// Like `OPENID_CONNECT` or `SAML_2_0`.
    pub fn sign_on_mode(&self) -> &str {
        self.document.str("signOnMode").unwrap_or_default()
    }

    /// Whether people can use it.
    pub fn status(&self) -> Status {
        match self.document.str("status") {
            Some("ACTIVE") => Status::Active,
            Some("INACTIVE") => Status::Inactive,
            _ => Status::Other,
        }
    }

    /// Whether it was deleted, and is not purged yet.
    pub fn is_deleted(&self) -> bool {
        self.document.str("status") == Some("DELETED")
    }

    /// The OAuth client id; the same as the id unless it was chosen on creation. `None` for other kinds of app.
    pub fn client_id(&self) -> Option<&str> {
        self.document.str("credentials.oauthClient.client_id")
    }

    /// What the app can do beyond signing on, like `PUSH_NEW_USERS`. Read-only: Okta ignores it in writes.
    pub fn features(&self) -> Vec<String> {
        self.document.strings("features").unwrap_or_default()
    }

    /// Whether this is what an app becomes that was created with `body`: it has every field that was sent, with the same
    /// value. The client secret is no part of it. Two apps may both be so: it says that the app is alike, not whose it is.
    pub fn is_made_of(&self, body: &Value) -> bool {
        let Some(mut sent) = Document::from_value(body.clone()) else { return false };
        sent.remove(CLIENT_SECRET);
        self.document.shows(&sent)
    }

    /// The id of the access policy bound to the app, from the link Okta adds; `None` in classic orgs.
    pub fn access_policy_id(&self) -> Option<&str> {
        self.document.str("_links.accessPolicy.href")?.trim_end_matches('/').rsplit('/').next()
    }
}

impl Client {
    /// "Create an application", which leaves it to [`Client::make_app`] what to do about an answer that is lost.
    pub(super) async fn post_app(&self, body: &Value, activate: bool, departure: &Departure) -> Result<App, Error> {
        let request = Request::post(["api", "v1", "apps"]).query("activate", activate).json(body);
        let mut request = request.noting(departure);
        if let Some(secret) = supplied_secret(body) {
            request = request.hide(&secret);
        }
        let app = App::read(&self.send(request).await?)?;
        self.newborns.add(app.id());
        Ok(app)
    }

    /// "Retrieve an application". `None` when it is gone, or deleted and not yet purged.
    pub async fn app(&self, id: &str) -> Result<Option<App>, Error> {
        let answer = match self.send(Request::get(["api", "v1", "apps", id])).await {
            Err(error) if is_gone(&error) => return Ok(None),
            answer => answer?,
        };
        let app = App::read_of(id, &answer)?;
        Ok((!app.is_deleted()).then_some(app))
    }

    /// "Replace an application" with `document`: what [`Client::app`] returned, changed where it must be.
    /// Links are left out; a client secret that the document does not name stays as it is.
    pub async fn replace_app(&self, id: &str, document: &Document) -> Result<App, Error> {
        let mut body = document.clone();
        body.remove("_links");
        body.remove("_embedded");
        let body = body.to_value();
        let mut request = Request::put(["api", "v1", "apps", id]).json(&body);
        if let Some(secret) = supplied_secret(&body) {
            request = request.hide(&secret);
        }
        App::read_of(id, &self.send(request).await?)
    }

    /// "List all applications", page by page. Okta takes one of the conditions; all others are for the caller to check.
    pub fn apps(&self, which: Which<'_>) -> Pages<'_, App> {
        Pages::new(self, list(which))
    }

    /// "List all applications", all of them. `q` matches the beginning of the name or the label.
    pub async fn list_apps(&self, q: Option<&str>) -> Result<Vec<App>, Error> {
        self.apps(q.map_or(Which::All, Which::Labelled)).up_to(usize::MAX).await
    }

    /// "Activate an application".
    pub async fn activate_app(&self, id: &str) -> Result<(), Error> {
        let request = Request::post(["api", "v1", "apps", id, "lifecycle", "activate"]).json(&json!({}));
        self.send(request.repeatable()).await.map(drop)
    }

    /// "Deactivate an application". Nobody can use it any longer; its settings stay.
    pub async fn deactivate_app(&self, id: &str) -> Result<(), Error> {
        let request = Request::post(["api", "v1", "apps", id, "lifecycle", "deactivate"]).json(&json!({}));
        self.send(request.repeatable()).await.map(drop)
    }

    /// "Delete an application". Okta refuses (`E0000056`) while it is active.
    pub async fn delete_app(&self, id: &str) -> Result<(), Error> {
        self.delete(Request::delete(["api", "v1", "apps", id])).await?;
        self.newborns.remove(id);
        Ok(())
    }
}

pub(super) fn list(which: Which<'_>) -> Request {
    let request = Request::get(["api", "v1", "apps"]).query("limit", 200);
    match which {
        Which::All => request,
        Which::Labelled(beginning) => request.query("q", beginning),
        Which::Named(name) => request.query("filter", format!("name eq {}", quoted(name))),
        Which::AssignedTo(group) => request.query("filter", format!("group.id eq {}", quoted(group))),
    }
}

fn supplied_secret(body: &Value) -> Option<SecretString> {
    let client = body.get("credentials")?.get("oauthClient")?;
    secret::shown(client.get("client_secret")?.as_str())
}
