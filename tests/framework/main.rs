//! The framework, exercised through the protocol by a toy provider that is built from it alone.

// An unwrap that fails here is a test that fails, and says where.
#![allow(clippy::unwrap_used, clippy::panic)]
#![allow(unreachable_pub, reason = "the toy provider is written as a provider crate would be")]

mod calls;
mod failures;
mod kinds;
mod lifecycle;
mod timeouts;
mod toy;
mod write_only;
