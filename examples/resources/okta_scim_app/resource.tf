variable "scim_secret" {
  type      = string
  sensitive = true
}

resource "okta_scim_app" "access" {
  provider = zt

  label         = "Cloudflare Access SCIM"
  scim_base_url = "https://acme.cloudflareaccess.com/populations/2b1f6c0e-7d43-4b58-9a6e-0c5d8f3a1e77/scim/v2"
  scim_token    = var.scim_secret

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

# Nobody gets to see the secret: it is minted at Cloudflare and installed in Okta during the apply.
resource "zt_scim_config" "okta" {
  identity_provider_id = "f174e90a-fafe-4643-bbbc-4a0ed4fc8415"
  omit_secret          = true
}

resource "okta_scim_app" "managed" {
  provider = zt

  label         = "Cloudflare Access SCIM, managed"
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
}
