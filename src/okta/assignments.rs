//! Who may use an app: the attributes `assigned_group_ids` and `assigned_user_ids`.
//!
//! An attribute nobody sets is unmanaged. An id that was in the state and is gone from the configuration is
//! unassigned; an id that was never ours is left alone, unless the resource is exclusive. People are assigned
//! directly (scope `USER`); nobody whom a group covers is taken away from the app.

use std::collections::BTreeSet;

use super::{
    api::{self, Client, Error, assignments::Scope},
    errors, ids,
};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Diagnostics, Result},
    model::{Attr, Set},
    path::Path,
    value::Value,
};

/// The attribute of the groups.
pub const GROUPS: &str = "assigned_group_ids";
/// The attribute of the people.
pub const USERS: &str = "assigned_user_ids";
const OTHER_WAYS: &str = "Members who have the app through another group or directly keep it.";

/// From so many on, one list of all people is cheaper than asking for each.
const ONE_BY_ONE: usize = 10;

/// Both attributes of one app.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assignments {
    /// Ids of groups.
    pub groups: Attr<Set<String>>,
    /// Ids of people assigned directly.
    pub users: Attr<Set<String>>,
}

/// How much of what is there belongs to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The ids in the state.
    Ours,
    /// Every id, of the attributes that are managed (exclusive assignments).
    Exclusive,
    /// Every id of both attributes: what the read after an import records.
    Everything,
}

impl Assignments {
    /// Looks at what is there.
    pub async fn read(&self, client: &Client, app_id: &str, reach: Reach) -> Result<Self, Error> {
        let mut found = self.clone();
        if reach == Reach::Everything || self.groups.is_set() {
            let present = match reach {
                Reach::Ours => client.groups_that_have(app_id, &ids(&self.groups)).await?,
                Reach::Exclusive | Reach::Everything => {
                    client.list_app_groups(app_id).await?.into_iter().map(|group| group.id).collect()
                }
            };
            found.groups = within(&self.groups, present, reach);
        }
        if reach == Reach::Everything || self.users.is_set() {
            let wanted = if reach == Reach::Ours { ids(&self.users) } else { BTreeSet::new() };
            let present = direct(client, app_id, (reach == Reach::Ours).then_some(&wanted)).await?;
            found.users = within(&self.users, present, reach);
        }
        Ok(found)
    }

    /// What may be there while [`apply`](Self::apply) is at work: what was, and what is planned. To be kept before it
    /// starts: what a break leaves undone the next read takes out again, whereas what was done and not recorded would
    /// never be ours to undo.
    pub fn meanwhile(&self, planned: &Self) -> Self {
        let both = |held: &Attr<Set<String>>, planned: &Attr<Set<String>>| match held.is_set() || planned.is_set() {
            true => of(&ids(held).union(&ids(planned)).cloned().collect()),
            false => Attr::Null,
        };
        Self { groups: both(&self.groups, &planned.groups), users: both(&self.users, &planned.users) }
    }

    /// Assigns and unassigns until it is as `planned`. New assignments come first, and groups before people, so that
    /// nobody loses the app on the way who is to have it in the end.
    pub async fn apply(
        &self,
        call: &Call,
        client: &Client,
        app_id: &str,
        planned: &Self,
        exclusive: bool,
    ) -> Result<()> {
        let (groups_at, users_at) = (Path::root().attribute(GROUPS), Path::root().attribute(USERS));
        let mut groups = Steps::default();
        if needs_work(&self.groups, &planned.groups, exclusive) {
            let present = group_ids(client, app_id).await?;
            groups = Steps::new(&self.groups, &planned.groups, &present, exclusive);
        }
        let mut users = Steps::default();
        if needs_work(&self.users, &planned.users, exclusive) {
            let touched: BTreeSet<String> = ids(&self.users).union(&ids(&planned.users)).cloned().collect();
            let present = direct(client, app_id, (!exclusive).then_some(&touched)).await;
            let listing = "Cannot list the people assigned to the Okta app";
            let present = present.map_err(|error| errors::diagnose_at(listing, &error, &users_at))?;
            users = Steps::new(&self.users, &planned.users, &present, exclusive);
        }
        for id in groups.assign {
            let assigned = client.assign_group(app_id, &id).await;
            assigned.map_err(|error| refused("assign the group", &id, &error, &groups_at))?;
        }
        for id in users.assign {
            let assigned = client.assign_user(app_id, &id).await;
            assigned.map_err(|error| refused("assign the user", &id, &error, &users_at))?;
        }
        for id in groups.unassign {
            let unassigned = client.unassign_group(app_id, &id).await;
            unassigned.map_err(|error| refused("unassign the group", &id, &error, &groups_at))?;
        }
        if users.unassign.is_empty() {
            return Ok(());
        }
        let left = group_ids(client, app_id).await?;
        for id in users.unassign {
            let unassigned = unassign_user(call, client, app_id, &id, &left).await;
            unassigned.map_err(|error| refused("unassign the user", &id, &error, &users_at))?;
        }
        Ok(())
    }

    /// Warns, while planning, how many people lose what they have through the ids that go away: all of them, where nothing is
    /// planned, since the app is deleted then. `consequence` is what becomes of the people, like "lose access to the app".
    pub async fn warn_of_losses(
        &self,
        call: &Call,
        client: Option<&Client>,
        planned: Option<&Self>,
        consequence: &str,
    ) {
        let (deleted, nothing) = (planned.is_none(), Self::default());
        let planned = planned.unwrap_or(&nothing);
        let gone = |before: &Attr<Set<String>>, after: &Attr<Set<String>>| -> Vec<String> {
            if after.is_unknown() || after.known().is_some_and(|after| !after.all_known()) {
                return Vec::new();
            }
            ids(before).difference(&ids(after)).cloned().collect()
        };
        let groups = gone(&self.groups, &planned.groups);
        if !groups.is_empty() {
            let mut lines = Vec::new();
            let mut people = Some(0);
            for id in &groups {
                // The figure is a courtesy: without it the warning says less, and the plan goes on.
                let count = match client {
                    Some(client) => client.group_member_count(id).await.ok().flatten(),
                    None => None,
                };
                people = people.zip(count).map(|(sum, count)| sum + count);
                lines.push(match count {
                    Some(count) => format!("{id}: {}", persons(count)),
                    None => format!("{id}: an unknown number of people"),
                });
            }
            let who = people.map_or_else(|| "People".to_owned(), |count| format!("Up to {}", persons(count)));
            let why = match groups.len() {
                _ if deleted => "The app is deleted, and so nobody keeps it.".to_owned(),
                1 => format!("A group is no longer in {GROUPS} and will be unassigned. {OTHER_WAYS}"),
                many => format!("{many} groups are no longer in {GROUPS} and will be unassigned. {OTHER_WAYS}"),
            };
            call.warn(
                Diagnostic::warning(format!("{who} {consequence}"), format!("{why}\n\n{}", lines.join("\n")))
                    .at(Path::root().attribute(GROUPS)),
            );
        }
        let users = gone(&self.users, &planned.users);
        if !users.is_empty() {
            let listed = users.join(", ");
            let why = match deleted {
                true => format!("The app is deleted, which is assigned to {listed}."),
                false => format!("No longer in {USERS}: {listed}. Whoever has the app through a group keeps it."),
            };
            call.warn(
                Diagnostic::warning(format!("Up to {} {consequence}", persons(users.len() as u64)), why)
                    .at(Path::root().attribute(USERS)),
            );
        }
    }
}

/// What is to be done.
#[derive(Debug, Default)]
struct Steps {
    assign: Vec<String>,
    unassign: Vec<String>,
}

impl Steps {
    fn new(ours: &Attr<Set<String>>, planned: &Attr<Set<String>>, present: &BTreeSet<String>, exclusive: bool) -> Self {
        // A list given up is not exclusive any longer.
        let exclusive = exclusive && planned.is_set();
        let (ours, planned) = (ids(ours), ids(planned));
        let extra = if exclusive { present } else { &ours };
        Self {
            assign: planned.difference(present).cloned().collect(),
            unassign: extra.difference(&planned).filter(|id| present.contains(*id)).cloned().collect(),
        }
    }
}

/// A list that stays as it was needs no look at Okta: the read before the plan had one.
fn needs_work(held: &Attr<Set<String>>, planned: &Attr<Set<String>>, exclusive: bool) -> bool {
    ids(held) != ids(planned) || exclusive && planned.is_set()
}

async fn group_ids(client: &Client, app: &str) -> Result<BTreeSet<String>> {
    let listing = "Cannot list the groups assigned to the Okta app";
    let listed = client.list_app_groups(app).await;
    let listed = listed.map_err(|error| errors::diagnose_at(listing, &error, &Path::root().attribute(GROUPS)))?;
    Ok(listed.into_iter().map(|group| group.id).collect())
}

fn ids(attribute: &Attr<Set<String>>) -> BTreeSet<String> {
    attribute.known().into_iter().flat_map(Set::iter).cloned().collect()
}

fn of(ids: &BTreeSet<String>) -> Attr<Set<String>> {
    Attr::Known(ids.iter().cloned().collect())
}

fn within(state: &Attr<Set<String>>, present: BTreeSet<String>, reach: Reach) -> Attr<Set<String>> {
    match reach {
        Reach::Ours => of(&ids(state).intersection(&present).cloned().collect()),
        Reach::Exclusive => of(&present),
        // Nothing assigned and nothing managed look the same; "unmanaged" is the one that breaks nothing.
        Reach::Everything if present.is_empty() => Attr::Null,
        Reach::Everything => of(&present),
    }
}

/// The people assigned directly; with `among`, those of them only.
async fn direct(client: &Client, app: &str, among: Option<&BTreeSet<String>>) -> Result<BTreeSet<String>, Error> {
    let mut users = Vec::new();
    match among {
        Some(among) if among.len() <= ONE_BY_ONE => {
            for id in among {
                users.extend(client.app_user(app, id).await?);
            }
        }
        _ => users = client.list_app_users(app).await?,
    }
    let direct = users.into_iter().filter(|user| user.scope == Scope::User).map(|user| user.id);
    Ok(direct.filter(|id| among.is_none_or(|among| among.contains(id))).collect())
}

/// Takes a direct assignment away. Whoever one of these groups covers keeps the app, through that group.
async fn unassign_user(
    call: &Call,
    client: &Client,
    app: &str,
    id: &str,
    groups: &BTreeSet<String>,
) -> Result<(), Error> {
    let covered = !groups.is_empty() && client.user_groups(id).await?.iter().any(|group| groups.contains(&group.id));
    if !covered {
        return client.unassign_user(app, id).await;
    }
    // That the assignment can be handed over like this is not verified against a live tenant.
    match client.hand_user_to_group(app, id).await.map(drop) {
        Err(error) if error.refusal().is_some() && !api::is_gone(&error) => {
            call.warn(
                Diagnostic::warning(
                    format!("User {id} stays assigned directly"),
                    "A group assigned to the app covers this person, so the assignment was not deleted, and Okta \
                     refused to turn it into one through the group. It outlives the group's; remove it in Okta's \
                     console (Assignments tab of the app) if it is not wanted.",
                )
                .at(Path::root().attribute(USERS)),
            );
            Ok(())
        }
        Err(error) if !api::is_gone(&error) => Err(error),
        _ => Ok(()),
    }
}

fn refused(verb: &str, id: &str, error: &Error, at: &Path) -> Diagnostics {
    errors::diagnose_at(&format!("Cannot {verb} {id}"), error, at).into()
}

fn persons(count: u64) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

/// For `assigned_group_ids`: Okta's ids of groups.
pub fn group_id(value: &Value) -> Result<(), String> {
    ids::check(
        value,
        "00g",
        "a group",
        "Write the group's id, which its page in Okta's console has in its address, not its name",
    )
}

/// For `assigned_user_ids`: Okta's ids of people.
pub fn user_id(value: &Value) -> Result<(), String> {
    ids::check(value, "00u", "a person", "Write the user's id, not the login or email address")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ids: &[&str]) -> Attr<Set<String>> {
        Attr::Known(ids.iter().map(|id| (*id).to_owned()).collect())
    }

    fn present(ids: &[&str]) -> BTreeSet<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn only_the_difference_is_done() {
        let steps = Steps::new(&set(&["a", "b"]), &set(&["b", "c", "d"]), &present(&["a", "b", "d", "x"]), false);
        assert_eq!(steps.assign, ["c"], "d is there already");
        assert_eq!(steps.unassign, ["a"], "x was never ours");
    }

    #[test]
    fn exclusive_takes_strangers_away() {
        let steps = Steps::new(&set(&["a"]), &set(&["a"]), &present(&["a", "x"]), true);
        assert!(steps.assign.is_empty());
        assert_eq!(steps.unassign, ["x"]);
        let steps = Steps::new(&set(&["a"]), &Attr::Null, &present(&["a", "x"]), true);
        assert_eq!(steps.unassign, ["a"], "a list given up removes what was ours");
    }

    #[test]
    fn what_is_gone_already_is_not_unassigned() {
        let steps = Steps::new(&set(&["a"]), &Attr::Null, &present(&[]), false);
        assert!(steps.assign.is_empty() && steps.unassign.is_empty());
    }

    #[test]
    fn a_read_reaches_as_far_as_it_should() {
        let there = present(&["a", "x"]);
        assert_eq!(within(&set(&["a", "b"]), there.clone(), Reach::Ours), set(&["a"]));
        assert_eq!(within(&set(&["a", "b"]), there.clone(), Reach::Exclusive), set(&["a", "x"]));
        assert_eq!(within(&Attr::Null, there, Reach::Everything), set(&["a", "x"]));
        assert_eq!(within(&Attr::Null, present(&[]), Reach::Everything), Attr::Null);
    }

    #[test]
    fn names_are_no_ids() {
        assert!(group_id(&Value::string("00g1a2b3c4d5e6f7g8h9")).is_ok());
        let problem = group_id(&Value::string("Engineering")).unwrap_err();
        assert!(problem.contains("not its name"), "{problem}");
        assert!(user_id(&Value::string("00g1a2b3c4d5e6f7g8h9")).is_err());
    }
}
