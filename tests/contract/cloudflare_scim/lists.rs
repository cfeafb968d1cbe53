//! Lists: filters, order and pages. The whole grammar of filters is tested beside its parser.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Endpoint, USER, path};

/// Five users `p1` to `p5`, and who they are.
async fn five(endpoint: &Endpoint) -> Vec<Value> {
    let mut users = Vec::new();
    for number in 1..=5 {
        let user = json!({
            "schemas": [USER],
            "userName": format!("p{number}@acme.example"),
            "externalId": format!("00u{number}"),
            "displayName": format!("Person {}", 6 - number),
            "title": (number % 2 == 0).then_some("Even"),
            "active": number != 3,
            "emails": [
                {"value": format!("p{number}@acme.example"), "type": "work", "primary": true},
                {"value": format!("p{number}@home.example"), "type": "home"},
            ],
        });
        users.push(endpoint.expect(Method::POST, "/Users", user, 201).await);
    }
    users
}

/// Which of the five a query finds, by number.
async fn found(endpoint: &Endpoint, query: &str) -> Vec<usize> {
    let list = endpoint.get(&format!("/Users?{query}")).await;
    let resources = list["Resources"].as_array().unwrap();
    assert_eq!(list["itemsPerPage"], resources.len());
    let number = |user: &Value| user["userName"].as_str().unwrap()[1..2].parse().unwrap();
    resources.iter().map(number).collect()
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn filters_select() {
    let endpoint = Endpoint::new().await;
    let users = five(&endpoint).await;
    let id = users[1]["id"].as_str().unwrap();
    for (filter, numbers) in [
        ("userName eq \"P2@acme.example\"", vec![2]),
        ("username EQ \"p2@acme.example\"", vec![2]),
        (&format!("id eq \"{id}\""), vec![2]),
        ("externalId eq \"00u2\"", vec![2]),
        ("externalId eq \"00U2\"", vec![]),
        ("userName eq \"nobody\"", vec![]),
        ("userName eq \"p2@acme.example\" and active eq false", vec![]),
        ("title eq \"even\"", vec![2, 4]),
        ("title pr and not (userName sw \"p4\")", vec![2]),
        ("active eq false or userName ge \"p5\"", vec![3, 5]),
        ("emails[type eq \"home\" and value sw \"p1\"]", vec![1]),
        ("emails[type eq \"home\" and value ew \"acme.example\"]", vec![]),
        ("emails.value co \"p5@home\"", vec![5]),
        (&format!("{USER}:displayName lt \"person 3\""), vec![4, 5]),
        ("meta.created gt \"2000-01-01T00:00:00Z\"", vec![1, 2, 3, 4, 5]),
    ] {
        let query = format!("filter={}&startIndex=1&count=100", encoded(filter));
        assert_eq!(found(&endpoint, &query).await, numbers, "{filter}");
    }
    for (filter, why) in [
        ("userName", "an operator is missing"),
        ("userName is \"p\"", "is is no operator"),
        ("shoeSize eq \"9\"", "shoeSize is no attribute"),
        ("userName eq p2", "p2 is no value"),
        ("active gt true", "active does not compare so"),
        ("(id pr", ") is missing"),
    ] {
        let query = format!("/Users?filter={}", encoded(filter));
        let detail = endpoint.refused(Method::GET, &query, Value::Null, 400, Some("invalidFilter")).await;
        assert!(detail.contains(why), "{detail}");
    }
}

#[tokio::test]
async fn lists_have_pages() {
    let endpoint = Endpoint::new().await;
    five(&endpoint).await;
    let second = endpoint.get("/Users?startIndex=4&count=3").await;
    assert_eq!((&second["totalResults"], &second["startIndex"]), (&json!(5), &json!(4)));
    for (query, numbers) in [
        ("", vec![1, 2, 3, 4, 5]),
        ("startIndex=4&count=3", vec![4, 5]),
        ("startIndex=6", vec![]),
        ("count=0", vec![]),
        ("startIndex=0&count=-1", vec![]),
        ("startIndex=-3&count=1", vec![1]),
        ("filter=active+eq+true&startIndex=2&count=2", vec![2, 4]),
    ] {
        assert_eq!(found(&endpoint, query).await, numbers, "{query}");
    }
    assert_eq!(endpoint.get("/Users?count=0").await["totalResults"], 5);
    for query in ["startIndex=one", "count=many", "sortBy=shoeSize", "sortOrder=up"] {
        endpoint.refused(Method::GET, &format!("/Users?{query}"), Value::Null, 400, Some("invalidValue")).await;
    }
}

#[tokio::test]
async fn lists_have_an_order() {
    let endpoint = Endpoint::new().await;
    let users = five(&endpoint).await;
    for (query, numbers) in [
        ("sortBy=displayName", vec![5, 4, 3, 2, 1]),
        ("sortBy=displayName&sortOrder=descending", vec![1, 2, 3, 4, 5]),
        ("sortBy=displayName&startIndex=2&count=2", vec![4, 3]),
        ("sortBy=emails&sortOrder=descending&filter=active+eq+true", vec![5, 4, 2, 1]),
        ("sortBy=active&sortOrder=ascending&count=1", vec![3]),
        // Whoever has no title comes last, and first the other way round; equals keep their order.
        ("sortBy=title&count=2", vec![2, 4]),
        ("sortBy=title&sortOrder=descending&startIndex=4", vec![2, 4]),
    ] {
        assert_eq!(found(&endpoint, query).await, numbers, "{query}");
    }
    endpoint.delete(&path(&users[0])).await;
    assert_eq!(found(&endpoint, "sortBy=userName").await, [2, 3, 4, 5]);
}
