//! The author's view of an ephemeral resource: a value that lives for one run and is stored nowhere.

use super::{
    call::Call,
    diagnostic::{Diagnostics, Result},
    model::{Model, Typed},
    provider::{FromState, client},
    resource::decode,
    schema::Schema,
    value::Value,
};
use async_trait::async_trait;
use std::{future::Future, time::SystemTime};

/// What opening brought.
#[derive(Debug)]
pub struct Opened<M> {
    /// The result.
    pub result: M,
    /// When Terraform should ask for a renewal, if ever.
    pub renew_at: Option<SystemTime>,
}

/// An ephemeral resource.
///
/// What is to be remembered between the calls goes into [`Call::private`]. Terraform hands `close` what `open` put
/// there, not what a renewal changed.
pub trait Ephemeral: Send + Sync + 'static {
    /// Arguments and results in one.
    type Model: Model;
    /// What it needs of the provider's state.
    type Client: Send + Sync + 'static;
    /// The type's name in configurations.
    const NAME: &'static str;

    /// Checks what one attribute alone cannot tell. Values may be unknown, and then pass.
    fn validate(&self, _config: &Self::Model, _problems: &mut Diagnostics) {}

    /// Fetches the value. It happens in every plan and every apply.
    fn open(
        &self,
        call: &Call,
        client: &Self::Client,
        config: Self::Model,
    ) -> impl Future<Output = Result<Opened<Self::Model>>> + Send;

    /// Prolongs it; says when to ask again, if ever.
    fn renew(&self, _call: &Call, _client: &Self::Client) -> impl Future<Output = Result<Option<SystemTime>>> + Send {
        async { Ok(None) }
    }

    /// Gives it back.
    fn close(&self, _call: &Call, _client: &Self::Client) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }
}

/// [`Ephemeral`] without its types; nobody implements it by hand.
#[async_trait]
#[allow(missing_docs)]
pub trait AnyEphemeral<S>: Send + Sync {
    fn name(&self) -> &'static str;
    fn schema(&self) -> Schema;
    fn validate(&self, config: Value) -> Diagnostics;
    async fn open(&self, call: &Call, state: Option<&S>, config: Value) -> Result<Opened<Value>>;
    async fn renew(&self, call: &Call, state: Option<&S>) -> Result<Option<SystemTime>>;
    async fn close(&self, call: &Call, state: Option<&S>) -> Result<()>;
}

#[async_trait]
impl<S: Send + Sync, E: Ephemeral> AnyEphemeral<S> for E
where
    E::Client: FromState<S>,
{
    fn name(&self) -> &'static str {
        E::NAME
    }

    fn schema(&self) -> Schema {
        E::Model::schema(0)
    }

    fn validate(&self, config: Value) -> Diagnostics {
        let mut problems = Diagnostics::new();
        match decode::<E::Model>(config) {
            Ok(config) => Ephemeral::validate(self, &config, &mut problems),
            Err(errors) => problems.extend(errors),
        }
        problems
    }

    async fn open(&self, call: &Call, state: Option<&S>, config: Value) -> Result<Opened<Value>> {
        let client: E::Client = client(state, &call.terms())?;
        let opened = Ephemeral::open(self, call, &client, decode(config)?).await?;
        Ok(Opened { result: opened.result.encode(), renew_at: opened.renew_at })
    }

    async fn renew(&self, call: &Call, state: Option<&S>) -> Result<Option<SystemTime>> {
        let client: E::Client = client(state, &call.terms())?;
        Ephemeral::renew(self, call, &client).await
    }

    async fn close(&self, call: &Call, state: Option<&S>) -> Result<()> {
        let client: E::Client = client(state, &call.terms())?;
        Ephemeral::close(self, call, &client).await
    }
}
