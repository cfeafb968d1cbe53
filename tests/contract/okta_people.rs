//! `/api/v1/groups`, `/api/v1/users` and `/api/v1/logs`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::okta::{Administrator, column, keys, links};

#[tokio::test]
async fn groups_are_made_changed_and_deleted() {
    let org = Administrator::new().await;
    let made = org.post("/api/v1/groups", json!({"profile": {"name": "Support", "description": "x"}})).await;
    let members = ["id", "created", "lastUpdated", "lastMembershipUpdated", "objectClass", "type", "profile", "_links"];
    assert_eq!(keys(&made), members);
    assert_eq!((&made["type"], &made["objectClass"]), (&json!("OKTA_GROUP"), &json!(["okta:user_group"])));
    let path = format!("/api/v1/groups/{}", made["id"].as_str().unwrap());
    let renamed = org.put(&path, json!({"profile": {"name": "Helpdesk"}})).await;
    assert_eq!(renamed["profile"], json!({"name": "Helpdesk", "description": null}));
    assert_eq!(org.get(&path).await, renamed);
    let taken =
        org.refused(Method::POST, "/api/v1/groups", json!({"profile": {"name": "engineering"}}), 400, "E0000001").await;
    assert!(taken.contains("already exists"));
    org.refused(Method::PUT, &path, json!({"profile": {"name": "Engineering"}}), 400, "E0000001").await;
    org.refused(Method::POST, "/api/v1/groups", json!({}), 400, "E0000001").await;
    org.refused(Method::POST, "/api/v1/groups", json!({"profile": {"name": ""}}), 400, "E0000001").await;
    assert_eq!(org.mock.okta().counts()["groups"], 1);
    org.nothing(Method::DELETE, &path, 204).await;
    for method in [Method::GET, Method::DELETE] {
        let says = org.refused(method, &path, Value::Null, 404, "E0000007").await;
        assert!(says.ends_with("(UserGroup)"), "{says}");
    }
    org.refused(Method::PUT, &path, json!({"profile": {"name": "x"}}), 404, "E0000007").await;
    assert_eq!(org.mock.okta().counts()["groups"], 0);
}

#[tokio::test]
async fn groups_are_found_by_prefix_search_and_page() {
    let org = Administrator::new().await;
    let found = org.get("/api/v1/groups?q=every").await;
    assert_eq!((&found[0]["profile"]["name"], &found[0]["type"]), (&json!("Everyone"), &json!("BUILT_IN")));
    let names = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|group| group["profile"]["name"].as_str().unwrap().into()).collect()
    };
    let search = |text: &str| format!("/api/v1/groups?search={}", text.replace(' ', "%20").replace('"', "%22"));
    assert_eq!(names(&org.get(&search(r#"profile.name eq "engineering""#)).await), ["Engineering"]);
    let both = format!("{}&sortBy=profile.name&sortOrder=desc", search(r#"type eq "OKTA_GROUP""#));
    assert_eq!(names(&org.get(&both).await), ["Zero Trust Users", "Engineering"]);
    org.refused(Method::GET, &search("x"), Value::Null, 400, "E0000031").await;
    let stats = org.get("/api/v1/groups?q=Engineering&expand=stats").await;
    assert_eq!(stats[0]["_embedded"]["stats"]["usersCount"], 3);
    let page = org.call(Method::GET, "/api/v1/groups?limit=2", Value::Null).await;
    assert_eq!(names(&page.json()), ["Everyone", "Engineering"]);
    assert_eq!(links(&page)[0].0, "next");
}

#[tokio::test]
async fn people_join_and_leave_groups() {
    let org = Administrator::new().await;
    let id = org.mock.okta().group_id("Engineering").unwrap();
    let users = format!("/api/v1/groups/{id}/users");
    let members = org.get(&users).await;
    assert_eq!(members.as_array().unwrap().len(), 3);
    let ada = org.mock.okta().user_id("ada@acme.example").unwrap();
    org.nothing(Method::DELETE, &format!("{users}/{ada}"), 204).await;
    assert_eq!(org.get(&users).await.as_array().unwrap().len(), 2);
    let groups = org.get(&format!("/api/v1/users/{ada}/groups")).await;
    assert_eq!(groups.as_array().unwrap().len(), 2, "Everyone and Zero Trust Users");
    org.nothing(Method::PUT, &format!("{users}/{ada}"), 204).await;
    org.refused(Method::PUT, &format!("{users}/00unobody"), Value::Null, 404, "E0000007").await;
    let everyone = org.mock.okta().group_id("Everyone").unwrap();
    org.refused(Method::DELETE, &format!("/api/v1/groups/{everyone}"), Value::Null, 403, "E0000006").await;
    let member = format!("/api/v1/groups/{everyone}/users/{ada}");
    org.refused(Method::DELETE, &member, Value::Null, 403, "E0000006").await;
    for path in ["users", "apps"] {
        org.refused(Method::GET, &format!("/api/v1/groups/00gnobody/{path}"), Value::Null, 404, "E0000007").await;
    }
}

#[tokio::test]
async fn deleting_a_group_takes_its_assignments_away() {
    let org = Administrator::new().await;
    let app = org.scim_app("SCIM").await;
    let path = Administrator::path(&app);
    let id = org.mock.okta().group_id("Engineering").unwrap();
    org.put(&format!("{path}/groups/{id}"), json!({})).await;
    org.post(&format!("{path}/group-push/mappings"), json!({"sourceGroupId": id, "targetGroupName": "eng"})).await;
    org.nothing(Method::DELETE, &format!("/api/v1/groups/{id}"), 204).await;
    for list in ["groups", "users", "group-push/mappings"] {
        assert_eq!(org.get(&format!("{path}/{list}")).await, json!([]), "{list}");
    }
}

#[tokio::test]
async fn people_are_made_found_changed_and_deleted_in_two_steps() {
    let org = Administrator::new().await;
    let profile =
        json!({"firstName": "Eve", "lastName": "Ash", "login": "eve@acme.example", "email": "eve@acme.example"});
    let made = org.post("/api/v1/users", json!({"profile": profile})).await;
    assert_eq!((&made["status"], &made["lastLogin"]), (&json!("PROVISIONED"), &Value::Null));
    assert_eq!(
        keys(&made),
        [
            "id",
            "status",
            "created",
            "activated",
            "statusChanged",
            "lastLogin",
            "lastUpdated",
            "passwordChanged",
            "realmId",
            "type",
            "profile",
            "credentials",
            "_links"
        ]
    );
    let path = format!("/api/v1/users/{}", made["id"].as_str().unwrap());
    for name in [path.as_str(), "/api/v1/users/EVE@acme.example", "/api/v1/users/eve"] {
        assert_eq!(org.get(name).await["id"], made["id"], "{name}");
    }
    let again = org.refused(Method::POST, "/api/v1/users", json!({"profile": profile}), 400, "E0000001").await;
    assert!(again.contains("already exists"), "{again}");
    let changed = org.post(&path, json!({"profile": {"lastName": "Oak"}})).await;
    assert_eq!((&changed["profile"]["lastName"], &changed["profile"]["firstName"]), (&json!("Oak"), &json!("Eve")));
    let whole = json!({"profile": {"login": "eve@acme.example", "email": "eve@acme.example"}});
    assert_eq!(org.put(&path, whole).await["profile"]["firstName"], Value::Null);
    for (profile, field) in [(json!({}), "login"), (json!({"login": "eve", "email": "e@x"}), "email address")] {
        let says = org.refused(Method::POST, "/api/v1/users", json!({"profile": profile}), 400, "E0000001").await;
        assert!(says.contains(field), "{says}");
    }
    org.refused(Method::POST, "/api/v1/users", json!({}), 400, "E0000001").await;
    assert_eq!(column(&org.get("/api/v1/users?q=eve").await, "id"), [made["id"].as_str().unwrap()]);
    let search = "/api/v1/users?search=profile.login%20eq%20%22eve@acme.example%22";
    assert_eq!(org.get(search).await.as_array().unwrap().len(), 1);
    assert_eq!(org.get("/api/v1/users?limit=2").await.as_array().unwrap().len(), 2);
    org.refused(Method::GET, "/api/v1/users?filter=profile.mood%20pr", Value::Null, 400, "E0000031").await;

    org.nothing(Method::DELETE, &path, 204).await;
    assert_eq!(org.get(&path).await["status"], "DEPROVISIONED");
    assert_eq!(org.get("/api/v1/users?q=eve").await, json!([]), "deactivated people are not listed");
    org.nothing(Method::DELETE, &path, 204).await;
    for method in [Method::GET, Method::DELETE] {
        org.refused(method, &path, Value::Null, 404, "E0000007").await;
    }
    for method in [Method::POST, Method::PUT] {
        org.refused(method, &path, json!({"profile": {}}), 404, "E0000007").await;
    }
    org.refused(Method::GET, &format!("{path}/groups"), Value::Null, 404, "E0000007").await;
    assert_eq!(org.mock.okta().counts()["users"], 0);
}

#[tokio::test]
async fn a_person_goes_through_life() {
    let org = Administrator::new().await;
    let profile = json!({"login": "eve@acme.example", "email": "eve@acme.example"});
    let body = json!({"profile": profile, "credentials": {"password": {"value": "correct horse"}}});
    let made = org.post("/api/v1/users?activate=false", body).await;
    assert_eq!((&made["status"], &made["activated"]), (&json!("STAGED"), &Value::Null));
    let path = format!("/api/v1/users/{}", made["id"].as_str().unwrap());
    let step = |verb: &str| format!("{path}/lifecycle/{verb}");
    org.refused(Method::POST, &step("suspend"), Value::Null, 400, "E0000001").await;
    let activated = org.post(&format!("{}?sendEmail=false", step("activate")), Value::Null).await;
    assert_eq!(keys(&activated), ["activationUrl", "activationToken"]);
    org.refused(Method::POST, &step("activate"), Value::Null, 403, "E0000016").await;
    let ada = format!("/api/v1/users/{}", org.mock.okta().user_id("ada@acme.example").unwrap());
    assert_eq!(org.post(&format!("{ada}/lifecycle/suspend"), Value::Null).await, json!({}));
    assert_eq!(org.get(&ada).await["status"], "SUSPENDED");
    org.refused(Method::POST, &format!("{ada}/lifecycle/activate"), Value::Null, 403, "E0000038").await;
    assert_eq!(org.post(&format!("{ada}/lifecycle/unsuspend"), Value::Null).await, json!({}));
    org.refused(Method::POST, &format!("{ada}/lifecycle/unsuspend"), Value::Null, 400, "E0000001").await;
    assert_eq!(org.post(&step("deactivate"), Value::Null).await, json!({}));
    assert_eq!(org.post(&step("activate"), Value::Null).await, json!({}), "a deactivated person can come back");
    for verb in ["activate", "deactivate", "suspend", "unsuspend"] {
        let nobody = format!("/api/v1/users/00unobody/lifecycle/{verb}");
        org.refused(Method::POST, &nobody, Value::Null, 404, "E0000007").await;
    }
}

#[tokio::test]
async fn the_system_log_is_filtered_and_paged() {
    let org = Administrator::new().await;
    let app = org.oidc_app("App").await;
    let path = Administrator::path(&app);
    org.get(&format!("{path}/credentials/secrets")).await;
    org.post(&format!("{path}/lifecycle/deactivate"), Value::Null).await;
    let id = app["id"].as_str().unwrap();
    let filter = format!("target.id%20eq%20%22{id}%22%20and%20eventType%20sw%20%22application.lifecycle%22");
    let events = org.get(&format!("/api/v1/logs?filter={filter}")).await;
    assert_eq!(column(&events, "eventType"), ["application.lifecycle.create", "application.lifecycle.deactivate"]);
    let event = &events[0];
    assert_eq!(event["outcome"], json!({"result": "SUCCESS"}));
    assert_eq!(
        (&event["target"][0]["type"], &event["target"][0]["displayName"]),
        (&json!("AppInstance"), &json!("App"))
    );

    let first = org
        .call(Method::GET, "/api/v1/logs?limit=2&since=2020-01-01T00:00:00Z&until=2999-01-01T00:00:00Z", Value::Null)
        .await;
    assert_eq!(first.json().as_array().unwrap().len(), 2);
    let next = links(&first)[0].1.clone();
    let rest = org.call(Method::GET, next.strip_prefix(org.mock.org_url()).unwrap(), Value::Null).await;
    assert_eq!((rest.json().as_array().unwrap().len(), links(&rest).len()), (1, 1), "a bounded query ends");
    let polling = org.call(Method::GET, "/api/v1/logs", Value::Null).await;
    assert_eq!(links(&polling)[0].0, "next", "a polling query does not");
    for query in ["since=then", "limit=1001", "filter=x", "sortOrder=up"] {
        let answer = org.call(Method::GET, &format!("/api/v1/logs?{query}"), Value::Null).await;
        assert_eq!(answer.status, 400, "{query}");
    }
}

#[tokio::test]
async fn me_is_whoever_the_token_belongs_to() {
    let org = Administrator::new().await;
    let login = org.mock.okta().admin_login().to_owned();
    assert_eq!(org.get("/api/v1/users/me").await["profile"]["login"], login);
}
