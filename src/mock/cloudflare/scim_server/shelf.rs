//! Resources of one kind, found by what clients look for without trying them all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::body::Members;
use super::filter::Filter;
use super::resource_type::Noun;
use crate::mock::{clock, ids};

/// A resource as it is kept.
#[derive(Clone, Debug)]
pub struct Resource {
    noun: Noun,
    id: String,
    created: OffsetDateTime,
    modified: OffsetDateTime,
    attributes: Members,
}

impl Resource {
    /// User or group.
    pub fn noun(&self) -> Noun {
        self.noun
    }

    /// Its id, a UUID that Cloudflare made.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the client sent and may set: neither `id` nor `meta`, and of a group's members little more than their ids.
    pub fn attributes(&self) -> &Members {
        &self.attributes
    }

    /// One of its attributes as text; none if it is absent or something else.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).and_then(Value::as_str)
    }

    /// A user's `userName`, a group's `displayName`.
    pub fn handle(&self) -> &str {
        self.text(self.noun.resource_type().handle).unwrap_or_default()
    }

    /// Whether a user is active. One that does not say so is.
    pub fn is_active(&self) -> bool {
        self.attributes.get("active") != Some(&json!(false))
    }

    /// A user's primary email in lower case, or the first one if none is primary.
    pub fn primary_email(&self) -> Option<String> {
        let emails = self.attributes.get("emails").and_then(Value::as_array)?;
        let primary = emails.iter().find(|email| super::body::is_primary(email)).or_else(|| emails.first());
        primary.and_then(|email| email["value"].as_str()).map(str::to_lowercase)
    }

    /// What people read in its place.
    pub(super) fn label(&self) -> &str {
        self.text("displayName").unwrap_or_else(|| self.handle())
    }

    /// Its URI.
    pub(super) fn location(&self, base: &str) -> String {
        format!("{base}{}/{}", self.noun.resource_type().endpoint, self.id)
    }

    /// Its moments as `meta` has them.
    pub fn meta(&self) -> Value {
        json!({"created": clock::seconds(self.created), "lastModified": clock::seconds(self.modified)})
    }

    /// URN of its core schema.
    pub fn schema(&self) -> &'static str {
        self.noun.resource_type().schema.urn
    }

    /// What it can be found by.
    fn keys(&self) -> Vec<Key> {
        let mut keys = vec![Key::Handle(self.handle().to_lowercase())];
        keys.extend(self.text("externalId").map(|id| Key::ExternalId(id.to_owned())));
        let emails = self.attributes.get("emails").and_then(Value::as_array).into_iter().flatten();
        keys.extend(emails.filter_map(|email| email["value"].as_str()).map(|email| Key::Email(email.to_lowercase())));
        keys
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Handle(String),
    ExternalId(String),
    Email(String),
}

/// Resources by position: the number of the creation, which lists are in the order of.
#[derive(Clone, Default)]
pub(super) struct Shelf {
    resources: BTreeMap<u64, Resource>,
    positions: HashMap<String, u64>,
    index: HashMap<Key, BTreeSet<u64>>,
    next: u64,
}

impl Shelf {
    pub(super) fn all(&self) -> impl ExactSizeIterator<Item = &Resource> {
        self.resources.values()
    }

    pub(super) fn at(&self, position: u64) -> Option<&Resource> {
        self.resources.get(&position)
    }

    pub(super) fn position(&self, id: &str) -> Option<u64> {
        self.positions.get(id).copied()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Resource> {
        self.at(self.position(id)?)
    }

    /// Those of this handle, in any case.
    pub(super) fn by_handle(&self, handle: &str) -> impl Iterator<Item = &Resource> + use<'_> {
        self.handle_positions(handle).filter_map(|position| self.at(position))
    }

    pub(super) fn handle_positions(&self, handle: &str) -> impl Iterator<Item = u64> + use<'_> {
        self.found(Key::Handle(handle.to_lowercase()))
    }

    /// Those that have this email, in any case.
    pub(super) fn by_email(&self, email: &str) -> impl Iterator<Item = &Resource> + use<'_> {
        self.found(Key::Email(email.to_lowercase())).filter_map(|position| self.at(position))
    }

    /// Those among which all are that can pass the filter.
    pub(super) fn candidates(&self, filter: &Filter, handle: &str) -> Vec<&Resource> {
        let positions: Vec<u64> = if let Some(id) = filter.pinned("id") {
            self.position(id).into_iter().collect()
        } else if let Some(handle) = filter.pinned(handle) {
            self.handle_positions(handle).collect()
        } else if let Some(id) = filter.pinned("externalId") {
            self.found(Key::ExternalId(id.to_owned())).collect()
        } else {
            return self.all().collect();
        };
        positions.into_iter().filter_map(|position| self.at(position)).collect()
    }

    /// Adds a resource; returns its id and its position.
    pub(super) fn add(&mut self, noun: Noun, attributes: Members, now: OffsetDateTime) -> (String, u64) {
        let id = ids::uuid();
        let position = self.next;
        self.next += 1;
        let resource = Resource { noun, id: id.clone(), created: now, modified: now, attributes };
        self.put(position, resource);
        (id, position)
    }

    /// Changes a resource, if there is anything to change.
    pub(super) fn change(&mut self, position: u64, attributes: Members, now: OffsetDateTime) {
        if self.at(position).is_some_and(|resource| resource.attributes != attributes)
            && let Some(resource) = self.take(position)
        {
            self.put(position, Resource { attributes, modified: now, ..resource });
        }
    }

    /// Takes a member out of a group. Members are nothing that a resource is found by, so that it stays where it is.
    pub(super) fn leave(&mut self, position: u64, member: &str, now: OffsetDateTime) {
        let Some(group) = self.resources.get_mut(&position) else { return };
        group.modified = now;
        if let Some(members) = group.attributes.get_mut("members").and_then(Value::as_array_mut) {
            members.retain(|kept| kept["value"].as_str() != Some(member));
            if members.is_empty() {
                group.attributes.shift_remove("members");
            }
        }
    }

    pub(super) fn take(&mut self, position: u64) -> Option<Resource> {
        let resource = self.resources.remove(&position)?;
        self.positions.remove(&resource.id);
        for key in resource.keys() {
            if let Some(positions) = self.index.get_mut(&key) {
                positions.remove(&position);
                if positions.is_empty() {
                    self.index.remove(&key);
                }
            }
        }
        Some(resource)
    }

    fn put(&mut self, position: u64, resource: Resource) {
        for key in resource.keys() {
            self.index.entry(key).or_default().insert(position);
        }
        self.positions.insert(resource.id.clone(), position);
        self.resources.insert(position, resource);
    }

    fn found(&self, key: Key) -> impl Iterator<Item = u64> + use<'_> {
        self.index.get(&key).into_iter().flatten().copied()
    }
}
