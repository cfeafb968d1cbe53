# From an empty Okta org and an empty Zero Trust account to people who log in through Okta, users and groups in sync.
#
# Terraform takes the text before the first underscore of a resource type for the provider's name, so every okta_*
# block says `provider = zt`.

data "zt_organization" "this" {}

# 1. The Okta app that people log in with.
resource "okta_oidc_app" "access" {
  provider = zt

  label         = "Cloudflare Access"
  redirect_uris = [data.zt_organization.this.callback_url]
  pkce_required = true
  omit_secret   = true # the login method below gets it from Okta during the apply

  # A prefix rather than `.*`: only these names reach Cloudflare, and nobody is in more of them than a token can hold.
  groups_claim = {
    name        = "groups"
    type        = "FILTER"
    filter_type = "STARTS_WITH"
    value       = var.push_group_name
  }

  assigned_group_ids = [var.access_group_id]
}

# 2. The login method of Zero Trust.
resource "zt_okta_idp" "okta" {
  name         = "Okta"
  okta_account = var.okta_org_url
  client_id    = okta_oidc_app.access.client_id
  pkce_enabled = true

  # Fetched from Okta and handed to Cloudflare: never in the configuration, the plan or the state.
  managed_client_secret = {
    app_id    = okta_oidc_app.access.id
    secret_id = okta_oidc_app.access.client_secret_id
  }
}

# 3. Its SCIM endpoint, which removes people and their seats when Okta does.
resource "zt_scim_config" "okta" {
  identity_provider_id     = zt_okta_idp.okta.id
  user_deprovision         = true
  seat_deprovision         = true
  identity_update_behavior = "automatic"
}

# 4. The second Okta app, which sends users and groups there.
resource "okta_scim_app" "access" {
  provider = zt

  label         = "Cloudflare Access SCIM"
  scim_base_url = zt_scim_config.okta.scim_base_url
  scim_token    = zt_scim_config.okta.secret

  provisioning = {
    create_users           = true
    update_user_attributes = true
    deactivate_users       = true
  }

  assigned_group_ids = [var.access_group_id]

  push_groups = [{
    source_group_id   = var.push_group_id
    target_group_name = var.push_group_name
  }]
}
