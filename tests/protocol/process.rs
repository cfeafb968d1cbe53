//! The plugin as a process of its own, from its start to its end.
//!
//! The process is this test binary, told through the environment to be the toy provider instead. Its standard output
//! reaches its end when the process has ended, which is what the tests wait for.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustls::pki_types::CertificateDer;
use rustls::version::TLS13;
use serde_json::Value;
use tokio::net::UnixStream;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tonic::transport::Channel;
use zt::plugin::negotiation::COOKIE;
use zt::proto::health::HealthCheckRequest;
use zt::proto::health::health_check_response::ServingStatus;
use zt::proto::health::health_client::HealthClient;
use zt::proto::plugin::Empty;
use zt::proto::plugin::grpc_broker_client::GrpcBrokerClient;
use zt::proto::plugin::grpc_controller_client::GrpcControllerClient;
use zt::proto::plugin::grpc_stdio_client::GrpcStdioClient;
use zt::proto::tfplugin6::provider_client::ProviderClient;
use zt::proto::tfplugin6::{DynamicValue, call_function};

use crate::caller::{Caller, Credentials, channel, client, dial, plaintext_channel};
use crate::tls::greeting;
use crate::toy::{ABOUT, Toy};

/// Set for the process that is to be the toy provider; holds its arguments.
pub(crate) const BE_THE_TOY: &str = "ZT_TEST_BE_THE_TOY";

/// How long a process may take to end before the test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// How the toy is started.
pub(crate) struct Start {
    pub(crate) command: Command,
    pub(crate) caller: Caller,
}

impl Start {
    /// A command that runs the toy as terraform would run it.
    pub(crate) fn new() -> Self {
        Self::under(Command::new(std::env::current_exe().unwrap()))
    }

    /// The same, as a child of a shell that waits for it.
    fn below_a_shell() -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", "\"$0\" \"$@\" & wait"]).arg(std::env::current_exe().unwrap());
        Self::under(shell)
    }

    fn under(mut command: Command) -> Self {
        // Two threads, because with one libtest writes the test's name before the toy's first line.
        command.args(["--exact", "process::the_toy_talks_to_its_parent", "--nocapture", "--test-threads=2"]);
        command.env(BE_THE_TOY, "");
        Self::as_terraform(command)
    }

    /// The environment that terraform gives to a plugin.
    pub(crate) fn as_terraform(mut command: Command) -> Self {
        let caller = Caller::new();
        command.env(COOKIE.0, COOKIE.1).env("PLUGIN_PROTOCOL_VERSIONS", "6,5");
        command.env("PLUGIN_CLIENT_CERT", caller.pem());
        for name in ["TF_LOG", "TF_LOG_PROVIDER", "TF_DISABLE_PLUGIN_TLS", "PLUGIN_MULTIPLEX_GRPC"] {
            command.env_remove(name);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command, caller }
    }

    /// Starts it and reads its handshake line.
    pub(crate) fn handshake(mut self) -> Running {
        let mut child = self.command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (line, said) = line_that_starts(&mut output, "1|");
        let fields: Vec<&str> = line.trim_end().split('|').collect();
        let [_, "6", "unix", socket, "grpc", certificate] = fields.as_slice() else { panic!("{line}") };
        let certificate = CertificateDer::from(STANDARD_NO_PAD.decode(certificate).unwrap());
        let tls = Some((certificate, self.caller.credentials()));
        Running { child, output, said, socket: PathBuf::from(socket), tls }
    }

    /// Starts it as a person would, who gives it `--debug`, and reads how to attach; `address` is the provider's.
    pub(crate) fn attach(mut self, address: &str) -> Running {
        for name in [COOKIE.0, "PLUGIN_PROTOCOL_VERSIONS", "PLUGIN_CLIENT_CERT"] {
            self.command.env_remove(name);
        }
        let mut child = self.command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (line, said) = line_that_starts(&mut output, "\tTF_REATTACH_PROVIDERS='");
        let json = line.trim().strip_prefix("TF_REATTACH_PROVIDERS='").unwrap().strip_suffix('\'').unwrap();
        let attach: Value = serde_json::from_str(json).unwrap();
        let attach = &attach[address];
        assert_eq!(attach["Pid"], child.id());
        // Terraform speaks protocol 5 to a server that is not said to be a test's.
        assert_eq!((&attach["ProtocolVersion"], &attach["Test"]), (&Value::from(6), &Value::from(true)), "{line}");
        let socket = PathBuf::from(attach["Addr"]["String"].as_str().unwrap());
        Running { child, output, said, socket, tls: None }
    }
}

/// The line, and what stands before it: for the toy, what libtest prints.
fn line_that_starts(output: &mut impl BufRead, start: &str) -> (String, String) {
    let mut before = String::new();
    loop {
        let mut line = String::new();
        assert_ne!(output.read_line(&mut line).unwrap(), 0, "no line that starts with {start}");
        if line.starts_with(start) {
            return (line, before);
        }
        before.push_str(&line);
    }
}

/// A provider that has said where it listens.
pub(crate) struct Running {
    child: Child,
    output: BufReader<ChildStdout>,
    /// What it wrote to standard output before it said so.
    said: String,
    pub(crate) socket: PathBuf,
    /// Its certificate, and what its caller presents; nothing where it serves without TLS.
    tls: Option<(CertificateDer<'static>, Credentials)>,
}

impl Running {
    pub(crate) async fn connect(&self) -> Channel {
        let Some((certificate, credentials)) = &self.tls else { return plaintext_channel(self.socket.clone()).await };
        channel(self.socket.clone(), client(certificate, credentials.clone(), &TLS13, &[b"h2"])).await
    }

    /// Whether somebody else gets through, who presents `credentials`. The error is what was heard instead.
    pub(crate) async fn greets(&self, credentials: Credentials) -> io::Result<()> {
        let (certificate, _) = self.tls.as_ref().unwrap();
        let mut stream = dial(&self.socket, client(certificate, credentials, &TLS13, &[b"h2"])).await?;
        greeting(&mut stream).await
    }

    /// The same for somebody with the caller's certificate and a key of their own.
    pub(crate) async fn greets_a_forger(&self) -> io::Result<()> {
        let (_, credentials) = self.tls.as_ref().unwrap();
        self.greets(credentials.signing_with(&Caller::new())).await
    }

    /// The same for somebody who does not speak TLS.
    pub(crate) async fn greets_in_clear(&self) -> io::Result<()> {
        greeting(&mut UnixStream::connect(&self.socket).await?).await
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    /// Waits for the end, and fails where it does not come.
    pub(crate) async fn ended(mut self) -> Ended {
        let since = Instant::now();
        let folder = self.socket.parent().unwrap().to_owned();
        let (tell, told) = oneshot::channel();
        let mut output = self.output;
        // A thread of its own: a read that never ends must not keep the test's runtime from ending.
        std::thread::spawn(move || {
            // Ends with the process, even with one that is not our own child.
            let mut said = self.said;
            let read = output.read_to_string(&mut said);
            tell.send(read.map(|_| (since.elapsed(), said)))
        });
        let Ok(told) = timeout(PATIENCE, told).await else {
            self.child.kill().unwrap();
            panic!("still there after {PATIENCE:?}");
        };
        let (took, output) = told.unwrap().unwrap();
        assert!(!folder.exists(), "the socket's folder is still there");
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        Ended { success: self.child.wait().unwrap().success(), took, output, log }
    }
}

/// How a provider ended: whether with exit code 0, how long it took, what it wrote to standard output apart from the line
/// that says where it listens, and what it wrote to standard error.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) success: bool,
    took: Duration,
    pub(crate) output: String,
    pub(crate) log: String,
}

impl Ended {
    /// The lines that hclog would read as JSON.
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        self.log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// What those lines say. Where debug messages are logged, the last is why the process ended.
    pub(crate) fn messages(&self) -> Vec<Value> {
        self.json_lines().into_iter().map(|line| line["@message"].clone()).collect()
    }
}

async fn call(channel: &Channel, name: &str) -> Result<call_function::Response, tonic::Status> {
    let argument = DynamicValue { msgpack: vec![0xc0], json: Vec::new() };
    let request = call_function::Request { name: name.to_owned(), arguments: vec![argument] };
    ProviderClient::new(channel.clone()).call_function(request).await.map(tonic::Response::into_inner)
}

pub(crate) async fn shut_down(channel: &Channel) {
    GrpcControllerClient::new(channel.clone()).shutdown(Empty {}).await.unwrap();
}

/// A start and an end without incident. In the started process, this test is the toy.
#[tokio::test]
async fn the_toy_talks_to_its_parent() {
    if let Ok(arguments) = std::env::var(BE_THE_TOY) {
        let arguments: Vec<OsString> = arguments.split_whitespace().map(OsString::from).collect();
        // A runtime cannot be started on a thread that already drives one.
        let code = std::thread::spawn(|| zt::plugin::run(Toy, &ABOUT, arguments)).join().unwrap();
        let known = [(ExitCode::SUCCESS, 0), (ExitCode::FAILURE, 1), (ExitCode::from(2), 2)];
        std::process::exit(known.iter().find(|(known, _)| *known == code).map_or(99, |(_, number)| *number));
    }
    let toy = Start::new().handshake();
    let channel = toy.connect().await;
    assert_eq!(call(&channel, "echo").await.unwrap().result.unwrap().msgpack.as_ref(), [0xc0]);
    shut_down(&channel).await;
    let ended = toy.ended().await;
    assert!(ended.success, "{ended:?}");
    assert!(ended.took < Duration::from_secs(1), "{ended:?}");
    assert_eq!(ended.json_lines(), Vec::<Value>::new(), "nothing is logged unless TF_LOG asks for it");
}

#[tokio::test]
async fn the_side_services_answer_and_stay_open() {
    let toy = Start::new().handshake();
    let channel = toy.connect().await;
    let mut stdio = GrpcStdioClient::new(channel.clone()).stream_stdio(()).await.unwrap().into_inner();
    let outgoing = futures_util::stream::pending();
    let mut broker = GrpcBrokerClient::new(channel.clone()).start_stream(outgoing).await.unwrap().into_inner();
    let mut health = HealthClient::new(channel.clone());
    let asked = |service: &str| HealthCheckRequest { service: service.to_owned() };
    let status = health.check(asked("plugin")).await.unwrap().into_inner().status();
    assert_eq!(status, ServingStatus::Serving);
    assert_eq!(health.check(asked("nobody")).await.unwrap_err().code(), tonic::Code::NotFound);
    let mut watch = health.watch(asked("plugin")).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    tokio::select! {
        biased;
        ended = stdio.message() => panic!("{ended:?}"),
        ended = broker.message() => panic!("{ended:?}"),
        ended = watch.message() => panic!("{ended:?}"),
        answer = call(&channel, "echo") => drop(answer.unwrap()),
    }
    shut_down(&channel).await;
    assert!(toy.ended().await.success);
}

#[tokio::test]
async fn shutdown_ends_it_though_a_call_hangs_and_the_caller_stays_connected() {
    let toy = Start::new().handshake();
    let channel = toy.connect().await;
    let hanging = tokio::spawn({
        let channel = channel.clone();
        async move { call(&channel, "hang").await }
    });
    call(&channel, "echo").await.unwrap();
    shut_down(&channel).await;
    let ended = toy.ended().await;
    assert!(ended.success && ended.took < Duration::from_millis(1500), "{ended:?}");
    hanging.await.unwrap().unwrap_err();
}

#[tokio::test]
async fn it_ends_when_its_only_connection_closes() {
    let toy = Start::new().handshake();
    let channel = toy.connect().await;
    call(&channel, "echo").await.unwrap();
    drop(channel);
    assert!(toy.ended().await.success);
}

#[tokio::test]
async fn it_ends_when_its_parent_is_killed_before_anybody_connected() {
    let toy = Start::below_a_shell().handshake();
    toy.signal(Signal::SIGKILL);
    let ended = toy.ended().await;
    assert!(ended.took < Duration::from_secs(5), "{ended:?}");
}

#[tokio::test]
async fn it_ends_when_its_parent_is_killed_though_somebody_is_connected() {
    let toy = Start::below_a_shell().handshake();
    let channel = toy.connect().await;
    call(&channel, "echo").await.unwrap();
    toy.signal(Signal::SIGKILL);
    let ended = toy.ended().await;
    assert!(ended.took < Duration::from_secs(5), "{ended:?}");
}

#[tokio::test]
async fn ctrl_c_is_left_to_terraform() {
    let toy = Start::new().handshake();
    let channel = toy.connect().await;
    toy.signal(Signal::SIGINT);
    call(&channel, "echo").await.unwrap();
    toy.signal(Signal::SIGINT);
    call(&channel, "echo").await.unwrap();
    shut_down(&channel).await;
    assert!(toy.ended().await.success);
}

#[tokio::test]
async fn the_other_signals_end_it_in_order() {
    for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT] {
        let toy = Start::new().handshake();
        toy.signal(signal);
        let ended = toy.ended().await;
        assert!(ended.success, "{signal}: {ended:?}");
    }
}

#[tokio::test]
async fn a_caught_panic_is_an_error_line_and_no_crash_report() {
    let mut start = Start::new();
    start.command.env("TF_LOG_PROVIDER", "ERROR");
    let toy = start.handshake();
    let channel = toy.connect().await;
    let text = call(&channel, "caught panic").await.unwrap().error.unwrap().text;
    assert!(text.starts_with("the toy slipped at tests/protocol/toy.rs:"), "{text}");
    shut_down(&channel).await;
    let ended = toy.ended().await;
    let lines = ended.json_lines();
    assert_eq!(lines.len(), 1, "{ended:?}");
    assert_eq!(lines[0]["@level"], "error");
    assert_eq!(lines[0]["@message"], "a call panicked: the toy slipped");
    assert!(!ended.log.contains("panic: "), "{ended:?}");
}

#[tokio::test]
async fn an_uncaught_panic_is_reported_as_terraform_expects_and_other_calls_go_on() {
    let toy = Start::new().handshake();
    let channel = toy.connect().await;
    call(&channel, "panic").await.unwrap_err();
    call(&channel, "echo").await.unwrap();
    shut_down(&channel).await;
    let ended = toy.ended().await;
    let report = ended.log.lines().find(|line| line.starts_with("panic: ")).unwrap();
    assert!(report.starts_with("panic: the toy broke at tests/protocol/toy.rs:"), "{report}");
}

#[tokio::test]
async fn log_lines_say_why_it_ended() {
    let mut start = Start::new();
    start.command.env("TF_LOG", "JSON");
    let toy = start.handshake();
    shut_down(&toy.connect().await).await;
    let ended = toy.ended().await;
    assert_eq!(ended.messages(), ["ending, because Terraform asked for it"], "{ended:?}");
}

#[tokio::test]
async fn debug_mode_serves_any_number_of_connections_until_ctrl_c() {
    let mut start = Start::new();
    start.command.env(BE_THE_TOY, "--debug");
    let toy = start.attach(ABOUT.source_address);
    for _ in 0..3 {
        let channel = toy.connect().await;
        call(&channel, "echo").await.unwrap();
    }
    toy.signal(Signal::SIGINT);
    assert!(toy.ended().await.success);
}
