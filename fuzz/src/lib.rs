//! Fuzz targets: what comes from outside, in every form, and what must hold whatever it is.
//!
//! A target is a function over bytes. `fuzz_targets/` wraps each for libFuzzer, which looks for bytes that reach new
//! code; `tests/fuzz` runs the same functions on a stable compiler, over the stored seeds and over bytes that are made up
//! for a few seconds. A target panics when a promise is broken, and a panic that the provider turns into a diagnostic
//! counts. Vendors are `zt-mock`, in the process and on loopback; nothing leaves the machine.

pub mod answers;
pub mod calls;
pub mod credentials;
mod crowd;
mod documents;
pub mod headers;
pub mod mock;
pub mod msgpack;
pub mod negotiation;
pub mod scim;
pub mod state_json;
mod terraform;
mod values;
mod vendors;

/// A target: panics when its input breaks a promise.
pub type Target = fn(&[u8]);

/// Every target by name.
pub const TARGETS: [(&str, Target); 9] = [
    ("answers", answers::run),
    ("calls", calls::run),
    ("credentials", credentials::run),
    ("headers", headers::run),
    ("mock", mock::run),
    ("msgpack", msgpack::run),
    ("negotiation", negotiation::run),
    ("scim", scim::run),
    ("state_json", state_json::run),
];
