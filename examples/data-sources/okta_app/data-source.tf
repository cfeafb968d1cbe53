data "okta_app" "scim" {
  provider = zt

  label = "Cloudflare Access SCIM"
  name  = "scim2headerauth"
}

output "provisions_people" {
  value = contains(data.okta_app.scim.features, "PUSH_NEW_USERS")
}
