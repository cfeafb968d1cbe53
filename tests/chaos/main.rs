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

/// With `--short`, one apply of so many is hit.
const SHORT: usize = 40;

/// What is asked for: `make chaos options="--short --seed 7 --only kill"`.
struct Asked {
    /// A share of the cases that takes two minutes.
    short: bool,
    /// Of the applies that are hit, every one of so many.
    every: usize,
    /// What is drawn at random is drawn from this.
    seed: u64,
    /// Only rows whose name holds this.
    only: Option<String>,
}

impl Asked {
    fn of_command_line() -> Self {
        let mut asked = Self { short: false, every: 1, seed: 1, only: None };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--short" => (asked.short, asked.every) = (true, SHORT),
                "--every" => asked.every = words.next().and_then(|every| every.parse().ok()).expect("--every NUMBER"),
                "--seed" => asked.seed = words.next().and_then(|seed| seed.parse().ok()).expect("--seed NUMBER"),
                "--only" => asked.only = Some(words.next().expect("--only ROW")),
                other => panic!("{other} is none of --short, --every NUMBER, --seed NUMBER, --only ROW"),
            }
        }
        asked
    }
}

fn main() -> ExitCode {
    let asked = Asked::of_command_line();
    let (began, mut table) = (Instant::now(), Table::default());
    println!("seed {}", asked.seed);
    let first = usize::try_from(asked.seed).unwrap_or_default();
    kill::run(&mut table, asked.only.as_deref(), first, asked.every.max(1));
    let counts = if asked.short { (40, 2) } else { (500, 20) };
    faults::run(&mut table, asked.only.as_deref(), asked.seed * 1000, counts);
    concurrency::run(&mut table, asked.only.as_deref(), asked.short);
    println!("\n{table}\n{} seconds", began.elapsed().as_secs());
    if table.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
