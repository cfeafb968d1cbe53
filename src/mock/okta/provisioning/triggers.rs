//! Which changes in the org an app must hear of.
//!
//! An app hears of what happens while its connection is on. What happened before is not told later: people assigned
//! before provisioning was set up stay strangers to the app, and so do changes made while it was off.

use time::OffsetDateTime;

use super::queue::{Lane, Task};
use crate::mock::okta::app_users::AppUser;
use crate::mock::okta::apps::App;
use crate::mock::okta::groups::Group;
use crate::mock::okta::org::Org;
use crate::mock::okta::push_mappings::PushMapping;
use crate::mock::okta::users::User;

impl Org {
    /// Nothing new is sent to the apps' SCIM services, or again.
    pub fn pause_provisioning(&mut self, paused: bool) {
        self.provisioning.paused = paused;
        self.provisioning.wake();
    }

    /// Somebody was assigned to an app.
    pub(crate) fn provision(&mut self, app_id: &str, user_id: &str, now: OffsetDateTime) {
        let assigned = self.apps.get(app_id).and_then(|app| app.users.get(user_id));
        if assigned.is_some_and(AppUser::waits_for_the_app) {
            let lane = Lane::person(app_id, user_id);
            // A farewell that was refused is overtaken by events.
            self.provisioning.cancel(&lane, |job| job.task.takes_away() && job.failures > 0);
            self.provisioning.add(lane, Task::Provision, now);
        }
    }

    /// Somebody is no longer assigned to an app. Their place in pushed groups is not touched: that is put right when
    /// the group is pushed next.
    pub(crate) fn deprovision(&mut self, app_id: &str, gone: &AppUser, now: OffsetDateTime) {
        let lane = Lane::person(app_id, &gone.id);
        let tells = self.apps.get(app_id).is_some_and(|app| app.provisions() && app.capabilities.deactivate_users);
        self.provisioning.cancel(&lane, |job| !job.task.takes_away());
        self.provisioning.disown(&lane, tells);
        let Some(external_id) = gone.external_id.clone().filter(|_| tells) else { return };
        let name = self.users.get(&gone.id).map(|user| user.full_name()).unwrap_or_default();
        let task = Task::Deprovision { external_id, user_name: gone.user_name.clone(), name };
        self.provisioning.add(lane, task, now);
    }

    /// Somebody's attributes for one app changed.
    pub(crate) fn push_profile(&mut self, app_id: &str, user_id: &str, now: OffsetDateTime) {
        let Some(app) = self.apps.get_mut(app_id) else { return };
        if !app.provisions() || !app.capabilities.update_user_attributes {
            return;
        }
        let lane = Lane::person(app_id, user_id);
        let under_way = self.provisioning.is_under_way(&lane, |task| *task == Task::Provision);
        let Some(assigned) = app.users.get_mut(user_id) else { return };
        if assigned.external_id.is_some() || under_way {
            assigned.syncing();
            self.provisioning.add(lane, Task::PushProfile, now);
        }
    }

    /// Somebody's Okta profile changed: what apps take from it follows.
    pub(crate) fn profile_changed(&mut self, before: &User, now: OffsetDateTime) {
        let Self { apps, users, .. } = self;
        let Some(after) = users.get(&before.id) else { return };
        let mut touched = Vec::new();
        for app in apps.iter_mut() {
            let Some(mut assigned) = app.users.get(&after.id).cloned() else { continue };
            if assigned.follow(app, before, after, now) {
                touched.push(app.id.clone());
                app.users.put(&after.id, assigned);
            }
        }
        for app in touched {
            self.push_profile(&app, &before.id, now);
        }
    }

    /// A group has other members or another name.
    pub(crate) fn push_group(&mut self, source: &str, now: OffsetDateTime) {
        let apps: Vec<String> = self.apps.iter().map(|app| app.id.clone()).collect();
        for app in apps {
            self.push_groups(&app, |mapping, _| mapping.source == source, now);
        }
    }

    /// The app knows somebody it did not know: so do the groups they are in.
    pub(crate) fn push_groups_with(&mut self, app_id: &str, user_id: &str, now: OffsetDateTime) {
        self.push_groups(app_id, |_, group| group.members.contains(user_id), now);
    }

    /// Of an app's pushed groups those that `wanted` picks by mapping and source. A mapping in error is pushed when
    /// its job is tried again, or when an administrator says so.
    fn push_groups(&mut self, app_id: &str, wanted: impl Fn(&PushMapping, &Group) -> bool, now: OffsetDateTime) {
        let Self { apps, groups, provisioning, .. } = self;
        let Some(app) = apps.get(app_id).filter(|app| app.provisions()) else { return };
        for mapping in app.mappings.iter() {
            let lane = Lane::group(app_id, &mapping.target);
            let pushed = mapping.is_active() || (mapping.is_on() && provisioning.jobs(&lane).next().is_some());
            if pushed && groups.get(&mapping.source).is_some_and(|source| wanted(mapping, source)) {
                provisioning.add(lane, Task::PushGroup, now);
            }
        }
    }

    /// A mapping was switched on: its group is pushed as a whole, at once.
    pub(crate) fn push_mapping(&mut self, app_id: &str, target: &str, now: OffsetDateTime) {
        if self.apps.get(app_id).is_some_and(App::provisions) {
            let lane = Lane::group(app_id, target);
            self.provisioning.add(lane.clone(), Task::PushGroup, now);
            self.provisioning.hurry(&lane, now);
        }
    }

    /// A mapping was switched off, is gone or is to look broken: nothing more is pushed.
    pub(crate) fn stop_pushing(&mut self, app_id: &str, target: &str) {
        self.provisioning.cancel(&Lane::group(app_id, target), |job| job.task == Task::PushGroup);
    }

    /// A group of an app is deleted in the app too, if the app knows it.
    pub(crate) fn delete_pushed_group(&mut self, app_id: &str, target: &Group, now: OffsetDateTime) {
        let (lane, tells) = (Lane::group(app_id, &target.id), self.apps.get(app_id).is_some_and(App::provisions));
        self.provisioning.disown(&lane, tells);
        if let Some(external_id) = target.external_id.clone().filter(|_| tells) {
            let task = Task::DeleteGroup { external_id, name: target.name().to_owned() };
            self.provisioning.add(lane, task, now);
        }
    }

    /// An app's connection is about to go off: what was to be taken away from the app still goes out once. Not
    /// verified against a live tenant.
    pub(crate) fn disconnecting(&mut self, app_id: &str, now: OffsetDateTime) {
        let endpoint = self.apps.get(app_id).and_then(App::endpoint);
        self.provisioning.part(app_id, endpoint, false, now);
    }

    /// An app is about to be deleted: the same, and nothing else of it is left to tell.
    pub(crate) fn departing(&mut self, app_id: &str, now: OffsetDateTime) {
        let endpoint = self.apps.get(app_id).and_then(App::endpoint);
        self.provisioning.part(app_id, endpoint, true, now);
    }
}
