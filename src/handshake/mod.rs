//! What needs both sides of the OIDC and SCIM handshake.
//!
//! | what | where |
//! | --- | --- |
//! | `data "zt_handshake"` | [`data_source`] |
//! | the action `zt_test_handshake` | [`action`] |
//! | what both sides show | [`readings`] |
//! | the checks, which decide on that alone | [`checks`] |
//! | which groups a groups claim lets through | [`claim`] |
//! | Okta, asked on behalf of a login method | [`okta_probe`] |
//! | Cloudflare, asked on behalf of a SCIM app | [`scim_secrets`] |

pub mod action;
pub mod checks;
mod claim;
pub mod data_source;
pub mod okta_probe;
pub mod readings;
pub mod scim_secrets;
