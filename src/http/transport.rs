//! The connection underneath: TLS, proxies, time limits — and which URLs are allowed at all.

use std::error::Error as _;

use reqwest::{Certificate, redirect, tls};
use url::{Host, Url};

use super::{Error, Settings, pem_file};

/// Whether the host of `url` is this machine: `localhost`, `127.0.0.0/8` or `::1`.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Refuses every URL that would carry credentials in clear over a network.
///
/// # Errors
/// [`Error::InsecureUrl`] unless it is https, or http to this machine.
pub fn require_secure(url: &Url) -> Result<(), Error> {
    match url.scheme() {
        "https" if url.has_host() => Ok(()),
        "http" if is_loopback(url) => Ok(()),
        _ => Err(Error::InsecureUrl { url: format!("{}{}", url.origin().ascii_serialization(), url.path()) }),
    }
}

/// Builds the connection pool for a service at `base`.
pub(super) fn build(base: &Url, settings: &Settings) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        .user_agent(settings.user_agent.as_str())
        .tls_version_min(tls::Version::TLS_1_2)
        .connect_timeout(settings.connect_timeout)
        .read_timeout(settings.read_timeout)
        .timeout(settings.total_timeout)
        // Credentials must not travel to wherever an answer points.
        .redirect(redirect::Policy::none());
    if is_loopback(base) {
        // HTTP_PROXY and friends are meant for the network; a proxy cannot reach our loopback.
        builder = builder.no_proxy();
    }
    if base.scheme() == "http" {
        // Nothing to verify: do not read the system's certificates.
        builder = builder.tls_certs_only([]);
    } else if let Some(file) = &settings.ca_file {
        let unusable = |reason: String| Error::Unusable { what: format!("the CA file {}", file.display()), reason };
        let pem = pem_file::read(file).map_err(|error| unusable(error.to_string()))?;
        let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| unusable(chain(&error)))?;
        if certificates.is_empty() {
            return Err(unusable("it holds no PEM certificate (-----BEGIN CERTIFICATE-----)".into()));
        }
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().map_err(|error| Error::Unusable { what: "the TLS set-up".into(), reason: chain(&error) })
}

/// What went wrong on the network, with what to do where that is known.
pub(super) fn explain(error: &reqwest::Error) -> String {
    let mut text = chain(error);
    if is_certificate(error) {
        text += "; if the service uses a private certificate authority, name its PEM file in ca_file";
    }
    text
}

/// Whether the other side's certificate is at fault: repeating the request changes nothing then.
pub(super) fn is_certificate(error: &reqwest::Error) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = error.source();
    while let Some(inner) = next {
        if matches!(inner.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        // An I/O error shows what it wraps through `get_ref` only, and they come nested.
        let wrapped = inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => inner.source(),
        };
    }
    false
}

/// An error with its sources, innermost last. reqwest's own line repeats the URL, query included: it is left out.
fn chain(error: &reqwest::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut source = error.source();
    while let Some(inner) = source {
        let text = inner.to_string();
        if parts.last().is_none_or(|last| !last.contains(&text)) {
            parts.push(text);
        }
        source = inner.source();
    }
    if parts.is_empty() {
        return if error.is_timeout() { "timed out".into() } else { "the exchange failed".into() };
    }
    parts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for url in ["https://acme.okta.com", "http://localhost:1", "http://127.0.0.9", "http://[::1]:80/x"] {
            assert!(require_secure(&Url::parse(url).unwrap()).is_ok(), "{url}");
        }
        for url in [
            "http://acme.okta.com",
            "http://10.0.0.1",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "ftp://localhost",
            "unix:/tmp/socket",
        ] {
            assert!(matches!(require_secure(&Url::parse(url).unwrap()), Err(Error::InsecureUrl { .. })), "{url}");
        }
    }

    #[test]
    fn a_bad_ca_file_is_named() {
        let base = Url::parse("https://acme.example").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let with = |file| Settings { ca_file: Some(file), ..Settings::default() };

        let missing = folder.path().join("missing.pem");
        let error = build(&base, &with(missing)).unwrap_err().to_string();
        assert!(error.contains("missing.pem"), "{error}");

        let empty = folder.path().join("empty.pem");
        std::fs::write(&empty, "no certificate").unwrap();
        let error = build(&base, &with(empty)).unwrap_err().to_string();
        assert!(error.contains("holds no PEM certificate"), "{error}");
    }
}
