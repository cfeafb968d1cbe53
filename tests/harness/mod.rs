//! What the acceptance tests and the demo stand on: the real `terraform` program, a private workspace for it, and its
//! answers in a form that reads well in a test.
//!
//! Included by path (`#[path = "../harness/mod.rs"] mod harness;`), so each binary that includes it uses a part of it.
// An unwrap that fails here is a test that fails, and says where.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::print_stderr)]

pub mod browser;
pub mod console;
pub mod diagnostic;
pub mod feature;
pub mod plan;
pub mod planted;
pub mod process;
pub mod running;
pub mod state;
pub mod story;
pub mod terraform;
pub mod wheel;
pub mod workspace;

use std::path::Path;

/// Cargo's target folder. What is built for a named platform has a folder of its own in it.
pub fn target() -> &'static Path {
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let name = built.file_name().unwrap().to_str().unwrap();
    let of_a_platform = name.strip_prefix(std::env::consts::ARCH).is_some_and(|rest| rest.starts_with('-'));
    if of_a_platform { built.parent().unwrap() } else { built }
}
