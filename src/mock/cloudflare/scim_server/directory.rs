//! What SCIM clients sent to one identity provider: its users and groups, and who is a member of what.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::answer::Refusal;
use super::body::Members;
use super::resource_type::Noun;
use super::shelf::{Resource, Shelf};

/// Users and groups, oldest first.
#[derive(Clone, Default)]
pub struct Directory {
    users: Shelf,
    groups: Shelf,
    /// Ids of users, with the positions of the groups they are members of.
    memberships: HashMap<String, BTreeSet<u64>>,
}

impl Directory {
    /// The users, oldest first.
    pub fn users(&self) -> impl ExactSizeIterator<Item = &Resource> {
        self.users.all()
    }

    /// The groups, oldest first.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = &Resource> {
        self.groups.all()
    }

    /// A user by `userName`, whose case does not matter.
    pub fn user(&self, user_name: &str) -> Option<&Resource> {
        self.users.by_handle(user_name).next()
    }

    /// The oldest group of this `displayName`, whose case does not matter.
    pub fn group(&self, display_name: &str) -> Option<&Resource> {
        self.groups.by_handle(display_name).next()
    }

    /// The user that stands for the person with this email: by `userName`, otherwise by primary email.
    pub fn user_of(&self, email: &str) -> Option<&Resource> {
        let primary = || self.users.by_email(email).find(|user| user.primary_email() == Some(email.to_lowercase()));
        self.user(email).or_else(primary)
    }

    /// Names of the groups that a user is a member of, in the order in which the groups were created.
    pub fn group_names(&self, user_id: &str) -> Vec<String> {
        self.groups_of(user_id).map(|group| group.handle().to_owned()).collect()
    }

    /// The groups that SCIM says a person is in; none if it says nothing: there is no such user, or no group was pushed
    /// at all.
    pub fn pushed_groups(&self, email: &str) -> Option<Vec<String>> {
        let user = self.user_of(email).filter(|_| self.groups().len() > 0)?;
        Some(self.group_names(user.id()))
    }

    /// Ids of a group's members.
    pub fn member_ids(&self, group: &Resource) -> Vec<String> {
        member_ids(group.attributes()).map(str::to_owned).collect()
    }

    pub(super) fn shelf(&self, noun: Noun) -> &Shelf {
        match noun {
            Noun::User => &self.users,
            Noun::Group => &self.groups,
        }
    }

    fn shelf_mut(&mut self, noun: Noun) -> &mut Shelf {
        match noun {
            Noun::User => &mut self.users,
            Noun::Group => &mut self.groups,
        }
    }

    /// Takes a new resource and returns its id.
    ///
    /// # Errors
    ///
    /// If a user has the `userName` of another, or a group names a member that does not exist.
    pub(super) fn create(&mut self, noun: Noun, attributes: Members, now: OffsetDateTime) -> Result<String, Refusal> {
        let attributes = self.checked(noun, attributes, None)?;
        let members: Vec<String> = member_ids(&attributes).map(str::to_owned).collect();
        let (id, position) = self.shelf_mut(noun).add(noun, attributes, now);
        for user in members {
            self.memberships.entry(user).or_default().insert(position);
        }
        Ok(id)
    }

    /// Gives a resource other attributes. If they are those it has, nothing changes, the moment of the last change
    /// included.
    ///
    /// # Errors
    ///
    /// As [`Directory::create`]; and if there is no such resource.
    pub(super) fn replace(
        &mut self,
        noun: Noun,
        id: &str,
        attributes: Members,
        now: OffsetDateTime,
    ) -> Result<(), Refusal> {
        let position = self.shelf(noun).position(id).ok_or_else(|| Refusal::not_found(id))?;
        let attributes = self.checked(noun, attributes, Some(position))?;
        let before = self.shelf(noun).at(position).map(Resource::attributes);
        let moved: Vec<String> =
            before.map_or_else(Vec::new, |before| moved(before, &attributes).map(str::to_owned).collect());
        for user in moved {
            let groups = self.memberships.entry(user).or_default();
            if !groups.remove(&position) {
                groups.insert(position);
            }
        }
        self.shelf_mut(noun).change(position, attributes, now);
        Ok(())
    }

    /// Takes a resource out. Whoever is deleted is a member of nothing any more.
    ///
    /// # Errors
    ///
    /// If there is no such resource.
    pub(super) fn remove(&mut self, noun: Noun, id: &str, now: OffsetDateTime) -> Result<(), Refusal> {
        let position = self.shelf(noun).position(id).ok_or_else(|| Refusal::not_found(id))?;
        let taken = self.shelf_mut(noun).take(position);
        for user in taken.iter().flat_map(|taken| member_ids(taken.attributes())) {
            if let Some(groups) = self.memberships.get_mut(user) {
                groups.remove(&position);
            }
        }
        for group in self.memberships.remove(id).into_iter().flatten() {
            self.groups.leave(group, id, now);
        }
        Ok(())
    }

    /// The groups of a user.
    pub(super) fn groups_of(&self, user_id: &str) -> impl Iterator<Item = &Resource> {
        self.memberships.get(user_id).into_iter().flatten().filter_map(|position| self.groups.at(*position))
    }

    /// What relates a resource to others, and is not kept in it: `groups` of a user, `$ref`, `display` and `type` of a
    /// group's members. `base` is what URIs begin with.
    pub(super) fn relate(&self, resource: &Resource, attributes: &mut Members, base: &str) {
        match resource.noun() {
            Noun::User => {
                let groups = self.groups_of(resource.id()).map(|group| {
                    json!({
                        "value": group.id(),
                        "$ref": group.location(base),
                        "display": group.handle(),
                        "type": "direct",
                    })
                });
                let groups: Vec<Value> = groups.collect();
                if !groups.is_empty() {
                    attributes.insert("groups".to_owned(), Value::Array(groups));
                }
            }
            Noun::Group => {
                for member in attributes.get_mut("members").and_then(Value::as_array_mut).into_iter().flatten() {
                    let Some(user) = member["value"].as_str().and_then(|id| self.users.get(id)) else { continue };
                    let shown = json!({
                        "value": user.id(),
                        "$ref": user.location(base),
                        "display": member.get("display").unwrap_or(&json!(user.label())),
                        "type": "User",
                    });
                    *member = shown;
                }
            }
        }
    }

    /// Attributes in the form in which they are kept, if the directory can take them. `position` is that of the resource
    /// that has them now.
    fn checked(&self, noun: Noun, mut attributes: Members, position: Option<u64>) -> Result<Members, Refusal> {
        if noun == Noun::User {
            let user_name = attributes.get("userName").and_then(Value::as_str).unwrap_or_default();
            if self.users.handle_positions(user_name).any(|other| Some(other) != position) {
                return Err(Refusal::not_unique(format!("userName {user_name} is taken")));
            }
        }
        if let Some(members) = attributes.get_mut("members").and_then(Value::as_array_mut) {
            let mut kept = Vec::with_capacity(members.len());
            for member in std::mem::take(members) {
                kept.push(self.member(member)?);
            }
            let mut seen = HashSet::new();
            let first: Vec<bool> = kept.iter().map(|member| seen.insert(member["value"].as_str())).collect();
            *members = kept.into_iter().zip(first).filter(|(_, first)| *first).map(|(member, _)| member).collect();
        }
        Ok(attributes)
    }

    /// A member as it is kept: its id, and the name that the client gave it if that is not the user's own.
    ///
    /// Only users that exist can be members. What Cloudflare does with others is not verified against a live tenant.
    fn member(&self, sent: Value) -> Result<Value, Refusal> {
        let referred = || sent["$ref"].as_str().and_then(|uri| uri.rsplit('/').next());
        let id = sent["value"].as_str().or_else(referred);
        let id = id.ok_or_else(|| Refusal::invalid_value("a member needs a value, the id of a user"))?;
        let user = self.users.get(id);
        let user =
            user.ok_or_else(|| Refusal::invalid_value(format!("the member {id} is no user of this directory")))?;
        if sent["type"].as_str().is_some_and(|kind| !kind.eq_ignore_ascii_case("User")) {
            return Err(Refusal::invalid_value("members can only be users"));
        }
        let display = sent["display"].as_str();
        if sent.get("value").is_some() && sent.as_object().is_some_and(|sent| sent.len() == 1) {
            return Ok(sent);
        }
        let mut member = json!({"value": id});
        if let Some(display) = display.filter(|display| *display != user.label()) {
            member["display"] = json!(display);
        }
        Ok(member)
    }
}

/// Ids of the members that a group's attributes name.
pub(super) fn member_ids(group: &Members) -> impl Iterator<Item = &str> {
    let members = group.get("members").and_then(Value::as_array).into_iter().flatten();
    members.filter_map(|member| member["value"].as_str())
}

/// Who is a member of one of two states of a group and not of the other.
pub(super) fn moved<'a>(before: &'a Members, after: &'a Members) -> impl Iterator<Item = &'a str> {
    let (before, after): (HashSet<&str>, HashSet<&str>) = (member_ids(before).collect(), member_ids(after).collect());
    let moved: Vec<&str> = before.symmetric_difference(&after).copied().collect();
    moved.into_iter()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-03-25 06:09:58 UTC);

    /// What can happen; numbers stand for names, and for resources modulo how many there are.
    #[derive(Clone, Debug)]
    enum Event {
        Hired { name: u8 },
        Renamed { user: usize, name: u8 },
        Left { user: usize },
        Formed { members: Vec<usize> },
        Manned { group: usize, members: Vec<usize> },
        Dissolved { group: usize },
    }

    fn event() -> impl Strategy<Value = Event> {
        let members = || prop::collection::vec(0_usize..8, 0..5);
        prop_oneof![
            3 => (0_u8..8).prop_map(|name| Event::Hired { name }),
            1 => (0_usize..8, 0_u8..8).prop_map(|(user, name)| Event::Renamed { user, name }),
            1 => (0_usize..8).prop_map(|user| Event::Left { user }),
            2 => members().prop_map(|members| Event::Formed { members }),
            3 => (0_usize..4, members()).prop_map(|(group, members)| Event::Manned { group, members }),
            1 => (0_usize..4).prop_map(|group| Event::Dissolved { group }),
        ]
    }

    fn user(name: u8) -> Members {
        let user =
            json!({"userName": format!("P{name}@acme.example"), "emails": [{"value": format!("m{}@x", name / 2)}]});
        user.as_object().unwrap().clone()
    }

    fn id<'a>(mut resources: impl ExactSizeIterator<Item = &'a Resource>, number: usize) -> Option<String> {
        let count = resources.len().max(1);
        resources.nth(number % count).map(|resource| resource.id().to_owned())
    }

    fn happens(directory: &mut Directory, event: Event) -> Result<(), Refusal> {
        let group = |directory: &Directory, members: Vec<usize>| {
            let members = members.into_iter().filter_map(|member| id(directory.users(), member));
            let members: Vec<Value> = members.map(|id| json!({"value": id})).collect();
            let mut group = Members::from_iter([("displayName".to_owned(), json!("crew"))]);
            if !members.is_empty() {
                group.insert("members".to_owned(), json!(members));
            }
            group
        };
        match event {
            Event::Hired { name } => directory.create(Noun::User, user(name), NOW).map(drop),
            Event::Renamed { user: number, name } => {
                let id = id(directory.users(), number).unwrap_or_default();
                directory.replace(Noun::User, &id, user(name), NOW)
            }
            Event::Left { user } => {
                let id = id(directory.users(), user).unwrap_or_default();
                directory.remove(Noun::User, &id, NOW)
            }
            Event::Formed { members } => directory.create(Noun::Group, group(directory, members), NOW).map(drop),
            Event::Manned { group: number, members } => {
                let id = id(directory.groups(), number).unwrap_or_default();
                directory.replace(Noun::Group, &id, group(directory, members), NOW)
            }
            Event::Dissolved { group } => {
                let id = id(directory.groups(), group).unwrap_or_default();
                directory.remove(Noun::Group, &id, NOW)
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_looked_up_is_what_looking_at_everything_finds(events in prop::collection::vec(event(), 0..40)) {
            let mut directory = Directory::default();
            for event in events {
                // A name that is taken, or nobody to do it to: refused, and nothing changes.
                drop(happens(&mut directory, event));
            }
            let mut names: Vec<String> = directory.users().map(|user| user.handle().to_lowercase()).collect();
            for user in directory.users() {
                let groups = directory.groups().filter(|group| directory.member_ids(group).iter().any(|id| id == user.id()));
                let groups: Vec<&str> = groups.map(Resource::id).collect();
                let found: Vec<&str> = directory.groups_of(user.id()).map(Resource::id).collect();
                prop_assert_eq!(found, groups);
                prop_assert_eq!(directory.user(&user.handle().to_uppercase()).map(Resource::id), Some(user.id()));
                let email = user.primary_email().unwrap_or_default();
                let first = directory.users().find(|user| user.primary_email().as_deref() == Some(&email));
                prop_assert_eq!(directory.user_of(&email).map(Resource::id), first.map(Resource::id));
            }
            for group in directory.groups() {
                let members = directory.member_ids(group);
                prop_assert!(members.iter().all(|id| directory.shelf(Noun::User).get(id).is_some()));
                let once: HashSet<&String> = members.iter().collect();
                prop_assert_eq!(once.len(), members.len());
                prop_assert_eq!(group.attributes().contains_key("members"), !members.is_empty());
            }
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            prop_assert_eq!(names.len(), count);
        }
    }
}
