//! What needs both sides of the OIDC and SCIM handshake.

pub mod okta_probe;
pub mod scim_secrets;
