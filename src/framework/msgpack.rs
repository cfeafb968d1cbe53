//! Values as the protocol carries them: MessagePack, led by the type.
//!
//! Terraform's encoding cannot be read without the type: sets and lists look alike, numbers may be decimal text, and
//! unknown values are extensions. A generic serde round trip would lose refinements, exact numbers and the difference
//! between null and absent. <https://github.com/zclconf/go-cty/blob/main/docs/refinements.md> describes the extension
//! for refined unknown values.

use super::{
    number::Number,
    path::Path,
    types::Type,
    value::{Refinement, Value, normal_form},
};
use rmp::{Marker, decode as read, encode as write};
use std::collections::BTreeMap;

/// Extension code of an unknown value with promises.
const REFINED: i8 = 12;
/// Longest refinement that Terraform itself accepts, in bytes.
const MAX_REFINEMENT: usize = 1024;
/// How deep values may nest; far beyond any schema, well within the stack.
const MAX_DEPTH: usize = 64;

/// A message that does not carry a value of the expected type, or a value that does not fit the type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if path.is_root() { String::new() } else { format!("{path}: ") })]
pub struct CodecError {
    /// Where in the value.
    pub path: Path,
    /// What is wrong there.
    pub message: String,
}

fn fail<T>(path: &Path, message: impl Into<String>) -> Result<T, CodecError> {
    Err(CodecError { path: path.clone(), message: message.into() })
}

/// Reads a value of type `ty`. Attributes that the type does not have are an error, missing ones too, as in Terraform.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, CodecError> {
    let mut reader = Reader { rest: bytes };
    let value = reader.value(ty, &Path::root(), 0)?;
    if reader.rest.is_empty() { Ok(value) } else { fail(&Path::root(), "more bytes than one value") }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn peek(&self, path: &Path) -> Result<Marker, CodecError> {
        match self.rest.first() {
            Some(byte) => Ok(Marker::from_u8(*byte)),
            None => fail(path, "the message ends early"),
        }
    }

    fn bytes(&mut self, count: usize, path: &Path) -> Result<&'a [u8], CodecError> {
        if count > self.rest.len() {
            return fail(path, "the message ends early");
        }
        let (taken, rest) = self.rest.split_at(count);
        self.rest = rest;
        Ok(taken)
    }

    fn text(&mut self, path: &Path) -> Result<&'a str, CodecError> {
        let count = match read::read_str_len(&mut self.rest) {
            Ok(count) => count as usize,
            Err(_) => return fail(path, "expected text"),
        };
        let bytes = self.bytes(count, path)?;
        std::str::from_utf8(bytes).or_else(|_| fail(path, "text that is not UTF-8"))
    }

    fn array(&mut self, path: &Path, what: &str) -> Result<usize, CodecError> {
        self.length(read::read_array_len(&mut { self.rest }).ok(), path, what, |r| {
            let _ = read::read_array_len(&mut r.rest);
        })
    }

    fn map(&mut self, path: &Path, what: &str) -> Result<usize, CodecError> {
        self.length(read::read_map_len(&mut { self.rest }).ok(), path, what, |r| {
            let _ = read::read_map_len(&mut r.rest);
        })
    }

    /// A length that the rest of the message could hold: every element takes a byte at least.
    fn length(
        &mut self,
        count: Option<u32>,
        path: &Path,
        what: &str,
        consume: impl FnOnce(&mut Self),
    ) -> Result<usize, CodecError> {
        let Some(count) = count else { return fail(path, format!("expected {what}")) };
        consume(self);
        if count as usize > self.rest.len() { fail(path, "the message ends early") } else { Ok(count as usize) }
    }

    fn value(&mut self, ty: &Type, path: &Path, depth: usize) -> Result<Value, CodecError> {
        if depth > MAX_DEPTH {
            return fail(path, "nested too deeply");
        }
        match self.peek(path)? {
            Marker::Null => {
                self.rest = &self.rest[1..];
                return Ok(Value::Null);
            }
            Marker::FixExt1
            | Marker::FixExt2
            | Marker::FixExt4
            | Marker::FixExt8
            | Marker::FixExt16
            | Marker::Ext8
            | Marker::Ext16
            | Marker::Ext32 => return self.unknown(path),
            _ => {}
        }
        match ty {
            Type::Bool => match read::read_bool(&mut self.rest) {
                Ok(b) => Ok(Value::Bool(b)),
                Err(_) => fail(path, "expected a bool"),
            },
            Type::Number => self.number(path).map(Value::Number),
            Type::String => self.text(path).map(Value::string),
            Type::List(element) => {
                let count = self.array(path, "a list")?;
                (0..count)
                    .map(|i| self.value(element, &path.index(i), depth + 1))
                    .collect::<Result<_, _>>()
                    .map(Value::List)
            }
            Type::Set(element) => {
                let count = self.array(path, "a set")?;
                let at = path.element();
                (0..count).map(|_| self.value(element, &at, depth + 1)).collect::<Result<_, _>>().map(Value::Set)
            }
            Type::Map(element) => {
                let count = self.map(path, "a map")?;
                let mut map = BTreeMap::new();
                for _ in 0..count {
                    let key = normal_form(self.text(path)?);
                    let value = self.value(element, &path.key(&key), depth + 1)?;
                    map.insert(key, value);
                }
                Ok(Value::Map(map))
            }
            Type::Object(attributes) => {
                let count = self.map(path, "an object")?;
                let mut object = BTreeMap::new();
                for _ in 0..count {
                    let name = self.text(path)?;
                    let Some(ty) = attributes.get(name) else {
                        return fail(path, format!("there is no attribute {name:?} here"));
                    };
                    let value = self.value(ty, &path.attribute(name), depth + 1)?;
                    object.insert(name.to_owned(), value);
                }
                match attributes.keys().find(|name| !object.contains_key(*name)) {
                    Some(missing) => fail(path, format!("the attribute {missing:?} is missing")),
                    None => Ok(Value::Object(object)),
                }
            }
            Type::Tuple(types) => {
                let count = self.array(path, "a tuple")?;
                if count != types.len() {
                    return fail(path, format!("expected a tuple of {}, got {count}", types.len()));
                }
                types
                    .iter()
                    .enumerate()
                    .map(|(i, ty)| self.value(ty, &path.index(i), depth + 1))
                    .collect::<Result<_, _>>()
                    .map(Value::List)
            }
            Type::Dynamic => {
                if self.array(path, "a type and a value")? != 2 {
                    return fail(path, "expected a type and a value");
                }
                let json = match self.peek(path)? {
                    Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
                        let count = read::read_bin_len(&mut self.rest).or_else(|_| fail(path, "expected a type"))?;
                        self.bytes(count as usize, path)?
                    }
                    _ => self.text(path)?.as_bytes(),
                };
                let ty = serde_json::from_slice(json)
                    .map_err(|e| e.to_string())
                    .and_then(|json| Type::from_json(&json).map_err(|e| e.to_string()))
                    .or_else(|e| fail(path, e))?;
                let value = self.value(&ty, path, depth + 1)?;
                Ok(Value::Dynamic(Box::new((ty, value))))
            }
        }
    }

    fn number(&mut self, path: &Path) -> Result<Number, CodecError> {
        let invalid = || CodecError { path: path.clone(), message: "expected a number".into() };
        match self.peek(path)? {
            Marker::F32 => {
                let float = read::read_f32(&mut self.rest).map_err(|_| invalid())?;
                Number::try_from(f64::from(float))
                    .map_err(|e| CodecError { path: path.clone(), message: e.to_string() })
            }
            Marker::F64 => {
                let float = read::read_f64(&mut self.rest).map_err(|_| invalid())?;
                Number::try_from(float).map_err(|e| CodecError { path: path.clone(), message: e.to_string() })
            }
            Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => self
                .text(path)?
                .parse()
                .map_err(|e: super::number::InvalidNumber| CodecError { path: path.clone(), message: e.to_string() }),
            Marker::U64 => read::read_u64(&mut self.rest).map(Number::from).map_err(|_| invalid()),
            _ => read::read_int::<i64, _>(&mut self.rest).map(Number::from).map_err(|_| invalid()),
        }
    }

    fn unknown(&mut self, path: &Path) -> Result<Value, CodecError> {
        let meta = read::read_ext_meta(&mut self.rest).or_else(|_| fail(path, "a broken extension"))?;
        let payload = self.bytes(meta.size as usize, path)?;
        if meta.typeid != REFINED || payload.len() <= 1 {
            return Ok(Value::unknown());
        }
        if payload.len() > MAX_REFINEMENT {
            return fail(path, "a refinement longer than 1024 bytes");
        }
        let mut inner = Reader { rest: payload };
        let count = inner.map(path, "a refinement")?;
        let mut refinement = Refinement::default();
        for _ in 0..count {
            let key = read::read_int::<i64, _>(&mut inner.rest).or_else(|_| fail(path, "a broken refinement"))?;
            match key {
                1 => {
                    let null = read::read_bool(&mut inner.rest).or_else(|_| fail(path, "a broken refinement"))?;
                    refinement.null = Some(null);
                }
                2 => refinement.prefix = Some(inner.text(path)?.to_owned()),
                3 => refinement.minimum = Some(inner.bound(path)?),
                4 => refinement.maximum = Some(inner.bound(path)?),
                5 | 6 => {
                    let length =
                        read::read_int::<i64, _>(&mut inner.rest).or_else(|_| fail(path, "a broken refinement"))?;
                    *(if key == 5 { &mut refinement.minimum_length } else { &mut refinement.maximum_length }) =
                        Some(length);
                }
                // A promise of a kind invented later: what stands behind it cannot be told apart, so stop reading.
                // Promising less than Terraform knows is always allowed.
                _ => break,
            }
        }
        Ok(Value::Unknown(Box::new(refinement)))
    }

    fn bound(&mut self, path: &Path) -> Result<(Number, bool), CodecError> {
        if self.array(path, "a bound")? != 2 {
            return fail(path, "a broken refinement");
        }
        let number = self.number(path)?;
        let inclusive = read::read_bool(&mut self.rest).or_else(|_| fail(path, "a broken refinement"))?;
        Ok((number, inclusive))
    }
}

/// Writes `value` as a value of type `ty`.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, CodecError> {
    let mut out = Vec::new();
    put(&mut out, value, ty, &Path::root())?;
    Ok(out)
}

/// Writing into a `Vec` cannot fail.
fn sure<T, E>(_: Result<T, E>) {}

fn put(out: &mut Vec<u8>, value: &Value, ty: &Type, path: &Path) -> Result<(), CodecError> {
    match (value, ty) {
        (Value::Null, _) => sure(write::write_nil(out)),
        (Value::Unknown(refinement), _) => put_unknown(out, refinement),
        (Value::Bool(b), Type::Bool) => sure(write::write_bool(out, *b)),
        (Value::Number(n), Type::Number) => put_number(out, n),
        (Value::String(s), Type::String) => sure(write::write_str(out, s)),
        (Value::List(items), Type::List(element)) => {
            sure(write::write_array_len(out, items.len() as u32));
            for (i, item) in items.iter().enumerate() {
                put(out, item, element, &path.index(i))?;
            }
        }
        (Value::Set(items), Type::Set(element)) => {
            sure(write::write_array_len(out, items.len() as u32));
            let at = path.element();
            for item in items {
                put(out, item, element, &at)?;
            }
        }
        (Value::List(items), Type::Tuple(types)) if items.len() == types.len() => {
            sure(write::write_array_len(out, items.len() as u32));
            for (i, (item, ty)) in items.iter().zip(types).enumerate() {
                put(out, item, ty, &path.index(i))?;
            }
        }
        (Value::Map(items), Type::Map(element)) => {
            sure(write::write_map_len(out, items.len() as u32));
            for (key, item) in items {
                sure(write::write_str(out, key));
                put(out, item, element, &path.key(key))?;
            }
        }
        (Value::Object(object), Type::Object(attributes)) => {
            if let Some(extra) = object.keys().find(|name| !attributes.contains_key(*name)) {
                return fail(path, format!("there is no attribute {extra:?} here"));
            }
            sure(write::write_map_len(out, attributes.len() as u32));
            for (name, ty) in attributes {
                sure(write::write_str(out, name));
                put(out, object.get(name).unwrap_or(&Value::Null), ty, &path.attribute(name))?;
            }
        }
        (Value::Dynamic(inner), Type::Dynamic) => {
            sure(write::write_array_len(out, 2));
            sure(write::write_bin(out, inner.0.to_json().to_string().as_bytes()));
            put(out, &inner.1, &inner.0, path)?;
        }
        _ => return fail(path, format!("expected {}", ty.noun())),
    }
    Ok(())
}

/// As Terraform itself writes numbers: an integer if it is one, a float if a float holds it, else decimal text.
fn put_number(out: &mut Vec<u8>, number: &Number) {
    match (number.as_i64(), number.as_exact_f64()) {
        (Some(int), _) => sure(write::write_sint(out, int)),
        (None, Some(float)) => sure(write::write_f64(out, float)),
        (None, None) => sure(write::write_str(out, &number.to_string())),
    }
}

fn put_unknown(out: &mut Vec<u8>, refinement: &Refinement) {
    if refinement.is_empty() {
        // The bytes Terraform writes: a one-byte extension of code 0.
        out.extend_from_slice(&[0xd4, 0, 0]);
        return;
    }
    let mut count = 0;
    let mut body = Vec::new();
    let mut entry = |key: u8, body: &mut Vec<u8>| {
        count += 1;
        sure(write::write_uint(body, u64::from(key)));
    };
    if let Some(null) = refinement.null {
        entry(1, &mut body);
        sure(write::write_bool(&mut body, null));
    }
    if let Some(prefix) = &refinement.prefix {
        entry(2, &mut body);
        sure(write::write_str(&mut body, prefix));
    }
    for (key, bound) in [(3, &refinement.minimum), (4, &refinement.maximum)] {
        if let Some((number, inclusive)) = bound {
            entry(key, &mut body);
            sure(write::write_array_len(&mut body, 2));
            put_number(&mut body, number);
            sure(write::write_bool(&mut body, *inclusive));
        }
    }
    for (key, length) in [(5, refinement.minimum_length), (6, refinement.maximum_length)] {
        if let Some(length) = length {
            entry(key, &mut body);
            sure(write::write_sint(&mut body, length));
        }
    }
    let mut payload = Vec::with_capacity(body.len() + 1);
    sure(write::write_map_len(&mut payload, count));
    payload.extend(body);
    if payload.len() > MAX_REFINEMENT {
        out.extend_from_slice(&[0xd4, 0, 0]);
        return;
    }
    sure(write::write_ext_meta(out, payload.len() as u32, REFINED));
    out.extend(payload);
}

#[cfg(test)]
mod tests;
