use super::*;
use crate::framework::{
    arbitrary::{any_number, any_stored_value, any_type},
    path::Step,
    wire,
};
use proptest::{
    collection::{btree_map, vec},
    prelude::*,
};
use serde_json::json;

#[test]
fn unknown_attributes_are_dropped_and_missing_ones_null() {
    let ty = Type::Object([("a".to_string(), Type::String), ("b".to_string(), Type::Bool)].into());
    let value = decode(&json!({ "a": "x", "gone": [1, 2] }), &ty).unwrap();
    assert_eq!(encode(&value), json!({ "a": "x", "b": null }));
}

#[test]
fn numbers_stay_exact() {
    for text in ["0.1", "9223372036854775808", "1000000000000000000000000000000"] {
        let json: Json = serde_json::from_str(text).unwrap();
        let value = decode(&json, &Type::Number).unwrap();
        assert_eq!(value, Value::Number(text.parse().unwrap()));
        assert_eq!(encode(&value).to_string(), text);
    }
}

#[test]
fn errors_say_where() {
    let ty = Type::map(Type::list(Type::Bool));
    let error = decode(&json!({ "k": [true, "x"] }), &ty).unwrap_err();
    assert_eq!(error.to_string(), r#"["k"][1]: expected a bool"#);
}

#[test]
fn dynamic_values_name_their_type() {
    let json = json!({ "type": ["list", "string"], "value": ["a"] });
    let value = decode(&json, &Type::Dynamic).unwrap();
    assert_eq!(encode(&value), json);
}

#[test]
fn numbers_are_the_same_in_every_spelling() {
    for (spelt, plain) in
        [("1e30", "1000000000000000000000000000000"), ("10E-2", "0.1"), ("-0.0", "0"), ("2.50", "2.5")]
    {
        let bare: Json = serde_json::from_str(spelt).unwrap();
        for json in [bare, Json::String(spelt.to_owned())] {
            let value = decode(&json, &Type::Number).unwrap();
            assert_eq!(encode(&value).to_string(), plain);
        }
    }
}

#[test]
fn text_and_keys_are_normalised() {
    let json = json!({ "e\u{301}": "e\u{301}" });
    let value = decode(&json, &Type::map(Type::String)).unwrap();
    assert_eq!(encode(&value), json!({ "\u{e9}": "\u{e9}" }));
}

#[test]
fn an_empty_collection_is_not_null_and_a_typed_null_is_not_a_null() {
    let list = Type::list(Type::Bool);
    assert_ne!(decode(&json!([]), &list).unwrap(), decode(&Json::Null, &list).unwrap());
    let typed = decode(&json!({ "type": "string", "value": null }), &Type::Dynamic).unwrap();
    assert_eq!(typed, Value::Dynamic(Box::new((Type::String, Value::Null))));
    assert_ne!(typed, decode(&Json::Null, &Type::Dynamic).unwrap());
}

/// Any JSON, with what stands for dynamic values and their types among it.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any_number().prop_map(|number| serde_json::from_str(&number.to_string()).unwrap()),
        Just(serde_json::from_str("1e999999").unwrap()),
        any::<String>().prop_map(Json::from),
        prop_oneof![Just("string"), Just("list"), Just("12"), Just("1e999999")].prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            btree_map("[a-z]{1,4}", inner.clone(), 0..4)
                .prop_map(|entries| Json::Object(entries.into_iter().collect())),
            (any_type(), inner).prop_map(|(ty, value)| json!({ "type": ty.to_json(), "value": value })),
        ]
    })
}

/// A type, and JSON that has at least something of it: a value of that type in which one part was replaced.
fn damaged() -> impl Strategy<Value = (Type, Json)> {
    let valid = any_type().prop_flat_map(|ty| (Just(ty.clone()), any_stored_value(ty)));
    (valid, any_json(), any::<prop::sample::Index>()).prop_map(|((ty, value), intruder, index)| {
        let mut json = encode(&value);
        let count = parts(&mut json).len();
        *parts(&mut json).swap_remove(index.index(count)) = intruder;
        (ty, json)
    })
}

/// The whole, if it has no parts; otherwise everything in it that has none.
fn parts(json: &mut Json) -> Vec<&mut Json> {
    let has_parts = json.as_array().is_some_and(|items| !items.is_empty())
        || json.as_object().is_some_and(|entries| !entries.is_empty());
    match json {
        whole if !has_parts => vec![whole],
        Json::Array(items) => items.iter_mut().flat_map(parts).collect(),
        Json::Object(entries) => entries.values_mut().flat_map(parts).collect(),
        _ => Vec::new(),
    }
}

/// What stands at a place, with the type it should be of; several where the place is in an element of a set.
fn found<'a>(json: &'a Json, ty: &Type, steps: &[Step]) -> Vec<(&'a Json, Type)> {
    if let (Type::Dynamic, Some(ty), Some(value)) = (ty, json.get("type"), json.get("value"))
        && let Ok(ty) = Type::from_json(ty)
    {
        return found(value, &ty, steps);
    }
    let Some((step, rest)) = steps.split_first() else { return vec![(json, ty.clone())] };
    let part = match (step, ty) {
        (Step::Element, Type::Set(element)) => {
            let items = json.as_array().into_iter().flatten();
            return items.flat_map(|item| found(item, element, rest)).collect();
        }
        (Step::Index(i), Type::List(element)) => {
            usize::try_from(*i).ok().and_then(|i| Some((json.get(i)?, &**element)))
        }
        (Step::Index(i), Type::Tuple(types)) => {
            usize::try_from(*i).ok().and_then(|i| Some((json.get(i)?, types.get(i)?)))
        }
        (Step::Key(key), Type::Map(element)) => json.get(key).map(|item| (item, &**element)),
        (Step::Attribute(name), Type::Object(attributes)) => json.get(name).zip(attributes.get(name)),
        _ => None,
    };
    part.map(|(json, ty)| found(json, ty, rest)).unwrap_or_default()
}

proptest! {
    #[test]
    fn what_is_written_is_read((ty, value) in any_type().prop_flat_map(|t| (Just(t.clone()), any_stored_value(t)))) {
        let text = encode(&value).to_string();
        let json: Json = serde_json::from_str(&text).unwrap();
        let read = decode(&json, &ty).unwrap();
        prop_assert_eq!(&read, &value);
        prop_assert_eq!(encode(&read).to_string(), text, "and written again as it was");
    }

    #[test]
    fn numbers_are_exact(number in any_number()) {
        let value = Value::Number(number);
        let text = encode(&value).to_string();
        prop_assert_eq!(decode(&serde_json::from_str(&text).unwrap(), &Type::Number).unwrap(), value.clone());
        prop_assert_eq!(decode(&Json::String(text), &Type::Number).unwrap(), value);
    }

    #[test]
    fn text_is_in_normal_form_c(text in "[a-z\u{300}-\u{304}\u{1100}-\u{11ff}\u{2126}]{0,8}") {
        let value = decode(&Json::String(text.clone()), &Type::String).unwrap();
        prop_assert_eq!(&value, &Value::string(text));
        prop_assert_eq!(decode(&encode(&value), &Type::String).unwrap(), value);
    }

    #[test]
    fn an_absent_attribute_is_null_and_one_too_many_nothing(
        attributes in btree_map("[a-z]{1,4}", any_type().prop_flat_map(|t| (Just(t.clone()), any_stored_value(t))), 0..5),
        stranger in any_json(),
    ) {
        let ty = Type::Object(attributes.iter().map(|(name, (ty, _))| (name.clone(), ty.clone())).collect());
        let value = Value::Object(attributes.into_iter().map(|(name, (_, value))| (name, value)).collect());
        let mut json = encode(&value);
        let entries = json.as_object_mut().unwrap();
        entries.retain(|_, part| !part.is_null());
        entries.insert("STRANGER".to_owned(), stranger);
        prop_assert_eq!(decode(&json, &ty).unwrap(), value);
    }

    #[test]
    fn what_does_not_fit_is_an_error_at_its_place((ty, json) in damaged()) {
        match decode(&json, &ty) {
            // Whatever was accepted can be said again.
            Ok(value) => prop_assert_eq!(decode(&encode(&value), &ty).unwrap(), value),
            Err(error) => {
                let alone: Vec<_> = found(&json, &ty, error.path.steps())
                    .into_iter()
                    .filter_map(|(json, ty)| decode(json, &ty).err())
                    .collect();
                prop_assert!(
                    alone.iter().any(|alone| alone.path.is_root() && alone.message == error.message),
                    "{error} is not what is wrong there: {alone:?}"
                );
            }
        }
    }

    #[test]
    fn any_json_as_any_type_is_a_value_or_an_error(json in any_json(), ty in any_type()) {
        if let Ok(value) = decode(&json, &ty) {
            prop_assert_eq!(decode(&encode(&value), &ty).unwrap(), value);
        }
    }

    #[test]
    fn text_that_is_no_json_is_an_error(bytes in vec(any::<u8>(), 0..64), json in any_json()) {
        let _ = wire::parse(&bytes);
        let whole = json!({ "state": json }).to_string().into_bytes();
        prop_assert_eq!(wire::parse(&whole).unwrap(), json!({ "state": json }));
        for end in 0..whole.len() {
            prop_assert!(wire::parse(&whole[..end]).is_err());
        }
    }
}
