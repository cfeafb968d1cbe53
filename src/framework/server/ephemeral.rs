//! Ephemeral resources: validate, open, renew, close.

use super::{Check, Inner, report};
use crate::framework::{call::Call, private::Private, provider::Provider, wire};
use crate::proto::tfplugin6 as pb;

impl<P: Provider> Inner<P> {
    pub(super) async fn validate_ephemeral_resource_config(
        &self,
        request: pb::validate_ephemeral_resource_config::Request,
    ) -> pb::validate_ephemeral_resource_config::Response {
        let check = Check {
            rpc: "ValidateEphemeralResourceConfig",
            type_name: &request.type_name,
            config: request.config.as_ref(),
            write_only: true,
        };
        let diagnostics = self
            .check(check, &self.registries.ephemerals, |item| item.schema(), |item, config| item.validate(config))
            .await;
        pb::validate_ephemeral_resource_config::Response { diagnostics }
    }

    pub(super) async fn open_ephemeral_resource(
        &self,
        request: pb::open_ephemeral_resource::Request,
    ) -> pb::open_ephemeral_resource::Response {
        let call = Call::new(self.stop_token());
        let outcome = self
            .call("OpenEphemeralResource", &request.type_name, async {
                let entry = self.registries.ephemerals.get(&request.type_name)?;
                let loaded = entry.load(|item| item.schema());
                let config = wire::value(request.config.as_ref(), &loaded.ty)?;
                let state = self.state();
                let opened = entry.item.open(&call, state.as_deref(), config).await?;
                Ok((wire::dynamic(&opened.result, &loaded.ty)?, opened.renew_at))
            })
            .await;
        let (opened, diagnostics) = report(call.take_warnings(), outcome);
        let (result, renew_at) = opened.map_or((None, None), |(result, renew_at)| (Some(result), renew_at));
        let private = Some(call.private().to_bytes());
        pb::open_ephemeral_resource::Response {
            diagnostics: wire::diagnostics(diagnostics),
            renew_at: renew_at.map(Into::into),
            result,
            private,
            deferred: None,
        }
    }

    pub(super) async fn renew_ephemeral_resource(
        &self,
        request: pb::renew_ephemeral_resource::Request,
    ) -> pb::renew_ephemeral_resource::Response {
        let call = self.call_with(request.private);
        let outcome = self
            .call("RenewEphemeralResource", &request.type_name, async {
                let entry = self.registries.ephemerals.get(&request.type_name)?;
                let state = self.state();
                entry.item.renew(&call, state.as_deref()).await
            })
            .await;
        let (renew_at, diagnostics) = report(call.take_warnings(), outcome);
        let private = Some(call.private().to_bytes());
        pb::renew_ephemeral_resource::Response {
            diagnostics: wire::diagnostics(diagnostics),
            renew_at: renew_at.flatten().map(Into::into),
            private,
        }
    }

    pub(super) async fn close_ephemeral_resource(
        &self,
        request: pb::close_ephemeral_resource::Request,
    ) -> pb::close_ephemeral_resource::Response {
        let call = self.call_with(request.private);
        let outcome = self
            .call("CloseEphemeralResource", &request.type_name, async {
                let entry = self.registries.ephemerals.get(&request.type_name)?;
                let state = self.state();
                entry.item.close(&call, state.as_deref()).await
            })
            .await;
        let (_, diagnostics) = report(call.take_warnings(), outcome);
        pb::close_ephemeral_resource::Response { diagnostics: wire::diagnostics(diagnostics) }
    }

    fn call_with(&self, private: Option<Vec<u8>>) -> Call {
        Call::new(self.stop_token()).with_private(Private::from_bytes(&private.unwrap_or_default()))
    }
}
