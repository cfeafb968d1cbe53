//! What a user may tune about the connection: time limits, retries, the rate of requests, the CA file.

use std::path::PathBuf;
use std::time::Duration;

use super::AllowedHosts;

/// How a [`Client`](super::Client) connects, waits and gives up. The same for both vendors.
#[derive(Clone, Debug)]
pub struct Settings {
    /// A PEM file with certificate authorities to trust in addition to the system's.
    pub ca_file: Option<PathBuf>,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// Limit for establishing a connection, TLS included.
    pub connect_timeout: Duration,
    /// Limit for silence while an answer is awaited or arriving.
    pub read_timeout: Duration,
    /// Limit for one attempt as a whole. Repeated attempts and the waits between them are not counted.
    pub total_timeout: Duration,
    /// The largest answer that is read, in bytes.
    pub max_body: usize,
    /// How many bytes of one list are kept at most, all of its pages together. What is read and not kept does not count.
    pub max_list: usize,
    /// How often a request is repeated at most; 0 switches retries off.
    pub max_retries: u32,
    /// The first back-off; it doubles with every further attempt.
    pub min_wait: Duration,
    /// The longest back-off between two attempts. A service that asks for more than this is not waited for; what it asks for
    /// is spread by up to two seconds so that not everybody comes back at once.
    pub max_wait: Duration,
    /// The least time between the beginnings of two requests of one client, its clones, those for other services of the
    /// vendor, and repetitions included; zero for no limit. Waiting for it is not counted against the limits of an attempt.
    pub spacing: Duration,
    /// The hosts that requests may go to; `None` for any.
    pub allowed_hosts: Option<AllowedHosts>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ca_file: None,
            user_agent: concat!("terraform-provider-zt/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            // Okta tries a new SCIM connection before it answers, and gives the other side 60 s.
            read_timeout: Duration::from_secs(75),
            total_timeout: Duration::from_secs(120),
            max_body: 16 * 1024 * 1024,
            // Well over a million people of an app, of whom a few short texts are kept, or sixty thousand apps of 8 KiB, which
            // are kept whole: more than the largest orgs have, and no more than a machine that runs Terraform has room for.
            max_list: 512 * 1024 * 1024,
            max_retries: 5,
            min_wait: Duration::from_secs(1),
            // Cloudflare locks a caller out for five minutes once its limit is reached, and both sides round to seconds.
            max_wait: Duration::from_secs(310),
            spacing: Duration::ZERO,
            allowed_hosts: None,
        }
    }
}
