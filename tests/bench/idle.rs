//! A provider that does nothing: the schema of `zt_okta_idp` and what Terraform itself takes to talk to it.
//!
//! `terraform_data` is part of Terraform's own program and has four attributes. Whatever is not, and has more of them,
//! costs Terraform time of its own, which no provider can give back. This one shows how much.

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use zt::cloudflare::okta_idp::{OktaIdp, OktaIdpIdentity};
use zt::framework::call::Call;
use zt::framework::diagnostic::{Diagnostic, Diagnostics, Result};
use zt::framework::model::Typed;
use zt::framework::path::Path;
use zt::framework::provider::Provider;
use zt::framework::resource::{AnyResource, ImportKey, Planned, Resource};
use zt::framework::schema::optional;
use zt::framework::server::Server;
use zt::framework::value::Value;
use zt::{model, plugin};

/// Serves it, if Terraform has started this program.
pub(crate) fn serve() -> Option<ExitCode> {
    std::env::var_os("TF_PLUGIN_MAGIC_COOKIE")?;
    let about = plugin::About { name: "idle", version: "0.0.0", summary: "", source_address: "" };
    Some(plugin::run(Server::new(Idle), &about, []))
}

model! {
    /// What the configuration of the bench sets.
    pub struct IdleBlock {
        /// Without effect.
        secret_checks: String = optional(),
    }
}

struct Idle;

#[async_trait]
impl Provider for Idle {
    type Model = IdleBlock;
    type State = ();

    async fn configure(&self, _config: IdleBlock, _terraform_version: &str) -> Result<((), Diagnostics)> {
        Ok(((), Diagnostics::new()))
    }

    fn resources(&self) -> &'static [&'static dyn AnyResource<()>] {
        &[&IdleIdp]
    }
}

/// Whatever is asked for is there already.
struct IdleIdp;

impl IdleIdp {
    fn made(planned: &OktaIdp) -> Result<OktaIdp> {
        let Value::Object(mut attributes) = planned.encode() else { unreachable!("a model is an object") };
        for value in attributes.values_mut().filter(|value| value.is_unknown()) {
            *value = Value::Null;
        }
        Ok(OktaIdp::decode(Value::Object(attributes), &Path::root())?)
    }
}

impl Resource for IdleIdp {
    type Model = OktaIdp;
    type Identity = OktaIdpIdentity;
    type Client = ();
    const NAME: &'static str = "zt_okta_idp";

    async fn create(&self, _call: &Call, _client: &(), change: Planned<OktaIdp>) -> Result<OktaIdp> {
        static LAST: AtomicUsize = AtomicUsize::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let id = format!("00000000-0000-4000-8000-{number:012}");
        Ok(OktaIdp { id: id.into(), account_id: "0".repeat(32).into(), ..Self::made(&change.planned)? })
    }

    async fn read(&self, _call: &Call, _client: &(), state: OktaIdp) -> Result<Option<OktaIdp>> {
        Ok(Some(state))
    }

    async fn update(&self, _call: &Call, _client: &(), _prior: OktaIdp, change: Planned<OktaIdp>) -> Result<OktaIdp> {
        Self::made(&change.planned)
    }

    async fn delete(&self, _call: &Call, _client: &(), _state: OktaIdp) -> Result<()> {
        Ok(())
    }

    fn identity(&self, state: &OktaIdp) -> OktaIdpIdentity {
        OktaIdpIdentity { account_id: state.account_id.clone(), zone_id: state.zone_id.clone(), id: state.id.clone() }
    }

    async fn import(&self, _call: &Call, _client: Option<&()>, _key: ImportKey<OktaIdpIdentity>) -> Result<OktaIdp> {
        Err(Diagnostic::error("There is nothing to import", "It does nothing.").into())
    }
}
