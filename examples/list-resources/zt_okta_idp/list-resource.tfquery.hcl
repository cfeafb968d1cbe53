# terraform query, or terraform query -generate-config-out=found.tf
list "zt_okta_idp" "without_scim" {
  provider = zt

  config {
    name_prefix  = "Okta"
    scim_enabled = false
  }
}
