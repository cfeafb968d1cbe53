//! `/token`: codes, refresh tokens and assertions in, tokens out.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-oauth/oauth/tag/OrgAS/#tag/OrgAS/operation/token>

use aws_lc_rs::digest;
use axum::http::{HeaderName, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use time::Duration;

use super::client::Fields;
use super::errors::{self, OAuthError};
use super::issued::{ACCESS_TOKEN_LIVES, AccessToken, Grant, Issued};
use super::{Issuer, claims, service};
use crate::mock::ids;
use crate::mock::okta::apps::App;
use crate::mock::okta::call::{Answer, Call, Reply};
use crate::mock::okta::logs::Event;
use crate::mock::okta::org::Org;

/// Grant types that are played.
const GRANT_TYPES: &[&str] = &["authorization_code", "refresh_token", "client_credentials"];

/// `typ` of the org's own access tokens, which are for Okta alone to read.
const ORG_TOKEN: &str = "application/okta-internal-at+jwt";

/// A request for tokens, its sender known.
pub(super) struct Asked<'a> {
    pub(super) issuer: &'a Issuer,
    pub(super) app: App,
    pub(super) fields: Fields<'a>,
    pub(super) call: &'a Call,
}

/// The endpoint itself.
pub(crate) fn token(org: &mut Org, call: &Call) -> Answer {
    let issuer = org.openid.issuer(call)?;
    let mut app_id = None;
    let answer = granted(org, &issuer, call, call.form()?, &mut app_id);
    if let Err(refused) = &answer {
        let kind = issuer.either("app.oauth2.token.grant", "app.oauth2.as.token.grant");
        let mut event = Event::of(kind, "OAuth2 token request").failed(refused.error);
        if let Some(app) = app_id.as_ref().and_then(|id| org.apps.get(id)) {
            event = event.by_client(app).app(app);
        }
        org.log.record(event, call);
    }
    Ok(match answer {
        Ok(tokens) => Reply::ok(Value::Object(tokens))
            .with_header(header::CACHE_CONTROL, "no-cache, no-store")
            .with_header(header::PRAGMA, "no-cache"),
        Err(refused) => refused.into(),
    })
}

fn granted(
    org: &mut Org,
    issuer: &Issuer,
    call: &Call,
    fields: &[(String, String)],
    app_id: &mut Option<String>,
) -> Result<Map<String, Value>, OAuthError> {
    let fields = Fields::new(fields)?;
    let grant_type = fields.get("grant_type").ok_or_else(|| errors::missing_grant_type(GRANT_TYPES))?;
    let id = org.authenticated(issuer, "token", call, &fields)?;
    let app = org.apps.get(&id).cloned().ok_or_else(errors::unknown_client)?;
    *app_id = Some(id);
    let bound = app.oauth("dpop_bound_access_tokens") == Some(&json!(true));
    match call.header(HeaderName::from_static("dpop")) {
        Some(_) => return Err(errors::proof_of_possession_not_played()),
        None if bound => return Err(errors::no_proof_of_possession()),
        None => {}
    }
    if !GRANT_TYPES.contains(&grant_type) {
        return Err(errors::unsupported_grant_type(GRANT_TYPES));
    }
    let asked = Asked { issuer, app, fields, call };
    if grant_type == "client_credentials" {
        return service::client_credentials(org, &asked);
    }
    asked.app_may(grant_type)?;
    match grant_type {
        "authorization_code" => authorization_code(org, &asked),
        _ => refresh_token(org, &asked),
    }
}

impl Asked<'_> {
    /// Whether the app has this grant type.
    pub(super) fn app_may(&self, grant_type: &str) -> Result<(), OAuthError> {
        let configured = self.app.oauth_list("grant_types");
        if configured.contains(&grant_type) { Ok(()) } else { Err(errors::grant_type_not_allowed(&configured)) }
    }

    fn client_id(&self) -> &str {
        self.app.client_id().unwrap_or_default()
    }

    /// Whether a grant is this client's and this server's. Nobody else may change anything about it (RFC 6749, sections
    /// 5.2 and 6).
    fn owns(&self, grant: &Grant) -> Result<(), OAuthError> {
        if grant.client_id != self.client_id() {
            return Err(errors::other_client());
        }
        if grant.server == self.issuer.server { Ok(()) } else { Err(errors::other_server()) }
    }

    /// Whether the person of a grant may still log in to the app.
    fn person_may(&self, org: &Org, grant: &Grant) -> Result<(), OAuthError> {
        let user_id = grant.user_id.as_deref().unwrap_or_default();
        if !org.is_active(user_id) {
            return Err(errors::invalid_code());
        }
        if self.app.users.contains(user_id) { Ok(()) } else { Err(errors::not_assigned()) }
    }
}

/// A code that was refused stays good: only success uses it up. Whether Okta is as patient is not verified against a
/// live tenant.
fn authorization_code(org: &mut Org, asked: &Asked<'_>) -> Result<Map<String, Value>, OAuthError> {
    let now = asked.call.now;
    let value = asked.fields.get("code").ok_or_else(|| errors::missing("code"))?;
    let code = org.openid.issued.known_code(value).cloned().ok_or_else(errors::invalid_code)?;
    asked.owns(&code.grant)?;
    if code.is_used() {
        // Somebody has overheard it: what came of it ends now.
        org.openid.issued.revoke_grant(&code.grant.id);
        return Err(errors::invalid_code());
    }
    if code.is_expired(now) {
        return Err(errors::invalid_code());
    }
    asked.person_may(org, &code.grant)?;
    if asked.fields.get("redirect_uri") != Some(&code.redirect_uri) {
        return Err(errors::other_redirect());
    }
    match (&code.challenge, asked.fields.get("code_verifier")) {
        (None, None) => {}
        (None, Some(_)) => return Err(errors::verifier_without_challenge()),
        (Some(_), None) => return Err(errors::missing_verifier()),
        (Some(challenge), Some(verifier)) => {
            let digest = digest::digest(&digest::SHA256, verifier.as_bytes());
            if URL_SAFE_NO_PAD.encode(digest) != *challenge {
                return Err(errors::wrong_verifier());
            }
        }
    }
    let scopes = code.grant.scopes.clone();
    let refresh = code.grant.has("offline_access").then(Issued::refresh_value);
    let answer = issue(org, asked, &code.grant, &scopes, code.nonce.as_deref(), refresh.as_deref())?;
    org.openid.issued.use_up(value);
    if let Some(refresh) = refresh {
        org.openid.issued.keep_refresh_token(&refresh, code.grant, now);
    }
    Ok(answer)
}

/// A refresh that was refused changes nothing, except that a token which was replaced ends the whole grant: a thief and
/// the client cannot be told apart.
fn refresh_token(org: &mut Org, asked: &Asked<'_>) -> Result<Map<String, Value>, OAuthError> {
    let now = asked.call.now;
    let value = asked.fields.get("refresh_token").ok_or_else(|| errors::missing("refresh_token"))?;
    let setting = |name: &str| asked.app.oauth("refresh_token").and_then(|setting| setting.get(name));
    let rotates = setting("rotation_type").is_some_and(|kind| kind == "ROTATE");
    let leeway = Duration::seconds(setting("leeway").and_then(Value::as_i64).unwrap_or_default());
    let token = org.openid.issued.refresh_token(value, now).ok_or_else(errors::invalid_refresh_token)?;
    let (grant, stale) = (token.grant.clone(), token.is_stale(leeway, now));
    asked.owns(&grant)?;
    if stale {
        org.openid.issued.revoke_grant(&grant.id);
        return Err(errors::invalid_refresh_token());
    }
    asked.person_may(org, &grant).map_err(|refused| match refused.error {
        "invalid_grant" => errors::invalid_refresh_token(),
        _ => refused,
    })?;
    let wanted: Vec<&str> =
        asked.fields.get("scope").unwrap_or_default().split(' ').filter(|s| !s.is_empty()).collect();
    let denied: Vec<&str> = wanted.iter().copied().filter(|scope| !grant.has(scope)).collect();
    if !denied.is_empty() {
        return Err(errors::refresh_scopes(&denied));
    }
    let scopes = match wanted.is_empty() {
        true => grant.scopes.clone(),
        false => wanted.into_iter().map(str::to_owned).collect(),
    };
    let next = if rotates { Issued::refresh_value() } else { value.to_owned() };
    let answer = issue(org, asked, &grant, &scopes, None, Some(&next))?;
    org.openid.issued.refreshed(value, &next, now);
    Ok(answer)
}

/// Issues an access token, and an ID token where the scope asks for one, beside a refresh token that the caller keeps
/// when this has succeeded.
pub(super) fn issue(
    org: &mut Org,
    asked: &Asked<'_>,
    grant: &Grant,
    scopes: &[String],
    nonce: Option<&str>,
    refresh_token: Option<&str>,
) -> Result<Map<String, Value>, OAuthError> {
    let (issuer, now) = (asked.issuer, asked.call.now);
    let access_token = access_token(org, issuer, grant, scopes, now)?;
    let mut answer = Map::new();
    answer.insert("token_type".into(), json!("Bearer"));
    answer.insert("expires_in".into(), json!(ACCESS_TOKEN_LIVES.whole_seconds()));
    answer.insert("access_token".into(), json!(access_token.value));
    answer.insert("scope".into(), json!(scopes.join(" ")));
    let mut kinds = vec![("app.oauth2.token.grant.access_token", "app.oauth2.as.token.grant.access_token")];
    if let Some(refresh_token) = refresh_token {
        answer.insert("refresh_token".into(), json!(refresh_token));
        kinds.push(("app.oauth2.token.grant.refresh_token", "app.oauth2.as.token.grant.refresh_token"));
    }
    if grant.user_id.is_some() && scopes.iter().any(|scope| scope == "openid") {
        let asked_for = Grant { scopes: scopes.to_vec(), ..grant.clone() };
        let claims = claims::id_token(org, issuer, &asked.app, &asked_for, nonce, &access_token.value, now)?;
        answer.insert("id_token".into(), json!(org.openid.sign(issuer.id(), None, &claims)?));
        kinds.push(("app.oauth2.token.grant.id_token", "app.oauth2.as.token.grant.id_token"));
    }
    org.openid.issued.keep_access_token(access_token);
    for (own, custom) in kinds {
        let event = Event::of(issuer.either(own, custom), "OAuth2 token is granted");
        let mut event = event.by_client(&asked.app).app(&asked.app);
        if let Some(user) = grant.user_id.as_deref().and_then(|id| org.users.get(id)) {
            event = event.target("User", &user.id, &user.full_name(), user.login());
        }
        org.log.record(event, asked.call);
    }
    Ok(answer)
}

fn access_token(
    org: &Org,
    issuer: &Issuer,
    grant: &Grant,
    scopes: &[String],
    now: time::OffsetDateTime,
) -> Result<AccessToken, OAuthError> {
    let server = issuer.id().and_then(|id| org.openid.servers.get(id));
    let audience = server.map_or(&issuer.org_url, |server| &server.audience).clone();
    let (jti, expires) = (format!("AT.{}", ids::secret(43)), now + ACCESS_TOKEN_LIVES);
    let user = grant.user_id.as_deref().and_then(|id| org.users.get(id));
    let mut claims = Map::new();
    let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    say("ver", json!(1));
    say("jti", json!(jti));
    say("iss", json!(issuer.url));
    say("aud", json!(audience));
    say("iat", json!(now.unix_timestamp()));
    say("exp", json!(expires.unix_timestamp()));
    say("cid", json!(grant.client_id));
    if let Some(user) = user {
        say("uid", json!(user.id));
    }
    say("scp", json!(scopes));
    if let Some(at) = grant.auth_time {
        say("auth_time", json!(at.unix_timestamp()));
    }
    say("sub", json!(user.map_or(grant.client_id.as_str(), |user| user.login())));
    claims.extend(claims::resource(org, issuer.id(), grant, scopes)?);
    let kind = if server.is_none() { Some(ORG_TOKEN) } else { None };
    let value = org.openid.sign(issuer.id(), kind, &claims)?;
    Ok(AccessToken { value, jti, grant: grant.clone(), scopes: scopes.to_vec(), audience, issued: now, expires })
}
