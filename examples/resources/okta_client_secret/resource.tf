variable "rotation" {
  description = "Any text. Another one makes another secret."
  type        = string
  default     = "2026-01"
}

variable "okta_org_url" {
  description = "URL of the Okta org."
  type        = string
}

data "zt_organization" "this" {}

resource "okta_oidc_app" "access" {
  provider = zt

  label         = "Cloudflare Access"
  redirect_uris = [data.zt_organization.this.callback_url]
  omit_secret   = true

  groups_claim = {
    name        = "groups"
    type        = "FILTER"
    filter_type = "STARTS_WITH"
    value       = "access-"
  }
}

resource "okta_client_secret" "access" {
  provider = zt

  app_id  = okta_oidc_app.access.id
  keepers = { rotation = var.rotation }

  # The new secret, then Cloudflare, then the end of the old one: both work in between.
  lifecycle {
    create_before_destroy = true
  }
}

resource "zt_okta_idp" "okta" {
  name          = "Okta"
  okta_account  = var.okta_org_url
  client_id     = okta_oidc_app.access.client_id
  client_secret = okta_client_secret.access.client_secret
}
