//! What a panic prints.
//!
//! Terraform collects everything on standard error from a line that starts with `panic: ` on and shows it to the person
//! at the keyboard, under a heading that says the plugin crashed. A panic that becomes a diagnostic must therefore not
//! print that word.

use std::backtrace::Backtrace;
use std::io::{self, Write};
use std::panic::PanicHookInfo;

use crate::framework::panics;

/// Replaces Rust's own report for the whole process.
pub fn install_hook() {
    std::panic::set_hook(Box::new(|info| {
        if panics::caught() {
            panics::note(info);
            let at = place(info);
            tracing::error!(at, "a call panicked: {}", panics::message(info.payload()));
        } else {
            // Nobody may be reading any more, and a panic in here would abort the process.
            let _ = io::stderr().lock().write_all(report(info).as_bytes());
        }
    }));
}

fn report(info: &PanicHookInfo<'_>) -> String {
    let thread = std::thread::current();
    format!(
        "panic: {} at {}\n\nthread {}:\n{}\n",
        panics::message(info.payload()),
        place(info),
        thread.name().unwrap_or("without a name"),
        Backtrace::force_capture(),
    )
}

fn place(info: &PanicHookInfo<'_>) -> String {
    info.location().map_or_else(|| "an unknown place".to_owned(), |at| format!("{}:{}", at.file(), at.line()))
}
