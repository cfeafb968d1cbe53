//! A request at `/authorize`, read and checked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::form_urlencoded;

use axum::http::header;
use time::{Duration, OffsetDateTime};

use super::client::Fields;
use super::discovery::ORG_SCOPES;
use super::errors::{self, OAuthError};
use super::{Issuer, pages};
use crate::mock::okta::apps::App;
use crate::mock::okta::call::Reply;
use crate::mock::okta::org::Org;

/// Scopes that ask for something about a person.
const ABOUT_PEOPLE: &[&str] = &["profile", "email", "address", "phone"];

const PROMPTS: &[&str] = &["none", "consent", "login", "login consent", "enroll_authenticator"];

/// How the answer travels.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Query,
    Fragment,
    FormPost,
}

/// Where the answer goes, once that is known to be a place of the client's.
#[derive(Clone)]
pub(super) struct Destination {
    pub(super) redirect_uri: String,
    mode: Mode,
    state: Option<String>,
}

/// What a client asks for.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) client_id: String,
    pub(super) destination: Destination,
    pub(super) scopes: Vec<String>,
    pub(super) nonce: Option<String>,
    pub(super) challenge: Option<String>,
    /// Nobody may be asked anything: `prompt=none`.
    pub(super) silent: bool,
    /// The password must be given again: `prompt=login`.
    pub(super) anew: bool,
    pub(super) login_hint: Option<String>,
    max_age: Option<Duration>,
}

impl Destination {
    /// # Errors
    ///
    /// If there is no telling where to; then a person must see the error.
    pub(super) fn of<'a>(org: &'a Org, fields: &[(String, String)]) -> Result<(&'a App, Self), OAuthError> {
        let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let app = field("client_id").and_then(|client_id| org.client(client_id)).ok_or_else(errors::unknown_client)?;
        if app.is_service() {
            return Err(errors::service_at("authorize"));
        }
        let wildcard = app.oauth_text("wildcard_redirect") == "SUBDOMAIN";
        let registered = app.oauth_list("redirect_uris");
        let redirect_uri = field("redirect_uri")
            .filter(|uri| registered.iter().any(|known| known == uri || wildcard && fits(known, uri)))
            .ok_or_else(errors::unregistered_redirect)?;
        let mode = match field("response_mode") {
            Some("fragment") => Mode::Fragment,
            Some("form_post") => Mode::FormPost,
            _ => Mode::Query,
        };
        let state = field("state").filter(|state| !state.is_empty()).map(str::to_owned);
        Ok((app, Self { redirect_uri: redirect_uri.to_owned(), mode, state }))
    }

    /// Sends somebody back with these parameters.
    pub(super) fn answer(&self, parameters: &[(&str, &str)]) -> Reply {
        let state = self.state.as_deref().map(|state| ("state", state));
        let parameters: Vec<(&str, &str)> = parameters.iter().copied().chain(state).collect();
        let reply = if self.mode == Mode::FormPost {
            pages::form_post(&self.redirect_uri, &parameters)
        } else {
            let mut text = form_urlencoded::Serializer::new(String::new());
            text.extend_pairs(parameters);
            let joint = match self.mode {
                Mode::Fragment => '#',
                _ if self.redirect_uri.contains('?') => '&',
                _ => '?',
            };
            Reply::redirect(format!("{}{joint}{}", self.redirect_uri, text.finish()))
        };
        reply
            .with_header(header::CACHE_CONTROL, "no-cache, no-store")
            .with_header(header::REFERRER_POLICY, "no-referrer")
    }

    /// Sends somebody back with an error.
    pub(super) fn refuse(&self, refused: &OAuthError) -> Reply {
        self.answer(&[("error", refused.error), ("error_description", &refused.description)])
    }
}

/// Whether a URI fits a registered one whose `*` stands for a part of one label of the host.
fn fits(registered: &str, uri: &str) -> bool {
    let Some((start, end)) = registered.split_once('*') else { return false };
    let middle = uri.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
    middle.is_some_and(|part| {
        !part.is_empty() && part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
    })
}

impl Request {
    /// Reads the rest of a request, in the order in which Okta's documentation names the parameters that matter most.
    pub(super) fn read(
        org: &Org,
        issuer: &Issuer,
        app: &App,
        fields: &[(String, String)],
        destination: Destination,
    ) -> Result<Self, OAuthError> {
        let fields = Fields::new(fields)?;
        if fields.get("request").is_some() {
            return Err(errors::request_object());
        }
        if fields.get("request_uri").is_some() {
            return Err(errors::request_uri());
        }
        if destination.state.is_none() {
            return Err(errors::invalid_state());
        }
        match fields.get("response_type") {
            Some("code") => {}
            _ => return Err(errors::unsupported_response_type(&app.oauth_list("response_types"))),
        }
        match fields.get("response_mode") {
            None | Some("query" | "fragment" | "form_post") => {}
            Some("okta_post_message") => return Err(errors::post_message_with_code()),
            Some(_) => return Err(errors::unsupported_response_mode()),
        }
        let grant_types = app.oauth_list("grant_types");
        if !grant_types.contains(&"authorization_code") {
            return Err(errors::grant_type_not_allowed(&grant_types));
        }
        let mut scopes = scopes(org, issuer, fields.get("scope").unwrap_or_default())?;
        // That the scope is passed over, where the app may not have refresh tokens, is not verified against a live tenant.
        scopes.retain(|scope| scope != "offline_access" || grant_types.contains(&"refresh_token"));
        let prompts: Vec<&str> =
            fields.get("prompt").unwrap_or_default().split(' ').filter(|p| !p.is_empty()).collect();
        let known = |prompt: &&str| matches!(*prompt, "login" | "consent");
        let silent = prompts == ["none"];
        if !silent && !prompts.iter().all(known) {
            return Err(errors::invalid_prompt(PROMPTS));
        }
        let max_age = max_age(fields.get("max_age"))?;
        if silent && max_age == Some(Duration::ZERO) {
            return Err(errors::no_prompt_with_max_age_zero());
        }
        Ok(Self {
            client_id: app.client_id().unwrap_or_default().to_owned(),
            destination,
            scopes,
            nonce: fields.get("nonce").map(str::to_owned),
            challenge: challenge(app, &fields)?,
            silent,
            anew: prompts.contains(&"login"),
            login_hint: fields.get("login_hint").map(str::to_owned),
            max_age,
        })
    }

    /// Whether somebody who logged in then need not do so again.
    pub(super) fn accepts_login_of(&self, since: OffsetDateTime, now: OffsetDateTime) -> bool {
        self.max_age.is_none_or(|age| since + age >= now)
    }
}

fn max_age(text: Option<&str>) -> Result<Option<Duration>, OAuthError> {
    let Some(text) = text else { return Ok(None) };
    let seconds = text.parse::<i32>().ok().filter(|seconds| *seconds >= 0).ok_or_else(errors::invalid_max_age)?;
    Ok(Some(Duration::seconds(seconds.into())))
}

/// PKCE is honoured wherever it is used, and demanded where the app says so.
fn challenge(app: &App, fields: &Fields<'_>) -> Result<Option<String>, OAuthError> {
    match (fields.get("code_challenge"), fields.get("code_challenge_method")) {
        (None, None) if !app.pkce_required() => Ok(None),
        (None, _) => Err(errors::missing_challenge()),
        (Some(challenge), Some("S256")) => {
            // A SHA-256, so 32 bytes.
            let is_digest = URL_SAFE_NO_PAD.decode(challenge).is_ok_and(|bytes| bytes.len() == 32);
            if is_digest { Ok(Some(challenge.to_owned())) } else { Err(errors::malformed_challenge()) }
        }
        (Some(_), _) => Err(errors::unsupported_challenge_method()),
    }
}

/// The scopes of a request, each once.
pub(super) fn scopes(org: &Org, issuer: &Issuer, text: &str) -> Result<Vec<String>, OAuthError> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    let has = |name: &str| scopes.iter().any(|scope| scope == name);
    match issuer.id().and_then(|id| org.openid.servers.get(id)) {
        None if scopes.is_empty() => Err(errors::no_scopes()),
        None if !scopes.iter().all(|scope| ORG_SCOPES.contains(&scope.as_str())) => Err(errors::unknown_scope()),
        None if !has("openid") => Err(errors::openid_scope_required()),
        None => Ok(scopes),
        Some(server) => {
            if scopes.is_empty() {
                scopes = server.scopes.iter().filter(|scope| scope.default).map(|scope| scope.name.clone()).collect();
                return if scopes.is_empty() { Err(errors::no_default_scopes()) } else { Ok(scopes) };
            }
            if !scopes.iter().all(|name| server.scopes.iter().any(|scope| scope.name == *name)) {
                return Err(errors::unknown_scope());
            }
            if !has("openid") && ABOUT_PEOPLE.iter().any(|scope| has(scope)) {
                return Err(errors::openid_scope_required());
            }
            Ok(scopes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_a_part_of_one_label() {
        let registered = "https://pr-*.example.com/callback";
        assert!(fits(registered, "https://pr-12.example.com/callback"));
        for other in [
            "https://pr-.example.com/callback",
            "https://pr-a.b.example.com/callback",
            "https://pr-evil.com/x.example.com/callback",
            "https://pr-12.example.com/callback/more",
        ] {
            assert!(!fits(registered, other), "{other}");
        }
        assert!(!fits("https://a.example", "https://a.example"), "without a wildcard nothing is compared");
    }
}
