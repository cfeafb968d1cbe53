//! Nothing lost, nothing twice: `make chaos`.
//!
//! Applies are killed, interrupted and let down by the services, and what comes out is counted: objects lost, objects
//! made twice, applies until nothing is left to do. Ends with a table, and with a failure if a case was not survived or a
//! kind of case was not tried at all.
#![allow(clippy::print_stdout, clippy::unwrap_used, unreachable_pub)]

// Its own tests run with the acceptance tests.
#[allow(unused_imports)]
#[path = "../harness/mod.rs"]
mod harness;

mod concurrency;
mod faults;
mod kill;
mod table;

use std::process::ExitCode;
use std::time::Instant;

use table::Table;

/// What is asked for: `make chaos options="--short --seed 7 --only kill"`.
struct Asked {
    /// A share of the cases that takes two minutes.
    short: bool,
    /// What is drawn at random is drawn from this.
    seed: u64,
    /// Only rows whose name holds this.
    only: Option<String>,
}

impl Asked {
    fn of_command_line() -> Self {
        let mut asked = Self { short: false, seed: 1, only: None };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--short" => asked.short = true,
                "--seed" => asked.seed = words.next().and_then(|seed| seed.parse().ok()).expect("--seed NUMBER"),
                "--only" => asked.only = Some(words.next().expect("--only ROW")),
                other => panic!("{other} is none of --short, --seed NUMBER, --only ROW"),
            }
        }
        asked
    }
}

fn main() -> ExitCode {
    let asked = Asked::of_command_line();
    let (began, mut table) = (Instant::now(), Table::default());
    println!("seed {}", asked.seed);
    let stride = if asked.short { 40 } else { 1 };
    kill::run(&mut table, asked.only.as_deref(), usize::try_from(asked.seed).unwrap_or_default(), stride, 3);
    let (first, count) = (asked.seed * 1000, if asked.short { 40 } else { 500 });
    faults::run(&mut table, asked.only.as_deref(), first, count, 6);
    concurrency::run(&mut table, asked.only.as_deref(), asked.short);
    println!("\n{table}\n{} seconds", began.elapsed().as_secs());
    if table.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
