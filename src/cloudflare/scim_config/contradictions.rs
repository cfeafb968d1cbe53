//! Configurations that cannot mean what they say.

use super::ScimConfig;
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::path;

/// Refuses a seat without its user, and warns of a trigger that does nothing but harm.
pub(super) fn check(config: &ScimConfig, problems: &mut Diagnostics) {
    if config.seat_deprovision.is_true() && !config.user_deprovision.is_unknown() && !config.user_deprovision.is_true()
    {
        problems.push(
            Diagnostic::error(
                "A seat is freed only together with its user",
                "seat_deprovision needs user_deprovision: Cloudflare frees the seat of somebody whose sessions it \
                 has ended. Set user_deprovision = true as well, or remove seat_deprovision.",
            )
            .at(path!(ScimConfig.seat_deprovision)),
        );
    }
    if config.omit_secret.is_true() && config.rotation_trigger.is_known() {
        problems.push(
            Diagnostic::warning(
                "A SCIM secret that is omitted is better not rotated here",
                "With omit_secret, another value of rotation_trigger mints a secret that nobody gets to see, and voids the \
                 one that Okta has: its pushes are refused until it gets another. To rotate the secret that managed_token of \
                 an okta_scim_app installs, change managed_token.rotation_trigger there, and remove rotation_trigger here.",
            )
            .at(path!(ScimConfig.rotation_trigger)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::diagnostic::Severity;
    use crate::framework::model::Attr;

    fn problems(config: ScimConfig) -> Vec<(Severity, String)> {
        let mut problems = Diagnostics::new();
        check(&config, &mut problems);
        problems.iter().map(|problem| (problem.severity, problem.path.to_string())).collect()
    }

    #[test]
    fn a_seat_needs_its_user() {
        let seat = || ScimConfig { seat_deprovision: true.into(), ..ScimConfig::default() };
        assert_eq!(problems(seat()), [(Severity::Error, "seat_deprovision".to_owned())]);
        assert_eq!(problems(ScimConfig { user_deprovision: false.into(), ..seat() }).len(), 1);
        assert_eq!(problems(ScimConfig { user_deprovision: true.into(), ..seat() }), []);
        assert_eq!(problems(ScimConfig { user_deprovision: Attr::Unknown, ..seat() }), []);
    }

    #[test]
    fn a_trigger_beside_an_omitted_secret_is_warned_about() {
        let trigger = || ScimConfig { rotation_trigger: "1".into(), ..ScimConfig::default() };
        assert_eq!(problems(trigger()), []);
        assert_eq!(problems(ScimConfig { omit_secret: false.into(), ..trigger() }), []);
        let unknown = ScimConfig { rotation_trigger: Attr::Unknown, omit_secret: true.into(), ..ScimConfig::default() };
        assert_eq!(problems(unknown), [], "it may turn out to be null");
        let omitted = ScimConfig { omit_secret: true.into(), ..trigger() };
        assert_eq!(problems(omitted), [(Severity::Warning, "rotation_trigger".to_owned())]);
    }
}
