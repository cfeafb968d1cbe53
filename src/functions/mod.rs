//! Provider functions: pure computations, called without configuration (Terraform 1.8 and newer).

pub mod callback_url;
pub mod okta_issuer;
pub mod secret_fingerprint;
