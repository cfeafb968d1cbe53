//! Calls as Terraform makes them, in terms of models instead of bytes.

use crate::toy::{Service, Thing, ThingResource, Toy};
use std::sync::{Arc, Mutex, MutexGuard};
use tonic::Request;
use zt::framework::{
    model::{Model, Typed},
    msgpack,
    path::Path,
    resource::Resource,
    server::Server,
    types::Type,
    value::Value,
};
use zt::proto::tfplugin6::{self as pb, provider_server::Provider as _};

/// A Terraform that talks to the toy provider.
pub struct Terraform {
    /// The provider's server.
    pub server: Server<Toy>,
    service: Arc<Mutex<Service>>,
}

/// The outcome of a plan or an apply.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The planned or new state; `None` if null.
    pub state: Option<Thing>,
    /// Private state.
    pub private: Vec<u8>,
    /// Errors and warnings.
    pub diagnostics: Vec<pb::Diagnostic>,
    /// Paths that need a new object.
    pub replace: Vec<String>,
    /// What identifies the object.
    pub identity: Option<pb::ResourceIdentityData>,
}

impl Outcome {
    /// The state, with nothing reported.
    pub fn clean(self) -> (Thing, Vec<u8>) {
        assert_eq!(self.diagnostics, []);
        (self.state.expect("a state"), self.private)
    }

    /// Summaries of what was reported.
    pub fn summaries(&self) -> Vec<&str> {
        self.diagnostics.iter().map(|d| d.summary.as_str()).collect()
    }

    /// The same, with nothing but warnings among them.
    pub fn warnings(&self) -> Vec<&str> {
        let warning = pb::diagnostic::Severity::Warning as i32;
        assert!(self.diagnostics.iter().all(|d| d.severity == warning), "{:?}", self.diagnostics);
        self.summaries()
    }
}

/// The type of a model.
pub fn ty<M: Model>() -> Type {
    M::schema(0).ty()
}

/// A value on the wire.
pub fn wire(value: &Value, ty: &Type) -> Option<pb::DynamicValue> {
    Some(pb::DynamicValue { msgpack: msgpack::encode(value, ty).unwrap(), json: Vec::new() })
}

/// A model on the wire.
pub fn model<M: Model>(model: &M) -> Option<pb::DynamicValue> {
    wire(&model.encode(), &ty::<M>())
}

/// A null of a model's type on the wire.
pub fn null<M: Model>() -> Option<pb::DynamicValue> {
    wire(&Value::Null, &ty::<M>())
}

/// A model off the wire; `None` if null.
pub fn unwire<M: Model>(from: &Option<pb::DynamicValue>) -> Option<M> {
    let value = msgpack::decode(&from.as_ref()?.msgpack, &ty::<M>()).unwrap();
    (!value.is_null()).then(|| M::decode(value, &Path::root()).unwrap())
}

/// The attribute that a diagnostic is on.
pub fn at(diagnostic: &pb::Diagnostic) -> String {
    use pb::attribute_path::step::Selector;
    let steps = diagnostic.attribute.iter().flat_map(|path| &path.steps);
    steps
        .map(|step| match step.selector.as_ref().unwrap() {
            Selector::AttributeName(name) => name.clone(),
            Selector::ElementKeyString(key) => key.clone(),
            Selector::ElementKeyInt(index) => index.to_string(),
        })
        .collect::<Vec<_>>()
        .join(".")
}

const NAME: &str = ThingResource::NAME;

impl Terraform {
    /// A Terraform whose provider is configured.
    pub async fn configured() -> Self {
        let terraform = Self::unconfigured();
        terraform.configure(Value::string("here")).await;
        terraform
    }

    /// A Terraform before it sends the provider block.
    pub fn unconfigured() -> Self {
        let service = Arc::<Mutex<Service>>::default();
        Self { server: Server::new(Toy { service: Arc::clone(&service) }), service }
    }

    /// Sends the provider block.
    pub async fn configure(&self, endpoint: Value) {
        let config = Value::Object([("endpoint".to_string(), endpoint)].into());
        let request = pb::configure_provider::Request {
            config: wire(&config, &ty::<crate::toy::Settings>()),
            terraform_version: "1.11.4".into(),
            ..Default::default()
        };
        let answer = self.server.configure_provider(Request::new(request)).await.unwrap().into_inner();
        assert_eq!(answer.diagnostics, []);
    }

    /// The toy service behind the provider.
    pub fn service(&self) -> MutexGuard<'_, Service> {
        self.service.lock().unwrap()
    }

    /// Plans a change.
    pub async fn plan(&self, prior: Option<&Thing>, private: &[u8], config: &Thing) -> Outcome {
        self.plan_value(prior, private, config.encode()).await
    }

    /// Plans a change from a configuration that no model can hold.
    pub async fn plan_value(&self, prior: Option<&Thing>, private: &[u8], config: Value) -> Outcome {
        let config = wire(&config, &ty::<Thing>());
        let request = pb::plan_resource_change::Request {
            type_name: NAME.into(),
            prior_state: prior.map_or_else(null::<Thing>, model),
            proposed_new_state: config.clone(),
            config,
            prior_private: private.to_vec(),
            ..Default::default()
        };
        let answer = self.server.plan_resource_change(Request::new(request)).await.unwrap().into_inner();
        Outcome {
            state: unwire(&answer.planned_state),
            private: answer.planned_private,
            replace: answer
                .requires_replace
                .into_iter()
                .map(|path| at(&pb::Diagnostic { attribute: Some(path), ..Default::default() }))
                .collect(),
            diagnostics: answer.diagnostics,
            identity: answer.planned_identity,
        }
    }

    /// Applies a plan.
    pub async fn apply_plan(&self, prior: Option<&Thing>, planned: &Outcome, config: Option<&Thing>) -> Outcome {
        let request = pb::apply_resource_change::Request {
            type_name: NAME.into(),
            prior_state: prior.map_or_else(null::<Thing>, model),
            planned_state: planned.state.as_ref().map_or_else(null::<Thing>, model),
            config: config.map_or_else(null::<Thing>, model),
            planned_private: planned.private.clone(),
            planned_identity: planned.identity.clone(),
            ..Default::default()
        };
        let answer = self.server.apply_resource_change(Request::new(request)).await.unwrap().into_inner();
        Outcome {
            state: unwire(&answer.new_state),
            private: answer.private,
            diagnostics: answer.diagnostics,
            replace: Vec::new(),
            identity: answer.new_identity,
        }
    }

    /// Plans and applies.
    pub async fn apply(&self, prior: Option<&Thing>, private: &[u8], config: &Thing) -> Outcome {
        let planned = self.plan(prior, private, config).await;
        assert_eq!(planned.summaries(), [""; 0]);
        self.apply_plan(prior, &planned, Some(config)).await
    }

    /// Destroys.
    pub async fn destroy(&self, prior: &Thing, private: &[u8]) -> Outcome {
        let planned = Outcome { state: None, private: private.to_vec(), ..Outcome::default() };
        self.apply_plan(Some(prior), &planned, None).await
    }

    /// Refreshes.
    pub async fn read(&self, state: &Thing, private: &[u8]) -> Outcome {
        self.read_identified(state, private, None).await
    }

    /// Refreshes an object whose identity Terraform knows.
    pub async fn read_identified(
        &self,
        state: &Thing,
        private: &[u8],
        identity: Option<pb::ResourceIdentityData>,
    ) -> Outcome {
        let request = pb::read_resource::Request {
            type_name: NAME.into(),
            current_state: model(state),
            private: private.to_vec(),
            current_identity: identity,
            ..Default::default()
        };
        let answer = self.server.read_resource(Request::new(request)).await.unwrap().into_inner();
        Outcome {
            state: unwire(&answer.new_state),
            private: answer.private,
            diagnostics: answer.diagnostics,
            replace: Vec::new(),
            identity: answer.new_identity,
        }
    }

    /// Imports by text.
    pub async fn import(&self, id: &str) -> pb::import_resource_state::Response {
        let request =
            pb::import_resource_state::Request { type_name: NAME.into(), id: id.into(), ..Default::default() };
        self.server.import_resource_state(Request::new(request)).await.unwrap().into_inner()
    }

    /// Validates a configuration, as a Terraform that knows write-only attributes or an older one.
    pub async fn validate(&self, config: &Thing, write_only: bool) -> Vec<pb::Diagnostic> {
        let request = pb::validate_resource_config::Request {
            type_name: NAME.into(),
            config: model(config),
            client_capabilities: write_only
                .then_some(pb::ClientCapabilities { write_only_attributes_allowed: true, ..Default::default() }),
        };
        self.server.validate_resource_config(Request::new(request)).await.unwrap().into_inner().diagnostics
    }
}
