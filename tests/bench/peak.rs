//! The most memory that a process has had in use.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often the watch looks. The kernel keeps the highest value itself, so only what comes in the last moment of a
/// process is missed.
const EVERY: Duration = Duration::from_millis(2);

/// The highest resident set of a process so far, in MiB, pages of its program file included.
pub(crate) fn of(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// Watches every process that runs a program.
pub(crate) struct Watch {
    end: Arc<AtomicBool>,
    thread: JoinHandle<f64>,
}

impl Watch {
    /// Begins to watch.
    pub(crate) fn over(program: &'static str) -> Self {
        let end = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&end);
        let thread = thread::spawn(move || {
            let program = fs::canonicalize(program).unwrap();
            let mut most = 0.0_f64;
            while !ended.load(Ordering::Relaxed) {
                for process in running(&program) {
                    most = most.max(of(process).unwrap_or(0.0));
                }
                thread::sleep(EVERY);
            }
            most
        });
        Self { end, thread }
    }

    /// The most that any of them has had, in MiB.
    pub(crate) fn most(self) -> f64 {
        self.end.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

fn running(program: &Path) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id: &u32| fs::read_link(format!("/proc/{id}/exe")).is_ok_and(|exe| exe == program)).collect()
}
