//! What SCIM brought, as Cloudflare's API shows it again: `scim/users` and `scim/groups`.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Endpoint, GROUP, USER};
use crate::cloudflare::{assert_failure, members};

#[tokio::test]
async fn the_api_shows_what_scim_brought() {
    let endpoint = Endpoint::new().await;
    let caller = &endpoint.caller;
    let of = |noun: &str| caller.account(&format!("access/identity_providers/{}/scim/{noun}", endpoint.id));
    let empty = caller.get(&of("users")).await;
    assert_eq!(empty["result"], json!([]));
    let info = json!({"page": 1, "per_page": 100, "count": 0, "total_count": 0, "total_pages": 0});
    assert_eq!(empty["result_info"], info);

    let mut users = Vec::new();
    for number in 1..=5 {
        let user = json!({
            "schemas": [USER],
            "externalId": format!("00u{number}"),
            "userName": format!("p{number}@acme.example"),
            "displayName": format!("P{number}"),
            "active": number != 5,
            "title": "not shown",
            "emails": [{"value": format!("mail{number}@acme.example"), "type": "work", "primary": true}],
        });
        users.push(endpoint.expect(Method::POST, "/Users", user, 201).await);
    }
    let group = json!({
        "schemas": [GROUP],
        "externalId": "00g1",
        "displayName": "access-admins",
        "members": [{"value": users[0]["id"]}],
    });
    let group = endpoint.expect(Method::POST, "/Groups", group, 201).await;

    let shown = caller.get(&of("users")).await;
    assert_eq!(shown["result_info"]["total_count"], 5);
    let expected = json!({
        "schemas": [USER],
        "id": users[4]["id"],
        "externalId": "00u5",
        "displayName": "P5",
        "active": false,
        "emails": [{"value": "mail5@acme.example", "type": "work", "primary": true}],
        "meta": {"created": users[4]["meta"]["created"], "lastModified": users[4]["meta"]["created"]},
    });
    assert_eq!(shown["result"][4], expected);
    let groups = caller.get(&of("groups")).await;
    assert_eq!(members(&groups["result"][0]), ["displayName", "externalId", "id", "meta", "schemas"]);
    assert_eq!(groups["result"][0]["id"], group["id"]);

    let names = async |query: &str| {
        let found = caller.get(&of(&format!("users?{query}"))).await;
        let found =
            found["result"].as_array().unwrap().iter().map(|user| user["displayName"].as_str().unwrap().to_owned());
        found.collect::<Vec<_>>()
    };
    let id = |number: usize| users[number - 1]["id"].as_str().unwrap();
    assert_eq!(names("username=P2%40acme.example").await, ["P2"]);
    assert_eq!(names("email=Mail3%40acme.example").await, ["P3"]);
    assert_eq!(names("name=p4").await, ["P4"]);
    assert_eq!(names(&format!("cf_resource_id={}&cf_resource_id={}", id(1), id(5))).await, ["P1", "P5"]);
    assert_eq!(names("idp_resource_id=00u2").await, ["P2"]);
    assert_eq!(names("page=2&per_page=4").await, ["P5"]);
    let many: Vec<String> = (0..51).map(|number| format!("cf_resource_id={number}")).collect();
    for query in ["cf_resource_id=u1&idp_resource_id=x", "cf_resource_id=u1&name=x", "per_page=101", &many.join("&")] {
        let answer = caller.call(Method::GET, &of(&format!("users?{query}")), Value::Null).await;
        assert_failure(&answer, 400, 12130);
    }
    let summary = &caller.mock.world().summary()["cloudflare"];
    assert_eq!((summary["scim_users"], summary["scim_groups"]), (5, 1));
}
