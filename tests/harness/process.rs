//! Runs a program to its end or to a time limit, and keeps what it said.

use std::fmt;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// What a program left behind.
#[derive(Clone, Debug)]
pub struct Output {
    /// The command line, for messages.
    pub command: String,
    /// The exit code; `None` when a signal ended the program.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// True for exit code 0.
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }

    /// Both streams, for searching.
    pub fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Itself if the exit code is 0; otherwise the test fails and shows everything.
    #[track_caller]
    pub fn expect_success(self) -> Self {
        assert!(self.success(), "{self}");
        self
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.map_or("a signal".to_owned(), |code| format!("exit code {code}"));
        write!(f, "`{}` ended with {code}\n{}{}", self.command, self.stdout, self.stderr)
    }
}

/// Runs `command` with nothing on its standard input. After `limit` it is killed and the test fails.
#[track_caller]
pub fn run(mut command: Command, limit: Duration) -> Output {
    let line = line(&command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start `{line}`: {error}"));
    let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let (sender, receiver) = mpsc::channel();
    read_all(stdout, 0, sender.clone());
    read_all(stderr, 1, sender);

    // Both streams end when the program does, so their end is the event to wait for.
    let deadline = Instant::now() + limit;
    let mut texts = [String::new(), String::new()];
    for _ in 0..2 {
        match receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok((stream, text)) => texts[stream] = text,
            Err(_) => {
                kill(&mut child);
                receiver.into_iter().for_each(|(stream, text)| texts[stream] = text);
                panic!("`{line}` was killed after {limit:?}\n{}{}", texts[0], texts[1]);
            }
        }
    }
    let code = child.wait().unwrap_or_else(|error| panic!("cannot wait for `{line}`: {error}")).code();
    let [stdout, stderr] = texts;
    Output { command: line, code, stdout, stderr }
}

fn read_all(mut stream: impl Read + Send + 'static, index: usize, sender: mpsc::Sender<(usize, String)>) {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // A read error ends the stream like its end does; what came before is what there is to show.
        drop(stream.read_to_end(&mut bytes));
        drop(sender.send((index, String::from_utf8_lossy(&bytes).into_owned())));
    });
}

fn kill(child: &mut Child) -> Option<ExitStatus> {
    child.kill().ok()?;
    child.wait().ok()
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::panic::AssertUnwindSafe;

    use super::*;

    #[test]
    fn a_program_that_does_not_end_is_killed() {
        let mut endless = Command::new("sh");
        endless.args(["-c", "echo started; exec sleep 600"]);
        let began = Instant::now();
        let failure =
            std::panic::catch_unwind(AssertUnwindSafe(|| run(endless, Duration::from_millis(200)))).unwrap_err();
        let message = failure.downcast_ref::<String>().cloned().unwrap_or_default();
        assert!(message.contains("was killed after 200ms\nstarted"), "{message}");
        assert!(began.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn streams_and_exit_code_are_told_apart() {
        let mut program = Command::new("sh");
        program.args(["-c", "echo out; echo err >&2; exit 3"]);
        let output = run(program, Duration::from_secs(60));
        assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (Some(3), "out\n", "err\n"));
        assert!(!output.success());
    }
}
