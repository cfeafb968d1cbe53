//! Accepts connections and answers gRPC on them.

use std::future::pending;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, yield_now};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Server;
use tonic::transport::server::Connected as ConnectInfo;

use super::broker::Broker;
use super::controller::Controller;
use super::health::Healthy;
use super::lifetime::{Connected, Lifetime};
use super::socket::Socket;
use super::stdio::Stdio;
use super::tls::ALPN;
use crate::proto::health::health_server::HealthServer;
use crate::proto::plugin::grpc_broker_server::GrpcBrokerServer;
use crate::proto::plugin::grpc_controller_server::GrpcControllerServer;
use crate::proto::plugin::grpc_stdio_server::GrpcStdioServer;
use crate::proto::tfplugin6::provider_server::{Provider, ProviderServer};

/// Largest message either way, as in HashiCorp's own servers. tonic would refuse states above 4 MiB.
pub const LARGEST_MESSAGE: usize = 256 << 20;

/// How long a peer may take to introduce itself.
const INTRODUCTION: Duration = Duration::from_secs(10);

/// Pause after a failed accept, so that running out of file descriptors does not become a busy loop.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// Who may connect.
#[derive(Debug, Clone)]
pub enum Security {
    /// The one client that the configuration accepts.
    MutualTls(Arc<ServerConfig>),
    /// Every process that can open the socket, that is, those of the same user. For `--debug` alone.
    Plaintext,
}

/// Answers calls until it fails or its future is dropped.
///
/// It never ends by itself: calls such as StreamStdio stay open for good, so a server that waited for them would not
/// end either. The caller watches `lifetime` and drops this future when it is over.
///
/// Behind [`Security::MutualTls`] there is one caller, who makes one connection: as soon as it is in, the socket is
/// removed. Whoever came later would be somebody else, and a process that is killed then leaves nothing lying about.
pub async fn serve<P: Provider>(
    socket: Socket,
    security: Security,
    provider: P,
    lifetime: &Lifetime,
) -> Result<(), tonic::transport::Error> {
    let provider = ProviderServer::new(provider)
        .max_decoding_message_size(LARGEST_MESSAGE)
        .max_encoding_message_size(LARGEST_MESSAGE);
    let (ready, connections) = mpsc::channel(1);
    let server = Server::builder()
        .add_service(provider)
        .add_service(GrpcControllerServer::new(Controller(lifetime.clone())))
        .add_service(GrpcStdioServer::new(Stdio))
        .add_service(GrpcBrokerServer::new(Broker))
        .add_service(HealthServer::new(Healthy))
        .serve_with_incoming(ReceiverStream::new(connections));
    let door = async {
        accept(&socket, security, lifetime, &ready).await;
        // Removing a folder takes the file system a moment, and the caller waits for the server's first frame.
        yield_now().await;
        drop(socket);
        pending().await
    };
    tokio::select! {
        // In this order, or the socket would be gone before the server has seen the connection.
        biased;
        never = door => never,
        result = server => result,
    }
}

/// Takes peers in, each introducing itself in a task of its own: one that stays silent keeps nobody else waiting.
///
/// Ends with the one peer of [`Security::MutualTls`], and never otherwise.
async fn accept(
    socket: &Socket,
    security: Security,
    lifetime: &Lifetime,
    ready: &mpsc::Sender<Result<Connection, io::Error>>,
) {
    let mut introductions = JoinSet::new();
    let mut failed = false;
    loop {
        let accepted = async {
            if failed {
                sleep(ACCEPT_AGAIN).await;
            }
            socket.listener().accept().await
        };
        tokio::select! {
            accepted = accepted => {
                failed = accepted.is_err();
                match accepted {
                    Ok((peer, _)) => {
                        introductions.spawn(timeout(INTRODUCTION, introduce(peer, security.clone())));
                    }
                    Err(error) => tracing::warn!(%error, "could not accept a connection"),
                }
            }
            Some(introduced) = introductions.join_next() => match introduced {
                Ok(Ok(Ok(io))) => {
                    let connection = Connection { io, _counted: lifetime.connected() };
                    // Nobody receives once the server is gone, and then nothing is to be done.
                    let _ = ready.send(Ok(connection)).await;
                    if matches!(security, Security::MutualTls(_)) {
                        return;
                    }
                }
                Ok(Ok(Err(error))) => tracing::warn!(%error, "refused a connection"),
                Ok(Err(_)) => tracing::warn!("refused a connection that said nothing"),
                Err(error) => tracing::warn!(%error, "could not let a connection in"),
            },
        }
    }
}

async fn introduce(peer: UnixStream, security: Security) -> io::Result<Pin<Box<dyn Duplex>>> {
    let config = match security {
        Security::Plaintext => return Ok(Box::pin(peer)),
        Security::MutualTls(config) => config,
    };
    let stream = TlsAcceptor::from(config).accept(peer).await?;
    // A client that offers no protocol at all gets through the TLS handshake.
    if stream.get_ref().1.alpn_protocol() != Some(ALPN) {
        return Err(io::Error::other("the peer does not speak HTTP/2"));
    }
    Ok(Box::pin(stream))
}

/// Bytes both ways.
trait Duplex: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Duplex for T {}

/// A peer that has introduced itself, counted in [`Lifetime`] until it is dropped.
struct Connection {
    io: Pin<Box<dyn Duplex>>,
    _counted: Connected,
}

impl ConnectInfo for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) -> Self::ConnectInfo {}
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.io.as_mut().poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.io.as_mut().poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
