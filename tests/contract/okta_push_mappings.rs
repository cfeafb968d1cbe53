//! `/api/v1/apps/{id}/group-push/mappings`: groups pushed to an app, and the groups of the app they make.

use reqwest::Method;
use serde_json::{Value, json};

use crate::okta::{Administrator, column, keys};

#[tokio::test]
async fn a_pushed_group_makes_a_group_of_the_app() {
    let org = Administrator::new().await;
    let app = org.scim_app("SCIM").await;
    let path = format!("{}/group-push/mappings", Administrator::path(&app));
    let source = org.mock.okta().group_id("Engineering").unwrap();
    let made = org.post(&path, json!({"sourceGroupId": source, "targetGroupName": "eng"})).await;
    let members = ["created", "id", "lastUpdated", "sourceGroupId", "status", "targetGroupId", "_links"];
    assert_eq!(keys(&made), members, "no target name, no empty members");
    assert!(made["id"].as_str().unwrap().starts_with("gPm"));
    assert_eq!((&made["status"], &made["sourceGroupId"]), (&json!("ACTIVE"), &json!(source)));
    let created = made["created"].as_str().unwrap();
    assert!(created.len() == 20 && created.ends_with('Z'), "no fraction: {created}");
    assert_eq!(keys(&made["_links"]), ["app", "sourceGroup", "targetGroup"]);
    let target = org.get(&format!("/api/v1/groups/{}", made["targetGroupId"].as_str().unwrap())).await;
    assert_eq!((&target["type"], &target["profile"]["name"]), (&json!("APP_GROUP"), &json!("eng")));
    assert_eq!(org.get(&format!("{path}/{}", made["id"].as_str().unwrap())).await, made);
    let stats = org.get(&format!("/api/v1/groups/{source}?expand=stats")).await;
    assert_eq!(stats["_embedded"]["stats"]["groupPushMappingsCount"], 1);
}

#[tokio::test]
async fn a_mapping_is_switched_off_before_it_is_deleted() {
    let org = Administrator::new().await;
    let app = org.scim_app("SCIM").await;
    let path = format!("{}/group-push/mappings", Administrator::path(&app));
    let source = org.mock.okta().group_id("Engineering").unwrap();
    let body = json!({"sourceGroupId": source, "targetGroupName": "eng", "status": "ACTIVE"});
    let made = org.post(&path, body.clone()).await;
    let own = format!("{path}/{}", made["id"].as_str().unwrap());
    org.refused(Method::DELETE, &own, Value::Null, 400, "E0000001").await;
    for status in ["INACTIVE", "ACTIVE", "INACTIVE"] {
        let answer = org.call(Method::PATCH, &own, json!({"status": status})).await;
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!(status)));
    }
    org.refused(Method::PATCH, &own, json!({"status": "ERROR"}), 400, "E0000001").await;
    org.nothing(Method::DELETE, &format!("{own}?deleteTargetGroup=false"), 200).await;
    let target = format!("/api/v1/groups/{}", made["targetGroupId"].as_str().unwrap());
    org.get(&target).await;
    for method in [Method::GET, Method::DELETE] {
        org.refused(method, &own, Value::Null, 404, "E0000007").await;
    }
    org.refused(Method::PATCH, &own, json!({"status": "ACTIVE"}), 404, "E0000007").await;

    let again = org.post(&path, body).await;
    assert_eq!(again["targetGroupId"], made["targetGroupId"], "the name links to the group that is there");
    let own = format!("{path}/{}", again["id"].as_str().unwrap());
    org.call(Method::PATCH, &own, json!({"status": "INACTIVE"})).await;
    org.nothing(Method::DELETE, &format!("{own}?deleteTargetGroup=true"), 200).await;
    org.refused(Method::GET, &target, Value::Null, 404, "E0000007").await;
    let counts = org.mock.okta().counts();
    assert_eq!((counts["push_mappings"], counts["app_groups"]), (0, 0));
}

#[tokio::test]
async fn a_failed_push_says_why_and_can_be_deleted_or_pushed_again() {
    let org = Administrator::new().await;
    let app = org.scim_app("SCIM").await;
    let path = format!("{}/group-push/mappings", Administrator::path(&app));
    let source = org.mock.okta().group_id("Engineering").unwrap();
    let made = org.post(&path, json!({"sourceGroupId": source, "targetGroupName": "eng"})).await;
    let (app_id, id) = (app["id"].as_str().unwrap(), made["id"].as_str().unwrap());
    let fail = format!("/_mock/okta/apps/{app_id}/push-mappings/{id}/fail");
    let summary = json!({"summary": "Error while creating user group: Unauthorized"});
    assert_eq!(org.call(Method::POST, &fail, summary.clone()).await.status, 204);
    let shown = org.get(&format!("{path}?status=ERROR")).await;
    assert_eq!((&shown[0]["status"], &shown[0]["errorSummary"]), (&json!("ERROR"), &summary["summary"]));
    let own = format!("{path}/{id}");
    let pushed = org.call(Method::PATCH, &own, json!({"status": "ACTIVE"})).await.json();
    assert_eq!((&pushed["status"], pushed.get("errorSummary")), (&json!("ACTIVE"), None));
    assert_eq!(org.call(Method::POST, &fail, summary.clone()).await.status, 204);
    org.nothing(Method::DELETE, &own, 200).await;
    assert_eq!(org.call(Method::POST, &fail, summary).await.status, 404);
}

#[tokio::test]
async fn mappings_are_listed_by_group_status_and_age() {
    let org = Administrator::new().await;
    let app = org.scim_app("SCIM").await;
    let path = format!("{}/group-push/mappings", Administrator::path(&app));
    let sources = ["Engineering", "Zero Trust Users"].map(|name| org.mock.okta().group_id(name).unwrap());
    for (source, status) in sources.iter().zip(["ACTIVE", "INACTIVE"]) {
        org.post(&path, json!({"sourceGroupId": source, "targetGroupName": source, "status": status})).await;
    }
    let all = org.call(Method::GET, &format!("{path}?after="), Value::Null).await;
    assert_eq!(column(&all.json(), "sourceGroupId"), sources);
    assert!(all.header("link").contains("limit=100>; rel=\"self\""));
    let one = org.get(&format!("{path}?sourceGroupId={}", sources[1])).await;
    assert_eq!(column(&one, "status"), ["INACTIVE"]);
    assert_eq!(column(&org.get(&format!("{path}?status=ACTIVE")).await, "sourceGroupId"), [sources[0].as_str()]);
    assert_eq!(org.get(&format!("{path}?lastUpdated=2999-01-01T00:00:00Z")).await, json!([]));
    org.refused(Method::GET, &format!("{path}?lastUpdated=then"), Value::Null, 400, "E0000001").await;
    org.refused(Method::GET, &format!("{path}?status=GONE"), Value::Null, 400, "E0000001").await;
    let paged = org.call(Method::GET, &format!("{path}?limit=1"), Value::Null).await;
    assert_eq!(paged.json().as_array().unwrap().len(), 1);
    assert_eq!(crate::okta::links(&paged)[0].0, "next");
}

#[tokio::test]
async fn what_cannot_be_pushed_is_refused() {
    let org = Administrator::new().await;
    let app = org.scim_app("SCIM").await;
    let other = org.scim_app("Other").await;
    let path = format!("{}/group-push/mappings", Administrator::path(&app));
    let [source, second] = ["Engineering", "Zero Trust Users"].map(|name| org.mock.okta().group_id(name).unwrap());
    let made = org.post(&path, json!({"sourceGroupId": source, "targetGroupName": "eng"})).await;
    let target = made["targetGroupId"].as_str().unwrap();
    let elsewhere = format!("{}/group-push/mappings", Administrator::path(&other));
    let foreign = json!({"sourceGroupId": source, "targetGroupId": target});
    let cases = [
        (path.clone(), json!({"targetGroupName": "x"}), "sourceGroupId"),
        (path.clone(), json!({"sourceGroupId": second}), "Exactly one"),
        (
            path.clone(),
            json!({"sourceGroupId": second, "targetGroupName": "x", "targetGroupId": target}),
            "Exactly one",
        ),
        (path.clone(), json!({"sourceGroupId": source, "targetGroupName": "x"}), "already exists"),
        (path.clone(), json!({"sourceGroupId": second, "targetGroupName": "eng"}), "already"),
        (path.clone(), json!({"sourceGroupId": second, "targetGroupId": source}), "does not belong"),
        (path.clone(), json!({"sourceGroupId": target, "targetGroupName": "x"}), "cannot be pushed"),
        (path.clone(), json!({"sourceGroupId": second, "targetGroupName": "x", "status": "ERROR"}), "status"),
        (elsewhere, foreign, "does not belong"),
    ];
    for (path, body, cause) in cases {
        let says = org.refused(Method::POST, &path, body.clone(), 400, "E0000001").await;
        assert!(says.contains(cause), "{body}: {says}");
    }
    for body in [
        json!({"sourceGroupId": "00gnobody", "targetGroupName": "x"}),
        json!({"sourceGroupId": second, "targetGroupId": "00gnobody"}),
    ] {
        org.refused(Method::POST, &path, body, 404, "E0000007").await;
    }
    assert_eq!(org.mock.okta().counts()["push_mappings"], 1);
}

#[tokio::test]
async fn an_app_takes_its_mappings_and_groups_along() {
    let org = Administrator::new().await;
    let app = org.scim_app("SCIM").await;
    let path = Administrator::path(&app);
    let source = org.mock.okta().group_id("Engineering").unwrap();
    org.post(&format!("{path}/group-push/mappings"), json!({"sourceGroupId": source, "targetGroupName": "eng"})).await;
    org.put(&format!("{path}/groups/{source}"), json!({})).await;
    let counts = org.mock.okta().counts();
    assert_eq!((counts["app_groups"], counts["group_assignments"], counts["user_assignments"]), (1, 1, 3));
    org.post(&format!("{path}/lifecycle/deactivate"), Value::Null).await;
    org.nothing(Method::DELETE, &path, 204).await;
    let counts = org.mock.okta().counts();
    assert!(counts.values().all(|&left| left == 0), "{counts:?}");
}
