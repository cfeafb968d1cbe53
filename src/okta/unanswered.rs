//! Refreshes that Okta does not answer.
//!
//! A plan is of use even then: what it does not need Okta for is planned, and the next one finds out what has changed.
//! An apply that needs Okta fails at its own call. An import has no state to go by, so there it stays an error.

use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Result, Severity},
};
use std::future::Future;

/// What a refresh finds; or, if all that goes wrong is that Okta does not answer, the state as it was, with all that is
/// remembered beside it, and one warning.
pub async fn or_as_it_was<M>(
    call: &Call,
    prior: M,
    refresh: impl Future<Output = Result<Option<M>>>,
) -> Result<Option<M>> {
    let remembered = call.private().clone();
    let problems = match refresh.await {
        Err(problems) if !call.importing() => problems,
        refreshed => return refreshed,
    };
    let mut errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
    let Some(first) = errors.next().filter(|first| first.unanswered).cloned() else { return Err(problems) };
    if errors.any(|other| !other.unanswered) {
        return Err(problems);
    }
    *call.private() = remembered;
    let told = first.and("It is planned as it was when it was last looked at, until a plan finds out more.");
    call.warn(Diagnostic { severity: Severity::Warning, ..told });
    Ok(Some(prior))
}
