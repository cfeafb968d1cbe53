//! The mock's pages as a person sees them: in headless Chromium, which needs the programs `chromium` and
//! `chromedriver` (Debian's packages chromium and chromium-driver).
//!
//! Where a machine has none, the tests count as ignored, a banner says that the run is incomplete, and `.ci/run`, which
//! installs them, fails.
// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

// Its own tests run with the acceptance tests.
#[allow(unused_imports)]
#[path = "../harness/mod.rs"]
mod harness;

mod chromium;
mod pages;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use chromium::Chromium;

const BANNER: &str = "\
================================================================================
INCOMPLETE: the browser tests did not run, because chromium or chromedriver is
not on PATH. On Debian: apt-get install chromium chromium-driver
================================================================================";

fn main() -> ExitCode {
    let chromium = Chromium::start();
    let missing = chromium.is_none();
    let trials = pages::ALL.iter().map(|(name, test)| {
        let driver = chromium.as_ref().map(Chromium::url);
        Trial::test(*name, move || {
            if let Some(driver) = driver {
                chromium::run(&driver, name, *test);
            }
            Ok(())
        })
        .with_ignored_flag(missing)
    });
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials.collect());
    // The driver ends with this program.
    drop(chromium);
    if missing {
        eprintln!("{BANNER}");
    }
    conclusion.exit_code()
}
