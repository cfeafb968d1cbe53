//! The provider's own program, started as terraform starts it and by hand.

use std::process::Command;

use nix::sys::signal::Signal;
use tonic::transport::Channel;
use zt::plugin::negotiation::COOKIE;
use zt::proto::tfplugin6::get_provider_schema::{Request, Response};
use zt::proto::tfplugin6::provider_client::ProviderClient;

use crate::process::{Start, shut_down};

const PROGRAM: &str = env!("CARGO_BIN_EXE_terraform-provider-zt");
/// The message of a provider whose schemas outgrow tonic's default.
const LIMIT: usize = 256 << 20;

async fn schema(channel: &Channel) -> Response {
    let mut client = ProviderClient::new(channel.clone()).max_decoding_message_size(LIMIT);
    client.get_provider_schema(Request {}).await.unwrap().into_inner()
}

#[tokio::test]
async fn it_serves_every_resource_over_mutual_tls_until_it_is_told_to_end() {
    let running = Start::as_terraform(Command::new(PROGRAM)).handshake();
    let channel = running.connect().await;
    // Ctrl-C reaches the whole process group; what to do about it is for terraform to say.
    running.signal(Signal::SIGINT);
    let schema = schema(&channel).await;
    assert_eq!(schema.diagnostics, []);
    let names: Vec<&String> = schema.resource_schemas.keys().collect();
    assert_eq!(names, ["okta_oidc_app", "okta_scim_app", "zt_okta_idp", "zt_scim_config"]);
    shut_down(&channel).await;
    let ended = running.ended().await;
    assert!(ended.success, "{}", ended.log);
    assert_eq!(ended.log, "", "nothing is logged unless TF_LOG asks for it");
}

#[tokio::test]
async fn it_ends_with_its_only_connection() {
    let running = Start::as_terraform(Command::new(PROGRAM)).handshake();
    drop(running.connect().await);
    assert!(running.ended().await.success);
}

#[tokio::test]
async fn it_ends_when_its_parent_is_killed() {
    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$0\" & wait", PROGRAM]);
    let running = Start::as_terraform(shell).handshake();
    let _connected = running.connect().await;
    running.signal(Signal::SIGKILL);
    running.ended().await;
}

#[test]
fn started_by_hand_it_says_what_it_is() {
    let run = |arguments: &[&str]| Command::new(PROGRAM).env_remove(COOKIE.0).args(arguments).output().unwrap();
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("source = \"zt-okta/zt\""), "{text}");
    let version = run(&["--version"]);
    assert!(version.status.success());
    let text = String::from_utf8(version.stdout).unwrap();
    assert_eq!(text, format!("terraform-provider-zt {}\n", env!("CARGO_PKG_VERSION")));
    assert!(run(&["--help"]).status.success());
}
