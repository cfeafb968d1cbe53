//! The gRPC health service, which answers go-plugin's Ping.
//!
//! <https://github.com/grpc/grpc/blob/master/doc/health-checking.md>

use std::pin::Pin;

use futures_util::stream::{once, pending};
use futures_util::{Stream, StreamExt};
use tonic::{Request, Response, Status};

use crate::proto::health::health_check_response::ServingStatus;
use crate::proto::health::health_server::Health;
use crate::proto::health::{HealthCheckRequest, HealthCheckResponse};

/// The names that can be asked for: the server as a whole, go-plugin's fixed name, the provider's service.
const NAMES: [&str; 3] = ["", "plugin", "tfplugin6.Provider"];

/// Healthy for as long as it can answer.
#[derive(Debug)]
pub(super) struct Healthy;

#[tonic::async_trait]
impl Health for Healthy {
    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        let name = request.into_inner().service;
        if NAMES.contains(&name.as_str()) {
            Ok(Response::new(answer(ServingStatus::Serving)))
        } else {
            Err(Status::not_found("no such service"))
        }
    }

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let known = NAMES.contains(&request.into_inner().service.as_str());
        let status = if known { ServingStatus::Serving } else { ServingStatus::ServiceUnknown };
        Ok(Response::new(Box::pin(once(std::future::ready(Ok(answer(status)))).chain(pending()))))
    }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}
