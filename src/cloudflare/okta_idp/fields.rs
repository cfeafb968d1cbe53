//! Attributes of `zt_okta_idp` and fields of Cloudflare's object, both ways.

use super::OktaIdp;
use crate::cloudflare::api::Scope;
use crate::cloudflare::api::identity_providers::{IdentityProvider, Replacement};
use crate::cloudflare::errors::not_taken;
use crate::cloudflare::official_state::OfficialState;
use crate::cloudflare::okta_account;
use crate::cloudflare::ownership::{Ours, pick};
use crate::cloudflare::shared_object::{ApiToken, Secrets};
use crate::framework::diagnostic::Diagnostics;
use crate::framework::model::{Attr, Set};
use crate::framework::path::Path;
use crate::framework::resource::Planned;
use crate::framework::secret::Secret;
use crate::framework::value::Value;
use crate::path;
use std::collections::BTreeSet;

/// The body of a new object.
pub(super) fn new(change: &Planned<OktaIdp>, secrets: &Secrets) -> Replacement {
    let nothing = IdentityProvider::default();
    let mut body = Replacement::okta(change.planned.name.text().unwrap_or_default());
    edit(None, change, &nothing, &mut body);
    if let Some(secret) = &secrets.client_secret {
        body.set_client_secret(secret.clone());
    }
    if let ApiToken::Set(token) = &secrets.api_token {
        body.set_api_token(token.clone());
    }
    body
}

/// Brings `body`, which is `current` as it was read, to the plan. A field is touched only if it is ours, and only if it
/// differs.
pub(super) fn edit(
    prior: Option<&OktaIdp>,
    change: &Planned<OktaIdp>,
    current: &IdentityProvider,
    body: &mut Replacement,
) {
    let planned = &change.planned;
    if let Some(name) = planned.name.text()
        && name != current.name()
    {
        body.set("name", name);
    }
    if let Some(id) = planned.client_id.text()
        && current.client_id() != Some(id)
    {
        body.set("config.client_id", id);
    }
    if let Some(account) = planned.okta_account.text()
        && !is_org(planned, current)
    {
        let url = okta_account::parse(account);
        body.set("config.okta_account", url.as_ref().map_or(account, okta_account::without_slash));
    }
    let ours = Ours { prior, change };
    for (field, wanted, now) in [
        (
            "config.authorization_server_id",
            ours.value(|model| &model.authorization_server_id),
            current.authorization_server_id(),
        ),
        ("config.email_claim_name", ours.value(|model| &model.email_claim_name), current.email_claim_name()),
    ] {
        match wanted.map(Attr::text) {
            Some(wanted) if wanted == now => {}
            Some(Some(text)) => body.set(field, text),
            Some(None) => body.clear(field),
            None => {}
        }
    }
    if let Some(wanted) = ours.value(|model| &model.pkce_enabled)
        && wanted.is_true() != uses_pkce(current)
    {
        body.set("config.pkce_enabled", wanted.is_true());
    }
    if let Some(wanted) = ours.value(|model| &model.claims)
        && !same_claims(wanted, current)
    {
        match wanted.known() {
            Some(claims) => body.set("config.claims", claims.iter().cloned().collect::<Vec<String>>()),
            None => body.clear("config.claims"),
        }
    }
}

/// Whether Cloudflare took everything that was to be written, what was to be cleared included. Secrets it never shows.
pub(super) fn taken(
    prior: Option<&OktaIdp>,
    change: &Planned<OktaIdp>,
    found: &IdentityProvider,
    tried: &str,
) -> Result<(), Diagnostics> {
    let Planned { planned, config } = change;
    let ours = Ours { prior, change };
    let text_is = |wanted: Option<&Attr<String>>, now| wanted.is_none_or(|wanted| wanted.text() == now);
    let checks = [
        (path!(OktaIdp.name), true, planned.name.text() == Some(found.name())),
        (path!(OktaIdp.client_id), true, planned.client_id.text() == found.client_id()),
        (path!(OktaIdp.okta_account), true, is_org(planned, found)),
        (
            path!(OktaIdp.authorization_server_id),
            config.authorization_server_id.is_set(),
            text_is(ours.value(|model| &model.authorization_server_id), found.authorization_server_id()),
        ),
        (
            path!(OktaIdp.pkce_enabled),
            config.pkce_enabled.is_set(),
            ours.value(|model| &model.pkce_enabled).is_none_or(|wanted| wanted.is_true() == uses_pkce(found)),
        ),
        (
            path!(OktaIdp.claims),
            config.claims.is_set(),
            ours.value(|model| &model.claims).is_none_or(|wanted| same_claims(wanted, found)),
        ),
        (
            path!(OktaIdp.email_claim_name),
            config.email_claim_name.is_set(),
            text_is(ours.value(|model| &model.email_claim_name), found.email_claim_name()),
        ),
    ];
    let missed = checks.into_iter().filter(|(_, _, fits)| !fits);
    let problems: Diagnostics = missed.map(|(path, configured, _)| not_taken(tried, path, configured)).collect();
    problems.into_result().map(drop)
}

fn is_org(planned: &OktaIdp, found: &IdentityProvider) -> bool {
    let same = |a: &str, b: &str| okta_account::same(&Value::string(a), &Value::string(b));
    found.okta_account().zip(planned.okta_account.text()).is_some_and(|(now, wanted)| same(now, wanted))
}

fn uses_pkce(found: &IdentityProvider) -> bool {
    found.pkce_enabled().unwrap_or_default()
}

fn same_claims(planned: &Attr<Set<String>>, current: &IdentityProvider) -> bool {
    let planned: BTreeSet<&str> = planned.known().into_iter().flat_map(Set::iter).map(String::as_str).collect();
    let now = current.claims().unwrap_or_default();
    planned == now.iter().map(String::as_str).collect()
}

/// The planned state, with what only Cloudflare knows filled in.
pub(super) fn complete(planned: &OktaIdp, scope: &Scope, found: &IdentityProvider) -> OktaIdp {
    let seen = seen(planned.clone(), scope, found);
    OktaIdp {
        id: seen.id,
        account_id: pick(&planned.account_id, seen.account_id),
        authorization_server_id: pick(&planned.authorization_server_id, seen.authorization_server_id),
        pkce_enabled: pick(&planned.pkce_enabled, seen.pkce_enabled),
        claims: pick(&planned.claims, seen.claims),
        email_claim_name: pick(&planned.email_claim_name, seen.email_claim_name),
        redirect_url: pick(&planned.redirect_url, seen.redirect_url),
        ..planned.clone()
    }
}

/// The state as Cloudflare shows the object; secrets and switches of ours stay as they were.
pub(super) fn seen(state: OktaIdp, scope: &Scope, found: &IdentityProvider) -> OktaIdp {
    let text = |value: Option<&str>| Attr::from(value.map(str::to_owned));
    let (account_id, zone_id) = match scope {
        Scope::Account(id) => (id.as_str().into(), Attr::Null),
        Scope::Zone(id) => (Attr::Null, id.as_str().into()),
    };
    OktaIdp {
        id: found.id().into(),
        account_id,
        zone_id,
        name: found.name().into(),
        okta_account: found.okta_account().map(okta_account::shown).into(),
        client_id: text(found.client_id()),
        authorization_server_id: text(found.authorization_server_id()),
        pkce_enabled: uses_pkce(found).into(),
        claims: found
            .claims()
            .filter(|claims| !claims.is_empty())
            .map(|all| all.into_iter().collect::<Set<_>>())
            .into(),
        email_claim_name: text(found.email_claim_name()),
        redirect_url: text(found.redirect_url()),
        ..state
    }
}

/// The state that Cloudflare's own provider had. The secrets of it are the ones that were last handed over.
pub(super) fn moved(state: &OfficialState) -> OktaIdp {
    let OfficialState { id, account_id, zone_id, name, config, .. } = state;
    let client_secret = config.secret("client_secret");
    OktaIdp {
        id: id.clone(),
        account_id: if zone_id.is_set() { Attr::Null } else { account_id.clone() },
        zone_id: zone_id.clone(),
        name: name.clone(),
        okta_account: config.text("okta_account").text().map(okta_account::shown).into(),
        client_id: config.text("client_id"),
        client_secret_fingerprint: client_secret.known().map(Secret::fingerprint).into(),
        client_secret,
        api_token: config.secret("api_token"),
        authorization_server_id: config.text("authorization_server_id"),
        pkce_enabled: config.switch("pkce_enabled"),
        claims: config.texts("claims"),
        email_claim_name: config.text("email_claim_name"),
        redirect_url: config.text("redirect_url"),
        ..OktaIdp::default()
    }
}

/// Cloudflare's field names, and the attributes they are about.
pub(super) fn paths() -> [(&'static str, Path); 10] {
    [
        ("name", path!(OktaIdp.name)),
        ("okta_account", path!(OktaIdp.okta_account)),
        ("client_id", path!(OktaIdp.client_id)),
        ("client_secret", path!(OktaIdp.client_secret)),
        ("api_token", path!(OktaIdp.api_token)),
        ("authorization_server_id", path!(OktaIdp.authorization_server_id)),
        ("pkce_enabled", path!(OktaIdp.pkce_enabled)),
        ("claims", path!(OktaIdp.claims)),
        ("email_claim_name", path!(OktaIdp.email_claim_name)),
        ("account_id", path!(OktaIdp.account_id)),
    ]
}
