//! What SCIM does to people: nothing before they log in, then what the identity provider's settings say.

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::cloudflare::{Login, Person};

use super::{Endpoint, patch, path, user};

const ADA: &str = "ada@acme.example";

impl Endpoint {
    /// Ada logs in with this identity provider, in groups that her token names.
    fn ada_logs_in(&self) -> String {
        self.ada_logs_in_with(&self.id)
    }

    fn ada_logs_in_with(&self, identity_provider: &str) -> String {
        let login = Login {
            email: "Ada@acme.example".into(),
            name: "Ada".into(),
            identity_provider: identity_provider.to_owned(),
            groups: vec!["token-group".into()],
            claims: json!({}),
            ip: "127.0.0.1".into(),
        };
        let now = self.caller.mock.world().clock.now();
        self.caller.mock.cloudflare().logged_in(login, now)
    }

    fn ada(&self) -> Person {
        self.caller.mock.cloudflare().person(ADA).unwrap().clone()
    }

    /// How many sessions she has, and whether she takes a seat.
    fn left(&self) -> (usize, bool) {
        let ada = self.ada();
        (ada.sessions.len(), ada.access_seat)
    }
}

/// The ways in which a user is deprovisioned.
const WAYS: [&str; 4] = ["patch", "put", "delete", "created inactive"];

async fn deprovision(endpoint: &Endpoint, way: &str) {
    let mut inactive = user(ADA);
    inactive["active"] = json!(false);
    if way == "created inactive" {
        endpoint.expect(Method::POST, "/Users", inactive, 201).await;
        return;
    }
    let one = endpoint.directory(|directory| format!("/Users/{}", directory.user(ADA).unwrap().id()));
    match way {
        "patch" => {
            let off = patch(json!([{"op": "replace", "value": {"active": false}}]));
            endpoint.expect(Method::PATCH, &one, off, 200).await;
        }
        "put" => drop(endpoint.expect(Method::PUT, &one, inactive, 200).await),
        _ => endpoint.delete(&one).await,
    }
}

#[tokio::test]
async fn deprovisioning_does_what_the_settings_say() {
    for way in WAYS {
        for (settings, left) in [
            (json!({}), (2, true)),
            (json!({"user_deprovision": true}), (0, true)),
            (json!({"user_deprovision": true, "seat_deprovision": true}), (0, false)),
        ] {
            let mut scim = json!({"enabled": true});
            scim.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
            let endpoint = Endpoint::with(scim).await;
            if way != "created inactive" {
                endpoint.user(ADA).await;
            }
            let tokens = [endpoint.ada_logs_in(), endpoint.ada_logs_in()];
            assert_eq!(endpoint.left(), (2, true));
            deprovision(&endpoint, way).await;
            assert_eq!(endpoint.left(), left, "{way} with {settings}");
            let now = endpoint.caller.mock.world().clock.now();
            let account = endpoint.caller.mock.cloudflare();
            let good = tokens.iter().filter(|token| account.session(token, now).is_some()).count();
            assert_eq!(good, left.0, "{way} with {settings}");
        }
    }
}

#[tokio::test]
async fn before_a_first_login_scim_has_no_effect_on_people() {
    for way in WAYS {
        let settings = json!({"enabled": true, "user_deprovision": true, "seat_deprovision": true});
        let endpoint = Endpoint::with(settings).await;
        if way != "created inactive" {
            let ada = endpoint.user(ADA).await;
            endpoint.group("crew", &[&ada]).await;
        }
        deprovision(&endpoint, way).await;
        assert!(endpoint.caller.mock.cloudflare().people().is_empty(), "{way}");
        // Whoever logs in later is somebody, whatever SCIM said before.
        endpoint.ada_logs_in();
        assert_eq!(endpoint.left(), (1, true), "{way}");
    }
}

#[tokio::test]
async fn people_of_another_identity_provider_are_left_alone() {
    let settings = json!({"enabled": true, "user_deprovision": true, "seat_deprovision": true});
    let endpoint = Endpoint::with(settings).await;
    let ada = endpoint.user(ADA).await;
    endpoint.ada_logs_in_with("8a2b58cd-64fe-4982-abdb-7a1cd614695b");
    endpoint.delete(&path(&ada)).await;
    assert_eq!(endpoint.left(), (1, true));
    // From the first login with this one on, all of her sessions are concerned.
    endpoint.user(ADA).await;
    endpoint.ada_logs_in();
    endpoint.ada_logs_in_with("8a2b58cd-64fe-4982-abdb-7a1cd614695b");
    deprovision(&endpoint, "patch").await;
    assert_eq!(endpoint.left(), (0, false));
}

#[tokio::test]
async fn a_person_is_found_by_user_name_or_primary_email() {
    for (user_name, emails, found) in [
        ("ADA@acme.example", json!([]), true),
        ("ada", json!([{"value": "Ada@acme.example", "primary": true}]), true),
        ("ada", json!([{"value": "ada@acme.example"}]), true),
        ("ada", json!([{"value": "x@acme.example", "primary": true}, {"value": "ada@acme.example"}]), false),
        ("ada", json!([]), false),
    ] {
        let endpoint = Endpoint::with(json!({"enabled": true, "user_deprovision": true})).await;
        endpoint.ada_logs_in();
        let mut sent = user(user_name);
        sent["emails"] = emails.clone();
        let created = endpoint.expect(Method::POST, "/Users", sent, 201).await;
        endpoint.delete(&path(&created)).await;
        assert_eq!(endpoint.left().0 == 0, found, "{user_name} {emails}");
    }
}

#[tokio::test]
async fn somebody_who_is_back_is_deprovisioned_again_by_the_next_word() {
    let endpoint = Endpoint::with(json!({"enabled": true, "user_deprovision": true, "seat_deprovision": true})).await;
    endpoint.user(ADA).await;
    endpoint.ada_logs_in();
    deprovision(&endpoint, "patch").await;
    endpoint.ada_logs_in();
    assert_eq!(endpoint.left(), (1, true));
    deprovision(&endpoint, "patch").await;
    assert_eq!(endpoint.left(), (0, false));
    let on = patch(json!([{"op": "replace", "value": {"active": true}}]));
    let one = endpoint.directory(|directory| format!("/Users/{}", directory.user(ADA).unwrap().id()));
    endpoint.expect(Method::PATCH, &one, on, 200).await;
    endpoint.ada_logs_in();
    assert_eq!(endpoint.left(), (1, true));
}

/// What Ada's identity says, and how many sessions she has.
fn identity(endpoint: &Endpoint) -> (Value, Value, usize) {
    let ada = endpoint.ada();
    (ada.identity["name"].clone(), ada.identity["groups"].clone(), ada.sessions.len())
}

#[tokio::test]
async fn a_change_of_groups_reaches_people_as_the_settings_say() {
    for (behaviour, at_once, sessions) in [("automatic", true, 1), ("reauth", false, 0), ("no_action", false, 1)] {
        for way in ["joins", "leaves", "joins by put", "group created", "group deleted"] {
            let endpoint = Endpoint::with(json!({"enabled": true, "identity_update_behavior": behaviour})).await;
            let ada = endpoint.user(ADA).await;
            let bob = endpoint.user("bob@acme.example").await;
            let inside = matches!(way, "leaves" | "group deleted");
            let first = endpoint.group("first", &[&ada]).await;
            let second = endpoint.group("second", &if inside { vec![&bob, &ada] } else { vec![&bob] }).await;
            endpoint.ada_logs_in();
            let before = if inside { json!(["first", "second"]) } else { json!(["first"]) };
            assert_eq!(identity(&endpoint), (json!("Ada"), before.clone(), 1), "{behaviour} {way}");
            match way {
                "joins" => {
                    let value = json!([{"value": ada["id"]}]);
                    endpoint.patch(&second, json!([{"op": "add", "path": "members", "value": value}])).await;
                }
                "leaves" => {
                    let path = format!("members[value eq {}]", ada["id"]);
                    endpoint.patch(&second, json!([{"op": "remove", "path": path}])).await;
                }
                "joins by put" => {
                    let mut whole = second.clone();
                    whole["members"] = json!([{"value": ada["id"]}]);
                    endpoint.expect(Method::PUT, &path(&second), whole, 200).await;
                }
                "group created" => drop(endpoint.group("second", &[&ada]).await),
                _ => endpoint.delete(&path(&second)).await,
            }
            let after = if inside { json!(["first"]) } else { json!(["first", "second"]) };
            let now = if at_once { after.clone() } else { before };
            assert_eq!(identity(&endpoint), (json!("Ada"), now, sessions), "{behaviour} {way}");
            // The next login sees it in any case, and Access goes by the token's groups.
            endpoint.ada_logs_in();
            assert_eq!(identity(&endpoint), (json!("Ada"), after, sessions + 1), "{behaviour} {way}");
            assert_eq!(endpoint.ada().groups, ["token-group"]);
            // Somebody else's coming and going is nothing to her.
            let seen = identity(&endpoint);
            endpoint.patch(&first, json!([{"op": "add", "path": "members", "value": [{"value": bob["id"]}]}])).await;
            assert_eq!(identity(&endpoint), seen, "{behaviour} {way}");
        }
    }
}

#[tokio::test]
async fn a_new_name_reaches_people_at_once_only_if_updates_are_automatic() {
    for (behaviour, name, groups) in
        [("automatic", "Countess", "sailors"), ("reauth", "Ada", "crew"), ("no_action", "Ada", "crew")]
    {
        let endpoint = Endpoint::with(json!({"enabled": true, "identity_update_behavior": behaviour})).await;
        let ada = endpoint.user(ADA).await;
        let crew = endpoint.group("crew", &[&ada]).await;
        endpoint.ada_logs_in();
        endpoint.patch(&ada, json!([{"op": "replace", "path": "displayName", "value": "Countess"}])).await;
        endpoint.patch(&crew, json!([{"op": "replace", "value": {"displayName": "sailors"}}])).await;
        // A name is no membership, so nobody has to log in again.
        assert_eq!(identity(&endpoint), (json!(name), json!([groups]), 1), "{behaviour}");
    }
}

#[tokio::test]
async fn without_pushed_groups_the_identity_has_those_of_the_token() {
    let endpoint = Endpoint::with(json!({"enabled": true, "identity_update_behavior": "automatic"})).await;
    endpoint.ada_logs_in();
    let ada = endpoint.user(ADA).await;
    assert_eq!(identity(&endpoint).1, json!(["token-group"]));
    let crew = endpoint.group("crew", &[&ada]).await;
    assert_eq!(identity(&endpoint).1, json!(["crew"]));
    endpoint.delete(&path(&crew)).await;
    assert_eq!(identity(&endpoint).1, json!([]));
    endpoint.ada_logs_in();
    assert_eq!(identity(&endpoint).1, json!(["token-group"]));
}
