//! What the mock answers, stated route by route and status by status.
//!
//! One file per noun; each says in its own words which keys, types, statuses and headers the vendor's documentation
//! promises. `core.rs` holds what is the same around every route.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used)]

#[path = "../harness/browser/mod.rs"]
mod browser;
mod cloudflare;
mod cloudflare_access_users;
mod cloudflare_audit_log;
mod cloudflare_authentication;
mod cloudflare_identity_providers;
mod cloudflare_login;
mod cloudflare_login_refusals;
mod cloudflare_login_start;
mod cloudflare_login_tokens;
mod cloudflare_organization;
mod cloudflare_scim;
mod core;
mod guide;
mod http;
mod okta;
mod okta_apps;
mod okta_assignments;
mod okta_client_secrets;
mod okta_openid;
mod okta_people;
mod okta_provisioning;
mod okta_provisioning_failures;
mod okta_provisioning_groups;
mod okta_provisioning_people;
mod okta_provisioning_to_cloudflare;
mod okta_push_mappings;
mod openapi;
mod program;
mod provisioned_app;
mod routes;
mod scim_service;
mod tour;
