//! The toy's managed resource, and how it can be made to fail.

use super::Client;
use std::time::Duration;
use zt::framework::{
    call::Call,
    diagnostic::{Diagnostic, Diagnostics, Result},
    model::{Attr, List as ListOf, Map, Set, set_of},
    number::Number,
    resource::{Change, ImportKey, MoveSource, Planned, Resource},
    schema::{computed, optional, required},
    timeouts::Timeouts,
    value::Value,
};
use zt::{model, path};

/// A way to fail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// Fails before anything exists.
    Refuse,
    /// Fails after the thing exists, rolls back.
    FailAndRollBack,
    /// Fails after the thing exists, and so does the rollback.
    FailAndKeep,
    /// Panics after the thing exists.
    Panic,
    /// Waits for longer than half a minute for a service, as far as is told.
    Wait,
    /// Waits until Terraform says stop.
    WaitForStop,
    /// Returns another name than planned.
    Lie,
    /// Leaves a value unknown.
    LeaveUnknown,
    /// Says that the thing exists by nothing but returning it.
    KeepNothing,
    /// The same, and one value of it does not fit the schema.
    Misfit,
}

model! {
    /// A rule of a thing.
    pub struct Rule {
        /// What it allows.
        allow: String = required().one_of(&["read", "write"]),
        /// Its weight.
        weight: Number = optional().initial(1),
        /// A secret of the rule.
        token_wo: String = optional().write_only(),
    }
}

model! {
    /// A thing.
    pub struct Thing {
        /// Id.
        id: String = computed().keep(),
        /// Name.
        name: String = required().length(1..=20),
        /// Kind; another kind is another thing.
        kind: String = optional().initial("plain").replaces(),
        /// On or off.
        enabled: bool = optional().clears(),
        /// An exact number.
        size: Number = optional(),
        /// Anything.
        extra: Value = optional(),
        /// Where it is.
        url: String = optional().same(same_url),
        /// Tags.
        tags: Set<String> = optional().initial(set_of(&["new"])),
        /// Labels.
        labels: Map<String> = optional(),
        /// Rules.
        rules: ListOf<Rule> = optional(),
        /// A secret.
        secret_wo: String = optional().write_only(),
        /// Changes when the secret does.
        secret_version: String = optional(),
        /// `in_sync`, or `changed` if somebody else changed a secret.
        secret_status: String = computed(),
        /// Counts writes.
        revision: i64 = computed(),
        /// How long each operation may take.
        timeouts: Timeouts = optional(),
    }
}

model! {
    /// What identifies a thing.
    pub struct ThingIdentity {
        /// Id.
        id: String = required(),
        /// Anything, so that it can be something that does not fit.
        mark: Value = optional(),
    }
}

/// Values that the toy's own code breaks on.
pub mod breaks {
    /// A name that cannot be planned: that panics.
    pub const PLAN: &str = "thing-unplanned";
    /// A name or id whose identity panics.
    pub const IDENTITY: &str = "thing-unnamed";
    /// A name or id whose identity does not fit its schema.
    pub const IDENTITY_VALUE: &str = "thing-misnamed";
    /// A url whose comparison panics.
    pub const URL: &str = "thing:unlike";
}

fn same_url(a: &Value, b: &Value) -> bool {
    assert!(a.as_str() != Some(breaks::URL), "no such url");
    a == b
}

/// The resource.
pub struct ThingResource;

impl ThingResource {
    fn written(plan: Planned<Thing>, id: String, revision: i64) -> Thing {
        let mut thing = Thing { id: id.into(), revision: revision.into(), ..plan.planned };
        if let Some(rules) = thing.rules.known() {
            thing.rules = Attr::Known(ListOf(
                rules
                    .iter()
                    .map(|rule| {
                        Attr::Known(Rule {
                            weight: if rule.weight.is_unknown() {
                                Attr::Known(1_i64.into())
                            } else {
                                rule.weight.clone()
                            },
                            ..rule.clone()
                        })
                    })
                    .collect(),
            ));
        }
        if thing.enabled.is_unknown() {
            thing.enabled = false.into();
        }
        thing.secret_status = "in_sync".into();
        thing
    }

    /// What becomes of a thing on its way out of a toy that is careless.
    pub fn handed_out(client: &Client, mut thing: Thing) -> Thing {
        if client.service().careless {
            thing.secret_wo = "leaked".into();
            if let Attr::Known(rules) = &mut thing.rules {
                rules.0.iter_mut().for_each(|rule| {
                    if let Attr::Known(rule) = rule {
                        rule.token_wo = "leaked".into();
                    }
                });
            }
        }
        thing
    }
}

/// The write-only values of a configuration; `None` while one is unknown.
fn secrets(config: &Thing) -> Option<Vec<String>> {
    let rules = config.rules.known().into_iter().flat_map(ListOf::iter).map(|rule| &rule.token_wo);
    let all: Vec<&Attr<String>> = std::iter::once(&config.secret_wo).chain(rules).collect();
    let known = !all.iter().any(|secret| secret.is_unknown());
    known.then(|| all.iter().filter_map(|secret| secret.text()).map(str::to_owned).collect())
}

/// What is remembered of secrets: enough to tell that they are others.
fn digest(secrets: &[String]) -> u64 {
    let bytes = secrets.iter().flat_map(|secret| secret.bytes());
    bytes.fold(7, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
}

/// Waits until the call is stopped.
async fn stopped(client: &Client) -> Diagnostics {
    client.stop.cancelled().await;
    Diagnostic::error("Stopped", "It was asked to stop.").into()
}

impl Resource for ThingResource {
    type Model = Thing;
    type Identity = ThingIdentity;
    type Client = Client;
    const NAME: &'static str = "toy_thing";
    /// Version 0 called the name `title`.
    const VERSION: i64 = 1;

    fn validate(&self, config: &Thing, problems: &mut Diagnostics) {
        if config.secret_wo.is_set() && config.secret_version.is_null() {
            problems.push(
                Diagnostic::warning("The secret has no version", "A new secret will not be noticed.")
                    .at(path!(Thing.secret_version)),
            );
        }
    }

    async fn plan(&self, call: &Call, client: Option<&Client>, change: &mut Change<Thing>) -> Result<()> {
        if change.planned.name.text() == Some(breaks::PLAN) {
            panic!("asked to");
        }
        match client {
            Some(client) => change.planned = Self::handed_out(client, change.planned.clone()),
            None => call.warn(Diagnostic::warning("Planned without the service", "The endpoint is not known yet.")),
        }
        call.private().set("planned", change.planned.name.text());
        if let (Some(prior), Some(secrets)) = (&change.prior, secrets(&change.config)) {
            let others = call.private().get::<u64>("secrets").is_some_and(|known| known != digest(&secrets));
            if others || prior.secret_status.text() == Some("changed") {
                change.write_anyway();
            }
        }
        Ok(())
    }

    async fn plan_destroy(&self, call: &Call, _client: Option<&Client>, state: &Thing) -> Result<()> {
        if state.enabled.is_true() {
            call.warn(Diagnostic::warning("The thing is still enabled", "Somebody may be using it."));
        }
        Ok(())
    }

    async fn create(&self, call: &Call, client: &Client, change: Planned<Thing>) -> Result<Thing> {
        let fault = client.service().fault.take();
        if fault == Some(Fault::Refuse) {
            return Err(Diagnostic::error("Creating the thing failed", "The name is taken.")
                .at(path!(Thing.name))
                .into());
        }
        let id = format!("thing-{}", client.service().things.len() + 1);
        let secrets = secrets(&change.config).unwrap_or_default();
        let mut thing = Self::handed_out(client, Self::written(change, id.clone(), 1));
        client.service().things.insert(id.clone(), thing.clone());
        client.service().writes.push(format!("create {id}"));
        if fault == Some(Fault::Misfit) {
            thing.extra = Attr::Known(Value::string("text without its type"));
        }
        if matches!(fault, Some(Fault::KeepNothing | Fault::Misfit)) {
            return Ok(thing);
        }
        call.keep(&thing);
        let planned = call.private().get::<String>("planned");
        call.private().set("made", planned);
        call.private().set("secrets", digest(&secrets));
        client.service().secrets.insert(id.clone(), secrets);
        match fault {
            Some(Fault::FailAndRollBack) => {
                client.service().things.remove(&id);
                call.forget();
                Err(Diagnostic::error("Creating the thing failed", "It was rolled back.").into())
            }
            Some(Fault::FailAndKeep) => {
                Err(Diagnostic::error("Creating the thing failed", "It could not be rolled back either.").into())
            }
            Some(Fault::Panic) => panic!("the toy broke"),
            Some(Fault::WaitForStop) => Err(stopped(client).await),
            Some(Fault::Wait) => {
                call.terms().waits.ended("the limit of the toy", Duration::from_secs(31));
                Ok(thing)
            }
            Some(Fault::Lie) => {
                thing.name = "another".into();
                Ok(thing)
            }
            Some(Fault::LeaveUnknown) => {
                thing.revision = Attr::Unknown;
                Ok(thing)
            }
            _ => Ok(thing),
        }
    }

    async fn read(&self, call: &Call, client: &Client, state: Thing) -> Result<Option<Thing>> {
        let Some(id) = state.id.text() else { return Ok(None) };
        let fault = client.service().fault.take();
        if fault == Some(Fault::WaitForStop) {
            return Err(stopped(client).await);
        }
        if call.importing() {
            call.warn(Diagnostic::warning("Read for the first time", "Everything is recorded."));
        }
        let Some(mut thing) = client.service().things.get(id).cloned() else { return Ok(None) };
        let there = client.service().secrets.get(id).map(|secrets| digest(secrets));
        let changed = call.private().get::<u64>("secrets").is_some_and(|known| Some(known) != there);
        thing.secret_status = if changed { "changed" } else { "in_sync" }.into();
        Ok(Some(Self::handed_out(client, thing)))
    }

    async fn update(&self, call: &Call, client: &Client, prior: Thing, change: Planned<Thing>) -> Result<Thing> {
        let id = prior.id.text().unwrap_or_default().to_owned();
        let secrets = secrets(&change.config).unwrap_or_default();
        let revision = prior.revision.known().copied().unwrap_or_default() + 1;
        let thing = Self::handed_out(client, Self::written(change, id.clone(), revision));
        let fault = client.service().fault.take();
        if fault == Some(Fault::Refuse) {
            return Err(Diagnostic::error("Changing the thing failed", "Nothing was changed.").into());
        }
        client.service().things.insert(id.clone(), thing.clone());
        client.service().writes.push(format!("update {id}"));
        call.private().set("secrets", digest(&secrets));
        client.service().secrets.insert(id.clone(), secrets);
        if fault == Some(Fault::WaitForStop) {
            call.keep(&thing);
            return Err(stopped(client).await);
        }
        if fault == Some(Fault::FailAndKeep) {
            call.keep(&thing);
            return Err(Diagnostic::error("Changing the thing failed", "Half of it was changed.").into());
        }
        Ok(thing)
    }

    async fn delete(&self, _call: &Call, client: &Client, state: Thing) -> Result<()> {
        let fault = client.service().fault.take();
        if fault == Some(Fault::WaitForStop) {
            return Err(stopped(client).await);
        }
        if fault.is_some() {
            return Err(Diagnostic::error("Removing the thing failed", "It is in use.").into());
        }
        let id = state.id.text().unwrap_or_default();
        client.service().things.remove(id);
        client.service().writes.push(format!("delete {id}"));
        Ok(())
    }

    fn identity(&self, state: &Thing) -> ThingIdentity {
        let is = |broken| [state.name.text(), state.id.text()].contains(&Some(broken));
        assert!(!is(breaks::IDENTITY), "no identity");
        let mark = is(breaks::IDENTITY_VALUE).then(|| Value::string("text without its type")).into();
        ThingIdentity { id: state.id.clone(), mark }
    }

    async fn import(&self, _call: &Call, client: Option<&Client>, key: ImportKey<ThingIdentity>) -> Result<Thing> {
        let id = match key {
            ImportKey::Id(id) if id.starts_with("thing-") => id.as_str().into(),
            ImportKey::Id(id) => {
                return Err(
                    Diagnostic::error("Not the id of a thing", format!("{id:?} does not begin with thing-.")).into()
                );
            }
            ImportKey::Identity(identity) => identity.id,
        };
        let thing = Thing { id, ..Thing::default() };
        Ok(client.map_or_else(|| thing.clone(), |client| Self::handed_out(client, thing.clone())))
    }

    fn upgrade(&self, version: i64, mut state: serde_json::Value) -> Result<serde_json::Value> {
        if version != 0 {
            return Err(Diagnostic::error("The state is newer", "Use a newer provider.").into());
        }
        if let Some(object) = state.as_object_mut() {
            let title = object.remove("title").unwrap_or_default();
            object.insert("name".into(), title);
        }
        Ok(state)
    }

    fn move_from(&self, source: MoveSource) -> Option<Result<Thing>> {
        if !source.provider.ends_with("/other") || source.type_name != "other_thing" {
            return None;
        }
        let id = source.state.get("key").and_then(|key| key.as_str()).unwrap_or_default();
        // What another provider kept of a secret is no business of this one's state.
        let secret_wo = source.state.get("secret").and_then(|secret| secret.as_str()).map(str::to_owned).into();
        Some(Ok(Thing { id: id.into(), secret_wo, ..Thing::default() }))
    }

    fn generate(&self, config: &mut Thing) {
        if config.tags.known().is_some_and(|tags| tags.0.is_empty()) {
            config.tags = Attr::Null;
        }
    }
}
