//! The beginning of a login: which identity provider, then off to it.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use super::attempts::{Attempt, Purpose};
use super::failure::Failure;
use super::pages::{self, About, Choice};
use super::provider::{Provider, Request, is_loopback, segment};
use super::{CALLBACK, LOGIN, session};
use crate::mock::cloudflare::edge::Ray;
use crate::mock::cloudflare::organization::login_url;
use crate::mock::cloudflare::{Account, IdentityProvider};
use crate::mock::ids;
use crate::mock::world::World;

/// `GET /cdn-cgi/access/login`: on to the only identity provider there is, or a page to choose from.
///
/// `redirect_url` is where the person wants to be afterwards. `idp`, the id of the identity provider that was chosen, is
/// the mock's own parameter; Cloudflare's is not published.
pub(super) async fn log_in(
    State(world): State<Arc<World>>,
    Extension(ray): Extension<Ray>,
    app: Option<Path<String>>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let app = app.map(|Path(app)| app);
    let redirect_url = query.get("redirect_url").filter(|url| !url.is_empty());
    if redirect_url.is_some_and(|url| !is_allowed(url)) {
        return pages::failed(&Failure::redirect_not_allowed(), None, false, &ray);
    }
    let mut account = world.cloudflare();
    let chosen = match (query.get("idp"), account.identity_providers()) {
        _ if account.organization.is_none() => Err(Failure::no_organization()),
        (Some(id), _) => account.identity_provider(id).cloned().ok_or_else(Failure::unknown_identity_provider),
        (None, []) => Err(Failure::no_identity_provider()),
        (None, [only]) => Ok(only.clone()),
        (None, several) => return pages::choose(&name(&account), &choices(several, app.as_deref(), redirect_url)),
    };
    let chosen = match chosen {
        Ok(chosen) => chosen,
        Err(failure) => return pages::failed(&failure, None, false, &ray),
    };
    let purpose = Purpose::LogIn { redirect_url: redirect_url.cloned() };
    let app = app.unwrap_or_else(|| world.addresses().auth_domain().to_owned());
    match begin(&world, &mut account, &chosen, purpose, app, &headers) {
        Ok(response) => response,
        Err(failure) => pages::failed(&failure, Some(&About::of(&chosen)), false, &ray),
    }
}

/// `GET /cdn-cgi/access/test-idp/{identity_provider_id}`: the dashboard's *Test*. The path is known from third parties
/// only; that a test leaves no session, person, seat or log entry behind is not verified against a live tenant.
pub(super) async fn test(
    State(world): State<Arc<World>>,
    Extension(ray): Extension<Ray>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let mut account = world.cloudflare();
    let tested = match account.identity_provider(&id).cloned() {
        _ if account.organization.is_none() => Err(Failure::no_organization()),
        tested => tested.ok_or_else(Failure::unknown_identity_provider),
    };
    let tested = match tested {
        Ok(tested) => tested,
        Err(failure) => return pages::failed(&failure, None, true, &ray),
    };
    let app = world.addresses().auth_domain().to_owned();
    match begin(&world, &mut account, &tested, Purpose::Test, app, &headers) {
        Ok(response) => response,
        Err(failure) => pages::failed(&failure, Some(&About::of(&tested)), true, &ray),
    }
}

/// Files the attempt and sends the browser to the identity provider.
fn begin(
    world: &World,
    account: &mut Account,
    stored: &IdentityProvider,
    purpose: Purpose,
    app_domain: String,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let provider = Provider::of(stored, world.addresses())?;
    // One mark per browser, so that logins begun in two of its tabs can both be finished.
    let browser = match session::browser(headers) {
        "" => ids::secret(32),
        known => known.to_owned(),
    };
    let attempt = Attempt {
        identity_provider: provider.id.clone(),
        purpose,
        app_domain,
        browser: browser.clone(),
        redirect_uri: format!("{}{CALLBACK}", login_url(world, account)),
        nonce: ids::secret(32),
        verifier: provider.pkce.then(|| ids::secret(64)),
        begun: world.clock.now(),
    };
    let state = account.login_attempts.begin(attempt.clone());
    let url = provider.authorization_url(&Request {
        redirect_uri: &attempt.redirect_uri,
        state: &state,
        nonce: &attempt.nonce,
        challenge: attempt.verifier.as_deref().map(challenge),
    });
    let away = [(header::LOCATION, url), (header::CACHE_CONTROL, "no-store".into())];
    let mut response = (StatusCode::FOUND, away).into_response();
    session::set_browser(&mut response, world, &browser);
    Ok(response)
}

/// The S256 challenge of a verifier, RFC 7636 section 4.2.
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes()))
}

/// Whether a login may end there: on the team domain, or on something that runs on this machine. Anywhere else it would
/// be an open redirect.
fn is_allowed(redirect_url: &str) -> bool {
    if let Some(path) = redirect_url.strip_prefix('/') {
        // Browsers read two slashes, of either kind, as the beginning of a host.
        return !path.starts_with(['/', '\\']) && !path.chars().any(char::is_control);
    }
    let url = Url::parse(redirect_url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.is_some_and(|url| url.host().is_some_and(|host| is_loopback(&host)))
}

fn choices(several: &[IdentityProvider], app: Option<&str>, redirect_url: Option<&String>) -> Vec<Choice> {
    let url = |id: &str| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("idp", id);
        redirect_url.map(|url| query.append_pair("redirect_url", url));
        let app = app.map(|app| format!("/{}", segment(app)));
        format!("{LOGIN}{}?{}", app.unwrap_or_default(), query.finish())
    };
    several
        .iter()
        .map(|provider| Choice {
            name: provider.name().to_owned(),
            kind: provider.kind().to_owned(),
            url: url(provider.id()),
        })
        .collect()
}

fn name(account: &Account) -> String {
    let name = account.organization.as_ref().and_then(|organization| organization.get("name")?.as_str());
    name.unwrap_or_default().to_owned()
}

impl About {
    pub(super) fn of(provider: &IdentityProvider) -> Self {
        Self { id: provider.id().into(), name: provider.name().into(), kind: provider.kind().into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_that_of_rfc_7636() {
        // Appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_login_ends_on_the_team_domain_or_on_this_machine() {
        for allowed in ["/", "/apps?x=1", "http://127.0.0.1:9000/app", "https://localhost/", "http://[::1]/"] {
            assert!(is_allowed(allowed), "{allowed}");
        }
        for refused in [
            "//evil.example",
            "/\\evil.example",
            "/a\r\nset-cookie: x",
            "https://evil.example/",
            "https://127.0.0.1.evil.example/",
            "https://127.0.0.1@evil.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "apps",
        ] {
            assert!(!is_allowed(refused), "{refused}");
        }
    }
}
