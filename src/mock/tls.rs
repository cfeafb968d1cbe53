//! A throwaway certificate authority for `--tls`.

use std::io::{Error, ErrorKind};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;

/// Where distributions keep the certificates that every program trusts.
const SYSTEM_BUNDLES: &[&str] =
    &["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// The authority's public files, in a private folder that goes when this does. Its key is never written.
pub struct Authority {
    folder: TempDir,
    pem: String,
}

impl Authority {
    /// Makes an authority and a server certificate for loopback and these addresses.
    ///
    /// # Errors
    ///
    /// If the files cannot be written or a certificate cannot be made.
    pub fn issue(addresses: &[IpAddr]) -> Result<(Self, Arc<ServerConfig>), Error> {
        let authority_key = KeyPair::generate().map_err(Error::other)?;
        let mut authority = CertificateParams::default();
        authority.distinguished_name = named("zt-mock throwaway CA");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pem = authority.self_signed(&authority_key).map_err(Error::other)?.pem();
        let issuer = Issuer::new(authority, authority_key);

        let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        names
            .extend(addresses.iter().map(ToString::to_string).filter(|name| !names.contains(name)).collect::<Vec<_>>());
        let mut server = CertificateParams::new(names).map_err(Error::other)?;
        server.distinguished_name = named("zt-mock");
        server.use_authority_key_identifier_extension = true;
        server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let server_key = KeyPair::generate().map_err(Error::other)?;
        let certificate = server.signed_by(&server_key, &issuer).map_err(Error::other)?;

        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(server_key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .map_err(Error::other)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];

        let folder = tempfile::Builder::new().prefix("zt-mock-").tempdir()?;
        let authority = Self { folder, pem };
        std::fs::write(authority.file(), &authority.pem)?;
        std::fs::write(authority.bundle(), system_bundle()? + &authority.pem)?;
        Ok((authority, Arc::new(config)))
    }

    /// The authority's certificate, PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// File with the authority's certificate alone.
    pub fn file(&self) -> PathBuf {
        self.in_folder("ca.pem")
    }

    /// File with the system's authorities and this one, so that a program pointed at it still reaches the internet.
    pub fn bundle(&self) -> PathBuf {
        self.in_folder("bundle.pem")
    }

    fn in_folder(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

fn system_bundle() -> Result<String, Error> {
    for file in SYSTEM_BUNDLES.iter().map(Path::new) {
        match std::fs::read_to_string(file) {
            Ok(text) => return Ok(text + "\n"),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(String::new())
}
