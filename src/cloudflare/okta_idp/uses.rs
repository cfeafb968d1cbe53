//! What would break without the login method: a warning before it is destroyed or replaced.

use super::{Client, OktaIdp, located};
use crate::cloudflare::api::uses::Noun;
use crate::framework::call::Call;
use crate::framework::diagnostic::Diagnostic;

/// Names that are listed; there may be hundreds.
const LISTED: usize = 5;

/// Warns of applications, policies and groups that name the login method, as far as the token may read them.
pub(super) async fn warn(call: &Call, client: Option<&Client>, state: &OktaIdp) {
    let (Some(client), Ok((id, scope))) = (client, located(state)) else { return };
    let mut uses = Vec::new();
    for &noun in Noun::of(&scope) {
        match client.cloudflare.api().names_of_uses(&scope, noun, id).await {
            Ok(Some(names)) => uses.extend(names.into_iter().map(|name| format!("{} {name:?}", noun.name()))),
            // A token that may not read them is no reason to stop, and a plan that warns of that every time none either.
            Ok(None) => tracing::debug!(?noun, "what uses the login method may not be read"),
            Err(error) => tracing::debug!(%error, ?noun, "what uses the login method cannot be told"),
        }
    }
    if uses.is_empty() {
        return;
    }
    let more = uses.len().saturating_sub(LISTED);
    let listed = uses.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    call.warn(Diagnostic::warning(
        format!("The login method {:?} is still in use", state.name.text().unwrap_or_default()),
        format!(
            "These name it: {listed}{more}. Without it people cannot log in where nothing else is allowed, and rules about \
             it or its groups match nobody. A replacement has another id, which has to be put in there."
        ),
    ));
}
