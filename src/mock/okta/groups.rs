//! `/groups`: Okta's own groups, the built-in one, and the ones that belong to an app.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/>

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::call::{Answer, Call, Reply, stamp};
use super::errors::{self, Refusal};
use super::filter::Filter;
use super::org::Org;
use crate::mock::ids;

/// What Okta calls a group in its errors.
pub(crate) const KIND: &str = "UserGroup";

const SEARCHABLE: &[&str] =
    &["id", "type", "created", "lastUpdated", "lastMembershipUpdated", "objectClass", "profile.", "source.id"];
const FILTERABLE: &[&str] = &["id", "type", "lastUpdated", "lastMembershipUpdated"];

/// Who a group belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupKind {
    /// An administrator's.
    Okta,
    /// An app's: made by pushing a group to it.
    App,
    /// Okta's: Everyone.
    BuiltIn,
}

impl GroupKind {
    fn word(self) -> &'static str {
        match self {
            Self::Okta => "OKTA_GROUP",
            Self::App => "APP_GROUP",
            Self::BuiltIn => "BUILT_IN",
        }
    }
}

/// One group.
#[derive(Clone)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) kind: GroupKind,
    /// `name`, `description` and whatever else the caller keeps there.
    pub(crate) profile: Map<String, Value>,
    /// Ids of users.
    pub(crate) members: BTreeSet<String>,
    /// For a group of an app: which.
    pub(crate) source_app: Option<String>,
    /// For a group of an app: its id there, once it was pushed.
    pub(crate) external_id: Option<String>,
    pub(crate) created: OffsetDateTime,
    pub(crate) updated: OffsetDateTime,
    pub(crate) membership_updated: OffsetDateTime,
}

impl Group {
    pub(crate) fn new(id: &str, name: &str, now: OffsetDateTime) -> Self {
        let mut profile = Map::new();
        profile.insert("name".into(), json!(name));
        profile.insert("description".into(), json!(""));
        Self {
            id: id.into(),
            kind: GroupKind::Okta,
            profile,
            members: BTreeSet::new(),
            source_app: None,
            external_id: None,
            created: now,
            updated: now,
            membership_updated: now,
        }
    }

    pub(crate) fn name(&self) -> &str {
        self.profile.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn document(&self, call: &Call) -> Value {
        let own = call.url(&format!("/api/v1/groups/{}", self.id));
        let logo = |size: &str| json!({"name": size, "href": call.url(&format!("/assets/group-{size}.png")), "type": "image/png"});
        let class = if self.kind == GroupKind::App { "app:user_group" } else { "okta:user_group" };
        let mut document = json!({
            "id": self.id,
            "created": stamp(self.created),
            "lastUpdated": stamp(self.updated),
            "lastMembershipUpdated": stamp(self.membership_updated),
            "objectClass": [class],
            "type": self.kind.word(),
            "profile": self.profile,
            "_links": {
                "logo": [logo("medium"), logo("large")],
                "owners": {"href": format!("{own}/owners")},
                "users": {"href": format!("{own}/users")},
                "apps": {"href": format!("{own}/apps")},
            },
        });
        if let Some(app) = &self.source_app {
            document["source"] = json!({"id": app});
            document["_links"]["source"] = json!({"href": call.url(&format!("/api/v1/apps/{app}"))});
        }
        document
    }
}

/// The group's document with the counts that `expand=stats` asks for.
fn expanded(org: &Org, group: &Group, call: &Call) -> Value {
    let mut document = group.document(call);
    if call.parameter("expand").is_some_and(|what| what.split(',').any(|what| what == "stats")) {
        let mappings = org.apps.iter().flat_map(|app| app.mappings.iter());
        document["_embedded"] = json!({"stats": {
            "usersCount": group.members.len(),
            "appsCount": org.apps.iter().filter(|app| app.groups.contains_key(&group.id)).count(),
            "groupPushMappingsCount": mappings.filter(|mapping| mapping.source == group.id).count(),
            "hasAdminPrivilege": false,
        }});
    }
    document
}

/// Reads a profile from the body; `own` is the group that may keep its name.
fn profile(org: &Org, call: &Call, own: Option<&str>) -> Result<Map<String, Value>, Refusal> {
    let Some(profile) = call.object()?.get("profile").and_then(Value::as_object) else {
        return Err(errors::blank("profile"));
    };
    let name = profile.get("name").and_then(Value::as_str).unwrap_or_default();
    if name.is_empty() {
        return Err(errors::blank("name"));
    }
    if name.chars().count() > 255 {
        return Err(errors::invalid("name", "name: The field is too long"));
    }
    let taken = org.groups.iter().any(|group| {
        group.kind != GroupKind::App && Some(group.id.as_str()) != own && group.name().eq_ignore_ascii_case(name)
    });
    if taken {
        return Err(errors::invalid(
            "name",
            "name: An object with this field already exists in the current organization",
        ));
    }
    let mut profile = profile.clone();
    profile.entry("description").or_insert(json!(null));
    Ok(profile)
}

fn group<'a>(org: &'a Org, call: &Call) -> Result<&'a Group, Refusal> {
    let id = call.segment("group_id");
    org.groups.get(id).ok_or_else(|| errors::not_found(id, KIND))
}

/// The group, if an administrator may change it: neither an app's nor the built-in one.
fn own_group<'a>(org: &'a mut Org, call: &Call) -> Result<&'a mut Group, Refusal> {
    let id = call.segment("group_id");
    match org.groups.get_mut(id) {
        Some(group) if group.kind == GroupKind::Okta => Ok(group),
        Some(_) => Err(errors::forbidden()),
        None => Err(errors::not_found(id, KIND)),
    }
}

pub(crate) fn create(org: &mut Org, call: &Call) -> Answer {
    let mut made = Group::new(&ids::okta("00g"), "", call.now);
    made.profile = profile(org, call, None)?;
    let document = made.document(call);
    org.groups.put(&made.id.clone(), made);
    Ok(Reply::ok(document))
}

pub(crate) fn get(org: &mut Org, call: &Call) -> Answer {
    Ok(Reply::ok(expanded(org, group(org, call)?, call)))
}

pub(crate) fn replace(org: &mut Org, call: &Call) -> Answer {
    let id = call.segment("group_id");
    group(org, call)?;
    let profile = profile(org, call, Some(id))?;
    let group = own_group(org, call)?;
    let before = group.name().to_owned();
    group.profile = profile;
    group.updated = call.now;
    let (name, document) = (group.name().to_owned(), group.document(call));
    let id = id.to_owned();
    if name != before {
        org.rename_targets(&id, &before, &name, call.now);
    }
    Ok(Reply::ok(document))
}

/// Its assignments and push mappings go with it. What it was pushed to stays in the app; not verified against a live
/// tenant.
pub(crate) fn delete(org: &mut Org, call: &Call) -> Answer {
    let id = own_group(org, call)?.id.clone();
    org.groups.remove(&id);
    let pushed: Vec<(String, String)> = org
        .apps
        .iter()
        .flat_map(|app| app.mappings.iter().map(move |mapping| (app, mapping)))
        .filter(|(_, mapping)| mapping.source == id)
        .map(|(app, mapping)| (app.id.clone(), mapping.target.clone()))
        .collect();
    pushed.iter().for_each(|(app, target)| org.stop_pushing(app, target));
    let touched: Vec<String> = org
        .apps
        .iter_mut()
        .filter_map(|app| {
            app.mappings.retain(|mapping| mapping.source != id);
            app.groups.remove(&id).map(|_| app.id.clone())
        })
        .collect();
    for app in touched {
        org.settle_assignments(&app, call.now);
    }
    Ok(Reply::no_content())
}

/// `q` finds names that start with it; `search` and `filter` take expressions. App groups are listed too.
pub(crate) fn list(org: &mut Org, call: &Call) -> Answer {
    let filters = [("search", SEARCHABLE), ("filter", FILTERABLE)];
    let mut accepted = Vec::new();
    for (name, attributes) in filters {
        if let Some(text) = call.parameter(name) {
            accepted.push(Filter::parse(text, attributes)?);
        }
    }
    let q = call.parameter("q").map(str::to_lowercase);
    let mut found: Vec<(String, Value)> = org
        .groups
        .iter()
        .filter(|group| q.as_ref().is_none_or(|q| group.name().to_lowercase().starts_with(q)))
        .map(|group| (group.id.clone(), expanded(org, group, call)))
        .filter(|(_, document)| accepted.iter().all(|filter| filter.accepts(document)))
        .collect();
    if let Some(by) = call.parameter("sortBy") {
        let pointer = format!("/{}", by.replace('.', "/"));
        found.sort_by_key(|(_, document)| document.pointer(&pointer).map(ToString::to_string));
        if call.parameter("sortOrder").is_some_and(|order| order.eq_ignore_ascii_case("desc")) {
            found.reverse();
        }
    }
    if q.is_some() {
        found.truncate(300);
    }
    call.page(found, 10_000, 1..=10_000)
}

pub(crate) fn users(org: &mut Org, call: &Call) -> Answer {
    let members = group(org, call)?.members.iter();
    let found = members.filter_map(|id| org.users.get(id)).map(|user| (user.id.clone(), org.user_document(user, call)));
    call.page(found.collect(), 1000, 1..=1000)
}

pub(crate) fn apps(org: &mut Org, call: &Call) -> Answer {
    let id = &group(org, call)?.id;
    let found = org.apps.iter().filter(|app| app.groups.contains_key(id));
    call.page(found.map(|app| (app.id.clone(), org.app_document(app, call))).collect(), 20, 1..=200)
}

pub(crate) fn add_user(org: &mut Org, call: &Call) -> Answer {
    change_member(org, call, true)
}

pub(crate) fn remove_user(org: &mut Org, call: &Call) -> Answer {
    change_member(org, call, false)
}

fn change_member(org: &mut Org, call: &Call, joins: bool) -> Answer {
    let user = call.segment("user_id").to_owned();
    own_group(org, call)?;
    if !org.users.contains(&user) {
        return Err(errors::not_found(&user, "User"));
    }
    let group = own_group(org, call)?;
    let id = group.id.clone();
    let changed = if joins { group.members.insert(user) } else { group.members.remove(&user) };
    if changed {
        group.membership_updated = call.now;
        let assigned: Vec<String> =
            org.apps.iter().filter(|app| app.groups.contains_key(&id)).map(|app| app.id.clone()).collect();
        for app in assigned {
            org.settle_assignments(&app, call.now);
        }
        org.push_group(&id, call.now);
    }
    Ok(Reply::no_content())
}
