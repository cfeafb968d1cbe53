//! The plugin layer from the caller's side: no Terraform, but its certificate, its environment and its calls.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod caller;
mod crash;
mod entropy;
#[allow(dead_code, unreachable_pub, reason = "a part of the harness, of which one test uses a part")]
#[path = "../harness/planted.rs"]
mod planted;
mod process;
mod program;
mod refused;
mod tls;
mod toy;
