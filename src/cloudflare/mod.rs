//! Cloudflare Zero Trust: its API client and its resources.

pub mod api;
