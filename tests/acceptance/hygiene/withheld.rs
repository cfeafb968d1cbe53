//! The managed, write-only and omitted forms, with credentials from the environment: the secrets are not in the state
//! either.

use serde_json::Value;
use zt::mock::Fault;

use crate::harness::planted::{Planted, Search};
use crate::harness::story::Story;

use super::scene::Scene;
use super::{okta_refusal, refuse_writes_to};

const CONFIGURATION: &str = r#"
provider "zt" {
  max_retries = 0
}

variable "okta_org_url" {}
variable "version_of_secrets" {}

variable "client_secret" {
  ephemeral = true
}

variable "groups_token" {
  ephemeral = true
}

resource "okta_oidc_app" "access" {
  provider      = zt
  label         = "Access"
  redirect_uris = ["https://acme.cloudflareaccess.com/cdn-cgi/access/callback"]
  omit_secret   = true
}

resource "okta_client_secret" "access" {
  provider    = zt
  app_id      = okta_oidc_app.access.id
  keepers     = { rotation = var.version_of_secrets }
  omit_secret = true
  lifecycle {
    create_before_destroy = true
  }
}

resource "zt_okta_idp" "managed" {
  name                 = "Managed"
  okta_account         = var.okta_org_url
  client_id            = okta_oidc_app.access.client_id
  api_token_wo         = var.groups_token
  api_token_wo_version = var.version_of_secrets
  managed_client_secret = {
    app_id    = okta_oidc_app.access.id
    secret_id = okta_client_secret.access.id
  }
}

resource "zt_okta_idp" "write_only" {
  name                     = "Write-only"
  okta_account             = var.okta_org_url
  client_id                = okta_oidc_app.access.client_id
  client_secret_wo         = var.client_secret
  client_secret_wo_version = var.version_of_secrets
}

resource "zt_scim_config" "managed" {
  identity_provider_id = zt_okta_idp.managed.id
  omit_secret          = true
}

resource "zt_scim_config" "write_only" {
  identity_provider_id = zt_okta_idp.write_only.id
  omit_secret          = true
}

resource "okta_scim_app" "managed" {
  provider      = zt
  label         = "SCIM"
  scim_base_url = zt_scim_config.managed.scim_base_url
  managed_token = {
    identity_provider_id = zt_okta_idp.managed.id
    rotation_trigger     = var.version_of_secrets
  }
}

ephemeral "okta_client_secret" "access" {
  provider  = zt
  app_id    = okta_oidc_app.access.id
  secret_id = okta_client_secret.access.id
}
"#;

/// What can be configured once somebody has looked up the SCIM secret.
const WRITE_ONLY_TOKEN: &str = r#"
variable "scim_token" {
  ephemeral = true
}

resource "okta_scim_app" "write_only" {
  provider              = zt
  label                 = "SCIM, write-only"
  scim_base_url         = zt_scim_config.write_only.scim_base_url
  scim_token_wo         = var.scim_token
  scim_token_wo_version = var.version_of_secrets
}
"#;

/// The secret that the SCIM endpoint of a login method takes.
fn scim_secret(story: &Story, address: &str) -> String {
    let idp = story.resource(address)["id"].as_str().unwrap().to_owned();
    let account = story.mock().cloudflare();
    account.identity_provider(&idp).unwrap().scim_secret().unwrap().to_owned()
}

/// The secrets of the app as Okta has them now, and the one that was minted for the SCIM app.
fn plant_what_is_minted(scene: &mut Scene, when: &str) -> Vec<Planted> {
    let app = scene.story.resource("okta_oidc_app.access")["id"].as_str().unwrap().to_owned();
    let listed = scene.story.in_okta("GET", &format!("/api/v1/apps/{app}/credentials/secrets"), None);
    let texts = listed.as_array().unwrap().iter().map(|secret| secret["client_secret"].as_str().unwrap());
    let mut minted: Vec<Planted> = texts
        .enumerate()
        .map(|(index, text)| Planted::new(&format!("client secret {index} of the app, {when}"), text))
        .collect();
    let scim = scim_secret(&scene.story, "zt_okta_idp.managed");
    minted.push(Planted::new(&format!("SCIM secret, {when}"), &scim));
    minted.iter().for_each(|secret| scene.plant(secret));
    minted
}

pub(super) fn played() -> Search {
    let mut scene = Scene::new("withheld from the state", Story::new());
    let okta = Planted::new("OKTA_API_TOKEN", &scene.story.mock().okta_token());
    let cloudflare = Planted::new("CLOUDFLARE_API_TOKEN", &scene.story.mock().cloudflare_token());
    let [first, second] = ["first", "second"].map(|which| Planted::made_up(&format!("client_secret_wo, {which}")));
    let [old, new] = ["first", "second"].map(|which| Planted::made_up(&format!("api_token_wo, {which}")));
    [&okta, &cloudflare, &first, &second, &old, &new].into_iter().for_each(|secret| scene.plant(secret));
    let hand_over = |scene: &mut Scene, version: &str, client_secret: &Planted, token: &Planted| {
        scene.story.set_variable("version_of_secrets", version);
        scene.story.set_variable("client_secret", client_secret.text());
        scene.story.set_variable("groups_token", token.text());
    };

    hand_over(&mut scene, "1", &first, &old);
    scene.story.write("main.tf", CONFIGURATION);
    scene.plan("plan");
    scene.apply("apply");
    plant_what_is_minted(&mut scene, "first");
    scene.refresh("apply");

    hand_over(&mut scene, "2", &second, &new);
    let token = Planted::new("scim_token_wo", &scim_secret(&scene.story, "zt_okta_idp.write_only"));
    scene.plant(&token);
    scene.story.set_variable("scim_token", token.text());
    scene.story.write("token.tf", WRITE_ONLY_TOKEN);
    scene.plan("plan of a rotation");
    scene.apply("rotation");
    let minted = plant_what_is_minted(&mut scene, "rotated");

    // Cloudflare quotes what it was sent.
    hand_over(&mut scene, "3", &second, &new);
    for status in [400, 200, 500] {
        for (address, sent) in [("zt_okta_idp.write_only", &second), ("zt_okta_idp.managed", &new)] {
            refuse_writes_to(&scene.story, address, status, &[sent, &cloudflare]);
        }
        scene.apply_refused(&format!("Cloudflare quotes with status {status}"));
        scene.story.mock().world().faults.clear();
    }
    scene.state("refusals");
    // Nobody but the mock has the managed one in clear, and it is sent once more.
    let managed = &minted[minted.len() - 2];
    let id = scene.story.resource("zt_okta_idp.managed")["id"].as_str().unwrap().to_owned();
    let stored = scene.story.mock().cloudflare().identity_provider(&id).unwrap().config("client_secret").cloned();
    assert_eq!(stored, Some(Value::from(managed.text())), "the managed secret is the newest of the app");
    scene.story.mock().cloudflare().identity_provider_mut(&id).unwrap().set_config("client_secret", "theirs".into());
    // Okta quotes what it was sent as well.
    let app = scene.story.resource("okta_scim_app.write_only")["id"].as_str().unwrap().to_owned();
    let fault = Fault::on("POST", &format!("/api/v1/apps/{app}/connections/default"));
    let quoting = format!("{}; {}", token.quoted(), okta.quoted());
    scene.story.mock().fail(fault.answering(400, okta_refusal(&quoting)));
    scene.apply_refused("Okta quotes the SCIM token");
    scene.story.mock().world().faults.clear();
    scene.apply("the third version");
    plant_what_is_minted(&mut scene, "third");
    scene.mock();
    scene.search()
}
