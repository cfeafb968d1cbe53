//! Who has the app: the two lists of assignments, as the other resources of Okta's handle them.

use super::ScimApp;
use crate::framework::{call::Call, diagnostic::Result, path::Path};
use crate::okta::{
    api::Client,
    assignments::{Assignments, Reach},
    errors,
};

fn of(model: &ScimApp) -> Assignments {
    Assignments { groups: model.assigned_group_ids.clone(), users: model.assigned_user_ids.clone() }
}

fn put(assignments: Assignments, state: &mut ScimApp) {
    state.assigned_group_ids = assignments.groups;
    state.assigned_user_ids = assignments.users;
}

/// What of the state is assigned still; with exclusive lists and after an import, all that is assigned.
pub(super) async fn read(call: &Call, okta: &Client, state: &mut ScimApp) -> Result<()> {
    let reach = match (call.importing(), state.exclusive_assignments.is_true()) {
        (true, _) => Reach::Everything,
        (false, true) => Reach::Exclusive,
        (false, false) => Reach::Ours,
    };
    let found = of(state)
        .read(okta, super::id(state)?, reach)
        .await
        .map_err(|error| errors::diagnose_at("Cannot list who is assigned to the SCIM app", &error, &Path::root()))?;
    put(found, state);
    Ok(())
}

/// Makes the assignments those of the plan, and records them in `state`.
pub(super) async fn apply(call: &Call, okta: &Client, state: &mut ScimApp, planned: &ScimApp) -> Result<()> {
    let held = of(state);
    let planned_ids = of(planned);
    put(held.meanwhile(&planned_ids), state);
    call.keep(state);
    held.apply(call, okta, super::id(state)?, &planned_ids, planned.exclusive_assignments.is_true()).await?;
    put(planned_ids, state);
    Ok(())
}

/// Removes what the state holds, for destruction.
pub(super) async fn remove_all(call: &Call, okta: &Client, state: &ScimApp) -> Result<()> {
    of(state).apply(call, okta, super::id(state)?, &Assignments::default(), false).await
}

/// Says, before it is done, how many people lose the app.
pub(super) async fn warn_of_losses(call: &Call, okta: Option<&Client>, prior: &ScimApp, planned: Option<&ScimApp>) {
    let deactivates = prior.provisioning.known().is_some_and(|switches| switches.deactivate_users.is_true());
    let consequence = match deactivates {
        true => "will lose the SCIM app, and their accounts in it are deactivated",
        false => "will lose the SCIM app; their accounts in it may stay active",
    };
    let planned = planned.map(of);
    of(prior).warn_of_losses(call, okta, planned.as_ref(), consequence).await;
}
