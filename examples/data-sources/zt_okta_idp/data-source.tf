# Managed elsewhere: here it is only named by a policy.
data "zt_okta_idp" "okta" {
  name = "Okta"
}

output "login_method" {
  value = data.zt_okta_idp.okta.id
}
