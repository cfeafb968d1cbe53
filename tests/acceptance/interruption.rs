//! Ctrl-C and worse in the middle of a create: what exists is in the state, and the next apply makes everything whole.

use std::io::{BufRead, BufReader, PipeReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use serde_json::json;
use tempfile::TempDir;
use zt::mock::Fault;

use crate::harness::diagnostic::Diagnostic;
use crate::harness::story::Story;
use crate::needs;

const APP: &str = "okta_oidc_app.access";
const APPS: &str = "/api/v1/apps";

/// No step takes longer than this, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(90);

/// A story about one app, with these lines in the provider block.
fn story(block: &str) -> Story {
    let story = Story::new();
    configure(&story, block);
    story
}

fn configure(story: &Story, block: &str) {
    story.write(
        "main.tf",
        &format!(
            "provider \"zt\" {{\n{block}}}\nresource \"okta_oidc_app\" \"access\" {{\n  provider = zt\n  label = \"Access\"\n  \
             redirect_uris = [\"https://acme.cloudflareaccess.com/cdn-cgi/access/callback\"]\n}}\n"
        ),
    );
}

fn apps(story: &Story) -> usize {
    story.mock().okta().counts()["apps"]
}

fn posts(story: &Story) -> usize {
    story.mock().journal().matching("POST", APPS).len()
}

#[track_caller]
fn wait_for_strike(story: &Story) {
    assert!(story.mock().world().faults.wait_for_strike(PATIENCE), "the request did not come");
}

/// The next apply leaves one app, ours, and nothing to do.
#[track_caller]
fn converges(story: &Story) {
    story.apply();
    assert_eq!(story.addresses(), [APP]);
    assert!(!story.is_tainted(APP));
    assert_eq!(apps(story), 1);
    story.destroy();
    assert_eq!(apps(story), 0);
}

/// A `terraform apply` in a process group of its own, as a shell starts it.
pub(crate) struct Apply {
    terraform: Child,
    /// Ends when terraform and all that it started have ended: they share the other end as standard input.
    alive: PipeReader,
    output: JoinHandle<String>,
    log: Receiver<String>,
    /// Where the provider puts its socket.
    sockets: TempDir,
}

/// How an apply ended.
pub(crate) struct Ended {
    code: Option<i32>,
    diagnostics: Vec<Diagnostic>,
    pub(crate) output: String,
}

impl Apply {
    #[track_caller]
    pub(crate) fn start(story: &Story) -> Self {
        Self::start_with(story, &[])
    }

    /// The same with further options.
    #[track_caller]
    fn start_with(story: &Story, options: &[&str]) -> Self {
        let sockets = TempDir::with_prefix("zt").unwrap();
        let (alive, held) = std::io::pipe().unwrap();
        let mut command = story.workspace().command(&[&["apply", "-auto-approve", "-json"], options].concat());
        command.process_group(0).env("TMPDIR", sockets.path()).env("TF_LOG_PROVIDER", "DEBUG");
        command.stdin(Stdio::from(held)).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut terraform = command.spawn().unwrap();
        // Its copy of the pipe's end.
        drop(command);
        let (mut stdout, stderr) = (terraform.stdout.take().unwrap(), terraform.stderr.take().unwrap());
        let output = thread::spawn(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).unwrap();
            text
        });
        let (line, log) = channel();
        thread::spawn(move || {
            BufReader::new(stderr).lines().map_while(Result::ok).try_for_each(|text| line.send(text))
        });
        Self { terraform, alive, output, log, sockets }
    }

    /// Waits until the provider has logged this.
    #[track_caller]
    fn wait_for_log(&self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let line = self.log.recv_timeout(deadline.saturating_duration_since(Instant::now()));
            if line.unwrap_or_else(|_| panic!("nothing was logged of {text:?}")).contains(text) {
                return;
            }
        }
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.terraform.id().try_into().unwrap())
    }

    /// Ctrl-C, which a terminal sends to the whole group. Returns once the provider has heard of it from terraform.
    #[track_caller]
    pub(crate) fn interrupt(&self) {
        killpg(self.pid(), Signal::SIGINT).unwrap();
        self.wait_for_log("terraform asked to stop");
    }

    /// Waits until terraform and all that it started have ended; none of them leaves anything behind.
    #[track_caller]
    pub(crate) fn ended(mut self) -> Ended {
        let (tell, told) = channel();
        thread::spawn(move || tell.send(self.alive.read_to_end(&mut Vec::new())));
        if told.recv_timeout(PATIENCE).is_err() {
            killpg(Pid::from_raw(self.terraform.id().try_into().unwrap()), Signal::SIGKILL).unwrap();
            panic!("something is still running after {PATIENCE:?}");
        }
        let code = self.terraform.wait().unwrap().code();
        let left: Vec<_> = self.sockets.path().read_dir().unwrap().flatten().map(|entry| entry.file_name()).collect();
        assert!(left.is_empty(), "left behind: {left:?}");
        let output = self.output.join().unwrap();
        Ended { code, diagnostics: Diagnostic::lines(&output), output }
    }
}

#[test]
fn an_app_whose_creation_was_under_way_is_saved_as_tainted_and_replaced() {
    let story = story("");
    story.mock().fail(Fault::on("POST", APPS).held());
    let apply = Apply::start(&story);
    wait_for_strike(&story);
    apply.interrupt();
    story.mock().world().faults.clear();

    let ended = apply.ended();
    assert_eq!(ended.code, Some(1), "{}", ended.output);
    assert!(ended.diagnostics.iter().any(|said| said.text().contains("kept as tainted")), "{}", ended.output);
    assert!(story.is_tainted(APP));
    assert!(story.resource(APP)["id"].is_string());
    assert_eq!(apps(&story), 1, "what had left was waited for");
    converges(&story);
}

#[test]
fn an_app_that_was_not_made_yet_is_not_made_any_more() {
    let story = story("");
    let busy =
        json!({"errorCode": "E0000047", "errorSummary": "API call exceeded rate limit due to too many requests."});
    story.mock().fail(Fault::on("POST", APPS).answering(429, busy).with_header("retry-after", "250").times(1));
    let apply = Apply::start(&story);
    apply.wait_for_log("waiting before the next attempt");
    apply.interrupt();

    let ended = apply.ended();
    assert_eq!(ended.code, Some(1), "{}", ended.output);
    assert_eq!(story.addresses(), [""; 0]);
    assert_eq!((apps(&story), posts(&story)), (0, 1));
    converges(&story);
}

#[test]
fn a_turn_of_the_rate_limit_is_not_waited_for_after_ctrl_c() {
    let story = story("  max_requests_per_second = 0.01\n");
    let apply = Apply::start(&story);
    apply.wait_for_log("waiting for a turn");
    apply.interrupt();

    let ended = apply.ended();
    assert_eq!(ended.code, Some(1), "{}", ended.output);
    assert_eq!(story.mock().journal().len(), 1, "a second request would have come 100 seconds after the first");
    assert!(story.is_tainted(APP));
    configure(&story, "");
    converges(&story);
}

#[test]
fn a_provider_whose_terraform_is_killed_ends_and_leaves_nothing_behind() {
    let story = story("");
    story.mock().fail(Fault::on("POST", APPS).held().closing());
    let apply = Apply::start(&story);
    wait_for_strike(&story);
    assert_eq!(apply.sockets.path().read_dir().unwrap().count(), 1, "the folder of the one provider that is running");
    kill(apply.pid(), Signal::SIGKILL).unwrap();

    let ended = apply.ended();
    assert_eq!(ended.code, None, "killed: {}", ended.output);
    assert_eq!(story.addresses(), [""; 0]);
    story.mock().world().faults.clear();
    converges(&story);
}

#[test]
fn an_action_that_tests_the_handshake_is_stopped_and_says_so() {
    needs!(ACTIONS);
    let story = Story::new();
    story.write(
        "main.tf",
        "action \"zt_test_handshake\" \"okta\" {\n  config {\n    identity_provider_id = \"1d\"\n    \
         scim_app_id = \"0oa1a2b3c4d5e6f7g8h9\"\n  }\n}\n",
    );
    story.mock().fail(Fault::on("GET", "/api/v1/apps/*").held());
    let apply = Apply::start_with(&story, &["-invoke=action.zt_test_handshake.okta"]);
    wait_for_strike(&story);
    apply.interrupt();

    let ended = apply.ended();
    assert_eq!(ended.code, Some(1), "{}", ended.output);
    assert!(ended.output.contains("The handshake was not tested to the end"), "{}", ended.output);
    assert!(!ended.output.contains("login_method: "), "what was read by then is half of it: {}", ended.output);
}
