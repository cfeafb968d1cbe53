//! The secrets of a login method: where they come from, and when they are a reason to write.
//!
//! A client secret is held in one of three ways: in the state, write-only with a version, or managed, which names a
//! secret of Okta's that is fetched during the apply. What the plan decides is one thing, whether a secret is due; it
//! says so by leaving the fingerprint open.

use super::status::Memory;
use super::{Client, ManagedClientSecret, OktaIdp};
use crate::cloudflare::shared_object::{ApiToken, Secrets};
use crate::framework::call::Call;
use crate::framework::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::framework::model::Attr;
use crate::framework::path::Path;
use crate::framework::resource::Planned;
use crate::framework::secret::Secret;
use crate::path;

/// Below this many characters a fingerprint can be guessed.
const LONG_ENOUGH: usize = 32;

/// Refuses combinations that say two things or half of one. What is not known yet says nothing.
pub(super) fn check(config: &OktaIdp, problems: &mut Diagnostics) {
    let forms = [
        (path!(OktaIdp.client_secret), config.client_secret.is_known()),
        (path!(OktaIdp.client_secret_wo), config.client_secret_wo.is_known()),
        (path!(OktaIdp.managed_client_secret), config.managed_client_secret.is_known()),
    ];
    let set: Vec<&Path> = forms.iter().filter(|(_, set)| *set).map(|(path, _)| path).collect();
    if let [first, others @ ..] = set.as_slice() {
        for other in others {
            let detail = format!(
                "The client secret comes from one place: keep {first} and remove {other}, or the other way round. \
                 managed_client_secret keeps it out of configuration, plan and state."
            );
            problems.push(Diagnostic::error("More than one client secret", detail).at((*other).clone()));
        }
    }
    if config.api_token.is_known() && config.api_token_wo.is_known() {
        let detail = "The Okta API token comes from one place: remove api_token or api_token_wo.";
        problems.push(Diagnostic::error("More than one API token", detail).at(path!(OktaIdp.api_token_wo)));
    }
    for (name, lacks_version, lacks_value, at, version_at) in [
        (
            "client_secret_wo",
            config.client_secret_wo.is_known() && config.client_secret_wo_version.is_null(),
            config.client_secret_wo_version.is_known() && config.client_secret_wo.is_null(),
            path!(OktaIdp.client_secret_wo),
            path!(OktaIdp.client_secret_wo_version),
        ),
        (
            "api_token_wo",
            config.api_token_wo.is_known() && config.api_token_wo_version.is_null(),
            config.api_token_wo_version.is_known() && config.api_token_wo.is_null(),
            path!(OktaIdp.api_token_wo),
            path!(OktaIdp.api_token_wo_version),
        ),
    ] {
        if lacks_version {
            let detail = format!(
                "Terraform does not remember {name}, so it cannot see that it changed. Set {name}_version = \"1\", and \
                 change that whenever the value changes."
            );
            problems.push(Diagnostic::error(format!("{name} needs a version"), detail).at(at));
        } else if lacks_value {
            let detail = format!("{name}_version is the version of {name}: set {name} as well, or remove both.");
            problems.push(Diagnostic::error(format!("{name}_version without {name}"), detail).at(version_at));
        }
    }
}

/// Whether the configuration has a client secret in whatever form.
pub(super) fn is_configured(config: &OktaIdp) -> bool {
    config.client_secret.is_set() || config.client_secret_wo.is_set() || config.managed_client_secret.is_set()
}

/// Cloudflare makes no login method without a client secret.
pub(super) fn require_client_secret(config: &OktaIdp) -> Result<(), Diagnostic> {
    if is_configured(config) {
        return Ok(());
    }
    Err(Diagnostic::error(
        "A new login method needs a client secret",
        "Set managed_client_secret = { app_id = okta_oidc_app.<name>.id, secret_id = \
         okta_oidc_app.<name>.client_secret_id }, which keeps it out of the state. client_secret, or client_secret_wo \
         with client_secret_wo_version, work as well.",
    )
    .at(path!(OktaIdp.client_secret)))
}

/// Whether the client secret is to be handed over to a login method that exists: for the first time, because another one
/// is configured, or because somebody else changed what Cloudflare has.
pub(super) fn is_due(prior: &OktaIdp, change: &Planned<OktaIdp>) -> bool {
    let planned = &change.planned;
    let another = prior.client_secret != planned.client_secret
        || prior.client_secret_wo_version != planned.client_secret_wo_version
        || prior.managed_client_secret != planned.managed_client_secret;
    is_configured(&change.config) && (another || prior.client_secret_fingerprint.is_null() || is_repair(prior))
}

fn is_repair(prior: &OktaIdp) -> bool {
    prior.client_secret_status.text() == Some(super::status::CHANGED_OUTSIDE)
}

/// Where the client secret of a state or configuration comes from: the attribute.
pub(super) fn source(model: &OktaIdp) -> Path {
    if model.managed_client_secret.is_set() {
        path!(OktaIdp.managed_client_secret)
    } else if model.client_secret_wo_version.is_set() {
        path!(OktaIdp.client_secret_wo)
    } else if model.client_secret.is_set() {
        path!(OktaIdp.client_secret)
    } else {
        path!(OktaIdp.client_secret_status)
    }
}

/// The client secret, where the configuration holds it.
pub(super) fn at_hand(config: &OktaIdp) -> Option<&Secret> {
    config.client_secret.known().or_else(|| config.client_secret_wo.known())
}

/// Warns of supplied secrets whose fingerprint, which is in the state, can be guessed.
pub(super) fn warn_if_short(call: &Call, config: &OktaIdp) {
    let Some(secret) = at_hand(config) else { return };
    if secret.expose().chars().count() < LONG_ENOUGH {
        call.warn(
            Diagnostic::warning(
                "The client secret is short",
                format!(
                    "It has fewer than {LONG_ENOUGH} characters. client_secret_fingerprint is in the state in clear, and \
                     whoever reads it can find a short secret by trying. Let Okta make one up."
                ),
            )
            .at(source(config)),
        );
    }
}

/// What a write sends, and what is to be remembered of it.
pub(super) struct Push {
    pub(super) secrets: Secrets,
    /// Fingerprint of the client secret that is handed over.
    pub(super) fingerprint: Option<String>,
}

/// Gathers what a write sends. `prior` is `None` for an object that Terraform did not have before.
///
/// # Errors
/// A managed secret that cannot be had.
pub(super) async fn gather(
    call: &Call,
    client: &Client,
    prior: Option<&OktaIdp>,
    change: &Planned<OktaIdp>,
) -> Result<Push> {
    let mut problems = Diagnostics::new();
    check(&change.config, &mut problems);
    problems.into_result()?;
    let due = match prior {
        None => is_configured(&change.config),
        Some(prior) => change.planned.client_secret_fingerprint.is_unknown() && is_due(prior, change),
    };
    let secret = match (&change.planned.managed_client_secret, at_hand(&change.config)) {
        (Attr::Known(named), _) if due => Some(fetch(client, named).await?),
        // With every write, as far as it is the one that Cloudflare has.
        (_, Some(secret)) => {
            let fingerprint = secret.fingerprint();
            let same = prior.is_some_and(|p| p.client_secret_fingerprint.text() == Some(fingerprint.as_str()));
            (due || same).then(|| secret.clone())
        }
        _ => None,
    };
    let (api_token, token_differs) = api_token(&Memory::of(call), prior, change);
    Ok(Push {
        fingerprint: secret.as_ref().map(Secret::fingerprint),
        secrets: Secrets { client_secret: secret.map(Into::into), api_token, differ: due || token_differs },
    })
}

async fn fetch(client: &Client, named: &ManagedClientSecret) -> Result<Secret> {
    let (Some(app_id), Some(secret_id)) = (named.app_id.text(), named.secret_id.text()) else {
        let detail = "app_id or secret_id is null or not known. They come from okta_client_secret, or from \
                      okta_oidc_app: id and client_secret_id. The latter is null where nobody \
                      may look at the app's secrets: with secret_checks = \"never\", or with credentials that Okta refuses \
                      them.";
        return Err(Diagnostic::error("The managed client secret has no id", detail)
            .at(path!(OktaIdp.managed_client_secret))
            .into());
    };
    let secret = client.okta.client_secret(app_id, secret_id).await;
    Ok(secret.map(Secret::from).map_err(|error| error.at(path!(OktaIdp.managed_client_secret)))?)
}

/// What to do with the API token, and whether that is a reason to write.
fn api_token(memory: &Memory, prior: Option<&OktaIdp>, change: &Planned<OktaIdp>) -> (ApiToken, bool) {
    let Planned { planned, config } = change;
    let before: Option<&Secret> = prior.and_then(|prior| prior.api_token.known());
    let version_before = prior.and_then(|prior| prior.api_token_wo_version.text());
    if let Some(token) = planned.api_token.known() {
        return (ApiToken::Set(token.clone().into()), before != Some(token));
    }
    if let Some(token) = config.api_token_wo.known() {
        let differs = before.is_some() || version_before != planned.api_token_wo_version.text();
        let repair = prior.is_some_and(is_repair);
        let same = memory.api_token.as_deref() == Some(token.fingerprint().as_str());
        let token = if differs || repair || same { ApiToken::Set(token.clone().into()) } else { ApiToken::Keep };
        return (token, differs);
    }
    match before.is_some() || version_before.is_some() {
        true => (ApiToken::Clear, true),
        false => (ApiToken::Keep, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none() -> OktaIdp {
        OktaIdp::default()
    }

    fn token(text: &str) -> OktaIdp {
        OktaIdp { api_token: Secret::from(text).into(), ..none() }
    }

    fn secret(text: &str) -> OktaIdp {
        OktaIdp {
            client_secret: Secret::from(text).into(),
            client_secret_fingerprint: Secret::from(text).fingerprint().into(),
            ..none()
        }
    }

    fn wo(version: &str) -> OktaIdp {
        OktaIdp {
            client_secret_wo: Secret::from("a").into(),
            client_secret_wo_version: version.into(),
            client_secret_fingerprint: "f".into(),
            ..none()
        }
    }

    fn managed(id: &str) -> OktaIdp {
        let named = ManagedClientSecret { app_id: "0oa1".into(), secret_id: id.into() };
        OktaIdp { managed_client_secret: named.into(), client_secret_fingerprint: "f".into(), ..none() }
    }

    fn to(model: OktaIdp) -> Planned<OktaIdp> {
        Planned { planned: model.clone(), config: model }
    }

    #[test]
    fn what_is_not_known_yet_contradicts_nothing() {
        let problems = |config: OktaIdp| {
            let mut problems = Diagnostics::new();
            check(&config, &mut problems);
            problems.iter().map(|problem| problem.path.to_string()).collect::<Vec<_>>()
        };
        let unknown = OktaIdp {
            client_secret: Attr::Unknown,
            client_secret_wo: Attr::Unknown,
            managed_client_secret: Attr::Unknown,
            api_token: Attr::Unknown,
            api_token_wo_version: Attr::Unknown,
            ..none()
        };
        assert_eq!(problems(unknown), [""; 0]);
        let both = OktaIdp { client_secret_wo: Secret::from("a").into(), ..secret("b") };
        assert_eq!(problems(both), ["client_secret_wo", "client_secret_wo"]);
    }

    #[test]
    fn the_token_is_pushed_when_it_changes_and_cleared_when_it_goes() {
        let api_token = |prior: Option<&OktaIdp>, planned| api_token(&Memory::default(), prior, &to(planned));
        assert!(matches!(api_token(None, token("a")), (ApiToken::Set(_), true)));
        assert!(matches!(api_token(Some(&token("a")), token("a")), (ApiToken::Set(_), false)));
        assert!(matches!(api_token(Some(&token("a")), token("b")), (ApiToken::Set(_), true)));
        assert!(matches!(api_token(Some(&token("a")), none()), (ApiToken::Clear, true)));
        assert!(matches!(api_token(Some(&none()), none()), (ApiToken::Keep, false)));
        let wo = |version: &str| OktaIdp {
            api_token_wo: Secret::from("a").into(),
            api_token_wo_version: version.into(),
            ..none()
        };
        assert!(matches!(api_token(Some(&none()), wo("1")), (ApiToken::Set(_), true)));
        assert!(matches!(api_token(Some(&wo("1")), wo("2")), (ApiToken::Set(_), true)));
        assert!(matches!(api_token(Some(&wo("1")), wo("1")), (ApiToken::Keep, false)));
        assert!(matches!(api_token(Some(&token("a")), wo("1")), (ApiToken::Set(_), true)));
        assert!(matches!(api_token(Some(&wo("1")), none()), (ApiToken::Clear, true)));
    }

    #[test]
    fn a_client_secret_is_due_when_another_one_is_configured_or_somebody_changed_it() {
        for (prior, planned, due) in [
            (secret("a"), secret("a"), false),
            (secret("a"), secret("b"), true),
            (secret("a"), none(), false),
            (secret("a"), OktaIdp { client_secret: Attr::Unknown, ..none() }, true),
            (none(), secret("a"), true),
            (wo("1"), wo("1"), false),
            (wo("1"), wo("2"), true),
            (secret("a"), wo("1"), true),
            (managed("a"), managed("a"), false),
            (managed("a"), managed("b"), true),
            (wo("1"), managed("a"), true),
        ] {
            assert_eq!(is_due(&prior, &to(planned.clone())), due, "{prior:?} to {planned:?}");
        }
        let changed =
            |prior: OktaIdp| OktaIdp { client_secret_status: super::super::status::CHANGED_OUTSIDE.into(), ..prior };
        assert!(is_due(&changed(managed("a")), &to(managed("a"))));
        assert!(!is_due(&changed(none()), &to(none())), "there is nothing to repair it with");
    }

    #[test]
    fn a_secret_that_is_not_known_yet_is_one() {
        assert!(require_client_secret(&OktaIdp { client_secret: Attr::Unknown, ..none() }).is_ok());
        let error = require_client_secret(&none()).unwrap_err();
        assert_eq!(error.path.to_string(), "client_secret");
    }

    #[test]
    fn contradictions_and_halves_point_at_their_attribute() {
        let problems = |config: OktaIdp| {
            let mut problems = Diagnostics::new();
            check(&config, &mut problems);
            problems.iter().map(|problem| problem.path.to_string()).collect::<Vec<_>>()
        };
        for fine in [none(), secret("a"), wo("1"), managed("a"), OktaIdp { client_secret_wo: Attr::Unknown, ..wo("1") }]
        {
            assert_eq!(problems(fine), [""; 0]);
        }
        let both = OktaIdp { client_secret: Secret::from("a").into(), ..managed("a") };
        assert_eq!(problems(both), ["managed_client_secret"]);
        let both = OktaIdp { client_secret: Secret::from("a").into(), ..wo("1") };
        assert_eq!(problems(both), ["client_secret_wo"]);
        assert_eq!(problems(OktaIdp { client_secret_wo_version: Attr::Null, ..wo("1") }), ["client_secret_wo"]);
        assert_eq!(problems(OktaIdp { client_secret_wo: Attr::Null, ..wo("1") }), ["client_secret_wo_version"]);
        let half = OktaIdp { api_token_wo: Secret::from("a").into(), ..none() };
        assert_eq!(problems(half.clone()), ["api_token_wo"]);
        let both = OktaIdp { api_token: Secret::from("a").into(), api_token_wo_version: "1".into(), ..half };
        assert_eq!(problems(both), ["api_token_wo"]);
        assert_eq!(problems(OktaIdp { api_token_wo_version: "1".into(), ..none() }), ["api_token_wo_version"]);
    }
}
