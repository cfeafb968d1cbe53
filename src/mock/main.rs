//! The mock as a program: `zt-mock serve`, and `zt-mock run -- COMMAND`.

use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitCode, ExitStatus, Stdio};

use clap::{Parser, Subcommand};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use zt::mock::{Mock, Options};

/// An Okta org and a Cloudflare Zero Trust account on loopback, to run Terraform against without a tenant
#[derive(Parser)]
#[command(name = "zt-mock", version, after_help = AFTER_HELP)]
struct Program {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Print one JSON line with addresses, credentials and environment, then serve until interrupted
    Serve {
        #[command(flatten)]
        options: Options,
    },
    /// Run a command with the environment that points at the mock, stop when it ends, and exit with its code
    Run {
        #[command(flatten)]
        options: Options,
        /// The command and its arguments
        #[arg(last = true, required = true, value_name = "COMMAND")]
        command: Vec<OsString>,
    },
}

const AFTER_HELP: &str = "\
Examples:
  zt-mock run -- terraform apply
  zt-mock run --provisioning-api unknown -- terraform plan
  zt-mock serve --tls --okta-addr 127.0.0.1:8443

Request journal, scripted faults and clock are under /_mock/ on every address.";

/// Exit codes of shells for a command that does not exist, and one that cannot be run.
const NOT_FOUND: u8 = 127;
const NOT_RUNNABLE: u8 = 126;

/// Where it takes its memory from if it is linked against musl, with whose own allocator it answers half as many requests.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let ended = match Program::parse().command {
        Task::Serve { options } => serve(options).await,
        Task::Run { options, command } => run(options, command).await,
    };
    ended.unwrap_or_else(|problem| {
        complain(&problem);
        ExitCode::FAILURE
    })
}

async fn serve(options: Options) -> Result<ExitCode, String> {
    let mut stop = Stop::listen()?;
    let mock = launch(options)?;
    writeln!(io::stdout(), "{}", mock.ready()).map_err(|error| format!("cannot print the ready line: {error}"))?;
    stop.asked().await;
    Ok(ExitCode::SUCCESS)
}

async fn run(options: Options, command: Vec<OsString>) -> Result<ExitCode, String> {
    let mut stop = Stop::listen()?;
    let mock = launch(options)?;
    let (program, arguments) = command.split_first().ok_or("no command to run")?;
    let started = Command::new(program).args(arguments).envs(mock.env()).stdin(Stdio::inherit()).spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => {
            complain(&format!("cannot run {}: {error}", program.display()));
            let missing = error.kind() == io::ErrorKind::NotFound;
            return Ok(ExitCode::from(if missing { NOT_FOUND } else { NOT_RUNNABLE }));
        }
    };
    let status = loop {
        tokio::select! {
            ended = child.wait() => break ended.map_err(|error| format!("cannot wait for the command: {error}"))?,
            signal = stop.asked() => forward(signal, &child),
        }
    };
    Ok(ExitCode::from(code(status)))
}

fn launch(mut options: Options) -> Result<Mock, String> {
    for address in [options.okta_addr, options.cloudflare_addr, options.team_addr] {
        if !address.ip().is_loopback() {
            complain(&format!(
                "warning: {address} is not loopback: whoever reaches it can read and change everything in this mock"
            ));
        }
    }
    // A program reports a request that nobody serves in its journal; only a test fails on it.
    options.allow_unserved = true;
    Mock::launch(options).map_err(|error| error.to_string())
}

/// The wish to stop: Ctrl-C, or a polite kill.
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    fn listen() -> Result<Self, String> {
        let listen = |kind| signal(kind).map_err(|error| format!("cannot listen for signals: {error}"));
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    async fn asked(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::SIGINT,
            _ = self.terminate.recv() => Signal::SIGTERM,
        }
    }
}

/// Passes a signal on. The terminal has sent Ctrl-C to the command already, and it counts how often it gets one.
fn forward(signal: Signal, child: &Child) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(pid) = pid
        && signal != Signal::SIGINT
    {
        // It may have ended in this moment; then there is nobody to tell.
        let _ended_already = kill(Pid::from_raw(pid), signal);
    }
}

/// The command's exit code, or 128 and the number of the signal that ended it, as shells have it.
fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

fn complain(problem: &str) {
    // Where standard error is gone, there is nowhere left to say so.
    drop(writeln!(io::stderr(), "zt-mock: {problem}"));
}
