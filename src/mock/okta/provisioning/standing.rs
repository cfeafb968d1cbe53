//! How far provisioning is, and waiting until it is done.

use serde::Serialize;

use super::queue::Job;
use crate::mock::clock::millis;
use crate::mock::world::World;

/// What provisioning did so far, and what it has yet to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Jobs wait for `resume` or a drain.
    pub paused: bool,
    /// Jobs that are not done, those in flight included.
    pub pending: usize,
    /// Jobs that are being carried out.
    pub in_flight: usize,
    /// Jobs that failed at least once and are not done.
    pub failing: usize,
    /// Jobs begun, every retry counted.
    pub attempts: u64,
    /// Jobs done.
    pub done: u64,
    /// Requests sent to SCIM services, the credential test not counted.
    pub requests: u64,
    /// Of these, how many were answered with a status from 400. A 404 to a search means "none" and does not count.
    pub refused: u64,
    /// Of these, how many were not answered at all.
    pub unanswered: u64,
    /// What the mock said when it broke down over a job, which is a mistake in the mock. Nothing is sent any longer.
    pub broken: Option<String>,
    /// The jobs that are not done, in order.
    pub jobs: Vec<WaitingJob>,
}

/// A job that is not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitingJob {
    /// Id of the app.
    pub app: String,
    /// `provision`, `push_profile`, `deprovision`, `push_group` or `delete_group`.
    pub task: &'static str,
    /// Id of the Okta user, or of the app's group in Okta.
    pub subject: String,
    /// It is being carried out.
    pub in_flight: bool,
    /// How often it failed.
    pub failures: u32,
    /// Why it failed last.
    pub error: Option<String>,
    /// When it may be tried, on the mock's clock.
    pub due: String,
}

impl WaitingJob {
    fn of(app: &str, subject: &str, job: &Job) -> Self {
        Self {
            app: app.to_owned(),
            task: job.task.word(),
            subject: subject.to_owned(),
            in_flight: job.in_flight,
            failures: job.failures,
            error: job.error.clone(),
            due: millis(job.due),
        }
    }
}

impl Standing {
    /// # Panics
    ///
    /// If the mock broke down over a job.
    #[track_caller]
    pub(crate) fn unbroken(self) -> Self {
        match &self.broken {
            Some(panic) => panic!("provisioning broke down: {panic}"),
            None => self,
        }
    }
}

/// How far provisioning is.
pub(crate) fn standing(world: &World) -> Standing {
    let org = world.okta();
    let (queue, counters) = (&org.provisioning, org.provisioning.counters);
    let jobs: Vec<_> = queue.all().map(|(lane, job)| WaitingJob::of(&lane.app, lane.subject_id(), job)).collect();
    Standing {
        paused: queue.paused,
        pending: jobs.len(),
        in_flight: queue.in_flight(),
        failing: jobs.iter().filter(|job| job.failures > 0).count(),
        attempts: counters.attempts,
        done: counters.done,
        requests: counters.requests,
        refused: counters.refused,
        unanswered: counters.unanswered,
        broken: queue.broken().map(str::to_owned),
        jobs,
    }
}

/// A drain that ends with this.
struct Drain<'a>(&'a World);

impl<'a> Drain<'a> {
    fn begin(world: &'a World) -> Self {
        world.okta().provisioning.begin_drain();
        Self(world)
    }
}

impl Drop for Drain<'_> {
    fn drop(&mut self) {
        self.0.okta().provisioning.end_drain();
    }
}

/// Carries out everything that can be, paused or not and without waiting for pauses between retries, until nothing is
/// left or everything that is left has failed once more. Jobs that wait for a person to switch something on stay.
pub(crate) async fn drained(world: &World) -> Standing {
    let _drain = Drain::begin(world);
    settled(world).await
}

/// Waits until nothing is in flight and nothing is due, and hurries nobody.
pub(crate) async fn settled(world: &World) -> Standing {
    let signals = world.okta().provisioning.signals();
    loop {
        let progress = signals.progress.notified();
        tokio::pin!(progress);
        // From here on no progress goes unnoticed, the look below included.
        progress.as_mut().enable();
        let idle = world.okta().provisioning_is_idle(world.clock.now());
        if idle {
            return standing(world);
        }
        progress.await;
    }
}
