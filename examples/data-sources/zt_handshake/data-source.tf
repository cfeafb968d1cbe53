variable "okta_org_url" {
  type = string
}

variable "access_group_id" {
  type = string
}

data "zt_organization" "this" {}

resource "okta_oidc_app" "access" {
  provider = zt

  label         = "Cloudflare Access"
  redirect_uris = [data.zt_organization.this.callback_url]
  pkce_required = true
  omit_secret   = true

  assigned_group_ids = [var.access_group_id]

  groups_claim = {
    filter_type = "STARTS_WITH"
    value       = "access-"
  }
}

resource "zt_okta_idp" "okta" {
  name         = "Okta"
  okta_account = var.okta_org_url
  client_id    = okta_oidc_app.access.client_id
  pkce_enabled = true

  managed_client_secret = {
    app_id    = okta_oidc_app.access.id
    secret_id = okta_oidc_app.access.client_secret_id
  }
}

# Outside of the check block: nested in it, it would make every plan a change.
data "zt_handshake" "okta" {
  identity_provider_id      = zt_okta_idp.okta.id
  client_secret_fingerprint = zt_okta_idp.okta.client_secret_fingerprint
  has_api_token             = false
}

# A warning; the exit code stays. Pipelines read `checks` of `terraform show -json`.
check "handshake" {
  assert {
    condition     = length(data.zt_handshake.okta.failed) == 0
    error_message = data.zt_handshake.okta.summary
  }
}

output "redirect_uri_is_registered" {
  value = data.zt_handshake.okta.checks["redirect_uri"].status == "pass"
}
