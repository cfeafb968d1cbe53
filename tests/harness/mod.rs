//! What the acceptance tests and the demo stand on: the real `terraform` program, a private workspace for it, and its
//! answers in a form that reads well in a test.
//!
//! Included by path (`#[path = "../harness/mod.rs"] mod harness;`), so each binary that includes it uses a part of it.
#![allow(dead_code, unreachable_pub)]

pub mod diagnostic;
pub mod plan;
pub mod process;
pub mod story;
pub mod terraform;
pub mod wheel;
pub mod workspace;
