//! The one crossing from what went wrong with a call to what a person is told.

use super::api::creation::{Look, NotMade};
use super::api::{Error, is_unauthenticated};
use crate::framework::{
    diagnostic::{Diagnostic, Diagnostics},
    path::Path,
};

/// What to do about credentials that Okta does not accept.
pub const NOT_ACCEPTED: &str = "The credentials are not accepted. Check the provider's okta block, or OKTA_API_TOKEN: an API \
                                token ends with the account of the administrator who made it, and 30 days after its last use.";

/// What to do about a wait for which there is no time.
const OUT_OF_TIME: &str = "Apply again later, or give the resource more time: timeouts, 20 minutes if it sets none.";

/// Which attribute a field of Okta's stands for, or an error code that is about one attribute only.
pub type Places<'a> = [(&'a str, Path)];

/// What to tell about a call that failed. `tried` is what was being done, like "Cannot create the Okta app \"Access\"".
///
/// A cause that names a field of `places` lands on that attribute; everything else is about the whole resource.
pub fn diagnose(tried: &str, error: &Error, places: &Places<'_>) -> Diagnostics {
    let by_code = error.code().and_then(|code| places.iter().find(|(field, _)| *field == code));
    if let Some((_, path)) = by_code {
        return diagnose_at(tried, error, path).into();
    }
    let mut told = Diagnostics::new();
    let mut elsewhere = error.causes().is_empty();
    for cause in error.causes() {
        match places.iter().find(|(field, _)| cause.is_about(field)) {
            Some((_, path)) => {
                let detail = format!("Okta says: {}", sentence(&cause.summary));
                told.push(Diagnostic::error(tried, detail).at(path.clone()).and(exchange(error)));
            }
            None => elsewhere = true,
        }
    }
    if elsewhere {
        told.push(diagnose_at(tried, error, &Path::root()));
    }
    told
}

/// The same, all of it on one attribute.
pub fn diagnose_at(tried: &str, error: &Error, path: &Path) -> Diagnostic {
    let told = Diagnostic::error(tried, sentence(&error.to_string())).at(path.clone());
    // When the time is over the operation is stopped as well, and whichever comes first must not matter.
    let is_ended = error.is_stopped() || matches!(error, Error::OutOfTime { wait: None, .. });
    let told = Diagnostic { unanswered: error.is_no_answer() && !is_ended, ..told };
    match advice(error) {
        Some(advice) => told.and(advice),
        None => told,
    }
}

/// [`diagnose`] for an app of that label that was not made. Where it may have been made nevertheless, it says what was
/// found, what to look for and how to take it over.
pub fn diagnose_create(
    tried: &str,
    not_made: &NotMade,
    places: &Places<'_>,
    resource: &str,
    label: &str,
) -> Diagnostics {
    let told = diagnose(tried, &not_made.error, places);
    let found = match &not_made.look {
        None => return told,
        Some(Look::Nothing) => {
            "It was looked for, and Okta shows no app that was made at that time of what was sent. It may still appear."
                .to_owned()
        }
        Some(Look::Unclear(ids)) => format!(
            "It was looked for, and Okta shows several that were made at that time of exactly what was sent: {}. None was \
             taken, since nothing tells which of them is whose.",
            ids.join(", ")
        ),
        Some(Look::Failed(look)) => format!("It was looked for, and Okta could not be asked: {look}."),
    };
    let take_over = format!(
        "If it was made, Okta's console lists it under Applications with the label {label:?}. The next apply \
         makes no second one, unless adopt_existing is false. Take it over before that, with an import block or with\n\n    terraform import \
         {resource}.NAME ID\n\nwhere {resource}.NAME is the address of this resource, and ID stands at the end of the \
         address of the app's page in the console, like 0oa1a2b3c4d5e6f7g8h9. Or delete it there."
    );
    told.into_iter().map(|problem| problem.and(&found).and(&take_over)).collect()
}

/// Which exchange it was, for Okta's support.
fn exchange(error: &Error) -> String {
    let Some(refusal) = error.refusal() else { return String::new() };
    let code = refusal.code.as_deref().map(|code| format!(" {code}")).unwrap_or_default();
    let id = refusal.request_id.as_deref().map(|id| format!(" (request id {id})")).unwrap_or_default();
    format!("{}: {}{code}{id}", refusal.request, refusal.status.as_u16())
}

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// What to do next, where that is known.
fn advice(error: &Error) -> Option<&'static str> {
    if error.is_maybe_done() {
        return Some(match error.code() {
            Some("E0000009") => {
                "The change may have been made nevertheless: this is an error inside of Okta, and may pass. Look at it \
                 in Okta's console before applying again. If it stays, give Okta's support the request id."
            }
            Some("E0000010") => {
                "Okta is in read-only mode for maintenance. Apply again when it is over: https://status.okta.com."
            }
            _ => "The change may have been made nevertheless. Look at it in Okta's console before applying again.",
        });
    }
    let by_code = error.code().and_then(|code| match code {
        "E0000005" => Some("Okta takes API tokens only on this route. Set api_token in the provider's okta block."),
        "E0000006" => Some(
            "The credentials are good, but may not do this. An API token has the rights of the administrator who made \
             it; a service app needs an admin role beside its scopes. Application Administrator is enough.",
        ),
        "insufficient_scope" | "invalid_scope" | "consent_required" => Some(
            "Grant the service app the scopes okta.apps.manage, okta.groups.read, okta.users.read and \
             okta.policies.read (Okta API Scopes tab of the app), and list them in the provider's okta block.",
        ),
        "E0000009" => {
            Some("This is an error inside of Okta, and may pass. If it stays, give Okta's support the request id.")
        }
        "E0000010" => {
            Some("Okta is in read-only mode for maintenance. Apply again when it is over: https://status.okta.com.")
        }
        "E0000040" => Some("Choose another label, or import the app that has this one."),
        _ => None,
    });
    by_code.or(match error {
        _ if is_unauthenticated(error) => Some(NOT_ACCEPTED),
        Error::Unreachable { .. } => {
            Some("Check org_url in the provider's okta block, and the network from here to there.")
        }
        Error::RateLimited { .. } => Some(
            "Run Terraform with a smaller -parallelism, or give it an API token with a larger share of the org's rate \
             limit.",
        ),
        Error::OutOfTime { .. } => Some(OUT_OF_TIME),
        Error::Stopped { .. } => Some("Terraform was asked to stop. Apply again to go on."),
        _ if error.is_not_found() => {
            Some("What it names does not exist, or was deleted. Run terraform plan to see what is left to do.")
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::path::Path;

    fn refusal(code: &str, causes: &[(Option<&str>, &str)]) -> Error {
        Error::from(super::super::api::Refusal {
            request: "POST https://acme.okta.com/api/v1/apps".into(),
            status: super::super::api::StatusCode::BAD_REQUEST,
            code: Some(code.into()),
            summary: "Api validation failed".into(),
            causes: causes
                .iter()
                .map(|(field, text)| super::super::api::Cause {
                    field: field.map(str::to_owned),
                    summary: (*text).to_owned(),
                })
                .collect(),
            request_id: Some("req-1".into()),
            maybe_done: false,
        })
    }

    fn places() -> [(&'static str, Path); 3] {
        let at = |name: &str| Path::root().attribute(name);
        [("label", at("label")), ("settings.oauthClient.redirect_uris", at("redirect_uris")), ("E0000040", at("label"))]
    }

    #[test]
    fn whoever_ran_out_of_time_waiting_was_ended_and_not_left_without_an_answer() {
        let error = |wait| Error::OutOfTime {
            request: "GET https://acme.example/api/v1/apps".into(),
            what_for: "an answer".into(),
            wait,
            left: std::time::Duration::ZERO,
            before: None,
        };
        assert!(!diagnose_at("Cannot read", &error(None), &Path::root()).unanswered);
        assert!(diagnose_at("Cannot read", &error(Some(std::time::Duration::from_secs(60))), &Path::root()).unanswered);
    }

    #[test]
    fn a_cause_lands_on_its_attribute() {
        let error = refusal("E0000001", &[(Some("redirect_uris"), "must be a URL"), (None, "and more")]);
        let told = diagnose("Cannot create the app", &error, &places());
        let all: Vec<_> = told.iter().map(|d| (d.path.to_string(), d.detail.as_str())).collect();
        assert_eq!(all.len(), 2);
        assert_eq!(
            all[0],
            (
                "redirect_uris".to_owned(),
                "Okta says: must be a URL.\n\nPOST https://acme.okta.com/api/v1/apps: 400 E0000001 (request id req-1)"
            )
        );
        assert_eq!(all[1].0, "");
        assert!(all[1].1.contains("and more"), "{}", all[1].1);
    }

    #[test]
    fn only_placed_causes_leave_nothing_for_the_whole() {
        let told = diagnose("Cannot", &refusal("E0000001", &[(Some("label"), "blank")]), &places());
        assert_eq!(told.iter().map(|d| d.path.to_string()).collect::<Vec<_>>(), ["label"]);
    }

    #[test]
    fn a_code_can_stand_for_an_attribute_and_brings_advice() {
        let told = diagnose("Cannot", &refusal("E0000040", &[]), &places());
        let error = told.iter().next().unwrap();
        assert_eq!(error.path.to_string(), "label");
        assert!(error.detail.contains("request id req-1") && error.detail.contains("import"), "{}", error.detail);
    }

    #[test]
    fn an_app_that_may_have_been_made_is_described() {
        let told = |error: Error, look: Option<Look>| {
            let told =
                diagnose_create("Cannot create the app", &NotMade { error, look }, &[], "okta_oidc_app", "Access");
            told.iter().next().unwrap().detail.clone()
        };
        let lost = || Error::Unreachable { request: "POST x".into(), reason: "reset".into(), maybe_done: true };
        for (look, words) in [
            (Look::Nothing, "may still appear"),
            (Look::Unclear(vec!["0oa1".into(), "0oa2".into()]), "0oa1, 0oa2"),
            (Look::Failed(refusal("E0000006", &[])), "E0000006"),
        ] {
            let told = told(lost(), Some(look));
            assert!(told.contains("\"Access\"") && told.contains("terraform import okta_oidc_app.NAME ID"), "{told}");
            assert!(told.contains(words), "{told}");
        }
        assert!(!told(refusal("E0000001", &[]), None).contains("import"), "refused is not made");
    }

    #[test]
    fn whatever_leaves_a_write_in_doubt_says_that_the_change_may_be_there() {
        let broken = |code: &str, maybe_done| {
            let refusal = refusal(code, &[]).refusal().unwrap().clone();
            Error::from(super::super::api::Refusal { maybe_done, ..refusal })
        };
        let lost = Error::Unreachable { request: "POST x".into(), reason: "reset".into(), maybe_done: true };
        let unreadable = Error::Unreadable {
            request: "PUT x".into(),
            path: ".".into(),
            reason: "not JSON".into(),
            request_id: None,
            maybe_done: true,
        };
        let told = |error: &Error| diagnose("Cannot", error, &[]).iter().next().unwrap().detail.clone();
        for error in [lost, unreadable, broken("E0000009", true), broken("other", true)] {
            assert!(told(&error).contains("may have been made"), "{}", told(&error));
        }
        assert!(!told(&broken("E0000009", false)).contains("may have been made"), "a read changes nothing");
    }
}
