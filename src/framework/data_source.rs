//! The author's view of a data source.

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
use std::future::Future;

/// Something Terraform looks up and does not manage.
pub trait DataSource: Send + Sync + 'static {
    /// Arguments and results in one.
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

    /// Looks it up. What the configuration says stays as it is said.
    fn read(
        &self,
        call: &Call,
        client: &Self::Client,
        config: Self::Model,
    ) -> impl Future<Output = Result<Self::Model>> + Send;
}

/// [`DataSource`] without its types; nobody implements it by hand.
#[async_trait]
#[allow(missing_docs)]
pub trait AnyDataSource<S>: Send + Sync {
    fn name(&self) -> &'static str;
    fn schema(&self) -> Schema;
    fn validate(&self, config: Value) -> Diagnostics;
    async fn read(&self, call: &Call, state: Option<&S>, config: Value) -> Result<Value>;
}

#[async_trait]
impl<S: Send + Sync, D: DataSource> AnyDataSource<S> for D
where
    D::Client: FromState<S>,
{
    fn name(&self) -> &'static str {
        D::NAME
    }

    fn schema(&self) -> Schema {
        D::Model::schema(0).with_notes(&self.notes())
    }

    fn validate(&self, config: Value) -> Diagnostics {
        let mut problems = Diagnostics::new();
        match decode::<D::Model>(config) {
            Ok(config) => DataSource::validate(self, &config, &mut problems),
            Err(errors) => problems.extend(errors),
        }
        problems
    }

    async fn read(&self, call: &Call, state: Option<&S>, config: Value) -> Result<Value> {
        let client: D::Client = client(state, &call.terms())?;
        DataSource::read(self, call, &client, decode(config)?).await.map(|model| model.encode())
    }
}
