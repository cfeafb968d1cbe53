//! Carries the jobs out.

use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use super::choice::Errand;
use super::queue::Task;
use super::{groups, people};
use crate::mock::world::World;

/// How many jobs of an org are carried out at a time.
const AT_ONCE: usize = 8;

/// Carries out jobs of the org whenever there are any, until told to stop. Retries are due on the mock's clock. After a
/// panic it goes on with the next org, that of a reset; who waits for this one is told.
pub(crate) async fn run(world: Arc<World>, stop: CancellationToken) {
    supervised(&world, || work(&world, &stop)).await;
}

async fn supervised<W: Future<Output = ()>>(world: &World, work: impl Fn() -> W) {
    while let Err(panic) = AssertUnwindSafe(work()).catch_unwind().await {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words");
        world.okta().provisioning.break_down(text.to_owned());
    }
}

async fn work(world: &World, stop: &CancellationToken) {
    let signals = world.okta().provisioning.signals();
    let mut under_way = FuturesUnordered::new();
    loop {
        let now = world.clock.now();
        let (errands, next) = world.okta().errands(now, AT_ONCE - under_way.len());
        under_way.extend(errands.into_iter().map(|errand| carry_out(world, errand)));
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::super::queue::Lane;
    use super::super::standing::{drained, settled};
    use super::*;
    use crate::mock::options::Options;

    #[tokio::test]
    async fn a_panic_ends_every_wait_with_its_text_and_a_reset_starts_anew() {
        let world = World::new(Options::default(), reqwest::Client::new());
        let ada = Lane::person("app", "ada");
        world.okta().provisioning.add(ada.clone(), Task::Provision, world.clock.now());
        world.okta().provisioning.begin(&ada);
        let runs = Cell::new(0);
        let worker = supervised(&world, || {
            runs.set(runs.get() + 1);
            let first = runs.get() == 1;
            async move { assert!(!first, "plum {first}") }
        });
        let (waited, ()) = tokio::join!(settled(&world), worker);
        assert_eq!((waited.broken.as_deref(), waited.in_flight, waited.pending), (Some("plum true"), 0, 1));
        assert_eq!(waited.jobs[0].error.as_deref(), Some("plum true"));
        assert_eq!(drained(&world).await.broken, waited.broken);
        assert_eq!(runs.get(), 2);
        world.reset();
        assert_eq!(settled(&world).await.broken, None);
    }
}
