//! The author's view of a list resource: what exists of a managed type, for `terraform query` (Terraform 1.14).

use super::{
    call::Call,
    diagnostic::{Diagnostic, Diagnostics, Result},
    model::{Model, Typed},
    provider::{FromState, client},
    resource::{Resource, decode},
    schema::Schema,
    value::Value,
};
use async_trait::async_trait;
use std::{
    future::Future,
    marker::PhantomData,
    ops::ControlFlow,
    sync::atomic::{AtomicI64, Ordering},
};
use tokio::sync::mpsc;

/// One object found.
#[derive(Debug)]
pub struct Found<I, M> {
    /// What a person knows it by.
    pub display_name: String,
    /// What identifies it.
    pub identity: I,
    /// The whole object, if it was asked for.
    pub resource: Option<M>,
}

/// One line of the answer.
#[derive(Debug)]
pub enum Event {
    /// An object.
    Found(Found<Value, Value>),
    /// A warning, or the error that ends the list.
    Diagnostic(Diagnostic),
}

/// Where found objects go. Terraform's own count comes too late to stop a provider, so it is kept here.
#[derive(Debug)]
pub struct AnySink {
    to: mpsc::Sender<Event>,
    left: AtomicI64,
    include_resource: bool,
}

impl AnySink {
    /// Passes on `limit` objects at most; 0 is no limit.
    pub fn new(to: mpsc::Sender<Event>, limit: i64, include_resource: bool) -> Self {
        Self { to, left: AtomicI64::new(if limit > 0 { limit } else { i64::MAX }), include_resource }
    }

    async fn push(&self, found: Found<Value, Value>) -> ControlFlow<()> {
        let left = self.left.fetch_sub(1, Ordering::Relaxed);
        if left <= 0 || self.to.send(Event::Found(found)).await.is_err() || left == 1 {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

/// [`AnySink`] for the objects of one resource.
#[derive(Debug)]
pub struct Sink<'a, R> {
    any: &'a AnySink,
    of: PhantomData<fn(R)>,
}

impl<R: Resource> Sink<'_, R> {
    /// Whether whole objects were asked for.
    pub fn include_resource(&self) -> bool {
        self.any.include_resource
    }

    /// Passes an object on; `Break` when enough were found.
    pub async fn push(&self, found: Found<R::Identity, R::Model>) -> ControlFlow<()> {
        self.any
            .push(Found {
                display_name: found.display_name,
                identity: found.identity.encode(),
                resource: found.resource.filter(|_| self.any.include_resource).map(|model| model.encode()),
            })
            .await
    }
}

/// A list resource. It bears the name of the managed resource whose objects it finds.
pub trait List: Send + Sync + 'static {
    /// The managed resource.
    type Resource: Resource;
    /// What to look for.
    type Config: Model;
    /// What it needs of the provider's state.
    type Client: Send + Sync + 'static;

    /// Checks what one attribute alone cannot tell. Values may be unknown, and then pass.
    fn validate(&self, _config: &Self::Config, _problems: &mut Diagnostics) {}

    /// Finds objects and passes them on as they are found, until told that it is enough.
    fn list(
        &self,
        call: &Call,
        client: &Self::Client,
        config: Self::Config,
        sink: Sink<'_, Self::Resource>,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// [`List`] without its types; nobody implements it by hand.
#[async_trait]
#[allow(missing_docs)]
pub trait AnyList<S>: Send + Sync {
    fn name(&self) -> &'static str;
    fn schema(&self) -> Schema;
    fn validate(&self, config: Value) -> Diagnostics;
    async fn list(&self, call: &Call, state: Option<&S>, config: Value, sink: &AnySink) -> Result<()>;
}

#[async_trait]
impl<S: Send + Sync, L: List> AnyList<S> for L
where
    L::Client: FromState<S>,
{
    fn name(&self) -> &'static str {
        L::Resource::NAME
    }

    fn schema(&self) -> Schema {
        L::Config::schema(0)
    }

    fn validate(&self, config: Value) -> Diagnostics {
        let mut problems = Diagnostics::new();
        match decode::<L::Config>(config) {
            Ok(config) => List::validate(self, &config, &mut problems),
            Err(errors) => problems.extend(errors),
        }
        problems
    }

    async fn list(&self, call: &Call, state: Option<&S>, config: Value, sink: &AnySink) -> Result<()> {
        let client: L::Client = client(state, &call.terms())?;
        List::list(self, call, &client, decode(config)?, Sink { any: sink, of: PhantomData }).await
    }
}
