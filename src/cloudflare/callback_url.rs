//! Where Okta sends people back to after a login.

use url::{Host, Url};

/// Path of Access' OIDC callback on the team's domain: the redirect URI that Cloudflare tells people to register at the
/// identity provider.
const CALLBACK: &str = "/cdn-cgi/access/callback";
/// What a team name is completed with.
const TEAM_DOMAIN: &str = "cloudflareaccess.com";

/// The callback URL of a team, given as its name (`acme`), its domain (`acme.cloudflareaccess.com`) or its URL.
///
/// A loopback address, as a mock of the service has, keeps its port and is reached by plain http unless the URL says
/// https. The error says what to write instead.
pub fn callback_url(team: &str) -> Result<String, String> {
    let advice = || {
        format!(
            "{team:?} is not a team. Write its name (acme), its domain (acme.{TEAM_DOMAIN}) or its URL (https://acme.{TEAM_DOMAIN})."
        )
    };
    let text = team.trim().trim_end_matches('/');
    let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("https://{text}")) };
    let url = url.map_err(|_| advice())?;
    let rest_is_empty = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    if !rest_is_empty || !url.username().is_empty() || url.password().is_some() {
        return Err(advice());
    }
    let scheme_given = text.contains("://");
    let (host, loopback) = match url.host().ok_or_else(advice)? {
        Host::Domain("localhost") => ("localhost".to_owned(), true),
        Host::Domain(name) if name.contains('.') => (name.to_owned(), false),
        Host::Domain(name) if !scheme_given && is_label(name) => (format!("{name}.{TEAM_DOMAIN}"), false),
        Host::Ipv4(address) if address.is_loopback() => (address.to_string(), true),
        Host::Ipv6(address) if address.is_loopback() => (format!("[{address}]"), true),
        _ => return Err(advice()),
    };
    let scheme = match (loopback, scheme_given) {
        (true, false) => "http",
        (true, true) if matches!(url.scheme(), "http" | "https") => url.scheme(),
        (false, _) if url.scheme() == "https" => "https",
        _ => return Err(format!("{} People log in over https: write https://{host}.", advice())),
    };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Ok(format!("{scheme}://{host}{port}{CALLBACK}"))
}

/// Letters, digits and inner hyphens: what a team name may be.
fn is_label(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
    !name.is_empty() && name.chars().all(inner) && !name.starts_with('-') && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_team_is_named_in_three_ways() {
        for team in [
            "acme",
            "acme.cloudflareaccess.com",
            "https://acme.cloudflareaccess.com",
            "https://acme.cloudflareaccess.com/",
        ] {
            assert_eq!(callback_url(team).unwrap(), "https://acme.cloudflareaccess.com/cdn-cgi/access/callback");
        }
        assert_eq!(callback_url("login.example.com").unwrap(), "https://login.example.com/cdn-cgi/access/callback");
    }

    #[test]
    fn loopback_keeps_port_and_scheme() {
        assert_eq!(callback_url("127.0.0.1:81").unwrap(), "http://127.0.0.1:81/cdn-cgi/access/callback");
        assert_eq!(callback_url("https://127.0.0.1:81").unwrap(), "https://127.0.0.1:81/cdn-cgi/access/callback");
        assert_eq!(callback_url("http://localhost:81/").unwrap(), "http://localhost:81/cdn-cgi/access/callback");
    }

    #[test]
    fn anything_else_is_refused_with_advice() {
        for team in [
            "",
            "two words",
            "-acme",
            "http://acme.cloudflareaccess.com",
            "https://acme.cloudflareaccess.com/x",
            "https://u:p@acme.cloudflareaccess.com",
            "10.0.0.1",
            "ftp://127.0.0.1",
        ] {
            assert!(callback_url(team).unwrap_err().contains("is not a team"), "{team}");
        }
    }
}
