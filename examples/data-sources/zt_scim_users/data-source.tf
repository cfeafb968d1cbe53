data "zt_okta_idp" "okta" {
  name = "Okta"
}

data "zt_scim_users" "okta" {
  identity_provider_id = data.zt_okta_idp.okta.id
}

output "people" {
  value = [for user in data.zt_scim_users.okta.users : user.email if user.active]
}
