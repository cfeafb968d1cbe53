//! The SCIM token: where it comes from, and when it is to be installed in Okta.
//!
//! It is held in one of three ways: in the state, write-only with a version, or managed, which mints it during the
//! apply ([`managed`]). Okta never shows it again, so that it is due is told from what the configuration says of it, not
//! from what Okta has.

use super::{ScimApp, connection::Mode, managed};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Diagnostics},
    path::Path,
    secret::Secret,
    value::Value,
};
use crate::path;

/// Refuses configurations that say two things or half of one. What is not known yet says nothing.
pub(super) fn check(config: &ScimApp, problems: &mut Diagnostics) {
    let forms = [
        (path!(ScimApp.scim_token), config.scim_token.is_known()),
        (path!(ScimApp.scim_token_wo), config.scim_token_wo.is_known()),
        (path!(ScimApp.managed_token), config.managed_token.is_known()),
    ];
    let set: Vec<&Path> = forms.iter().filter(|(_, set)| *set).map(|(path, _)| path).collect();
    if let [first, others @ ..] = set.as_slice() {
        for other in others {
            let detail = format!(
                "The SCIM token comes from one place: keep {first} and remove {other}, or the other way round. \
                 managed_token keeps it out of configuration, plan and state."
            );
            problems.push(Diagnostic::error("More than one SCIM token", detail).at((*other).clone()));
        }
    }
    if config.scim_token_wo.is_known() && config.scim_token_wo_version.is_null() {
        problems.push(
            Diagnostic::error(
                "scim_token_wo needs a version",
                "Terraform does not remember scim_token_wo, so it cannot see that it changed. Set \
                 scim_token_wo_version = \"1\", and change that whenever the value changes.",
            )
            .at(path!(ScimApp.scim_token_wo)),
        );
    }
    if config.scim_token_wo_version.is_known() && config.scim_token_wo.is_null() {
        problems.push(
            Diagnostic::error(
                "scim_token_wo_version without scim_token_wo",
                "scim_token_wo_version is the version of scim_token_wo: set scim_token_wo as well, or remove both.",
            )
            .at(path!(ScimApp.scim_token_wo_version)),
        );
    }
    if config.managed_token.is_known() && Mode::of(config) == Some(Mode::Console) {
        problems.push(
            Diagnostic::error(
                "managed_token needs Okta's API",
                "With provisioning_mode = \"console\" a person enters the SCIM secret in Okta, and nobody gets to see one \
                 that is managed. Remove managed_token, and let a zt_scim_config without omit_secret keep the secret \
                 for that person; or set provisioning_mode = \"auto\".",
            )
            .at(path!(ScimApp.managed_token)),
        );
    }
}

/// Whether the configuration has a token in whatever form, be it half of one.
pub(super) fn is_configured(config: &ScimApp) -> bool {
    config.scim_token.is_set()
        || config.scim_token_wo.is_set()
        || config.scim_token_wo_version.is_set()
        || config.managed_token.is_set()
}

/// A token that cannot be a header's value is a mistake of copying.
pub(super) fn check_text(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some("") => Err("It is empty. Write the SCIM secret of the identity provider.".into()),
        Some(text) if text.chars().any(|c| c.is_control() || c.is_whitespace()) => {
            Err("It holds spaces or line breaks, as a file read with file() does. Use chomp() or trimspace().".into())
        }
        _ => Ok(()),
    }
}

/// Whether the token is to be installed in an app that exists: for the first time, because another one is configured,
/// or because one that was minted has not arrived.
pub(super) fn is_due(call: &Call, prior: &ScimApp, planned: &ScimApp) -> bool {
    prior.scim_token != planned.scim_token
        || prior.scim_token_wo_version != planned.scim_token_wo_version
        || managed::is_due(call, &prior.managed_token, &planned.managed_token)
}

/// The token, where the configuration holds it.
pub(super) fn at_hand<'a>(planned: &'a ScimApp, config: &'a ScimApp) -> Option<&'a Secret> {
    planned.scim_token.known().or_else(|| config.scim_token_wo.known())
}

/// Where the token of a state or plan comes from: the attribute.
pub(super) fn source(model: &ScimApp) -> Path {
    if model.managed_token.is_set() {
        path!(ScimApp.managed_token)
    } else if model.scim_token_wo_version.is_set() {
        path!(ScimApp.scim_token_wo)
    } else {
        path!(ScimApp.scim_token)
    }
}

/// Takes over what the plan says of the token, once it is installed.
pub(super) fn record(planned: &ScimApp, state: &mut ScimApp) {
    state.scim_token = planned.scim_token.clone();
    state.scim_token_wo_version = planned.scim_token_wo_version.clone();
    state.managed_token = planned.managed_token.clone();
}

#[cfg(test)]
mod tests {
    use super::super::ManagedToken;
    use super::*;
    use crate::framework::model::{Attr, Model, Typed};
    use crate::framework::validate;

    fn none() -> ScimApp {
        ScimApp::default()
    }

    fn plain(text: &str) -> ScimApp {
        ScimApp { scim_token: Secret::from(text).into(), ..none() }
    }

    fn wo(version: &str) -> ScimApp {
        ScimApp { scim_token_wo: Secret::from("t").into(), scim_token_wo_version: version.into(), ..none() }
    }

    fn managed(provider: &str) -> ScimApp {
        let managed = ManagedToken { identity_provider_id: provider.into(), ..ManagedToken::default() };
        ScimApp { managed_token: managed.into(), ..none() }
    }

    #[test]
    fn contradictions_and_halves_point_at_their_attribute() {
        let problems = |config: ScimApp| {
            let mut problems = Diagnostics::new();
            check(&config, &mut problems);
            problems.iter().map(|problem| problem.path.to_string()).collect::<Vec<_>>()
        };
        let unknown = ScimApp {
            scim_token: Attr::Unknown,
            scim_token_wo: Attr::Unknown,
            managed_token: Attr::Unknown,
            provisioning_mode: "console".into(),
            ..none()
        };
        let half = ScimApp { scim_token_wo: Attr::Null, scim_token_wo_version: Attr::Unknown, ..none() };
        let wo_unknown = ScimApp { scim_token_wo: Attr::Unknown, ..wo("1") };
        for fine in [none(), plain("a"), wo("1"), managed("a"), wo_unknown, unknown, half] {
            assert_eq!(problems(fine), [""; 0]);
        }
        assert_eq!(problems(ScimApp { scim_token: Secret::from("a").into(), ..managed("a") }), ["managed_token"]);
        assert_eq!(problems(ScimApp { scim_token: Secret::from("a").into(), ..wo("1") }), ["scim_token_wo"]);
        assert_eq!(problems(ScimApp { scim_token_wo_version: Attr::Null, ..wo("1") }), ["scim_token_wo"]);
        assert_eq!(problems(ScimApp { scim_token_wo: Attr::Null, ..wo("1") }), ["scim_token_wo_version"]);
        assert_eq!(problems(ScimApp { provisioning_mode: "console".into(), ..managed("a") }), ["managed_token"]);
        assert_eq!(problems(ScimApp { provisioning_mode: Attr::Unknown, ..managed("a") }), [""; 0]);
    }

    #[test]
    fn only_the_write_only_form_needs_a_terraform_that_knows_it() {
        let told = |config: &ScimApp, knows: bool| {
            let mut problems = Diagnostics::new();
            validate::configuration(&ScimApp::attributes(), &config.encode(), knows, &mut problems);
            problems.iter().map(|problem| (problem.path.to_string(), problem.summary.clone())).collect::<Vec<_>>()
        };
        let app = |config: ScimApp| ScimApp { label: "SCIM".into(), ..config };
        for config in [plain("a"), managed("a"), wo("1")] {
            assert_eq!(told(&app(config), true), []);
        }
        assert_eq!((told(&app(plain("a")), false), told(&app(managed("a")), false)), (vec![], vec![]));
        let refused = told(&app(wo("1")), false);
        assert_eq!(refused, [("scim_token_wo".to_owned(), "Write-only attributes need Terraform 1.11".to_owned())]);
    }

    #[test]
    fn a_token_is_due_when_another_one_is_configured() {
        for (prior, planned, due) in [
            (plain("a"), plain("a"), false),
            (plain("a"), plain("b"), true),
            (none(), plain("a"), true),
            (none(), wo("1"), true),
            (wo("1"), wo("1"), false),
            (wo("1"), wo("2"), true),
            (plain("a"), wo("1"), true),
            (managed("a"), managed("a"), false),
            (managed("a"), managed("b"), true),
            (wo("1"), managed("a"), true),
            (managed("a"), plain("a"), true),
        ] {
            assert_eq!(is_due(&Call::default(), &prior, &planned), due, "{prior:?} to {planned:?}");
        }
    }

    #[test]
    fn a_token_with_a_line_break_is_refused() {
        assert!(check_text(&Value::string("abc\n")).unwrap_err().contains("chomp"));
        assert!(check_text(&Value::string("")).is_err());
        assert!(check_text(&Value::string("abc")).is_ok() && check_text(&Value::Null).is_ok());
    }
}
