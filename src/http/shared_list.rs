//! Objects that several reads of one process take from one list, where that is cheaper than asking for each.
//!
//! Terraform reads each resource with a call of its own and does not say how many there are. So the first read asks for
//! its object alone, the second one for the list, and whoever comes meanwhile waits for that. There is never a further
//! page before there were as many reads, so that in an account full of objects that are not Terraform's it comes to twice
//! as many requests as reads at most.
//!
//! No service says that its lists show all of an object, or show it at once. So nobody takes an object from a list before
//! one has been read alone, and one that was read alone and looks otherwise in the list, or is not there, then or later, ends
//! all belief in it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;

use super::Error;

/// The objects of lists by id, as far as they were read. `K` is which list, and `C` where its next page is.
///
/// What was read serves until [`forget`](Self::forget). A read that began before it may still take an object from
/// before; none that begins after it does.
#[derive(Debug)]
pub struct SharedLists<K, T, C>(Mutex<HashMap<K, Arc<Read<T, C>>>>);

/// One page of a list.
#[derive(Debug)]
pub struct Page<T, C> {
    /// Its members by id.
    pub members: Vec<(String, T)>,
    /// Where the next one is; `None` after the last.
    pub next: Option<C>,
}

/// What was read of one list since the last write, to add to it.
#[derive(Debug)]
pub struct Read<T, C> {
    inside: Mutex<Inside<T, C>>,
    /// Held by whoever reads a page.
    page: tokio::sync::Mutex<()>,
    /// Held by the first one while it reads its object alone. If that comes to nothing, the next one is the first.
    first: Arc<tokio::sync::Mutex<()>>,
}

/// What is known of an object.
#[derive(Debug)]
pub enum Shown<T, C> {
    /// This is what it looks like.
    Known(T),
    /// Nothing: it is to be read alone, and whether it exists is not known.
    Alone(ReadAlone<T, C>),
}

/// An object that is read alone.
#[derive(Debug)]
pub struct ReadAlone<T, C> {
    read: Arc<Read<T, C>>,
    id: String,
    _first: Option<OwnedMutexGuard<()>>,
}

#[derive(Debug)]
struct Inside<T, C> {
    /// Objects that were read alone; `None` where there is none.
    alone: HashMap<String, Option<T>>,
    /// Objects of the list.
    listed: HashMap<String, T>,
    /// How many reads there were.
    asked: usize,
    /// How many pages were read.
    pages: usize,
    /// How many could not be.
    failures: usize,
    next: Next<C>,
}

/// Whether an object can be had without asking.
enum Judged<T> {
    Known(T),
    Unknown,
    /// It is in a list of which nobody knows whether it is right.
    Doubtful(OwnedMutexGuard<()>),
}

#[derive(Clone, Debug)]
enum Next<C> {
    First,
    Further(C),
    /// There is none, or it cannot be read.
    None,
}

/// A list that fails more often is left alone until something is written.
const MOST_FAILURES: usize = 2;

impl<K, T, C> Default for SharedLists<K, T, C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T, C> Default for Read<T, C> {
    fn default() -> Self {
        let inside = Inside {
            alone: HashMap::new(),
            listed: HashMap::new(),
            asked: 0,
            pages: 0,
            failures: 0,
            next: Next::First,
        };
        Self { inside: Mutex::new(inside), page: tokio::sync::Mutex::default(), first: Arc::default() }
    }
}

impl<K: Eq + Hash, T, C> SharedLists<K, T, C> {
    /// What was read of a list since the last write.
    pub fn current(&self, list: K) -> Arc<Read<T, C>> {
        Arc::clone(self.lock().entry(list).or_default())
    }

    /// Forgets everything that was read: something was written.
    pub fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Arc<Read<T, C>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone + PartialEq, C: Clone> Read<T, C> {
    /// The object with this id, if it was read or can be had from the list, of which `page` reads a page.
    pub async fn find<F>(self: &Arc<Self>, id: &str, page: impl Fn(Option<C>) -> F) -> Shown<T, C>
    where
        F: Future<Output = Result<Page<T, C>, Error>>,
    {
        let is_first = {
            let mut inside = self.lock();
            inside.asked += 1;
            inside.asked == 1
        };
        if is_first {
            let first = Arc::clone(&self.first).try_lock_owned().ok();
            return Shown::Alone(ReadAlone { _first: first, ..self.alone(id) });
        }
        loop {
            match self.judge(id).await {
                Judged::Known(found) => return Shown::Known(found),
                Judged::Doubtful(first) => return Shown::Alone(ReadAlone { _first: Some(first), ..self.alone(id) }),
                Judged::Unknown => {}
            }
            if self.lock().due().is_none() {
                return Shown::Alone(self.alone(id));
            }
            // Whoever reads it may be stopped, and then the next one does.
            let _reading = self.page.lock().await;
            if self.lock().shows(id) {
                continue;
            }
            let Some(at) = self.lock().due() else { continue };
            let read = page(at).await;
            match read {
                Ok(page) => self.lock().add(page),
                // It is this reader who has no time; the next one may have.
                Err(error) if error.is_of_the_caller() => return Shown::Alone(self.alone(id)),
                Err(error) => {
                    tracing::debug!(%error, "the list cannot be read, so the object is read alone");
                    self.lock().fail(&error);
                    return Shown::Alone(self.alone(id));
                }
            }
        }
    }

    /// An object that is read alone whatever is known of it.
    pub fn alone(self: &Arc<Self>, id: &str) -> ReadAlone<T, C> {
        ReadAlone { read: Arc::clone(self), id: id.to_owned(), _first: None }
    }

    /// What is known of an object, once the first one has been read alone.
    async fn judge(&self, id: &str) -> Judged<T> {
        if !self.lock().shows(id) {
            return Judged::Unknown;
        }
        let first = Arc::clone(&self.first).lock_owned().await;
        let inside = self.lock();
        match (inside.alone.get(id), inside.listed.get(id)) {
            (Some(Some(found)), _) => Judged::Known(found.clone()),
            (_, None) => Judged::Unknown,
            _ if inside.alone.is_empty() => Judged::Doubtful(first),
            (_, Some(listed)) => Judged::Known(listed.clone()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside<T, C>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: PartialEq, C> ReadAlone<T, C> {
    /// It looks like this; `None` if there is none.
    pub fn is(self, object: Option<T>) {
        let mut inside = self.read.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if inside.listed.get(&self.id).is_some_and(|listed| object.as_ref() != Some(listed)) {
            inside.disbelieve();
        }
        inside.alone.insert(self.id.clone(), object);
    }
}

impl<T: PartialEq, C> Inside<T, C> {
    fn shows(&self, id: &str) -> bool {
        matches!(self.alone.get(id), Some(Some(_))) || self.listed.contains_key(id)
    }

    /// Where the page is that may be read, if one may: `None` for the first one.
    fn due(&self) -> Option<Option<C>>
    where
        C: Clone,
    {
        match &self.next {
            Next::First if self.asked > 1 => Some(None),
            Next::Further(at) if self.asked > self.pages => Some(Some(at.clone())),
            _ => None,
        }
    }

    fn add(&mut self, page: Page<T, C>) {
        let is_known_otherwise =
            |(id, member): &(String, T)| self.alone.get(id).is_some_and(|known| known.as_ref() != Some(member));
        if page.members.iter().any(is_known_otherwise) {
            self.disbelieve();
            return;
        }
        self.pages += 1;
        self.listed.extend(page.members);
        self.next = page.next.map_or(Next::None, Next::Further);
    }

    fn disbelieve(&mut self) {
        tracing::debug!("the list shows an object otherwise than it is, so objects are read one by one");
        self.listed.clear();
        self.next = Next::None;
    }

    /// A service that does not answer may do so again; one that refuses will not change its mind.
    fn fail(&mut self, error: &Error) {
        self.failures += 1;
        if !error.is_no_answer() || self.failures >= MOST_FAILURES {
            self.next = Next::None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::poll_immediate;
    use proptest::prelude::*;
    use std::cell::{Cell, RefCell};
    use std::time::Duration;

    /// A list of numbers, and how often it was asked.
    struct Service {
        count: usize,
        per_page: usize,
        pages: Cell<usize>,
        gets: Cell<usize>,
        fails: Option<Error>,
    }

    impl Service {
        fn of(count: usize, per_page: usize) -> Self {
            Self { count, per_page, pages: Cell::new(0), gets: Cell::new(0), fails: None }
        }

        async fn page(&self, at: Option<usize>) -> Result<Page<usize, usize>, Error> {
            self.pages.set(self.pages.get() + 1);
            if let Some(error) = &self.fails {
                return Err(error.clone());
            }
            let from = at.unwrap_or(0);
            let to = (from + self.per_page).min(self.count);
            let members = (from..to).map(|number| (number.to_string(), number)).collect();
            Ok(Page { members, next: (to < self.count).then_some(to) })
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
    async fn what_the_list_does_not_have_is_asked_for() {
        assert_eq!(requests(&Service::of(3, 200), [0, 1, 2, 3]).await, (2, 1));
    }

    #[tokio::test]
    async fn a_list_that_is_refused_is_asked_for_once_and_one_that_fails_twice() {
        let refused = Error::Unusable { what: "the list".into(), reason: "it is refused".into() };
        let failed =
            Error::TimedOut { request: "GET the list".into(), after: Duration::from_secs(1), maybe_done: false };
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
                        Ok(Page { members, next: (to < 6).then_some(to) })
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
        Ok(Page { members: vec![("a".into(), 2), ("b".into(), 2)], next: None })
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
}
