//! Whether an object that a service shows is the one that was sent: the question after an answer that was lost.

use serde_json::{Map, Value};

use super::secret;

/// Whether `shown` has every field of `sent`, with the same value. What a service adds of its own does not count.
///
/// Null, absent, `false`, an empty text and an empty list are one thing, as the vendors leave out what is not set. Lists
/// of plain values are sets: neither vendor promises an order. A value that is asterisks only is not shown, and tells
/// nothing. A secret that is never shown has to be taken out of `sent` by the caller, who knows where it is.
pub(super) fn shows(shown: &Value, sent: &Value) -> bool {
    match (shown, sent) {
        (Value::Object(shown), Value::Object(sent)) => has_all(shown, sent),
        (_, Value::Object(sent)) => sent.values().all(|field| shows(&Value::Null, field)),
        (Value::String(text), _) if !text.is_empty() && secret::is_hidden(text) => true,
        (Value::Array(shown), Value::Array(sent)) => same_members(shown, sent),
        (shown, sent) if is_unset(sent) => is_unset(shown),
        (shown, sent) => shown == sent,
    }
}

fn has_all(shown: &Map<String, Value>, sent: &Map<String, Value>) -> bool {
    sent.iter().all(|(name, field)| shows(shown.get(name).unwrap_or(&Value::Null), field))
}

fn same_members(shown: &[Value], sent: &[Value]) -> bool {
    let plain = |list: &[Value]| list.iter().all(|member| !member.is_object() && !member.is_array());
    if plain(shown) && plain(sent) {
        return shown.iter().all(|member| sent.contains(member)) && sent.iter().all(|member| shown.contains(member));
    }
    shown.len() == sent.len() && shown.iter().zip(sent).all(|(shown, sent)| shows(shown, sent))
}

fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_was_sent_is_recognised_with_what_the_service_adds() {
        let sent = json!({"label": "A", "visibility": {"hide": {"web": false}}, "uris": ["b", "a"], "none": null});
        let shown = json!({"id": "0oa1", "label": "A", "uris": ["a", "b"], "visibility": {"hide": {"iOS": true}}});
        assert!(shows(&shown, &sent));
        assert!(shows(&json!({"secret": "****"}), &json!({"secret": "hunter2"})), "not shown, so it tells nothing");
        assert!(shows(&json!({}), &json!({"a": {"b": {"c": false, "d": []}}})));
    }

    #[test]
    fn one_field_that_differs_is_enough() {
        for (shown, sent) in [
            (json!({"label": "A"}), json!({"label": "B"})),
            (json!({}), json!({"label": "B"})),
            (json!({"on": true}), json!({"on": false})),
            (json!({"uris": ["a"]}), json!({"uris": ["a", "b"]})),
            (json!({"uris": ["a", "b"]}), json!({"uris": ["a"]})),
            (json!({"a": {"b": 1}}), json!({"a": {"b": 2}})),
            (json!({"a": "text"}), json!({"a": {"b": 2}})),
            (json!({"list": [{"a": 1}]}), json!({"list": [{"a": 1}, {"a": 2}]})),
        ] {
            assert!(!shows(&shown, &sent), "{shown} {sent}");
        }
    }

    fn tree() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-c]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-d]", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn everything_shows_itself(value in tree()) {
            prop_assert!(shows(&value, &value));
        }

        #[test]
        fn what_is_added_beside_it_changes_nothing(value in tree(), more in tree()) {
            let sent = json!({"sent": value});
            let mut shown = sent.clone();
            shown["more"] = more;
            prop_assert!(shows(&shown, &sent));
        }
    }
}
