//! What is sent about one person, request by request.

use super::choice::Errand;
use super::client::{Client, Trouble};
use super::resources::{Person, activation};
use super::results::{Failure, Report, Step};
use crate::mock::okta::org::Org;
use crate::mock::world::World;

/// The endpoint for people.
const USERS: &str = "Users";

/// Somebody who is assigned to the app.
struct Assigned {
    person: Person,
    /// First and last name.
    name: String,
    /// Id of the user in the app.
    external_id: Option<String>,
    /// The app's switch *Update User Attributes*.
    updates: bool,
}

impl Org {
    /// The person of an errand, if they are assigned still.
    fn assigned(&self, errand: &Errand) -> Option<Assigned> {
        let id = errand.lane.subject_id();
        let (app, user) = (self.apps.get(&errand.lane.app)?, self.users.get(id)?);
        let assigned = app.users.get(id)?;
        Some(Assigned {
            person: Person {
                id: id.to_owned(),
                user_name: assigned.user_name.clone(),
                profile: assigned.profile.clone(),
            },
            name: user.full_name(),
            external_id: assigned.external_id.clone(),
            updates: app.capabilities.update_user_attributes,
        })
    }
}

/// Looks for the person by user name; creates them, or links, wakes and updates the one who is there.
pub(super) async fn provision(world: &World, errand: &Errand) -> Result<(), Failure> {
    let Some(Assigned { person, name, external_id: None, updates }) = world.okta().assigned(errand) else {
        return Ok(());
    };
    let client = Client::new(world, &errand.endpoint);
    let start = format!("Automatic provisioning of user {name} to app {} failed", errand.endpoint.label);
    let report = Report { start, name: &person.user_name };
    let found = client.find(USERS, "userName", &person.user_name).await.map_err(report.of(Step::VerifyUser))?;
    let Some(held) = found else {
        let made = client.post(USERS, &person.new_user()).await.map_err(report.of(Step::PushUser))?;
        let Some(id) = made["id"].as_str() else {
            return Err(report.of(Step::PushUser)(Trouble::useless("Create new user returned empty user.")));
        };
        world.okta().linked(errand, id, &[Step::PushUser], world.clock.now());
        return Ok(());
    };
    let Some(id) = held["id"].as_str() else {
        return Err(report.of(Step::VerifyUser)(Trouble::useless("The remote server returned a user without an id")));
    };
    let mut steps = Vec::new();
    if held["active"] == false {
        client.patch(USERS, id, &activation(true)).await.map_err(report.of(Step::ReactivateUser))?;
        steps.push(Step::ReactivateUser);
    }
    let mut wanted = person.merged_into(&held);
    if updates && wanted != held {
        wanted["active"] = true.into();
        client.put(USERS, id, &wanted).await.map_err(report.of(Step::PushProfile))?;
        steps.push(Step::PushProfile);
    }
    if steps.is_empty() {
        steps.push(Step::SyncUser);
    }
    world.okta().linked(errand, id, &steps, world.clock.now());
    Ok(())
}

/// Reads the user and writes it back with what is new. A user who is gone is not created again: that takes a new
/// assignment.
pub(super) async fn push_profile(world: &World, errand: &Errand) -> Result<(), Failure> {
    let Some(Assigned { person, name, external_id: Some(id), .. }) = world.okta().assigned(errand) else {
        return Ok(());
    };
    let client = Client::new(world, &errand.endpoint);
    let start = format!("Automatic profile push of user {name} to app {} failed", errand.endpoint.label);
    let report = Report { start, name: &person.user_name };
    let held = client.get(USERS, &id).await.map_err(report.of(Step::PushProfile))?;
    client.put(USERS, &id, &person.merged_into(&held)).await.map_err(report.of(Step::PushProfile))?;
    world.okta().profile_pushed(errand, world.clock.now());
    Ok(())
}

/// Deactivates the user; Okta never deletes one. Of a user who is gone there is nothing to deactivate.
pub(super) async fn deprovision(
    world: &World,
    errand: &Errand,
    external_id: &str,
    user_name: &str,
    name: &str,
) -> Result<(), Failure> {
    let client = Client::new(world, &errand.endpoint);
    let start = format!("Automatic deprovisioning of user {name} from app {} failed", errand.endpoint.label);
    match client.patch(USERS, external_id, &activation(false)).await {
        Err(trouble) if !trouble.is_not_found() => {
            Err(Report { start, name: user_name }.of(Step::DeactivateUser)(trouble))
        }
        _ => {
            world.okta().note(Step::DeactivateUser.succeeded(), errand, world.clock.now());
            Ok(())
        }
    }
}
