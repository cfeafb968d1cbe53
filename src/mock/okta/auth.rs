//! Who calls: API tokens of administrators, access tokens of apps, and what each may do.
//!
//! <https://developer.okta.com/docs/reference/core-okta-api/#authentication>

use std::collections::BTreeSet;

use axum::http::{HeaderMap, Method, header};
use time::OffsetDateTime;

use super::errors::{self, Refusal};
use super::org::Org;
use crate::mock::ids;

/// Who asks, once the credentials are verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Nobody: a public route.
    Anyone,
    /// An API token of a super administrator.
    Administrator,
    /// An API token of a read-only administrator.
    ReadOnly,
    /// An OAuth 2.0 access token with these scopes.
    App(BTreeSet<String>),
}

/// What a route asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing.
    Nothing,
    /// All of these scopes, or an API token. `.manage` covers `.read`.
    Scopes(&'static [&'static str]),
    /// The same, and more than a read-only administrator although the method reads: client secrets in clear.
    /// That a read-only administrator is refused here is not verified against a live tenant.
    Secrets(&'static [&'static str]),
    /// An API token: the private endpoints know no scopes.
    ApiToken,
}

/// API tokens. No `Debug`: it would print them.
#[derive(Clone)]
pub(crate) struct Tokens {
    pub(crate) full: String,
    pub(crate) read_only: String,
}

impl Tokens {
    pub(crate) fn new() -> Self {
        Self { full: format!("00{}", ids::secret(40)), read_only: format!("00{}", ids::secret(40)) }
    }
}

impl Org {
    /// Who sends these headers.
    ///
    /// # Errors
    ///
    /// E0000005 without credentials, E0000011 with ones nobody has.
    pub(crate) fn caller(&self, headers: &HeaderMap, now: OffsetDateTime) -> Result<Caller, Refusal> {
        let Some(value) = headers.get(header::AUTHORIZATION) else { return Err(errors::invalid_session()) };
        let (scheme, token) = value.to_str().ok().and_then(parted).ok_or_else(errors::invalid_token)?;
        match scheme.to_ascii_lowercase().as_str() {
            "ssws" if token == self.tokens.full => Ok(Caller::Administrator),
            "ssws" if token == self.tokens.read_only => Ok(Caller::ReadOnly),
            "bearer" => self
                .openid
                .issued
                .access_token(token, now)
                // Tokens of custom authorization servers are for other services.
                .filter(|known| known.grant.server.is_none())
                .map(|known| Caller::App(known.scopes.iter().cloned().collect()))
                .ok_or_else(errors::invalid_access_token),
            _ => Err(errors::invalid_token()),
        }
    }
}

/// Scheme and token. The space between them may be missing: Okta's own Python SDK (3.x) sends none, so the service must
/// take that; it is not verified against a live tenant.
fn parted(value: &str) -> Option<(&str, &str)> {
    let begins = |scheme: &&str| value.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let (scheme, token) = match ["SSWS", "Bearer"].iter().find(|scheme| begins(scheme)) {
        Some(scheme) => value.split_at(scheme.len()),
        None => value.split_once(' ')?,
    };
    Some((scheme, token.trim()))
}

impl Caller {
    /// Whether this caller may use a route.
    ///
    /// # Errors
    ///
    /// E0000006 where role or scopes do not reach, E0000005 for access tokens on private endpoints.
    pub(crate) fn may(&self, needs: Needs, method: &Method) -> Result<(), Refusal> {
        match (self, needs) {
            (_, Needs::Nothing) | (Self::Administrator, _) => Ok(()),
            (Self::Anyone, _) => Err(errors::invalid_session()),
            (Self::ReadOnly, Needs::Secrets(_)) => Err(errors::forbidden()),
            (Self::ReadOnly, _) if *method == Method::GET => Ok(()),
            (Self::ReadOnly, _) => Err(errors::forbidden()),
            (Self::App(_), Needs::ApiToken) => Err(errors::invalid_session()),
            (Self::App(held), Needs::Scopes(wanted) | Needs::Secrets(wanted)) => {
                let holds = |scope: &str| {
                    held.contains(scope)
                        || scope.strip_suffix(".read").is_some_and(|stem| held.contains(&format!("{stem}.manage")))
                };
                if wanted.iter().all(|scope| holds(scope)) { Ok(()) } else { Err(errors::insufficient_scope()) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use time::Duration;

    use super::*;
    use crate::mock::options::Options;

    const NOON: OffsetDateTime = time::macros::datetime!(2026-03-25 12:00 UTC);

    fn with(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::try_from(value).unwrap())])
    }

    #[test]
    fn each_credential_has_its_caller() {
        let mut org = Org::new(&Options::default());
        let access = org.mint_access_token(&["okta.apps.read"], NOON);
        let full = org.tokens.full.clone();
        let caller = |value: &str, at| org.caller(&with(value), at).map_err(|refusal| refusal.code);
        assert_eq!(caller(&format!("SSWS {full}"), NOON), Ok(Caller::Administrator));
        assert_eq!(caller("SSWS 00other", NOON), Err("E0000011"));
        assert_eq!(caller("nonsense", NOON), Err("E0000011"));
        assert!(matches!(caller(&format!("Bearer {access}"), NOON), Ok(Caller::App(_))));
        assert_eq!(caller(&format!("Bearer {access}"), NOON + Duration::HOUR), Err("E0000011"));
        assert_eq!(caller(&format!("Bearer {full}"), NOON), Err("E0000011"), "an API token is no access token");
        assert_eq!(org.caller(&HeaderMap::new(), NOON).unwrap_err().code, "E0000005");
    }

    #[test]
    fn roles_and_scopes_limit_what_a_caller_may_do() {
        let needs = Needs::Scopes(&["okta.apps.read"]);
        let code =
            |caller: &Caller, needs, method: Method| caller.may(needs, &method).err().map(|refusal| refusal.code);
        assert_eq!(code(&Caller::ReadOnly, needs, Method::GET), None);
        assert_eq!(code(&Caller::ReadOnly, needs, Method::POST), Some("E0000006"));
        assert_eq!(code(&Caller::ReadOnly, Needs::Secrets(&["okta.apps.read"]), Method::GET), Some("E0000006"));
        let app = Caller::App(["okta.apps.manage".to_owned()].into());
        assert_eq!(code(&app, needs, Method::GET), None, "manage covers read");
        assert_eq!(code(&app, Needs::Scopes(&["okta.groups.read"]), Method::GET), Some("E0000006"));
        assert_eq!(code(&app, Needs::ApiToken, Method::GET), Some("E0000005"));
    }
}
