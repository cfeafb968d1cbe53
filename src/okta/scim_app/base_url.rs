//! The SCIM base URL: what Okta can use, and where it may point.

use url::Url;

use crate::framework::value::Value;
use crate::okta::api::is_loopback;

const EXAMPLE: &str = "Write the scim_base_url of a zt_scim_config, like \
                       https://TEAM.cloudflareaccess.com/populations/ID/scim/v2.";

/// Checks a configured base URL. The message says what to write instead.
pub(super) fn check(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(text) => parse(text).map(drop).map_err(|problem| format!("{problem} {EXAMPLE}")),
        None => Ok(()),
    }
}

fn parse(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{text:?} is not a URL ({error})."))?;
    // Parsing forgives these, Okta does not.
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("It holds spaces or line breaks.".into());
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err("Plain http would show the SCIM token to the network; only https is allowed.".into()),
        other => return Err(format!("{other}:// is not allowed, only https://.")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("It holds a user name or password; the token has an attribute of its own.".into());
    }
    if text.contains('_') {
        return Err("It holds an underscore (_), which Okta does not accept in a base URL.".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("Okta appends /Users and /Groups to it, so nothing may follow the path (no ? and no #).".into());
    }
    let path = trimmed(url.path());
    if path.contains("//") || path.ends_with('/') {
        return Err("It has more slashes than it needs.".into());
    }
    if let Some(resource) = ["Users", "Groups"].into_iter().find(|name| path.ends_with(&format!("/{name}"))) {
        return Err(format!("Okta appends /{resource} by itself; leave it out."));
    }
    Ok(url)
}

/// The URL as Okta is given it: without the slash at its end, since Okta appends `/Users`.
pub(super) fn trimmed(text: &str) -> &str {
    text.strip_suffix('/').unwrap_or(text)
}

/// Whether two spellings mean the same endpoint: a slash at the end and the case of scheme and host do not matter.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => same_text(a, b),
        _ => a == b,
    }
}

/// [`same`] for texts.
pub fn same_text(a: &str, b: &str) -> bool {
    let normal = |text: &str| Url::parse(text).map(|url| trimmed(url.as_str()).to_owned());
    match (normal(a), normal(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

/// Whether the endpoint is served from this domain.
pub(super) fn is_on(base_url: &str, auth_domain: &str) -> bool {
    Url::parse(base_url).is_ok_and(|url| url.host_str().is_some_and(|host| host.eq_ignore_ascii_case(auth_domain)))
}

/// Whether the endpoint is served from this machine.
pub(super) fn is_on_this_machine(base_url: &str) -> bool {
    Url::parse(base_url).is_ok_and(|url| is_loopback(&url))
}

/// The endpoint's host, if it is a team's: `TEAM.cloudflareaccess.com`.
pub(super) fn team_domain(base_url: &str) -> Option<String> {
    let host = Url::parse(base_url).ok()?.host_str()?.to_owned();
    let team = host.strip_suffix(".cloudflareaccess.com")?;
    (!team.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "https://acme.cloudflareaccess.com/populations/2f1c0a9e-0000-4000-8000-000000000000/scim/v2";

    fn problem(text: &str) -> String {
        check(&Value::string(text)).unwrap_err()
    }

    #[test]
    fn endpoints_of_cloudflare_and_of_this_machine_pass() {
        for text in
            [GOOD, &format!("{GOOD}/"), "http://127.0.0.1:8080/scim/v2", "http://[::1]:80/x", "http://localhost/x"]
        {
            assert_eq!(check(&Value::string(text)), Ok(()), "{text}");
        }
    }

    #[test]
    fn each_mistake_is_named_and_the_right_form_shown() {
        for (text, word) in [
            ("acme.cloudflareaccess.com/scim/v2", "not a URL"),
            ("http://acme.cloudflareaccess.com/scim/v2", "only https"),
            ("ftp://acme.cloudflareaccess.com/scim/v2", "ftp://"),
            ("https://acme.cloudflareaccess.com/my_app/scim", "underscore"),
            ("https://my_team.cloudflareaccess.com/scim", "underscore"),
            ("https://user:word@acme.cloudflareaccess.com/scim", "user name"),
            ("https://acme.cloudflareaccess.com/scim?x=1", "no ?"),
            ("https://acme.cloudflareaccess.com/scim#x", "no #"),
            ("https://acme.cloudflareaccess.com/scim/v2/Users", "/Users by itself"),
            ("https://acme.cloudflareaccess.com/scim/v2/Groups/", "/Groups by itself"),
            ("https://acme.cloudflareaccess.com/scim/v2//", "slashes"),
            ("https://acme.cloudflareaccess.com/scim/v2\n", "line breaks"),
        ] {
            let problem = problem(text);
            assert!(problem.contains(word), "{text:?}: {problem}");
            assert!(problem.contains("https://TEAM.cloudflareaccess.com/populations/ID/scim/v2"), "{problem}");
        }
    }

    #[test]
    fn spelling_does_not_make_another_endpoint() {
        assert!(same_text("https://A.example/x", "https://a.example/x/"));
        assert!(!same_text("https://a.example/x", "https://a.example/y"));
        assert!(same(&Value::Null, &Value::Null) && !same(&Value::Null, &Value::string("https://a.example")));
    }

    #[test]
    fn only_the_team_domain_and_this_machine_get_the_token() {
        assert!(is_on(GOOD, "Acme.cloudflareaccess.com"));
        assert!(is_on_this_machine("http://127.0.0.1:1/scim") && !is_on_this_machine(GOOD));
        assert!(!is_on("https://evil.example/scim", "acme.cloudflareaccess.com"));
        assert!(!is_on("https://acme.cloudflareaccess.com.evil.example/scim", "acme.cloudflareaccess.com"));
    }

    #[test]
    fn domains_of_teams_are_told_from_others() {
        assert_eq!(team_domain(GOOD).as_deref(), Some("acme.cloudflareaccess.com"));
        for other in ["https://cloudflareaccess.com/scim", "https://evilcloudflareaccess.com/scim", "nonsense"] {
            assert_eq!(team_domain(other), None, "{other}");
        }
    }
}
