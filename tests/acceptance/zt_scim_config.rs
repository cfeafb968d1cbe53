//! `zt_scim_config`: SCIM on an identity provider.

mod faults;
mod replacement;
mod secret;
mod status;

use serde_json::{Value, json};
use zt::mock::{Fault, Options};

use crate::harness::story::Story;

const SCIM: &str = "zt_scim_config.this";
const ONE: &str = "/client/v4/accounts/*/access/identity_providers/*";
/// What an import cannot know: Cloudflare shows the secret once, and the trigger is Terraform's own.
const UNREADABLE: &[&str] = &["secret", "secret_fingerprint", "secret_status", "rotation_trigger"];

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

    /// The secret that Cloudflare accepts; null while SCIM is off.
    fn secret_in_force(&self) -> Value {
        json!(self.story.mock().cloudflare().identity_provider(&self.id).unwrap().scim_secret())
    }

    fn import_id(&self) -> String {
        format!("{}/{}", self.story.mock().account_id(), self.id)
    }

    fn fail(&self, method: &str, status: u16) {
        self.story.mock().fail(Fault::on(method, "/client/v4/**").answering(status, refusal("no")).times(1));
    }
}

fn refusal(message: &str) -> Value {
    json!({"success": false, "errors": [{"code": 12130, "message": format!("access.api.error.invalid_request: {message}")}],
        "messages": [], "result": null})
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
    let with_capitals = scim.import_id().to_uppercase();
    for id in [scim.import_id(), format!("accounts/{}", scim.import_id()), scim.id.clone(), with_capitals] {
        scim.story.import_verify(SCIM, &id, UNREADABLE);
    }
    assert!(scim.story.import_fails(SCIM, "not/an/id/at/all").contains("Not the id of an identity provider"));
}

#[test]
fn the_digits_of_an_id_may_be_capitals() {
    let scim = Provisioned::new();
    scim.configure("");
    scim.story.apply();
    configure(&scim.story, &scim.id.to_uppercase(), "");
    scim.story.expect_empty_plan();
    scim.story.destroy();
    scim.story.apply();
    let state = scim.story.resource(SCIM);
    assert_eq!((&state["id"], &state["identity_provider_id"]), (&json!(scim.id), &json!(scim.id.to_uppercase())));
    scim.story.expect_empty_plan();
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
}

#[test]
fn what_leaves_the_configuration_is_cleared() {
    let scim = Provisioned::new();
    scim.configure("  user_deprovision = true\n  seat_deprovision = true\n  identity_update_behavior = \"automatic\"");
    scim.story.apply();
    scim.configure("");
    let cleared = ["identity_update_behavior", "seat_deprovision", "user_deprovision"];
    assert_eq!(scim.story.plan().changed_attributes(SCIM), cleared);
    let mark = scim.story.mock().journal().len();
    scim.story.apply();
    assert_eq!(scim.story.mock().journal().writes_since(mark).len(), 1);
    let remote = scim.remote();
    assert_eq!(remote["scim_config"]["seat_deprovision"], false);
    assert_eq!(remote["scim_config"]["user_deprovision"], false);
    assert_eq!(remote["scim_config"]["identity_update_behavior"], "no_action");

    // A configuration that does not mention it wants SCIM to be on.
    scim.configure("  enabled = false");
    scim.story.apply();
    scim.configure("");
    scim.story.apply();
    assert_eq!(scim.remote()["scim_config"]["enabled"], true);
}

#[test]
fn switches_of_terraforms_own_write_nothing() {
    let scim = Provisioned::new();
    scim.configure("");
    scim.story.apply();
    let mark = scim.story.mock().journal().len();
    scim.configure("  rotation_trigger = \"1\"\n  omit_secret = false");
    scim.story.apply();
    scim.configure("  rotation_trigger = \"1\"\n  omit_secret = true");
    scim.story.apply();
    assert_eq!(scim.story.mock().journal().writes_since(mark), [""; 0]);
}

#[test]
fn what_nobody_configured_stays_as_somebody_set_it() {
    let scim = Provisioned::new();
    scim.configure("");
    scim.story.apply();
    scim.change_by_hand(json!({"enabled": true, "user_deprovision": true, "identity_update_behavior": "automatic"}));
    scim.story.expect_empty_plan();
    scim.configure("  seat_deprovision = true\n  user_deprovision = true");
    assert_eq!(scim.story.plan().changed_attributes(SCIM), ["seat_deprovision"]);
    scim.story.apply();
    assert_eq!(scim.remote()["scim_config"]["identity_update_behavior"], "automatic");
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
fn scim_that_was_switched_off_in_the_dashboard_is_switched_on_again() {
    let scim = Provisioned::new();
    let app = "resource \"okta_scim_app\" \"app\" {\n  provider      = zt\n  label         = \"SCIM\"\n  \
               scim_base_url = zt_scim_config.this.scim_base_url\n  scim_token    = zt_scim_config.this.secret\n}\n";
    scim.story.write("app.tf", app);
    scim.configure("");
    scim.story.apply();
    let secret = scim.secret_in_force();
    scim.change_by_hand(json!({"enabled": false}));
    let plan = scim.story.plan();
    assert_eq!(
        plan.changed_attributes(SCIM),
        ["enabled", "scim_base_url", "secret", "secret_fingerprint", "secret_status"]
    );
    assert_eq!(plan.action("okta_scim_app.app"), ["update"], "Okta gets the new secret in the same apply");
    scim.story.apply();
    assert_ne!(scim.secret_in_force(), secret);
    assert_eq!(scim.story.resource("okta_scim_app.app")["scim_token"], scim.secret_in_force());
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
    // Without a refresh the deletion itself finds nothing.
    let destroy = ["destroy", "-auto-approve", "-refresh=false", "-no-color"];
    scim.story.workspace().terraform(&destroy).expect_success();
    assert_eq!(scim.story.addresses(), [""; 0]);

    let error = scim.story.apply_fails().error();
    assert!(error.text().contains("There is no identity provider"), "{}", error.text());
    assert!(error.points_at("identity_provider_id"));
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
    configure(&scim.story, &scim.id, &format!("  account_id = {:?}", scim.story.mock().account_id()));
    scim.story.expect_empty_plan();
    scim.story.destroy();
}

#[test]
fn a_provider_setting_that_is_not_known_yet_is_an_error_only_where_it_is_needed() {
    let scim = Provisioned::new();
    let (account, token) = (scim.story.mock().account_id(), scim.story.mock().cloudflare_token());
    let provider = format!(
        "resource \"terraform_data\" \"settings\" {{\n  input = {{ token = {token:?}, account = {account:?} }}\n}}\n\
         provider \"zt\" {{\n  cloudflare = {{\n    api_token = terraform_data.settings.output.token\n    \
         account_id = terraform_data.settings.output.account\n  }}\n}}\n"
    );
    scim.configure("");
    scim.story.write("provider.tf", &provider);
    assert_eq!(scim.story.plan().action(SCIM), ["create"]);
    scim.story.apply();
    assert_eq!(scim.story.resource(SCIM)["account_id"], account);

    // Now there is something to read.
    scim.story.workspace().terraform(&["state", "rm", "terraform_data.settings"]).expect_success();
    let error = scim.story.plan_fails().error();
    assert!(error.text().contains("cloudflare") && error.text().contains("not known"), "{error}");
}
