//! The jobs that are yet to be carried out, in lanes.
//!
//! A lane is one person or one group of one app: its jobs go one after the other, so that what happened first is told
//! first. Lanes do not wait for each other, except as `choice` says.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use time::{Duration, OffsetDateTime};
use tokio::sync::Notify;

use super::client::Endpoint;

/// The pause after a first failure; each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::seconds(30);

/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::minutes(15);

/// Whom a job is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// An Okta user, by id.
    Person(String),
    /// A group of the app, by its id in Okta.
    Group(String),
}

/// One subject in one app.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Lane {
    /// Id of the app.
    pub(crate) app: String,
    pub(crate) subject: Subject,
}

impl Lane {
    pub(crate) fn person(app: &str, user: &str) -> Self {
        Self { app: app.to_owned(), subject: Subject::Person(user.to_owned()) }
    }

    pub(crate) fn group(app: &str, target: &str) -> Self {
        Self { app: app.to_owned(), subject: Subject::Group(target.to_owned()) }
    }

    pub(crate) fn subject_id(&self) -> &str {
        match &self.subject {
            Subject::Person(id) | Subject::Group(id) => id,
        }
    }
}

/// What is to be told. Tasks without fields read what to say when they are carried out; the others outlive what they
/// are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Task {
    /// Find or create the person, and link the assignment.
    Provision,
    /// Bring the person's attributes up to date.
    PushProfile,
    /// The person has lost the app.
    Deprovision {
        /// Id of the user in the app.
        external_id: String,
        user_name: String,
        /// First and last name.
        name: String,
    },
    /// Bring name and members of a pushed group up to date.
    PushGroup,
    /// Delete a group of the app.
    DeleteGroup {
        /// Id of the group in the app.
        external_id: String,
        name: String,
    },
}

impl Task {
    /// A name for people.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Provision => "provision",
            Self::PushProfile => "push_profile",
            Self::Deprovision { .. } => "deprovision",
            Self::PushGroup => "push_group",
            Self::DeleteGroup { .. } => "delete_group",
        }
    }

    /// Takes something away from the app, of which the org remembers nothing else.
    pub(crate) fn takes_away(&self) -> bool {
        matches!(self, Self::Deprovision { .. } | Self::DeleteGroup { .. })
    }
}

/// One job.
#[derive(Clone)]
pub(crate) struct Job {
    /// Place in the order of arrival; no two jobs share one.
    pub(crate) number: u64,
    pub(crate) task: Task,
    /// How often it was tried and failed.
    pub(crate) failures: u32,
    /// Not to be tried before.
    pub(crate) due: OffsetDateTime,
    pub(crate) in_flight: bool,
    /// While it is in flight, what it creates was taken away again; true if the app is to hear of that.
    pub(crate) disowned: Option<bool>,
    /// Why it failed last.
    pub(crate) error: Option<String>,
    /// Where to go once although the app's connection is off or gone.
    pub(crate) parting: Option<Endpoint>,
    /// The drain during which it failed last.
    failed_in: u64,
}

/// How many calls there were, and how they went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    /// Jobs begun, retries included.
    pub(crate) attempts: u64,
    /// Jobs that came to an end.
    pub(crate) done: u64,
    /// Requests sent.
    pub(crate) requests: u64,
    /// Requests that were answered with a status from 400, not counting a 404 that is an answer.
    pub(crate) refused: u64,
    /// Requests that were not answered.
    pub(crate) unanswered: u64,
}

/// Wakes who waits for the queue.
#[derive(Default)]
pub(crate) struct Signals {
    /// Something may be there to do; the worker waits for it.
    pub(crate) work: Notify,
    /// Something was done; drains wait for it.
    pub(crate) progress: Notify,
}

/// Every job of an org. No `Debug`: endpoints hold tokens.
#[derive(Clone, Default)]
pub(crate) struct Queue {
    lanes: HashMap<Lane, VecDeque<Job>>,
    /// The lanes by the number of their first job.
    order: BTreeMap<u64, Lane>,
    last_number: u64,
    pub(crate) paused: bool,
    /// How many drains are under way.
    drains: usize,
    last_drain: u64,
    pub(crate) counters: Counters,
    /// What the worker said when it panicked. Nothing is begun after that.
    broken: Option<String>,
    signals: Arc<Signals>,
}

impl Queue {
    pub(crate) fn signals(&self) -> Arc<Signals> {
        self.signals.clone()
    }

    /// Tells the worker to look.
    pub(crate) fn wake(&self) {
        self.signals.work.notify_one();
    }

    /// Puts a job at the end of its lane, unless the last one there is the same and not yet begun.
    pub(crate) fn add(&mut self, lane: Lane, task: Task, now: OffsetDateTime) {
        self.insert(lane, task, now, None, false);
    }

    /// Puts a job at the beginning of its lane, behind what is in flight.
    pub(crate) fn add_first(&mut self, lane: Lane, task: Task, now: OffsetDateTime, parting: Option<Endpoint>) {
        self.insert(lane, task, now, parting, true);
    }

    fn insert(&mut self, lane: Lane, task: Task, now: OffsetDateTime, parting: Option<Endpoint>, first: bool) {
        self.last_number += 1;
        let job = Job {
            number: self.last_number,
            task,
            failures: 0,
            due: now,
            in_flight: false,
            disowned: None,
            error: None,
            parting,
            failed_in: 0,
        };
        self.edit(&lane, |jobs| {
            let waiting = jobs.back().is_some_and(|last| !last.in_flight && last.task == job.task);
            let place = usize::from(jobs.front().is_some_and(|head| head.in_flight));
            match first {
                true => jobs.insert(place, job),
                false if waiting => {}
                false => jobs.push_back(job),
            }
        });
        self.wake();
    }

    /// Changes one lane and keeps the order of lanes true.
    fn edit<T>(&mut self, lane: &Lane, change: impl FnOnce(&mut VecDeque<Job>) -> T) -> T {
        let mut jobs = self.lanes.remove(lane).unwrap_or_default();
        if let Some(head) = jobs.front() {
            self.order.remove(&head.number);
        }
        let result = change(&mut jobs);
        if let Some(head) = jobs.front() {
            self.order.insert(head.number, lane.clone());
            self.lanes.insert(lane.clone(), jobs);
        }
        result
    }

    /// Forgets jobs of a lane that are not in flight.
    pub(crate) fn cancel(&mut self, lane: &Lane, unwanted: impl Fn(&Job) -> bool) {
        self.edit(lane, |jobs| jobs.retain(|job| job.in_flight || !unwanted(job)));
        self.signals.progress.notify_waiters();
    }

    /// Whether the job of this lane that is in flight is such a task.
    pub(crate) fn is_under_way(&self, lane: &Lane, tasks: impl Fn(&Task) -> bool) -> bool {
        self.jobs(lane).any(|job| job.in_flight && tasks(&job.task))
    }

    /// What is being created in this lane is not wanted any longer; `tell` if the app is to hear of it then.
    pub(crate) fn disown(&mut self, lane: &Lane, tell: bool) {
        let head = self.lanes.get_mut(lane).and_then(VecDeque::front_mut).filter(|head| head.in_flight);
        if let Some(head) = head.filter(|head| matches!(head.task, Task::Provision | Task::PushGroup)) {
            head.disowned = Some(tell);
        }
    }

    /// The jobs of a lane, first to last.
    pub(crate) fn jobs(&self, lane: &Lane) -> impl Iterator<Item = &Job> {
        self.lanes.get(lane).into_iter().flatten()
    }

    /// The job with this number.
    pub(crate) fn job(&self, lane: &Lane, number: u64) -> Option<&Job> {
        self.jobs(lane).find(|job| job.number == number)
    }

    /// The first job of every lane, in order of arrival.
    pub(crate) fn heads(&self) -> impl Iterator<Item = (&Lane, &Job)> {
        self.order.values().filter_map(|lane| Some((lane, self.lanes.get(lane)?.front()?)))
    }

    /// Every job, in order of arrival of the lanes.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Lane, &Job)> {
        self.order.values().flat_map(|lane| self.jobs(lane).map(move |job| (lane, job)))
    }

    /// How many are being carried out; only the first of a lane can be.
    pub(crate) fn in_flight(&self) -> usize {
        self.heads().filter(|(_, job)| job.in_flight).count()
    }

    /// Nothing new is begun.
    pub(crate) fn rests(&self) -> bool {
        self.broken.is_some() || (self.paused && self.drains == 0)
    }

    /// The worker has panicked with this text: what was in flight never ends, and who waits for it is woken.
    pub(crate) fn break_down(&mut self, panic: String) {
        for job in self.lanes.values_mut().flatten().filter(|job| job.in_flight) {
            job.in_flight = false;
            job.failures += 1;
            job.error = Some(panic.clone());
        }
        self.broken = Some(panic);
        self.signals.progress.notify_waiters();
    }

    /// What the worker said when it panicked, if it did.
    pub(crate) fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    /// Whether it is this job's time. A drain does not wait, and tries what failed in it no second time.
    pub(crate) fn is_time(&self, job: &Job, now: OffsetDateTime) -> bool {
        match self.drains {
            0 => job.due <= now,
            _ => job.failed_in != self.last_drain,
        }
    }

    /// Marks a lane's first job as begun.
    pub(crate) fn begin(&mut self, lane: &Lane) {
        self.counters.attempts += 1;
        if let Some(head) = self.lanes.get_mut(lane).and_then(VecDeque::front_mut) {
            head.in_flight = true;
        }
    }

    /// The job is done and goes.
    pub(crate) fn end(&mut self, lane: &Lane, number: u64) {
        if self.job(lane, number).is_some() {
            self.counters.done += 1;
        }
        self.edit(lane, |jobs| jobs.retain(|job| job.number != number));
    }

    /// The job failed and waits: longer from time to time, and as long as the service asked for. With `last`, it goes.
    pub(crate) fn fail(
        &mut self,
        lane: &Lane,
        number: u64,
        error: &str,
        asked: Option<Duration>,
        last: bool,
        now: OffsetDateTime,
    ) {
        let drain = self.last_drain;
        self.edit(lane, |jobs| {
            if last {
                jobs.retain(|job| job.number != number);
            }
            let Some(job) = jobs.iter_mut().find(|job| job.number == number) else { return };
            job.failures += 1;
            job.in_flight = false;
            job.parting = None;
            job.error = Some(error.to_owned());
            job.due = now + pause(job.failures).max(asked.unwrap_or(Duration::ZERO));
            job.failed_in = drain;
        });
    }

    /// Jobs of this lane wait no longer.
    pub(crate) fn hurry(&mut self, lane: &Lane, now: OffsetDateTime) {
        for job in self.lanes.get_mut(lane).into_iter().flatten() {
            job.due = job.due.min(now);
        }
        self.wake();
    }

    /// Jobs of this app wait no longer: its connection is another.
    pub(crate) fn hurry_app(&mut self, app: &str, now: OffsetDateTime) {
        for (_, jobs) in self.lanes.iter_mut().filter(|(lane, _)| lane.app == app) {
            jobs.iter_mut().for_each(|job| job.due = job.due.min(now));
        }
        self.wake();
    }

    /// The app's connection goes off: what is to be taken away from the app still goes out once. With `for_good`,
    /// nothing else is left, and what failed before gets its last chance too.
    pub(crate) fn part(&mut self, app: &str, endpoint: Option<Endpoint>, for_good: bool, now: OffsetDateTime) {
        let lanes: Vec<Lane> = self.lanes.keys().filter(|lane| lane.app == app).cloned().collect();
        for lane in lanes {
            self.edit(&lane, |jobs| {
                for job in jobs.iter_mut().filter(|job| job.task.takes_away() && (for_good || job.failures == 0)) {
                    // A connection that went off before the app is deleted has said where to go.
                    job.parting = endpoint.clone().or_else(|| job.parting.take());
                    job.due = job.due.min(now);
                }
                jobs.retain(|job| !for_good || job.in_flight || job.parting.is_some());
            });
        }
        self.wake();
    }

    /// Begins a drain.
    pub(crate) fn begin_drain(&mut self) {
        self.drains += 1;
        self.last_drain += 1;
        self.wake();
    }

    /// Ends a drain.
    pub(crate) fn end_drain(&mut self) {
        self.drains = self.drains.saturating_sub(1);
        self.wake();
    }
}

/// How long to wait after this many failures.
fn pause(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-03-25 12:00 UTC);

    fn numbers(queue: &Queue) -> Vec<(&str, u64)> {
        queue.all().map(|(lane, job)| (lane.subject_id(), job.number)).collect()
    }

    fn farewell() -> Task {
        Task::Deprovision { external_id: "e1".into(), user_name: "ada".into(), name: "Ada Quist".into() }
    }

    #[test]
    fn what_waits_at_the_end_of_a_lane_is_not_added_twice() {
        let mut queue = Queue::default();
        let (ada, bo) = (Lane::person("app", "ada"), Lane::person("app", "bo"));
        queue.add(ada.clone(), Task::PushProfile, NOON);
        queue.add(bo.clone(), Task::PushProfile, NOON);
        queue.add(ada.clone(), Task::PushProfile, NOON);
        assert_eq!(numbers(&queue), [("ada", 1), ("bo", 2)]);
        queue.begin(&ada);
        queue.add(ada.clone(), Task::PushProfile, NOON);
        assert_eq!(numbers(&queue), [("ada", 1), ("ada", 4), ("bo", 2)], "one in flight may have read too early");
        queue.end(&ada, 1);
        assert_eq!(numbers(&queue), [("bo", 2), ("ada", 4)], "lanes come in the order of their first job");
        queue.end(&ada, 4);
        queue.end(&bo, 2);
        assert_eq!((numbers(&queue), queue.counters.done), (vec![], 3));
    }

    #[test]
    fn pauses_grow_to_a_limit_and_are_as_long_as_asked_for() {
        let minutes = |failures| pause(failures).whole_seconds();
        assert_eq!([1, 2, 3, 5, 6, 60].map(minutes), [30, 60, 120, 480, 900, 900]);
        let mut queue = Queue::default();
        let ada = Lane::person("app", "ada");
        queue.add(ada.clone(), Task::Provision, NOON);
        queue.begin(&ada);
        queue.fail(&ada, 1, "Too Many Requests", Some(Duration::minutes(2)), false, NOON);
        let job = queue.job(&ada, 1).unwrap();
        assert_eq!((job.due, job.in_flight, job.failures), (NOON + Duration::minutes(2), false, 1));
        assert!(!queue.is_time(job, NOON + Duration::minutes(1)) && queue.is_time(job, NOON + Duration::minutes(2)));
    }

    #[test]
    fn a_drain_waits_for_nothing_and_tries_everything_once() {
        let mut queue = Queue { paused: true, ..Queue::default() };
        let ada = Lane::person("app", "ada");
        queue.add(ada.clone(), Task::Provision, NOON);
        queue.begin(&ada);
        queue.fail(&ada, 1, "no", None, false, NOON);
        assert!(queue.rests() && !queue.is_time(queue.job(&ada, 1).unwrap(), NOON));
        queue.begin_drain();
        assert!(!queue.rests() && queue.is_time(queue.job(&ada, 1).unwrap(), NOON));
        queue.begin(&ada);
        queue.fail(&ada, 1, "no", None, false, NOON);
        assert!(!queue.is_time(queue.job(&ada, 1).unwrap(), NOON + Duration::DAY));
        queue.end_drain();
        assert!(queue.rests());
    }

    #[test]
    fn of_an_app_that_goes_the_farewells_stay() {
        let mut queue = Queue::default();
        let (ada, bo) = (Lane::person("app", "ada"), Lane::person("app", "bo"));
        queue.add(ada.clone(), farewell(), NOON);
        queue.add(ada.clone(), Task::Provision, NOON);
        queue.add(bo.clone(), Task::Provision, NOON);
        queue.add(Lane::person("other", "bo"), Task::Provision, NOON);
        let endpoint = Endpoint::default();
        queue.part("app", Some(endpoint.clone()), false, NOON);
        assert_eq!(queue.all().count(), 4, "a connection may come back");
        queue.part("app", Some(endpoint), true, NOON);
        assert_eq!(numbers(&queue), [("ada", 1), ("bo", 4)]);
        assert!(queue.job(&ada, 1).unwrap().parting.is_some());
        queue.begin(&ada);
        queue.fail(&ada, 1, "no", None, true, NOON);
        assert_eq!(numbers(&queue), [("bo", 4)]);
    }

    #[test]
    fn a_farewell_goes_before_what_waits_and_after_what_is_in_flight() {
        let mut queue = Queue::default();
        let ada = Lane::person("app", "ada");
        queue.add(ada.clone(), Task::Provision, NOON);
        queue.begin(&ada);
        queue.cancel(&ada, |job| job.task == Task::Provision);
        queue.disown(&ada, true);
        queue.add(ada.clone(), Task::Provision, NOON);
        queue.add_first(ada.clone(), farewell(), NOON, None);
        let words: Vec<_> = queue.jobs(&ada).map(|job| (job.task.word(), job.disowned)).collect();
        assert_eq!(words, [("provision", Some(true)), ("deprovision", None), ("provision", None)]);
    }
}
