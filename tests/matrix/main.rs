//! The acceptance tests on each Terraform: `make test-matrix`, or `make test-matrix versions="1.6.6 1.15.5"`.
//!
//! A test that needs more than a version has is not applicable there, and is counted as such; none is left out for
//! another reason. Ends with a table, and with a failure if a test failed or a version ran none.
#![allow(clippy::print_stdout)]

// Its own tests run with the acceptance tests.
#[allow(unused_imports)]
#[path = "../harness/mod.rs"]
mod harness;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use harness::feature::NOT_APPLICABLE;
use harness::wheel;

/// What came of one version.
struct Row {
    version: String,
    passed: usize,
    failed: usize,
    /// How many tests ended early, by the feature that they need.
    not_applicable: BTreeMap<String, usize>,
    took: Duration,
}

impl Row {
    fn missing(&self) -> usize {
        self.not_applicable.values().sum()
    }

    /// How many tests did what they are there for.
    fn run(&self) -> usize {
        (self.passed + self.failed).saturating_sub(self.missing())
    }

    fn is_good(&self) -> bool {
        self.failed == 0 && self.run() > 0
    }
}

fn main() -> ExitCode {
    let mut versions: Vec<String> = std::env::args().skip(1).collect();
    if versions.is_empty() {
        versions = wheel::versions().into_iter().map(str::to_owned).collect();
    }
    let rows: Vec<Row> = versions.into_iter().map(acceptance).collect();
    println!(
        "\n| Terraform | run | passed | failed | not applicable | seconds |\n| --- | ---: | ---: | ---: | ---: | ---: |"
    );
    for row in &rows {
        let (version, run, missing, seconds) = (&row.version, row.run(), row.missing(), row.took.as_secs());
        println!("| {version} | {run} | {} | {} | {missing} | {seconds} |", run - row.failed.min(run), row.failed);
    }
    for row in &rows {
        for (feature, count) in &row.not_applicable {
            println!("{}: {count} tests need {feature}", row.version);
        }
    }
    if rows.iter().all(Row::is_good) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn acceptance(version: String) -> Row {
    println!("\n== Terraform {version}");
    let ledger = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("not-applicable-{version}"));
    drop(fs::remove_file(&ledger));
    let began = Instant::now();
    let mut tests = Command::new(env!("CARGO"))
        .args(["test", "--quiet", "--test", "acceptance"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("ZT_TERRAFORM_VERSION", &version)
        .env(NOT_APPLICABLE, &ledger)
        .stdout(Stdio::piped())
        .spawn()
        .expect("cargo starts");
    let (mut passed, mut failed) = (0, 0);
    for line in BufReader::new(tests.stdout.take().expect("a pipe")).lines().map_while(Result::ok) {
        println!("{line}");
        if let Some(counts) = line.strip_prefix("test result: ") {
            passed += count(counts, "passed");
            failed += count(counts, "failed");
        }
    }
    let ended = tests.wait().expect("cargo ends");
    // Something that breaks before the first test has no count of its own.
    failed = failed.max(usize::from(!ended.success()));
    let mut not_applicable = BTreeMap::new();
    for feature in fs::read_to_string(&ledger).unwrap_or_default().lines() {
        *not_applicable.entry(feature.to_owned()).or_default() += 1;
    }
    Row { version, passed, failed, not_applicable, took: began.elapsed() }
}

/// The number before a word: 12 in `ok. 12 passed; 0 failed`.
fn count(text: &str, word: &str) -> usize {
    let before = text.split_once(word).map_or("", |(before, _)| before);
    before.trim_end().rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
