//! `managed_token`: a SCIM secret that is minted at Cloudflare and installed in Okta back to back, and that nobody sees.
//!
//! Cloudflare has one SCIM secret per identity provider, and minting another one voids it at once. So from the minting
//! until Okta has the new one its pushes are refused; it tries them again by itself. Everything that can be known to
//! fail is therefore looked at before, and once something is minted, the installation is not given up for a request to
//! stop. If it fails all the same, that is remembered, and the next plan mints another one.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;

use super::{
    ScimApp, base_url,
    connection::{self, Found, Standing},
    evidence,
    set_up::SetUp,
};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Diagnostics, Result},
    model::Attr,
    schema::{optional, required},
    secret::Secret,
};
use crate::okta::api::apps::App;
use crate::{model, path};

/// Private state: a secret was minted, or may have been, and Okta has not got it.
const DUE: &str = "managed_token_due";

/// How long Okta's trial of a secret that was minted a moment ago is repeated: Cloudflare may take a while to know it
/// everywhere; not verified against a live tenant.
const PATIENCE: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// How long installing a secret may take, however much time the operation has left: a window of Okta's rate limit, and the
/// trials that Okta makes of the connection.
const INSTALLING: Duration = Duration::from_secs(5 * 60);

/// The identity provider whose SCIM secret is meant.
#[derive(Clone, Copy, Debug)]
pub struct IdentityProvider<'a> {
    /// Its account; `None` for the provider's.
    pub account_id: Option<&'a str>,
    /// Cloudflare's id of it.
    pub id: &'a str,
}

model! {
    /// The SCIM secret of an identity provider, minted when the app is made or `managed_token` is set for the first time,
    /// and again as its attributes say, or when `scim_base_url` changes, which Okta takes only together with a token.
    pub struct ManagedToken {
        /// The account of the identity provider. Defaults to the provider's `cloudflare.account_id`, then to
        /// `CLOUDFLARE_ACCOUNT_ID`.
        account_id: String = optional().length(1..=64),
        /// The identity provider, usually `zt_okta_idp.<name>.id`. Another one mints a secret of that one. Its SCIM has to
        /// be on, so let `scim_base_url` refer to its `zt_scim_config`.
        identity_provider_id: String = required().length(1..=64),
        /// Another value mints another secret; the old one stops working at once. Setting it for the first time mints
        /// nothing.
        rotation_trigger: String = optional().length(1..=255),
    }
}

/// Why no secret was minted.
#[derive(Debug)]
pub struct NotMinted {
    /// What went wrong, and what to do.
    pub problems: Diagnostics,
    /// Whether one may have been minted nevertheless, so that the one before no longer works.
    pub maybe_done: bool,
}

/// Who has the SCIM secrets: Cloudflare, as far as this resource needs it. The provider joins the two sides.
#[async_trait]
pub trait ScimSecrets: Send + Sync {
    /// Whether it can be asked at all, or will be once the provider block is known.
    ///
    /// # Errors
    /// What is missing in the provider block.
    fn ready(&self) -> Result<(), Diagnostic>;

    /// The SCIM base URL of an identity provider.
    ///
    /// # Errors
    /// It does not exist, its SCIM is off, or Cloudflare refuses.
    async fn base_url(&self, of: IdentityProvider<'_>) -> Result<String>;

    /// Mints another SCIM secret. The one before no longer works.
    async fn mint(&self, of: IdentityProvider<'_>) -> Result<SecretString, NotMinted>;
}

/// Whether a secret is to be minted for an app that exists. Setting the trigger for the first time does not, nor does
/// removing it.
pub(super) fn is_due(call: &Call, prior: &Attr<ManagedToken>, planned: &Attr<ManagedToken>) -> bool {
    let planned = match planned {
        Attr::Null => return false,
        Attr::Unknown => return true,
        Attr::Known(planned) => planned,
    };
    let Some(prior) = prior.known() else { return true };
    let rotated = match (&prior.rotation_trigger, &planned.rotation_trigger) {
        (Attr::Known(before), Attr::Known(after)) => before != after,
        (Attr::Known(_), Attr::Unknown) => true,
        _ => false,
    };
    rotated || prior.identity_provider_id != planned.identity_provider_id || is_unfinished(call)
}

/// Whether the last apply minted a secret that Okta did not get.
pub(super) fn is_unfinished(call: &Call) -> bool {
    call.private().get(DUE).unwrap_or(false)
}

/// Says why there is something to do although the configuration has not changed.
pub(super) fn warn_of_unfinished(call: &Call) {
    call.warn(
        Diagnostic::warning(
            "Okta lacks the SCIM secret that works",
            "The last apply minted a SCIM secret, or may have, and could not install it in Okta, whose pushes are refused \
             since. The next apply mints another one and installs it.",
        )
        .at(path!(ScimApp.managed_token)),
    );
}

/// Forgets about it: Okta has a token that works.
pub(super) fn done(call: &Call) {
    call.private().remove(DUE);
}

impl SetUp<'_> {
    /// Brings the connection of an app with a managed token to the plan, and tells how it stands. A secret is minted if
    /// `reconnect` says that the connection has to be written, and for no other reason.
    pub(super) async fn connect_managed(&self, app: &App, managed: &ManagedToken, reconnect: bool) -> Result<Standing> {
        let found = connection::look(&self.client.okta, self.mode(), app).await?;
        if reconnect {
            self.mint_and_install(app, managed, &found).await?;
            return Ok(Standing::Enabled);
        }
        if found.standing != Standing::Disabled {
            return Ok(found.standing);
        }
        self.switch_back_on(app, &found).await?;
        Ok(Standing::Enabled)
    }

    async fn mint_and_install(&self, app: &App, managed: &ManagedToken, found: &Found) -> Result<()> {
        let Self { call, client, planned, .. } = *self;
        let at = path!(ScimApp.managed_token);
        if !found.is_served {
            return Err(not_served(app, "Nothing was minted.").into());
        }
        let url = connection::url(planned)?;
        let Some(id) = managed.identity_provider_id.text() else { return Err(without_id().into()) };
        let provider = IdentityProvider { account_id: managed.account_id.text(), id };
        let place = |problems: Diagnostics| -> Diagnostics {
            problems.into_iter().map(|problem| problem.at(at.clone())).collect()
        };
        let actual = client.secrets.base_url(provider).await.map_err(place)?;
        if !base_url::same_text(&actual, url) {
            return Err(of_another(id, &actual, url).into());
        }
        client.check_base_url(call, planned).await?;

        let secret = match client.secrets.mint(provider).await {
            Ok(secret) => Secret::from(secret),
            Err(NotMinted { problems, maybe_done }) => {
                if maybe_done {
                    call.private().set(DUE, true);
                }
                return Err(place(problems));
            }
        };
        call.private().set(DUE, true);
        // Stopping here would leave Okta with a secret that is void.
        let okta = client.okta.undisturbed_for(INSTALLING);
        let token = connection::Token { secret: &secret, source: &at, patience: &PATIENCE };
        let connected = connection::connect(&okta, app.id(), url, token).await;
        match connected.map_err(|problems| problems.and(ORPHANED))? {
            Some(connection) => {
                done(call);
                evidence::installed(call, connection.answered_at);
                Ok(())
            }
            None => Err(not_served(app, ORPHANED).into()),
        }
    }

    /// Okta has the secret still, so that nothing has to be minted; nobody could enter another endpoint without one.
    async fn switch_back_on(&self, app: &App, found: &Found) -> Result<()> {
        let Self { call, client, planned, .. } = *self;
        let at = path!(ScimApp.managed_token);
        let url = connection::url(planned)?;
        if !found.base_url.as_deref().is_some_and(|actual| base_url::same_text(actual, url)) {
            return Err(another_connection(found, url).into());
        }
        client.check_base_url(call, planned).await?;
        match connection::switch_on(&client.okta, app.id(), &at).await? {
            true => Ok(()),
            false => Err(not_served(app, "It stays off.").into()),
        }
    }
}

/// What follows from a secret that was minted and not installed.
const ORPHANED: &str = "The SCIM secret was minted before, so that the one that Okta may have no longer works, and Okta's \
                        pushes are refused until it has another. It tries them again, so nothing is lost. The next apply \
                        mints another secret and installs it.";

fn not_served(app: &App, outcome: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Okta's API cannot connect {} apps, so their token cannot be managed", app.name()),
        format!(
            "Okta answered with the status UNKNOWN for the app {:?}, which means that a person has to enter the SCIM \
             endpoint and its secret in Okta's console. {outcome}",
            app.label()
        ),
    )
    .and(
        "That person needs the secret once: remove omit_secret from the zt_scim_config of the identity provider, so that \
         it keeps the secret (if SCIM is on already, set its rotation_trigger, and change it in a later apply), and write \
         scim_token = zt_scim_config.<name>.secret here instead of managed_token.",
    )
    .at(path!(ScimApp.managed_token))
}

fn without_id() -> Diagnostic {
    Diagnostic::error(
        "The identity provider of the managed token is missing",
        "identity_provider_id turned out to be null when the change was applied. Write the id of a zt_okta_idp.",
    )
    .at(path!(ScimApp.managed_token))
}

fn of_another(id: &str, actual: &str, url: &str) -> Diagnostic {
    Diagnostic::error(
        "The SCIM base URL is of another identity provider",
        format!(
            "managed_token names the identity provider {id}, whose SCIM endpoint is {actual}, and scim_base_url is {url}. \
             The secret of the one is of no use at the other, so nothing was minted. Write the scim_base_url of the \
             zt_scim_config of that identity provider."
        ),
    )
    .at(path!(ScimApp.scim_base_url))
}

fn another_connection(found: &Found, url: &str) -> Diagnostic {
    let actual = found.base_url.as_deref().unwrap_or("none at all");
    Diagnostic::error(
        "The connection that is switched off in Okta is another one",
        format!(
            "Its base URL is {actual}, and that of the configuration is {url}. It was not switched on again, since its \
             secret may be another one too. Plan again, with refresh. If that finds nothing, change \
             managed_token.rotation_trigger: the connection is then written anew, with a new secret."
        ),
    )
    .at(path!(ScimApp.managed_token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn managed(provider: &str, trigger: Attr<String>) -> Attr<ManagedToken> {
        ManagedToken { account_id: Attr::Null, identity_provider_id: provider.into(), rotation_trigger: trigger }.into()
    }

    #[test]
    fn only_another_provider_or_one_trigger_turning_into_another_mints() {
        let call = Call::default();
        for (prior, planned, due) in [
            (managed("a", "1".into()), managed("a", "1".into()), false),
            (managed("a", "1".into()), managed("a", "2".into()), true),
            (managed("a", "1".into()), managed("a", Attr::Unknown), true),
            (managed("a", Attr::Null), managed("a", "1".into()), false),
            (managed("a", "1".into()), managed("a", Attr::Null), false),
            (managed("a", Attr::Null), managed("b", Attr::Null), true),
            (Attr::Null, managed("a", Attr::Null), true),
            (managed("a", Attr::Null), Attr::Unknown, true),
            (managed("a", Attr::Null), Attr::Null, false),
        ] {
            assert_eq!(is_due(&call, &prior, &planned), due, "{prior:?} to {planned:?}");
        }
    }

    #[test]
    fn what_was_minted_in_vain_is_due_until_okta_has_another() {
        let call = Call::default();
        let same = managed("a", Attr::Null);
        call.private().set(DUE, true);
        assert!(is_due(&call, &same, &same) && !is_due(&call, &same, &Attr::Null));
        done(&call);
        assert!(!is_due(&call, &same, &same));
    }
}
