//! What a redirect URI looks like.

use url::Url;

use crate::framework::value::Value;

/// For an attribute's elements: an absolute http or https URL without a fragment (RFC 6749 §3.1.2), in which the first
/// label of the host may hold one `*`.
pub(super) fn check(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let wrong = |why: &str| {
        Err(format!(
            "{text:?} {why}. Write an absolute URL like https://acme.cloudflareaccess.com/cdn-cgi/access/callback."
        ))
    };
    if text.contains(char::is_whitespace) {
        return wrong("has a space in it");
    }
    let stars = text.matches('*').count();
    let Some((scheme, rest)) = text.split_once("://") else { return wrong("is not an absolute URL") };
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    if stars > 0 {
        let first = host.split('.').next().unwrap_or_default();
        if stars > 1 || !first.contains('*') || host.split('.').count() < 3 {
            return wrong(
                "has a wildcard where Okta takes none: one * in the first label of the host's name is allowed",
            );
        }
    }
    // The parser takes no `*` in a host name; any other letter stands in for it.
    match Url::parse(&text.replace('*', "x")) {
        Err(_) => wrong("is not an absolute URL"),
        Ok(_) if !matches!(scheme, "http" | "https") => wrong("is neither an http nor an https URL"),
        Ok(url) if !url.has_host() || host.is_empty() => wrong("has no host"),
        Ok(url) if url.fragment().is_some() => wrong("has a fragment (#…), which a redirect URI must not have"),
        Ok(_) => Ok(()),
    }
}

/// Whether one of these needs Okta's wildcard setting.
pub(super) fn has_wildcard<'a>(uris: impl IntoIterator<Item = &'a String>) -> bool {
    uris.into_iter().any(|uri| uri.contains('*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_okta_takes_passes() {
        for uri in [
            "https://acme.cloudflareaccess.com/cdn-cgi/access/callback",
            "http://127.0.0.1:8080/callback?x=1",
            "https://*.example.com/callback",
            "https://preview-*-app.example.com/callback",
        ] {
            assert_eq!(check(&Value::string(uri)), Ok(()), "{uri}");
        }
        assert_eq!(check(&Value::unknown()), Ok(()));
    }

    #[test]
    fn everything_else_says_why_and_what_instead() {
        for (uri, why) in [
            ("/callback", "not an absolute URL"),
            ("acme.cloudflareaccess.com/callback", "not an absolute URL"),
            ("com.acme.app://callback", "neither an http nor an https URL"),
            ("https://", "not an absolute URL"),
            ("https://acme.com/#x", "fragment"),
            ("https://acme.com/a b", "space"),
            ("https://acme.com/*", "wildcard"),
            ("https://a.*.example.com/", "wildcard"),
            ("https://*.com/", "wildcard"),
            ("https://*.*.example.com/", "wildcard"),
        ] {
            let problem = check(&Value::string(uri)).unwrap_err();
            assert!(problem.contains(why) && problem.contains("https://acme.cloudflareaccess.com"), "{uri}: {problem}");
        }
    }
}
