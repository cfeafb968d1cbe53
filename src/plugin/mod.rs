//! Talks to the terraform process: negotiation, TLS, socket, logs, signals. Knows gRPC and no schemas.
//!
//! [`run`] is a whole provider program once it is given something that answers Terraform's calls. The scheme is
//! go-plugin's: terraform starts the program with a cookie and its certificate in the environment
//! ([`negotiation`]), the program listens on a [`socket`] and says where on standard output, and terraform connects
//! with mutual [`tls`] and [calls](serve) until the [`lifetime`] is over. Standard error carries the [`log`].

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::os::unix::process::parent_id;
use std::process::ExitCode;

use tokio::runtime::{Builder, Runtime};

use self::arguments::Command;
use self::lifetime::{Lifetime, Signals};
use self::negotiation::{Refusal, Request};
use self::serve::Security;
use self::socket::Socket;
use self::tls::Identity;
use crate::proto::tfplugin6::provider_server::Provider;

mod arguments;
mod broker;
mod controller;
pub mod debug;
mod health;
pub mod lifetime;
pub mod log;
pub mod negotiation;
pub mod panic;
pub mod serve;
pub mod socket;
mod stdio;
pub mod tls;

/// What the program says of itself.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// Name of the executable.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What it is for, in a sentence or two.
    pub summary: &'static str,
    /// Full source address, host included, as in `registry.terraform.io/hashicorp/null`.
    pub source_address: &'static str,
}

/// Runs the program that its arguments (without the program's name) and its environment ask for.
///
/// Returns when terraform is done with it. The exit code is 0 then, 1 where the program was started by hand or could not
/// serve, 2 for arguments it does not know.
pub fn run<P: Provider>(provider: P, about: &About, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let parent = parent_id();
    let served = match arguments::parse(arguments) {
        Ok(Command::Serve) => serve_parent(provider, parent),
        Ok(Command::Debug) => serve_anyone(provider, about),
        Ok(Command::Version) => say(&mut io::stdout(), &format!("{} {}\n", about.name, about.version)),
        Ok(Command::Help) => say(&mut io::stdout(), &arguments::help(about)),
        Err(unknown) => {
            let _ = say(&mut io::stderr(), &format!("unknown argument {unknown}\n\n{}", arguments::help(about)));
            return ExitCode::from(2);
        }
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Refused(Refusal::StartedByHand)) => {
            let _ = say(&mut io::stderr(), &arguments::help(about));
            ExitCode::FAILURE
        }
        Err(failure) => {
            let text = format!("{}: {failure}\n", about.name).replace('|', " ");
            let _ = say(&mut io::stderr(), &text);
            // Terraform hides standard error, and quotes a first line of output that is no handshake.
            if matches!(failure, Failure::Refused(_) | Failure::CannotStart(_)) {
                let _ = say(&mut io::stdout(), &text);
            }
            ExitCode::FAILURE
        }
    }
}

/// Serves the process that started this one.
fn serve_parent<P: Provider>(provider: P, parent: u32) -> Result<(), Failure> {
    let request = Request::read(|name| std::env::var(name).ok())?;
    log::start();
    panic::install_hook();
    in_runtime(async {
        // From here on Ctrl-C is terraform's affair.
        let mut signals = Signals::catch(false).map_err(cannot("catch signals"))?;
        let identity = Identity::new(request.client_certificate.clone()).map_err(cannot("prepare TLS"))?;
        let socket = Socket::listen(&std::env::temp_dir()).map_err(cannot("listen on a socket"))?;
        let line = request.answer(socket.path(), &identity.certificate);
        say(&mut io::stdout(), &format!("{line}\n"))?;
        let lifetime = Lifetime::default();
        tokio::select! {
            result = serve::serve(socket, Security::MutualTls(identity.config), provider, &lifetime) => {
                result.map_err(Failure::Serving)
            }
            end = lifetime.over(parent, &mut signals) => {
                tracing::debug!("ending, because {end}");
                Ok(())
            }
        }
    })
}

/// Serves whoever attaches until Ctrl-C.
fn serve_anyone<P: Provider>(provider: P, about: &About) -> Result<(), Failure> {
    log::start();
    panic::install_hook();
    in_runtime(async {
        let mut signals = Signals::catch(true).map_err(cannot("catch signals"))?;
        let socket = Socket::listen(&std::env::temp_dir()).map_err(cannot("listen on a socket"))?;
        let line = debug::reattach_line(about.source_address, std::process::id(), socket.path());
        say(
            &mut io::stdout(),
            &format!("Serving without TLS until Ctrl-C. To attach, set this where terraform runs:\n\n\t{line}\n\n"),
        )?;
        let lifetime = Lifetime::default();
        tokio::select! {
            result = serve::serve(socket, Security::Plaintext, provider, &lifetime) => {
                result.map_err(Failure::Serving)
            }
            () = signals.end() => Ok(()),
        }
    })
}

/// Runs `body` on this thread and leaves without waiting for what it started: a name lookup cannot be cancelled, and may
/// take longer than terraform waits.
fn in_runtime(body: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime: Runtime = Builder::new_current_thread().enable_all().build().map_err(cannot("wait for events"))?;
    let result = runtime.block_on(body);
    runtime.shutdown_background();
    result
}

/// Writes `text` in one piece.
fn say(stream: &mut dyn Write, text: &str) -> Result<(), Failure> {
    stream.write_all(text.as_bytes()).and_then(|()| stream.flush()).map_err(cannot("write to standard output"))
}

/// Why the program could not serve, or not to the end.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The environment does not ask for what we do.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something that every run needs is missing.
    #[error("cannot {0}")]
    CannotStart(String),
    /// The server itself failed.
    #[error("serving failed: {0}")]
    Serving(#[source] tonic::transport::Error),
}

/// Turns an error into a [`Failure`] that says what was tried.
fn cannot<E: fmt::Display>(what: &'static str) -> impl FnOnce(E) -> Failure {
    move |error| Failure::CannotStart(format!("{what}: {error}"))
}
