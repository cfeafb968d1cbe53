//! Connection settings out of the provider block: time limits, repetitions, the rate of requests, the CA file.

use super::block::ProviderBlock;
use super::environment::Environment;
use super::{missing, not_yet_known};
use crate::framework::model::Attr;
use crate::framework::provider::Unavailable;
use crate::http::{AllowedHosts, Settings};
use std::time::Duration;

/// Limits the hosts that get anything. It has no attribute, so that no configuration can widen it.
const ALLOWED_HOSTS: &str = "ZT_ALLOWED_HOSTS";

/// What both clients are built with.
pub(super) fn settings(
    block: &ProviderBlock,
    environment: &Environment,
    terraform_version: &str,
) -> Result<Settings, Unavailable> {
    let mut settings = Settings { allowed_hosts: allowed_hosts(environment)?, ..Settings::default() };
    let program = std::mem::take(&mut settings.user_agent);
    settings.user_agent = match terraform_version {
        "" => program,
        version => format!("{program} terraform/{version}"),
    };
    settings.ca_file = known(&block.ca_file, "ca_file")?.map(Into::into);
    if let Some(count) = known(&block.max_retries, "max_retries")? {
        settings.max_retries = u32::try_from(*count).unwrap_or(settings.max_retries);
    }
    for (setting, name, field) in [
        (&block.min_wait_seconds, "min_wait_seconds", &mut settings.min_wait),
        (&block.max_wait_seconds, "max_wait_seconds", &mut settings.max_wait),
        (&block.request_timeout, "request_timeout", &mut settings.total_timeout),
    ] {
        if let Some(seconds) = known(setting, name)?.and_then(|seconds| u64::try_from(*seconds).ok()) {
            *field = Duration::from_secs(seconds);
        }
    }
    if let Some(rate) = known(&block.max_requests_per_second, "max_requests_per_second")? {
        settings.spacing = Duration::try_from_secs_f64(rate.to_f64().recip()).unwrap_or_default();
    }
    settings.min_wait = settings.min_wait.min(settings.max_wait);
    settings.read_timeout = settings.read_timeout.min(settings.total_timeout);
    settings.connect_timeout = settings.connect_timeout.min(settings.total_timeout);
    Ok(settings)
}

/// A list that cannot be read allows nothing.
fn allowed_hosts(environment: &Environment) -> Result<Option<AllowedHosts>, Unavailable> {
    let Some(list) = environment.get(ALLOWED_HOSTS) else { return Ok(None) };
    let unreadable = |problem| {
        let detail = format!(
            "It lists the hosts that may receive credentials, separated by commas: {problem}. Correct the environment \
             variable, or unset it to allow every host."
        );
        missing(format!("{ALLOWED_HOSTS} cannot be read"), detail)
    };
    AllowedHosts::parse(&list).map(Some).map_err(unreadable)
}

/// The value of a setting, if it has one.
pub(super) fn known<'a, T>(setting: &'a Attr<T>, name: &str) -> Result<Option<&'a T>, Unavailable> {
    match setting {
        Attr::Null => Ok(None),
        Attr::Unknown => Err(not_yet_known(name)),
        Attr::Known(value) => Ok(Some(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> Environment {
        Environment::of([("", ""); 0])
    }

    #[test]
    fn hosts_are_limited_by_the_environment_alone() {
        let made = |list: &str| settings(&ProviderBlock::default(), &Environment::of([(ALLOWED_HOSTS, list)]), "");
        let allowed = made("acme.okta.com").unwrap().allowed_hosts.unwrap();
        assert!(allowed.allow(&"https://acme.okta.com".parse().unwrap()));
        assert!(!allowed.allow(&"https://api.cloudflare.com".parse().unwrap()));
        assert!(made("").unwrap().allowed_hosts.is_none());
        let Err(Unavailable::Missing(why)) = made("https://acme.okta.com") else { panic!("expected a refusal") };
        assert!(why.summary.contains(ALLOWED_HOSTS) && why.detail.contains("without scheme"), "{why:?}");
    }

    #[test]
    fn what_is_set_replaces_the_defaults() {
        let block = ProviderBlock {
            ca_file: "/etc/ca.pem".into(),
            max_retries: 0.into(),
            min_wait_seconds: 30.into(),
            max_wait_seconds: 20.into(),
            request_timeout: 5.into(),
            max_requests_per_second: Attr::Known("0.5".parse().unwrap()),
            ..ProviderBlock::default()
        };
        let made = settings(&block, &nothing(), "1.11.4").unwrap();
        assert_eq!(made.ca_file.as_deref(), Some(std::path::Path::new("/etc/ca.pem")));
        assert_eq!((made.max_retries, made.min_wait, made.max_wait), (0, made.max_wait, Duration::from_secs(20)));
        assert_eq!((made.total_timeout, made.read_timeout), (Duration::from_secs(5), Duration::from_secs(5)));
        assert_eq!(made.spacing, Duration::from_secs(2));
        assert!(made.user_agent.ends_with(" terraform/1.11.4"), "{}", made.user_agent);
    }

    #[test]
    fn unset_settings_keep_the_defaults() {
        let (made, default) = (settings(&ProviderBlock::default(), &nothing(), "").unwrap(), Settings::default());
        assert_eq!(format!("{made:?}"), format!("{default:?}"));
    }

    #[test]
    fn an_unknown_setting_is_named() {
        let block = ProviderBlock { ca_file: Attr::Unknown, ..ProviderBlock::default() };
        let Err(Unavailable::NotYetKnown(why)) = settings(&block, &nothing(), "") else {
            panic!("expected not yet known")
        };
        assert!(why.detail.contains("ca_file"), "{}", why.detail);
    }
}
