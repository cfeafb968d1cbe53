//! Listening sockets and connections.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::pipeline::Connection;

/// The address that a request came from. The server puts one into each request.
#[derive(Clone, Copy)]
pub struct Peer(pub IpAddr);

/// A bound socket that does not answer yet.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Binds; port 0 picks a free one.
    ///
    /// # Errors
    ///
    /// If the address cannot be had.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address })
    }

    /// `http://127.0.0.1:PORT`, or https. An address that means "all interfaces" is named by loopback.
    pub fn url(&self, tls: bool) -> String {
        let scheme = if tls { "https" } else { "http" };
        let mut address = self.address;
        if address.ip().is_unspecified() {
            let loopback = if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() };
            address.set_ip(loopback);
        }
        format!("{scheme}://{address}")
    }

    /// Serves until told to stop; open connections are dropped then.
    pub async fn serve(self, routes: Router, tls: Option<Arc<ServerConfig>>, stop: CancellationToken) {
        let acceptor = tls.map(TlsAcceptor::from);
        loop {
            let (stream, peer) = tokio::select! {
                () = stop.cancelled() => return,
                accepted = self.socket.accept() => match accepted {
                    Ok(accepted) => accepted,
                    // Out of file descriptors or the peer is gone already: the next one may fare better.
                    Err(_) => {
                        tokio::task::yield_now().await;
                        continue;
                    }
                },
            };
            tokio::spawn(connection(stream, Peer(peer.ip()), routes.clone(), acceptor.clone(), stop.child_token()));
        }
    }
}

async fn connection(
    stream: TcpStream,
    peer: Peer,
    routes: Router,
    acceptor: Option<TlsAcceptor>,
    stop: CancellationToken,
) {
    // Without this a small answer waits for the peer's delayed acknowledgement.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    match acceptor {
        None => requests(stream, peer, routes, stop).await,
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                requests(stream, peer, routes, stop).await;
            }
        }
    }
}

async fn requests<S>(stream: S, peer: Peer, routes: Router, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let closing = Connection(stop.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(closing.clone());
        request.extensions_mut().insert(peer);
        routes.clone().oneshot(request)
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    let serving = builder.serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        () = stop.cancelled() => {}
        // A peer that hangs up in mid-request is no news.
        _ended = serving => {}
    }
}
