//! What operations make of a resource, as tables, and for any operations at all.

use proptest::prelude::*;

use super::super::resource_type::{GROUP, USER};
use super::*;

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn ada() -> Value {
    json!({
        "userName": "ada@acme.example",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "active": true,
        "emails": [
            {"value": "ada@acme.example", "type": "work", "primary": true},
            {"value": "ada@home.example", "type": "home"},
        ],
        ENTERPRISE: {"department": "R&D", "manager": {"value": "u2", "$ref": "u2"}},
    })
}

fn crew() -> Value {
    json!({
        "displayName": "crew",
        "members": [
            {"value": "u1", "$ref": "https://x/Users/u1", "display": "Ada", "type": "User"},
            {"value": "u2", "$ref": "https://x/Users/u2", "display": "Bob", "type": "User"},
        ],
    })
}

/// What one operation makes of a resource with the id `r1`, or the `scimType` and detail of the refusal.
fn after(kind: &'static ResourceType, resource: Value, operation: &Value) -> Result<Value, String> {
    let message = json!({"schemas": [PATCH_URN], "Operations": [operation]});
    let mut resource = resource.as_object().unwrap().clone();
    apply(kind, "r1", &mut resource, message.as_object().unwrap())
        .map(|()| Value::Object(resource))
        .map_err(|refusal| format!("{}: {}", refusal.kind.unwrap(), refusal.detail))
}

/// `resource` with the value at each JSON pointer, or without it for `null`.
fn with(mut resource: Value, changes: &[(&str, Value)]) -> Value {
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = resource.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Value::Null => drop(parent.shift_remove(name)),
            value => drop(parent.insert(name.to_owned(), value.clone())),
        }
    }
    resource
}

#[test]
fn operations_on_users() {
    let work = json!({"value": "ada@acme.example", "type": "work", "primary": true});
    let home = json!({"value": "ada@home.example", "type": "home"});
    let manager = format!("/{ENTERPRISE}/manager");
    for (operation, changes) in [
        // Okta's deactivation, word for word.
        (json!({"op": "replace", "value": {"active": false}}), vec![("/active", json!(false))]),
        // Entra's, old and new.
        (json!({"op": "Replace", "path": "active", "value": "False"}), vec![("/active", json!(false))]),
        (json!({"op": "Add", "path": "title", "value": "Countess"}), vec![("/title", json!("Countess"))]),
        (json!({"OP": "replace", "Path": "TITLE", "Value": "Countess"}), vec![("/title", json!("Countess"))]),
        (json!({"op": "replace", "path": format!("{CORE}:title"), "value": "X"}), vec![("/title", json!("X"))]),
        (json!({"op": "remove", "path": "active"}), vec![("/active", Value::Null)]),
        (json!({"op": "remove", "path": "title"}), vec![]),
        (json!({"op": "replace", "path": "title", "value": null}), vec![]),
        (json!({"op": "replace", "path": "active", "value": null}), vec![("/active", Value::Null)]),
        // Parts of a complex attribute.
        (json!({"op": "replace", "path": "name.givenName", "value": "A."}), vec![("/name/givenName", json!("A."))]),
        (
            json!({"op": "replace", "path": "name", "value": {"givenName": "A.", "familyName": null}}),
            vec![("/name", json!({"givenName": "A."}))],
        ),
        (json!({"op": "add", "path": "name", "value": {"middleName": "K."}}), vec![("/name/middleName", json!("K."))]),
        (json!({"op": "remove", "path": "name.givenName"}), vec![("/name/givenName", Value::Null)]),
        (json!({"op": "remove", "path": "name"}), vec![("/name", Value::Null)]),
        // Lists as a whole.
        (json!({"op": "replace", "path": "emails", "value": [home]}), vec![("/emails", json!([home]))]),
        (json!({"op": "replace", "path": "emails", "value": home}), vec![("/emails", json!([home]))]),
        (json!({"op": "replace", "path": "emails", "value": []}), vec![("/emails", Value::Null)]),
        (json!({"op": "remove", "path": "emails"}), vec![("/emails", Value::Null)]),
        (json!({"op": "remove", "path": "emails", "value": [home]}), vec![("/emails", json!([work]))]),
        (json!({"op": "add", "path": "emails", "value": []}), vec![]),
        (json!({"op": "add", "path": "emails", "value": [home]}), vec![]),
        (
            json!({"op": "add", "path": "emails", "value": [{"value": "ada@home.example", "type": "home", "primary": true}]}),
            vec![(
                "/emails",
                json!([
                    {"value": "ada@acme.example", "type": "work", "primary": false},
                    {"value": "ada@home.example", "type": "home", "primary": true},
                ]),
            )],
        ),
        (
            json!({"op": "add", "path": "emails", "value": {"value": "a@x", "type": "other", "primary": true}}),
            vec![(
                "/emails",
                json!([
                    {"value": "ada@acme.example", "type": "work", "primary": false},
                    home,
                    {"value": "a@x", "type": "other", "primary": true},
                ]),
            )],
        ),
        (
            json!({"op": "replace", "path": "emails.type", "value": "other"}),
            vec![(
                "/emails",
                json!([
                    {"value": "ada@acme.example", "type": "other", "primary": true},
                    {"value": "ada@home.example", "type": "other"},
                ]),
            )],
        ),
        (json!({"op": "remove", "path": "phoneNumbers.type"}), vec![]),
        // Some values of a list.
        (
            json!({"op": "replace", "path": "emails[type eq \"home\"].value", "value": "x@y"}),
            vec![("/emails", json!([work, {"value": "x@y", "type": "home"}]))],
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"home\"]", "value": {"value": "x@y"}}),
            vec![("/emails", json!([work, {"value": "x@y"}]))],
        ),
        (
            json!({"op": "add", "path": "emails[type eq \"home\"]", "value": {"display": "Home"}}),
            vec![("/emails", json!([work, {"value": "ada@home.example", "type": "home", "display": "Home"}]))],
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true}),
            vec![(
                "/emails",
                json!([
                    {"value": "ada@acme.example", "type": "work", "primary": false},
                    {"value": "ada@home.example", "type": "home", "primary": true},
                ]),
            )],
        ),
        (json!({"op": "remove", "path": "emails[type eq \"home\"]"}), vec![("/emails", json!([work]))]),
        (json!({"op": "remove", "path": "emails[value pr]"}), vec![("/emails", Value::Null)]),
        (json!({"op": "remove", "path": "emails[type eq \"other\"]"}), vec![]),
        (json!({"op": "remove", "path": "emails[type eq \"other\"].value"}), vec![]),
        (
            json!({"op": "remove", "path": "emails[type eq \"home\"].type"}),
            vec![("/emails", json!([work, {"value": "ada@home.example"}]))],
        ),
        // Entra's way to a first value.
        (
            json!({"op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "1"}),
            vec![("/phoneNumbers", json!([{"type": "mobile", "value": "1"}]))],
        ),
        (
            json!({"op": "add", "path": "roles[primary eq true and type eq \"x\"]", "value": {"value": "r"}}),
            vec![("/roles", json!([{"primary": true, "type": "x", "value": "r"}]))],
        ),
        // The extension.
        (
            json!({"op": "replace", "path": format!("{ENTERPRISE}:department"), "value": "Engines"}),
            vec![("/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/department", json!("Engines"))],
        ),
        (
            json!({"op": "remove", "path": format!("{ENTERPRISE}:manager.$ref")}),
            vec![(manager.as_str(), json!({"value": "u2"}))],
        ),
        (
            json!({"op": "add", "path": ENTERPRISE, "value": {"division": "D"}}),
            vec![("/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/division", json!("D"))],
        ),
        (
            json!({"op": "remove", "path": ENTERPRISE}),
            vec![("/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", Value::Null)],
        ),
        // Without a path: what is unknown or the service's own is passed over.
        (
            json!({"op": "replace", "value": {
                "schemas": [CORE],
                "id": "r1",
                "meta": {"created": "2026-03-25T06:09:58Z"},
                "groups": [{"value": "g1"}],
                "shoeSize": 38,
                "password": "plum",
                "name.givenName": "A.",
                "emails[type eq \"home\"].value": "x@y",
                "title": "Countess",
                format!("{ENTERPRISE}:department"): "Engines",
            }}),
            vec![
                ("/name/givenName", json!("A.")),
                ("/emails", json!([work, {"value": "x@y", "type": "home"}])),
                ("/title", json!("Countess")),
                ("/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/department", json!("Engines")),
            ],
        ),
        (json!({"op": "add", "value": {"emails": [home], "externalId": "00u1"}}), vec![("/externalId", json!("00u1"))]),
        // A password is taken and not kept.
        (json!({"op": "replace", "path": "password", "value": "plum"}), vec![]),
        (json!({"op": "remove", "path": "password"}), vec![]),
    ] {
        assert_eq!(after(&USER, ada(), &operation), Ok(with(ada(), &changes)), "{operation}");
    }
}

#[test]
fn operations_on_groups() {
    let member = |id: &str, name: &str| json!({"value": id, "$ref": format!("https://x/Users/{id}"), "display": name, "type": "User"});
    for (operation, changes) in [
        // Okta's rename, word for word.
        (
            json!({"op": "replace", "value": {"id": "r1", "displayName": "staff"}}),
            vec![("/displayName", json!("staff"))],
        ),
        // Okta's changes of members.
        (json!({"op": "remove", "path": "members[value eq \"u2\"]"}), vec![("/members", json!([member("u1", "Ada")]))]),
        (json!({"op": "remove", "path": "members[value eq \"u9\"]"}), vec![]),
        (
            json!({"op": "add", "path": "members", "value": [{"value": "u3", "display": "c@acme.example"}]}),
            vec![(
                "/members",
                json!([member("u1", "Ada"), member("u2", "Bob"), {"value": "u3", "display": "c@acme.example"}]),
            )],
        ),
        (
            json!({"op": "replace", "path": "members", "value": [{"value": "u3"}]}),
            vec![("/members", json!([{"value": "u3"}]))],
        ),
        // Entra's.
        (
            json!({"op": "Remove", "path": "members", "value": [{"value": "u1"}, {"value": "u9"}]}),
            vec![("/members", json!([member("u2", "Bob")]))],
        ),
        (json!({"op": "Remove", "path": "members"}), vec![("/members", Value::Null)]),
        (
            json!({"op": "remove", "path": "members[display co \"b\"]"}),
            vec![("/members", json!([member("u1", "Ada")]))],
        ),
    ] {
        assert_eq!(after(&GROUP, crew(), &operation), Ok(with(crew(), &changes)), "{operation}");
    }
}

#[test]
fn operations_that_are_refused() {
    for (operation, refusal) in [
        (json!({}), "invalidSyntax: op must be add, replace or remove, not \"\""),
        (json!({"op": "move"}), "invalidSyntax: op must be add, replace or remove, not \"move\""),
        (json!("replace"), "invalidSyntax: an operation must be an object"),
        (json!({"op": "remove"}), "noTarget: remove needs a path"),
        (json!({"op": "add"}), "invalidValue: an operation without a path needs an object as its value"),
        (
            json!({"op": "replace", "value": "x"}),
            "invalidValue: an operation without a path needs an object as its value",
        ),
        (json!({"op": "add", "path": "title"}), "invalidValue: the operation on title has no value"),
        (json!({"op": "add", "path": 7, "value": 1}), "invalidPath: path must be a string"),
        (json!({"op": "add", "path": "", "value": 1}), "invalidPath: path : it does not begin with an attribute"),
        (json!({"op": "add", "path": "shoeSize", "value": 1}), "invalidPath: path shoeSize: shoeSize is no attribute"),
        (json!({"op": "remove", "path": "shoeSize"}), "invalidPath: path shoeSize: shoeSize is no attribute"),
        (
            json!({"op": "add", "path": "title[value eq \"x\"]", "value": 1}),
            "invalidPath: path title[value eq \"x\"]: title has no values to choose from",
        ),
        (
            json!({"op": "add", "path": "emails[type eq \"x\"].size", "value": 1}),
            "invalidPath: path emails[type eq \"x\"].size: .size is no part of emails",
        ),
        (
            json!({"op": "add", "path": "emails[type eq \"x\"", "value": 1}),
            "invalidPath: path emails[type eq \"x\": it does not end after the filter",
        ),
        (
            json!({"op": "add", "path": "emails[type is \"x\"]", "value": 1}),
            "invalidFilter: path emails[type is \"x\"]: is is no operator",
        ),
        (json!({"op": "replace", "path": "id", "value": "r1"}), "mutability: id cannot be changed"),
        (json!({"op": "replace", "value": {"id": "r2"}}), "mutability: id cannot be changed"),
        (json!({"op": "remove", "path": "groups"}), "mutability: groups cannot be changed"),
        (
            json!({"op": "remove", "path": "groups[value eq \"g1\"]"}),
            "mutability: groups[value eq \"g1\"] cannot be changed",
        ),
        (json!({"op": "add", "path": "meta.created", "value": "x"}), "mutability: meta.created cannot be changed"),
        (json!({"op": "remove", "path": "userName"}), "mutability: userName is required"),
        (json!({"op": "replace", "path": "userName", "value": null}), "invalidValue: userName is required"),
        (json!({"op": "replace", "path": "userName", "value": ""}), "invalidValue: userName is required"),
        (json!({"op": "replace", "path": "userName", "value": 7}), "invalidValue: userName must be a string"),
        (json!({"op": "replace", "value": {"active": "no"}}), "invalidValue: active must be a boolean"),
        (json!({"op": "replace", "path": "name", "value": "Ada"}), "invalidValue: name must be an object"),
        (json!({"op": "add", "path": "emails", "value": "x@y"}), "invalidValue: emails must be an object"),
        (json!({"op": "add", "path": "emails.value", "value": 7}), "invalidValue: emails.value must be a string"),
        (
            json!({"op": "replace", "path": "emails[type eq \"other\"].value", "value": "x"}),
            "noTarget: path emails[type eq \"other\"].value selects nothing",
        ),
        (
            json!({"op": "add", "path": "emails[type co \"other\"].value", "value": "x"}),
            "noTarget: path emails[type co \"other\"].value selects nothing",
        ),
        (
            json!({"op": "add", "path": "phoneNumbers.value", "value": "x"}),
            "noTarget: path phoneNumbers.value selects nothing",
        ),
        (
            json!({"op": "replace", "path": "emails.primary", "value": true}),
            "invalidValue: at most one of emails can be primary",
        ),
    ] {
        assert_eq!(after(&USER, ada(), &operation), Err(refusal.to_owned()), "{operation}");
    }
    let renamed = json!({"op": "replace", "path": "members[value eq \"u1\"].value", "value": "u3"});
    let refusal = "mutability: members[value eq \"u1\"].value cannot be changed".to_owned();
    assert_eq!(after(&GROUP, crew(), &renamed), Err(refusal));
}

#[test]
fn messages_that_are_none() {
    for message in [
        json!({"Operations": [{"op": "replace", "value": {"active": false}}]}),
        json!({"schemas": [CORE], "Operations": [{"op": "replace", "value": {"active": false}}]}),
        json!({"schemas": [PATCH_URN]}),
        json!({"schemas": [PATCH_URN], "Operations": []}),
        json!({"schemas": [PATCH_URN], "Operations": {"op": "replace"}}),
    ] {
        let mut resource = ada().as_object().unwrap().clone();
        let refused = apply(&USER, "r1", &mut resource, message.as_object().unwrap()).unwrap_err();
        assert_eq!(refused.kind, Some("invalidSyntax"), "{message}");
    }
}

/// A path that often means something.
fn path() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => prop::sample::select(vec![
            "userName", "title", "active", "name", "name.givenName", "emails", "emails.value", "emails.primary", "password",
            "emails[type eq \"work\"]", "emails[type eq \"work\"].value", "emails[primary eq true].primary",
            "emails[not (value pr)]", "roles[value eq \"x\" or type pr]", "x509Certificates", "groups", "id", "meta",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", "schemas", "externalId",
        ]).prop_map(|path| json!(path)),
        1 => r#"[a-zA-Z.:\[\]" ]{0,12}"#.prop_map(|path| json!(path)),
        1 => Just(Value::Null),
    ]
}

/// A value that sometimes fits.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(|value| json!(value)),
        any::<i32>().prop_map(|value| json!(value)),
        prop::sample::select(vec!["work", "home", "True", "a@acme.example", "", "AAAA"]).prop_map(|value| json!(value)),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let name = prop::sample::select(vec![
            "value",
            "type",
            "primary",
            "display",
            "givenName",
            "userName",
            "active",
            "emails",
            "name",
            "roles",
            "id",
            "department",
            "manager",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            "shoeSize",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            prop::collection::vec((name, inner), 0..4).prop_map(|members| {
                Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            }),
        ]
    })
}

fn operation() -> impl Strategy<Value = Value> {
    let op = prop::sample::select(vec!["add", "Replace", "remove"]);
    (op, path(), value()).prop_map(|(op, path, value)| json!({"op": op, "path": path, "value": value}))
}

proptest! {
    /// A resource stays one that could have been sent whole: reading it again changes nothing.
    #[test]
    fn a_patched_resource_is_valid(operations in prop::collection::vec(operation(), 1..12)) {
        let mut resource = ada();
        for operation in operations {
            let Ok(patched) = after(&USER, resource.clone(), &operation) else { continue };
            let mut sent = patched.as_object().unwrap().clone();
            sent.insert("schemas".into(), json!([CORE]));
            let read = body::resource(&USER, &sent).map(Value::Object);
            prop_assert_eq!(read, Ok(patched.clone()), "{}", operation);
            resource = patched;
        }
    }
}
