//! A provider that does what a test asks of it: `CallFunction`'s name says what.

use futures_util::stream::Pending;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tonic::{Response, Status};
use zt::framework::panics;
use zt::framework::secret::Secret;
use zt::http::{Auth, Client, HeaderMap, Method, Refusal, Request, Settings, Vendor};
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
            "panic over a secret" => panic_over(&secret(arguments)),
            "panic over an exposed secret" => panic!("the toy shows {}", secret(arguments).expose()),
            "caught panic over a secret" => {
                let caught = panics::catch(async { panic_over(&secret(arguments)) }).await;
                answer.error = caught.err().map(|panic| FunctionError { text: panic.message, function_argument: None });
            }
            "ask about a secret" => answer.error = Some(refused(arguments, Request::hide).await),
            "ask about a secret without hiding it" => {
                answer.error = Some(refused(arguments, |request, _| request).await);
            }
            other => panic!("the toy has no {other}"),
        }
        answer
    }
}

/// A service whose words are passed on as they come.
struct Blunt;

impl Vendor for Blunt {
    fn request_id_header(&self) -> &'static str {
        "x-request-id"
    }

    fn read_refusal(&self, refusal: &mut Refusal, _: &HeaderMap, body: &[u8]) {
        refusal.summary = String::from_utf8_lossy(body).into_owned();
    }

    fn bucket(&self, _: &str) -> String {
        String::new()
    }

    fn is_transient(&self, _: &Method, _: &Refusal) -> bool {
        false
    }
}

/// Asks the service at the second argument's URL about the secret, and says in the answer and in the log why it refused.
async fn refused(arguments: Vec<DynamicValue>, hide: fn(Request, &SecretString) -> Request) -> FunctionError {
    let url = arguments[1].msgpack.clone();
    let url = String::from_utf8(url).ok().and_then(|url| url.parse().ok()).expect("a URL");
    let secret = SecretString::from(secret(arguments));
    let client = Client::new(url, Auth::bearer("a-token".into()), &Blunt, Settings::default());
    let request = Request::get(["a"]).query("q", secret.expose_secret());
    let error = client.send(hide(request, &secret)).await.expect_err("the service refuses");
    tracing::error!(%error, "refused");
    FunctionError { text: error.to_string(), function_argument: None }
}

/// The first argument's bytes as a secret.
fn secret(arguments: Vec<DynamicValue>) -> Secret {
    let bytes = arguments.into_iter().next().map(|argument| argument.msgpack).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// Panics as code does that prints whatever it has: the secret itself, and what it is sent with.
fn panic_over(secret: &Secret) {
    let text = SecretString::from(secret.clone());
    let request =
        Request::post(["a"]).json(&json!({"secret": secret.expose()})).hide(&text).auth(Auth::bearer(text.clone()));
    panic!("the toy broke over {secret:?}, {text:?} and {request:?}");
}

macro_rules! not_of_this_toy {
    ($($method:ident: $module:ident),* $(,)?) => {
        #[tonic::async_trait]
        impl Provider for Toy {
            type ListResourceStream = Pending<Result<list_resource::Event, Status>>;
            type InvokeActionStream = Pending<Result<invoke_action::Event, Status>>;

            async fn call_function(
                &self,
                request: tonic::Request<call_function::Request>,
            ) -> Result<Response<call_function::Response>, Status> {
                let call_function::Request { name, arguments } = request.into_inner();
                Ok(Response::new(self.call(&name, arguments).await))
            }

            async fn list_resource(
                &self,
                _: tonic::Request<list_resource::Request>,
            ) -> Result<Response<Self::ListResourceStream>, Status> {
                Err(Status::unimplemented("not of this toy"))
            }

            async fn invoke_action(
                &self,
                _: tonic::Request<invoke_action::Request>,
            ) -> Result<Response<Self::InvokeActionStream>, Status> {
                Err(Status::unimplemented("not of this toy"))
            }

            $(async fn $method(
                &self,
                _: tonic::Request<$module::Request>,
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
