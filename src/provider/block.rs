//! The provider block: what may be written there, and which combinations make sense.

use super::environment::Environment;
use crate::cloudflare::okta_account;
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::model::{Attr, Set};
use crate::framework::number::Number;
use crate::framework::path::Path;
use crate::framework::schema::optional;
use crate::framework::secret::Secret;
use crate::framework::validate::Validator;
use crate::framework::value::Value;
use crate::{http, path};
use url::Url;

crate::model! {
    /// Connects Okta to Cloudflare Zero Trust.
    ///
    /// Each side is needed only if a resource of that side is used. What the block leaves out comes from the
    /// environment, from the variables that the official providers of Okta and Cloudflare read. Credentials in the
    /// block switch off the environment's credentials of the same side. Settings may depend on resources that do not
    /// exist yet: that is no error while planning, until something has to be read.
    ///
    /// Plain `http` is accepted for loopback addresses only. The environment variable `ZT_ALLOWED_HOSTS`, which no
    /// configuration can widen, limits the hosts that receive credentials: host names separated by commas, each with a
    /// port if only that one is meant, or with `*.` in front for everything below a name, such as
    /// `acme.okta.com, api.cloudflare.com, *.cloudflareaccess.com`. Other hosts, this machine included, are sent nothing.
    pub struct ProviderBlock {
        /// How to reach Cloudflare.
        cloudflare: CloudflareBlock = optional(),
        /// How to reach Okta.
        okta: OktaBlock = optional(),
        /// A PEM file with certificate authorities to trust in addition to the system's, for both sides.
        ca_file: String = optional().length(1..=4096),
        /// How often a request is repeated after a rate limit or a passing failure. Default: 5. `0` switches
        /// repetitions off. Changes are repeated only where that cannot do anything twice.
        max_retries: i64 = optional().check(Validator::Between(0, 100)),
        /// The first wait before a repetition, in seconds; it doubles each time. Default: 1.
        min_wait_seconds: i64 = optional().check(Validator::Between(0, 300)),
        /// The longest wait before a repetition, in seconds. A service that asks for a longer one is not waited for.
        /// Default: 310, a little more than the five minutes for which Cloudflare locks a caller out once its limit is reached.
        max_wait_seconds: i64 = optional().check(Validator::Between(1, 3600)),
        /// How many requests per second begin at most, to each of the two services and counted over all that is done at
        /// the same time. From 0.01 to 1000; `0.5` is one request in two seconds. Default: no limit, since both
        /// services say when they have had enough, and that is waited for. Set it where other programs use the same
        /// budget: Cloudflare allows 1200 requests in five minutes, which is `4`; Okta counts per minute and endpoint.
        max_requests_per_second: Number = optional().check(Validator::Custom(rate)),
        /// Limit for one request, in seconds. Default: 120.
        request_timeout: i64 = optional().check(Validator::Between(1, 300)),
        /// Whether to find out on every read if the secrets on both sides still agree. Listing an app's secrets reads
        /// them in clear, and Okta logs it. With `never` they are not listed: reads keep what is known of a secret, a
        /// rotation in Okta's console is not noticed, and `client_secret_id` and `client_secret_hash` of a new
        /// `okta_oidc_app` stay null. Default: `always`.
        secret_checks: String = optional().one_of(&["always", "never"]),
    }
}

crate::model! {
    /// How to reach Cloudflare.
    pub struct CloudflareBlock {
        /// API token with the permission *Access: Organizations, Identity Providers, and Groups Write*. Environment:
        /// `CLOUDFLARE_API_TOKEN`.
        api_token: Secret = optional().sensitive().check(Validator::Custom(token)),
        /// Global API key, together with `email`. Environment: `CLOUDFLARE_API_KEY`.
        api_key: Secret = optional().sensitive().check(Validator::Custom(token)),
        /// Email address of the person whose `api_key` it is. Environment: `CLOUDFLARE_EMAIL`.
        email: String = optional().length(1..=320),
        /// The account of new objects that name neither account nor zone. Environment: `CLOUDFLARE_ACCOUNT_ID`.
        account_id: String = optional().length(1..=64),
        /// Where the API is. Default: `https://api.cloudflare.com/client/v4`. Environment: `CLOUDFLARE_BASE_URL`.
        base_url: String = optional().check(Validator::Custom(|value| text(value, secure_url))),
    }
}

crate::model! {
    /// How to reach Okta.
    pub struct OktaBlock {
        /// The org, such as `https://acme.okta.com`. Environment: `OKTA_ORG_URL`. `OKTA_HTTP_PROXY`, a URL that stands
        /// in for the org's, goes before both.
        org_url: String = optional().check(Validator::Custom(|value| text(value, okta_account::parse))),
        /// The first part of the org's host name, such as `acme`, instead of `org_url`. Environment: `OKTA_ORG_NAME`.
        org_name: String = optional().length(1..=253),
        /// The rest of the org's host name. Default: `okta.com`. Environment: `OKTA_BASE_URL`.
        base_url: String = optional().length(1..=253),
        /// API token; it may do what the administrator may who made it. Environment: `OKTA_API_TOKEN`. Beside OAuth
        /// credentials it is used for one thing only: the groups claim of `okta_oidc_app`, whose private route takes
        /// nothing else.
        api_token: Secret = optional().sensitive().check(Validator::Custom(token)),
        /// Client id of an OAuth service app, together with `private_key`. Environment: `OKTA_API_CLIENT_ID`.
        client_id: String = optional().length(1..=255),
        /// Private key of the service app: PEM text, or the path of a PEM file. Environment: `OKTA_API_PRIVATE_KEY`.
        private_key: Secret = optional().sensitive().check(Validator::Custom(key)),
        /// Okta's id of the key, if the app has more than one. Environment: `OKTA_API_PRIVATE_KEY_ID`.
        private_key_id: String = optional().length(1..=255),
        /// Scopes to ask for as service app: `okta.apps.manage` for the apps and who is assigned, `okta.groups.manage` to
        /// push groups, `okta.users.read`, and `okta.policies.read` for authentication policies. All of them have to be
        /// granted to the app, which also needs an administrator role such as Application Administrator. Environment: `OKTA_API_SCOPES`, separated by commas.
        scopes: Set<String> = optional().items(1..=100).check(Validator::Each(&SCOPE)),
        /// OAuth access token that somebody else obtained. Environment: `OKTA_ACCESS_TOKEN`.
        access_token: Secret = optional().sensitive().check(Validator::Custom(token)),
    }
}

static SCOPE: Validator = Validator::Length(1, 255);

/// A token as a header can carry it.
fn token(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some("") => Err("It is empty. Leave it out (null) to use the environment's.".into()),
        Some(text) if text.chars().any(|c| c.is_control() || c.is_whitespace()) => {
            Err("It holds white space or line breaks, as a file read with file() does. Use chomp() or trimspace()."
                .into())
        }
        _ => Ok(()),
    }
}

/// A key, or the path of one.
fn key(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(text) if text.trim().is_empty() => Err(
            "It is empty. Write PEM text (-----BEGIN PRIVATE KEY-----) or the path of a PEM file, or leave it out (null) to \
             use the environment's."
                .into(),
        ),
        _ => Ok(()),
    }
}

/// Runs a check of text on a value, as a validator.
fn text<T>(value: &Value, check: fn(&str) -> Result<T, String>) -> Result<(), String> {
    value.as_str().map_or(Ok(()), |text| check(text).map(drop))
}

/// A rate that can be kept: the wait between two requests has to end one day.
fn rate(value: &Value) -> Result<(), String> {
    match value {
        Value::Number(rate) if !(0.01..=1000.0).contains(&rate.to_f64()) => {
            Err(format!("{rate} is not between 0.01 and 1000. Leave it out to set no limit."))
        }
        _ => Ok(()),
    }
}

/// An absolute URL that credentials may be sent to.
pub(super) fn secure_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{text:?} is no URL ({error}); it begins with https://."))?;
    http::require_secure(&url).map_err(|_| {
        format!("{text:?} is not accepted: credentials travel over https only (plain http for loopback addresses).")
    })?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err("The URL of an API has no user, password, query or fragment.".into());
    }
    Ok(url)
}

/// Where an attribute of the Cloudflare half stands.
fn cloudflare(name: &str) -> Path {
    path!(ProviderBlock.cloudflare).attribute(name)
}

/// Where an attribute of the Okta half stands.
fn okta(name: &str) -> Path {
    path!(ProviderBlock.okta).attribute(name)
}

/// Checks what one attribute alone cannot tell. What is not known yet says nothing.
pub(super) fn validate(block: &ProviderBlock, environment: &Environment, problems: &mut Diagnostics) {
    let mut wrong = |at: Path, summary: &str, detail: &str| problems.push(Diagnostic::error(summary, detail).at(at));
    if let Attr::Known(block) = &block.cloudflare {
        if block.api_token.is_known() && block.api_key.is_known() {
            let detail = "Set either api_token, which is recommended, or api_key together with email.";
            wrong(cloudflare("api_key"), "Two kinds of Cloudflare credentials", detail);
        }
        if block.api_key.is_known() && block.email.is_null() {
            let detail = "An API key belongs to a person: set email as well, or use api_token instead.";
            wrong(cloudflare("api_key"), "The API key needs an email address", detail);
        }
        if block.email.is_known() && block.api_key.is_null() {
            let detail = "email is used together with api_key only: set api_key as well, or remove email.";
            wrong(cloudflare("email"), "The email address needs an API key", detail);
        }
    }
    if let Attr::Known(block) = &block.okta {
        if block.org_url.is_known() && (block.org_name.is_known() || block.base_url.is_known()) {
            let name = if block.org_name.is_known() { "org_name" } else { "base_url" };
            let detail = "Set either org_url, or org_name and base_url.";
            wrong(okta(name), "Two ways to name the Okta org", detail);
        }
        if let (Some(name), Attr::Null | Attr::Known(_)) = (block.org_name.text(), &block.base_url) {
            let base = block.base_url.text().unwrap_or("okta.com");
            if let Err(problem) = okta_account::parse(&format!("https://{name}.{base}")) {
                wrong(okta("org_name"), "Invalid value of org_name", &problem);
            }
        }
        if block.access_token.is_known() && block.private_key.is_known() {
            let detail = "Set either access_token, or client_id and private_key.";
            wrong(okta("access_token"), "Two kinds of OAuth credentials", detail);
        }
        if block.client_id.is_known() && block.private_key.is_null() {
            let detail = "A service app proves who it is with a key: set private_key as well.";
            wrong(okta("client_id"), "The client id needs a private key", detail);
        }
        if block.private_key.is_known() && block.client_id.is_null() {
            let detail = "Set client_id to the id of the service app that the key belongs to.";
            wrong(okta("private_key"), "The private key needs a client id", detail);
        }
        if block.private_key.is_known() && block.scopes.is_null() && environment.get("OKTA_API_SCOPES").is_none() {
            let detail = "Set scopes, for instance to [\"okta.apps.manage\", \"okta.groups.read\", \
                          \"okta.users.read\"], and grant the same scopes to the service app in Okta.";
            wrong(okta("private_key"), "The service app needs scopes", detail);
        }
    }
    if let (Some(min), Some(max)) = (block.min_wait_seconds.known(), block.max_wait_seconds.known())
        && min > max
    {
        let detail = format!("It is longer than max_wait_seconds, which is {max}.");
        wrong(path!(ProviderBlock.min_wait_seconds), "Invalid value of min_wait_seconds", &detail);
    }
}
