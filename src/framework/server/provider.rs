//! Schemas, the provider block, and stopping.

use super::{Inner, registry::Loaded, report};
use crate::framework::{
    diagnostic::Diagnostics,
    model::{Model, Typed},
    path::Path,
    provider::Provider,
    validate, wire,
};
use crate::proto::tfplugin6 as pb;
use std::sync::{Arc, PoisonError};

impl<P: Provider> Inner<P> {
    fn provider_schema(&self) -> &Loaded {
        self.registries.provider.get_or_init(|| Loaded::new(P::Model::schema(0)))
    }

    pub(super) async fn get_metadata(&self, _: pb::get_metadata::Request) -> pb::get_metadata::Response {
        use pb::get_metadata as m;
        let r = &self.registries;
        macro_rules! names {
            ($registry:expr, $message:ident, $field:ident) => {
                $registry.iter().map(|(name, _)| m::$message { $field: name.to_owned() }).collect()
            };
        }
        pb::get_metadata::Response {
            server_capabilities: Some(capabilities()),
            data_sources: names!(r.data_sources, DataSourceMetadata, type_name),
            resources: names!(r.resources, ResourceMetadata, type_name),
            functions: names!(r.functions, FunctionMetadata, name),
            ephemeral_resources: names!(r.ephemerals, EphemeralMetadata, type_name),
            list_resources: names!(r.lists, ListResourceMetadata, type_name),
            actions: names!(r.actions, ActionMetadata, type_name),
            ..Default::default()
        }
    }

    pub(super) async fn get_provider_schema(
        &self,
        _: pb::get_provider_schema::Request,
    ) -> pb::get_provider_schema::Response {
        let r = &self.registries;
        macro_rules! schemas {
            ($registry:expr) => {
                $registry
                    .iter()
                    .map(|(name, entry)| (name.to_owned(), wire::schema(&entry.load(|i| i.schema()).schema)))
                    .collect()
            };
        }
        let outcome = self
            .call("GetProviderSchema", "", async {
                Ok(pb::get_provider_schema::Response {
                    provider: Some(wire::schema(&self.provider_schema().schema)),
                    resource_schemas: schemas!(r.resources),
                    data_source_schemas: schemas!(r.data_sources),
                    functions: r
                        .functions
                        .iter()
                        .map(|(name, entry)| (name.to_owned(), wire::function(&entry.item.definition())))
                        .collect(),
                    ephemeral_resource_schemas: schemas!(r.ephemerals),
                    list_resource_schemas: schemas!(r.lists),
                    action_schemas: r
                        .actions
                        .iter()
                        .map(|(name, entry)| {
                            let schema = wire::schema(&entry.load(|i| i.schema()).schema);
                            (name.to_owned(), pb::ActionSchema { schema: Some(schema) })
                        })
                        .collect(),
                    server_capabilities: Some(capabilities()),
                    ..Default::default()
                })
            })
            .await;
        outcome.unwrap_or_else(|errors| pb::get_provider_schema::Response {
            diagnostics: wire::diagnostics(errors),
            ..Default::default()
        })
    }

    pub(super) async fn get_resource_identity_schemas(
        &self,
        _: pb::get_resource_identity_schemas::Request,
    ) -> pb::get_resource_identity_schemas::Response {
        let resources = &self.registries.resources;
        let outcome = self
            .call("GetResourceIdentitySchemas", "", async {
                let schemas = resources.iter().filter_map(|(name, entry)| {
                    Some((name.to_owned(), wire::identity_schema(&entry.identity()?.schema)))
                });
                Ok(schemas.collect())
            })
            .await;
        let (schemas, diagnostics) = report(Diagnostics::new(), outcome);
        pb::get_resource_identity_schemas::Response {
            identity_schemas: schemas.unwrap_or_default(),
            diagnostics: wire::diagnostics(diagnostics),
        }
    }

    pub(super) async fn validate_provider_config(
        &self,
        request: pb::validate_provider_config::Request,
    ) -> pb::validate_provider_config::Response {
        let outcome = self
            .call("ValidateProviderConfig", "", async {
                let loaded = self.provider_schema();
                let config = wire::value(request.config.as_ref(), &loaded.ty)?;
                let mut problems = Diagnostics::new();
                validate::configuration(&loaded.schema.attributes, &config, true, &mut problems);
                if !config.is_null() {
                    self.provider.validate(&P::Model::decode(config, &Path::root())?, &mut problems);
                }
                Ok(problems)
            })
            .await;
        let diagnostics = wire::diagnostics(outcome.unwrap_or_else(|errors| errors));
        pb::validate_provider_config::Response { diagnostics }
    }

    pub(super) async fn configure_provider(
        &self,
        request: pb::configure_provider::Request,
    ) -> pb::configure_provider::Response {
        let outcome = self
            .call("ConfigureProvider", "", async {
                let config = wire::value(request.config.as_ref(), &self.provider_schema().ty)?;
                let (state, warnings) = self
                    .provider
                    .configure(P::Model::decode(config, &Path::root())?, &request.terraform_version)
                    .await?;
                *self.state.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(state));
                Ok(warnings)
            })
            .await;
        let (warnings, errors) = report(Diagnostics::new(), outcome);
        let mut all = warnings.unwrap_or_default();
        all.extend(errors);
        pb::configure_provider::Response { diagnostics: wire::diagnostics(all) }
    }

    pub(super) async fn stop_provider(&self, _: pb::stop_provider::Request) -> pb::stop_provider::Response {
        tracing::info!("terraform asked to stop: no new request is sent");
        self.stop();
        pb::stop_provider::Response { error: String::new() }
    }
}

fn capabilities() -> pb::ServerCapabilities {
    pb::ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: true,
    }
}
