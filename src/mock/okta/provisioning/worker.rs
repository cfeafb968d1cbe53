//! Carries the jobs out.

use std::future::pending;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use super::choice::Errand;
use super::queue::Task;
use super::{groups, people};
use crate::mock::world::World;

/// How many jobs of an org are carried out at a time.
const AT_ONCE: usize = 8;

/// Carries out jobs of the org whenever there are any, until told to stop. Retries are due on the mock's clock.
pub(crate) async fn run(world: Arc<World>, stop: CancellationToken) {
    let signals = world.okta().provisioning.signals();
    let mut under_way = FuturesUnordered::new();
    loop {
        let now = world.clock.now();
        let (errands, next) = world.okta().errands(now, AT_ONCE - under_way.len());
        under_way.extend(errands.into_iter().map(|errand| carry_out(&world, errand)));
        signals.progress.notify_waiters();
        tokio::select! {
            () = stop.cancelled() => return,
            () = signals.work.notified() => {}
            () = world.clock.moved() => {}
            Some(()) = under_way.next() => {}
            () = until(next, now) => {}
        }
    }
}

/// Until a moment on the mock's clock, if nobody moves the clock; without one, for ever.
async fn until(next: Option<OffsetDateTime>, now: OffsetDateTime) {
    match next.map(|next| (next - now).unsigned_abs()) {
        Some(wait) => tokio::time::sleep(wait).await,
        None => pending().await,
    }
}

async fn carry_out(world: &World, errand: Errand) {
    let result = match &errand.task {
        Task::Provision => people::provision(world, &errand).await,
        Task::PushProfile => people::push_profile(world, &errand).await,
        Task::Deprovision { external_id, user_name, name } => {
            people::deprovision(world, &errand, external_id, user_name, name).await
        }
        Task::PushGroup => groups::push(world, &errand).await,
        Task::DeleteGroup { external_id, name } => groups::delete(world, &errand, external_id, name).await,
    };
    let now = world.clock.now();
    let mut org = world.okta();
    match result {
        Ok(()) => org.provisioning.end(&errand.lane, errand.number),
        Err(failure) => org.failed(&errand, &failure, now),
    }
}
