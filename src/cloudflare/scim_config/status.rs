//! `secret_fingerprint` and `secret_status`: whether the SCIM secret of the state is still the one that works.
//!
//! It is tried with one read at the SCIM endpoint. Cloudflare itself names that endpoint, and it gets the secret only if
//! it is on the team's own domain, or on this machine.

use super::{ScimConfig, account_id};
use crate::cloudflare::api::{Error, Scope, is_loopback};
use crate::cloudflare::client::Cloudflare;
use crate::framework::call::Call;
use crate::framework::diagnostic::Diagnostic;
use crate::framework::model::Attr;
use crate::framework::secret::Secret;
use crate::path;
use url::Url;

/// The endpoint takes it.
const IN_SYNC: &str = "in_sync";
/// The endpoint refuses it.
const CHANGED_OUTSIDE: &str = "changed_outside";
/// It cannot be found out.
const UNVERIFIED: &str = "unverified";

/// Fills what a change left open. `minted` is a secret that Cloudflare has just shown, `last` the status before.
pub(super) async fn settle(
    call: &Call,
    client: &Cloudflare,
    state: &mut ScimConfig,
    minted: Option<&Secret>,
    last: Attr<String>,
) {
    if state.secret_fingerprint.is_unknown() {
        state.secret_fingerprint = minted.or(state.secret.known()).map(Secret::fingerprint).into();
    }
    if !state.secret_status.is_unknown() {
        return;
    }
    let is_new = minted.is_some() && state.secret.known() == minted && client.secret_checks();
    if state.enabled.is_true() && is_new {
        state.secret_status = IN_SYNC.into();
    } else {
        judge(call, client, state, last).await;
    }
}

/// Finds out how things are, and records it. If a service does not answer, `last` stays.
pub(super) async fn judge(call: &Call, client: &Cloudflare, state: &mut ScimConfig, last: Attr<String>) {
    if !state.enabled.is_true() {
        state.secret_fingerprint = Attr::Null;
        state.secret_status = Attr::Null;
        return;
    }
    if state.secret_fingerprint.is_null() {
        state.secret_fingerprint = state.secret.known().map(Secret::fingerprint).into();
    }
    state.secret_status = match look(client, state).await {
        Ok(CHANGED_OUTSIDE) => {
            call.warn(changed_outside(state));
            CHANGED_OUTSIDE.into()
        }
        Ok(status) => status.into(),
        Err(error) if error.is_no_answer() => {
            let last = if last.is_set() { last } else { UNVERIFIED.into() };
            call.warn(not_found_out(&error, last.text().unwrap_or_default()));
            last
        }
        Err(_) => UNVERIFIED.into(),
    };
}

async fn look(client: &Cloudflare, state: &ScimConfig) -> Result<&'static str, Error> {
    let (Some(secret), Some(base_url), true) =
        (state.secret.known(), state.scim_base_url.text(), client.secret_checks())
    else {
        return Ok(UNVERIFIED);
    };
    let (Ok(base_url), Ok(account)) = (Url::parse(base_url), account_id(state)) else { return Ok(UNVERIFIED) };
    if !is_loopback(&base_url) && !is_the_teams(client, &base_url, account).await? {
        return Ok(UNVERIFIED);
    }
    let accepted = client.api().accepts_scim_secret(&base_url, &secret.clone().into()).await?;
    Ok(if accepted { IN_SYNC } else { CHANGED_OUTSIDE })
}

async fn is_the_teams(client: &Cloudflare, base_url: &Url, account: &str) -> Result<bool, Error> {
    let organization = client.api().look_at_organization(&Scope::Account(account.to_owned())).await?;
    Ok(organization.is_some_and(|team| is_on(base_url, &team.auth_domain)))
}

/// Whether a URL is on the domain itself, where Cloudflare serves it.
fn is_on(url: &Url, domain: &str) -> bool {
    let host = url.host_str().unwrap_or_default();
    !host.is_empty() && host.eq_ignore_ascii_case(domain) && url.port().is_none()
}

fn changed_outside(state: &ScimConfig) -> Diagnostic {
    Diagnostic::warning(
        "The SCIM secret was changed outside of Terraform",
        format!(
            "The SCIM endpoint of the identity provider {} no longer takes the secret that the state has: somebody \
             regenerated it. Where Okta has the old one, its pushes are refused. To have a new secret in both places, \
             change rotation_trigger (set it first, if there is none, and change it in a later apply) where okta_scim_app \
             uses the secret of this resource.",
            state.identity_provider_id.text().unwrap_or_default()
        ),
    )
    .and(
        "If it was managed_token of an okta_scim_app that minted another one, all is well: set omit_secret = true here, since \
         the secret of this resource is of no use any more.",
    )
    .at(path!(ScimConfig.rotation_trigger))
}

fn not_found_out(error: &Error, status: &str) -> Diagnostic {
    Diagnostic::warning(
        "Whether the SCIM secret still works could not be found out",
        format!("{error}. secret_status stays {status:?} until a plan finds out more."),
    )
    .at(path!(ScimConfig.secret_status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_goes_to_the_teams_own_domain_only() {
        let is_on = |url: &str| is_on(&Url::parse(url).unwrap(), "acme.cloudflareaccess.com");
        assert!(is_on("https://acme.cloudflareaccess.com/scim/v2") && is_on("https://ACME.cloudflareaccess.com"));
        for url in [
            "https://other.cloudflareaccess.com",
            "https://acme.cloudflareaccess.com.evil.example",
            "https://x.acme.cloudflareaccess.com",
            "https://acme.cloudflareaccess.com:8443",
            "https://acme.cloudflareaccess.com@evil.example",
        ] {
            assert!(!is_on(url), "{url}");
        }
    }
}
