//! An Okta org and a Cloudflare account on loopback.
//!
//! Stateful, strict and without a tenant behind it: tests embed it as [`Mock`], people run it as `zt-mock`. It knows
//! the vendors' rules from their documentation and shares no type with the provider, so that a field that is wrong in
//! one of them is not wrong in both.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`options`] | how a mock is set up |
//! | [`world`] | what the sides share: the two stores, clock, journal, faults |
//! | [`okta`] | the Okta org |
//! | [`cloudflare`] | the Cloudflare account, and the team domain |
//! | [`pipeline`] | around every request: faults, budgets, journal |
//! | [`control`] | the routes under `/_mock/` |
//! | `front_page` | what a browser sees there |
//! | `page` | what its HTML pages have around them |
//! | [`routes`] | every route that is served |
//! | [`server`], [`tls`] | sockets and the throwaway CA |
//! | [`ids`], [`clock`], [`journal`], `history`, [`redaction`], [`faults`], [`newborn`], [`rate_limit`] | one idea each |

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc;
use std::sync::{Arc, MutexGuard};
use std::thread::JoinHandle;

use axum::{Router, middleware};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

pub mod clock;
pub mod cloudflare;
pub mod control;
pub mod faults;
mod front_page;
mod history;
pub mod ids;
pub mod journal;
pub mod newborn;
pub mod okta;
pub mod options;
mod page;
pub mod pipeline;
pub mod rate_limit;
pub mod redaction;
pub mod routes;
pub mod server;
pub mod tls;
pub mod world;

pub use faults::Fault;
pub use options::{Options, ProvisioningApi};
pub use world::World;

/// Who is asked: each has an address of its own, as the services have a host name each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The Okta org.
    Okta,
    /// Cloudflare's API.
    Cloudflare,
    /// The team domain, `TEAM.cloudflareaccess.com` in real life.
    Team,
}

/// Why a mock did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be listened on.
    #[error("cannot listen on {address} ({option}): {source}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// The option that names it.
        option: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
    /// The throwaway CA or the runtime could not be made.
    #[error("cannot set up the mock: {0}")]
    SetUp(#[from] std::io::Error),
    /// The client for calls between the sides could not be made.
    #[error("cannot set up the mock's own HTTP client: {0}")]
    Client(#[from] reqwest::Error),
}

/// A running mock. It lives on a thread of its own, so a test may block while it answers; dropping it stops it.
///
/// Dropping it fails the test if a request came in that neither side serves, unless [`Options::allow_unserved`] says
/// otherwise: such a request is a mistake in the client, or a hole in the mock.
pub struct Mock {
    world: Arc<World>,
    authority: Option<tls::Authority>,
    stop: CancellationToken,
    runtime: tokio::runtime::Handle,
    thread: Option<JoinHandle<()>>,
}

impl Mock {
    /// A mock with default options on random loopback ports.
    ///
    /// # Panics
    ///
    /// If loopback cannot be listened on.
    pub async fn start() -> Self {
        Self::with(Options::default()).await
    }

    /// A mock with these options.
    ///
    /// # Panics
    ///
    /// If it cannot start; [`Mock::launch`] returns the error instead.
    pub async fn with(options: Options) -> Self {
        Self::launch(options).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A mock with these options, listening when this returns. Needs no async runtime.
    ///
    /// # Errors
    ///
    /// If an address cannot be had, or the throwaway CA cannot be made.
    pub fn launch(options: Options) -> Result<Self, StartError> {
        let (authority, tls) = match options.tls {
            true => {
                let hosts = [options.okta_addr.ip(), options.cloudflare_addr.ip(), options.team_addr.ip()];
                let (authority, config) = tls::Authority::issue(&hosts)?;
                (Some(authority), Some(config))
            }
            false => (None, None),
        };
        let world = World::new(options, client(authority.as_ref())?);
        let stop = CancellationToken::new();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (ready, started) = mpsc::channel();
        let (shared, stopping) = (world.clone(), stop.clone());
        let thread = std::thread::Builder::new().name("zt-mock".into()).spawn(move || {
            runtime.block_on(async move {
                match listen(&shared).await {
                    Err(error) => drop(ready.send(Err(error))),
                    Ok(listeners) => {
                        let serving = listeners.into_iter().map(|(listener, side)| {
                            listener.serve(router(&shared, side), tls.clone(), stopping.clone())
                        });
                        let serving: Vec<_> = serving.map(tokio::spawn).collect();
                        tokio::spawn(okta::provisioning::worker::run(shared.clone(), stopping.clone()));
                        drop(ready.send(Ok(())));
                        for task in serving {
                            drop(task.await);
                        }
                    }
                }
            });
        })?;
        let started = started.recv().map_err(|_| StartError::SetUp(std::io::Error::other("its thread ended")));
        started.and_then(|started| started)?;
        Ok(Self { world, authority, stop, runtime: handle, thread: Some(thread) })
    }

    /// Everything behind the addresses: both stores, the clock, the journal, the faults.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// The Okta org, to look at or change behind everybody's back. Release it before the next request.
    pub fn okta(&self) -> MutexGuard<'_, okta::Org> {
        self.world.okta()
    }

    /// The Cloudflare account, to look at or change behind everybody's back. Release it before the next request.
    pub fn cloudflare(&self) -> MutexGuard<'_, cloudflare::Account> {
        self.world.cloudflare()
    }

    /// The requests so far.
    pub fn journal(&self) -> &journal::Journal {
        &self.world.journal
    }

    /// Scripts a fault.
    pub fn fail(&self, fault: Fault) {
        self.world.faults.add(fault);
    }

    /// What Okta's SCIM client did so far, and what it has yet to do.
    pub fn provisioning(&self) -> okta::Standing {
        okta::provisioning::standing(&self.world)
    }

    /// Okta's SCIM client begins nothing new until it is resumed.
    pub fn pause_provisioning(&self) {
        self.okta().pause_provisioning(true);
    }

    /// Okta's SCIM client goes on.
    pub fn resume_provisioning(&self) {
        self.okta().pause_provisioning(false);
    }

    /// Lets Okta's SCIM client send all there is to send, paused or not and without the pauses between retries, until
    /// nothing is left or all that is left failed once more. Answers what is left.
    ///
    /// It blocks, in an async test too. A test whose own runtime serves what Okta sends to waits for
    /// [`Mock::provisioning_drained`] instead.
    ///
    /// # Panics
    ///
    /// If the mock broke down over a job.
    pub fn drain_provisioning(&self) -> okta::Standing {
        let (done, drained) = mpsc::channel();
        let world = self.world.clone();
        self.runtime.spawn(async move { drop(done.send(okta::provisioning::drained(&world).await)) });
        let standing = drained.recv().unwrap_or_else(|_| panic!("the mock stopped, or panicked, during a drain"));
        standing.unbroken()
    }

    /// Waits until Okta's SCIM client has nothing in flight and nothing that is due; answers what is left.
    ///
    /// # Panics
    ///
    /// If the mock broke down over a job.
    pub async fn provisioning_settled(&self) -> okta::Standing {
        okta::provisioning::settled(&self.world).await.unbroken()
    }

    /// [`Mock::drain_provisioning`] without blocking.
    ///
    /// # Panics
    ///
    /// If the mock broke down over a job.
    pub async fn provisioning_drained(&self) -> okta::Standing {
        okta::provisioning::drained(&self.world).await.unbroken()
    }

    /// URL of the Okta org, without a slash at the end.
    pub fn org_url(&self) -> &str {
        &self.world.addresses().org_url
    }

    /// URL of Cloudflare's API, `/client/v4` included.
    pub fn api_url(&self) -> &str {
        &self.world.addresses().api_url
    }

    /// URL of the team domain.
    pub fn auth_url(&self) -> &str {
        &self.world.addresses().auth_url
    }

    /// Okta API token with every permission.
    pub fn okta_token(&self) -> String {
        self.okta().api_token().to_owned()
    }

    /// Okta API token of a read-only administrator.
    pub fn okta_read_only_token(&self) -> String {
        self.okta().read_only_api_token().to_owned()
    }

    /// Cloudflare API token with every permission.
    pub fn cloudflare_token(&self) -> String {
        self.cloudflare().api_token().to_owned()
    }

    /// Cloudflare API token that may read and not write.
    pub fn cloudflare_read_only_token(&self) -> String {
        self.cloudflare().read_only_api_token().to_owned()
    }

    /// Id of the Cloudflare account.
    pub fn account_id(&self) -> String {
        self.cloudflare().id().to_owned()
    }

    /// File with the throwaway CA's certificate; none without TLS.
    pub fn ca_file(&self) -> Option<PathBuf> {
        self.authority.as_ref().map(tls::Authority::file)
    }

    /// The environment that points programs at this mock: what this provider and the vendors' own read, and the
    /// Terraform variables of `examples/complete`.
    pub fn env(&self) -> BTreeMap<String, String> {
        let addresses = self.world.addresses();
        let (okta, cloudflare) = (self.okta(), self.cloudflare());
        let mut env: BTreeMap<String, String> = [
            ("OKTA_ORG_URL", addresses.org_url.as_str()),
            // Okta's own provider builds https://NAME.BASE, and sends it all here instead because of the third.
            ("OKTA_ORG_NAME", &self.world.options.org),
            ("OKTA_BASE_URL", "okta.com"),
            ("OKTA_HTTP_PROXY", &addresses.org_url),
            ("OKTA_API_TOKEN", okta.api_token()),
            ("CLOUDFLARE_BASE_URL", &addresses.api_url),
            ("CLOUDFLARE_API_TOKEN", cloudflare.api_token()),
            ("CLOUDFLARE_ACCOUNT_ID", cloudflare.id()),
            ("TF_VAR_okta_org_url", &addresses.org_url),
            ("TF_VAR_cloudflare_account_id", cloudflare.id()),
            ("TF_VAR_cloudflare_zone_id", cloudflare.zone_id()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        env.extend(okta.variables().into_iter().map(|(name, value)| (format!("TF_VAR_{name}"), value)));
        if let Some(authority) = &self.authority {
            let bundle = authority.bundle().display().to_string();
            for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"] {
                env.insert(name.into(), bundle.clone());
            }
            env.insert("NODE_EXTRA_CA_CERTS".into(), authority.file().display().to_string());
            env.insert("TF_VAR_ca_file".into(), authority.file().display().to_string());
        }
        env
    }

    /// The document that `zt-mock serve` prints when it is ready.
    pub fn ready(&self) -> Value {
        let env = self.env();
        let addresses = self.world.addresses();
        let (okta, cloudflare) = (self.okta(), self.cloudflare());
        let people = okta.people().into_iter().map(|(login, password)| json!({"login": login, "password": password}));
        json!({
            "okta": {
                "org_url": addresses.org_url,
                "api_token": okta.api_token(),
                "read_only_api_token": okta.read_only_api_token(),
                "admin": {"login": okta.admin_login(), "password": okta.admin_password()},
                "people": people.collect::<Value>(),
            },
            "cloudflare": {
                "api_url": addresses.api_url,
                "api_token": cloudflare.api_token(),
                "read_only_api_token": cloudflare.read_only_api_token(),
                "account_id": cloudflare.id(),
                "auth_url": addresses.auth_url,
                "team": self.world.options.team,
            },
            "ca_file": self.ca_file(),
            "env": env,
        })
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        self.stop.cancel();
        let ended = self.thread.take().map(JoinHandle::join);
        if std::thread::panicking() || self.world.options.allow_unserved {
            return;
        }
        let unserved = self.world.journal.unserved();
        assert!(unserved.is_empty(), "requests that neither side of the mock serves:\n  {}", unserved.join("\n  "));
        assert!(!matches!(ended, Some(Err(_))), "the mock's thread panicked");
    }
}

/// Binds the three addresses and makes them known.
async fn listen(world: &World) -> Result<Vec<(server::Listener, Side)>, StartError> {
    let options = &world.options;
    let asked = [
        (Side::Okta, options.okta_addr, "--okta-addr"),
        (Side::Cloudflare, options.cloudflare_addr, "--cloudflare-addr"),
        (Side::Team, options.team_addr, "--team-addr"),
    ];
    let mut listeners = Vec::new();
    for (side, address, option) in asked {
        let bound = server::Listener::bind(address).await;
        listeners.push((bound.map_err(|source| StartError::Listen { address, option, source })?, side));
    }
    let url = |wanted| listeners.iter().find(|(_, side)| *side == wanted).map(|(bound, _)| bound.url(options.tls));
    let addresses = world::Addresses {
        org_url: url(Side::Okta).unwrap_or_default(),
        api_url: url(Side::Cloudflare).unwrap_or_default() + cloudflare::BASE_PATH,
        auth_url: url(Side::Team).unwrap_or_default(),
    };
    world.addresses.get_or_init(|| addresses);
    Ok(listeners)
}

/// One side's routes with the pipeline around them, and the mock's own beside them: what its address serves, to be asked
/// without a socket.
pub fn router(world: &Arc<World>, side: Side) -> Router {
    let vendor = match side {
        Side::Okta => okta::router(world.clone()),
        Side::Cloudflare => cloudflare::router(world.clone()),
        Side::Team => cloudflare::team_router(world.clone()),
    };
    let vendor = vendor.layer(middleware::from_fn_with_state((world.clone(), side), pipeline::carry));
    vendor.merge(control::router(world.clone()))
}

/// The client for calls between the sides. It stays on loopback, whatever proxy the environment names.
fn client(authority: Option<&tls::Authority>) -> Result<reqwest::Client, StartError> {
    let mut builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    if let Some(authority) = authority {
        builder = builder.tls_certs_only([reqwest::Certificate::from_pem(authority.pem().as_bytes())?]);
    }
    Ok(builder.build()?)
}
