//! The SCIM service on the team domain: who gets in, what it says of itself, and how it refuses.

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::Options;
use zt::mock::cloudflare::Directory;

use crate::cloudflare::{Caller, okta};
use crate::http::{Answer, send};

mod groups;
mod lists;
mod log;
mod okta;
mod people;
mod received;
mod users;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// An identity provider with SCIM on, and a client of its service.
struct Endpoint {
    caller: Caller,
    id: String,
    url: String,
    secret: String,
}

impl Endpoint {
    /// With no setting but that SCIM is on.
    async fn new() -> Self {
        Self::with(json!({"enabled": true})).await
    }

    /// With these SCIM settings.
    async fn with(scim: Value) -> Self {
        Self::of(Caller::new().await, scim).await
    }

    /// On a mock that is asked for what it does not have.
    async fn refusing() -> Self {
        Self::of(Caller::with(Options { allow_unserved: true, ..Options::default() }).await, json!({"enabled": true}))
            .await
    }

    async fn of(caller: Caller, scim: Value) -> Self {
        let created = caller.create(okta(scim)).await;
        let text = |pointer: &str| created.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
        let (id, url) = (text("/id"), text("/scim_config/scim_base_url"));
        Self { id, url, secret: text("/scim_config/secret"), caller }
    }

    /// Any request, as the client that knows the secret.
    async fn call(&self, method: Method, path: &str, body: Value) -> Answer {
        send(method, &format!("{}{path}", self.url), &[("authorization", &self.secret)], &body).await
    }

    /// The same, whose answer must have this status; its body, `null` for none.
    async fn expect(&self, method: Method, path: &str, body: Value, status: u16) -> Value {
        let answer = self.call(method.clone(), path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
        if answer.text.is_empty() {
            return Value::Null;
        }
        assert_eq!(answer.header("content-type"), "application/scim+json");
        answer.json()
    }

    /// A request that must be refused so; the detail.
    async fn refused(&self, method: Method, path: &str, body: Value, status: u16, kind: Option<&str>) -> String {
        let answer = self.call(method.clone(), path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
        assert_refusal(&answer, kind)
    }

    async fn get(&self, path: &str) -> Value {
        self.expect(Method::GET, path, Value::Null, 200).await
    }

    async fn delete(&self, path: &str) {
        assert_eq!(self.expect(Method::DELETE, path, Value::Null, 204).await, Value::Null);
    }

    /// Creates a user, whose email is its name.
    async fn user(&self, user_name: &str) -> Value {
        self.expect(Method::POST, "/Users", user(user_name), 201).await
    }

    /// Creates a group with these users in it.
    async fn group(&self, name: &str, members: &[&Value]) -> Value {
        let members: Vec<Value> = members.iter().map(|user| json!({"value": user["id"]})).collect();
        let group = json!({"schemas": [GROUP], "displayName": name, "members": members});
        self.expect(Method::POST, "/Groups", group, 201).await
    }

    /// Carries out PATCH operations on a resource, which must succeed; the resource.
    async fn patch(&self, resource: &Value, operations: Value) -> Value {
        let whole = format!("{}?excludedAttributes=", path(resource));
        self.expect(Method::PATCH, &whole, patch(operations), 200).await
    }

    /// Looks at what arrived.
    fn directory<T>(&self, look: impl FnOnce(&Directory) -> T) -> T {
        look(self.caller.mock.cloudflare().identity_provider(&self.id).unwrap().directory())
    }
}

/// The body of every refusal; its detail.
fn assert_refusal(answer: &Answer, kind: Option<&str>) -> String {
    let body = answer.json();
    assert_eq!(answer.header("content-type"), "application/scim+json");
    assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    assert_eq!(body["status"], answer.status.to_string());
    assert_eq!(body.get("scimType"), kind.map(Value::from).as_ref(), "{body}");
    body["detail"].as_str().unwrap().to_owned()
}

/// A user as Okta would send it, as little of it as the RFC asks for and an email.
fn user(user_name: &str) -> Value {
    json!({
        "schemas": [USER],
        "userName": user_name,
        "emails": [{"value": user_name, "type": "work", "primary": true}],
        "active": true,
    })
}

fn patch(operations: Value) -> Value {
    json!({"schemas": [PATCH], "Operations": operations})
}

/// Path of a resource below the base URL.
fn path(resource: &Value) -> String {
    let endpoint = if resource["meta"]["resourceType"] == "User" { "Users" } else { "Groups" };
    format!("/{endpoint}/{}", resource["id"].as_str().unwrap())
}

#[tokio::test]
async fn an_empty_service_answers_what_a_credential_test_asks() {
    let endpoint = Endpoint::new().await;
    for path in ["/Users?startIndex=1&count=2", "/Groups?startIndex=1&count=100"] {
        let empty = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": 0,
            "startIndex": 1,
            "itemsPerPage": 0,
            "Resources": [],
        });
        assert_eq!(endpoint.get(path).await, empty);
    }
}

#[tokio::test]
async fn only_the_secret_in_force_is_a_credential() {
    let endpoint = Endpoint::new().await;
    let other = endpoint.caller.create(okta(json!({"enabled": true}))).await;
    let other = other.pointer("/scim_config/secret").and_then(Value::as_str).unwrap();
    let ask = async |method: Method, path: &str, credential: &str| {
        let body = if method == Method::GET { Value::Null } else { user("ada@acme.example") };
        send(method, &format!("{}{path}", endpoint.url), &[("authorization", credential)], &body).await
    };
    let current = endpoint.secret.as_str();
    for accepted in [current.to_owned(), format!("Bearer {current}"), format!("bearer {current}")] {
        assert_eq!(ask(Method::GET, "/Users", &accepted).await.status, 200);
    }
    let api_token = endpoint.caller.mock.cloudflare_token();
    for refused in ["", "Bearer", "wrong", &format!("Basic {current}"), other, &api_token] {
        for (method, path) in [
            (Method::GET, "/Users"),
            (Method::POST, "/Users"),
            (Method::PUT, "/Users/x"),
            (Method::PATCH, "/Groups/x"),
            (Method::DELETE, "/Groups/x"),
            (Method::GET, "/ServiceProviderConfig"),
            (Method::GET, "/Schemas"),
            (Method::GET, "/ResourceTypes/User"),
            (Method::POST, "/Bulk"),
            (Method::GET, "/Me"),
        ] {
            let answer = ask(method.clone(), path, refused).await;
            assert_eq!(answer.status, 401, "{method} {path} {refused}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            assert_eq!(assert_refusal(&answer, None), "Authorization failure");
        }
    }
    assert_eq!(endpoint.directory(|directory| directory.users().len()), 0);
    let nobody = endpoint.url.replace(&endpoint.id, "8a2b58cd-64fe-4982-abdb-7a1cd614695b");
    assert_eq!(
        send(Method::GET, &format!("{nobody}/Users"), &[("authorization", current)], &Value::Null).await.status,
        401
    );
}

#[tokio::test]
async fn a_new_secret_ends_the_old_one_at_once_and_switching_off_ends_all() {
    let endpoint = Endpoint::new().await;
    let users = format!("{}/Users", endpoint.url);
    let status =
        async |secret: &str| send(Method::GET, &users, &[("authorization", secret)], &Value::Null).await.status;
    endpoint.user("ada@acme.example").await;
    let provider = endpoint.caller.account(&format!("access/identity_providers/{}", endpoint.id));
    let refreshed = endpoint.caller.call(Method::POST, &format!("{provider}/refresh_scim_secret"), Value::Null).await;
    let secret = refreshed.json()["result"]["scim_config"]["secret"].as_str().unwrap().to_owned();
    assert_eq!((status(&endpoint.secret).await, status(&secret).await), (401, 200));
    endpoint.caller.put(&endpoint.id, okta(json!({"enabled": false}))).await;
    assert_eq!(status(&secret).await, 401);
    let again = endpoint.caller.put(&endpoint.id, okta(json!({"enabled": true}))).await;
    let minted = again.pointer("/scim_config/secret").and_then(Value::as_str).unwrap();
    assert_eq!((status(&secret).await, status(minted).await), (401, 200));
    assert_eq!(endpoint.directory(|directory| directory.users().len()), 1);
}

#[tokio::test]
async fn the_service_describes_itself() {
    let endpoint = Endpoint::new().await;
    let config = endpoint.get("/ServiceProviderConfig").await;
    assert_eq!(config["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]));
    for (feature, supported) in
        [("patch", true), ("bulk", false), ("filter", true), ("changePassword", false), ("sort", true), ("etag", false)]
    {
        assert_eq!(config[feature]["supported"], supported, "{feature}");
    }
    assert_eq!(config["filter"]["maxResults"], 100);
    assert_eq!(config["authenticationSchemes"][0]["type"], "oauthbearertoken");

    let types = endpoint.get("/ResourceTypes").await;
    assert_eq!(types["totalResults"], 2);
    for (resource_type, schema, extensions) in
        [("User", USER, json!([{"schema": ENTERPRISE, "required": false}])), ("Group", GROUP, json!([]))]
    {
        let one = endpoint.get(&format!("/ResourceTypes/{resource_type}")).await;
        assert!(types["Resources"].as_array().unwrap().contains(&one));
        assert_eq!((&one["id"], &one["name"]), (&json!(resource_type), &json!(resource_type)));
        assert_eq!((&one["endpoint"], &one["schema"]), (&json!(format!("/{resource_type}s")), &json!(schema)));
        assert_eq!(one["schemaExtensions"], extensions);
        assert_eq!(one["meta"]["location"], format!("{}/ResourceTypes/{resource_type}", endpoint.url));
    }

    let schemas = endpoint.get("/Schemas").await;
    let names = schemas["Resources"].as_array().unwrap().iter().map(|schema| schema["name"].as_str().unwrap());
    let names: Vec<&str> = names.collect();
    assert_eq!(names, ["User", "EnterpriseUser", "Group", "ServiceProviderConfig", "ResourceType", "Schema"]);
    for schema in schemas["Resources"].as_array().unwrap() {
        let urn = schema["id"].as_str().unwrap();
        assert_eq!(endpoint.get(&format!("/Schemas/{urn}")).await, *schema);
        assert_eq!(schema["meta"]["location"], format!("{}/Schemas/{urn}", endpoint.url));
        schema["attributes"].as_array().unwrap().iter().for_each(assert_declared);
    }
    let group = endpoint.get(&format!("/Schemas/{GROUP}")).await;
    let display_name = json!({
        "name": "displayName",
        "type": "string",
        "multiValued": false,
        "description": "Name of the group; must be the name that the groups claim has",
        "required": true,
        "mutability": "readWrite",
        "returned": "default",
        "caseExact": false,
        "uniqueness": "none",
    });
    assert_eq!(group["attributes"][0], display_name);
}

/// The characteristics that RFC 7643 section 7 gives an attribute.
fn assert_declared(attribute: &Value) {
    let one_of = |name: &str, values: &[&str]| values.contains(&attribute[name].as_str().unwrap());
    assert!(attribute["name"].is_string() && attribute["description"].is_string(), "{attribute}");
    assert!(attribute["multiValued"].is_boolean() && attribute["required"].is_boolean(), "{attribute}");
    assert!(one_of("type", &["string", "boolean", "integer", "dateTime", "binary", "reference", "complex"]));
    assert!(one_of("mutability", &["readOnly", "readWrite", "immutable", "writeOnly"]), "{attribute}");
    assert!(one_of("returned", &["always", "never", "default"]), "{attribute}");
    assert_eq!(attribute["type"] == "reference", attribute.get("referenceTypes").is_some(), "{attribute}");
    match attribute.get("subAttributes") {
        Some(parts) => parts.as_array().unwrap().iter().for_each(assert_declared),
        None => assert_ne!(attribute["type"], "complex", "{attribute}"),
    }
}

#[tokio::test]
async fn what_the_service_does_not_do_it_says() {
    let endpoint = Endpoint::refusing().await;
    for (method, path, status) in [
        (Method::POST, "/Bulk", 501),
        (Method::GET, "/Me", 501),
        (Method::PATCH, "/Me", 501),
        (Method::POST, "/.search", 501),
        (Method::POST, "/Users/.search", 501),
        (Method::GET, "/Schemas/urn:nobody", 404),
        (Method::GET, "/ResourceTypes/Device", 404),
        (Method::GET, "/Schemas?filter=id%20pr", 403),
        (Method::GET, "/ResourceTypes?filter=id%20pr", 403),
        (Method::GET, "/Devices", 404),
        (Method::GET, "", 404),
        (Method::POST, "/Schemas", 405),
        (Method::DELETE, "/ServiceProviderConfig", 405),
        (Method::PUT, "/Users", 405),
        (Method::POST, "/Users/x", 405),
    ] {
        endpoint.refused(method, path, json!({}), status, None).await;
    }
    for path in ["/Devices", "/Schemas"] {
        let answer = send(Method::PUT, &format!("{}{path}", endpoint.url), &[], &json!({})).await;
        assert_eq!(answer.status, 401, "{path}");
        assert_refusal(&answer, None);
    }
}

#[tokio::test]
async fn both_media_types_are_understood_and_no_other() {
    let endpoint = Endpoint::new().await;
    let ask = async |method: Method, headers: &[(&str, &str)], body: &str| {
        let client = crate::http::client(None).request(method, format!("{}/Users", endpoint.url));
        let client = headers.iter().fold(client, |client, (name, value)| client.header(*name, *value));
        client.header("authorization", &endpoint.secret).body(body.to_owned()).send().await.unwrap()
    };
    for (number, sent) in
        ["application/scim+json", "application/json; charset=utf-8", "Application/SCIM+json"].iter().enumerate()
    {
        let body = user(&format!("u{number}@acme.example")).to_string();
        assert_eq!(ask(Method::POST, &[("content-type", sent)], &body).await.status(), 201, "{sent}");
    }
    let refused = ask(Method::POST, &[("content-type", "text/plain")], &user("x@acme.example").to_string()).await;
    assert_eq!(refused.status(), 415);
    for (accept, answered) in [
        ("application/scim+json", "application/scim+json"),
        ("application/scim+json; charset=utf-8", "application/scim+json"),
        ("application/json", "application/json"),
        ("application/json, */*", "application/scim+json"),
        ("*/*", "application/scim+json"),
    ] {
        let answer = ask(Method::GET, &[("accept", accept)], "").await;
        assert_eq!(answer.headers()["content-type"], answered, "{accept}");
    }
}
