//! A provider that crashes in the middle of an apply, while it has secrets in hand.
//!
//! The built provider has no panic that anybody could reach from outside, and no switch for one. It is made to abort by a
//! signal, which leaves it as little time to tidy up as a crash does; what a panic itself prints is searched in
//! `tests/protocol/crash.rs`, where a toy provider panics over a secret.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use zt::mock::Fault;

use crate::harness::planted::{Planted, Search};
use crate::harness::process::Output;
use crate::harness::running::{PATIENCE, Process, descendants};
use crate::harness::story::Story;

use super::scene::Scene;

const CONFIGURATION: &str = r#"
variable "okta_org_url" {}

variable "groups_token" {
  ephemeral = true
}

resource "okta_oidc_app" "access" {
  provider      = zt
  label         = "Access"
  redirect_uris = ["https://acme.cloudflareaccess.com/cdn-cgi/access/callback"]
  omit_secret   = true
}

resource "zt_okta_idp" "managed" {
  name                  = "Managed"
  okta_account          = var.okta_org_url
  client_id             = okta_oidc_app.access.client_id
  api_token_wo          = var.groups_token
  api_token_wo_version  = "1"
  managed_client_secret = {
    app_id    = okta_oidc_app.access.id
    secret_id = okta_oidc_app.access.client_secret_id
  }
}
"#;

pub(super) fn played() -> Search {
    let mut scene = Scene::new("a crash", Story::new());
    let groups = Planted::made_up("api_token_wo");
    scene.story.set_variable("groups_token", groups.text());
    scene.plant(&groups);
    let (okta, cloudflare) = (scene.story.mock().okta_token(), scene.story.mock().cloudflare_token());
    scene.plant_found("OKTA_API_TOKEN", &okta);
    scene.plant_found("CLOUDFLARE_API_TOKEN", &cloudflare);
    scene.story.write("main.tf", CONFIGURATION);

    // Held here, the provider has the app's secret in hand, and the credentials of both sides.
    scene.story.mock().fail(Fault::on("POST", "/client/v4/accounts/*/access/identity_providers").held());
    let terraform = scene.story.workspace().command(&["apply", "-auto-approve", "-no-color"]);
    // A dump of the memory is for whoever switches dumps on.
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -c 0; exec \"$0\" \"$@\""]).arg(terraform.get_program()).args(terraform.get_args());
    command.current_dir(terraform.get_current_dir().unwrap()).env_clear();
    command.envs(terraform.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let parent = Pid::from_raw(started.id().try_into().unwrap());
    let ended = thread::spawn(|| started.wait_with_output().unwrap());
    assert!(scene.story.mock().world().faults.wait_for_strike(PATIENCE), "the request did not come");

    let running = descendants(parent);
    let is_provider =
        |process: &&Process| String::from_utf8_lossy(&process.arguments).contains("terraform-provider-zt");
    let providers: Vec<&Process> = running.iter().filter(is_provider).collect();
    assert!(!providers.is_empty(), "no provider is running");
    scene.place("the arguments of terraform", fs::read(format!("/proc/{parent}/cmdline")).unwrap());
    for (index, process) in running.iter().enumerate() {
        scene.place(&format!("the arguments of process {index} of terraform"), process.arguments.clone());
    }
    providers.iter().for_each(|provider| kill(provider.pid, Signal::SIGABRT).unwrap());
    // The request stays unanswered until then: whoever dumps its memory goes on for a moment.
    let ended = ended.join().unwrap();
    scene.story.mock().world().faults.clear();

    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let output = Output {
        command: "terraform apply".to_owned(),
        code: ended.status.code(),
        stdout: text(&ended.stdout),
        stderr: text(&ended.stderr),
    };
    // The broken connection and the end of the process race to the call that waits, and each has words of its own.
    let died = ["Plugin did not respond", "Request cancelled"].iter().any(|words| output.text().contains(words));
    assert!(!output.success() && died, "{output}");
    scene.said("the apply", &output);
    scene.crash_reports();
    scene.state("the crash");

    let app = scene.story.mock().okta().app_id("Access").unwrap();
    let listed = scene.story.in_okta("GET", &format!("/api/v1/apps/{app}/credentials/secrets"), None);
    scene.plant_found("the app's client secret", listed[0]["client_secret"].as_str().unwrap());
    scene.mock();
    scene.search()
}
