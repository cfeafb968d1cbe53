//! What Okta's published suite for SCIM 2.0 services expects of one, asked with its client's headers.
//!
//! <https://developer.okta.com/docs/guides/scim-provisioning-integration-prepare/main/>

use reqwest::Method;
use serde_json::{Value, json};

use super::{Endpoint, USER, assert_refusal};
use crate::http::{Answer, client};

async fn ask(endpoint: &Endpoint, credential: &str, method: Method, path: &str, body: &Value) -> Answer {
    let mut request = client(None)
        .request(method.clone(), format!("{}{path}", endpoint.url))
        .header("user-agent", "OKTA SCIM Integration")
        .header("accept-charset", "utf-8")
        .header("authorization", credential);
    request = if method == Method::GET {
        let kind = "application/scim+json; charset=utf-8";
        request.header("accept", "application/scim+json").header("content-type", kind)
    } else {
        request.header("accept", "application/scim+json; charset=utf-8").json(body)
    };
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, text: response.text().await.unwrap() }
}

#[tokio::test]
async fn the_service_is_one_that_okta_can_work_with() {
    let endpoint = Endpoint::new().await;
    let get = async |path: &str| ask(&endpoint, &endpoint.secret, Method::GET, path, &Value::Null).await;
    let post = async |body: &Value| ask(&endpoint, &endpoint.secret, Method::POST, "/Users", body).await;
    let grace = json!({
        "schemas": [USER],
        "userName": "grace.hopper@acme.example",
        "name": {"givenName": "Grace", "familyName": "Hopper"},
        "emails": [{"primary": true, "value": "grace.hopper@acme.example", "type": "work"}],
        "displayName": "Grace Hopper",
        "active": true,
    });
    let by_name = "/Users?filter=userName%20eq%20%22grace.hopper@acme.example%22";
    let nobody = get(by_name).await;
    assert_eq!((nobody.status, &nobody.json()["totalResults"]), (200, &json!(0)));

    let created = post(&grace).await;
    assert_eq!(created.status, 201);
    let created = created.json();
    for (member, value) in grace.as_object().unwrap() {
        assert_eq!(&created[member], value);
    }
    let one = format!("/Users/{}", created["id"].as_str().unwrap());
    assert_eq!(get(&one).await.json(), created);
    assert_eq!(post(&grace).await.status, 409);
    let shouted = get(&by_name.replace("grace.hopper", "GRACE.HOPPER")).await.json();
    assert_eq!((&shouted["totalResults"], &shouted["Resources"]), (&json!(1), &json!([created])));

    let list = get("/Users?count=1&startIndex=1").await.json();
    assert_eq!(list["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]));
    assert!(["itemsPerPage", "startIndex", "totalResults"].iter().all(|number| list[number] == 1), "{list}");
    assert_eq!(list["Resources"][0], created);
    assert!(get("/Groups").await.json()["Resources"].is_array());

    for missing in ["/Users/00919288221112222", "/Users/8a2b58cd-64fe-4982-abdb-7a1cd614695b"] {
        let answer = get(missing).await;
        assert_eq!(answer.status, 404);
        assert_refusal(&answer, None);
    }
    let stranger = ask(&endpoint, "non-token", Method::GET, by_name, &Value::Null).await;
    assert_eq!(stranger.status, 401);
    assert_refusal(&stranger, None);
}
