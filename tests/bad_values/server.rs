//! The provider in this process, asked to validate, and to import.

use std::future::Future;

use serde_json::Value as Json;
use tonic::{Request, Response, Status};
use zt::framework::server::Server;
use zt::proto::tfplugin6 as pb;
use zt::proto::tfplugin6::attribute_path::step::Selector;
use zt::proto::tfplugin6::provider_server::Provider as Service;
use zt::provider::{Environment, Zt};

use crate::attributes::Kind;

/// A diagnostic, as Terraform gets it.
#[derive(Debug)]
pub(crate) struct Complaint {
    pub(crate) error: bool,
    pub(crate) summary: String,
    pub(crate) detail: String,
    /// Names and keys with dots between; empty for the whole configuration.
    pub(crate) path: String,
}

/// A provider that was never configured: nothing that it says comes from anywhere else.
pub(crate) fn server() -> Server<Zt> {
    Server::new(Zt::with(Environment::of([("", ""); 0])))
}

/// Waits for a call.
pub(crate) fn wait<T>(call: impl Future<Output = Result<Response<T>, Status>>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(call).unwrap().into_inner()
}

/// What is said of a configuration.
pub(crate) fn complaints(kind: Kind, configuration: &Json) -> Vec<Complaint> {
    let json = configuration.to_string().into_bytes();
    let config = Some(pb::DynamicValue { msgpack: Vec::new(), json });
    let server = server();
    macro_rules! validate {
        ($call:ident, $request:expr) => {
            wait(server.$call(Request::new($request))).diagnostics
        };
    }
    let said = match kind {
        Kind::Provider => validate!(validate_provider_config, pb::validate_provider_config::Request { config }),
        Kind::Resource(name) => {
            let able = pb::ClientCapabilities { write_only_attributes_allowed: true, ..Default::default() };
            let client_capabilities = Some(able);
            validate!(
                validate_resource_config,
                pb::validate_resource_config::Request { type_name: name.into(), config, client_capabilities }
            )
        }
        Kind::DataSource(name) => validate!(
            validate_data_resource_config,
            pb::validate_data_resource_config::Request { type_name: name.into(), config }
        ),
        Kind::Ephemeral(name) => validate!(
            validate_ephemeral_resource_config,
            pb::validate_ephemeral_resource_config::Request { type_name: name.into(), config }
        ),
        Kind::List(name) => validate!(
            validate_list_resource_config,
            pb::validate_list_resource_config::Request { type_name: name.into(), config, ..Default::default() }
        ),
        Kind::Identity(name) => {
            let identity = Some(pb::ResourceIdentityData { identity_data: config });
            let type_name = name.into();
            validate!(
                import_resource_state,
                pb::import_resource_state::Request { type_name, identity, ..Default::default() }
            )
        }
        Kind::Action(name) => {
            validate!(validate_action_config, pb::validate_action_config::Request { type_name: name.into(), config })
        }
    };
    said.into_iter().map(complaint).collect()
}

fn complaint(from: pb::Diagnostic) -> Complaint {
    let steps = from.attribute.map(|path| path.steps).unwrap_or_default();
    let step = |step: pb::attribute_path::Step| match step.selector {
        Some(Selector::AttributeName(name) | Selector::ElementKeyString(name)) => name,
        Some(Selector::ElementKeyInt(index)) => index.to_string(),
        None => String::new(),
    };
    Complaint {
        error: from.severity == pb::diagnostic::Severity::Error as i32,
        summary: from.summary,
        detail: from.detail,
        path: steps.into_iter().map(step).collect::<Vec<_>>().join("."),
    }
}
