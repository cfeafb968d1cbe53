//! Reading MessagePack, as Terraform sends it and as it never would; and writing what was read.

use arbitrary::{Result, Unstructured};
use zt::framework::msgpack::{decode, encode};
use zt::framework::types::Type;
use zt::framework::value::Value;

use crate::values::{any_type, any_value};

/// A type, and either bytes that claim to be of it or a value of it.
pub fn run(data: &[u8]) {
    let _ = attempt(&mut Unstructured::new(data));
}

fn attempt(u: &mut Unstructured<'_>) -> Result<()> {
    let ty = any_type(u)?;
    if u.arbitrary()? {
        let value = any_value(u, &ty)?;
        // What does not fit its type (a type within a dynamic value may be deeper than a message can say) is refused.
        if let Ok(bytes) = encode(&value, &ty) {
            stable(&bytes, &ty);
        }
        return Ok(());
    }
    let bytes = rest(u)?;
    if decode(bytes, &ty).is_ok() {
        stable(bytes, &ty);
    }
    Ok(())
}

/// All that is left of the input.
pub fn rest<'a>(u: &mut Unstructured<'a>) -> Result<&'a [u8]> {
    let all = u.len();
    u.bytes(all)
}

/// Decodes, encodes and decodes again: nothing gets lost, and the second message is the first one's only spelling.
fn stable(bytes: &[u8], ty: &Type) {
    let Ok(value) = decode(bytes, ty) else { return };
    let written = match encode(&value, ty) {
        Ok(written) => written,
        Err(error) => panic!("what was read cannot be written: {error}"),
    };
    let again = match decode(&written, ty) {
        Ok(again) => again,
        Err(error) => panic!("what was written cannot be read: {error}"),
    };
    assert!(same(&value, &again), "a value changed on its way through a message: {value:?} and {again:?}");
    let Ok(once_more) = encode(&again, ty) else { panic!("it can be written only once") };
    assert!(once_more == written, "two spellings of one value");
}

/// Promises that are longer than Terraform accepts are dropped when they are written, which promises less.
fn same(a: &Value, b: &Value) -> bool {
    a == b || a.without_promises() == b.without_promises()
}
