data "zt_organization" "this" {}

output "redirect_uri" {
  value = data.zt_organization.this.callback_url
}
