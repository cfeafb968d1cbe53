//! The SCIM service on the team domain, and its read side in the API.

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::Mock;

use crate::cloudflare::{Caller, assert_failure, members, okta};
use crate::http::{Answer, send};

/// An identity provider with SCIM on: its id, endpoint and secret.
struct Endpoint {
    id: String,
    url: String,
    secret: String,
}

impl Endpoint {
    async fn new(caller: &Caller) -> Self {
        let created = caller.create(okta(json!({"enabled": true}))).await;
        let text = |pointer: &str| created.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
        Self { id: text("/id"), url: text("/scim_config/scim_base_url"), secret: text("/scim_config/secret") }
    }

    async fn get(&self, path: &str) -> Answer {
        let answer = self.get_as(path, &self.secret).await;
        assert_eq!(answer.header("content-type"), "application/scim+json");
        answer
    }

    async fn get_as(&self, path: &str, credential: &str) -> Answer {
        let headers = [("authorization", credential)];
        send(Method::GET, &format!("{}{path}", self.url), &headers, &Value::Null).await
    }
}

fn user(id: &str, user_name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": id,
        "externalId": format!("00u-{id}"),
        "userName": user_name,
        "displayName": user_name.to_uppercase(),
        "active": true,
        "emails": [{"value": user_name, "type": "work", "primary": true}],
        "meta": {"resourceType": "User", "created": "2026-03-25T06:09:58Z", "lastModified": "2026-03-25T06:09:58Z"},
    })
}

fn fill(mock: &Mock, id: &str) {
    let mut account = mock.cloudflare();
    let directory = account.identity_provider_mut(id).unwrap().directory_mut();
    directory.users = (1..=5).map(|number| user(&format!("u{number}"), &format!("p{number}@acme.example"))).collect();
    directory.groups = vec![json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "id": "g1",
        "externalId": "00g-g1",
        "displayName": "access-admins",
        "members": [{"value": "u1", "display": "p1@acme.example"}],
        "meta": {"resourceType": "Group", "created": "2026-03-25T06:09:58Z", "lastModified": "2026-03-25T06:09:58Z"},
    })];
}

#[tokio::test]
async fn an_empty_service_answers_what_a_credential_test_asks() {
    let caller = Caller::new().await;
    let endpoint = Endpoint::new(&caller).await;
    for path in ["/Users?startIndex=1&count=2", "/Groups?startIndex=1&count=100"] {
        let answer = endpoint.get(path).await;
        assert_eq!(answer.status, 200);
        let empty = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": 0,
            "startIndex": 1,
            "itemsPerPage": 0,
            "Resources": [],
        });
        assert_eq!(answer.json(), empty);
    }
    let config = endpoint.get("/ServiceProviderConfig").await.json();
    assert_eq!(config["patch"]["supported"], true);
    assert_eq!(config["filter"], json!({"supported": true, "maxResults": 100}));
}

#[tokio::test]
async fn only_the_secret_in_force_is_a_credential() {
    let caller = Caller::new().await;
    let endpoint = Endpoint::new(&caller).await;
    let other = Endpoint::new(&caller).await;
    let current = endpoint.secret.as_str();
    for accepted in [current.to_owned(), format!("Bearer {current}"), format!("bearer {current}")] {
        assert_eq!(endpoint.get_as("/Users", &accepted).await.status, 200);
    }
    let api_token = caller.mock.cloudflare_token();
    for refused in ["", "Bearer", "wrong", &format!("Basic {current}"), &other.secret, &api_token] {
        let answer = endpoint.get_as("/Users", refused).await;
        assert_eq!(answer.status, 401, "{refused}");
        assert_eq!(answer.header("content-type"), "application/scim+json");
        let body = answer.json();
        assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!(body["status"], "401");
        assert!(body["detail"].is_string());
    }
    let regenerated = {
        let mut account = caller.mock.cloudflare();
        account.identity_provider_mut(&endpoint.id).unwrap().regenerate_scim_secret().unwrap()
    };
    assert_eq!(endpoint.get_as("/Users", current).await.status, 401);
    assert_eq!(endpoint.get_as("/Users", &regenerated).await.status, 200);
    caller.put(&endpoint.id, okta(json!({}))).await;
    assert_eq!(endpoint.get_as("/Users", &regenerated).await.status, 401);
}

#[tokio::test]
async fn lists_have_filters_and_pages() {
    let caller = Caller::new().await;
    let endpoint = Endpoint::new(&caller).await;
    fill(&caller.mock, &endpoint.id);
    let second = endpoint.get("/Users?startIndex=4&count=3").await.json();
    assert_eq!((&second["totalResults"], &second["itemsPerPage"]), (&json!(5), &json!(2)));
    assert_eq!(second["Resources"][0]["id"], "u4");
    assert_eq!(endpoint.get("/Users?count=0").await.json()["Resources"], json!([]));
    assert_eq!(endpoint.get("/Users?startIndex=0&count=-1").await.json()["startIndex"], 1);
    for filter in [
        "userName eq \"P2@acme.example\"",
        "username EQ \"p2@acme.example\"",
        "id eq \"u2\"",
        "externalId eq \"00u-u2\"",
    ] {
        let encoded: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let found = endpoint.get(&format!("/Users?filter={encoded}&startIndex=1&count=100")).await.json();
        assert_eq!((&found["totalResults"], &found["Resources"][0]["id"]), (&json!(1), &json!("u2")), "{filter}");
    }
    let groups = endpoint.get("/Groups?filter=displayName%20eq%20%22access-admins%22").await.json();
    assert_eq!(groups["Resources"][0]["members"][0]["value"], "u1");
    for filter in ["userName", "userName co \"p\"", "shoeSize eq \"9\"", "userName eq p2"] {
        let encoded: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let refused = endpoint.get(&format!("/Users?filter={encoded}")).await;
        assert_eq!((refused.status, &refused.json()["scimType"]), (400, &json!("invalidFilter")), "{filter}");
    }
}

#[tokio::test]
async fn one_resource_is_found_by_its_id() {
    let caller = Caller::new().await;
    let endpoint = Endpoint::new(&caller).await;
    fill(&caller.mock, &endpoint.id);
    assert_eq!(endpoint.get("/Users/u3").await.json()["userName"], "p3@acme.example");
    assert_eq!(endpoint.get("/Groups/g1").await.json()["displayName"], "access-admins");
    for path in ["/Users/g1", "/Groups/u1"] {
        let missing = endpoint.get(path).await;
        assert_eq!((missing.status, &missing.json()["status"]), (404, &json!("404")));
    }
}

#[tokio::test]
async fn the_api_shows_what_scim_brought() {
    let caller = Caller::new().await;
    let endpoint = Endpoint::new(&caller).await;
    let of = |noun: &str| caller.account(&format!("access/identity_providers/{}/scim/{noun}", endpoint.id));
    let empty = caller.get(&of("users")).await;
    assert_eq!(empty["result"], json!([]));
    let info = json!({"page": 1, "per_page": 100, "count": 0, "total_count": 0, "total_pages": 0});
    assert_eq!(empty["result_info"], info);

    fill(&caller.mock, &endpoint.id);
    let users = caller.get(&of("users")).await;
    let names = ["active", "displayName", "emails", "externalId", "id", "meta", "schemas"];
    assert_eq!(members(&users["result"][0]), names);
    let groups = caller.get(&of("groups")).await;
    assert_eq!(members(&groups["result"][0]), ["displayName", "externalId", "id", "meta", "schemas"]);

    let ids = async |query: &str| {
        let found = caller.get(&of(&format!("users?{query}"))).await;
        let found = found["result"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned());
        found.collect::<Vec<_>>()
    };
    assert_eq!(ids("username=p2%40acme.example").await, ["u2"]);
    assert_eq!(ids("email=P3%40acme.example").await, ["u3"]);
    assert_eq!(ids("name=p4%40acme.example").await, ["u4"]);
    assert_eq!(ids("cf_resource_id=u1&cf_resource_id=u5").await, ["u1", "u5"]);
    assert_eq!(ids("idp_resource_id=00u-u2").await, ["u2"]);
    assert_eq!(ids("page=2&per_page=4").await, ["u5"]);
    let many: Vec<String> = (0..51).map(|number| format!("cf_resource_id={number}")).collect();
    for query in ["cf_resource_id=u1&idp_resource_id=x", "cf_resource_id=u1&name=x", "per_page=101", &many.join("&")] {
        let answer = caller.call(Method::GET, &of(&format!("users?{query}")), Value::Null).await;
        assert_failure(&answer, 400, 12130);
    }
    assert_eq!(caller.mock.world().summary()["cloudflare"]["scim_users"], 5);
}
