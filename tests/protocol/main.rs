//! The plugin layer from the caller's side: no Terraform, but its certificate, its environment and its calls.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod caller;
mod process;
mod program;
mod refused;
mod tls;
mod toy;
