//! Everything that was issued: codes, access tokens and refresh tokens, and what they go back to.

use std::collections::HashMap;

use time::{Duration, OffsetDateTime};

use crate::mock::ids;

/// A code is for the client's very next call.
const CODE_LIVES: Duration = Duration::seconds(60);
pub(super) const ACCESS_TOKEN_LIVES: Duration = Duration::HOUR;
/// A refresh token ends when nobody uses it for so long, as the policy of the `default` server has it. For the org's
/// own server that is not verified against a live tenant.
const REFRESH_TOKEN_IDLES: Duration = Duration::days(7);

/// What somebody, or an app for itself, was granted. Codes and tokens that come of one grant share its id, and end
/// with it.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(super) id: String,
    /// Id of the custom authorization server; none for the org's own.
    pub(crate) server: Option<String>,
    pub(super) client_id: String,
    /// None for an app that acts for itself.
    pub(super) user_id: Option<String>,
    pub(super) scopes: Vec<String>,
    /// When the person logged in.
    pub(super) auth_time: Option<OffsetDateTime>,
}

impl Grant {
    pub(super) fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }

    pub(super) fn new_id() -> String {
        ids::secret(20)
    }
}

/// An authorization code.
#[derive(Clone)]
pub(super) struct Code {
    value: String,
    pub(super) grant: Grant,
    pub(super) redirect_uri: String,
    pub(super) nonce: Option<String>,
    /// S256 challenge (RFC 7636).
    pub(super) challenge: Option<String>,
    expires: OffsetDateTime,
    used: bool,
}

/// An access token.
#[derive(Clone)]
pub(crate) struct AccessToken {
    pub(super) value: String,
    pub(super) jti: String,
    pub(crate) grant: Grant,
    /// Of the grant's, those that this token was asked for.
    pub(crate) scopes: Vec<String>,
    pub(super) audience: String,
    pub(super) issued: OffsetDateTime,
    pub(super) expires: OffsetDateTime,
}

/// A refresh token.
#[derive(Clone)]
pub(super) struct RefreshToken {
    pub(super) value: String,
    pub(super) grant: Grant,
    pub(super) expires: OffsetDateTime,
    /// Since when a newer one stands in its place.
    replaced: Option<OffsetDateTime>,
}

impl Code {
    /// It was redeemed before.
    pub(super) fn is_used(&self) -> bool {
        self.used
    }

    pub(super) fn is_expired(&self, now: OffsetDateTime) -> bool {
        self.expires <= now
    }
}

impl RefreshToken {
    /// A token that was replaced is good for `leeway` more.
    pub(super) fn is_stale(&self, leeway: Duration, now: OffsetDateTime) -> bool {
        self.replaced.is_some_and(|at| at + leeway <= now)
    }
}

/// Everything issued. No `Debug`: it holds secrets.
#[derive(Clone, Default)]
pub(crate) struct Issued {
    codes: Vec<Code>,
    access: Vec<AccessToken>,
    refresh: Vec<RefreshToken>,
    /// Until when assertions stay used, by client and `jti`.
    assertions: HashMap<(String, String), OffsetDateTime>,
}

impl Issued {
    pub(super) fn code(
        &mut self,
        grant: Grant,
        redirect_uri: &str,
        nonce: Option<String>,
        challenge: Option<String>,
        now: OffsetDateTime,
    ) -> String {
        // Used codes are remembered for a day, so that reuse is noticed.
        self.codes.retain(|code| code.expires + Duration::DAY > now);
        let value = ids::secret(43);
        let (redirect_uri, expires) = (redirect_uri.to_owned(), now + CODE_LIVES);
        self.codes.push(Code { value: value.clone(), grant, redirect_uri, nonce, challenge, expires, used: false });
        value
    }

    /// A code as it was issued, used and expired ones included.
    pub(super) fn known_code(&self, value: &str) -> Option<&Code> {
        self.codes.iter().find(|code| code.value == value)
    }

    /// Uses a code up.
    pub(super) fn use_up(&mut self, value: &str) {
        self.codes.iter_mut().filter(|code| code.value == value).for_each(|code| code.used = true);
    }

    pub(super) fn keep_access_token(&mut self, token: AccessToken) {
        self.access.retain(|known| known.expires > token.issued);
        self.access.push(token);
    }

    /// A token with these scopes that no app has asked for, for an hour.
    pub(crate) fn opaque_access_token(&mut self, scopes: &[&str], now: OffsetDateTime) -> String {
        let value = ids::secret(120);
        let scopes: Vec<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
        let grant = Grant {
            id: Grant::new_id(),
            server: None,
            client_id: String::new(),
            user_id: None,
            scopes: scopes.clone(),
            auth_time: None,
        };
        self.keep_access_token(AccessToken {
            value: value.clone(),
            jti: String::new(),
            grant,
            scopes,
            audience: String::new(),
            issued: now,
            expires: now + ACCESS_TOKEN_LIVES,
        });
        value
    }

    /// A valid access token.
    pub(crate) fn access_token(&self, value: &str, now: OffsetDateTime) -> Option<&AccessToken> {
        self.access.iter().find(|token| token.value == value && token.expires > now)
    }

    /// A value for a refresh token, which is good once it is kept.
    pub(super) fn refresh_value() -> String {
        ids::secret(43)
    }

    pub(super) fn keep_refresh_token(&mut self, value: &str, grant: Grant, now: OffsetDateTime) {
        self.refresh.retain(|token| token.expires > now);
        let expires = now + REFRESH_TOKEN_IDLES;
        self.refresh.push(RefreshToken { value: value.to_owned(), grant, expires, replaced: None });
    }

    /// A refresh token that has not expired, one that was replaced included.
    pub(super) fn refresh_token(&self, value: &str, now: OffsetDateTime) -> Option<&RefreshToken> {
        self.refresh.iter().find(|token| token.value == value && token.expires > now)
    }

    /// A refresh token was used: it idles anew, and `next` stands in its place from now on, unless that is the same.
    pub(super) fn refreshed(&mut self, value: &str, next: &str, now: OffsetDateTime) {
        let Some(token) = self.refresh.iter_mut().find(|token| token.value == value) else { return };
        token.expires = now + REFRESH_TOKEN_IDLES;
        if next != value {
            token.replaced.get_or_insert(now);
            let grant = token.grant.clone();
            self.keep_refresh_token(next, grant, now);
        }
    }

    /// A refresh token as `/introspect` sees it.
    pub(super) fn known_refresh_token(&self, value: &str, now: OffsetDateTime) -> Option<&RefreshToken> {
        self.refresh.iter().find(|token| token.value == value && token.expires > now && token.replaced.is_none())
    }

    /// Revokes one of a client's tokens; a refresh token takes the grant's access tokens with it. Whether there was one.
    pub(super) fn revoke(&mut self, client_id: &str, value: &str) -> bool {
        let ours = |grant: &Grant| grant.client_id == client_id;
        if let Some(token) = self.refresh.iter().find(|token| token.value == value && ours(&token.grant)) {
            let grant = token.grant.id.clone();
            self.revoke_grant(&grant);
            return true;
        }
        let before = self.access.len();
        self.access.retain(|token| token.value != value || !ours(&token.grant));
        self.access.len() < before
    }

    /// Ends every token that came of a grant.
    pub(super) fn revoke_grant(&mut self, id: &str) {
        self.access.retain(|token| token.grant.id != id);
        self.refresh.retain(|token| token.grant.id != id);
    }

    /// Ends everything of a client that is gone.
    pub(crate) fn forget_client(&mut self, client_id: &str) {
        self.codes.retain(|code| code.grant.client_id != client_id);
        self.access.retain(|token| token.grant.client_id != client_id);
        self.refresh.retain(|token| token.grant.client_id != client_id);
    }

    /// Notes that a client has used an assertion; false if it has done so before.
    pub(super) fn first_use(&mut self, client: &str, jti: &str, now: OffsetDateTime, expires: OffsetDateTime) -> bool {
        self.assertions.retain(|_, until| *until > now);
        self.assertions.insert((client.to_owned(), jti.to_owned()), expires).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: OffsetDateTime = time::macros::datetime!(2026-03-25 12:00 UTC);

    fn grant() -> Grant {
        Grant {
            id: Grant::new_id(),
            server: None,
            client_id: "0oa1".into(),
            user_id: None,
            scopes: vec!["openid".into()],
            auth_time: None,
        }
    }

    #[test]
    fn a_code_is_good_once_and_for_a_minute() {
        let mut issued = Issued::default();
        let value = issued.code(grant(), "https://a.example", None, None, NOON);
        let code = issued.known_code(&value).unwrap();
        assert!(!code.is_used() && !code.is_expired(NOON) && code.is_expired(NOON + CODE_LIVES));
        issued.use_up(&value);
        assert!(issued.known_code(&value).unwrap().is_used());
        assert!(issued.known_code("other").is_none());
    }

    #[test]
    fn a_replaced_refresh_token_lives_through_its_leeway_and_no_longer() {
        let mut issued = Issued::default();
        let leeway = Duration::seconds(30);
        issued.keep_refresh_token("first", grant(), NOON);
        issued.refreshed("first", "second", NOON);
        let first = issued.refresh_token("first", NOON).unwrap();
        assert!(!first.is_stale(leeway, NOON + leeway - Duration::SECOND) && first.is_stale(leeway, NOON + leeway));
        assert!(!issued.refresh_token("second", NOON).unwrap().is_stale(leeway, NOON + Duration::DAY));
    }

    #[test]
    fn only_using_a_refresh_token_keeps_it_alive() {
        let mut issued = Issued::default();
        issued.keep_refresh_token("one", grant(), NOON);
        assert!(issued.refresh_token("one", NOON + Duration::DAY).is_some());
        assert!(issued.refresh_token("one", NOON + REFRESH_TOKEN_IDLES).is_none());
        issued.refreshed("one", "one", NOON + Duration::DAY);
        assert!(issued.refresh_token("one", NOON + REFRESH_TOKEN_IDLES).is_some());
    }

    #[test]
    fn an_assertion_is_used_once_per_client() {
        let mut issued = Issued::default();
        let later = NOON + Duration::MINUTE;
        assert!(issued.first_use("0oa1", "x", NOON, later));
        assert!(!issued.first_use("0oa1", "x", NOON, later));
        assert!(issued.first_use("0oa2", "x", NOON, later));
        assert!(issued.first_use("0oa1", "x", later, later));
    }
}
