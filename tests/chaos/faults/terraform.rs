//! Terraform's part, played in this process: it refreshes, plans, applies and destroys, and remembers what it is told, as
//! Terraform does. A run of the real one takes a second; this takes a hundredth.

use std::future::Future;

use futures_util::future::{join_all, try_join_all};
use tonic::Request;
use zt::framework::json;
use zt::framework::model::{Model, Typed};
use zt::framework::msgpack;
use zt::framework::server::Server;
use zt::framework::types::Type;
use zt::framework::value::Value;
use zt::proto::tfplugin6::{self as pb, provider_server::Provider as _};
use zt::provider::{Environment, ProviderBlock, Zt};

/// One resource block. What it takes from others is filled in when they are there.
#[derive(Clone)]
pub struct Block {
    /// Its type.
    pub resource: &'static str,
    /// Its schema's type.
    pub ty: Type,
    /// Its attributes in the chain with this number, made of the values of the blocks before it.
    pub config: fn(&Setting, usize) -> serde_json::Value,
}

/// What configurations are made of.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The Okta org.
    pub org_url: String,
    /// The team's callback.
    pub callback: String,
    /// Groups of the org.
    pub groups: [String; 2],
    /// Whether this is the changed configuration.
    pub changed: bool,
    /// Whether whatever is there already is taken over.
    pub adopts: bool,
}

/// What the state holds of one block.
#[derive(Clone)]
struct Held {
    value: Value,
    private: Vec<u8>,
    tainted: bool,
}

/// An error, and in which chain.
pub struct Problem {
    pub chain: usize,
    pub summary: String,
    pub detail: String,
}

/// One run: what was reported as an error.
pub type Errors = Vec<Problem>;

/// A state, and the blocks that it is about. Every block takes something from the one before it; of such chains there are
/// several, which have nothing of one another, and Terraform walks them at the same time.
pub struct Terraform {
    chains: Vec<Chain>,
    environment: Vec<(String, String)>,
}

/// One of each block, and what the state holds of them.
struct Chain {
    number: usize,
    blocks: Vec<Block>,
    state: Vec<Option<Held>>,
}

impl Terraform {
    pub fn new(blocks: &[Block], width: usize, environment: Vec<(String, String)>) -> Self {
        let chain = |number| Chain { number, blocks: blocks.to_vec(), state: vec![None; blocks.len()] };
        Self { chains: (0..width).map(chain).collect(), environment }
    }

    /// Whether nothing is left in the state.
    pub fn is_empty(&self) -> bool {
        self.chains.iter().flat_map(|chain| &chain.state).all(Option::is_none)
    }

    /// `terraform apply`: a provider of its own, a refresh, then every block. An error ends its chain, since each block
    /// needs the one before, and no other.
    pub async fn apply(&mut self, setting: &Setting) -> Errors {
        if let Err(errors) = self.refreshed().await {
            return errors;
        }
        // Terraform starts the provider anew for what it applies.
        let provider = match self.provider().await {
            Ok(provider) => provider,
            Err(errors) => return errors,
        };
        concat(self.chains.iter_mut().map(|chain| chain.bring_all(&provider, setting))).await
    }

    /// `terraform plan -detailed-exitcode`: the blocks that would change.
    pub async fn plan(&mut self, setting: &Setting) -> Result<Vec<&'static str>, Errors> {
        let provider = self.refreshed().await?;
        let plans = self.chains.iter().map(|chain| Box::pin(chain.changes(&provider, setting)));
        Ok(try_join_all(plans).await?.concat())
    }

    /// `terraform destroy`: backwards.
    pub async fn destroy(&mut self) -> Errors {
        match self.refreshed().await {
            Ok(provider) => concat(self.chains.iter_mut().map(|chain| chain.remove_all(&provider))).await,
            Err(errors) => errors,
        }
    }

    /// `import { to = …, id = … }`, followed by the read that Terraform makes of it.
    pub async fn import(&mut self, chain: usize, resource: &str, id: &str) -> Errors {
        match self.provider().await {
            Ok(provider) => self.chains[chain].import(&provider, resource, id).await,
            Err(errors) => errors,
        }
    }

    async fn provider(&self) -> Result<Server<Zt>, Errors> {
        let server = Server::new(Zt::with(Environment::of(self.environment.clone())));
        let block = ProviderBlock {
            max_retries: 3.into(),
            min_wait_seconds: 0.into(),
            max_wait_seconds: 1.into(),
            request_timeout: 1.into(),
            ..ProviderBlock::default()
        };
        let config = wire(&block.encode(), &ProviderBlock::schema(0).ty());
        let request =
            pb::configure_provider::Request { config, terraform_version: "1.11.4".into(), ..Default::default() };
        let answer = server.configure_provider(Request::new(request)).await.expect("an answer").into_inner();
        let errors = errors_of(0, answer.diagnostics);
        if errors.is_empty() { Ok(server) } else { Err(errors) }
    }

    /// A provider that has refreshed all that is there.
    async fn refreshed(&mut self) -> Result<Server<Zt>, Errors> {
        let provider = self.provider().await?;
        let errors = concat(self.chains.iter_mut().map(|chain| chain.refresh(&provider))).await;
        if errors.is_empty() { Ok(provider) } else { Err(errors) }
    }
}

/// Walks all chains at once.
async fn concat(walks: impl Iterator<Item = impl Future<Output = Errors>>) -> Errors {
    join_all(walks.map(Box::pin)).await.into_iter().flatten().collect()
}

impl Chain {
    async fn refresh(&mut self, provider: &Server<Zt>) -> Errors {
        let mut errors = Vec::new();
        for index in 0..self.blocks.len() {
            errors.extend(self.refresh_one(provider, index).await);
        }
        errors
    }

    async fn bring_all(&mut self, provider: &Server<Zt>, setting: &Setting) -> Errors {
        for index in 0..self.blocks.len() {
            let errors = self.bring(provider, index, setting).await;
            if !errors.is_empty() {
                return errors;
            }
        }
        Vec::new()
    }

    async fn remove_all(&mut self, provider: &Server<Zt>) -> Errors {
        for index in (0..self.blocks.len()).rev() {
            let errors = self.remove(provider, index).await;
            if !errors.is_empty() {
                return errors;
            }
        }
        Vec::new()
    }

    /// The blocks that would change.
    async fn changes(&self, provider: &Server<Zt>, setting: &Setting) -> Result<Vec<&'static str>, Errors> {
        let mut changes = Vec::new();
        for (index, block) in self.blocks.iter().enumerate() {
            let held = self.state[index].clone();
            let (planned, replace) = self.planned(provider, index, held.as_ref(), setting).await?;
            let same = held
                .as_ref()
                .is_some_and(|held| !held.tainted && Some(&held.value) == planned.as_ref().map(|(value, _)| value));
            if !same || replace {
                changes.push(block.resource);
            }
        }
        Ok(changes)
    }

    async fn import(&mut self, provider: &Server<Zt>, resource: &str, id: &str) -> Errors {
        let request =
            pb::import_resource_state::Request { type_name: resource.into(), id: id.into(), ..Default::default() };
        let answer = provider.import_resource_state(Request::new(request)).await.expect("an answer").into_inner();
        let errors = errors_of(self.number, answer.diagnostics);
        if !errors.is_empty() {
            return errors;
        }
        let index = self.blocks.iter().position(|block| block.resource == resource).expect("a block of that type");
        for imported in answer.imported_resources {
            let value = unwire(imported.state.as_ref(), &self.blocks[index].ty);
            self.state[index] = Some(Held { value, private: imported.private, tainted: false });
        }
        self.refresh_one(provider, index).await
    }

    async fn refresh_one(&mut self, provider: &Server<Zt>, index: usize) -> Errors {
        let Some(held) = self.state[index].clone() else { return Vec::new() };
        let Block { resource, ty, .. } = &self.blocks[index];
        let request = pb::read_resource::Request {
            type_name: (*resource).into(),
            current_state: wire(&held.value, ty),
            private: held.private,
            ..Default::default()
        };
        let answer = provider.read_resource(Request::new(request)).await.expect("an answer").into_inner();
        let errors = errors_of(self.number, answer.diagnostics);
        if errors.is_empty() {
            let value = unwire(answer.new_state.as_ref(), ty);
            let held = Held { value, private: answer.private, tainted: held.tainted };
            self.state[index] = (!held.value.is_null()).then_some(held);
        }
        errors
    }

    /// Plans one block: what will be, with the private state, and whether that takes another object.
    async fn planned(
        &self,
        provider: &Server<Zt>,
        index: usize,
        held: Option<&Held>,
        setting: &Setting,
    ) -> Result<(Option<(Value, Vec<u8>)>, bool), Errors> {
        let Block { resource, ty, .. } = &self.blocks[index];
        let config = self.config(index, setting);
        let request = pb::plan_resource_change::Request {
            type_name: (*resource).into(),
            prior_state: wire(held.map_or(&Value::Null, |held| &held.value), ty),
            proposed_new_state: wire(&config, ty),
            config: wire(&config, ty),
            prior_private: held.map(|held| held.private.clone()).unwrap_or_default(),
            ..Default::default()
        };
        let answer = provider.plan_resource_change(Request::new(request)).await.expect("an answer").into_inner();
        let errors = errors_of(self.number, answer.diagnostics);
        if !errors.is_empty() {
            return Err(errors);
        }
        let planned = unwire(answer.planned_state.as_ref(), ty);
        Ok((Some((planned, answer.planned_private)), !answer.requires_replace.is_empty()))
    }

    /// Brings one block to its configuration.
    async fn bring(&mut self, provider: &Server<Zt>, index: usize, setting: &Setting) -> Errors {
        let held = self.state[index].clone();
        let replace = match self.planned(provider, index, held.as_ref(), setting).await {
            Ok((_, replace)) => held.is_some() && replace,
            Err(errors) => return errors,
        };
        if replace || held.as_ref().is_some_and(|held| held.tainted) {
            let errors = self.remove(provider, index).await;
            if !errors.is_empty() {
                return errors;
            }
        }
        let held = self.state[index].clone();
        let (planned, private) = match self.planned(provider, index, held.as_ref(), setting).await {
            Ok((Some(planned), _)) => planned,
            Ok((None, _)) => return Vec::new(),
            Err(errors) => return errors,
        };
        if held.as_ref().is_some_and(|held| held.value == planned) {
            return Vec::new();
        }
        let Block { resource, ty, .. } = &self.blocks[index];
        let request = pb::apply_resource_change::Request {
            type_name: (*resource).into(),
            prior_state: wire(held.as_ref().map_or(&Value::Null, |held| &held.value), ty),
            planned_state: wire(&planned, ty),
            config: wire(&self.config(index, setting), ty),
            planned_private: private,
            ..Default::default()
        };
        let answer = provider.apply_resource_change(Request::new(request)).await.expect("an answer").into_inner();
        let errors = errors_of(self.number, answer.diagnostics);
        let value = unwire(answer.new_state.as_ref(), ty);
        let tainted = held.is_none() && !errors.is_empty();
        let after = Held { value, private: answer.private, tainted };
        self.state[index] = (!after.value.is_null()).then_some(after);
        errors
    }

    /// Destroys one block.
    async fn remove(&mut self, provider: &Server<Zt>, index: usize) -> Errors {
        let Some(held) = self.state[index].clone() else { return Vec::new() };
        let Block { resource, ty, .. } = &self.blocks[index];
        let request = pb::apply_resource_change::Request {
            type_name: (*resource).into(),
            prior_state: wire(&held.value, ty),
            planned_state: wire(&Value::Null, ty),
            config: wire(&Value::Null, ty),
            planned_private: held.private.clone(),
            ..Default::default()
        };
        let answer = provider.apply_resource_change(Request::new(request)).await.expect("an answer").into_inner();
        let errors = errors_of(self.number, answer.diagnostics);
        let value = unwire(answer.new_state.as_ref(), ty);
        self.state[index] =
            (!value.is_null()).then_some(Held { value, private: answer.private, tainted: held.tainted });
        errors
    }

    /// The configuration of a block, with what it takes from those that are there.
    fn config(&self, index: usize, setting: &Setting) -> Value {
        let block = &self.blocks[index];
        let of = |resource: &str, attribute: &str| {
            let other = self.blocks.iter().position(|block| block.resource == resource);
            let held = other.and_then(|other| self.state[other].as_ref());
            held.map_or(Value::Unknown(Box::default()), |held| held.value.get(attribute).clone())
        };
        let json = (block.config)(setting, self.number);
        let mut config = json::decode(&json, &block.ty).unwrap_or_else(|error| panic!("{}: {error}", block.resource));
        fill(&mut config, &of);
        config
    }
}

/// Puts values of other blocks where the configuration says `${type.attribute}`.
fn fill(value: &mut Value, of: &dyn Fn(&str, &str) -> Value) {
    match value {
        Value::String(text) => {
            let named = text.strip_prefix("${").and_then(|text| text.strip_suffix('}'));
            if let Some((resource, attribute)) = named.and_then(|named| named.split_once('.')) {
                *value = of(resource, attribute);
            }
        }
        Value::Object(members) | Value::Map(members) => members.values_mut().for_each(|member| fill(member, of)),
        Value::List(items) | Value::Set(items) => items.iter_mut().for_each(|item| fill(item, of)),
        _ => {}
    }
}

fn wire(value: &Value, ty: &Type) -> Option<pb::DynamicValue> {
    Some(pb::DynamicValue { msgpack: msgpack::encode(value, ty).expect("it fits its type"), json: Vec::new() })
}

fn unwire(from: Option<&pb::DynamicValue>, ty: &Type) -> Value {
    from.map_or(Value::Null, |from| msgpack::decode(&from.msgpack, ty).expect("it fits its type"))
}

fn errors_of(chain: usize, diagnostics: Vec<pb::Diagnostic>) -> Errors {
    let error = pb::diagnostic::Severity::Error as i32;
    let errors = diagnostics.into_iter().filter(|diagnostic| diagnostic.severity == error);
    errors.map(|pb::Diagnostic { summary, detail, .. }| Problem { chain, summary, detail }).collect()
}
