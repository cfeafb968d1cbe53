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
    model::Attr,
    provider::{FromState, Provider, Unavailable},
    resource::AnyResource,
    schema::{computed, optional, required},
    terms::Terms,
    types::Type,
};
use zt::{model, path};

mod thing;

pub use thing::{Fault, Rule, Thing, ThingIdentity, ThingResource, breaks};

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
    fn from_state(state: &State, terms: &Terms) -> Result<Self, Unavailable> {
        match &state.endpoint {
            Attr::Unknown => Err(Unavailable::NotYetKnown(
                Diagnostic::error("The endpoint is not known yet", "It depends on something to be created.")
                    .at(path!(Settings.endpoint)),
            )),
            Attr::Null => Err(Unavailable::Missing(
                Diagnostic::error("No endpoint", "Set endpoint.").at(path!(Settings.endpoint)),
            )),
            Attr::Known(_) => Ok(Self { service: Arc::clone(&state.service), stop: terms.stop.clone() }),
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
