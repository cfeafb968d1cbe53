//! The service by which terraform ends this process.

use tonic::{Request, Response, Status};

use super::lifetime::Lifetime;
use crate::proto::plugin::Empty;
use crate::proto::plugin::grpc_controller_server::GrpcController;

/// Hands Shutdown on to the process's [`Lifetime`], which lets the answer out first.
#[derive(Debug)]
pub(super) struct Controller(pub(super) Lifetime);

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _request: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.0.shut_down();
        Ok(Response::new(Empty {}))
    }
}
