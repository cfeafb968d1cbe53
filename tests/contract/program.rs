//! `zt-mock` as a program: its ready line, the environment of a command, exit codes, signals.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::Method;
use serde_json::Value;

use crate::http::send;

fn zt_mock(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zt-mock"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a shell command line with the mock's environment.
fn run(options: &[&str], line: &str) -> Output {
    let arguments = [&["run"], options, &["--", "sh", "-c", line]].concat();
    zt_mock(&arguments).output().unwrap()
}

/// A server that has said it is ready.
struct Server {
    child: Child,
    ready: Value,
    rest: BufReader<std::process::ChildStdout>,
}

impl Server {
    fn start(options: &[&str]) -> Self {
        let mut child = zt_mock(&[&["serve"], options].concat()).spawn().unwrap();
        let mut rest = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        rest.read_line(&mut line).unwrap();
        Self { child, ready: serde_json::from_str(&line).unwrap(), rest }
    }

    /// Ends it with a signal: exit code, the rest of standard output, standard error.
    fn stop(mut self, signal: Signal) -> (Option<i32>, String, String) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
        let status = self.child.wait().unwrap();
        let (mut rest, mut errors) = (String::new(), String::new());
        self.rest.read_to_string(&mut rest).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        (status.code(), rest, errors)
    }
}

#[tokio::test]
async fn serve_prints_one_line_then_serves_until_interrupted() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let server = Server::start(&[]);
        let text = |pointer: &str| server.ready.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
        let headers = [("authorization", format!("Bearer {}", text("/cloudflare/api_token")))];
        let headers = [(headers[0].0, headers[0].1.as_str())];
        let url = format!("{}/user/tokens/verify", text("/cloudflare/api_url"));
        assert_eq!(send(Method::GET, &url, &headers, &Value::Null).await.status, 200);
        assert_eq!(text("/env/CLOUDFLARE_BASE_URL"), text("/cloudflare/api_url"));
        assert_eq!(server.stop(signal), (Some(0), String::new(), String::new()));
    }
}

#[tokio::test]
async fn the_ready_line_has_tokens_that_read_and_do_not_write() {
    let server = Server::start(&[]);
    let text = |pointer: &str| server.ready.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    let account = format!("{}/accounts/{}", text("/cloudflare/api_url"), text("/cloudflare/account_id"));
    for (url, authorization) in [
        (format!("{}/api/v1/apps", text("/okta/org_url")), format!("SSWS {}", text("/okta/read_only_api_token"))),
        (format!("{account}/access/identity_providers"), format!("Bearer {}", text("/cloudflare/read_only_api_token"))),
    ] {
        let headers = [("authorization", authorization.as_str())];
        assert_eq!(send(Method::GET, &url, &headers, &Value::Null).await.status, 200, "{url}");
        assert_eq!(send(Method::POST, &url, &headers, &serde_json::json!({})).await.status, 403, "{url}");
    }
    server.stop(Signal::SIGTERM);
}

#[test]
fn serve_with_tls_takes_its_ca_away_again() {
    let server = Server::start(&["--tls"]);
    let ca_file = server.ready["ca_file"].as_str().unwrap().to_owned();
    assert!(server.ready["okta"]["org_url"].as_str().unwrap().starts_with("https://"));
    assert!(std::fs::read_to_string(&ca_file).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    server.stop(Signal::SIGINT);
    assert!(!std::path::Path::new(&ca_file).exists());
}

#[test]
fn an_address_beyond_loopback_is_taken_with_a_warning() {
    let server = Server::start(&["--cloudflare-addr", "0.0.0.0:0"]);
    assert!(server.ready["cloudflare"]["api_url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    let (_, _, errors) = server.stop(Signal::SIGINT);
    assert!(errors.contains("warning: 0.0.0.0:0 is not loopback"), "{errors}");
}

#[test]
fn an_address_in_use_is_named_with_its_option() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = zt_mock(&["serve", "--okta-addr", &address]).output().unwrap();
    let errors = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(errors.contains(&address) && errors.contains("--okta-addr"), "{errors}");
}

#[test]
fn run_hands_the_environment_on_and_nothing_else() {
    let ended = run(&["--org", "umbrella"], "echo $OKTA_ORG_NAME; echo $CLOUDFLARE_BASE_URL; echo aside >&2");
    let output = String::from_utf8(ended.stdout).unwrap();
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!((lines.len(), lines[0]), (2, "umbrella"));
    assert!(lines[1].starts_with("http://127.0.0.1:") && lines[1].ends_with("/client/v4"), "{output}");
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "aside\n");
    assert_eq!(ended.status.code(), Some(0));
}

#[test]
fn run_ends_with_the_code_of_its_command() {
    assert_eq!(run(&[], "exit 7").status.code(), Some(7));
    assert_eq!(run(&[], "kill -KILL $$").status.code(), Some(128 + 9));
    let missing = zt_mock(&["run", "--", "/nowhere/terraform"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(127));
    assert!(String::from_utf8(missing.stderr).unwrap().contains("/nowhere/terraform"));
    let not_a_program = zt_mock(&["run", "--", "/"]).output().unwrap();
    assert_eq!(not_a_program.status.code(), Some(126));
}

#[test]
fn run_passes_a_termination_on_and_waits_for_the_command() {
    let line = "trap 'echo asked; exit 5' TERM; echo ready; while :; do :; done";
    let mut child = zt_mock(&["run", "--", "sh", "-c", line]).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    output.read_line(&mut first).unwrap();
    assert_eq!(first, "ready\n");
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGTERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(5));
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "asked\n");
}
