# Okta as the login of Cloudflare Zero Trust, users and groups in sync over SCIM, and no secret in plan or state:
#
#   client secret   made in Okta (okta_client_secret, omit_secret) and fetched by the apply (managed_client_secret)
#   SCIM secret     minted at Cloudflare and installed in Okta by the apply (managed_token, omit_secret)
#
# Terraform takes the text before the first underscore of a resource type for the provider's name, so every okta_* block
# says `provider = zt`.

data "zt_organization" "this" {}

data "okta_group" "people" {
  provider = zt

  name = var.people_group
}

data "okta_group" "pushed" {
  provider = zt
  for_each = var.pushed_groups

  name = each.key
}

resource "okta_oidc_app" "access" {
  provider = zt

  label         = "${var.name}: Cloudflare Access"
  redirect_uris = [data.zt_organization.this.callback_url]
  pkce_required = true
  omit_secret   = true

  # Only these names reach Cloudflare. Okta compares whole names: the expression is anchored.
  groups_claim = {
    name        = "groups"
    type        = "FILTER"
    filter_type = "REGEX"
    value       = "^(${join("|", sort(var.pushed_groups))})$"
  }

  assigned_group_ids = [data.okta_group.people.id]
}

resource "okta_client_secret" "access" {
  provider = zt

  app_id      = okta_oidc_app.access.id
  omit_secret = true
  keepers     = { rotation = var.client_secret_rotation }

  # The new secret, then Cloudflare, then the end of the old one: both work in between.
  lifecycle {
    create_before_destroy = true
  }
}

resource "zt_okta_idp" "okta" {
  name         = var.name
  okta_account = var.okta_org_url
  client_id    = okta_oidc_app.access.client_id
  pkce_enabled = true

  managed_client_secret = {
    app_id    = okta_oidc_app.access.id
    secret_id = okta_client_secret.access.id
  }
}

resource "zt_scim_config" "okta" {
  identity_provider_id     = zt_okta_idp.okta.id
  user_deprovision         = true
  seat_deprovision         = true
  identity_update_behavior = "automatic"
  omit_secret              = true
}

resource "okta_scim_app" "access" {
  provider = zt

  label         = "${var.name}: Cloudflare Access SCIM"
  scim_base_url = zt_scim_config.okta.scim_base_url

  managed_token = {
    identity_provider_id = zt_scim_config.okta.identity_provider_id
    rotation_trigger     = var.scim_token_rotation
  }

  provisioning = {
    create_users           = true
    update_user_attributes = true
    deactivate_users       = true
  }

  assigned_group_ids = [data.okta_group.people.id]

  push_groups = [for group in data.okta_group.pushed : {
    source_group_id   = group.id
    target_group_name = group.name
  }]
}

# What both sides have now, compared: named checks, each with what to do. At the top, since a data source that is nested
# in a check makes every plan non-empty.
data "zt_handshake" "this" {
  identity_provider_id      = zt_okta_idp.okta.id
  client_secret_fingerprint = zt_okta_idp.okta.client_secret_fingerprint
  scim_app_id               = okta_scim_app.access.id
  has_api_token             = false
}

# A warning in a plan, which leaves the exit code alone: scripts/drift.sh reads it in the plan's JSON.
check "handshake" {
  assert {
    condition     = length(data.zt_handshake.this.failed) == 0
    error_message = data.zt_handshake.this.summary
  }
}
