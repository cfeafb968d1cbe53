//! `okta_oidc_app`: the app that people log in with.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use zt::mock::Fault;
use zt::mock::okta::Quirks;

use crate::harness::story::Story;
use crate::okta_calls::{self, forbidden, refusal};

mod adoption;
mod assignments;
mod bad_values;
mod changes;
mod client_secret;
mod failures;
mod groups_claim;
mod import;
mod life_cycle;

const APP: &str = "okta_oidc_app.access";
const CALLBACK: &str = "https://acme.cloudflareaccess.com/cdn-cgi/access/callback";
const CLAIM: &str = "  groups_claim = {\n    filter_type = \"STARTS_WITH\"\n    value       = \"access-\"\n  }\n";

/// A story about one app.
struct Oidc {
    story: Story,
}

impl Oidc {
    fn new() -> Self {
        Self { story: Story::new() }
    }

    /// An applied app with these attributes beside the required ones.
    fn applied(more: &str) -> Self {
        let oidc = Self::new();
        oidc.configure(more);
        oidc.story.apply();
        oidc
    }

    fn configure(&self, more: &str) {
        let label = if more.contains("label ") { "" } else { "  label = \"Access\"\n" };
        let uris = if more.contains("  redirect_uris") {
            String::new()
        } else {
            format!("  redirect_uris = [{CALLBACK:?}]\n")
        };
        self.story.write(
            "main.tf",
            &format!("resource \"okta_oidc_app\" \"access\" {{\n  provider = zt\n{label}{uris}{more}}}\n"),
        );
    }

    fn app(&self) -> Value {
        self.story.resource(APP)
    }

    fn text(&self, attribute: &str) -> String {
        self.app()[attribute].as_str().unwrap().to_owned()
    }

    fn id(&self) -> String {
        self.text("id")
    }

    /// The app's document in Okta.
    fn document(&self) -> Value {
        self.okta("GET", "", None)
    }

    fn okta(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        self.story.in_okta(method, &format!("/api/v1/apps/{}{path}", self.id()), body)
    }

    /// Changes the app behind Terraform's back.
    fn edit(&self, pointer: &str, value: Value) {
        assert!(self.story.mock().okta().edit_app(&self.id(), pointer, value), "{pointer}");
    }

    /// Takes what Okta says into the state.
    #[track_caller]
    fn refresh(&self) {
        self.story.workspace().terraform(&["apply", "-refresh-only", "-auto-approve"]).expect_success();
    }

    fn rotate(&self) -> String {
        let now = self.story.mock().world().clock.now();
        self.story.mock().okta().rotate_client_secret(&self.id(), now).unwrap()
    }

    fn accepts(&self, secret: &str) -> bool {
        self.story.mock().okta().accepts_client_secret(&self.text("client_id"), secret)
    }

    fn group(&self, name: &str) -> String {
        self.story.mock().okta().group_id(name).unwrap()
    }

    fn user(&self, name: &str) -> String {
        self.story.mock().okta().user_id(&format!("{name}@acme.example")).unwrap()
    }

    fn groups(&self) -> BTreeSet<String> {
        let list = self.okta("GET", "/groups", None);
        list.as_array().unwrap().iter().map(|group| group["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Who has the app, and how.
    fn scope(&self, user: &str) -> Option<&'static str> {
        let users = self.story.mock().okta().app_users(&self.id());
        users.into_iter().find(|(id, ..)| id == user).map(|(_, scope, _)| scope)
    }

    fn apps(&self) -> usize {
        self.story.mock().okta().counts()["apps"]
    }

    /// The writes to Okta while `step` runs, ids as `*`.
    fn writes(&self, step: impl FnOnce(&Story)) -> Vec<String> {
        okta_calls::writes(&self.story, step)
    }
}

fn everything(oidc: &Oidc) -> String {
    format!(
        "{CLAIM}  pkce_required = true\n  consent_method = \"REQUIRED\"\n  hide_web = true\n  hide_ios = true\n  \
         post_logout_redirect_uris = [\"https://acme.example/bye\"]\n  \
         grant_types = [\"refresh_token\", \"authorization_code\"]\n  assigned_group_ids = [{:?}]\n  \
         assigned_user_ids = [{:?}]\n",
        oidc.group("Engineering"),
        oidc.user("ada"),
    )
}
