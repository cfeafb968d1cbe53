//! `/logout`: ends the session, as the client asks (OpenID Connect RP-Initiated Logout).

use axum::http::Method;
use serde_json::Value;
use url::form_urlencoded;

use super::client::Fields;
use super::errors::{self, OAuthError};
use super::{Issuer, pages, sessions};
use crate::mock::okta::call::{Answer, Call, Reply};
use crate::mock::okta::org::Org;

/// GET and POST. An ID token need not be fresh to be a hint. Errors are shown to the person.
pub(crate) fn logout(org: &mut Org, call: &Call) -> Answer {
    let issuer = org.openid.issuer(call)?;
    let fields = if call.method == Method::POST { call.form()? } else { &call.query };
    let target = match target(org, &issuer, fields, call) {
        Ok(target) => target,
        Err(refused) => return Ok(pages::refusal(&refused)),
    };
    if let Some(session) = org.session(call) {
        org.close_session(&session, call);
    }
    let reply = match target {
        Some(target) => Reply::redirect(target),
        None => pages::note("Signed out", "You are signed out of Okta."),
    };
    Ok(sessions::forget(reply, call))
}

/// Where to go afterwards, once it is clear who is to be logged out.
fn target(
    org: &mut Org,
    issuer: &Issuer,
    fields: &[(String, String)],
    call: &Call,
) -> Result<Option<String>, OAuthError> {
    let fields = Fields::new(fields)?;
    let hint = fields.get("id_token_hint").ok_or_else(|| errors::missing("id_token_hint"))?;
    let keys = org.openid.keys(issuer.id()).ok_or_else(errors::invalid_id_token)?;
    let claims = keys.verified(hint).ok_or_else(errors::invalid_id_token)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    if org.session(call).is_some_and(|session| session.user_id != text("sub")) {
        return Err(errors::id_token_of_somebody_else());
    }
    let app = org.client(text("aud")).ok_or_else(errors::invalid_id_token)?;
    let Some(target) = fields.get("post_logout_redirect_uri") else { return Ok(None) };
    if !app.oauth_list("post_logout_redirect_uris").contains(&target) {
        return Err(errors::unregistered_logout_redirect());
    }
    let mut url = target.to_owned();
    if let Some(state) = fields.get("state") {
        url.push(if target.contains('?') { '&' } else { '?' });
        url.push_str(&form_urlencoded::Serializer::new(String::new()).append_pair("state", state).finish());
    }
    Ok(Some(url))
}
