//! `/apps/{id}/groups`: which groups are assigned to an app, and who is assigned through them.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationGroups/>

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::app_users::{AppUser, Scope};
use super::apps::App;
use super::call::{Answer, Call, Reply, stamp};
use super::errors::{self, Refusal};
use super::groups::{self, GroupKind};
use super::logs::Event;
use super::org::Org;
use super::users::Status;

/// What Okta calls an assignment in its errors; not verified against a live tenant.
const KIND: &str = "ApplicationGroupAssignment";

/// One group's assignment.
#[derive(Clone)]
pub(crate) struct GroupAssignment {
    /// The smallest number wins; new ones go to the end.
    priority: i64,
    profile: Map<String, Value>,
    updated: OffsetDateTime,
}

impl Org {
    /// Makes the people of an app agree with the groups assigned to it: members get an assignment with the scope
    /// GROUP unless they have one of their own, and those whom no group covers any longer lose it. From an inactive app
    /// nobody goes because of being deactivated.
    pub(crate) fn settle_assignments(&mut self, app_id: &str, now: OffsetDateTime) {
        let Self { apps, groups, users, .. } = self;
        let Some(app) = apps.get_mut(app_id) else { return };
        let (mut covered, mut members) = (BTreeSet::new(), BTreeSet::new());
        for group in app.groups.keys().filter_map(|id| groups.get(id)) {
            if !app.active {
                members.extend(&group.members);
            }
            let living = group.members.iter().filter(|id| {
                users.get(id).is_some_and(|user| !matches!(user.status, Status::Deprovisioned | Status::Staged))
            });
            covered.extend(living.cloned());
        }
        let (mut left, mut joined) = (Vec::new(), Vec::new());
        app.users.retain(|user| {
            let stays = user.scope == Scope::User || covered.contains(&user.id) || members.contains(&user.id);
            if !stays {
                left.push(user.clone());
            }
            stays
        });
        for id in covered {
            if !app.users.contains(&id)
                && let Some(user) = users.get(&id)
            {
                let assigned = AppUser::new(app, user, Scope::Group, now);
                app.users.put(&id, assigned);
                joined.push(id);
            }
        }
        left.iter().for_each(|gone| self.deprovision(app_id, gone, now));
        joined.iter().for_each(|id| self.provision(app_id, id, now));
    }

    /// Whether a group assigned to the app has this person in it.
    pub(crate) fn covered_by_group(&self, app: &App, user: &str) -> bool {
        app.groups.keys().filter_map(|id| self.groups.get(id)).any(|group| group.members.contains(user))
    }
}

impl GroupAssignment {
    fn document(&self, app: &str, group: &str, call: &Call) -> Value {
        let app_url = call.url(&format!("/api/v1/apps/{app}"));
        json!({
            "id": group,
            "lastUpdated": stamp(self.updated),
            "priority": self.priority,
            "profile": self.profile,
            "_links": {
                "app": {"href": app_url},
                "self": {"href": format!("{app_url}/groups/{group}")},
                "group": {"href": call.url(&format!("/api/v1/groups/{group}"))},
            },
        })
    }
}

fn app<'a>(org: &'a mut Org, call: &Call) -> Result<&'a mut App, Refusal> {
    let id = call.segment("app_id");
    org.apps.get_mut(id).ok_or_else(|| errors::not_found(id, "AppInstance"))
}

/// PUT creates or updates. Members left out of the body keep their value.
pub(crate) fn assign(org: &mut Org, call: &Call) -> Answer {
    let group_id = call.segment("group_id");
    let body = call.optional_object()?;
    let event = match (org.apps.get(call.segment("app_id")), org.groups.get(group_id)) {
        (None, _) => return Err(errors::not_found(call.segment("app_id"), "AppInstance")),
        (_, None) => return Err(errors::not_found(group_id, groups::KIND)),
        (_, Some(group)) if group.kind == GroupKind::App => {
            return Err(errors::invalid("groupId", "groupId: Groups that belong to an app cannot be assigned"));
        }
        (Some(app), Some(group)) => Event::of("group.application_assignment.add", "Add assigned application to group")
            .target("UserGroup", group_id, group.name(), "unknown")
            .app(app),
    };
    let priority = match body.get("priority") {
        None | Some(Value::Null) => None,
        Some(value) => match value.as_i64() {
            Some(number) if number >= 0 => Some(number),
            _ => return Err(errors::invalid("priority", "priority: The value must be a number from 0")),
        },
    };
    let profile = match body.get("profile") {
        None | Some(Value::Null) => None,
        Some(Value::Object(profile)) => Some(profile.clone()),
        Some(_) => return Err(errors::malformed()),
    };
    let app = app(org, call)?;
    let next = app.groups.values().map(|assigned| assigned.priority + 1).max().unwrap_or(0);
    let new = !app.groups.contains_key(group_id);
    let assignment = app.groups.entry(group_id.to_owned()).or_insert_with(|| GroupAssignment {
        priority: next,
        profile: Map::new(),
        updated: call.now,
    });
    assignment.priority = priority.unwrap_or(assignment.priority);
    assignment.profile = profile.unwrap_or_else(|| assignment.profile.clone());
    assignment.updated = call.now;
    let (document, app_id) = (assignment.document(&app.id, group_id, call), app.id.clone());
    org.settle_assignments(&app_id, call.now);
    if new {
        org.log.record(event, call);
    }
    Ok(Reply::ok(document))
}

pub(crate) fn get(org: &mut Org, call: &Call) -> Answer {
    let app = app(org, call)?;
    let id = call.segment("group_id");
    let assignment = app.groups.get(id).ok_or_else(|| errors::not_found(id, KIND))?;
    Ok(Reply::ok(assignment.document(&app.id, id, call)))
}

/// Ordered by priority. `q` looks for names that start with it.
pub(crate) fn list(org: &mut Org, call: &Call) -> Answer {
    let app_id = app(org, call)?.id.clone();
    let Some(app) = org.apps.get(&app_id) else { return Err(errors::not_found(&app_id, "AppInstance")) };
    let mut assigned: Vec<_> = app.groups.iter().collect();
    assigned.sort_by_key(|(id, assignment)| (assignment.priority, (*id).clone()));
    let q = call.parameter("q").map(str::to_lowercase);
    let found = assigned.into_iter().filter_map(|(id, assignment)| {
        let group = org.groups.get(id)?;
        let matches = q.as_ref().is_none_or(|q| group.name().to_lowercase().starts_with(q));
        let mut document = assignment.document(&app_id, id, call);
        if call.parameter("expand") == Some("group") {
            document["_embedded"] = json!({"group": group.document(call)});
        }
        matches.then(|| (id.clone(), document))
    });
    // The smallest page has 20 items, whatever is asked for.
    call.page(found.collect(), 20, 20..=200)
}

pub(crate) fn unassign(org: &mut Org, call: &Call) -> Answer {
    let id = call.segment("group_id");
    let app = app(org, call)?;
    app.groups.remove(id).ok_or_else(|| errors::not_found(id, KIND))?;
    let (app_id, event) = (
        app.id.clone(),
        Event::of("group.application_assignment.remove", "Remove assigned application from group").app(app),
    );
    org.settle_assignments(&app_id, call.now);
    org.log.record(event, call);
    Ok(Reply::no_content())
}
