//! The real `terraform` and the built provider against the mock: one file per resource, each test a story.

// An unwrap that fails here is a test that fails, and says where.
#![allow(clippy::unwrap_used)]

#[path = "../harness/mod.rs"]
mod harness;

mod data_sources;
mod examples;
mod existing;
mod functions;
mod gitops;
mod guides;
mod handshake;
mod hygiene;
mod installation;
mod interruption;
mod okta_calls;
mod okta_client_secret;
mod okta_credentials;
mod okta_oidc_app;
mod okta_scim_app;
mod provider_block;
mod proxy;
mod rate_limit;
mod release;
mod requests;
mod schemas;
mod secret_table;
mod surface;
mod timeouts;
mod unknown_values;
mod zt_handshake;
mod zt_okta_idp;
mod zt_organization;
mod zt_scim_config;
mod zt_test_handshake;
