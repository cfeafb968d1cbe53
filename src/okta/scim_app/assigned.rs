//! Who has the app: the groups and people assigned to it.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tags/applicationgroups>. A list that is null
//! is nobody's business here. Of one that is set, what it names is assigned, what it named before and no longer does is
//! unassigned, and everything else is left alone unless the lists are exclusive. Unassigning is dangerous: people lose
//! their accounts. So new assignments come first, and a person whom an assigned group covers is handed over to it.

use super::{ScimApp, failed};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Result},
    model::{Attr, Set},
    path::Path,
};
use crate::okta::api::{Client, assignments::Scope, is_gone};
use crate::path;

type Ids = Attr<Set<String>>;

fn groups_at() -> Path {
    path!(ScimApp.assigned_group_ids)
}

fn users_at() -> Path {
    path!(ScimApp.assigned_user_ids)
}

/// What of the state is assigned still; with exclusive lists and after an import, all that is assigned.
pub(super) async fn read(call: &Call, okta: &Client, state: &mut ScimApp) -> Result<()> {
    let app_id = state.id.text().unwrap_or_default().to_owned();
    let all = state.exclusive_assignments.is_true();
    if call.importing() || state.assigned_group_ids.is_set() {
        let there = groups(okta, &app_id).await?;
        state.assigned_group_ids = found(&state.assigned_group_ids, there, all, call.importing());
    }
    if call.importing() || state.assigned_user_ids.is_set() {
        let there = direct_users(okta, &app_id).await?;
        state.assigned_user_ids = found(&state.assigned_user_ids, there, all, call.importing());
    }
    Ok(())
}

fn found(held: &Ids, mut there: Vec<String>, all: bool, importing: bool) -> Ids {
    if importing {
        return if there.is_empty() { Attr::Null } else { Attr::Known(there.into_iter().collect()) };
    }
    let held = ids(held);
    let mut kept: Vec<String> = held.iter().filter(|id| there.contains(id)).cloned().collect();
    if all {
        there.retain(|id| !held.contains(id));
        kept.append(&mut there);
    }
    Attr::Known(kept.into_iter().collect())
}

/// Makes the assignments those of the plan, and records them in `state`.
pub(super) async fn apply(call: &Call, okta: &Client, state: &mut ScimApp, planned: &ScimApp) -> Result<()> {
    let app_id = state.id.text().unwrap_or_default().to_owned();
    let exclusive = planned.exclusive_assignments.is_true();
    let groups_change = match touched(&state.assigned_group_ids, &planned.assigned_group_ids) {
        true => Change::between(
            &ids(&state.assigned_group_ids),
            planned.assigned_group_ids.known().map(|_| ids(&planned.assigned_group_ids)),
            &groups(okta, &app_id).await?,
            exclusive,
        ),
        false => Change::default(),
    };
    let users_change = match touched(&state.assigned_user_ids, &planned.assigned_user_ids) {
        true => Change::between(
            &ids(&state.assigned_user_ids),
            planned.assigned_user_ids.known().map(|_| ids(&planned.assigned_user_ids)),
            &direct_users(okta, &app_id).await?,
            exclusive,
        ),
        false => Change::default(),
    };

    // Recorded before it is done: what a break leaves undone the next read takes out again, whereas what was done and
    // not recorded would never be ours to undo.
    state.assigned_group_ids = both(&state.assigned_group_ids, &planned.assigned_group_ids);
    state.assigned_user_ids = both(&state.assigned_user_ids, &planned.assigned_user_ids);
    call.keep(state);

    for id in &groups_change.add {
        let assigned = okta.assign_group(&app_id, id).await;
        assigned.map_err(|error| failed(&format!("assign the group {id} to the app"), &error, groups_at()))?;
    }
    for id in &users_change.add {
        let assigned = okta.assign_user(&app_id, id).await;
        assigned.map_err(|error| failed(&format!("assign the user {id} to the app"), &error, users_at()))?;
    }
    unassign(okta, &app_id, &groups_change.remove, &users_change.remove).await?;
    state.assigned_group_ids = planned.assigned_group_ids.clone();
    state.assigned_user_ids = planned.assigned_user_ids.clone();
    Ok(())
}

/// Removes what the state holds, for destruction.
pub(super) async fn remove_all(okta: &Client, app_id: &str, state: &ScimApp) -> Result<()> {
    let mut users = ids(&state.assigned_user_ids);
    if !users.is_empty() {
        let there = direct_users(okta, app_id).await?;
        users.retain(|id| there.contains(id));
    }
    unassign(okta, app_id, &ids(&state.assigned_group_ids), &users).await
}

/// Groups first: whoever is covered by one that stays must not lose the account, nor whoever is covered by one that
/// goes have it taken twice.
async fn unassign(okta: &Client, app_id: &str, group_ids: &[String], user_ids: &[String]) -> Result<()> {
    for id in group_ids {
        let unassigned = okta.unassign_group(app_id, id).await;
        unassigned.map_err(|error| failed(&format!("unassign the group {id} from the app"), &error, groups_at()))?;
    }
    if user_ids.is_empty() {
        return Ok(());
    }
    let left = groups(okta, app_id).await?;
    for id in user_ids {
        let what = format!("unassign the user {id} from the app");
        let member = okta.user_groups(id).await.map_err(|error| failed(&what, &error, users_at()))?;
        let covered = member.iter().any(|group| left.contains(&group.id));
        let done = match covered {
            true => okta.hand_user_to_group(app_id, id).await.map(drop),
            false => okta.unassign_user(app_id, id).await,
        };
        match done {
            Err(error) if !is_gone(&error) => return Err(failed(&what, &error, users_at()).into()),
            _ => {}
        }
    }
    Ok(())
}

/// What is to be done about one list.
#[derive(Debug, Default, PartialEq, Eq)]
struct Change {
    add: Vec<String>,
    remove: Vec<String>,
}

impl Change {
    /// `held`: in the state. `wanted`: in the plan; `None` if the list is not managed any longer. `there`: at Okta.
    fn between(held: &[String], wanted: Option<Vec<String>>, there: &[String], exclusive: bool) -> Self {
        let exclusive = exclusive && wanted.is_some();
        let wanted = wanted.unwrap_or_default();
        let ours = |id: &&String| exclusive || held.contains(id);
        Self {
            add: wanted.iter().filter(|id| !there.contains(id)).cloned().collect(),
            remove: there.iter().filter(ours).filter(|id| !wanted.contains(id)).cloned().collect(),
        }
    }
}

fn touched(held: &Ids, planned: &Ids) -> bool {
    held.is_set() || planned.is_set()
}

/// Says, before it is done, how many people lose the app.
pub(super) async fn warn_of_removals(call: &Call, okta: &Client, prior: &ScimApp, planned: &ScimApp) {
    if planned.assigned_group_ids.is_unknown() || planned.assigned_user_ids.is_unknown() {
        return;
    }
    let leaving = |prior: &Ids, planned: &Ids| {
        let stay = ids(planned);
        ids(prior).into_iter().filter(|id| !stay.contains(id)).collect::<Vec<_>>()
    };
    let groups = leaving(&prior.assigned_group_ids, &planned.assigned_group_ids);
    let users = leaving(&prior.assigned_user_ids, &planned.assigned_user_ids);
    warn(call, okta, planned, &groups, &users).await;
}

/// The same for the whole app.
pub(super) async fn warn_of_destruction(call: &Call, okta: &Client, state: &ScimApp) {
    warn(call, okta, state, &ids(&state.assigned_group_ids), &ids(&state.assigned_user_ids)).await;
}

async fn warn(call: &Call, okta: &Client, model: &ScimApp, groups: &[String], users: &[String]) {
    if groups.is_empty() && users.is_empty() {
        return;
    }
    let mut people = Some(users.len() as u64);
    for id in groups {
        // Not knowing how many is no reason to refuse the plan.
        let members = okta.group_member_count(id).await.ok().flatten();
        people = people.zip(members).map(|(people, members)| people + members);
    }
    let people = match people {
        Some(1) => "1 person loses".to_owned(),
        Some(count) => format!("up to {count} people lose"),
        None => "an unknown number of people lose".to_owned(),
    };
    let deactivates = model.provisioning.known().is_some_and(|switches| switches.deactivate_users.is_true());
    let effect = match deactivates {
        true => "Deactivate Users is enabled: Okta deactivates their accounts in the app.",
        false => "Deactivate Users is not known to be enabled: their accounts in the app may stay active.",
    };
    let listed = [groups, users].concat().join(", ");
    let path = if groups.is_empty() { users_at() } else { groups_at() };
    call.warn(
        Diagnostic::warning(
            format!("Unassigning from the SCIM app: {people} it"),
            format!(
                "{listed} will be unassigned. {effect} Whoever is covered by another assigned group keeps the app."
            ),
        )
        .at(path),
    );
}

async fn groups(okta: &Client, app_id: &str) -> Result<Vec<String>> {
    let listed = okta.list_app_groups(app_id).await;
    let listed = listed.map_err(|error| failed("list the groups assigned to the app", &error, groups_at()))?;
    Ok(listed.into_iter().map(|group| group.id).collect())
}

/// People assigned directly. Those who have the app through a group are the group's.
async fn direct_users(okta: &Client, app_id: &str) -> Result<Vec<String>> {
    let listed = okta.list_app_users(app_id).await;
    let listed = listed.map_err(|error| failed("list the people assigned to the app", &error, users_at()))?;
    Ok(listed.into_iter().filter(|user| user.scope == Scope::User).map(|user| user.id).collect())
}

fn ids(attr: &Ids) -> Vec<String> {
    attr.known().map(|set| set.iter().cloned().collect()).unwrap_or_default()
}

fn both(held: &Ids, planned: &Ids) -> Ids {
    if !touched(held, planned) {
        return Attr::Null;
    }
    let mut all = ids(held);
    let more: Vec<String> = ids(planned).into_iter().filter(|id| !all.contains(id)).collect();
    all.extend(more);
    Attr::Known(all.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[&str]) -> Vec<String> {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    fn set(items: &[&str]) -> Ids {
        Attr::Known(list(items).into_iter().collect())
    }

    #[test]
    fn what_is_there_is_not_written_again_and_what_was_never_ours_stays() {
        let change = Change::between(&list(&["a", "b"]), Some(list(&["b", "c"])), &list(&["a", "b", "other"]), false);
        assert_eq!(change, Change { add: list(&["c"]), remove: list(&["a"]) });
    }

    #[test]
    fn exclusive_lists_remove_what_others_assigned() {
        let change = Change::between(&list(&["a"]), Some(list(&["a"])), &list(&["a", "other"]), true);
        assert_eq!(change, Change { add: list(&[]), remove: list(&["other"]) });
    }

    #[test]
    fn a_list_given_up_removes_what_was_ours_even_if_lists_are_exclusive() {
        let change = Change::between(&list(&["a"]), None, &list(&["a", "other"]), true);
        assert_eq!(change, Change { add: list(&[]), remove: list(&["a"]) });
    }

    #[test]
    fn a_read_finds_ours_and_an_import_everything() {
        let held = set(&["a", "b"]);
        assert_eq!(found(&held, list(&["other", "b"]), false, false), set(&["b"]));
        assert_eq!(found(&held, list(&["other", "b"]), true, false), set(&["b", "other"]));
        assert_eq!(found(&Attr::Null, list(&["x"]), false, true), set(&["x"]));
        assert_eq!(found(&Attr::Null, list(&[]), false, true), Attr::Null);
    }
}
