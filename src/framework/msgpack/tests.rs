use super::*;
use proptest::prelude::*;

fn object(attributes: &[(&str, Type)]) -> Type {
    Type::Object(attributes.iter().map(|(k, t)| (k.to_string(), t.clone())).collect())
}

fn number(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

#[test]
fn numbers_are_written_as_terraform_writes_them() {
    let cases: [(&str, &[u8]); 6] = [
        ("1.0", &[1]),
        ("0.5", &[0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0]),
        ("0.1", b"\xa30.1"),
        ("-1", &[0xff]),
        ("9223372036854775808", &[0xcb, 0x43, 0xe0, 0, 0, 0, 0, 0, 0]),
        ("1e-7", b"\xa90.0000001"),
    ];
    for (text, bytes) in cases {
        let encoded = encode(&number(text), &Type::Number).unwrap();
        // Integers beyond 64 bits may travel as text or as an exact float; Terraform reads both alike.
        if text != "9223372036854775808" {
            assert_eq!(encoded, bytes, "{text}");
        }
        assert_eq!(decode(&encoded, &Type::Number).unwrap(), number(text), "{text}");
    }
}

#[test]
fn big_numbers_arrive_as_text() {
    let mut bytes = Vec::new();
    write::write_str(&mut bytes, "9223372036854775808").unwrap();
    assert_eq!(decode(&bytes, &Type::Number).unwrap(), number("9223372036854775808"));
}

#[test]
fn unknown_values_keep_their_promises() {
    // What Terraform 1.11 sends for a computed name with a known prefix.
    let bytes = [0xc7, 0x08, 0x0c, 0x82, 0x01, 0xc2, 0x02, 0xa3, b'a', b'b', b'-'];
    let value = decode(&bytes, &Type::String).unwrap();
    let Value::Unknown(refinement) = &value else { panic!("{value:?}") };
    assert_eq!((refinement.null, refinement.prefix.as_deref()), (Some(false), Some("ab-")));
    let again = encode(&value, &Type::String).unwrap();
    assert_eq!(again[again.len() - 8..], bytes[3..], "the same promises, whichever header carries them");
    assert_eq!(decode(&again, &Type::String).unwrap(), value);
    assert_eq!(encode(&Value::unknown(), &Type::String).unwrap(), [0xd4, 0, 0]);
    assert_eq!(decode(&[0xd4, 0, 0], &Type::Bool).unwrap(), Value::unknown());
}

#[test]
fn dynamic_values_carry_their_type() {
    let ty = object(&[("a", Type::Tuple(vec![Type::Number, Type::String]))]);
    let inner = Value::Object([("a".into(), Value::List(vec![number("1"), Value::string("x")]))].into());
    let value = Value::Dynamic(Box::new((ty, inner)));
    let bytes = encode(&value, &Type::Dynamic).unwrap();
    assert_eq!(bytes[1], 0xc4, "the type travels as bin8");
    assert_eq!(decode(&bytes, &Type::Dynamic).unwrap(), value);
}

#[test]
fn null_is_not_absent() {
    let ty = object(&[("a", Type::String), ("b", Type::list(Type::Bool))]);
    let error = decode(b"\x81\xa1a\xc0", &ty).unwrap_err();
    assert_eq!(error.to_string(), r#"the attribute "b" is missing"#);
    let error = decode(b"\x81\xa1c\xc0", &ty).unwrap_err();
    assert_eq!(error.to_string(), r#"there is no attribute "c" here"#);
    let null = Value::Object([("a".into(), Value::Null), ("b".into(), Value::Null)].into());
    let empty = Value::Object([("a".into(), Value::Null), ("b".into(), Value::List(vec![]))].into());
    assert_ne!(encode(&null, &ty).unwrap(), encode(&empty, &ty).unwrap());
}

#[test]
fn errors_say_where() {
    let ty = object(&[("rules", Type::list(object(&[("on", Type::Bool)])))]);
    let error = decode(b"\x81\xa5rules\x91\x81\xa2on\xa1x", &ty).unwrap_err();
    assert_eq!(error.to_string(), "rules[0].on: expected a bool");
}

#[test]
fn lying_lengths_allocate_nothing() {
    assert!(decode(&[0xdd, 0xff, 0xff, 0xff, 0xff], &Type::list(Type::Bool)).is_err());
    assert!(decode(&[0xdf, 0xff, 0xff, 0xff, 0xff], &Type::map(Type::Bool)).is_err());
    assert!(decode(&[0xdb, 0xff, 0xff, 0xff, 0xff], &Type::String).is_err());
}

#[test]
fn endless_nesting_is_refused() {
    let mut bytes = Vec::new();
    for _ in 0..10_000 {
        bytes.extend_from_slice(b"\x92\xa9\"dynamic\"");
    }
    bytes.push(0xc0);
    assert_eq!(decode(&bytes, &Type::Dynamic).unwrap_err().message, "nested too deeply");
}

fn any_type() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String), Just(Type::Dynamic)];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            proptest::collection::btree_map("[a-z]{1,4}", inner.clone(), 0..4).prop_map(Type::Object),
            proptest::collection::vec(inner, 0..4).prop_map(Type::Tuple),
        ]
    })
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

fn any_value(ty: Type) -> BoxedStrategy<Value> {
    let known = match ty {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => prop_oneof![
            any::<i64>().prop_map(|n| Value::Number(n.into())),
            any::<f64>().prop_filter_map("finite", |f| Number::try_from(f).ok()).prop_map(Value::Number),
            "-?[0-9]{1,40}(\\.[0-9]{1,40})?".prop_map(|text| number(&text)),
        ]
        .boxed(),
        Type::String => any::<String>().prop_map(Value::string).boxed(),
        Type::List(t) => proptest::collection::vec(any_value(*t), 0..4).prop_map(Value::List).boxed(),
        Type::Set(t) => proptest::collection::vec(any_value(*t), 0..4).prop_map(Value::Set).boxed(),
        Type::Map(t) => proptest::collection::btree_map("[a-z]{0,4}", any_value(*t), 0..4).prop_map(Value::Map).boxed(),
        Type::Object(attributes) => attributes
            .into_iter()
            .map(|(name, t)| any_value(t).prop_map(move |v| (name.clone(), v)).boxed())
            .collect::<Vec<_>>()
            .prop_map(|pairs| Value::Object(pairs.into_iter().collect()))
            .boxed(),
        Type::Tuple(types) => types.into_iter().map(any_value).collect::<Vec<_>>().prop_map(Value::List).boxed(),
        Type::Dynamic => prop_oneof![Just(Type::Bool), Just(Type::list(Type::Number)), Just(Type::String)]
            .prop_flat_map(|t| any_value(t.clone()).prop_map(move |v| Value::Dynamic(Box::new((t.clone(), v)))))
            .boxed(),
    };
    prop_oneof![
        1 => Just(Value::Null),
        1 => any_refinement().prop_map(|r| Value::Unknown(Box::new(r))),
        6 => known,
    ]
    .boxed()
}

proptest! {
    #[test]
    fn what_is_written_is_read((ty, value) in any_type().prop_flat_map(|t| (Just(t.clone()), any_value(t)))) {
        let bytes = encode(&value, &ty).unwrap();
        prop_assert_eq!(decode(&bytes, &ty).unwrap(), value);
    }

    #[test]
    fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..256), ty in any_type()) {
        if let Ok(value) = decode(&bytes, &ty) {
            // Whatever was accepted can be said again.
            prop_assert_eq!(decode(&encode(&value, &ty).unwrap(), &ty).unwrap(), value);
        }
    }

    #[test]
    fn cut_off_messages_are_errors((ty, value) in any_type().prop_flat_map(|t| (Just(t.clone()), any_value(t)))) {
        let bytes = encode(&value, &ty).unwrap();
        for end in 0..bytes.len() {
            prop_assert!(decode(&bytes[..end], &ty).is_err());
        }
    }
}
