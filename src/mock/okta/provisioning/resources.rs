//! The bodies that Okta's SCIM client sends (RFC 7643, RFC 7644).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::mock::ids;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Attributes of an app's profile that have the same name in SCIM.
const PLAIN: &[&str] =
    &["displayName", "nickName", "profileUrl", "title", "userType", "preferredLanguage", "locale", "timezone"];

/// The language of people who have none.
const LOCALE: &str = "en-US";

/// Somebody as the app is to know them.
pub(crate) struct Person {
    /// Id of the Okta user.
    pub(crate) id: String,
    pub(crate) user_name: String,
    /// The assignment's profile.
    pub(crate) profile: Map<String, Value>,
}

impl Person {
    /// An attribute; those without a value are not sent.
    fn text(&self, name: &str) -> Option<&Value> {
        self.profile.get(name).filter(|value| value.as_str().is_some_and(|text| !text.is_empty()))
    }

    fn write(&self, resource: &mut Value) {
        resource["userName"] = json!(self.user_name);
        for name in ["givenName", "familyName"] {
            if let Some(value) = self.text(name) {
                resource["name"][name] = value.clone();
            }
        }
        if let Some(email) = self.text("email") {
            write_email(resource, email);
        }
        for name in PLAIN {
            if let Some(value) = self.text(name) {
                resource[name] = value.clone();
            }
        }
        resource["externalId"] = json!(self.id);
    }

    /// A user to create. The password is a random placeholder that nobody learns, so that nobody can log in with one.
    pub(crate) fn new_user(&self) -> Value {
        let mut user = json!({"schemas": [USER]});
        self.write(&mut user);
        if user.get("locale").is_none() {
            user["locale"] = json!(LOCALE);
        }
        user["groups"] = json!([]);
        user["password"] = json!(ids::secret(8));
        user["active"] = json!(true);
        user
    }

    /// What the service holds, with what Okta knows better; the rest is sent back as it came.
    pub(crate) fn merged_into(&self, held: &Value) -> Value {
        let mut user = match held {
            Value::Object(_) => held.clone(),
            _ => json!({"schemas": [USER], "active": true}),
        };
        // Okta merges into objects; a service that holds something else there gets an object.
        if !user["name"].is_object() && ["givenName", "familyName"].iter().any(|name| self.text(name).is_some()) {
            user["name"] = json!({});
        }
        self.write(&mut user);
        user
    }
}

/// The primary address, or the one at work, or another one.
fn write_email(resource: &mut Value, email: &Value) {
    if !resource["emails"].is_array() {
        resource["emails"] = json!([]);
    }
    let Some(emails) = resource["emails"].as_array_mut() else { return };
    let place = emails
        .iter()
        .position(|held| held["primary"] == true)
        .or_else(|| emails.iter().position(|held| held["type"] == "work"));
    match place.and_then(|place| emails[place].as_object_mut()) {
        Some(held) => drop(held.insert("value".into(), email.clone())),
        None => emails.push(json!({"primary": true, "value": email, "type": "work"})),
    }
}

fn patch(operations: &[Value]) -> Value {
    json!({"schemas": [PATCH], "Operations": operations})
}

/// Activates or deactivates a user.
pub(crate) fn activation(active: bool) -> Value {
    patch(&[json!({"op": "replace", "value": {"active": active}})])
}

/// Members of a group: what is displayed, by the user's id in the app.
pub(crate) type Members = BTreeMap<String, String>;

fn list(members: &Members) -> Value {
    members.iter().map(|(id, display)| json!({"value": id, "display": display})).collect()
}

/// A group to create, members included.
pub(crate) fn new_group(name: &str, members: &Members) -> Value {
    json!({"schemas": [GROUP], "displayName": name, "members": list(members)})
}

/// Okta sends the group's id with its name.
pub(crate) fn naming(id: &str, name: &str) -> Value {
    patch(&[json!({"op": "replace", "value": {"id": id, "displayName": name}})])
}

/// Everybody who is in the group.
pub(crate) fn all_members(members: &Members) -> Value {
    patch(&[json!({"op": "replace", "path": "members", "value": list(members)})])
}

/// Who left the group and who joined it; none if nobody did.
pub(crate) fn changed_members(before: &Members, after: &Members) -> Option<Value> {
    let mut operations: Vec<Value> = before
        .keys()
        .filter(|id| !after.contains_key(*id))
        .map(|id| json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")}))
        .collect();
    let joined: Members =
        after.iter().filter(|(id, _)| !before.contains_key(*id)).map(|(id, name)| (id.clone(), name.clone())).collect();
    if !joined.is_empty() {
        operations.push(json!({"op": "add", "path": "members", "value": list(&joined)}));
    }
    (!operations.is_empty()).then(|| patch(&operations))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> Person {
        let profile = json!({"givenName": "Ada", "familyName": "Quist", "email": "ada@acme.example", "title": "",
            "displayName": "Ada Quist", "nickName": null});
        let Value::Object(profile) = profile else { unreachable!() };
        Person { id: "00u1".into(), user_name: "ada@acme.example".into(), profile }
    }

    #[test]
    fn a_new_user_has_every_member_that_okta_always_sends_and_none_without_a_value() {
        let mut user = ada().new_user();
        let password = user["password"].take();
        assert_eq!(password.as_str().unwrap().len(), 8);
        let expected = json!({
            "schemas": [USER],
            "userName": "ada@acme.example",
            "name": {"givenName": "Ada", "familyName": "Quist"},
            "emails": [{"primary": true, "value": "ada@acme.example", "type": "work"}],
            "displayName": "Ada Quist",
            "externalId": "00u1",
            "locale": "en-US",
            "groups": [],
            "password": null,
            "active": true,
        });
        assert_eq!(user, expected);
    }

    #[test]
    fn an_update_sends_back_what_the_service_holds_besides() {
        let held = json!({
            "id": "s1",
            "meta": {"resourceType": "User"},
            "userName": "old",
            "name": {"givenName": "Ada", "familyName": "Lovelace", "formatted": "Ada Lovelace"},
            "emails": [{"value": "home@acme.example", "type": "home"}, {"value": "old", "type": "work", "display": "x"}],
            "active": false,
        });
        let sent = ada().merged_into(&held);
        assert_eq!((&sent["id"], &sent["active"], &sent["meta"]), (&held["id"], &held["active"], &held["meta"]));
        assert_eq!(sent["name"], json!({"givenName": "Ada", "familyName": "Quist", "formatted": "Ada Lovelace"}));
        assert_eq!(
            sent["emails"],
            json!([{"value": "home@acme.example", "type": "home"},
                {"value": "ada@acme.example", "type": "work", "display": "x"}])
        );
        assert_eq!((&sent["externalId"], sent.get("password")), (&json!("00u1"), None));
        assert_eq!(ada().merged_into(&sent), sent, "a second time changes nothing");
        let strange = ada().merged_into(&json!({"name": "Ada", "emails": "x"}));
        assert_eq!(strange["name"]["givenName"], "Ada");
    }

    #[test]
    fn a_membership_change_removes_one_by_one_and_adds_at_once() {
        let members = |ids: &[&str]| ids.iter().map(|id| ((*id).to_owned(), format!("{id}@x"))).collect::<Members>();
        let change = changed_members(&members(&["a", "b"]), &members(&["b", "c", "d"])).unwrap();
        assert_eq!(
            change["Operations"],
            json!([
                {"op": "remove", "path": "members[value eq \"a\"]"},
                {"op": "add", "path": "members", "value":
                    [{"value": "c", "display": "c@x"}, {"value": "d", "display": "d@x"}]},
            ])
        );
        assert_eq!(changed_members(&members(&["a"]), &members(&["a"])), None);
    }
}
