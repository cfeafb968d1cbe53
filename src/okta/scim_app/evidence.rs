//! Whether Cloudflare still takes the token: Okta does not show it, but its System Log tells of pushes that were refused.
//!
//! The newest event that tells something decides. A push that was refused as unauthorized tells that the token no longer
//! works, one that went through that it does. What was logged before the token was installed is of another token, and so
//! may be what was logged soon after it: a push that was on its way then had the one before.

use std::time::SystemTime;

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::{ScimApp, id, token};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Result},
};
use crate::okta::api::{
    Client, Error,
    logs::{LogEvent, LogQuery},
};

/// Private state: when the token was last installed, RFC 3339, by Okta's clock.
const INSTALLED: &str = "installed";

/// How many events are looked through.
const LATEST: usize = 100;

/// How long a push may be on its way: Okta gives the other side a minute.
const ON_ITS_WAY: Duration = Duration::MINUTE;

/// What Okta keeps of the log, less a day for clocks that differ. Nobody has to ask for more.
const KEPT: Duration = Duration::days(89);

/// Remembers that a token was installed. `at` is when Okta said so.
pub(super) fn installed(call: &Call, at: Option<SystemTime>) {
    match at.and_then(|at| OffsetDateTime::from(at).format(&Rfc3339).ok()) {
        Some(at) => call.private().set(INSTALLED, at),
        None => forget(call),
    }
}

/// Forgets it: another one is in use, which somebody else has entered.
pub(super) fn forget(call: &Call) {
    call.private().remove(INSTALLED);
}

/// Warns if pushes are refused since. Whoever may not read the log is told nothing.
pub(super) async fn look(call: &Call, okta: &Client, state: &ScimApp) -> Result<()> {
    let installed = call.private().get::<String>(INSTALLED);
    let Some(since) = installed.and_then(|at| told_since(&at, OffsetDateTime::now_utc())) else { return Ok(()) };
    let query =
        LogQuery { since: since.format(&Rfc3339).ok(), limit: LATEST, ..LogQuery::provisioning(id(state)?, false) };
    match okta.latest_log_events(&query).await {
        Ok(events) => {
            if let Some(refused) = refused(&events, since) {
                call.warn(no_longer_accepted(state, refused));
            }
        }
        Err(error) if error.is_forbidden() => {}
        Err(error) => call.warn(not_found_out(state, &error)),
    }
    Ok(())
}

fn moment(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// From when on the log tells of the token that was `installed` then.
fn told_since(installed: &str, now: OffsetDateTime) -> Option<OffsetDateTime> {
    Some(moment(installed)?.saturating_add(ON_ITS_WAY).max(now.saturating_sub(KEPT)))
}

/// The newest push, if it was refused as unauthorized. `events` come newest first.
fn refused(events: &[LogEvent], since: OffsetDateTime) -> Option<&LogEvent> {
    events.iter().find_map(|event| {
        if moment(&event.published).is_none_or(|at| at < since) {
            return None;
        }
        let is_refused = event.has_failed() && event.reason().is_some_and(|reason| reason.contains("Unauthorized"));
        (is_refused || event.has_arrived()).then_some(is_refused.then_some(event))
    })?
}

fn no_longer_accepted(state: &ScimApp, event: &LogEvent) -> Diagnostic {
    let what = event.display_message.as_deref().unwrap_or(&event.event_type);
    let reason = event.reason().unwrap_or_default();
    Diagnostic::warning(
        "Cloudflare no longer accepts the SCIM token",
        format!(
            "Since it was installed, Okta's pushes are refused. The last one, of {}: {what}: {reason}. Somebody may have \
             regenerated the SCIM secret in Cloudflare, or entered another one in Okta.",
            event.published
        ),
    )
    .and(remedy(state))
    .at(token::source(state))
}

/// How Okta comes by a token that works.
fn remedy(state: &ScimApp) -> &'static str {
    if state.managed_token.is_set() {
        "Change managed_token.rotation_trigger (set it first, if there is none, and change it in a later apply): that \
         mints a secret and installs it. Okta then makes up for the pushes that were refused."
    } else if state.scim_token_wo_version.is_set() {
        "Set scim_token_wo to the secret that works, and change scim_token_wo_version. Okta then makes up for the pushes \
         that were refused."
    } else {
        "Set scim_token to the secret that works. Where it comes from a zt_scim_config, change its rotation_trigger (set it \
         first, if there is none, and change it in a later apply). Okta then makes up for the pushes that were refused."
    }
}

fn not_found_out(state: &ScimApp, error: &Error) -> Diagnostic {
    Diagnostic::warning(
        "Whether Cloudflare accepts the SCIM token could not be found out",
        format!("Okta's System Log would tell: {error}."),
    )
    .at(token::source(state))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::okta::scim_app::ManagedToken;
    use serde_json::json;
    use time::macros::datetime;

    fn event(kind: &str, reason: Option<&str>) -> LogEvent {
        let result = if reason.is_some() { "FAILURE" } else { "SUCCESS" };
        serde_json::from_value(json!({
            "uuid": "1", "published": "2026-03-25T06:09:58.000Z", "eventType": format!("application.provision.{kind}"),
            "displayMessage": "Push", "outcome": {"result": result, "reason": reason}, "target": null,
        }))
        .unwrap()
    }

    const FAILED: &str = "group_push.mapping.update.or.delete.failed.with.error";
    const UNAUTHORIZED: Option<&str> = Some("Error while creating user ada: Unauthorized. Errors reported by …");

    #[test]
    fn the_newest_event_that_tells_something_decides() {
        let refused = |events: &[LogEvent]| refused(events, datetime!(2026-03-25 06:09:57 UTC)).is_some();
        assert!(!refused(&[]));
        for told in [event("user.push", UNAUTHORIZED), event(FAILED, UNAUTHORIZED)] {
            assert!(refused(std::slice::from_ref(&told)));
            for mute in [
                event("group_push.mapping.created", None),
                event("group_push.activate_mapping", None),
                event("user.push", Some("Conflict")),
            ] {
                assert!(refused(&[mute, told.clone()]));
            }
            assert!(!refused(&[event("user.push_profile", None), told]), "it works again");
        }
    }

    #[test]
    fn each_way_to_hold_the_token_has_its_remedy() {
        let managed = ScimApp { managed_token: ManagedToken::default().into(), ..ScimApp::default() };
        let wo = ScimApp { scim_token_wo_version: "1".into(), ..ScimApp::default() };
        for (state, path, remedy) in [
            (managed, "managed_token", "managed_token.rotation_trigger"),
            (wo, "scim_token_wo", "scim_token_wo_version"),
            (ScimApp::default(), "scim_token", "zt_scim_config"),
        ] {
            let told = no_longer_accepted(&state, &event("user.push", UNAUTHORIZED));
            assert_eq!(told.path.to_string(), path);
            for word in ["2026-03-25T06:09:58.000Z", "creating user ada", remedy] {
                assert!(told.detail.contains(word), "{word}: {}", told.detail);
            }
        }
    }

    #[test]
    fn what_is_logged_within_a_minute_may_be_of_the_token_before() {
        let told = [event("user.push", UNAUTHORIZED)];
        let now = datetime!(2026-03-25 07:00 UTC);
        for (installed, counts) in
            [("2026-03-25T06:08:58Z", true), ("2026-03-25T06:08:59Z", false), ("2026-03-25T06:09:58Z", false)]
        {
            let since = told_since(installed, now).unwrap();
            assert_eq!(refused(&told, since).is_some(), counts, "{installed}");
        }
        assert_eq!(told_since("long ago", now), None);
        let end = told_since("9999-12-31T23:59:59Z", now).unwrap();
        assert_eq!(end.year(), 9999, "as far as the clock goes");
        assert_eq!(told_since("2025-03-25T06:09:58Z", now), Some(now - KEPT), "before that Okta has nothing");
    }

    #[test]
    fn an_installation_whose_time_nobody_tells_is_forgotten() {
        let call = Call::default();
        installed(&call, Some(SystemTime::UNIX_EPOCH));
        assert_eq!(call.private().get::<String>(INSTALLED).as_deref(), Some("1970-01-01T00:00:00Z"));
        installed(&call, None);
        assert_eq!(call.private().get::<String>(INSTALLED), None);
    }
}
