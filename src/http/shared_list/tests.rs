//! Reads of one list by several, as a service sees them.

use super::*;
use futures_util::future::poll_immediate;
use proptest::prelude::*;
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// A list of numbers, and how often it was asked.
struct Service {
    count: usize,
    per_page: usize,
    /// How large each page is.
    size: usize,
    pages: Cell<usize>,
    gets: Cell<usize>,
    fails: Option<Error>,
}

impl Service {
    fn of(count: usize, per_page: usize) -> Self {
        Self { count, per_page, size: 1, pages: Cell::new(0), gets: Cell::new(0), fails: None }
    }

    async fn page(&self, at: Option<usize>) -> Result<Page<usize, usize>, Error> {
        self.pages.set(self.pages.get() + 1);
        if let Some(error) = &self.fails {
            return Err(error.clone());
        }
        let from = at.unwrap_or(0);
        let to = (from + self.per_page).min(self.count);
        let members = (from..to).map(|number| (number.to_string(), number)).collect();
        Ok(Page { members, size: self.size, next: (to < self.count).then_some(to) })
    }

    /// Reads as a client does.
    async fn read(&self, list: &SharedLists<(), usize, usize>, id: usize) -> Option<usize> {
        match list.current(()).find(&id.to_string(), |at| self.page(at)).await {
            Shown::Known(found) => Some(found),
            Shown::Alone(alone) => {
                self.gets.set(self.gets.get() + 1);
                let found = (id < self.count).then_some(id);
                alone.is(found);
                found
            }
        }
    }
}

async fn requests(service: &Service, ids: impl IntoIterator<Item = usize>) -> (usize, usize) {
    let list = SharedLists::default();
    for id in ids {
        assert_eq!(service.read(&list, id).await, (id < service.count).then_some(id));
    }
    (service.gets.get(), service.pages.get())
}

#[tokio::test]
async fn one_object_is_asked_for_alone_and_once() {
    assert_eq!(requests(&Service::of(500, 200), [7]).await, (1, 0));
    assert_eq!(requests(&Service::of(500, 200), [7, 7, 7]).await, (1, 0));
}

#[tokio::test]
async fn many_objects_take_the_pages_of_the_list_and_one_request_more() {
    assert_eq!(requests(&Service::of(1000, 1000), 0..1000).await, (1, 1));
    assert_eq!(requests(&Service::of(2500, 1000), 0..2500).await, (1, 3));
    assert_eq!(requests(&Service::of(2500, 1000), (0..2500).rev()).await, (2, 3));
}

#[tokio::test]
async fn a_few_objects_among_many_strangers_cost_twice_as_many_requests_at_most() {
    assert_eq!(requests(&Service::of(100_000, 200), (0..5).map(|n| 99_000 + n)).await, (5, 5));
}

#[tokio::test]
async fn what_is_beyond_the_pages_that_there_is_room_for_is_read_alone() {
    let service = Service { size: MOST_KEPT, ..Service::of(1000, 100) };
    assert_eq!(requests(&service, 0..1000).await, (901, 1));
}

#[tokio::test]
async fn what_the_list_does_not_have_is_asked_for() {
    assert_eq!(requests(&Service::of(3, 200), [0, 1, 2, 3]).await, (2, 1));
}

#[tokio::test]
async fn a_list_that_is_refused_is_asked_for_once_and_one_that_fails_twice() {
    let refused = Error::Unusable { what: "the list".into(), reason: "it is refused".into() };
    let failed = Error::TimedOut { request: "GET the list".into(), after: Duration::from_secs(1), maybe_done: false };
    for (error, asked) in [(refused, 1), (failed, MOST_FAILURES)] {
        let service = Service { fails: Some(error), ..Service::of(100, 200) };
        assert_eq!(requests(&service, 0..100).await, (100, asked));
    }
}

#[tokio::test]
async fn one_reads_the_list_for_all_and_the_next_one_goes_on_where_it_is_stopped() {
    let (service, list) = (Service::of(100, 200), SharedLists::default());
    service.read(&list, 0).await;
    let current = list.current(());
    let mut stopped = Box::pin(current.find("1", |_| std::future::pending()));
    assert!(poll_immediate(&mut stopped).await.is_none());
    let mut waits = Box::pin(service.read(&list, 2));
    assert!(poll_immediate(&mut waits).await.is_none());
    assert_eq!(service.pages.get(), 0);
    drop(stopped);
    assert_eq!((waits.await, service.pages.get()), (Some(2), 1));
}

/// What happens to an object, and when.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// Somebody reads an object.
    Read(usize),
    /// We write it.
    Write(usize),
    /// A read begins, and goes on when it is said so.
    Begin(usize),
    /// It does.
    GoOn,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let object = 0..6_usize;
    let event = prop_oneof![
        object.clone().prop_map(Event::Read),
        object.clone().prop_map(Event::Write),
        object.prop_map(Event::Begin),
        Just(Event::GoOn),
    ];
    proptest::collection::vec(event, 1..60)
}

proptest! {
    /// Whatever the order: a read that begins after a write sees it.
    #[test]
    fn no_read_sees_what_was_before_a_write_that_ended_before_it(events in events(), per_page in 1..4_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let versions = RefCell::new([0_usize; 6]);
            let list: SharedLists<(), usize, usize> = SharedLists::default();
            let page = |at: Option<usize>| {
                let from = at.unwrap_or(0);
                let to = (from + per_page).min(6);
                let members = (from..to).map(|id| (id.to_string(), versions.borrow()[id])).collect();
                async move {
                    // It is answered here, and arrives later.
                    tokio::task::yield_now().await;
                    Ok(Page { members, size: 1, next: (to < 6).then_some(to) })
                }
            };
            let read = |id: usize| {
                let (current, page, versions) = (list.current(()), &page, &versions);
                let least = versions.borrow()[id];
                async move {
                    let found = match current.find(&id.to_string(), page).await {
                        Shown::Known(found) => found,
                        Shown::Alone(alone) => {
                            let found = versions.borrow()[id];
                            tokio::task::yield_now().await;
                            alone.is(Some(found));
                            found
                        }
                    };
                    assert!(found >= least, "object {id} is of version {found}, and was {least} before");
                }
            };
            let mut begun: Vec<std::pin::Pin<Box<dyn Future<Output = ()>>>> = Vec::new();
            for event in &events {
                match *event {
                    Event::Begin(id) => {
                        let mut reading: std::pin::Pin<Box<dyn Future<Output = ()>>> = Box::pin(read(id));
                        if poll_immediate(&mut reading).await.is_none() {
                            begun.push(reading);
                        }
                    }
                    Event::GoOn => {
                        let mut left = Vec::new();
                        for mut reading in begun {
                            if poll_immediate(&mut reading).await.is_none() {
                                left.push(reading);
                            }
                        }
                        begun = left;
                    }
                    Event::Write(id) => {
                        versions.borrow_mut()[id] += 1;
                        list.forget();
                    }
                    Event::Read(id) => {
                        // Whoever holds the list goes on, so that this one is not kept waiting.
                        let all = futures_util::future::join_all(begun);
                        futures_util::future::join(all, read(id)).await;
                        begun = Vec::new();
                    }
                }
            }
            futures_util::future::join_all(begun).await;
        });
    }
}

fn alone<T, C>(look: Shown<T, C>) -> ReadAlone<T, C> {
    match look {
        Shown::Alone(alone) => alone,
        Shown::Known(_) => panic!("it is known"),
    }
}

/// A list that shows both objects as 2.
async fn twos(_: Option<usize>) -> Result<Page<usize, usize>, Error> {
    Ok(Page { members: vec![("a".into(), 2), ("b".into(), 2)], size: 1, next: None })
}

#[tokio::test]
async fn a_list_that_shows_an_object_otherwise_than_it_is_is_not_believed() {
    let list: SharedLists<(), usize, usize> = SharedLists::default();
    let current = list.current(());
    alone(current.find("a", twos).await).is(Some(1));
    alone(current.find("b", twos).await).is(Some(1));
    assert!(matches!(current.find("a", twos).await, Shown::Known(1)));
}

#[tokio::test]
async fn nobody_believes_the_list_before_the_first_object_was_read() {
    for (found, believed) in [(Some(1), false), (None, false), (Some(2), true)] {
        let list: SharedLists<(), usize, usize> = SharedLists::default();
        let current = list.current(());
        let first = alone(current.find("a", twos).await);
        let mut second = Box::pin(current.find("b", twos));
        assert!(poll_immediate(&mut second).await.is_none());
        first.is(found);
        assert_eq!(matches!(second.await, Shown::Known(2)), believed, "{found:?}");
    }
}

#[tokio::test]
async fn where_the_first_one_does_not_come_back_the_next_one_is_the_first() {
    let list: SharedLists<(), usize, usize> = SharedLists::default();
    let current = list.current(());
    drop(current.find("a", twos).await);
    alone(current.find("b", twos).await).is(Some(2));
    assert!(matches!(current.find("a", twos).await, Shown::Known(2)));
}

#[tokio::test]
async fn a_list_that_shows_what_is_not_there_is_not_believed() {
    let list: SharedLists<(), usize, usize> = SharedLists::default();
    let current = list.current(());
    alone(current.find("a", twos).await).is(None);
    alone(current.find("b", twos).await).is(Some(2));
}

#[tokio::test]
async fn one_that_is_read_alone_later_ends_the_belief_too() {
    let list: SharedLists<(), usize, usize> = SharedLists::default();
    let current = list.current(());
    alone(current.find("a", twos).await).is(Some(2));
    assert!(matches!(current.find("b", twos).await, Shown::Known(2)));
    current.alone("b").is(Some(3));
    assert!(matches!(current.find("b", twos).await, Shown::Known(3)));
    alone(current.find("c", twos).await).is(None);
}

#[tokio::test]
async fn what_was_read_alone_waits_for_no_page() {
    let list: SharedLists<(), usize, usize> = SharedLists::default();
    let current = list.current(());
    let first = alone(current.find("a", twos).await);
    let mut second = Box::pin(current.find("b", |_| std::future::pending()));
    assert!(poll_immediate(&mut second).await.is_none());
    first.is(Some(1));
    assert!(matches!(current.find("a", twos).await, Shown::Known(1)));
}
