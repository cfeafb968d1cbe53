//! What the org keeps of a job: the assignment's or mapping's state, the System Log, and jobs that follow.

use time::{Duration, OffsetDateTime};

use super::choice::Errand;
use super::client::Trouble;
use super::groups::Pushed;
use super::queue::{Job, Lane, Task};
use crate::mock::okta::logs::Event;
use crate::mock::okta::org::Org;
use crate::mock::okta::push_mappings::PushMapping;

/// What a request was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    VerifyUser,
    PushUser,
    /// A user who was there already was linked.
    SyncUser,
    ReactivateUser,
    PushProfile,
    DeactivateUser,
    VerifyGroup,
    CreateGroup,
    GetGroup,
    RenameGroup,
    PushMembers,
    /// The whole group was pushed again.
    UpdateGroup,
    DeleteGroup,
}

impl Step {
    /// What went wrong if it fails. `name` is the user name, or the group's name.
    fn tried(self, name: &str) -> String {
        match self {
            Self::VerifyUser | Self::SyncUser => format!("Error while verifying if user {name} exists"),
            Self::PushUser => format!("Error while creating user {name}"),
            Self::ReactivateUser => format!("Error while reactivating user {name}"),
            Self::PushProfile => format!("Error while trying to push profile update for {name}"),
            Self::DeactivateUser => format!("Error while deactivating user {name}"),
            Self::VerifyGroup => format!("Error while verifying if user group {name} exists"),
            Self::CreateGroup => format!("Error while creating user group {name}"),
            Self::GetGroup => format!("Error while trying to get the group {name}"),
            Self::RenameGroup | Self::UpdateGroup => format!("Error while updating user group {name}"),
            Self::PushMembers => format!("Error while updating members of user group {name}"),
            Self::DeleteGroup => format!("Error while deleting user group {name}"),
        }
    }

    /// The System Log's event for the step's success.
    pub(super) fn succeeded(self) -> Event {
        match self {
            Self::VerifyUser => {
                Event::of("application.provision.user.verify_exists", "Verify user exists in external application")
            }
            Self::PushUser => Event::of("application.provision.user.push", "Push new user to external application"),
            Self::SyncUser => Event::of("application.provision.user.sync", "Sync user in external application"),
            Self::ReactivateUser => {
                Event::of("application.provision.user.reactivate", "Push user reactivation to external application")
            }
            Self::PushProfile => {
                Event::of("application.provision.user.push_profile", "Push user's profile to external application")
            }
            Self::DeactivateUser => {
                Event::of("application.provision.user.deactivate", "Push user deactivation to external application")
            }
            Self::CreateGroup => {
                Event::of("application.provision.group_push.pushed", "Push group to external application")
            }
            Self::RenameGroup => Event::of(
                "application.provision.group_push.mapping.app.group.renamed",
                "Rename group in external application",
            ),
            Self::PushMembers => Event::of(
                "application.provision.group_push.push_memberships",
                "Push group memberships to external application",
            ),
            Self::VerifyGroup | Self::GetGroup | Self::UpdateGroup => {
                Event::of("application.provision.group_push.updated", "Update group in external application")
            }
            Self::DeleteGroup => {
                Event::of("application.provision.group.remove", "Remove group from external application")
            }
        }
    }

    /// The event for its failure, without the reason. All that fails with a pushed group is one type of event.
    fn not_succeeded(self) -> Event {
        match self {
            Self::VerifyGroup
            | Self::CreateGroup
            | Self::GetGroup
            | Self::RenameGroup
            | Self::PushMembers
            | Self::UpdateGroup
            | Self::DeleteGroup => Event::of(
                "application.provision.group_push.mapping.update.or.delete.failed.with.error",
                "Update or delete group push mapping",
            ),
            _ => self.succeeded(),
        }
    }
}

/// The end of a job that will be tried again.
pub(crate) struct Failure {
    step: Step,
    reason: String,
    retry_after: Option<Duration>,
}

/// How the failures of one job are told, in the words of Okta's Tasks and Push Groups pages.
pub(super) struct Report<'a> {
    /// What failed as a whole.
    pub(super) start: String,
    /// User name, or name of the group.
    pub(super) name: &'a str,
}

impl Report<'_> {
    /// The failure of one step.
    pub(super) fn of(&self, step: Step) -> impl FnOnce(Trouble) -> Failure {
        let start = format!("{}: {}", self.start, step.tried(self.name));
        move |trouble| Failure { step, reason: format!("{start}: {trouble}"), retry_after: trouble.retry_after }
    }
}

impl Org {
    /// Adds whom and what the errand is about, and writes the event down, unless the org has been reset meanwhile.
    pub(super) fn note(&mut self, event: Event, errand: &Errand, now: OffsetDateTime) {
        if self.provisioning.job(&errand.lane, errand.number).is_none() {
            return;
        }
        let (id, endpoint) = (errand.lane.subject_id(), &errand.endpoint);
        let event =
            match &errand.task {
                Task::Deprovision { user_name, name, .. } => event.target("User", id, name, user_name),
                Task::DeleteGroup { name, .. } => event.target("UserGroup", id, name, "unknown"),
                Task::Provision | Task::PushProfile => match self.users.get(id) {
                    Some(user) => event.target("User", id, &user.full_name(), user.login()),
                    None => event.target("User", id, "unknown", "unknown"),
                },
                Task::PushGroup => {
                    let mappings = self.apps.get(&errand.lane.app).into_iter().flat_map(|app| app.mappings.iter());
                    let found = mappings.into_iter().find(|mapping| mapping.target == id);
                    let pushed = found.and_then(|mapping| Some((mapping, self.groups.get(&mapping.source)?)));
                    match pushed {
                        Some((mapping, source)) => event
                            .target("UserGroup", &source.id, source.name(), "unknown")
                            .target("GroupPushMapping", &mapping.id, source.name(), "unknown"),
                        None => event.target("UserGroup", id, "unknown", "unknown"),
                    }
                }
            };
        let event = event.target("AppInstance", &errand.lane.app, &endpoint.label, &endpoint.template);
        self.log.add(event, now);
    }

    /// A person was found or created in the app. Groups that are pushed and hold them follow.
    pub(super) fn linked(&mut self, errand: &Errand, external_id: &str, steps: &[Step], now: OffsetDateTime) {
        for step in steps {
            self.note(step.succeeded(), errand, now);
        }
        let (lane, id) = (&errand.lane, errand.lane.subject_id());
        let Some(job) = self.provisioning.job(lane, errand.number) else { return };
        match job.disowned {
            None => {
                let more = self.has_profile_to_push(lane);
                let app = self.apps.get_mut(&lane.app);
                let Some(assigned) = app.and_then(|app| app.users.get_mut(id)) else { return };
                assigned.provisioned(external_id, now);
                if more {
                    assigned.syncing();
                }
                self.push_groups_with(&lane.app, id, now);
            }
            Some(false) => {}
            // Whoever lost the app while they were being created is deactivated, wherever the app is by now.
            Some(true) => {
                let user = self.users.get(id);
                let (user_name, name) =
                    user.map(|user| (user.login().to_owned(), user.full_name())).unwrap_or_default();
                let task = Task::Deprovision { external_id: external_id.to_owned(), user_name, name };
                self.provisioning.add_first(lane.clone(), task, now, Some(errand.endpoint.clone()));
            }
        }
    }

    /// Somebody's attributes changed after a job began.
    fn has_profile_to_push(&self, lane: &Lane) -> bool {
        self.provisioning.jobs(lane).any(|job| !job.in_flight && job.task == Task::PushProfile)
    }

    /// The app has a person's current attributes.
    pub(super) fn profile_pushed(&mut self, errand: &Errand, now: OffsetDateTime) {
        self.note(Step::PushProfile.succeeded(), errand, now);
        let more = self.has_profile_to_push(&errand.lane);
        let app = self.apps.get_mut(&errand.lane.app);
        if let Some(assigned) = app.and_then(|app| app.users.get_mut(errand.lane.subject_id()))
            && !more
        {
            assigned.synchronized(now);
        }
    }

    /// A pushed group has this id in the app. One that was to be deleted stays if it is in use again.
    pub(super) fn group_found(&mut self, errand: &Errand, external_id: &str, name: &str, now: OffsetDateTime) {
        let lane = &errand.lane;
        match self.groups.get_mut(lane.subject_id()) {
            Some(target) => {
                target.external_id = Some(external_id.to_owned());
                let lanes: Vec<Lane> = self
                    .provisioning
                    .heads()
                    .filter(|(other, _)| other.app == lane.app && *other != lane)
                    .map(|(other, _)| other.clone())
                    .collect();
                let kept =
                    |job: &Job| matches!(&job.task, Task::DeleteGroup { external_id: id, .. } if id == external_id);
                lanes.iter().for_each(|other| self.provisioning.cancel(other, kept));
            }
            // While it was being created, it was deleted with its mapping.
            None if self.provisioning.job(lane, errand.number).is_some_and(|job| job.disowned == Some(true)) => {
                let task = Task::DeleteGroup { external_id: external_id.to_owned(), name: name.to_owned() };
                self.provisioning.add_first(lane.clone(), task, now, Some(errand.endpoint.clone()));
            }
            None => {}
        }
    }

    /// The app knows a group's name and members. What an administrator did with the mapping meanwhile stands.
    pub(super) fn pushed(&mut self, errand: &Errand, known: Pushed, steps: &[Step], now: OffsetDateTime) {
        for step in steps {
            self.note(step.succeeded(), errand, now);
        }
        if let Some(mapping) = self.mapping_of(errand) {
            mapping.succeeded(known, (!steps.is_empty()).then_some(now));
        }
    }

    /// The mapping of an errand, unless an administrator changed it since the errand began.
    fn mapping_of(&mut self, errand: &Errand) -> Option<&mut PushMapping> {
        let app = self.apps.get_mut(&errand.lane.app)?;
        let mapping = app.mappings.iter_mut().find(|mapping| mapping.target == errand.lane.subject_id());
        mapping.filter(|mapping| Some(mapping.turn) == errand.turn)
    }

    /// A job failed. That shows on whom or what it is about, and it waits to be tried again, unless nobody wants it
    /// any longer.
    pub(super) fn failed(&mut self, errand: &Errand, failure: &Failure, now: OffsetDateTime) {
        self.note(failure.step.not_succeeded().failed(failure.reason.clone()), errand, now);
        let (lane, id) = (&errand.lane, errand.lane.subject_id());
        let disowned = self.provisioning.job(lane, errand.number).is_some_and(|job| job.disowned.is_some());
        let wanted = match &errand.task {
            Task::Provision | Task::PushProfile => {
                let app = self.apps.get_mut(&lane.app);
                let assigned = app.and_then(|app| app.users.get_mut(id)).filter(|_| !disowned);
                assigned.map(|assigned| assigned.failed(now)).is_some()
            }
            Task::PushGroup => self.mapping_of(errand).map(|mapping| mapping.fail(&failure.reason)).is_some(),
            Task::Deprovision { .. } | Task::DeleteGroup { .. } => self.apps.contains(&lane.app),
        };
        self.provisioning.fail(lane, errand.number, &failure.reason, failure.retry_after, !wanted, now);
    }
}
