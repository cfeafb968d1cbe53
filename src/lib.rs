//! `terraform-provider-zt`: Okta and Cloudflare Zero Trust wired together by Terraform.
//!
//! Data runs one way through this crate, and so does `use`:
//!
//! ```text
//! terraform → plugin → framework::server → okta/*.rs, cloudflare/*.rs → okta::api, cloudflare::api → http → network
//! ```
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`proto`] | types generated from `proto/`: the wire, and nothing else |
//! | [`plugin`] | talks to the terraform process: negotiation, TLS, socket, logs, signals |
//! | [`framework`] | Terraform's ideas in Rust: values, schemas, planning, the traits that authors implement |
//! | [`http`] | REST plumbing that both vendors share |
//! | [`okta`], [`cloudflare`] | one vendor each: the typed API client, and one file per resource |
//! | [`handshake`] | what needs both sides of the OIDC and SCIM handshake |
//! | [`functions`] | provider functions |
//! | [`provider`] | the provider block, and the registries joined |
//! | [`docs`] | registry → Markdown |
//! | [`mock`] | the other side of the network: an Okta org and a Cloudflare account on loopback |

pub mod cloudflare;
pub mod docs;
pub mod framework;
pub mod functions;
pub mod handshake;
pub mod http;
pub mod mock;
pub mod okta;
pub mod plugin;
pub mod proto;
pub mod provider;
