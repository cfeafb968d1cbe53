//! `client_secret_status`: whether the client secret that Cloudflare was given is still the one that works.
//!
//! Two things can part: Okta's idea of the secret, which its list of hashes or a trial shows, and Cloudflare's object,
//! whose secret nobody can read. That somebody replaced the latter is told by two signs together: the object's version
//! is another than after our last write, and the account's audit log has a write by somebody else since. A version alone
//! never counts, because our other half, `zt_scim_config`, writes the same object. Where the log cannot be read, or does
//! not have our own last write, nothing is claimed.

use super::{Client, OktaIdp, secrets};
use crate::cloudflare::api::audit_log::{Span, Write, same_ray};
use crate::cloudflare::api::identity_providers::IdentityProvider;
use crate::cloudflare::api::{Error, Scope};
use crate::cloudflare::okta_side::{self, Judgement, KnownSecret, listed};
use crate::cloudflare::shared_object::ApiToken;
use crate::framework::call::Call;
use crate::framework::diagnostic::Diagnostic;
use crate::framework::model::Attr;
use crate::framework::secret::Secret;
use crate::path;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::time::SystemTime;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// Okta accepts what was handed over, and nothing shows that Cloudflare has another one by now.
pub(super) const IN_SYNC: &str = "in_sync";
/// Okta does not accept what was handed over.
pub(super) const REJECTED: &str = "rejected_by_okta";
/// Somebody else wrote the login method since.
pub(super) const CHANGED_OUTSIDE: &str = "changed_outside";
/// It cannot be found out.
pub(super) const UNVERIFIED: &str = "unverified";

/// How far the clocks of an answer and of the audit log may be apart.
const SLACK: Duration = Duration::MINUTE;

/// Private state: what Cloudflare was given, and what it looked like then.
const PUSHED: &str = "pushed";

/// What is remembered beside the state. No secret is in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Memory {
    /// Cloudflare's version of the object after the last write that is known to be ours.
    version: Option<String>,
    /// When the client secret was last handed over, RFC 3339, by Cloudflare's clock.
    at: Option<String>,
    /// Cloudflare's id of that exchange.
    ray: Option<String>,
    /// Fingerprint of the API token that was last handed over.
    pub(super) api_token: Option<String>,
}

impl Memory {
    pub(super) fn of(call: &Call) -> Self {
        call.private().get(PUSHED).unwrap_or_default()
    }

    /// Whether nothing depends on Cloudflare's version of the object.
    pub(super) fn has_no_version(&self) -> bool {
        self.version.is_none()
    }

    fn keep(&self, call: &Call) {
        call.private().set(PUSHED, self);
    }
}

/// Remembers a write of ours. `before` is what was there, and `pushed` whether the client secret went with it.
pub(super) fn wrote(
    call: &Call,
    before: Option<&IdentityProvider>,
    after: &IdentityProvider,
    pushed: bool,
    token: Option<Option<String>>,
) {
    let mut memory = Memory::of(call);
    if pushed {
        memory.at = after.answered_at.and_then(rfc3339);
        memory.ray = after.ray.clone();
    }
    // A version between that is not known to be ours stays to be explained.
    if pushed || before.is_some_and(|before| before.version() == memory.version.as_deref()) {
        memory.version = after.version().map(str::to_owned);
    }
    if let Some(token) = token {
        memory.api_token = token;
    }
    memory.keep(call);
}

/// What a write makes of the remembered API token; `None` leaves it.
pub(super) fn token_memory(token: &ApiToken) -> Option<Option<String>> {
    match token {
        ApiToken::Keep => None,
        ApiToken::Set(token) => Some(Some(Secret::from(token.clone()).fingerprint())),
        ApiToken::Clear => Some(None),
    }
}

/// Finds out how things are, and records it. `found` is the object as Cloudflare just showed it, and `secret` the client
/// secret where it is at hand. If a service does not answer, `last` stays.
pub(super) async fn judge(
    call: &Call,
    client: &Client,
    state: &mut OktaIdp,
    found: &IdentityProvider,
    scope: &Scope,
    secret: Option<&Secret>,
    last: Attr<String>,
) {
    state.client_secret_status = match look(call, client, state, found, scope, secret, &last).await {
        Ok(status) => status.into(),
        Err(why) => {
            let last = if last.is_set() { last } else { UNVERIFIED.into() };
            call.warn(not_found_out(&why, last.text().unwrap_or_default()));
            last
        }
    };
}

/// The status, or why a service did not answer.
async fn look(
    call: &Call,
    client: &Client,
    state: &OktaIdp,
    found: &IdentityProvider,
    scope: &Scope,
    secret: Option<&Secret>,
    last: &Attr<String>,
) -> Result<&'static str, String> {
    if !client.cloudflare.secret_checks() {
        return Ok(UNVERIFIED);
    }
    let judgement = ask_okta(client, state, secret).await;
    if !matches!(judgement, Some(Judgement::NoAnswer(_))) {
        warn_of_token(call, client, state, state.api_token.known()).await;
    }
    let accepted = match judgement {
        None => return Ok(UNVERIFIED),
        Some(Judgement::NoAnswer(why)) => return Err(why),
        Some(Judgement::Rejected(known)) => {
            call.warn(rejected(state, &known));
            return Ok(REJECTED);
        }
        Some(Judgement::Accepted) => true,
        Some(Judgement::NotShown) => {
            // A client id that was chosen by hand is no app's id, so that it was never found by it either.
            let was_shown = last.text().is_some_and(|last| last != UNVERIFIED);
            if was_shown || state.managed_client_secret.is_set() {
                call.warn(not_shown(state));
            }
            false
        }
        Some(Judgement::OtherOrg(own)) => {
            // A secret of the provider's own org, which some other one is to accept.
            if state.managed_client_secret.is_set() {
                call.warn(other_org(state, &own));
            }
            false
        }
        Some(Judgement::Unknowable(_)) => false,
    };
    let changed = match changed(call, client, found, scope).await {
        Ok(changed) => changed,
        Err(error) if error.is_no_answer() => return Err(error.to_string()),
        Err(_) => Changed::Untold,
    };
    match changed {
        Changed::ByOthers(write) => {
            call.warn(changed_outside(state, &write));
            Ok(CHANGED_OUTSIDE)
        }
        Changed::No if accepted => Ok(IN_SYNC),
        Changed::No | Changed::Untold => Ok(UNVERIFIED),
    }
}

/// What Okta says of the client secret; `None` if none is known to have been handed over.
async fn ask_okta(client: &Client, state: &OktaIdp, secret: Option<&Secret>) -> Option<Judgement> {
    let fingerprint = state.client_secret_fingerprint.text()?;
    let (okta_account, client_id) = (state.okta_account.text()?, state.client_id.text()?);
    let secret = secret.filter(|secret| secret.fingerprint() == fingerprint).cloned().map(SecretString::from);
    let asked = okta_side::Client {
        okta_account,
        client_id,
        app_id: app_id(state).unwrap_or(client_id),
        fingerprint,
        secret: secret.as_ref(),
    };
    Some(client.okta.judge_client(asked).await)
}

/// The app of the client: the one that is named, or the one whose id is the client id.
fn app_id(state: &OktaIdp) -> Option<&str> {
    let named = state.managed_client_secret.known().and_then(|named| named.app_id.text());
    named.or(state.client_id.text())
}

/// Tries the API token, if it is at hand, and warns if Okta does not accept it.
pub(super) async fn warn_of_token(call: &Call, client: &Client, model: &OktaIdp, token: Option<&Secret>) {
    let (Some(token), Some(account)) = (token, model.okta_account.text()) else { return };
    if !client.cloudflare.secret_checks() {
        return;
    }
    let judgement = client.okta.judge_api_token(account, &token.clone().into()).await;
    if matches!(judgement, Judgement::Rejected(_)) {
        let at = if model.api_token.is_set() { path!(OktaIdp.api_token) } else { path!(OktaIdp.api_token_wo) };
        call.warn(
            Diagnostic::warning(
                "Okta no longer accepts the API token",
                "Cloudflare cannot look up the groups of people who have more than 100 of them: their logins fail with \
                 \"Failed to fetch user/group information from the identity\". Make a new token in Okta (Security > API > \
                 Tokens), a read-only one is enough, and set it here. Okta ends tokens that were not used for 30 days.",
            )
            .at(at),
        );
    }
}

/// What became of Cloudflare's object since our last write.
enum Changed {
    /// Nothing shows that anybody else wrote it.
    No,
    /// Somebody else wrote it.
    ByOthers(Write),
    /// It is another one, and nobody tells whose doing that is.
    Untold,
}

async fn changed(call: &Call, client: &Client, found: &IdentityProvider, scope: &Scope) -> Result<Changed, Error> {
    let mut memory = Memory::of(call);
    if memory.version.is_none() || found.version().is_none() || memory.version.as_deref() == found.version() {
        return Ok(Changed::No);
    }
    let Scope::Account(account) = scope else { return Ok(Changed::Untold) };
    let Some(at) = memory.at.as_deref().and_then(|at| OffsetDateTime::parse(at, &Rfc3339).ok()) else {
        return Ok(Changed::Untold);
    };
    let span = Span { since: at.saturating_sub(SLACK), before: end(found.answered_at), read_at: found.read_at };
    let api = client.cloudflare.api();
    let Some(writes) = api.writes_to_identity_provider(account, found.id(), span, memory.ray.as_deref()).await? else {
        return Ok(Changed::Untold);
    };
    Ok(match attribute(writes, memory.ray.as_deref()) {
        Changed::No => {
            memory.version = found.version().map(str::to_owned);
            memory.keep(call);
            Changed::No
        }
        other => other,
    })
}

/// Until when the log is read for an object that was read at this time by Cloudflare's clock, whatever that clock says.
fn end(answered_at: Option<SystemTime>) -> OffsetDateTime {
    OffsetDateTime::from(answered_at.unwrap_or_else(SystemTime::now)).saturating_add(SLACK)
}

/// Whose doing it is. Only what comes after our own last write counts, so that has to be in the log: an entry may come
/// late, and then the next look finds it. Whoever made that write is us as well: a plan often has other credentials than
/// the apply before it, and our other half writes in the same apply.
fn attribute(writes: Vec<Write>, ray: Option<&str>) -> Changed {
    let is_last = |write: &Write| ray.zip(write.ray.as_deref()).is_some_and(|(a, b)| same_ray(a, b));
    let last = writes.iter().position(is_last);
    let Some(last) = last else { return Changed::Untold };
    let mut after = writes.into_iter().skip(last);
    let author = after.next().and_then(|write| write.author);
    let mut after = after.peekable();
    if after.peek().is_none() {
        return Changed::Untold;
    }
    let is_ours = |write: &Write| write.ours || author.is_some() && write.author == author;
    after.find(|write| !is_ours(write)).map_or(Changed::No, Changed::ByOthers)
}

fn rfc3339(at: SystemTime) -> Option<String> {
    OffsetDateTime::from(at).format(&Rfc3339).ok()
}

fn rejected(state: &OktaIdp, known: &[KnownSecret]) -> Diagnostic {
    let fingerprint = state.client_secret_fingerprint.text().unwrap_or_default();
    Diagnostic::warning(
        "Okta does not accept the client secret",
        format!(
            "People cannot log in with the secret that Cloudflare was given (hash {fingerprint}). Secrets of the client {}: \
             {}. An apply pushes the configured secret if it is another one; where it is not, configure one that is active.",
            state.client_id.text().unwrap_or_default(),
            listed(known)
        ),
    )
    .at(secrets::source(state))
}

fn not_shown(state: &OktaIdp) -> Diagnostic {
    Diagnostic::warning(
        "Okta no longer shows the app that has the client secret",
        format!(
            "The org has no app {} that these credentials may see, so whether Okta accepts the client secret is not known. \
             If somebody deleted the app, nobody can log in: configure the client of another one. If not, let the \
             credentials see it.",
            app_id(state).unwrap_or_default()
        ),
    )
    .at(secrets::source(state))
}

fn other_org(state: &OktaIdp, own: &str) -> Diagnostic {
    Diagnostic::warning(
        "The client secret is of another Okta org",
        format!(
            "managed_client_secret names a secret of {own}, the org of the provider block, and people would log in at {}, \
             which that org does not name as an address of its own. If it is a further custom domain of the org, all is \
             well; if not, nobody can log in: set okta_account to {own}.",
            state.okta_account.text().unwrap_or_default()
        ),
    )
    .at(path!(OktaIdp.okta_account))
}

fn changed_outside(state: &OktaIdp, write: &Write) -> Diagnostic {
    let Write { by, at, .. } = write;
    Diagnostic::warning(
        "The login method was changed outside of Terraform",
        format!(
            "Cloudflare's audit log has a change by {by} at {at}, after the last one of Terraform's. It may have replaced \
             the client secret, which Cloudflare never shows, so the next apply pushes the configured one again. Without \
             one in the configuration nothing is pushed: test the login."
        ),
    )
    .at(secrets::source(state))
}

fn not_found_out(why: &str, status: &str) -> Diagnostic {
    Diagnostic::warning(
        "Whether the client secret still works could not be found out",
        format!("{why}. client_secret_status stays {status:?} until a plan finds out more."),
    )
    .at(path!(OktaIdp.client_secret_status))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writes(all: &[(&str, bool)]) -> Vec<Write> {
        let write = |(ray, ours): &(&str, bool)| Write {
            at: "2026-01-01T00:00:00Z".into(),
            by: "ada@acme.example".into(),
            ours: *ours,
            author: None,
            ray: Some((*ray).to_owned()),
        };
        all.iter().map(write).collect()
    }

    fn word(all: &[(&str, bool)], ray: Option<&str>) -> &'static str {
        match attribute(writes(all), ray) {
            Changed::No => "no",
            Changed::ByOthers(_) => "others",
            Changed::Untold => "untold",
        }
    }

    #[test]
    fn no_clock_is_too_late() {
        let last = httpdate::parse_http_date("Fri, 31 Dec 9999 23:59:59 GMT").unwrap();
        assert!(end(Some(last)) >= OffsetDateTime::from(last));
    }

    #[test]
    fn only_a_write_by_somebody_else_after_ours_is_a_change_outside() {
        assert_eq!(word(&[("1", true), ("2", false)], Some("1")), "others");
        assert_eq!(word(&[("1", true), ("2", true), ("3", false), ("4", true)], Some("1-ZRH")), "others");
        assert_eq!(word(&[("0", false), ("1-ZRH", true), ("2", true)], Some("1-ZRH")), "no");
    }

    #[test]
    fn whoever_made_our_last_write_is_us_whatever_the_credentials_of_this_plan() {
        use crate::cloudflare::api::audit_log::Author;
        let by = |authors: &[&str]| {
            let mut all = writes(&[("1", false), ("2", false), ("3", false)]);
            for (write, id) in all.iter_mut().zip(authors) {
                write.author = Some(Author::Token { id: (*id).to_owned() });
            }
            attribute(all, Some("1"))
        };
        assert!(matches!(by(&["apply", "apply", "apply"]), Changed::No));
        assert!(matches!(by(&["apply", "apply", "other"]), Changed::ByOthers(_)));
        // The dashboard's writes have no such author.
        assert!(matches!(attribute(writes(&[("1", false), ("2", false)]), Some("1")), Changed::ByOthers(_)));
    }

    #[test]
    fn a_log_that_is_silent_or_lacks_our_own_write_tells_nothing() {
        for (all, ray) in [
            (&[][..], Some("1")),
            (&[("1", true)], Some("1")),
            (&[("2", false)], Some("1")),
            (&[("2", true), ("3", false)], None),
        ] {
            assert_eq!(word(all, ray), "untold", "{all:?}");
        }
    }

    #[test]
    fn a_write_moves_the_version_on_only_if_nobody_came_between() {
        use crate::cloudflare::api::Document;
        let version = |version: &str| IdentityProvider {
            document: Document::from_value(serde_json::json!({"id": "1d", "version": version})).unwrap_or_default(),
            ..IdentityProvider::default()
        };
        let call = Call::default();
        wrote(&call, None, &version("1"), true, Some(Some("t".into())));
        wrote(&call, Some(&version("1")), &version("2"), false, None);
        assert_eq!(Memory::of(&call).version.as_deref(), Some("2"));
        wrote(&call, Some(&version("3")), &version("4"), false, None);
        assert_eq!(Memory::of(&call).version.as_deref(), Some("2"), "3 is somebody's, who knows whose");
        wrote(&call, Some(&version("5")), &version("6"), true, Some(None));
        let memory = Memory::of(&call);
        assert_eq!((memory.version.as_deref(), memory.api_token), (Some("6"), None));
    }
}
