//! The author's view of a managed resource.

use super::{
    call::Call,
    diagnostic::{Diagnostic, Diagnostics, Result},
    model::{Model, Typed},
    path::Path,
    plan,
    provider::{FromState, Unavailable, client},
    schema::Schema,
    value::Value,
};
use async_trait::async_trait;
use serde_json::Value as Json;
use std::{collections::BTreeMap, future::Future};

/// A change as it is planned.
#[derive(Debug)]
pub struct Change<M> {
    /// What is there; `None` for an object to be created.
    pub prior: Option<M>,
    /// What the configuration says. Write-only values are here and nowhere else.
    pub config: M,
    /// What will be; change it where the resource knows better than the schema.
    pub planned: M,
    /// The attributes whose change needs a new object; add to it where the schema does not say so.
    pub replace: Vec<Path>,
}

impl<M: Model> Change<M> {
    /// Plans a write although no attribute differs, for what none of them shows, such as another write-only secret.
    /// As with any other change, computed values that do not keep are known after apply; a resource that has none
    /// gives Terraform nothing to do, and is not written.
    pub fn write_anyway(&mut self) {
        let mut planned = self.planned.encode();
        plan::mark_unknown(&M::attributes(), &self.config.encode(), &mut planned);
        if let Ok(planned) = decode(planned) {
            self.planned = planned;
        }
    }
}

/// A change as it is made.
#[derive(Debug)]
pub struct Planned<M> {
    /// What was planned; values that only the change itself brings to light are unknown.
    pub planned: M,
    /// What the configuration says. Write-only values are here and nowhere else.
    pub config: M,
}

/// How an existing object is named for import.
#[derive(Debug)]
pub enum ImportKey<I> {
    /// By text: `terraform import`, or `import { id = … }`.
    Id(String),
    /// By the attributes of its identity: `import { identity = { … } }`.
    Identity(I),
}

/// An object of another resource type, possibly of another provider, that a `moved` block hands over.
#[derive(Debug)]
pub struct MoveSource {
    /// Address of the other provider, such as `registry.terraform.io/hashicorp/null`.
    pub provider: String,
    /// The other type.
    pub type_name: String,
    /// Version of the other type's schema.
    pub schema_version: i64,
    /// The state under that schema.
    pub state: Json,
}

/// A managed resource. The framework plans by the schema; what is written here is what the schema cannot say.
pub trait Resource: Send + Sync + 'static {
    /// The attributes.
    type Model: Model;
    /// What identifies an object for good; `()` if the resource has no identity.
    type Identity: Model;
    /// What it needs of the provider's state.
    type Client: Send + Sync + 'static;
    /// The type's name in configurations.
    const NAME: &'static str;
    /// Version of the state's layout.
    const VERSION: i64 = 0;

    /// Checks what one attribute alone cannot tell. Values may be unknown, and then pass.
    fn validate(&self, _config: &Self::Model, _problems: &mut Diagnostics) {}

    /// Changes the plan where the resource knows better than the schema. `client` is `None` while a provider setting
    /// is not known yet.
    ///
    /// What it puts into [`Call::private`] is there in the apply, and stays if the apply fails. So what says that
    /// something was done, such as the hash of a secret that was handed over, belongs into [`create`](Self::create)
    /// and [`update`](Self::update), which know that it was.
    fn plan(
        &self,
        _call: &Call,
        _client: Option<&Self::Client>,
        _change: &mut Change<Self::Model>,
    ) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Warns before an object is destroyed.
    fn plan_destroy(
        &self,
        _call: &Call,
        _client: Option<&Self::Client>,
        _state: &Self::Model,
    ) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Makes the object. As soon as it exists, say so with [`Call::keep`].
    fn create(
        &self,
        call: &Call,
        client: &Self::Client,
        change: Planned<Self::Model>,
    ) -> impl Future<Output = Result<Self::Model>> + Send;

    /// Looks at the object; `None` if it is gone.
    fn read(
        &self,
        call: &Call,
        client: &Self::Client,
        state: Self::Model,
    ) -> impl Future<Output = Result<Option<Self::Model>>> + Send;

    /// Changes the object in place. Say with [`Call::keep`] how far it came.
    fn update(
        &self,
        call: &Call,
        client: &Self::Client,
        prior: Self::Model,
        change: Planned<Self::Model>,
    ) -> impl Future<Output = Result<Self::Model>> + Send;

    /// Removes the object; one that is gone already is a success.
    fn delete(&self, call: &Call, client: &Self::Client, state: Self::Model)
    -> impl Future<Output = Result<()>> + Send;

    /// What identifies the object for good.
    fn identity(&self, state: &Self::Model) -> Self::Identity;

    /// The state from which a read can find the object; most attributes may be null. An id that cannot be one is
    /// refused here.
    fn import(
        &self,
        call: &Call,
        client: Option<&Self::Client>,
        key: ImportKey<Self::Identity>,
    ) -> impl Future<Output = Result<Self::Model>> + Send;

    /// Brings a state of an older [`VERSION`](Self::VERSION) into the present layout.
    fn upgrade(&self, version: i64, _state: Json) -> Result<Json> {
        Err(Diagnostic::error(
            "The state is of another version",
            format!("It was written by schema version {version} of {}; this provider knows version {}. Was it written by a newer provider?", Self::NAME, Self::VERSION),
        )
        .into())
    }

    /// Takes over an object of another type; `None` if that type is not known here.
    fn move_from(&self, _source: MoveSource) -> Option<Result<Self::Model>> {
        None
    }

    /// Adjusts a generated configuration, for instance where two attributes exclude each other.
    fn generate(&self, _config: &mut Self::Model) {}
}

/// [`Change`] without its model.
#[derive(Debug)]
pub struct AnyChange {
    /// What is there.
    pub prior: Option<Value>,
    /// What the configuration says.
    pub config: Value,
    /// What will be.
    pub planned: Value,
    /// The attributes whose change needs a new object.
    pub replace: Vec<Path>,
}

/// [`Resource`] without its types; nobody implements it by hand.
#[async_trait]
#[allow(missing_docs)]
pub trait AnyResource<S>: Send + Sync {
    fn name(&self) -> &'static str;
    fn schema(&self) -> Schema;
    fn identity_schema(&self) -> Option<Schema>;
    fn validate(&self, config: Value) -> Diagnostics;
    async fn plan(&self, call: &Call, state: Option<&S>, change: AnyChange) -> Result<AnyChange>;
    async fn plan_destroy(&self, call: &Call, state: Option<&S>, prior: Value) -> Result<()>;
    async fn create(&self, call: &Call, state: Option<&S>, planned: Value, config: Value) -> Result<Value>;
    async fn read(&self, call: &Call, state: Option<&S>, prior: Value) -> Result<Option<Value>>;
    async fn update(
        &self,
        call: &Call,
        state: Option<&S>,
        prior: Value,
        planned: Value,
        config: Value,
    ) -> Result<Value>;
    async fn delete(&self, call: &Call, state: Option<&S>, prior: Value) -> Result<()>;
    fn identity(&self, state: Value) -> Result<Option<Value>>;
    async fn import(&self, call: &Call, state: Option<&S>, key: ImportKey<Value>) -> Result<Value>;
    fn upgrade(&self, version: i64, state: Json) -> Result<Json>;
    fn move_from(&self, source: MoveSource) -> Option<Result<Value>>;
    fn generate(&self, config: Value) -> Result<Value>;
}

/// Reads a model out of a value that the schema has already checked.
pub(super) fn decode<M: Model>(value: Value) -> Result<M> {
    M::decode(value, &Path::root()).map_err(Diagnostics::from)
}

/// The client for planning: absent while a setting is unknown, an error if one is missing.
pub(super) fn client_if_known<C: FromState<S>, S>(state: Option<&S>, call: &Call) -> Result<Option<C>> {
    match client(state, &call.terms()) {
        Ok(client) => Ok(Some(client)),
        Err(Unavailable::NotYetKnown(_)) => Ok(None),
        Err(missing) => Err(missing.into()),
    }
}

#[async_trait]
impl<S: Send + Sync, R: Resource> AnyResource<S> for R
where
    R::Client: FromState<S>,
{
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn schema(&self) -> Schema {
        R::Model::schema(R::VERSION)
    }

    fn identity_schema(&self) -> Option<Schema> {
        let schema = R::Identity::schema(0);
        (!schema.attributes.is_empty()).then_some(schema)
    }

    fn validate(&self, config: Value) -> Diagnostics {
        let mut problems = Diagnostics::new();
        match decode::<R::Model>(config) {
            Ok(config) => Resource::validate(self, &config, &mut problems),
            Err(errors) => problems.extend(errors),
        }
        problems
    }

    async fn plan(&self, call: &Call, state: Option<&S>, change: AnyChange) -> Result<AnyChange> {
        let client = client_if_known::<R::Client, S>(state, call)?;
        let mut typed = Change {
            prior: change.prior.clone().map(decode::<R::Model>).transpose()?,
            config: decode(change.config.clone())?,
            planned: decode::<R::Model>(change.planned.clone())?,
            replace: change.replace,
        };
        let before = typed.planned.clone().encode();
        Resource::plan(self, call, client.as_ref(), &mut typed).await?;
        let after = typed.planned.encode();
        // Models hold unknown values without their refinements; where the resource changed nothing, keep them.
        let planned = if before == after { change.planned } else { keep_refinements(&change.planned, after) };
        Ok(AnyChange { prior: change.prior, config: change.config, planned, replace: typed.replace })
    }

    async fn plan_destroy(&self, call: &Call, state: Option<&S>, prior: Value) -> Result<()> {
        let client = client_if_known::<R::Client, S>(state, call)?;
        Resource::plan_destroy(self, call, client.as_ref(), &decode(prior)?).await
    }

    async fn create(&self, call: &Call, state: Option<&S>, planned: Value, config: Value) -> Result<Value> {
        let client: R::Client = client(state, &call.terms())?;
        let change = Planned { planned: decode(planned)?, config: decode(config)? };
        Resource::create(self, call, &client, change).await.map(|model| model.encode())
    }

    async fn read(&self, call: &Call, state: Option<&S>, prior: Value) -> Result<Option<Value>> {
        let client: R::Client = client(state, &call.terms())?;
        let model = Resource::read(self, call, &client, decode(prior)?).await?;
        Ok(model.map(|model| model.encode()))
    }

    async fn update(
        &self,
        call: &Call,
        state: Option<&S>,
        prior: Value,
        planned: Value,
        config: Value,
    ) -> Result<Value> {
        let client: R::Client = client(state, &call.terms())?;
        let change = Planned { planned: decode(planned)?, config: decode(config)? };
        Resource::update(self, call, &client, decode(prior)?, change).await.map(|model| model.encode())
    }

    async fn delete(&self, call: &Call, state: Option<&S>, prior: Value) -> Result<()> {
        let client: R::Client = client(state, &call.terms())?;
        Resource::delete(self, call, &client, decode(prior)?).await
    }

    fn identity(&self, state: Value) -> Result<Option<Value>> {
        if R::Identity::attributes().is_empty() {
            return Ok(None);
        }
        let identity = Resource::identity(self, &decode(state)?).encode();
        let known = identity.as_object().is_some_and(|a| a.values().any(|v| !v.is_null()));
        Ok((known && identity.is_wholly_known()).then_some(identity))
    }

    async fn import(&self, call: &Call, state: Option<&S>, key: ImportKey<Value>) -> Result<Value> {
        let client = client_if_known::<R::Client, S>(state, call)?;
        let key = match key {
            ImportKey::Id(id) => ImportKey::Id(id),
            ImportKey::Identity(identity) => ImportKey::Identity(decode::<R::Identity>(identity)?),
        };
        Resource::import(self, call, client.as_ref(), key).await.map(|model| model.encode())
    }

    fn upgrade(&self, version: i64, state: Json) -> Result<Json> {
        Resource::upgrade(self, version, state)
    }

    fn move_from(&self, source: MoveSource) -> Option<Result<Value>> {
        Some(Resource::move_from(self, source)?.map(|model| model.encode()))
    }

    fn generate(&self, config: Value) -> Result<Value> {
        let mut model: R::Model = decode(config)?;
        Resource::generate(self, &mut model);
        Ok(model.encode())
    }
}

/// Puts the promises of unknown values back where a model that lost them is unknown still.
fn keep_refinements(before: &Value, after: Value) -> Value {
    match (before, after) {
        (Value::Unknown(_), Value::Unknown(_)) => before.clone(),
        (Value::Object(befores), Value::Object(afters)) => Value::Object(keep_each(befores, afters)),
        (Value::Map(befores), Value::Map(afters)) => Value::Map(keep_each(befores, afters)),
        (Value::List(befores), Value::List(afters)) if befores.len() == afters.len() => {
            Value::List(befores.iter().zip(afters).map(|(b, a)| keep_refinements(b, a)).collect())
        }
        (_, after) => after,
    }
}

fn keep_each(befores: &BTreeMap<String, Value>, afters: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let keep = |(name, after)| {
        let after = match befores.get(&name) {
            Some(before) => keep_refinements(before, after),
            None => after,
        };
        (name, after)
    };
    afters.into_iter().map(keep).collect()
}
