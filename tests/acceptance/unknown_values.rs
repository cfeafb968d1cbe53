//! Values that are not known yet, as the variables of a module are to `terraform validate`: they contradict nothing, and what
//! they turn out to be is checked again.

use crate::harness::story::Story;
use crate::needs;

const VARIABLES: &str = "
variable \"account_id\" {
  type    = string
  default = null
}
variable \"zone_id\" {
  type    = string
  default = null
}
variable \"secret\" {
  type    = string
  default = null
}
variable \"other\" {
  type    = string
  default = null
}
variable \"managed\" {
  type    = object({ app_id = string, secret_id = string })
  default = null
}
variable \"managed_token\" {
  type    = object({ identity_provider_id = string })
  default = null
}
";

#[test]
fn an_account_and_a_zone_from_variables_are_fine_unless_both_are_set() {
    let mut story = Story::new();
    story.write("variables.tf", VARIABLES);
    story.write(
        "main.tf",
        r#"
data "zt_okta_idp" "okta" {
  name       = "Okta"
  account_id = var.account_id
  zone_id    = var.zone_id
}
data "zt_handshake" "okta" {
  identity_provider_id = "1d"
  account_id           = var.account_id
  zone_id              = var.zone_id
}
resource "zt_okta_idp" "okta" {
  name          = "Okta"
  okta_account  = "https://acme.okta.com"
  client_id     = "0oa1"
  client_secret = "a-secret-that-is-long-enough-to-be-one"
  account_id    = var.account_id
  zone_id       = var.zone_id
}
"#,
    );
    story.expect_valid();
    for name in ["account_id", "zone_id"] {
        story.set_variable(name, "0123456789abcdef0123456789abcdef");
    }
    let refused = story.plan_fails();
    assert!(refused.iter().all(|found| found.summary == "Both an account and a zone"), "{:?}", &*refused);
    assert_eq!(refused.len(), 3, "{:?}", &*refused);
    assert!(refused.iter().all(|found| found.points_at("zone_id")), "{:?}", &*refused);
}

#[test]
fn what_is_known_during_the_apply_only_is_checked_then() {
    let story = Story::new();
    story.write(
        "main.tf",
        r#"
resource "terraform_data" "id" {
  input = "0123456789abcdef0123456789abcdef"
}
resource "zt_okta_idp" "okta" {
  name          = "Okta"
  okta_account  = "https://acme.okta.com"
  client_id     = "0oa1"
  client_secret = "a-secret-that-is-long-enough-to-be-one"
  account_id    = terraform_data.id.output
  zone_id       = terraform_data.id.output
}
"#,
    );
    story.plan();
    let refused = story.apply_fails().error();
    assert_eq!(refused.summary, "Both an account and a zone");
    assert!(story.addresses().iter().all(|address| address != "zt_okta_idp.okta"), "nothing was made");
}

#[test]
fn secrets_from_variables_are_fine_unless_two_are_set() {
    needs!(WRITE_ONLY);
    let mut story = Story::new();
    story.write("variables.tf", VARIABLES);
    story.write(
        "main.tf",
        r#"
resource "zt_okta_idp" "okta" {
  name                     = "Okta"
  okta_account             = "https://acme.okta.com"
  client_id                = "0oa1"
  client_secret            = var.secret
  client_secret_wo         = var.other
  client_secret_wo_version = var.account_id
  managed_client_secret    = var.managed
  api_token                = var.secret
  api_token_wo             = var.other
}
resource "okta_scim_app" "access" {
  provider              = zt
  label                 = "Access"
  scim_base_url         = "https://acme.cloudflareaccess.com/scim/v2"
  scim_token            = var.secret
  scim_token_wo         = var.other
  managed_token         = var.managed_token
}
"#,
    );
    story.expect_valid();
    for name in ["secret", "other"] {
        story.set_variable(name, "a-secret-that-is-long-enough-to-be-one");
    }
    let found: Vec<String> = story.plan_fails().iter().map(|found| found.summary.clone()).collect();
    for summary in [
        "More than one client secret",
        "More than one API token",
        "client_secret_wo needs a version",
        "api_token_wo needs a version",
        "More than one SCIM token",
        "scim_token_wo needs a version",
    ] {
        assert!(found.iter().any(|other| other == summary), "{summary}: {found:?}");
    }
}
