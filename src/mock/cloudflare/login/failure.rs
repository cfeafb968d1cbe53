//! Why a login failed: what the page says to the person, and what it says to a program.
//!
//! Cloudflare's own wording is public for [`Failure::groups`] alone; statuses and every other text are the mock's own.

use axum::http::StatusCode;

/// A login that failed. Holds no secret: whatever the identity provider said is repeated, whatever was sent to it is
/// not.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    reason: &'static str,
    summary: String,
    advice: String,
    said: Option<Box<Said>>,
    email: Option<String>,
}

/// The identity provider's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// Its error code, such as `access_denied` or `E0000011`.
    pub(super) error: String,
    /// Its description of the error; may be empty.
    pub(super) description: String,
    /// Its id of the request, to look it up in its log; may be empty.
    pub(super) request_id: String,
}

impl Failure {
    fn new(status: StatusCode, reason: &'static str, summary: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { status, reason, summary: summary.into(), advice: advice.into(), said: None, email: None }
    }

    /// The account has no Zero Trust organization.
    pub(super) fn no_organization() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "no_organization",
            "Unable to find your Access organization.",
            "The account behind this team domain has no Zero Trust organization. Create one first.",
        )
    }

    /// There is nothing to log in with.
    pub(super) fn no_identity_provider() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "no_identity_provider",
            "This organization has no identity provider.",
            "Create one, then log in again.",
        )
    }

    /// The URL names an identity provider that does not exist.
    pub(super) fn unknown_identity_provider() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown_identity_provider",
            "This organization has no identity provider of this id.",
            "It may have been deleted. Begin the login again without naming one.",
        )
    }

    /// An identity provider that is no Okta.
    pub(super) fn unsupported(kind: &str) -> Self {
        Self::new(
            StatusCode::NOT_IMPLEMENTED,
            "unsupported_type",
            format!("zt-mock cannot log in through identity providers of the type {kind}."),
            "It plays the OpenID Connect login of the type okta. Choose an identity provider of that type.",
        )
    }

    /// `okta_account` is no address that could be asked.
    pub(super) fn unusable_account(account: &str) -> Self {
        Self::new(
            StatusCode::BAD_GATEWAY,
            "unusable_okta_account",
            format!("The Okta account URL of the identity provider cannot be used: {account}"),
            "It must be the URL of the org, such as https://dev-abc123.okta.com, without -admin and without a path.",
        )
    }

    /// `okta_account` is somewhere else than on this machine.
    pub(super) fn outside(host: &str) -> Self {
        Self::new(
            StatusCode::BAD_GATEWAY,
            "okta_account_not_on_loopback",
            format!("zt-mock does not connect to {host}."),
            "It stays on loopback, so that no test and no secret reaches a real org. Set okta_account to the URL of the \
             Okta org of this mock (okta.org_url of its ready line) to log in here.",
        )
    }

    /// `redirect_url` leads away.
    pub(super) fn redirect_not_allowed() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "redirect_url_not_allowed",
            "The redirect_url of this login is not allowed.",
            "It must be a path of the team domain that begins with one slash, or an http or https URL on loopback.",
        )
    }

    /// The callback came without a `state`, or with one that was never given out.
    pub(super) fn unknown_state() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "state_unknown",
            "This is not the answer to a login that was begun here.",
            "Begin the login again.",
        )
    }

    /// The callback came a second time.
    pub(super) fn replayed() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "state_replayed",
            "This login was finished before.",
            "A login can be finished once only; reloading the page does not repeat it. Begin the login again.",
        )
    }

    /// The callback came in another browser than the login was begun in.
    pub(super) fn other_browser() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "state_of_another_browser",
            "This login was begun in another browser.",
            "The browser did not send the CF_Session cookie that the login began with. Begin the login again, and allow \
             cookies.",
        )
    }

    /// The callback came too late.
    pub(super) fn expired() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "state_expired", "This login took too long.", "Begin the login again.")
    }

    /// The callback has neither a code nor an error.
    pub(super) fn no_code() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "no_code",
            "The identity provider sent neither an authorization code nor an error.",
            "Begin the login again. If it repeats, check that the response type code is allowed for the app in Okta.",
        )
    }

    /// The authorization endpoint sent the browser back with an error.
    pub(super) fn refused(said: Said) -> Self {
        // What Okta says about the person is forbidden to them, about the request a bad request, about itself a failure
        // behind this page.
        let (status, advice) = match said.error.as_str() {
            "access_denied" => {
                (StatusCode::FORBIDDEN, "Assign the person, or one of their groups, to the OpenID Connect app in Okta.")
            }
            _ if said.description.contains("PKCE") => (
                StatusCode::BAD_REQUEST,
                "The app in Okta and the identity provider in Cloudflare disagree about PKCE: set it on both or on \
                 neither (pkce_required, pkce_enabled).",
            ),
            "server_error" | "temporarily_unavailable" => {
                (StatusCode::BAD_GATEWAY, "Okta has trouble of its own. Begin the login again in a while.")
            }
            _ => (StatusCode::BAD_REQUEST, "Compare the app in Okta with the identity provider in Cloudflare."),
        };
        let failure =
            Self::new(status, "refused_by_identity_provider", "The identity provider refused the login.", advice);
        Self { said: Some(Box::new(said)), ..failure }
    }

    /// The token endpoint did not take the code.
    pub(super) fn token_refused(said: Said) -> Self {
        let advice = match said.error.as_str() {
            "invalid_client" => {
                "Client ID and secret of the identity provider in Cloudflare are not those of the app in Okta: the \
                 secret may have been rotated or deactivated there, or lost here. Push the current one."
            }
            "invalid_grant" => "The authorization code is spent, expired or another client's. Begin the login again.",
            _ => "Compare the app in Okta with the identity provider in Cloudflare.",
        };
        let summary = "The identity provider did not accept the authorization code.";
        Self {
            said: Some(Box::new(said)),
            ..Self::new(StatusCode::BAD_GATEWAY, "token_request_refused", summary, advice)
        }
    }

    /// An endpoint of the identity provider did not answer, or not in a form that can be read.
    pub(super) fn no_answer(url: &str, problem: &str) -> Self {
        Self::new(
            StatusCode::BAD_GATEWAY,
            "identity_provider_unusable",
            format!("{url} {problem}."),
            "Check okta_account and authorization_server_id of the identity provider.",
        )
    }

    /// The ID token breaks a rule of OpenID Connect Core 1.0 section 3.1.3.7.
    pub(super) fn bad_token(problem: &str) -> Self {
        Self::new(
            StatusCode::BAD_GATEWAY,
            "id_token_rejected",
            format!("Failed to verify the ID token: {problem}."),
            "Check okta_account and authorization_server_id of the identity provider: they decide which issuer and keys \
             are expected.",
        )
    }

    /// The ID token does not say who this is.
    pub(super) fn no_email(claim: &str) -> Self {
        Self::new(
            StatusCode::BAD_GATEWAY,
            "no_email",
            format!("The ID token has no claim {claim} to take the email from."),
            "Cloudflare knows people by their email. Check email_claim_name of the identity provider, the claims of the \
             authorization server, and the person's profile in Okta.",
        )
    }

    /// The token does not list the groups, and Okta's API did not either. `problem` says why in a sentence.
    ///
    /// The text of the summary is documented
    /// (<https://developers.cloudflare.com/cloudflare-one/integrations/identity-providers/okta/>). That a missing groups
    /// claim is enough to fail the login is not verified against a live tenant.
    pub(super) fn groups(problem: &str, said: Option<Said>) -> Self {
        let failure = Self::new(
            StatusCode::BAD_GATEWAY,
            "groups_not_fetched",
            "Failed to fetch user/group information from the identity provider",
            format!(
                "{problem} Give the app in Okta a groups claim that matches at most 100 groups of anybody, or the \
                 identity provider in Cloudflare an Okta API token that works (a read-only one is enough)."
            ),
        );
        Self { said: said.map(Box::new), ..failure }
    }

    /// The same failure, of somebody whose email is known by now.
    pub(super) fn of(mut self, email: &str) -> Self {
        self.email = Some(email.to_owned());
        self
    }

    /// Status of the page.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// What went wrong, for programs.
    pub(super) fn reason(&self) -> &'static str {
        self.reason
    }

    /// What went wrong, for people.
    pub(super) fn summary(&self) -> &str {
        &self.summary
    }

    /// What to do about it.
    pub(super) fn advice(&self) -> &str {
        &self.advice
    }

    /// What the identity provider said, if it said anything.
    pub(super) fn said(&self) -> Option<&Said> {
        self.said.as_deref()
    }

    /// Whose login it was, if that is known.
    pub(super) fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }
}
