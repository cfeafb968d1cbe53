//! List resources: validate, and the stream of what is found.

use super::{Check, Inner};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Diagnostics, Result},
    list::{AnySink, Event, Found},
    plan,
    provider::Provider,
    resource::AnyResource,
    value::Value,
    wire,
};
use crate::proto::tfplugin6 as pb;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

/// How many objects may wait for Terraform to read them.
const BUFFER: usize = 16;

impl<P: Provider> Inner<P> {
    pub(super) async fn validate_list_resource_config(
        &self,
        request: pb::validate_list_resource_config::Request,
    ) -> pb::validate_list_resource_config::Response {
        let check = Check {
            rpc: "ValidateListResourceConfig",
            type_name: &request.type_name,
            config: request.config.as_ref(),
            write_only: true,
        };
        let diagnostics =
            self.check(check, &self.registries.lists, |item| item.schema(), |item, config| item.validate(config)).await;
        pb::validate_list_resource_config::Response { diagnostics }
    }

    /// Lists into `out` until the provider, the limit or Terraform ends it.
    async fn list(&self, request: &pb::list_resource::Request, call: &Call, out: mpsc::Sender<Event>) -> Result<()> {
        let entry = self.registries.lists.get(&request.type_name)?;
        let loaded = entry.load(|item| item.schema());
        let config = wire::value(request.config.as_ref(), &loaded.ty)?;
        let sink = AnySink::new(out, request.limit, request.include_resource_object);
        let state = self.state();
        entry.item.list(call, state.as_deref(), config, &sink).await
    }

    fn event(&self, type_name: &str, event: Event) -> Result<pb::list_resource::Event> {
        let found: Found<Value, Value> = match event {
            Event::Diagnostic(diagnostic) => return Ok(diagnostic_event(diagnostic.into())),
            Event::Found(found) => found,
        };
        let resource = self.registries.resources.get(type_name)?;
        let Some(identity) = resource.identity() else {
            return Err(Diagnostic::error(
                format!("{type_name} cannot be listed"),
                "It has no identity. This is a defect of the provider; please report it.",
            )
            .into());
        };
        let item: &dyn AnyResource<P::State> = resource.item;
        let loaded = resource.loaded();
        tracing::trace!(resource = item.name(), "found");
        Ok(pb::list_resource::Event {
            identity: Some(pb::ResourceIdentityData {
                identity_data: Some(wire::dynamic(&found.identity, &identity.ty)?),
            }),
            display_name: found.display_name,
            resource_object: found
                .resource
                .map(|found| wire::dynamic(&plan::without_write_only(&loaded.schema.attributes, found), &loaded.ty))
                .transpose()?,
            diagnostic: Vec::new(),
        })
    }
}

fn diagnostic_event(diagnostics: Diagnostics) -> pb::list_resource::Event {
    pb::list_resource::Event { diagnostic: wire::diagnostics(diagnostics), ..Default::default() }
}

/// The stream of what is found. It ends with the error, if there is one.
pub(super) fn stream<P: Provider>(
    server: Arc<Inner<P>>,
    request: pb::list_resource::Request,
) -> ReceiverStream<Result<pb::list_resource::Event, Status>> {
    let (to_wire, wire_stream) = mpsc::channel(BUFFER);
    // Taken before the task runs, so that a stop that comes right after the call is not missed.
    let call = Call::new(server.stop_token());
    tokio::spawn(async move {
        let (to_events, mut events) = mpsc::channel(BUFFER);
        let listing = server.call("ListResource", &request.type_name, server.list(&request, &call, to_events));
        // Beside the call and not within it: a panic must not swallow what was found before.
        let passing = async {
            let mut passed = Ok(());
            while let Some(event) = events.recv().await {
                let event = match server.event(&request.type_name, event) {
                    Ok(event) => event,
                    Err(defect) => {
                        passed = Err(defect);
                        break;
                    }
                };
                if to_wire.send(Ok(event)).await.is_err() {
                    break;
                }
            }
            // Closing tells the provider that nobody listens any more.
            events.close();
            passed
        };
        let (listed, passed) = tokio::join!(listing, passing);
        let outcome = listed.and(passed);
        let mut report = call.take_warnings();
        report.extend(outcome.err().unwrap_or_default());
        if !report.is_empty() {
            let _ = to_wire.send(Ok(diagnostic_event(report))).await;
        }
    });
    ReceiverStream::new(wire_stream)
}
