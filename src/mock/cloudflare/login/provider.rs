//! An identity provider object of the type okta, read as what it is for: where to send people, and as which client.
//!
//! Everything comes from the object that Terraform wrote. Endpoints and issuer follow from `okta_account` and
//! `authorization_server_id` by Okta's rules
//! (<https://developer.okta.com/docs/concepts/auth-servers/>); that Cloudflare uses no discovery document, and which
//! scopes it asks for, is not verified against a live tenant.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use url::{Host, Url};

use super::failure::Failure;
use crate::mock::cloudflare::IdentityProvider;
use crate::mock::world::Addresses;

/// What a login asks for. A custom authorization server must know the scope `groups`.
const SCOPES: &str = "openid email profile groups";

/// The client that Cloudflare is at one Okta org. No `Debug`: it holds the secret.
pub(super) struct Provider {
    /// Id of the identity provider object.
    pub(super) id: String,
    /// URL of the org, without a slash at the end.
    account: String,
    authorization_server: Option<String>,
    /// Client id.
    pub(super) client_id: String,
    /// Client secret; empty where none is stored.
    pub(super) client_secret: String,
    /// Okta API token.
    pub(super) api_token: Option<String>,
    /// Logins use PKCE.
    pub(super) pkce: bool,
    /// Claims that become part of the identity.
    pub(super) claims: Vec<String>,
    /// Claim that holds the email.
    pub(super) email_claim: String,
}

/// What one authorization request says besides what the object says.
pub(super) struct Request<'a> {
    pub(super) redirect_uri: &'a str,
    pub(super) state: &'a str,
    pub(super) nonce: &'a str,
    /// The S256 challenge, with PKCE.
    pub(super) challenge: Option<String>,
}

impl Provider {
    /// Reads the object.
    ///
    /// # Errors
    ///
    /// If it is of another type, or its org is nowhere on this machine.
    pub(super) fn of(stored: &IdentityProvider, mock: &Addresses) -> Result<Self, Failure> {
        if stored.kind() != "okta" {
            return Err(Failure::unsupported(stored.kind()));
        }
        let text = |member: &str| stored.config(member).and_then(Value::as_str).filter(|text| !text.is_empty());
        let claims = stored.config("claims").and_then(Value::as_array).into_iter().flatten();
        Ok(Self {
            id: stored.id().to_owned(),
            account: account(text("okta_account").unwrap_or_default(), mock)?,
            authorization_server: text("authorization_server_id").map(str::to_owned),
            client_id: text("client_id").unwrap_or_default().to_owned(),
            client_secret: text("client_secret").unwrap_or_default().to_owned(),
            api_token: text("api_token").map(str::to_owned),
            pkce: stored.config("pkce_enabled") == Some(&Value::Bool(true)),
            claims: claims.filter_map(Value::as_str).map(str::to_owned).collect(),
            email_claim: text("email_claim_name").unwrap_or("email").to_owned(),
        })
    }

    /// `iss` of its ID tokens.
    pub(super) fn issuer(&self) -> String {
        match &self.authorization_server {
            None => self.account.clone(),
            Some(server) => format!("{}/oauth2/{}", self.account, segment(server)),
        }
    }

    /// URL of an endpoint: `authorize`, `token`, `keys`.
    pub(super) fn endpoint(&self, name: &str) -> String {
        match &self.authorization_server {
            None => format!("{}/oauth2/v1/{name}", self.account),
            Some(server) => format!("{}/oauth2/{}/v1/{name}", self.account, segment(server)),
        }
    }

    /// URL of a user's groups in Okta's management API.
    pub(super) fn groups_of(&self, user: &str) -> String {
        format!("{}/api/v1/users/{}/groups", self.account, segment(user))
    }

    /// Whether a URL is one of the org's own, so that the API token may go there.
    pub(super) fn owns(&self, url: &str) -> bool {
        url.strip_prefix(&self.account).is_some_and(|path| path.starts_with('/'))
    }

    /// Where a login sends the browser: RFC 6749 section 4.1.1, OpenID Connect Core 1.0 section 3.1.2.1, RFC 7636.
    pub(super) fn authorization_url(&self, request: &Request<'_>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("client_id", &self.client_id)
            .append_pair("response_type", "code")
            .append_pair("scope", SCOPES)
            .append_pair("redirect_uri", request.redirect_uri)
            .append_pair("state", request.state)
            .append_pair("nonce", request.nonce);
        if let Some(challenge) = &request.challenge {
            query.append_pair("code_challenge", challenge).append_pair("code_challenge_method", "S256");
        }
        format!("{}?{}", self.endpoint("authorize"), query.finish())
    }
}

/// `okta_account` as a base for paths: the scheme may be missing, a slash at the end does not count.
fn account(stored: &str, mock: &Addresses) -> Result<String, Failure> {
    let unusable = || Failure::unusable_account(stored);
    let with_scheme = if stored.contains("://") { stored.to_owned() } else { format!("https://{stored}") };
    let url = Url::parse(&with_scheme).map_err(|_| unusable())?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let anonymous = url.username().is_empty() && url.password().is_none();
    let (true, true, true, Some(host)) = (matches!(url.scheme(), "http" | "https"), bare, anonymous, url.host()) else {
        return Err(unusable());
    };
    let origin = url.origin().ascii_serialization();
    match is_loopback(&host) || origin == mock.org_url {
        true => Ok(origin),
        false => Err(Failure::outside(&host.to_string())),
    }
}

/// Whether a host is this machine, whatever the network says.
pub(super) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// A value as one segment of a path, whatever it holds.
pub(super) fn segment(value: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(value, KEPT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mock() -> Addresses {
        Addresses {
            org_url: "http://192.0.2.7:8080".into(),
            api_url: "http://192.0.2.7:8081/client/v4".into(),
            auth_url: "http://192.0.2.7:8082".into(),
        }
    }

    fn reason(stored: &str) -> String {
        account(stored, &mock()).err().map(|failure| failure.reason().to_owned()).unwrap_or_default()
    }

    #[test]
    fn the_account_is_a_url_of_this_machine() {
        for (stored, url) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("https://LOCALHOST/", "https://localhost"),
            ("localhost", "https://localhost"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            // The mock listens there because somebody told it to.
            ("http://192.0.2.7:8080", "http://192.0.2.7:8080"),
        ] {
            assert_eq!(account(stored, &mock()).ok().as_deref(), Some(url), "{stored}");
        }
        for stored in ["https://acme.okta.com", "acme.okta.com", "http://192.0.2.7:1", "http://127.0.0.1.evil.example"]
        {
            assert_eq!(reason(stored), "okta_account_not_on_loopback", "{stored}");
        }
        for stored in ["", "http://", "ftp://127.0.0.1", "http://127.0.0.1/path", "http://me:pw@127.0.0.1"] {
            assert_eq!(reason(stored), "unusable_okta_account", "{stored}");
        }
    }

    #[test]
    fn a_custom_authorization_server_has_endpoints_of_its_own() {
        let mut provider = Provider {
            id: "1".into(),
            account: "http://127.0.0.1:1".into(),
            authorization_server: None,
            client_id: "0oa1".into(),
            client_secret: "plum".into(),
            api_token: None,
            pkce: false,
            claims: Vec::new(),
            email_claim: "email".into(),
        };
        assert_eq!(provider.issuer(), "http://127.0.0.1:1");
        assert_eq!(provider.endpoint("keys"), "http://127.0.0.1:1/oauth2/v1/keys");
        provider.authorization_server = Some("default".into());
        assert_eq!(provider.issuer(), "http://127.0.0.1:1/oauth2/default");
        assert_eq!(provider.endpoint("keys"), "http://127.0.0.1:1/oauth2/default/v1/keys");
        provider.authorization_server = Some("../x".into());
        assert_eq!(provider.endpoint("keys"), "http://127.0.0.1:1/oauth2/..%2Fx/v1/keys");
        assert_eq!(provider.groups_of("00u/1"), "http://127.0.0.1:1/api/v1/users/00u%2F1/groups");
        assert!(provider.owns("http://127.0.0.1:1/api") && !provider.owns("http://127.0.0.1:12/api"));
    }
}
