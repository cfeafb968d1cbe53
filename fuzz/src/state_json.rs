//! Reading state files: JSON, led by a type.

use arbitrary::{Result, Unstructured};
use zt::framework::json::{decode, encode};

use crate::documents;
use crate::msgpack::rest;
use crate::terraform::{Terraform, raw_state};
use crate::values::{any_type, any_value};

/// JSON for a made-up type, or a state of one of the resources in any version.
pub fn run(data: &[u8]) {
    let _ = attempt(&mut Unstructured::new(data));
}

fn attempt(u: &mut Unstructured<'_>) -> Result<()> {
    match u.int_in_range(0..=3)? {
        0 => {
            let ty = any_type(u)?;
            let value = any_value(u, &ty)?;
            stable(&encode(&value), &ty);
        }
        1 => {
            let ty = any_type(u)?;
            if let Ok(read) = serde_json::from_slice(rest(u)?) {
                stable(&read, &ty);
            }
        }
        _ => {
            let terraform = Terraform::offline();
            let resource = u.choose(terraform.resources())?;
            let version = u.int_in_range(-1..=3_i64)?;
            let state = if u.arbitrary()? {
                let value = any_value(u, &resource.ty)?;
                let mut state = encode(&value);
                if u.arbitrary()? {
                    documents::spoil(u, &mut state)?;
                }
                state.to_string().into_bytes()
            } else {
                rest(u)?.to_vec()
            };
            terraform.upgrade(resource, version, raw_state(state));
        }
    }
    Ok(())
}

/// What was read is written and read again as the same.
fn stable(json: &serde_json::Value, ty: &zt::framework::types::Type) {
    let Ok(value) = decode(json, ty) else { return };
    let written = encode(&value);
    match decode(&written, ty) {
        Ok(again) => assert!(again == value, "a value changed on its way through a state: {value:?} and {again:?}"),
        Err(error) => panic!("what was written cannot be read: {error}"),
    }
}
