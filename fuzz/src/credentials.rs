//! Where credentials may go and what they are made of: URLs, host lists, PEM keys.

use arbitrary::{Result, Unstructured};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::{Host, Url};
use zt::cloudflare::okta_account;
use zt::framework::value::Value;
use zt::http::{AllowedHosts, require_secure};

use crate::terraform::{Terraform, dynamic};
use crate::vendors::complete;

/// The one place that requests of this target may go to; nothing listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

/// A URL, a list of hosts, or the credentials of the provider block.
pub fn run(data: &[u8]) {
    let _ = attempt(&mut Unstructured::new(data));
}

fn attempt(u: &mut Unstructured<'_>) -> Result<()> {
    match u.int_in_range(0..=3)? {
        0 => {
            let text = address(u)?;
            if let Ok(url) = okta_account::parse(&text) {
                is_an_org(&url, &text);
            }
        }
        1 => {
            let mut list = String::new();
            for _ in 0..u.int_in_range(1..=3)? {
                list = format!("{list},{}", address(u)?);
            }
            let url = address(u)?;
            if let (Ok(hosts), Ok(url)) = (AllowedHosts::parse(&list), Url::parse(&url)) {
                let allowed = hosts.allow(&url);
                assert!(!allowed || is_named(&list, &url), "{list:?} allows {url}");
            }
        }
        2 => {
            let kinds = [Terraform::offline().resources(), Terraform::offline().data_sources()];
            let kinds = *u.choose(&kinds)?;
            let kind = u.choose(kinds)?;
            let text = Value::string(address(u)?);
            let all = kind.attributes.iter().map(|attribute| (attribute.name.to_owned(), text.clone()));
            let all: std::collections::BTreeMap<String, Value> = all
                .filter(|(name, _)| name.contains("url") || name.contains("account") || name.contains("redirect"))
                .collect();
            let config = complete(Value::Object(all), &kind.attributes);
            Terraform::offline().validate(kind, dynamic(&config, &kind.ty), true);
        }
        _ => block(u)?,
    }
    Ok(())
}

/// What [`okta_account::parse`] promises: an origin, and one that credentials may be sent to.
fn is_an_org(url: &Url, text: &str) {
    assert!(require_secure(url).is_ok(), "{text:?} would be sent credentials in clear");
    assert!(url.username().is_empty() && url.password().is_none(), "{text:?} holds credentials of its own");
    assert!(url.path() == "/" && url.query().is_none() && url.fragment().is_none(), "{text:?} is no origin");
    let again = Url::parse(okta_account::without_slash(url));
    assert!(again.is_ok_and(|again| again.origin() == url.origin()), "{text:?} has two readings");
    assert!(okta_account::same(&Value::string(text), &Value::string(url.as_str())), "{text:?} differs from itself");
}

/// Whether the URL's host, as it is written there, or a name that it lies below, stands in the list.
fn is_named(list: &str, url: &Url) -> bool {
    let host = match url.host() {
        // The list may spell an address in other ways than the URL.
        None | Some(Host::Ipv4(_) | Host::Ipv6(_)) => return true,
        Some(Host::Domain(host)) => host.trim_end_matches('.').to_ascii_lowercase(),
    };
    if !list.is_ascii() || list.contains('%') || host.contains("xn--") {
        return true;
    }
    let list = list.to_ascii_lowercase().replace(['\t', '\n', '\r'], "");
    let mut below = host.as_str();
    loop {
        if list.contains(below) {
            return true;
        }
        match below.split_once('.') {
            Some((_, rest)) => below = rest,
            None => return false,
        }
    }
}

const PARTS: [&str; 30] = [
    "https://",
    "http://",
    "ftp://",
    "//",
    "acme",
    ".okta.com",
    "okta.com",
    ".cloudflareaccess.com",
    "127.0.0.1",
    "localhost",
    "[::1]",
    ":1",
    ":443",
    ":99999",
    "@",
    "user:secret@",
    "-admin",
    "/",
    "/populations/a/scim/v2",
    "?x=1",
    "#x",
    "\\",
    "%2e",
    "%40",
    "*.",
    ".",
    " ",
    "\u{3002}",
    "evil.example",
    "0x7f.1",
];

fn address(u: &mut Unstructured<'_>) -> Result<String> {
    let mut text = String::new();
    for _ in 0..u.int_in_range(0..=6)? {
        if u.ratio(1, 6)? {
            text.push_str(u.arbitrary()?);
        } else {
            text.push_str(u.choose(&PARTS)?);
        }
    }
    Ok(text)
}

thread_local! {
    static ASKED: &'static Terraform =
        Box::leak(Box::new(Terraform::new([("ZT_ALLOWED_HOSTS", "127.0.0.1:1"), ("OKTA_API_SCOPES", "okta.apps.read")])));
    static KEYS: Vec<String> = keys();
}

/// Keys of the kinds that Okta takes, and of kinds that it does not.
fn keys() -> Vec<String> {
    let algorithms = [
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
        &rcgen::PKCS_ECDSA_P521_SHA512,
        &rcgen::PKCS_ED25519,
    ];
    let pem = |algorithm| rcgen::KeyPair::generate_for(algorithm).ok().map(|key| key.serialize_pem());
    algorithms.into_iter().filter_map(pem).collect()
}

/// A provider block with any addresses and a key in any form, and a call that signs with it.
fn block(u: &mut Unstructured<'_>) -> Result<()> {
    let terraform = ASKED.with(|terraform| *terraform);
    let text = |text: String| Value::string(text);
    let mut okta = std::collections::BTreeMap::new();
    match u.int_in_range(0..=2)? {
        0 => drop(okta.insert("org_url".to_owned(), text(address(u)?))),
        1 => {
            okta.insert("org_name".to_owned(), text(address(u)?));
            okta.insert("base_url".to_owned(), text(address(u)?));
        }
        _ => drop(okta.insert("org_url".to_owned(), text(NOWHERE.to_owned()))),
    }
    okta.insert("client_id".to_owned(), text("0oa".to_owned()));
    okta.insert("private_key".to_owned(), text(key(u)?));
    let mut all = std::collections::BTreeMap::from([("okta".to_owned(), Value::Object(okta))]);
    all.insert("max_retries".to_owned(), Value::Number(0_i64.into()));
    if u.ratio(1, 4)? {
        let base_url = [("base_url".to_owned(), text(address(u)?)), ("api_token".to_owned(), text("t".to_owned()))];
        all.insert("cloudflare".to_owned(), Value::Object(base_url.into()));
    }
    let config = complete(Value::Object(all), &terraform.provider().attributes);
    terraform.validate_provider(&config);
    if !terraform.configure(&config) {
        return Ok(());
    }
    for kind in terraform.data_sources().iter().filter(|kind| ["okta_user", "zt_organization"].contains(&kind.name)) {
        let login = [("login".to_owned(), Value::string("a@acme.example"))].into();
        let config = complete(Value::Object(login), &kind.attributes);
        let read = terraform.data_source(kind, dynamic(&config, &kind.ty));
        assert!(read.failed, "nobody listens, and {} was read", kind.name);
    }
    Ok(())
}

fn key(u: &mut Unstructured<'_>) -> Result<String> {
    let labels = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "PUBLIC KEY", "CERTIFICATE", ""];
    Ok(match u.int_in_range(0..=4)? {
        0 => u.arbitrary::<String>()?,
        1 => {
            let label = u.choose(&labels)?;
            let length = u.int_in_range(0..=u.len().min(300))?;
            format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(u.bytes(length)?))
        }
        _ => {
            let mut pem = KEYS.with(|keys| Ok(u.choose(keys)?.clone()))?.into_bytes();
            for _ in 0..u.int_in_range(0..=3)? {
                let at = u.choose_index(pem.len())?;
                pem[at] = *u.choose(b"A+/=- \n\\0")?;
            }
            let pem = String::from_utf8_lossy(&pem).into_owned();
            if u.ratio(1, 3)? { pem.replace('\n', "\\n") } else { pem }
        }
    })
}
