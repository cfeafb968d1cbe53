//! A `terraform` that is still running: to interrupt it, to kill it or its provider, and to wait until all of it is over.

use std::fs;
use std::io::{BufRead, BufReader, PipeReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::diagnostic::Diagnostic;
use super::story::Story;

/// No step takes longer than this, unless it hangs.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// A process and what it was started with.
pub struct Process {
    /// Its id.
    pub pid: Pid,
    /// Its command line, with a NUL after every word.
    pub arguments: Vec<u8>,
}

/// The processes that `parent` has started, and those that they have.
pub fn descendants(parent: Pid) -> Vec<Process> {
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse().map(Pid::from_raw) else { continue };
        // A process that ends meanwhile is none of ours: ours wait.
        let Ok(status) = fs::read_to_string(entry.path().join("stat")) else { continue };
        // The name in parentheses may hold anything, a parenthesis included.
        let after_name = status.rsplit_once(") ").map_or("", |(_, rest)| rest);
        if after_name.split(' ').nth(1) == Some(parent.to_string().as_str()) {
            let arguments = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            all.push(Process { pid, arguments });
            all.extend(descendants(pid));
        }
    }
    all
}

/// A `terraform apply` or `destroy` in a process group of its own, as a shell starts it.
pub struct Running {
    terraform: Child,
    /// Ends when terraform and all that it started have ended: they share the other end as standard input.
    alive: PipeReader,
    output: JoinHandle<()>,
    /// What terraform has said so far.
    said: Arc<Said>,
    log: Receiver<String>,
    /// Where the provider puts its socket.
    sockets: TempDir,
}

/// Standard output, as it comes.
#[derive(Default)]
struct Said {
    text: Mutex<String>,
    more: Condvar,
}

/// How an apply ended.
pub struct Ended {
    /// The exit code of terraform; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it said.
    pub diagnostics: Vec<Diagnostic>,
    /// Its standard output.
    pub output: String,
}

impl Running {
    /// Starts a command and approves of its plan. The provider logs, so that it can be waited for.
    #[track_caller]
    pub fn start(story: &Story, command: &[&str]) -> Self {
        let sockets = TempDir::with_prefix("zt").unwrap();
        let (alive, held) = std::io::pipe().unwrap();
        let mut command = story.workspace().command(&[command, &["-auto-approve", "-json"]].concat());
        command.process_group(0).env("TMPDIR", sockets.path()).env("TF_LOG_PROVIDER", "DEBUG");
        command.stdin(Stdio::from(held)).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut terraform = command.spawn().unwrap();
        // Its copy of the pipe's end.
        drop(command);
        let (stdout, stderr) = (terraform.stdout.take().unwrap(), terraform.stderr.take().unwrap());
        let said = Arc::<Said>::default();
        let output = thread::spawn({
            let said = Arc::clone(&said);
            move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let mut text = said.text.lock().unwrap();
                    text.push_str(&line);
                    text.push('\n');
                    said.more.notify_all();
                }
            }
        });
        let (line, log) = channel();
        thread::spawn(move || {
            BufReader::new(stderr).lines().map_while(Result::ok).try_for_each(|text| line.send(text))
        });
        Self { terraform, alive, output, said, log, sockets }
    }

    /// Waits until the provider has logged this.
    #[track_caller]
    pub fn wait_for_log(&self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let line = self.log.recv_timeout(deadline.saturating_duration_since(Instant::now()));
            if line.unwrap_or_else(|_| panic!("nothing was logged of {text:?}")).contains(text) {
                return;
            }
        }
    }

    /// Whether terraform has said this so far.
    pub fn has_said(&self, text: &str) -> bool {
        self.said.text.lock().unwrap().contains(text)
    }

    /// Waits until terraform says this.
    #[track_caller]
    pub fn wait_until_said(&self, text: &str) {
        let waiting = |said: &mut String| !said.contains(text);
        let said = self.said.text.lock().unwrap();
        let (said, timeout) = self.said.more.wait_timeout_while(said, PATIENCE, waiting).unwrap();
        assert!(!timeout.timed_out(), "terraform did not say {text:?}:\n{said}");
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.terraform.id().try_into().unwrap())
    }

    /// How many sockets there are that a provider might still be reached by.
    pub fn sockets(&self) -> usize {
        self.sockets.path().read_dir().unwrap().count()
    }

    /// SIGKILL for terraform, not for what it started.
    pub fn kill_terraform(&self) {
        kill(self.pid(), Signal::SIGKILL).unwrap();
    }

    /// SIGKILL for every provider that terraform has started. Returns how many there were.
    pub fn kill_provider(&self) -> usize {
        let running = descendants(self.pid());
        let is_provider =
            |process: &&Process| String::from_utf8_lossy(&process.arguments).contains("terraform-provider-zt");
        let providers: Vec<_> = running.iter().filter(is_provider).collect();
        for provider in &providers {
            // One that has ended meanwhile is as dead as it gets.
            let _ = kill(provider.pid, Signal::SIGKILL);
        }
        providers.len()
    }

    /// Ctrl-C, which a terminal sends to the whole group. Returns once the provider has heard of it from terraform.
    #[track_caller]
    pub fn interrupt(&self) {
        killpg(self.pid(), Signal::SIGINT).unwrap();
        self.wait_for_log("terraform asked to stop");
    }

    /// Ctrl-C. Returns once terraform has heard of it. While it plans an apply it tells its providers nothing.
    #[track_caller]
    pub fn interrupt_terraform(&self) {
        killpg(self.pid(), Signal::SIGINT).unwrap();
        self.wait_until_said("Interrupt received");
    }

    /// A second Ctrl-C, upon which terraform waits for nobody any more.
    pub fn interrupt_again(&self) {
        killpg(self.pid(), Signal::SIGINT).unwrap();
    }

    /// Waits until terraform and all that it started have ended; none of them leaves anything behind, even if it was
    /// killed: a provider's socket is gone once terraform is in.
    #[track_caller]
    pub fn ended(mut self) -> Ended {
        let (tell, told) = channel();
        thread::spawn(move || tell.send(self.alive.read_to_end(&mut Vec::new())));
        if told.recv_timeout(PATIENCE).is_err() {
            killpg(Pid::from_raw(self.terraform.id().try_into().unwrap()), Signal::SIGKILL).unwrap();
            panic!("something is still running after {PATIENCE:?}");
        }
        let code = self.terraform.wait().unwrap().code();
        let left: Vec<_> = self.sockets.path().read_dir().unwrap().flatten().map(|entry| entry.file_name()).collect();
        assert!(left.is_empty(), "left behind: {left:?}");
        self.output.join().unwrap();
        let output = self.said.text.lock().unwrap().clone();
        Ended { code, diagnostics: Diagnostic::lines(&output), output }
    }
}
