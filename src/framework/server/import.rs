//! How objects come under management other than by creation: import, move, generated configuration.

use super::{
    Inner, report,
    resource::{IMPORTED, identity_value},
};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Diagnostics},
    plan,
    private::Private,
    provider::Provider,
    resource::{ImportKey, MoveSource},
    wire,
};
use crate::proto::tfplugin6 as pb;

impl<P: Provider> Inner<P> {
    pub(super) async fn import_resource_state(
        &self,
        request: pb::import_resource_state::Request,
    ) -> pb::import_resource_state::Response {
        let call = Call::new(self.stop_token());
        let outcome = self
            .call("ImportResourceState", &request.type_name, async {
                let entry = self.registries.resources.get(&request.type_name)?;
                let loaded = entry.loaded();
                let key = match (&request.identity, entry.identity()) {
                    (Some(given), Some(schema)) => ImportKey::Identity(identity_value(given, &schema.ty)?),
                    _ => ImportKey::Id(request.id.clone()),
                };
                let state = self.state();
                let imported = entry.item.import(&call, state.as_deref(), key).await?;
                let imported = plan::known_part(plan::without_write_only(&loaded.schema.attributes, imported));
                Ok(pb::import_resource_state::ImportedResource {
                    type_name: request.type_name.clone(),
                    identity: self.identity(entry, &call, &imported).await.or(request.identity),
                    state: Some(wire::dynamic(&imported, &loaded.ty)?),
                    private: marked_imported(&call),
                })
            })
            .await;
        let (imported, diagnostics) = report(call.take_warnings(), outcome);
        pb::import_resource_state::Response {
            imported_resources: imported.into_iter().collect(),
            diagnostics: wire::diagnostics(diagnostics),
            deferred: None,
        }
    }

    pub(super) async fn move_resource_state(
        &self,
        request: pb::move_resource_state::Request,
    ) -> pb::move_resource_state::Response {
        let call = Call::new(self.stop_token());
        let outcome = self
            .call("MoveResourceState", &request.target_type_name, async {
                let entry = self.registries.resources.get(&request.target_type_name)?;
                let json = request.source_state.as_ref().map(|raw| raw.json.as_slice()).unwrap_or_default();
                let source = MoveSource {
                    provider: request.source_provider_address.clone(),
                    type_name: request.source_type_name.clone(),
                    schema_version: request.source_schema_version,
                    state: wire::parse(json)?,
                };
                let moved = entry.item.move_from(source).unwrap_or_else(|| {
                    Err(Diagnostic::error(
                        format!("{} cannot be moved to {}", request.source_type_name, request.target_type_name),
                        format!(
                            "{} of {} is not a type that {} can take over. Use a `removed` block for the old object and \
                             an `import` block for the new one.",
                            request.source_type_name, request.source_provider_address, request.target_type_name
                        ),
                    )
                    .into())
                })?;
                let loaded = entry.loaded();
                let moved = plan::known_part(plan::without_write_only(&loaded.schema.attributes, moved));
                Ok((wire::dynamic(&moved, &loaded.ty)?, self.identity(entry, &call, &moved).await))
            })
            .await;
        let (moved, diagnostics) = report(call.take_warnings(), outcome);
        let (target_state, target_identity) = moved.map_or((None, None), |(state, identity)| (Some(state), identity));
        pb::move_resource_state::Response {
            target_state,
            diagnostics: wire::diagnostics(diagnostics),
            target_private: marked_imported(&call),
            target_identity,
        }
    }

    pub(super) async fn generate_resource_config(
        &self,
        request: pb::generate_resource_config::Request,
    ) -> pb::generate_resource_config::Response {
        let outcome = self
            .call("GenerateResourceConfig", &request.type_name, async {
                let entry = self.registries.resources.get(&request.type_name)?;
                let loaded = entry.loaded();
                let state = wire::value(request.state.as_ref(), &loaded.ty)?;
                let config = plan::configuration_of(&loaded.schema.attributes, &state);
                let config = if config.is_null() { config } else { entry.item.generate(config)? };
                wire::dynamic(&config, &loaded.ty)
            })
            .await;
        let (config, diagnostics) = report(Diagnostics::new(), outcome);
        pb::generate_resource_config::Response { config, diagnostics: wire::diagnostics(diagnostics) }
    }

    pub(super) async fn upgrade_resource_identity(
        &self,
        request: pb::upgrade_resource_identity::Request,
    ) -> pb::upgrade_resource_identity::Response {
        let outcome = self
            .call("UpgradeResourceIdentity", &request.type_name, async {
                let entry = self.registries.resources.get(&request.type_name)?;
                let Some(loaded) = entry.identity() else {
                    return Err(Diagnostic::error(
                        format!("{} has no identity", request.type_name),
                        "The state holds an identity that this version of the provider does not know. Was it written \
                         by a newer provider?",
                    )
                    .into());
                };
                let json = request.raw_identity.as_ref().map(|raw| raw.json.as_slice()).unwrap_or_default();
                let identity = crate::framework::json::decode(&wire::parse(json)?, &loaded.ty).map_err(|error| {
                    Diagnostic::error("The stored identity does not fit the schema", format!("{error}."))
                })?;
                Ok(pb::ResourceIdentityData { identity_data: Some(wire::dynamic(&identity, &loaded.ty)?) })
            })
            .await;
        let (upgraded_identity, diagnostics) = report(Diagnostics::new(), outcome);
        pb::upgrade_resource_identity::Response { upgraded_identity, diagnostics: wire::diagnostics(diagnostics) }
    }
}

/// Private state of an object that the next read is to record whole.
fn marked_imported(call: &Call) -> Vec<u8> {
    let mut private: Private = call.private().clone();
    private.put(IMPORTED, true);
    private.to_bytes()
}
