//! Actions: validate, plan, and the stream of an invocation.

use super::{Check, Inner, report};
use crate::framework::{action::Progress, call::Call, provider::Provider, wire};
use crate::proto::tfplugin6 as pb;
use pb::invoke_action::{
    Event,
    event::{self, Type},
};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

/// How many progress messages may wait for Terraform to show them.
const BUFFER: usize = 16;

impl<P: Provider> Inner<P> {
    pub(super) async fn validate_action_config(
        &self,
        request: pb::validate_action_config::Request,
    ) -> pb::validate_action_config::Response {
        let check = Check {
            rpc: "ValidateActionConfig",
            type_name: &request.type_name,
            config: request.config.as_ref(),
            write_only: true,
        };
        let diagnostics = self
            .check(check, &self.registries.actions, |item| item.schema(), |item, config| item.validate(config))
            .await;
        pb::validate_action_config::Response { diagnostics }
    }

    pub(super) async fn plan_action(&self, request: pb::plan_action::Request) -> pb::plan_action::Response {
        let call = Call::new(self.stop_token());
        let outcome = self
            .call("PlanAction", &request.action_type, async {
                let entry = self.registries.actions.get(&request.action_type)?;
                let config = wire::value(request.config.as_ref(), &entry.load(|item| item.schema()).ty)?;
                let state = self.state();
                entry.item.plan(&call, state.as_deref(), config).await
            })
            .await;
        let (_, diagnostics) = report(call.take_warnings(), outcome);
        pb::plan_action::Response { diagnostics: wire::diagnostics(diagnostics), deferred: None }
    }
}

/// The stream of an invocation: progress messages, then exactly one completion.
pub(super) fn stream<P: Provider>(
    server: Arc<Inner<P>>,
    request: pb::invoke_action::Request,
) -> ReceiverStream<Result<Event, Status>> {
    let (to_wire, wire_stream) = mpsc::channel(BUFFER);
    // Taken before the task runs, so that a stop that comes right after the call is not missed.
    let call = Call::new(server.stop_token());
    tokio::spawn(async move {
        let (to_messages, mut messages) = mpsc::channel(BUFFER);
        call.terms().waits.show_to(Some(to_messages.clone()));
        let invoking = server.call("InvokeAction", &request.action_type, async {
            let entry = server.registries.actions.get(&request.action_type)?;
            let config = wire::value(request.config.as_ref(), &entry.load(|item| item.schema()).ty)?;
            let state = server.state();
            entry.item.invoke(&call, state.as_deref(), config, Progress::new(to_messages)).await
        });
        // The messages end when nobody can send any more.
        let invoking = async {
            let outcome = invoking.await;
            call.terms().waits.show_to(None);
            outcome
        };
        // Beside the call and not within it: a panic must not swallow what was said before.
        let passing = async {
            while let Some(message) = messages.recv().await {
                let progress = Type::Progress(event::Progress { message });
                let _ = to_wire.send(Ok(Event { r#type: Some(progress) })).await;
            }
        };
        let (outcome, ()) = tokio::join!(invoking, passing);
        let (_, diagnostics) = report(call.take_warnings(), outcome);
        let completed = Type::Completed(event::Completed { diagnostics: wire::diagnostics(diagnostics) });
        let _ = to_wire.send(Ok(Event { r#type: Some(completed) })).await;
    });
    ReceiverStream::new(wire_stream)
}
