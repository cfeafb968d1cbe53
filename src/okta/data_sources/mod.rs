//! What configurations look up in Okta and do not manage.

pub mod app;
pub mod group;
mod named;
pub mod provisioning_log;
pub mod user;
