//! The secrets of a login method: where they come from, and when they are a reason to write.

use super::OktaIdp;
use crate::cloudflare::shared_object::{ApiToken, Secrets};
use crate::framework::diagnostic::Diagnostic;
use crate::framework::secret::Secret;
use crate::path;

/// Cloudflare makes no login method without a client secret.
pub(super) fn require_client_secret(model: &OktaIdp) -> Result<(), Diagnostic> {
    if model.client_secret.is_set() {
        return Ok(());
    }
    Err(Diagnostic::error(
        "A new login method needs a client secret",
        "Set client_secret to that of the Okta app, usually okta_oidc_app.<name>.client_secret.",
    )
    .at(path!(OktaIdp.client_secret)))
}

/// What a write sends. `prior` is `None` for an object that Terraform did not have before.
pub(super) fn to_push(prior: Option<&OktaIdp>, planned: &OktaIdp) -> Secrets {
    let client_secret = planned.client_secret.known();
    let (api_token, token_differs) = api_token(prior, planned);
    let secret_differs = client_secret.is_some() && client_secret != prior.and_then(|p| p.client_secret.known());
    Secrets {
        client_secret: client_secret.cloned().map(Into::into),
        api_token,
        differ: secret_differs || token_differs,
    }
}

/// What to do with the API token, and whether that is a reason to write.
fn api_token(prior: Option<&OktaIdp>, planned: &OktaIdp) -> (ApiToken, bool) {
    let before: Option<&Secret> = prior.and_then(|prior| prior.api_token.known());
    match (before, planned.api_token.known()) {
        (before, Some(token)) => (ApiToken::Set(token.clone().into()), before != Some(token)),
        (Some(_), None) => (ApiToken::Clear, true),
        (None, None) => (ApiToken::Keep, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::model::Attr;

    fn token(text: &str) -> OktaIdp {
        OktaIdp { api_token: Secret::from(text).into(), ..OktaIdp::default() }
    }

    fn secret(text: &str) -> OktaIdp {
        OktaIdp { client_secret: Secret::from(text).into(), ..OktaIdp::default() }
    }

    #[test]
    fn the_token_is_pushed_when_it_changes_and_cleared_when_it_goes() {
        let none = OktaIdp::default();
        assert!(matches!(api_token(None, &token("a")), (ApiToken::Set(_), true)));
        assert!(matches!(api_token(Some(&token("a")), &token("a")), (ApiToken::Set(_), false)));
        assert!(matches!(api_token(Some(&token("a")), &token("b")), (ApiToken::Set(_), true)));
        assert!(matches!(api_token(Some(&token("a")), &none), (ApiToken::Clear, true)));
        assert!(matches!(api_token(Some(&none), &none), (ApiToken::Keep, false)));
    }

    #[test]
    fn the_client_secret_goes_with_every_write_and_is_a_reason_when_it_differs() {
        let pushed = |prior: Option<&OktaIdp>, planned: &OktaIdp| {
            let secrets = to_push(prior, planned);
            (secrets.client_secret.is_some(), secrets.differ)
        };
        assert_eq!(pushed(None, &secret("a")), (true, true));
        assert_eq!(pushed(Some(&secret("a")), &secret("a")), (true, false));
        assert_eq!(pushed(Some(&secret("a")), &secret("b")), (true, true));
        assert_eq!(pushed(Some(&secret("a")), &OktaIdp::default()), (false, false));
    }

    #[test]
    fn a_secret_that_is_not_known_yet_is_one() {
        assert!(require_client_secret(&OktaIdp { client_secret: Attr::Unknown, ..OktaIdp::default() }).is_ok());
        let error = require_client_secret(&OktaIdp::default()).unwrap_err();
        assert_eq!(error.path.to_string(), "client_secret");
    }
}
