//! How fast it is, next to what Terraform and the machine cost anyway: `make bench`.
//!
//! Measures the programs of a release and the real Terraform in one run, prints a table of what was reached and what was to
//! be reached, writes `target/bench/*.json`, and fails if a target is missed. Targets are ratios within the run, since
//! milliseconds say more about the machine than about the program. `--write` puts table and plot into
//! `docs/guides/performance.md`, `--quick` runs a small part of it to try the harness itself.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

// Its own tests run with the acceptance tests.
#[allow(unused_imports)]
#[path = "../harness/mod.rs"]
mod harness;

#[allow(dead_code, reason = "the tests of the protocol need more of it")]
#[path = "../protocol/caller.rs"]
mod caller;

mod idle;
mod life;
mod machine;
mod page;
mod peak;
mod plot;
mod report;
mod samples;
mod service;
mod signature;
mod start;
mod targets;
mod throughput;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::LazyLock;

/// That of the provider, since this program is the one that does nothing.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

/// The provider.
pub(crate) fn provider() -> &'static str {
    static PROGRAM: LazyLock<String> = LazyLock::new(|| program("terraform-provider-zt"));
    &PROGRAM
}

/// The mock.
pub(crate) fn mock() -> &'static str {
    static PROGRAM: LazyLock<String> = LazyLock::new(|| program("zt-mock"));
    &PROGRAM
}

/// From the folder that `make bench` copied the programs of a release into. Cargo builds others for a test: with the
/// features that the tests alone need of the dependencies.
fn program(name: &str) -> String {
    let built = [env!("CARGO_BIN_EXE_terraform-provider-zt"), env!("CARGO_BIN_EXE_zt-mock")];
    let built = built.into_iter().find(|path| path.ends_with(name)).unwrap().to_owned();
    std::env::var("ZT_BENCH_PROGRAMS").map_or(built, |folder| format!("{folder}/{name}"))
}

/// Where the figures go.
pub(crate) fn folder() -> PathBuf {
    harness::target().join("bench")
}

fn main() -> ExitCode {
    if let Some(ended) = idle::serve() {
        return ended;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_set = |name: &str| arguments.iter().any(|argument| argument == name);
    if let Some(unknown) = arguments.iter().find(|argument| !["--quick", "--write"].contains(&argument.as_str())) {
        println!("unknown argument {unknown}; there are --quick and --write");
        return ExitCode::FAILURE;
    }
    let quick = is_set("--quick");
    if cfg!(debug_assertions) && !quick {
        println!("this measures the dev profile, which nobody installs; run `make bench`");
        return ExitCode::FAILURE;
    }
    if (cfg!(not(target_env = "musl")) || std::env::var_os("ZT_BENCH_PROGRAMS").is_none()) && !quick {
        println!("this measures programs that no release has; run `make bench`");
        return ExitCode::FAILURE;
    }
    let machine = machine::Machine::this();
    println!("{machine}\n");

    let start = start::measure(if quick { 5 } else { 51 });
    let signature = signature::measure(if quick { 5 } else { 51 });
    let throughput = throughput::measure(if quick { 300 } else { 4000 }, if quick { 3 } else { 7 });
    let terraform = life::measure(quick);
    let findings = targets::Findings { machine, start, signature, throughput, terraform };

    let rows = targets::rows(&findings);
    report::write(&findings, &rows);
    println!("{}", report::tables(&findings, &rows));
    if is_set("--write") {
        page::write(&findings, &rows);
    }
    let missed: Vec<&str> = rows.iter().filter(|row| row.is_missed()).map(|row| row.what.as_str()).collect();
    match missed.as_slice() {
        [] => ExitCode::SUCCESS,
        missed => {
            println!("missed:\n  {}", missed.join("\n  "));
            ExitCode::FAILURE
        }
    }
}
