//! A provider of everything the framework offers, over an in-memory service.

use async_trait::async_trait;
use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime},
};
use tokio_util::sync::CancellationToken;
use zt::framework::{
    action::{Action, AnyAction, Progress},
    call::Call,
    data_source::{AnyDataSource, DataSource},
    diagnostic::{Diagnostic, Diagnostics, Result},
    ephemeral::{AnyEphemeral, Ephemeral, Opened},
    function::{AnyFunction, Arguments, Definition, Function, FunctionError, Parameter},
    list::{AnyList, Found, List, Sink},
    model::{Attr, List as ListOf, Map, Set, set_of},
    number::Number,
    provider::{FromState, Provider, Unavailable},
    resource::{AnyResource, Change, ImportKey, MoveSource, Planned, Resource},
    schema::{computed, optional, required},
    types::Type,
    value::Value,
};
use zt::{model, path};

model! {
    /// The toy service.
    pub struct Settings {
        /// Where it is.
        endpoint: String = optional(),
    }
}

/// What the toy service holds, and how it shall misbehave.
#[derive(Debug, Default)]
pub struct Service {
    /// Things by id.
    pub things: BTreeMap<String, Thing>,
    /// The secrets of things as they arrived, by id.
    pub secrets: BTreeMap<String, Vec<String>>,
    /// Whether the toy puts write-only values wherever it can.
    pub careless: bool,
    /// What the next create does after the thing exists.
    pub fault: Option<Fault>,
    /// Calls that changed something.
    pub writes: Vec<String>,
}

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

/// A client of the toy service.
#[derive(Debug, Clone)]
pub struct Client {
    service: Arc<Mutex<Service>>,
    stop: CancellationToken,
}

impl Client {
    /// The service itself.
    pub fn service(&self) -> MutexGuard<'_, Service> {
        self.service.lock().unwrap()
    }
}

/// What the provider block becomes.
pub struct State {
    service: Arc<Mutex<Service>>,
    endpoint: Attr<String>,
}

impl FromState<State> for Client {
    fn from_state(state: &State, stop: &CancellationToken) -> Result<Self, Unavailable> {
        match &state.endpoint {
            Attr::Unknown => Err(Unavailable::NotYetKnown(
                Diagnostic::error("The endpoint is not known yet", "It depends on something to be created.")
                    .at(path!(Settings.endpoint)),
            )),
            Attr::Null => Err(Unavailable::Missing(
                Diagnostic::error("No endpoint", "Set endpoint.").at(path!(Settings.endpoint)),
            )),
            Attr::Known(_) => Ok(Self { service: Arc::clone(&state.service), stop: stop.clone() }),
        }
    }
}

/// The provider.
#[derive(Debug, Default)]
pub struct Toy {
    /// The service behind it.
    pub service: Arc<Mutex<Service>>,
}

#[async_trait]
impl Provider for Toy {
    type Model = Settings;
    type State = State;

    async fn configure(&self, config: Settings, terraform_version: &str) -> Result<(State, Diagnostics)> {
        let mut warnings = Diagnostics::new();
        if terraform_version.starts_with("0.") {
            warnings.push(Diagnostic::warning("An old Terraform", "Update it."));
        }
        Ok((State { service: Arc::clone(&self.service), endpoint: config.endpoint }, warnings))
    }

    fn resources(&self) -> &'static [&'static dyn AnyResource<State>] {
        &[&ThingResource]
    }
    fn data_sources(&self) -> &'static [&'static dyn AnyDataSource<State>] {
        &[&ThingData]
    }
    fn ephemerals(&self) -> &'static [&'static dyn AnyEphemeral<State>] {
        &[&Lease]
    }
    fn functions(&self) -> &'static [&'static dyn AnyFunction] {
        &[&Join]
    }
    fn lists(&self) -> &'static [&'static dyn AnyList<State>] {
        &[&Things]
    }
    fn actions(&self) -> &'static [&'static dyn AnyAction<State>] {
        &[&Ring]
    }
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
    fn handed_out(client: &Client, mut thing: Thing) -> Thing {
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
            Some(Fault::WaitForStop) => {
                client.stop.cancelled().await;
                Err(Diagnostic::error("Stopped", "Terraform asked to stop.").into())
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
        if fault == Some(Fault::FailAndKeep) {
            call.keep(&thing);
            return Err(Diagnostic::error("Changing the thing failed", "Half of it was changed.").into());
        }
        Ok(thing)
    }

    async fn delete(&self, _call: &Call, client: &Client, state: Thing) -> Result<()> {
        if client.service().fault.take().is_some() {
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

model! {
    /// A thing, looked up.
    pub struct ThingLookup {
        /// Id.
        id: String = required(),
        /// Name.
        name: String = computed(),
    }
}

/// The data source.
pub struct ThingData;

impl DataSource for ThingData {
    type Model = ThingLookup;
    type Client = Client;
    const NAME: &'static str = "toy_thing";

    async fn read(&self, _call: &Call, client: &Client, config: ThingLookup) -> Result<ThingLookup> {
        let id = config.id.text().unwrap_or_default();
        match client.service().things.get(id) {
            Some(thing) => Ok(ThingLookup { name: thing.name.clone(), ..config.clone() }),
            None => Err(Diagnostic::error("There is no such thing", format!("Nothing has the id {id:?}."))
                .at(path!(ThingLookup.id))
                .into()),
        }
    }
}

model! {
    /// A lease on a thing.
    pub struct LeaseModel {
        /// Whose.
        of: String = required(),
        /// The secret that comes with it.
        token: String = computed().sensitive(),
    }
}

/// The ephemeral resource.
pub struct Lease;

impl Ephemeral for Lease {
    type Model = LeaseModel;
    type Client = Client;
    const NAME: &'static str = "toy_lease";

    async fn open(&self, call: &Call, client: &Client, config: LeaseModel) -> Result<Opened<LeaseModel>> {
        let of = config.of.text().unwrap_or_default().to_owned();
        client.service().writes.push(format!("open {of}"));
        call.private().set("of", &of);
        Ok(Opened {
            result: LeaseModel { token: format!("token of {of}").as_str().into(), ..config },
            renew_at: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(60)),
        })
    }

    async fn renew(&self, call: &Call, client: &Client) -> Result<Option<SystemTime>> {
        let of = call.private().get::<String>("of").unwrap_or_default();
        client.service().writes.push(format!("renew {of}"));
        Ok(None)
    }

    async fn close(&self, call: &Call, client: &Client) -> Result<()> {
        let of = call.private().get::<String>("of").unwrap_or_default();
        client.service().writes.push(format!("close {of}"));
        Ok(())
    }
}

/// The function: joins texts.
pub struct Join;

impl Function for Join {
    type Output = String;
    const NAME: &'static str = "join";

    fn definition(&self) -> Definition {
        Definition {
            summary: "Joins texts",
            doc: "Puts a separator between texts.",
            parameters: vec![Parameter::of::<String>("separator", "What goes between.")],
            variadic: Some(Parameter::of::<String>("texts", "What is joined.").or_null()),
            returns: Type::Dynamic,
        }
    }

    fn call(&self, arguments: Arguments) -> Result<String, FunctionError> {
        let separator: String = arguments.required(0)?;
        if separator.len() > 3 {
            return Err(FunctionError::argument(0, "At most three characters."));
        }
        let texts = (1..arguments.len()).map(|i| arguments.get::<String>(i)).collect::<Result<Vec<_>, _>>()?;
        let texts: Vec<&str> = texts.iter().filter_map(Attr::text).collect();
        Ok(texts.join(&separator))
    }
}

model! {
    /// Which things to list.
    pub struct Filter {
        /// What the name begins with.
        prefix: String = optional(),
    }
}

/// The list resource.
pub struct Things;

impl List for Things {
    type Resource = ThingResource;
    type Config = Filter;
    type Client = Client;

    async fn list(&self, _call: &Call, client: &Client, config: Filter, sink: Sink<'_, ThingResource>) -> Result<()> {
        let prefix = config.prefix.text().unwrap_or_default().to_owned();
        let things: Vec<Thing> = client.service().things.values().cloned().collect();
        for thing in things {
            let name = thing.name.text().unwrap_or_default().to_owned();
            if !name.starts_with(&prefix) {
                continue;
            }
            client.service().writes.push(format!("found {name}"));
            let found = Found {
                display_name: name,
                identity: ThingIdentity { id: thing.id.clone(), ..ThingIdentity::default() },
                resource: sink.include_resource().then_some(ThingResource::handed_out(client, thing)),
            };
            if let ControlFlow::Break(()) = sink.push(found).await {
                break;
            }
        }
        if prefix == "broken" {
            return Err(Diagnostic::error("Listing failed", "The service is down.").into());
        }
        Ok(())
    }
}

model! {
    /// How to ring.
    pub struct RingModel {
        /// How often.
        times: i64 = required(),
    }
}

/// The action.
pub struct Ring;

impl Action for Ring {
    type Model = RingModel;
    type Client = Client;
    const NAME: &'static str = "toy_ring";

    async fn plan(&self, _call: &Call, _client: Option<&Client>, config: &RingModel) -> Result<()> {
        if config.times.known().is_some_and(|times| *times > 9) {
            return Err(Diagnostic::error("Too loud", "At most nine times.").at(path!(RingModel.times)).into());
        }
        Ok(())
    }

    async fn invoke(&self, call: &Call, _client: &Client, config: RingModel, progress: Progress) -> Result<()> {
        let times = config.times.into_known().unwrap_or_default();
        for i in 1..=times {
            progress.say(format!("ring {i}")).await;
        }
        if times == 0 {
            call.stop().cancelled().await;
            return Err(Diagnostic::error("Stopped", "Terraform asked to stop.").into());
        }
        if times == 7 {
            panic!("the bell broke");
        }
        Ok(())
    }
}
