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
}
