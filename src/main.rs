//! The Terraform provider.

fn main() {}
