//! What exists already, and how it comes under management: imports, queries, moves,
//! generated configurations.

mod generated;
mod identity;
mod moved;
mod query;

use serde_json::Value;

use crate::harness::story::Story;

/// The local configuration of what [`everything`] makes, by address.
const ADDRESSES: [&str; 5] = [
    "okta_client_secret.access",
    "okta_oidc_app.access",
    "okta_scim_app.access",
    "zt_okta_idp.okta",
    "zt_scim_config.okta",
];

/// A configuration of every resource, with most of what each can hold.
fn configuration(story: &Story) -> String {
    let okta = story.mock().okta();
    let (org, callback) = (story.mock().org_url(), format!("{}/cdn-cgi/access/callback", story.mock().auth_url()));
    let (people, pushed) = (okta.group_id("Zero Trust Users").unwrap(), okta.group_id("Engineering").unwrap());
    let ada = okta.user_id("ada@acme.example").unwrap();
    format!(
        r#"
resource "okta_oidc_app" "access" {{
  provider                  = zt
  label                     = "Access"
  redirect_uris             = [{callback:?}]
  post_logout_redirect_uris = ["https://acme.example/bye"]
  pkce_required             = true
  omit_secret               = true
  assigned_group_ids        = [{people:?}]
  assigned_user_ids         = [{ada:?}]
  groups_claim              = {{ filter_type = "STARTS_WITH", value = "access-" }}
}}

resource "okta_client_secret" "access" {{
  provider = zt
  app_id   = okta_oidc_app.access.id
}}

resource "zt_okta_idp" "okta" {{
  name                  = "Okta"
  okta_account          = {org:?}
  client_id             = okta_oidc_app.access.client_id
  pkce_enabled          = true
  claims                = ["groups", "department"]
  managed_client_secret = {{ app_id = okta_oidc_app.access.id, secret_id = okta_client_secret.access.id }}
}}

resource "zt_scim_config" "okta" {{
  identity_provider_id     = zt_okta_idp.okta.id
  user_deprovision         = true
  seat_deprovision         = true
  identity_update_behavior = "automatic"
}}

resource "okta_scim_app" "access" {{
  provider           = zt
  label              = "SCIM"
  scim_base_url      = zt_scim_config.okta.scim_base_url
  scim_token         = zt_scim_config.okta.secret
  provisioning       = {{ create_users = true, update_user_attributes = true, deactivate_users = true }}
  assigned_group_ids = [{people:?}]
  push_groups        = [{{ source_group_id = {pushed:?} }}]
}}
"#
    )
}

/// A story in which everything exists.
fn everything() -> Story {
    let story = Story::new();
    story.write("main.tf", &configuration(&story));
    story.apply();
    story
}

/// What is in the state, by address.
fn resources(story: &Story) -> impl Iterator<Item = (&'static str, Value)> {
    ADDRESSES.map(|address| (address, story.resource(address))).into_iter()
}

/// `import` blocks that name objects so. What the type does not tell of the provider is only allowed where Terraform
/// is to write the configuration.
fn import_blocks(named: impl Iterator<Item = (&'static str, String)>) -> String {
    let block = |(address, name): (&str, String)| {
        let provider = if address.starts_with("okta_") { "  provider = zt\n" } else { "" };
        format!("import {{\n  to = {address}\n{provider}  {name}\n}}\n")
    };
    named.map(block).collect()
}

/// An object as its id names it.
fn by_id(address: &str, state: &Value) -> String {
    let text = |attribute: &str| text(state, attribute);
    let id = match address {
        "okta_client_secret.access" => format!("{}/{}", text("app_id"), text("id")),
        "zt_okta_idp.okta" => format!("accounts/{}/{}", text("account_id"), text("id")),
        _ => text("id"),
    };
    format!("id = {id:?}")
}

/// An object as its identity names it.
fn by_identity(address: &str, state: &Value) -> String {
    let attributes: &[&str] = match address {
        "okta_client_secret.access" => &["app_id", "id"],
        "zt_okta_idp.okta" => &["account_id", "id"],
        "zt_scim_config.okta" => &["account_id", "identity_provider_id"],
        _ => &["id"],
    };
    let lines = attributes.iter().map(|attribute| format!("    {attribute} = {:?}\n", text(state, attribute)));
    format!("identity = {{\n{}  }}", lines.collect::<String>())
}

/// A text of a resource in the state.
fn text(state: &Value, attribute: &str) -> String {
    state[attribute].as_str().unwrap_or_else(|| panic!("{attribute} in {state:#}")).to_owned()
}
