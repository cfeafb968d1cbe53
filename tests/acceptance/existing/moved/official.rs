//! Stands in for the official providers, at their addresses: Terraform starts, or finds, the provider of every object in
//! a state, also of one that is about to be moved. It serves their types and nothing else.

use std::path::PathBuf;
use std::sync::mpsc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use zt::framework::call::Call;
use zt::framework::diagnostic::{Diagnostics, Result};
use zt::framework::provider::Provider;
use zt::framework::resource::{AnyResource, ImportKey, Planned, Resource};
use zt::framework::schema::computed;
use zt::framework::server::Server;
use zt::model;
use zt::plugin::lifetime::Lifetime;
use zt::plugin::serve::{self, Security};
use zt::plugin::socket::Socket;

/// The addresses that states name.
pub(super) const CLOUDFLARE: &str = "registry.terraform.io/cloudflare/cloudflare";
/// See [`CLOUDFLARE`].
pub(super) const OKTA: &str = "registry.terraform.io/okta/okta";
/// The address that Okta's had before.
pub(super) const OKTA_ONCE: &str = "registry.terraform.io/oktadeveloper/okta";

model! {
    /// Any of their objects. Terraform hands the whole state to the provider that takes it over, and does not look into
    /// it before.
    pub(super) struct Object {
        /// The id.
        id: String = computed(),
    }
}

macro_rules! types {
    ($($resource:ident: $name:literal),*) => { $(
        struct $resource;

        impl Resource for $resource {
            type Model = Object;
            type Identity = ();
            type Client = ();
            const NAME: &'static str = $name;
            /// The newest of Cloudflare's; older states are moved without an upgrade.
            const VERSION: i64 = 500;

            async fn create(&self, _: &Call, (): &(), _: Planned<Object>) -> Result<Object> {
                panic!("nothing is made with the official providers here")
            }
            async fn read(&self, _: &Call, (): &(), state: Object) -> Result<Option<Object>> {
                Ok(Some(state))
            }
            async fn update(&self, _: &Call, (): &(), _: Object, _: Planned<Object>) -> Result<Object> {
                panic!("nothing is changed with the official providers here")
            }
            async fn delete(&self, _: &Call, (): &(), _: Object) -> Result<()> {
                panic!("nothing is destroyed with the official providers here")
            }
            fn identity(&self, _: &Object) {}
            async fn import(&self, _: &Call, _: Option<&()>, _: ImportKey<()>) -> Result<Object> {
                panic!("nothing is imported with the official providers here")
            }
        }
    )* };
}

types! {
    Access: "cloudflare_access_identity_provider",
    ZeroTrust: "cloudflare_zero_trust_access_identity_provider",
    Oauth: "okta_app_oauth",
    Saml: "okta_app_saml"
}

struct Official;

#[async_trait]
impl Provider for Official {
    type Model = ();
    type State = ();

    async fn configure(&self, (): (), _: &str) -> Result<((), Diagnostics)> {
        Ok(((), Diagnostics::new()))
    }

    fn resources(&self) -> &'static [&'static dyn AnyResource<()>] {
        &[&Access, &ZeroTrust, &Oauth, &Saml]
    }
}

/// The provider, running in this process until it is dropped.
pub(super) struct Running {
    socket: PathBuf,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub(super) fn start() -> Self {
        let (told, listening) = mpsc::channel();
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let socket = Socket::listen(&std::env::temp_dir()).unwrap();
                told.send(socket.path().to_owned()).unwrap();
                let lifetime = Lifetime::default();
                tokio::select! {
                    served = serve::serve(socket, Security::Plaintext, Server::new(Official), &lifetime) => served.unwrap(),
                    () = stopped.cancelled() => {}
                }
            });
        });
        Self { socket: listening.recv().unwrap(), stop, thread: Some(thread) }
    }

    /// `TF_REATTACH_PROVIDERS`, which leads Terraform to it.
    pub(super) fn reattach(&self) -> String {
        let server = |address: &str| {
            let attachment = serde_json::json!({
                "Protocol": "grpc", "ProtocolVersion": 6, "Pid": std::process::id(), "Test": true,
                "Addr": {"Network": "unix", "String": self.socket.to_string_lossy()},
            });
            (address.to_owned(), attachment)
        };
        serde_json::Value::Object([CLOUDFLARE, OKTA, OKTA_ONCE].map(server).into_iter().collect()).to_string()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
