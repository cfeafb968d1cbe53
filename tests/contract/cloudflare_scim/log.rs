//! The log of what SCIM clients wrote.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use super::{Endpoint, GROUP, patch, path, user};
use crate::cloudflare::{assert_failure, members};

/// The entries that a query finds, besides the identity provider's.
async fn entries(endpoint: &Endpoint, query: &str) -> Vec<Value> {
    let logs = endpoint.caller.account(&format!("access/logs/scim/updates?idp_id={}&{query}", endpoint.id));
    endpoint.caller.get(&logs).await["result"].as_array().unwrap().clone()
}

/// A short story of writes, some of which fail; the user and the group of it.
async fn story(endpoint: &Endpoint) -> (Value, Value) {
    let mut ada = user("ada@acme.example");
    ada["externalId"] = json!("00u1");
    let ada = endpoint.expect(Method::POST, "/Users", ada, 201).await;
    endpoint.refused(Method::POST, "/Users", user("ada@acme.example"), 409, Some("uniqueness")).await;
    let crew = json!({"schemas": [GROUP], "displayName": "crew", "externalId": "00g1"});
    let crew = endpoint.expect(Method::POST, "/Groups", crew, 201).await;
    endpoint.caller.mock.world().clock.advance(Duration::from_secs(3600));
    endpoint.patch(&crew, json!([{"op": "replace", "value": {"displayName": "sailors"}}])).await;
    endpoint.refused(Method::PATCH, &path(&ada), patch(json!([])), 400, Some("invalidSyntax")).await;
    endpoint.refused(Method::DELETE, "/Users/nobody", Value::Null, 404, None).await;
    endpoint.delete(&path(&ada)).await;
    (ada, crew)
}

#[tokio::test]
async fn every_write_is_logged_and_no_read() {
    let endpoint = Endpoint::new().await;
    let (ada, crew) = story(&endpoint).await;
    endpoint.get("/Users").await;
    let log = entries(&endpoint, "direction=asc").await;
    let told: Vec<String> = log
        .iter()
        .map(|entry| {
            let text = |name: &str| entry[name].as_str().unwrap();
            format!(
                "{} {} {}{} {}: {}",
                text("request_method"),
                text("resource_type"),
                text("resource_user_email"),
                text("resource_group_name"),
                text("status"),
                text("error_description"),
            )
        })
        .collect();
    let expected = [
        "POST USER ada@acme.example SUCCESS: ",
        "POST USER ada@acme.example FAILURE: userName ada@acme.example is taken",
        "POST GROUP crew SUCCESS: ",
        "PATCH GROUP sailors SUCCESS: ",
        "PATCH USER ada@acme.example FAILURE: Operations must be a list, and not empty",
        "DELETE USER  FAILURE: Resource nobody not found",
        "DELETE USER ada@acme.example SUCCESS: ",
    ];
    assert_eq!(told, expected);
    assert_eq!(
        members(&log[0]),
        [
            "cf_resource_id",
            "error_description",
            "idp_id",
            "idp_resource_id",
            "logged_at",
            "request_body",
            "request_method",
            "resource_group_name",
            "resource_type",
            "resource_user_email",
            "status",
        ]
    );
    for (entry, resource, external_id) in [(0, &ada, "00u1"), (3, &crew, "00g1"), (6, &ada, "00u1")] {
        assert_eq!(
            (&log[entry]["cf_resource_id"], &log[entry]["idp_resource_id"]),
            (&resource["id"], &json!(external_id))
        );
        assert_eq!(log[entry]["idp_id"], endpoint.id);
    }
    let body: Value = serde_json::from_str(log[0]["request_body"].as_str().unwrap()).unwrap();
    assert_eq!(body["userName"], "ada@acme.example");
    assert_eq!(log[6]["request_body"], "");
    // Newest first, unless asked otherwise.
    let newest: Vec<Value> = log.into_iter().rev().collect();
    assert_eq!(entries(&endpoint, "").await, newest);
    // Whoever does not know the secret leaves no trace.
    let stranger = [("authorization", "wrong")];
    crate::http::send(Method::POST, &format!("{}/Users", endpoint.url), &stranger, &user("x@acme.example")).await;
    assert_eq!(entries(&endpoint, "").await.len(), 7);
}

#[tokio::test]
async fn the_log_is_filtered_and_paged() {
    let endpoint = Endpoint::new().await;
    let (ada, _) = story(&endpoint).await;
    let now = endpoint.caller.mock.world().clock.now();
    let at = |ago: u64| (now - Duration::from_secs(ago)).format(&Rfc3339).unwrap();
    for (query, count) in [
        ("status=FAILURE".to_owned(), 3),
        ("status=FAILURE&status=SUCCESS".to_owned(), 7),
        ("resource_type=GROUP".to_owned(), 2),
        ("request_method=POST".to_owned(), 3),
        ("request_method=POST&request_method=DELETE&status=SUCCESS".to_owned(), 3),
        ("resource_group_name=crew".to_owned(), 1),
        ("resource_user_email=ADA%40acme.example".to_owned(), 4),
        (format!("cf_resource_id={}", ada["id"].as_str().unwrap()), 3),
        ("idp_resource_id=00g1".to_owned(), 2),
        (format!("since={}", at(1800)), 4),
        (format!("until={}", at(1800)), 3),
        (format!("since={}&until={}", at(7200), at(1800)), 3),
        ("limit=2".to_owned(), 2),
        ("per_page=5".to_owned(), 5),
        ("per_page=5&page=2".to_owned(), 2),
    ] {
        assert_eq!(entries(&endpoint, &query).await.len(), count, "{query}");
    }
    let logs = endpoint.caller.account("access/logs/scim/updates");
    let other = endpoint.caller.get(&format!("{logs}?idp_id=8a2b58cd-64fe-4982-abdb-7a1cd614695b")).await;
    assert_eq!(other["result"], json!([]));
    assert_eq!(other["result_info"]["per_page"], 20);
    let both = format!("{logs}?idp_id=8a2b58cd-64fe-4982-abdb-7a1cd614695b&idp_id={}", endpoint.id);
    assert_eq!(endpoint.caller.get(&both).await["result_info"]["total_count"], 7);
    let many: Vec<String> = (0..51).map(|number| format!("idp_id={number}")).collect();
    for query in ["", "idp_id=x&direction=up", "idp_id=x&since=yesterday", "idp_id=x&limit=0", &many.join("&")] {
        let answer = endpoint.caller.call(Method::GET, &format!("{logs}?{query}"), Value::Null).await;
        assert_failure(&answer, 400, 12130);
    }
}
