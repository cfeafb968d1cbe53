//! Okta: its API client and its resources.
//!
//! | what | where |
//! | --- | --- |
//! | the typed client, which knows HTTP and not Terraform | [`api`] |
//! | refusals and broken connections turned into diagnostics | [`errors`] |
//! | refreshes that Okta does not answer | [`unanswered`] |
//! | attributes and their places in Okta's documents | [`fields`] |
//! | ids, in states and imports | [`ids`] |
//! | the apps that there are | `app_list` |
//! | an app that is there before it is created | [`existing`] |
//! | states of Okta's own provider | `official_state` |
//! | who may use an app | [`assignments`] |
//! | what configurations look up and do not manage | [`data_sources`] |
//! | `okta_client_secret` | [`client_secret`] |
//! | `okta_oidc_app` | [`oidc_app`] |
//! | `okta_scim_app` | [`scim_app`] |
//!
//! The resources take an [`api::Client`]; the provider makes one and lists them in its registry.

pub mod api;
mod app_list;
pub mod assignments;
pub mod client_secret;
pub mod data_sources;
pub mod errors;
pub mod existing;
pub mod fields;
pub mod ids;
mod official_state;
pub mod oidc_app;
pub mod scim_app;
pub mod unanswered;
