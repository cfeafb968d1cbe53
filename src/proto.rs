//! Types generated from the files in `proto/`: the wire, and nothing else.
//!
//! Only [`plugin`](crate::plugin), `framework::wire` and `framework::server` name them, so that a new protocol version
//! stays their affair.

/// Terraform's provider protocol 6 (`proto/tfplugin6.proto`).
#[allow(missing_docs, unreachable_pub, unused_qualifications, deprecated, rustdoc::all, clippy::all)]
pub mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

/// The services that terraform expects of every plugin (`proto/plugin.proto`).
#[allow(missing_docs, unreachable_pub, unused_qualifications, rustdoc::all, clippy::all)]
pub mod plugin {
    tonic::include_proto!("plugin");
}

/// The standard gRPC health service (`proto/health.proto`).
#[allow(missing_docs, unreachable_pub, unused_qualifications, rustdoc::all, clippy::all)]
pub mod health {
    tonic::include_proto!("grpc.health.v1");
}
