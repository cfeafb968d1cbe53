data "okta_group" "engineering" {
  provider = zt

  name = "Engineering"
}

output "engineering" {
  value = data.okta_group.engineering.id
}
