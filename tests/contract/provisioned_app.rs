//! A SCIM app in a mock's Okta org, connected to a service of the test's own, and an administrator who uses it.

use std::ops::Deref;

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::Options;

use crate::okta::Administrator;
use crate::scim_service::ScimService;

/// What is entered as the app's token. It has no scheme, so that one that Okta adds would show.
pub(crate) const TOKEN: &str = "plum-0123456789";

/// An app with every switch of its provisioning on. Okta's SCIM client is paused, so that a drain begins with what a
/// test did and not in the middle of it.
pub(crate) struct ProvisionedApp {
    pub(crate) org: Administrator,
    pub(crate) service: ScimService,
    pub(crate) id: String,
    /// Path of the app.
    pub(crate) path: String,
}

impl Deref for ProvisionedApp {
    type Target = Administrator;

    fn deref(&self) -> &Administrator {
        &self.org
    }
}

impl ProvisionedApp {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let service = ScimService::start();
        service.lets_in(TOKEN);
        let org = Administrator::with(options).await;
        let app = org.scim_app("Team").await;
        let (id, path) = (app["id"].as_str().unwrap().to_owned(), Administrator::path(&app));
        let app = Self { org, service, id, path };
        app.connect(app.service.base_url(), TOKEN).await;
        app.switch(true, true, true).await;
        app.service.requests();
        app.mock.pause_provisioning();
        app
    }

    /// Sets the connection and switches it on.
    pub(crate) async fn connect(&self, base_url: &str, token: &str) {
        let connection = json!({"baseUrl": base_url, "profile": {"authScheme": "TOKEN", "token": token}});
        self.post(&format!("{}/connections/default?activate=true", self.path), connection).await;
    }

    /// *Create Users*, *Update User Attributes*, *Deactivate Users*.
    pub(crate) async fn switch(&self, create: bool, update: bool, deactivate: bool) {
        let status = |on| json!({"status": if on { "ENABLED" } else { "DISABLED" }});
        let switches = json!({
            "create": {"lifecycleCreate": status(create)},
            "update": {"profile": status(update), "lifecycleDeactivate": status(deactivate)},
        });
        self.put(&format!("{}/features/USER_PROVISIONING", self.path), switches).await;
    }

    /// Id of one of the people that every mock has.
    pub(crate) fn person(&self, name: &str) -> String {
        self.org.mock.okta().user_id(&format!("{name}@acme.example")).unwrap()
    }

    /// Id of one of the groups that every mock has.
    pub(crate) fn group(&self, name: &str) -> String {
        self.org.mock.okta().group_id(name).unwrap()
    }

    /// Assigns somebody directly; the answer.
    pub(crate) async fn assign(&self, name: &str) -> Value {
        self.post(&format!("{}/users", self.path), json!({"id": self.person(name), "scope": "USER"})).await
    }

    pub(crate) async fn unassign(&self, name: &str) {
        self.nothing(Method::DELETE, &format!("{}/users/{}", self.path, self.person(name)), 204).await;
    }

    /// Somebody's assignment.
    pub(crate) async fn assignment(&self, name: &str) -> Value {
        self.get(&format!("{}/users/{}", self.path, self.person(name))).await
    }

    /// Status and sync state of somebody's assignment.
    pub(crate) async fn state(&self, name: &str) -> (String, String) {
        let assigned = self.assignment(name).await;
        let text = |member: &str| assigned[member].as_str().unwrap().to_owned();
        (text("status"), text("syncState"))
    }

    /// Pushes a group under its name; path of the mapping.
    pub(crate) async fn push(&self, group: &str) -> String {
        self.push_as(group, group).await
    }

    /// Pushes a group under another name; path of the mapping.
    pub(crate) async fn push_as(&self, group: &str, name: &str) -> String {
        let path = format!("{}/group-push/mappings", self.path);
        let body = json!({"sourceGroupId": self.group(group), "targetGroupName": name, "status": "ACTIVE"});
        let made = self.post(&path, body).await;
        assert_eq!(made["status"], "ACTIVE", "the answer does not wait for the push");
        format!("{path}/{}", made["id"].as_str().unwrap())
    }

    pub(crate) async fn set_mapping(&self, mapping: &str, status: &str) {
        assert_eq!(self.call(Method::PATCH, mapping, json!({"status": status})).await.status, 200);
    }

    pub(crate) async fn join(&self, group: &str, name: &str) {
        let path = format!("/api/v1/groups/{}/users/{}", self.group(group), self.person(name));
        self.nothing(Method::PUT, &path, 204).await;
    }

    pub(crate) async fn leave(&self, group: &str, name: &str) {
        let path = format!("/api/v1/groups/{}/users/{}", self.group(group), self.person(name));
        self.nothing(Method::DELETE, &path, 204).await;
    }

    /// Lets Okta send all there is; the lines of what it sent.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.mock.drain_provisioning();
        self.service.lines()
    }

    /// What the System Log has of provisioning: type, and the reason if it is a failure.
    pub(crate) async fn events(&self) -> Vec<String> {
        let filter = format!("target.id eq \"{}\" and eventType sw \"application.provision\"", self.id);
        let filter = filter.replace(' ', "%20").replace('"', "%22");
        let log = self.get(&format!("/api/v1/logs?filter={filter}&limit=1000")).await;
        let shown = log.as_array().unwrap().iter().map(|event| {
            let kind = event["eventType"].as_str().unwrap().trim_start_matches("application.provision.").to_owned();
            match (event["outcome"]["result"].as_str().unwrap(), event["outcome"]["reason"].as_str()) {
                ("SUCCESS", None) => kind,
                ("FAILURE", Some(reason)) => format!("{kind}: {reason}"),
                other => panic!("{other:?}"),
            }
        });
        shown.collect()
    }
}
