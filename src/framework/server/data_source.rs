//! Data sources: validate and read.

use super::{Check, Inner, report};
use crate::framework::{call::Call, diagnostic::Diagnostic, plan, provider::Provider, wire};
use crate::proto::tfplugin6 as pb;

impl<P: Provider> Inner<P> {
    pub(super) async fn validate_data_resource_config(
        &self,
        request: pb::validate_data_resource_config::Request,
    ) -> pb::validate_data_resource_config::Response {
        let check = Check {
            rpc: "ValidateDataResourceConfig",
            type_name: &request.type_name,
            config: request.config.as_ref(),
            write_only: true,
        };
        let diagnostics = self
            .check(check, &self.registries.data_sources, |item| item.schema(), |item, config| item.validate(config))
            .await;
        pb::validate_data_resource_config::Response { diagnostics }
    }

    pub(super) async fn read_data_source(
        &self,
        request: pb::read_data_source::Request,
    ) -> pb::read_data_source::Response {
        let call = Call::new(self.stop_token());
        let outcome = self
            .call("ReadDataSource", &request.type_name, async {
                let entry = self.registries.data_sources.get(&request.type_name)?;
                let loaded = entry.load(|item| item.schema());
                let config = wire::value(request.config.as_ref(), &loaded.ty)?;
                let state = self.state();
                let found = entry.item.read(&call, state.as_deref(), config.clone()).await?;
                let found = plan::settle(&loaded.schema.attributes, &config, found);
                if !found.is_wholly_known() {
                    return Err(Diagnostic::error(
                        format!("A value is unknown after reading {}", request.type_name),
                        "This is a defect of the provider; please report it.",
                    )
                    .into());
                }
                wire::dynamic(&found, &loaded.ty)
            })
            .await;
        let (state, diagnostics) = report(call.take_warnings(), outcome);
        pb::read_data_source::Response { state, diagnostics: wire::diagnostics(diagnostics), deferred: None }
    }
}
