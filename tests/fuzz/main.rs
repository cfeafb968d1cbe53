//! The fuzz targets of `fuzz/` on a stable compiler: their stored seeds, then made-up inputs for a few seconds each.
//!
//! `make fuzz` gives the same functions to libFuzzer, for longer and led by coverage. What it found has a test by name:
//! in [`bombs`] where it takes the whole provider or mock, beside the code where it does not.

#![allow(clippy::unwrap_used, reason = "an unwrap that fails here is a test that fails")]
#![allow(clippy::print_stdout, reason = "with --nocapture a target tells how fast it is")]
// The files are modules of a library too.
#![allow(unreachable_pub)]

#[path = "../../fuzz/src/answers.rs"]
mod answers;
mod bombs;
#[path = "../../fuzz/src/calls.rs"]
mod calls;
#[path = "../../fuzz/src/credentials.rs"]
mod credentials;
#[path = "../../fuzz/src/crowd.rs"]
mod crowd;
#[path = "../../fuzz/src/documents.rs"]
mod documents;
mod elsewhere;
#[path = "../../fuzz/src/headers.rs"]
mod headers;
#[path = "../../fuzz/src/mock.rs"]
mod mock;
#[path = "../../fuzz/src/msgpack.rs"]
mod msgpack;
#[path = "../../fuzz/src/negotiation.rs"]
mod negotiation;
#[path = "../../fuzz/src/scim.rs"]
mod scim;
#[path = "../../fuzz/src/state_json.rs"]
mod state_json;
#[path = "../../fuzz/src/terraform.rs"]
mod terraform;
#[path = "../../fuzz/src/values.rs"]
mod values;
#[path = "../../fuzz/src/vendors.rs"]
mod vendors;
mod watch;

use std::cell::Cell;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// How long inputs are tried for one target.
const TIME_BOX: Duration = Duration::from_secs(3);

/// How many there are at most. They are the same ones in every run, and a slow machine gets to fewer of them: a test that
/// passed does not fail tomorrow. New ones are for libFuzzer to find.
const INPUTS: u32 = 5000;

/// Every seed of a target, then inputs that are made up.
fn drive(name: &str, target: fn(&[u8])) {
    for seed in seeds(name) {
        let input = std::fs::read(&seed).unwrap();
        watch::watched(&seed.display().to_string(), || target(&input));
    }
    let started = Instant::now();
    let config = Config { cases: INPUTS, failure_persistence: None, max_shrink_time: 20_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (count, spent) = (Cell::new(0_u32), Cell::new(Duration::ZERO));
    let tried = runner.run(&vec(any::<u8>(), 0..800), |input| {
        if started.elapsed() < TIME_BOX {
            watch::watched(&format!("{name}, {input:?}"), || target(&input));
            count.set(count.get() + 1);
            spent.set(started.elapsed());
        }
        Ok(())
    });
    println!("{name}: {} made-up inputs in {:.1} s", count.get(), spent.get().as_secs_f64());
    if let Err(problem) = tried {
        panic!("{problem}");
    }
}

fn seeds(name: &str) -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    assert!(!found.is_empty(), "{name} has no seeds");
    found
}

macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                drive(stringify!($name), $name::run);
            }
        )*

        #[test]
        fn every_target_is_driven_here_and_by_libfuzzer() {
            let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
            let mut wrapped: Vec<String> = std::fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
                .collect();
            wrapped.sort();
            assert_eq!(wrapped, [$(stringify!($name)),*]);
        }
    };
}

targets! { answers, calls, credentials, headers, mock, msgpack, negotiation, scim, state_json }
