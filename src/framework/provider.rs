//! The author's view of a whole provider.

use super::{
    action::AnyAction, data_source::AnyDataSource, diagnostic::Diagnostic, diagnostic::Diagnostics, diagnostic::Result,
    ephemeral::AnyEphemeral, function::AnyFunction, list::AnyList, model::Model, resource::AnyResource, terms::Terms,
};
use async_trait::async_trait;

/// Why the part of the provider's state that a call needs is not there.
#[derive(Clone, Debug)]
pub enum Unavailable {
    /// A provider setting is not known yet; planning goes on without, anything else fails with this.
    NotYetKnown(Diagnostic),
    /// A provider setting is missing or wrong.
    Missing(Diagnostic),
}

impl From<Unavailable> for Diagnostics {
    fn from(why: Unavailable) -> Self {
        match why {
            Unavailable::NotYetKnown(diagnostic) | Unavailable::Missing(diagnostic) => diagnostic.into(),
        }
    }
}

/// What a resource needs of the provider's configured state: usually one client.
pub trait FromState<S>: Sized + Send + Sync {
    /// Takes it out of the state, to be used on these terms.
    fn from_state(state: &S, terms: &Terms) -> Result<Self, Unavailable>;
}

impl<S> FromState<S> for () {
    fn from_state(_state: &S, _terms: &Terms) -> Result<Self, Unavailable> {
        Ok(())
    }
}

/// Takes what a call needs out of the state, if the provider was configured at all.
pub(super) fn client<C: FromState<S>, S>(state: Option<&S>, terms: &Terms) -> Result<C, Unavailable> {
    match state {
        Some(state) => C::from_state(state, terms),
        None => Err(Unavailable::NotYetKnown(Diagnostic::error(
            "The provider is not configured",
            "Terraform called the provider before it sent the provider block.",
        ))),
    }
}

/// A provider: its block, what is made of it, and everything it offers.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// The provider block.
    type Model: Model;
    /// What is made of the provider block: clients.
    type State: Send + Sync + 'static;

    /// Checks the provider block. Values may be unknown.
    fn validate(&self, _config: &Self::Model, _problems: &mut Diagnostics) {}

    /// Makes the state. Values may be unknown while planning; that is no error until something needs them.
    async fn configure(&self, config: Self::Model, terraform_version: &str) -> Result<(Self::State, Diagnostics)>;

    /// Managed resources.
    fn resources(&self) -> &'static [&'static dyn AnyResource<Self::State>] {
        &[]
    }
    /// Data sources.
    fn data_sources(&self) -> &'static [&'static dyn AnyDataSource<Self::State>] {
        &[]
    }
    /// Ephemeral resources.
    fn ephemerals(&self) -> &'static [&'static dyn AnyEphemeral<Self::State>] {
        &[]
    }
    /// Functions.
    fn functions(&self) -> &'static [&'static dyn AnyFunction] {
        &[]
    }
    /// List resources.
    fn lists(&self) -> &'static [&'static dyn AnyList<Self::State>] {
        &[]
    }
    /// Actions.
    fn actions(&self) -> &'static [&'static dyn AnyAction<Self::State>] {
        &[]
    }
}
