//! What is sent about one pushed group, request by request.

use super::choice::Errand;
use super::client::{Client, Trouble};
use super::resources::{Members, all_members, changed_members, naming, new_group};
use super::results::{Failure, Report, Step};
use crate::mock::okta::org::Org;
use crate::mock::world::World;

/// The endpoint for groups.
const GROUPS: &str = "Groups";

/// What the app was told of a group last.
#[derive(Clone, PartialEq)]
pub(crate) struct Pushed {
    pub(crate) name: String,
    pub(crate) members: Members,
}

/// One push.
struct Push {
    /// What the app is to know.
    wanted: Pushed,
    /// Id of the group in the app.
    external_id: Option<String>,
    /// What it knows; none if that is not certain.
    known: Option<Pushed>,
}

impl Org {
    /// The push of an errand, unless the mapping is gone or off. Of the source group's members those count who are
    /// linked to a user in the app.
    fn push(&self, errand: &Errand) -> Option<Push> {
        let app = self.apps.get(&errand.lane.app)?;
        let target = self.groups.get(errand.lane.subject_id())?;
        let mapping = app.mappings.iter().find(|mapping| mapping.target == target.id && mapping.is_on())?;
        let source = self.groups.get(&mapping.source)?;
        let linked = source.members.iter().filter_map(|id| {
            let assigned = app.users.get(id)?;
            Some((assigned.external_id.clone()?, assigned.user_name.clone()))
        });
        Some(Push {
            wanted: Pushed { name: target.name().to_owned(), members: linked.collect() },
            external_id: target.external_id.clone(),
            known: mapping.pushed.clone(),
        })
    }
}

/// Creates the group with its members, or tells what has changed since it was told last. Where that is not certain,
/// the app is told everything.
pub(super) async fn push(world: &World, errand: &Errand) -> Result<(), Failure> {
    let Some(push) = world.okta().push(errand) else { return Ok(()) };
    let client = Client::new(world, &errand.endpoint);
    let Pushed { name, members } = &push.wanted;
    let start = format!("Unable to update Group Push mapping target App group {name}");
    let report = Report { start, name };
    let steps = match (&push.external_id, &push.known) {
        (None, _) => match client.find(GROUPS, "displayName", name).await.map_err(report.of(Step::VerifyGroup))? {
            None => {
                let made =
                    client.post(GROUPS, &new_group(name, members)).await.map_err(report.of(Step::CreateGroup))?;
                let Some(id) = made["id"].as_str() else {
                    return Err(report.of(Step::CreateGroup)(Trouble::useless(
                        "Create new group returned empty group.",
                    )));
                };
                world.okta().group_found(errand, id, name, world.clock.now());
                vec![Step::CreateGroup]
            }
            Some(held) => {
                let Some(id) = held["id"].as_str() else {
                    let trouble = Trouble::useless("The remote server returned a group without an id");
                    return Err(report.of(Step::VerifyGroup)(trouble));
                };
                world.okta().group_found(errand, id, name, world.clock.now());
                tell_all(&client, id, &push.wanted, &report).await?;
                vec![Step::UpdateGroup]
            }
        },
        (Some(id), None) => {
            let of = Report { name: &format!("{name} with the externalId {id}"), start: report.start.clone() };
            client.get(GROUPS, id).await.map_err(of.of(Step::GetGroup))?;
            tell_all(&client, id, &push.wanted, &report).await?;
            vec![Step::UpdateGroup]
        }
        (Some(id), Some(known)) => tell_changes(&client, id, known, &push.wanted, &report).await?,
    };
    world.okta().pushed(errand, push.wanted, &steps, world.clock.now());
    Ok(())
}

/// The name goes with every change of membership.
async fn tell_all(client: &Client<'_>, id: &str, wanted: &Pushed, report: &Report<'_>) -> Result<(), Failure> {
    client.patch(GROUPS, id, &naming(id, &wanted.name)).await.map_err(report.of(Step::RenameGroup))?;
    client.patch(GROUPS, id, &all_members(&wanted.members)).await.map_err(report.of(Step::PushMembers))?;
    Ok(())
}

async fn tell_changes(
    client: &Client<'_>,
    id: &str,
    known: &Pushed,
    wanted: &Pushed,
    report: &Report<'_>,
) -> Result<Vec<Step>, Failure> {
    let mut steps = Vec::new();
    let change = changed_members(&known.members, &wanted.members);
    if known.name != wanted.name || change.is_some() {
        client.patch(GROUPS, id, &naming(id, &wanted.name)).await.map_err(report.of(Step::RenameGroup))?;
    }
    if known.name != wanted.name {
        steps.push(Step::RenameGroup);
    }
    if let Some(change) = change {
        client.patch(GROUPS, id, &change).await.map_err(report.of(Step::PushMembers))?;
        steps.push(Step::PushMembers);
    }
    Ok(steps)
}

/// Deletes the group; one that is gone counts as deleted.
pub(super) async fn delete(world: &World, errand: &Errand, external_id: &str, name: &str) -> Result<(), Failure> {
    let client = Client::new(world, &errand.endpoint);
    match client.delete(GROUPS, external_id).await {
        Err(trouble) if !trouble.is_not_found() => {
            let start = format!("Unable to delete Group Push mapping target App group {name}");
            Err(Report { start, name }.of(Step::DeleteGroup)(trouble))
        }
        _ => {
            world.okta().note(Step::DeleteGroup.succeeded(), errand, world.clock.now());
            Ok(())
        }
    }
}
