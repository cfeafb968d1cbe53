//! `/apps/{id}/credentials/secrets`: up to two client secrets, both valid while active.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationSSOPublicKeys/>. Every read
//! shows the secrets in clear and is written to the System Log.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::apps::App;
use super::call::{Answer, Call, Reply, stamp};
use super::errors::{self, Refusal};
use super::logs::Event;
use super::org::Org;
use crate::mock::ids;

/// How many secrets an app can have.
const MOST: usize = 2;

/// What Okta calls the object whose rules are broken.
const OBJECT: &str = "OAuth2ClientSecretMediated";

/// One client secret.
#[derive(Clone)]
pub(crate) struct ClientSecret {
    pub(crate) id: String,
    pub(crate) value: String,
    pub(crate) active: bool,
    created: OffsetDateTime,
    updated: OffsetDateTime,
}

impl ClientSecret {
    pub(crate) fn new(value: String, now: OffsetDateTime) -> Self {
        Self { id: ids::okta("ocs"), value, active: true, created: now, updated: now }
    }

    fn document(&self, app_id: &str, call: &Call) -> Value {
        let own = call.url(&format!("/api/v1/apps/{app_id}/credentials/secrets/{}", self.id));
        let post = |href: String| json!({"href": href, "hints": {"allow": ["POST"]}});
        let links = if self.active {
            json!({"deactivate": post(format!("{own}/lifecycle/deactivate"))})
        } else {
            json!({
                "activate": post(format!("{own}/lifecycle/activate")),
                "delete": {"href": own, "hints": {"allow": ["DELETE"]}},
            })
        };
        json!({
            "id": self.id,
            "created": stamp(self.created),
            "lastUpdated": stamp(self.updated),
            "status": if self.active { "ACTIVE" } else { "INACTIVE" },
            "client_secret": self.value,
            "secret_hash": hash(&self.value),
            "_links": links,
        })
    }
}

/// `secret_hash`: base64url of the first half of the secret's SHA-256. Okta does not document the form; it was found
/// by computing it for known pairs.
pub(crate) fn hash(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(&digest::digest(&digest::SHA256, secret.as_bytes()).as_ref()[..16])
}

/// The secret that an answer to POST or PUT of the app shows: the newest one that is valid. Which one Okta shows when
/// there are two is not verified against a live tenant.
pub(crate) fn shown(secrets: &[ClientSecret]) -> Option<&ClientSecret> {
    secrets.iter().rev().find(|secret| secret.active)
}

/// Rules for a secret that the caller chose.
pub(crate) fn check(secret: &str, method: &str) -> Result<(), Refusal> {
    let refuse = |cause: &str| Err(errors::invalid("client_secret", cause));
    if method == "private_key_jwt" {
        return refuse("'client_secret' can't be used when 'token_endpoint_auth_method' is 'private_key_jwt'.");
    }
    if !secret.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) {
        return refuse("client_secret: 'client_secret' must only contain printable ASCII: [x20-x7E]+");
    }
    if secret.len() < 14 {
        return refuse("client_secret: 'client_secret' must be at least '14' characters long.");
    }
    if method == "client_secret_jwt" && secret.len() < 32 {
        return refuse(
            "client_secret: 'client_secret' must be at least '32' characters long when 'token_endpoint_auth_method' is 'client_secret_jwt'.",
        );
    }
    if secret.len() > 100 {
        return refuse("client_secret: 'client_secret' can't be more than '100' characters long.");
    }
    Ok(())
}

fn oidc_app<'a>(org: &'a mut Org, call: &Call) -> Result<&'a mut App, Refusal> {
    let id = call.segment("app_id");
    match org.apps.get_mut(id) {
        Some(app) if app.client_id().is_some() => Ok(app),
        Some(_) => Err(errors::not_found(id, "OAuth2AppInstance")),
        None => Err(errors::not_found(id, "AppInstance")),
    }
}

fn place(app: &App, call: &Call) -> Result<usize, Refusal> {
    let id = call.segment("secret_id");
    let found = app.secrets.iter().position(|secret| secret.id == id);
    found.ok_or_else(|| errors::not_found(id, "OAuth2ClientSecretMediated"))
}

pub(crate) fn list(org: &mut Org, call: &Call) -> Answer {
    let app = oidc_app(org, call)?;
    let documents = app.secrets.iter().map(|secret| secret.document(&app.id, call)).collect();
    let event = read_event(app);
    org.log.record(event, call);
    Ok(Reply::ok(documents))
}

pub(crate) fn get(org: &mut Org, call: &Call) -> Answer {
    let app = oidc_app(org, call)?;
    let document = app.secrets[place(app, call)?].document(&app.id, call);
    let event = read_event(app);
    org.log.record(event, call);
    Ok(Reply::ok(document))
}

pub(crate) fn create(org: &mut Org, call: &Call) -> Answer {
    let app = oidc_app(org, call)?;
    let wanted = call.optional_object()?;
    let method = app.auth_method().to_owned();
    if method == "private_key_jwt" || method == "none" {
        return Err(errors::invalid(
            "client_secret",
            format!("'client_secret' can't be used when 'token_endpoint_auth_method' is '{method}'."),
        ));
    }
    let value = match wanted.get("client_secret") {
        None | Some(Value::Null) => ids::secret(64),
        Some(Value::String(text)) => {
            check(text, &method)?;
            text.clone()
        }
        Some(_) => return Err(errors::malformed()),
    };
    let active = match wanted.get("status") {
        None | Some(Value::Null) => true,
        Some(status) if status == "ACTIVE" => true,
        Some(status) if status == "INACTIVE" => false,
        Some(_) => return Err(errors::invalid("status", "status: The status must be ACTIVE or INACTIVE")),
    };
    if app.secrets.len() >= MOST {
        return Err(errors::invalid(OBJECT, "You've reached the maximum number of client secrets per client."));
    }
    let secret = ClientSecret { active, ..ClientSecret::new(value, call.now) };
    let document = secret.document(&app.id, call);
    app.secrets.push(secret);
    let event = Event::of("app.oauth2.credentials.lifecycle.create", "Create client secret").app(app);
    org.log.record(event, call);
    Ok(Reply::created(document))
}

pub(crate) fn activate(org: &mut Org, call: &Call) -> Answer {
    switch(org, call, true)
}

pub(crate) fn deactivate(org: &mut Org, call: &Call) -> Answer {
    switch(org, call, false)
}

fn switch(org: &mut Org, call: &Call, active: bool) -> Answer {
    let app = oidc_app(org, call)?;
    let place = place(app, call)?;
    let others_active = app.secrets.iter().enumerate().any(|(other, secret)| other != place && secret.active);
    if !active && app.secrets[place].active && !others_active {
        return Err(errors::invalid(OBJECT, "You can't deactivate the only active client secret."));
    }
    if app.secrets[place].active != active {
        app.secrets[place].active = active;
        app.secrets[place].updated = call.now;
    }
    let document = app.secrets[place].document(&app.id, call);
    let (kind, says) = match active {
        true => ("app.oauth2.credentials.lifecycle.activate", "Activate client secret"),
        false => ("app.oauth2.credentials.lifecycle.deactivate", "Deactivate client secret"),
    };
    let event = Event::of(kind, says).app(app);
    org.log.record(event, call);
    Ok(Reply::ok(document))
}

pub(crate) fn delete(org: &mut Org, call: &Call) -> Answer {
    let app = oidc_app(org, call)?;
    let place = place(app, call)?;
    if app.secrets[place].active {
        return Err(errors::invalid(
            OBJECT,
            "You can't delete an active client secret. Deactivate the secret before deleting it.",
        ));
    }
    app.secrets.remove(place);
    let event = Event::of("app.oauth2.credentials.lifecycle.delete", "Delete client secret").app(app);
    org.log.record(event, call);
    Ok(Reply::no_content())
}

fn read_event(app: &App) -> Event {
    Event::of("app.oauth2.client.read_client_secret", "Read client secret").app(app)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_half_a_sha256() {
        // SHA-256("abc") begins ba7816bf 8f01cfea 414140de 5dae2223.
        assert_eq!(hash("abc"), "ungWv48Bz-pBQUDeXa4iIw");
    }

    #[test]
    fn supplied_secrets_are_checked() {
        let cause = |secret: &str, method| check(secret, method).err().map(|refusal| refusal.causes[0].clone());
        assert_eq!(cause(&"x".repeat(14), "client_secret_basic"), None);
        assert_eq!(cause(&"x".repeat(100), "client_secret_post"), None);
        assert!(cause(&"x".repeat(13), "client_secret_basic").unwrap().contains("'14'"));
        assert!(cause(&"x".repeat(101), "client_secret_basic").unwrap().contains("'100'"));
        assert!(cause(&"x".repeat(31), "client_secret_jwt").unwrap().contains("'32'"));
        assert!(cause(&"é".repeat(20), "client_secret_basic").unwrap().contains("ASCII"));
        assert!(cause(&"x".repeat(40), "private_key_jwt").unwrap().contains("private_key_jwt"));
    }
}
