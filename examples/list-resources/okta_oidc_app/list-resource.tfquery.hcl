# terraform query, or terraform query -generate-config-out=found.tf
list "okta_oidc_app" "cloudflare" {
  provider = zt
  limit    = 20

  config {
    label_prefix = "Cloudflare"
    status       = "ACTIVE"
  }
}
