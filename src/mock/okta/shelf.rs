//! A store that remembers the order in which things came, because Okta lists them so.

use std::collections::{BTreeMap, HashMap};

/// Things by id, listed oldest first.
#[derive(Debug, Clone)]
pub(crate) struct Shelf<T> {
    things: BTreeMap<u64, (String, T)>,
    places: HashMap<String, u64>,
    next: u64,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { things: BTreeMap::new(), places: HashMap::new(), next: 0 }
    }
}

impl<T> Shelf<T> {
    /// Puts a thing at the end, or replaces the one of that id where it stands.
    pub(crate) fn put(&mut self, id: &str, thing: T) {
        let place = *self.places.entry(id.to_owned()).or_insert_with(|| {
            let place = self.next;
            self.next += 1;
            place
        });
        self.things.insert(place, (id.to_owned(), thing));
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        let place = self.places.get(id)?;
        self.things.get(place).map(|(_, thing)| thing)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        let place = self.places.get(id)?;
        self.things.get_mut(place).map(|(_, thing)| thing)
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        self.places.contains_key(id)
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<T> {
        let place = self.places.remove(id)?;
        self.things.remove(&place).map(|(_, thing)| thing)
    }

    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        let places = &mut self.places;
        self.things.retain(|_, (id, thing)| {
            let stays = keep(thing);
            if !stays {
                places.remove(id);
            }
            stays
        });
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.things.values().map(|(_, thing)| thing)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.things.values_mut().map(|(_, thing)| thing)
    }

    pub(crate) fn len(&self) -> usize {
        self.things.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_arrival_survives_removal_and_replacement() {
        let mut shelf = Shelf::default();
        for id in ["c", "a", "b"] {
            shelf.put(id, id.to_uppercase());
        }
        shelf.put("c", "C again".to_owned());
        shelf.remove("a");
        shelf.put("a", "A last".to_owned());
        let listed: Vec<_> = shelf.iter().cloned().collect();
        assert_eq!(listed, ["C again", "B", "A last"]);
        shelf.retain(|thing| thing.starts_with('B'));
        assert_eq!(shelf.len(), 1);
        assert!(!shelf.contains("a") && shelf.get("c").is_none());
    }
}
