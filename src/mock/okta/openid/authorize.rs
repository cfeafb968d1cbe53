//! `/authorize`, and the sign-in page that it may lead to.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-oauth/oauth/tag/OrgAS/#tag/OrgAS/operation/authorize>. It ends at
//! the client's redirect URI with a code or an error; only where that place is in doubt does a person see the error.
//! People are asked for a password and nothing else: consent and factors are not played.

use axum::http::Method;

use super::Issuer;
use super::client::Fields;
use super::errors::{self, OAuthError};
use super::issued::Grant;
use super::pages::{self, SignIn};
use super::request::{Destination, Request};
use super::sessions::Session;
use crate::mock::okta::call::{Answer, Call, Reply};
use crate::mock::okta::logs::Event;
use crate::mock::okta::org::Org;

/// The endpoint itself, asked with a query or a form.
pub(crate) fn authorize(org: &mut Org, call: &Call) -> Answer {
    let issuer = org.openid.issuer(call)?;
    let fields = if call.method == Method::POST { call.form()? } else { &call.query };
    let (app, destination) = match Destination::of(org, fields) {
        Ok(found) => found,
        Err(refused) => return Ok(pages::refusal(&refused)),
    };
    let request = match Request::read(org, &issuer, app, fields, destination.clone()) {
        Ok(request) => request,
        Err(refused) => {
            let event = failure(&issuer, &refused).app(app);
            org.log.record(event, call);
            return Ok(destination.refuse(&refused));
        }
    };
    let token = fields.iter().find(|(name, value)| name == "sessionToken" && !value.is_empty());
    Ok(match token {
        Some((_, token)) => match org.redeem_session_token(token, call) {
            Some(session) => session.keep(finish(org, call, &issuer, &request, &session), call),
            None => asked(org, call, &issuer, request, errors::login_required()),
        },
        None => match org.session(call) {
            None => asked(org, call, &issuer, request, errors::login_required()),
            Some(session) if request.anew || !request.accepts_login_of(session.since, call.now) => {
                asked(org, call, &issuer, request, errors::reauthentication_required())
            }
            Some(session) => finish(org, call, &issuer, &request, &session),
        },
    })
}

/// Asks for a password, unless nobody may be asked.
fn asked(org: &mut Org, call: &Call, issuer: &Issuer, request: Request, refused: OAuthError) -> Reply {
    let Some(app) = org.client(&request.client_id) else { return pages::refusal(&errors::unknown_client()) };
    if request.silent {
        let event = failure(issuer, &refused).app(app);
        org.log.record(event, call);
        return request.destination.refuse(&refused);
    }
    let (to, username) = (app.label().to_owned(), request.login_hint.clone().unwrap_or_default());
    let state_token = org.openid.sessions.begin_login(issuer.id(), request, call.now);
    pages::sign_in(&SignIn { to: &to, state_token: Some(&state_token), username: &username, failed: false })
}

/// The sign-in page of the org itself.
pub(crate) fn sign_in_page(org: &mut Org, call: &Call) -> Answer {
    Ok(match org.session(call) {
        Some(session) => signed_in(org, &session),
        None => pages::sign_in(&SignIn { to: "Okta", state_token: None, username: "", failed: false }),
    })
}

/// The form of a sign-in page, sent.
pub(crate) fn sign_in(org: &mut Org, call: &Call) -> Answer {
    let fields = match Fields::new(call.form()?) {
        Ok(fields) => fields,
        Err(refused) => return Ok(pages::refusal(&refused)),
    };
    let state_token = fields.get("stateToken");
    let begun = state_token.map(|token| org.openid.sessions.login(token, call.now));
    if matches!(begun, Some(None)) {
        return Ok(pages::refusal(&errors::request_expired()));
    }
    let (server, request) = begun.flatten().unzip();
    let username = fields.get("username").unwrap_or_default();
    let Some(user_id) = org.log_in(username, fields.get("password").unwrap_or_default(), call) else {
        let app = request.as_ref().and_then(|request| org.client(&request.client_id));
        let to = app.map_or("Okta", |app| app.label());
        return Ok(pages::sign_in(&SignIn { to, state_token, username, failed: true }));
    };
    if let Some(token) = state_token {
        org.openid.sessions.end_login(token);
    }
    let session = org.open_session(user_id, call);
    let reply = match request {
        Some(request) => finish(org, call, &Issuer::new(server.flatten().as_deref(), call), &request, &session),
        None => signed_in(org, &session),
    };
    Ok(session.keep(reply, call))
}

fn signed_in(org: &Org, session: &Session) -> Reply {
    let login = org.users.get(&session.user_id).map_or("", |user| user.login());
    pages::note("Signed in", &format!("You are signed in as {login}."))
}

/// Issues the code, now that somebody is logged in.
fn finish(org: &mut Org, call: &Call, issuer: &Issuer, request: &Request, session: &Session) -> Reply {
    let Org { apps, users, log, openid, .. } = org;
    let app = apps.iter().find(|app| app.active && app.client_id() == Some(&request.client_id));
    let (Some(app), Some(user)) = (app, users.get(&session.user_id)) else {
        return pages::refusal(&errors::unknown_client());
    };
    let signed = |event: Event| event.by(user).app(app).target("AppUser", &user.id, &user.full_name(), user.login());
    if !app.users.contains(&user.id) {
        let attempt = "User attempted unauthorized access to app";
        log.record(signed(Event::of("app.generic.unauth_app_access_attempt", attempt).failed("NOT_ASSIGNED")), call);
        let refused = errors::not_assigned();
        log.record(signed(failure(issuer, &refused)), call);
        return request.destination.refuse(&refused);
    }
    let grant = Grant {
        id: Grant::new_id(),
        server: issuer.server.clone(),
        client_id: request.client_id.clone(),
        user_id: Some(user.id.clone()),
        scopes: request.scopes.clone(),
        auth_time: Some(session.since),
    };
    let (nonce, challenge) = (request.nonce.clone(), request.challenge.clone());
    let code = openid.issued.code(grant, &request.destination.redirect_uri, nonce, challenge, call.now);
    log.record(signed(Event::of("user.authentication.sso", "User single sign on to app")), call);
    let kind = issuer.either("app.oauth2.authorize.code", "app.oauth2.as.authorize.code");
    log.record(signed(Event::of(kind, "OAuth2 authorization code request")), call);
    request.destination.answer(&[("code", &code)])
}

fn failure(issuer: &Issuer, refused: &OAuthError) -> Event {
    let kind = issuer.either("app.oauth2.authorize", "app.oauth2.as.authorize");
    Event::of(kind, "OAuth2 authorization request").failed(refused.error)
}
