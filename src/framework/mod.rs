//! Terraform's ideas in Rust: values, schemas, planning, and the traits that authors implement.
