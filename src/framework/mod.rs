//! Terraform's ideas in Rust: values, schemas, planning, and the traits that authors implement.
//!
//! It could be a crate of its own: nothing in here knows a vendor. From the bottom up:
//!
//! | what | where |
//! | --- | --- |
//! | values and their types | [`value`], [`types`], [`number`], [`secret`], [`path`] |
//! | values on the wire and in state files | [`msgpack`], [`json`] |
//! | declaring attributes | [`model`], [`schema`], [`validate`] |
//! | deciding what changes | [`plan`] |
//! | what authors write | [`provider`], [`resource`], [`data_source`], [`ephemeral`], [`function`], [`action`], [`list`] |
//! | how long a call may take, and on which terms it uses a service | [`timeouts`], [`terms`] |
//! | what a call carries | [`call`], [`private`], [`diagnostic`] |
//! | objects that are there before they are created | [`adoption`] |
//! | what Terraform calls | [`server`] |

pub mod action;
pub mod adoption;
#[cfg(test)]
mod arbitrary;
pub mod call;
pub mod data_source;
pub mod diagnostic;
pub mod ephemeral;
pub mod function;
pub mod json;
pub mod list;
pub mod model;
pub mod msgpack;
pub mod number;
pub mod panics;
pub mod path;
pub mod plan;
pub mod private;
pub mod provider;
pub mod resource;
pub mod schema;
pub mod secret;
pub mod server;
pub mod terms;
pub mod timeouts;
pub mod types;
pub mod validate;
pub mod value;
mod wire;
