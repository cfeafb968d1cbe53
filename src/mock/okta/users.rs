//! `/users`: the people of the org.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/>

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::apps::App;
use super::auth::Caller;
use super::call::{Answer, Call, Reply, stamp};
use super::errors::{self, Refusal};
use super::filter::Filter;
use super::org::Org;
use super::passwords::Password;
use crate::mock::ids;

const SEARCHABLE: &[&str] =
    &["id", "status", "created", "activated", "statusChanged", "lastUpdated", "profile.", "type.id"];
const FILTERABLE: &[&str] =
    &["id", "status", "lastUpdated", "profile.login", "profile.email", "profile.firstName", "profile.lastName"];

/// Where a user is in life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Staged,
    /// Activated, and yet to choose a password.
    Provisioned,
    Active,
    Suspended,
    Deprovisioned,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Staged => "STAGED",
            Self::Provisioned => "PROVISIONED",
            Self::Active => "ACTIVE",
            Self::Suspended => "SUSPENDED",
            Self::Deprovisioned => "DEPROVISIONED",
        }
    }
}

/// One user.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) status: Status,
    pub(crate) profile: Map<String, Value>,
    /// Somebody without one cannot log in.
    pub(crate) password: Option<Password>,
    pub(crate) last_login: Option<OffsetDateTime>,
    created: OffsetDateTime,
    activated: Option<OffsetDateTime>,
    status_changed: OffsetDateTime,
    pub(crate) updated: OffsetDateTime,
    pub(crate) password_changed: Option<OffsetDateTime>,
}

impl User {
    /// An active user without a password; the login is the email address.
    pub(crate) fn active(first: &str, last: &str, login: &str, now: OffsetDateTime) -> Self {
        let mut profile = Map::new();
        for (name, value) in [("firstName", first), ("lastName", last), ("login", login), ("email", login)] {
            profile.insert(name.into(), json!(value));
        }
        Self {
            id: ids::okta("00u"),
            status: Status::Active,
            profile,
            password: None,
            last_login: None,
            created: now,
            activated: Some(now),
            status_changed: now,
            updated: now,
            password_changed: None,
        }
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.profile.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn login(&self) -> &str {
        self.text("login")
    }

    /// First and last name.
    pub(crate) fn full_name(&self) -> String {
        format!("{} {}", self.text("firstName"), self.text("lastName")).trim().to_owned()
    }

    /// Sets a password. Somebody who was only waiting to choose one becomes active with it.
    pub(crate) fn chooses(&mut self, password: Password, now: OffsetDateTime) {
        self.password = Some(password);
        self.password_changed = Some(now);
        if self.status == Status::Provisioned {
            self.goes(Status::Active, now);
        }
    }

    fn goes(&mut self, status: Status, now: OffsetDateTime) {
        self.status = status;
        self.status_changed = now;
        self.updated = now;
    }
}

impl Org {
    pub(crate) fn user_document(&self, user: &User, call: &Call) -> Value {
        let own = call.url(&format!("/api/v1/users/{}", user.id));
        let mut profile = Map::new();
        for name in ["firstName", "lastName", "mobilePhone", "secondEmail", "login", "email"] {
            profile.insert(name.into(), user.profile.get(name).cloned().unwrap_or(Value::Null));
        }
        profile.extend(user.profile.iter().map(|(name, value)| (name.clone(), value.clone())));
        let mut links = json!({
            "self": {"href": own},
            "schema": {"href": call.url(&format!("/api/v1/meta/schemas/user/{}", self.user_schema))},
            "type": {"href": call.url(&format!("/api/v1/meta/types/user/{}", self.user_type))},
        });
        let next: &[&str] = match user.status {
            Status::Staged | Status::Deprovisioned => &["activate"],
            Status::Suspended => &["unsuspend", "deactivate"],
            Status::Active | Status::Provisioned => &["suspend", "deactivate"],
        };
        for verb in next {
            links[*verb] = json!({"href": format!("{own}/lifecycle/{verb}"), "method": "POST"});
        }
        // A password that is there shows as an empty object.
        let provider = json!({"type": "OKTA", "name": "OKTA"});
        let credentials = match user.password {
            Some(_) => json!({"password": {}, "provider": provider}),
            None => json!({"provider": provider}),
        };
        json!({
            "id": user.id,
            "status": user.status.word(),
            "created": stamp(user.created),
            "activated": user.activated.map(stamp),
            "statusChanged": stamp(user.status_changed),
            "lastLogin": user.last_login.map(stamp),
            "lastUpdated": stamp(user.updated),
            "passwordChanged": user.password_changed.map(stamp),
            "realmId": self.realm,
            "type": {"id": self.user_type},
            "profile": profile,
            "credentials": credentials,
            "_links": links,
        })
    }

    /// The user a path names: by id, by login, by the part of a login before the `@` if one person alone has it, or as
    /// `me`: whoever the API token belongs to, here the administrator. A service app is nobody.
    fn user(&self, call: &Call) -> Result<&User, Refusal> {
        let name = match (call.segment("user_id"), &call.caller) {
            ("me", Caller::App(_)) => return Err(errors::not_found("me", "User")),
            ("me", _) => self.admin_login(),
            (name, _) => name,
        };
        self.users.get(name).or_else(|| self.user_called(name)).ok_or_else(|| errors::not_found(name, "User"))
    }

    /// The user with this login, or the only one whose login begins so before the `@`.
    pub(crate) fn user_called(&self, name: &str) -> Option<&User> {
        let short = |user: &&User| user.login().split('@').next().is_some_and(|part| part.eq_ignore_ascii_case(name));
        let mut by_short_name = self.users.iter().filter(short);
        self.user_named(name).or_else(|| by_short_name.next().filter(|_| by_short_name.next().is_none()))
    }

    fn user_mut(&mut self, call: &Call) -> Result<&mut User, Refusal> {
        let id = self.user(call)?.id.clone();
        self.users.get_mut(&id).ok_or_else(|| errors::not_found(&id, "User"))
    }

    /// Takes a person's assignments to these apps away.
    fn unassign(&mut self, user: &str, from: impl Fn(&App) -> bool, now: OffsetDateTime) {
        let apps: Vec<String> = self.apps.iter().filter(|app| from(app)).map(|app| app.id.clone()).collect();
        for id in apps {
            if let Some(gone) = self.apps.get_mut(&id).and_then(|app| app.users.remove(user)) {
                self.deprovision(&id, &gone, now);
            }
            self.settle_assignments(&id, now);
        }
    }

    /// Gives people the apps of their groups.
    fn settle_everywhere(&mut self, now: OffsetDateTime) {
        let apps: Vec<String> = self.apps.iter().map(|app| app.id.clone()).collect();
        for id in apps {
            self.settle_assignments(&id, now);
        }
    }
}

fn check_profile(org: &Org, profile: &Map<String, Value>, own: Option<&str>) -> Result<(), Refusal> {
    for field in ["login", "email"] {
        if profile.get(field).and_then(Value::as_str).unwrap_or_default().is_empty() {
            return Err(errors::blank(field));
        }
    }
    let login = profile.get("login").and_then(Value::as_str).unwrap_or_default();
    if !login.contains('@') {
        return Err(errors::invalid("login", "login: Username must be in the form of an email address"));
    }
    let taken = |user: &User| Some(user.id.as_str()) != own && user.login().eq_ignore_ascii_case(login);
    if org.users.iter().any(taken) {
        return Err(errors::invalid(
            "login",
            "login: An object with this field already exists in the current organization",
        ));
    }
    Ok(())
}

/// `activate=true` is the default; without a password the user is PROVISIONED until one is chosen.
pub(crate) fn create(org: &mut Org, call: &Call) -> Answer {
    let body = call.object()?;
    let profile = body.get("profile").and_then(Value::as_object).ok_or_else(|| errors::blank("profile"))?;
    check_profile(org, profile, None)?;
    let password = Password::sent(body)?;
    let activated = call.switch("activate", true);
    let mut user = User::active("", "", "", call.now);
    user.profile = profile.iter().filter(|(_, value)| !value.is_null()).map(|(k, v)| (k.clone(), v.clone())).collect();
    user.activated = activated.then_some(call.now);
    user.status = if activated { Status::Provisioned } else { Status::Staged };
    if let Some(password) = password {
        user.chooses(password, call.now);
    }
    let groups: Vec<String> = body
        .get("groupIds")
        .and_then(Value::as_array)
        .map_or_else(Vec::new, |groups| groups.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    if let Some(unknown) = groups.iter().find(|group| !org.groups.contains(group)) {
        return Err(errors::not_found(unknown, super::groups::KIND));
    }
    let id = user.id.clone();
    let document = org.user_document(&user, call);
    org.users.put(&id, user);
    org.join_everyone(&id);
    for group in &groups {
        if let Some(group) = org.groups.get_mut(group) {
            group.members.insert(id.clone());
        }
    }
    org.settle_everywhere(call.now);
    groups.iter().for_each(|group| org.push_group(group, call.now));
    Ok(Reply::ok(document))
}

pub(crate) fn get(org: &mut Org, call: &Call) -> Answer {
    Ok(Reply::ok(org.user_document(org.user(call)?, call)))
}

/// POST: the members that are sent change, the others stay.
pub(crate) fn update(org: &mut Org, call: &Call) -> Answer {
    change(org, call, false)
}

/// PUT: what is not sent is gone.
pub(crate) fn replace(org: &mut Org, call: &Call) -> Answer {
    change(org, call, true)
}

fn change(org: &mut Org, call: &Call, whole: bool) -> Answer {
    let id = org.user(call)?.id.clone();
    let body = call.object()?;
    let password = Password::sent(body)?;
    let sent = body.get("profile").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut profile = if whole { Map::new() } else { org.user(call)?.profile.clone() };
    profile.extend(sent);
    profile.retain(|_, value| !value.is_null());
    check_profile(org, &profile, Some(&id))?;
    let user = org.user_mut(call)?;
    let before = user.clone();
    user.profile = profile;
    user.updated = call.now;
    if let Some(password) = password {
        user.chooses(password, call.now);
    }
    org.profile_changed(&before, call.now);
    Ok(Reply::ok(org.user_document(org.user(call)?, call)))
}

/// Deactivated users are left out unless a `filter` or `search` asks for them.
pub(crate) fn list(org: &mut Org, call: &Call) -> Answer {
    let mut accepted = Vec::new();
    for (name, attributes) in [("search", SEARCHABLE), ("filter", FILTERABLE)] {
        if let Some(text) = call.parameter(name) {
            accepted.push(Filter::parse(text, attributes)?);
        }
    }
    let q = call.parameter("q").map(str::to_lowercase);
    let starts = |user: &User, q: &str| {
        ["firstName", "lastName", "email", "login"].iter().any(|name| user.text(name).to_lowercase().starts_with(q))
    };
    let found = org
        .users
        .iter()
        .filter(|user| !accepted.is_empty() || user.status != Status::Deprovisioned)
        .filter(|user| q.as_ref().is_none_or(|q| starts(user, q)))
        .map(|user| (user.id.clone(), org.user_document(user, call)))
        .filter(|(_, document)| accepted.iter().all(|filter| filter.accepts(document)))
        .collect();
    call.page(found, if q.is_some() { 10 } else { 200 }, 1..=200)
}

pub(crate) fn groups(org: &mut Org, call: &Call) -> Answer {
    let id = &org.user(call)?.id;
    let found = org.groups.iter().filter(|group| group.members.contains(id));
    call.page(found.map(|group| (group.id.clone(), group.document(call))).collect(), 200, 1..=200)
}

pub(crate) fn activate(org: &mut Org, call: &Call) -> Answer {
    let org_url = call.org_url.clone();
    let user = org.user_mut(call)?;
    match user.status {
        Status::Staged if user.password.is_some() => user.goes(Status::Active, call.now),
        // The password did not survive the deactivation.
        Status::Staged | Status::Deprovisioned => {
            user.password = None;
            user.goes(Status::Provisioned, call.now);
        }
        Status::Provisioned | Status::Active => return Err(errors::already_active()),
        Status::Suspended => return Err(errors::wrong_user_status()),
    }
    user.activated = Some(call.now);
    org.settle_everywhere(call.now);
    if call.switch("sendEmail", true) {
        return Ok(Reply::ok(json!({})));
    }
    let token = ids::secret(20);
    Ok(Reply::ok(json!({"activationUrl": format!("{org_url}/welcome/{token}"), "activationToken": token})))
}

/// Assignments to inactive apps stay
/// (<https://support.okta.com/help/s/article/deprovisioning-behavior-when-an-app-is-inactive>).
pub(crate) fn deactivate(org: &mut Org, call: &Call) -> Answer {
    let user = org.user_mut(call)?;
    if user.status != Status::Deprovisioned {
        user.goes(Status::Deprovisioned, call.now);
        let id = user.id.clone();
        org.unassign(&id, |app| app.active, call.now);
    }
    Ok(Reply::ok(json!({})))
}

pub(crate) fn suspend(org: &mut Org, call: &Call) -> Answer {
    let user = org.user_mut(call)?;
    if user.status != Status::Active {
        return Err(errors::invalid("suspend", "Cannot suspend a user that is not active"));
    }
    user.goes(Status::Suspended, call.now);
    Ok(Reply::ok(json!({})))
}

pub(crate) fn unsuspend(org: &mut Org, call: &Call) -> Answer {
    let user = org.user_mut(call)?;
    if user.status != Status::Suspended {
        return Err(errors::invalid("unsuspend", "Cannot unsuspend a user that is not suspended"));
    }
    user.goes(Status::Active, call.now);
    Ok(Reply::ok(json!({})))
}

/// The first DELETE deactivates, the second deletes.
pub(crate) fn delete(org: &mut Org, call: &Call) -> Answer {
    let user = org.user_mut(call)?;
    let id = user.id.clone();
    if user.status == Status::Deprovisioned {
        org.unassign(&id, |_| true, call.now);
        org.users.remove(&id);
        let left: Vec<String> =
            org.groups.iter_mut().filter_map(|group| group.members.remove(&id).then(|| group.id.clone())).collect();
        org.settle_everywhere(call.now);
        left.iter().for_each(|group| org.push_group(group, call.now));
    } else {
        user.goes(Status::Deprovisioned, call.now);
        org.unassign(&id, |app| app.active, call.now);
    }
    Ok(Reply::no_content())
}
