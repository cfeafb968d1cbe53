data "zt_okta_idp" "okta" {
  name = "Okta"
}

data "zt_scim_groups" "okta" {
  identity_provider_id = data.zt_okta_idp.okta.id
}

output "groups" {
  value = data.zt_scim_groups.okta.groups[*].display_name
}
