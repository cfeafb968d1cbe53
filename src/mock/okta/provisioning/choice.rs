//! Which jobs may go now, and where they go.

use time::OffsetDateTime;

use super::client::Endpoint;
use super::queue::{Job, Lane, Queue, Subject, Task};
use crate::mock::okta::apps::App;
use crate::mock::okta::connection::Connection;
use crate::mock::okta::org::Org;
use crate::mock::okta::users::Status;

/// One job on its way.
pub(crate) struct Errand {
    pub(crate) lane: Lane,
    pub(crate) number: u64,
    pub(crate) task: Task,
    pub(crate) endpoint: Endpoint,
    /// Of a push: the mapping's turn when it began.
    pub(crate) turn: Option<u32>,
}

impl App {
    /// The connection, if it is on and says where to go.
    fn open_connection(&self) -> Option<&Connection> {
        self.connection.as_ref().filter(|made| made.enabled && !made.base_url.is_empty())
    }

    /// Where the app is provisioned, if its connection is on and says where.
    pub(crate) fn endpoint(&self) -> Option<Endpoint> {
        let connection = self.open_connection()?;
        Some(Endpoint {
            label: self.label().to_owned(),
            template: self.name.clone(),
            base_url: connection.base_url.clone(),
            token: connection.token.clone(),
        })
    }

    /// Whether the app's switches let a task go. An inactive app still hears of people who lose it
    /// (<https://support.okta.com/help/s/article/deprovisioning-behavior-when-an-app-is-inactive>); that all else waits
    /// until it is active is not verified against a live tenant.
    fn lets_go(&self, task: &Task) -> bool {
        match task {
            Task::Provision => self.active && self.capabilities.create_users,
            Task::PushProfile => self.active && self.capabilities.update_user_attributes,
            Task::Deprovision { .. } => self.capabilities.deactivate_users,
            Task::PushGroup => self.active,
            Task::DeleteGroup { .. } => true,
        }
    }
}

impl Org {
    /// The app that a job goes to, unless it has to wait for a person to switch something on. Of suspended people, and
    /// of those who were never activated, nothing is told.
    fn open_app(&self, lane: &Lane, job: &Job) -> Option<&App> {
        let silent = match (&lane.subject, &job.task) {
            (Subject::Person(id), Task::Provision | Task::PushProfile) => {
                self.users.get(id).is_some_and(|user| matches!(user.status, Status::Suspended | Status::Staged))
            }
            _ => false,
        };
        let app = self.apps.get(&lane.app).filter(|app| !silent && app.lets_go(&job.task));
        app.filter(|app| app.open_connection().is_some())
    }

    /// Where a job goes.
    fn destination(&self, lane: &Lane, job: &Job) -> Option<Endpoint> {
        self.open_app(lane, job).and_then(App::endpoint).or_else(|| job.parting.clone())
    }

    /// Whether nobody has to do anything before a job can go.
    fn may_go(&self, lane: &Lane, job: &Job) -> bool {
        job.parting.is_some() || self.open_app(lane, job).is_some()
    }

    /// A job that goes as soon as there is room.
    fn is_pressing(&self, lane: &Lane, job: &Job, now: OffsetDateTime) -> bool {
        job.in_flight || (self.provisioning.is_time(job, now) && self.may_go(lane, job))
    }

    /// A group is pushed after those of its members whose turn has come, so that one request names them all; a group
    /// of a name that is being deleted, after that.
    fn waits_for_others(&self, lane: &Lane, job: &Job, now: OffsetDateTime) -> bool {
        let (Subject::Group(target), Task::PushGroup) = (&lane.subject, &job.task) else { return false };
        let Some(app) = self.apps.get(&lane.app) else { return false };
        let pressing = |queue: &Queue, other: &Lane, wanted: &dyn Fn(&Task) -> bool| {
            let head = queue.jobs(other).next();
            queue.jobs(other).any(|job| wanted(&job.task))
                && head.is_some_and(|head| self.is_pressing(other, head, now))
        };
        let source = app.mappings.iter().find(|mapping| mapping.target == *target).map(|mapping| &mapping.source);
        let members = source.and_then(|id| self.groups.get(id)).map(|group| &group.members);
        let expected = members.into_iter().flatten().any(|member| {
            pressing(&self.provisioning, &Lane::person(&lane.app, member), &|task| *task == Task::Provision)
        });
        let group = self.groups.get(target);
        let name = group.filter(|group| group.external_id.is_none()).map(|group| group.name());
        expected
            || name.is_some_and(|name| {
                let goes = |task: &Task| matches!(task, Task::DeleteGroup { name: going, .. } if going == name);
                let heads = self.provisioning.heads().filter(|(other, _)| other.app == lane.app);
                heads.into_iter().any(|(other, _)| pressing(&self.provisioning, other, &goes))
            })
    }

    /// Up to `room` jobs whose turn it is, oldest first, and when the next one's will be.
    fn turns(&self, now: OffsetDateTime, room: usize) -> (Vec<(Lane, Endpoint)>, Option<OffsetDateTime>) {
        let (mut turns, mut next) = (Vec::new(), None::<OffsetDateTime>);
        let queue = &self.provisioning;
        if queue.rests() {
            return (turns, next);
        }
        for (lane, job) in queue.heads() {
            if turns.len() == room {
                break;
            }
            if job.in_flight || !self.may_go(lane, job) {
                continue;
            }
            if !queue.is_time(job, now) {
                // During a drain, its time may have come and the job still has to sit it out.
                next = Some(job.due).filter(|due| *due > now).into_iter().chain(next).min();
            } else if !self.waits_for_others(lane, job, now)
                && let Some(endpoint) = self.destination(lane, job)
            {
                turns.push((lane.clone(), endpoint));
            }
        }
        (turns, next)
    }

    /// Begins up to `room` jobs; also says when to look again, if nothing else happens.
    pub(crate) fn errands(&mut self, now: OffsetDateTime, room: usize) -> (Vec<Errand>, Option<OffsetDateTime>) {
        let (turns, next) = self.turns(now, room);
        let errands = turns.into_iter().filter_map(|(lane, endpoint)| {
            let job = self.provisioning.jobs(&lane).next()?;
            let mappings = self.apps.get(&lane.app).into_iter().flat_map(|app| app.mappings.iter());
            let turn = mappings.into_iter().find(|mapping| mapping.target == lane.subject_id()).map(|found| found.turn);
            let errand = Errand { number: job.number, task: job.task.clone(), lane, endpoint, turn };
            self.provisioning.begin(&errand.lane);
            Some(errand)
        });
        (errands.collect(), next)
    }

    /// Nothing is in flight, and nothing would be if there were room.
    pub(crate) fn provisioning_is_idle(&self, now: OffsetDateTime) -> bool {
        self.provisioning.in_flight() == 0 && self.turns(now, 1).0.is_empty()
    }
}
