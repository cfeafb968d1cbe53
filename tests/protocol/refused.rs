//! Starts that come to nothing, and what they say.

use std::process::{Command, Output};

use zt::plugin::negotiation::COOKIE;

use crate::process::{BE_THE_TOY, Start};
use crate::toy::ABOUT;

/// Runs the toy to its end; the text of its two outputs.
fn run(change: impl FnOnce(&mut Command) -> &mut Command) -> (Option<i32>, String, String) {
    let mut start = Start::new();
    change(&mut start.command);
    let Output { status, stdout, stderr } = start.command.output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn started_by_hand_it_says_what_it_is() {
    let (code, output, log) = run(|command| command.env_remove(COOKIE.0));
    assert_eq!(code, Some(1));
    assert!(log.contains("Terraform and OpenTofu start it"), "{log}");
    assert!(log.contains("source = \"acme/toy\""), "{log}");
    assert!(!output.contains(ABOUT.name), "standard output is for the handshake: {output}");
}

#[test]
fn without_tls_it_says_why_not_where_terraform_shows_it() {
    let (code, output, log) = run(|command| command.env_remove("PLUGIN_CLIENT_CERT").env("TF_DISABLE_PLUGIN_TLS", "1"));
    assert_eq!(code, Some(1));
    for text in [output, log] {
        assert!(text.contains("TF_DISABLE_PLUGIN_TLS is set"), "{text}");
    }
}

#[test]
fn a_caller_of_another_protocol_is_told_which_one_is_spoken() {
    let (code, output, _) = run(|command| command.env("PLUGIN_PROTOCOL_VERSIONS", "4,5"));
    assert_eq!(code, Some(1));
    assert!(output.contains("speaks plugin protocol 6, and what started it offers 4,5"), "{output}");
}

#[test]
fn version_and_help_need_no_terraform() {
    let (code, output, _) = run(|command| command.env(BE_THE_TOY, "--version"));
    assert_eq!(code, Some(0));
    assert!(output.contains("terraform-provider-toy 1.2.3\n"), "{output}");
    let (code, output, _) = run(|command| command.env(BE_THE_TOY, "--help"));
    assert_eq!(code, Some(0));
    assert!(output.contains("--debug"), "{output}");
    let (code, _, log) = run(|command| command.env(BE_THE_TOY, "frobnicate"));
    assert_eq!(code, Some(2));
    assert!(log.contains("unknown argument frobnicate"), "{log}");
}
