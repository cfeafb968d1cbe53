//! What is asked of Cloudflare about login methods.

use zt::mock::{Fault, Side};

use crate::harness::story::Story;

/// Identity providers with SCIM on each of them.
const LOGIN_METHODS: &str = r#"
variable "n" { type = number }
variable "okta_org_url" {}
variable "secret_checks" { default = "never" }

provider "zt" {
  secret_checks = var.secret_checks
}

resource "zt_okta_idp" "many" {
  count         = var.n
  name          = "Okta ${count.index}"
  okta_account  = var.okta_org_url
  client_id     = "0oa${count.index}"
  client_secret = "a secret that nobody can guess, since it is long"
}

resource "zt_scim_config" "many" {
  count                = var.n
  identity_provider_id = zt_okta_idp.many[count.index].id
  user_deprovision     = true
}
"#;

fn login_methods(n: usize) -> Story {
    let mut story = Story::new();
    story.write("main.tf", LOGIN_METHODS);
    story.set_variable("n", &n.to_string());
    story.apply_only();
    story
}

/// What a plan that finds nothing asks of Cloudflare, as `METHOD route` without the account.
#[track_caller]
fn asked_by_an_empty_plan(story: &Story) -> Vec<String> {
    let asked = super::asked_by_an_empty_plan(story, Side::Cloudflare).into_iter();
    asked.map(|line| line.replace("/client/v4/accounts/{account_id}", "")).collect()
}

const LIST: &str = "GET /access/identity_providers";
const ONE: &str = "GET /access/identity_providers/{identity_provider_id}";

#[test]
fn one_login_method_with_scim_is_read_once() {
    assert_eq!(asked_by_an_empty_plan(&login_methods(1)), [ONE]);
}

#[test]
fn many_login_methods_with_scim_are_read_from_one_list() {
    let story = login_methods(30);
    let mut asked = asked_by_an_empty_plan(&story);
    asked.sort();
    // How many are on their way before the first list is asked for is not ours to say: one.
    assert_eq!(asked, [LIST, ONE]);
}

const APP: &str = r#"
resource "okta_oidc_app" "access" {
  provider      = zt
  label         = "Access"
  redirect_uris = ["https://acme.cloudflareaccess.com/cdn-cgi/access/callback"]
}
"#;

#[test]
fn the_audit_log_is_read_for_all_login_methods_at_once() {
    let mut story = Story::new();
    let of_the_app = LOGIN_METHODS
        .replace("\"0oa${count.index}\"", "okta_oidc_app.access.client_id")
        .replace("\"a secret that nobody can guess, since it is long\"", "okta_oidc_app.access.client_secret");
    story.write("main.tf", &format!("{of_the_app}{APP}"));
    story.set_variable("n", "20");
    story.set_variable("secret_checks", "always");
    story.apply_only();
    // The other half has written each object since, so that its version is another than after the write of the secret.
    let asked = asked_by_an_empty_plan(&story);
    let count = |what: &str| asked.iter().filter(|line| line.ends_with(what)).count();
    assert_eq!((count(LIST), count(ONE), count("/tokens/verify")), (1, 1, 1), "{asked:#?}");
    // Once more, if the one that is read alone is looked up before the list of the others is there.
    assert!((1..=2).contains(&count("/logs/audit")), "{asked:#?}");
}

#[test]
fn destroying_many_looks_for_their_uses_once() {
    let story = login_methods(10);
    let mark = story.mock().journal().len();
    story.destroy();
    let asked = story.mock().journal().since(mark);
    for noun in ["apps", "policies", "groups"] {
        let lists = asked.iter().filter(|exchange| exchange.path.ends_with(&format!("/access/{noun}"))).count();
        assert_eq!(lists, 1, "{noun}");
    }
}

#[test]
fn a_change_between_two_plans_is_seen_by_the_second() {
    let story = login_methods(5);
    story.expect_empty_plan();
    let id = story.resource("zt_okta_idp.many[3]")["id"].as_str().unwrap().to_owned();
    let path = format!("/accounts/{}/access/identity_providers/{id}", story.mock().account_id());
    let mut document = story.in_cloudflare("GET", &path, None);
    document["name"] = "Somebody else's".into();
    document["scim_config"]["user_deprovision"] = false.into();
    story.in_cloudflare("PUT", &path, Some(&document));
    // Both resources that share the object agree on what became of it.
    let plan = story.plan();
    let mut changed = plan.changed();
    changed.sort_unstable();
    assert_eq!(changed, ["zt_okta_idp.many[3]", "zt_scim_config.many[3]"], "{}", plan.text());
    story.apply();
}

#[test]
fn an_apply_never_acts_on_what_was_read_before_its_own_writes() {
    let story = login_methods(5);
    // Both halves of each object change in one apply: each write starts from what the one before it left.
    let changed = LOGIN_METHODS
        .replace("Okta ${", "Renamed ${")
        .replace("user_deprovision     = true", "user_deprovision     = false");
    story.write("main.tf", &changed);
    story.apply();
    for number in 0..5 {
        assert_eq!(story.resource(&format!("zt_okta_idp.many[{number}]"))["name"], format!("Renamed {number}"));
    }
}

/// That a list shows as much as the object itself is not verified against a live tenant: where it shows less, that is no
/// change, and where it cannot be read, that is no error.
#[test]
fn a_list_that_shows_less_or_nothing_makes_no_difference() {
    let story = login_methods(5);
    let path = format!("/accounts/{}/access/identity_providers", story.mock().account_id());
    let mut list = story.in_cloudflare("GET", &path, None);
    for member in list.as_array_mut().unwrap() {
        let member = member.as_object_mut().unwrap();
        member.remove("scim_config");
        member.remove("version");
        member.get_mut("config").unwrap().as_object_mut().unwrap().remove("redirect_url");
    }
    let body = serde_json::json!({"success": true, "errors": [], "messages": [], "result": list});
    let route = "/client/v4/accounts/*/access/identity_providers";
    for fault in [Fault::on("GET", route).answering(200, body), Fault::on("GET", route).answering(403, "no")] {
        story.mock().world().faults.clear();
        story.mock().fail(fault);
        let asked = asked_by_an_empty_plan(&story);
        let count = |what: &str| asked.iter().filter(|line| *line == what).count();
        assert_eq!((count(LIST), count(ONE)), (1, 5), "{asked:#?}");
    }
}
