//! Everything in the plain form: the credentials in the provider block, the secrets in the state and nowhere else.

use zt::mock::Fault;

use crate::harness::planted::{Planted, Search};
use crate::harness::story::Story;

use super::scene::Scene;
use super::{okta_refusal, refuse_writes_to};

const CONFIGURATION: &str = r#"
provider "zt" {
  max_retries = 0
  okta = {
    org_url   = var.okta_org_url
    api_token = var.okta_token
  }
  cloudflare = {
    api_key    = var.cloudflare_key
    email      = var.cloudflare_email
    account_id = var.cloudflare_account_id
  }
}

variable "okta_org_url" {}
variable "cloudflare_account_id" {}
variable "cloudflare_email" {}
variable "trigger" {}

variable "okta_token" {
  ephemeral = true
  sensitive = true
}

variable "cloudflare_key" {
  ephemeral = true
  sensitive = true
}

variable "client_secret" {
  sensitive = true
}

variable "groups_token" {
  sensitive = true
}

resource "okta_oidc_app" "access" {
  provider      = zt
  label         = "Access"
  redirect_uris = ["https://acme.cloudflareaccess.com/cdn-cgi/access/callback"]
}

resource "okta_client_secret" "access" {
  provider = zt
  app_id   = okta_oidc_app.access.id
  keepers  = { rotation = var.trigger }
  lifecycle {
    create_before_destroy = true
  }
}

resource "zt_okta_idp" "minted" {
  name          = "Minted"
  okta_account  = var.okta_org_url
  client_id     = okta_oidc_app.access.client_id
  client_secret = okta_client_secret.access.client_secret
  api_token     = var.groups_token
}

resource "zt_okta_idp" "given" {
  name          = "Given"
  okta_account  = var.okta_org_url
  client_id     = okta_oidc_app.access.client_id
  client_secret = var.client_secret
}

resource "zt_scim_config" "minted" {
  identity_provider_id = zt_okta_idp.minted.id
  rotation_trigger     = var.trigger
}

resource "okta_scim_app" "access" {
  provider      = zt
  label         = "SCIM"
  scim_base_url = zt_scim_config.minted.scim_base_url
  scim_token    = zt_scim_config.minted.secret
}

output "client_secret" {
  value     = okta_client_secret.access.client_secret
  sensitive = true
}
"#;

/// The secrets that are in the state now, as the resources that hold them know them.
fn keep_what_is_minted(scene: &mut Scene, when: &str) {
    for (address, attribute) in [
        ("okta_oidc_app.access", "client_secret"),
        ("okta_client_secret.access", "client_secret"),
        ("zt_scim_config.minted", "secret"),
    ] {
        let text = scene.story.resource(address)[attribute].as_str().unwrap().to_owned();
        scene.keep(&Planted::new(&format!("{address}.{attribute}, {when}"), &text));
    }
}

/// Somebody connects Okta to another endpoint.
fn connect_elsewhere(story: &Story) {
    let app = story.resource("okta_scim_app.access")["id"].as_str().unwrap().to_owned();
    let now = story.mock().world().clock.now();
    assert!(story.mock().okta().edit_connection(&app, "https://elsewhere.example/scim/v2", "theirs", now));
}

/// Also what the search finds in the states of this scene.
pub(super) fn played() -> (Search, Search) {
    let mut scene = Scene::new("kept in the state", Story::new());
    let okta = Planted::new("the provider's okta.api_token", &scene.story.mock().okta_token());
    let (key, email) = {
        let account = scene.story.mock().cloudflare();
        (Planted::new("the provider's cloudflare.api_key", account.api_key()), account.email().to_owned())
    };
    let [first, second] = ["first", "second"].map(|which| Planted::made_up(&format!("client_secret, {which}")));
    let [groups, other_groups] = ["zt_okta_idp.api_token", "zt_okta_idp.api_token, second"].map(Planted::made_up);
    for name in ["OKTA_API_TOKEN", "CLOUDFLARE_API_TOKEN"] {
        scene.story.workspace_mut().remove_env(name);
    }
    let set = |scene: &mut Scene, name: &str, text: &str| scene.story.set_variable(name, text);
    set(&mut scene, "okta_token", okta.text());
    set(&mut scene, "cloudflare_key", key.text());
    set(&mut scene, "cloudflare_email", &email);
    set(&mut scene, "client_secret", first.text());
    set(&mut scene, "groups_token", groups.text());
    set(&mut scene, "trigger", "1");
    [&okta, &key].into_iter().for_each(|secret| scene.plant(secret));
    [&first, &second, &groups, &other_groups].into_iter().for_each(|secret| scene.keep(secret));

    scene.story.write("main.tf", CONFIGURATION);
    scene.plan("plan");
    scene.apply("apply");
    keep_what_is_minted(&mut scene, "first");
    scene.refresh("apply");

    set(&mut scene, "trigger", "2");
    scene.plan("plan of a rotation");
    scene.apply("rotation");
    keep_what_is_minted(&mut scene, "rotated");

    // Cloudflare quotes what it was sent, once with the status of an error and once without.
    set(&mut scene, "client_secret", second.text());
    set(&mut scene, "groups_token", other_groups.text());
    for status in [400, 200] {
        for (address, sent) in [("zt_okta_idp.given", &second), ("zt_okta_idp.minted", &other_groups)] {
            refuse_writes_to(&scene.story, address, status, &[sent, &key]);
        }
        scene.apply_refused(&format!("Cloudflare quotes with status {status}"));
        scene.story.mock().world().faults.clear();
    }
    scene.apply("the second secret");

    // Okta quotes the SCIM token and the credentials.
    connect_elsewhere(&scene.story);
    let token =
        Planted::new("the SCIM token", scene.story.resource("zt_scim_config.minted")["secret"].as_str().unwrap());
    let quoting = format!("{}; {}", token.quoted(), okta.quoted());
    scene
        .story
        .mock()
        .fail(Fault::on("POST", "/api/v1/apps/*/connections/default").answering(400, okta_refusal(&quoting)));
    scene.apply_refused("Okta quotes the SCIM token");
    scene.story.mock().world().faults.clear();
    scene.apply("the connection");

    scene.mock();
    let states = scene.search_states();
    (scene.search(), states)
}
