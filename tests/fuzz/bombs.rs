//! Inputs that were made to burst something: deep, long, or claiming to be.

use axum::body::Body;
use axum::extract::Request;
use http::{HeaderValue, Method, header};
use serde_json::{Value as Json, json};
use zt::framework::msgpack::decode;
use zt::framework::number::Number;
use zt::framework::types::Type;
use zt::mock::Side;
use zt::proto::tfplugin6 as pb;

use crate::mock::{ask, escaped};
use crate::terraform::{Terraform, raw_state};
use crate::vendors::Vendors;
use crate::watch::watched;

/// A type of lists in lists.
fn nested_type(depth: usize) -> Type {
    (0..depth).fold(Type::Bool, |inner, _| Type::list(inner))
}

/// A dynamic value in a dynamic value, and so on.
fn nested_dynamic(depth: usize) -> Vec<u8> {
    // [bin "dynamic" in JSON, …]
    let mut bytes: Vec<u8> = [[0x92, 0xc4, 9].as_slice(), b"\"dynamic\""].concat().repeat(depth);
    bytes.push(0xc0);
    bytes
}

#[test]
fn deep_messages_are_refused() {
    watched("deep messages", || {
        for depth in [65, 1000, 100_000] {
            assert!(decode(&nested_dynamic(depth), &Type::Dynamic).is_err(), "{depth}");
        }
        let arrays = [vec![0x91; 1000], vec![0xc2]].concat();
        assert!(decode(&arrays, &nested_type(1000)).is_err());
        let mut claims = vec![0x92, 0xc6, 0, 1, 0, 0];
        claims.extend(b"[\"list\",".repeat(8192));
        assert!(decode(&claims, &Type::Dynamic).is_err(), "a type that is deep itself");
    });
}

#[test]
fn lengths_that_a_message_cannot_hold_are_refused_before_memory_is_set_aside() {
    watched("lengths", || {
        let all = [0xff_u8; 4];
        for (marker, ty) in [
            (0xdd_u8, Type::list(Type::Bool)),
            (0xdd, Type::set(Type::String)),
            (0xdd, Type::Tuple(vec![Type::Bool])),
            (0xdf, Type::map(Type::Bool)),
            (0xdf, Type::Object([("a".to_owned(), Type::Bool)].into())),
            (0xdb, Type::String),
            (0xdb, Type::Number),
            (0xc9, Type::Bool),
            (0xdd, Type::Dynamic),
        ] {
            let message = [&[marker][..], &all, &[0; 16]].concat();
            assert!(decode(&message, &ty).is_err(), "{marker:x}");
        }
    });
}

#[test]
fn numbers_that_cannot_be_written_out_are_refused() {
    watched("numbers", || {
        let texts = [
            "1e4294967296",
            "1e-4294967296",
            "0.1e-9223372036854775807",
            "0.1e9223372036854775807",
            "1e9223372036854775807",
            "1e-9223372036854775808",
            "1e99999999999999999999",
            "-0.000001e-9223372036854775807",
        ];
        for text in texts {
            assert!(text.parse::<Number>().is_err(), "{text}");
            let length = u8::try_from(text.len()).unwrap();
            let message = [&[0xd9, length][..], text.as_bytes()].concat();
            assert!(decode(&message, &Type::Number).is_err(), "{text}");
        }
        assert!("9".repeat(5000).parse::<Number>().is_err());
        let tiny = decode(&[0xcb, 0, 0, 0, 0, 0, 0, 0, 1], &Type::Number).unwrap();
        assert!(zt::framework::msgpack::encode(&tiny, &Type::Number).is_ok());
    });
}

#[test]
fn deep_states_are_refused() {
    let terraform = Terraform::offline();
    watched("deep states", || {
        for kind in terraform.resources() {
            for text in ["[".repeat(100_000), "{\"a\":".repeat(100_000), format!("{{\"id\":{}1", "[".repeat(100_000))] {
                for version in [0, 1] {
                    let upgraded = terraform.upgrade(kind, version, raw_state(text.clone().into_bytes()));
                    assert!(upgraded.failed, "{}", kind.name);
                }
                let json = pb::DynamicValue { msgpack: Vec::new(), json: text.clone().into_bytes() };
                assert!(!terraform.validate(kind, json, true));
            }
        }
    });
}

/// Asks the SCIM service of a directory with one person in it.
fn scim(method: Method, rest: &str, body: &Json) {
    let vendors = Vendors::get();
    let scene = vendors.begin(&[]);
    let send = |method: Method, rest: &str, body: &Json| {
        let mut request = Request::new(Body::from(body.to_string()));
        *request.method_mut() = method;
        *request.uri_mut() = format!("{}{rest}", scene.scim_path).parse().unwrap();
        let bearer = HeaderValue::try_from(format!("Bearer {}", scene.scim_secret)).unwrap();
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/scim+json"));
        ask(vendors, Side::Team, request);
    };
    let somebody = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "a@b.example"});
    send(Method::POST, "/Users", &somebody);
    let account = vendors.mock().cloudflare();
    let idp = scene.scim_path.split('/').nth(2).unwrap();
    let id = account.identity_provider(idp).unwrap().directory().users().next().unwrap().id().to_owned();
    drop(account);
    send(method, &rest.replace("{id}", &id), body);
}

/// As long as a URL may be: filters that are no filters for anybody but a machine.
fn filters() -> Vec<String> {
    vec![
        format!("{}a eq 1{}", "(".repeat(10_000), ")".repeat(10_000)),
        "(".repeat(10_000),
        format!("{}a pr{}", "not (".repeat(5_000), ")".repeat(5_000)),
        format!("{}a pr{}", "emails[".repeat(5_000), "]".repeat(5_000)),
        vec!["userName eq \"a\""; 2_500].join(" and "),
        vec!["userName eq \"a\""; 2_500].join(" or "),
        format!("userName eq \"{}\"", "\\\"".repeat(10_000)),
    ]
}

#[test]
fn filters_of_ten_thousand_parentheses_are_answered() {
    watched("filters", || {
        for filter in filters() {
            scim(Method::GET, &format!("/Users?filter={}", escaped(&filter)), &Json::Null);
            let path = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{"op": "replace", "path": format!("emails[{filter}].value"), "value": "x"}]});
            scim(Method::PATCH, "/Users/{id}", &path);
            okta(&format!("/api/v1/users?search={}", escaped(&filter)));
            okta(&format!("/api/v1/groups?search={}", escaped(&filter)));
            okta(&format!("/api/v1/apps?filter={}", escaped(&filter)));
            okta(&format!("/api/v1/logs?filter={}", escaped(&filter)));
        }
    });
}

fn okta(uri: &str) {
    let vendors = Vendors::get();
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = uri.parse().unwrap();
    let token = HeaderValue::try_from(format!("SSWS {}", vendors.mock().okta_token())).unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, token);
    ask(vendors, Side::Okta, request);
}

#[test]
fn deep_bodies_are_answered() {
    watched("bodies", || {
        let deep = (0..120).fold(Json::Null, |inner, _| json!({"emails": [inner]}));
        let operations = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "add", "value": deep}]});
        scim(Method::PATCH, "/Users/{id}", &operations);
        scim(Method::PUT, "/Users/{id}", &deep);
        let many: Vec<Json> =
            (0..2000).map(|i| json!({"op": "add", "path": "emails", "value": [{"value": i}]})).collect();
        let many = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": many});
        scim(Method::PATCH, "/Users/{id}", &many);
    });
}
