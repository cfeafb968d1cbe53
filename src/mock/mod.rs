//! An Okta org and a Cloudflare account on loopback.
