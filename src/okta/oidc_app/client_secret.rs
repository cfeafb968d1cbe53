//! Which of the app's client secrets is ours, and what the state says of it.
//!
//! An app has one or two secrets, both of which work while they are active. Okta's list of them shows each in clear, and
//! every look at it is written into the System Log. There is no other place that tells id and hash of a secret. The
//! provider setting `secret_checks = "never"` keeps us away from the list altogether: what is known of the secret is
//! kept, as it is where Okta refuses the list.

use secrecy::{ExposeSecret, SecretString};

use super::{Client, OidcApp};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Result},
    model::Attr,
    path::Path,
    secret::Secret,
};
use crate::okta::{
    api::{Status, secrets::ClientSecret},
    errors,
};
use crate::path;

/// Which secret to look for first.
#[derive(Clone, Copy, Debug)]
pub(super) enum Prefer<'a> {
    /// The one with this id.
    Id(&'a str),
    /// The one that reads so: Okta has just made it.
    Minted(&'a SecretString),
    /// The one that reads so: a state of another provider has its text alone.
    Text(&'a Secret),
    /// The newest.
    Newest,
}

/// What Okta told.
pub(super) enum Found {
    /// The app's secret; `None` if it has no active one.
    Secret(Option<Box<ClientSecret>>),
    /// It was not asked, or did not tell.
    Withheld,
}

/// Asks Okta, which logs it, unless the provider is never to ask.
pub(super) async fn find(call: &Call, client: &Client, app_id: &str, prefer: Prefer<'_>) -> Result<Found> {
    if !client.secret_checks {
        return Ok(Found::Withheld);
    }
    match client.okta.look_at_client_secrets(app_id).await {
        Ok(secrets) => Ok(Found::Secret(choose(secrets.unwrap_or_default(), prefer).map(Box::new))),
        Err(error) if error.is_forbidden() => {
            call.warn(
                Diagnostic::warning(
                    "The client secrets of an Okta app cannot be read",
                    format!(
                        "{error}. What is known of the secret is kept, and a rotation in Okta's console is not \
                         noticed. To notice it, give the administrator behind the API token, or the service app, the \
                         role Application Administrator."
                    ),
                )
                .at(path!(OidcApp.client_secret_id)),
            );
            Ok(Found::Withheld)
        }
        Err(error) => {
            Err(errors::diagnose_at("Cannot read the client secrets of the Okta app", &error, &Path::root()).into())
        }
    }
}

/// The preferred one while it is active, else the newest active one.
fn choose(secrets: Vec<ClientSecret>, prefer: Prefer<'_>) -> Option<ClientSecret> {
    let mut active: Vec<ClientSecret> = secrets.into_iter().filter(|secret| secret.status == Status::Active).collect();
    let preferred = active.iter().position(|secret| match prefer {
        Prefer::Id(id) => secret.id == id,
        Prefer::Minted(text) => {
            secret.client_secret.as_ref().is_some_and(|own| own.expose_secret() == text.expose_secret())
        }
        Prefer::Text(text) => secret.client_secret.as_ref().is_some_and(|own| own.expose_secret() == text.expose()),
        Prefer::Newest => false,
    });
    if let Some(index) = preferred {
        return Some(active.swap_remove(index));
    }
    // Okta's timestamps sort as text; of equal ones the later in the list is the newer.
    active.into_iter().max_by(|a, b| a.created.cmp(&b.created))
}

/// Puts what was found into the state. Where Okta hides the text of the secret, it is `known`.
fn record(state: &mut OidcApp, secret: Option<ClientSecret>, known: Attr<Secret>) {
    let (id, hash, shown) = match secret {
        Some(secret) => (Some(secret.id), secret.secret_hash, secret.client_secret.map(Secret::from)),
        None => (None, None, None),
    };
    state.client_secret = match shown {
        _ if state.omit_secret.is_true() => Attr::Null,
        Some(shown) => shown.into(),
        None => known,
    };
    state.client_secret_id = id.into();
    state.client_secret_hash = hash.into();
}

/// Puts what a read found into the state.
pub(super) fn refresh(state: &mut OidcApp, secret: Option<ClientSecret>) {
    let same = secret.as_ref().is_some_and(|secret| is_that_of(state, secret));
    let known = if same { state.client_secret.clone() } else { Attr::Null };
    record(state, secret, known);
}

/// Whether the state knows this very secret.
fn is_that_of(state: &OidcApp, secret: &ClientSecret) -> bool {
    state.client_secret_id.text() == Some(secret.id.as_str())
        && (state.client_secret_hash.is_null() || state.client_secret_hash.text() == secret.secret_hash.as_deref())
}

/// Fills what a change left open after a look at Okta. `minted` is the secret that Okta showed when it made it.
pub(super) fn settle(state: &mut OidcApp, found: Found, minted: Option<SecretString>) {
    let mut actual = state.clone();
    let secret = match found {
        Found::Secret(secret) => secret.map(|secret| *secret),
        Found::Withheld => None,
    };
    record(&mut actual, secret, minted.map(Secret::from).into());
    if state.client_secret.is_unknown() {
        state.client_secret = actual.client_secret;
    }
    if state.client_secret_id.is_unknown() {
        state.client_secret_id = actual.client_secret_id;
    }
    if state.client_secret_hash.is_unknown() {
        state.client_secret_hash = actual.client_secret_hash;
    }
}

/// Says that a secret stays unknown in part because the provider is never to look: not on every read, which keeps what
/// is known, but where nothing is known yet.
pub(super) fn warn_of_no_look(call: &Call, client: &Client, label: &Attr<String>) {
    if client.secret_checks {
        return;
    }
    let label = label.text().unwrap_or_default();
    call.warn(
        Diagnostic::warning(
            format!("The client secret of the Okta app {label:?} was not looked at"),
            "The provider has secret_checks = \"never\". Okta shows a secret once, when it makes it; after that only a \
             list tells the secret, its id and its hash, and Okta logs every look at it. What is not known of \
             client_secret, client_secret_id and client_secret_hash is null. To find it out, set secret_checks = \
             \"always\" for one refresh.",
        )
        .at(path!(OidcApp.client_secret_id)),
    );
}

/// Whether something about the secret is still to be found out.
pub(super) fn is_open(state: &OidcApp) -> bool {
    state.client_secret.is_unknown() || state.client_secret_id.is_unknown() || state.client_secret_hash.is_unknown()
}

/// Whether `okta_client_secret` made it. What is a rotation to the app is then one of Terraform's own: the old secret
/// ended after everything that uses the new one had been given it.
pub(super) fn is_of_a_resource(secret: &ClientSecret) -> bool {
    secret.client_secret.as_ref().is_some_and(crate::okta::client_secret::is_minted)
}

/// Says that another secret is there than the state knew. Terraform itself calls a change of computed attributes that
/// nothing uses "No changes".
pub(super) fn warn_of_rotation(call: &Call, before: &OidcApp, after: &OidcApp) {
    let (Some(was), now) = (before.client_secret_id.text(), after.client_secret_id.text()) else { return };
    let same_hash = before.client_secret_hash == after.client_secret_hash || before.client_secret_hash.is_null();
    if call.importing() || now == Some(was) && same_hash {
        return;
    }
    let label = after.label.text().unwrap_or_default();
    let what = match now {
        Some(now) => format!("Okta's newest active secret is {now}; when the app was looked at before, it was {was}"),
        None => format!("The secret {was} is gone or inactive, and no other one is active"),
    };
    call.warn(
        Diagnostic::warning(
            format!("The client secret of the Okta app {label:?} was changed outside of Terraform"),
            format!(
                "{what}. Resources that use client_secret, client_secret_id or client_secret_hash of this app are \
                 updated by the next apply. Where none does, whatever holds the old secret has to be updated by hand."
            ),
        )
        .at(path!(OidcApp.client_secret_id)),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(id: &str, status: Status, created: &str) -> ClientSecret {
        ClientSecret {
            id: id.into(),
            status,
            created: Some(created.into()),
            last_updated: None,
            client_secret: Some(SecretString::from(format!("text-of-{id}"))),
            secret_hash: Some(format!("hash-of-{id}")),
        }
    }

    fn chosen(secrets: &[(&str, Status, &str)], prefer: Prefer<'_>) -> Option<String> {
        let secrets = secrets.iter().map(|(id, status, created)| secret(id, *status, created)).collect();
        choose(secrets, prefer).map(|secret| secret.id)
    }

    #[test]
    fn ours_is_kept_while_it_is_active() {
        let both = [("a", Status::Active, "2026-01-01"), ("b", Status::Active, "2026-02-01")];
        assert_eq!(chosen(&both, Prefer::Id("a")).as_deref(), Some("a"));
        assert_eq!(chosen(&both, Prefer::Newest).as_deref(), Some("b"));
        let rotated = [("a", Status::Inactive, "2026-01-01"), ("b", Status::Active, "2026-02-01")];
        assert_eq!(chosen(&rotated, Prefer::Id("a")).as_deref(), Some("b"));
        assert_eq!(chosen(&[("a", Status::Inactive, "2026-01-01")], Prefer::Id("a")), None);
    }

    #[test]
    fn a_minted_secret_is_found_by_its_text() {
        let text = SecretString::from("text-of-a");
        let both = [("a", Status::Active, "2026-01-01"), ("b", Status::Active, "2026-02-01")];
        assert_eq!(chosen(&both, Prefer::Minted(&text)).as_deref(), Some("a"));
        assert_eq!(chosen(&both, Prefer::Text(&Secret::from("text-of-a"))).as_deref(), Some("a"));
    }

    #[test]
    fn an_omitted_secret_leaves_id_and_hash() {
        let mut state = OidcApp { omit_secret: true.into(), ..OidcApp::default() };
        record(&mut state, Some(secret("a", Status::Active, "2026-01-01")), Attr::Null);
        assert!(state.client_secret.is_null());
        assert_eq!((state.client_secret_id.text(), state.client_secret_hash.text()), (Some("a"), Some("hash-of-a")));
    }

    #[test]
    fn only_what_is_open_is_filled() {
        let mut state = OidcApp { client_secret: Attr::Unknown, client_secret_id: "kept".into(), ..OidcApp::default() };
        settle(&mut state, Found::Secret(Some(Box::new(secret("a", Status::Active, "2026-01-01")))), None);
        assert_eq!(state.client_secret, Attr::Known(Secret::from("text-of-a")));
        assert_eq!(state.client_secret_id.text(), Some("kept"));
        assert!(state.client_secret_hash.is_null());
    }

    #[test]
    fn a_secret_that_may_not_be_listed_is_the_one_okta_just_made() {
        let mut state = OidcApp {
            client_secret: Attr::Unknown,
            client_secret_id: Attr::Unknown,
            client_secret_hash: Attr::Unknown,
            ..OidcApp::default()
        };
        settle(&mut state, Found::Withheld, Some(SecretString::from("minted")));
        assert_eq!(state.client_secret, Attr::Known(Secret::from("minted")));
        assert!(state.client_secret_id.is_null() && state.client_secret_hash.is_null());
    }

    #[test]
    fn a_hidden_text_is_the_known_one_of_the_same_secret_only() {
        let hidden = |id: &str, hash: &str| ClientSecret {
            client_secret: None,
            secret_hash: Some(hash.into()),
            ..secret(id, Status::Active, "2026-01-01")
        };
        let state = OidcApp {
            client_secret: Attr::Known(Secret::from("known")),
            client_secret_id: "a".into(),
            client_secret_hash: "1".into(),
            ..OidcApp::default()
        };
        let text_after = |state: &OidcApp, found: Option<ClientSecret>| {
            let mut state = state.clone();
            refresh(&mut state, found);
            state.client_secret
        };
        assert_eq!(text_after(&state, Some(hidden("a", "1"))), state.client_secret);
        assert!(text_after(&state, Some(hidden("b", "1"))).is_null());
        assert!(text_after(&state, Some(hidden("a", "2"))).is_null());
        assert!(text_after(&state, None).is_null());
        let unhashed = OidcApp { client_secret_hash: Attr::Null, ..state };
        assert_eq!(text_after(&unhashed, Some(hidden("a", "1"))), unhashed.client_secret);
    }

    #[test]
    fn a_secret_of_a_resource_is_told_by_its_text() {
        let of = |text: Option<&str>| {
            let client_secret = text.map(SecretString::from);
            is_of_a_resource(&ClientSecret { client_secret, ..secret("a", Status::Active, "2026-01-01") })
        };
        let minted = format!("zt01234567_{}", "x".repeat(53));
        assert!(of(Some(&minted)));
        assert!(!of(Some(&minted.replace("zt", "ab"))) && !of(None));
    }

    #[test]
    fn a_rotation_is_told_once_per_change() {
        let before = OidcApp { client_secret_id: "a".into(), client_secret_hash: "1".into(), ..OidcApp::default() };
        let told = |after: &OidcApp| {
            let call = Call::default();
            warn_of_rotation(&call, &before, after);
            format!("{call:?}").contains("changed outside")
        };
        assert!(!told(&before));
        assert!(told(&OidcApp { client_secret_id: "b".into(), ..before.clone() }));
        assert!(told(&OidcApp { client_secret_hash: "2".into(), ..before.clone() }));
        assert!(told(&OidcApp { client_secret_id: Attr::Null, ..before.clone() }));
    }
}
