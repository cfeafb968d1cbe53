//! Groups and their members.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Endpoint, GROUP, patch, path};

#[tokio::test]
async fn a_group_is_created_read_renamed_and_deleted() {
    let endpoint = Endpoint::new().await;
    // Word for word what Okta sends.
    let sent = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "access-admins",
        "members": [],
    });
    let answer = endpoint.call(Method::POST, "/Groups", sent).await;
    let created = answer.json();
    assert_eq!((answer.status, answer.header("location")), (201, created["meta"]["location"].as_str().unwrap()));
    let expected = json!({
        "schemas": [GROUP],
        "id": created["id"],
        "displayName": "access-admins",
        "meta": {
            "created": created["meta"]["created"],
            "lastModified": created["meta"]["created"],
            "resourceType": "Group",
            "location": format!("{}{}", endpoint.url, path(&created)),
        },
    });
    assert_eq!(created, expected);
    assert_eq!(endpoint.get(&path(&created)).await, created);
    let rename = json!([{"op": "replace", "value": {"id": created["id"], "displayName": "admins"}}]);
    assert_eq!(endpoint.patch(&created, rename).await["displayName"], "admins");
    let other = patch(json!([{"op": "replace", "value": {"id": "other", "displayName": "x"}}]));
    endpoint.refused(Method::PATCH, &path(&created), other, 400, Some("mutability")).await;
    let nameless = json!({"schemas": [GROUP], "members": []});
    endpoint.refused(Method::PUT, &path(&created), nameless.clone(), 400, Some("invalidValue")).await;
    endpoint.refused(Method::POST, "/Groups", nameless, 400, Some("invalidValue")).await;
    let unnamed = patch(json!([{"op": "remove", "path": "displayName"}]));
    endpoint.refused(Method::PATCH, &path(&created), unnamed, 400, Some("mutability")).await;
    endpoint.delete(&path(&created)).await;
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        endpoint.refused(method, &path(&created), json!({}), 404, None).await;
    }
}

#[tokio::test]
async fn a_patched_group_is_shown_only_to_whoever_asks() {
    let endpoint = Endpoint::new().await;
    let ada = endpoint.user("ada@acme.example").await;
    let crew = endpoint.group("crew", &[&ada]).await;
    let rename = patch(json!([{"op": "replace", "value": {"displayName": "sailors"}}]));
    assert_eq!(endpoint.expect(Method::PATCH, &path(&crew), rename.clone(), 204).await, Value::Null);
    let asked = format!("{}?attributes=displayName", path(&crew));
    let shown = endpoint.expect(Method::PATCH, &asked, rename, 200).await;
    assert_eq!(shown, json!({"schemas": [GROUP], "id": crew["id"], "displayName": "sailors"}));
    assert_eq!(endpoint.get(&path(&crew)).await["members"], crew["members"]);
}

#[tokio::test]
async fn two_groups_may_have_one_name() {
    // Directories allow it, RFC 7643 asks for no uniqueness, and Okta looks for the name before it creates.
    let endpoint = Endpoint::new().await;
    let (first, second) = (endpoint.group("crew", &[]).await, endpoint.group("Crew", &[]).await);
    let found = endpoint.get("/Groups?filter=displayName%20eq%20%22crew%22").await;
    assert_eq!(found["Resources"], json!([first, second]));
}

#[tokio::test]
async fn members_come_and_go() {
    let endpoint = Endpoint::new().await;
    let ada = endpoint.user("ada@acme.example").await;
    let bob = endpoint.user("bob@acme.example").await;
    let crew = endpoint.group("crew", &[&ada]).await;
    let member = |user: &Value, display: &Value| json!({"value": user["id"], "$ref": user["meta"]["location"], "display": display, "type": "User"});
    assert_eq!(crew["members"], json!([member(&ada, &ada["userName"])]));

    // Okta's one PATCH for who leaves and who joins.
    let left = format!("members[value eq {}]", ada["id"]);
    let joined = json!([{"value": bob["id"], "display": "Bob"}]);
    let moved = endpoint
        .patch(&crew, json!([{"op": "remove", "path": left}, {"op": "add", "path": "members", "value": joined}]))
        .await;
    assert_eq!(moved["members"], json!([member(&bob, &json!("Bob"))]));
    // Asked again, nothing more happens.
    endpoint.caller.mock.world().clock.advance(std::time::Duration::from_secs(60));
    let again = endpoint
        .patch(&crew, json!([{"op": "remove", "path": left}, {"op": "add", "path": "members", "value": joined}]))
        .await;
    assert_eq!(again, moved);

    let both = json!([{"op": "replace", "path": "members", "value": [{"value": bob["id"]}, {"value": ada["id"]}, {"value": ada["id"]}]}]);
    let both = endpoint.patch(&crew, both).await;
    assert_eq!(both["members"], json!([member(&bob, &bob["userName"]), member(&ada, &ada["userName"])]));
    let entra = json!([{"op": "Remove", "path": "members", "value": [{"value": bob["id"]}]}]);
    assert_eq!(endpoint.patch(&crew, entra).await["members"], json!([member(&ada, &ada["userName"])]));

    let put = json!({"schemas": [GROUP], "displayName": "crew", "members": [{"$ref": bob["meta"]["location"]}]});
    let put = endpoint.expect(Method::PUT, &path(&crew), put, 200).await;
    assert_eq!(put["members"], json!([member(&bob, &bob["userName"])]));
    let none =
        endpoint.expect(Method::PUT, &path(&crew), json!({"schemas": [GROUP], "displayName": "crew"}), 200).await;
    assert_eq!(none.get("members"), None);
}

#[tokio::test]
async fn only_users_that_exist_are_members() {
    let endpoint = Endpoint::new().await;
    let ada = endpoint.user("ada@acme.example").await;
    let crew = endpoint.group("crew", &[&ada]).await;
    for member in [
        json!({"value": "8a2b58cd-64fe-4982-abdb-7a1cd614695b"}),
        json!({"value": crew["id"]}),
        json!({"value": ada["id"], "type": "Group"}),
        json!({"display": "Ada"}),
        json!("ada"),
    ] {
        let group = json!({"schemas": [GROUP], "displayName": "others", "members": [member]});
        endpoint.refused(Method::POST, "/Groups", group.clone(), 400, Some("invalidValue")).await;
        endpoint.refused(Method::PUT, &path(&crew), group, 400, Some("invalidValue")).await;
        let add = patch(json!([{"op": "add", "path": "members", "value": [member]}]));
        endpoint.refused(Method::PATCH, &path(&crew), add, 400, Some("invalidValue")).await;
    }
    assert_eq!(endpoint.get(&path(&crew)).await, crew);
    let rewritten =
        patch(json!([{"op": "replace", "path": format!("members[value eq {}].value", ada["id"]), "value": "x"}]));
    endpoint.refused(Method::PATCH, &path(&crew), rewritten, 400, Some("mutability")).await;
}

#[tokio::test]
async fn users_show_their_groups_and_leave_them_when_deleted() {
    let endpoint = Endpoint::new().await;
    let ada = endpoint.user("ada@acme.example").await;
    let bob = endpoint.user("bob@acme.example").await;
    let crew = endpoint.group("crew", &[&ada, &bob]).await;
    let staff = endpoint.group("staff", &[&ada]).await;
    let group = |group: &Value| json!({"value": group["id"], "$ref": group["meta"]["location"], "display": group["displayName"], "type": "direct"});
    assert_eq!(endpoint.get(&path(&ada)).await["groups"], json!([group(&crew), group(&staff)]));
    assert_eq!(
        endpoint.get(&format!("{}?attributes=groups.display", path(&bob))).await["groups"],
        json!([{"display": "crew"}])
    );
    let of_staff = format!("/Users?filter=groups.value%20eq%20%22{}%22", staff["id"].as_str().unwrap());
    assert_eq!(endpoint.get(&of_staff).await["Resources"][0]["id"], ada["id"]);
    let written = patch(json!([{"op": "add", "path": "groups", "value": [{"value": staff["id"]}]}]));
    endpoint.refused(Method::PATCH, &path(&bob), written, 400, Some("mutability")).await;

    let renamed = endpoint.patch(&crew, json!([{"op": "replace", "path": "displayName", "value": "sailors"}])).await;
    assert_eq!(endpoint.get(&path(&bob)).await["groups"], json!([group(&renamed)]));
    endpoint.delete(&path(&staff)).await;
    assert_eq!(endpoint.get(&path(&ada)).await["groups"], json!([group(&renamed)]));
    endpoint.delete(&path(&ada)).await;
    let left = endpoint.get(&path(&crew)).await;
    assert_eq!(left["members"].as_array().unwrap().len(), 1);
    assert_eq!(left["members"][0]["value"], bob["id"]);
    endpoint.delete(&path(&bob)).await;
    assert_eq!(endpoint.get(&path(&crew)).await.get("members"), None);
}

#[tokio::test]
async fn a_thousand_users_and_fifty_groups_arrive_whole() {
    let endpoint = Endpoint::new().await;
    let now = endpoint.caller.mock.world().clock.now();
    let members: Vec<Value> = {
        let mut account = endpoint.caller.mock.cloudflare();
        let directory = account.identity_provider_mut(&endpoint.id).unwrap().directory_mut();
        let users = (0..1000).map(|number| super::user(&format!("p{number}@acme.example")));
        let ids = users.map(|user| directory.provision(zt::mock::cloudflare::Noun::User, &user, now).unwrap());
        ids.map(|id| json!({"value": id})).collect()
    };
    for (number, members) in members.chunks(20).enumerate() {
        let group = json!({"schemas": [GROUP], "displayName": format!("g{number}"), "members": members});
        endpoint.expect(Method::POST, "/Groups?attributes=displayName", group, 201).await;
    }
    let everybody = endpoint.group("everybody", &[]).await;
    let all = patch(json!([{"op": "replace", "path": "members", "value": members}]));
    endpoint.expect(Method::PATCH, &path(&everybody), all, 204).await;
    let leaving: Vec<Value> = members[..500]
        .iter()
        .map(|member| json!({"op": "remove", "path": format!("members[value eq {}]", member["value"])}))
        .collect();
    endpoint.expect(Method::PATCH, &path(&everybody), patch(json!(leaving)), 204).await;

    assert_eq!(endpoint.get(&path(&everybody)).await["members"].as_array().unwrap().len(), 500);
    let groups = async |name: &str| {
        let found = endpoint.get(&format!("/Users?filter=userName%20eq%20%22{name}@acme.example%22&count=100")).await;
        let groups = found["Resources"][0]["groups"].as_array().unwrap().clone();
        groups.iter().map(|group| group["display"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((groups("p0").await, groups("P999").await), (vec!["g0".into()], vec!["g49".into(), "everybody".into()]));
    let page = endpoint.get("/Users?startIndex=951&count=100&attributes=userName").await;
    assert_eq!((&page["totalResults"], &page["itemsPerPage"]), (&json!(1000), &json!(50)));
    assert_eq!(endpoint.get("/Groups?count=100&excludedAttributes=members").await["totalResults"], 51);
}
