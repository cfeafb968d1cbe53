//! Who is logged in: session tokens, sessions behind the `sid` cookie, and logins that have begun.
//!
//! <https://developer.okta.com/docs/reference/api/sessions/>

use axum::http::header;
use time::{Duration, OffsetDateTime};

use super::request::Request;
use crate::mock::ids;
use crate::mock::okta::call::{Call, Reply};
use crate::mock::okta::logs::Event;
use crate::mock::okta::org::Org;
use crate::mock::okta::users::Status;

/// The cookie that Okta keeps a session in.
const COOKIE: &str = "sid";

const SESSION_TOKEN_LIVES: Duration = Duration::minutes(5);
/// A session ends when nobody uses it for so long, as the default policy has it.
const SESSION_IDLES: Duration = Duration::hours(2);
/// A login page that nobody fills in is forgotten.
const LOGIN_LIVES: Duration = Duration::hours(1);

/// Sessions of an org, and what leads to them. No `Debug`: it holds secrets.
#[derive(Clone, Default)]
pub(super) struct Sessions {
    open: Vec<Session>,
    tokens: Vec<SessionToken>,
    logins: Vec<Login>,
}

/// Somebody who is logged in.
#[derive(Clone)]
pub(super) struct Session {
    id: String,
    pub(super) user_id: String,
    /// When the password was given: `auth_time`.
    pub(super) since: OffsetDateTime,
    used: OffsetDateTime,
}

#[derive(Clone)]
struct SessionToken {
    value: String,
    user_id: String,
    since: OffsetDateTime,
}

/// A login page that was shown, and the request to go on with.
#[derive(Clone)]
struct Login {
    state_token: String,
    server: Option<String>,
    request: Request,
    expires: OffsetDateTime,
}

impl Sessions {
    /// A token for one login, and when it expires.
    pub(super) fn issue_token(&mut self, user_id: &str, now: OffsetDateTime) -> (String, OffsetDateTime) {
        let value = ids::secret(42);
        self.tokens.retain(|token| token.since + SESSION_TOKEN_LIVES > now);
        self.tokens.push(SessionToken { value: value.clone(), user_id: user_id.to_owned(), since: now });
        (value, now + SESSION_TOKEN_LIVES)
    }

    /// Uses a session token up: whose it is, and when they logged in.
    fn redeem(&mut self, value: &str, now: OffsetDateTime) -> Option<(String, OffsetDateTime)> {
        let place = self.tokens.iter().position(|token| token.value == value)?;
        let token = self.tokens.remove(place);
        (token.since + SESSION_TOKEN_LIVES > now).then_some((token.user_id, token.since))
    }

    fn open(&mut self, user_id: String, since: OffsetDateTime, now: OffsetDateTime) -> Session {
        let session = Session { id: ids::secret(25), user_id, since, used: now };
        self.open.retain(|session| session.used + SESSION_IDLES > now);
        self.open.push(session.clone());
        session
    }

    /// Remembers a request while somebody logs in; the token that the page sends back.
    pub(super) fn begin_login(&mut self, server: Option<&str>, request: Request, now: OffsetDateTime) -> String {
        let state_token = ids::secret(40);
        self.logins.retain(|login| login.expires > now);
        let server = server.map(str::to_owned);
        self.logins.push(Login { state_token: state_token.clone(), server, request, expires: now + LOGIN_LIVES });
        state_token
    }

    /// The request that a login began with, and its server.
    pub(super) fn login(&self, state_token: &str, now: OffsetDateTime) -> Option<(Option<String>, Request)> {
        let login = self.logins.iter().find(|login| login.state_token == state_token && login.expires > now)?;
        Some((login.server.clone(), login.request.clone()))
    }

    pub(super) fn end_login(&mut self, state_token: &str) {
        self.logins.retain(|login| login.state_token != state_token);
    }

    /// Whether there was a session of that id.
    fn close(&mut self, id: &str) -> bool {
        let before = self.open.len();
        self.open.retain(|session| session.id != id);
        self.open.len() < before
    }
}

impl Org {
    /// Checks a password, and writes the attempt to the System Log. The user's id, or none.
    pub(super) fn log_in(&mut self, login: &str, password: &str, call: &Call) -> Option<String> {
        let start = || Event::of("user.session.start", "User login to Okta");
        let Some(user) = self.user_called(login) else {
            let event = start().failed("INVALID_CREDENTIALS");
            self.log.record(event.target("User", "unknown", login, login), call);
            return None;
        };
        let event = start().by(user).target("User", &user.id, &user.full_name(), user.login());
        let accepted = user.status == Status::Active && user.password.as_ref().is_some_and(|known| known.is(password));
        let id = user.id.clone();
        if !accepted {
            self.log.record(event.failed("INVALID_CREDENTIALS"), call);
            return None;
        }
        self.log.record(event, call);
        if let Some(user) = self.users.get_mut(&id) {
            user.last_login = Some(call.now);
        }
        Some(id)
    }

    /// Opens a session for somebody who has just logged in.
    pub(super) fn open_session(&mut self, user_id: String, call: &Call) -> Session {
        self.openid.sessions.open(user_id, call.now, call.now)
    }

    /// Opens a session with a session token, which is used up by that.
    pub(super) fn redeem_session_token(&mut self, value: &str, call: &Call) -> Option<Session> {
        let (user_id, since) = self.openid.sessions.redeem(value, call.now)?;
        self.is_active(&user_id).then(|| self.openid.sessions.open(user_id, since, call.now))
    }

    /// The session that the request's cookie is for, of somebody who may still log in.
    pub(super) fn session(&mut self, call: &Call) -> Option<Session> {
        let id = call.cookie(COOKIE)?;
        let session = self.openid.sessions.open.iter_mut().find(|session| session.id == id)?;
        if session.used + SESSION_IDLES <= call.now {
            return None;
        }
        session.used = call.now;
        let session = session.clone();
        self.is_active(&session.user_id).then_some(session)
    }

    /// Ends a session.
    pub(super) fn close_session(&mut self, session: &Session, call: &Call) {
        if self.openid.sessions.close(&session.id)
            && let Some(user) = self.users.get(&session.user_id)
        {
            let event = Event::of("user.session.end", "User logout from Okta").by(user);
            self.log.record(event.target("User", &user.id, &user.full_name(), user.login()), call);
        }
    }

    pub(super) fn is_active(&self, user_id: &str) -> bool {
        self.users.get(user_id).is_some_and(|user| user.status == Status::Active)
    }
}

impl Session {
    /// Sends the session's cookie along. Only an https org marks it as secure, or browsers would drop it.
    pub(super) fn keep(&self, reply: Reply, call: &Call) -> Reply {
        reply.with_header(header::SET_COOKIE, format!("{COOKIE}={}; {}", self.id, attributes(call)))
    }
}

/// Takes the session's cookie back.
pub(super) fn forget(reply: Reply, call: &Call) -> Reply {
    reply.with_header(header::SET_COOKIE, format!("{COOKIE}=; Max-Age=0; {}", attributes(call)))
}

fn attributes(call: &Call) -> &'static str {
    match call.org_url.starts_with("https:") {
        true => "Path=/; HttpOnly; Secure; SameSite=None",
        false => "Path=/; HttpOnly; SameSite=Lax",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: OffsetDateTime = time::macros::datetime!(2026-03-25 12:00 UTC);

    #[test]
    fn a_session_token_is_good_for_one_login_within_minutes() {
        let mut sessions = Sessions::default();
        let (token, expires) = sessions.issue_token("00u1", NOON);
        assert_eq!(expires, NOON + Duration::minutes(5));
        assert_eq!(sessions.redeem("other", NOON), None);
        assert_eq!(sessions.redeem(&token, NOON), Some(("00u1".into(), NOON)));
        assert_eq!(sessions.redeem(&token, NOON), None);
        let (late, expires) = sessions.issue_token("00u1", NOON);
        assert_eq!(sessions.redeem(&late, expires), None);
    }
}
