//! Terraform's ideas in Rust: values, schemas, planning, and the traits that authors implement.

pub mod diagnostic;
pub mod json;
pub mod model;
pub mod msgpack;
pub mod number;
pub mod path;
pub mod private;
pub mod schema;
pub mod secret;
pub mod types;
pub mod validate;
pub mod value;
