//! `/userinfo`: what an access token's scopes say about the person it is for.

use axum::http::{StatusCode, header};
use serde_json::Value;

use super::Issuer;
use super::claims::{self, Place};
use super::issued::Grant;
use crate::mock::okta::call::{Answer, Call, Reply};
use crate::mock::okta::org::Org;

const INVALID: &str = r#"Bearer error="invalid_token", error_description="The access token is invalid""#;
const INSUFFICIENT: &str = r#"Bearer error="insufficient_scope", error_description="The access token must provide access to at least one of these scopes - profile, email, address or phone""#;

/// GET and POST. Refusals have no body, only a challenge.
pub(crate) fn userinfo(org: &mut Org, call: &Call) -> Answer {
    let issuer = org.openid.issuer(call)?;
    let refused = |status, challenge: &str| Reply::bare(status).with_header(header::WWW_AUTHENTICATE, challenge);
    let Some((grant, claims)) = answer(org, &issuer, call) else {
        return Ok(refused(StatusCode::UNAUTHORIZED, INVALID));
    };
    // Without it the token is for something else than a login.
    if !grant.has("openid") {
        return Ok(refused(StatusCode::FORBIDDEN, INSUFFICIENT));
    }
    Ok(match claims {
        Ok(claims) => Reply::ok(Value::Object(claims)).with_header(header::CACHE_CONTROL, "no-cache, no-store"),
        Err(refused) => refused.into(),
    })
}

type Said = Result<serde_json::Map<String, Value>, super::errors::OAuthError>;

/// Whose valid token of this server the request carries, and what there is to say.
fn answer(org: &Org, issuer: &Issuer, call: &Call) -> Option<(Grant, Said)> {
    let (scheme, token) = call.header(header::AUTHORIZATION)?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let token = org.openid.issued.access_token(token.trim(), call.now)?;
    let grant = Grant { scopes: token.scopes.clone(), ..token.grant.clone() };
    let app = org.client(&grant.client_id).filter(|_| grant.server == issuer.server)?;
    org.is_active(grant.user_id.as_deref()?).then_some(())?;
    let said = claims::about(org, issuer, app, &grant, Place::Userinfo);
    Some((grant, said))
}
