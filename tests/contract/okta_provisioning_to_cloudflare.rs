//! Okta's SCIM client and Cloudflare's SCIM service together: what an administrator does in the one shows in the other.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::{Fault, Side};

use crate::http::client;
use crate::okta::Administrator;

const GROUPS: usize = 50;
const PEOPLE: usize = 1000;

/// An org whose app is connected to an identity provider of the account.
struct Both {
    org: Administrator,
    /// Path of the app.
    path: String,
    app: String,
    base_url: String,
    secret: String,
    http: reqwest::Client,
}

impl Both {
    async fn new() -> Self {
        let org = Administrator::new().await;
        let app = org.scim_app("Cloudflare").await;
        let (base_url, secret) = org.scim_endpoint().await;
        let both = Self {
            path: Administrator::path(&app),
            app: app["id"].as_str().unwrap().to_owned(),
            org,
            base_url,
            secret,
            http: client(None),
        };
        both.connect(&both.secret).await;
        let on = json!({"status": "ENABLED"});
        let switches = json!({"create": {"lifecycleCreate": on}, "update": {"profile": on, "lifecycleDeactivate": on}});
        both.org.put(&format!("{}/features/USER_PROVISIONING", both.path), switches).await;
        both.org.mock.pause_provisioning();
        both
    }

    async fn connect(&self, secret: &str) {
        let connection = json!({"baseUrl": self.base_url, "profile": {"authScheme": "TOKEN", "token": secret}});
        self.org.post(&format!("{}/connections/default?activate=true", self.path), connection).await;
    }

    fn group(&self, name: &str) -> String {
        self.org.mock.okta().group_id(name).unwrap()
    }

    fn person(&self, name: &str) -> String {
        self.org.mock.okta().user_id(&format!("{name}@acme.example")).unwrap()
    }

    async fn assign_group(&self, name: &str) {
        self.org.put(&format!("{}/groups/{}", self.path, self.group(name)), json!({})).await;
    }

    async fn push(&self, name: &str) -> String {
        let body = json!({"sourceGroupId": self.group(name), "targetGroupName": name});
        let made = self.org.post(&format!("{}/group-push/mappings", self.path), body).await;
        format!("{}/group-push/mappings/{}", self.path, made["id"].as_str().unwrap())
    }

    /// A GET below the identity provider in Cloudflare's API.
    async fn received(&self, noun: &str) -> Vec<Value> {
        let provider = self.base_url.split('/').nth_back(2).unwrap();
        let mock = &self.org.mock;
        let path = format!("accounts/{}/access/identity_providers/{provider}/scim/{noun}", mock.account_id());
        let token = format!("Bearer {}", mock.cloudflare_token());
        let url = format!("{}/{path}", mock.api_url());
        let answer = crate::http::send(Method::GET, &url, &[("authorization", &token)], &Value::Null).await;
        answer.json()["result"].as_array().unwrap().clone()
    }

    /// User names of the members of a group at Cloudflare, sorted; none if there is no such group.
    fn members(&self, name: &str) -> Option<Vec<String>> {
        let account = self.org.mock.cloudflare();
        let directory = account.identity_providers()[0].directory();
        let group = directory.group(name)?;
        let ids = directory.member_ids(group);
        let users = directory.users().filter(|user| ids.iter().any(|id| id == user.id()));
        let mut names: Vec<String> = users.filter_map(|user| user.text("userName").map(str::to_owned)).collect();
        names.sort();
        Some(names)
    }

    /// Whether somebody is active at Cloudflare; none if Cloudflare does not know them.
    fn active(&self, name: &str) -> Option<bool> {
        let account = self.org.mock.cloudflare();
        let user = account.identity_providers()[0].directory().user(&format!("{name}@acme.example"))?;
        Some(user.is_active())
    }
}

#[tokio::test]
async fn what_an_administrator_does_in_okta_shows_at_cloudflare() {
    let both = Both::new().await;
    let org = &both.org;
    both.assign_group("Zero Trust Users").await;
    let mapping = both.push("Engineering").await;
    assert_eq!(org.mock.drain_provisioning().pending, 0);
    let people = ["ada@acme.example", "bo@acme.example", "chidi@acme.example"];
    assert_eq!(both.members("Engineering").unwrap(), people);
    let users = both.received("users").await;
    let [ada] = &users.iter().filter(|user| user["displayName"] == "Ada Quist").collect::<Vec<_>>()[..] else {
        panic!("{users:?}")
    };
    assert_eq!((&ada["externalId"], &ada["active"]), (&json!(both.person("ada")), &json!(true)));
    assert_eq!(both.received("groups").await[0]["displayName"], "Engineering");
    let assigned = org.get(&format!("{}/users/{}", both.path, both.person("ada"))).await;
    assert_eq!((&assigned["externalId"], &assigned["syncState"]), (&ada["id"], &json!("SYNCHRONIZED")));

    org.post(&format!("/api/v1/users/{}", both.person("ada")), json!({"profile": {"lastName": "Byron"}})).await;
    let engineering = both.group("Engineering");
    org.nothing(Method::DELETE, &format!("/api/v1/groups/{engineering}/users/{}", both.person("bo")), 204).await;
    org.put(&format!("/api/v1/groups/{engineering}"), json!({"profile": {"name": "Builders"}})).await;
    org.post(&format!("/api/v1/users/{}/lifecycle/deactivate", both.person("chidi")), Value::Null).await;
    assert_eq!(org.mock.drain_provisioning().pending, 0);
    assert_eq!(both.members("Builders").unwrap(), ["ada@acme.example"], "Chidi is no longer assigned");
    assert_eq!((both.active("bo"), both.active("chidi")), (Some(true), Some(false)));
    let names: Vec<_> = both.received("users").await.iter().map(|user| user["displayName"].clone()).collect();
    assert!(names.contains(&json!("Ada Byron")), "{names:?}");

    org.post(&format!("/api/v1/users/{}/lifecycle/activate", both.person("chidi")), Value::Null).await;
    org.mock.drain_provisioning();
    assert_eq!(both.active("chidi"), Some(true));
    assert_eq!(both.members("Builders").unwrap(), ["ada@acme.example", "chidi@acme.example"]);

    org.call(Method::PATCH, &mapping, json!({"status": "INACTIVE"})).await;
    org.nothing(Method::DELETE, &format!("{mapping}?deleteTargetGroup=true"), 200).await;
    org.nothing(Method::DELETE, &format!("{}/groups/{}", both.path, both.group("Zero Trust Users")), 204).await;
    org.mock.drain_provisioning();
    assert_eq!(both.members("Builders"), None);
    assert_eq!(["ada", "bo", "chidi"].map(|name| both.active(name)), [Some(false); 3]);
    let standing = org.mock.provisioning();
    assert_eq!((standing.pending, standing.refused, standing.unanswered), (0, 0, 0));
}

#[tokio::test]
async fn a_secret_that_cloudflare_renewed_is_refused_until_okta_has_it() {
    let both = Both::new().await;
    let provider = both.org.mock.cloudflare().identity_providers()[0].id().to_owned();
    let renewed = both.org.mock.cloudflare().identity_provider_mut(&provider).unwrap().regenerate_scim_secret();
    both.assign_group("Engineering").await;
    let mapping = both.push("Engineering").await;
    let standing = both.org.mock.drain_provisioning();
    assert_eq!((standing.pending, standing.refused), (4, 4));
    assert_eq!(both.org.get(&mapping).await["status"], "ERROR");
    assert_eq!(both.received("users").await, [Value::Null; 0]);
    both.connect(&renewed.unwrap()).await;
    let standing = both.org.mock.drain_provisioning();
    assert_eq!((standing.pending, standing.refused), (0, 4));
    assert_eq!(both.org.get(&mapping).await["status"], "ACTIVE");
    assert_eq!(both.members("Engineering").unwrap().len(), 3);
}

#[tokio::test]
async fn cloudflare_is_caught_up_with_when_it_is_back() {
    let both = Both::new().await;
    let service = "/populations/**";
    both.org.mock.fail(Fault::on("GET", service).closing());
    both.org.mock.fail(Fault::on("POST", service).answering(503, Value::Null));
    both.assign_group("Engineering").await;
    both.push("Engineering").await;
    let standing = both.org.mock.drain_provisioning();
    assert_eq!((standing.pending, standing.failing, standing.unanswered), (4, 4, 4));
    both.org.mock.world().faults.clear();
    both.org.mock.fail(Fault::on("POST", service).answering(503, Value::Null).times(2));
    let standing = both.org.mock.drain_provisioning();
    assert_eq!((standing.failing, standing.refused), (2, 2), "the group is pushed without those who were refused");
    both.org.mock.resume_provisioning();
    both.org.mock.world().clock.advance(Duration::from_secs(120));
    let standing = both.org.mock.provisioning_settled().await;
    assert_eq!(standing.pending, 0, "the clock was enough: {standing:?}");
    assert_eq!(both.members("Engineering").unwrap().len(), 3);
    assert_eq!(both.received("users").await.len(), 3);
}

#[tokio::test]
async fn a_user_whom_a_lost_answer_left_behind_is_found_and_linked() {
    let both = Both::new().await;
    let lost = Fault::on("POST", "/populations/**").closing();
    both.org.mock.fail(lost.carried_out().times(1));
    both.org.post(&format!("{}/users", both.path), json!({"id": both.person("ada")})).await;
    assert_eq!(both.org.mock.drain_provisioning().failing, 1);
    assert_eq!(both.received("users").await.len(), 1, "Cloudflare has her, and Okta does not know");
    assert_eq!(both.org.mock.drain_provisioning().pending, 0);
    let users = both.received("users").await;
    let assigned = both.org.get(&format!("{}/users/{}", both.path, both.person("ada"))).await;
    assert_eq!((users.len(), &assigned["externalId"]), (1, &users[0]["id"]));
}

#[tokio::test]
async fn tokens_and_passwords_are_nowhere_in_the_journal() {
    let both = Both::new().await;
    both.assign_group("Engineering").await;
    both.org.mock.drain_provisioning();
    let all = serde_json::to_string(&both.org.mock.journal().all()).unwrap();
    assert!(!all.contains(&both.secret));
    let created = both.org.mock.journal().matching("POST", "/populations/*/scim/v2/Users");
    assert_eq!(created.len(), 3);
    for exchange in created {
        assert_eq!(exchange.request_body["password"], "[redacted]");
        assert_eq!(exchange.request_header("authorization"), Some("[redacted]"));
    }
    let connection = both.org.mock.okta().connection(&both.app, &both.secret);
    assert_eq!(connection, Some((both.base_url, true, true)), "that secret was sent");
}

impl Both {
    /// One of many calls, over one connection.
    async fn call(&self, method: Method, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.org.mock.org_url());
        let token = format!("SSWS {}", self.org.mock.okta_token());
        let answer = self.http.request(method, url).header("authorization", token).json(body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }
}

#[tokio::test]
async fn a_thousand_people_in_fifty_pushed_groups_take_two_requests_each() {
    let both = Both::new().await;
    let mut groups = Vec::new();
    for number in 0..GROUPS {
        let body = json!({"profile": {"name": format!("Group {number:02}")}});
        let made = both.call(Method::POST, "/api/v1/groups", &body).await;
        groups.push(made["id"].as_str().unwrap().to_owned());
    }
    for number in 0..PEOPLE {
        let login = format!("person{number:04}@acme.example");
        let profile = json!({"firstName": "Person", "lastName": number.to_string(), "login": login, "email": login});
        let body = json!({"profile": profile, "groupIds": [groups[number % GROUPS]]});
        both.call(Method::POST, "/api/v1/users", &body).await;
    }
    let mark = both.org.mock.journal().len();
    let begun = Instant::now();
    both.org.mock.resume_provisioning();
    for (number, group) in groups.iter().enumerate() {
        both.call(Method::PUT, &format!("{}/groups/{group}", both.path), &json!({})).await;
        let body = json!({"sourceGroupId": group, "targetGroupName": format!("Group {number:02}")});
        both.call(Method::POST, &format!("{}/group-push/mappings", both.path), &body).await;
    }
    let standing = both.org.mock.drain_provisioning();
    println!("{PEOPLE} people in {GROUPS} groups: {} requests in {:.2?}", standing.requests, begun.elapsed());

    assert_eq!((standing.pending, standing.refused, standing.unanswered), (0, 0, 0));
    for number in 0..GROUPS {
        let expected: Vec<_> =
            (number..PEOPLE).step_by(GROUPS).map(|number| format!("person{number:04}@acme.example")).collect();
        assert_eq!(both.members(&format!("Group {number:02}")).unwrap(), expected);
    }
    let mut sent = BTreeMap::<String, usize>::new();
    for exchange in both.org.mock.journal().since(mark).iter().filter(|exchange| exchange.side == Side::Team) {
        let noun = exchange.path.split("/scim/v2").nth(1).unwrap();
        *sent.entry(format!("{} {noun}", exchange.method)).or_default() += 1;
    }
    let expected = [("GET /Groups", GROUPS), ("GET /Users", PEOPLE), ("POST /Groups", GROUPS), ("POST /Users", PEOPLE)];
    assert_eq!(sent, expected.map(|(line, count)| (line.to_owned(), count)).into());
}
