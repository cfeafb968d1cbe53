//! Attributes of `zt_okta_idp` and fields of Cloudflare's object, both ways.

use super::OktaIdp;
use crate::cloudflare::api::Scope;
use crate::cloudflare::api::identity_providers::{IdentityProvider, Replacement};
use crate::cloudflare::okta_account;
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::model::{Attr, Set};
use crate::framework::path::Path;
use crate::framework::resource::Planned;
use crate::framework::value::Value;
use crate::path;
use std::collections::BTreeSet;

/// The body of a new object, without secrets.
pub(super) fn new(change: &Planned<OktaIdp>) -> Replacement {
    let nothing =
        IdentityProvider { document: Default::default(), scim_secret: None, client_secret: None, api_token: None };
    let mut body = Replacement::okta(change.planned.name.text().unwrap_or_default());
    edit(None, change, &nothing, &mut body);
    body
}

/// Brings `body`, which is `current` as it was read, to the plan. A field is touched only if somebody configured it or
/// the plan changes it, and only if it differs.
pub(super) fn edit(
    prior: Option<&OktaIdp>,
    change: &Planned<OktaIdp>,
    current: &IdentityProvider,
    body: &mut Replacement,
) {
    let Planned { planned, config } = change;
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
        && !current.okta_account().is_some_and(|now| same_org(now, account))
    {
        let url = okta_account::parse(account);
        body.set("config.okta_account", url.as_ref().map_or(account, okta_account::without_slash));
    }
    for (field, own, prior, planned, now) in [
        (
            "config.authorization_server_id",
            config.authorization_server_id.is_set(),
            prior.map(|prior| &prior.authorization_server_id),
            &planned.authorization_server_id,
            current.authorization_server_id(),
        ),
        (
            "config.email_claim_name",
            config.email_claim_name.is_set(),
            prior.map(|prior| &prior.email_claim_name),
            &planned.email_claim_name,
            current.email_claim_name(),
        ),
    ] {
        if is_ours(own, prior, planned) && planned.text() != now {
            match planned.text() {
                Some(text) => body.set(field, text),
                None => body.clear(field),
            }
        }
    }
    if is_ours(config.pkce_enabled.is_set(), prior.map(|prior| &prior.pkce_enabled), &planned.pkce_enabled)
        && planned.pkce_enabled.is_true() != current.pkce_enabled().unwrap_or_default()
    {
        body.set("config.pkce_enabled", planned.pkce_enabled.is_true());
    }
    if is_ours(config.claims.is_set(), prior.map(|prior| &prior.claims), &planned.claims)
        && !same_claims(&planned.claims, current)
    {
        match planned.claims.known() {
            Some(claims) => body.set("config.claims", claims.iter().cloned().collect::<Vec<String>>()),
            None => body.clear("config.claims"),
        }
    }
}

/// Whether a field is to be written: it is configured, or the plan changes what was there.
fn is_ours<T: PartialEq>(configured: bool, prior: Option<&Attr<T>>, planned: &Attr<T>) -> bool {
    !planned.is_unknown() && (configured || prior.is_some_and(|prior| prior != planned))
}

fn same_org(a: &str, b: &str) -> bool {
    okta_account::same(&Value::string(a), &Value::string(b))
}

fn same_claims(planned: &Attr<Set<String>>, current: &IdentityProvider) -> bool {
    let planned: BTreeSet<&str> = planned.known().into_iter().flat_map(Set::iter).map(String::as_str).collect();
    let now = current.claims().unwrap_or_default();
    planned == now.iter().map(String::as_str).collect()
}

/// Whether Cloudflare took everything that is configured. It ignores what it does not know.
pub(super) fn taken(change: &Planned<OktaIdp>, found: &IdentityProvider, tried: &str) -> Result<(), Diagnostics> {
    let Planned { planned, config } = change;
    let text_is = |wanted: &Attr<String>, now: Option<&str>| wanted.text() == now.filter(|text| !text.is_empty());
    let org_is =
        found.okta_account().is_some_and(|now| planned.okta_account.text().is_some_and(|org| same_org(now, org)));
    let checks = [
        (path!(OktaIdp.name), planned.name.text() == Some(found.name())),
        (path!(OktaIdp.client_id), planned.client_id.text() == found.client_id()),
        (path!(OktaIdp.okta_account), org_is),
        (
            path!(OktaIdp.authorization_server_id),
            config.authorization_server_id.is_null()
                || text_is(&planned.authorization_server_id, found.authorization_server_id()),
        ),
        (
            path!(OktaIdp.pkce_enabled),
            config.pkce_enabled.is_null() || planned.pkce_enabled.is_true() == found.pkce_enabled().unwrap_or_default(),
        ),
        (path!(OktaIdp.claims), config.claims.is_null() || same_claims(&planned.claims, found)),
        (
            path!(OktaIdp.email_claim_name),
            config.email_claim_name.is_null() || text_is(&planned.email_claim_name, found.email_claim_name()),
        ),
    ];
    let mut problems = Diagnostics::new();
    for (path, _) in checks.into_iter().filter(|(_, fits)| !fits) {
        let detail = format!(
            "Cloudflare accepted the request, but its answer does not have the configured {path}. This account or its \
             API may not support the setting here: remove it, or change the value."
        );
        problems.push(Diagnostic::error(tried, detail).at(path));
    }
    problems.into_result().map(drop)
}

/// The planned state, with what only Cloudflare knows filled in.
pub(super) fn complete(planned: &OktaIdp, scope: &Scope, found: &IdentityProvider) -> OktaIdp {
    let seen = seen(planned.clone(), scope, found);
    fn pick<T: Clone>(planned: &Attr<T>, seen: Attr<T>) -> Attr<T> {
        if planned.is_unknown() { seen } else { planned.clone() }
    }
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
        okta_account: text(found.okta_account()),
        client_id: text(found.client_id()),
        authorization_server_id: text(found.authorization_server_id()),
        pkce_enabled: found.pkce_enabled().unwrap_or_default().into(),
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

/// Cloudflare's field names, and the attributes they are about.
pub(super) fn paths() -> [(&'static str, Path); 10] {
    [
        ("name", path!(OktaIdp.name)),
        ("config.okta_account", path!(OktaIdp.okta_account)),
        ("config.client_id", path!(OktaIdp.client_id)),
        ("config.client_secret", path!(OktaIdp.client_secret)),
        ("config.api_token", path!(OktaIdp.api_token)),
        ("config.authorization_server_id", path!(OktaIdp.authorization_server_id)),
        ("config.pkce_enabled", path!(OktaIdp.pkce_enabled)),
        ("config.claims", path!(OktaIdp.claims)),
        ("config.email_claim_name", path!(OktaIdp.email_claim_name)),
        ("account_id", path!(OktaIdp.account_id)),
    ]
}
