//! `data "zt_handshake"`: whether login and SCIM work, as named findings.
//!
//! What is found are values, never errors: a `check` block, a postcondition or a policy on the plan decides what they
//! mean. So nothing here fails, but for a provider that is not configured yet, and for being stopped.

use super::checks::{self, Outcome, Status};
use super::readings::{Client, Seen, Target};
use crate::framework::call::Call;
use crate::framework::data_source::DataSource;
use crate::framework::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::framework::model::{Attr, Map, Set};
use crate::framework::schema::{computed, optional, required};
use crate::framework::validate::Validator;
use crate::model;
use crate::okta::data_sources::app::app_id;

model! {
    /// Whether people can log in through Okta, and whether users and groups arrive: what Cloudflare's *Test* button, *Test
    /// API Credentials* and *View Logs* show, and what two consoles do not show together. Every check compares what both
    /// sides have now, not what Terraform configured, and is a value: nothing fails by itself.
    ///
    /// Assert the result in a `check` block, with the data source outside of it: nested in the block it would make every
    /// plan a change. A failed `check` is a warning and does not change the exit code; pipelines find it under `checks` in
    /// the JSON of the plan, or use a `postcondition`, which does stop. A plan looks before its changes are made, so an apply
    /// that repairs something ends with what was wrong before it, and the next plan shows the repair. A plan that changes
    /// something which an argument refers to (the fingerprint, where a secret was rotated), or a resource of `depends_on`,
    /// leaves the look to the apply, after the change, and says that the check is known after apply.
    ///
    /// What cannot be read is `skipped`: for lack of credentials or rights, or because an argument is not set. A service
    /// that does not answer, or does not accept the credentials, is a `warn`.
    pub struct HandshakeModel {
        /// Id of the login method, usually `zt_okta_idp.<name>.id`.
        identity_provider_id: String = required().length(1..=64),
        /// The account. Without account and zone it is the provider's account.
        account_id: String = optional().length(1..=64),
        /// The zone, for login methods of a single zone.
        zone_id: String = optional().length(1..=64),
        /// Okta's id of the app that people log in with. Needed only where the client id was chosen by hand.
        oidc_app_id: String = optional().check(Validator::Custom(app_id)),
        /// Okta's id of the SCIM app, usually `okta_scim_app.<name>.id`. Without it the checks of SCIM are skipped.
        scim_app_id: String = optional().check(Validator::Custom(app_id)),
        /// Which client secret Cloudflare was given, usually `zt_okta_idp.<name>.client_secret_fingerprint`. Without it the
        /// check `credentials` is skipped.
        client_secret_fingerprint: String = optional().length(1..=255),
        /// Whether Cloudflare was given an API token of Okta's (`api_token` of `zt_okta_idp`), which it does not show.
        /// Without it, an org in which more than 100 groups match the groups claim is a `warn`.
        has_api_token: bool = optional(),
        /// The worst of the checks: `fail`, `warn`, `pass`, or `skipped` if all were.
        status: String = computed(),
        /// Names of the checks that fail.
        failed: Set<String> = computed(),
        /// A line for each check that fails or warns, with what to do: for the `error_message` of an assertion. Never
        /// empty.
        summary: String = computed(),
        /// All checks, by name.
        checks: Map<Finding> = computed(),
    }
}

model! {
    /// What one check found.
    pub struct Finding {
        /// `pass`, `warn` (it works, or nobody knows), `fail` or `skipped`.
        status: String = computed(),
        /// What was found.
        message: String = computed(),
        /// What to do about it; null if there is nothing to do.
        remedy: String = computed(),
    }
}

/// The data source.
#[derive(Debug)]
pub struct HandshakeSource;

impl DataSource for HandshakeSource {
    type Model = HandshakeModel;
    type Client = Client;
    const NAME: &'static str = "zt_handshake";

    fn notes(&self) -> String {
        checks::table()
    }

    fn validate(&self, config: &HandshakeModel, problems: &mut Diagnostics) {
        problems.extend(Target::from(config).place().check().err());
    }

    async fn read(&self, call: &Call, client: &Client, config: HandshakeModel) -> Result<HandshakeModel> {
        let seen = Seen::gather(client, &Target::from(&config)).await?;
        if call.stop().is_cancelled() {
            return Err(stopped().into());
        }
        let outcomes = checks::run(&seen);
        let failed = outcomes.iter().filter(|outcome| outcome.verdict.status == Status::Fail);
        Ok(HandshakeModel {
            status: checks::worst(&outcomes).word().into(),
            failed: failed.map(|outcome| outcome.name.to_owned()).collect::<Set<_>>().into(),
            summary: summary(&outcomes).into(),
            checks: Map(outcomes.into_iter().map(finding).collect()).into(),
            ..config
        })
    }
}

/// What is told of a look that was stopped half-way.
pub(super) fn stopped() -> Diagnostic {
    Diagnostic::error("The handshake was not tested to the end", "Terraform was asked to stop.")
}

fn finding(outcome: Outcome) -> (String, Attr<Finding>) {
    let Outcome { name, verdict } = outcome;
    let finding = Finding {
        status: verdict.status.word().into(),
        message: verdict.message.into(),
        remedy: verdict.remedy.into(),
    };
    (name.to_owned(), Attr::Known(finding))
}

/// What there is to do, the worst first.
fn summary(outcomes: &[Outcome]) -> String {
    let mut lines = Vec::new();
    for status in [Status::Fail, Status::Warn] {
        lines.extend(outcomes.iter().filter(|outcome| outcome.verdict.status == status).map(line));
    }
    if lines.is_empty() {
        let passed = outcomes.iter().filter(|outcome| outcome.verdict.status == Status::Pass).count();
        return format!("{passed} of {} checks passed, none failed.", outcomes.len());
    }
    lines.join("\n")
}

/// A check in a line.
pub(super) fn line(outcome: &Outcome) -> String {
    let Outcome { name, verdict } = outcome;
    let remedy = verdict.remedy.as_deref().map(|remedy| format!(" {remedy}")).unwrap_or_default();
    format!("{name}: {}: {}{remedy}", verdict.status.word(), verdict.message)
}
