//! The checks of the handshake: each a name, a sentence about it, and a function that decides on what was
//! [read](super::readings::Seen), without asking anybody.
//!
//! [`CHECKS`] is the one list of them: data source, action and documentation go by it. Their names are part of the
//! provider's interface, since configurations and policies test for them.

mod groups;
#[cfg(test)]
pub(super) mod healthy;
mod login;
mod scim;

use super::readings::{Seen, Unread};

/// What a check came to, from good to bad. What was skipped is neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It could not be looked at, or has nothing to look at; the message says why.
    Skipped,
    /// It is as it has to be.
    Pass,
    /// It works, or nobody knows, and somebody should look at it.
    Warn,
    /// It does not work.
    Fail,
}

impl Status {
    /// As configurations see it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What it comes to.
    pub status: Status,
    /// What was found, in a sentence or two.
    pub message: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

impl Verdict {
    fn pass(message: impl Into<String>) -> Self {
        Self { status: Status::Pass, message: message.into(), remedy: None }
    }

    fn warn(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { status: Status::Warn, message: message.into(), remedy: Some(remedy.into()) }
    }

    fn fail(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { status: Status::Fail, ..Self::warn(message, remedy) }
    }
}

impl From<Unread> for Verdict {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Skipped(why) => Self { status: Status::Skipped, message: why, remedy: None },
            Unread::NoAnswer(why) => Self::warn(why, "Run Terraform again once the service answers."),
            Unread::Rejected { why, remedy } => Self::warn(why, remedy),
        }
    }
}

/// Decides on what was read; what could not be read decides as well.
type Decide = fn(&Seen) -> Result<Verdict, Unread>;

/// One check.
pub struct Check {
    /// Its name, which never changes.
    pub name: &'static str,
    /// What it looks at, as a sentence of the documentation.
    pub about: &'static str,
    decide: Decide,
}

const fn check(name: &'static str, about: &'static str, decide: Decide) -> Check {
    Check { name, about, decide }
}

/// Every check, in the order in which a login and then a push go.
pub static CHECKS: &[Check] = &[
    check("login_method", "Cloudflare has the login method, and it is of the type Okta.", login::login_method),
    check(
        "discovery",
        "The org of `okta_account` is the provider's, and it, or its custom authorization server, issues tokens under the \
         name that Cloudflare expects.",
        login::discovery,
    ),
    check("oidc_app", "The app of the client id exists, is active, and somebody is assigned to it.", login::oidc_app),
    check(
        "credentials",
        "Okta accepts the client secret with the given `client_secret_fingerprint`. Looking lists the app's secrets, which \
         Okta logs; `secret_checks = \"never\"` skips it.",
        login::credentials,
    ),
    check("redirect_uri", "The app lists Cloudflare's redirect URI.", login::redirect_uri),
    check("pkce", "Cloudflare uses PKCE if the app requires it.", login::pkce),
    check("groups_claim", "ID tokens have a claim named `groups`.", groups::groups_claim),
    check(
        "group_count",
        "At most 100 of the org's groups match the groups claim; or Cloudflare has an API token to look up the groups of \
         people who are in more, which does not help with a custom authorization server. Fails only if somebody is seen to be \
         in more than 100, of the first 20 people of the app.",
        groups::group_count,
    ),
    check("scim_enabled", "SCIM is on in Cloudflare.", scim::scim_enabled),
    check("scim_app", "The SCIM app exists, is active, and somebody is assigned to it.", scim::scim_app),
    check("scim_connection", "The SCIM app is connected, and to Cloudflare's SCIM endpoint.", scim::scim_connection),
    check(
        "scim_user_name",
        "The SCIM `userName` is the email address with which people log in, by which Cloudflare knows them.",
        scim::scim_user_name,
    ),
    check("push_groups", "No pushed group is paused or in error.", scim::push_groups),
    check(
        "pushed_groups_in_claim",
        "Every pushed group matches the groups claim and has the same name on both sides: Access goes by the groups of the \
         token, not by those of SCIM. Whether a filter of the type `REGEX` has to match the whole name is not verified, so it \
         counts only where that makes no difference.",
        groups::pushed_groups_in_claim,
    ),
    check(
        "provisioning_log",
        "Of nobody who is still assigned, and of no group, the last thing that Okta sent in the past seven days failed. Where \
         the log has more than 1000 events of them, what did not fail is `skipped`.",
        scim::provisioning_log,
    ),
];

/// A check and what it found.
pub struct Outcome {
    /// The check's name.
    pub name: &'static str,
    /// What it found.
    pub verdict: Verdict,
}

/// What all checks find.
pub fn run(seen: &Seen) -> Vec<Outcome> {
    let decide = |check: &Check| (check.decide)(seen).unwrap_or_else(Verdict::from);
    CHECKS.iter().map(|check| Outcome { name: check.name, verdict: decide(check) }).collect()
}

/// The worst of them.
pub fn worst(outcomes: &[Outcome]) -> Status {
    outcomes.iter().map(|outcome| outcome.verdict.status).max().unwrap_or(Status::Skipped)
}

/// The documentation of the checks, a Markdown table.
pub fn table() -> String {
    let rows = CHECKS.iter().map(|check| format!("\n| `{}` | {} |", check.name, check.about));
    format!("The checks:\n\n| name | passes if |\n| --- | --- |{}", rows.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_in_snake_case() {
        for (index, check) in CHECKS.iter().enumerate() {
            assert!(check.name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{}", check.name);
            assert!(CHECKS[..index].iter().all(|other| other.name != check.name), "{}", check.name);
        }
    }

    #[test]
    fn the_worst_counts_and_what_was_skipped_does_not() {
        let worst_of = |all: &[Status]| {
            let outcome =
                |status: &Status| Outcome { name: "x", verdict: Verdict { status: *status, ..Verdict::pass("") } };
            worst(&all.iter().map(outcome).collect::<Vec<_>>())
        };
        use Status::{Fail, Pass, Skipped, Warn};
        assert_eq!(worst_of(&[Pass, Fail, Warn]), Fail);
        assert_eq!(worst_of(&[Skipped, Pass]), Pass);
        assert_eq!(worst_of(&[Warn, Pass]), Warn);
        assert_eq!(worst_of(&[Skipped, Skipped]), Skipped);
    }

    #[test]
    fn all_pass_where_all_is_well() {
        for outcome in run(&healthy::seen()) {
            assert_eq!(outcome.verdict.status, Status::Pass, "{}: {}", outcome.name, outcome.verdict.message);
        }
    }

    #[test]
    fn what_cannot_be_read_is_skipped_and_a_service_that_is_silent_a_warning() {
        let skipped: Verdict = Unread::Skipped("no credentials".into()).into();
        assert_eq!((skipped.status, skipped.remedy), (Status::Skipped, None));
        let silent: Verdict = Unread::NoAnswer("no answer".into()).into();
        assert_eq!(silent.status, Status::Warn);
        let rejected: Verdict = Unread::Rejected { why: "revoked".into(), remedy: "get another one" }.into();
        assert_eq!((rejected.status, rejected.remedy.as_deref()), (Status::Warn, Some("get another one")));
    }
}
