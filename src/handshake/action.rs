//! The action `zt_test_handshake`: the checks of `zt_handshake`, run once and told one by one (Terraform 1.14).

use super::checks::{self, CHECKS, Outcome, Status};
use super::data_source::{line, stopped};
use super::readings::{Client, Seen, Target};
use crate::framework::action::{Action, Progress};
use crate::framework::call::Call;
use crate::framework::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::framework::schema::{optional, required};
use crate::framework::validate::Validator;
use crate::model;
use crate::okta::data_sources::app::app_id;

model! {
    /// Tests whether people can log in through Okta and whether users and groups arrive, and tells every check as it goes. It
    /// runs the checks of the data source `zt_handshake` and changes nothing.
    ///
    /// Unlike the data source it fails, with an error for each check that does, so it can end an apply (`action_trigger` in
    /// the `lifecycle` of a resource) or be run by itself: `terraform apply -invoke=action.zt_test_handshake.okta`. What
    /// cannot be read is skipped. Needs Terraform 1.14.
    pub struct TestHandshakeModel {
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
        has_api_token: bool = optional(),
    }
}

/// The action.
#[derive(Debug)]
pub struct TestHandshake;

impl Action for TestHandshake {
    type Model = TestHandshakeModel;
    type Client = Client;
    const NAME: &'static str = "zt_test_handshake";

    fn notes(&self) -> String {
        checks::table()
    }

    fn validate(&self, config: &TestHandshakeModel, problems: &mut Diagnostics) {
        problems.extend(Target::from(config).place().check().err());
    }

    async fn invoke(&self, call: &Call, client: &Client, config: TestHandshakeModel, progress: Progress) -> Result<()> {
        progress.say(format!("Looking at Cloudflare and Okta for {} checks", CHECKS.len())).await;
        // A stop abandons the requests that are on their way.
        let seen = Seen::gather(client, &Target::from(&config)).await?;
        if call.stop().is_cancelled() {
            return Err(stopped().into());
        }
        let outcomes = checks::run(&seen);
        for outcome in &outcomes {
            progress.say(line(outcome)).await;
        }
        let failed: Diagnostics =
            outcomes.iter().filter(|found| found.verdict.status == Status::Fail).map(error).collect();
        failed.into_result().map(drop)
    }
}

fn error(failed: &Outcome) -> Diagnostic {
    let problem = Diagnostic::error(format!("The handshake fails: {}", failed.name), &failed.verdict.message);
    match &failed.verdict.remedy {
        Some(remedy) => problem.and(remedy),
        None => problem,
    }
}
