//! What waits for a person, and what was in force when the waiting began.
//!
//! While an app is not connected, the state has its assignments and push groups as configured, so that they are no
//! drift. What Okta has is then another matter: ids can leave the configuration meanwhile. They are not removed at
//! once, because a removal through a connection that is off, or before *Deactivate Users* is on, takes the app away
//! and leaves the account behind it active for ever. So what was sent is remembered in private state, and what of it
//! is no longer configured is removed as soon as there is something to remove it through.

use serde::{Deserialize, Serialize};

use super::{PushGroup, ScimApp};
use crate::framework::{
    call::Call,
    model::{Attr, Set},
};
use crate::okta::assignments::{GROUPS, USERS};

const PUSH_GROUPS: &str = "push_groups";

/// Private state: [`Sent`]. It is there as long as `setup_pending` is true.
const SENT: &str = "sent";

/// Private state: the lists that the configuration gave up altogether while it waited, and that are to be emptied.
const GIVEN_UP: &str = "given_up";

/// What of the lists was in force when the waiting began.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Sent {
    groups: Vec<String>,
    users: Vec<String>,
    push_groups: Vec<SentPush>,
}

/// A [`PushGroup`] as private state has it.
#[derive(Debug, Serialize, Deserialize)]
struct SentPush {
    source: String,
    target: Option<String>,
    delete_target: bool,
}

/// Begins to wait: remembers the lists of `state`, which are in force, before they are overwritten. If it waits
/// already, what is remembered stays.
pub(super) fn begin(call: &Call, state: &mut ScimApp) {
    if state.setup_pending.is_true() {
        return;
    }
    let sent = Sent {
        groups: elements(&state.assigned_group_ids),
        users: elements(&state.assigned_user_ids),
        push_groups: elements(&state.push_groups).iter().filter_map(SentPush::of).collect(),
    };
    call.private().set(SENT, sent);
    state.setup_pending = true.into();
}

/// Ends it, to make changes: the lists of `state` are what was sent, and nothing of what waited.
pub(super) fn end(call: &Call, state: &mut ScimApp) {
    if !state.setup_pending.is_true() {
        return;
    }
    *state = sent(call, state);
    call.private().remove(SENT);
}

/// Ends it, to look at what there is: the lists of `state` are what was sent and what waited, which somebody else may
/// have done by hand.
pub(super) fn end_with_all(call: &Call, state: &mut ScimApp) {
    if !state.setup_pending.is_true() {
        return;
    }
    let waited = state.clone();
    end(call, state);
    let given_up = [
        (GROUPS, waited.assigned_group_ids.is_null() && state.assigned_group_ids.is_set()),
        (USERS, waited.assigned_user_ids.is_null() && state.assigned_user_ids.is_set()),
        (PUSH_GROUPS, waited.push_groups.is_null() && state.push_groups.is_set()),
    ];
    let names: Vec<&str> = given_up.into_iter().filter(|(_, given_up)| *given_up).map(|(name, _)| name).collect();
    call.private().set(GIVEN_UP, names);
    add(&mut state.assigned_group_ids, &waited.assigned_group_ids, |a, b| a == b);
    add(&mut state.assigned_user_ids, &waited.assigned_user_ids, |a, b| a == b);
    add(&mut state.push_groups, &waited.push_groups, |a, b| a.source_group_id == b.source_group_id);
}

/// Empties, in a plan, the lists that the configuration gave up while it waited. The apply that gave them up sent
/// nothing, and by the next one they would count as never configured, and be left alone.
pub(super) fn plan_given_up(call: &Call, config: &ScimApp, planned: &mut ScimApp) {
    let given_up: Vec<String> = call.private().get(GIVEN_UP).unwrap_or_default();
    for name in given_up {
        match name.as_str() {
            GROUPS if config.assigned_group_ids.is_null() => planned.assigned_group_ids = Attr::Null,
            USERS if config.assigned_user_ids.is_null() => planned.assigned_user_ids = Attr::Null,
            PUSH_GROUPS if config.push_groups.is_null() => planned.push_groups = Attr::Null,
            _ => {}
        }
    }
}

/// Forgets what was given up, once nothing is left of it.
pub(super) fn done(call: &Call) {
    call.private().remove(GIVEN_UP);
}

/// The state with what is in force, whether or not something waits.
pub(super) fn sent(call: &Call, state: &ScimApp) -> ScimApp {
    if !state.setup_pending.is_true() {
        return state.clone();
    }
    let sent: Sent = call.private().get(SENT).unwrap_or_default();
    let waiting = elements(&state.push_groups);
    let push_groups = sent.push_groups.into_iter().map(PushGroup::from).map(|sent| {
        // What becomes of the target group is Terraform's own, and never waits.
        waiting.iter().find(|other| other.is_same_mapping(&sent)).cloned().unwrap_or(sent)
    });
    ScimApp {
        assigned_group_ids: list(sent.groups),
        assigned_user_ids: list(sent.users),
        push_groups: list(push_groups),
        setup_pending: false.into(),
        ..state.clone()
    }
}

impl SentPush {
    fn of(group: &PushGroup) -> Option<Self> {
        Some(Self {
            source: group.source_group_id.text()?.to_owned(),
            target: group.target_group_name.text().map(str::to_owned),
            delete_target: group.delete_target_group_on_destroy.is_true(),
        })
    }
}

impl From<SentPush> for PushGroup {
    fn from(sent: SentPush) -> Self {
        Self {
            source_group_id: sent.source.into(),
            target_group_name: sent.target.into(),
            delete_target_group_on_destroy: sent.delete_target.into(),
        }
    }
}

fn elements<T: Clone>(attr: &Attr<Set<T>>) -> Vec<T> {
    attr.known().map(|set| set.iter().cloned().collect()).unwrap_or_default()
}

/// Null if there is nothing.
fn list<T>(items: impl IntoIterator<Item = T>) -> Attr<Set<T>> {
    let mut items = items.into_iter().peekable();
    if items.peek().is_none() { Attr::Null } else { Attr::Known(items.collect()) }
}

/// Adds what of `more` is not there. A list that is set in either is set.
fn add<T: Clone>(attr: &mut Attr<Set<T>>, more: &Attr<Set<T>>, same: fn(&T, &T) -> bool) {
    let Some(more) = more.known() else { return };
    let mut all = elements(attr);
    for item in more.iter() {
        if !all.iter().any(|other| same(other, item)) {
            all.push(item.clone());
        }
    }
    *attr = Attr::Known(all.into_iter().collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ids: &[&str]) -> Attr<Set<String>> {
        Attr::Known(ids.iter().map(|id| (*id).to_owned()).collect())
    }

    fn pushed(source: &str, target: Option<&str>, delete: bool) -> PushGroup {
        PushGroup {
            source_group_id: source.into(),
            target_group_name: target.map(str::to_owned).into(),
            delete_target_group_on_destroy: delete.into(),
        }
    }

    fn pushes(all: &[PushGroup]) -> Attr<Set<PushGroup>> {
        Attr::Known(all.iter().cloned().collect())
    }

    /// A call, and a state in which `a` and `b` were sent, and `b` and `c` wait.
    fn waiting() -> (Call, ScimApp) {
        let call = Call::default();
        let mut state = ScimApp {
            assigned_group_ids: set(&["a", "b"]),
            push_groups: pushes(&[pushed("a", Some("x"), false), pushed("b", None, false)]),
            ..ScimApp::default()
        };
        for _ in 0..2 {
            begin(&call, &mut state);
            state.assigned_group_ids = set(&["b", "c"]);
            state.push_groups = pushes(&[pushed("a", Some("y"), false), pushed("b", None, true)]);
        }
        (call, state)
    }

    #[test]
    fn changes_start_from_what_was_sent_however_often_the_plan_has_changed_since() {
        let (call, mut state) = waiting();
        end(&call, &mut state);
        assert_eq!((state.assigned_group_ids.clone(), state.assigned_user_ids.clone()), (set(&["a", "b"]), Attr::Null));
        let expected = [pushed("a", Some("x"), false), pushed("b", None, true)];
        assert_eq!(state.push_groups, pushes(&expected), "with what is to become of the target group by now");
        let ended = state.clone();
        end(&call, &mut state);
        assert_eq!(state, ended, "nothing waits any more");
    }

    #[test]
    fn looking_includes_what_waited_and_one_mapping_per_source() {
        let (call, mut state) = waiting();
        end_with_all(&call, &mut state);
        assert_eq!(state.assigned_group_ids, set(&["a", "b", "c"]));
        assert_eq!(state.push_groups, pushes(&[pushed("a", Some("x"), false), pushed("b", None, true)]));
        assert_eq!(state.assigned_user_ids, Attr::Null, "unmanaged stays unmanaged");
    }
}
