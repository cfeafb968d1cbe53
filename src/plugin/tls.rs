//! Mutual TLS between the two processes, each proving a certificate that it made for this run.
//!
//! Terraform's certificate comes through the environment and ours goes back in the handshake line, so both are pinned:
//! there is no authority to ask. Unlike go-plugin's own servers we insist on the client's part, since the socket takes
//! credentials and any process of the same user could dial it.

use std::sync::Arc;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error as TlsError, ServerConfig, SignatureScheme,
};

/// The protocol both sides must agree on. grpc-go since 1.67 (Terraform 1.12) hangs up without it.
pub const ALPN: &[u8] = b"h2";

/// Why no TLS server could be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Key or certificate could not be made.
    #[error("cannot make a certificate for this run: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The TLS library refused the configuration.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] TlsError),
}

/// This process's side of the connection.
#[derive(Debug)]
pub struct Identity {
    /// The certificate to announce in the handshake line.
    pub certificate: CertificateDer<'static>,
    /// Accepts the one client whose certificate was given, and nobody else.
    pub config: Arc<ServerConfig>,
}

impl Identity {
    /// Makes a fresh key and certificate, and a server that talks to the owner of `client` alone.
    pub fn new(client: CertificateDer<'static>) -> Result<Self, Error> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        // Go looks for the host name among the alternative names only; the common name does not count.
        let mut params = CertificateParams::new(["localhost".to_owned()])?;
        params.is_ca = IsCa::NoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.self_signed(&key)?.der().clone();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));

        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(Pinned { certificate: client, provider }))
            .with_single_cert(vec![certificate.clone()], key)?;
        config.alpn_protocols = vec![ALPN.to_vec()];
        // One connection per process: there is nothing to resume, and a resumed session would not be verified anew.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Self { certificate, config: Arc::new(config) })
    }
}

/// Accepts one certificate, byte for byte, from whoever signs with its key.
///
/// The usual path validation cannot be used: Terraform's certificate calls itself an authority, and webpki refuses an
/// authority's certificate as a client's. Terraform signs with P-521, which aws-lc-rs verifies and ring does not.
#[derive(Debug)]
struct Pinned {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for Pinned {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        true
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, TlsError> {
        if *end_entity == self.certificate {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(TlsError::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
