//! `okta_client_secret`: one of the two secrets that an app can have.

use serde_json::{Value, json};
use zt::mock::Fault;

use crate::harness::story::Story;
use crate::okta_calls::{self, forbidden, refusal};

mod adoption;
mod bad_values;
mod ephemeral;
mod failures;
mod import;
mod life_cycle;
mod limit;
mod reading;
mod rotation;

const APP: &str = "okta_oidc_app.access";
const SECRET: &str = "okta_client_secret.x";
/// The route that lists an app's secrets, and makes them.
const ALL: &str = "/api/v1/apps/*/credentials/secrets";
/// The route of one of them.
const ONE: &str = "/api/v1/apps/*/credentials/secrets/*";

/// An app to have secrets.
const OF_AN_APP: &str = r#"
resource "okta_oidc_app" "access" {
  provider      = zt
  label         = "Access"
  redirect_uris = ["https://acme.cloudflareaccess.com/cdn-cgi/access/callback"]
}
"#;

/// A story about an app and a secret of it.
struct Secrets {
    story: Story,
}

impl Secrets {
    /// Nothing is applied yet.
    fn new() -> Self {
        Self { story: Story::new() }
    }

    /// The app is there, with the secret that Okta made for it.
    fn with_app() -> Self {
        let secrets = Self::new();
        secrets.story.write("main.tf", OF_AN_APP);
        secrets.story.apply();
        secrets
    }

    /// App and secret are there, the latter with these attributes.
    fn applied(more: &str) -> Self {
        let secrets = Self::new();
        secrets.configure(more);
        secrets.story.apply();
        secrets
    }

    fn configure(&self, more: &str) {
        let secret = format!(
            "resource \"okta_client_secret\" \"x\" {{\n  provider = zt\n  app_id   = okta_oidc_app.access.id\n{more}}}\n"
        );
        self.story.write("main.tf", &format!("{OF_AN_APP}{secret}"));
    }

    fn secret(&self) -> Value {
        self.story.resource(SECRET)
    }

    fn text(&self, attribute: &str) -> String {
        self.secret()[attribute].as_str().unwrap().to_owned()
    }

    fn app_id(&self) -> String {
        self.story.resource(APP)["id"].as_str().unwrap().to_owned()
    }

    /// What `terraform import` takes.
    fn import_id(&self) -> String {
        format!("{}/{}", self.app_id(), self.text("id"))
    }

    /// One call about the app's secrets, as somebody in the console makes it.
    fn okta(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        self.story.in_okta(method, &format!("/api/v1/apps/{}/credentials/secrets{path}", self.app_id()), body)
    }

    /// The app's secrets as Okta has them.
    fn all(&self) -> Vec<Value> {
        self.okta("GET", "", None).as_array().unwrap().clone()
    }

    /// Deactivates and deletes one in the console.
    fn remove(&self, id: &str) {
        self.okta("POST", &format!("/{id}/lifecycle/deactivate"), Some(&json!({})));
        self.okta("DELETE", &format!("/{id}"), None);
    }

    fn accepts(&self, secret: &str) -> bool {
        let client = self.story.resource(APP)["client_id"].as_str().unwrap().to_owned();
        self.story.mock().okta().accepts_client_secret(&client, secret)
    }

    fn never_check_secrets(&self) {
        self.story.write("provider.tf", "provider \"zt\" {\n  secret_checks = \"never\"\n}\n");
    }

    /// Takes what Okta says into the state.
    #[track_caller]
    fn refresh(&self) {
        self.story.workspace().terraform(&["apply", "-refresh-only", "-auto-approve"]).expect_success();
    }

    /// The writes to Okta while `step` runs, ids as `*`.
    fn writes(&self, step: impl FnOnce(&Story)) -> Vec<String> {
        okta_calls::writes(&self.story, step)
    }

    /// How often secrets were read since the journal had this many entries.
    fn reads_since(&self, mark: usize) -> usize {
        let exchanges = self.story.mock().journal().since(mark).into_iter();
        exchanges.filter(|seen| seen.method == "GET" && seen.path.contains("/credentials/secrets")).count()
    }
}
