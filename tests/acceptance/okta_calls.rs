//! What a step asks of Okta, and how Okta says no.

use serde_json::{Value, json};
use zt::mock::Side;
use zt::mock::journal::Exchange;

use crate::harness::story::Story;

/// What Okta was asked while `step` ran.
pub(crate) fn asked(story: &Story, step: impl FnOnce(&Story)) -> Vec<Exchange> {
    let mark = story.mock().journal().len();
    step(story);
    story.mock().journal().since(mark).into_iter().filter(|exchange| exchange.side == Side::Okta).collect()
}

/// The writes among it, in their [`short`] form.
pub(crate) fn writes(story: &Story, step: impl FnOnce(&Story)) -> Vec<String> {
    let asked = asked(story, step).into_iter();
    asked.filter(|exchange| exchange.method != "GET").map(|exchange| short(&exchange)).collect()
}

/// `PUT /api/v1/apps/0oa…/groups/00g…` as `PUT apps/*/groups/*`.
pub(crate) fn short(exchange: &Exchange) -> String {
    const KINDS: [&str; 6] = ["0oa", "00g", "00u", "rst", "ocs", "gPm"];
    let is_id = |part: &str| part.len() == 20 && KINDS.iter().any(|kind| part.starts_with(kind));
    let path = exchange.path.trim_start_matches("/api/v1/");
    let parts = path.split('/').map(|part| if is_id(part) { "*" } else { part });
    format!("{} {}", exchange.method, parts.collect::<Vec<_>>().join("/"))
}

/// Okta's error envelope.
pub(crate) fn refusal(code: &str, summary: &str, causes: &[&str]) -> Value {
    let causes: Vec<Value> = causes.iter().map(|cause| json!({"errorSummary": cause})).collect();
    json!({"errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oaeTest", "errorCauses": causes})
}

/// The refusal of credentials that may not do this.
pub(crate) fn forbidden() -> Value {
    refusal("E0000006", "You do not have permission to perform the requested action", &[])
}
