//! Whose SCIM endpoint may get the token: that of the Zero Trust team, and no other.

use std::sync::Arc;

use async_trait::async_trait;

use super::{ScimApp, base_url};
use crate::framework::diagnostic::{Diagnostic, Result};
use crate::okta::api;
use crate::path;

/// The domain of the Zero Trust team, which is all that this resource wants to know of the other side.
#[async_trait]
pub trait TeamDomain: Send + Sync {
    /// Like `acme.cloudflareaccess.com`; `None` if it cannot be found out.
    async fn auth_domain(&self) -> Option<String>;
}

/// What the resource needs of the provider.
#[derive(Clone)]
pub struct Client {
    /// Okta's API.
    pub okta: api::Client,
    /// The team whose SCIM endpoint may get the token; without one, any https endpoint may.
    pub team: Option<Arc<dyn TeamDomain>>,
}

impl Client {
    /// Refuses a base URL outside of the team's domain: whoever runs it would be shown the token.
    pub(super) async fn check_team(&self, model: &ScimApp) -> Result<()> {
        let (Some(url), Some(team)) = (model.scim_base_url.text(), &self.team) else { return Ok(()) };
        match team.auth_domain().await {
            Some(domain) if !base_url::is_on(url, &domain) => Err(Diagnostic::error(
                "The SCIM base URL is not of this Zero Trust organization",
                format!(
                    "The organization's domain is {domain}, and {url} is somewhere else. Okta would send the SCIM token and everybody's data there. \
                     Write the scim_base_url of a zt_scim_config, like https://{domain}/populations/ID/scim/v2."
                ),
            )
            .at(path!(ScimApp.scim_base_url))
            .into()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Acme(Option<&'static str>);

    #[async_trait]
    impl TeamDomain for Acme {
        async fn auth_domain(&self) -> Option<String> {
            self.0.map(str::to_owned)
        }
    }

    async fn check(domain: Option<Option<&'static str>>, url: &str) -> Result<()> {
        let org = url::Url::parse("https://acme.okta.com").unwrap();
        let okta = api::Client::new(org, api::Credentials::default(), Default::default());
        let team = domain.map(|domain| Arc::new(Acme(domain)) as Arc<dyn TeamDomain>);
        Client { okta, team }.check_team(&ScimApp { scim_base_url: url.into(), ..ScimApp::default() }).await
    }

    #[tokio::test]
    async fn the_token_goes_to_the_team_and_nobody_else() {
        let team = Some(Some("acme.cloudflareaccess.com"));
        assert!(check(team, "https://acme.cloudflareaccess.com/populations/x/scim/v2").await.is_ok());
        let refused = check(team, "https://evil.example/populations/x/scim/v2").await.unwrap_err();
        let error = refused.iter().next().unwrap();
        assert_eq!(error.path, path!(ScimApp.scim_base_url));
        assert!(error.detail.contains("https://acme.cloudflareaccess.com/populations/ID/scim/v2"), "{}", error.detail);
    }

    #[tokio::test]
    async fn a_domain_that_cannot_be_found_out_refuses_nothing() {
        for team in [None, Some(None)] {
            assert!(check(team, "https://elsewhere.example/scim/v2").await.is_ok());
        }
    }
}
