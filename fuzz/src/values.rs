//! Types and values out of the bytes that a fuzzer makes up.

use std::collections::BTreeMap;

use arbitrary::{Result, Unstructured};
use zt::framework::number::Number;
use zt::framework::schema::{Attribute, Nesting, Shape};
use zt::framework::types::Type;
use zt::framework::validate::Validator;
use zt::framework::value::{Refinement, Value};

/// How deep made-up types and values nest.
const DEPTH: usize = 5;

/// Any type.
pub fn any_type(u: &mut Unstructured<'_>) -> Result<Type> {
    type_within(u, DEPTH)
}

fn type_within(u: &mut Unstructured<'_>, depth: usize) -> Result<Type> {
    let choices = if depth == 0 { 3 } else { 8 };
    Ok(match u.int_in_range(0..=choices)? {
        0 => Type::Bool,
        1 => Type::Number,
        2 => Type::String,
        3 => Type::Dynamic,
        4 => Type::list(type_within(u, depth - 1)?),
        5 => Type::set(type_within(u, depth - 1)?),
        6 => Type::map(type_within(u, depth - 1)?),
        7 => {
            let attributes = (0..u.int_in_range(0..=3)?).map(|_| Ok((name(u)?, type_within(u, depth - 1)?)));
            Type::Object(attributes.collect::<Result<_>>()?)
        }
        _ => {
            let parts = (0..u.int_in_range(0..=3)?).map(|_| type_within(u, depth - 1));
            Type::Tuple(parts.collect::<Result<_>>()?)
        }
    })
}

fn name(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(u.choose(&["a", "b", "type", "value", "", "\u{e9}"])?.to_string())
}

/// Any value of a type, with parts that are null or unknown.
pub fn any_value(u: &mut Unstructured<'_>, ty: &Type) -> Result<Value> {
    match u.int_in_range(0..=9)? {
        0 => return Ok(Value::Null),
        1 => return Ok(Value::Unknown(Box::new(refinement(u)?))),
        _ => {}
    }
    Ok(match ty {
        Type::Bool => Value::Bool(u.arbitrary()?),
        Type::Number => Value::Number(number(u)?),
        Type::String => Value::string(u.arbitrary::<&str>()?),
        Type::List(element) => Value::List(elements(u, element)?),
        Type::Set(element) => Value::Set(elements(u, element)?),
        Type::Map(element) => {
            let entries = (0..u.int_in_range(0..=3)?).map(|_| Ok((name(u)?, any_value(u, element)?)));
            Value::Map(entries.collect::<Result<_>>()?)
        }
        Type::Object(attributes) => {
            let entries = attributes.iter().map(|(name, ty)| Ok((name.clone(), any_value(u, ty)?)));
            Value::Object(entries.collect::<Result<_>>()?)
        }
        Type::Tuple(types) => Value::List(types.iter().map(|ty| any_value(u, ty)).collect::<Result<_>>()?),
        Type::Dynamic => {
            let ty = type_within(u, 2)?;
            let value = any_value(u, &ty)?;
            Value::Dynamic(Box::new((ty, value)))
        }
    })
}

fn elements(u: &mut Unstructured<'_>, ty: &Type) -> Result<Vec<Value>> {
    (0..u.int_in_range(0..=3)?).map(|_| any_value(u, ty)).collect()
}

fn number(u: &mut Unstructured<'_>) -> Result<Number> {
    let text = match u.int_in_range(0..=3)? {
        0 => return Ok(Number::from(u.arbitrary::<i64>()?)),
        1 => return Ok(Number::from(u.arbitrary::<u64>()?)),
        2 => return Ok(Number::try_from(u.arbitrary::<f64>()?).unwrap_or_else(|_| 0_i64.into())),
        _ => u.arbitrary::<&str>()?,
    };
    Ok(text.parse().unwrap_or_else(|_| 1_i64.into()))
}

fn refinement(u: &mut Unstructured<'_>) -> Result<Refinement> {
    let bound = |u: &mut Unstructured<'_>| Ok(Some((number(u)?, u.arbitrary()?)));
    let mut made = Refinement::default();
    match u.int_in_range(0..=7)? {
        0 => made.null = u.arbitrary()?,
        1 => made.prefix = u.arbitrary::<Option<&str>>()?.map(str::to_owned),
        2 => made.minimum = bound(u)?,
        3 => made.maximum = bound(u)?,
        4 => (made.minimum_length, made.maximum_length) = u.arbitrary()?,
        _ => {}
    }
    Ok(made)
}

/// What the texts of a plausible configuration are taken from.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Texts that may go anywhere.
    pub anywhere: Vec<String>,
    /// Texts for attributes whose name ends so.
    pub by_name: BTreeMap<&'static str, Vec<String>>,
}

impl Words {
    fn of(&self, name: &str) -> &[String] {
        self.by_name.iter().find(|(end, _)| name.ends_with(*end)).map_or(&self.anywhere, |(_, words)| words)
    }
}

/// A value of an object as somebody might have configured it: mostly accepted by the schema's own checks. Attributes that
/// only the provider sets are null, unless `computed` says that they may be anything.
pub fn plausible(u: &mut Unstructured<'_>, attributes: &[Attribute], words: &Words, computed: bool) -> Result<Value> {
    let entries = attributes.iter().map(|attribute| {
        let behaviour = &attribute.behaviour;
        let sets = behaviour.required || (behaviour.optional || computed) && u.ratio(2, 5)?;
        let value = if sets { one(u, attribute, words, computed)? } else { Value::Null };
        Ok((attribute.name.to_owned(), value))
    });
    Ok(Value::Object(entries.collect::<Result<_>>()?))
}

fn one(u: &mut Unstructured<'_>, attribute: &Attribute, words: &Words, computed: bool) -> Result<Value> {
    match u.int_in_range(0..=19)? {
        0 => return Ok(Value::unknown()),
        1 => return any_value(u, &attribute.shape.ty()),
        _ => {}
    }
    match &attribute.shape {
        Shape::Plain(ty) => plain(u, attribute, ty, words),
        Shape::Nested(Nesting::Single, inner) => plausible(u, inner, words, computed),
        Shape::Nested(nesting, inner) => {
            let items = (0..u.int_in_range(0..=3)?).map(|_| plausible(u, inner, words, computed));
            let items = items.collect::<Result<Vec<_>>>()?;
            Ok(match nesting {
                Nesting::Set => Value::Set(items),
                Nesting::Map => {
                    Value::Map(items.into_iter().enumerate().map(|(i, item)| (i.to_string(), item)).collect())
                }
                _ => Value::List(items),
            })
        }
    }
}

fn plain(u: &mut Unstructured<'_>, attribute: &Attribute, ty: &Type, words: &Words) -> Result<Value> {
    Ok(match ty {
        Type::String => Value::string(text(u, attribute, words)?),
        Type::Bool => Value::Bool(u.arbitrary()?),
        Type::Number => Value::Number(i64::from(u.int_in_range(0..=20_u8)?).into()),
        Type::List(element) => Value::List(plain_elements(u, attribute, element, words)?),
        Type::Set(element) => Value::Set(plain_elements(u, attribute, element, words)?),
        Type::Map(element) => {
            let items = plain_elements(u, attribute, element, words)?;
            Value::Map(items.into_iter().enumerate().map(|(i, item)| (i.to_string(), item)).collect())
        }
        other => any_value(u, other)?,
    })
}

fn plain_elements(
    u: &mut Unstructured<'_>,
    attribute: &Attribute,
    element: &Type,
    words: &Words,
) -> Result<Vec<Value>> {
    (0..u.int_in_range(0..=3)?).map(|_| plain(u, attribute, element, words)).collect()
}

fn text(u: &mut Unstructured<'_>, attribute: &Attribute, words: &Words) -> Result<String> {
    let choices = attribute.behaviour.validators.iter().find_map(choices);
    if let Some(choices) = choices
        && !choices.is_empty()
    {
        return Ok(u.choose(choices)?.to_string());
    }
    let words = words.of(attribute.name);
    if words.is_empty() { Ok(u.arbitrary::<&str>()?.to_owned()) } else { Ok(u.choose(words)?.clone()) }
}

fn choices(validator: &Validator) -> Option<&'static [&'static str]> {
    match validator {
        Validator::OneOf(choices) => Some(choices),
        Validator::Each(each) => choices(each),
        _ => None,
    }
}
