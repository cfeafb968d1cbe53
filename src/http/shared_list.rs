//! Objects that several reads of one process take from one list, where that is cheaper than asking for each.
//!
//! Terraform reads each resource with a call of its own and does not say how many there are. So the first read asks for
//! its object alone, the second one for the list, and whoever comes meanwhile waits for that. There is never a further
//! page before there were as many reads, so that in an account full of objects that are not Terraform's it comes to twice
//! as many requests as reads at most. An object that was read alone and is in the list too must look the same
//! there. Otherwise the list is not believed.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
pub struct Read<T, C>(tokio::sync::Mutex<Inside<T, C>>);

#[derive(Debug)]
struct Inside<T, C> {
    members: HashMap<String, T>,
    /// How many reads there were.
    asked: usize,
    /// How many pages were read.
    pages: usize,
    next: Next<C>,
}

#[derive(Clone, Debug)]
enum Next<C> {
    First,
    Further(C),
    /// There is none, or it cannot be read.
    None,
}

impl<K, T, C> Default for SharedLists<K, T, C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T, C> Default for Read<T, C> {
    fn default() -> Self {
        Self(tokio::sync::Mutex::new(Inside { members: HashMap::new(), asked: 0, pages: 0, next: Next::First }))
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
    /// The object with this id, if it was read or can be had from the list, of which `page` reads a page. `None` if it
    /// is to be asked for alone: whether it exists is not known.
    pub async fn find<F>(&self, id: &str, page: impl Fn(Option<C>) -> F) -> Option<T>
    where
        F: Future<Output = Result<Page<T, C>, Error>>,
    {
        let mut inside = self.0.lock().await;
        inside.asked += 1;
        loop {
            if let Some(found) = inside.members.get(id).cloned() {
                return Some(found);
            }
            // Nothing is changed before there is a page: whoever reads it may be stopped, and then the next one does.
            let read = match inside.next.clone() {
                Next::First if inside.asked > 1 => page(None).await,
                Next::Further(at) if inside.asked > inside.pages => page(Some(at)).await,
                _ => return None,
            };
            match read {
                Ok(page) => inside.add(page),
                // The next reader may have time.
                Err(error) if error.is_of_the_caller() => return None,
                Err(error) => {
                    tracing::debug!(%error, "the list cannot be read, so objects are read one by one");
                    inside.next = Next::None;
                }
            }
        }
    }

    /// Remembers an object that was read alone. To be called on what was [current](SharedLists::current) before it was
    /// read.
    pub async fn remember(&self, id: &str, object: T) {
        self.0.lock().await.members.insert(id.to_owned(), object);
    }
}

impl<T: PartialEq, C> Inside<T, C> {
    fn add(&mut self, page: Page<T, C>) {
        let is_known_otherwise = |(id, member): &(String, T)| self.members.get(id).is_some_and(|known| known != member);
        if page.members.iter().any(is_known_otherwise) {
            tracing::debug!("the list shows an object otherwise than it is, so objects are read one by one");
            self.next = Next::None;
            return;
        }
        self.pages += 1;
        for (id, member) in page.members {
            // What was read alone stays.
            self.members.entry(id).or_insert(member);
        }
        self.next = page.next.map_or(Next::None, Next::Further);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::poll_immediate;
    use proptest::prelude::*;
    use std::cell::{Cell, RefCell};

    /// A list of numbers, and how often it was asked.
    struct Service {
        count: usize,
        per_page: usize,
        pages: Cell<usize>,
        gets: Cell<usize>,
        refuses: bool,
    }

    impl Service {
        fn of(count: usize, per_page: usize) -> Self {
            Self { count, per_page, pages: Cell::new(0), gets: Cell::new(0), refuses: false }
        }

        async fn page(&self, at: Option<usize>) -> Result<Page<usize, usize>, Error> {
            self.pages.set(self.pages.get() + 1);
            if self.refuses {
                return Err(Error::Unusable { what: "the list".into(), reason: "it is refused".into() });
            }
            let from = at.unwrap_or(0);
            let to = (from + self.per_page).min(self.count);
            let members = (from..to).map(|number| (number.to_string(), number)).collect();
            Ok(Page { members, next: (to < self.count).then_some(to) })
        }

        /// Reads as a client does.
        async fn read(&self, list: &SharedLists<(), usize, usize>, id: usize) -> Option<usize> {
            let current = list.current(());
            if let Some(found) = current.find(&id.to_string(), |at| self.page(at)).await {
                return Some(found);
            }
            self.gets.set(self.gets.get() + 1);
            let found = (id < self.count).then_some(id)?;
            current.remember(&id.to_string(), found).await;
            Some(found)
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
    async fn a_list_that_is_refused_is_asked_for_once() {
        let service = Service { refuses: true, ..Service::of(100, 200) };
        assert_eq!(requests(&service, 0..100).await, (100, 1));
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
                            Some(found) => found,
                            None => {
                                let found = versions.borrow()[id];
                                tokio::task::yield_now().await;
                                current.remember(&id.to_string(), found).await;
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

    #[tokio::test]
    async fn a_list_that_shows_an_object_otherwise_than_it_is_is_not_believed() {
        let list: SharedLists<(), usize, usize> = SharedLists::default();
        let current = list.current(());
        let page = |_| async { Ok(Page { members: vec![("a".into(), 2), ("b".into(), 2)], next: None }) };
        assert_eq!(current.find("a", page).await, None);
        current.remember("a", 1).await;
        assert_eq!((current.find("b", page).await, current.find("a", page).await), (None, Some(1)));
    }
}
