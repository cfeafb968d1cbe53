//! Arbitrary types, and arbitrary values of a type, for property tests.

use super::{
    number::Number,
    types::Type,
    value::{Refinement, Value},
};
use proptest::{
    collection::{btree_map, vec},
    prelude::*,
};

/// Any type, nested three deep at most.
pub(super) fn any_type() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String), Just(Type::Dynamic)];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            btree_map("[a-z]{1,4}", inner.clone(), 0..4).prop_map(Type::Object),
            vec(inner, 0..4).prop_map(Type::Tuple),
        ]
    })
}

/// Any value of a type, with parts that are null or unknown.
pub(super) fn any_value(ty: Type) -> BoxedStrategy<Value> {
    let unknown = any_refinement().prop_map(|refinement| Value::Unknown(Box::new(refinement)));
    prop_oneof![1 => Just(Value::Null), 1 => unknown, 6 => known(ty, any_value)].boxed()
}

/// Any value that a state may hold: parts of it may be null, none is unknown.
pub(super) fn any_stored_value(ty: Type) -> BoxedStrategy<Value> {
    prop_oneof![1 => Just(Value::Null), 7 => known(ty, any_stored_value)].boxed()
}

/// A value that is known itself; `part` makes what is in it.
fn known(ty: Type, part: fn(Type) -> BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    match ty {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => any_number().prop_map(Value::Number).boxed(),
        Type::String => any::<String>().prop_map(Value::string).boxed(),
        Type::List(t) => vec(part(*t), 0..4).prop_map(Value::List).boxed(),
        Type::Set(t) => vec(part(*t), 0..4).prop_map(Value::Set).boxed(),
        Type::Map(t) => btree_map("[a-z]{0,4}", part(*t), 0..4).prop_map(Value::Map).boxed(),
        Type::Object(attributes) => attributes
            .into_iter()
            .map(|(name, t)| part(t).prop_map(move |value| (name.clone(), value)).boxed())
            .collect::<Vec<_>>()
            .prop_map(|pairs| Value::Object(pairs.into_iter().collect()))
            .boxed(),
        Type::Tuple(types) => types.into_iter().map(part).collect::<Vec<_>>().prop_map(Value::List).boxed(),
        Type::Dynamic => prop_oneof![Just(Type::Bool), Just(Type::list(Type::Number)), Just(Type::String)]
            .prop_flat_map(move |t| part(t.clone()).prop_map(move |v| Value::Dynamic(Box::new((t.clone(), v)))))
            .boxed(),
    }
}

/// Any number: of 64 bits, as a float holds it, or longer than either.
pub(super) fn any_number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<f64>().prop_filter_map("finite", |float| Number::try_from(float).ok()),
        "-?[0-9]{1,40}(\\.[0-9]{1,40})?".prop_map(|text| text.parse().unwrap()),
    ]
}

fn any_refinement() -> impl Strategy<Value = Refinement> {
    (any::<Option<bool>>(), proptest::option::of("[a-z]{0,8}"), any::<Option<(i64, bool)>>(), any::<Option<i64>>())
        .prop_map(|(null, prefix, minimum, maximum_length)| Refinement {
            null,
            prefix,
            minimum: minimum.map(|(n, inclusive)| (n.into(), inclusive)),
            maximum_length,
            ..Refinement::default()
        })
}
