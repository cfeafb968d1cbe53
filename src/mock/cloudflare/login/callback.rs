//! The end of a login: the browser is back with a code or an error.
//!
//! The account is never locked while Okta is asked.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use serde_json::{Map, Value, json};

use super::attempts::{Attempt, Purpose};
use super::failure::{Failure, Said};
use super::id_token::{self, Expected, Problem};
use super::pages::{self, About};
use super::provider::Provider;
use super::requests::{self, Redemption};
use super::session;
use crate::mock::cloudflare::IdentityProvider;
use crate::mock::cloudflare::access_log::Event;
use crate::mock::cloudflare::edge::Ray;
use crate::mock::cloudflare::people::Login;
use crate::mock::server::Peer;
use crate::mock::world::World;

/// Most groups that Okta puts into a token. Of a longer list Cloudflare asks Okta's API, as of none.
const MOST_GROUPS: usize = 100;

/// `GET /cdn-cgi/access/callback` with a query, or `POST` with a form (response mode `form_post`).
pub(super) async fn finish(
    State(world): State<Arc<World>>,
    Extension(ray): Extension<Ray>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    Form(parameters): Form<HashMap<String, String>>,
) -> Response {
    let state = parameters.get("state").map(String::as_str).unwrap_or_default();
    let now = world.clock.now();
    let attempt = {
        let mut account = world.cloudflare();
        match account.organization {
            None => Err(Failure::no_organization()),
            Some(_) => account.login_attempts.finish(state, session::browser(&headers), now),
        }
    };
    let attempt = match attempt {
        Ok(attempt) => attempt,
        Err(failure) => return pages::failed(&failure, None, false, &ray),
    };
    let stored = world.cloudflare().identity_provider(&attempt.identity_provider).cloned();
    let Some(stored) = stored else {
        return pages::failed(&Failure::unknown_identity_provider(), None, attempt.is_test(), &ray);
    };
    let ip = peer.to_string();
    let outcome = identify(&world, &stored, &attempt, &parameters, &ip).await;
    let event = Event {
        allowed: outcome.is_ok(),
        app_domain: attempt.app_domain.clone(),
        connection: stored.kind().to_owned(),
        created_at: world.clock.now(),
        ip_address: ip,
        ray_id: ray.id().to_owned(),
        user_email: match &outcome {
            Ok(login) => Some(login.email.clone()),
            Err(failure) => failure.email().map(str::to_owned),
        },
    };
    if !attempt.is_test() {
        world.cloudflare().access_log.add(event);
    }
    let about = About::of(&stored);
    match outcome {
        Ok(login) => welcome(&world, &attempt, &about, login),
        Err(failure) => pages::failed(&failure, Some(&about), attempt.is_test(), &ray),
    }
}

/// Who it is, by the word of the identity provider.
async fn identify(
    world: &World,
    stored: &IdentityProvider,
    attempt: &Attempt,
    parameters: &HashMap<String, String>,
    ip: &str,
) -> Result<Login, Failure> {
    let provider = Provider::of(stored, world.addresses())?;
    let claims = claims(world, &provider, attempt, code(parameters)?).await?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let email = text(&provider.email_claim).ok_or_else(|| Failure::no_email(&provider.email_claim))?;
    Ok(Login {
        email: email.to_owned(),
        name: text("name").unwrap_or_default().to_owned(),
        groups: groups(world, &provider, &claims).await.map_err(|failure| failure.of(email))?,
        claims: further(&provider, &claims),
        identity_provider: provider.id,
        ip: ip.to_owned(),
    })
}

/// The code of the answer, or what its error says (RFC 6749 section 4.1.2).
fn code(parameters: &HashMap<String, String>) -> Result<&str, Failure> {
    let text = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
    match (text("error"), text("code")) {
        ("", "") => Err(Failure::no_code()),
        ("", code) => Ok(code),
        (error, _) => Err(Failure::refused(Said {
            error: error.to_owned(),
            description: text("error_description").to_owned(),
            request_id: String::new(),
        })),
    }
}

/// The claims of the ID token that the code stands for. Keys are asked for when the first token comes, and again when a
/// token names one that is not among them: Okta rotates its keys.
async fn claims(
    world: &World,
    provider: &Provider,
    attempt: &Attempt,
    code: &str,
) -> Result<Map<String, Value>, Failure> {
    let verifier = attempt.verifier.as_deref();
    let redemption = Redemption { code, redirect_uri: &attempt.redirect_uri, verifier };
    let token = requests::redeem(&world.http, provider, &redemption).await?;
    let issuer = provider.issuer();
    let expected = Expected { issuer: &issuer, audience: &provider.client_id, nonce: &attempt.nonce };
    let address = provider.endpoint("keys");
    let known = world.cloudflare().signing_keys.get(&address).cloned().unwrap_or_default();
    let verified = match id_token::verify(&token, &known, &expected, world.clock.now()) {
        Err(Problem::UnknownKey(_)) => {
            let fresh = requests::keys(&world.http, provider).await?;
            world.cloudflare().signing_keys.insert(address, fresh.clone());
            id_token::verify(&token, &fresh, &expected, world.clock.now())
        }
        verified => verified,
    };
    verified.map_err(|problem| match problem {
        Problem::Invalid(problem) => Failure::bad_token(&problem),
        Problem::UnknownKey(key) => {
            Failure::bad_token(&format!("its key {key} is not among those of {}", provider.endpoint("keys")))
        }
    })
}

/// The groups as the token lists them, or as Okta's API does where the token does not or the list may be cut off.
async fn groups(world: &World, provider: &Provider, claims: &Map<String, Value>) -> Result<Vec<String>, Failure> {
    let listed = claims.get("groups").and_then(Value::as_array);
    let problem = match listed {
        Some(groups) if groups.len() <= MOST_GROUPS => {
            return Ok(groups.iter().filter_map(Value::as_str).map(str::to_owned).collect());
        }
        Some(groups) => format!("The ID token lists {} groups, more than {MOST_GROUPS}", groups.len()),
        None => "The ID token has no groups claim".to_owned(),
    };
    let Some(api_token) = &provider.api_token else {
        return Err(Failure::groups(&format!("{problem}, and the identity provider has no Okta API token."), None));
    };
    let user = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    requests::groups(&world.http, provider, user, api_token).await.map_err(|said| {
        Failure::groups(&format!("{problem}, and Okta's API did not list them for the stored API token either."), said)
    })
}

/// The claims that the identity provider object names, as far as the token has them.
fn further(provider: &Provider, claims: &Map<String, Value>) -> Value {
    let named = provider.claims.iter().filter_map(|name| Some((name.clone(), claims.get(name)?.clone())));
    Value::Object(named.collect())
}

/// What a login that succeeded comes to.
fn welcome(world: &World, attempt: &Attempt, about: &About, login: Login) -> Response {
    let found = found(about, &login);
    let Purpose::LogIn { redirect_url } = &attempt.purpose else {
        return pages::connection_works(about, &found);
    };
    let token = world.cloudflare().logged_in(login, world.clock.now());
    let mut response = match redirect_url {
        Some(url) => {
            let away = [(header::LOCATION, url.as_str()), (header::CACHE_CONTROL, "no-store")];
            (StatusCode::FOUND, away).into_response()
        }
        None => pages::logged_in(about, &found),
    };
    session::set_session(&mut response, world, &token);
    response
}

/// What was found out about somebody, named as get-identity names it.
fn found(about: &About, login: &Login) -> Value {
    json!({
        "email": login.email,
        "name": login.name,
        "groups": login.groups,
        "idp": {"id": about.id, "type": about.kind},
        "oidc_fields": login.claims,
    })
}
