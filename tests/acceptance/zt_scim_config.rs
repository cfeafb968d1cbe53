//! `zt_scim_config`: SCIM on an identity provider.

use serde_json::{Value, json};
use zt::mock::{Fault, Options};

use crate::harness::story::Story;

const SCIM: &str = "zt_scim_config.this";
/// What an import cannot know: Cloudflare shows the secret once, and the trigger is Terraform's own.
const UNREADABLE: &[&str] = &["secret", "rotation_trigger"];

/// A story with an identity provider that somebody made by hand.
struct Provisioned {
    story: Story,
    id: String,
}

impl Provisioned {
    fn new() -> Self {
        Self::with(Options::default())
    }

    fn with(options: Options) -> Self {
        let story = Story::with(options);
        let id = add_identity_provider(&story);
        Self { story, id }
    }

    fn configure(&self, more: &str) {
        configure(&self.story, &self.id, more);
    }

    /// The object as Cloudflare's API shows it.
    fn remote(&self) -> Value {
        self.story.in_cloudflare("GET", &path(&self.story, &self.id), None)
    }

    /// Somebody changes SCIM settings in the dashboard.
    fn change_by_hand(&self, scim: Value) {
        let mut body = self.remote();
        body["scim_config"] = scim;
        self.story.in_cloudflare("PUT", &path(&self.story, &self.id), Some(&body));
    }

    fn import_id(&self) -> String {
        format!("{}/{}", self.story.mock().account_id(), self.id)
    }

    fn fail(&self, method: &str, status: u16) {
        let refusal = json!({"success": false, "errors": [{"code": 12130, "message": "access.api.error.invalid_request: no"}], "messages": [], "result": null});
        self.story.mock().fail(Fault::on(method, "/client/v4/**").answering(status, refusal).times(1));
    }
}

fn add_identity_provider(story: &Story) -> String {
    let body = json!({
        "name": "Okta",
        "type": "okta",
        "config": {"client_id": "0oa0", "client_secret": "not-used-here", "okta_account": story.mock().org_url()},
    });
    let made = story.in_cloudflare("POST", &path(story, ""), Some(&body));
    made["id"].as_str().unwrap().to_owned()
}

fn path(story: &Story, id: &str) -> String {
    format!("/accounts/{}/access/identity_providers/{id}", story.mock().account_id()).trim_end_matches('/').to_owned()
}

fn configure(story: &Story, id: &str, more: &str) {
    story.write(
        "main.tf",
        &format!("resource \"zt_scim_config\" \"this\" {{\n  identity_provider_id = {id:?}\n{more}\n}}\n"),
    );
}

#[test]
fn create_shows_the_secret_once_and_destroy_switches_scim_off() {
    let scim = Provisioned::new();
    scim.configure("  user_deprovision = true\n  identity_update_behavior = \"automatic\"");
    scim.story.apply();
    let state = scim.story.resource(SCIM);
    assert_eq!(state["id"], scim.id.as_str());
    assert_eq!(state["account_id"], scim.story.mock().account_id());
    assert!(state["secret"].as_str().unwrap().len() > 20);
    assert!(state["scim_base_url"].as_str().unwrap().ends_with(&format!("/populations/{}/scim/v2", scim.id)));
    let remote = scim.remote();
    assert_eq!(remote["scim_config"]["enabled"], true);
    assert_eq!(remote["scim_config"]["user_deprovision"], true);
    assert_eq!(remote["config"]["client_id"], "0oa0", "the other half is as it was");

    scim.story.destroy();
    assert_eq!(scim.remote()["scim_config"]["enabled"], false);
}

#[test]
fn import_knows_everything_but_the_secret() {
    let scim = Provisioned::new();
    scim.configure("  user_deprovision = true\n  seat_deprovision = true\n  identity_update_behavior = \"reauth\"");
    scim.story.apply();
    for id in [scim.import_id(), format!("accounts/{}", scim.import_id()), scim.id.clone()] {
        scim.story.import_verify(SCIM, &id, UNREADABLE);
    }
    assert!(scim.story.import_fails(SCIM, "not/an/id/at/all").contains("Not the id of an identity provider"));
}

#[test]
fn update_in_place_changes_only_what_differs() {
    let scim = Provisioned::new();
    scim.configure("  user_deprovision = true");
    scim.story.apply();
    let secret = scim.story.resource(SCIM)["secret"].clone();

    scim.configure("  user_deprovision = true\n  seat_deprovision = true");
    let plan = scim.story.plan();
    assert_eq!(plan.action(SCIM), ["update"]);
    assert_eq!(plan.changed_attributes(SCIM), ["seat_deprovision"]);
    scim.story.apply();
    assert_eq!(scim.remote()["scim_config"]["seat_deprovision"], true);
    assert_eq!(scim.story.resource(SCIM)["secret"], secret, "nothing mints a secret but a trigger");

    // What leaves the configuration is cleared.
    scim.configure("");
    scim.story.apply();
    assert_eq!(scim.remote()["scim_config"]["seat_deprovision"], false);
    assert_eq!(scim.remote()["scim_config"]["user_deprovision"], false);
}

#[test]
fn what_nobody_configured_stays_as_somebody_set_it() {
    let scim = Provisioned::new();
    scim.configure("");
    scim.story.apply();
    scim.change_by_hand(json!({"enabled": true, "user_deprovision": true, "identity_update_behavior": "automatic"}));
    scim.story.expect_empty_plan();
    assert_eq!(scim.remote()["scim_config"]["user_deprovision"], true);
}

#[test]
fn drift_of_what_is_configured_is_repaired() {
    let scim = Provisioned::new();
    scim.configure("  enabled = true\n  identity_update_behavior = \"automatic\"");
    scim.story.apply();
    scim.change_by_hand(json!({"enabled": false, "identity_update_behavior": "reauth"}));
    let plan = scim.story.plan();
    assert_eq!(plan.action(SCIM), ["update"]);
    let changed = plan.changed_attributes(SCIM);
    assert!(
        changed.contains(&"enabled".to_owned()) && changed.contains(&"identity_update_behavior".to_owned()),
        "{changed:?}"
    );
    scim.story.apply();
    assert_eq!(scim.remote()["scim_config"]["enabled"], true);
}

#[test]
fn another_identity_provider_is_another_object() {
    let scim = Provisioned::new();
    scim.configure("");
    scim.story.apply();
    let other = add_identity_provider(&scim.story);
    configure(&scim.story, &other, "");
    let plan = scim.story.plan();
    assert!(plan.replaces(SCIM));
    assert_eq!(plan.replace_paths(SCIM), ["identity_provider_id"]);
    scim.story.apply();
    assert_eq!(scim.remote()["scim_config"]["enabled"], false);
}

#[test]
fn gone_is_planned_for_creation_and_deleting_what_is_gone_succeeds() {
    let scim = Provisioned::new();
    scim.configure("");
    scim.story.apply();
    scim.story.in_cloudflare("DELETE", &path(&scim.story, &scim.id), None);
    assert_eq!(scim.story.plan().action(SCIM), ["create"]);
    scim.story.destroy();

    let error = scim.story.apply_fails().error();
    assert!(error.text().contains("There is no identity provider"), "{}", error.text());
    assert!(error.points_at("identity_provider_id"));
}

#[test]
fn switching_off_and_on_again_takes_the_new_secret() {
    let scim = Provisioned::new();
    scim.configure("  enabled = false");
    scim.story.apply();
    let off = scim.story.resource(SCIM);
    assert!(off["secret"].is_null() && off["scim_base_url"].is_null());
    scim.configure("  enabled = true");
    scim.story.apply();
    assert!(scim.story.resource(SCIM)["secret"].is_string());
    scim.configure("  enabled = false");
    scim.story.apply();
    assert!(scim.story.resource(SCIM)["secret"].is_null());
}

#[test]
fn a_trigger_mints_a_secret_only_when_one_value_becomes_another() {
    let scim = Provisioned::new();
    scim.configure("");
    scim.story.apply();
    let first = scim.story.resource(SCIM)["secret"].clone();
    scim.configure("  rotation_trigger = \"1\"");
    scim.story.apply();
    assert_eq!(scim.story.resource(SCIM)["secret"], first, "setting it for the first time mints nothing");
    scim.configure("  rotation_trigger = \"2\"");
    let plan = scim.story.plan();
    assert_eq!(plan.changed_attributes(SCIM), ["rotation_trigger", "secret"]);
    scim.story.apply();
    assert_ne!(scim.story.resource(SCIM)["secret"], first);
}

#[test]
fn a_refused_refresh_names_the_button_and_fires_again() {
    let scim = Provisioned::with(Options { refuse_secret_refresh: true, ..Options::default() });
    scim.configure("  rotation_trigger = \"1\"");
    scim.story.apply();
    scim.configure("  rotation_trigger = \"2\"");
    let error = scim.story.apply_fails().error();
    assert!(error.text().contains("Regenerate Secret"), "{}", error.text());
    assert_eq!(scim.story.resource(SCIM)["rotation_trigger"], "1", "the next apply tries again");
    assert!(scim.story.resource(SCIM)["secret"].is_string());
}

#[test]
fn an_omitted_secret_is_not_in_the_state() {
    let scim = Provisioned::new();
    scim.configure("  omit_secret = true");
    scim.story.apply();
    assert!(scim.story.resource(SCIM)["secret"].is_null());
}

#[test]
fn a_refused_create_saves_nothing_and_says_why() {
    let scim = Provisioned::new();
    scim.configure("");
    scim.fail("PUT", 400);
    let error = scim.story.apply_fails().error();
    assert!(error.text().contains("access.api.error.invalid_request: no"), "{}", error.text());
    assert_eq!(scim.story.addresses(), [""; 0]);
    scim.story.apply();
}

#[test]
fn a_seat_without_its_user_is_refused_on_its_attribute() {
    let scim = Provisioned::new();
    scim.configure("  seat_deprovision = true");
    let error = scim.story.validate_fails();
    assert!(error.points_at("seat_deprovision"));
    assert!(error.text().contains("user_deprovision"));
    scim.configure("  identity_update_behavior = \"later\"");
    let error = scim.story.validate_fails();
    assert!(error.points_at("identity_update_behavior"));
    assert!(error.text().contains("\"automatic\", \"reauth\", \"no_action\""), "{}", error.text());
}

#[test]
fn another_account_than_the_objects_own_is_an_error() {
    let mut scim = Provisioned::new();
    scim.configure("");
    scim.story.apply();
    scim.story.workspace_mut().set_env("CLOUDFLARE_ACCOUNT_ID", "00000000000000000000000000000000");
    let error = scim.story.plan_fails().error();
    assert!(error.text().contains("The provider's account is another one"), "{}", error.text());
}
