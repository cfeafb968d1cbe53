//! What terraform asks for in the environment, and the one line that answers it.
//!
//! The scheme is that of go-plugin (<https://github.com/hashicorp/go-plugin/blob/main/docs/internals.md>): a cookie that
//! tells a person's shell from a host process, a list of protocol versions, a certificate to trust, and
//! `CORE|PROTOCOL|NETWORK|ADDRESS|grpc|CERTIFICATE` on standard output.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Version of go-plugin's own part of the conversation.
const CORE_VERSION: u8 = 1;

/// Major version of Terraform's provider protocol that is served. The minor one never travels.
pub const PROTOCOL_VERSION: u8 = 6;

/// Name and value of the cookie that Terraform and OpenTofu set for every provider.
pub const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// What the environment asks for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The certificate the caller will prove to own.
    pub client_certificate: CertificateDer<'static>,
    /// Whether a caller that can share one connection between services wants to hear whether we can, too.
    pub asks_for_multiplexing: bool,
}

/// Why this process will not serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No cookie: a person started the program.
    #[error("this program is a Terraform provider, and Terraform starts it")]
    StartedByHand,
    /// The caller is too old, or too new.
    #[error(
        "this provider speaks plugin protocol {PROTOCOL_VERSION}, and what started it offers {offered}; \
         Terraform 1.0 and later and every OpenTofu speak it"
    )]
    Protocol {
        /// The caller's list, as it came.
        offered: String,
    },
    /// `TF_DISABLE_PLUGIN_TLS` is set, so the caller would send secrets in clear.
    #[error(
        "TF_DISABLE_PLUGIN_TLS is set, and this provider takes credentials over TLS only; unset it, or start the \
         provider with --debug to attach to it without TLS"
    )]
    TlsDisabled,
    /// There is no certificate to tell the caller from any other process of this machine.
    #[error("PLUGIN_CLIENT_CERT is not set, and this provider answers only the process that started it")]
    NoCertificate,
    /// The certificate cannot be read.
    #[error("PLUGIN_CLIENT_CERT does not hold a PEM certificate")]
    BadCertificate,
}

impl Request {
    /// Reads the environment through `variable`, which returns nothing for what is not set.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Refusal> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        if set(COOKIE.0).as_deref() != Some(COOKIE.1) {
            return Err(Refusal::StartedByHand);
        }
        let offered = set("PLUGIN_PROTOCOL_VERSIONS").unwrap_or_default();
        // The order is random: Terraform writes it from a hash map.
        if !offered.split(',').any(|version| version.trim().parse() == Ok(PROTOCOL_VERSION)) {
            let shown = offered.replace(|c: char| c == '|' || c.is_control(), " ");
            let offered = if shown.trim().is_empty() { "none".to_owned() } else { shown };
            return Err(Refusal::Protocol { offered });
        }
        let Some(pem) = set("PLUGIN_CLIENT_CERT") else {
            let disabled = set("TF_DISABLE_PLUGIN_TLS").is_some();
            return Err(if disabled { Refusal::TlsDisabled } else { Refusal::NoCertificate });
        };
        let client_certificate = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| Refusal::BadCertificate)?;
        let asks_for_multiplexing = set("PLUGIN_MULTIPLEX_GRPC").is_some();
        Ok(Self { client_certificate, asks_for_multiplexing })
    }

    /// The handshake line, without its line end.
    ///
    /// `certificate` is the server's; it travels as unpadded base64, and Terraform fails on padding. A seventh field is
    /// there only if it was asked for, since older hosts would read it as part of the certificate. It says `false`:
    /// `true` would promise that this side speaks yamux on the socket, which no provider call needs.
    pub fn answer(&self, socket: &Path, certificate: &CertificateDer<'_>) -> String {
        let certificate = STANDARD_NO_PAD.encode(certificate);
        let line = format!("{CORE_VERSION}|{PROTOCOL_VERSION}|unix|{}|grpc|{certificate}", socket.display());
        if self.asks_for_multiplexing { line + "|false" } else { line }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn environment() -> BTreeMap<&'static str, String> {
        let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert;
        BTreeMap::from([
            (COOKIE.0, COOKIE.1.to_owned()),
            ("PLUGIN_PROTOCOL_VERSIONS", "5,6".to_owned()),
            ("PLUGIN_CLIENT_CERT", certificate.pem()),
        ])
    }

    fn read(environment: &BTreeMap<&'static str, String>) -> Result<Request, Refusal> {
        Request::read(|name| environment.get(name).cloned())
    }

    fn refusal(change: impl FnOnce(&mut BTreeMap<&'static str, String>)) -> Refusal {
        let mut environment = environment();
        change(&mut environment);
        read(&environment).unwrap_err()
    }

    #[test]
    fn without_the_cookie_a_person_started_it() {
        assert_eq!(refusal(|env| drop(env.remove(COOKIE.0))), Refusal::StartedByHand);
        assert_eq!(refusal(|env| drop(env.insert(COOKIE.0, "other".to_owned()))), Refusal::StartedByHand);
    }

    #[test]
    fn protocol_6_is_found_in_any_order_and_nowhere_else() {
        let mut env = environment();
        for list in ["6", "5,6", "6,5", "4,5,6,7"] {
            env.insert("PLUGIN_PROTOCOL_VERSIONS", list.to_owned());
            assert!(read(&env).is_ok(), "{list}");
        }
        for list in ["5", "16", "60", "", "6x"] {
            let got = refusal(|env| drop(env.insert("PLUGIN_PROTOCOL_VERSIONS", list.to_owned())));
            assert!(matches!(got, Refusal::Protocol { .. }), "{list}");
        }
    }

    #[test]
    fn no_certificate_is_refused_and_the_reason_named() {
        assert_eq!(refusal(|env| drop(env.remove("PLUGIN_CLIENT_CERT"))), Refusal::NoCertificate);
        let got = refusal(|env| {
            env.remove("PLUGIN_CLIENT_CERT");
            env.insert("TF_DISABLE_PLUGIN_TLS", "1".to_owned());
        });
        assert_eq!(got, Refusal::TlsDisabled);
        assert_eq!(refusal(|env| drop(env.insert("PLUGIN_CLIENT_CERT", "x".to_owned()))), Refusal::BadCertificate);
    }

    #[test]
    fn the_line_has_six_fields_and_an_unpadded_certificate() {
        let request = read(&environment()).unwrap();
        // One byte needs padding in ordinary base64.
        let line = request.answer(Path::new("/tmp/a/s"), &CertificateDer::from(vec![0xfb]));
        assert_eq!(line, "1|6|unix|/tmp/a/s|grpc|+w");
    }

    #[test]
    fn the_seventh_field_comes_only_when_asked_for() {
        let mut env = environment();
        env.insert("PLUGIN_MULTIPLEX_GRPC", "true".to_owned());
        let line = read(&env).unwrap().answer(Path::new("/s"), &CertificateDer::from(vec![1, 2, 3]));
        assert_eq!(line, "1|6|unix|/s|grpc|AQID|false");
    }

    #[test]
    fn no_refusal_can_be_taken_for_a_handshake_line() {
        let offered = refusal(|env| drop(env.insert("PLUGIN_PROTOCOL_VERSIONS", "1|2\n|3|4|5".to_owned())));
        let controls = refusal(|env| drop(env.insert("PLUGIN_PROTOCOL_VERSIONS", "\0\u{1b}[2J\r\u{85}5".to_owned())));
        for refusal in [offered, controls, Refusal::TlsDisabled, Refusal::NoCertificate, Refusal::BadCertificate] {
            let said = refusal.to_string();
            assert!(!said.contains(|c: char| c == '|' || c.is_control()), "{said:?}");
        }
    }
}
