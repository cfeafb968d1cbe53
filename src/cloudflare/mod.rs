//! Cloudflare Zero Trust: its API client and its resources.

mod account;
pub mod api;
pub mod callback_url;
pub mod client;
pub mod errors;
pub mod existing;
mod ids;
mod official_state;
pub mod okta_account;
pub mod okta_idp;
pub mod okta_side;
pub mod organization;
mod ownership;
pub mod scim_config;
pub mod scim_endpoints;
pub mod scim_received;
pub mod scim_secret;
pub mod scope;
pub mod shared_object;
