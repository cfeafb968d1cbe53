//! The Okta half of the provider block, with its fall-backs.

use super::block::OktaBlock;
use super::environment::Environment;
use super::missing;
use super::settings::known;
use crate::cloudflare::okta_account;
use crate::framework::model::Attr;
use crate::framework::provider::Unavailable;
use crate::framework::secret::Secret;
use crate::http::{Settings, pem_file};
use crate::okta::api::{Client, Credentials, Service};
use secrecy::SecretString;
use std::io;
use std::path::Path;
use url::Url;

/// Makes the client, or says why there is none.
pub(super) fn connect(
    block: &Attr<OktaBlock>,
    environment: &Environment,
    settings: Result<Settings, Unavailable>,
) -> Result<Client, Unavailable> {
    let nothing = OktaBlock::default();
    let block = known(block, "okta")?.unwrap_or(&nothing);
    let settings = settings?;
    let org_url = org_url(block, environment)?;
    let credentials = credentials(block, environment)?;
    Ok(Client::new(org_url, credentials, settings))
}

/// The order is: OKTA_HTTP_PROXY (which the official provider takes as a stand-in for the org), the block,
/// OKTA_ORG_URL, OKTA_ORG_NAME with OKTA_BASE_URL.
fn org_url(block: &OktaBlock, environment: &Environment) -> Result<Url, Unavailable> {
    let parse = |text: &str, source: &str| {
        let problem = |problem| missing("Invalid URL of the Okta org", format!("In {source}: {problem}"));
        okta_account::parse(text).map_err(problem)
    };
    if let Some(url) = environment.get("OKTA_HTTP_PROXY") {
        return parse(&url, "OKTA_HTTP_PROXY");
    }
    if let Some(url) = known(&block.org_url, "okta.org_url")? {
        return parse(url, "okta.org_url");
    }
    let name = known(&block.org_name, "okta.org_name")?.cloned();
    let base = known(&block.base_url, "okta.base_url")?.cloned();
    if name.is_none()
        && base.is_none()
        && let Some(url) = environment.get("OKTA_ORG_URL")
    {
        return parse(&url, "OKTA_ORG_URL");
    }
    let base = base.or_else(|| environment.get("OKTA_BASE_URL")).unwrap_or_else(|| "okta.com".to_owned());
    match name.or_else(|| environment.get("OKTA_ORG_NAME")) {
        Some(name) => parse(&format!("https://{name}.{base}"), "the org's name and base URL"),
        None => Err(missing(
            "No Okta org",
            "Set okta = { org_url = \"https://acme.okta.com\" } in the provider block, or the environment variable \
             OKTA_ORG_URL. (The names of the official provider work as well: org_name and base_url, or OKTA_ORG_NAME \
             and OKTA_BASE_URL.)",
        )),
    }
}

/// The credentials as they were found, in the block or in the environment.
struct Found {
    api_token: Option<Secret>,
    access_token: Option<Secret>,
    client_id: Option<String>,
    private_key: Option<Secret>,
    private_key_id: Option<String>,
}

fn credentials(block: &OktaBlock, environment: &Environment) -> Result<Credentials, Unavailable> {
    let in_block = block.api_token.is_set()
        || block.access_token.is_set()
        || block.client_id.is_set()
        || block.private_key.is_set();
    let key_id = known(&block.private_key_id, "okta.private_key_id")?.cloned();
    let found = if in_block {
        Found {
            api_token: known(&block.api_token, "okta.api_token")?.cloned(),
            access_token: known(&block.access_token, "okta.access_token")?.cloned(),
            client_id: known(&block.client_id, "okta.client_id")?.cloned(),
            private_key: known(&block.private_key, "okta.private_key")?.cloned(),
            private_key_id: key_id,
        }
    } else {
        let secret = |name| environment.get(name).map(Secret::from);
        Found {
            api_token: secret("OKTA_API_TOKEN"),
            access_token: secret("OKTA_ACCESS_TOKEN"),
            client_id: environment.get("OKTA_API_CLIENT_ID"),
            private_key: secret("OKTA_API_PRIVATE_KEY"),
            private_key_id: key_id.or_else(|| environment.get("OKTA_API_PRIVATE_KEY_ID")),
        }
    };
    let oauth = match (found.access_token, found.client_id, found.private_key) {
        (Some(token), ..) => Some(Credentials::access_token(token.into())),
        (None, Some(client_id), Some(key)) => Some(Credentials::service(Service {
            client_id,
            private_key: private_key(&key)?,
            key_id: found.private_key_id,
            scopes: scopes(block, environment)?,
        })),
        (None, Some(_), None) => {
            return Err(missing(
                "The Okta service app has no private key",
                "Set private_key beside client_id in the provider block, or OKTA_API_PRIVATE_KEY beside \
                 OKTA_API_CLIENT_ID in the environment.",
            ));
        }
        (None, None, Some(_)) => {
            return Err(missing(
                "The Okta service app has no client id",
                "Set client_id beside private_key in the provider block, or OKTA_API_CLIENT_ID beside \
                 OKTA_API_PRIVATE_KEY in the environment.",
            ));
        }
        (None, None, None) => None,
    };
    match (oauth, found.api_token) {
        (Some(oauth), Some(token)) => Ok(oauth.with_api_token(token.into())),
        (Some(oauth), None) => Ok(oauth),
        (None, Some(token)) => Ok(Credentials::api_token(token.into())),
        (None, None) => Err(missing(
            "No Okta credentials",
            "Set okta = { api_token = … } in the provider block, or the environment variable OKTA_API_TOKEN. (OAuth \
             works as well: client_id, private_key and scopes, or OKTA_API_CLIENT_ID, OKTA_API_PRIVATE_KEY and \
             OKTA_API_SCOPES; or access_token, or OKTA_ACCESS_TOKEN.)",
        )),
    }
}

fn scopes(block: &OktaBlock, environment: &Environment) -> Result<Vec<String>, Unavailable> {
    let scopes: Vec<String> = match known(&block.scopes, "okta.scopes")? {
        Some(scopes) if !scopes.all_known() => return Err(super::not_yet_known("okta.scopes")),
        Some(scopes) => scopes.iter().cloned().collect(),
        None => {
            let list = environment.get("OKTA_API_SCOPES").unwrap_or_default();
            list.split(',').map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
        }
    };
    if scopes.is_empty() {
        return Err(missing(
            "The Okta service app has no scopes",
            "Set okta = { scopes = [\"okta.apps.manage\", \"okta.groups.read\", \"okta.users.read\"] } in the provider \
             block, or OKTA_API_SCOPES in the environment, and grant the same scopes to the service app in Okta.",
        ));
    }
    Ok(scopes)
}

/// PEM text as it is, or what the file of that name holds.
fn private_key(given: &Secret) -> Result<SecretString, Unavailable> {
    let text = given.expose();
    if text.contains("-----BEGIN") {
        // Variables of pipelines often hold the two characters \n where the line breaks were.
        let pem = if text.contains('\n') { text.to_owned() } else { text.replace("\\n", "\n") };
        return Ok(pem.into());
    }
    // The name is not repeated: it may be a key in some other format.
    let read = pem_file::read(Path::new(text)).and_then(|bytes| {
        String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it holds no text"))
    });
    read.map(SecretString::from).map_err(|error| {
        missing(
            "The private key of the Okta service app cannot be read",
            format!(
                "okta.private_key, or OKTA_API_PRIVATE_KEY, is neither PEM text (-----BEGIN PRIVATE KEY-----) nor the \
                 path of a readable file: {error}."
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::text;
    use super::*;
    use secrecy::ExposeSecret;

    fn url(block: OktaBlock, environment: &[(&str, &str)]) -> String {
        org_url(&block, &Environment::of(environment.iter().copied()))
            .map_or_else(|why| text(&why), |url| okta_account::without_slash(&url).to_owned())
    }

    fn kind(block: OktaBlock, environment: &[(&str, &str)]) -> String {
        credentials(&block, &Environment::of(environment.iter().copied()))
            .map_or_else(|why| text(&why), |credentials| format!("{credentials:?}"))
    }

    const TOKEN: &str = "Credentials { api_token: true, oauth: false }";
    const OAUTH: &str = "Credentials { api_token: false, oauth: true }";
    const BOTH: &str = "Credentials { api_token: true, oauth: true }";
    const PEM: &str = "-----BEGIN PRIVATE KEY-----\\nx\\n-----END PRIVATE KEY-----";

    #[test]
    fn the_org_is_found_in_order() {
        let all =
            [("OKTA_ORG_URL", "https://a.okta.com"), ("OKTA_ORG_NAME", "b"), ("OKTA_BASE_URL", "oktapreview.com")];
        assert_eq!(url(OktaBlock::default(), &all), "https://a.okta.com");
        assert_eq!(url(OktaBlock::default(), &all[1..]), "https://b.oktapreview.com");
        assert_eq!(url(OktaBlock::default(), &all[1..2]), "https://b.okta.com");
        let block = OktaBlock { org_url: "https://c.okta.com/".into(), ..OktaBlock::default() };
        assert_eq!(url(block.clone(), &all), "https://c.okta.com");
        let named = OktaBlock { org_name: "d".into(), ..OktaBlock::default() };
        assert_eq!(url(named, &all), "https://d.oktapreview.com");
        assert_eq!(url(block, &[("OKTA_HTTP_PROXY", "http://127.0.0.1:7")]), "http://127.0.0.1:7");
    }

    #[test]
    fn a_missing_or_wrong_org_names_attribute_and_variable() {
        let said = url(OktaBlock::default(), &[]);
        assert!(said.contains("org_url") && said.contains("OKTA_ORG_URL"), "{said}");
        assert!(url(OktaBlock::default(), &[("OKTA_ORG_URL", "http://a.okta.com")]).contains("OKTA_ORG_URL"));
        assert!(url(OktaBlock::default(), &[("OKTA_ORG_NAME", "a-admin")]).contains("Admin Console"));
    }

    #[test]
    fn every_kind_of_credentials_is_found() {
        let none = OktaBlock::default;
        let service = [("OKTA_API_CLIENT_ID", "0oa"), ("OKTA_API_PRIVATE_KEY", PEM), ("OKTA_API_SCOPES", "a, b")];
        assert_eq!(kind(none(), &[("OKTA_API_TOKEN", "t")]), TOKEN);
        assert_eq!(kind(none(), &[("OKTA_ACCESS_TOKEN", "t")]), OAUTH);
        assert_eq!(kind(none(), &[("OKTA_ACCESS_TOKEN", "t"), ("OKTA_API_TOKEN", "t")]), BOTH);
        assert_eq!(kind(none(), &service), OAUTH);
        assert!(kind(none(), &service[..2]).contains("OKTA_API_SCOPES"));
        assert!(kind(none(), &service[..1]).contains("OKTA_API_PRIVATE_KEY"));
        assert!(kind(none(), &service[1..]).contains("OKTA_API_CLIENT_ID"));
        let said = kind(none(), &[]);
        assert!(said.contains("api_token") && said.contains("OKTA_API_TOKEN"), "{said}");
    }

    #[test]
    fn credentials_in_the_block_switch_off_the_environment() {
        let environment = [("OKTA_API_TOKEN", "t"), ("OKTA_API_SCOPES", "a")];
        let block = OktaBlock { access_token: Secret::from("t").into(), ..OktaBlock::default() };
        assert_eq!(kind(block, &environment), OAUTH);
        let block =
            OktaBlock { client_id: "0oa".into(), private_key: Secret::from(PEM).into(), ..OktaBlock::default() };
        assert_eq!(kind(block, &environment), OAUTH);
        let block = OktaBlock { client_id: "0oa".into(), ..OktaBlock::default() };
        assert!(kind(block, &environment).contains("no private key"));
    }

    #[test]
    fn unknown_credentials_are_not_replaced_by_the_environment() {
        let environment = Environment::of([("OKTA_API_TOKEN", "t"), ("OKTA_ORG_URL", "https://a.okta.com")]);
        for block in [
            OktaBlock { api_token: Attr::Unknown, ..OktaBlock::default() },
            OktaBlock { org_url: Attr::Unknown, ..OktaBlock::default() },
            OktaBlock { org_name: Attr::Unknown, ..OktaBlock::default() },
        ] {
            let made = connect(&block.into(), &environment, Ok(Settings::default()));
            assert!(matches!(made, Err(Unavailable::NotYetKnown(_))));
        }
        assert!(matches!(
            connect(&Attr::Unknown, &environment, Ok(Settings::default())),
            Err(Unavailable::NotYetKnown(_))
        ));
    }

    #[test]
    fn a_private_key_is_text_or_a_file() {
        let pem = private_key(&Secret::from(PEM)).unwrap();
        assert_eq!(pem.expose_secret().lines().count(), 3);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "from the file").unwrap();
        let key = private_key(&Secret::from(file.path().to_string_lossy().into_owned())).unwrap();
        assert_eq!(key.expose_secret(), "from the file");
        let why = text(&private_key(&Secret::from("hunter2")).unwrap_err());
        assert!(why.contains("OKTA_API_PRIVATE_KEY") && !why.contains("hunter2"), "{why}");
    }
}
