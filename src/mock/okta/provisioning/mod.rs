//! Okta's SCIM client: what Terraform configured really provisions.
//!
//! Whatever an administrator does that a target app must hear of becomes a job. A worker carries the jobs out at the
//! base URL and with the token that the app's connection has at that moment, and what comes of it shows where Okta
//! shows it: status, sync state and external id of an assignment, status of a push mapping, the System Log.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `triggers` | which changes in the org make which job |
//! | `queue` | the jobs: their order, retries, counters |
//! | `choice` | which jobs may go now |
//! | `worker` | carries them out, several at a time |
//! | `people`, `groups` | what one job sends, request by request |
//! | `results` | what the org keeps of it |
//! | `client` | one request to a SCIM service, and the credential test |
//! | `resources` | the bodies |
//! | `standing` | what is left to do, and waiting for it |
//!
//! Requests follow <https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20/> for apps of the catalogue,
//! which are sent PATCH where Okta's own integrations for a single customer are sent PUT.
//!
//! In one thing the org is better than Okta, so that a test need not press a button: a job that failed is tried again
//! by itself, with growing pauses, where in Okta an administrator presses *Retry* on the Tasks page, and where for a
//! deactivation there is no such button.

mod choice;
mod client;
mod groups;
mod people;
mod queue;
mod resources;
mod results;
mod standing;
mod triggers;
pub(crate) mod worker;

pub(crate) use client::{Endpoint, test_credentials};
pub(crate) use groups::Pushed;
pub(crate) use queue::Queue;
pub use standing::{Standing, WaitingJob};
pub(crate) use standing::{drained, settled, standing};
