//! What Okta's SCIM client sends about pushed groups, and what shows of it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::provisioned_app::ProvisionedApp;
use crate::scim_service::Seen;

const FIND: &str = "GET /Groups?filter=displayName eq \"Engineering\"&startIndex=1&count=100";
const NOTHING: [&str; 0] = [];

/// An app whose people are Ada and Bo, of whom everybody is in Engineering.
async fn app_of_two() -> ProvisionedApp {
    let app = ProvisionedApp::new().await;
    app.assign("ada").await;
    app.assign("bo").await;
    app.sent();
    app
}

fn lines(sent: &[Seen]) -> Vec<&str> {
    sent.iter().map(|request| request.line.as_str()).collect()
}

fn operations(request: &Seen) -> &Value {
    assert_eq!(request.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:PatchOp"]));
    &request.body["Operations"]
}

/// The operation that Okta sends with every change of members, and to rename.
fn naming(id: &str, name: &str) -> Value {
    json!([{"op": "replace", "value": {"id": id, "displayName": name}}])
}

#[tokio::test]
async fn a_group_is_looked_for_and_created_with_the_members_that_the_app_knows() {
    let app = app_of_two().await;
    let mapping = app.push("Engineering").await;
    app.mock.drain_provisioning();
    let sent = app.service.requests();
    assert_eq!(lines(&sent), [FIND, "POST /Groups"]);
    let [ada, bo] = ["ada", "bo"].map(|name| app.service.user(&format!("{name}@acme.example")).unwrap()["id"].clone());
    let mut body = sent[1].body.clone();
    body["members"].as_array_mut().unwrap().sort_by_key(ToString::to_string);
    let mut members =
        vec![json!({"value": ada, "display": "ada@acme.example"}), json!({"value": bo, "display": "bo@acme.example"})];
    members.sort_by_key(ToString::to_string);
    let expected = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Engineering",
        "members": members,
    });
    assert_eq!(body, expected, "Chidi is in the group, and not assigned to the app");
    let shown = app.get(&mapping).await;
    assert_eq!((&shown["status"], shown.get("errorSummary")), (&json!("ACTIVE"), None));
    assert!(shown["lastPush"].as_str().unwrap().ends_with('Z'));
    assert_eq!(app.events().await[2..], ["group_push.mapping.created", "group_push.pushed"]);
}

#[tokio::test]
async fn a_group_that_the_app_has_already_is_taken_over() {
    let app = app_of_two().await;
    let id = app.service.keep("Groups", json!({"displayName": "engineering", "members": [{"value": "user9"}]}));
    app.push("Engineering").await;
    app.mock.drain_provisioning();
    let sent = app.service.requests();
    let patch = format!("PATCH /Groups/{id}");
    assert_eq!(lines(&sent), [FIND, &patch, &patch]);
    assert_eq!(operations(&sent[1]), &naming(&id, "Engineering"));
    assert_eq!(
        (&operations(&sent[2])[0]["op"], &operations(&sent[2])[0]["path"]),
        (&json!("replace"), &json!("members"))
    );
    assert_eq!(app.service.members("Engineering"), ["ada@acme.example", "bo@acme.example"]);
    assert_eq!(app.events().await.last().unwrap(), "group_push.updated");
}

#[tokio::test]
async fn who_joins_and_who_leaves_is_told_in_one_request() {
    let app = app_of_two().await;
    app.assign("chidi").await;
    app.leave("Engineering", "chidi").await;
    app.push("Engineering").await;
    app.sent();
    app.join("Engineering", "chidi").await;
    app.leave("Engineering", "bo").await;
    app.mock.drain_provisioning();
    let sent = app.service.requests();
    let id = app.service.group("Engineering").unwrap()["id"].as_str().unwrap().to_owned();
    let patch = format!("PATCH /Groups/{id}");
    assert_eq!(lines(&sent), [&patch, &patch]);
    assert_eq!(operations(&sent[0]), &naming(&id, "Engineering"));
    let [bo, chidi] =
        ["bo", "chidi"].map(|name| app.service.user(&format!("{name}@acme.example")).unwrap()["id"].clone());
    let expected = json!([
        {"op": "remove", "path": format!("members[value eq {bo}]")},
        {"op": "add", "path": "members", "value": [{"value": chidi, "display": "chidi@acme.example"}]},
    ]);
    assert_eq!(operations(&sent[1]), &expected);
    assert_eq!(app.events().await.last().unwrap(), "group_push.push_memberships");

    app.join("Engineering", "bo").await;
    app.leave("Engineering", "bo").await;
    assert_eq!(app.sent(), NOTHING, "nothing has changed");
}

#[tokio::test]
async fn who_comes_to_the_app_later_joins_the_groups_pushed_before() {
    let app = ProvisionedApp::new().await;
    app.push("Engineering").await;
    app.push("Zero Trust Users").await;
    app.sent();
    assert_eq!(app.service.members("Engineering"), NOTHING);
    app.assign("ada").await;
    let sent = app.sent();
    assert_eq!(sent.len(), 6, "{sent:?}");
    assert_eq!(sent[1], "POST /Users", "first the user");
    assert_eq!(app.service.members("Engineering"), ["ada@acme.example"]);
    assert_eq!(app.service.members("Zero Trust Users"), ["ada@acme.example"]);
}

#[tokio::test]
async fn a_group_waits_for_its_people_and_names_them_all_at_once() {
    let app = ProvisionedApp::new().await;
    app.push("Engineering").await;
    app.put(&format!("{}/groups/{}", app.path, app.group("Engineering")), json!({})).await;
    let sent = app.sent();
    assert_eq!(sent.len(), 8, "{sent:?}");
    assert_eq!(sent[6..], [FIND, "POST /Groups"], "although it was pushed first");
    assert_eq!(app.service.members("Engineering").len(), 3);
}

#[tokio::test]
async fn who_loses_the_app_stays_in_its_groups_until_they_are_pushed_again() {
    let app = app_of_two().await;
    let mapping = app.push("Engineering").await;
    app.sent();
    app.unassign("bo").await;
    let sent = app.sent();
    assert!(sent.len() == 1 && sent[0].starts_with("PATCH /Users/"), "{sent:?}");
    assert_eq!(app.service.members("Engineering").len(), 2);
    app.set_mapping(&mapping, "ACTIVE").await;
    app.sent();
    assert_eq!(app.service.members("Engineering"), ["ada@acme.example"]);
}

#[tokio::test]
async fn a_renamed_group_is_renamed_in_the_app_unless_it_has_a_name_of_its_own_there() {
    let app = app_of_two().await;
    app.push("Engineering").await;
    app.push_as("Zero Trust Users", "Access").await;
    app.sent();
    let id = app.service.group("Engineering").unwrap()["id"].as_str().unwrap().to_owned();
    let [engineering, users] = ["Engineering", "Zero Trust Users"].map(|name| app.group(name));
    app.put(&format!("/api/v1/groups/{engineering}"), json!({"profile": {"name": "Builders"}})).await;
    app.put(&format!("/api/v1/groups/{users}"), json!({"profile": {"name": "Everyone Else"}})).await;
    app.mock.drain_provisioning();
    let sent = app.service.requests();
    assert_eq!(lines(&sent), [format!("PATCH /Groups/{id}")]);
    assert_eq!(operations(&sent[0]), &naming(&id, "Builders"));
    assert!(app.service.group("Builders").is_some() && app.service.group("Access").is_some());
    assert_eq!(app.events().await.last().unwrap(), "group_push.mapping.app.group.renamed");
    app.put(&format!("/api/v1/groups/{engineering}"), json!({"profile": {"name": "Builders", "description": "x"}}))
        .await;
    assert_eq!(app.sent(), NOTHING, "no other name");
}

#[tokio::test]
async fn a_mapping_that_is_off_pushes_nothing_and_everything_when_it_is_on_again() {
    let app = app_of_two().await;
    let mapping = app.push("Engineering").await;
    app.sent();
    app.set_mapping(&mapping, "INACTIVE").await;
    app.leave("Engineering", "bo").await;
    assert_eq!(app.sent(), NOTHING);
    app.set_mapping(&mapping, "ACTIVE").await;
    app.mock.drain_provisioning();
    let sent = app.service.requests();
    let id = app.service.group("Engineering").unwrap()["id"].as_str().unwrap().to_owned();
    let patch = format!("PATCH /Groups/{id}");
    assert_eq!(lines(&sent), [&format!("GET /Groups/{id}"), &patch, &patch]);
    assert_eq!(operations(&sent[1]), &naming(&id, "Engineering"));
    assert_eq!(operations(&sent[2])[0]["value"].as_array().unwrap().len(), 1);
    assert_eq!(app.service.members("Engineering"), ["ada@acme.example"]);

    app.set_mapping(&mapping, "ACTIVE").await;
    app.set_mapping(&mapping, "INACTIVE").await;
    assert_eq!(app.sent(), NOTHING, "switched off before its turn");
}

#[tokio::test]
async fn a_mapping_that_was_made_inactive_waits() {
    let app = app_of_two().await;
    let path = format!("{}/group-push/mappings", app.path);
    let body =
        json!({"sourceGroupId": app.group("Engineering"), "targetGroupName": "Engineering", "status": "INACTIVE"});
    let made = app.post(&path, body).await;
    assert_eq!(app.sent(), NOTHING);
    app.set_mapping(&format!("{path}/{}", made["id"].as_str().unwrap()), "ACTIVE").await;
    assert_eq!(app.sent(), [FIND, "POST /Groups"]);
}

#[tokio::test]
async fn a_deleted_mapping_takes_the_apps_group_along_only_if_told() {
    let app = app_of_two().await;
    let mapping = app.push("Engineering").await;
    app.sent();
    app.set_mapping(&mapping, "INACTIVE").await;
    app.nothing(Method::DELETE, &mapping, 200).await;
    assert_eq!(app.sent(), NOTHING);
    let id = app.service.group("Engineering").unwrap()["id"].as_str().unwrap().to_owned();

    let mapping = app.push("Engineering").await;
    let patch = format!("PATCH /Groups/{id}");
    assert_eq!(app.sent(), [format!("GET /Groups/{id}"), patch.clone(), patch], "the name links to what is there");
    app.set_mapping(&mapping, "INACTIVE").await;
    app.nothing(Method::DELETE, &format!("{mapping}?deleteTargetGroup=true"), 200).await;
    assert_eq!(app.sent(), [format!("DELETE /Groups/{id}")]);
    assert_eq!(app.service.group("Engineering"), None);
    assert_eq!(app.events().await.last().unwrap(), "group.remove");

    let mapping = app.push("Engineering").await;
    app.set_mapping(&mapping, "INACTIVE").await;
    app.nothing(Method::DELETE, &format!("{mapping}?deleteTargetGroup=true"), 200).await;
    assert_eq!(app.sent(), NOTHING, "the app has never heard of it");
}

#[tokio::test]
async fn a_group_of_the_same_name_is_pushed_after_the_old_one_is_deleted() {
    let app = app_of_two().await;
    let old = app.push("Engineering").await;
    app.sent();
    let id = app.service.group("Engineering").unwrap()["id"].as_str().unwrap().to_owned();
    app.set_mapping(&old, "INACTIVE").await;
    app.nothing(Method::DELETE, &format!("{old}?deleteTargetGroup=true"), 200).await;
    app.push("Engineering").await;
    assert_eq!(app.sent(), [&format!("DELETE /Groups/{id}"), FIND, "POST /Groups"]);
    assert_ne!(app.service.group("Engineering").unwrap()["id"], json!(id));
}

#[tokio::test]
async fn a_group_that_is_gone_in_okta_stays_in_the_app() {
    let app = app_of_two().await;
    app.push("Engineering").await;
    app.sent();
    app.nothing(Method::DELETE, &format!("/api/v1/groups/{}", app.group("Engineering")), 204).await;
    assert_eq!(app.sent(), NOTHING);
    assert!(app.service.group("Engineering").is_some());
}

#[tokio::test]
async fn nothing_is_pushed_to_an_app_without_a_connection() {
    let app = app_of_two().await;
    app.nothing(Method::POST, &format!("{}/connections/default/lifecycle/deactivate", app.path), 204).await;
    let mapping = app.push("Engineering").await;
    assert_eq!(app.sent(), NOTHING);
    assert_eq!(app.mock.provisioning().pending, 0);
    app.nothing(Method::POST, &format!("{}/connections/default/lifecycle/activate", app.path), 204).await;
    app.set_mapping(&mapping, "ACTIVE").await;
    assert_eq!(app.sent(), [FIND, "POST /Groups"]);
}
