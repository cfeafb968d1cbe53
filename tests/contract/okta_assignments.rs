//! `/api/v1/apps/{id}/groups` and `/users`: who is assigned, directly or through a group.

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::Mock;

use crate::okta::{Administrator, column, keys, links};

fn group(mock: &Mock, name: &str) -> String {
    mock.okta().group_id(name).unwrap()
}

fn person(mock: &Mock, name: &str) -> String {
    mock.okta().user_id(&format!("{name}@acme.example")).unwrap()
}

#[tokio::test]
async fn a_group_is_assigned_with_a_priority() {
    let org = Administrator::new().await;
    let path = format!("{}/groups", Administrator::path(&org.oidc_app("App").await));
    let (first, second) = (group(&org.mock, "Engineering"), group(&org.mock, "Zero Trust Users"));
    let made = org.put(&format!("{path}/{first}"), json!({})).await;
    assert_eq!(keys(&made), ["id", "lastUpdated", "priority", "profile", "_links"]);
    assert_eq!((&made["id"], &made["priority"], &made["profile"]), (&json!(first), &json!(0), &json!({})));
    assert_eq!(keys(&made["_links"]), ["app", "self", "group"]);
    assert_eq!(org.put(&format!("{path}/{second}"), Value::Null).await["priority"], 1);
    let moved = org.put(&format!("{path}/{first}"), json!({"priority": 7})).await;
    assert_eq!(moved["priority"], 7);
    assert_eq!(column(&org.get(&path).await, "id"), [second.as_str(), &first], "by priority");
    assert_eq!(org.get(&format!("{path}/{first}")).await["priority"], 7);
    let again = org.put(&format!("{path}/{first}"), json!({"profile": {"a": 1}})).await;
    assert_eq!((&again["priority"], &again["profile"]), (&json!(7), &json!({"a": 1})), "not sent, not changed");
    let expanded = org.get(&format!("{path}?expand=group&q=engi")).await;
    assert_eq!(expanded[0]["_embedded"]["group"]["profile"]["name"], "Engineering");
    assert_eq!(expanded.as_array().unwrap().len(), 1);
    let apps = org.get(&format!("/api/v1/groups/{first}/apps")).await;
    assert_eq!(column(&apps, "label"), ["App"]);
    org.nothing(Method::DELETE, &format!("{path}/{first}"), 204).await;
    org.refused(Method::DELETE, &format!("{path}/{first}"), Value::Null, 404, "E0000007").await;
    org.refused(Method::GET, &format!("{path}/{first}"), Value::Null, 404, "E0000007").await;
    org.refused(Method::PUT, &format!("{path}/00gnobody"), json!({}), 404, "E0000007").await;
    org.refused(Method::PUT, &format!("{path}/{first}"), json!({"priority": -1}), 400, "E0000001").await;
    let log = org.mock.okta().event_types();
    assert_eq!(log.iter().filter(|kind| *kind == "group.application_assignment.add").count(), 2, "{log:?}");
}

#[tokio::test]
async fn group_assignments_come_in_pages_of_at_least_twenty() {
    let org = Administrator::new().await;
    let path = format!("{}/groups", Administrator::path(&org.oidc_app("App").await));
    for number in 0..21 {
        let made = org.post("/api/v1/groups", json!({"profile": {"name": format!("Group {number}")}})).await;
        org.put(&format!("{path}/{}", made["id"].as_str().unwrap()), json!({})).await;
    }
    let page = org.call(Method::GET, &format!("{path}?limit=5"), Value::Null).await;
    assert_eq!(page.json().as_array().unwrap().len(), 20);
    let [(_, next), _] = &links(&page)[..] else { panic!("{:?}", page.headers) };
    let rest = org.get(next.strip_prefix(org.mock.org_url()).unwrap()).await;
    assert_eq!(rest.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_person_is_assigned_directly() {
    let org = Administrator::new().await;
    let path = format!("{}/users", Administrator::path(&org.oidc_app("App").await));
    let ada = person(&org.mock, "ada");
    let made = org.post(&path, json!({"id": ada, "scope": "USER"})).await;
    let members = [
        "id",
        "externalId",
        "created",
        "lastUpdated",
        "scope",
        "status",
        "statusChanged",
        "passwordChanged",
        "syncState",
        "credentials",
        "profile",
        "_links",
    ];
    assert_eq!(keys(&made), members);
    assert_eq!(
        (&made["scope"], &made["status"], &made["syncState"]),
        (&json!("USER"), &json!("ACTIVE"), &json!("DISABLED"))
    );
    assert_eq!(made["credentials"], json!({"userName": "ada@acme.example"}));
    assert_eq!(made["profile"]["given_name"], "Ada");
    assert_eq!(org.get(&format!("{path}/{ada}")).await, made);
    let changed = org.post(&format!("{path}/{ada}"), json!({"credentials": {"userName": "other"}})).await;
    assert_eq!(changed["credentials"]["userName"], "other");
    let expanded = org.get(&format!("{path}?expand=user&q=ada")).await;
    assert_eq!(expanded[0]["_embedded"]["user"]["profile"]["login"], "ada@acme.example");
    org.nothing(Method::DELETE, &format!("{path}/{ada}"), 204).await;
    assert_eq!(org.get(&path).await, json!([]));
    for method in [Method::GET, Method::DELETE] {
        org.refused(method, &format!("{path}/{ada}"), Value::Null, 404, "E0000007").await;
    }
    org.refused(Method::POST, &format!("{path}/{ada}"), json!({}), 404, "E0000007").await;
    org.refused(Method::POST, &path, json!({"id": "00unobody"}), 404, "E0000007").await;
    org.refused(Method::POST, &path, json!({}), 400, "E0000001").await;
    org.refused(Method::POST, &path, json!({"id": ada, "scope": "ALL"}), 400, "E0000001").await;
    org.refused(Method::POST, &path, json!({"id": ada, "scope": "GROUP"}), 400, "E0000001").await;
}

#[tokio::test]
async fn members_of_an_assigned_group_are_assigned_through_it() {
    let org = Administrator::new().await;
    let app = org.oidc_app("App").await;
    let (groups, users) =
        (format!("{}/groups", Administrator::path(&app)), format!("{}/users", Administrator::path(&app)));
    let (engineering, ada, bo) = (group(&org.mock, "Engineering"), person(&org.mock, "ada"), person(&org.mock, "bo"));
    org.post(&users, json!({"id": ada})).await;
    org.put(&format!("{groups}/{engineering}"), json!({})).await;
    let of = |user: &str| format!("{users}/{user}");
    assert_eq!(org.get(&of(&ada)).await["scope"], "USER", "a direct assignment stays direct");
    assert_eq!(org.get(&of(&bo)).await["scope"], "GROUP");
    assert_eq!(org.get(&users).await.as_array().unwrap().len(), 3);

    let says = org.refused(Method::DELETE, &format!("{users}/{bo}"), Value::Null, 400, "E0000001").await;
    assert!(says.contains("through a group"), "{says}");
    org.nothing(Method::DELETE, &format!("{users}/{ada}"), 204).await;
    assert_eq!(org.get(&format!("{users}/{ada}")).await["scope"], "GROUP", "the group still covers her");
    assert_eq!(org.post(&users, json!({"id": bo, "scope": "USER"})).await["scope"], "USER");
    org.nothing(Method::DELETE, &format!("/api/v1/groups/{engineering}/users/{ada}"), 204).await;
    org.refused(Method::GET, &format!("{users}/{ada}"), Value::Null, 404, "E0000007").await;
    org.nothing(Method::PUT, &format!("/api/v1/groups/{engineering}/users/{ada}"), 204).await;
    assert_eq!(org.get(&format!("{users}/{ada}")).await["scope"], "GROUP");
    org.nothing(Method::DELETE, &format!("{groups}/{engineering}"), 204).await;
    assert_eq!(column(&org.get(&users).await, "id"), [bo.as_str()], "only the direct one is left");
    org.post(&format!("/api/v1/users/{bo}/lifecycle/deactivate"), Value::Null).await;
    assert_eq!(org.get(&users).await, json!([]), "a deactivated person loses every app");
    org.refused(Method::POST, &users, json!({"id": bo}), 403, "E0000038").await;
}

#[tokio::test]
async fn people_assigned_before_provisioning_are_never_synchronized() {
    let org = Administrator::new().await;
    let app = org.scim_app("SCIM").await;
    let path = Administrator::path(&app);
    let (ada, bo) = (person(&org.mock, "ada"), person(&org.mock, "bo"));
    assert_eq!(org.post(&format!("{path}/users"), json!({"id": ada})).await["syncState"], "DISABLED");
    let (base_url, secret) = org.scim_endpoint().await;
    let connection = json!({"baseUrl": base_url, "profile": {"authScheme": "TOKEN", "token": secret}});
    org.post(&format!("{path}/connections/default?activate=true"), connection).await;
    let create = json!({"create": {"lifecycleCreate": {"status": "ENABLED"}}});
    org.put(&format!("{path}/features/USER_PROVISIONING"), create).await;
    let made = org.post(&format!("{path}/users"), json!({"id": bo})).await;
    assert_eq!((&made["status"], &made["syncState"]), (&json!("STAGED"), &json!("SYNCING")));
    assert_eq!(org.get(&format!("{path}/users/{ada}")).await["syncState"], "DISABLED");
    assert_eq!(keys(&made["profile"]), ["givenName", "familyName", "email", "displayName"]);
}
