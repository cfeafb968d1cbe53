//! Logins that were begun: what the callback needs to know, filed under the `state` that the browser carries.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use super::failure::Failure;
use crate::mock::ids;

/// How long somebody may take at the identity provider. Cloudflare's own limit is not published.
const LIFETIME: Duration = Duration::minutes(10);

/// What a login is for.
#[derive(Clone)]
pub(super) enum Purpose {
    /// A session, and then this page; without one the identity is shown.
    LogIn { redirect_url: Option<String> },
    /// The dashboard's *Test*: the identity is shown, and nothing else comes of it.
    Test,
}

/// A login on its way. No `Debug`: it holds the PKCE verifier.
#[derive(Clone)]
pub(super) struct Attempt {
    /// Id of the identity provider.
    pub(super) identity_provider: String,
    /// What it is for.
    pub(super) purpose: Purpose,
    /// The application that sent the person here, as the access log names it.
    pub(super) app_domain: String,
    /// The browser it was begun in: the value of its `CF_Session` cookie.
    pub(super) browser: String,
    /// The redirect URI that the authorization request named; redeeming the code repeats it.
    pub(super) redirect_uri: String,
    /// What the ID token must repeat.
    pub(super) nonce: String,
    /// The PKCE verifier, where the identity provider object asks for PKCE.
    pub(super) verifier: Option<String>,
    /// When it was begun.
    pub(super) begun: OffsetDateTime,
}

impl Attempt {
    /// It is the dashboard's *Test*.
    pub(super) fn is_test(&self) -> bool {
        matches!(self.purpose, Purpose::Test)
    }
}

/// The attempts of one account.
#[derive(Clone, Default)]
pub(in crate::mock::cloudflare) struct Attempts {
    open: BTreeMap<String, Attempt>,
    /// When each `state` that came back did so, to tell a replay from an invention.
    used: BTreeMap<String, OffsetDateTime>,
}

impl Attempts {
    /// Files an attempt; the `state` to find it by.
    pub(super) fn begin(&mut self, attempt: Attempt) -> String {
        // Long enough that a late callback is told that it is late.
        let forgotten = attempt.begun - LIFETIME * 12;
        self.open.retain(|_, open| open.begun > forgotten);
        self.used.retain(|_, used| *used > forgotten);
        let state = ids::secret(43);
        self.open.insert(state.clone(), attempt);
        state
    }

    /// Takes the attempt that came back with this `state` in this browser. A `state` is good for one try, whatever
    /// comes of it.
    pub(super) fn finish(&mut self, state: &str, browser: &str, now: OffsetDateTime) -> Result<Attempt, Failure> {
        if self.used.contains_key(state) {
            return Err(Failure::replayed());
        }
        // Whoever learnt somebody else's state must not be able to spoil the login.
        if self.open.get(state).is_some_and(|open| open.browser != browser) {
            return Err(Failure::other_browser());
        }
        let attempt = self.open.remove(state).ok_or_else(Failure::unknown_state)?;
        self.used.insert(state.to_owned(), now);
        if now - attempt.begun > LIFETIME {
            return Err(Failure::expired());
        }
        Ok(attempt)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-03-25 06:09:58 UTC);

    fn attempt() -> Attempt {
        Attempt {
            identity_provider: "okta-1".into(),
            purpose: Purpose::Test,
            app_domain: "acme.example".into(),
            browser: "firefox".into(),
            redirect_uri: "https://acme.example/cdn-cgi/access/callback".into(),
            nonce: "n".into(),
            verifier: None,
            begun: NOW,
        }
    }

    fn refused(result: Result<Attempt, Failure>) -> String {
        result.err().map(|failure| failure.reason().to_owned()).unwrap_or_default()
    }

    #[test]
    fn a_state_is_good_once() {
        let mut attempts = Attempts::default();
        let state = attempts.begin(attempt());
        assert_eq!(attempts.finish(&state, "firefox", NOW).unwrap().identity_provider, "okta-1");
        assert_eq!(refused(attempts.finish(&state, "firefox", NOW)), "state_replayed");
        assert_eq!(refused(attempts.finish("invented", "firefox", NOW)), "state_unknown");
    }

    #[test]
    fn a_state_belongs_to_the_browser_that_it_was_made_for() {
        let mut attempts = Attempts::default();
        let state = attempts.begin(attempt());
        assert_eq!(refused(attempts.finish(&state, "", NOW)), "state_of_another_browser");
        assert!(attempts.finish(&state, "firefox", NOW).is_ok(), "the login it belongs to still works");
    }

    #[test]
    fn a_state_expires() {
        let mut attempts = Attempts::default();
        let (first, second) = (attempts.begin(attempt()), attempts.begin(attempt()));
        assert!(attempts.finish(&first, "firefox", NOW + LIFETIME).is_ok());
        assert_eq!(refused(attempts.finish(&second, "firefox", NOW + LIFETIME + Duration::SECOND)), "state_expired");
        let third = attempts.begin(attempt());
        attempts.begin(Attempt { begun: NOW + LIFETIME * 13, ..attempt() });
        assert_eq!(refused(attempts.finish(&third, "firefox", NOW)), "state_unknown");
    }
}
