//! How a mock is set up: one declaration, read by the program's command line and by tests.

use std::net::SocketAddr;
use std::time::Duration;

use super::rate_limit::RateLimit;

/// A port of the loopback interface that the system chooses.
const ANY_PORT: &str = "127.0.0.1:0";

/// Okta gives a SCIM service a minute.
const SCIM_PATIENCE: Duration = Duration::from_secs(60);

/// Settings of one mock. `Options::default()` is what `zt-mock serve` does without arguments.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Address that the Okta org listens on; port 0 picks a free one
    #[arg(long, value_name = "HOST:PORT", default_value = ANY_PORT)]
    pub okta_addr: SocketAddr,

    /// Address that Cloudflare's API listens on; port 0 picks a free one
    #[arg(long, value_name = "HOST:PORT", default_value = ANY_PORT)]
    pub cloudflare_addr: SocketAddr,

    /// Address that stands in for TEAM.cloudflareaccess.com (SCIM endpoint, login); port 0 picks a free one
    #[arg(long, value_name = "HOST:PORT", default_value = ANY_PORT)]
    pub team_addr: SocketAddr,

    /// Serve https with a throwaway CA, for SDKs that refuse http; the CA's file is in the ready line
    #[arg(long)]
    pub tls: bool,

    /// Whether Okta's connection API works for SCIM apps, or answers with the status UNKNOWN as it does for apps it
    /// does not support
    #[arg(long, value_enum, default_value_t = ProvisioningApi::Supported)]
    pub provisioning_api: ProvisioningApi,

    /// Let Cloudflare forget the client secret when an identity provider is updated without one, instead of keeping it
    #[arg(long)]
    pub wipe_secret_on_put: bool,

    /// Let Cloudflare refuse the call that mints a new SCIM secret, so that only the dashboard's button is left
    #[arg(long)]
    pub refuse_secret_refresh: bool,

    /// Let Cloudflare's tokens lack the permission to read the account's audit log
    #[arg(long)]
    pub hide_audit_log: bool,

    /// Show stored secrets of identity providers as asterisks, as Cloudflare did for years, instead of leaving them out
    #[arg(long)]
    pub mask_secrets: bool,

    /// Name of the Okta org, the ORG in ORG.okta.com
    #[arg(long, value_name = "NAME", default_value = "acme")]
    pub org: String,

    /// Name of the Zero Trust team, the TEAM in TEAM.cloudflareaccess.com
    #[arg(long, value_name = "NAME", default_value = "acme")]
    pub team: String,

    /// How many requests each side takes before it answers 429
    #[arg(long, value_name = "NAME", value_enum, default_value_t = RateLimit::Off)]
    pub rate_limit: RateLimit,

    /// How many times as fast as the vendors' the windows and blocks of the rate limit pass
    #[arg(long, value_name = "TIMES", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=60))]
    pub rate_limit_speed: u32,

    /// Milliseconds that every answer takes at least
    #[arg(long, value_name = "MILLISECONDS", default_value = "0", value_parser = milliseconds)]
    pub latency: Duration,

    /// How long Okta waits for a SCIM service's answer.
    #[arg(skip = SCIM_PATIENCE)]
    pub scim_patience: Duration,

    /// Dropping the mock passes even if a request arrived for a route that neither side serves.
    #[arg(skip)]
    pub allow_unserved: bool,
}

/// What Okta's connection and feature APIs do for SCIM apps of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ProvisioningApi {
    /// A connection can be set, tested and activated.
    Supported,
    /// Calls answer 200 with the status `UNKNOWN` and change nothing.
    Unknown,
}

impl Default for Options {
    fn default() -> Self {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            okta_addr: any_port,
            cloudflare_addr: any_port,
            team_addr: any_port,
            tls: false,
            provisioning_api: ProvisioningApi::Supported,
            wipe_secret_on_put: false,
            refuse_secret_refresh: false,
            hide_audit_log: false,
            mask_secrets: false,
            org: "acme".into(),
            team: "acme".into(),
            rate_limit: RateLimit::Off,
            rate_limit_speed: 1,
            latency: Duration::ZERO,
            scim_patience: SCIM_PATIENCE,
            allow_unserved: false,
        }
    }
}

fn milliseconds(text: &str) -> Result<Duration, std::num::ParseIntError> {
    text.parse().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn the_command_line_without_arguments_is_the_default() {
        let parsed = Program::parse_from(["zt-mock"]).options;
        assert_eq!(format!("{parsed:?}"), format!("{:?}", Options::default()));
    }

    #[test]
    fn every_option_reaches_its_field() {
        let parsed = Program::parse_from([
            "zt-mock",
            "--okta-addr=127.0.0.1:81",
            "--provisioning-api=unknown",
            "--rate-limit=integrator",
            "--rate-limit-speed=20",
            "--latency=250",
            "--wipe-secret-on-put",
        ])
        .options;
        assert_eq!(parsed.okta_addr.port(), 81);
        assert_eq!(parsed.provisioning_api, ProvisioningApi::Unknown);
        assert_eq!((parsed.rate_limit, parsed.rate_limit_speed), (RateLimit::Integrator, 20));
        assert_eq!(parsed.latency, Duration::from_millis(250));
        assert!(parsed.wipe_secret_on_put && !parsed.tls);
    }
}
