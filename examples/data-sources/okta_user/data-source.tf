data "okta_user" "ada" {
  provider = zt

  login = "ada@acme.example"
}

output "ada" {
  value = data.okta_user.ada.id
}
