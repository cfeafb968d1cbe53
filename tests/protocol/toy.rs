//! A provider that does what a test asks of it: `CallFunction`'s name says what.

use futures_util::stream::Pending;
use tonic::{Request, Response, Status};
use zt::framework::panics;
use zt::plugin::About;
use zt::proto::tfplugin6::provider_server::Provider;
use zt::proto::tfplugin6::*;

pub(crate) const ABOUT: About = About {
    name: "terraform-provider-toy",
    version: "1.2.3",
    summary: "Does what a test asks of it.",
    source_address: "registry.terraform.io/acme/toy",
};

#[derive(Debug)]
pub(crate) struct Toy;

impl Toy {
    async fn call(&self, name: &str, arguments: Vec<DynamicValue>) -> call_function::Response {
        let mut answer = call_function::Response::default();
        match name {
            "echo" => answer.result = arguments.into_iter().next(),
            "hang" => std::future::pending().await,
            "panic" => panic!("the toy broke"),
            "caught panic" => {
                let caught = panics::catch(async { panic!("the toy slipped") }).await;
                let caught: Result<(), _> = caught;
                answer.error = caught.err().map(|panic| FunctionError {
                    text: format!("{} at {}", panic.message, panic.location.unwrap_or_default()),
                    function_argument: None,
                });
            }
            other => panic!("the toy has no {other}"),
        }
        answer
    }
}

macro_rules! not_of_this_toy {
    ($($method:ident: $module:ident),* $(,)?) => {
        #[tonic::async_trait]
        impl Provider for Toy {
            type ListResourceStream = Pending<Result<list_resource::Event, Status>>;
            type InvokeActionStream = Pending<Result<invoke_action::Event, Status>>;

            async fn call_function(
                &self,
                request: Request<call_function::Request>,
            ) -> Result<Response<call_function::Response>, Status> {
                let call_function::Request { name, arguments } = request.into_inner();
                Ok(Response::new(self.call(&name, arguments).await))
            }

            async fn list_resource(
                &self,
                _: Request<list_resource::Request>,
            ) -> Result<Response<Self::ListResourceStream>, Status> {
                Err(Status::unimplemented("not of this toy"))
            }

            async fn invoke_action(
                &self,
                _: Request<invoke_action::Request>,
            ) -> Result<Response<Self::InvokeActionStream>, Status> {
                Err(Status::unimplemented("not of this toy"))
            }

            $(async fn $method(
                &self,
                _: Request<$module::Request>,
            ) -> Result<Response<$module::Response>, Status> {
                Err(Status::unimplemented("not of this toy"))
            })*
        }
    };
}

not_of_this_toy! {
    get_metadata: get_metadata,
    get_provider_schema: get_provider_schema,
    get_resource_identity_schemas: get_resource_identity_schemas,
    get_functions: get_functions,
    validate_provider_config: validate_provider_config,
    validate_resource_config: validate_resource_config,
    validate_data_resource_config: validate_data_resource_config,
    validate_ephemeral_resource_config: validate_ephemeral_resource_config,
    validate_list_resource_config: validate_list_resource_config,
    validate_action_config: validate_action_config,
    configure_provider: configure_provider,
    upgrade_resource_state: upgrade_resource_state,
    upgrade_resource_identity: upgrade_resource_identity,
    read_resource: read_resource,
    plan_resource_change: plan_resource_change,
    apply_resource_change: apply_resource_change,
    import_resource_state: import_resource_state,
    move_resource_state: move_resource_state,
    generate_resource_config: generate_resource_config,
    read_data_source: read_data_source,
    open_ephemeral_resource: open_ephemeral_resource,
    renew_ephemeral_resource: renew_ephemeral_resource,
    close_ephemeral_resource: close_ephemeral_resource,
    plan_action: plan_action,
    stop_provider: stop_provider,
}
