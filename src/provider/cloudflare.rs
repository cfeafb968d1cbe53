//! The Cloudflare half of the provider block, with its fall-backs.

use super::block::{CloudflareBlock, secure_url};
use super::environment::Environment;
use super::missing;
use super::settings::known;
use crate::cloudflare::api::{Client, Credentials};
use crate::cloudflare::client::{Cloudflare, DefaultAccount};
use crate::framework::model::Attr;
use crate::framework::provider::Unavailable;
use crate::framework::secret::Secret;
use crate::http::Settings;

const BASE_URL: &str = "https://api.cloudflare.com/client/v4";

/// Makes the client, or says why there is none.
pub(super) fn connect(
    block: &Attr<CloudflareBlock>,
    environment: &Environment,
    settings: Result<Settings, Unavailable>,
) -> Result<Cloudflare, Unavailable> {
    let nothing = CloudflareBlock::default();
    let block = known(block, "cloudflare")?.unwrap_or(&nothing);
    let settings = settings?;
    let credentials = credentials(block, environment)?;
    let base_url = match known(&block.base_url, "cloudflare.base_url")? {
        Some(url) => secure_url(url).map_err(|problem| missing("Invalid URL of Cloudflare's API", problem))?,
        None => {
            let url = environment.get("CLOUDFLARE_BASE_URL").unwrap_or_else(|| BASE_URL.to_owned());
            secure_url(&url).map_err(|problem| {
                missing("Invalid URL of Cloudflare's API", format!("In CLOUDFLARE_BASE_URL: {problem}"))
            })?
        }
    };
    let account = match &block.account_id {
        Attr::Known(id) => DefaultAccount::Id(id.clone()),
        Attr::Unknown => DefaultAccount::NotYetKnown,
        Attr::Null => environment.get("CLOUDFLARE_ACCOUNT_ID").map_or(DefaultAccount::None, DefaultAccount::Id),
    };
    Ok(Cloudflare::new(Client::new(base_url, credentials, settings), account))
}

/// Whether somebody meant there to be a Cloudflare side: there are credentials of whatever kind, complete or not.
pub(super) fn is_meant(block: &Attr<CloudflareBlock>, environment: &Environment) -> bool {
    block.known().is_some_and(|block| block.api_token.is_set() || block.api_key.is_set())
        || ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY"].iter().any(|name| environment.get(name).is_some())
}

fn credentials(block: &CloudflareBlock, environment: &Environment) -> Result<Credentials, Unavailable> {
    let in_block = block.api_token.is_set() || block.api_key.is_set();
    let (token, key, email) = if in_block {
        (
            known(&block.api_token, "cloudflare.api_token")?.cloned(),
            known(&block.api_key, "cloudflare.api_key")?.cloned(),
            known(&block.email, "cloudflare.email")?.cloned(),
        )
    } else {
        let secret = |name| environment.get(name).map(Secret::from);
        (secret("CLOUDFLARE_API_TOKEN"), secret("CLOUDFLARE_API_KEY"), environment.get("CLOUDFLARE_EMAIL"))
    };
    match (token, key, email) {
        (Some(token), ..) => Ok(Credentials::Token(token.into())),
        (None, Some(key), Some(email)) => Ok(Credentials::KeyAndEmail { key: key.into(), email }),
        (None, Some(_), None) => Err(missing(
            "The Cloudflare API key needs an email address",
            "Set cloudflare = { email = … } beside api_key in the provider block, or CLOUDFLARE_EMAIL beside \
             CLOUDFLARE_API_KEY in the environment. Better still, use an API token.",
        )),
        (None, None, _) => Err(missing(
            "No Cloudflare credentials",
            "Set cloudflare = { api_token = … } in the provider block, or the environment variable \
             CLOUDFLARE_API_TOKEN. (A global API key works as well: api_key and email, or CLOUDFLARE_API_KEY and \
             CLOUDFLARE_EMAIL.) The token needs the permission \"Access: Organizations, Identity Providers, and \
             Groups Write\".",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(block: CloudflareBlock, environment: &[(&str, &str)]) -> Result<Cloudflare, Unavailable> {
        connect(&block.into(), &Environment::of(environment.iter().copied()), Ok(Settings::default()))
    }

    fn kind(block: CloudflareBlock, environment: &[(&str, &str)]) -> String {
        credentials(&block, &Environment::of(environment.iter().copied()))
            .map_or_else(|why| super::super::tests::text(&why), |credentials| format!("{credentials:?}"))
    }

    #[test]
    fn the_block_goes_before_the_environment() {
        let environment = [
            ("CLOUDFLARE_API_TOKEN", "e"),
            ("CLOUDFLARE_ACCOUNT_ID", "from-environment"),
            ("CLOUDFLARE_BASE_URL", "https://e.example/v4"),
        ];
        let client = made(CloudflareBlock::default(), &environment).unwrap();
        assert_eq!(client.api().base_url().as_str(), "https://e.example/v4");
        assert_eq!(client.account(), &DefaultAccount::Id("from-environment".into()));

        let block = CloudflareBlock {
            account_id: "from-block".into(),
            base_url: "http://127.0.0.1:9/v4".into(),
            ..CloudflareBlock::default()
        };
        let client = made(block, &environment).unwrap();
        assert_eq!(client.api().base_url().as_str(), "http://127.0.0.1:9/v4");
        assert_eq!(client.account(), &DefaultAccount::Id("from-block".into()));
    }

    #[test]
    fn credentials_in_the_block_switch_off_the_environment() {
        let environment = [("CLOUDFLARE_API_TOKEN", "e"), ("CLOUDFLARE_EMAIL", "e@acme.example")];
        let key = CloudflareBlock { api_key: Secret::from("k").into(), ..CloudflareBlock::default() };
        assert!(kind(key.clone(), &environment).contains("needs an email address"));
        let key = CloudflareBlock { email: "a@acme.example".into(), ..key };
        assert_eq!(kind(key, &environment), "Credentials::KeyAndEmail");
        assert_eq!(kind(CloudflareBlock::default(), &environment), "Credentials::Token");
        let pair = [("CLOUDFLARE_API_KEY", "k"), ("CLOUDFLARE_EMAIL", "e@acme.example")];
        assert_eq!(kind(CloudflareBlock::default(), &pair), "Credentials::KeyAndEmail");
    }

    #[test]
    fn missing_credentials_name_attribute_and_variable() {
        let said = kind(CloudflareBlock::default(), &[]);
        assert!(said.contains("api_token") && said.contains("CLOUDFLARE_API_TOKEN"), "{said}");
    }

    #[test]
    fn incomplete_credentials_are_meant_as_well() {
        let meant = |block: CloudflareBlock, environment: &[(&str, &str)]| {
            is_meant(&block.into(), &Environment::of(environment.iter().copied()))
        };
        let none = CloudflareBlock::default;
        assert!(meant(CloudflareBlock { api_key: Secret::from("k").into(), ..none() }, &[]));
        assert!(meant(none(), &[("CLOUDFLARE_API_TOKEN", "t")]));
        assert!(!meant(CloudflareBlock { account_id: "a".into(), ..none() }, &[("CLOUDFLARE_ACCOUNT_ID", "a")]));
    }

    #[test]
    fn unknown_settings_are_not_yet_known_and_not_replaced_by_the_environment() {
        let environment = Environment::of([("CLOUDFLARE_API_TOKEN", "e"), ("CLOUDFLARE_ACCOUNT_ID", "e")]);
        let unknown = |block: Attr<CloudflareBlock>| match connect(&block, &environment, Ok(Settings::default())) {
            Err(Unavailable::NotYetKnown(why)) => why.detail,
            Err(Unavailable::Missing(why)) => panic!("{}", why.detail),
            Ok(_) => panic!("expected no client"),
        };
        assert!(unknown(Attr::Unknown).contains("cloudflare"));
        let token = CloudflareBlock { api_token: Attr::Unknown, ..CloudflareBlock::default() };
        assert!(unknown(token.into()).contains("cloudflare.api_token"));

        let account = CloudflareBlock { account_id: Attr::Unknown, ..CloudflareBlock::default() };
        let client = connect(&account.into(), &environment, Ok(Settings::default())).unwrap();
        assert_eq!(client.account(), &DefaultAccount::NotYetKnown);
    }

    #[test]
    fn plain_http_is_for_loopback() {
        let environment = [("CLOUDFLARE_API_TOKEN", "e"), ("CLOUDFLARE_BASE_URL", "http://api.example")];
        let why = made(CloudflareBlock::default(), &environment).err().map(|why| super::super::tests::text(&why));
        assert!(why.as_ref().is_some_and(|why| why.contains("CLOUDFLARE_BASE_URL")), "{why:?}");
    }
}
