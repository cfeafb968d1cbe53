//! Attributes of `zt_scim_config` and fields of Cloudflare's object, both ways.

use super::{DEFAULT_BEHAVIOUR, ScimConfig};
use crate::cloudflare::api::identity_providers::{self, IdentityProvider, Replacement};
use crate::cloudflare::errors::not_taken;
use crate::cloudflare::official_state::OfficialState;
use crate::cloudflare::ownership::{Ours, pick};
use crate::framework::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::framework::model::Attr;
use crate::framework::path::Path;
use crate::framework::resource::Planned;
use crate::path;

/// A switch: its field, its attribute, whether the configuration sets it, what it is to be if that is ours to say, and
/// what it is.
struct Switch {
    field: &'static str,
    path: Path,
    configured: bool,
    wanted: Option<bool>,
    now: bool,
}

fn switches(
    prior: Option<&ScimConfig>,
    change: &Planned<ScimConfig>,
    now: &identity_providers::ScimConfig,
) -> [Switch; 3] {
    let Planned { planned, config } = change;
    let ours = Ours { prior, change };
    [
        Switch {
            field: "scim_config.enabled",
            path: path!(ScimConfig.enabled),
            configured: true,
            // It has a default, so Terraform always has a say in it.
            wanted: planned.enabled.known().copied(),
            now: now.enabled,
        },
        Switch {
            field: "scim_config.user_deprovision",
            path: path!(ScimConfig.user_deprovision),
            configured: config.user_deprovision.is_set(),
            wanted: ours.value(|model| &model.user_deprovision).map(Attr::is_true),
            now: now.user_deprovision,
        },
        Switch {
            field: "scim_config.seat_deprovision",
            path: path!(ScimConfig.seat_deprovision),
            configured: config.seat_deprovision.is_set(),
            wanted: ours.value(|model| &model.seat_deprovision).map(Attr::is_true),
            now: now.seat_deprovision,
        },
    ]
}

/// What the behaviour is to be, if that is ours to say and it is something else.
fn other_behaviour<'a>(
    prior: Option<&'a ScimConfig>,
    change: &'a Planned<ScimConfig>,
    now: &identity_providers::ScimConfig,
) -> Option<&'a str> {
    let wanted = Ours { prior, change }.value(|model| &model.identity_update_behavior).and_then(Attr::text);
    wanted.filter(|wanted| now.identity_update_behavior.as_deref() != Some(wanted))
}

/// Brings `body`, which is `current` as it was read, to the plan. A field is touched only if it is ours, and only if it
/// differs.
pub(super) fn edit(
    prior: Option<&ScimConfig>,
    change: &Planned<ScimConfig>,
    current: &IdentityProvider,
    body: &mut Replacement,
) {
    let now = current.scim();
    for Switch { field, wanted, now, .. } in switches(prior, change, &now) {
        if let Some(wanted) = wanted
            && wanted != now
        {
            body.set(field, wanted);
        }
    }
    if let Some(wanted) = other_behaviour(prior, change, &now) {
        body.set("scim_config.identity_update_behavior", wanted);
    }
}

/// Whether Cloudflare took everything that was to be written.
pub(super) fn taken(
    prior: Option<&ScimConfig>,
    change: &Planned<ScimConfig>,
    found: &IdentityProvider,
    tried: &str,
) -> Result<(), Diagnostics> {
    let now = found.scim();
    let mut problems = Diagnostics::new();
    for Switch { path, configured, wanted, now, .. } in switches(prior, change, &now) {
        if wanted.is_some_and(|wanted| wanted != now) {
            problems.push(not_taken(tried, path, configured));
        }
    }
    if other_behaviour(prior, change, &now).is_some() {
        let configured = change.config.identity_update_behavior.is_set();
        problems.push(not_taken(tried, path!(ScimConfig.identity_update_behavior), configured));
    }
    problems.into_result().map(drop)
}

/// The state that Cloudflare's own provider had, with the SCIM secret that nobody else knows.
///
/// # Errors
/// It is in a zone.
pub(super) fn moved(state: &OfficialState) -> Result<ScimConfig> {
    if state.zone_id.is_set() {
        let detail = "The identity provider is in a zone; zt_scim_config manages SCIM in accounts only.";
        return Err(Diagnostic::error("The state cannot be moved to zt_scim_config", detail).into());
    }
    let scim = &state.scim;
    Ok(ScimConfig {
        id: state.id.clone(),
        account_id: state.account_id.clone(),
        identity_provider_id: state.id.clone(),
        enabled: scim.switch("enabled"),
        user_deprovision: scim.switch("user_deprovision"),
        seat_deprovision: scim.switch("seat_deprovision"),
        identity_update_behavior: scim.text("identity_update_behavior"),
        scim_base_url: scim.text("scim_base_url"),
        secret: scim.secret("secret"),
        ..ScimConfig::default()
    })
}

/// The planned state without its secret, with what only Cloudflare knows filled in.
pub(super) fn complete(planned: &ScimConfig, account: &str, found: &IdentityProvider) -> ScimConfig {
    let seen = seen(planned.clone(), account, found);
    ScimConfig {
        id: seen.id,
        account_id: pick(&planned.account_id, seen.account_id),
        enabled: pick(&planned.enabled, seen.enabled),
        user_deprovision: pick(&planned.user_deprovision, seen.user_deprovision),
        seat_deprovision: pick(&planned.seat_deprovision, seen.seat_deprovision),
        identity_update_behavior: pick(&planned.identity_update_behavior, seen.identity_update_behavior),
        scim_base_url: pick(&planned.scim_base_url, seen.scim_base_url),
        secret: Attr::Null,
        ..planned.clone()
    }
}

/// The state with everything that Cloudflare shows; the secret and what is Terraform's own stay as they were.
pub(super) fn seen(state: ScimConfig, account: &str, found: &IdentityProvider) -> ScimConfig {
    let scim = found.scim();
    ScimConfig {
        id: found.id().into(),
        account_id: account.into(),
        enabled: scim.enabled.into(),
        user_deprovision: scim.user_deprovision.into(),
        seat_deprovision: scim.seat_deprovision.into(),
        identity_update_behavior: scim.identity_update_behavior.unwrap_or_else(|| DEFAULT_BEHAVIOUR.to_owned()).into(),
        scim_base_url: scim.base_url.filter(|_| scim.enabled).into(),
        ..state
    }
}

/// Whether a member of the list shows what the state has.
pub(super) fn agrees(state: &ScimConfig, account: &str, listed: &IdentityProvider) -> bool {
    listed.document.get("scim_config").is_some() && seen(state.clone(), account, listed) == *state
}

/// Cloudflare's field names, and the attributes they are about.
pub(super) fn paths() -> [(&'static str, Path); 4] {
    [
        ("enabled", path!(ScimConfig.enabled)),
        ("user_deprovision", path!(ScimConfig.user_deprovision)),
        ("seat_deprovision", path!(ScimConfig.seat_deprovision)),
        ("identity_update_behavior", path!(ScimConfig.identity_update_behavior)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudflare::api::Document;
    use serde_json::{Value, json};

    fn found(scim: Value) -> IdentityProvider {
        let document = json!({"id": "1d", "type": "okta", "name": "Okta", "config": {}, "scim_config": scim});
        IdentityProvider { document: Document::from_value(document).unwrap(), ..IdentityProvider::default() }
    }

    /// Whether the change makes `after` of `before`.
    fn makes(prior: &ScimConfig, change: &Planned<ScimConfig>, before: &IdentityProvider, after: Value) -> bool {
        let mut body = before.replacement();
        edit(Some(prior), change, before, &mut body);
        !body.changes(&found(after).document)
    }

    #[test]
    fn only_what_is_ours_and_differs_is_written() {
        let scim =
            |user: bool| json!({"enabled": true, "user_deprovision": user, "identity_update_behavior": "reauth"});
        let somebodys = found(scim(true));
        let planned = ScimConfig { enabled: true.into(), ..ScimConfig::default() };
        // The state was read before somebody set the switch, and the plan keeps what was there.
        let prior = ScimConfig { user_deprovision: false.into(), ..planned.clone() };
        let nobodys = Planned { planned: prior.clone(), config: ScimConfig::default() };
        assert!(makes(&prior, &nobodys, &somebodys, scim(true)));
        assert!(taken(Some(&prior), &nobodys, &somebodys, "").is_ok());

        let ours = ScimConfig { user_deprovision: false.into(), identity_update_behavior: "reauth".into(), ..planned };
        let configured = Planned { planned: ours.clone(), config: ours };
        assert!(makes(&prior, &configured, &somebodys, scim(false)));
        let problems = taken(Some(&prior), &configured, &somebodys, "").unwrap_err();
        assert_eq!(problems.iter().map(|p| p.path.to_string()).collect::<Vec<_>>(), ["user_deprovision"]);
    }

    #[test]
    fn a_switch_that_an_answer_leaves_out_is_off() {
        let state = seen(ScimConfig::default(), "ac", &found(json!({"user_deprovision": null})));
        assert_eq!(
            (state.enabled, state.user_deprovision, state.seat_deprovision),
            (false.into(), false.into(), false.into())
        );
    }
}
