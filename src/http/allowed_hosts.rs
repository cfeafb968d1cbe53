//! Which hosts may receive credentials, where somebody limits them.

use url::Url;

/// The environment variable that the limit comes from.
pub(super) const VARIABLE: &str = "ZT_ALLOWED_HOSTS";

/// Hosts that may be talked to. A host that is not in here gets nothing at all, this machine included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHosts(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    /// In lower case; what follows the `*` of a pattern, with its dot.
    name: String,
    any_subdomain: bool,
    port: Option<u16>,
}

impl AllowedHosts {
    /// Reads host names separated by commas: `acme.okta.com, api.cloudflare.com, *.cloudflareaccess.com, 127.0.0.1:8080`.
    /// `*.` in front stands for one or more labels, and does not cover the name after it. Without a port every port is
    /// allowed. IPv6 addresses are in brackets.
    ///
    /// # Errors
    /// The entry that is no host name. An empty list is one: it would allow nothing.
    pub fn parse(text: &str) -> Result<Self, String> {
        let entries: Vec<&str> = text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).collect();
        if entries.is_empty() {
            return Err("it names no host".to_owned());
        }
        entries.into_iter().map(Entry::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a request may go there.
    pub fn allow(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.0.iter().any(|entry| entry.covers(&host, url.port_or_known_default()))
    }
}

impl Entry {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is no host name; write it like acme.okta.com, *.cloudflareaccess.com or 127.0.0.1:8080, without \
                 scheme and path"
            )
        };
        let (pattern, port) = match text.rsplit_once(':') {
            // The colons within brackets are the address's own.
            Some((pattern, port)) if !port.ends_with(']') => (pattern, Some(port.parse().map_err(|_| wrong())?)),
            _ => (text, None),
        };
        let (name, any_subdomain) = match pattern.strip_prefix('*') {
            Some(rest) if rest.starts_with('.') => (rest, true),
            _ => (pattern, false),
        };
        // The parser of URLs spells names and addresses as it will spell those to compare with.
        let parsed = Url::parse(&format!("https://{}/", name.trim_start_matches('.'))).map_err(|_| wrong())?;
        let bare = parsed.username().is_empty() && parsed.password().is_none() && parsed.port().is_none();
        let host = parsed.host_str().filter(|_| bare && parsed.path() == "/" && parsed.query().is_none());
        let host = host.filter(|host| !host.is_empty() && !host.contains('*') && parsed.fragment().is_none());
        let host = host.ok_or_else(wrong)?.trim_end_matches('.');
        let name = if any_subdomain { format!(".{host}") } else { host.to_owned() };
        Ok(Self { name, any_subdomain, port })
    }

    fn covers(&self, host: &str, port: Option<u16>) -> bool {
        let named = match self.any_subdomain {
            true => host.len() > self.name.len() && host.ends_with(&self.name),
            false => host == self.name,
        };
        named && self.port.is_none_or(|wanted| Some(wanted) == port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(list: &str, url: &str) -> bool {
        AllowedHosts::parse(list).unwrap().allow(&Url::parse(url).unwrap())
    }

    #[test]
    fn only_what_is_named_is_allowed() {
        let list = " ACME.okta.com, *.cloudflareaccess.com,127.0.0.1:8080, [::1]:9,api.example.:443";
        for url in [
            "https://acme.okta.com/api",
            "https://acme.okta.com:8443",
            "https://acme.okta.com./",
            "https://team.cloudflareaccess.com",
            "https://a.b.cloudflareaccess.com",
            "http://127.0.0.1:8080/x",
            "http://[::1]:9/",
            "https://api.example",
        ] {
            assert!(allow(list, url), "{url}");
        }
        for url in [
            "https://evil.okta.com",
            "https://acme.okta.com.evil.example",
            "https://xacme.okta.com",
            "https://cloudflareaccess.com",
            "https://evilcloudflareaccess.com",
            "http://127.0.0.1:8081",
            "http://127.0.0.1",
            "http://localhost:8080",
            "http://[::1]:10",
            "https://api.example:444",
        ] {
            assert!(!allow(list, url), "{url}");
        }
    }

    #[test]
    fn what_is_no_host_name_is_an_error_that_names_it() {
        for text in [
            "https://acme.okta.com",
            "acme.okta.com/api",
            "*",
            "*okta.com",
            "a.*.com",
            "user@acme.okta.com",
            "acme.okta.com:http",
            "acme.okta.com:99999",
            "acme.okta.com?x",
            "acme.okta.com#x",
            "*.",
            ":443",
        ] {
            let problem = AllowedHosts::parse(&format!("api.cloudflare.com, {text}")).unwrap_err();
            assert!(problem.contains(text), "{text}: {problem}");
        }
        assert!(AllowedHosts::parse(" , ").is_err());
    }
}
