//! Users: every method, and what each refuses.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ENTERPRISE, Endpoint, USER, patch, path, user};

/// What Okta sends to create a user.
fn from_okta() -> Value {
    json!({
        "schemas": [USER],
        "userName": "ada@acme.example",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"primary": true, "value": "ada@acme.example", "type": "work"}],
        "displayName": "Ada Lovelace",
        "locale": "en-US",
        "externalId": "00ujl29u0le5T6Aj10h7",
        "groups": [],
        "password": "1mz050nq",
        "active": true,
    })
}

#[tokio::test]
async fn a_user_is_created_read_and_deleted() {
    let endpoint = Endpoint::new().await;
    let answer = endpoint.call(Method::POST, "/Users", from_okta()).await;
    let created = answer.json();
    assert_eq!((answer.status, answer.header("content-type")), (201, "application/scim+json"));
    assert_eq!(created["meta"]["location"], format!("{}{}", endpoint.url, path(&created)));
    assert_eq!(created["meta"]["location"], answer.header("location"));
    assert_eq!(created["meta"]["created"], created["meta"]["lastModified"]);
    assert_eq!(created["id"].as_str().unwrap().len(), 36);

    let mut expected = from_okta();
    for absent in ["password", "groups"] {
        expected.as_object_mut().unwrap().remove(absent);
    }
    expected["id"] = created["id"].clone();
    expected["meta"] = created["meta"].clone();
    assert_eq!(created, expected);
    assert_eq!(endpoint.get(&path(&created)).await, created);

    endpoint.delete(&path(&created)).await;
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        let detail = endpoint.refused(method, &path(&created), from_okta(), 404, None).await;
        assert!(detail.contains(created["id"].as_str().unwrap()), "{detail}");
    }
    assert_eq!(endpoint.user("ada@acme.example").await["userName"], "ada@acme.example");
}

#[tokio::test]
async fn a_user_name_is_taken_once_whatever_its_case() {
    let endpoint = Endpoint::new().await;
    let ada = endpoint.user("ada@acme.example").await;
    let bob = endpoint.user("bob@acme.example").await;
    let taken = Some("uniqueness");
    endpoint.refused(Method::POST, "/Users", user("ADA@acme.example"), 409, taken).await;
    endpoint.refused(Method::PUT, &path(&bob), user("Ada@acme.example"), 409, taken).await;
    let rename = patch(json!([{"op": "replace", "path": "userName", "value": "ada@ACME.example"}]));
    endpoint.refused(Method::PATCH, &path(&bob), rename.clone(), 409, taken).await;
    // Its own name in another spelling is nobody else's.
    assert_eq!(endpoint.expect(Method::PATCH, &path(&ada), rename, 200).await["userName"], "ada@ACME.example");
    endpoint.delete(&path(&ada)).await;
    endpoint.expect(Method::PUT, &path(&bob), user("ada@acme.example"), 200).await;
    assert!(endpoint.directory(|directory| directory.user("bob@acme.example").is_none()));
}

#[tokio::test]
async fn put_replaces_everything_that_clients_may_set() {
    let endpoint = Endpoint::new().await;
    let created = endpoint.expect(Method::POST, "/Users", from_okta(), 201).await;
    // Clients send back what they got, with what they do not own in it.
    let mut sent = user("ada@acme.example");
    sent["title"] = json!("Countess");
    sent["id"] = json!("another");
    sent["meta"] = json!({"created": "1815-12-10T00:00:00Z"});
    sent["groups"] = json!([{"value": "g1"}]);
    sent["shoeSize"] = json!(38);
    sent[ENTERPRISE] = json!({"department": "Engines"});
    let replaced = endpoint.expect(Method::PUT, &path(&created), sent.clone(), 200).await;
    assert_eq!((&replaced["id"], &replaced["meta"]["created"]), (&created["id"], &created["meta"]["created"]));
    assert_eq!((&replaced["title"], &replaced[ENTERPRISE]["department"]), (&json!("Countess"), &json!("Engines")));
    assert_eq!(replaced["schemas"], json!([USER, ENTERPRISE]));
    for gone in ["displayName", "locale", "name", "externalId", "groups", "shoeSize", "password"] {
        assert_eq!(replaced.get(gone), None, "{gone}");
    }
    endpoint.refused(Method::PUT, &path(&created), json!({"schemas": [USER]}), 400, Some("invalidValue")).await;
    assert_eq!(endpoint.get(&path(&created)).await, replaced);
    // A user that does not say whether it is active is.
    sent.as_object_mut().unwrap().remove("active");
    assert_eq!(endpoint.expect(Method::PUT, &path(&created), sent, 200).await["active"], true);
}

#[tokio::test]
async fn patch_carries_out_all_operations_or_none() {
    let endpoint = Endpoint::new().await;
    let ada = endpoint.user("ada@acme.example").await;
    // Word for word what Okta sends to deactivate.
    let off = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "value": {"active": false}}],
    });
    assert_eq!(endpoint.expect(Method::PATCH, &path(&ada), off, 200).await["active"], false);
    let on = endpoint.patch(&ada, json!([{"op": "replace", "value": {"active": true}}])).await;
    assert_eq!(on["active"], true);

    let half = json!([{"op": "replace", "path": "title", "value": "Countess"}, {"op": "replace", "path": "active", "value": 7}]);
    endpoint.refused(Method::PATCH, &path(&ada), patch(half), 400, Some("invalidValue")).await;
    assert_eq!(endpoint.get(&path(&ada)).await, on);

    for (operation, kind) in [
        (json!({"op": "replace", "path": "id", "value": "x"}), "mutability"),
        (json!({"op": "remove", "path": "userName"}), "mutability"),
        (json!({"op": "remove"}), "noTarget"),
        (json!({"op": "replace", "path": "emails[type eq \"home\"].value", "value": "x"}), "noTarget"),
        (json!({"op": "replace", "path": "shoeSize", "value": 38}), "invalidPath"),
        (json!({"op": "remove", "path": "emails[size eq \"x\"]"}), "invalidFilter"),
        (json!({"op": "rename", "path": "title", "value": "x"}), "invalidSyntax"),
    ] {
        endpoint.refused(Method::PATCH, &path(&ada), patch(json!([operation])), 400, Some(kind)).await;
    }
    let unnamed = json!({"Operations": [{"op": "replace", "value": {"active": false}}]});
    endpoint.refused(Method::PATCH, &path(&ada), unnamed, 400, Some("invalidSyntax")).await;
}

#[tokio::test]
async fn the_last_change_is_dated_only_if_something_changed() {
    let endpoint = Endpoint::new().await;
    let ada = endpoint.user("ada@acme.example").await;
    endpoint.caller.mock.world().clock.advance(std::time::Duration::from_secs(60));
    let same = endpoint.patch(&ada, json!([{"op": "add", "path": "emails", "value": ada["emails"]}])).await;
    assert_eq!(same, ada);
    let changed = endpoint.patch(&ada, json!([{"op": "add", "path": "title", "value": "Countess"}])).await;
    assert_eq!(changed["meta"]["created"], ada["meta"]["created"]);
    assert!(changed["meta"]["lastModified"].as_str() > ada["meta"]["lastModified"].as_str());
}

#[tokio::test]
async fn bodies_that_are_no_users_are_refused() {
    let endpoint = Endpoint::new().await;
    for (body, kind) in [
        (json!([]), "invalidSyntax"),
        (json!({"userName": "ada@acme.example"}), "invalidSyntax"),
        (json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "userName": "a"}), "invalidSyntax"),
        (json!({"schemas": [USER]}), "invalidValue"),
        (json!({"schemas": [USER], "userName": ["a"]}), "invalidValue"),
        (json!({"schemas": [USER], "userName": "a", "emails": "a"}), "invalidValue"),
    ] {
        endpoint.refused(Method::POST, "/Users", body, 400, Some(kind)).await;
    }
    let url = format!("{}/Users", endpoint.url);
    let broken = crate::http::client(None).post(url).header("authorization", &endpoint.secret).body("{").send().await;
    assert_eq!(broken.unwrap().status(), 400);
    assert_eq!(endpoint.directory(|directory| directory.users().len()), 0);
}

#[tokio::test]
async fn a_password_goes_nowhere() {
    let endpoint = Endpoint::new().await;
    let created = endpoint.expect(Method::POST, "/Users", from_okta(), 201).await;
    endpoint.patch(&created, json!([{"op": "replace", "path": "password", "value": "1mz050nq"}])).await;
    endpoint.patch(&created, json!([{"op": "replace", "value": {"password": "1mz050nq"}}])).await;
    endpoint.patch(&created, json!([{"op": "replace", "value": {format!("{USER}:password"): "1mz050nq"}}])).await;
    endpoint.expect(Method::PUT, &path(&created), from_okta(), 200).await;
    let asked = endpoint.get(&format!("{}?attributes=password,userName", path(&created))).await;
    assert_eq!(asked, json!({"schemas": [USER], "id": created["id"], "userName": "ada@acme.example"}));
    endpoint
        .refused(Method::GET, "/Users?filter=password%20eq%20%221mz050nq%22", Value::Null, 400, Some("invalidFilter"))
        .await;
    let logged = endpoint.caller.account(&format!("access/logs/scim/updates?idp_id={}", endpoint.id));
    let logged = endpoint.caller.get(&logged).await.to_string();
    assert!(logged.contains("ada@acme.example") && !logged.contains("1mz050nq"), "{logged}");
    let journal = serde_json::to_string(&endpoint.caller.mock.journal().all()).unwrap();
    assert!(journal.contains("ada@acme.example") && !journal.contains("1mz050nq"));
    let kept = endpoint.directory(|directory| format!("{:?}", directory.users().collect::<Vec<_>>()));
    assert!(!kept.contains("1mz050nq"), "{kept}");
}

#[tokio::test]
async fn attributes_are_chosen_in_every_answer() {
    let endpoint = Endpoint::new().await;
    let created = endpoint.expect(Method::POST, "/Users?attributes=userName", from_okta(), 201).await;
    let little = json!({"schemas": [USER], "id": created["id"], "userName": "ada@acme.example"});
    assert_eq!(created, little);
    let one = format!("/Users/{}", created["id"].as_str().unwrap());
    assert_eq!(endpoint.get(&format!("{one}?attributes=username,name.shoeSize")).await, little);
    assert_eq!(endpoint.expect(Method::PUT, &format!("{one}?attributes=userName"), from_okta(), 200).await, little);
    let off = patch(json!([{"op": "replace", "value": {"active": false}}]));
    let patched = endpoint.expect(Method::PATCH, &format!("{one}?attributes=active"), off, 200).await;
    assert_eq!(patched, json!({"schemas": [USER], "id": created["id"], "active": false}));
    let listed = endpoint.get("/Users?attributes=emails.value").await;
    let emails = json!({"schemas": [USER], "id": created["id"], "emails": [{"value": "ada@acme.example"}]});
    assert_eq!(listed["Resources"], json!([emails]));
    let without = endpoint
        .get(&format!("{one}?excludedAttributes=id,emails,name,meta,locale,externalId,active,displayName"))
        .await;
    assert_eq!(without, little);
}
