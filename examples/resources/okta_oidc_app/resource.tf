variable "access_group_id" {
  description = "Id of the Okta group whose members may log in."
  type        = string
}

data "zt_organization" "this" {}

resource "okta_oidc_app" "access" {
  provider = zt

  label         = "Cloudflare Access"
  redirect_uris = [data.zt_organization.this.callback_url]
  pkce_required = true

  groups_claim = {
    name        = "groups"
    type        = "FILTER"
    filter_type = "STARTS_WITH"
    value       = "access-"
  }

  # Nobody gets in who is not assigned, through a group or directly.
  assigned_group_ids = [var.access_group_id]
}
