//! The URL of an Okta org as Cloudflare wants it: `https://acme.okta.com`, and nothing behind it.

use super::api::is_loopback;
use crate::framework::value::Value;
use url::Url;

/// Reads the URL of an Okta org.
///
/// # Errors
/// What is wrong with it, and what to write instead, for a person.
pub fn parse(text: &str) -> Result<Url, String> {
    let url = match Url::parse(text) {
        Ok(url) if url.has_host() => url,
        _ if !text.contains("://") => {
            // A name without a domain is that of an org.
            let host = if text.contains('.') { text.to_owned() } else { format!("{text}.okta.com") };
            return Err(format!("{text:?} is no URL; write \"https://{host}\"."));
        }
        _ => return Err(format!("{text:?} is no URL of an Okta org; write it like \"https://acme.okta.com\".")),
    };
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err(format!("Plain http is for loopback addresses only; write \"https://{host}\".")),
        other => return Err(format!("The scheme {other:?} is not supported; write \"https://{host}\".")),
    }
    let origin = url.origin().ascii_serialization();
    if let (name, Some(rest)) = host.split_once('.').map_or((host, None), |(name, rest)| (name, Some(rest)))
        && let Some(org) = name.strip_suffix("-admin")
    {
        return Err(format!(
            "{host} is the address of Okta's Admin Console; people log in at the org itself: \"https://{org}.{rest}\"."
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("User and password do not belong into this URL; write \"{origin}\"."));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(format!(
            "The URL of an org has nothing after the host name; write \"{origin}\". For a custom authorization server \
             name its id in an attribute of its own."
        ));
    }
    Ok(url)
}

/// The URL without a slash at the end.
pub fn without_slash(url: &Url) -> &str {
    url.as_str().trim_end_matches('/')
}

/// [`parse`] as a validator.
pub fn check(value: &Value) -> Result<(), String> {
    value.as_str().map_or(Ok(()), |text| parse(text).map(drop))
}

/// Whether two values name the same org: case of the host, a default port and a slash at the end do not matter, nor
/// does a missing scheme, which objects made by hand or by other tools may have.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => a == b || normal(a).is_some_and(|a| normal(b) == Some(a)),
        _ => a == b,
    }
}

/// The URL that Cloudflare means by what it shows. Objects made by hand or by other tools may have a bare host name.
pub fn shown(text: &str) -> String {
    if text.is_empty() || text.contains("://") { text.to_owned() } else { format!("https://{text}") }
}

fn normal(text: &str) -> Option<String> {
    let text = text.trim();
    let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("https://{text}")) }.ok()?;
    (url.path() == "/").then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_host_is_shown_as_a_url() {
        assert_eq!(shown("acme.okta.com"), "https://acme.okta.com");
        assert_eq!(shown("http://127.0.0.1:80"), "http://127.0.0.1:80");
        assert_eq!(shown(""), "");
    }

    #[test]
    fn orgs_are_accepted() {
        for text in [
            "https://acme.okta.com",
            "https://acme.oktapreview.com/",
            "https://login.acme.example",
            "https://ACME.okta.com:443",
            "https://my-admins.okta.com",
            "http://127.0.0.1:8080",
            "http://localhost:1/",
            "https://[::1]:4",
        ] {
            assert!(parse(text).is_ok(), "{text}: {:?}", parse(text));
        }
    }

    #[test]
    fn everything_else_is_refused_with_what_to_write_instead() {
        for (text, hint) in [
            ("acme.okta.com", "\"https://acme.okta.com\""),
            ("", "https://"),
            ("http://acme.okta.com", "\"https://acme.okta.com\""),
            ("ftp://acme.okta.com", "\"https://acme.okta.com\""),
            ("https://acme-admin.okta.com", "\"https://acme.okta.com\""),
            ("https://acme-admin.okta.com/admin/dashboard", "\"https://acme.okta.com\""),
            ("https://acme.okta.com/oauth2/default", "\"https://acme.okta.com\""),
            ("https://acme.okta.com/?x=1", "\"https://acme.okta.com\""),
            ("https://acme.okta.com#x", "\"https://acme.okta.com\""),
            ("https://user:pass@acme.okta.com", "\"https://acme.okta.com\""),
            ("http://127.0.0.1.evil.example", "https only"),
        ] {
            let problem = parse(text).unwrap_err();
            assert!(problem.contains(hint) || problem.contains("https://127.0.0.1.evil.example"), "{text}: {problem}");
        }
        assert!(!parse("https://user:hunter2@acme.okta.com").unwrap_err().contains("hunter2"));
    }

    #[test]
    fn spellings_of_one_org_are_the_same() {
        let is_same = |a: &str, b: &str| same(&Value::string(a), &Value::string(b));
        for other in ["https://acme.okta.com/", "https://ACME.okta.com", "https://acme.okta.com:443", "acme.okta.com"] {
            assert!(is_same("https://acme.okta.com", other), "{other}");
        }
        for other in ["http://acme.okta.com", "https://acme.okta.com/x", "https://acme.oktapreview.com", ""] {
            assert!(!is_same("https://acme.okta.com", other), "{other}");
        }
        assert!(same(&Value::Null, &Value::Null) && !same(&Value::Null, &Value::string("x")));
    }
}
