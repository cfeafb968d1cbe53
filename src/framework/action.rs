//! The author's view of an action: something done once, without a result and without a state (Terraform 1.14).

use super::{
    call::Call,
    diagnostic::{Diagnostics, Result},
    model::Model,
    provider::{FromState, client},
    resource::{client_if_known, decode},
    schema::Schema,
    value::Value,
};
use async_trait::async_trait;
use std::future::Future;
use tokio::sync::mpsc;

/// Tells the practitioner how far an action is.
#[derive(Clone, Debug)]
pub struct Progress(mpsc::Sender<String>);

impl Progress {
    /// Messages go into `to`.
    pub fn new(to: mpsc::Sender<String>) -> Self {
        Self(to)
    }

    /// Shows a line. Nobody listening is no reason to stop.
    pub async fn say(&self, message: impl Into<String>) {
        let _ = self.0.send(message.into()).await;
    }
}

/// An action.
pub trait Action: Send + Sync + 'static {
    /// The arguments.
    type Model: Model;
    /// What it needs of the provider's state.
    type Client: Send + Sync + 'static;
    /// The type's name in configurations.
    const NAME: &'static str;

    /// Markdown that follows the description of the model: what is made from data rather than written.
    fn notes(&self) -> String {
        String::new()
    }

    /// Checks what one attribute alone cannot tell. Values may be unknown, and then pass.
    fn validate(&self, _config: &Self::Model, _problems: &mut Diagnostics) {}

    /// Refuses or warns while planning.
    fn plan(
        &self,
        _call: &Call,
        _client: Option<&Self::Client>,
        _config: &Self::Model,
    ) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Does it.
    fn invoke(
        &self,
        call: &Call,
        client: &Self::Client,
        config: Self::Model,
        progress: Progress,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// [`Action`] without its types; nobody implements it by hand.
#[async_trait]
#[allow(missing_docs)]
pub trait AnyAction<S>: Send + Sync {
    fn name(&self) -> &'static str;
    fn schema(&self) -> Schema;
    fn validate(&self, config: Value) -> Diagnostics;
    async fn plan(&self, call: &Call, state: Option<&S>, config: Value) -> Result<()>;
    async fn invoke(&self, call: &Call, state: Option<&S>, config: Value, progress: Progress) -> Result<()>;
}

#[async_trait]
impl<S: Send + Sync, A: Action> AnyAction<S> for A
where
    A::Client: FromState<S>,
{
    fn name(&self) -> &'static str {
        A::NAME
    }

    fn schema(&self) -> Schema {
        A::Model::schema(0).with_notes(&self.notes())
    }

    fn validate(&self, config: Value) -> Diagnostics {
        let mut problems = Diagnostics::new();
        match decode::<A::Model>(config) {
            Ok(config) => Action::validate(self, &config, &mut problems),
            Err(errors) => problems.extend(errors),
        }
        problems
    }

    async fn plan(&self, call: &Call, state: Option<&S>, config: Value) -> Result<()> {
        let client = client_if_known::<A::Client, S>(state, call)?;
        Action::plan(self, call, client.as_ref(), &decode(config)?).await
    }

    async fn invoke(&self, call: &Call, state: Option<&S>, config: Value, progress: Progress) -> Result<()> {
        let client: A::Client = client(state, &call.terms())?;
        Action::invoke(self, call, &client, decode(config)?, progress).await
    }
}
