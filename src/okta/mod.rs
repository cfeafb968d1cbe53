//! Okta: its API client and its resources.

pub mod api;
pub mod scim_app;
