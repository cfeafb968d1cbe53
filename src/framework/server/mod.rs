//! Serves a [`Provider`] over protocol 6: one file per family of calls.
//!
//! No call ever answers with a gRPC status because of what a provider did: Terraform would lose an object that was just
//! created. Whatever goes wrong, panics included, becomes a diagnostic beside the state that is known.

mod action;
mod data_source;
mod ephemeral;
mod function;
mod import;
mod list;
mod provider;
mod registry;
mod resource;

use super::{
    diagnostic::{Diagnostic, Diagnostics, Result},
    panics,
    provider::Provider,
    schema::Schema,
    validate,
    value::Value,
    wire,
};
use crate::proto::tfplugin6 as pb;
use registry::{Registries, Registry};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use tracing::Instrument;

/// A provider, ready to be called by Terraform.
pub struct Server<P: Provider>(Arc<Inner<P>>);

struct Inner<P: Provider> {
    provider: P,
    registries: Registries<P::State>,
    /// What the provider block became; replaced when Terraform configures again, as it does in debug mode.
    state: RwLock<Option<Arc<P::State>>>,
    /// Cancelled by StopProvider, then replaced, since a provider in debug mode goes on to the next run.
    stop: Mutex<CancellationToken>,
}

impl<P: Provider> std::fmt::Debug for Server<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Server")
    }
}

impl<P: Provider> Clone for Server<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: Provider> Server<P> {
    /// Serves `provider`. Nothing is built before a call needs it.
    pub fn new(provider: P) -> Self {
        let registries = Registries::of(&provider);
        Self(Arc::new(Inner { provider, registries, state: RwLock::default(), stop: Mutex::default() }))
    }
}

impl<P: Provider> Inner<P> {
    fn state(&self) -> Option<Arc<P::State>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn stop_token(&self) -> CancellationToken {
        self.stop.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn stop(&self) {
        let mut stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *stop).cancel();
    }

    /// Runs one call: with its name on every log line, and with panics turned into diagnostics.
    async fn call<T>(&self, rpc: &'static str, type_name: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
        let span = tracing::info_span!(
            "call",
            tf_rpc = rpc,
            tf_req_id = %uuid::Uuid::new_v4(),
            tf_resource_type = type_name
        );
        async {
            tracing::trace!("call started");
            let outcome = match panics::catch(work).await {
                Ok(outcome) => outcome,
                Err(panic) => Err(panicked(rpc, type_name, &panic).into()),
            };
            tracing::trace!(failed = outcome.is_err(), "call ended");
            outcome
        }
        .instrument(span)
        .await
    }
}

/// A configuration to be checked.
struct Check<'a> {
    rpc: &'static str,
    type_name: &'a str,
    config: Option<&'a pb::DynamicValue>,
    /// Whether the client can keep write-only values out of the state.
    write_only: bool,
}

impl<P: Provider> Inner<P> {
    /// Checks a configuration of any kind: first what the schema says, then what the author does.
    async fn check<T: ?Sized>(
        &self,
        check: Check<'_>,
        registry: &Registry<T>,
        schema: impl FnOnce(&T) -> Schema,
        validate: impl FnOnce(&T, Value) -> Diagnostics,
    ) -> Vec<pb::Diagnostic> {
        let outcome = self
            .call(check.rpc, check.type_name, async {
                let entry = registry.get(check.type_name)?;
                let loaded = entry.load(schema);
                let config = wire::value(check.config, &loaded.ty)?;
                let mut problems = Diagnostics::new();
                validate::configuration(&loaded.schema.attributes, &config, check.write_only, &mut problems);
                problems.extend(validate(entry.item, config));
                Ok(problems)
            })
            .await;
        wire::diagnostics(outcome.unwrap_or_else(|errors| errors))
    }
}

fn panicked(rpc: &str, type_name: &str, panic: &panics::Panic) -> Diagnostic {
    let what = if type_name.is_empty() { "the provider".to_owned() } else { type_name.to_owned() };
    let place = panic.location.as_deref().map(|place| format!(" at {place}")).unwrap_or_default();
    Diagnostic::error(
        format!("The provider panicked in {rpc} of {what}"),
        format!(
            "{}{place}.\n\nThis is a defect of the provider; please report it. Other resources are not affected. What \
             was known to exist has been kept in the state.",
            panic.message
        ),
    )
}

/// Splits an outcome into what came of it and what is to be reported, warnings first.
fn report<T>(mut warnings: Diagnostics, outcome: Result<T>) -> (Option<T>, Diagnostics) {
    match outcome {
        Ok(value) => (Some(value), warnings),
        Err(errors) => {
            warnings.extend(errors);
            (None, warnings)
        }
    }
}

/// The RPCs in the order of the protocol; each is one line here and lives in the file of its family.
macro_rules! rpcs {
    ($($rpc:ident => $module:ident),* $(,)?) => {
        #[tonic::async_trait]
        impl<P: Provider> pb::provider_server::Provider for Server<P> {
            $(
                async fn $rpc(
                    &self,
                    request: Request<pb::$module::Request>,
                ) -> Result<Response<pb::$module::Response>, Status> {
                    Ok(Response::new(self.0.$rpc(request.into_inner()).await))
                }
            )*

            type ListResourceStream = ReceiverStream<Result<pb::list_resource::Event, Status>>;

            async fn list_resource(
                &self,
                request: Request<pb::list_resource::Request>,
            ) -> Result<Response<Self::ListResourceStream>, Status> {
                Ok(Response::new(list::stream(Arc::clone(&self.0), request.into_inner())))
            }

            type InvokeActionStream = ReceiverStream<Result<pb::invoke_action::Event, Status>>;

            async fn invoke_action(
                &self,
                request: Request<pb::invoke_action::Request>,
            ) -> Result<Response<Self::InvokeActionStream>, Status> {
                Ok(Response::new(action::stream(Arc::clone(&self.0), request.into_inner())))
            }
        }
    };
}

rpcs! {
    get_metadata => get_metadata,
    get_provider_schema => get_provider_schema,
    get_resource_identity_schemas => get_resource_identity_schemas,
    get_functions => get_functions,
    validate_provider_config => validate_provider_config,
    validate_resource_config => validate_resource_config,
    validate_data_resource_config => validate_data_resource_config,
    validate_ephemeral_resource_config => validate_ephemeral_resource_config,
    validate_list_resource_config => validate_list_resource_config,
    validate_action_config => validate_action_config,
    configure_provider => configure_provider,
    upgrade_resource_state => upgrade_resource_state,
    upgrade_resource_identity => upgrade_resource_identity,
    read_resource => read_resource,
    plan_resource_change => plan_resource_change,
    apply_resource_change => apply_resource_change,
    import_resource_state => import_resource_state,
    move_resource_state => move_resource_state,
    generate_resource_config => generate_resource_config,
    read_data_source => read_data_source,
    open_ephemeral_resource => open_ephemeral_resource,
    renew_ephemeral_resource => renew_ephemeral_resource,
    close_ephemeral_resource => close_ephemeral_resource,
    call_function => call_function,
    plan_action => plan_action,
    stop_provider => stop_provider,
}
