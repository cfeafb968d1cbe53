//! What Okta's SCIM client sends about people, and what shows of it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::okta::keys;
use crate::provisioned_app::{ProvisionedApp, TOKEN};

const FIND_ADA: &str = "GET /Users?filter=userName eq \"ada@acme.example\"&startIndex=1&count=100";

fn state(status: &str, sync: &str) -> (String, String) {
    (status.to_owned(), sync.to_owned())
}

/// A user as another administrator of the service may have made her.
fn ada(active: bool) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ADA@acme.example",
        "name": {"givenName": "A.", "familyName": "Quist", "formatted": "A. Quist"},
        "active": active,
    })
}

#[tokio::test]
async fn somebody_assigned_is_looked_for_and_created() {
    let app = ProvisionedApp::new().await;
    let waiting = app.assign("ada").await;
    assert_eq!((&waiting["status"], &waiting["syncState"]), (&json!("STAGED"), &json!("SYNCING")));
    assert_eq!((&waiting["externalId"], waiting.get("lastSync")), (&Value::Null, None));
    assert!(app.service.requests().is_empty(), "paused");
    app.mock.drain_provisioning();

    let [found, created] = &app.service.requests()[..] else { panic!("two requests") };
    assert_eq!(found.line, FIND_ADA);
    assert_eq!(found.raw_query, "filter=userName%20eq%20%22ada%40acme.example%22&startIndex=1&count=100");
    assert_eq!(created.line, "POST /Users");
    for request in [found, created] {
        assert_eq!(request.header("user-agent"), Some("Okta SCIM Client 1.0.0"));
        assert_eq!(request.header("authorization"), Some(TOKEN), "verbatim");
        assert_eq!(request.header("accept"), Some("application/scim+json"));
    }
    assert_eq!(found.header("content-type"), None, "there is no body");
    assert_eq!(created.header("content-type"), Some("application/scim+json; charset=utf-8"));
    let mut body = created.body.clone();
    assert!(!body["password"].take().as_str().unwrap().is_empty(), "a placeholder that nobody knows");
    let expected = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ada@acme.example",
        "name": {"givenName": "Ada", "familyName": "Quist"},
        "emails": [{"primary": true, "value": "ada@acme.example", "type": "work"}],
        "displayName": "Ada Quist",
        "externalId": app.person("ada"),
        "locale": "en-US",
        "groups": [],
        "password": null,
        "active": true,
    });
    assert_eq!(body, expected);

    let assigned = app.assignment("ada").await;
    assert_eq!((&assigned["status"], &assigned["syncState"]), (&json!("PROVISIONED"), &json!("SYNCHRONIZED")));
    assert_eq!(assigned["externalId"], app.service.user("ada@acme.example").unwrap()["id"]);
    assert!(assigned["lastSync"].as_str().unwrap().ends_with(".000Z"));
    assert_eq!(app.events().await, ["user.push"]);
    let standing = app.mock.provisioning();
    assert_eq!((standing.pending, standing.attempts, standing.done, standing.requests), (0, 1, 1, 2));
    assert!(standing.paused, "a drain does not resume");
}

#[tokio::test]
async fn two_people_get_two_passwords_and_the_siblings_send_their_scheme() {
    let app = ProvisionedApp::new().await;
    app.assign("ada").await;
    app.assign("bo").await;
    app.mock.drain_provisioning();
    let sent = app.service.requests();
    let passwords: Vec<_> = sent.iter().filter_map(|request| request.body["password"].as_str()).collect();
    assert!(passwords.len() == 2 && passwords[0] != passwords[1], "{passwords:?}");

    let bearer = app.post("/api/v1/apps", json!({"name": "scim2testapp", "label": "Bearer"})).await;
    app.service.lets_in(&format!("Bearer {TOKEN}"));
    let connection = json!({"baseUrl": app.service.base_url(), "profile": {"authScheme": "TOKEN", "token": TOKEN}});
    let path = format!("/api/v1/apps/{}/connections/default", bearer["id"].as_str().unwrap());
    assert_eq!(app.post(&path, connection).await["status"], "DISABLED");
}

#[tokio::test]
async fn everybody_in_an_assigned_group_is_provisioned_and_those_who_join_later() {
    let app = ProvisionedApp::new().await;
    app.leave("Engineering", "chidi").await;
    app.put(&format!("{}/groups/{}", app.path, app.group("Engineering")), json!({})).await;
    let mut sent = app.sent();
    sent.sort();
    assert_eq!(sent.len(), 4);
    assert_eq!(sent[2..], ["POST /Users", "POST /Users"]);
    app.join("Engineering", "chidi").await;
    assert_eq!(app.sent()[1..], ["POST /Users"]);
    let eve = json!({"login": "eve@acme.example", "email": "eve@acme.example", "firstName": "Eve", "lastName": "Ash"});
    app.post("/api/v1/users", json!({"profile": eve, "groupIds": [app.group("Engineering")]})).await;
    assert_eq!(app.sent()[1..], ["POST /Users"]);
    assert_eq!(app.service.users().len(), 4);
    for name in ["ada", "bo", "chidi", "eve"] {
        assert_eq!(app.state(name).await, state("PROVISIONED", "SYNCHRONIZED"), "{name}");
    }
}

#[tokio::test]
async fn somebody_who_is_there_already_is_linked_and_updated() {
    let app = ProvisionedApp::new().await;
    let id = app.service.keep("Users", ada(true));
    app.assign("ada").await;
    app.mock.drain_provisioning();
    let sent = app.service.requests();
    assert_eq!(sent.iter().map(|request| request.line.as_str()).collect::<Vec<_>>(), [FIND_ADA, "PUT /Users/user1"]);
    let put = &sent[1].body;
    assert_eq!(put["name"], json!({"givenName": "Ada", "familyName": "Quist", "formatted": "A. Quist"}), "as it came");
    assert_eq!((&put["id"], &put["externalId"]), (&json!(id), &json!(app.person("ada"))));
    assert_eq!((&put["userName"], put.get("password")), (&json!("ada@acme.example"), None));
    assert_eq!(app.assignment("ada").await["externalId"], json!(id));
    assert_eq!(app.events().await, ["user.push_profile"]);
}

#[tokio::test]
async fn somebody_who_is_there_and_inactive_is_activated() {
    let app = ProvisionedApp::new().await;
    app.service.keep("Users", ada(false));
    app.assign("ada").await;
    app.mock.drain_provisioning();
    let sent = app.service.requests();
    let lines: Vec<_> = sent.iter().map(|request| request.line.as_str()).collect();
    assert_eq!(lines, [FIND_ADA, "PATCH /Users/user1", "PUT /Users/user1"]);
    let patch = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "value": {"active": true}}],
    });
    assert_eq!((&sent[1].body, &sent[2].body["active"]), (&patch, &json!(true)));
    assert_eq!(app.events().await, ["user.reactivate", "user.push_profile"]);
}

#[tokio::test]
async fn a_service_may_answer_404_to_a_search_and_may_ignore_the_filter() {
    let app = ProvisionedApp::new().await;
    app.service.script(crate::scim_service::Answer::refusing("GET /Users?filter", 404, "User not found"));
    app.assign("ada").await;
    assert_eq!(app.sent(), [FIND_ADA, "POST /Users"]);
    assert_eq!(app.mock.provisioning().refused, 0);
    let everybody = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 1,
        "startIndex": 1, "itemsPerPage": 1, "Resources": app.service.users()});
    app.service.script(crate::scim_service::Answer::on("GET /Users?filter", 200, &everybody.to_string()));
    app.assign("bo").await;
    assert_eq!(app.sent()[1..], ["POST /Users"], "Ada is not taken for Bo");
}

#[tokio::test]
async fn a_changed_profile_is_read_merged_and_written() {
    let app = ProvisionedApp::new().await;
    app.assign("ada").await;
    app.mock.drain_provisioning();
    app.service.requests();
    let user = format!("/api/v1/users/{}", app.person("ada"));
    app.post(&user, json!({"profile": {"lastName": "Byron"}})).await;
    app.mock.drain_provisioning();
    let sent = app.service.requests();
    let lines: Vec<_> = sent.iter().map(|request| request.line.as_str()).collect();
    assert_eq!(lines, ["GET /Users/user1", "PUT /Users/user1"]);
    assert_eq!(sent[1].body["name"]["familyName"], "Byron");
    assert_eq!((&sent[1].body["displayName"], &sent[1].body["active"]), (&json!("Ada Byron"), &json!(true)));
    assert_eq!(app.events().await, ["user.push", "user.push_profile"]);

    let whole =
        json!({"firstName": "Ada", "lastName": "King", "login": "king@acme.example", "email": "k@acme.example"});
    app.put(&user, json!({"profile": whole})).await;
    assert_eq!(app.sent(), ["GET /Users/user1", "PUT /Users/user1"]);
    let held = app.service.user("king@acme.example").expect("the user name follows the login");
    assert_eq!(held["emails"], json!([{"primary": true, "value": "k@acme.example", "type": "work"}]));

    let own = format!("{}/users/{}", app.path, held["externalId"].as_str().unwrap());
    let syncing = app.post(&own, json!({"profile": {"title": "Countess"}})).await;
    assert_eq!(syncing["profile"]["title"], "Countess");
    assert_eq!(app.sent(), ["GET /Users/user1", "PUT /Users/user1"]);
    assert_eq!(app.service.user("king@acme.example").unwrap()["title"], "Countess");

    app.post(&user, json!({"profile": {"mobilePhone": "+1"}})).await;
    assert_eq!(app.sent(), [""; 0], "the app has no such attribute");
}

#[tokio::test]
async fn changes_that_wait_are_told_once() {
    let app = ProvisionedApp::new().await;
    app.assign("ada").await;
    app.mock.drain_provisioning();
    app.service.requests();
    let user = format!("/api/v1/users/{}", app.person("ada"));
    for name in ["One", "Two", "Three"] {
        app.post(&user, json!({"profile": {"lastName": name}})).await;
    }
    assert_eq!(app.state("ada").await, state("PROVISIONED", "SYNCING"));
    assert_eq!(app.sent(), ["GET /Users/user1", "PUT /Users/user1"]);
    assert_eq!(app.service.user("ada@acme.example").unwrap()["name"]["familyName"], "Three");
    assert_eq!(app.state("ada").await, state("PROVISIONED", "SYNCHRONIZED"));
}

#[tokio::test]
async fn whoever_loses_the_app_is_deactivated_and_never_deleted() {
    let app = ProvisionedApp::new().await;
    app.assign("ada").await;
    app.mock.drain_provisioning();
    app.service.requests();
    app.unassign("ada").await;
    app.mock.drain_provisioning();
    let sent = app.service.requests();
    assert_eq!(sent.iter().map(|request| request.line.as_str()).collect::<Vec<_>>(), ["PATCH /Users/user1"]);
    let patch = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "value": {"active": false}}],
    });
    assert_eq!(sent[0].body, patch);
    assert_eq!(app.events().await, ["user.push", "user.deactivate"]);

    app.assign("ada").await;
    assert_eq!(app.sent(), [FIND_ADA, "PATCH /Users/user1"], "the same user, awake again; nothing else is new");
    assert_eq!(app.service.user("ada@acme.example").unwrap()["active"], true);
    assert_eq!(app.events().await[2..], ["user.reactivate"]);
}

#[tokio::test]
async fn every_way_to_lose_the_app_is_told() {
    let app = ProvisionedApp::new().await;
    let engineering = app.group("Engineering");
    let assigned = format!("{}/groups/{engineering}", app.path);
    let active = |name: &str| app.service.user(&format!("{name}@acme.example")).unwrap()["active"] == true;
    app.put(&assigned, json!({})).await;
    app.sent();
    app.leave("Engineering", "ada").await;
    assert_eq!(app.sent().len(), 1);
    assert!(!active("ada") && active("bo") && active("chidi"), "left the group");
    app.post(&format!("/api/v1/users/{}/lifecycle/deactivate", app.person("bo")), Value::Null).await;
    assert_eq!(app.sent().len(), 1);
    assert!(!active("bo") && active("chidi"), "deactivated in Okta");
    app.post(&format!("/api/v1/users/{}/lifecycle/activate", app.person("bo")), Value::Null).await;
    assert_eq!(app.sent().len(), 2, "found, and woken");
    assert!(active("bo"), "reactivated in Okta, and a member still");
    app.nothing(Method::DELETE, &assigned, 204).await;
    assert_eq!(app.sent().len(), 2);
    assert!(!active("bo") && !active("chidi"), "the group is no longer assigned");
    app.put(&assigned, json!({})).await;
    app.sent();
    assert!(active("bo") && active("chidi"));
    app.nothing(Method::DELETE, &format!("/api/v1/users/{}", app.person("bo")), 204).await;
    assert_eq!(app.sent().len(), 1, "the first DELETE deactivates");
    app.nothing(Method::DELETE, &format!("/api/v1/groups/{engineering}"), 204).await;
    assert_eq!(app.sent().len(), 1);
    assert!(!active("chidi"), "the group is gone");
}

#[tokio::test]
async fn of_suspended_people_nothing_is_told_until_they_are_back() {
    let app = ProvisionedApp::new().await;
    app.assign("ada").await;
    app.sent();
    for name in ["ada", "bo"] {
        app.post(&format!("/api/v1/users/{}/lifecycle/suspend", app.person(name)), Value::Null).await;
    }
    app.post(&format!("/api/v1/users/{}", app.person("ada")), json!({"profile": {"lastName": "Byron"}})).await;
    app.assign("bo").await;
    assert_eq!(app.sent(), [""; 0]);
    assert_eq!(app.state("bo").await, state("STAGED", "SYNCING"));
    assert_eq!(app.mock.provisioning().pending, 2);
    for name in ["ada", "bo"] {
        app.post(&format!("/api/v1/users/{}/lifecycle/unsuspend", app.person(name)), Value::Null).await;
    }
    let mut sent = app.sent();
    sent.sort();
    assert_eq!(sent[0], "GET /Users/user1");
    assert_eq!(sent[2..], ["POST /Users", "PUT /Users/user1"]);
}

#[tokio::test]
async fn people_assigned_before_provisioning_are_strangers_to_the_app() {
    let app = ProvisionedApp::new().await;
    let connection = format!("{}/connections/default", app.path);
    app.nothing(Method::POST, &format!("{connection}/lifecycle/deactivate"), 204).await;
    let early = app.assign("ada").await;
    assert_eq!((&early["status"], &early["syncState"]), (&json!("ACTIVE"), &json!("DISABLED")));
    app.nothing(Method::POST, &format!("{connection}/lifecycle/activate"), 204).await;
    app.post(&format!("/api/v1/users/{}", app.person("ada")), json!({"profile": {"lastName": "Byron"}})).await;
    app.unassign("ada").await;
    assert_eq!(app.sent(), [""; 0]);
    app.assign("ada").await;
    assert_eq!(app.sent(), [FIND_ADA, "POST /Users"], "a new assignment is another matter");
}

#[tokio::test]
async fn each_switch_stops_what_it_is_for() {
    let app = ProvisionedApp::new().await;
    app.assign("ada").await;
    app.sent();
    app.switch(false, false, false).await;
    let made = app.assign("bo").await;
    assert_eq!((&made["status"], &made["syncState"]), (&json!("ACTIVE"), &json!("DISABLED")), "create");
    app.post(&format!("/api/v1/users/{}", app.person("ada")), json!({"profile": {"lastName": "Byron"}})).await;
    assert_eq!(app.state("ada").await, state("PROVISIONED", "SYNCHRONIZED"), "update");
    app.unassign("ada").await;
    assert_eq!(app.sent(), [""; 0], "deactivate");

    app.switch(true, false, true).await;
    app.service.keep("Users", json!({"userName": "chidi@acme.example", "active": true}));
    app.assign("chidi").await;
    let find = "GET /Users?filter=userName eq \"chidi@acme.example\"&startIndex=1&count=100";
    assert_eq!(app.sent(), [find], "linked, and not updated");
    assert_eq!(app.events().await.last().unwrap(), "user.sync");
    assert_eq!(app.state("chidi").await, state("PROVISIONED", "SYNCHRONIZED"));
}

#[tokio::test]
async fn what_waits_when_its_switch_goes_off_waits_on() {
    let app = ProvisionedApp::new().await;
    app.assign("ada").await;
    app.switch(false, true, true).await;
    assert_eq!(app.sent(), [""; 0]);
    assert_eq!(app.mock.provisioning().jobs[0].task, "provision");
    app.switch(true, true, true).await;
    assert_eq!(app.sent(), [FIND_ADA, "POST /Users"]);
}

#[tokio::test]
async fn an_inactive_app_hears_of_those_who_lose_it_only() {
    let app = ProvisionedApp::new().await;
    let assigned = format!("{}/groups/{}", app.path, app.group("Engineering"));
    app.put(&assigned, json!({})).await;
    app.sent();
    app.post(&format!("{}/lifecycle/deactivate", app.path), Value::Null).await;
    assert_eq!(app.sent(), [""; 0], "deactivating the app says nothing of its people");
    app.post(&format!("/api/v1/users/{}/lifecycle/deactivate", app.person("ada")), Value::Null).await;
    assert_eq!(app.sent(), [""; 0], "assignments of inactive apps are left untouched");
    assert_eq!(app.state("ada").await, state("PROVISIONED", "SYNCHRONIZED"));
    app.leave("Engineering", "bo").await;
    let sent = app.sent();
    assert!(sent.len() == 1 && sent[0].starts_with("PATCH /Users/"), "{sent:?}");
    assert!(app.service.user("bo@acme.example").unwrap()["active"] == false);
    app.join("Engineering", "bo").await;
    assert_eq!(app.sent(), [""; 0]);
    app.post(&format!("{}/lifecycle/activate", app.path), Value::Null).await;
    let sent = app.sent();
    assert_eq!(sent.len(), 3, "one is found and woken, and the one who was deactivated meanwhile goes: {sent:?}");
}

#[tokio::test]
async fn the_user_name_is_what_the_apps_template_makes() {
    let app = ProvisionedApp::new().await;
    let cases = [
        ("ada", "${source.email}", "ada@acme.example"),
        ("bo", "${fn:substringBefore(source.login, \"@\")}", "bo"),
        ("chidi", "x-${source.firstName}.${source.lastName}", "x-Chidi.Okonjo"),
        ("admin", "${user.anything}", "admin@acme.example"),
    ];
    for (name, template, expected) in cases {
        let body = json!({"signOnMode": "SAML_2_0", "label": "Team",
            "credentials": {"userNameTemplate": {"template": template, "type": "CUSTOM"}}});
        app.put(&app.path, body).await;
        assert_eq!(app.assign(name).await["credentials"]["userName"], expected);
        let find = format!("GET /Users?filter=userName eq \"{expected}\"&startIndex=1&count=100");
        assert_eq!(app.sent(), [find.as_str(), "POST /Users"]);
    }
}

#[tokio::test]
async fn an_assignment_shows_its_members_in_order() {
    let app = ProvisionedApp::new().await;
    app.assign("ada").await;
    app.sent();
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
        "lastSync",
    ];
    assert_eq!(keys(&app.assignment("ada").await), members);
    let features = app.get(&app.path).await["features"].clone();
    let on = [
        "SCIM_PROVISIONING",
        "PUSH_NEW_USERS",
        "PUSH_USER_DEACTIVATION",
        "REACTIVATE_USERS",
        "PUSH_PROFILE_UPDATES",
        "GROUP_PUSH",
    ];
    assert_eq!(features, json!(on));
}
