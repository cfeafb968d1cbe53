//! Managed resources: validate, upgrade, read, plan, apply.

use super::{Check, Inner, registry::Entry, report};
use crate::framework::{
    call::{Call, OWNED},
    diagnostic::{Diagnostic, Diagnostics, Result, Severity},
    json,
    path::Path,
    plan,
    private::Private,
    provider::Provider,
    resource::{AnyChange, AnyResource},
    timeouts::{self, Operation},
    types::Type,
    value::Value,
    wire,
};
use crate::proto::tfplugin6 as pb;

/// Private state: the object was imported and has not been read since.
pub(super) const IMPORTED: &str = ".imported";

/// What an apply leaves behind, whether it succeeded or not.
struct Applied {
    state: Value,
    config: Value,
    result: Result<()>,
}

impl<P: Provider> Inner<P> {
    pub(super) async fn validate_resource_config(
        &self,
        request: pb::validate_resource_config::Request,
    ) -> pb::validate_resource_config::Response {
        // The field is new in Terraform 1.11; its absence is how an older one is recognised.
        let write_only = request.client_capabilities.as_ref().is_some_and(|c| c.write_only_attributes_allowed);
        let check = Check {
            rpc: "ValidateResourceConfig",
            type_name: &request.type_name,
            config: request.config.as_ref(),
            write_only,
        };
        let diagnostics = self
            .check(check, &self.registries.resources, |item| item.schema(), |item, config| item.validate(config))
            .await;
        pb::validate_resource_config::Response { diagnostics }
    }

    pub(super) async fn upgrade_resource_state(
        &self,
        request: pb::upgrade_resource_state::Request,
    ) -> pb::upgrade_resource_state::Response {
        let outcome = self
            .call("UpgradeResourceState", &request.type_name, async {
                let entry = self.registries.resources.get(&request.type_name)?;
                let loaded = entry.loaded();
                let raw = request.raw_state.as_ref().map(|raw| raw.json.as_slice()).unwrap_or_default();
                if raw.is_empty() {
                    return Err(Diagnostic::error(
                        "The state is older than Terraform 0.12",
                        "It has no JSON form. Run a plan with a Terraform between 0.12 and 1.0 first, which converts it.",
                    )
                    .into());
                }
                let mut state = wire::parse(raw)?;
                if request.version != loaded.schema.version {
                    state = entry.item.upgrade(request.version, state)?;
                }
                let state = json::decode(&state, &loaded.ty).map_err(|error| {
                    Diagnostic::error(
                        "The state does not fit the schema",
                        format!("{error}. The state may have been edited by hand, or written by a newer provider."),
                    )
                    .at(error.path)
                })?;
                let state = plan::without_write_only(&loaded.schema.attributes, state);
                wire::dynamic(&state, &loaded.ty)
            })
            .await;
        let (upgraded_state, diagnostics) = report(Diagnostics::new(), outcome);
        pb::upgrade_resource_state::Response { upgraded_state, diagnostics: wire::diagnostics(diagnostics) }
    }

    pub(super) async fn read_resource(&self, request: pb::read_resource::Request) -> pb::read_resource::Response {
        let private = Private::from_bytes(&request.private);
        let importing = private.get::<bool>(IMPORTED).unwrap_or(false);
        let call = Call::new(self.stop_token()).with_private(private).importing_if(importing);
        let outcome = self
            .call("ReadResource", &request.type_name, async {
                let entry = self.registries.resources.get(&request.type_name)?;
                let loaded = entry.loaded();
                let before = wire::value(request.current_state.as_ref(), &loaded.ty)?;
                let state = self.state();
                let reading = entry.item.read(&call, state.as_deref(), before.clone());
                let reading = timeouts::within(&call, Operation::Read, &request.type_name, &before, reading);
                let Some(after) = reading.await? else {
                    return Ok((wire::dynamic(&Value::Null, &loaded.ty)?, None));
                };
                let attributes = &loaded.schema.attributes;
                let after = timeouts::carried(&before, plan::without_write_only(attributes, after));
                let after = if importing { after } else { plan::settle(attributes, &before, after) };
                if !after.is_wholly_known() {
                    return Err(unknown_after("reading", &request.type_name));
                }
                let identity = self.identity(entry, &call, &after).await.or(request.current_identity.clone());
                Ok((wire::dynamic(&after, &loaded.ty)?, identity))
            })
            .await;
        let (read, diagnostics) = report(call.take_warnings(), outcome);
        let mut private = call.private();
        if read.is_some() {
            private.erase(IMPORTED);
        }
        let (new_state, new_identity) = match read {
            Some((state, identity)) => (Some(state), identity),
            None => (request.current_state, request.current_identity),
        };
        pb::read_resource::Response {
            new_state,
            diagnostics: wire::diagnostics(diagnostics),
            private: private.to_bytes(),
            deferred: None,
            new_identity,
        }
    }

    pub(super) async fn plan_resource_change(
        &self,
        request: pb::plan_resource_change::Request,
    ) -> pb::plan_resource_change::Response {
        let call = Call::new(self.stop_token()).with_private(Private::from_bytes(&request.prior_private));
        let outcome = self
            .call("PlanResourceChange", &request.type_name, async {
                let entry = self.registries.resources.get(&request.type_name)?;
                let loaded = entry.loaded();
                let prior = wire::value(request.prior_state.as_ref(), &loaded.ty)?;
                let proposed = wire::value(request.proposed_new_state.as_ref(), &loaded.ty)?;
                let state = self.state();
                if proposed.is_null() {
                    entry.item.plan_destroy(&call, state.as_deref(), prior).await?;
                    let null = wire::dynamic(&Value::Null, &loaded.ty)?;
                    return Ok((null, Vec::new(), request.prior_identity.clone()));
                }
                let config = wire::value(request.config.as_ref(), &loaded.ty)?;
                let prior = (!prior.is_null()).then_some(prior);
                // A new object has another identity than the one whose place it takes.
                let identity = prior.is_some().then(|| request.prior_identity.clone()).flatten();
                let attributes = &loaded.schema.attributes;
                let owned = call.private().get(OWNED).unwrap_or_default();
                let planned = plan::propose(attributes, &config, prior.as_ref(), &owned);
                let change = AnyChange { prior, config, planned, replace: Vec::new() };
                let mut change = entry.item.plan(&call, state.as_deref(), change).await?;
                change.planned = plan::without_write_only(attributes, change.planned);
                plan::check_plan(attributes, &change.config, change.prior.as_ref(), &change.planned).into_result()?;
                let mut replace = change.replace;
                if let Some(prior) = &change.prior {
                    replace.extend(plan::replacements(attributes, prior, &change.planned));
                }
                replace.sort();
                replace.dedup();
                let reasons = plan::replacement_reasons(attributes, &request.type_name, &replace);
                reasons.into_iter().for_each(|reason| call.warn(reason));
                Ok((wire::dynamic(&change.planned, &loaded.ty)?, replace, identity))
            })
            .await;
        let (planned, diagnostics) = report(call.take_warnings(), outcome);
        let (planned_state, replace, planned_identity) = match planned {
            Some((state, replace, identity)) => (Some(state), replace, identity),
            None => (None, Vec::new(), request.prior_identity),
        };
        let planned_private = call.private().to_bytes();
        pb::plan_resource_change::Response {
            planned_state,
            requires_replace: replace.iter().map(wire::path).collect(),
            planned_private,
            diagnostics: wire::diagnostics(diagnostics),
            legacy_type_system: false,
            deferred: None,
            planned_identity,
        }
    }

    pub(super) async fn apply_resource_change(
        &self,
        request: pb::apply_resource_change::Request,
    ) -> pb::apply_resource_change::Response {
        let call = Call::new(self.stop_token()).with_private(Private::from_bytes(&request.planned_private));
        let outcome = self
            .call("ApplyResourceChange", &request.type_name, async {
                let entry = self.registries.resources.get(&request.type_name)?;
                let ty = &entry.loaded().ty;
                let prior = wire::value(request.prior_state.as_ref(), ty)?;
                let planned = wire::value(request.planned_state.as_ref(), ty)?;
                let config = wire::value(request.config.as_ref(), ty)?;
                Ok((entry, self.apply(entry, &call, prior, planned, config).await))
            })
            .await;
        let (applied, mut diagnostics) = report(Diagnostics::new(), outcome);
        let (new_state, new_identity) = match applied {
            Some((entry, Applied { state, config, result })) => {
                let identity = if state.is_null() {
                    None
                } else {
                    self.remember_owned(entry, &call, &config, result.is_err());
                    self.identity(entry, &call, &state).await
                };
                let (state, misfits) = wire::whatever_fits(&state, &entry.loaded().ty);
                diagnostics.extend(call.take_warnings());
                diagnostics.extend(result.err().unwrap_or_default());
                diagnostics.extend(misfits);
                (Some(state), identity.or(request.planned_identity))
            }
            // Not even the messages could be read, so nothing was done.
            None => (request.prior_state, request.planned_identity),
        };
        let private = call.private().to_bytes();
        pb::apply_resource_change::Response {
            new_state,
            private,
            diagnostics: wire::diagnostics(diagnostics),
            legacy_type_system: false,
            new_identity,
        }
    }

    /// Makes one change. Whatever happens, the state that comes out is what is known to exist.
    async fn apply(
        &self,
        entry: &Entry<dyn AnyResource<P::State>>,
        call: &Call,
        prior: Value,
        planned: Value,
        config: Value,
    ) -> Applied {
        let (item, name) = (entry.item, entry.item.name());
        let attributes = &entry.loaded().schema.attributes;
        let object = if planned.is_null() { &prior } else { &planned };
        let storable = |value| plan::known_part(timeouts::carried(object, plan::without_write_only(attributes, value)));
        let state = self.state();
        let state = state.as_deref();
        if planned.is_null() {
            let work = item.delete(call, state, prior.clone());
            let work = timeouts::within(call, Operation::Delete, name, &prior, work);
            let result = self.call("Delete", name, work).await;
            let state =
                if result.is_ok() { Value::Null } else { call.take_kept().map_or_else(|| prior.clone(), storable) };
            return Applied { state, config, result };
        }
        let create = prior.is_null();
        let work = async {
            let (planned, config) = (planned.clone(), config.clone());
            let actual = if create {
                item.create(call, state, planned.clone(), config).await?
            } else {
                item.update(call, state, prior.clone(), planned.clone(), config).await?
            };
            // It exists: whatever goes wrong from here on, it is saved.
            call.keep_value(actual.clone());
            let actual = timeouts::carried(&planned, plan::without_write_only(attributes, actual));
            Ok(plan::settle(attributes, &planned, actual))
        };
        let (rpc, operation) = if create { ("Create", Operation::Create) } else { ("Update", Operation::Update) };
        match self.call(rpc, name, timeouts::within(call, operation, name, &planned, work)).await {
            Ok(actual) => {
                let result = plan::check_result(&planned, &actual).into_result().map(drop);
                Applied { state: plan::known_part(actual), config, result }
            }
            Err(errors) => {
                let state = call.take_kept().map_or_else(|| prior.clone(), storable);
                Applied { state, config, result: Err(errors) }
            }
        }
    }

    /// Remembers what the configuration sets, so that a later removal clears it. After a failure what was set before
    /// counts as well.
    fn remember_owned(&self, entry: &Entry<dyn AnyResource<P::State>>, call: &Call, config: &Value, failed: bool) {
        let mut owned = plan::owned(&entry.loaded().schema.attributes, config);
        let mut private = call.private();
        if failed {
            owned.extend(private.get::<plan::Owned>(OWNED).unwrap_or_default());
        }
        private.put(OWNED, owned);
    }

    /// The identity of an object, for the wire. One that cannot be told is a warning and costs nothing: the object is
    /// there, and the next read asks again.
    pub(super) async fn identity(
        &self,
        entry: &Entry<dyn AnyResource<P::State>>,
        call: &Call,
        state: &Value,
    ) -> Option<pb::ResourceIdentityData> {
        let work = async {
            let Some(loaded) = entry.identity() else { return Ok(None) };
            let Some(identity) = entry.item.identity(state.clone())? else { return Ok(None) };
            Ok(Some(pb::ResourceIdentityData { identity_data: Some(wire::dynamic(&identity, &loaded.ty)?) }))
        };
        self.call("Identity", entry.item.name(), work).await.unwrap_or_else(|errors| {
            for error in errors {
                call.warn(Diagnostic { severity: Severity::Warning, path: Path::root(), ..error });
            }
            None
        })
    }
}

/// Reads an identity off the wire.
pub(super) fn identity_value(from: &pb::ResourceIdentityData, ty: &Type) -> Result<Value> {
    wire::value(from.identity_data.as_ref(), ty)
}

fn unknown_after(doing: &str, type_name: &str) -> Diagnostics {
    Diagnostic::error(
        format!("A value is unknown after {doing} {type_name}"),
        "This is a defect of the provider; please report it.",
    )
    .into()
}
