//! Terraform's part: calls the real provider in this process, through the service that answers its socket.

use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio_stream::StreamExt;
use tonic::{Request, Response, Status};
use zt::framework::msgpack;
use zt::framework::provider::Provider as _;
use zt::framework::schema::{Attribute, Schema};
use zt::framework::server::Server;
use zt::framework::types::Type;
use zt::framework::value::Value;
use zt::proto::tfplugin6 as pb;
use zt::proto::tfplugin6::provider_server::Provider as Service;
use zt::provider::{Environment, Zt};

/// How long a call may ask nothing of anybody before Terraform says stop, where everybody is honest: something is wrong then.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a call may go on after that.
const AFTER_STOP: Duration = Duration::from_secs(20);

/// Something that the provider offers, with what its values look like.
pub struct Kind {
    /// Its name in configurations.
    pub name: &'static str,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// The type that follows from them.
    pub ty: Type,
    /// The type of what identifies an object, if anything does.
    pub identity: Option<Type>,
}

impl Kind {
    fn new(name: &'static str, schema: Schema, identity: Option<Schema>) -> Self {
        Self { name, ty: schema.ty(), attributes: schema.attributes, identity: identity.map(|schema| schema.ty()) }
    }
}

/// The provider, and what calls it.
pub struct Terraform {
    server: Server<Zt>,
    /// How many requests the services have heard.
    heard: Arc<AtomicUsize>,
    patience: Cell<Duration>,
    runtime: tokio::runtime::Runtime,
    provider: Kind,
    resources: Vec<Kind>,
    data_sources: Vec<Kind>,
    ephemerals: Vec<Kind>,
    lists: Vec<Kind>,
    actions: Vec<Kind>,
    functions: Vec<(&'static str, Vec<Type>)>,
}

/// What a call came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The state, plan or result; null where there is none.
    pub value: Option<pb::DynamicValue>,
    /// What Terraform keeps beside it.
    pub private: Vec<u8>,
    /// Whether there was an error.
    pub failed: bool,
}

thread_local! {
    static OFFLINE: &'static Terraform = Box::leak(Box::new(Terraform::new([])));
}

impl Terraform {
    /// With these environment variables and no others. Not configured yet.
    pub fn new<const N: usize>(environment: [(&str, &str); N]) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
        let zt = Zt::with(Environment::of(environment));
        let block = <<Zt as zt::framework::provider::Provider>::Model as zt::framework::model::Model>::schema(0);
        let resources = zt.resources().iter().map(|r| Kind::new(r.name(), r.schema(), r.identity_schema())).collect();
        macro_rules! kinds {
            ($items:expr) => {
                $items.iter().map(|item| Kind::new(item.name(), item.schema(), None)).collect()
            };
        }
        let functions = zt.functions().iter().map(|function| {
            let definition = function.definition();
            let parameters = definition.parameters.iter().chain(&definition.variadic).map(|p| p.ty.clone());
            (function.name(), parameters.collect())
        });
        Self {
            runtime,
            provider: Kind::new("", block, None),
            resources,
            data_sources: kinds!(zt.data_sources()),
            ephemerals: kinds!(zt.ephemerals()),
            lists: kinds!(zt.lists()),
            actions: kinds!(zt.actions()),
            functions: functions.collect(),
            server: Server::new(zt),
            heard: Arc::default(),
            patience: Cell::new(PATIENCE),
        }
    }

    /// One that was never configured, so that no call leaves the process.
    pub fn offline() -> &'static Self {
        OFFLINE.with(|terraform| *terraform)
    }

    /// Where services count the requests that they hear.
    pub fn heard(&self) -> Arc<AtomicUsize> {
        self.heard.clone()
    }

    /// The provider block.
    pub fn provider(&self) -> &Kind {
        &self.provider
    }

    /// Managed resources.
    pub fn resources(&self) -> &[Kind] {
        &self.resources
    }

    /// Data sources.
    pub fn data_sources(&self) -> &[Kind] {
        &self.data_sources
    }

    /// Ephemeral resources.
    pub fn ephemerals(&self) -> &[Kind] {
        &self.ephemerals
    }

    /// List resources.
    pub fn lists(&self) -> &[Kind] {
        &self.lists
    }

    /// Actions.
    pub fn actions(&self) -> &[Kind] {
        &self.actions
    }

    /// Functions, each with the types of its arguments.
    pub fn functions(&self) -> &[(&'static str, Vec<Type>)] {
        &self.functions
    }

    /// Runs something on the runtime that the calls are made from.
    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// How long a call may ask nothing of anybody from now on; `None` for as long as honest services may need.
    pub fn wait_only(&self, patience: Option<Duration>) {
        self.patience.set(patience.unwrap_or(PATIENCE));
    }

    /// Waits for a call as long as Terraform's user does, then stops the provider, which has to end it.
    fn wait<T>(&self, work: impl Future<Output = Result<Response<T>, Status>>) -> T {
        let answer = self.runtime.block_on(async {
            tokio::pin!(work);
            let mut last = None;
            while last != Some(self.heard.load(Ordering::Relaxed)) {
                last = Some(self.heard.load(Ordering::Relaxed));
                if let Ok(answer) = tokio::time::timeout(self.patience.get(), &mut work).await {
                    return answer;
                }
            }
            drop(self.server.stop_provider(Request::new(pb::stop_provider::Request {})).await);
            match tokio::time::timeout(AFTER_STOP, work).await {
                Ok(answer) => answer,
                Err(_) => panic!("a call went on for {AFTER_STOP:?} after it was told to stop"),
            }
        });
        match answer {
            Ok(answer) => answer.into_inner(),
            Err(status) => panic!("a gRPC status instead of a diagnostic, which costs Terraform the object: {status}"),
        }
    }

    /// Makes the clients. Whether that worked.
    pub fn configure(&self, config: &Value) -> bool {
        let request = pb::configure_provider::Request {
            terraform_version: "1.14.0".into(),
            config: Some(dynamic(config, &self.provider.ty)),
            client_capabilities: None,
        };
        let answer = self.wait(self.server.configure_provider(Request::new(request)));
        !checked(&answer.diagnostics)
    }

    /// `ValidateProviderConfig`. Whether it was accepted.
    pub fn validate_provider(&self, config: &Value) -> bool {
        let request = pb::validate_provider_config::Request { config: Some(dynamic(config, &self.provider.ty)) };
        !checked(&self.wait(self.server.validate_provider_config(Request::new(request))).diagnostics)
    }

    /// `ValidateResourceConfig`. Whether it was accepted.
    pub fn validate(&self, kind: &Kind, config: pb::DynamicValue, write_only: bool) -> bool {
        let request = pb::validate_resource_config::Request {
            type_name: kind.name.into(),
            config: Some(config),
            client_capabilities: Some(pb::ClientCapabilities {
                write_only_attributes_allowed: write_only,
                ..Default::default()
            }),
        };
        !checked(&self.wait(self.server.validate_resource_config(Request::new(request))).diagnostics)
    }

    /// `PlanResourceChange`.
    pub fn plan(
        &self,
        kind: &Kind,
        prior: Option<pb::DynamicValue>,
        config: Option<pb::DynamicValue>,
        private: Vec<u8>,
    ) -> Outcome {
        let request = pb::plan_resource_change::Request {
            type_name: kind.name.into(),
            prior_state: prior,
            proposed_new_state: config.clone(),
            config,
            prior_private: private,
            ..Default::default()
        };
        let answer = self.wait(self.server.plan_resource_change(Request::new(request)));
        let failed = checked(&answer.diagnostics);
        Outcome { value: answer.planned_state, private: answer.planned_private, failed }
    }

    /// `ApplyResourceChange`.
    pub fn apply(
        &self,
        kind: &Kind,
        prior: Option<pb::DynamicValue>,
        planned: Option<pb::DynamicValue>,
        config: Option<pb::DynamicValue>,
        private: Vec<u8>,
    ) -> Outcome {
        let request = pb::apply_resource_change::Request {
            type_name: kind.name.into(),
            prior_state: prior,
            planned_state: planned,
            config,
            planned_private: private,
            ..Default::default()
        };
        let answer = self.wait(self.server.apply_resource_change(Request::new(request)));
        let failed = checked(&answer.diagnostics);
        Outcome { value: answer.new_state, private: answer.private, failed }
    }

    /// `ReadResource`.
    pub fn read(&self, kind: &Kind, state: Option<pb::DynamicValue>, private: Vec<u8>) -> Outcome {
        let request = pb::read_resource::Request {
            type_name: kind.name.into(),
            current_state: state,
            private,
            ..Default::default()
        };
        let answer = self.wait(self.server.read_resource(Request::new(request)));
        let failed = checked(&answer.diagnostics);
        Outcome { value: answer.new_state, private: answer.private, failed }
    }

    /// `ReadResource`, for many objects at once.
    pub fn read_together(&self, reads: Vec<(&Kind, Option<pb::DynamicValue>, Vec<u8>)>) -> Vec<Outcome> {
        let calls = reads.into_iter().map(|(kind, state, private)| {
            let request = pb::read_resource::Request {
                type_name: kind.name.into(),
                current_state: state,
                private,
                ..Default::default()
            };
            self.server.read_resource(Request::new(request))
        });
        let answers = self.wait(async { try_join_all(calls).await.map(Response::new) });
        let outcome = |answer: Response<pb::read_resource::Response>| {
            let answer = answer.into_inner();
            let failed = checked(&answer.diagnostics);
            Outcome { value: answer.new_state, private: answer.private, failed }
        };
        answers.into_iter().map(outcome).collect()
    }

    /// `UpgradeResourceState`.
    pub fn upgrade(&self, kind: &Kind, version: i64, state: pb::RawState) -> Outcome {
        let request =
            pb::upgrade_resource_state::Request { type_name: kind.name.into(), version, raw_state: Some(state) };
        let answer = self.wait(self.server.upgrade_resource_state(Request::new(request)));
        Outcome { failed: checked(&answer.diagnostics), value: answer.upgraded_state, private: Vec::new() }
    }

    /// `ImportResourceState`, by id or by identity.
    pub fn import(&self, kind: &Kind, id: String, identity: Option<pb::DynamicValue>) -> Outcome {
        let identity = identity.map(|data| pb::ResourceIdentityData { identity_data: Some(data) });
        let request =
            pb::import_resource_state::Request { type_name: kind.name.into(), id, identity, client_capabilities: None };
        let answer = self.wait(self.server.import_resource_state(Request::new(request)));
        let failed = checked(&answer.diagnostics);
        let imported = answer.imported_resources.into_iter().next().unwrap_or_default();
        Outcome { value: imported.state, private: imported.private, failed }
    }

    /// `MoveResourceState`.
    pub fn move_state(&self, kind: &Kind, request: pb::move_resource_state::Request) -> Outcome {
        let request = pb::move_resource_state::Request { target_type_name: kind.name.into(), ..request };
        let answer = self.wait(self.server.move_resource_state(Request::new(request)));
        Outcome { failed: checked(&answer.diagnostics), value: answer.target_state, private: answer.target_private }
    }

    /// `GenerateResourceConfig`.
    pub fn generate(&self, kind: &Kind, state: Option<pb::DynamicValue>) -> Outcome {
        let request = pb::generate_resource_config::Request { type_name: kind.name.into(), state };
        let answer = self.wait(self.server.generate_resource_config(Request::new(request)));
        Outcome { failed: checked(&answer.diagnostics), value: answer.config, private: Vec::new() }
    }

    /// Validates and reads a data source.
    pub fn data_source(&self, kind: &Kind, config: pb::DynamicValue) -> Outcome {
        let request =
            pb::validate_data_resource_config::Request { type_name: kind.name.into(), config: Some(config.clone()) };
        checked(&self.wait(self.server.validate_data_resource_config(Request::new(request))).diagnostics);
        let request =
            pb::read_data_source::Request { type_name: kind.name.into(), config: Some(config), ..Default::default() };
        let answer = self.wait(self.server.read_data_source(Request::new(request)));
        Outcome { failed: checked(&answer.diagnostics), value: answer.state, private: Vec::new() }
    }

    /// Validates, opens, renews and closes an ephemeral resource.
    pub fn ephemeral(&self, kind: &Kind, config: pb::DynamicValue) {
        let request = pb::validate_ephemeral_resource_config::Request {
            type_name: kind.name.into(),
            config: Some(config.clone()),
        };
        checked(&self.wait(self.server.validate_ephemeral_resource_config(Request::new(request))).diagnostics);
        let request = pb::open_ephemeral_resource::Request {
            type_name: kind.name.into(),
            config: Some(config),
            client_capabilities: None,
        };
        let opened = self.wait(self.server.open_ephemeral_resource(Request::new(request)));
        checked(&opened.diagnostics);
        self.close_ephemeral(kind, opened.private.unwrap_or_default());
    }

    /// Renews and closes an ephemeral resource.
    pub fn close_ephemeral(&self, kind: &Kind, private: Vec<u8>) {
        let request =
            pb::renew_ephemeral_resource::Request { type_name: kind.name.into(), private: Some(private.clone()) };
        checked(&self.wait(self.server.renew_ephemeral_resource(Request::new(request))).diagnostics);
        let request = pb::close_ephemeral_resource::Request { type_name: kind.name.into(), private: Some(private) };
        checked(&self.wait(self.server.close_ephemeral_resource(Request::new(request))).diagnostics);
    }

    /// Validates and runs a list resource to its end.
    pub fn list(&self, kind: &Kind, config: pb::DynamicValue, limit: i64) {
        let request = pb::validate_list_resource_config::Request {
            type_name: kind.name.into(),
            config: Some(config.clone()),
            ..Default::default()
        };
        checked(&self.wait(self.server.validate_list_resource_config(Request::new(request))).diagnostics);
        let request = pb::list_resource::Request {
            type_name: kind.name.into(),
            config: Some(config),
            include_resource_object: true,
            limit,
        };
        self.wait(async {
            let mut events = self.server.list_resource(Request::new(request)).await?.into_inner();
            while let Some(event) = events.next().await {
                checked(&event?.diagnostic);
            }
            Ok(Response::new(()))
        });
    }

    /// Validates, plans and invokes an action.
    pub fn action(&self, kind: &Kind, config: pb::DynamicValue) {
        let request = pb::validate_action_config::Request { type_name: kind.name.into(), config: Some(config.clone()) };
        checked(&self.wait(self.server.validate_action_config(Request::new(request))).diagnostics);
        let request = pb::plan_action::Request {
            action_type: kind.name.into(),
            config: Some(config.clone()),
            client_capabilities: None,
        };
        checked(&self.wait(self.server.plan_action(Request::new(request))).diagnostics);
        let request = pb::invoke_action::Request {
            action_type: kind.name.into(),
            config: Some(config),
            client_capabilities: None,
        };
        self.wait(async {
            use pb::invoke_action::event::Type::Completed;
            let mut events = self.server.invoke_action(Request::new(request)).await?.into_inner();
            let mut ended = 0;
            while let Some(event) = events.next().await {
                if let Some(Completed(completed)) = event?.r#type {
                    checked(&completed.diagnostics);
                    ended += 1;
                }
            }
            assert!(ended == 1, "an invocation that ended {ended} times");
            Ok(Response::new(()))
        });
    }

    /// Calls a function.
    pub fn function(&self, name: &str, arguments: Vec<pb::DynamicValue>) {
        let request = pb::call_function::Request { name: name.into(), arguments };
        let answer = self.wait(self.server.call_function(Request::new(request)));
        let text = answer.error.map(|error| error.text).unwrap_or_default();
        assert!(!text.contains("panicked"), "{text}");
        assert!(answer.result.is_some() == text.is_empty(), "neither a result nor an error");
    }
}

/// A value on the wire; one that does not fit its type is sent as what it is not.
pub fn dynamic(value: &Value, ty: &Type) -> pb::DynamicValue {
    pb::DynamicValue { msgpack: msgpack::encode(value, ty).unwrap_or_default(), json: Vec::new() }
}

/// A state as it is in a file.
pub fn raw_state(json: Vec<u8>) -> pb::RawState {
    pb::RawState { json, flatmap: Default::default() }
}

/// How a diagnostic begins that tells of a defect: a panic that the provider caught happened all the same, and so did a value
/// that cannot be sent. What follows may quote the input.
const DEFECTS: [&str; 2] = ["The provider panicked in ", "The provider made a value that does not fit its schema"];

/// Whether there is an error among them.
fn checked(diagnostics: &[pb::Diagnostic]) -> bool {
    for one in diagnostics {
        let is_defect = DEFECTS.iter().any(|beginning| one.summary.starts_with(beginning));
        assert!(!is_defect, "{}: {}", one.summary, one.detail);
        assert!(!one.summary.is_empty(), "a diagnostic that says nothing");
    }
    diagnostics.iter().any(|one| one.severity == pb::diagnostic::Severity::Error as i32)
}
