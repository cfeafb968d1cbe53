//! `/apps/{id}/group-push/mappings`: which groups are pushed to an app.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/GroupPushMapping/>. Answers follow what
//! the service does where that differs from its description: creation answers 200, deletion 200 with an empty body.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::apps::App;
use super::call::{Answer, Call, Reply};
use super::errors::{self, Refusal};
use super::groups::{self, Group, GroupKind};
use super::logs::Event;
use super::org::Org;
use super::provisioning::Pushed;
use crate::mock::clock::seconds;
use crate::mock::ids;

/// What Okta calls a mapping in its errors; not verified against a live tenant.
const KIND: &str = "GroupPushMapping";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Active,
    Inactive,
    Error,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
            Self::Error => "ERROR",
        }
    }

    /// What a caller may ask for.
    fn wanted(value: Option<&Value>) -> Result<Self, Refusal> {
        match value.and_then(Value::as_str) {
            Some("ACTIVE") => Ok(Self::Active),
            Some("INACTIVE") => Ok(Self::Inactive),
            _ => Err(errors::invalid("status", "status: The status must be ACTIVE or INACTIVE")),
        }
    }
}

/// One pushed group.
#[derive(Clone)]
pub(crate) struct PushMapping {
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) target: String,
    status: Status,
    error: Option<String>,
    last_push: Option<OffsetDateTime>,
    /// What the app knows of the group; none if that is not certain.
    pub(crate) pushed: Option<Pushed>,
    /// How often an administrator has interfered: what a push comes to that began before is not shown.
    pub(crate) turn: u32,
    app_config: Option<Value>,
    created: OffsetDateTime,
    updated: OffsetDateTime,
}

impl PushMapping {
    /// A push failed; how much of it the app knows is not certain.
    pub(crate) fn fail(&mut self, summary: &str) {
        self.pushed = None;
        if self.is_on() {
            self.status = Status::Error;
            self.error = Some(summary.to_owned());
        }
    }

    /// A push succeeded; `at` if anything had to be sent.
    pub(crate) fn succeeded(&mut self, known: Pushed, at: Option<OffsetDateTime>) {
        self.pushed = Some(known);
        self.last_push = at.or(self.last_push);
        if self.is_on() {
            self.status = Status::Active;
            self.error = None;
        }
    }

    /// Begins another turn.
    pub(crate) fn interrupt(&mut self) {
        self.turn += 1;
    }

    /// `ACTIVE`, `INACTIVE` or `ERROR`.
    pub(crate) fn status(&self) -> &'static str {
        self.status.word()
    }

    /// Why the last push failed.
    pub(crate) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// On and without errors.
    pub(crate) fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// On, be it in error.
    pub(crate) fn is_on(&self) -> bool {
        self.status != Status::Inactive
    }

    fn document(&self, app_id: &str, call: &Call) -> Value {
        let mut document = json!({
            "created": seconds(self.created),
            "id": self.id,
            "lastUpdated": seconds(self.updated),
            "sourceGroupId": self.source,
            "status": self.status.word(),
            "targetGroupId": self.target,
            "_links": {
                "app": {"href": call.url(&format!("/api/v1/apps/{app_id}"))},
                "sourceGroup": {"href": call.url(&format!("/api/v1/groups/{}", self.source))},
                "targetGroup": {"href": call.url(&format!("/api/v1/groups/{}", self.target))},
            },
        });
        if let Some(error) = &self.error {
            document["errorSummary"] = json!(error);
        }
        if let Some(at) = self.last_push {
            document["lastPush"] = json!(seconds(at));
        }
        if let Some(config) = &self.app_config {
            document["appConfig"] = config.clone();
        }
        document
    }
}

impl Org {
    /// A source group has another name: groups of apps that had the same name take the new one, as the setting *Rename
    /// app groups to match group name in Okta* has it, which is on unless somebody switches it off. Those that were
    /// given a name of their own keep it.
    pub(crate) fn rename_targets(&mut self, source: &str, before: &str, after: &str, now: OffsetDateTime) {
        let Self { apps, groups, .. } = self;
        for mapping in apps.iter().flat_map(|app| app.mappings.iter()).filter(|mapping| mapping.source == source) {
            if let Some(target) = groups.get_mut(&mapping.target).filter(|target| target.name() == before) {
                target.profile.insert("name".into(), json!(after));
                target.updated = now;
            }
        }
        self.push_group(source, now);
    }
}

fn app<'a>(org: &'a Org, call: &Call) -> Result<&'a App, Refusal> {
    let id = call.segment("app_id");
    org.apps.get(id).ok_or_else(|| errors::not_found(id, "AppInstance"))
}

fn mapping<'a>(org: &'a mut Org, call: &Call) -> Result<&'a mut PushMapping, Refusal> {
    let (app_id, id) = (call.segment("app_id"), call.segment("mapping_id"));
    let app = org.apps.get_mut(app_id).ok_or_else(|| errors::not_found(app_id, "AppInstance"))?;
    app.mappings.get_mut(id).ok_or_else(|| errors::not_found(id, KIND))
}

/// Exactly one of `targetGroupName` and `targetGroupId`. A name that the app has a group of already links to it. The
/// answer does not wait for the first push.
pub(crate) fn create(org: &mut Org, call: &Call) -> Answer {
    let body = call.object()?;
    let app = app(org, call)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let Some(source) = text("sourceGroupId") else { return Err(errors::blank("sourceGroupId")) };
    let status = match body.get("status") {
        None | Some(Value::Null) => Status::Active,
        wanted => Status::wanted(wanted)?,
    };
    match org.groups.get(source) {
        None => return Err(errors::not_found(source, groups::KIND)),
        Some(group) if group.kind == GroupKind::App => {
            return Err(errors::invalid(
                "sourceGroupId",
                "sourceGroupId: Groups that belong to an app cannot be pushed",
            ));
        }
        Some(_) => {}
    }
    // The wording of the next two is not verified against a live tenant.
    if app.mappings.iter().any(|mapping| mapping.source == source) {
        return Err(errors::invalid(
            "sourceGroupId",
            "sourceGroupId: A group push mapping already exists for this group and application",
        ));
    }
    let belongs = |group: &&Group| group.source_app.as_deref() == Some(app.id.as_str());
    let existing = match (text("targetGroupId"), text("targetGroupName")) {
        (Some(id), None) => {
            let group = org.groups.get(id).ok_or_else(|| errors::not_found(id, groups::KIND))?;
            let group = Some(group).filter(belongs).ok_or_else(|| {
                errors::invalid("targetGroupId", "targetGroupId: The group does not belong to the application")
            })?;
            Ok(group.id.clone())
        }
        (None, Some(name)) => {
            let named = org.groups.iter().filter(belongs).find(|group| group.name() == name);
            named.map(|group| group.id.clone()).ok_or_else(|| name.to_owned())
        }
        _ => {
            return Err(errors::invalid(
                "targetGroupId",
                "Exactly one of targetGroupId and targetGroupName must be provided",
            ));
        }
    };
    if let Ok(target) = &existing
        && app.mappings.iter().any(|mapping| mapping.target == *target)
    {
        return Err(errors::invalid("targetGroupId", "targetGroupId: Another group is pushed to this group already"));
    }
    let app_id = app.id.clone();
    let event = Event::of("application.provision.group_push.mapping.created", "Create group push mapping").app(app);
    let target = existing.unwrap_or_else(|name| {
        let mut group = Group::new(&ids::okta("00g"), &name, call.now);
        group.kind = GroupKind::App;
        group.source_app = Some(app_id.clone());
        let id = group.id.clone();
        org.groups.put(&id, group);
        id
    });
    let made = PushMapping {
        id: ids::okta("gPm"),
        source: source.to_owned(),
        target,
        status,
        error: None,
        last_push: None,
        pushed: None,
        turn: 0,
        app_config: body.get("appConfig").filter(|config| !config.is_null()).cloned(),
        created: call.now,
        updated: call.now,
    };
    let (document, target, active) = (made.document(&app_id, call), made.target.clone(), made.is_active());
    if let Some(app) = org.apps.get_mut(&app_id) {
        app.mappings.put(&made.id.clone(), made);
    }
    org.log.record(event, call);
    if active {
        org.push_mapping(&app_id, &target, call.now);
    }
    Ok(Reply::ok(document))
}

pub(crate) fn get(org: &mut Org, call: &Call) -> Answer {
    Ok(Reply::ok(mapping(org, call)?.document(call.segment("app_id"), call)))
}

pub(crate) fn list(org: &mut Org, call: &Call) -> Answer {
    let app = app(org, call)?;
    let since = match call.parameter("lastUpdated") {
        None => None,
        Some(text) => Some(
            OffsetDateTime::parse(text, &Rfc3339)
                .map_err(|_| errors::invalid("lastUpdated", "lastUpdated: The value must be an ISO 8601 timestamp"))?,
        ),
    };
    if let Some(status) = call.parameter("status")
        && !["ACTIVE", "INACTIVE", "ERROR"].contains(&status)
    {
        return Err(errors::invalid("status", "status: The status must be ACTIVE, INACTIVE or ERROR"));
    }
    let found = app.mappings.iter().filter(|mapping| {
        call.parameter("sourceGroupId").is_none_or(|source| mapping.source == source)
            && call.parameter("status").is_none_or(|status| mapping.status.word() == status)
            && since.is_none_or(|since| mapping.updated >= since)
    });
    call.page(found.map(|mapping| (mapping.id.clone(), mapping.document(&app.id, call))).collect(), 100, 1..=1000)
}

/// ACTIVE pushes the whole group again, so that an error is forgotten until the next one.
pub(crate) fn update(org: &mut Org, call: &Call) -> Answer {
    mapping(org, call)?;
    let status = Status::wanted(call.object()?.get("status"))?;
    let mapping = mapping(org, call)?;
    mapping.interrupt();
    mapping.status = status;
    mapping.updated = call.now;
    if status == Status::Active {
        mapping.error = None;
        mapping.pushed = None;
    }
    let target = mapping.target.clone();
    let document = mapping.document(call.segment("app_id"), call);
    let event = match status {
        Status::Active => Event::of("application.provision.group_push.activate_mapping", "Activate group push mapping"),
        _ => Event::of("application.provision.group_push.deactivate_mapping", "Deactivate group push mapping"),
    };
    let event = event.app(app(org, call)?);
    org.log.record(event, call);
    match status {
        Status::Active => org.push_mapping(call.segment("app_id"), &target, call.now),
        _ => org.stop_pushing(call.segment("app_id"), &target),
    }
    Ok(Reply::ok(document))
}

/// Refused while the mapping is active. `deleteTargetGroup=true` deletes the app's group too.
pub(crate) fn delete(org: &mut Org, call: &Call) -> Answer {
    let mapping = mapping(org, call)?;
    if mapping.status == Status::Active {
        // The wording is not verified against a live tenant.
        return Err(errors::invalid("status", "status: The group push mapping must be inactive before it is deleted"));
    }
    let (id, target) = (mapping.id.clone(), mapping.target.clone());
    let event = Event::of("application.provision.group_push.removed", "Remove group push mapping").app(app(org, call)?);
    org.log.record(event, call);
    let app_id = call.segment("app_id");
    if let Some(app) = org.apps.get_mut(app_id) {
        app.mappings.remove(&id);
    }
    org.stop_pushing(app_id, &target);
    if call.switch("deleteTargetGroup", false)
        && let Some(group) = org.groups.remove(&target)
    {
        org.delete_pushed_group(app_id, &group, call.now);
        let event = Event::of("application.provision.group_push.delete_appgroup", "Delete app group");
        let event = event.app(app(org, call)?);
        org.log.record(event, call);
    }
    Ok(Reply::empty())
}
