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
        let (id, position) = self.shelf_mut(noun).add(noun, attributes, now);
        self.remember_members(&id, noun, position);
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
        self.forget_members(id, noun, position);
        self.shelf_mut(noun).change(position, attributes, now);
        self.remember_members(id, noun, position);
        Ok(())
    }

    /// Takes a resource out. Whoever is deleted is a member of nothing any more.
    ///
    /// # Errors
    ///
    /// If there is no such resource.
    pub(super) fn remove(&mut self, noun: Noun, id: &str, now: OffsetDateTime) -> Result<(), Refusal> {
        let position = self.shelf(noun).position(id).ok_or_else(|| Refusal::not_found(id))?;
        self.forget_members(id, noun, position);
        self.shelf_mut(noun).take(position);
        for group in self.memberships.remove(id).into_iter().flatten() {
            let Some(mut attributes) = self.groups.at(group).map(|group| group.attributes().clone()) else { continue };
            if let Some(members) = attributes.get_mut("members").and_then(Value::as_array_mut) {
                members.retain(|member| member["value"] != id);
            }
            if attributes.get("members").is_some_and(|members| *members == json!([])) {
                attributes.shift_remove("members");
            }
            self.groups.change(group, attributes, now);
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
        let mut seen = HashSet::new();
        if let Some(members) = attributes.get_mut("members").and_then(Value::as_array_mut) {
            let mut kept = Vec::with_capacity(members.len());
            for member in members.iter() {
                let member = self.member(member)?;
                if seen.insert(member["value"].to_string()) {
                    kept.push(member);
                }
            }
            *members = kept;
        }
        Ok(attributes)
    }

    /// A member as it is kept: its id, and the name that the client gave it if that is not the user's own.
    ///
    /// Only users that exist can be members. What Cloudflare does with others is not verified against a live tenant.
    fn member(&self, sent: &Value) -> Result<Value, Refusal> {
        let referred = || sent["$ref"].as_str().and_then(|uri| uri.rsplit('/').next());
        let id = sent["value"].as_str().or_else(referred);
        let id = id.ok_or_else(|| Refusal::invalid_value("a member needs a value, the id of a user"))?;
        let user = self.users.get(id);
        let user =
            user.ok_or_else(|| Refusal::invalid_value(format!("the member {id} is no user of this directory")))?;
        if sent["type"].as_str().is_some_and(|kind| !kind.eq_ignore_ascii_case("User")) {
            return Err(Refusal::invalid_value("members can only be users"));
        }
        let mut member = json!({"value": id});
        if let Some(display) = sent["display"].as_str().filter(|display| *display != user.label()) {
            member["display"] = json!(display);
        }
        Ok(member)
    }

    fn remember_members(&mut self, id: &str, noun: Noun, position: u64) {
        if noun == Noun::Group
            && let Some(group) = self.groups.get(id)
        {
            for member in member_ids(group.attributes()) {
                self.memberships.entry(member.to_owned()).or_default().insert(position);
            }
        }
    }

    fn forget_members(&mut self, id: &str, noun: Noun, position: u64) {
        if noun == Noun::Group
            && let Some(group) = self.groups.get(id)
        {
            for member in member_ids(group.attributes()) {
                if let Some(groups) = self.memberships.get_mut(member) {
                    groups.remove(&position);
                }
            }
        }
    }
}

/// Ids of the members that a group's attributes name.
pub(super) fn member_ids(group: &Members) -> impl Iterator<Item = &str> {
    let members = group.get("members").and_then(Value::as_array).into_iter().flatten();
    members.filter_map(|member| member["value"].as_str())
}
