//! `okta_scim_app`: the app through which Okta keeps people and groups in sync.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use zt::mock::okta::Quirks;
use zt::mock::{Fault, Options, ProvisioningApi};

use crate::harness::diagnostic::Diagnostic;
use crate::harness::story::Story;
use crate::okta_calls::{self, forbidden};

mod adoption;
mod assignments;
mod bad_values;
mod beside_scim_config;
mod changes;
mod evidence;
mod failures;
mod honesty;
mod import;
mod life_cycle;
mod managed_failures;
mod managed_token;
mod provisioning;
mod push_groups;
mod rotation;
mod team;
mod token;
mod unreachable;
mod write_only;

/// Where Cloudflare mints SCIM secrets.
const REFRESH: &str = "/client/v4/accounts/*/access/identity_providers/*/refresh_scim_secret";
/// Where Okta is told of the connection.
const CONNECTION: &str = "/api/v1/apps/*/connections/default";
const APP: &str = "okta_scim_app.scim";
/// What an import cannot know: the token, and therefore who set the connection up.
const UNREADABLE: &[&str] = &["scim_token", "provisioning_mode"];

/// A story with an identity provider in Cloudflare whose SCIM is on.
struct Scim {
    story: Story,
    base_url: String,
    token: String,
}

impl Scim {
    fn new(api: ProvisioningApi) -> Self {
        Self::in_story(Story::with(Options { provisioning_api: api, ..Options::default() }))
    }

    fn in_story(story: Story) -> Self {
        let path = format!("/accounts/{}/access/identity_providers", story.mock().account_id());
        let body = json!({
            "name": "Okta",
            "type": "okta",
            "config": {"client_id": "0oa0", "client_secret": "not-used-here", "okta_account": story.mock().org_url()},
            "scim_config": {"enabled": true},
        });
        let made = story.in_cloudflare("POST", &path, Some(&body));
        let text = |pointer: &str| made.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
        let (base_url, token) = (text("/scim_config/scim_base_url"), text("/scim_config/secret"));
        Self { story, base_url, token }
    }

    /// Writes the configuration: base URL, token, and `more`.
    fn configure(&self, more: &str) {
        self.configure_bare(&format!(
            "  scim_base_url = {:?}\n  scim_token    = {:?}\n{more}\n",
            self.base_url, self.token
        ));
    }

    fn configure_bare(&self, body: &str) {
        let label = if body.contains("label ") { "" } else { "  label = \"SCIM\"\n" };
        let text = format!("resource \"okta_scim_app\" \"scim\" {{\n  provider = zt\n{label}{body}}}\n");
        self.story.write("main.tf", &text);
    }

    fn app(&self) -> Value {
        self.story.resource(APP)
    }

    fn id(&self) -> String {
        self.app()["id"].as_str().unwrap().to_owned()
    }

    /// An Okta group's id.
    fn group(&self, name: &str) -> String {
        self.story.mock().okta().group_id(name).unwrap()
    }

    fn user(&self, name: &str) -> String {
        self.story.mock().okta().user_id(&format!("{name}@acme.example")).unwrap()
    }

    /// A person fills in the form of the console.
    fn fill_in_the_form(&self, switches: Value) {
        let mut form = switches;
        form["base_url"] = json!(self.base_url);
        form["token"] = json!(self.token);
        self.story.in_okta("POST", &format!("/_mock/okta/apps/{}/provisioning", self.id()), Some(&form));
    }

    /// One call to something of the app.
    fn okta(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        self.story.in_okta(method, &format!("/api/v1/apps/{}{path}", self.id()), body)
    }

    fn groups(&self) -> BTreeSet<String> {
        ids(&self.okta("GET", "/groups", None))
    }

    fn mappings(&self) -> Vec<Value> {
        self.okta("GET", "/group-push/mappings", None).as_array().unwrap().clone()
    }

    /// Writes the configuration with a managed token, and `more`.
    fn configure_managed(&self, trigger: Option<&str>, more: &str) {
        let trigger = trigger.map(|trigger| format!("    rotation_trigger = {trigger:?}\n")).unwrap_or_default();
        self.configure_bare(&format!(
            "  scim_base_url = {:?}\n  managed_token = {{\n    identity_provider_id = {:?}\n{trigger}  }}\n{more}\n",
            self.base_url,
            self.provider()
        ));
    }

    /// Cloudflare's id of the identity provider.
    fn provider(&self) -> String {
        self.story.mock().cloudflare().identity_providers()[0].id().to_owned()
    }

    /// The SCIM secret that Cloudflare takes.
    fn secret(&self) -> String {
        self.story.mock().cloudflare().identity_providers()[0].scim_secret().unwrap().to_owned()
    }

    /// Somebody switches SCIM off in Cloudflare's dashboard.
    fn switch_scim_off(&self) {
        let path =
            format!("/accounts/{}/access/identity_providers/{}", self.story.mock().account_id(), self.provider());
        let mut body = self.story.in_cloudflare("GET", &path, None);
        body["scim_config"] = json!({"enabled": false});
        self.story.in_cloudflare("PUT", &path, Some(&body));
    }

    /// Somebody chooses "Regenerate Secret" in Cloudflare's dashboard.
    fn regenerate(&self) -> String {
        let provider = self.provider();
        self.story.mock().cloudflare().identity_provider_mut(&provider).unwrap().regenerate_scim_secret().unwrap()
    }

    /// How often a secret was asked for.
    fn mints(&self) -> usize {
        self.story.mock().journal().matching("POST", REFRESH).len()
    }

    /// Whether the app is connected to the endpoint with the secret that Cloudflare takes.
    fn is_connected(&self) -> bool {
        let connection = self.story.mock().okta().connection(&self.id(), &self.secret());
        connection == Some((self.base_url.clone(), true, true))
    }

    fn counts(&self, noun: &str) -> usize {
        self.story.mock().okta().counts()[noun]
    }

    /// The writes to Okta while `step` runs, ids as `*`.
    fn writes(&self, step: impl FnOnce(&Story)) -> Vec<String> {
        okta_calls::writes(&self.story, step)
    }
}

fn ids(list: &Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

const SWITCHES: &str = "  provisioning = {\n    create_users = true\n    update_user_attributes = true\n    deactivate_users = true\n  }\n";

fn everything(scim: &Scim) -> String {
    format!(
        "{SWITCHES}  assigned_group_ids = [{:?}]\n  push_groups = [{{ source_group_id = {:?} }}]\n",
        scim.group("Zero Trust Users"),
        scim.group("Engineering"),
    )
}
