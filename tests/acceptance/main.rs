//! The real `terraform` and the built provider against the mock: one file per resource, each test a story.

#[path = "../harness/mod.rs"]
mod harness;

mod examples;
mod installation;
