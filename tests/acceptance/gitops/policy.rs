//! `policy/access.rego`: each rule is held against a plan that real Terraform made and that passes, and one that does not.
//!
//! People run it in OPA; here an interpreter of the same language does.

use std::path::Path;

use serde_json::{Value, json};

use super::repository::{Repository, Role};
use crate::harness::story::Story;
use crate::needs;

const MODULE: &str = "modules/access/main.tf";
const POLICY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/gitops/policy");

/// What the policy of this folder says to a plan, sorted as OPA sorts sets.
pub(super) fn denied(folder: &Path, plan: &Value) -> Value {
    let mut engine = regorus::Engine::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        engine.add_policy_from_file(entry.unwrap().path()).unwrap_or_else(|error| panic!("{error}"));
    }
    engine.set_input_json(&plan.to_string()).unwrap();
    let denied = engine.eval_rule("data.terraform.access.deny".into()).unwrap_or_else(|error| panic!("{error}"));
    serde_json::from_str(&denied.to_json_str().unwrap()).unwrap()
}

fn messages(plan: &Value) -> Vec<String> {
    serde_json::from_value(denied(Path::new(POLICY), plan)).unwrap()
}

#[track_caller]
fn passes(plan: &Value) {
    assert_eq!(messages(plan), Vec::<String>::new());
}

/// Expects exactly these messages, by their beginnings; each of them ends in what to do.
#[track_caller]
fn denies(plan: &Value, beginnings: &[&str]) {
    let messages = messages(plan);
    assert_eq!(messages.len(), beginnings.len(), "{messages:#?}");
    for (message, beginning) in messages.iter().zip(beginnings) {
        assert!(message.starts_with(beginning), "{message}");
    }
}

/// The plan of a first apply, with these changes to the module.
#[track_caller]
fn first_plan(edits: &[(&str, &str)]) -> Value {
    let repository = Repository::new();
    for (from, to) in edits {
        repository.edit(MODULE, from, to);
    }
    repository.run("plan.sh", Role::ReadOnly).expect_success();
    repository.plan_json()
}

/// Both apps and both halves of the login method, with these lines in each.
fn in_one_module(app: &str, idp: &str, scim: &str, scim_app: &str) -> String {
    format!(
        r#"
variable "okta_org_url" {{ type = string }}

variable "secret" {{
  type      = string
  sensitive = true
  default   = null
}}

data "zt_organization" "this" {{}}

resource "okta_oidc_app" "access" {{
  provider      = zt
  label         = "Access"
  redirect_uris = [data.zt_organization.this.callback_url]
  pkce_required = true
  {app}
}}

resource "zt_okta_idp" "okta" {{
  name         = "Okta"
  okta_account = var.okta_org_url
  client_id    = okta_oidc_app.access.client_id
  pkce_enabled = true
  {idp}
}}

resource "zt_scim_config" "okta" {{
  identity_provider_id = zt_okta_idp.okta.id
  user_deprovision     = true
  {scim}
}}

resource "okta_scim_app" "access" {{
  provider      = zt
  label         = "SCIM"
  scim_base_url = zt_scim_config.okta.scim_base_url
  {scim_app}
}}
"#
    )
}

const OMITTED: &str = "omit_secret = true";
const MANAGED: &str = "managed_client_secret = {\n    app_id    = okta_oidc_app.access.id\n    secret_id = okta_oidc_app.access.client_secret_id\n  }";
const MANAGED_TOKEN: &str = "managed_token = {\n    identity_provider_id = zt_okta_idp.okta.id\n  }";

/// A story with that configuration, everything managed.
fn managed() -> Story {
    let story = Story::new();
    story.write("main.tf", &in_one_module(OMITTED, MANAGED, OMITTED, MANAGED_TOKEN));
    story
}

#[test]
fn the_example_passes_before_and_after_its_first_apply() {
    passes(&first_plan(&[]));
    let repository = Repository::applied();
    repository.run("plan.sh", Role::ReadOnly).expect_success();
    passes(&repository.plan_json());
}

#[test]
fn what_is_destroyed_is_not_judged() {
    let story = managed();
    story.apply();
    passes(&story.plan_with(&["-destroy"]).json);
}

#[test]
fn pkce_has_to_be_on_at_both_ends() {
    let off = [("pkce_required = true", "pkce_required = false"), ("pkce_enabled = true", "pkce_enabled = false")];
    denies(
        &first_plan(&off),
        &[
            "module.access.okta_oidc_app.access: PKCE is off in Okta. Set pkce_required = true.",
            "module.access.zt_okta_idp.okta: PKCE is off in Cloudflare. Set pkce_enabled = true.",
        ],
    );
    // Left to the services, it is off.
    denies(
        &first_plan(&[("pkce_required = true", ""), ("pkce_enabled = true", "")]),
        &["module.access.okta_oidc_app.access: PKCE", "module.access.zt_okta_idp.okta: PKCE"],
    );
}

#[test]
fn scim_has_to_be_on_and_to_deprovision() {
    let story = Story::new();
    let configuration = in_one_module(OMITTED, MANAGED, "omit_secret = true\n  enabled = false", "");
    let configuration = configuration.split("resource \"okta_scim_app\"").next().unwrap();
    story.write("main.tf", configuration);
    let enabled = "zt_scim_config.okta: enabled is off, so people who leave keep their accounts. Set enabled = true.";
    denies(&story.plan().json, &[enabled]);
    story.write("main.tf", &configuration.replace("  user_deprovision     = true\n", ""));
    denies(&story.plan().json, &[enabled, "zt_scim_config.okta: user_deprovision is off"]);
    story.write("main.tf", &configuration.replace("enabled = false", "enabled = true"));
    passes(&story.plan().json);
}

#[test]
fn a_login_method_without_scim_is_named() {
    let story = Story::new();
    let configuration = in_one_module(OMITTED, MANAGED, OMITTED, MANAGED_TOKEN);
    story.write("main.tf", configuration.split("resource \"zt_scim_config\"").next().unwrap());
    denies(&story.plan().json, &["zt_okta_idp.okta: no zt_scim_config beside it"]);
}

#[test]
fn no_secret_may_be_stored() {
    let mut story = managed();
    passes(&story.plan().json);
    // Every attribute that holds one; all but the API token are known only after the apply.
    story.write(
        "main.tf",
        &in_one_module(
            "",
            "client_secret = okta_oidc_app.access.client_secret\n  api_token = var.secret",
            "",
            "scim_token = zt_scim_config.okta.secret",
        ),
    );
    story.set_variable("secret", "00an-api-token-that-is-long-enough-to-be-one");
    let stored = [
        "okta_oidc_app.access: client_secret would be stored in plan and state. Set omit_secret = true",
        "okta_scim_app.access: scim_token would be stored in plan and state. Use managed_token",
        "zt_okta_idp.okta: api_token would be stored in plan and state. Use api_token_wo.",
        "zt_okta_idp.okta: client_secret would be stored in plan and state. Use managed_client_secret",
        "zt_scim_config.okta: secret would be stored in plan and state. Set omit_secret = true",
    ];
    denies(&story.plan().json, &stored);
    story.apply_only();
    denies(&story.plan().json, &stored);
}

#[test]
fn a_client_secret_of_its_own_may_not_be_stored_either() {
    let kept = first_plan(&[("omit_secret = true\n  keepers     =", "keepers     =")]);
    denies(&kept, &["module.access.okta_client_secret.access: client_secret would be stored in plan and state."]);
}

#[test]
fn no_secret_may_be_written_down() {
    needs!(WRITE_ONLY);
    let literal = "\"a-secret-that-somebody-wrote-down-once\"";
    let mut story = managed();
    story.write("main.tf", &in_one_module(OMITTED, &write_only("var.secret"), OMITTED, MANAGED_TOKEN));
    story.set_variable("secret", "a-secret-that-comes-from-the-environment");
    passes(&story.plan().json);

    story.write("main.tf", &in_one_module(OMITTED, &write_only(literal), OMITTED, MANAGED_TOKEN));
    let token = story.mock().okta_token();
    story.write("provider.tf", &format!("provider \"zt\" {{\n  okta = {{\n    api_token = {token:?}\n  }}\n}}\n"));
    denies(
        &story.plan().json,
        &[
            "provider.zt: okta.api_token is written down in the configuration. Revoke it",
            "zt_okta_idp.okta: client_secret_wo is written down in the configuration. Revoke it",
        ],
    );
}

#[test]
fn a_secret_written_down_in_a_module_is_found_there() {
    needs!(WRITE_ONLY);
    let source = "managed_client_secret = {\n    app_id    = okta_oidc_app.access.id\n    secret_id = okta_client_secret.access.id\n  }";
    let plan = first_plan(&[(source, &write_only("\"a-secret-that-somebody-wrote-down-once\""))]);
    denies(&plan, &["module.access.zt_okta_idp.okta: client_secret_wo is written down in the configuration."]);
}

fn write_only(secret: &str) -> String {
    format!("client_secret_wo = {secret}\n  client_secret_wo_version = \"1\"")
}

#[test]
fn a_secret_that_okta_does_not_accept_is_named_until_it_is_replaced() {
    let mut story = Story::new();
    story.set_variable("secret", "a-secret-of-which-okta-has-never-heard-before");
    story.write("main.tf", &in_one_module(OMITTED, "client_secret = var.secret", OMITTED, MANAGED_TOKEN));
    story.apply_only();
    let plan = story.plan();
    assert!(plan.is_empty(), "{}", plan.text());
    denies(
        &plan.json,
        &[
            "zt_okta_idp.okta: client_secret would be stored",
            "zt_okta_idp.okta: client_secret_status is rejected_by_okta",
        ],
    );
    // The plan that replaces it knows the status only after the apply.
    story.write("main.tf", &in_one_module(OMITTED, MANAGED, OMITTED, MANAGED_TOKEN));
    passes(&story.plan().json);
    story.apply();
    passes(&story.plan().json);
}

#[test]
fn a_secret_that_somebody_changed_is_named_unless_the_plan_repairs_it() {
    let story = managed();
    story.apply();
    let idp = story.resource("zt_okta_idp.okta")["id"].as_str().unwrap().to_owned();
    let at = format!("/_mock/cloudflare/identity_providers/{idp}");

    // The client secret: the next apply hands it over again.
    story.in_okta("PATCH", &at, Some(&json!({"config": {"client_secret": "somebody-elses"}})));
    let plan = story.plan();
    assert_eq!(plan.action("zt_okta_idp.okta"), ["update"], "{}", plan.text());
    passes(&plan.json);
    story.apply();

    // The SCIM secret, where the state holds it: no plan mints another by itself.
    let story = Story::new();
    story.write("main.tf", &in_one_module(OMITTED, MANAGED, "", "scim_token = zt_scim_config.okta.secret"));
    story.apply();
    let idp = story.resource("zt_okta_idp.okta")["id"].as_str().unwrap().to_owned();
    let regenerate = format!("/_mock/cloudflare/identity_providers/{idp}/regenerate_scim_secret");
    story.in_okta("POST", &regenerate, None);
    let messages = messages(&story.plan().json);
    let told = messages.iter().find(|message| message.contains("secret_status is changed_outside")).unwrap();
    assert!(told.starts_with("zt_scim_config.okta: ") && told.contains("rotation_trigger"), "{messages:?}");
}
