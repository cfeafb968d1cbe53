use super::*;
use crate::framework::arbitrary::{any_type, any_value};
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
