//! The service that would carry what this process prints.

use futures_util::stream::{Pending, pending};
use tonic::{Request, Response, Status};

use crate::proto::plugin::StdioData;
use crate::proto::plugin::grpc_stdio_server::GrpcStdio;

/// Sends nothing: Terraform logs whatever arrives here as unexpected. The stream stays open, since its end would read
/// as the plugin's.
#[derive(Debug)]
pub(super) struct Stdio;

#[tonic::async_trait]
impl GrpcStdio for Stdio {
    type StreamStdioStream = Pending<Result<StdioData, Status>>;

    async fn stream_stdio(&self, _request: Request<()>) -> Result<Response<Self::StreamStdioStream>, Status> {
        Ok(Response::new(pending()))
    }
}
