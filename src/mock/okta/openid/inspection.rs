//! `/introspect` and `/revoke`: what a client asks about tokens, and how it ends them (RFC 7662, RFC 7009).

use serde_json::{Map, Value, json};

use super::Issuer;
use super::client::Fields;
use super::errors::{self, OAuthError};
use super::issued::Grant;
use crate::mock::okta::call::{Answer, Call, Reply};
use crate::mock::okta::logs::Event;
use crate::mock::okta::org::Org;

/// Junk is an inactive token and no error, so the answer tells a valid pair of id and secret from an invalid one.
pub(crate) fn introspect(org: &mut Org, call: &Call) -> Answer {
    let issuer = org.openid.issuer(call)?;
    let fields = call.form()?;
    Ok(match sender_and_token(org, &issuer, "introspect", call, fields) {
        Ok((_, token)) => {
            let known = known(org, &issuer, token, call).unwrap_or_else(|| Map::from_iter([active(false)]));
            Reply::ok(Value::Object(known))
        }
        Err(refused) => refused.into(),
    })
}

/// Revoking what does not exist, or what is somebody else's, succeeds and does nothing.
pub(crate) fn revoke(org: &mut Org, call: &Call) -> Answer {
    let issuer = org.openid.issuer(call)?;
    let fields = call.form()?;
    let (app_id, token) = match sender_and_token(org, &issuer, "revoke", call, fields) {
        Ok(found) => found,
        Err(refused) => return Ok(refused.into()),
    };
    let Org { apps, openid, log, .. } = org;
    if let Some(app) = apps.get(&app_id)
        && openid.issued.revoke(app.client_id().unwrap_or_default(), token)
    {
        let kind = issuer.either("app.oauth2.token.revoke", "app.oauth2.as.token.revoke");
        log.record(Event::of(kind, "OAuth2 token revocation request").by_client(app).app(app), call);
    }
    Ok(Reply::empty())
}

fn sender_and_token<'a>(
    org: &mut Org,
    issuer: &Issuer,
    endpoint: &str,
    call: &Call,
    fields: &'a [(String, String)],
) -> Result<(String, &'a str), OAuthError> {
    let fields = Fields::new(fields)?;
    let app_id = org.authenticated(issuer, endpoint, call, &fields)?;
    Ok((app_id, fields.get("token").ok_or_else(errors::missing_token)?))
}

fn active(is: bool) -> (String, Value) {
    ("active".to_owned(), json!(is))
}

/// What there is to say about a token of this server that is good; nothing about any other.
fn known(org: &Org, issuer: &Issuer, token: &str, call: &Call) -> Option<Map<String, Value>> {
    let issued = &org.openid.issued;
    let ours = |grant: &Grant| grant.server == issuer.server && alive(org, grant);
    if let Some(known) = issued.access_token(token, call.now).filter(|known| ours(&known.grant)) {
        let mut said = common(org, &known.grant, &known.scopes, known.expires.unix_timestamp());
        said.insert("iat".into(), json!(known.issued.unix_timestamp()));
        said.insert("aud".into(), json!(known.audience));
        said.insert("iss".into(), json!(issuer.url));
        said.insert("jti".into(), json!(known.jti));
        if let Some(user) = &known.grant.user_id {
            said.insert("uid".into(), json!(user));
        }
        return Some(said);
    }
    if let Some(known) = issued.known_refresh_token(token, call.now).filter(|known| ours(&known.grant)) {
        return Some(common(org, &known.grant, &known.grant.scopes, known.expires.unix_timestamp()));
    }
    let mut claims = org.openid.keys(issuer.id())?.verified(token)?;
    let is_id_token = claims.get("jti").and_then(Value::as_str).is_some_and(|jti| jti.starts_with("ID."));
    let expires = claims.get("exp").and_then(Value::as_i64)?;
    if !is_id_token || expires <= call.now.unix_timestamp() {
        return None;
    }
    let (name, value) = active(true);
    claims.insert(name, value);
    Some(claims)
}

fn common(org: &Org, grant: &Grant, scopes: &[String], expires: i64) -> Map<String, Value> {
    let name = grant.user_id.as_deref().and_then(|id| org.users.get(id)).map(|user| user.login());
    let mut said = Map::from_iter([active(true)]);
    said.insert("token_type".into(), json!("Bearer"));
    said.insert("scope".into(), json!(scopes.join(" ")));
    said.insert("client_id".into(), json!(grant.client_id));
    if let Some(name) = name {
        said.insert("username".into(), json!(name));
    }
    said.insert("exp".into(), json!(expires));
    said.insert("sub".into(), json!(name.unwrap_or(&grant.client_id)));
    said
}

/// Tokens of people who may not log in any more, and of apps that are gone, are dead.
fn alive(org: &Org, grant: &Grant) -> bool {
    org.client(&grant.client_id).is_some() && grant.user_id.as_deref().is_none_or(|id| org.is_active(id))
}
