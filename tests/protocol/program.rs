//! The provider's own program, started as terraform starts it and by hand.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use nix::sys::signal::Signal;
use tonic::transport::Channel;
use zt::plugin::negotiation::COOKIE;
use zt::plugin::serve::LARGEST_MESSAGE;
use zt::proto::tfplugin6::get_provider_schema::{Request, Response};
use zt::proto::tfplugin6::provider_client::ProviderClient;

use crate::caller::{Caller, Credentials};
use crate::process::{Running, Start, shut_down};

const PROGRAM: &str = env!("CARGO_BIN_EXE_terraform-provider-zt");

/// Starts it with a log that says why it ended. Calls are logged below that level.
fn talkative(command: Command) -> Running {
    let mut start = Start::as_terraform(command);
    start.command.env("TF_LOG_PROVIDER", "DEBUG");
    start.handshake()
}

async fn schema(channel: &Channel) -> Response {
    let mut client = ProviderClient::new(channel.clone()).max_decoding_message_size(LARGEST_MESSAGE);
    client.get_provider_schema(Request {}).await.unwrap().into_inner()
}

#[tokio::test]
async fn it_serves_every_resource_over_mutual_tls_until_it_is_told_to_end() {
    let running = Start::as_terraform(Command::new(PROGRAM)).handshake();
    let folder = fs::metadata(running.socket.parent().unwrap()).unwrap();
    assert_eq!(folder.permissions().mode() & 0o7777, 0o700, "nobody else may reach the socket");
    let channel = running.connect().await;
    let schema = schema(&channel).await;
    assert_eq!(schema.diagnostics, []);
    for name in ["okta_oidc_app", "okta_scim_app", "zt_okta_idp", "zt_scim_config"] {
        assert!(schema.resource_schemas.contains_key(name), "{name}");
    }
    shut_down(&channel).await;
    let ended = running.ended().await;
    assert!(ended.success, "{}", ended.log);
    assert_eq!(ended.output, "", "standard output is for the handshake line");
    assert_eq!(ended.log, "", "nothing is logged unless TF_LOG asks for it");
}

#[tokio::test]
async fn it_refuses_everybody_but_the_one_who_started_it() {
    let running = Start::as_terraform(Command::new(PROGRAM)).handshake();
    for stranger in [Credentials::NONE, Caller::new().credentials()] {
        let heard = running.greets(stranger).await.unwrap_err();
        assert!(heard.to_string().contains("alert"), "{heard}");
    }
    let heard = running.greets_a_forger().await.unwrap_err();
    assert!(heard.to_string().contains("alert"), "{heard}");
    running.greets_in_clear().await.unwrap_err();
    let channel = running.connect().await;
    schema(&channel).await;
    shut_down(&channel).await;
    assert!(running.ended().await.success);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn it_listens_on_one_private_socket_until_terraform_is_in_and_on_no_port() {
    let running = Start::as_terraform(Command::new(PROGRAM)).handshake();
    let socket = fs::metadata(&running.socket).unwrap();
    assert_eq!(socket.permissions().mode() & 0o777, 0o600);
    assert_eq!(listening(running.id()), 1);
    let channel = running.connect().await;
    // The first answer may be on its way before the socket is gone; the second is not.
    schema(&channel).await;
    schema(&channel).await;
    assert_eq!(listening(running.id()), 0);
    assert!(!running.socket.parent().unwrap().exists());
    shut_down(&channel).await;
    assert!(running.ended().await.success);
}

/// How many unix sockets a process listens on. None of its sockets may be the network's.
#[cfg(target_os = "linux")]
fn listening(id: u32) -> usize {
    let process = PathBuf::from(format!("/proc/{id}"));
    let open = |entry: std::io::Result<fs::DirEntry>| fs::read_link(entry.unwrap().path()).ok();
    let links: Vec<PathBuf> = fs::read_dir(process.join("fd")).unwrap().filter_map(open).collect();
    let inode = |link: &PathBuf| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned());
    let inodes: Vec<String> = links.iter().filter_map(inode).collect();
    for protocol in ["tcp", "tcp6", "udp", "udp6"] {
        // Where a protocol is not built into the kernel nobody can listen on it.
        let table = fs::read_to_string(process.join("net").join(protocol)).unwrap_or_default();
        let column = |line: &str| line.split_whitespace().nth(9).map(str::to_owned);
        let ours: Vec<String> = table.lines().filter_map(column).filter(|inode| inodes.contains(inode)).collect();
        assert!(ours.is_empty(), "{protocol}: {ours:?}");
    }
    let table = fs::read_to_string(process.join("net/unix")).unwrap();
    let listening = table.lines().filter(|line| line.split_whitespace().nth(3) == Some("00010000"));
    let ours = |line: &&str| line.split_whitespace().nth(6).is_some_and(|inode| inodes.iter().any(|own| own == inode));
    listening.filter(ours).count()
}

#[tokio::test]
async fn killed_it_leaves_nothing_lying_about() {
    let running = Start::as_terraform(Command::new(PROGRAM)).handshake();
    let channel = running.connect().await;
    schema(&channel).await;
    schema(&channel).await;
    running.signal(Signal::SIGKILL);
    // Which looks for the socket's folder.
    assert!(!running.ended().await.success);
}

#[tokio::test]
async fn calls_that_it_does_not_have_are_unimplemented_and_do_no_harm() {
    let running = Start::as_terraform(Command::new(PROGRAM)).handshake();
    let channel = running.connect().await;
    for call in ["ValidateStateStoreConfig", "ConfigureStateStore", "GetStates", "ReadStateBytes", "LockState"] {
        let mut client = tonic::client::Grpc::new(channel.clone());
        client.ready().await.unwrap();
        let path = format!("/tfplugin6.Provider/{call}").try_into().unwrap();
        let codec = tonic_prost::ProstCodec::<Request, Response>::default();
        let refused = client.unary(tonic::Request::new(Request {}), path, codec).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::Unimplemented, "{call}: {refused}");
    }
    schema(&channel).await;
    shut_down(&channel).await;
    assert!(running.ended().await.success);
}

#[tokio::test]
async fn log_lines_say_which_call_they_belong_to() {
    let mut start = Start::as_terraform(Command::new(PROGRAM));
    start.command.env("TF_LOG_PROVIDER", "TRACE");
    let running = start.handshake();
    let channel = running.connect().await;
    schema(&channel).await;
    schema(&channel).await;
    shut_down(&channel).await;
    let ended = running.ended().await;
    let started: Vec<_> = ended.json_lines().into_iter().filter(|line| line["@message"] == "call started").collect();
    let [first, second] = started.as_slice() else { panic!("{}", ended.log) };
    for line in [first, second] {
        assert_eq!(line["tf_rpc"], "GetProviderSchema");
        assert!(line["tf_req_id"].as_str().is_some_and(|id| !id.is_empty()), "{line}");
    }
    assert_ne!(first["tf_req_id"], second["tf_req_id"]);
}

#[tokio::test]
async fn ctrl_c_is_left_to_terraform() {
    let running = talkative(Command::new(PROGRAM));
    let channel = running.connect().await;
    // Ctrl-C reaches the whole process group; what to do about it is for terraform to say.
    for _ in 0..2 {
        running.signal(Signal::SIGINT);
        schema(&channel).await;
    }
    shut_down(&channel).await;
    let ended = running.ended().await;
    assert!(ended.success, "{}", ended.log);
    assert_eq!(ended.messages(), ["ending, because Terraform asked for it"], "{}", ended.log);
}

#[tokio::test]
async fn it_ends_with_its_only_connection() {
    let running = talkative(Command::new(PROGRAM));
    let channel = running.connect().await;
    // With TLS 1.3 the client is through before the server is: only an answer says that the connection counts.
    schema(&channel).await;
    drop(channel);
    let ended = running.ended().await;
    assert!(ended.success, "{}", ended.log);
    assert_eq!(ended.messages(), ["ending, because the connection was closed"], "{}", ended.log);
}

#[tokio::test]
async fn it_ends_when_its_parent_is_killed() {
    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$0\" & wait", PROGRAM]);
    let running = talkative(shell);
    let channel = running.connect().await;
    schema(&channel).await;
    running.signal(Signal::SIGKILL);
    let ended = running.ended().await;
    assert_eq!(ended.messages(), ["ending, because the parent process is gone"], "{}", ended.log);
    drop(channel);
}

#[tokio::test]
async fn to_debug_it_serves_whoever_attaches_until_ctrl_c() {
    let mut command = Command::new(PROGRAM);
    command.arg("--debug");
    let running = Start::as_terraform(command).attach("registry.terraform.io/zt-okta/zt");
    for _ in 0..2 {
        assert!(!schema(&running.connect().await).await.resource_schemas.is_empty());
    }
    running.signal(Signal::SIGINT);
    let ended = running.ended().await;
    assert!(ended.success, "{}", ended.log);
    assert!(ended.output.starts_with("Serving without TLS until Ctrl-C."), "{}", ended.output);
}

#[test]
fn started_by_hand_it_says_what_it_is() {
    let run = |arguments: &[&str]| Command::new(PROGRAM).env_remove(COOKIE.0).args(arguments).output().unwrap();
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"", "standard output is for the handshake line");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("Terraform and OpenTofu start it"), "{text}");
    assert!(text.contains("source = \"zt-okta/zt\""), "{text}");
    let version = run(&["--version"]);
    assert_eq!(version.status.code(), Some(0));
    let text = String::from_utf8(version.stdout).unwrap();
    assert_eq!(text, format!("terraform-provider-zt {}\n", env!("CARGO_PKG_VERSION")));
    let help = run(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    let text = String::from_utf8(help.stdout).unwrap();
    assert!(text.contains("--debug"), "{text}");
}
