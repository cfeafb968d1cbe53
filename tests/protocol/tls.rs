//! Who gets through to the services, and who does not.

use std::io;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;
use zt::plugin::lifetime::Lifetime;
use zt::plugin::serve::{LARGEST_MESSAGE, Security, serve};
use zt::plugin::socket::Socket;
use zt::plugin::tls::Identity;
use zt::proto::tfplugin6::provider_client::ProviderClient;
use zt::proto::tfplugin6::{DynamicValue, call_function};

use crate::caller::{Caller, Credentials, channel, client, dial, introduce};
use crate::toy::Toy;

const H2: &[&[u8]] = &[b"h2"];

/// A server in this process, for one caller.
struct Server {
    socket: std::path::PathBuf,
    certificate: CertificateDer<'static>,
}

impl Server {
    /// Serves until the test's runtime ends.
    fn start(caller: &Caller) -> Self {
        let identity = Identity::new(caller.certificate()).unwrap();
        let socket = Socket::listen(&std::env::temp_dir()).unwrap();
        let server = Self { socket: socket.path().to_owned(), certificate: identity.certificate };
        tokio::spawn(async move {
            let security = Security::MutualTls(identity.config);
            serve(socket, security, Toy, &Lifetime::default()).await
        });
        server
    }

    /// Whether a client with these properties hears an HTTP/2 server. The error is what it heard instead.
    async fn greets(
        &self,
        credentials: Credentials,
        version: &'static rustls::SupportedProtocolVersion,
        alpn: &[&[u8]],
    ) -> io::Result<()> {
        let mut stream = dial(&self.socket, client(&self.certificate, credentials, version, alpn)).await?;
        greeting(&mut stream).await
    }
}

/// Opens HTTP/2 (RFC 9113, section 3.4) and waits for the server's SETTINGS, which a refused client never gets.
pub(crate) async fn greeting(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
    // A server that refuses may have hung up before we are through; what it said about it can still be read.
    let _ = stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    let mut head = [0; 9];
    timeout(Duration::from_secs(5), stream.read_exact(&mut head)).await??;
    if head[3] == 4 { Ok(()) } else { Err(io::Error::other("not a SETTINGS frame")) }
}

#[tokio::test]
async fn the_right_certificate_with_its_key_is_let_in() {
    let caller = Caller::new();
    for version in [&TLS12, &TLS13] {
        Server::start(&caller).greets(caller.credentials(), version, H2).await.unwrap();
    }
}

#[tokio::test]
async fn nobody_comes_after_the_one_caller() {
    let caller = Caller::new();
    let server = Server::start(&caller);
    // Those who are refused or say nothing leave the door open for the one who is not.
    server.greets(Credentials::NONE, &TLS13, H2).await.unwrap_err();
    let mut silent = UnixStream::connect(&server.socket).await.unwrap();
    let late = UnixStream::connect(&server.socket).await.unwrap();
    let config = client(&server.certificate, caller.credentials(), &TLS13, H2);
    let mut provider = ProviderClient::new(channel(server.socket.clone(), config).await);
    let request = call_function::Request { name: "echo".to_owned(), arguments: Vec::new() };
    // The first answer may be on its way before the socket is gone; the second is not.
    for _ in 0..2 {
        provider.call_function(request.clone()).await.unwrap();
    }
    assert!(!server.socket.parent().unwrap().exists(), "socket and folder are gone");
    let config = client(&server.certificate, caller.credentials(), &TLS13, H2);
    let heard = dial(&server.socket, config).await.unwrap_err();
    assert_eq!(heard.kind(), io::ErrorKind::NotFound);
    let heard = timeout(Duration::from_secs(5), silent.read(&mut [0])).await.unwrap();
    assert!(matches!(heard, Ok(0) | Err(_)), "{heard:?}");
    let config = client(&server.certificate, caller.credentials(), &TLS13, H2);
    let heard = timeout(Duration::from_secs(5), introduce(late, config)).await.unwrap();
    assert!(heard.is_err(), "the caller itself is a stranger the second time");
    provider.call_function(request).await.unwrap();
}

#[tokio::test]
async fn no_certificate_is_refused() {
    let caller = Caller::new();
    let server = Server::start(&caller);
    for version in [&TLS12, &TLS13] {
        server.greets(Credentials::NONE, version, H2).await.unwrap_err();
    }
    let heard = server.greets(Credentials::NONE, &TLS13, H2).await.unwrap_err();
    assert!(heard.to_string().contains("CertificateRequired"), "{heard}");
}

#[tokio::test]
async fn another_certificate_is_refused() {
    let caller = Caller::new();
    let server = Server::start(&caller);
    for version in [&TLS12, &TLS13] {
        let heard = server.greets(Caller::new().credentials(), version, H2).await.unwrap_err();
        assert!(heard.to_string().contains("alert"), "{heard}");
    }
}

#[tokio::test]
async fn the_right_certificate_without_its_key_is_refused() {
    let caller = Caller::new();
    let server = Server::start(&caller);
    for version in [&TLS12, &TLS13] {
        let heard = server.greets(caller.forged_by(&Caller::new()), version, H2).await.unwrap_err();
        assert!(heard.to_string().contains("alert"), "{heard}");
    }
}

#[tokio::test]
async fn plaintext_is_refused() {
    let server = Server::start(&Caller::new());
    let mut stream = UnixStream::connect(&server.socket).await.unwrap();
    greeting(&mut stream).await.unwrap_err();
}

#[tokio::test]
async fn a_client_of_another_protocol_or_of_none_is_refused() {
    let caller = Caller::new();
    let server = Server::start(&caller);
    let heard = server.greets(caller.credentials(), &TLS13, &[b"http/1.1"]).await.unwrap_err();
    assert!(heard.to_string().contains("NoApplicationProtocol"), "{heard}");
    server.greets(caller.credentials(), &TLS13, &[]).await.unwrap_err();
}

#[tokio::test]
async fn peers_that_say_nothing_keep_nobody_waiting() {
    let caller = Caller::new();
    let server = Server::start(&caller);
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(UnixStream::connect(&server.socket).await.unwrap());
    }
    let greeted = timeout(Duration::from_secs(5), server.greets(caller.credentials(), &TLS13, H2)).await;
    greeted.unwrap().unwrap();
}

#[tokio::test]
async fn messages_far_above_four_mebibytes_pass_both_ways() {
    let caller = Caller::new();
    let server = Server::start(&caller);
    let config = client(&server.certificate, caller.credentials(), &TLS13, H2);
    let mut provider = ProviderClient::new(channel(server.socket.clone(), config).await)
        .max_decoding_message_size(LARGEST_MESSAGE)
        .max_encoding_message_size(LARGEST_MESSAGE);
    let value = DynamicValue { msgpack: vec![7; 20 << 20], json: Vec::new() };
    let request = call_function::Request { name: "echo".to_owned(), arguments: vec![value.clone()] };
    let answer = provider.call_function(request).await.unwrap().into_inner();
    assert!(answer.result == Some(value));
}
