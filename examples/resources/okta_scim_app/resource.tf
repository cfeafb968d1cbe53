# Nobody gets to see the secret: it is minted at Cloudflare and installed in Okta during the apply.
resource "zt_scim_config" "okta" {
  identity_provider_id = "f174e90a-fafe-4643-bbbc-4a0ed4fc8415"
  omit_secret          = true
}

resource "okta_scim_app" "access" {
  provider = zt

  label         = "Cloudflare Access SCIM"
  scim_base_url = zt_scim_config.okta.scim_base_url

  managed_token = {
    identity_provider_id = zt_scim_config.okta.identity_provider_id
    rotation_trigger     = "2026-03"
  }

  provisioning = {
    create_users           = true
    update_user_attributes = true
    deactivate_users       = true
  }

  assigned_group_ids = ["00gq7ZtPkR8uLm2yX5d7"]

  push_groups = [{
    source_group_id   = "00gq7ZtPkR8uLm2yX5d7"
    target_group_name = "access-staff"
  }]
}

# Write-only: the secret comes from elsewhere, for instance from a vault, and is stored nowhere. Terraform 1.11 or newer.
variable "scim_secret" {
  type      = string
  ephemeral = true
}

resource "okta_scim_app" "write_only" {
  provider = zt

  label         = "Cloudflare Access SCIM, write-only"
  scim_base_url = "https://acme.cloudflareaccess.com/populations/2b1f6c0e-7d43-4b58-9a6e-0c5d8f3a1e77/scim/v2"

  scim_token_wo         = var.scim_secret
  scim_token_wo_version = "1"

  provisioning = {
    create_users           = true
    update_user_attributes = true
    deactivate_users       = true
  }
}

# Plain: the secret is in the state, here and at the zt_scim_config. A change of its rotation_trigger rotates both.
resource "zt_scim_config" "plain" {
  identity_provider_id = "0b1c4d6e-52f3-4b7a-8f0d-9e2a6c7d8b10"
  rotation_trigger     = "2026-03"
}

resource "okta_scim_app" "plain" {
  provider = zt

  label         = "Cloudflare Access SCIM, plain"
  scim_base_url = zt_scim_config.plain.scim_base_url
  scim_token    = zt_scim_config.plain.secret

  provisioning = {
    create_users           = true
    update_user_attributes = true
    deactivate_users       = true
  }
}

# By hand: a person enters the secret in Okta's console, as setup_instructions says; the next apply does the rest.
resource "okta_scim_app" "by_hand" {
  provider = zt

  label             = "Cloudflare Access SCIM, by hand"
  provisioning_mode = "console"

  assigned_group_ids = ["00gq7ZtPkR8uLm2yX5d7"]
}
