//! Every call that Terraform makes, with values that it never would: null where something is required, unknown in a state,
//! of another type, no value at all.

use arbitrary::{Result, Unstructured};
use zt::framework::msgpack;
use zt::framework::value::Value;
use zt::proto::tfplugin6 as pb;

use crate::terraform::{Kind, Terraform, raw_state};
use crate::values::{Words, any_value, plausible};
use crate::vendors::Vendors;

/// A few calls, each of any kind and with any values. The vendors behind them answer as they should.
pub fn run(data: &[u8]) {
    let vendors = Vendors::get();
    let words = vendors.begin(&[]).words;
    let _ = attempt(&vendors.terraform, &words, &mut Unstructured::new(data));
}

fn attempt(terraform: &Terraform, words: &Words, u: &mut Unstructured<'_>) -> Result<()> {
    for _ in 0..3 {
        if u.is_empty() {
            break;
        }
        match u.int_in_range(0..=13)? {
            0 => {
                let value = any_value(u, &terraform.provider().ty)?;
                terraform.validate_provider(&value);
            }
            1 => {
                let config = plausible(u, &terraform.provider().attributes, words, false)?;
                terraform.validate_provider(&config);
            }
            2 => {
                let kind = u.choose(terraform.data_sources())?;
                let config = message(u, kind, words)?;
                terraform.data_source(kind, config);
            }
            3 => {
                let kind = u.choose(terraform.lists())?;
                let (config, limit) = (message(u, kind, words)?, u.arbitrary()?);
                terraform.list(kind, config, limit);
            }
            4 => {
                let kind = u.choose(terraform.ephemerals())?;
                if u.arbitrary()? {
                    terraform.close_ephemeral(kind, private(u)?);
                } else {
                    let config = message(u, kind, words)?;
                    terraform.ephemeral(kind, config);
                }
            }
            5 => {
                let kind = u.choose(terraform.actions())?;
                let config = message(u, kind, words)?;
                terraform.action(kind, config);
            }
            6 => {
                let (name, types) = u.choose(terraform.functions())?;
                let arguments = types.iter().map(|ty| {
                    let value = any_value(u, ty)?;
                    Ok(crate::terraform::dynamic(&value, ty))
                });
                let arguments = arguments.collect::<Result<_>>()?;
                terraform.function(name, arguments);
            }
            _ => resource(terraform, words, u)?,
        }
    }
    Ok(())
}

fn resource(terraform: &Terraform, words: &Words, u: &mut Unstructured<'_>) -> Result<()> {
    let kind = u.choose(terraform.resources())?;
    match u.int_in_range(0..=7)? {
        0 => {
            let (config, write_only) = (message(u, kind, words)?, u.arbitrary()?);
            terraform.validate(kind, config, write_only);
        }
        1 => {
            let (prior, config) = (maybe(u, kind, words)?, maybe(u, kind, words)?);
            let private = private(u)?;
            terraform.plan(kind, prior, config, private);
        }
        2 => {
            let (prior, planned, config) = (maybe(u, kind, words)?, maybe(u, kind, words)?, maybe(u, kind, words)?);
            let private = private(u)?;
            terraform.apply(kind, prior, planned, config, private);
        }
        3 => {
            let (state, private) = (maybe(u, kind, words)?, private(u)?);
            terraform.read(kind, state, private);
        }
        4 => {
            let id = if u.arbitrary()? { u.choose(&words.anywhere)?.clone() } else { u.arbitrary::<String>()? };
            let identity = match &kind.identity {
                Some(ty) if u.arbitrary()? => {
                    let value = any_value(u, ty)?;
                    Some(crate::terraform::dynamic(&value, ty))
                }
                _ => None,
            };
            let imported = terraform.import(kind, id, identity);
            if !imported.failed {
                terraform.read(kind, imported.value, imported.private);
            }
        }
        5 => {
            let state = maybe(u, kind, words)?;
            terraform.generate(kind, state);
        }
        6 => {
            let request = pb::move_resource_state::Request {
                source_provider_address: u.choose(&PROVIDERS)?.to_string(),
                source_type_name: u.choose(&TYPES)?.to_string(),
                source_schema_version: u.int_in_range(-1..=2)?,
                source_state: Some(raw_state(foreign_state(u, kind, words)?)),
                source_private: private(u)?,
                ..Default::default()
            };
            terraform.move_state(kind, request);
        }
        _ => {
            let version = u.int_in_range(-1..=3)?;
            let state = foreign_state(u, kind, words)?;
            terraform.upgrade(kind, version, raw_state(state));
        }
    }
    Ok(())
}

/// Where objects come from.
const PROVIDERS: [&str; 4] = [
    "registry.terraform.io/okta/okta",
    "registry.terraform.io/cloudflare/cloudflare",
    "registry.terraform.io/zt-okta/zt",
    "",
];
const TYPES: [&str; 5] = [
    "okta_app_oauth",
    "okta_app_auto_login",
    "cloudflare_zero_trust_access_identity_provider",
    "cloudflare_access_identity_provider",
    "okta_oidc_app",
];

fn foreign_state(u: &mut Unstructured<'_>, kind: &Kind, words: &Words) -> Result<Vec<u8>> {
    if u.ratio(1, 4)? {
        let length = u.int_in_range(0..=u.len().min(200))?;
        return Ok(u.bytes(length)?.to_vec());
    }
    let value = plausible(u, &kind.attributes, words, true)?;
    let mut state = zt::framework::json::encode(&value);
    for _ in 0..u.int_in_range(0..=2)? {
        crate::documents::spoil(u, &mut state)?;
    }
    Ok(state.to_string().into_bytes())
}

/// Bytes that Terraform keeps for the provider.
fn private(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    Ok(match u.int_in_range(0..=4)? {
        0 => {
            let length = u.int_in_range(0..=u.len().min(60))?;
            u.bytes(length)?.to_vec()
        }
        1 => crate::documents::any(u, 3)?.to_string().into_bytes(),
        2 => br#"{".imported":true}"#.to_vec(),
        _ => Vec::new(),
    })
}

fn maybe(u: &mut Unstructured<'_>, kind: &Kind, words: &Words) -> Result<Option<pb::DynamicValue>> {
    Ok(match u.int_in_range(0..=4)? {
        0 => None,
        1 => Some(crate::terraform::dynamic(&Value::Null, &kind.ty)),
        _ => Some(message(u, kind, words)?),
    })
}

/// A value as it arrives.
fn message(u: &mut Unstructured<'_>, kind: &Kind, words: &Words) -> Result<pb::DynamicValue> {
    let value = match u.int_in_range(0..=9)? {
        0 => any_value(u, &kind.ty)?,
        1 => {
            let length = u.int_in_range(0..=u.len().min(200))?;
            let bytes = u.bytes(length)?.to_vec();
            let (msgpack, json) = if u.arbitrary()? { (bytes, Vec::new()) } else { (Vec::new(), bytes) };
            return Ok(pb::DynamicValue { msgpack, json });
        }
        2 => {
            // A message that breaks in the middle.
            let value = plausible(u, &kind.attributes, words, true)?;
            let mut bytes = msgpack::encode(&value, &kind.ty).unwrap_or_default();
            if !bytes.is_empty() {
                let at = u.choose_index(bytes.len())?;
                bytes[at] ^= u.arbitrary::<u8>()?;
            }
            return Ok(pb::DynamicValue { msgpack: bytes, json: Vec::new() });
        }
        3..=5 => plausible(u, &kind.attributes, words, true)?,
        _ => plausible(u, &kind.attributes, words, false)?,
    };
    Ok(crate::terraform::dynamic(&value, &kind.ty))
}
