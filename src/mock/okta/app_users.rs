//! `/apps/{id}/users`: who is assigned to an app, directly or through a group.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationUsers/>

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::apps::App;
use super::call::{Answer, Call, Reply, stamp};
use super::errors::{self, Refusal};
use super::logs::Event;
use super::org::Org;
use super::users::{Status, User};

/// Attributes that the profile of an OIDC app has; the ones Okta knows are filled.
const OIDC_PROFILE: &[&str] = &[
    "street_address",
    "country",
    "website",
    "zoneinfo",
    "birthdate",
    "gender",
    "formatted",
    "profile",
    "locality",
    "given_name",
    "middle_name",
    "locale",
    "picture",
    "name",
    "nickname",
    "phone_number",
    "region",
    "postal_code",
    "family_name",
    "email",
];

/// How somebody came to be assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Directly.
    User,
    /// As a member of an assigned group.
    Group,
}

impl Scope {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Group => "GROUP",
        }
    }
}

/// One person's assignment to one app.
#[derive(Clone)]
pub(crate) struct AppUser {
    /// The Okta user's id.
    pub(crate) id: String,
    pub(crate) scope: Scope,
    /// Id of the user in the target app, once provisioned.
    pub(crate) external_id: Option<String>,
    /// `ACTIVE` where nothing is provisioned; `STAGED` until the target app has the user, then `PROVISIONED`.
    pub(crate) status: &'static str,
    /// `DISABLED` where nothing is provisioned, and for good: people assigned before provisioning was set up are not
    /// provisioned later.
    pub(crate) sync_state: &'static str,
    pub(crate) user_name: String,
    pub(crate) profile: Map<String, Value>,
    created: OffsetDateTime,
    updated: OffsetDateTime,
    status_changed: OffsetDateTime,
    last_sync: Option<OffsetDateTime>,
}

impl AppUser {
    pub(crate) fn new(app: &App, user: &User, scope: Scope, now: OffsetDateTime) -> Self {
        let (status, sync_state) = match app.pushes_new_users() {
            true => ("STAGED", "SYNCING"),
            false => ("ACTIVE", "DISABLED"),
        };
        Self {
            id: user.id.clone(),
            scope,
            external_id: None,
            status,
            sync_state,
            user_name: app.user_name_of(user),
            profile: default_profile(app, user),
            created: now,
            updated: now,
            status_changed: now,
            last_sync: None,
        }
    }

    /// The app is to get this person and does not have them yet.
    pub(crate) fn waits_for_the_app(&self) -> bool {
        self.external_id.is_none() && self.sync_state != "DISABLED"
    }

    /// The app has the person, under this id.
    pub(crate) fn provisioned(&mut self, external_id: &str, now: OffsetDateTime) {
        self.external_id = Some(external_id.to_owned());
        self.status = "PROVISIONED";
        self.status_changed = now;
        self.synchronized(now);
    }

    /// The app has the person's attributes.
    pub(crate) fn synchronized(&mut self, now: OffsetDateTime) {
        self.sync_state = "SYNCHRONIZED";
        self.last_sync = Some(now);
        self.updated = now;
    }

    /// The app is yet to get the person's attributes.
    pub(crate) fn syncing(&mut self) {
        self.sync_state = "SYNCING";
    }

    /// The app did not take what it was sent.
    pub(crate) fn failed(&mut self, now: OffsetDateTime) {
        self.sync_state = "ERROR";
        self.updated = now;
    }

    /// Takes over what changed between two states of the Okta user. Whether anything did.
    pub(crate) fn follow(&mut self, app: &App, before: &User, after: &User, now: OffsetDateTime) -> bool {
        let (old, new) = (default_profile(app, before), default_profile(app, after));
        let changed: Vec<_> = new.into_iter().filter(|(name, value)| old.get(name) != Some(value)).collect();
        let renamed =
            Some(app.user_name_of(after)).filter(|name| *name != app.user_name_of(before) && app.updates_user_names());
        let follows = renamed.is_some() || !changed.is_empty();
        self.user_name = renamed.unwrap_or_else(|| std::mem::take(&mut self.user_name));
        self.profile.extend(changed);
        if follows {
            self.updated = now;
        }
        follows
    }

    fn document(&self, app: &App, call: &Call) -> Value {
        let mut document = json!({
            "id": self.id,
            "externalId": self.external_id,
            "created": stamp(self.created),
            "lastUpdated": stamp(self.updated),
            "scope": self.scope.word(),
            "status": self.status,
            "statusChanged": stamp(self.status_changed),
            "passwordChanged": null,
            "syncState": self.sync_state,
            "credentials": {"userName": self.user_name},
            "profile": self.profile,
            "_links": {
                "app": {"href": call.url(&format!("/api/v1/apps/{}", app.id))},
                "user": {"href": call.url(&format!("/api/v1/users/{}", self.id))},
            },
        });
        if let Some(at) = self.last_sync {
            document["lastSync"] = json!(stamp(at));
        }
        document
    }
}

fn default_profile(app: &App, user: &User) -> Map<String, Value> {
    let name = user.full_name();
    if app.client_id().is_none() {
        return ["givenName", "familyName", "email", "displayName"]
            .into_iter()
            .zip([user.text("firstName"), user.text("lastName"), user.text("email"), name.as_str()])
            .map(|(key, value)| (key.to_owned(), json!(value)))
            .collect();
    }
    let known = |key: &str| match key {
        "given_name" => json!(user.text("firstName")),
        "family_name" => json!(user.text("lastName")),
        "name" => json!(name),
        "email" => json!(user.text("email")),
        "locale" => json!("en_US"),
        "zoneinfo" => json!("America/Los_Angeles"),
        _ => Value::Null,
    };
    OIDC_PROFILE.iter().map(|&key| (key.to_owned(), known(key))).collect()
}

impl Org {
    /// Id, scope and sync state of everybody assigned to an app.
    pub fn app_users(&self, app_id: &str) -> Vec<(String, &'static str, &'static str)> {
        let app = self.apps.get(app_id);
        app.map_or_else(Vec::new, |app| {
            app.users.iter().map(|user| (user.id.clone(), user.scope.word(), user.sync_state)).collect()
        })
    }
}

fn app<'a>(org: &'a Org, call: &Call) -> Result<&'a App, Refusal> {
    let id = call.segment("app_id");
    org.apps.get(id).ok_or_else(|| errors::not_found(id, "AppInstance"))
}

/// POST to the list assigns directly; on somebody assigned through a group it makes the assignment direct.
pub(crate) fn assign(org: &mut Org, call: &Call) -> Answer {
    let body = call.object()?;
    app(org, call)?;
    let Some(id) = body.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()) else {
        return Err(errors::blank("id"));
    };
    let Some(user) = org.users.get(id) else { return Err(errors::not_found(id, "User")) };
    if user.status == Status::Deprovisioned {
        return Err(errors::wrong_user_status());
    }
    let id = id.to_owned();
    write(org, call, &id, Scope::User)
}

/// POST to one assignment changes it.
pub(crate) fn update(org: &mut Org, call: &Call) -> Answer {
    let id = call.segment("user_id").to_owned();
    let Some(current) = app(org, call)?.users.get(&id) else { return Err(errors::not_found(&id, "AppUser")) };
    let scope = current.scope;
    write(org, call, &id, scope)
}

fn write(org: &mut Org, call: &Call, user_id: &str, otherwise: Scope) -> Answer {
    let body = call.object()?;
    let scope = match body.get("scope").filter(|scope| !scope.is_null()) {
        None => otherwise,
        Some(scope) if scope == "USER" => Scope::User,
        Some(scope) if scope == "GROUP" => Scope::Group,
        Some(_) => return Err(errors::invalid("scope", "scope: The scope must be USER or GROUP")),
    };
    let app_id = app(org, call)?.id.clone();
    if scope == Scope::Group && !org.covered_by_group(app(org, call)?, user_id) {
        return Err(errors::invalid("scope", "scope: The user is not a member of a group assigned to the application"));
    }
    let Org { apps, users, log, .. } = org;
    let (Some(app), Some(user)) = (apps.get_mut(&app_id), users.get(user_id)) else {
        return Err(errors::not_found(user_id, "User"));
    };
    let new = app.users.get(user_id).is_none();
    if new {
        let assigned = AppUser::new(app, user, scope, call.now);
        app.users.put(user_id, assigned);
        let event = Event::of("application.user_membership.add", "Add user to application membership");
        log.record(event.target("User", user_id, user.login(), user.login()).app(app), call);
    }
    let Some(assigned) = app.users.get_mut(user_id) else { return Err(errors::not_found(user_id, "AppUser")) };
    assigned.scope = scope;
    assigned.updated = call.now;
    if let Some(name) = body.get("credentials").and_then(|credentials| credentials.get("userName"))
        && let Some(name) = name.as_str().filter(|name| !name.is_empty())
    {
        assigned.user_name = name.to_owned();
    }
    if let Some(profile) = body.get("profile").and_then(Value::as_object) {
        assigned.profile.extend(profile.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    let document = assigned.clone().document(app, call);
    if new {
        org.provision(&app_id, user_id, call.now);
    } else {
        org.push_profile(&app_id, user_id, call.now);
    }
    Ok(Reply::ok(document))
}

pub(crate) fn get(org: &mut Org, call: &Call) -> Answer {
    let app = app(org, call)?;
    let id = call.segment("user_id");
    let user = app.users.get(id).ok_or_else(|| errors::not_found(id, "AppUser"))?;
    Ok(Reply::ok(expanded(org, app, user, call)))
}

/// `q` looks for user names, given and family names and emails that start with it.
pub(crate) fn list(org: &mut Org, call: &Call) -> Answer {
    let app = app(org, call)?;
    let q = call.parameter("q").map(str::to_lowercase);
    let matches = |assigned: &AppUser| {
        let Some(q) = &q else { return true };
        let user = org.users.get(&assigned.id);
        let names = ["firstName", "lastName", "email"].map(|name| user.map_or("", |user| user.text(name)));
        names.iter().chain([&assigned.user_name.as_str()]).any(|text| text.to_lowercase().starts_with(q))
    };
    let found = app.users.iter().filter(|user| matches(user));
    call.page(found.map(|user| (user.id.clone(), expanded(org, app, user, call))).collect(), 50, 1..=500)
}

fn expanded(org: &Org, app: &App, assigned: &AppUser, call: &Call) -> Value {
    let mut document = assigned.document(app, call);
    if call.parameter("expand") == Some("user")
        && let Some(user) = org.users.get(&assigned.id)
    {
        document["_embedded"] = json!({"user": org.user_document(user, call)});
    }
    document
}

/// A direct assignment of somebody whom a group covers turns into one through the group; one through a group goes only
/// with the group. Both are not verified against a live tenant.
pub(crate) fn unassign(org: &mut Org, call: &Call) -> Answer {
    let id = call.segment("user_id").to_owned();
    let app = app(org, call)?;
    let scope = app.users.get(&id).ok_or_else(|| errors::not_found(&id, "AppUser"))?.scope;
    if scope == Scope::Group {
        return Err(errors::invalid(
            "userId",
            "userId: The user is assigned through a group; remove the group's assignment or the membership instead",
        ));
    }
    let event = Event::of("application.user_membership.remove", "Remove user's application membership")
        .target("User", &id, "unknown", "unknown")
        .app(app);
    let app_id = app.id.clone();
    if let Some(gone) = org.apps.get_mut(&app_id).and_then(|app| app.users.remove(&id)) {
        org.deprovision(&app_id, &gone, call.now);
    }
    org.settle_assignments(&app_id, call.now);
    org.log.record(event, call);
    Ok(Reply::no_content())
}
