//! The terraform side of a connection: its certificate, its TLS, its gRPC.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, PKCS_ECDSA_P521_SHA512};
use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs::{self, sign::any_supported_type};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, SignatureScheme, SupportedProtocolVersion};
use tokio::net::UnixStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

/// A key and a certificate of the kind Terraform makes: P-521, self-signed, calling itself an authority.
#[derive(Debug)]
pub(crate) struct Caller {
    key: KeyPair,
    certificate: rcgen::Certificate,
}

impl Caller {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Self { key, certificate }
    }

    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.der().clone()
    }

    pub(crate) fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// What this caller presents and signs with.
    pub(crate) fn credentials(&self) -> Credentials {
        Credentials::of(self.certificate(), &self.key)
    }

    /// This caller's certificate, and signatures made with another's key.
    pub(crate) fn forged_by(&self, other: &Self) -> Credentials {
        Credentials::of(self.certificate(), &other.key)
    }
}

/// What a client presents: a certificate with a key that need not belong to it, or nothing.
#[derive(Debug, Clone)]
pub(crate) struct Credentials(Option<Arc<CertifiedKey>>);

impl Credentials {
    pub(crate) const NONE: Self = Self(None);

    /// The same certificate, and signatures made with another's key.
    pub(crate) fn signing_with(&self, other: &Caller) -> Self {
        let Self(Some(own)) = self else { panic!("there is no certificate") };
        Self::of(own.cert[0].clone(), &other.key)
    }

    fn of(certificate: CertificateDer<'static>, key: &KeyPair) -> Self {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Self(Some(Arc::new(CertifiedKey::new(vec![certificate], any_supported_type(&key).unwrap()))))
    }
}

impl ResolvesClientCert for Credentials {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.clone()
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}

/// A client's side of TLS that trusts `server` alone, as Terraform does.
pub(crate) fn client(
    server: &CertificateDer<'static>,
    credentials: Credentials,
    version: &'static SupportedProtocolVersion,
    alpn: &[&[u8]],
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(server.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(Arc::new(credentials));
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    Arc::new(config)
}

/// Opens the socket and does the client's part of the TLS handshake.
pub(crate) async fn dial(socket: &Path, config: Arc<ClientConfig>) -> std::io::Result<TlsStream<UnixStream>> {
    introduce(UnixStream::connect(socket).await?, config).await
}

/// Does the client's part of the TLS handshake.
pub(crate) async fn introduce(stream: UnixStream, config: Arc<ClientConfig>) -> std::io::Result<TlsStream<UnixStream>> {
    TlsConnector::from(config).connect(ServerName::try_from("localhost").unwrap(), stream).await
}

/// A gRPC connection over TLS, made at once.
pub(crate) async fn channel(socket: PathBuf, config: Arc<ClientConfig>) -> Channel {
    let connector = service_fn(move |_| {
        let (socket, config) = (socket.clone(), Arc::clone(&config));
        async move { dial(&socket, config).await.map(TokioIo::new) }
    });
    Endpoint::from_static("http://localhost").connect_with_connector(connector).await.unwrap()
}

/// A gRPC connection without TLS, made at once.
pub(crate) async fn plaintext_channel(socket: PathBuf) -> Channel {
    let connector = service_fn(move |_| {
        let socket = socket.clone();
        async move { UnixStream::connect(socket).await.map(TokioIo::new) }
    });
    Endpoint::from_static("http://localhost").connect_with_connector(connector).await.unwrap()
}
