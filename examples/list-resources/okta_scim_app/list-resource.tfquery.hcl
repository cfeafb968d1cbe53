# terraform query, or terraform query -generate-config-out=found.tf
list "okta_scim_app" "all" {
  provider = zt
}
